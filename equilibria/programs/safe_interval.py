r"""An exact interval around an optimum whose basis resists.

*From above*: the floating-point prices, rounded to multiples of a power of two, prove the bound of weak duality whatever they
are, provided that columns of the wrong slope are bounded. *From below*: the floating-point point, rounded and clipped to the
bounds of its columns, is mixed with a point $x^0$ strictly inside,
$(1 - \tau) \tilde x + \tau x^0$, where $\tau$ is just enough to make up for the violation $v$ of $\tilde x$ by the slack $s$ of
$x^0$: $\tau = v / (v + s)$. Programs with equality rows have no strict inside, and get no lower end here.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.float_simplex import FloatSolution, float_simplex
from equilibria.programs.linear_program import LinearProgram
from equilibria.programs.no_optimum import _relaxed
from equilibria.programs.weak_duality import RationalVector, dual_bound, multiply, objective_value, violation

BITS = 50
"""Rounded points are multiples of `2**-BITS`."""


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
    prices, points = [rounded(found.y)], [_clipped(program, rounded(found.x))]
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


def rounded(values: NDArray[np.float64]) -> RationalVector:
    """Doubles to the nearest multiples of `2**-BITS`."""
    numerators = np.array([round(Fraction(value) * (1 << BITS)) for value in values.tolist()], dtype=object)
    return RationalVector(numerators, 1 << BITS)


def _clipped(program: LinearProgram, x: RationalVector) -> RationalVector:
    one = x.denominator

    def within(value: int, low: Any, high: Any) -> int:
        if low is not None and value < low * one:
            return -int(-low * one // 1)
        return int(high * one // 1) if high is not None and value > high * one else value

    values = [within(*parts) for parts in zip(x.numerators.tolist(), program.lower.tolist(), program.upper.tolist(), strict=True)]
    return RationalVector(np.array(values, dtype=object), one)


def _mixed(program: LinearProgram, x: RationalVector, deadline: float) -> RationalVector | None:
    # The relaxed program with t down to -1: the point whose least slack is largest.
    centre = _relaxed(program)
    lower = centre.lower.copy()
    lower[-1] = -1
    inside = float_simplex(
        LinearProgram(
            objective=centre.objective,
            starts=centre.starts,
            indices=centre.indices,
            entries=centre.entries,
            row_lower=centre.row_lower,
            row_upper=centre.row_upper,
            lower=lower,
            upper=centre.upper,
        ),
        timeout=max(deadline - time.monotonic(), 1.0),
    )
    if inside.outcome != "optimal":
        return None
    middle = _clipped(program, rounded(inside.x[:-1]))
    slack, missed = _slack(program, middle), violation(program, x)
    if slack <= 0:
        return None
    share = missed / (missed + slack)
    parts = 1 << BITS
    weight = -int(-share * parts // 1)
    mixture = x.numerators * (parts - weight) + middle.numerators * weight
    mixed = RationalVector(mixture, x.denominator * parts)
    return mixed if violation(program, mixed) == 0 else None


def _slack(program: LinearProgram, x: RationalVector) -> Fraction:
    """The least distance of a row to a bound of it."""
    activity = multiply(program.starts, program.indices, program.entries, x.numerators).tolist()
    pairs = zip(activity, program.row_lower.tolist(), program.row_upper.tolist(), strict=True)
    slacks = [
        distance
        for value, low, high in pairs
        for distance in (
            None if low is None else value - low * x.denominator,
            None if high is None else high * x.denominator - value,
        )
        if distance is not None
    ]
    return Fraction(min(slacks, default=0)) / x.denominator
