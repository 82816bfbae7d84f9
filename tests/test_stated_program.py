"""Linear programs stated in cvxpy, solved exactly."""

from __future__ import annotations

from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest

from equilibria.checks import check
from equilibria.programs.stated_program import solve_stated
from mechanisms import InvalidInput, Refused


def test_a_problem_with_constants_bounds_and_equalities() -> None:
    x, y = cp.Variable(3, nonneg=True), cp.Variable()
    problem = cp.Problem(
        cp.Maximize(cp.sum(x) * 0.5 + y + 7), [x <= np.array([1, 2, 3]), y + x[0] <= 0.3, y >= -1, cp.sum(x) == 4]
    )
    found = solve_stated(problem, read="decimal")
    assert found.exact_value == Fraction(93, 10)
    assert sum(found.values(x)) == 4 and found.values(y)[0] + found.values(x)[0] == Fraction(3, 10)
    assert check(found.optimum.certificate).message == "valid: the optimum is 93/10"
    exact = solve_stated(problem).exact_value
    assert exact is not None and exact - Fraction(93, 10) == Fraction(0.3) - Fraction(3, 10)


def test_a_minimum_has_its_own_sign() -> None:
    x = cp.Variable((2, 2))
    problem = cp.Problem(cp.Minimize(cp.sum(x)), [x >= np.array([[1, 2], [3, 4]]), cp.trace(x) == 6])
    found = solve_stated(problem)
    assert found.exact_value == 11 and found.values(x)[1:3] == (3, 2)


def test_an_absolute_value_is_linear_too() -> None:
    x = cp.Variable()
    assert solve_stated(cp.Problem(cp.Minimize(cp.abs(x - 2) + x), [x <= 5])).exact_value == 2


def test_what_is_infeasible_or_unbounded_is_proved_to_be() -> None:
    x = cp.Variable()
    for constraints, status in (([x <= 1, x >= 2], "infeasible"), ([x >= 2], "unbounded")):
        found = solve_stated(cp.Problem(cp.Maximize(x), constraints))
        assert found.optimum.status == status and found.exact_value is None
        assert check(found.optimum.certificate).valid


def test_what_is_not_linear_is_refused() -> None:
    x, n = cp.Variable(), cp.Variable(integer=True)
    for problem in (cp.Problem(cp.Minimize(cp.square(x))), cp.Problem(cp.Maximize(n), [n <= 1.5])):
        with pytest.raises(Refused, match="not a continuous linear program"):
            solve_stated(problem)


def test_only_the_problems_variables_are_read() -> None:
    x = cp.Variable()
    found = solve_stated(cp.Problem(cp.Maximize(x), [x <= 1]))
    with pytest.raises(InvalidInput, match="must be a variable of a problem that has a solution"):
        found.values(cp.Variable())
