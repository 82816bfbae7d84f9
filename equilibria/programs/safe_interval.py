r"""An exact interval around an optimum whose basis resists.

*From above*: the floating-point prices, taken as the rational numbers that they are, prove the bound of weak duality whatever
they are, provided that columns of the wrong slope are bounded. *From below*: the floating-point point, clipped to the bounds of
its columns, is mixed with a point $x^0$ strictly inside, $(1 - \tau) \tilde x + \tau x^0$, where $\tau$ is just enough for every
row: $v / (v + s)$ where $\tilde x$ violates it by $v$ and $x^0$ has slack $s$. Programs with equality rows have no strict inside,
and get no lower end here unless a basis gives one.
"""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.float_simplex import FloatSolution, float_simplex
from equilibria.programs.linear_program import LinearProgram
from equilibria.programs.no_optimum import relaxation
from equilibria.programs.weak_duality import RationalVector, dual_bound, multiply, objective_value, violation

BITS = 50
"""The share of the inner point is a multiple of `2**-BITS`."""


def safe_interval(
    program: LinearProgram,
    found: FloatSolution,
    exact: tuple[RationalVector, RationalVector] | None,
    deadline: float,
) -> ExactOptimum | None:
    """The best that points and prices at hand prove; `None` where an end is missing.

    Args:
        program: the program.
        found: point and prices in floating point.
        exact: point and prices of a basis, of which one may do.
        deadline: value of `time.monotonic()` at which to give up.
    """
    if found.x.size != program.columns or found.y.size != program.rows:
        return None
    prices, points = [dyadic(found.y)], [_clipped(program, dyadic(found.x))]
    if exact is not None:
        points.append(exact[0])
        prices.append(exact[1])
    bounds = [(bound, y) for y in prices if (bound := dual_bound(program, y)) is not None]
    feasible = [x for x in points if violation(program, x) == 0]
    if not feasible and (mixed := _mixed(program, points[0], deadline)) is not None:
        feasible = [mixed]
    if not bounds or not feasible:
        return None
    upper, y = min(bounds, key=lambda pair: pair[0])
    lower, x = max(((objective_value(program, x), x) for x in feasible), key=lambda pair: pair[0])
    return ExactOptimum.of(program, x, y, lower=lower, upper=upper)


def dyadic(values: NDArray[np.float64]) -> RationalVector:
    """Doubles as what they are."""
    exact = [Fraction(value) for value in values.tolist()]
    denominator = max((value.denominator for value in exact), default=1)
    return RationalVector(np.array([int(value * denominator) for value in exact], dtype=object), denominator)


def _clipped(program: LinearProgram, x: RationalVector) -> RationalVector:
    one = x.denominator

    def within(value: int, low: Any, high: Any) -> int:
        if low is not None and value < low * one:
            return -int(-low * one // 1)
        return int(high * one // 1) if high is not None and value > high * one else value

    values = [within(*parts) for parts in zip(x.numerators.tolist(), program.lower.tolist(), program.upper.tolist(), strict=True)]
    return RationalVector(np.array(values, dtype=object), one)


def _mixed(program: LinearProgram, x: RationalVector, deadline: float) -> RationalVector | None:
    relaxed = relaxation(program)
    lower = relaxed.lower.copy()
    lower[-1] = -1  # t may be negative: the point whose least slack is largest
    inside = float_simplex(replace(relaxed, lower=lower), timeout=max(deadline - time.monotonic(), 1.0))
    if inside.outcome != "optimal":
        return None
    middle = _clipped(program, dyadic(inside.x[:-1]))
    share = Fraction(0)
    for here, there in zip(_slacks(program, x), _slacks(program, middle), strict=True):
        if here < 0:
            if there <= 0:
                return None
            share = max(share, here / (here - there))
    parts = 1 << BITS
    weight = -int(-share * parts // 1)
    mixture = x.numerators * (middle.denominator * (parts - weight)) + middle.numerators * (x.denominator * weight)
    mixed = RationalVector(mixture, x.denominator * middle.denominator * parts)
    return mixed if violation(program, mixed) == 0 else None


def _slacks(program: LinearProgram, x: RationalVector) -> list[Fraction]:
    """The distance of each row to each bound of it."""
    activity = multiply(program.starts, program.indices, program.entries, x.numerators).tolist()
    slacks = []
    for value, low, high in zip(activity, program.row_lower.tolist(), program.row_upper.tolist(), strict=True):
        at = Fraction(value, x.denominator)
        slacks += [at - low] if low is not None else []
        slacks += [high - at] if high is not None else []
    return slacks
