r"""The exact point and prices of a basis.

With $C$ the basic columns and $R$ the rows that hold with equality, both follow from one square matrix: $N_{RC} x_C = b_R -
N_{R\bar C} x_{\bar C}$ and $N_{RC}^\top y_R = c_C$; all other columns are at a bound and all other prices are zero.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.float_simplex import Basis
from equilibria.programs.linear_program import LinearProgram
from equilibria.programs.rational_system import SquareSystem
from equilibria.programs.weak_duality import RationalVector, multiply, size

LONGEST = 13_000
"""Bits of the longest number that a certificate takes: Python reads and writes up to 4,300 decimals."""


def basis_solution(
    program: LinearProgram, basis: Basis, deadline: float = math.inf
) -> tuple[RationalVector, RationalVector] | None:
    """Point and prices of a basis, exactly; `None` where the basis is singular or the digits do not suffice.

    Args:
        program: the program.
        basis: as many basic columns as rows that hold with equality.
        deadline: value of `time.monotonic()` at which to give up.
    """
    inside, tight = basis.columns == 1, np.flatnonzero(basis.rows != 1)
    basic = np.flatnonzero(inside)
    if basic.size != tight.size:
        return None
    at = _at_bounds(program.lower, program.upper, basis.columns)
    right = _at_bounds(program.row_lower, program.row_upper, basis.rows)
    common = _common(at, right[tight])
    held = np.array([int(value * common) for value in at], dtype=object)
    moved = multiply(program.starts, program.indices, program.entries, held).astype(object)
    goal = np.array([int(right[i] * common) - int(moved[i]) for i in tight.tolist()], dtype=object)

    counts = np.diff(program.starts)
    row = np.repeat(np.arange(program.rows), counts)
    kept = (basis.rows[row] != 1) & inside[program.indices]
    position = np.cumsum(inside) - 1
    starts = np.concatenate([[0], np.cumsum(np.bincount(row[kept], minlength=program.rows)[tight])]).astype(np.int64)
    try:
        system = SquareSystem(starts, position[program.indices[kept]], program.entries[kept], deadline)
    except RuntimeError:
        return None
    prices = system.solve_transposed(_narrow(program.objective[basic]))
    point = None if prices is None else system.solve(_narrow(goal))
    if point is None or prices is None:
        return None
    x = held * point.denominator
    x[basic] = point.numerators
    y = np.zeros(program.rows, dtype=object)
    y[tight] = prices.numerators
    found = RationalVector(x, point.denominator * common), RationalVector(y, prices.denominator)
    longest = max(max(size(vector.numerators), vector.denominator) for vector in found)
    return found if longest.bit_length() <= LONGEST else None


def _at_bounds(low: NDArray[Any], high: NDArray[Any], status: NDArray[np.int8]) -> NDArray[Any]:
    """The bound at which each one is; zero for basic and for free ones."""
    values = np.zeros(low.size, dtype=object)
    for code, bounds, other in ((0, low, high), (2, high, low)):
        at = np.flatnonzero(status == code)
        values[at] = [
            first if first is not None else second if second is not None else 0
            for first, second in zip(bounds[at].tolist(), other[at].tolist(), strict=True)
        ]
    return values


def _common(*parts: NDArray[Any]) -> int:
    return math.lcm(*{value.denominator for part in parts for value in part.tolist() if isinstance(value, Fraction)}, 1)


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.int64) if all(abs(value) < 1 << 62 for value in values.tolist()) else values.astype(object)
