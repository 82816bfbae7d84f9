r"""Certify an all-pay auction between buyers of any laws from the bids and values along one curve.

Buyer $i$ has a value with the law $F_i$ on $[\ell_i,h_i]$, $\ell_i\ge0$, with a density. The file states, cell by cell, bids
$b(\tau)$ and for each buyer a value $v_i(\tau)$, polynomials in $\tau\in[0,1]$ by their Bernstein coefficients, which do not
fall, begin where those of the last cell end, and do not fall within a cell; so the polynomials do not fall either. Bids begin at
the reserve $r$ (0 without one), values end at the highest. The value $v_i(\tau)$ bids $b(\tau)$, so that buyer $i$ bids less
with the chance $G_i=F_i(v_i(\tau))$, and a bid of $b(\tau)$ wins with the chance $H_i=\prod_{j\ne i}G_j$. Where $v_i$ is constant
over a whole stretch buyer $i$ does not bid there. Values below $a_i$ do not take part, where $a_i=v_i(0)$ but for at most one buyer, with a
reserve, for whom the file may state a lower *entry* $a_i$: its values of $[a_i,v_i(0)]$ bid $r$.

**Theorem.** Let $R_i=a_iH_i(0)-r+\int_0^\tau(v_i\,dH_i-db)$ along the curve and $R_i=0$ for not to take part. No value of buyer $i$ gains more by any
bid, or by staying away, than $\max R_i-\min R_i$, where the maximum is over all that it may do and the minimum over what it
does: the $\tau$ at which $v_i$ rises; $\tau=0$ if $a_i<v_i(0)$; and to stay away if $F_i(a_i)>0$.

*Proof.* Let $v$ bid $b(\tau)$. By $b(\tau')$ with $\tau'>\tau$ it gains $\int_\tau^{\tau'}(v\,dH_i-db)\le R_i(\tau')-R_i(\tau)$, because
$v\le v_i$ there and $H_i$ rises; with $\tau'<\tau$ it gains $-\int_{\tau'}^\tau(v\,dH_i-db)\le R_i(\tau')-R_i(\tau)$, because $v\ge v_i$ there.
To stay away is worth 0, and a bid of $r$, or of a little more, $vH_i(0)-r$: who takes part has $v\ge a_i$, and who does not
$v\le a_i$, so that the difference is at most that of $R_i$ as well. A bid above the highest costs more and
wins no more. No bid above $r$ is made with a positive chance, since each $v_i$ that is constant in $b$ somewhere is so in $\tau$ and $b$ is not:
the checker asks that bids rise on every cell. ∎

Where so little of the mass of buyer $j$ lies on a part that it does not matter where, $G_j$ is enclosed by its ends, and the least and the most
that it adds to $H_i$ are added to $R_i$. On a part of a cell the integral of the residual $v_iH_i'-b'$, and of its positive and its negative part, are enclosed by Taylor
models; where densities have no series, or $v_i$ is constant, by $\int v_i\,dH_i=[v_iH_i]-\int H_i\,dv_i$ and the ends of the part
alone. The revenue is $\sum_i\int b\,dG_i$, the value of the winner $\sum_i\int v_iH_i\,dG_i$, each with what an entry adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from typing import TypeVar

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.cdf_powers import integral_of
from equilibria.checking.document import Rejected, field, mapping, number, numbers, only
from equilibria.checking.one_sided import one_sided
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior, hull
from equilibria.checking.single_task import single_task
from equilibria.checking.taylor import integrate_model, model

__all__ = ["certify"]

TERMS = 16
"""Coefficients of every power series."""

MOST_CELLS = 4000
"""Cells that a file may hold."""

MOST_COEFFICIENTS = 40
"""Of one polynomial."""

MOST_BUYERS = 64
"""Buyers that differ, in law or in bids; the work grows with their number."""

EASE = 16
"""Parts of a cell, on average, after which ten times as much is not worth refining, and again after as many more."""

SPLITS = 8
"""How often, before no bound is derived."""

NEGLIGIBLE = 1e-14
"""A share of the highest bid that is not worth refining, on one part of a cell."""

SMALLEST = 1e-10
"""Parts of a cell, as a share of it, that are not halved."""

Chance = TypeVar("Chance", arb, arb_series)


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """A polynomial on each cell, by its coefficients in the Bernstein form; one coefficient for a constant."""

    rows: list[list[float]]

    @property
    def first(self) -> float:
        return self.rows[0][0]

    def still(self, k: int) -> bool:
        """Whether it is constant on a cell."""
        return self.rows[k][0] == self.rows[k][-1]

    def polynomial(self, k: int) -> arb_poly:
        """In powers of the parameter."""
        row, n = self.rows[k], len(self.rows[k]) - 1
        differences, coefficients = [arb(c) for c in row], []
        for j in range(n + 1):
            coefficients.append(differences[0] * comb(n, j))
            differences = [right - left for left, right in pairwise(differences)]
        return arb_poly(coefficients)


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """Buyers of one law that bid alike: how many, their values along the curve, and the least that takes part."""

    law: Prior
    copies: int
    values: _Curve
    entry: float


@dataclass(frozen=True, slots=True)
class _End:
    """An end of a part: the bid, and of every kind the value, the chance to bid less, and the chance to win."""

    bid: arb
    values: list[arb]
    below: list[arb]
    wins: list[arb]


class _Range:
    """R of one kind so far: its total, the most it was anywhere, and the least where the kind bids."""

    def __init__(self, start: arb, away: bool, here: bool) -> None:
        self.total, self.most = start, start.max(arb(0))
        self.least: arb | None = arb(0) if away else None
        if here:
            self.made(start)

    def made(self, value: arb) -> None:
        """Note a value of R at which the kind bids."""
        self.least = value if self.least is None else self.least.min(value)

    def gain(self) -> arb:
        """What nobody of the kind can gain more than."""
        return arb(0) if self.least is None else (self.most - self.least).max(arb(0))


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for the stated strategies of several buyers.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    bids, kinds, reserve = _read(tree)
    cap = ctx.cap
    ctx.cap = TERMS
    try:
        return _Game(bids, kinds, reserve).bounds(progress), -1
    finally:
        ctx.cap = cap


def _read(tree: Mapping[str, object]) -> tuple[_Curve, list[_Kind], float]:
    sign, priors, market = single_task(tree)
    if sign > 0:
        raise Rejected("all pay has no meaning in a procurement")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = number(mechanism.get("reserve", 0.0), "mechanism.reserve")
    laws = {label: ReflectedPrior(prior) for label, prior in priors.items()}
    if len(laws) < 2 or reserve < 0.0 or any(law.low < 0.0 or law.gaps() for law in laws.values()):
        raise Rejected("the bound needs two buyers or more, values of at least 0 without gaps, and a reserve of at least 0")
    node = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(node, ("bids", "values", "entries"), "equilibrium")
    bids = _curve(field(node, "bids", "equilibrium"), "equilibrium.bids", None)
    if any(bids.still(k) for k in range(len(bids.rows))):
        raise Rejected("equilibrium.bids must rise on every cell")
    if bids.first != reserve:
        raise Rejected(f"equilibrium.bids must begin at the reserve, {reserve!r}; got {bids.first!r}")
    values = mapping(field(node, "values", "equilibrium"), "equilibrium.values")
    entries = mapping(node.get("entries", {}), "equilibrium.entries")
    only(values, tuple(laws), "equilibrium.values")
    only(entries, tuple(laws), "equilibrium.entries")
    if len(entries) > (reserve > 0.0):
        raise Rejected("equilibrium.entries: with a reserve, one buyer may bid it with a positive chance, else none")
    stated = mapping(market["values"], "market.values")
    kinds: dict[str, _Kind] = {}
    for label, law in laws.items():
        where = f"equilibrium.values.{label}"
        curve = _curve(field(values, label, "equilibrium.values"), where, len(bids.rows))
        entry = curve.first if label not in entries else number(entries[label], f"equilibrium.entries.{label}")
        if not (law.low <= entry <= curve.first and curve.rows[-1][-1] == law.high):
            raise Rejected(f"{where} must begin at {law.low!r} or higher, and at the entry or higher, and end at {law.high!r}")
        key = json.dumps([stated[label], curve.rows, entry], sort_keys=True)
        known = kinds.get(key)
        kinds[key] = _Kind(law, 1, curve, entry) if known is None else _Kind(known.law, known.copies + 1, known.values, known.entry)
    if len(kinds) > MOST_BUYERS:
        raise Rejected(f"equilibrium.values: at most {MOST_BUYERS} buyers may differ; got {len(kinds)}")
    return bids, list(kinds.values()), reserve


def _curve(node: object, where: str, cells: int | None) -> _Curve:
    if not isinstance(node, list) or not 1 <= len(node) <= MOST_CELLS or (cells is not None and len(node) != cells):
        raise Rejected(f"{where} must be a list of {cells or f'1 to {MOST_CELLS}'} lists of numbers, one a cell")
    rows = [numbers(row, f"{where}[{k}]") for k, row in enumerate(node)]
    for k, row in enumerate(rows):
        if not 1 <= len(row) <= MOST_COEFFICIENTS:
            raise Rejected(f"{where}[{k}] must hold 1 to {MOST_COEFFICIENTS} numbers; got {len(row)}")
        if any(left > right for left, right in pairwise(row)):
            raise Rejected(f"{where}[{k}] must not fall")
        if k > 0 and row[0] != rows[k - 1][-1]:
            raise Rejected(f"{where}[{k}] must begin where the cell before it ends, at {rows[k - 1][-1]!r}; got {row[0]!r}")
    return _Curve(rows)


class _Game:
    """Adds up residuals and amounts from part to part."""

    def __init__(self, bids: _Curve, kinds: list[_Kind], reserve: float) -> None:
        self.bids, self.kinds, self.reserve = bids, kinds, reserve
        self.slack = NEGLIGIBLE * arb(bids.rows[-1][-1])
        self.ranges: list[_Range] = []
        self.paid = self.worth = arb(0)

    def bounds(self, progress: Progress | None) -> Bounds:
        """Of the whole curve."""
        cells = len(self.bids.rows)
        ease, parts = EASE * max(cells, 16), 0
        out = arb(1)
        for k in range(cells):
            cell = _Cell(self, k)
            ends = {0.0: cell.at(0.0), 1.0: cell.at(1.0)}
            if k == 0:
                out = self._begin(ends[0.0])
            stack = [(0.0, 1.0)]
            while stack:
                parts += 1
                if parts % ease == 0:
                    self.slack = 10 * self.slack
                if parts > SPLITS * ease:
                    row = self.bids.rows[k]
                    raise Rejected(f"no bound within {parts} parts; stopped between bids {row[0]!r} and {row[-1]!r}")
                left, right = stack.pop()
                if cell.add(left, right, ends[left], ends[right]):
                    continue
                centre = 0.5 * (left + right)
                ends[centre] = cell.at(centre)
                stack += [(centre, right), (left, centre)]
            if progress is not None and k % 8 == 0:
                progress((k + 1) / cells)
        return Bounds(gain=self.gain(), payment=-self.paid, resource_cost=-self.worth, redundant=arb(0), no_award=out)

    def gain(self) -> arb:
        """The most that any kind gains on the curve so far."""
        gain = arb(0)
        for found in self.ranges:
            gain = gain.max(found.gain())
        return arb(gain.upper())

    def _begin(self, start: _End) -> arb:
        """Set out at the reserve; the chance that nobody takes part."""
        out = arb(1)
        for kind, wins in zip(self.kinds, start.wins, strict=True):
            away, lowest = kind.law.cdf(kind.entry), kind.values.first
            waits = kind.entry < lowest
            self.ranges.append(_Range(kind.entry * wins - self.reserve, kind.entry > kind.law.low, waits))
            out = out * away**kind.copies
            if waits:
                self.paid += self.reserve * (kind.law.cdf(lowest) - away)
                self.worth += _mean_between(kind.law, kind.entry, lowest) * wins
        return out


def _mean_between(law: Prior, left: float, right: float) -> arb:
    """The integral of the value over its law."""
    return right * law.cdf(right) - left * law.cdf(left) - integral_of(law, left, right, lambda f: f)


class _Cell:
    """One cell of the curve."""

    def __init__(self, game: _Game, k: int) -> None:
        self.game, self.k = game, k
        self.bid = game.bids.polynomial(k)
        self.values = [kind.values.polynomial(k) for kind in game.kinds]
        self.still = [kind.values.still(k) for kind in game.kinds]
        self.highest = max(kind.law.high for kind in game.kinds)

    def at(self, t: float) -> _End:
        """What the curve is at a parameter; at the ends of the cell what is stated."""
        game, k = self.game, self.k
        if t in (0.0, 1.0):
            place = -int(t)
            bid = arb(game.bids.rows[k][place])
            values = [arb(kind.values.rows[k][place]) for kind in game.kinds]
        else:
            bid, values = self.bid(arb(t)), [poly(arb(t)) for poly in self.values]
        below = [kind.law.cdf(v) for kind, v in zip(game.kinds, values, strict=True)]
        return _End(bid, values, below, self._wins(below))

    def _wins(self, below: Sequence[Chance]) -> list[Chance]:
        """Of each kind the product of the chances of its rivals."""
        kinds, found = self.game.kinds, []
        for g, _ in enumerate(kinds):
            product: Chance | None = None
            for h, kind in enumerate(kinds):
                power = kind.copies - (g == h)
                if power > 0:
                    factor = below[h] ** power
                    product = factor if product is None else product * factor
            assert product is not None
            found.append(product)
        return found

    def add(self, left: float, right: float, first: _End, last: _End) -> bool:
        """Add a part, or return False where it should be halved."""
        game = self.game
        smooth = self._smooth(left, right, first, last)
        sums = smooth or self._plain(first, last)
        if smooth is None and right - left > SMALLEST:
            moved, paid, worth = sums
            wide = max([paid.rad(), worth.rad(), *(m[0].rad() for m in moved)])
            if not (wide <= game.slack and all(m[1] <= 10 * game.slack and m[2] <= 10 * game.slack for m in moved)):
                return False
        moved, paid, worth = sums
        for found, (total, up, down), still in zip(game.ranges, moved, self.still, strict=True):
            found.most = found.most.max(found.total + up)
            if not still:
                found.made(found.total - down)
            found.total = found.total + total
            if not still:
                found.made(found.total)
            found.most = found.most.max(found.total)
        game.paid += paid
        game.worth += worth
        return True

    def _smooth(self, left: float, right: float, first: _End, last: _End) -> tuple[list[tuple[arb, arb, arb]], arb, arb] | None:
        """Of every kind the change of R and bounds of how far it rises and falls; what is paid, and won; None if too wide."""
        game, radius = self.game, (arb(right) - left) / 2
        centre, order = (arb(left) + right) / 2, TERMS - 2
        quiet = self._quiet(first, last)
        try:
            point = self._expand(centre, first, last, quiet, whole=False)
            whole = self._expand(hull(arb(left), arb(right)), first, last, quiet, whole=True)
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return None
        if any(series.prec <= order for m in (point, whole) for series in (*m[0], *m[1:])):
            return None
        moved = []
        for g, (main, rest) in enumerate(zip(point[0], whole[0], strict=True)):
            middle, remainder = model(main, rest, radius, order)
            if not (middle.is_finite() and remainder.is_finite()):
                return None
            up, down = one_sided(arb_poly([main[m] for m in range(order)]), radius, game.slack)
            error = arb(remainder.upper()) * 2 * radius
            if not (error <= game.slack or error <= 0.25 * up.max(down)):
                return None
            total = integrate_model(main, rest, radius, order)
            if self.still[g]:
                total = first.values[g] * (last.wins[g] - first.wins[g]) - (last.bid - first.bid)
            more = last.values[g] * sum((shift for h, shift in quiet.items() if h != g or game.kinds[g].copies > 1), arb(0))
            moved.append((total + hull(arb(0), more), up + error + more, down + error))
        paid, worth = (integrate_model(point[m], whole[m], radius, order) for m in (1, 2))
        for g, shift in quiet.items():
            shift = hull(arb(0), shift)
            paid += hull(first.bid, last.bid) * shift
            worth += hull(first.values[g], last.values[g]) * hull(first.wins[g], last.wins[g]) * shift
        if not (paid.rad() <= 10 * game.slack and worth.rad() <= 10 * game.slack):
            return None
        return moved, paid, worth

    def _quiet(self, first: _End, last: _End) -> dict[int, arb]:
        """Kinds so little of whose mass is on a part that its place there does not matter: at most how much, of all their buyers."""
        kinds, found = self.game.kinds, {}
        for g, kind in enumerate(kinds):
            mass = arb(((last.below[g] - first.below[g]) * kind.copies).upper())
            if not self.still[g] and mass * self.highest <= self.game.slack:
                found[g] = mass
        return found

    def _expand(
        self, x: arb, first: _End, last: _End, quiet: Mapping[int, arb], *, whole: bool
    ) -> tuple[list[arb_series], arb_series, arb_series]:
        """Series around `x` of residuals, and of what is paid and won, on a part with given ends."""
        game, step = self.game, arb_poly([x, 1])
        bid = arb_series(self.bid(step))
        values, below, masses = [], [], []
        for g, kind in enumerate(game.kinds):
            if self.still[g]:
                values.append(arb_series([first.values[g]]))
                below.append(arb_series([first.below[g]]))
                masses.append(arb_series([arb(0)]))
                continue
            poly = self.values[g](step)
            if whole:
                poly[0] = hull(first.values[g], last.values[g])
            if g in quiet:
                values.append(arb_series(poly))
                below.append(arb_series([hull(first.below[g], last.below[g])]))
                masses.append(arb_series([arb(0)]))
                continue
            low, high = kind.law.piece(float(poly[0].mid()))
            if not (first.values[g] >= low and last.values[g] <= high):
                raise ValueError("the values may pass a knot")
            value = arb_series(poly)
            mass = kind.law.density_on_piece(value, low + 0.5 * (high - low)) * value.derivative()
            start = hull(first.below[g], last.below[g]) if whole else kind.law.cdf(poly[0])
            values.append(value)
            below.append(mass.integral() + start)
            masses.append(mass)
        wins = self._wins(below)
        residuals = [v * w.derivative() - bid.derivative() for v, w in zip(values, wins, strict=True)]
        paid = worth = arb_series([arb(0)])
        for kind, v, mass, w in zip(game.kinds, values, masses, wins, strict=True):
            paid = paid + bid * mass * kind.copies
            worth = worth + v * mass * w * kind.copies
        return residuals, paid, worth

    def _plain(self, first: _End, last: _End) -> tuple[list[tuple[arb, arb, arb]], arb, arb]:
        """The same from the ends of the part alone."""
        rise, bid = last.bid - first.bid, hull(first.bid, last.bid)
        moved, paid, worth = [], arb(0), arb(0)
        for g, kind in enumerate(self.game.kinds):
            low, high = first.values[g], last.values[g]
            wins = hull(first.wins[g], last.wins[g])
            total = high * last.wins[g] - low * first.wins[g] - wins * (high - low) - rise
            up = arb((high * (last.wins[g] - first.wins[g])).upper()).max(arb(0))
            moved.append((total, up, arb(rise.upper())))
            mass = last.below[g] - first.below[g]
            paid += kind.copies * bid * mass
            worth += kind.copies * hull(low, high) * wins * mass
        return moved, paid, worth
