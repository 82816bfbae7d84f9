"""The AIR of a circuit: its rows mean what the operations mean, its copies connect them, and names survive."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.circuits.air import Air
from proving_cost.circuits.air_rows import COEFFICIENTS, STATES, WIDTH, WIRED, external, permuted
from proving_cost.circuits.circuit import Circuit
from proving_cost.fields import BN254_FR, GOLDILOCKS
from proving_cost.kernels.poseidon2 import permute_one, poseidon2
from tests.random_circuits import circuits

P = GOLDILOCKS.modulus


def test_the_layout_is_as_documented() -> None:
    assert (WIDTH, WIRED, COEFFICIENTS, len(STATES)) == (154, 40, 64, 130)
    assert sorted(STATES) == list(range(24, 154))


def test_the_external_layer_is_the_instances_matrix() -> None:
    matrix = np.array(poseidon2(GOLDILOCKS, 12).external_matrix, dtype=object)
    columns = [external([int(i == j) for i in range(12)]) for j in range(12)]
    np.testing.assert_array_equal(np.array(columns, dtype=object).T, matrix)


def test_a_permutation_row_computes_the_permutation() -> None:
    instance = poseidon2(GOLDILOCKS, 12)
    kept: list[int] = []

    class Residue(int):
        def __add__(self, other: int) -> Residue:
            return Residue((int(self) + int(other)) % P)

        def __mul__(self, other: int) -> Residue:
            return Residue(int(self) * int(other) % P)

    def keep(value: Residue) -> Residue:
        kept.append(int(value))
        return value

    state = [Residue(v) for v in GOLDILOCKS.random(np.random.default_rng(0), 12)]
    out = permuted(instance, state, keep)
    assert [int(v) for v in out] == [int(v) for v in permute_one(instance, [int(v) for v in state])]
    assert len(kept) == len(STATES) and kept[-12:] == [int(v) for v in out]


@settings(max_examples=15, deadline=None)
@given(circuits())
def test_a_satisfying_assignment_gives_a_satisfying_table(made) -> None:
    circuit, inputs = made
    assignment = circuit.assign(inputs)
    air = Air.from_circuit(circuit)
    table = air.trace(assignment)
    assert table.shape == (WIDTH, air.rows) and air.rows & (air.rows - 1) == 0
    assert air.first_violation(table, assignment.public) is None


@settings(max_examples=15, deadline=None)
@given(circuits(), st.data())
def test_the_table_is_satisfied_just_when_the_circuit_is(made, data) -> None:
    circuit, inputs = made
    assignment = circuit.assign(inputs)
    variable = data.draw(st.integers(1, circuit.variables - 1))
    changed = assignment.with_value(variable, int(assignment.values[variable]) + data.draw(st.integers(1, P - 1)))
    air = Air.from_circuit(circuit)
    ours = air.first_violation(air.trace(changed), changed.public)
    assert (ours is None) == (circuit.first_violation(changed) is None)
    if ours is not None:
        assert ours == circuit.first_violation(changed)


@settings(max_examples=15, deadline=None)
@given(circuits(), st.data())
def test_a_changed_wired_cell_breaks_a_constraint_or_a_copy(made, data) -> None:
    """Whatever single cell that holds a variable is changed, the table is no longer right."""
    circuit, inputs = made
    assignment = circuit.assign(inputs)
    air = Air.from_circuit(circuit)
    table = air.trace(assignment)
    cells = np.argwhere(air.variables[:WIRED] != air.nothing)
    cells = [c for c in cells if np.sum(air.variables == air.variables[tuple(c)]) > 1]
    if cells:
        column, row = cells[data.draw(st.integers(0, len(cells) - 1))]
        table[column, row] = (int(table[column, row]) + 1) % P
        assert air.first_violation(table, assignment.public) is not None


def test_copies_run_through_the_cells_of_each_variable_once() -> None:
    circuit = Circuit(GOLDILOCKS)
    y, x = circuit.public("y"), circuit.secret("x")
    square = circuit.mul(x, x)
    circuit.equal(circuit.mul(square, square) + x, y, "y")
    air = Air.from_circuit(circuit)
    sigma = air.copies().reshape(-1)
    assert sorted(sigma) == list(range(sigma.size))
    cells = np.full((WIRED + 1, air.rows), air.nothing)
    cells[:WIRED], cells[WIRED, 0] = air.variables[:WIRED], 1
    flat = cells.reshape(-1)
    np.testing.assert_array_equal(flat[sigma], flat)
    for variable in (1, 2, 3):
        start = here = int(np.flatnonzero(flat == variable)[0])
        length = 0
        while length == 0 or here != start:
            here, length = int(sigma[here]), length + 1
        assert length == np.sum(flat == variable)


@pytest.mark.parametrize("n", [1, 8, 39, 40, 41, 63])
@pytest.mark.parametrize("shared", [False, True])
def test_bits_of_any_number_and_use(n: int, shared: bool) -> None:
    circuit = Circuit(GOLDILOCKS)
    total, x = circuit.public("ones"), circuit.secret("x")
    bits = circuit.bits(3 * x + 1, n, "range")
    ones = sum((b for b in bits if shared), circuit.constant(0))
    circuit.equal(ones, total, "ones")
    value = (1 << n) - 1
    x_value = (value - 1) * pow(3, -1, P) % P
    inputs = {"x": x_value, "ones": n if shared else 0}
    air = Air.from_circuit(circuit)
    good = circuit.assign(inputs)
    assert air.first_violation(air.trace(good), good.public) is None
    for v in {2, 3, 2 + n, *range(4, 3 + n, 7)}:  # first, last and some between: all are treated alike
        bad = good.with_value(v, int(good.values[v]) + 1)
        assert air.first_violation(air.trace(bad), bad.public) is not None
    beyond = circuit.assign({**inputs, "x": (x_value + pow(3, -1, P)) % P}, check=False)
    assert air.first_violation(air.trace(beyond), beyond.public) is not None


def test_rows_are_padded_for_many_public_inputs() -> None:
    circuit = Circuit(GOLDILOCKS)
    for i in range(17):
        circuit.public(f"x{i}")
    air = Air.from_circuit(circuit)
    assert (air.rows, air.used, air.public) == (32, (0, 0, 0), 17)
    assert "32 rows of 154 cells" in str(air)


def test_other_fields_and_other_assignments_are_refused() -> None:
    with pytest.raises(InvalidInput, match="goldilocks"):
        Air.from_circuit(Circuit(BN254_FR))
    circuit, other = Circuit(GOLDILOCKS), Circuit(GOLDILOCKS)
    circuit.secret("x")
    with pytest.raises(InvalidInput, match="variables"):
        Air.from_circuit(other).trace(circuit.assign({"x": 1}))
