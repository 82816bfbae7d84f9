r"""Certify entry in turn: who enters, if each sees who entered before it, and bids follow.

Agents with independent costs $F_i$ decide in the order of the file whether to enter at a cost $K>0$; an entrant then learns
its cost, and the entrants bid for one task with the reserve $R$, at second prices, or at first prices.
In the game after entry of $E$, truth is dominant (second prices), or the bids
$c+\bigl((R-t)X(t)+\int_c^tX\bigr)/X(c)$, $t=\min(R,h)$, $X=(1-F)^{|E|-1}$, are best responses to one another exactly (first
prices where all of $E$ that can win have one law; see `costly_entry`). Both award the lowest cost below $R$ and leave a cost of
$R$ nothing, so that $$ \pi_i(E)=\int_{l_i}^{\max(R,l_i)}F_i(c)\prod_{j\in E,\,j\ne i}(1-F_j(c))\,dc $$
is what $i\in E$ expects before it knows its cost: the rent of a cost $c$ is $\int_c^R\prod(1-F_j)$, and Fubini.

**Theorem.** If at every node of the tree the sign of $\pi_i(E)-K$ is proved, where $E$ is the set of entrants that follows
from the entry of $i$, then the set found by backward induction is that of the only subgame-perfect play with these bids, and
nobody gains by entering or not. *Proof.* Induction from the last agent; at each node one of the two choices is strictly better. ∎

At first prices among agents that differ the file states bids for every set $E$ that the induction meets. These are an
$\varepsilon_E$-equilibrium of its auction, and $\pi_i(E)=\int(b-\varphi_i)X_i\,d(1-S_i)$ is enclosed with it
(`entrants_bids`). Then $i$ enters if $\pi_i(E)>K$, and stays out if $\pi_i(E)+\varepsilon_E<K$: not even its best bids would
earn $K$ then. So nobody gains, at any node, by another choice together with any bids, more than $\varepsilon=\max_E\varepsilon_E$
over the sets in the file. ∎

At second prices, and among equals, a node is not opened where $i$ loses even against those only who are in already: $\pi_i$
falls in $E$, since factors are at most 1. A profit whose ball holds $K$ decides nothing, and the file is rejected. Costs of entry
are part of the resource cost; the redundant part is that of entrants that do not win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.document import Rejected, field, mapping, number, only, string
from equilibria.checking.entrants_bids import STATED, certify_entrants
from equilibria.checking.order_statistics import certify_rule
from equilibria.checking.priors import Prior
from equilibria.checking.single_task import single_task
from equilibria.checking.taylor import cell_ball, integral

__all__ = ["certify"]

ACCURACIES = (1e-4, 1e-7, 1e-11)
"""Widths of a profit per unit length to aim at, one after the other: only its sign against the cost of entry matters."""

EVALUATIONS, EVALUATIONS_A_KNOT = 300_000, 1000
"""Expansions of a cdf after which a file is given up: half a minute with the slowest laws; those with many knots are fast."""

MOST, MOST_THAT_DIFFER = 12, 5
"""Agents in a file, and those that differ at first prices: who may have entered are two to this power."""

Auction = tuple[Bounds, Mapping[str, arb]]
"""Bounds of an auction, and what each entrant keeps."""


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
    differ = mechanism["kind"] == "first_price" and any(law != laws[0] for law in laws)
    if differ and len(priors) > MOST_THAT_DIFFER:
        raise Rejected(f"under first_price there may be at most {MOST_THAT_DIFFER} agents that differ")
    stated = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(stated, ("entrants", "auctions") if differ else ("entrants",), "equilibrium")
    claimed = _labels(field(stated, "entrants", "equilibrium"), "equilibrium.entrants")
    labels = list(priors)
    able = {label: law for (label, prior), law in zip(priors.items(), laws, strict=True) if prior.low < reserve}
    auctions = _auctions(priors, able, reserve, field(stated, "auctions", "equilibrium"), progress) if differ else None
    game = _Tree(labels, list(priors.values()), reserve, cost, able, auctions)
    found = [labels[i] for i in sorted(game.play(0, frozenset()))]
    if claimed != found:
        raise Rejected(f"equilibrium.entrants are {claimed}, but backward induction gives {found}")
    return _bounds({label: priors[label] for label in found}, sign * reserve, cost, sign, game), sign


def _labels(node: object, where: str) -> list[str]:
    if not isinstance(node, list):
        raise Rejected(f"{where} must be a list of labels")
    return [string(name, where) for name in node]


def _auctions(
    priors: Mapping[str, Prior], able: Mapping[str, object], reserve: float, node: object, progress: Progress | None
) -> dict[frozenset[str], Auction]:
    """Bounds of the auctions that the file states, and what each entrant keeps."""
    if not isinstance(node, list) or len(node) > 2**MOST_THAT_DIFFER:
        raise Rejected("equilibrium.auctions must be a list, of no more than all sets of agents")
    found: dict[frozenset[str], Auction] = {}
    for k, entry in enumerate(node):
        where = f"equilibrium.auctions[{k}]"
        auction = mapping(entry, where)
        only(auction, ("entrants", *STATED), where)
        names = _labels(field(auction, "entrants", where), f"{where}.entrants")
        if any(name not in able for name in names) or frozenset(names) in found or len(set(names)) != len(names):
            raise Rejected(f"{where}.entrants must be agents that can win, and each set stated once")
        laws = {name: priors[name] for name in names}
        found[frozenset(names)] = certify_entrants(laws, reserve, auction, where)
        if progress is not None:
            progress((k + 1) / len(node))
    return found


def _bounds(entrants: Mapping[str, Prior], reserve: float, cost: float, sign: int, game: _Tree) -> Bounds:
    zero, spent = arb(0), cost * arb(len(entrants))
    gain = zero
    for other, _ in (game.auctions or {}).values():
        gain = gain.max(other.gain)
    if not entrants:
        return Bounds(gain=gain, payment=zero, resource_cost=zero, redundant=zero, no_award=arb(1))
    auction = game.auction(frozenset(entrants))
    bids = certify_rule(entrants, {"kind": "vickrey", "reserve": reserve}, None, sign) if auction is None else auction[0]
    return Bounds(
        gain=gain,
        payment=bids.payment,
        resource_cost=bids.resource_cost + spent,
        redundant=bids.redundant + spent - cost * (1 - bids.no_award),
        no_award=bids.no_award,
    )


class _Tree:
    """The tree of decisions, of which only what matters is opened."""

    def __init__(
        self, labels: Sequence[str], priors: Sequence[Prior], reserve: float, cost: float, able: Mapping[str, object],
        auctions: Mapping[frozenset[str], Auction] | None,
    ) -> None:
        self.labels, self.priors, self.reserve, self.cost = labels, priors, reserve, cost
        self.able, self.auctions = able, auctions
        self._known: dict[tuple[int, frozenset[int]], bool] = {}
        self._left = EVALUATIONS + EVALUATIONS_A_KNOT * sum(len(prior.knots) for prior in priors)

    def auction(self, entrants: frozenset[str]) -> Auction | None:
        """The stated auction of entrants that differ; None where no bids need be stated.

        Raises:
            Rejected: the file states none.
        """
        able = frozenset(entrants & self.able.keys())
        laws = [self.able[label] for label in able]
        if self.auctions is None or all(law == laws[0] for law in laws):
            return None
        if able not in self.auctions:
            raise Rejected(f"equilibrium.auctions holds no bids of {', '.join(sorted(able))}, who may all enter")
        return self.auctions[able]

    def play(self, i: int, inside: frozenset[int]) -> frozenset[int]:
        """Who has entered in the end, if those in `inside` are in when `i` decides."""
        if i == len(self.labels):
            return inside
        if self.auctions is None and not self._pays(i, inside):
            return self.play(i + 1, inside)
        then = self.play(i + 1, inside | {i})
        return then if self._pays(i, then - {i}) else self.play(i + 1, inside)

    def _pays(self, i: int, rivals: frozenset[int]) -> bool:
        if (i, rivals) not in self._known:
            auction = self.auction(frozenset(self.labels[j] for j in rivals | {i}))
            if auction is None:
                others = [self.priors[j] for j in sorted(rivals)]
                for accuracy in ACCURACIES:
                    profit = best = self._profit(self.priors[i], others, accuracy)
                    if profit > self.cost or best < self.cost:
                        break
            else:
                profit = auction[1].get(self.labels[i], arb(0))
                best = profit + auction[0].gain
            if not (profit > self.cost or best < self.cost):
                raise Rejected(f"it is not decided whether {self.labels[i]!r} enters: it may earn just the cost of entry")
            self._known[i, rivals] = bool(profit > self.cost)
        return self._known[i, rivals]

    def _profit(self, own: Prior, rivals: Sequence[Prior], accuracy: float) -> arb:
        if not own.low < self.reserve:
            return arb(0)

        def share(law: Prior, x: arb, inside: float) -> arb_series:
            if inside <= law.low or inside >= law.high:
                return arb_series([arb(1 if inside >= law.high else 0)])
            return law.density(arb_series([x, 1]), inside).integral() + law.cdf(x)

        def series(x: arb, inside: float) -> arb_series:
            self._left -= 1 + len(rivals)
            if self._left < 0:
                raise Rejected("what entrants earn takes too long to find: too many agents, or laws that are too rough")
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
        return integral(series, bound, knots, accuracy, cells=2)
