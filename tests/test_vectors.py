"""Vectors, weighted sums and counted arithmetic: every kind of vector and both bodies give the same values and counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, to_galois
from proving_cost.fields import (
    BABY_BEAR,
    BN254_FR,
    EXTENSION_FIELDS,
    GOLDILOCKS,
    Elements,
    ExtensionField,
    OperationCounter,
    PrimeField,
)
from proving_cost.kernels.vectors import CoefficientVector, FieldVector, from_vector, to_vector, total
from proving_cost.kernels.weighted_sums import accumulate, combine_rows
from proving_cost.ledger import FieldOperation, Ledger
from tests.field_cases import EXTENSIONS, FIELDS, OPERATIONS, by_name, edges

ALL = [*FIELDS, *EXTENSIONS]
BODIES = ["fast", "reference"]
K = EXTENSION_FIELDS["goldilocks^2"]
RNG = np.random.default_rng(1)


def summed(field: PrimeField | ExtensionField, values: Elements) -> list[Any]:
    sums = np.sum(values.astype(object), axis=0, keepdims=True) % field.base.modulus
    return sums.tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("field", ALL, ids=by_name)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("n", [1, 2, 8])
def test_every_kind_of_vector_computes_the_same(field: PrimeField | ExtensionField, body: Any, n: int) -> None:
    a, b = field.random(RNG, n), field.random(RNG, n)
    left, right = to_vector(field, a, body), to_vector(field, b, body)
    assert len(left) == n
    for name, operation in OPERATIONS.items():
        (out,) = from_vector(field, [operation(left, right)])
        assert out.dtype == field.dtype and out.tolist() == getattr(field, name)(a, b).tolist()
        (out,) = from_vector(field, [operation(left, right[:1])])
        assert out.tolist() == getattr(field, name)(a, b[:1]).tolist()
    half = n // 2
    assert from_vector(field, [left[half:], right[half:]]).tolist() == [a[half:].tolist(), b[half:].tolist()]
    assert from_vector(field, [total(left)])[0].tolist() == summed(field, a)


@pytest.mark.parametrize("field", ALL, ids=by_name)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("n", [1, 3, 5, 6, 7, 12, 100])
def test_totals_of_any_length(field: PrimeField | ExtensionField, body: Any, n: int) -> None:
    values = field.random(RNG, n)
    out = total(to_vector(field, values, body))
    assert len(out) == 1 and from_vector(field, [out])[0].tolist() == summed(field, values)


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
@pytest.mark.parametrize("n", [1, 2, 5, 16])
def test_vectors_of_coefficients_count_schoolbook_operations(field: ExtensionField, n: int) -> None:
    tally = OperationCounter(field.base)

    def vector(values: Elements) -> CoefficientVector:
        lanes = tuple(np.array(tally.elements(lane), dtype=object) for lane in values.T)
        return CoefficientVector(lanes, tally.elements([field.nonresidue])[0])

    a, b = field.random(RNG, n), field.random(RNG, n)
    for name, operation in OPERATIONS.items():
        tally.counts.clear()
        out = operation(vector(a), vector(b))
        assert [[int(x) for x in lane] for lane in out.parts] == getattr(field, name)(a, b).T.tolist()
        event = FieldOperation(field.name, "mul" if name == "mul" else "add").operations()
        assert {(field.base.name, op): k for op, k in tally.counts.items()} == {key: n * k for key, k in event.items()}
    tally.counts.clear()
    total(vector(a))
    assert dict(tally.counts) == ({"add": field.degree * (n - 1)} if n > 1 else {})


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 5), (3, 1), (4, 7), (0, 3), (3, 0), (0, 0)])
def test_dense_sums(field: ExtensionField, body: Any, rows: int, columns: int) -> None:
    weights, matrix, ledger = field.random(RNG, rows), field.base.random(RNG, (rows, columns)), Ledger()
    out = combine_rows(Arithmetic(field, ledger, body), weights, matrix)
    exact = weights.T.astype(object) @ matrix.astype(object) % field.base.modulus if rows else field.zeros(columns).T
    assert out.shape == (columns, field.degree) and out.dtype == field.dtype and out.T.tolist() == exact.tolist()
    d = field.degree
    expected = Counter({"mul": d * rows * columns, "add": d * max(0, rows - 1) * columns})
    assert ledger.operations() == {(field.base.name, op): k for op, k in expected.items() if k}


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("entries", [0, 1, 2, 9, 60])
def test_sparse_sums(field: ExtensionField, body: Any, entries: int) -> None:
    p, d, ledger = field.base.modulus, field.degree, Ledger()
    weights, out = field.random(RNG, 5), field.random(RNG, 4)
    source, target = RNG.integers(0, 5, entries), RNG.integers(0, 4, entries)
    values = field.base.array(np.resize(np.array(edges(p), dtype=object), entries))
    exact = [[int(c) for c in row] for row in out]
    for t, s, v in zip(target, source, values, strict=True):
        exact[t] = [(c + int(v) * int(w)) % p for c, w in zip(exact[t], weights[s], strict=True)]
    accumulate(Arithmetic(field, ledger, body), out, target, source, values, weights)
    assert out.dtype == field.dtype and out.tolist() == exact
    assert ledger.operations() == ({(field.base.name, op): d * entries for op in ("mul", "add")} if entries else {})


def test_a_sparse_sum_is_the_dense_one() -> None:
    weights, matrix = K.random(RNG, 6), GOLDILOCKS.random(RNG, (6, 4))
    source, target = (i.reshape(-1) for i in np.indices(matrix.shape))
    out = K.zeros(4)
    accumulate(Arithmetic(K), out, target, source, matrix.reshape(-1), weights)
    assert out.tolist() == combine_rows(Arithmetic(K), weights, matrix).tolist()


@pytest.mark.parametrize("field", ALL, ids=by_name)
@pytest.mark.parametrize("name", OPERATIONS)
def test_arithmetic_counts_what_it_computes_on_both_bodies(field: PrimeField | ExtensionField, name: str) -> None:
    a, b = field.random(RNG, (3, 4)), field.random(RNG, 4)
    for right in (b, b[:1], b[0], 5, -1, field.base.modulus + 2, a[:, :1]):
        results = []
        for body in BODIES:
            ledger = Ledger()
            out = getattr(Arithmetic(field, ledger, body), name)(a, right)  # type: ignore[arg-type]
            results.append(out.tolist())
            assert out.dtype == field.dtype
            assert ledger.events() == {FieldOperation(field.name, "mul" if name == "mul" else "add"): 12}
        assert results[0] == results[1] == getattr(field, name)(a, right).tolist()


@pytest.mark.parametrize("field", ALL, ids=by_name)
@pytest.mark.parametrize("body", BODIES)
def test_one_element_counts_once(field: PrimeField | ExtensionField, body: Any) -> None:
    ledger = Ledger()
    arith = Arithmetic(field, ledger, body)
    a = field.random(RNG, ())
    inverse = arith.inverse(a)
    one = arith.mul(a, inverse)
    assert np.reshape(one, -1).tolist() == [1] + [0] * (field.degree - 1)
    assert ledger.events() == {FieldOperation(field.name, "inv"): 1, FieldOperation(field.name, "mul"): 1}
    empty = field.zeros(0)
    assert arith.add(empty, empty).shape == empty.shape and len(ledger.events()) == 2
    with pytest.raises(InvalidInput, match=r"^division by zero"):
        arith.inverse(field.zeros(()))
    assert ledger.events()[FieldOperation(field.name, "inv")] == 1


@given(st.lists(st.sampled_from(edges(GOLDILOCKS.modulus)), min_size=1, max_size=6), st.integers(-(2**70), 2**70))
@settings(max_examples=25)
def test_bodies_agree_on_edges_and_any_integer(values: list[int], number: int) -> None:
    for field in (BABY_BEAR, GOLDILOCKS, BN254_FR):
        a = field.array(values)
        for name, exact in OPERATIONS.items():
            outs = [getattr(Arithmetic(field, None, body), name)(a, number).tolist() for body in BODIES]  # type: ignore[arg-type]
            assert outs[0] == outs[1] == [exact(v, number) % field.modulus for v in a.tolist()]


def test_phases_and_other_fields_share_the_ledger() -> None:
    ledger = Ledger()
    arith = Arithmetic(K, ledger, "reference")
    base = arith.over(GOLDILOCKS)
    assert base == Arithmetic(GOLDILOCKS, ledger, "reference")
    with arith.phase("outer"), base.phase("inner"):
        base.count("mul", 7)
        base.count("add", 0)
    assert [path for path, _ in ledger.root.walk()] == [(), ("outer",), ("outer", "inner")]
    assert dict(ledger.at("outer", "inner").root.events) == {FieldOperation("goldilocks", "mul"): 7}
    silent = Arithmetic(K)
    with silent.phase("outer"):
        silent.count("mul", 7)
        assert silent.mul(K.zeros(2), 3).tolist() == [[0, 0], [0, 0]]
    assert silent.ledger is None and silent.body == "fast"


@pytest.mark.parametrize("number", [1.5, "1", None])
@pytest.mark.parametrize("body", BODIES)
def test_what_is_no_integer_is_not_rounded(number: Any, body: Any) -> None:
    for field in (BABY_BEAR, GOLDILOCKS, BN254_FR):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            Arithmetic(field, None, body).mul(field.zeros(2), number)
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            to_galois(field, number)


def test_vectors_are_on_galois_where_the_body_is_the_reference() -> None:
    assert isinstance(to_vector(GOLDILOCKS, GOLDILOCKS.zeros(2), "reference"), GOLDILOCKS.galois())
    parts = to_vector(K, K.zeros(2), "reference").parts
    assert len(parts) == 2 and all(isinstance(part, GOLDILOCKS.galois()) for part in parts)
    assert isinstance(to_vector(K, K.zeros(2), "fast"), FieldVector)
