r"""Values of two buyers that bid alike where both pay, and integrals along them, in ball arithmetic.

In a war of attrition values meet where $\Psi_1(y_1)=\Psi_2(y_2)$ for $\Psi_i(y)=\int^yf_i/(x(1-F_i))\,dx$; where everybody pays
its *own* bid, for $\Psi_i(y)=\int^yf_i/x\,dx$. The curve $\varphi$ of values $y_2$ that meet $y$ solves
$\varphi'=\Psi_1'(y)/\Psi_2'(\varphi)$, from which its power series follows coefficient by coefficient; on a whole cell it lies
between its values at the ends, because it rises.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, pairwise

from flint import arb, arb_series, ctx

from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import cell_ball

__all__ = ["Meeting", "clock", "follow", "long_series", "mended"]

ORDER = 18
"""Coefficients kept in every series."""

MOST_KNOTS = 50
"""Knots of a law over which a stated value is mended: a stated value is close to the true one."""


@contextmanager
def long_series() -> Iterator[None]:
    cap = ctx.cap
    ctx.cap = ORDER
    try:
        yield
    finally:
        ctx.cap = cap


@dataclass(frozen=True, slots=True)
class Meeting:
    """A cell: its ends and a point between them, and balls of the values that meet them."""

    values: Sequence[float]
    met: Sequence[arb]


def clock(law: Prior, values: Sequence[float], *, own: bool = False) -> list[arb]:
    """Psi of one law at its values, from the first one on; where everybody pays its `own` bid, up to the last one, negative."""
    steps: list[arb] = []
    for left, centre, right in zip(values[:-2:2], values[1::2], values[2::2], strict=True):
        steps += _ticks(law, (left, centre, right), own)
    if own:
        return list(accumulate((-step for step in reversed(steps)), initial=arb(0)))[::-1]
    return list(accumulate(steps, initial=arb(0)))


def _ticks(law: Prior, cell: tuple[float, float, float], own: bool) -> tuple[arb, arb]:
    """Psi over the two parts of a cell: by a Taylor model, or within the mass or hazard over the value at either end."""
    left, centre, right = cell
    parts = ((left, centre), (centre, right))
    stays = [(law.survival(u), law.survival(v)) for u, v in parts]
    masses = [early - late if own else (early / late).log() for early, late in stays]
    plain = [mass * hull(1 / arb(u), 1 / arb(v)) for mass, (u, v) in zip(masses, parts, strict=True)]
    if _piece(law, arb(left), arb(right)) is None:
        return plain[0], plain[1]
    try:
        point = _rate(law, arb(centre), centre, own)
        models = [_model(point, _rate(law, cell_ball(u, v), centre, own), arb(u) + v - 2 * arb(centre)) for u, v in parts]
    except (ValueError, ZeroDivisionError):
        return plain[0], plain[1]
    first, second = (m if m.is_finite() and m.rad() < p.rad() else p for m, p in zip(models, plain, strict=True))
    return first, second


def _rate(law: Prior, x: arb, inside: float, own: bool) -> arb_series:
    """Psi' around a ball."""
    density = law.density(arb_series([x, 1]), inside)
    return density / arb_series([x, 1]) if own else density / (arb_series([x, 1]) * (law.survival(x) - density.integral()))


def _model(point: arb_series, part: arb_series, distance: arb) -> arb:
    """The integral of a Taylor model between its centre and an end, left or right; `part` expands it about all points there."""
    last = ORDER - 2
    total = sum((point[k] * distance ** (k + 1) / (k + 1) for k in range(last)), part[last] * distance ** (last + 1) / (last + 1))
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
    plain = _plain(first, second, cell, own)
    mine = _piece(first, arb(left), arb(right))
    other = _piece(second, arb(low.lower()), arb(high.upper()))
    if mine is None or other is None:
        return plain
    totals = [arb(0), arb(0)]
    try:
        point = _integrands(first, second, (arb(centre), met), (mine, other), own)
        for end, at in ((left, low), (right, high)):
            part = _integrands(first, second, (arb(end).union(arb(centre)), hull(at, met)), (mine, other), own)
            for k, pair in enumerate(zip(point, part, strict=True)):
                totals[k] += _model(*pair, arb(end) - centre)
    except (ValueError, ZeroDivisionError):
        return plain
    spent, won = (m if m.is_finite() and m.rad() < p.rad() else p for m, p in zip(totals, plain, strict=True))
    return spent, won


def _plain(first: Prior, second: Prior, cell: Meeting, own: bool) -> tuple[arb, arb]:
    """The same by monotonicity alone."""
    value, met = cell_ball(cell.values[0], cell.values[2]), hull(cell.met[0], cell.met[2])
    mass = first.cdf(cell.values[2]) - first.cdf(cell.values[0])
    rival = second.cdf(cell.met[2]) - second.cdf(cell.met[0])
    stays = second.survival(met) * (1 if own else 2) + (first.survival(value) if own else 0)
    return met * stays * mass, value * second.cdf(met) * mass + met * first.cdf(value) * rival


def _integrands(
    first: Prior, second: Prior, at: tuple[arb, arb], inside: tuple[float, float], own: bool
) -> tuple[arb_series, arb_series]:
    r"""$y_2f_1$ times the chances to be asked for more, and $yF_2(\varphi)f_1+F_1\varphi f_2(\varphi)\varphi'$."""
    x, met = at
    place = arb_series([x, 1])
    density = first.density(place, inside[0])
    mine = first.survival(x) - density.integral()
    rate = density / place if own else density / (place * mine)
    curve, tail = arb_series([met], 1), second.survival(met)
    for _ in range(ORDER - 1):
        others = second.density(curve, inside[1])
        slope = rate * curve / others
        if not own:
            slope *= tail - (others * curve.derivative()).integral() if len(curve) > 1 else arb_series([tail], 1)
        curve = met + slope.integral()
    others = second.density(curve, inside[1])
    pace = others * curve.derivative()
    stays = tail - pace.integral()
    asked = stays + mine if own else 2 * stays
    return curve * asked * density, place * (1 - stays) * density + (1 - mine) * curve * pace
