r"""Square integer systems solved exactly.

Refinement after Wan: with a floating-point factorisation of $N$, carry an *integer* residual,

$$
d_k = \operatorname{round}(2^a N^{-1} r_k),\qquad r_{k+1} = 2^a r_k - N d_k,\qquad N^{-1} b = \sum_k 2^{-a(k+1)} d_k + \dots
$$

Each step is one sparse solve and one exact product in 64-bit integers, and adds about $a$ bits. When there are enough of them a
common denominator is read off by continued fractions, entry after entry, and the result is put into the system and checked
exactly: an error of the refinement can cost time, never truth. Where it does not converge and the system is small, Dixon's
p-adic solver (python-flint) takes over.

Reference: Z. Wan, "An algorithm to solve integer linear systems exactly using numerical methods", J. Symb. Comput. 41 (2006).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.linear_program import Integers
from equilibria.programs.weak_duality import SAFE, RationalVector, Transposed, multiply, size

DENSE = 1500
"""The largest system that goes to Dixon's solver: about 4 s, of entries of a few digits."""

_MOST_BITS = 20_000


class SquareSystem:
    """A square integer matrix, factorised once in floating point, solved exactly for any right side.

    Args:
        starts: row `i` holds the entries from `starts[i]` to `starts[i + 1]`.
        indices: column of each entry.
        entries: integers.
        deadline: value of `time.monotonic()` at which to give up.

    Raises:
        RuntimeError: singular in floating point.
    """

    def __init__(
        self, starts: NDArray[np.int64], indices: NDArray[np.int64], entries: Integers, deadline: float = math.inf
    ) -> None:
        from scipy.sparse import csr_matrix
        from scipy.sparse.linalg import splu

        self.order = starts.size - 1
        self.rows = Transposed(starts, indices, entries)
        self.columns = Transposed.of(starts, indices, entries, self.order)
        self.deadline = deadline
        wide = entries.astype(np.float64)
        counts = np.diff(starts)
        if self.order and not counts.all():
            raise RuntimeError("a row is empty")
        self.scale = np.maximum.reduceat(np.abs(wide), starts[:-1]) if self.order else np.zeros(0)
        matrix = csr_matrix((wide / np.repeat(self.scale, counts), indices, starts), shape=(self.order, self.order))
        self.factors: Any = splu(matrix.tocsc()) if self.order else None

    def solve(self, right: Integers) -> RationalVector | None:
        """`x` with `N x = right`, exactly; `None` where it was not found."""
        return self._solve(self.rows, right, lambda r: self.factors.solve(r / self.scale))

    def solve_transposed(self, right: Integers) -> RationalVector | None:
        """`y` with `N' y = right`, exactly; `None` where it was not found."""
        return self._solve(self.columns, right, lambda r: self.factors.solve(r, "T") / self.scale)

    def _solve(
        self, matrix: Transposed, right: Integers, approximate: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    ) -> RationalVector | None:
        if self.order == 0 or not (right != 0).any():
            return RationalVector(np.zeros(self.order, dtype=object), 1)
        try:
            found = self._refine(matrix, right, approximate)
        except OverflowError:
            found = None
        if found is None and self.order <= DENSE and time.monotonic() < self.deadline:
            found = _dixon(matrix, right)
        return found if found is not None and _solves(matrix, found, right) else None

    def _refine(
        self, matrix: Transposed, right: Integers, approximate: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    ) -> RationalVector | None:
        residual, step, bits, attempt = right, 32, 0, 60
        total = np.zeros(self.order, dtype=object)
        while bits < _MOST_BITS and time.monotonic() < self.deadline:
            guess = approximate(residual.astype(np.float64))
            if not np.isfinite(guess).all():
                return None
            digits = _rounded(guess * 2.0**step)
            product = multiply(matrix.starts, matrix.indices, matrix.entries, digits)
            if residual.dtype == np.int64 and product.dtype == np.int64 and size(residual) << step < SAFE:
                after = (residual << step) - product
            else:
                after = residual.astype(object) * (1 << step) - product.astype(object)
                after = after.astype(np.int64) if size(after) < SAFE else after
            before, left = size(residual), size(after)
            if left > 4 * before and left > 64 * size(matrix.entries) * self.order:
                step -= 8  # the factorisation does not carry so many digits
                if step < 8:
                    return None
                continue
            residual, bits = after, bits + step
            total = total * (1 << step) + digits.astype(object)
            if left == 0:
                return _lowest(RationalVector(total, 1 << bits))
            if bits >= attempt:
                found = _common_denominator(total, bits)
                if found is not None and _solves(matrix, found, right):
                    return found
                attempt = max(attempt * 3 // 2, bits + 1)
        return None


def _rounded(values: NDArray[np.float64]) -> Integers:
    if np.abs(values).max() < 2.0**62:
        return np.rint(values).astype(np.int64)
    return np.array([int(value) for value in np.rint(values)], dtype=object)


def _lowest(vector: RationalVector) -> RationalVector:
    common = math.gcd(vector.denominator, *(int(n) for n in vector.numerators))
    return RationalVector(vector.numerators // common, vector.denominator // common)


def _common_denominator(total: NDArray[Any], bits: int) -> RationalVector | None:
    """Rationals of one denominator below about `2**(bits / 2)` that agree with `total / 2**bits` nearly to the last bit."""
    unit, most, tolerance = 1 << bits, 1 << (bits // 2 - 4), 1 << (bits // 2)
    denominator = 1
    doubtful = total
    while True:
        scaled = doubtful * denominator
        off = abs(scaled - ((scaled + (unit >> 1)) >> bits) * unit)
        doubtful = doubtful[(off > tolerance).astype(bool)]
        if not doubtful.size:
            return RationalVector((total * denominator + (unit >> 1)) >> bits, denominator)
        rest = most // denominator
        if rest < 2:
            return None
        factor = Fraction(int(doubtful[0]) * denominator % unit, unit).limit_denominator(rest).denominator
        if factor == 1:
            return None
        denominator *= factor


def _solves(matrix: Transposed, x: RationalVector, right: Integers) -> bool:
    product = multiply(matrix.starts, matrix.indices, matrix.entries, x.numerators).astype(object)
    return bool((product == right.astype(object) * x.denominator).all())


def _dixon(matrix: Transposed, right: Integers) -> RationalVector | None:
    from flint import fmpz_mat

    order = right.size
    dense = fmpz_mat(order, order)
    row = np.repeat(np.arange(order), np.diff(matrix.starts))
    for i, j, entry in zip(row.tolist(), matrix.indices.tolist(), matrix.entries.tolist(), strict=True):
        dense[i, j] = entry
    try:
        solution: Any = dense.solve(fmpz_mat(order, 1, [int(value) for value in right]))
    except ZeroDivisionError:
        return None
    numerators, denominator = solution.numer_denom()
    return RationalVector(np.array([int(value) for value in numerators.entries()], dtype=object), int(denominator))
