"""A basis by floating-point simplex (HiGHS): the guess that exact arithmetic then judges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.linear_program import Integers, LinearProgram
from equilibria.programs.weak_duality import RationalVector, multiply, reduced
from mechanisms import SolverFailure

Outcome = Literal["optimal", "infeasible", "unbounded", "stopped"]


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Where each column and row is: at its lower bound 0, basic 1, at its upper bound 2, free and at zero 3."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class FloatSolution:
    """What HiGHS found: point and prices in the units of the program, nearly."""

    outcome: Outcome
    basis: Basis | None
    x: NDArray[np.float64]
    y: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """A point and prices to zoom in on, and how far: what is left is multiplied by `zoom`."""

    x: RationalVector
    y: RationalVector
    zoom: int


def as_floats(values: Integers | NDArray[Any], missing: float = 0.0) -> NDArray[np.float64]:
    """The nearest doubles, `missing` for `None`."""
    if values.dtype != object:
        return values.astype(np.float64)
    return np.array([missing if value is None else _nearest(value) for value in values], dtype=np.float64)


def _nearest(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def column_scale(program: LinearProgram) -> NDArray[np.float64]:
    """Columns in the units of the model: those of the integers may be any."""
    scale = np.ones(program.columns)
    for block in program.column_blocks:
        scale[block.start : block.stop] = _nearest(block.unit)
    return scale


def row_scale(entries: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The largest coefficient of each row: HiGHS's tolerances are absolute."""
    scale = np.ones(starts.size - 1)
    held = np.flatnonzero(np.diff(starts))
    if held.size:
        scale[held] = np.maximum.reduceat(np.abs(entries), starts[:-1][held])
    return scale


def float_simplex(
    program: LinearProgram,
    *,
    timeout: float,
    start: Basis | None = None,
    shift: Shift | None = None,
) -> FloatSolution:
    """Solve a program in floating point.

    Args:
        program: the program.
        timeout: seconds.
        start: a basis to start from.
        shift: solve for the correction to a point and its prices instead.

    Raises:
        SolverFailure: HiGHS refused the model.
    """
    import highspy

    width, costs = column_scale(program), as_floats(program.objective)
    entries = as_floats(program.entries) / width[program.indices]
    scale = row_scale(entries, program.starts)
    low, high, column_low, column_high = program.row_lower, program.row_upper, program.lower, program.upper
    if shift is not None:
        x, zoom = shift.x, shift.zoom
        activity = multiply(program.starts, program.indices, program.entries, x.numerators).astype(object)
        low, high = (_zoomed(bounds, activity, x.denominator, zoom) for bounds in (low, high))
        column_low, column_high = (_zoomed(bounds, x.numerators, x.denominator, zoom) for bounds in (column_low, column_high))
        slopes = reduced(program, shift.y, program.objective)
        costs = np.array([_nearest(int(slope) * zoom / shift.y.denominator) for slope in slopes])
    costs = costs / width
    gain = float(np.abs(costs).max(initial=0.0)) or 1.0
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = program.columns, program.rows
    model.col_cost_ = -costs / gain
    model.col_lower_ = as_floats(column_low, -math.inf) * width
    model.col_upper_ = as_floats(column_high, math.inf) * width
    model.row_lower_, model.row_upper_ = as_floats(low, -math.inf) / scale, as_floats(high, math.inf) / scale
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = program.starts.astype(np.int32), program.indices.astype(np.int32)
    model.a_matrix_.value_ = entries / np.repeat(scale, np.diff(program.starts))
    highs = _silent()
    options = {
        "threads": 1,
        "time_limit": max(timeout, 0.001),
        "solver": "simplex",
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
    }
    for name, value in options.items():
        highs.setOptionValue(name, value)
    if highs.passModel(model) == highspy.HighsStatus.kError:
        raise SolverFailure("HiGHS refused the model: some coefficient is out of the range of doubles. Rescale the program.")
    if start is not None:
        highs.setBasis(_highs_basis(start))
    highs.run()
    status = highs.getModelStatus()
    outcome: Outcome = "stopped"
    if status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnknown):
        outcome = "optimal"
    elif status == highspy.HighsModelStatus.kInfeasible:
        outcome = "infeasible"
    elif status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        outcome = "unbounded"
    solution, found = highs.getSolution(), highs.getBasis()
    basis = None
    if outcome == "optimal" and found.valid:
        basis = Basis(_codes(found.col_status), _codes(found.row_status))
    return FloatSolution(outcome, basis, np.array(solution.col_value) / width, -np.array(solution.row_dual) * gain / scale)


def _silent() -> Any:
    import highspy

    class Silent(highspy.Highs):
        """HiGHS prints a banner when its callbacks are set up, before an option can be given from outside."""

        def enableCallbacks(self) -> None:
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Silent()  # type: ignore[no-untyped-call]


def _zoomed(bounds: NDArray[Any], values: NDArray[Any], denominator: int, zoom: int) -> NDArray[Any]:
    left = np.empty(bounds.size, dtype=object)
    left[:] = [
        None if bound is None else _nearest((bound * denominator - value) * zoom / denominator)
        for bound, value in zip(bounds.tolist(), values.tolist(), strict=True)
    ]
    return left


def _codes(statuses: Any) -> NDArray[np.int8]:
    return np.fromiter((int(status) for status in statuses), dtype=np.int8, count=len(statuses))


def _highs_basis(basis: Basis) -> Any:
    import highspy

    kinds = [highspy.HighsBasisStatus(code) for code in range(5)]
    made = highspy.HighsBasis()
    made.col_status = [kinds[code] for code in basis.columns.tolist()]
    made.row_status = [kinds[code] for code in basis.rows.tolist()]
    made.valid = True
    return made
