"""Proofs that a program has no point, or no end: both are optima of other programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.float_simplex import as_floats, column_scale, row_scale
from equilibria.programs.linear_program import LinearProgram, finite, integers
from equilibria.programs.weak_duality import RationalVector, dual_bound, recedes

Solve = Callable[..., ExactOptimum]


def infeasible(program: LinearProgram, solve: Solve, deadline: float) -> ExactOptimum | None:
    """A Farkas ray, from the prices of the least violation `t`: maximise `-t` with every row bound relaxed by `t`."""
    relaxed = solve(relaxation(program), timeout=_left(deadline))
    if relaxed.dual is None or relaxed.upper is None or relaxed.upper >= 0:
        return None
    ray = RationalVector(
        relaxed.dual.numerators[: program.rows] + relaxed.dual.numerators[program.rows :], relaxed.dual.denominator
    )
    bound = dual_bound(program, ray, farkas=True)
    if bound is None or bound >= 0:
        return None
    return ExactOptimum(
        program=program,
        status="infeasible",
        message="no point satisfies all constraints: their combination by the prices contradicts itself",
        dual=ray,
    )


def unbounded(program: LinearProgram, solve: Solve, deadline: float) -> ExactOptimum | None:
    """A feasible point and a ray, the best one in a box."""
    ray = solve(_recession(program), timeout=_left(deadline)).primal
    if ray is None or not recedes(program, ray):
        return None
    point = solve(replace(program, objective=np.zeros_like(program.objective)), timeout=_left(deadline))
    if point.primal is None or point.status != "proved":
        return None
    return ExactOptimum(
        program=program, status="unbounded", message="the objective grows without end along the ray", primal=point.primal, ray=ray
    )


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)


def relaxation(program: LinearProgram) -> LinearProgram:
    """Rows once with `N x - s t <= upper` and once with `N x + s t >= lower`, `s` their scale; the last column is `t >= 0`."""
    count = np.diff(program.starts)
    ends = program.starts[1:]
    scale = row_scale(as_floats(program.entries) / column_scale(program)[program.indices], program.starts)
    step = integers([max(int(least), 1) for least in scale.tolist()])
    last = np.full(program.rows, program.columns)

    indices = np.insert(program.indices, ends, last)
    wide = program.entries.astype(object) if step.dtype == object else program.entries
    below, above = np.insert(wide, ends, -step), np.insert(wide, ends, step)
    starts = np.concatenate([[0], np.cumsum(np.tile(count + 1, 2))]).astype(np.int64)
    none = np.full(program.rows, None, dtype=object)
    return LinearProgram(
        objective=np.append(np.zeros(program.columns, dtype=np.int64), -1),
        starts=starts,
        indices=np.tile(indices, 2),
        entries=np.concatenate([below, above]),
        row_lower=np.concatenate([none, program.row_lower]),
        row_upper=np.concatenate([program.row_upper, none]),
        lower=np.append(program.lower, 0),
        upper=np.concatenate([program.upper, none[:1]]) if program.rows else program.upper,
        column_blocks=program.column_blocks,
    )


def _recession(program: LinearProgram) -> LinearProgram:
    """Bounds become zero where they are finite; every column stays within -1 and 1."""

    def cone(bounds: np.ndarray, missing: int | None) -> np.ndarray:
        made = np.full(bounds.size, missing, dtype=object)
        made[finite(bounds)] = 0
        return made

    return replace(
        program,
        row_lower=cone(program.row_lower, None),
        row_upper=cone(program.row_upper, None),
        lower=cone(program.lower, -1),
        upper=cone(program.upper, 1),
        source=None,
    )
