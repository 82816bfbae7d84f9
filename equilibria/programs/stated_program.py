"""The last rung: a linear program that is stated in cvxpy, solved exactly.

Any mechanism on finitely many types that is linear in its unknowns can be written down in cvxpy's words. What cvxpy hands to its
solvers is read number by number, as rational numbers, and the certificate holds the rows themselves: it proves the optimum of
*those* rows, and who checks it must see for himself that they are the ones that were meant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.linear_program import LinearProgram, integers
from mechanisms import InvalidInput, Refused

if TYPE_CHECKING:
    import cvxpy

Reading = Literal["exact", "decimal"]


@dataclass(frozen=True, slots=True, eq=False)
class StatedOptimum:
    """The optimum of a problem that was stated in cvxpy.

    Arguments:
        optimum: of the program that maximises; its value is minus that of a problem that minimises.
        sign: 1 if the problem maximises, -1 if it minimises.
        places: first column of each variable, by the variable's `id`.
    """

    optimum: ExactOptimum
    sign: int
    places: Mapping[int, int]

    @property
    def exact_value(self) -> Fraction | None:
        """The problem's own optimum, where it is proved."""
        value = self.optimum.exact_value
        return None if value is None else self.sign * value

    def values(self, variable: cvxpy.Variable) -> tuple[Fraction, ...]:
        """The numbers of a variable, in cvxpy's order (by columns).

        Raises:
            InvalidInput: it is no variable of the problem, or there is no solution.
        """
        if variable.id not in self.places or self.optimum.primal is None:
            raise InvalidInput(f"{variable} must be a variable of a problem that has a solution.")
        start = self.places[variable.id]
        return self.optimum.primal.fractions(start, start + int(variable.size))


def solve_stated(problem: cvxpy.Problem, *, read: Reading = "exact", timeout: float = 600.0) -> StatedOptimum:
    """Solve a linear program stated in cvxpy, exactly.

    Args:
        problem: continuous and linear.
        read: `"exact"` takes each double as the rational number that it is, `"decimal"` as the shortest decimal that denotes it
            (0.1 is a tenth then).
        timeout: seconds.

    Raises:
        Refused: the problem is not a continuous linear program.

    Example:
        >>> import cvxpy
        >>> x = cvxpy.Variable(2, nonneg=True)
        >>> problem = cvxpy.Problem(cvxpy.Maximize(0.1 * x[0] + 0.2 * x[1]), [x[0] + x[1] <= 1, x[1] <= 0.3])
        >>> found = solve_stated(problem, read="decimal")
        >>> print(found.exact_value, *found.values(x))
        13/100 7/10 3/10
    """
    import cvxpy

    if not problem.is_lp() or problem.is_mixed_integer():
        raise Refused("the problem is not a continuous linear program; only those have exact optima here.")
    data, _, _ = problem.get_problem_data(cvxpy.SCIPY)
    stuffed = data["param_prob"]
    constant = _rational(float(stuffed.apply_parameters()[1]), read)
    sign = 1 if isinstance(problem.objective, cvxpy.Maximize) else -1
    costs = [-_rational(value, read) for value in data["c"].tolist()]
    rows, lows, highs = list[dict[int, Fraction]](), list[Fraction | None](), list[Fraction | None]()
    for matrix, right, equal in ((data.get("A"), data.get("b"), True), (data.get("G"), data.get("h"), False)):
        if matrix is None or right is None:
            continue
        table = matrix.tocsr()
        for i, value in enumerate(np.asarray(right).tolist()):
            piece = slice(table.indptr[i], table.indptr[i + 1])
            terms = zip(table.indices[piece].tolist(), table.data[piece].tolist(), strict=True)
            rows.append({j: _rational(entry, read) for j, entry in terms if entry})
            highs.append(_rational(value, read))
            lows.append(highs[-1] if equal else None)
    columns = len(costs) + 1
    scale = math.lcm(*(value.denominator for value in (*costs, constant)))
    lower, upper = (_bounds(data.get(name), columns - 1, read) for name in ("lower_bounds", "upper_bounds"))
    factors = [math.lcm(*(entry.denominator for entry in row.values())) for row in rows]
    program = LinearProgram(
        objective=integers([int(value * scale) for value in (*costs, -constant)]),
        denominator=scale,
        starts=np.cumsum([0, *map(len, rows)]),
        indices=np.array([j for row in rows for j in row], dtype=np.int64),
        entries=integers([int(entry * factor) for row, factor in zip(rows, factors, strict=True) for entry in row.values()]),
        row_lower=_scaled(lows, factors),
        row_upper=_scaled(highs, factors),
        lower=np.append(lower, 1),  # the last column is 1 and carries the constant of the objective
        upper=np.append(upper, 1),
    )
    places = {int(key): int(place) for key, place in stuffed.var_id_to_col.items()}
    return StatedOptimum(solve_exactly(program, timeout=timeout), sign, places)


def _rational(value: float, read: Reading) -> Fraction:
    return Fraction(value) if read == "exact" else Fraction(repr(float(value)))


def _scaled(bounds: list[Fraction | None], factors: list[int]) -> NDArray[Any]:
    made = np.empty(len(bounds), dtype=object)
    made[:] = [None if bound is None else bound * factor for bound, factor in zip(bounds, factors, strict=True)]
    return made


def _bounds(given: NDArray[np.float64] | None, count: int, read: Reading) -> NDArray[Any]:
    made = np.full(count, None, dtype=object)
    if given is not None:
        made[:] = [_rational(value, read) if math.isfinite(value) else None for value in given.tolist()]
    return made
