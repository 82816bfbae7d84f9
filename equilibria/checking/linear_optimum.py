r"""Myerson's optimum for piecewise-linear cdfs: the stated ironed intervals prove it, in rational arithmetic only.

In the orientation of a sale let $w(x)=Wx-R\,(1-F(x))/f(x)$ be what the objective makes of a task awarded to the value $x$, and
let $\bar w$ be $w$ outside the stated intervals $[a,b]$ and their levels $s$ inside.

**Upper bound.** The objective of a truthful mechanism in which nobody loses by taking part is at most $E[\sum_i(w_i-O)x_i]$ with
interim awards that never fall. If $\int_a^b(w-s)\,dF=0$ and $\int_x^b(w-s)\,dF\le0$ for $x$ in $[a,b]$, then
$\int wX\,dF\le\int\bar wX\,dF$ for every $X$ that never falls, so nothing beats serving the highest $\bar w$ first.

**It is reached.** If $\bar w$ never falls, that rule with critical values as payments is truthful in dominant strategies, the
lowest value that is awarded keeps nothing, and $X$ is constant on $[a,b]$, so both inequalities are equations.

**Gaps.** Where no value lies between $g$ and $h$, those above keep $(h-g)X(g)$ more, so an integral over a gap is less by
$R\,(h-g)(1-F(g))$; a gap outside the stated intervals is refused unless nothing is awarded below it.

Its value is $\int_O^\infty E\min(k,\#\{i:\bar w_i\ge s\})\,ds$, polynomial between the levels at which something changes;
each part is integrated here from as many of its values as determine it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from equilibria.checking.document import Rejected, field, integer, mapping, number, numbers, only, string
from equilibria.checking.finite_agents import MOST_TASKS, Terms, rationals, read_terms

Corners = list[tuple[Fraction, Fraction]]
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Stretch:
    """Values from `start` to `end` of a constant density, and their levels at both ends."""

    start: Fraction
    end: Fraction
    density: Fraction
    low: Fraction
    high: Fraction


def linear_optimum(tree: Mapping[str, object]) -> tuple[Fraction, str]:
    """The value that the optimal rule has, from the market and the stated ironed intervals.

    Raises:
        Rejected: a law is not piecewise linear, or the intervals prove no bound.
    """
    market = mapping(field(tree, "market", "certificate"), "market")
    kind = string(field(market, "kind", "market"), "market.kind")
    if kind not in ("procurement", "sale"):
        raise Rejected(f"market.kind must be 'procurement' or 'sale'; got {kind!r}")
    key, sign = ("costs", 1) if kind == "procurement" else ("values", -1)
    only(market, ("kind", key, "value", "tasks", "capacities"), "market")
    tasks = integer(market.get("tasks", 1), "market.tasks")
    if not 1 <= tasks <= MOST_TASKS:
        raise Rejected(f"market.tasks must lie in [1, {MOST_TASKS}]; got {tasks}")
    value = None if "value" not in market else Fraction(number(market["value"], "market.value"))
    terms = read_terms(field(tree, "objective", "certificate"), sign, value)
    laws = mapping(field(market, key, "market"), f"market.{key}")
    capacities = mapping(market.get("capacities", {}), "market.capacities")
    only(capacities, laws, "market.capacities")
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    only(mechanism, ("ironed",), "mechanism")
    ironed = mapping(field(mechanism, "ironed", "mechanism"), "mechanism.ironed")
    only(ironed, laws, "mechanism.ironed")
    agents, units = [], []
    for label, node in laws.items():
        corners = read_corners(node, f"market.{key}.{label}")
        if sign > 0:
            corners = [(-x, 1 - p) for x, p in reversed(corners)]
        agents.append(_stretches(corners, _intervals(ironed.get(label, []), sign, label), terms, label))
        units.append(integer(capacities.get(label, 1), f"market.capacities.{label}"))
    if not laws or min(units) < 1 or (terms.outside is None and sum(units) < tasks):
        raise Rejected("the agents together cannot take all tasks")
    found = terms.sign * _best(agents, units, tasks, terms.outside)
    objective = tree["objective"]
    name = objective if isinstance(objective, str) else "weighted objective"
    return found, f"no truthful mechanism has a better {name} than exactly {found}"


def read_corners(node: object, where: str, depth: int = 0) -> Corners:
    """Corners of a cdf that is linear in between, as exact rationals."""
    law = mapping(node, where)
    kind = string(field(law, "kind", where), f"{where}.kind")
    if kind == "uniform":
        only(law, ("kind", "low", "high"), where)
        corners = [(Fraction(number(field(law, end, where), where)), Fraction(p)) for end, p in (("low", 0), ("high", 1))]
    elif kind == "piecewise_linear":
        only(law, ("kind", "points", "cdf"), where)
        points = numbers(field(law, "points", where), f"{where}.points")
        levels = numbers(field(law, "cdf", where), f"{where}.cdf", len(points))
        corners = [(Fraction(x), Fraction(p)) for x, p in zip(points, levels, strict=True)]
    elif kind == "reflected" and depth < DEEPEST:
        only(law, ("kind", "of"), where)
        inner = read_corners(field(law, "of", where), f"{where}.of", depth + 1)
        corners = [(-x, 1 - p) for x, p in reversed(inner)]
    elif kind == "mixture" and depth < DEEPEST:
        only(law, ("kind", "parts"), where)
        corners = _mixed(field(law, "parts", where), where, depth)
    else:
        raise Rejected(f"{where}.kind {kind!r} has no piecewise-linear cdf that this checker reads")
    steps = list(pairwise(corners))
    if not steps or any(x >= y or p > q for (x, p), (y, q) in steps) or corners[0][1] != 0 or corners[-1][1] != 1:
        raise Rejected(f"{where} must be a cdf: points that increase, levels from 0 to 1 that never fall")
    return corners


def _mixed(node: object, where: str, depth: int) -> Corners:
    if not isinstance(node, list) or not node:
        raise Rejected(f"{where}.parts must be a list of one part or more")
    parts = []
    for k, part in enumerate(node):
        at = f"{where}.parts[{k}]"
        only(mapping(part, at), ("weight", "distribution"), at)
        weight = Fraction(number(field(part, "weight", at), f"{at}.weight"))
        if weight <= 0:
            raise Rejected(f"{at}.weight must be positive")
        parts.append((weight, read_corners(field(part, "distribution", at), f"{at}.distribution", depth + 1)))
    total = sum(weight for weight, _ in parts)
    points = sorted({x for _, corners in parts for x, _ in corners})
    return [(x, sum((weight * _cdf(corners, x) for weight, corners in parts), Fraction(0)) / total) for x in points]


def _cdf(corners: Corners, x: Fraction) -> Fraction:
    for (x0, p0), (x1, p1) in pairwise(corners):
        if x <= x1:
            return p0 + (p1 - p0) * max(x - x0, Fraction(0)) / (x1 - x0)
    return Fraction(1)


def _intervals(node: object, sign: int, label: str) -> list[tuple[Fraction, Fraction, Fraction]]:
    where = f"mechanism.ironed.{label}"
    if isinstance(node, str) or not isinstance(node, Sequence):
        raise Rejected(f"{where} must be a list")
    intervals = []
    for k, entry in enumerate(node):
        ends = rationals(entry, f"{where}[{k}]")
        if len(ends) != 3:
            raise Rejected(f"{where}[{k}] must hold two ends and a level")
        first, last, level = ends if sign < 0 else (-ends[1], -ends[0], -ends[2])
        if not first < last:
            raise Rejected(f"{where}[{k}] must begin before it ends")
        intervals.append((first, last, level))
    intervals.sort()
    if any(before[1] > after[0] for before, after in pairwise(intervals)):
        raise Rejected(f"{where} must be intervals that do not overlap")
    return intervals


def _stretches(
    corners: Corners, ironed: list[tuple[Fraction, Fraction, Fraction]], terms: Terms, label: str
) -> list[Stretch]:
    """The levels of an agent, proved to never fall and to bound the objective."""
    if ironed and not corners[0][0] <= ironed[0][0] <= ironed[-1][1] <= corners[-1][0]:
        raise Rejected(f"mechanism.ironed.{label} reaches beyond the law")
    stretches: list[Stretch] = []
    tails: dict[int, Fraction] = {}
    idle = False  # whether what lies below must not be awarded
    for (x0, p0), (x1, p1) in reversed(list(pairwise(corners))):
        cuts = sorted({x0, x1, *(x for first, last, _ in ironed for x in (first, last) if x0 < x < x1)})
        for start, end in reversed(list(pairwise(cuts))):
            inside = [k for k, (first, last, _) in enumerate(ironed) if first <= start and end <= last]
            if p0 == p1:
                rent = terms.rents * (end - start) * (1 - p0) if p0 > 0 else Fraction(0)
                if inside:
                    tails[inside[0]] = tails.get(inside[0], Fraction(0)) - rent
                else:
                    idle = idle or rent > 0
                continue
            density = (p1 - p0) / (x1 - x0)
            slope, constant = terms.types + terms.rents, terms.rents * ((1 - p0) / density + x0)
            low, high = slope * start - constant, slope * end - constant
            if idle and (terms.outside is None or (ironed[inside[0]][2] if inside else high) > terms.outside):
                raise Rejected(f"mechanism.ironed.{label}: a gap of the law is not ironed, and there are awards below it")
            if not inside:
                stretches.append(Stretch(start, end, density, low, high))
                continue
            level, tail = ironed[inside[0]][2], tails.get(inside[0], Fraction(0))
            stretches.append(Stretch(start, end, density, level, level))
            if low < level < high:  # the tail is greatest where the level itself is reached
                _refuse_positive(tail + density * (high - level) ** 2 / (2 * slope), label)
            tails[inside[0]] = tail + density * (end - start) * ((low + high) / 2 - level)
            _refuse_positive(tails[inside[0]], label)
    if any(tail != 0 for tail in tails.values()) or len(tails) != len(ironed):
        raise Rejected(f"mechanism.ironed.{label}: a level is not the mean of what it replaces")
    stretches.reverse()
    if any(before.high > after.low for before, after in pairwise(stretches)):
        raise Rejected(f"mechanism.ironed.{label}: levels fall where nothing is ironed")
    return stretches


def _refuse_positive(tail: Fraction, label: str) -> None:
    if tail > 0:
        raise Rejected(f"mechanism.ironed.{label}: an interval proves no bound")


def _best(agents: Sequence[list[Stretch]], units: Sequence[int], tasks: int, outside: Fraction | None) -> Fraction:
    """The expected sum of (level - outside) over tasks when the highest levels are served first."""
    ends = {end for stretches in agents for stretch in stretches for end in (stretch.low, stretch.high)}
    start = min(ends) if outside is None else outside
    total = tasks * start if outside is None else Fraction(0)
    shares = _newton_cotes(len(agents))
    for left, right in pairwise(sorted({start, *(end for end in ends if end > start)})):
        for k, share in enumerate(shares):
            place = left + (right - left) * Fraction(k, len(shares) - 1)
            total += (right - left) * share * _served([_chance(own, place, left, right) for own in agents], units, tasks)
    return total


def _chance(stretches: list[Stretch], place: Fraction, left: Fraction, right: Fraction) -> Fraction:
    """The probability of a level of at least `place`, which lies between the neighbouring levels `left` and `right`."""
    total = Fraction(0)
    for stretch in stretches:
        mass = stretch.density * (stretch.end - stretch.start)
        if stretch.low >= right:
            total += mass
        elif stretch.high >= right and stretch.low <= left and stretch.low < stretch.high:
            total += mass * (stretch.high - place) / (stretch.high - stretch.low)
    return total


def _served(chances: Sequence[Fraction], units: Sequence[int], tasks: int) -> Fraction:
    """The expected number of tasks, at most `tasks`, that agents take who each come with a chance."""
    weights = {0: Fraction(1)}
    for chance, unit in zip(chances, units, strict=True):
        grown: dict[int, Fraction] = {}
        for m, weight in weights.items():
            for at, share in ((m, 1 - chance), (min(m + unit, tasks), chance)):
                grown[at] = grown.get(at, Fraction(0)) + weight * share
        weights = grown
    return sum((m * weight for m, weight in weights.items()), Fraction(0))


def _newton_cotes(degree: int) -> list[Fraction]:
    """Weights that integrate polynomials up to a degree over [0, 1] exactly from equally spaced values."""
    weights = []
    for k in range(degree + 1):
        basis = [Fraction(1)]
        for j in range(degree + 1):
            if j != k:  # times (degree u - j) / (k - j)
                shifted = [Fraction(0), *(degree * c for c in basis)]
                basis = [(a - j * b) / (k - j) for a, b in zip(shifted, [*basis, Fraction(0)], strict=True)]
        weights.append(sum((c / (power + 1) for power, c in enumerate(basis)), Fraction(0)))
    return weights
