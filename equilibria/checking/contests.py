r"""A contest for one prize with private costs of effort: how much a contestant gains by another effort.

Contestant $i$ with cost $c$ per unit makes the effort $e$, has the score $x=e^\alpha$ and wins $V$ with probability
$P_i(e)=E[x/(x+S)]$, where $S$ is the sum of its rivals' scores; it bears $ce$ whether it wins or not, and is given back $\rho
e$ if it does not. So $u(e,c)=T(e)-ce$ with $T=VP+\rho e(1-P)$. Rivals' efforts follow the stated curves.

**Theorem.** Let the stated $e(c)$ be positive and not rise on $[\ell,d]$, and zero above $d$. With $r(t)=T'(e(t))-t$, a type
$c\le d$ gains at most

$$ \int_\ell^d|r|\,|de|\;+\;\text{gap}\;+\;\max(\text{up},\text{down}) $$

by any other effort, and a type above $d$ no more. *Proof.* Going from $e(c)$ to $e(c')$ changes the utility of type $c$ by
$\int_c^{c'}[r(t)+(t-c)]\,de(t)$. As $de\le0$, the part $(t-c)\,de(t)$ of the integral is never positive, in either direction.
If $d$ is less than the highest cost, $e$ jumps from $e(d)$ to 0 there; the gap is filled with $T'(s)-d$, and gap
$=\int_0^{e(d)}|T'(s)-d|\,ds$ if some rival never stays out. If all may, the least effort wins where all do; then no more than
the whole reward can be gained, or the whole cost saved, and gap $=\max(VP(e(d))+\rho e(d),\;d\,e(d))$. For $\alpha>1$ efforts
may jump by any amount, and gap $=\sup_{s\le e(d)}[u(s,d)-u(e(d),d)]+u(e(d),d)^+$. An effort $s>e(\ell)$ differs from
$e(\ell)$ by $u(s,c)-u(e(\ell),c)\le u(s,\ell)-u(e(\ell),\ell)\le$ up, since a higher cost gains less by more effort; likewise
$s<e(d)$ at the highest cost, where nobody stays out. ∎

No second-order condition is asked for, so any $\alpha$ is allowed; where $\alpha$ is too large it is *down* that grows: the
highest cost would rather stay out. Up and down are

- for $\alpha\le1$, $\rho=0$: $P$ is concave ($x/(x+S)$ is, in $e$), so a tangent bounds it: up
  $\le|r(\ell)|\max(V/\ell,e(\ell))$, because more than $V/\ell$ loses and $u(0^+,\ell)\ge0$; down $\le|r|e$ at the highest cost;
- otherwise next to $e$ the same tangent on a stretch where $T''\le0$ is proved, and beyond it
  $u(s,c)\le VP(s_1)+\rho s_1(1-P(s_0))-cs_0$ on cells $[s_0,s_1]$.

A contestant that is idle at every cost gains most at its lowest one: at most $(T'(0)-\ell)^+V/\ell$ where $P$ is concave, else
what is found on cells.

Staying out is never better than the limit $e\to0$. $P$ and its derivatives come from `inverse_powers`:
$P'=\alpha e^{\alpha-1}(g_1-xg_2)$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flint import arb, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.effort_curves import DISC, LARGEST_DEGREE, TERMS, EffortCurve, Patch, raised
from equilibria.checking.inverse_powers import InversePowers, nodes_for
from equilibria.checking.joint_integrals import exceeding, long_series
from equilibria.checking.outside_efforts import rise_above, rise_below, rise_from_nothing
from equilibria.checking.priors import Prior

WORK = 1_500_000
"""Patches of all curves times nodes, at most: half a minute, and some forty times what the solver writes for one law."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """The rule: what is won, the exponent of the efforts, what a loser is given back for a unit of effort."""

    prize: float
    exponent: float
    rebate: float


class Contestant:
    """One of the contestants that play a curve, against everybody else."""

    def __init__(self, game: Game, powers: InversePowers, sure: arb) -> None:
        self.powers, self.sure = powers, sure
        self.prize, self.exponent, self.rebate = arb(game.prize), arb(game.exponent), arb(game.rebate)
        self.concave = game.exponent <= 1 and game.rebate == 0

    def chance(self, effort: arb) -> arb:
        """$P$ at a tight ball."""
        if effort.is_zero():
            return arb(0)
        score = raised(effort, self.exponent)
        return score * self.powers.at(score, 1)[0]

    def steepness(self, low: arb, high: arb) -> arb:
        """At least $P(s)/s$ for efforts between two: $s^{\\alpha-1}$ rises and $g_1$ falls; only for exponents from 1 on."""
        if self.exponent < 1 or not self.sure + low > 0:
            return arb("inf")
        score = arb(0) if low.is_zero() else raised(low, self.exponent)
        return raised(high, self.exponent - 1) * self.powers.at(score, 1)[0]

    def series(self, effort: arb_series, score: arb_series, powers: list[arb], terms: int) -> tuple[arb_series, arb_series]:
        """$T'$ and $P$ composed with a series, from the inverse powers at its constant term."""
        step = score - score[0]
        first, second = arb_series([arb(0)]), arb_series([arb(0)])
        for k in range(terms - 1, -1, -1):
            sign = -1 if k % 2 else 1
            first = first * step + sign * powers[k]
            second = second * step - sign * (k + 1) * powers[k + 1]
        chance = score * first
        slope = first + score * second
        if self.exponent != 1:
            slope = slope * raised(effort, self.exponent - 1) * self.exponent
        if self.rebate == 0:
            return slope * self.prize, chance
        return slope * (self.prize - self.rebate * effort) + self.rebate * (1 - chance), chance

    def on(self, patch: Patch) -> tuple[arb, arb, arb, arb]:
        """The most that `|r|` is on a patch; the integrals of the cost, of its lost part and of the effort that lost."""
        marginal, chance = self.series(patch.effort, patch.score, self.powers.at(patch.score[0]), TERMS)
        residual = marginal - patch.cost
        most = self.powers.at(patch.floor.lower(), 1)[0]
        likely = patch.top_score * most
        steep = most * self.exponent
        if not patch.floor >= 0:  # of S/(x+S)^2 the first factor is not below the second where x may be negative
            steep = steep * self.sure / (self.sure + patch.floor)
        if self.exponent != 1:
            nearest = patch.widest if self.exponent > 1 else patch.effort[0] - patch.spread
            steep = steep * raised(nearest, self.exponent - 1)
        bound = steep * (self.prize + self.rebate * patch.widest) + self.rebate * (1 + likely)
        worst = sum((abs(residual[k]) for k in range(TERMS)), abs(patch.remainder(bound)))
        spent = patch.cost * patch.effort
        ceiling = (patch.centre + DISC * patch.radius) * patch.widest
        lost, refused = patch.mean(spent * (1 - chance), ceiling * (1 + likely)), arb(0)
        if self.rebate != 0:
            refused = patch.mean(patch.effort * (1 - chance), patch.widest * (1 + likely))
        return worst, patch.mean(spent, ceiling), lost, refused

    def slope_at(self, effort: arb) -> arb:
        """$T'$ over a ball of efforts."""
        return self._slopes(effort, 1)[0]

    def curvature_at(self, effort: arb) -> arb:
        """$T''$ over a ball of efforts."""
        return self._slopes(effort, 2)[1]

    def _slopes(self, effort: arb, terms: int) -> arb_series:
        series = arb_series([effort, 1], terms)
        score = raised(series, self.exponent)
        return self.series(series, score, self.powers.over(score[0]), terms)[0]

    def from_nothing(self, cost: float) -> arb:
        """The most that is gained by any effort where none is stated."""
        if self.concave:
            return (self.slope_at(arb(0)) - cost).max(arb(0)) * self.prize / cost
        return rise_from_nothing(self, arb(cost))

    def in_jumps(self, curve: EffortCurve) -> arb:
        """The integral of `|r|` over the efforts that are jumped over where pieces meet: they are filled in at that cost."""
        jumps = ((abs(self.slope_at(before.union(after)) - cost), before - after) for cost, before, after in curve.jumps)
        return sum((residual * fall for residual, fall in jumps), arb(0))

    def outside(self, curve: EffortCurve) -> arb:
        """The most that is gained by efforts above or below the curve, and in its jump."""
        low, high = arb(curve.low), arb(curve.reach)
        above = self.slope_at(curve.most) - low
        if self.concave:
            up = abs(above) * (self.prize / low).max(curve.most)
        else:
            up = rise_above(self, low, curve.most, above)
        if not curve.all_take_part:
            if self.exponent > 1:  # a jump of any height: what efforts below it bring the indifferent cost
                worth = self.prize * self.chance(curve.least) + self.rebate * curve.least * (1 - self.chance(curve.least))
                rest = rise_below(self, high, curve.least, self.slope_at(curve.least) - high)
                return up + rest + (worth - high * curve.least).max(arb(0))
            if self.sure > 0:
                return up + abs(self.slope_at(arb(0).union(curve.least)) - high) * curve.least
            reward = self.prize * self.chance(curve.least) + self.rebate * curve.least
            return up + reward.max(high * curve.least)
        below = self.slope_at(curve.least) - high
        down = abs(below) * curve.least if self.concave else rise_below(self, high, curve.least, below)
        return up.max(down)


