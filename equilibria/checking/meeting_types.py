r"""Values of two buyers that bid alike where both pay, and integrals along them, in ball arithmetic.

In a war of attrition values meet where $\Psi_1(y_1)=\Psi_2(y_2)$ for $\Psi_i(y)=\int^yf_i/(x(1-F_i))\,dx$; where everybody pays
its *own* bid, for $\Psi_i(y)=\int^yf_i/x\,dx$. The curve $\varphi$ of values $y_2$ that meet $y$ solves
$\Psi_2(\varphi)=\Psi_1(y)+$ a constant, from which its power series follows by reversion; on a whole cell it lies
between its values at the ends, because it rises.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, pairwise

from flint import arb, arb_poly, arb_series

from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import cell_ball, numbers_of

__all__ = ["Meeting", "clock", "follow", "long_series", "mended"]

ORDER = 24
"""Coefficients kept in every series."""

PRECISION = 64
"""Bits of midpoints."""

MOST_KNOTS = 50
"""Knots of a law over which a stated value is mended: a stated value is close to the true one."""


def long_series() -> AbstractContextManager[None]:
    return numbers_of(PRECISION, ORDER)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A cell: its ends and a point between them, balls of the values that meet them, and the survivals of all these."""

    values: Sequence[float]
    met: Sequence[arb]
    stays: Sequence[arb]
    others: Sequence[arb]


def clock(law: Prior, values: Sequence[float], stays: Sequence[arb], *, own: bool = False) -> list[arb]:
    """Psi of one law at its values, from the first one on; where everybody pays its `own` bid, up to the last one, negative."""
    steps: list[arb] = []
    for k in range(0, len(values) - 2, 2):
        steps += _ticks(law, values[k : k + 3], stays[k : k + 3], own)
    if own:
        return list(accumulate((-step for step in reversed(steps)), initial=arb(0)))[::-1]
    return list(accumulate(steps, initial=arb(0)))


def _ticks(law: Prior, cell: Sequence[float], stays: Sequence[arb], own: bool) -> tuple[arb, arb]:
    """Psi over the two parts of a cell: by a Taylor model, or within the mass or hazard over the value at either end."""
    left, centre, right = cell
    parts, levels = ((left, centre), (centre, right)), list(pairwise(stays))
    masses = [early - late if own else (early / late).log() for early, late in levels]
    plain = [mass * hull(1 / arb(u), 1 / arb(v)) for mass, (u, v) in zip(masses, parts, strict=True)]
    if _piece(law, arb(left), arb(right)) is None:
        return plain[0], plain[1]
    try:
        point = _rate(law, arb(centre), centre, stays[1], own)
        models = [
            _model(point, _rate(law, cell_ball(u, v), centre, hull(*level), own), arb(u) + v - 2 * arb(centre))
            for (u, v), level in zip(parts, levels, strict=True)
        ]
    except (ValueError, ZeroDivisionError):
        return plain[0], plain[1]
    first, second = (m if m.is_finite() and m.rad() < p.rad() else p for m, p in zip(models, plain, strict=True))
    return first, second


def _rate(law: Prior, x: arb, inside: float, stays: arb, own: bool) -> arb_series:
    """Psi' around a ball on which the survival is known."""
    place = arb_series([x, 1])
    density = law.density(place, inside)
    return density / place if own else density / (place * (stays - density.integral()))


def _model(point: arb_series, part: arb_series, distance: arb) -> arb:
    """The integral of a Taylor model between its centre and an end, left or right; `part` expands it about all points there."""
    last = ORDER - 2
    if min(point.prec, part.prec) <= last:
        raise ValueError("a series is too short")
    total = arb_poly(point.coeffs()[:last]).integral()(distance) + part[last] * distance ** (last + 1) / (last + 1)
    return total if distance > 0 else -total


def _piece(law: Prior, left: arb, right: arb) -> float | None:
    """A double inside the piece of a law that surely holds an interval; None where that may hold a knot inside."""
    middle = float(((left + right) / 2).mid())
    low, high = law.piece(middle)
    return middle if low <= left and right <= high and low < middle < high else None


