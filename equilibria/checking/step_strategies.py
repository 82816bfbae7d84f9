r"""Certify pay-as-bid strategies that are step functions: a bound on every gain from finitely many numbers.

The file states, for each prover $i$ that may win, costs $t_0<\dots<t_K$ from the lower end of its support to
$\min(\bar c_i, r)$ ($r$ the reserve, if any) and bids $a_1<\dots<a_K$: costs in $(t_{k-1},t_k]$ bid $a_k$ ($t_0$ too); a cost
above the reserve is never awarded. Rivals' bids are then atoms; $X_i(b)$ is the probability that all of them bid above $b$.

**Bound** (convexity). *Bids.* Between two neighbouring atoms $a<a'$ of rivals the chance to win is constant, and the bid is
paid, so no bid there is better than those just below $a'$, which win with probability $X_i(a'-)=P(\text{all rivals}\ge a')$.
Above all atoms a bid wins only if every rival abstains; then the best one is the reserve. So the best utility of a cost $c$,
over *all* bids and abstaining, is the maximum of 0 and of finitely many lines,
$$B_i(c)=\max\{0,\;\max_{a}\,(a-c)X_i(a-),\;(r-c)X_i(r)\}.$$
*Types.* $B_i$ is convex, and $u_i(c)=(a_k-c)\,P(\text{win with }a_k)$ is affine where the bid is constant: the regret
$B_i-u_i$ is convex on every cell, hence greatest at one of its ends. Costs above the reserve have $B_i=0$. Costs inside a gap
of the prior are nobody's: a cell counts from its first to its last cost that exists.

Where a rival bids $a_k$ too, the prover is taken to lose the tie in $u_i$, and a deviation to win it: what is stated holds for
every rule for ties. No density is needed: priors may have gaps, kinks and infinite densities. Every probability is rounded
outward to a double, and the maximum of lines is found in rational arithmetic.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

from flint import arb, arb_series, fmpq

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, mapping, numbers, only
from equilibria.checking.priors import Prior
from equilibria.checking.taylor import cell_ball, middle

STEPS = 200_000
"""Cells of all provers together, at most."""


@dataclass(slots=True)
class _Prover:
    """One prover's steps, and what is found of them."""

    label: str
    prior: Prior
    costs: list[float]
    bids: list[float]
    above: list[arb]
    """P(bid > bids[k-1]); the first is 1."""

    def cells(self) -> Iterator[tuple[float, float]]:
        """The first and the last cost of each cell, costs inside a gap of the prior left out (then the first may be above)."""
        gaps = self.prior.gaps()
        for low, high in pairwise(self.costs):
            for left, right in gaps:
                low = right if left <= low < right else low
            for left, right in reversed(gaps):
                high = left if left < high < right else high
            yield low, high

    def cost(self, cell: int) -> arb:
        """The integral of the cost over a cell, dF(c)."""
        left, right = self.costs[cell], self.costs[cell + 1]
        mass = self.above[cell] - self.above[cell + 1]
        plain = cell_ball(left, right) * mass
        knots = self.prior.knots
        if bisect_right(knots, left) < len(knots) and knots[bisect_right(knots, left)] < right:
            return plain
        centre, radius = middle(left, right)
        try:
            bend = self.prior.density(arb_series([cell_ball(left, right), 1], 2), centre)[1]
        except (ValueError, ZeroDivisionError):
            return plain
        # the integral of (c - centre) f(c) dc, f within f(centre) + [f'](c - centre); the two halves differ by rounding only,
        # and f(centre) times the width is the mass, but for the bend
        apart = abs((arb(right) - centre) - (arb(centre) - left))
        error = abs(bend) * 2 * radius**3 / 3 + apart * (mass + abs(bend) * radius**2)
        fine = centre * mass + cell_ball(-1.0, 1.0) * error
        return fine if fine.is_finite() and fine.rad() < plain.rad() else plain


def _read(label: str, prior: Prior, reserve: float | None, node: object) -> _Prover:
    place = f"equilibrium.steps.{label}"
    only(mapping(node, place), ("costs", "bids"), place)
    costs = numbers(field(node, "costs", place), f"{place}.costs")
    bids = numbers(field(node, "bids", place), f"{place}.bids", len(costs) - 1)
    if not bids or any(not x < y for x, y in pairwise(costs)) or any(not x < y for x, y in pairwise(bids)):
        raise Rejected(f"{place}: costs and bids must increase strictly")
    reach = prior.high if reserve is None else min(prior.high, reserve)
    if costs[0] != prior.low or costs[-1] != reach:
        raise Rejected(f"{place}.costs must run from {prior.low!r} to {reach!r}; they run from {costs[0]!r} to {costs[-1]!r}")
    if reserve is not None and bids[-1] > reserve:
        raise Rejected(f"{place}: the highest bid {bids[-1]!r} is above the reserve {reserve!r}")
    return _Prover(label, prior, costs, bids, [arb(1), *(prior.survival(cost) for cost in costs[1:])])


