"""Integrals with a proof: Taylor expansion at the middle of a cell, remainder from the same expansion on the whole cell.

On a cell of radius $\\rho$ around $m$ an analytic integrand is
$f(m+t) \\in \\sum_{k<K} f_k t^k + [F_K]\\,t^K$, where $f_k$ are its coefficients at $m$ and $[F_K]$ encloses the coefficient
of order $K$ at every point of the cell. A cell on which this fails (a singular end, a coefficient that is not finite) is
halved; one that is too small to matter is enclosed by a plain bound of the integrand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise

from flint import arb, arb_series, ctx

from equilibria.checking.document import Rejected

ORDER = 6
"""Coefficients kept in every power series."""

PRECISION = 128
"""Bits of every ball's midpoint."""

CELLS = 200_000
"""Cells after which an integral is given up."""


@contextmanager
def numbers_of(bits: int, terms: int) -> Iterator[None]:
    """Fix precision and series length, and restore the caller's."""
    precision, cap = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, terms
    try:
        yield
    finally:
        ctx.prec, ctx.cap = precision, cap


def ball_arithmetic() -> AbstractContextManager[None]:
    """The precision and series length of all checkers, where none says otherwise."""
    return numbers_of(PRECISION, ORDER)


def cell_ball(left: float, right: float) -> arb:
    """The ball of all points between `left` and `right`."""
    return arb(left).union(arb(right))


def middle(left: float, right: float) -> tuple[float, arb]:
    """A double near the middle of a cell, and a ball that holds its distances from both ends: a double may be off by an ulp."""
    centre = left + 0.5 * (right - left)
    before, after = arb(centre) - left, arb(right) - centre
    return centre, before if before == after else before.union(after)


def exact_middle(left: float, right: float) -> tuple[arb, arb]:
    """The middle of a cell and half its width, exactly: for expansions of which little more than an ulp is asked."""
    return (arb(left) + right) / 2, (arb(right) - left) / 2


def model(point: arb_series, whole: arb_series, radius: arb, order: int) -> tuple[arb, arb]:
    """Split a Taylor model into `(value at the middle ± polynomial part, remainder)`, both as balls over the cell."""
    spread = sum((abs(point[k]) * radius**k for k in range(1, order)), arb(0))
    remainder = abs(whole[order]) * radius**order
    return point[0] + _symmetric(spread), _symmetric(remainder)


def _symmetric(magnitude: arb) -> arb:
    if not magnitude.is_finite():
        return magnitude
    top = magnitude.upper()
    return (-top).union(top)


def integrate_model(point: arb_series, whole: arb_series, radius: arb, order: int) -> arb:
    """The integral of a Taylor model over its cell: odd powers cancel, but for what the middle is off by."""
    total, power, square = arb(0), 2 * radius, radius * radius
    for k in range(0, order, 2):
        total += point[k] * power / (k + 1)
        power = power * square
    if not radius.is_exact():
        least, most = radius.lower(), radius.upper()
        for k in range(1, order, 2):
            total += _symmetric(abs(point[k]) * (most ** (k + 1) - least ** (k + 1)) / (k + 1))
    return total + _symmetric(2 * abs(whole[order]) * radius ** (order + 1) / (order + 1))


def integral(
    series: Callable[[arb, float], arb_series],
    bound: Callable[[float, float], arb],
    breakpoints: Sequence[float] | Iterable[float],
    tolerance: float,
    cells: int = 8,
) -> arb:
    """Enclose the integral of a function over `[min(breakpoints), max(breakpoints)]`.

    Args:
        series: `series(ball, inside)` expands the integrand around the ball; `inside` is a double within the cell.
        bound: `bound(left, right)` encloses the integrand on a cell without smoothness.
        breakpoints: the ends and every point where the integrand is not analytic.
        tolerance: the width per unit length below which a cell is not refined.
        cells: cells between neighbouring breakpoints to begin with.
    """
    points = sorted(set(breakpoints))
    total = arb(0)
    if len(points) < 2:
        return total
    extent = points[-1] - points[0]
    stack: list[tuple[float, float]] = []
    for left, right in pairwise(points):
        grid = [left + (right - left) * k / cells for k in range(cells)] + [right]
        stack.extend((u, v) for u, v in pairwise(grid) if u < v)
    for _ in range(CELLS):
        if not stack:
            return total
        left, right = stack.pop()
        width = arb(right) - left
        centre, radius = middle(left, right)
        value = integrate_model(series(arb(centre), centre), series(cell_ball(left, right), centre), radius, ORDER - 1)
        if value.is_finite() and value.rad() <= tolerance * width:
            total += value
            continue
        plain = bound(left, right) * width
        if plain.rad() <= tolerance * width or plain.rad() <= 1e-4 * tolerance * extent or not left < centre < right:
            total += plain
            continue
        stack.append((left, centre))
        stack.append((centre, right))
    raise Rejected(f"an integral was not enclosed within {CELLS} cells")
