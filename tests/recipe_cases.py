"""Events of a ledger by kind, and a small STARK, shared by the tests of recipes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from proving_cost.ledger import Ledger
from proving_cost.recipes import RECIPES, HashChoice, StarkParameters, ZkvmRecipe

ZKVMS = [r for r in RECIPES.values() if isinstance(r, ZkvmRecipe)]


def events(ledger: Ledger, kind: type) -> Counter[Any]:
    return Counter({e: k for e, k in ledger.events().items() if isinstance(e, kind) and k})


TINY = StarkParameters(
    field="babybear", degree=4, rows=2**8, columns=11, auxiliary=2, preprocessed=3, batch=20, constraints=5,
    constraint_degree=3, blowup=4, openings=2, queries=7, folds=(4, 4, 2), grinding=(3, 2, 1),
    hash=HashChoice(leaf="blake2s", rate=8, compress="sha256", digest_bits=256),
)  # fmt: skip