def certify_contest(
    priors: Mapping[str, Prior], laws: Mapping[str, object], game: Game, node: object, progress: Progress | None
) -> Bounds:
    """Bounds for the curves in `node`.

    Args:
        priors: laws of the costs by label.
        laws: the same as they are written: contestants on one curve must have equal ones.
        game: the rule.
        node: `{"curves": [{"labels": [...], "reach": ..., "coefficients": [...]}, ...], "idle": [...]}`; who is idle makes no
            effort at any cost.
        progress: called with the share of the work done.

    Raises:
        Rejected: a hypothesis fails.
    """
    if not (game.prize > 0 and game.exponent > 0 and 0 <= game.rebate < min(prior.low for prior in priors.values())):
        raise Rejected("the prize and the exponent must be positive, and the rebate at least 0 and below every cost")
    with long_series():
        ctx.prec, ctx.cap = 128 + 2 * LARGEST_DEGREE, TERMS
        groups, idle = _read(priors, laws, game, node)
        ctx.prec = 128 + 2 * max(curve.degree for curve, _ in groups)
        return _bounds(groups, min((priors[label].low for label in idle), default=None), game, progress)


def _read(
    priors: Mapping[str, Prior], laws: Mapping[str, object], game: Game, node: object
) -> tuple[list[tuple[EffortCurve, int]], list[str]]:
    table = mapping(node, "equilibrium")
    only(table, ("curves", "idle"), "equilibrium")
    stated = field(table, "curves", "equilibrium")
    if not isinstance(stated, list) or not stated:
        raise Rejected("equilibrium.curves must be a list of one curve or more")
    idle = table.get("idle", [])
    if not isinstance(idle, list):
        raise Rejected("equilibrium.idle must be a list of labels")
    groups, seen = [], {string(label, "equilibrium.idle") for label in idle}
    if len(seen) != len(idle) or not seen <= set(priors):
        raise Rejected("equilibrium.idle must hold contestants, each once")
    for index, entry in enumerate(stated):
        where = f"equilibrium.curves[{index}]"
        labels = field(entry, "labels", where)
        if not isinstance(labels, list) or not labels:
            raise Rejected(f"{where}.labels must be a list of labels")
        names = [string(label, f"{where}.labels") for label in labels]
        for name in names:
            if name not in priors or name in seen:
                raise Rejected(f"{where}.labels: {name!r} is no contestant, or occurs twice")
            if laws[name] != laws[names[0]]:
                raise Rejected(f"{where}.labels: contestants on one curve must have the same law of costs")
            seen.add(name)
        groups.append((EffortCurve(priors[names[0]], arb(game.exponent), mapping(entry, where), where), len(names)))
    if seen != set(priors):
        raise Rejected("equilibrium must hold every contestant, on a curve or as idle")
    return groups, [string(label, "equilibrium.idle") for label in idle]


