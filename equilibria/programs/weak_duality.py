r"""What a point and prices prove, in exact arithmetic.

A point $x$ within all bounds proves that the optimum is at least $c^\top x$. Any prices $y$ whatever prove that it is at most

$$
\beta(y) = \sum_i \max(y_i u_i,\, y_i \ell_i) + \sum_j \max(d_j \mu_j,\, d_j \lambda_j), \qquad d = c - N^\top y,
$$

since $c^\top x = y^\top N x + d^\top x$; $\beta$ is infinite if it needs a bound that is not there. With $c = 0$ and
$\beta(y) < 0$ the same line says that there is no point at all (Farkas).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.linear_program import Integers, LinearProgram, finite

SAFE = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class RationalVector:
    """Rational numbers over one denominator.

    Arguments:
        numerators: Python integers (dtype object).
        denominator: positive.
    """

    numerators: NDArray[Any]
    denominator: int

    def __len__(self) -> int:
        return int(self.numerators.size)

    def __getitem__(self, index: int) -> Fraction:
        return Fraction(int(self.numerators[index]), self.denominator)

    def fractions(self, start: int = 0, stop: int | None = None) -> tuple[Fraction, ...]:
        """The numbers from `start` to `stop`."""
        return tuple(Fraction(int(n), self.denominator) for n in self.numerators[start:stop])

    def floats(self) -> NDArray[np.float64]:
        """The nearest doubles."""
        return np.array([int(n) / self.denominator for n in self.numerators], dtype=np.float64)


def size(values: Integers) -> int:
    """The largest absolute value."""
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def sums(products: Integers, starts: NDArray[np.int64]) -> Integers:
    """Sums of consecutive pieces; an empty piece sums to zero."""
    totals = np.zeros(starts.size - 1, dtype=products.dtype)
    held = np.flatnonzero(starts[1:] > starts[:-1])
    if held.size:
        totals[held] = np.add.reduceat(products, starts[:-1][held])
    return totals


def multiply(starts: NDArray[np.int64], indices: NDArray[np.int64], entries: Integers, x: Integers) -> Integers:
    """The product of an integer matrix (by rows) and an integer vector, exactly, in 64 bits where they do."""
    longest = int(np.diff(starts).max()) if starts.size > 1 else 0
    largest = (size(entries), size(x))
    if max(largest) < SAFE and largest[0] * largest[1] * max(longest, 1) < SAFE:
        return sums(entries.astype(np.int64) * x.astype(np.int64)[indices], starts)
    return sums(entries.astype(object) * x.astype(object)[indices], starts)


@dataclass(frozen=True, slots=True, eq=False)
class Transposed:
    """The rows of the transposed matrix."""

    starts: NDArray[np.int64]
    indices: NDArray[np.int64]
    entries: Integers

    @classmethod
    def of(cls, starts: NDArray[np.int64], indices: NDArray[np.int64], entries: Integers, columns: int) -> Transposed:
        """Sort the entries by column."""
        order = np.argsort(indices, kind="stable")
        row = np.repeat(np.arange(starts.size - 1), np.diff(starts))
        counts = np.bincount(indices, minlength=columns)
        return cls(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), row[order], entries[order])


def objective_value(program: LinearProgram, x: RationalVector) -> Fraction:
    """The objective at a point."""
    total = (program.objective.astype(object) * x.numerators).sum() if len(x) else 0
    return Fraction(int(total), x.denominator * program.denominator)


def violation(program: LinearProgram, x: RationalVector) -> Fraction:
    """By how much a point misses the bound that it misses most; zero if it is within all of them."""
    activity = multiply(program.starts, program.indices, program.entries, x.numerators).astype(object)
    worst: int | Fraction = 0
    for values, low, high in ((activity, program.row_lower, program.row_upper), (x.numerators, program.lower, program.upper)):
        for bounds, sign in ((low, -1), (high, 1)):
            held = np.flatnonzero(finite(bounds))
            if held.size:
                worst = max(worst, (sign * (values[held] - bounds[held] * x.denominator)).max())
    return Fraction(worst) / x.denominator


def reduced(program: LinearProgram, y: RationalVector, objective: Integers) -> NDArray[Any]:
    """`c - N' y`, over the denominator of `y`."""
    side = Transposed.of(program.starts, program.indices, program.entries, program.columns)
    return objective.astype(object) * y.denominator - multiply(side.starts, side.indices, side.entries, y.numerators)


def dual_bound(program: LinearProgram, y: RationalVector, *, farkas: bool = False) -> Fraction | None:
    """The upper bound that prices prove, or `None` where it is infinite.

    Args:
        program: the program.
        y: a price of every row.
        farkas: with objective zero: a negative bound proves that no point is within the bounds.
    """
    objective = np.zeros_like(program.objective) if farkas else program.objective
    slopes = reduced(program, y, objective)
    total: int | Fraction = 0
    for prices, low, high in ((y.numerators, program.row_lower, program.row_upper), (slopes, program.lower, program.upper)):
        for side, bounds in ((prices > 0, high), (prices < 0, low)):
            at = np.flatnonzero(side.astype(bool))
            if at.size and not finite(bounds[at]).all():
                return None
            total += (prices[at] * bounds[at]).sum() if at.size else 0
    return Fraction(total) / (y.denominator * program.denominator)


def recedes(program: LinearProgram, ray: RationalVector) -> bool:
    """Whether one may go along the ray for ever without leaving a bound, and gains by it."""
    activity = multiply(program.starts, program.indices, program.entries, ray.numerators).astype(object)
    for values, low, high in ((activity, program.row_lower, program.row_upper), (ray.numerators, program.lower, program.upper)):
        if (values[finite(low)] < 0).any() or (values[finite(high)] > 0).any():
            return False
    return objective_value(program, ray) > 0
