"""Small programs of every kind, solved once, and random priors, for the tests of programs and of their certificates."""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from equilibria.programs.asymmetric_border import asymmetric_border
from equilibria.programs.bayesian_auction import bayesian_auction
from equilibria.programs.dominant_auction import dominant_auction
from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.fee_market import fee_grid, fee_market
from equilibria.programs.finite_types import GAINS, FiniteTypes, Goal, Limits
from equilibria.programs.float_simplex import float_simplex
from equilibria.programs.graded_menu import graded_menu
from equilibria.programs.least_regret import least_regret
from equilibria.programs.linear_program import Columns, LinearProgram, Rows
from equilibria.programs.safe_interval import safe_interval
from equilibria.programs.sybil_proof import sybil_proof
from equilibria.programs.symmetric_border import symmetric_border
from equilibria.programs.two_sided_trade import two_sided_trade

F = Fraction
TRIPLE = FiniteTypes((F(-1, 2), F(1, 3), 1), (F(1, 4), F(1, 2), F(1, 4)))  # type: ignore[arg-type]
PAIR = FiniteTypes((F(1, 5), 2), (F(1, 3), F(2, 3)))  # type: ignore[arg-type]
MIX, SOME = Goal(1, F(1, 2), F(-1, 7)), Limits(F(1, 2), F(1, 10), F(1, 2))
MIDDLES = FiniteTypes(tuple(F(2 * k + 1, 8) for k in range(4)), (F(1, 4),) * 4)


@st.composite
def priors(draw: st.DrawFn) -> FiniteTypes:
    values = sorted(draw(st.sets(st.fractions(-2, 3, max_denominator=6), min_size=1, max_size=4)))
    weights = [draw(st.integers(1, 5)) for _ in values]
    return FiniteTypes(tuple(values), tuple(F(weight, sum(weights)) for weight in weights))


def _rows(upper: int | None) -> LinearProgram:
    columns = Columns("x", np.array([3, 2]), 0, np.array([3, upper], dtype=object))
    rows = Rows("r", np.array([[0, 1], [0, 1]]), np.array([[1, -1], [1, -3]]), np.array([None, F(-9, 2)], dtype=object), 4)
    return LinearProgram.assemble([columns], [rows], denominator=3)


def _interval() -> ExactOptimum:
    prior = FiniteTypes.uniform(7)
    program = symmetric_border(prior.values, prior.probabilities, agents=2)
    found = safe_interval(program, float_simplex(program, timeout=9.0), None, float("inf"))
    assert found is not None
    return found


CASES: dict[str, Callable[[], ExactOptimum]] = {
    "rows": lambda: solve_exactly(_rows(7)),
    "rows, unbounded": lambda: solve_exactly(
        LinearProgram.assemble(
            [Columns("x", np.array([1, 1]), 0)], [Rows("r", np.array([[0, 1]]), np.array([[1, -1]]), F(-1, 2), 2)]
        )
    ),
    "symmetric_border": lambda: solve_exactly(
        symmetric_border(TRIPLE.values, TRIPLE.probabilities, agents=3, units=2, goal=MIX, limits=SOME)
    ),
    "symmetric_border, interval": _interval,
    "asymmetric_border": lambda: asymmetric_border([TRIPLE, PAIR, PAIR], goal=MIX, limits=SOME),
    "asymmetric_border, units": lambda: asymmetric_border(
        [TRIPLE, PAIR, PAIR], units=3, capacities=[2, 1, 2], goal=MIX, limits=SOME
    ),
    "asymmetric_border, unbounded": lambda: asymmetric_border([TRIPLE, PAIR], goal=Goal(-1, 1)),
    "dominant_auction": lambda: solve_exactly(dominant_auction([TRIPLE, PAIR], goal=MIX, limits=SOME, deficit_free=True)),
    "dominant_auction, balanced": lambda: solve_exactly(
        dominant_auction([TRIPLE, PAIR], units=3, goal=GAINS, balanced=True, participation="interim", capacities=[2, 1])
    ),
    "bayesian_auction": lambda: solve_exactly(bayesian_auction([TRIPLE, PAIR], goal=MIX, limits=SOME, epsilon=F(1, 50))),
    "two_sided_trade": lambda: solve_exactly(two_sided_trade(MIDDLES, MIDDLES)),
    "two_sided_trade, efficient": lambda: solve_exactly(two_sided_trade(MIDDLES, MIDDLES, efficient=True)),
    "graded_menu": lambda: graded_menu(
        [(1, 1), (2, 1), (F(1, 2), 3), (3, F(5, 2))], [F(1, 8), F(3, 8), F(1, 4), F(1, 4)], one_grade=True, awards=[F(-1, 3), 0]
    ),
    "least_regret": lambda: solve_exactly(
        least_regret((1, 2, 4), [(F(1, 2), F(1, 4), F(1, 4)), (F(1, 9), F(1, 9), F(7, 9))], agents=2)
    ),
    "fee_market": lambda: solve_exactly(fee_market(fee_grid(2), users=2, block=1)),
    "sybil_proof": lambda: solve_exactly(sybil_proof(2, identities=2, high=2, low=1)),
}


@functools.cache
def solved(name: str) -> ExactOptimum:
    """The optimum of a case."""
    return CASES[name]()