def mended(law: Prior, value: float, late: arb, *, own: bool = False) -> arb:
    """Every value whose Psi is less by `late` than that of the stated one.

    Raises:
        Rejected: the stated value is too far off for its surroundings to say.
    """
    if late.is_zero():
        return arb(value)
    radius = arb(1e-15 * value)
    for _ in range(40):
        left, right = arb(value) - radius, (arb(value) + radius).min(arb(law.high))  # nobody's value is higher
        around = left.union(right)
        if not law.low < around:
            break
        try:
            slope = _slope(law, around, own)
        except (ValueError, ZeroDivisionError):
            break
        moved = late / slope
        if abs(moved) < radius:
            return arb(value) - moved
        radius *= 8
    raise Rejected(f"equilibrium.meetings: {value!r} is too far from the value that meets the other's")


def _slope(law: Prior, ball: arb, own: bool = False) -> arb:
    """The derivative of Psi over a ball, whatever knots it holds: a piece that is passed over may hold next to no mass.

    Raises:
        ValueError: the ball holds more than `MOST_KNOTS` knots.
    """
    first = max(bisect_left(law.knots, float(ball.lower())) - 1, 0)
    pieces = list(pairwise(law.knots[first : bisect_right(law.knots, float(ball.upper())) + 1]))
    if len(pieces) > MOST_KNOTS + 1:
        raise ValueError("too many knots")
    densities = [law.density_on_piece(arb_series([ball], 1), low + 0.5 * (high - low))[0] for low, high in pieces]
    return reduce(hull, densities) / (ball if own else ball * law.survival(ball))


def follow(first: Prior, second: Prior, cell: Meeting, *, own: bool = False) -> tuple[arb, arb]:
    """Over a cell: what the rise of bids on it adds to what both pay, and the value of the winner whose value is in the cell."""
    (left, centre, right), (low, met, high) = cell.values, cell.met
    plain = _plain(cell, own)
    mine = _piece(first, arb(left), arb(right))
    other = _piece(second, arb(low.lower()), arb(high.upper()))
    if mine is None or other is None:
        return plain
    totals, inside = [arb(0), arb(0)], (mine, other)
    try:
        point = _integrands(first, second, (arb(centre), met), (cell.stays[1], cell.others[1]), inside, own)
        for end, at, k in ((left, low, 0), (right, high, 2)):
            stays = hull(cell.stays[k], cell.stays[1]), hull(cell.others[k], cell.others[1])
            part = _integrands(first, second, (arb(end).union(arb(centre)), hull(at, met)), stays, inside, own)
            for m, pair in enumerate(zip(point, part, strict=True)):
                totals[m] += _model(*pair, arb(end) - centre)
    except (ValueError, ZeroDivisionError):
        return plain
    spent, won = (m if m.is_finite() and m.rad() < p.rad() else p for m, p in zip(totals, plain, strict=True))
    return spent, won


def _plain(cell: Meeting, own: bool) -> tuple[arb, arb]:
    """The same by monotonicity alone."""
    value, met = cell_ball(cell.values[0], cell.values[2]), hull(cell.met[0], cell.met[2])
    mine, others = hull(cell.stays[0], cell.stays[2]), hull(cell.others[0], cell.others[2])
    mass, rival = cell.stays[0] - cell.stays[2], cell.others[0] - cell.others[2]
    asked = others + mine if own else 2 * others
    return met * asked * mass, value * (1 - others) * mass + met * (1 - mine) * rival


def _integrands(
    first: Prior, second: Prior, at: tuple[arb, arb], stay: tuple[arb, arb], inside: tuple[float, float], own: bool
) -> tuple[arb_series, arb_series]:
    r"""$y_2f_1$ times the chances to be asked for more, and $yF_2(\varphi)f_1+F_1\varphi f_2(\varphi)\varphi'$.

    The series of $\varphi$ is that of $\Psi_1$ in the inverse of that of $\Psi_2$.
    """
    x, met = at
    place, there = arb_series([x, 1]), arb_series([met, 1])
    density, others = first.density(place, inside[0]), second.density(there, inside[1])
    mine, tail = stay[0] - density.integral(), stay[1]
    # Psi of the one from x on, and of the other from met on
    time = (density / place if own else density / (place * mine)).integral()
    other = (others / there if own else others / (there * (tail - others.integral()))).integral()
    step = other.reversion()(time)
    lost, curve = others.integral()(step), met + step
    pace, stays = lost.derivative(), tail - lost
    asked = stays + mine if own else 2 * stays
    return curve * asked * density, place * (1 - stays) * density + (1 - mine) * curve * pace
