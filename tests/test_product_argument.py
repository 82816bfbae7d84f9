"""Product claims: complete, sound against tampering with every part, counted by closed forms."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import GOLDILOCKS, Elements, ExtensionField, field_named
from proving_cost.ledger import Ledger, SumcheckRound
from proving_cost.systems.committed_product import CommittedProduct, CommittedProductProof
from proving_cost.systems.product_argument import ProductArgument, ProductLayer, ProductProof

FIELDS = ("goldilocks^2", "babybear^4", "koalabear^4", "bn254_fr", "bls12_381_fr")
SIZES = (2, 4, 8, 32, 128)


def bumped(array: Elements, at: int, by: int, modulus: int) -> Elements:
    """The array with one residue moved by something that is not zero."""
    out = array.copy()
    flat = out.reshape(-1)
    k = at % flat.size
    flat[k] = (int(flat[k]) + 1 + by % (modulus - 1)) % modulus
    return out


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("size", SIZES)
def test_complete_and_counted(name: str, size: int) -> None:
    field, rng = field_named(name), np.random.default_rng(size)
    argument = ProductArgument(field)
    for extension in {False, isinstance(field, ExtensionField)}:
        values = (field if extension else field.base).random(rng, size)
        proofs = []
        for body in ("fast", "reference"):
            ledger = Ledger()
            proofs.append(argument.prove(values, ledger=ledger, body=body))  # type: ignore[arg-type]
            assert ledger == argument.closed_form(size, extension_values=extension)
        assert argument.verify(values, proofs[0])
        assert np.array_equal(proofs[0].product, proofs[1].product)
        if not extension:
            expected = prod(int(v) for v in values) % field.base.modulus
            assert int(proofs[0].product.reshape(-1)[0]) == expected


@pytest.mark.parametrize("size", SIZES)
def test_the_closed_form_is_a_sumcheck_a_layer(size: int) -> None:
    ledger = ProductArgument(field_named("goldilocks^2")).closed_form(size)
    rounds = {e: k for e, k in ledger.events().items() if isinstance(e, SumcheckRound)}
    mu = size.bit_length() - 1
    assert rounds == {SumcheckRound("goldilocks^2", 1 << j, 3): mu - j for j in range(1, mu)}
    eq_and_lines = sum((1 << k) - 1 + 1 for k in range(mu))
    sumchecks = sum(((1 << k) - 1) * 9 for k in range(mu))
    # an extension product is 5 base products; the tree is in the base field
    assert ledger.operations()[("goldilocks", "mul")] == 5 * (eq_and_lines + sumchecks) + size - 1


ELEMENTS = st.sampled_from([0, 1, 2, GOLDILOCKS.modulus - 1]) | st.integers(0, GOLDILOCKS.modulus - 1)


@given(values=st.lists(ELEMENTS, min_size=8, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_values_are_proved(values: list[int]) -> None:
    argument, v = ProductArgument(field_named("goldilocks^2")), GOLDILOCKS.array(values)
    proof = argument.prove(v)
    assert argument.verify(v, proof)
    assert int(proof.product[0]) == prod(values) % GOLDILOCKS.modulus


@pytest.mark.parametrize("name", ["goldilocks^2", "bn254_fr"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_tampered_proof_is_rejected(name: str, data: st.DataObject) -> None:
    field = field_named(name)
    p, argument = field.base.modulus, ProductArgument(field)
    mu = data.draw(st.integers(1, 5), label="layers")
    values = field.base.random(np.random.default_rng(mu), 1 << mu)
    proof = argument.prove(values)
    at, by = data.draw(st.integers(0, 500), label="at"), data.draw(st.integers(0, p), label="by")
    k = data.draw(st.integers(0, mu - 1), label="layer")
    part = data.draw(st.sampled_from(["product", "left", "right", "values", "swap", *["messages"] * (k > 0)]), label="part")
    layer = proof.layers[k]
    if part == "values":
        assert not argument.verify(bumped(values, at, by, p), proof)
        return
    if part == "product":
        wrong = replace(proof, product=bumped(proof.product, at, by, p))
    else:
        other = (
            ProductLayer(layer.messages, layer.right, layer.left) if part == "swap"
            else replace(layer, **{part: bumped(getattr(layer, part), at, by, p)})
        )  # fmt: skip
        wrong = replace(proof, layers=(*proof.layers[:k], other, *proof.layers[k + 1 :]))
    assert argument.verify(values, proof)
    assert not argument.verify(values, wrong)


def test_a_proof_for_other_values_is_rejected() -> None:
    """The proof is right in itself, for other factors; only the claim on v is false."""
    field = field_named("goldilocks^2")
    argument, rng = ProductArgument(field), np.random.default_rng(5)
    for _ in range(20):
        values, other = GOLDILOCKS.random(rng, 8), GOLDILOCKS.random(rng, 8)
        assert not argument.verify(values, argument.prove(other))


MALFORMED: dict[str, Any] = {
    "nothing": lambda proof: None,
    "a tuple": lambda proof: (proof.product, proof.layers),
    "no layers": lambda proof: replace(proof, layers=()),
    "a layer too many": lambda proof: replace(proof, layers=(*proof.layers, proof.layers[-1])),
    "a list of layers": lambda proof: replace(proof, layers=list(proof.layers)),
    "layers of None": lambda proof: replace(proof, layers=(None,) * len(proof.layers)),
    "product not canonical": lambda proof: replace(proof, product=np.array([GOLDILOCKS.modulus, 0], dtype=np.uint64)),
    "product of another type": lambda proof: replace(proof, product=proof.product.astype(np.int64)),
    "product an integer": lambda proof: replace(proof, product=1),
    "product of a base element": lambda proof: replace(proof, product=proof.product[:1]),
    "short messages": lambda proof: replace(
        proof, layers=(*proof.layers[:-1], replace(proof.layers[-1], messages=proof.layers[-1].messages[:-1]))
    ),
    "half of strings": lambda proof: replace(proof, layers=(*proof.layers[:-1], replace(proof.layers[-1], left="left"))),
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_malformed_proofs_are_rejected(change: Any) -> None:
    argument, values = ProductArgument(field_named("goldilocks^2")), GOLDILOCKS.array([1, 2, 3, 4, 5, 6, 7, 8])
    proof = argument.prove(values)
    assert not argument.verify(values, change(proof))
    assert not argument.verify(values[:4], proof)
    committed = CommittedProduct(queries=20)
    good = committed.prove(values)
    assert committed.verify(8, good)
    assert not committed.verify(8, replace(good, layers=change(good.layers)))


@pytest.mark.parametrize("count", [0, 1, 3, 6])
def test_other_sizes_are_refused(count: int) -> None:
    for argument in (ProductArgument(field_named("goldilocks^2")), CommittedProduct()):
        with pytest.raises(InvalidInput, match=r"^values: must be a power of two"):
            argument.prove(GOLDILOCKS.zeros(count))


def test_values_must_be_canonical() -> None:
    wrong = np.full(4, GOLDILOCKS.modulus, dtype=np.uint64)
    for argument in (ProductArgument(field_named("goldilocks^2")), CommittedProduct()):
        with pytest.raises(InvalidInput, match="canonical elements"):
            argument.prove(wrong)


def test_security_is_that_of_the_field() -> None:
    assert ProductArgument(field_named("goldilocks^2")).secure(1 << 26)
    assert ProductArgument(field_named("bn254_fr")).soundness_bits(1 << 20) > 240
    assert not ProductArgument(field_named("goldilocks")).secure(4)
    assert CommittedProduct().secure(1 << 26)
    assert not CommittedProduct(queries=140).secure(1 << 10)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["goldilocks^2", "babybear^4"])
def test_committed_products_are_complete_and_counted(name: str, size: int) -> None:
    field = field_named(name)
    assert isinstance(field, ExtensionField)
    argument, values = CommittedProduct(field, queries=20), field.base.random(np.random.default_rng(size), size)
    ledger = Ledger()
    proof = argument.prove(values, ledger=ledger)
    assert proof.product == prod(int(v) for v in values) % field.base.modulus
    assert argument.verify(size, proof)
    assert not argument.verify(2 * size, proof)
    assert ledger == argument.closed_form(size)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_tampered_committed_product_is_rejected(data: st.DataObject) -> None:
    argument, p = CommittedProduct(queries=20), GOLDILOCKS.modulus
    mu = data.draw(st.integers(1, 6), label="layers")
    proof, other = (argument.prove(GOLDILOCKS.random(np.random.default_rng(seed), 1 << mu)) for seed in (mu, mu + 10))
    at, by = data.draw(st.integers(0, 10**4), label="at"), data.draw(st.integers(0, p), label="by")
    part = data.draw(st.sampled_from(["root", "combined", "proximity", "columns", "paths", "product", "swap"]), label="part")
    if part == "root":
        wrong = replace(proof, root=bumped(proof.root, at, by, p))
    elif part == "product":
        layers: ProductProof = proof.layers
        wrong = replace(proof, layers=replace(layers, product=bumped(layers.product, at, by, p)))
    elif part == "swap":
        wrong = [
            CommittedProductProof(other.root, proof.layers, proof.opening),
            CommittedProductProof(proof.root, other.layers, proof.opening),
            CommittedProductProof(proof.root, proof.layers, other.opening),
            CommittedProductProof(other.root, proof.layers, other.opening),
        ][at % 4]
    else:
        opening = replace(proof.opening, **{part: bumped(getattr(proof.opening, part), at, by, p)})
        wrong = replace(proof, opening=opening)
    assert not argument.verify(1 << mu, wrong)


@given(size=st.sampled_from([2, 8, 64]), seed=st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_a_proof_of_other_values_in_the_same_conversation_is_rejected(size: int, seed: int) -> None:
    """Challenges fit the vector, or its root; the layers are those of another vector, and only the last claim is false."""
    rng = np.random.default_rng(seed)
    values, other = GOLDILOCKS.random(rng, size), GOLDILOCKS.random(rng, size)
    argument = ProductArgument(field_named("goldilocks^2"))
    arith = Arithmetic(argument.field)
    for taken in (values, other):
        proof, _ = argument.reduce(arith, taken, argument._transcript(values, None))
        assert argument.verify(values, proof) == (taken is values)
        assert argument.check(size, proof, argument._transcript(values, None)) is not None
    committed = CommittedProduct(queries=20)
    for taken in (values, other):
        transcript = committed._transcript(size, None)
        held = committed.commitment.commit(arith.over(GOLDILOCKS), values)
        root = GOLDILOCKS.array(list(held.tree.root))
        transcript.absorb("root", root)
        layers, claim = committed.argument.reduce(arith, taken, transcript)
        opening = committed.commitment.open(arith, held, claim.point, transcript)
        assert committed.verify(size, CommittedProductProof(root, layers, opening)) == (taken is values)
