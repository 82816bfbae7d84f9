r"""Certify entry in turn: who enters, if each sees who entered before it, and bids follow.

Agents with independent costs $F_i$ decide in the order of the file whether to enter at a cost $K>0$; an entrant then learns
its cost, and the entrants bid for one task with the reserve $R$, at second prices, or at first prices where all have one law.
In the game after entry of $E$, truth is dominant (second prices), or the bids
$c+\bigl((R-t)X(t)+\int_c^tX\bigr)/X(c)$, $t=\min(R,h)$, $X=(1-F)^{|E|-1}$, are best responses to one another exactly (first
prices; see `costly_entry`). Both award the lowest cost below $R$ and leave a cost of $R$ nothing, so that
$$ \pi_i(E)=\int_{l_i}^{\max(R,l_i)}F_i(c)\prod_{j\in E,\,j\ne i}(1-F_j(c))\,dc $$
is what $i\in E$ expects before it knows its cost: the rent of a cost $c$ is $\int_c^R\prod(1-F_j)$, and Fubini.

**Theorem.** If at every node of the tree the sign of $\pi_i(E)-K$ is proved, where $E$ is the set of entrants that follows
from the entry of $i$, then the set found by backward induction is that of the only subgame-perfect play with these bids, and
nobody gains by entering or not. *Proof.* Induction from the last agent; at each node one of the two choices is strictly better. ∎

A node is not opened where $i$ loses even against those only who are in already: $\pi_i$ falls in $E$, since factors are at
most 1. A profit whose ball holds $K$ decides nothing, and the file is rejected. Costs of entry are part of the resource cost;
the redundant part is that of entrants that do not win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.document import Rejected, field, mapping, number, only, string
from equilibria.checking.order_statistics import certify_rule
from equilibria.checking.priors import Prior
from equilibria.checking.single_task import single_task
from equilibria.checking.taylor import cell_ball, integral

__all__ = ["certify"]

ACCURACY = 1e-11
"""Width of a profit per unit length to aim at: only its sign against the cost of entry matters."""

MOST = 12
"""Agents in a file: who may have entered are two to this power."""


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for stated entrants.

    Raises:
        Rejected: malformed, a decision is too close to tell, or other agents enter than the file states.
    """
    outer = mapping(tree["market"], "market")
    only(outer, ("kind", "market", "cost"), "market")
    sign, priors, inner = single_task(dict(tree) | {"market": field(outer, "market", "market")})
    cost = number(field(outer, "cost", "market"), "market.cost")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = sign * number(field(mechanism, "reserve", "mechanism"), "mechanism.reserve")
    if not cost > 0.0 or not 1 <= len(priors) <= MOST or mechanism["kind"] not in ("vickrey", "first_price"):
        raise Rejected(f"the bound needs a positive cost of entry, 1 to {MOST} agents, and vickrey or first_price")
    laws = list(mapping(inner["costs" if sign > 0 else "values"], "market.market").values())
    if mechanism["kind"] == "first_price" and any(law != laws[0] for law in laws):
        raise Rejected("under first_price every agent must have the same distribution")
    stated = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(stated, ("entrants",), "equilibrium")
    names = field(stated, "entrants", "equilibrium")
    if not isinstance(names, list):
        raise Rejected("equilibrium.entrants must be a list of labels")
    claimed = [string(name, "equilibrium.entrants") for name in names]
    labels = list(priors)
    found = [labels[i] for i in sorted(_Tree(labels, list(priors.values()), reserve, cost).play(0, frozenset()))]
    if claimed != found:
        raise Rejected(f"equilibrium.entrants are {claimed}, but backward induction gives {found}")
    return _bounds({label: priors[label] for label in found}, sign * reserve, cost, sign), sign


def _bounds(entrants: Mapping[str, Prior], reserve: float, cost: float, sign: int) -> Bounds:
    zero, spent = arb(0), cost * arb(len(entrants))
    if not entrants:
        return Bounds(gain=zero, payment=zero, resource_cost=zero, redundant=zero, no_award=arb(1))
    bids = certify_rule(entrants, {"kind": "vickrey", "reserve": reserve}, None, sign)
    return Bounds(
        gain=zero,
        payment=bids.payment,
        resource_cost=bids.resource_cost + spent,
        redundant=bids.redundant + spent - cost * (1 - bids.no_award),
        no_award=bids.no_award,
    )


class _Tree:
    """The tree of decisions, of which only what matters is opened."""

    def __init__(self, labels: Sequence[str], priors: Sequence[Prior], reserve: float, cost: float) -> None:
        self.labels, self.priors, self.reserve, self.cost = labels, priors, reserve, cost
        self._known: dict[tuple[int, frozenset[int]], bool] = {}

    def play(self, i: int, inside: frozenset[int]) -> frozenset[int]:
        """Who has entered in the end, if those in `inside` are in when `i` decides."""
        if i == len(self.labels):
            return inside
        if not self._pays(i, inside):
            return self.play(i + 1, inside)
        then = self.play(i + 1, inside | {i})
        return then if self._pays(i, then - {i}) else self.play(i + 1, inside)

    def _pays(self, i: int, rivals: frozenset[int]) -> bool:
        if (i, rivals) not in self._known:
            profit = self._profit(self.priors[i], [self.priors[j] for j in sorted(rivals)])
            if not (profit > self.cost or profit < self.cost):
                raise Rejected(f"it is not decided whether {self.labels[i]!r} enters: it may earn just the cost of entry")
            self._known[i, rivals] = bool(profit > self.cost)
        return self._known[i, rivals]

    def _profit(self, own: Prior, rivals: Sequence[Prior]) -> arb:
        if not own.low < self.reserve:
            return arb(0)

        def share(law: Prior, x: arb, inside: float) -> arb_series:
            if inside <= law.low or inside >= law.high:
                return arb_series([arb(1 if inside >= law.high else 0)])
            return law.density(arb_series([x, 1]), inside).integral() + law.cdf(x)

        def series(x: arb, inside: float) -> arb_series:
            total = share(own, x, inside)
            for law in rivals:
                total = total * (1 - share(law, x, inside))
            return total

        def bound(left: float, right: float) -> arb:
            ball = cell_ball(left, right)
            total = own.cdf(ball)
            for law in rivals:
                total = total * law.survival(ball)
            return total

        end = min([self.reserve, *(law.high for law in rivals)])
        if not own.low < end:
            return arb(0)
        knots = [own.low, *(k for law in (own, *rivals) for k in law.knots if own.low < k < end), end]
        return integral(series, bound, knots, ACCURACY, cells=2)