def certify_steps(
    priors: Mapping[str, Prior], reserve: float | None, node: Mapping[str, object],
    progress: Callable[[float], None] | None = None,
) -> Bounds:
    """Bounds for stated step strategies of a pay-as-bid rule.

    Args:
        priors: cost distributions by label.
        reserve: the highest bid that is accepted, or None.
        node: the `equilibrium` object of a certificate.
        progress: called with the share of the work done.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    only(node, ("steps",), "equilibrium")
    stated = mapping(node["steps"], "equilibrium.steps")
    for label in stated:
        if label not in priors:
            raise Rejected(f"equilibrium.steps.{label}: no prover of that name is in the market")
    provers = []
    for label, prior in priors.items():
        if reserve is not None and prior.low >= reserve:
            if label in stated:
                raise Rejected(f"equilibrium.steps.{label}: no cost of this prover is below the reserve")
        else:
            provers.append(_read(label, prior, reserve, field(stated, label, "equilibrium.steps")))
    if sum(len(prover.bids) for prover in provers) > STEPS:
        raise Rejected(f"the strategies have more than {STEPS} steps")
    if reserve is None and sum(prover.above[-1].is_zero() for prover in provers) < 2:
        raise Rejected("without a reserve, two provers at least must always bid: a lone one could ask for anything")
    return _sweep(provers, reserve, progress)


def _sweep(provers: list[_Prover], reserve: float | None, progress: Callable[[float], None] | None) -> Bounds:
    """Pass over all atoms from the lowest bid up, then compare every cell with the best bid against it."""
    alive = [arb(1)] * len(provers)
    everyone = arb(1)
    payment, spent = arb(0), arb(0)
    lines: list[list[tuple[float, float]]] = [[] for _ in provers]
    own: list[list[tuple[float, float]]] = [[] for _ in provers]
    atoms = sorted((bid, i, k) for i, prover in enumerate(provers) for k, bid in enumerate(prover.bids))
    for bid, group in groupby(atoms, key=lambda atom: atom[0]):
        bidders = {i: k for _, i, k in group}
        before = _products(alive)
        for i, k in bidders.items():
            alive[i] = provers[i].above[k + 1]
        after = _products(alive) if len(bidders) > 1 else before
        for i in range(len(provers)):
            if len(bidders) > (i in bidders):  # a rival bids here
                lines[i].append((bid, _up(before[i])))
        for i, k in bidders.items():
            wins = before[i] if len(bidders) == 1 else _hull(after[i], before[i])
            own[i].append((_down(wins), _up(wins)))
            spent += provers[i].cost(k) * wins
        remaining = _all(alive)
        payment += bid * (everyone - remaining)
        everyone = remaining
    gain = arb(0)
    alone = _products(alive)
    for i, prover in enumerate(provers):
        if reserve is not None:
            lines[i].append((reserve, _up(alone[i])))
        if progress is not None:
            progress(i / len(provers))
        gain = gain.max(arb(_regret(prover, lines[i], own[i])))
    return Bounds(gain=gain, payment=payment, resource_cost=spent, redundant=arb(0), no_award=everyone)


def _regret(prover: _Prover, lines: list[tuple[float, float]], own: list[tuple[float, float]]) -> fmpq:
    """The most that a type gains: at the ends of cells, against the upper envelope of the lines."""
    envelope = _envelope(lines)
    at, worst, zero = 0, fmpq(0), fmpq(0)
    for k, (bid, (low, high)) in enumerate(zip(prover.bids, prover.cells(), strict=True)):
        least, most = map(_exact, own[k])
        for cost in map(_exact, (low, high) if low <= high else ()):
            value = envelope[at][0] - envelope[at][1] * cost
            while at + 1 < len(envelope):
                other = envelope[at + 1][0] - envelope[at + 1][1] * cost
                if other < value:
                    break
                at, value = at + 1, other
            margin = _exact(bid) - cost
            worst = max(worst, max(value, zero) - margin * (least if margin >= 0 else most))
    return worst


def _envelope(lines: list[tuple[float, float]]) -> list[tuple[fmpq, fmpq]]:
    """The upper envelope of `(a - c) x` over lines `(a, x)` of increasing `a`, from the left: intercepts and minus slopes.

    Chances that rounding made rise with the bid are raised to the later ones: the envelope stays an upper bound.
    """
    raised: list[tuple[float, float]] = []
    highest = 0.0
    for bid, chance in reversed(lines):
        highest = max(highest, chance)
        raised.append((bid, highest))
    kept: list[tuple[fmpq, fmpq]] = [(fmpq(0), fmpq(0))]  # from the right: abstaining has slope 0
    for bid, chance in raised:
        slope = _exact(chance)
        line = (_exact(bid) * slope, slope)
        if slope == kept[-1][1]:
            if line[0] <= kept[-1][0]:
                continue
            kept.pop()
        while len(kept) > 1 and _hidden(kept[-2], kept[-1], line):
            kept.pop()
        kept.append(line)
    return kept[::-1]


def _hidden(right: tuple[fmpq, fmpq], middle_line: tuple[fmpq, fmpq], left: tuple[fmpq, fmpq]) -> bool:
    """Whether a line is nowhere above the two beside it."""
    (p, s), (q, t), (r, u) = right, middle_line, left
    return bool((r - q) * (t - s) >= (q - p) * (u - t))


def _products(chances: list[arb]) -> list[arb]:
    """For each prover, the product over all the others."""
    before, after = [arb(1)], arb(1)
    for chance in chances[:-1]:
        before.append(before[-1] * chance)
    for i in range(len(chances) - 1, -1, -1):
        before[i] = before[i] * after
        after = after * chances[i]
    return before


def _all(chances: list[arb]) -> arb:
    total = arb(1)
    for chance in chances:
        total = total * chance
    return total


def _hull(low: arb, high: arb) -> arb:
    return low.union(high)


def _exact(x: float) -> fmpq:
    return fmpq(*x.as_integer_ratio())


def _up(x: arb) -> float:
    return min(math.nextafter(float(x.upper()), math.inf), 1.0)


def _down(x: arb) -> float:
    return max(math.nextafter(float(x.lower()), -math.inf), 0.0)
