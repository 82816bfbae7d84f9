"""A running product that does not begin at 1, or vanishes, hides no broken copy: in PLONK and in the STARK.

A product that is 0 everywhere, or 0 from some row on, satisfies every step whatever the cells are.  Only the constraint that it
is 1 in the first row, with the steps leading once around, makes it speak about the cells.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits import Circuit
from proving_cost.fields import BN254_FR, GOLDILOCKS, Elements, PrimeField
from proving_cost.systems.plonk.prover import Prover
from proving_cost.systems.stark import Stark, prover
from proving_cost.systems.stark.conversation import Conversation
from proving_cost.systems.stark.stark import LABEL
from tests.plonk_proofs import Proved, proof_of, proved
from tests.small_circuits import Solved


def square(field: PrimeField) -> Solved:
    circuit = Circuit(field)
    y, x = circuit.public("y"), circuit.secret("x")
    circuit.equal(circuit.mul(x, x, "square"), y, "y = x^2")
    return Solved(circuit, {"y": 9, "x": 3})


def from_row(k: int, zero: int) -> Callable[[Elements], Elements]:
    """The same values, 0 from row k on (the last axis is the rows')."""

    def changed(values: Elements) -> Elements:
        out = values.copy()
        out[..., k:] = zero
        return out

    return changed


def twice(values: Elements) -> Elements:
    return np.asarray((values.astype(object) * 2) % BN254_FR.modulus)


CHEATS: dict[str, Callable[[Elements], Elements]] = {
    "zero": from_row(0, 0), "zero after the first row": from_row(1, 0), "zero in the last row": from_row(-1, 0),
    "one": from_row(0, 1),
}  # fmt: skip


@cache
def proved_square() -> Proved:
    return proved(square(BN254_FR))


def broken_cells(made: Proved) -> Elements:
    """4 · 4 = 16 in the row of the product, 9 = y beside it."""
    cells = made.proving.table.assign(made.assignment)
    cells[:, 1] = [4, 4, 16]
    return cells


@pytest.mark.parametrize("true", [False, True])
def test_plonk_with_an_honest_product(true: bool) -> None:
    made = proved_square()
    cells = made.proving.table.assign(made.assignment) if true else broken_cells(made)
    assert made.accepts(proof_of(made, cells)) == true


@pytest.mark.parametrize("cheat", [*CHEATS, "twice"])
@pytest.mark.parametrize("true", [False, True])
def test_plonk(cheat: str, true: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = proved_square()
    cells = made.proving.table.assign(made.assignment) if true else broken_cells(made)
    honest, change = Prover._running_product, CHEATS.get(cheat, twice)
    monkeypatch.setattr(Prover, "_running_product", lambda self, beta, gamma: change(honest(self, beta, gamma)))
    assert not made.accepts(proof_of(made, cells))


@pytest.mark.parametrize("cheat", CHEATS)
@pytest.mark.parametrize("true", [False, True])
def test_stark(cheat: str, true: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    case, system, rng = square(GOLDILOCKS), Stark(queries=8, grinding_bits=0, final=4, fold=4), np.random.default_rng(1)
    keys, assignment = system.setup(system.compile(case.circuit), rng=rng), case.assign()
    air = keys.proving.air
    table = air.trace(assignment)
    if not true:
        assert table[[0, 2, 4, 5, 6], 0].tolist() == [3, 3, 9, 9, 9]  # x · x = square, and y = square beside it
        table[[0, 2, 4], 0] = [4, 4, 16]
        assert "copy" in str(air.first_violation(table, assignment.public))

    def proof() -> Any:
        said = Conversation(LABEL, keys.verifying.statement, assignment.public)
        return prover.proven(keys.proving, table, assignment.public, system.parameters, Arithmetic(GOLDILOCKS), said)

    honest = prover.copy_columns
    assert system.verify(keys.verifying, assignment.public, proof()) == true
    monkeypatch.setattr(prover, "copy_columns", lambda *args: CHEATS[cheat](honest(*args)))
    assert not system.verify(keys.verifying, assignment.public, proof())
