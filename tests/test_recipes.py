"""Recipes of Groth16 and PLONK against the protocols, what holds for every recipe, scalars, recursion, and refusals."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.kernels.scalar_bits import WITNESS_MIXTURE, histogram
from proving_cost.ledger import Hash, Ledger, Msm, Ntt
from proving_cost.recipes import (
    ARKWORKS_GROTH16,
    GNARK_GROTH16,
    GNARK_PLONK,
    PLONK_PAPER,
    RECIPES,
    StarkParameters,
    ZkvmRecipe,
    aggregation_nodes,
    cost_per_proof,
    cost_per_proof_in_the_limit,
    recipe_named,
    recursion,
)
from proving_cost.recipes.plonk import paper_products, radix_two_products
from tests.recipe_cases import TINY, events

SIZES = [2**k for k in (4, 8, 12, 20, 26)]
FR = "bn254_fr"


def msms(ledger: Ledger, group: str) -> list[int]:
    return sorted(e.n for e, k in events(ledger, Msm).items() if e.group == group for _ in range(k))


@pytest.mark.parametrize("n", SIZES)
def test_gnark_groth16_is_seven_transforms_and_five_products(n: int) -> None:
    wires, public = n - 3, 4
    ledger = GNARK_GROTH16.ledger(n, wires=wires, public=public, infinity_a=0.25, infinity_b=0.5)
    assert events(ledger, Ntt) == {Ntt(FR, n, False, True): 3, Ntt(FR, n, True): 3, Ntt(FR, n, True, True): 1}
    a, b = wires - round(wires / 4), wires - round(wires / 2)
    assert msms(ledger, "g1") == sorted([a, b, wires - public, n - 1])
    assert msms(ledger, "g2") == [b]
    lg = n.bit_length() - 1
    assert ledger.at("quotient").operations()[FR, "mul"] == 7 * n // 2 * lg + 3 * n + 3 * n + 2 * n + 2 * n
    assert ledger.at("quotient").operations()[FR, "add"] == 7 * n * lg + n


def test_every_scalar_has_a_bit_length_and_those_of_the_quotient_are_full() -> None:
    ledger = GNARK_GROTH16.ledger(2**12)
    for event in events(ledger, Msm):
        assert sum(k for _, k in event.scalar_bits) == event.n
    (quotient,) = events(ledger.at("commitments", "quotient in G1"), Msm)
    assert quotient.scalar_bits == ((254, 2**12 - 1),)
    full = GNARK_GROTH16.ledger(2**12, scalars="full")
    assert all(e.scalar_bits == ((254, e.n),) for e in events(full, Msm))
    assert full.without_scalar_bits() == ledger.without_scalar_bits()


def test_arkworks_differs_where_its_source_does() -> None:
    n = 2**10
    ark, gnark = ARKWORKS_GROTH16.ledger(n), GNARK_GROTH16.ledger(n)
    assert ark.at("quotient") == gnark.at("quotient")
    assert (msms(ark, "g1"), msms(ark, "g2")) == ([n - 1] * 4, [n - 1])
    assert (msms(gnark, "g1"), msms(gnark, "g2")) == ([n - 1, n - 1, n, n], [n])


@pytest.mark.parametrize("n", SIZES)
def test_gnark_plonk_is_96_transforms_and_13_and_ten_products(n: int) -> None:
    ledger = GNARK_PLONK.ledger(n)
    transforms = events(ledger, Ntt)
    assert transforms == {Ntt(FR, n, False, True): 48 + 12, Ntt(FR, n, True): 48, Ntt(FR, 4 * n, True, True): 1}
    assert msms(ledger, "g1") == sorted([n + 2] * 3 + [n + 3] + [n + 2] * 3 + [n + 3] + [n + 2] * 2)


@pytest.mark.parametrize("n", SIZES)
def test_the_paper_charges_twice_what_its_transforms_take(n: int) -> None:
    ledger = PLONK_PAPER.ledger(n)
    assert events(ledger, Ntt) == {Ntt(FR, 4 * n): 8, Ntt(FR, 2 * n): 5, Ntt(FR, n): 12}
    assert ledger.operations()[FR, "mul"] == radix_two_products(n) == 27 * n * (n.bit_length() - 1) + 37 * n
    assert paper_products(n) == 54 * n * (n.bit_length() - 1)
    assert len(msms(ledger, "g1")) == 9
    assert len(msms(PLONK_PAPER.ledger(n, variant="small"), "g1")) == 11
    # gnark's transforms: 108 of n and one of 4n, so 56 n lg n where the paper's take 27 n lg n
    lg = n.bit_length() - 1
    butterflies = sum(e.n // 2 * (e.n.bit_length() - 1) * k for e, k in events(GNARK_PLONK.ledger(n), Ntt).items())
    assert butterflies == 56 * n * lg + 4 * n


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_recipes_say_where_they_come_from(recipe: Any) -> None:
    assert recipe.source and recipe.commit and recipe.date and recipe.assumptions
    assert recipe_named(recipe.name) is recipe
    assert all(str(a) in str(recipe) for a in recipe.assumptions)
    assert recipe.proof_bytes(2**10) > 0


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_large_sizes_are_closed_forms_and_go_to_json_and_back(recipe: Any) -> None:
    size = 2**22 if isinstance(recipe, ZkvmRecipe) else 2**26
    ledger = recipe.ledger(size)
    assert len(ledger.events()) < 200
    assert Ledger.from_json(ledger.to_json()) == ledger
    assert recipe.ledger(size) == ledger
    assert recipe.ledger(size // 2) != ledger


REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("name", lambda: recipe_named("groth17"), "recipe: must be one of gnark-groth16, arkworks-groth16"),
    ("name type", lambda: recipe_named(3), "recipe: must be one of"),  # type: ignore[arg-type]
    ("size", lambda: GNARK_GROTH16.ledger(1000), r"constraints: must be a power of two; got 1000. Pad to 2\^10"),
    ("zero", lambda: GNARK_GROTH16.ledger(0), "constraints: must be a whole number"),
    ("negative", lambda: GNARK_PLONK.ledger(-8), "constraints: must be a whole number"),
    ("real", lambda: GNARK_PLONK.ledger(8.0), "constraints: must be a whole number"),  # type: ignore[arg-type]
    ("bool", lambda: PLONK_PAPER.ledger(True), "constraints: must be a whole number"),
    ("small", lambda: GNARK_GROTH16.ledger(1), "constraints: must be at least 2"),
    ("small plonk", lambda: GNARK_PLONK.ledger(4), "constraints: must be at least 8"),
    ("2-adicity", lambda: GNARK_GROTH16.ledger(2**29), r"constraints: must be at most 2\^28, limited by bn254_fr"),
    ("2-adicity of 4n", lambda: GNARK_PLONK.ledger(2**27), r"must be at most 2\^26, limited by bn254_fr, 4n"),
    ("rows", lambda: recipe_named("risc0").ledger(2**26), r"rows: must be at most 2\^25, limited by babybear"),
    ("rows jagged", lambda: recipe_named("sp1").ledger(2**23), r"rows: must be at most 2\^22, limited by koalabear"),
    ("option", lambda: GNARK_GROTH16.ledger(8, wire=3), "wire: not an option .* wires, public, infinity_a"),
    ("wires", lambda: GNARK_GROTH16.ledger(8, wires=1), "wires: must be a whole number, at least 2"),
    ("public", lambda: GNARK_GROTH16.ledger(8, wires=4, public=5), "public: must be a whole number, from 1 to 4"),
    ("infinity", lambda: GNARK_GROTH16.ledger(8, infinity_a=1.5), r"infinity_a: must be a share in \[0, 1\]"),
    ("infinity nan", lambda: GNARK_GROTH16.ledger(8, infinity_b=math.nan), "infinity_b: must be a share"),
    ("infinity ark", lambda: ARKWORKS_GROTH16.ledger(8, infinity_a=0.5), "infinity_a: must be 0 for 'arkworks-groth16'"),
    ("curve", lambda: GNARK_GROTH16.ledger(8, curve="p256"), "curve: must be one of bn254, bls12_381"),
    ("scalars", lambda: GNARK_GROTH16.ledger(8, scalars="small"), "scalars: must be 'full', 'mixture'"),
    ("scalar shares", lambda: GNARK_GROTH16.ledger(8, scalars={1: 0.5}), "scalars: the shares must sum to 1; got 0.5"),
    ("scalar bits", lambda: GNARK_GROTH16.ledger(8, scalars={300: 1.0}), "scalars: a bit length must be from 0 to 254"),
    ("scalar share", lambda: GNARK_GROTH16.ledger(8, scalars={1: math.nan}), r"scalars: the share of 1-bit scalars"),
    ("variant", lambda: PLONK_PAPER.ledger(8, variant="medium"), "variant: must be one of fast, small"),
    ("circuit", lambda: recipe_named("zisk").ledger(2**20, circuit="Main2"), "circuit: must be one of Main, Rom"),
    ("columns", lambda: recipe_named("pico").ledger(2**20, columns=0), "columns: must be a whole number, at least 1"),
    ("proofs", lambda: aggregation_nodes(0, 2), "proofs: must be a whole number, at least 1"),
    ("arity", lambda: aggregation_nodes(4, 1), "arity: must be a whole number, at least 2"),
    ("blowup", lambda: StarkParameters(**{**{k: getattr(TINY, k) for k in TINY.__dataclass_fields__}, "constraint_degree": 9}),
     "blowup: must be at least 8"),
    ("folds", lambda: StarkParameters(**{**{k: getattr(TINY, k) for k in TINY.__dataclass_fields__}, "folds": (3,)}),
     "folds: must be powers of two"),
    ("cost", lambda: cost_per_proof(leaf=-1.0, aggregation=0, wrap=0, gas=0, proofs=1, arity=2), "leaf: must be a cost"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refusals_are_one_line(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        ask()
    assert "\n" not in str(caught.value)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.dictionaries(st.integers(-1, 254), st.floats(0.01, 1.0), min_size=1, max_size=6))
def test_a_histogram_sums_to_its_scalars(n: int, weights: dict[int, float]) -> None:
    total = math.fsum(weights.values())
    shares = {bits: w / total for bits, w in weights.items()}
    counts = histogram(shares, n, 254)
    assert sum(counts.values()) == n
    for bits, share in shares.items():
        if bits not in (-1, 254):
            assert abs(counts.get(bits, 0) - share * n) < 1


def test_the_assumed_mixture_is_a_quarter_as_wide_as_full_scalars() -> None:
    mean = sum((254 if bits == -1 else bits) * share for bits, share in WITNESS_MIXTURE.items())
    assert 0.2 < mean / 254 < 0.25


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 3000), st.integers(2, 40))
def test_nodes_are_what_joining_takes(proofs: int, arity: int) -> None:
    left, nodes = proofs, 0
    while left > 1:
        left, nodes = left - min(arity, left) + 1, nodes + 1
    assert aggregation_nodes(proofs, arity) == nodes


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10**5), st.integers(2, 64), st.lists(st.floats(0, 1e6), min_size=4, max_size=4))
def test_cost_per_proof_is_near_its_limit(proofs: int, arity: int, costs: list[float]) -> None:
    leaf, aggregation, wrap, gas = costs
    exact, limit = (
        f(leaf=leaf, aggregation=aggregation, wrap=wrap, gas=gas, proofs=proofs, arity=arity)
        for f in (cost_per_proof, cost_per_proof_in_the_limit)
    )
    assert abs(exact - limit) <= aggregation / proofs + 1e-9 * (1 + limit)


def test_recursion_puts_the_parts_in_phases() -> None:
    leaf, node, wrap = Ledger(), Ledger(), GNARK_GROTH16.ledger(2**10)
    with leaf.phase("trace"):
        leaf.ntt("babybear", 64, batch=3)
    node.hash("sha256", 5)
    tree = recursion(leaf, 9, 4, node, wrap)
    assert tree.at("leaves", "trace").events() == {Ntt("babybear", 64): 27}
    assert tree.at("aggregation").events() == {Hash("sha256"): 15}
    assert tree.at("wrap") == wrap
    assert recursion(leaf, 1, 2, node) == recursion(leaf, 1, 7, node)
    assert leaf.at("trace").events() == {Ntt("babybear", 64): 3}  # the parts are left alone


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_field_operations_of_every_recipe_are_known(recipe: Any) -> None:
    operations = recipe.ledger(2**12).operations()
    assert min(operations.values()) >= 0 and sum(k for (_, op), k in operations.items() if op == "mul") > 2**12
