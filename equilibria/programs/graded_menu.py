r"""The best menu for one agent who cares about several grades (two speeds of proof, say).

A type is a vector of values, one a grade; types are any finite list with any probabilities, so grades may be correlated. The
unknowns are the allocation $x(\theta) \in [0, 1]^m$ and the utility $U(\theta) \ge 0$:

$$
\max\ \mathbb{E}\bigl[ (\theta + a) \cdot x(\theta) - U(\theta) \bigr], \qquad
U(\theta) - U(\theta') \ge (\theta - \theta') \cdot x(\theta') \quad \text{for all } \theta, \theta',
$$

where $a_g$ is what the other side gains by an award of grade $g$ itself (minus its cost). Values in several dimensions have no
neighbours that suffice, so rows are added as they are violated, the worst few of each type, until a point satisfies all of them.
For a prover, values are negative costs and $a_g$ is the requester's value of the grade.

Reference: A. Manelli, D. Vincent, "Multidimensional mechanism design: revenue maximization and the multiple-good monopoly",
J. Econ. Theory 137 (2007).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.finite_types import Number
from equilibria.programs.float_simplex import Basis, float_simplex
from equilibria.programs.linear_program import Columns, LinearProgram, Rows
from equilibria.programs.profiles import narrow
from equilibria.programs.weak_duality import RationalVector
from mechanisms import InvalidInput

Pair = tuple[int, int]

_NOISE = 1e-9
_NEAREST, _WORST = 4, 2


def graded_menu(
    types: Sequence[Sequence[Number]],
    probabilities: Sequence[Fraction],
    *,
    one_grade: bool = False,
    awards: Sequence[Number] | None = None,
    timeout: float = 600.0,
) -> ExactOptimum:
    """The best menu of lotteries over grades for one agent.

    Args:
        types: vectors of values, all of one length, all different.
        probabilities: positive, together 1.
        one_grade: whether the agent gets at most one grade, in all.
        awards: what an award of each grade gains the other side, besides the payment; `None` for nothing.
        timeout: seconds.

    Returns:
        The optimum of the program with the incentive rows that were needed. Its point satisfies all of them.

    Raises:
        InvalidInput: types that do not fit each other or their probabilities, or `timeout` is not positive.

    Notes:
        400 types of two grades (20 values of each) take some seconds.

    Example:
        Two grades, each worth 1 or 2 with equal chance: sold separately they bring 2, together at a price of 3 more.

        >>> from fractions import Fraction
        >>> grid = [(a, b) for a in (1, 2) for b in (1, 2)]
        >>> print(graded_menu(grid, [Fraction(1, 4)] * 4).exact_value)
        9/4
    """
    if not timeout > 0.0:
        raise InvalidInput(f"timeout must be a positive number of seconds; got {timeout!r}.")
    deadline = time.monotonic() + timeout
    values = np.array([[float(value) for value in kind] for kind in types], dtype=np.float64)
    pairs = _nearest(values)
    basis: Basis | None = None
    while True:
        program = graded_menu_program(types, probabilities, pairs, one_grade=one_grade, awards=awards)
        left = max(deadline - time.monotonic(), 0.001)
        found = float_simplex(program, timeout=left, start=basis)
        fresh: list[Pair] = []
        if found.outcome == "optimal" and found.basis is not None and time.monotonic() < deadline:
            fresh = _violated(values, found.x, program, set(pairs))
            basis = _extended(found.basis, len(fresh))
        if not fresh:
            optimum = solve_exactly(program, timeout=left, start=found.basis)
            if optimum.primal is None:
                return optimum
            fresh = violated_pairs(types, optimum.primal, program.column_blocks[1].unit.denominator)
            if not fresh:
                return optimum
            if set(fresh) <= set(pairs) or time.monotonic() > deadline:
                return ExactOptimum.unknown(program, "incentive rows are missing that the time did not suffice to add")
            fresh, basis = sorted(set(fresh) - set(pairs)), None
        pairs = pairs + fresh


def graded_menu_program(
    types: Sequence[Sequence[Number]],
    probabilities: Sequence[Fraction],
    pairs: Sequence[Pair],
    *,
    one_grade: bool = False,
    awards: Sequence[Number] | None = None,
) -> LinearProgram:
    """The program with some incentive rows.

    Args:
        types: vectors of values.
        probabilities: of the types.
        pairs: the rows: a type and what it must not gain by reporting, by index.
        one_grade: whether the agent gets at most one grade, in all.
        awards: what an award of each grade gains the other side.

    Raises:
        InvalidInput: types that do not fit each other or their probabilities.
    """
    kinds = [tuple(map(Fraction, kind)) for kind in types]
    grades = len(kinds[0]) if kinds else 0
    extra = tuple(map(Fraction, awards)) if awards is not None else (Fraction(0),) * grades
    if not kinds or not grades or len(set(kinds)) < len(kinds) or {len(kind) for kind in kinds} != {len(extra)}:
        raise InvalidInput("types must be different vectors of one length, as many values as awards.")
    if len(probabilities) != len(kinds) or min(probabilities) <= 0 or sum(probabilities) != 1:
        raise InvalidInput(f"probabilities must be positive, one a type, and sum to 1; got {sum(probabilities)} in all.")
    unit = math.lcm(*(value.denominator for kind in (*kinds, extra) for value in kind))
    total = math.lcm(*(Fraction(chance).denominator for chance in probabilities))
    theta = np.array([[int(value * unit) for value in kind] for kind in kinds], dtype=object)
    weights = np.array([int(chance * total) for chance in probabilities], dtype=object)
    gains = (theta + np.array([int(value * unit) for value in extra], dtype=object)[None, :]) * weights[:, None]
    count, start = len(kinds), len(kinds) * grades
    top = int((theta.max(axis=0) - theta.min(axis=0)).sum())
    columns = [
        Columns("allocation", narrow(gains.ravel()), 0, 1),
        Columns("utility", narrow(-weights), 0, top, Fraction(1, unit)),
    ]
    chosen = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    truth, report = chosen[:, 0], chosen[:, 1]
    cells = report[:, None] * grades + np.arange(grades)[None, :]
    ends = np.tile(np.array([1, -1], dtype=object), (len(chosen), 1))
    entries = narrow(np.concatenate([ends, theta[report] - theta[truth]], axis=1))
    rows = []
    if one_grade:
        rows.append(Rows("one_grade", np.arange(start).reshape(count, grades), np.ones((1, grades), dtype=np.int64), None, 1))
    rows.append(Rows("truthful", np.column_stack([start + truth, start + report, cells]), entries, 0))
    source = {
        "kind": "graded_menu",
        "types": [" ".join(map(str, kind)) for kind in kinds],
        "probabilities": list(map(str, probabilities)),
        "awards": list(map(str, extra)),
        "one_grade": "yes" if one_grade else "no",
        "pairs": " ".join(f"{t}>{r}" for t, r in pairs),
    }
    return LinearProgram.assemble(columns, rows, denominator=unit * total, source=source)


def _nearest(values: NDArray[np.float64]) -> list[Pair]:
    """Each type and the few that are nearest to it."""
    count = len(values)
    apart = np.abs(values[:, None, :] - values[None, :, :]).sum(axis=2)
    order = np.argsort(apart, axis=1, kind="stable")[:, 1 : 1 + 2 * _NEAREST]
    return [(t, int(r)) for t in range(count) for r in order[t]]


def _violated(values: NDArray[np.float64], x: NDArray[np.float64], program: LinearProgram, known: set[Pair]) -> list[Pair]:
    """The worst few reports of each type."""
    count, grades = values.shape
    allocation, utility = x[: count * grades].reshape(count, grades), x[count * grades :]
    utility = utility * float(program.column_blocks[1].unit)
    kept = utility - (values * allocation).sum(axis=1)
    gain = values @ allocation.T + kept[None, :] - utility[:, None]
    scale = float(np.abs(values).max())
    order = np.argsort(-gain, axis=1)[:, :_WORST]
    found = {(t, int(r)) for t in range(count) for r in order[t] if gain[t, r] > _NOISE * scale}
    return sorted(found - known)


def violated_pairs(types: Sequence[Sequence[Number]], point: RationalVector, unit: int) -> list[Pair]:
    """For each type the report that gains most, if any gains, in exact arithmetic.

    Args:
        types: vectors of values.
        point: a point of the program.
        unit: values times this are the integers of the program.
    """
    theta: NDArray[Any] = np.array([[int(Fraction(value) * unit) for value in kind] for kind in types], dtype=object)
    count, grades = theta.shape
    allocation = point.numerators[: count * grades].reshape(count, grades)
    utility = point.numerators[count * grades :]
    found = []
    for t in range(count):
        gain = (theta[t][None, :] - theta) * allocation
        most = gain.sum(axis=1) + utility - utility[t]
        best = int(np.argmax(most))
        if most[best] > 0:
            found.append((t, best))
    return found


def _extended(basis: Basis, more: int) -> Basis:
    return Basis(basis.columns, np.concatenate([basis.rows, np.ones(more, dtype=np.int8)]))
