"""Batch inversion: both bodies against powers, counts by closed form, zeros named by their index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BN254_FR, EXTENSION_FIELDS, GOLDILOCKS, ExtensionField, PrimeField
from proving_cost.kernels.batch_inversion import batch_inverse
from proving_cost.ledger import BatchInversion, Ledger
from tests.field_cases import EXTENSIONS, FIELDS, OTHERS, by_name, edges, element

ALL = [*FIELDS, *EXTENSIONS]
SIZES = [1, 2, 3, 16, 100, 257]
K = EXTENSION_FIELDS["goldilocks^2"]


@pytest.mark.parametrize("field", [*FIELDS, *OTHERS], ids=by_name)
def test_edges_are_inverted_by_the_power(field: PrimeField) -> None:
    p = field.modulus
    values = [v for v in edges(p) if v]
    for body in ("fast", "reference") if field in FIELDS else ("fast",):
        out = batch_inverse(Arithmetic(field, None, body), field.array(values))  # type: ignore[arg-type]
        assert out.dtype == field.dtype and out.tolist() == [pow(v, -1, p) for v in values]


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
@given(data=st.data())
@settings(max_examples=15)
def test_any_elements(field: PrimeField, data: st.DataObject) -> None:
    p = field.modulus
    values = data.draw(st.lists(element(p).filter(bool), max_size=12))
    assert batch_inverse(Arithmetic(field), field.array(values)).tolist() == [pow(v, -1, p) for v in values]


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
@given(data=st.data())
@settings(max_examples=10)
def test_any_elements_of_an_extension(field: ExtensionField, data: st.DataObject) -> None:
    p, d = field.base.modulus, field.degree
    coefficient = st.just(0) | element(p)
    rows = data.draw(st.lists(st.lists(coefficient, min_size=d, max_size=d).filter(any), min_size=1, max_size=8))
    values = field.array(np.array(rows, dtype=object))
    outs = [batch_inverse(Arithmetic(field, None, body), values) for body in ("fast", "reference")]
    assert outs[0].tolist() == outs[1].tolist() == [field.power(v, p**d - 2).tolist() for v in values]
    assert field.mul(outs[0], values).tolist() == [[1] + [0] * (d - 1)] * len(rows)


@pytest.mark.parametrize("field", ALL, ids=by_name)
@pytest.mark.parametrize("n", SIZES)
def test_bodies_agree_in_values_and_counts(field: PrimeField | ExtensionField, n: int) -> None:
    values = field.random(np.random.default_rng(n), n)
    before, outs, ledgers = values.copy(), [], [Ledger(), Ledger()]
    for body, ledger in zip(("fast", "reference"), ledgers, strict=True):
        outs.append(batch_inverse(Arithmetic(field, ledger, body), values))  # type: ignore[arg-type]
    assert outs[0].dtype == outs[1].dtype == field.dtype and outs[0].tolist() == outs[1].tolist()
    assert np.array_equal(values, before)
    assert ledgers[0] == ledgers[1] and ledgers[0].events() == {BatchInversion(field.name, n): 1}
    d, base = field.degree, field.base.name
    expected = {(base, "mul"): 3 * (n - 1) * (d * d + d - 1), (base, "add"): 3 * (n - 1) * d * (d - 1), (field.name, "inv"): 1}
    assert {k: v for k, v in ledgers[0].operations().items() if v} == {k: v for k, v in expected.items() if v}


@pytest.mark.parametrize("field", ALL, ids=by_name)
@pytest.mark.parametrize("body", ["fast", "reference"])
def test_any_shape(field: PrimeField | ExtensionField, body: str) -> None:
    arith = Arithmetic(field, None, body)  # type: ignore[arg-type]
    flat = field.random(np.random.default_rng(1), 24)
    expected = batch_inverse(arith, flat)
    cube = flat.reshape(2, 3, 4, *flat.shape[1:])
    assert np.array_equal(batch_inverse(arith, cube), expected.reshape(cube.shape))
    assert np.array_equal(batch_inverse(arith, cube[:, ::-1, ::2]), expected.reshape(cube.shape)[:, ::-1, ::2])
    assert np.array_equal(batch_inverse(arith, flat[3, ...]), expected[3])
    assert batch_inverse(arith, batch_inverse(arith, flat)).tolist() == flat.tolist()


@pytest.mark.parametrize("field", ALL, ids=by_name)
@pytest.mark.parametrize("body", ["fast", "reference"])
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 4)], ids=str)
def test_nothing_is_no_inversion(field: PrimeField | ExtensionField, body: str, shape: tuple[int, ...]) -> None:
    ledger = Ledger()
    nothing = field.zeros(shape)
    out = batch_inverse(Arithmetic(field, ledger, body), nothing)  # type: ignore[arg-type]
    assert out.shape == nothing.shape and out.dtype == field.dtype and ledger == Ledger()
    assert not any(BatchInversion(field.name, 0).operations().values())


ZEROS = {
    "alone": (GOLDILOCKS, (1,), (0,), r"'goldilocks' must not be 0; got 0 at index \(0\)\."),
    "the last": (BN254_FR, (7,), (6,), r"'bn254_fr' must not be 0; got 0 at index \(6\)\."),
    "in a matrix": (GOLDILOCKS, (3, 4), (1, 2), r"'goldilocks' must not be 0; got 0 at index \(1, 2\)\."),
    "of an extension": (K, (3, 4), (2, 0), r"'goldilocks\^2' must not be 0; got 0 at index \(2, 0\)\."),
}


@pytest.mark.parametrize(("field", "shape", "index", "message"), ZEROS.values(), ids=ZEROS)
@pytest.mark.parametrize("body", ["fast", "reference"])
def test_zeros_are_named(field, shape, index, message, body) -> None:  # type: ignore[no-untyped-def]
    ledger, values = Ledger(), field.random(np.random.default_rng(2), shape)
    values[index] = 0
    with pytest.raises(InvalidInput, match=f"^values: entries to invert in {message}"):
        batch_inverse(Arithmetic(field, ledger, body), values)
    assert ledger == Ledger()


def test_a_zero_coefficient_is_not_a_zero() -> None:
    rows = K.array(np.array([[0, 5], [5, 0]]))
    assert K.mul(batch_inverse(Arithmetic(K), rows), rows).tolist() == [[1, 0], [1, 0]]
