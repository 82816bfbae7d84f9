r"""Ironed virtual costs with a proof, through their inverse.

With $\rho(w)$ the largest best offer of a buyer of value $w$ to one prover (`best_offers`) and $K(w)=F(\rho(w))$: $\rho$ never
decreases, it is the inverse of the ironed virtual cost, and $K(w)$ is the probability that the ironed virtual cost is at most
$w$. Where $\psi(c)=c+F(c)/f(c)$ rises, $\rho$ inverts $\psi$; over an ironed interval it jumps.

Jumps are located in plain numbers, as bridges of the convex hull of $q\,Q(q)$, and then proved: a `Zone` is a tiny interval
of levels around one, with $\rho$ enclosed at both of its ends by global search. As $\rho$ is monotone, it stays in one stretch of
the support between two zones, and there $\psi$ is proved to rise. Whatever cannot be proved to rise gets a zone of its own,
if need be a wide one: bounds stay true there but are not tight (a density that is infinite at the upper end of its support).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.best_offers import BestOffers, Span
from equilibria.checking.document import Rejected
from equilibria.checking.hull_bridges import bridges
from equilibria.checking.joint_integrals import cumulative
from equilibria.checking.priors import Prior, hull
from equilibria.checking.survivals import partial_mean
from equilibria.checking.taylor import cell_ball, middle

MARGIN = 1e-12
"""Half-width of a zone around the level of an ironed interval, relative to the scale of the costs."""

ATTEMPTS = 400
"""Rounds of proof before a prior is given up."""

ROUNDING = 1e-14
"""A fall of a virtual cost by less, relative to the scale of the costs, needs no zone: `at` looks on both sides of it."""

Expansion = tuple[arb_series, arb_series]
"""Series of $K$ and of $\rho$ in the level."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Levels between `low` and `high`, and the best offers `first` at the one and `last` at the other.

    `gap` is a part of the support in which no level of the zone has its best offer, if that is proved: the offer then
    jumps over it at one level.
    """

    low: float
    high: float
    first: Span
    last: Span
    gap: Span | None


class VirtualCosts:
    """The inverse of one prover's ironed virtual cost, enclosed; no level at or below `low` has an acceptable offer."""

    def __init__(self, prior: Prior) -> None:
        self.prior, self.low, self.high = prior, prior.low, prior.high
        self.search = BestOffers(prior)
        self.cells = self.search.cells
        self._scale = prior.high - prior.low + max(abs(prior.low), abs(prior.high))
        self._at: dict[float, tuple[float, float, arb]] = {}
        self._means: dict[Zone, tuple[arb, arb]] = {}
        self.zones = self._prove(self._located())
        self._tops = [zone.high for zone in self.zones]
        self._lefts = [cell.left for cell in self.cells]
        self._above = [cell.above for cell in self.cells]

    @property
    def top(self) -> float:
        """A level at which every cost is accepted; infinite if none is known."""
        if self.zones and self.zones[-1].last[0] >= self.high:
            return self.zones[-1].high
        return self.cells[-1].above

    def events(self) -> list[float]:
        """Levels at which $K$ may jump or not be analytic, each with its neighbours."""
        found = [w for zone in self.zones for w in (zone.low, zone.high)]
        knots = set(self.prior.knots)
        for before, after in pairwise(self.cells):
            if before.right in knots and before.trend > 0 and after.trend > 0:
                found += _around(before.above) + _around(after.below)
        return [w for w in (*found, *_around(self.top)) if w < math.inf]

    def _falls(self, k: int) -> bool:
        """Whether the virtual cost may fall at the right end of a cell, between two cells on which it rises."""
        if k + 1 == len(self.cells) or self.cells[k + 1].trend <= 0:
            return False
        above = self.cells[k].above
        return above > self.cells[k + 1].below + ROUNDING * (self._scale + abs(above))

    def _located(self) -> list[Span]:
        """Levels around every jump that plain numbers show."""
        bad = [cell for k, cell in enumerate(self.cells) if cell.trend <= 0 or self._falls(k)]
        if not bad:
            return []
        gap = MARGIN * self._scale
        found = bridges(self.prior, [(cell.left, cell.right) for cell in self.cells])
        return [
            (level - gap, level + gap)
            for first, last, level in found
            if any(cell.right >= first and cell.left <= last for cell in bad)
        ]

    def _prove(self, spans: list[Span]) -> list[Zone]:
        """Zones around the given levels, and around whatever else keeps the virtual cost from rising between them."""
        reach: dict[int, int] = {}
        proved: dict[Span, Zone] = {}
        gap = MARGIN * self._scale
        for _ in range(ATTEMPTS):
            spans = _merged(spans)
            for span in spans:
                if span not in proved:
                    proved[span] = self._zone(*span)
            zones = [proved[span] for span in spans]
            bad = self._obstacles(zones)
            if not bad:
                return zones
            for k in bad:
                low, high = self._levels(k, reach.get(k, 0))
                reach[k] = reach.get(k, 0) + 1
                spans.append((low - gap, high + gap))
        raise Rejected(f"no proof of where the virtual costs between {self.low!r} and {self.high!r} are ironed")

    def _levels(self, k: int, tries: int) -> Span:
        """Levels at which best offers may lie in or beside a cell; the more, the more often fewer did not do."""
        cells, last = self.cells, len(self.cells) - 1
        rises = k < last and cells[k].trend > 0
        ends = [self._near(k, cells[k].right), self._near(k + rises, cells[k].right if rises else cells[k].left)]
        if all(math.isfinite(end) for end in ends):
            spread = (2.0**tries - 1) * max(max(ends) - min(ends), MARGIN * self._scale)
            return min(ends) - spread, max(ends) + spread
        before, after = max(k - 1 - tries, 0), min(k + 1 + tries, last)
        low = self._near(before, cells[before].left) if k > 0 else self.low
        high = self._near(after, cells[after].right) if k < last else math.inf
        return low if math.isfinite(low) else self.low, high if math.isfinite(high) else math.inf

    def _near(self, k: int, x: float) -> float:
        """The virtual cost at an end of a cell, in plain numbers; not finite where the density vanishes."""
        value = self.search.virtual(x, self.cells[k].inside)
        return float(value.mid()) if value.is_finite() else math.nan

    def _obstacles(self, zones: list[Zone]) -> list[int]:
        """Cells between zones on which the virtual cost may not rise, or at whose right end it may fall; one for each gap."""
        starts = [self.low, *(zone.last[0] for zone in zones)]
        ends = [*(zone.first[1] for zone in zones), self.high]
        bad = []
        for start, end in zip(starts, ends, strict=True):
            for k, cell in enumerate(self.cells):
                if cell.right > start and cell.left < end and (
                    cell.trend <= 0 or (cell.right < end and self._falls(k))
                ):
                    bad.append(k)
                    break
        return bad

    def _zone(self, low: float, high: float) -> Zone:
        first = (self.low, self.low) if low <= self.low else _span(self.search.offers(low, low))
        last = (self.high, self.high) if high == math.inf else _span(self.search.offers(high, high))
        gap = None
        if low > self.low and high < math.inf and first[1] < last[0]:
            half = 0.5 * (first[1] + last[0])
            held = self.search.offers(low, high)
            under = max([first[1], *(q for _, q in held if q < half)])
            over = min([last[0], *(p for p, _ in held if p > half)])
            if under < over and not any(p <= half <= q for p, q in held):
                gap = (under, over)
        return Zone(max(low, self.low), high, first, last, gap)

    def at(self, level: float) -> tuple[float, float, arb]:
        r"""Doubles around the best offer $\rho(w)$, and $K(w)$; at or below every cost, the lowest one and 0."""
        if level not in self._at:
            low, high = self._offer(level)
            mass = cumulative(self.prior, low)
            self._at[level] = low, high, mass if low == high else hull(mass, cumulative(self.prior, high))
        return self._at[level]

    def zone(self, level: float) -> Zone | None:
        """The zone that holds a level inside."""
        k = bisect_right(self._tops, level)
        return self.zones[k] if k < len(self.zones) and self.zones[k].low < level else None

    def _offer(self, level: float) -> Span:
        if level <= self.low:
            return self.low, self.low
        k = bisect_right(self._tops, level)
        before = self.zones[k - 1] if k > 0 else None
        after = self.zones[k] if k < len(self.zones) else None
        if after is not None and level > after.low:
            return after.first[0], after.last[1]
        if after is not None and level == after.low:
            return after.first
        if before is not None and level == before.high:
            return before.last
        start = self.low if before is None else before.last[0]
        end = self.high if after is None else after.first[1]
        if start >= end:
            return end, start
        cells = bisect_right(self._lefts, start) - 1, bisect_left(self._lefts, end)
        slack = 2 * len(self.cells) * ROUNDING * (self._scale + abs(level))
        lowest = bisect_left(self._above, level - slack, *cells)
        spans = []
        edge = end if lowest == cells[1] else self.cells[lowest].left
        for cell in self.cells[lowest : cells[1]]:
            if cell.below > level + slack:
                break
            if cell.below <= level <= cell.above:
                spans.append(self.search.root(cell, level))
            elif cell.above < level:
                edge = cell.right
        if not spans:
            spans = [(edge, edge)]
        low, high = _span(spans)
        return min(max(low, start), end), max(min(high, end), start)

    def expand(self, left: float, right: float) -> tuple[Expansion, Expansion] | None:
        """$K$ and $\\rho$ around the middle of a cell of levels, and over the whole cell; None where they are not analytic."""
        if right <= self.low:
            none = arb_series([arb(0)]), arb_series([arb(self.low)])
            return none, none
        k = bisect_right(self._tops, left)
        if k < len(self.zones) and right > self.zones[k].low:
            return None
        (low, _, mass), (_, high, more) = self.at(left), self.at(right)
        if low >= high:
            flat = arb_series([mass]), arb_series([arb(low)])
            return flat, flat
        if left < self.low or high > self.prior.piece(low)[1]:
            return None
        inside = low + 0.5 * (high - low)
        ends = self.search.virtual(low, inside), self.search.virtual(high, inside)
        if not (ends[0] <= left and right <= ends[1]):  # else the offer stands still at a knot for a part of the cell
            return None
        first, last, middling = self.at(middle(left, right)[0])
        point = self._inverse(hull(arb(first), arb(last)), middling, inside)
        return point, self._inverse(cell_ball(low, high), hull(mass, more), inside)

    def _inverse(self, offer: arb, mass: arb, inside: float) -> Expansion:
        density = self.prior.density(arb_series([offer, 1]), inside)
        rise = density.integral()
        virtual = (rise + mass) / density + arb_series([0, 1])
        inverse = arb_series([arb(0), *virtual.coeffs()[1:]]).reversion()
        return rise(inverse) + mass, inverse + offer

    def mean(self, zone: Zone) -> tuple[arb, arb]:
        """The mean cost over a zone's gap, and what costs of the zone outside the gap can add to a total."""
        if zone not in self._means:
            assert zone.gap is not None
            edge, end = zone.gap
            inner = cumulative(self.prior, end) - cumulative(self.prior, edge)
            slivers = cumulative(self.prior, zone.last[1]) - cumulative(self.prior, zone.first[0]) - inner
            reach = arb(zone.last[1]) - zone.first[0]
            error = (reach * slivers).abs_upper()
            mean = partial_mean(self.prior, end, edge) / inner
            shift = (reach * slivers / inner).abs_upper()
            self._means[zone] = mean + (-shift).union(shift), (-error).union(error)
        return self._means[zone]


def _span(spans: list[Span]) -> Span:
    return min(low for low, _ in spans), max(high for _, high in spans)


def _merged(spans: list[Span]) -> list[Span]:
    """The union of intervals, as disjoint intervals in order."""
    joined: list[Span] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return joined


def _around(level: float) -> list[float]:
    """A level and doubles just beside it."""
    below, above = math.nextafter(level, -math.inf), math.nextafter(level, math.inf)
    return [math.nextafter(below, -math.inf), level, math.nextafter(above, math.inf)]
