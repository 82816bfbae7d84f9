"""Several integrals over one adaptive grid, each with a proof.

The integrands of one rule (a probability, a payment, a cost) share their expensive parts, so they are integrated
together: a cell is done when a Taylor model, or a plain monotone bound, encloses all of them closely enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from flint import arb, arb_series, ctx

from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior
from equilibria.checking.taylor import CELLS, ball_arithmetic, integrate_model, middle

ORDER = 12
"""Coefficients kept here: the integrands are smooth between knots, and a longer series takes far fewer cells."""

CellBounds = Callable[[float, float], list[arb] | None]
"""Integrals over one cell, by `left` and `right`; None where the method does not apply."""

NEGLIGIBLE = 1e-3
"""A bound is good enough at this fraction of what the whole integral may err, however short its cell."""

TINY = 1e-13
"""A cell is not halved below this fraction of the whole interval."""


def joint_integrals(
    model: CellBounds,
    plain: Callable[[float, float], list[arb]],
    points: Iterable[float],
    tolerances: Sequence[float],
    tail: Callable[[float], list[arb] | None] = lambda left: None,
    final: Callable[[float, float], bool] = lambda left, right: False,
) -> list[arb]:
    """Enclose several integrals over `[min(points), max(points)]`.

    Args:
        model: integrals over a cell from Taylor models.
        plain: integrals over a cell from bounds that need no smoothness, and that shrink faster than the cell.
        points: the ends and every point where an integrand is not analytic.
        tolerances: the radius to reach, one for each integral; it is shared out by length.
        tail: `tail(left)` encloses everything to the right of `left` where that is negligible already, else None.
        final: `final(left, right)` says that halving the cell would not help.
    """
    ends = sorted(set(points))
    totals = [arb(0) for _ in tolerances]
    if len(ends) < 2:
        return totals
    extent = ends[-1] - ends[0]
    stack = [(left, right) for left, right in itertools.pairwise(ends)][::-1]
    for _ in range(CELLS):
        if not stack:
            return totals
        left, right = stack.pop()
        rest = tail(left)
        if rest is not None:
            return [total + part for total, part in zip(totals, rest, strict=True)]
        share = (right - left) / extent
        centre, _ = middle(left, right)
        last = share <= TINY or not left < centre < right or final(left, right)
        cell: list[arb] | None = plain(left, right)
        if not last and not _close(cell, tolerances, NEGLIGIBLE):
            cell = _guarded(model, left, right)
            if not _close(cell, tolerances, max(share, NEGLIGIBLE)):
                stack += [(centre, right), (left, centre)]
                continue
        assert cell is not None
        totals = [total + part for total, part in zip(totals, cell, strict=True)]
    raise Rejected(f"an integral was not enclosed within {CELLS} cells")


def _guarded(model: CellBounds, left: float, right: float) -> list[arb] | None:
    try:
        return model(left, right)
    except (ValueError, ZeroDivisionError):  # the logarithm of a density that may vanish on the cell
        return None


@contextmanager
def long_series() -> Iterator[None]:
    """Ball arithmetic whose power series keep `ORDER` coefficients."""
    with ball_arithmetic():
        ctx.cap = ORDER
        yield


def cumulative(prior: Prior, x: arb | float) -> arb:
    """P(cost <= x), through the smaller tail: balls of incomplete beta functions are slow near 1."""
    return prior.cdf(x) if x <= prior.low + 0.5 * (prior.high - prior.low) else 1 - prior.survival(x)


def exceeding(prior: Prior, x: arb | float) -> arb:
    """P(cost > x), through the smaller tail."""
    return 1 - prior.cdf(x) if x <= prior.low + 0.5 * (prior.high - prior.low) else prior.survival(x)


def _close(cell: list[arb] | None, tolerances: Sequence[float], share: float) -> bool:
    if cell is None:
        return False
    return all(
        part.is_finite() and part.rad() <= tolerance * share for part, tolerance in zip(cell, tolerances, strict=True)
    )


def cell_integrals(
    point: Sequence[arb_series], whole: Sequence[arb_series], left: float, right: float, lost: int = 0
) -> list[arb]:
    """Integrate Taylor models whose highest `lost` coefficients were used up by derivatives."""
    if ctx.cap < ORDER:
        raise ValueError("power series that are cut short would be taken for polynomials: work within long_series()")
    _, radius = middle(left, right)
    order = ORDER - 1 - lost
    return [integrate_model(p, w, radius, order) for p, w in zip(point, whole, strict=True)]


def products_without(factors: Sequence[arb_series], one: arb_series) -> tuple[list[arb_series], arb_series]:
    """The product of all other factors, for each factor, and the product of all."""
    before = [one]
    for factor in factors:
        before.append(before[-1] * factor)
    without = before[:-1]
    after = one
    for i in range(len(factors) - 1, -1, -1):
        without[i] = without[i] * after
        after = after * factors[i]
    return without, before[-1]
