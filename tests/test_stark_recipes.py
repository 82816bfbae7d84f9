"""Recipes of STARKs: transforms, leaves and compressions as its trees and layers have them, counted apart."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest

from proving_cost.ledger import FriFold, Hash, Ledger, Ntt
from proving_cost.recipes import StarkParameters, ZkvmRecipe, stark_ledger
from proving_cost.recipes.extension_cost import ExtensionCost
from tests.recipe_cases import TINY, ZKVMS, events


def counted_apart(s: StarkParameters) -> tuple[Counter[Any], int, int]:
    """Transforms, leaf blocks and compressions of a STARK, by walking over trees and layers one by one."""
    transforms: Counter[Any] = Counter()
    leaves = compressions = 0
    domain = s.rows * s.blowup

    def tree(count: int, elements: int) -> None:
        nonlocal leaves, compressions
        leaves += sum(math.ceil(elements / s.hash.rate) for _ in range(count))
        while count > 1:
            compressions += count // 2
            count //= 2

    quotient_columns = s.chunks * s.degree
    for columns in (s.columns, s.auxiliary * s.degree, quotient_columns):
        for _ in range(columns):
            transforms[Ntt(s.field, s.rows, False, True)] += 1
            transforms[Ntt(s.field, domain, True)] += 1
        if columns:
            tree(domain, columns)
    for arity in s.folds:
        tree(domain // arity, arity * s.degree)
        domain //= arity
    if domain > 1:
        transforms[Ntt(s.field, domain, True, True)] += s.degree
    compressions += 2 ** s.grinding[0] + len(s.folds) * 2 ** s.grinding[1] + 2 ** s.grinding[2]
    return transforms, leaves, compressions


@pytest.mark.parametrize("rows", [2**6, 2**8, 2**10, 2**12])
@pytest.mark.parametrize("auxiliary", [0, 2])
def test_a_stark_counts_as_its_trees_and_layers_do(rows: int, auxiliary: int) -> None:
    s = StarkParameters(**{**{k: getattr(TINY, k) for k in TINY.__dataclass_fields__}, "auxiliary": auxiliary}).at(rows)
    ledger = stark_ledger(s)
    transforms, leaves, compressions = counted_apart(s)
    assert events(ledger, Ntt) == transforms
    assert events(ledger, Hash) == {Hash("blake2s"): leaves, Hash("sha256"): compressions}
    folded = [(e.size, e.arity) for e in events(ledger, FriFold)]
    assert sorted(folded, reverse=True) == [(rows * s.blowup // math.prod(s.folds[:i]), arity) for i, arity in enumerate(s.folds)]
    assert ledger.operations()["babybear", "mul"] > 0


def test_folds_follow_the_rows_and_end_alike() -> None:
    for rows in [2**k for k in range(3, 20)]:
        s = TINY.at(rows)
        assert rows // math.prod(s.folds) in (2**8 // 32, rows // 2)
    assert TINY.at(2**8) == TINY


@pytest.mark.parametrize("degree", [2, 3, 4])
def test_an_unknown_extension_counts_as_schoolbook_products(degree: int) -> None:
    ledger, known = Ledger(), Ledger()
    ExtensionCost("mersenne31", degree).mul(ledger, 10)
    assert ledger.operations() == {
        ("mersenne31", "mul"): 10 * (degree**2 + degree - 1),
        ("mersenne31", "add"): 10 * degree * (degree - 1),
    }
    if degree == 4:
        for base, out in (("babybear", known), ("mersenne31", ledger)):
            ExtensionCost(base, 4).fold(out, 64, 4)
        ExtensionCost("babybear", 4).mul(known, 10)
        assert sorted(known.operations().values()) == sorted(ledger.operations().values())


@pytest.mark.parametrize("recipe", ZKVMS, ids=[r.name for r in ZKVMS])
def test_every_circuit_has_a_ledger(recipe: ZkvmRecipe) -> None:
    for circuit in recipe.circuits:
        rows = recipe.parameters(circuit).rows
        ledger = recipe.ledger(rows, circuit=circuit)
        assert recipe.proof_bytes(rows, circuit) == recipe.proof_bytes(circuit=circuit)
        wider = recipe.ledger(rows, circuit=circuit, columns=100_000)
        field = recipe.parameters(circuit).field
        assert sum(events(wider, Ntt).values()) > sum(events(ledger, Ntt).values())
        assert {e.field for e in events(ledger, Ntt)} == {field}
