"""Linear programs solved exactly: what is proved, of programs of any kind, and what happens where a basis resists."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import equilibria.programs.exact_simplex as exact_simplex
from equilibria.checks import check
from equilibria.programs.dominant_auction import dominant_auction
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.finite_types import FiniteTypes
from equilibria.programs.float_simplex import Basis
from equilibria.programs.linear_program import Block, Columns, LinearProgram, Rows, integers
from equilibria.programs.rational_system import SquareSystem, _dixon
from equilibria.programs.symmetric_border import symmetric_border
from equilibria.programs.weak_duality import RationalVector, Transposed, dual_bound, multiply, objective_value, violation
from mechanisms import InvalidInput

INT64 = np.int64


def small(objective: list[int], rows: list[list[int]], low: list, high: list, lower: list, upper: list) -> LinearProgram:
    count = len(objective)
    places = np.tile(np.arange(count), (len(rows), 1))
    columns = Columns("x", integers(objective), np.array(lower, dtype=object), np.array(upper, dtype=object))
    bounds = np.array(low, dtype=object), np.array(high, dtype=object)
    return LinearProgram.assemble(
        [columns], [Rows("r", places, integers([a for row in rows for a in row]).reshape(places.shape), *bounds)]
    )


def matrix(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dense = np.array(rows, dtype=object)
    counts = (dense != 0).sum(axis=1).astype(INT64)
    return np.concatenate([[0], np.cumsum(counts)]), np.nonzero(dense)[1], integers([int(a) for a in dense[dense != 0]])


def test_a_program_with_everything_in_it() -> None:
    program = small([3, 2, -1], [[1, 1, 0], [1, 3, 1]], [None, 2], [4, 9], [0, None, -1], [3, None, Fraction(1, 2)])
    optimum = solve_exactly(program)
    assert (optimum.status, optimum.exact_value) == ("proved", 12)
    assert optimum.primal_block("x") == (3, 1, -1)
    assert check(optimum.certificate.text).message == "valid: the optimum is 12"


def test_rows_may_be_in_any_order() -> None:
    rows = Rows("r", np.array([[2, 0, 1], [1, 0, 2]]), np.array([[1, 1, 1], [2, -1, 3]]), None, np.array([4, 6]))
    program = LinearProgram.assemble([Columns("x", np.array([1, 2, 3]), 0, 3)], [rows])
    optimum = solve_exactly(program)
    assert optimum.status == "proved" and check(optimum.certificate).message == f"valid: the optimum is {optimum.exact_value}"


def test_an_infeasible_program_has_a_farkas_ray() -> None:
    optimum = solve_exactly(small([1, 1], [[1, 1], [1, -1]], [3, None], [None, Fraction(1, 3)], [0, 0], [1, 1]))
    assert optimum.status == "infeasible" and optimum.value is None
    assert check(optimum.certificate.text).message == "valid: no point satisfies all constraints"


def test_an_unbounded_program_has_a_point_and_a_ray() -> None:
    optimum = solve_exactly(small([1, 1], [[1, -1]], [-1], [2], [0, None], [None, None]))
    assert optimum.status == "unbounded"
    assert check(optimum.certificate.text).message == "valid: the objective has no upper bound"


BOUND = st.one_of(st.none(), st.integers(-4, 4))


@st.composite
def programs(draw: st.DrawFn) -> LinearProgram:
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(1, 5))

    def interval() -> tuple[int | None, int | None]:
        low, high = draw(BOUND), draw(BOUND)
        return (high, low) if low is not None and high is not None and low > high else (low, high)

    row_bounds, bounds = [interval() for _ in range(rows)], [interval() for _ in range(columns)]
    entries = [[draw(st.integers(-3, 3)) for _ in range(columns)] for _ in range(rows)]
    objective = [draw(st.integers(-3, 3)) for _ in range(columns)]
    return small(objective, entries, *map(list, zip(*row_bounds, strict=True)), *map(list, zip(*bounds, strict=True)))


@settings(max_examples=40, deadline=None)
@given(programs())
def test_every_small_program_is_decided_and_its_certificate_valid(program: LinearProgram) -> None:
    optimum = solve_exactly(program)
    assert optimum.status in ("proved", "infeasible", "unbounded")
    assert check(optimum.certificate.text).valid
    dense = np.zeros((program.rows, program.columns))
    dense[np.repeat(np.arange(program.rows), np.diff(program.starts)), program.indices] = program.entries
    sides = [(dense, program.row_upper, 1.0), (-dense, program.row_lower, -1.0)]
    kept = [
        (row, sign * bound) for part, bounds, sign in sides for row, bound in zip(part, bounds, strict=True) if bound is not None
    ]
    above = {"A_ub": np.array([row for row, _ in kept]), "b_ub": np.array([bound for _, bound in kept])} if kept else {}
    found = linprog(-program.objective, **above, bounds=list(zip(program.lower, program.upper, strict=True)))
    if optimum.status == "proved":
        assert found.status == 0 and float(optimum.exact_value or 0) == pytest.approx(-found.fun, abs=1e-7)
    else:
        assert found.status in (2, 3, 4)


def test_systems_are_solved_exactly_by_refinement_and_by_dixon() -> None:
    rng = np.random.default_rng(5)
    for order, size in ((1, 9), (6, 9), (20, 1000), (30, 10**6)):
        rows = rng.integers(-size, size, (order, order)).tolist()
        right = np.array(rng.integers(-size, size, order).tolist(), dtype=object)
        system = SquareSystem(*matrix(rows))
        x, y = system.solve(right), system.solve_transposed(right)
        assert x is not None and y is not None
        assert all(sum(a * v for a, v in zip(row, x.fractions(), strict=True)) == b for row, b in zip(rows, right, strict=True))
        columns = list(zip(*rows, strict=True))
        assert all(
            sum(a * v for a, v in zip(row, y.fractions(), strict=True)) == b for row, b in zip(columns, right, strict=True)
        )
        dense = _dixon(system.rows, right)
        assert dense is not None and dense.fractions() == x.fractions()


def test_a_hilbert_matrix_needs_dixon() -> None:
    order = 14
    common = int(np.lcm.reduce(np.arange(1, 2 * order, dtype=object)))
    rows = [[common // (i + j + 1) for j in range(order)] for i in range(order)]
    x = SquareSystem(*matrix(rows)).solve(np.array([1] + [0] * (order - 1), dtype=object))
    assert x is not None and x[0] * common == order**2


def test_singular_systems_are_given_up() -> None:
    with pytest.raises(RuntimeError):
        SquareSystem(*matrix([[1, 2], [2, 4]]))
    assert _dixon(Transposed(*matrix([[1, 2], [2, 4]])), np.array([1, 1])) is None


def test_products_do_not_overflow() -> None:
    starts, indices, entries = matrix([[2**40, -(2**40)], [0, 2**61]])
    product = multiply(starts, indices, entries, np.array([2**40, -(2**40)], dtype=object))
    assert product.tolist() == [2**81, -(2**101)]
    big = np.array([2**70, 0], dtype=object)
    assert multiply(starts, indices, np.zeros_like(entries), big).tolist() == [0, 0]


def test_weak_duality_by_hand() -> None:
    program = small([1], [[2]], [None], [3], [0], [None])
    half = RationalVector(np.array([1], dtype=object), 2)
    assert dual_bound(program, half) == Fraction(3, 2) == objective_value(program, RationalVector(np.array([3], dtype=object), 2))
    assert dual_bound(program, RationalVector(np.array([1], dtype=object), 3)) is None
    assert violation(program, RationalVector(np.array([2], dtype=object), 1)) == 1


@pytest.mark.parametrize("broken", ["no exact basis", "a wrong basis", "a singular basis"])
def test_an_optimum_that_resists_is_enclosed(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prior = FiniteTypes.uniform(10)
    program = symmetric_border(prior.values, prior.probabilities, agents=2)
    real = exact_simplex.basis_solution

    def basis_solution(program: LinearProgram, basis: Basis, deadline: float) -> object:
        if broken == "no exact basis":
            return None
        columns, rows = basis.columns.copy(), basis.rows.copy()
        if broken == "a singular basis":
            columns[:] = 0
        else:
            inside, outside = np.flatnonzero(columns == 1), np.flatnonzero(columns != 1)
            columns[inside[0]], columns[outside[0]] = 0, 1
        return real(program, Basis(columns, rows), deadline)

    monkeypatch.setattr(exact_simplex, "basis_solution", basis_solution)
    optimum = solve_exactly(program)
    assert optimum.status == "certified" and optimum.exact_value is None
    assert optimum.lower is not None and optimum.upper is not None and optimum.value is not None
    assert optimum.lower <= Fraction(49, 100) <= optimum.upper and optimum.upper - optimum.lower < 1e-6
    assert optimum.value.lower <= 0.49 <= optimum.value.upper
    assert check(optimum.certificate.text).valid
    text = json.loads(optimum.certificate.text)
    assert set(text["states"]) == {"status", "lower", "upper"}


def test_a_bad_start_does_not_matter() -> None:
    program = dominant_auction([FiniteTypes.uniform(4)] * 2)
    start = Basis(np.zeros(program.columns, dtype=np.int8), np.ones(program.rows, dtype=np.int8))
    assert solve_exactly(program, start=start).exact_value == solve_exactly(program).exact_value == Fraction(19, 32)


def test_refinement_finds_what_doubles_cannot_see() -> None:
    # The second column is better by 1e-15: below every tolerance of the float solver.
    tiny = 10**15
    optimum = solve_exactly(small([tiny, tiny + 1], [[1, 1]], [None], [1], [0, 0], [1, 1]))
    assert optimum.status == "proved" and optimum.exact_value == tiny + 1


def test_what_is_not_proved_is_unknown_and_has_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_simplex, "basis_solution", lambda *_: None)
    optimum = solve_exactly(small([1, 0], [[3, 1]], [1], [1], [0, None], [None, 1]))  # an equality, and columns without bounds
    assert optimum.status == "unknown" and optimum.value is None
    with pytest.raises(InvalidInput, match="no certificate of an unknown optimum"):
        _ = optimum.certificate


def test_blocks_are_read_by_name() -> None:
    optimum = solve_exactly(dominant_auction([FiniteTypes.uniform(3)]))
    assert len(optimum.primal_block("allocation")) == 3
    with pytest.raises(InvalidInput, match="block must be one of allocation, utility; got 'price'"):
        optimum.primal_block("price")


def test_large_coefficients_are_kept() -> None:
    optimum = solve_exactly(small([1], [[10**30]], [None], [10**30 + 1], [0], [None]))
    assert optimum.exact_value == Fraction(10**30 + 1, 10**30)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"denominator": 0}, "denominator must be a positive integer"),
        ({"lower": np.array([2], dtype=object), "upper": np.array([1], dtype=object)}, "the lower bound of column 0"),
        ({"indices": np.array([1])}, "indices must be columns"),
        ({"starts": np.array([0, 2])}, "must fit each other"),
        ({"starts": np.array([0, 2]), "indices": np.array([0, 0]), "entries": np.array([1, 2])}, "each column may occur once"),
    ],
)
def test_programs_that_are_none_are_refused(change: dict[str, object], message: str) -> None:
    arrays: dict[str, object] = {
        "objective": np.array([1]),
        "starts": np.array([0, 1]),
        "indices": np.array([0]),
        "entries": np.array([1]),
        "row_lower": np.array([0], dtype=object),
        "row_upper": np.array([1], dtype=object),
        "lower": np.array([0], dtype=object),
        "upper": np.array([1], dtype=object),
        "column_blocks": (Block("x", 0, 1),),
    }
    with pytest.raises(InvalidInput, match=message):
        LinearProgram(**(arrays | change))  # type: ignore[arg-type]


def test_time_must_be_positive() -> None:
    with pytest.raises(InvalidInput, match="timeout must be a positive number"):
        solve_exactly(small([1], [[1]], [0], [1], [0], [1]), timeout=0)
