r"""A part of a curve of bids and values that several buyers follow: how each residual moves, what is paid and what is won.

The residual of buyer $i$ is $R_i=\int(v_i\,dH_i-db)$ (see `all_pay_curves`). On a part its integral, and those of its positive
and its negative part, are enclosed by Taylor models of $v_iH_i'-b'$. Where so little of the mass of buyer $j$ lies on a part that
its place there does not matter, $G_j$ is enclosed by its ends, and what it adds to $H_i$, from nothing to its mass, is added to
$R_i$. Where densities have no series, $\int v_i\,dH_i=[v_iH_i]-\int H_i\,dv_i$ and the ends of the part alone bound everything.

Inside a part R is at most its value at the left end and what it rises, and at most its value at the right end and what it falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from typing import TypeVar

from flint import arb, arb_poly, arb_series

from equilibria.checking.one_sided import one_sided
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import integrate_model, model

__all__ = ["TERMS", "Curve", "CurveCell", "End", "Kind", "Part"]

TERMS = 16
"""Coefficients of every power series."""

SMALLEST = 1e-10
"""Parts of a cell, as a share of it, that are not halved."""

Chance = TypeVar("Chance", arb, arb_series)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
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
class Kind:
    """Buyers of one law that bid alike: how many, their values along the curve, and the least that takes part."""

    law: Prior
    copies: int
    values: Curve
    entry: float


@dataclass(frozen=True, slots=True)
class End:
    """An end of a part: the bid, and of every kind the value, the chance to bid less, and the chance to win."""

    bid: arb
    values: list[arb]
    below: list[arb]
    wins: list[arb]


@dataclass(frozen=True, slots=True)
class Part:
    """What a part adds: of each kind the change of R and bounds of its rise and its fall on the way; what is paid, and won."""

    moved: list[tuple[arb, arb, arb]]
    paid: arb
    worth: arb


class CurveCell:
    """One cell of the curve."""

    def __init__(self, bids: Curve, kinds: Sequence[Kind], k: int) -> None:
        self.bids, self.kinds, self.k = bids, kinds, k
        self.bid = bids.polynomial(k)
        self.values = [kind.values.polynomial(k) for kind in kinds]
        self.still = [kind.values.still(k) for kind in kinds]
        self.highest = max(kind.law.high for kind in kinds)

    def at(self, t: float) -> End:
        """What the curve is at a parameter; at the ends of the cell what is stated."""
        if t in (0.0, 1.0):
            place = -int(t)
            bid = arb(self.bids.rows[self.k][place])
            values = [arb(kind.values.rows[self.k][place]) for kind in self.kinds]
        else:
            bid, values = self.bid(arb(t)), [poly(arb(t)) for poly in self.values]
        below = [kind.law.cdf(v) for kind, v in zip(self.kinds, values, strict=True)]
        return End(bid, values, below, self._wins(below))

    def _wins(self, below: Sequence[Chance]) -> list[Chance]:
        """Of each kind the product of the chances of its rivals."""
        found: list[Chance] = []
        for g, _ in enumerate(self.kinds):
            product: Chance | None = None
            for h, kind in enumerate(self.kinds):
                power = kind.copies - (g == h)
                if power > 0:
                    factor = below[h] ** power
                    product = factor if product is None else product * factor
            assert product is not None
            found.append(product)
        return found

    def part(self, left: float, right: float, first: End, last: End, slack: arb) -> Part | None:
        """What a part adds, or None where it should be halved.

        Args:
            left: where it begins, from 0 to 1.
            right: where it ends.
            first: its left end.
            last: its right end.
            slack: what is not worth refining.
        """
        smooth = self._smooth(left, right, first, last, slack)
        if smooth is not None:
            return smooth
        plain = self._plain(first, last)
        wide = max([plain.paid.rad(), plain.worth.rad(), *(total.rad() for total, _, _ in plain.moved)])
        fine = wide <= slack and all(up <= 10 * slack and down <= 10 * slack for _, up, down in plain.moved)
        return plain if fine or right - left <= SMALLEST else None

    def _smooth(self, left: float, right: float, first: End, last: End, slack: arb) -> Part | None:
        """By Taylor models; None if too wide."""
        centre, radius, order = (arb(left) + right) / 2, (arb(right) - left) / 2, TERMS - 2
        quiet = self._quiet(first, last, slack)
        try:
            point = self._expand(centre, first, last, quiet, whole=False)
            whole = self._expand(hull(arb(left), arb(right)), first, last, quiet, whole=True)
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return None
        if any(series.prec <= order for m in (point, whole) for series in m):
            return None
        models = list(zip(point, whole, strict=True))
        moved = []
        for g, (main, rest) in enumerate(models[:-2]):
            middle, remainder = model(main, rest, radius, order)
            if not (middle.is_finite() and remainder.is_finite()):
                return None
            up, down = one_sided(arb_poly([main[m] for m in range(order)]), radius, slack)
            error = arb(remainder.upper()) * 2 * radius
            # where no bids are made R may dip far, and what counts is only how far it is above both ends
            matters = up.min(down) if self.still[g] else up.max(down)
            if not (error <= slack or error <= 0.25 * matters):
                return None
            added = sum((mass for h, mass in quiet.items() if h != g or self.kinds[g].copies > 1), arb(0))
            more = arb((last.values[g] * added).upper())
            if self.still[g]:
                total = first.values[g] * (last.wins[g] - first.wins[g]) - (last.bid - first.bid)
            else:
                total = integrate_model(main, rest, radius, order) + hull(arb(0), more)
            moved.append((total, up + error + more, down + error))
        paid, worth = (integrate_model(main, rest, radius, order) for main, rest in models[-2:])
        for g, mass in quiet.items():
            some = hull(arb(0), mass)
            paid += hull(first.bid, last.bid) * some
            worth += hull(first.values[g], last.values[g]) * hull(first.wins[g], last.wins[g]) * some
        fine = paid.rad() <= 10 * slack and worth.rad() <= 10 * slack
        return Part(moved, paid, worth) if fine else None

    def _quiet(self, first: End, last: End, slack: arb) -> dict[int, arb]:
        """How much mass, at most, of all buyers of a kind is on a part, for kinds of which that is next to nothing."""
        found = {}
        for g, kind in enumerate(self.kinds):
            mass = arb(((last.below[g] - first.below[g]) * kind.copies).upper())
            if not self.still[g] and mass * self.highest <= slack:
                found[g] = mass
        return found

    def _expand(
        self, x: arb, first: End, last: End, quiet: Mapping[int, arb], *, whole: bool
    ) -> list[arb_series]:
        """Series around `x` of residuals, and at last of what is paid and of what is won, on a part with given ends."""
        step = arb_poly([x, 1])
        bid = arb_series(self.bid(step))
        values, below, masses = [], [], []
        for g, kind in enumerate(self.kinds):
            poly = arb_poly([first.values[g]]) if self.still[g] else self.values[g](step)
            if whole:
                poly[0] = hull(first.values[g], last.values[g])
            if self.still[g] or g in quiet:
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
        for kind, v, mass, w in zip(self.kinds, values, masses, wins, strict=True):
            paid = paid + bid * mass * kind.copies
            worth = worth + v * mass * w * kind.copies
        return [*residuals, paid, worth]

    def _plain(self, first: End, last: End) -> Part:
        """From the ends of the part alone."""
        rise, bid = last.bid - first.bid, hull(first.bid, last.bid)
        moved, paid, worth = [], arb(0), arb(0)
        for g, kind in enumerate(self.kinds):
            low, high = first.values[g], last.values[g]
            wins = hull(first.wins[g], last.wins[g])
            total = high * last.wins[g] - low * first.wins[g] - wins * (high - low) - rise
            up = arb((high * (last.wins[g] - first.wins[g])).upper()).max(arb(0))
            moved.append((total, up, arb(rise.upper())))
            mass = last.below[g] - first.below[g]
            paid += kind.copies * bid * mass
            worth += kind.copies * hull(low, high) * wins * mass
        return Part(moved, paid, worth)