def _bounds(groups: list[tuple[EffortCurve, int]], idle: float | None, game: Game, progress: Progress | None) -> Bounds:
    nobody = all(not curve.all_take_part for curve, _ in groups)
    rivals, nearest = [], []
    for curve, _ in groups:
        others = [(other, number - (other is curve)) for other, number in groups]
        sure = sum((number * other.lowest_score for other, number in others), arb(0))
        rivals.append(sure)
        curved = game.exponent > 1 or game.rebate > 0
        if sure > 0:
            nearest.append(sure if curved or not curve.all_take_part else sure + curve.least_score)
        else:  # efforts down to a small share of the least one are tried
            nearest.append(raised(curve.least / 4096, arb(game.exponent)) if curved else curve.least_score)
        if not curve.all_take_part and game.exponent < 1:
            raise Rejected("some type stays out: with an exponent below 1 it must take part, as small efforts pay")
    whole = sum((count * curve.lowest_score for curve, count in groups), arb(0))
    if idle is not None:
        if game.exponent < 1 or not whole > 0:
            raise Rejected("some contestant makes no effort: with an exponent below 1, or if all rivals may stay out, any pays")
        nearest.append(whole)
    least = min(nearest, key=lambda value: float(value.lower())) / 4
    most = sum((count * curve.most_score for curve, count in groups), arb(0))
    if game.exponent > 1 or game.rebate > 0:
        lowest = min([curve.low for curve, _ in groups] + ([] if idle is None else [idle]))
        most = most + raised(2 * game.prize / (arb(lowest) - game.rebate), arb(game.exponent))
    nodes = nodes_for(least, most)
    laws = []
    for k, (curve, _) in enumerate(groups):
        curve.cover(nodes[-1], least - rivals[k], f"equilibrium.curves[{k}]")
        if sum(len(other.patches) for other, _ in groups) * len(nodes) > WORK:
            raise Rejected("equilibrium.curves take too long to add up: too many of them change too fast, or are too far apart")
        laws.append(curve.transforms(nodes))
    gain, cost, lost, back, none = arb(0), arb(0), arb(0), arb(0), arb(1)
    for k, (curve, count) in enumerate(groups):
        if progress is not None:
            progress(k / len(groups))
        products = [_product(node, groups, k) for node in zip(*laws, strict=True)]
        contestant = Contestant(game, InversePowers(nodes, products, rivals[k].lower(), TERMS + 1), rivals[k])
        own = contestant.outside(curve) + contestant.in_jumps(curve)
        for patch in curve.patches:
            worst, spent, wasted, refunded = contestant.on(patch)
            own = own + worst * patch.fall
            cost, lost, back = cost + count * spent, lost + count * wasted, back + count * refunded
        gain = gain.max(own)
        none = none * exceeding(curve.prior, curve.reach) ** count if nobody else arb(0)
    if idle is not None:
        products = [_product(node, groups, None) for node in zip(*laws, strict=True)]
        gain = gain.max(Contestant(game, InversePowers(nodes, products, whole.lower(), 3), whole).from_nothing(idle))
    payment = game.prize * (1 - none) + game.rebate * back
    return Bounds(gain=gain, payment=payment, resource_cost=cost, redundant=lost, no_award=none)


def _product(values: tuple[arb, ...], groups: list[tuple[EffortCurve, int]], own: int | None) -> arb:
    product = arb(1)
    for k, (value, (_, count)) in enumerate(zip(values, groups, strict=True)):
        product = product * value ** (count - (k == own))
    return product
