"""Gate tables: faithful to the circuit, row by row, and every violated row is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import InvalidInput, Refused
from proving_cost.circuits import Assignment, Circuit
from proving_cost.circuits.operations import Permutation
from proving_cost.circuits.plonk_gates import COLUMNS, LEAST_ROWS, GateTable
from proving_cost.fields import BN254_FR, GOLDILOCKS
from tests.small_circuits import Solved, circuits, every_gate

P = BN254_FR.modulus


@settings(max_examples=30)
@given(circuits())
def test_an_honest_witness_satisfies_every_row(case: Solved) -> None:
    table, assignment = GateTable.from_circuit(case.circuit), case.assign()
    cells = table.assign(assignment)
    assert case.circuit.first_violation(assignment) is None
    assert table.first_violation(cells, assignment.public) is None
    assert cells.shape == (3, table.rows) and table.rows >= max(LEAST_ROWS, table.used)
    assert table.rows & (table.rows - 1) == 0 and table.rows < 2 * max(table.used, LEAST_ROWS)
    assert not (table.columns[:, table.used :] != 0).any()


@settings(max_examples=75)
@given(circuits(), st.integers(0, 10**6), st.integers(1, P - 1))
def test_a_changed_variable_is_seen_by_the_table_if_the_circuit_sees_it(case: Solved, variable: int, by: int) -> None:
    assignment = case.assign()
    at = 1 + variable % (case.circuit.variables - 1)
    broken = assignment.with_value(at, int(assignment.values[at]) + by)
    table = GateTable.from_circuit(case.circuit)
    seen = table.first_violation(table.assign(broken), broken.public)
    by_circuit = case.circuit.first_violation(broken)
    assert (seen is None) == (by_circuit is None)
    assert seen is None or "(row " in seen


@settings(max_examples=75)
@given(circuits(), st.integers(0, 10**6), st.integers(1, P - 1))
def test_a_changed_cell_is_seen_where_a_gate_or_a_copy_reads_it(case: Solved, cell: int, by: int) -> None:
    table, assignment = GateTable.from_circuit(case.circuit), case.assign()
    held = np.argwhere(table.wires >= 0)
    if not len(held):
        return
    wire, row = held[cell % len(held)]
    cells = table.assign(assignment)
    cells[wire, row] = (cells[wire, row] + by) % P
    read = (table.wires == table.wires[wire, row]).sum() > 1 or _reads(table, int(wire), int(row))
    assert (table.first_violation(cells, assignment.public) is not None) == read


def _reads(table: GateTable, wire: int, row: int) -> bool:
    here = {name: int(table.column(name)[row]) for name in COLUMNS}
    before = {name: int(table.column(name)[row - 1]) for name in COLUMNS}
    custom = here["q_first"] or here["q_full"] or here["q_partial"]
    after = before["q_first"] or before["q_full"] or before["q_partial"]
    linear = here[("q_l", "q_r", "q_o")[wire]] or (wire < 2 and here["q_m"])
    return bool(custom or after or linear or (wire < 2 and here["q_bits"]) or (wire == 0 and before["q_bits"]))


@settings(max_examples=30)
@given(circuits())
def test_copies_tie_exactly_the_cells_of_a_variable(case: Solved) -> None:
    table = GateTable.from_circuit(case.circuit)
    sigma, held = table.copies(), table.wires.reshape(-1)
    assert sorted(sigma.tolist()) == list(range(3 * table.rows))
    assert (held[sigma] == held).all()
    free = held < 0
    assert (sigma[free] == np.flatnonzero(free)).all()
    for variable in np.unique(held[~free]):
        cells = np.flatnonzero(held == variable)
        at, circle = cells[0], 0
        while circle == 0 or at != cells[0]:
            at, circle = sigma[at], circle + 1
        assert circle == len(cells)


def rows(build: Callable[[Circuit], None]) -> int:
    circuit = Circuit(BN254_FR)
    build(circuit)
    return GateTable.from_circuit(circuit).used


def secrets(circuit: Circuit, n: int) -> list:  # type: ignore[type-arg]
    return [circuit.secret(f"s{i}") for i in range(n)]


COUNTS: dict[str, tuple[Callable[[Circuit], object], int]] = {
    "a public input": (lambda c: c.public("x"), 1),
    "a secret": (lambda c: c.secret("x"), 0),
    "a product": (lambda c: c.mul(*secrets(c, 2)), 1),
    "a product of affine expressions": (lambda c: [c.mul(3 * a + 1, 2 * b - 7) for a, b in [secrets(c, 2)]], 1),
    "a product of a sum of two": (lambda c: [c.mul(a + b, d) for a, b, d in [secrets(c, 3)]], 2),
    "a sum made once": (lambda c: [(c.mul(a + b, d), c.mul(a + b, a)) for a, b, d in [secrets(c, 3)]], 3),
    "an equality of three": (lambda c: c.equal(sum(secrets(c, 2), c.constant(5)), c.secret("t"), "e"), 1),
    "an equality of ten": (lambda c: c.equal(sum(secrets(c, 10)[1:], c.secret("t")), 0, "e"), 8),
    "twelve bits": (lambda c: c.bits(c.secret("x"), 12, "b"), 13),
    "bits of a sum": (lambda c: [c.bits(a + b, 12, "b") for a, b in [secrets(c, 2)]], 13),
    "bits of a sum of three": (lambda c: [c.bits(a + b + d, 12, "b") for a, b, d in [secrets(c, 3)]], 14),
    "a permutation": (lambda c: c.permute(secrets(c, 3)), 65),
    "two permutations": (lambda c: c.permute(c.permute(secrets(c, 3))), 130),
    "a permutation with a constant": (lambda c: c.permute([*secrets(c, 2), c.constant(9)]), 66),
}


@pytest.mark.parametrize("name", COUNTS)
def test_rows(name: str) -> None:
    build, expected = COUNTS[name]
    assert rows(lambda circuit: (build(circuit), None)[1]) == expected


def test_bits_are_the_lowest_first_and_bounded() -> None:
    circuit = Circuit(BN254_FR)
    x = circuit.secret("x")
    circuit.bits(x, 4, "four bits")
    table = GateTable.from_circuit(circuit)
    for value in range(16):
        assert table.first_violation(table.assign(circuit.assign({"x": value})), ()) is None
    wrong = circuit.assign({"x": 16}, check=False)
    assert "four bits" in str(table.first_violation(table.assign(wrong), ()))
    for forged in ([2, 0, 0, 0], [0, P - 1, 1, 0], [1, 1, 1, 1]):
        held = circuit.assign({"x": 2}, check=False)
        for variable, bit in enumerate(forged, start=2):
            held = held.with_value(variable, bit)
        assert table.first_violation(table.assign(held), ()) is not None


VIOLATED = {
    "square": ("square", 0),
    "cube": ("cube", 0),
    "range": ("range", 3),
    "hash": ("hash", 1),
}


@pytest.mark.parametrize("name", VIOLATED)
def test_a_violated_row_is_named(name: str) -> None:
    case = every_gate()
    table, assignment = GateTable.from_circuit(case.circuit), case.assign()
    operation = next(o for o in case.circuit.operations if o.name == name)
    out = operation.outs[VIOLATED[name][1]] if hasattr(operation, "outs") else operation.out  # type: ignore[union-attr]
    broken = assignment.with_value(out, int(assignment.values[out]) + 2)
    assert f"{name!r} (row" in str(table.first_violation(table.assign(broken), broken.public))


def test_inputs_that_break_an_assertion_are_named() -> None:
    case = every_gate()
    table = GateTable.from_circuit(case.circuit)
    for change, name in (({"y": 33}, "y = x^3 + 5"), ({"w": 60}, "range"), ({"h": 1}, "h")):
        broken = case.circuit.assign({**case.inputs, **change}, check=False)
        assert f"{name!r} (row" in str(table.first_violation(table.assign(broken), broken.public))
    assert "public input 'y'" in str(table.first_violation(table.assign(case.assign()), (31, case.inputs["h"])))


def test_every_round_is_checked() -> None:
    case = every_gate()
    table, assignment = GateTable.from_circuit(case.circuit), case.assign()
    begin = int(np.flatnonzero(table.column("q_first") != 0)[0])
    kinds = [table.describe(begin + r).split(", ")[1][:-1] for r in range(64)]
    assert kinds == ["first round"] + ["full round"] * 3 + ["partial round"] * 56 + ["full round"] * 4
    for r in range(65):
        for wire in range(3):
            cells = table.assign(assignment)
            cells[wire, begin + r] = (cells[wire, begin + r] + 1) % P
            named = str(table.first_violation(cells, assignment.public))
            assert "(row " in named and (0 < r < 64) <= ("'hash'" in named)


def test_an_assertion_of_constants_that_differ_has_no_witness() -> None:
    circuit = Circuit(BN254_FR)
    circuit.equal(circuit.constant(1), 2, "1 = 2")
    table = GateTable.from_circuit(circuit)
    assert "'1 = 2'" in str(table.first_violation(table.assign(circuit.assign({}, check=False)), ()))


def test_an_empty_circuit_has_the_least_table() -> None:
    table = GateTable.from_circuit(Circuit(BN254_FR))
    assert (table.used, table.rows, table.public) == (0, LEAST_ROWS, 0)
    assert table.first_violation(table.assign(Circuit(BN254_FR).assign({})), ()) is None
    assert repr(table) == "GateTable(0 rows of 8, 0 public inputs, over bn254_fr)"


def test_refusals() -> None:
    with pytest.raises(Refused, match=r"hold a Poseidon2 state of 3 elements"):
        GateTable.from_circuit(Circuit(GOLDILOCKS))
    table = GateTable.from_circuit(every_gate().circuit)
    with pytest.raises(InvalidInput, match=r"witness: must give the \d+ variables"):
        table.assign(Assignment(table.circuit, BN254_FR.array([1, 2])))


def test_the_rows_of_a_permutation_hold_its_rounds() -> None:
    case = every_gate()
    table, assignment = GateTable.from_circuit(case.circuit), case.assign()
    cells = table.assign(assignment)
    begin = int(np.flatnonzero(table.column("q_first") != 0)[0])
    operation = next(o for o in case.circuit.operations if isinstance(o, Permutation))
    assert cells[:, begin].tolist() == [10, 3, 4]
    assert cells[:, begin + 64].tolist() == [int(assignment.values[v]) for v in operation.outs]
