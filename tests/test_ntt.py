"""The transform: both bodies against values of the polynomial, on subgroups and cosets, and back; counts by closed form."""

from __future__ import annotations

import sys
from dataclasses import replace

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.compiled.four_limbs import to_integers, to_limbs
from proving_cost.fields import (
    BABY_BEAR,
    BLS12_381_FR,
    BN254_FQ,
    BN254_FR,
    EXTENSION_FIELDS,
    GOLDILOCKS,
    KOALA_BEAR,
    MERSENNE_31,
    Elements,
    ExtensionField,
    PrimeField,
)
from proving_cost.kernels.ntt import coset_points, ntt, ntt_limbs
from proving_cost.ledger import Ledger, Ntt
from tests.field_cases import EXTENSIONS, by_name, edges, element

COMPILED = [BABY_BEAR, KOALA_BEAR, GOLDILOCKS]
WIDE = [BN254_FR, BLS12_381_FR]
FIELDS = [*COMPILED, *WIDE]
# Just below and above the largest modulus that four limbs take; 5 is no square, which roots of unity need.
AT_LIMIT = [PrimeField("255 bits", 2**255 - 41 * 2**16 + 1, 5), PrimeField("256 bits", 2**255 + 19 * 2**16 + 1, 5)]
SHALLOW = [MERSENNE_31, BN254_FQ]  # p - 1 is twice an odd number
# Steps of a four-step transform have 2^(lg/2) columns, and blocks 16: no full block, one in one step, one in both, more.
SMALL, LARGE = range(11), (11, 12, 13, 14)
SHIFTS = (None, 1, 3)
LARGEST_REFERENCE = 7  # a recursion that is the same at every size; it takes milliseconds a value


def values_at(field: PrimeField, coefficients: list[int], points: Elements) -> list[int]:
    ring = flint.fmpz_mod_ctx(field.modulus)
    polynomial = flint.fmpz_mod_poly_ctx(ring)(coefficients)
    return [int(v) for v in polynomial.multipoint_evaluate([ring(int(x)) for x in points])]


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
@pytest.mark.parametrize("lg", SMALL)
def test_bodies_agree_with_the_values_of_the_polynomial(field: PrimeField, lg: int) -> None:
    n = 1 << lg
    coefficients = field.random(np.random.default_rng(lg), n)
    for shift in SHIFTS:
        expected = values_at(field, coefficients.tolist(), coset_points(field, n, shift or 1))
        for body in ("fast", "reference") if lg <= LARGEST_REFERENCE else ("fast",):
            out = ntt(Arithmetic(field, None, body), coefficients, shift=shift)
            assert out.dtype == field.dtype and out.shape == (n,) and out.tolist() == expected
            back = ntt(Arithmetic(field, None, body), out, shift=shift, inverse=True)
            assert back.dtype == field.dtype and back.tolist() == coefficients.tolist()


@pytest.mark.parametrize("field", COMPILED, ids=by_name)
@pytest.mark.parametrize("lg", LARGE)
def test_large_transforms(field: PrimeField, lg: int) -> None:
    coefficients = field.random(np.random.default_rng(lg), 1 << lg)
    out = ntt(Arithmetic(field), coefficients, shift=field.generator)
    assert out.tolist() == values_at(field, coefficients.tolist(), coset_points(field, 1 << lg, field.generator))
    assert ntt(Arithmetic(field), out, shift=field.generator, inverse=True).tolist() == coefficients.tolist()


@pytest.mark.parametrize("field", WIDE, ids=by_name)
@pytest.mark.parametrize("lg", [11, 12])
def test_large_transforms_in_limbs(field: PrimeField, lg: int) -> None:
    test_large_transforms(field, lg)


@pytest.mark.parametrize("field", [*COMPILED, *WIDE, *AT_LIMIT], ids=by_name)
@pytest.mark.parametrize("lg", [0, 1, 3, 4, 5, 6, 7, 8, 9])
def test_extreme_coefficients(field: PrimeField, lg: int) -> None:
    n, p = 1 << lg, field.modulus
    rows = np.stack([np.resize(field.array(edges(p)), n), *(np.full(n, v, dtype=field.dtype) for v in (0, 1, p - 1))])
    for shift in (None, p - 1):
        out = ntt(Arithmetic(field), rows, shift=shift)
        points = coset_points(field, n, shift or 1)
        assert out.tolist() == [values_at(field, row.tolist(), points) for row in rows]
        assert ntt(Arithmetic(field), out, shift=shift, inverse=True).tolist() == rows.tolist()


@pytest.mark.parametrize("field", [BABY_BEAR, GOLDILOCKS, *WIDE], ids=by_name)
@given(data=st.data())
@settings(max_examples=20)
def test_transforms_are_linear_and_undone(field: PrimeField, data: st.DataObject) -> None:
    p, n = field.modulus, 1 << data.draw(st.integers(0, 5))
    a, b = (field.array(data.draw(st.lists(element(p), min_size=n, max_size=n))) for _ in range(2))
    shift = data.draw(st.none() | st.integers(1, p - 1) | st.integers(1 - p, -1))
    inverse = data.draw(st.booleans())
    arith = Arithmetic(field)

    def turned(x: Elements, inverse: bool = inverse) -> Elements:
        return ntt(arith, x, inverse=inverse, shift=shift)

    assert turned(field.add(a, b)).tolist() == field.add(turned(a), turned(b)).tolist()
    assert turned(turned(a), not inverse).tolist() == a.tolist()


@pytest.mark.parametrize("field", SHALLOW, ids=by_name)
@pytest.mark.parametrize("body", ["fast", "reference"])
def test_fields_without_many_roots_transform_pairs(field: PrimeField, body: str) -> None:
    arith = Arithmetic(field, None, body)  # type: ignore[arg-type]
    p, pair = field.modulus, field.array([3, 5])
    assert ntt(arith, pair).tolist() == [8, p - 2] and ntt(arith, pair, shift=2).tolist() == [13, p - 7]
    assert ntt(arith, ntt(arith, pair, shift=2), shift=2, inverse=True).tolist() == [3, 5]
    assert ntt(arith, pair[:1], inverse=True, shift=9).tolist() == [3]


@pytest.mark.parametrize("field", [PrimeField("32 bits", 3 * 2**30 + 1, 5), PrimeField("58 bits", 5 * 2**55 + 1, 6)], ids=by_name)
def test_primes_between_the_compiled_ones(field: PrimeField) -> None:
    coefficients = field.random(np.random.default_rng(0), 64)
    out = ntt(Arithmetic(field), coefficients, shift=3)
    assert out.tolist() == values_at(field, coefficients.tolist(), coset_points(field, 64, 3))


@pytest.mark.parametrize("field", [*FIELDS, *EXTENSIONS], ids=by_name)
@pytest.mark.parametrize("inverse", [False, True], ids=["forward", "inverse"])
@pytest.mark.parametrize("shift", [None, 7], ids=["subgroup", "coset"])
def test_a_batch_is_its_rows(field: PrimeField | ExtensionField, inverse: bool, shift: int | None) -> None:
    for body in ("fast", "reference"):
        for lg in (0, 1, 4, 5):
            arith = Arithmetic(field, None, body)  # type: ignore[arg-type]
            values = field.random(np.random.default_rng(lg), (2, 3, 1 << lg))
            before = values.copy()
            out = ntt(arith, values, inverse=inverse, shift=shift)
            assert out.shape == values.shape and np.array_equal(values, before)
            rows = [[ntt(arith, values[i, j], inverse=inverse, shift=shift).tolist() for j in range(3)] for i in range(2)]
            assert out.tolist() == rows
            strided = np.repeat(values, 2, axis=2)[:, ::-1, ::2]
            assert ntt(arith, strided, inverse=inverse, shift=shift).tolist() == [row[::-1] for row in rows]
            assert ntt(arith, values[:0], inverse=inverse, shift=shift).shape == (0, *values.shape[1:])


@pytest.mark.parametrize("field", [*WIDE, AT_LIMIT[0]], ids=by_name)
@pytest.mark.parametrize("body", ["fast", "reference"])
@pytest.mark.parametrize("n", [1, 2, 4, 8, 32])
def test_limbs_are_transformed_as_integers_are(field: PrimeField, body: str, n: int) -> None:
    p = field.modulus
    for size in (n, 3 * n):  # for some n, one is below the switch to limbs and one above
        values = np.resize(field.array(edges(p)), (size // n, n))
        for inverse in (False, True):
            for shift in (None, 7):
                ledgers = Ledger(), Ledger()
                first, second = (Arithmetic(field, ledger, body) for ledger in ledgers)  # type: ignore[arg-type]
                expected = ntt(first, values, inverse=inverse, shift=shift)
                limbs = ntt_limbs(second, to_limbs(values), inverse=inverse, shift=shift)
                assert to_integers(limbs).tolist() == expected.tolist() and ledgers[0] == ledgers[1]
                assert all(type(v) is int for v in expected.flat)
    with pytest.raises(InvalidInput, match=r"^size: must be a power of two"):
        ntt_limbs(Arithmetic(field), to_limbs(field.zeros(3)))


@pytest.mark.parametrize("body", ["fast", "reference"])
def test_other_limbs_are_refused(body: str) -> None:
    limbs = to_limbs(BN254_FR.zeros(16))
    for field in (GOLDILOCKS, AT_LIMIT[1]):
        with pytest.raises(InvalidInput, match=rf"^field: limbs are for .*; got {field.name!r}\. Try `ntt`"):
            ntt_limbs(Arithmetic(field, None, body), limbs)  # type: ignore[arg-type]
    for wrong in (limbs[:, :2], limbs[0], limbs.astype(object), limbs.astype(float)):
        with pytest.raises(InvalidInput, match=r"^residues: must be uint64 of shape \(\.\.\., n, 4\); got .* Try `to_limbs`"):
            ntt_limbs(Arithmetic(BN254_FR, None, body), wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", [*FIELDS, *EXTENSIONS, AT_LIMIT[1]], ids=by_name)
@pytest.mark.parametrize("body", ["fast", "reference"])
@pytest.mark.parametrize("n", [1, 4, 64])
def test_results_are_contiguous(field: PrimeField | ExtensionField, body: str, n: int) -> None:
    arith = Arithmetic(field, None, body)  # type: ignore[arg-type]
    values = field.random(np.random.default_rng(n), (3, n))
    for options in ({}, {"inverse": True}, {"shift": 3}, {"inverse": True, "shift": 3}):
        out = ntt(arith, values, **options)  # type: ignore[arg-type]
        assert out.flags.c_contiguous and out.flags.writeable and out.dtype == field.dtype


@pytest.mark.parametrize("field", [*FIELDS, *EXTENSIONS], ids=by_name)
@pytest.mark.parametrize("body", ["fast", "reference"])
@pytest.mark.parametrize("n", [8, 64])
def test_other_types_are_refused(field: PrimeField | ExtensionField, body: str, n: int) -> None:
    ledger = Ledger()
    arith, zeros = Arithmetic(field, ledger, body), field.zeros(n)  # type: ignore[arg-type]
    wrong = {
        "dtype float64": zeros.astype(float), "dtype int64": zeros.astype(np.int64), "dtype bool": zeros.astype(bool),
        "list": zeros.tolist(), "int": 3,
    }  # fmt: skip
    if field.dtype == object:
        for kind in (float, np.int64, np.uint64, bool, str):
            wrong[f"entries of type {kind.__name__}"] = zeros.copy()
            wrong[f"entries of type {kind.__name__}"][n // 2] = kind(1)
        wrong["dtype uint64"] = zeros.astype(np.uint64)
    else:
        wrong["dtype object"] = zeros.astype(object)
    for got, values in wrong.items():
        with pytest.raises(InvalidInput, match=rf"^values: over .* dtype {field.dtype}, of residues; got {got}\. Try"):
            ntt(arith, values)
    assert ledger == Ledger()


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
@pytest.mark.parametrize("lg", [0, 1, 2, 3, 5, 8])
def test_extensions_transform_coefficient_by_coefficient(field: ExtensionField, lg: int) -> None:
    n = 1 << lg
    values = field.random(np.random.default_rng(lg), n)
    for shift in (None, 3):
        outs = [ntt(Arithmetic(field, None, body), values, shift=shift) for body in ("fast", "reference")]
        points = coset_points(field, n, shift or 1)
        expected = [values_at(field.base, values[:, k].tolist(), points) for k in range(field.degree)]
        assert outs[0].T.tolist() == outs[1].T.tolist() == expected
        assert ntt(Arithmetic(field), outs[0], shift=shift, inverse=True).tolist() == values.tolist()


@pytest.mark.parametrize("field", [BABY_BEAR, GOLDILOCKS, BN254_FR, *EXTENSIONS], ids=by_name)
@pytest.mark.parametrize("n", [1, 2, 8, 64])
def test_both_bodies_count_the_closed_form(field: PrimeField | ExtensionField, n: int) -> None:
    lg, base = n.bit_length() - 1, field.base.name
    for coset in (False, True):
        for inverse in (False, True):
            for body in ("fast", "reference"):
                ledger = Ledger()
                values = field.random(np.random.default_rng(n), (3, n))
                ntt(Arithmetic(field, ledger, body), values, inverse=inverse, shift=1 if coset else None)  # type: ignore[arg-type]
                transforms = 3 * field.degree
                assert ledger.events() == {Ntt(base, n, coset, inverse): transforms}
                mul = transforms * (n * lg // 2 + n * coset + n * inverse)
                assert ledger.operations() == {(base, "mul"): mul, (base, "add"): transforms * n * lg}
    ledger = Ledger()
    ntt(Arithmetic(field, ledger), field.zeros((0, n)))
    assert ledger == Ledger()


def test_the_reference_factors_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import galois

    def refuse(n: int) -> tuple[list[int], list[int]]:
        assert flint.fmpz(n).is_prime(), f"{n} was factored"
        return [n], [1]

    for name, module in list(sys.modules.items()):
        if name.startswith("galois") and hasattr(module, "factors"):
            monkeypatch.setattr(module, "factors", refuse)
    with pytest.raises(AssertionError, match="was factored"):
        galois.ntt([1, 2, 3, 4], modulus=BN254_FR.modulus)
    other = replace(BN254_FR, generator=pow(5, 23, BN254_FR.modulus))
    coefficients = BN254_FR.array(range(8))
    out = ntt(Arithmetic(other, None, "reference"), coefficients)
    assert out.tolist() == ntt(Arithmetic(other), coefficients).tolist()
    assert sorted(out.tolist()) == sorted(ntt(Arithmetic(BN254_FR), coefficients).tolist())


@pytest.mark.parametrize("field", [*FIELDS, *EXTENSIONS], ids=by_name)
def test_points_of_a_coset(field: PrimeField | ExtensionField) -> None:
    p, base = field.base.modulus, field.base
    for n in (1, 2, 16):
        for shift in (1, 5, p - 1, p + 5, -1):
            points = coset_points(field, n, shift)
            assert points.dtype == field.dtype
            assert points.tolist() == [shift * pow(base.root_of_unity(n), i, p) % p for i in range(n)]
            assert {pow(int(x), n, p) for x in points} == {pow(shift, n, p)} and len(set(points.tolist())) == n


K = EXTENSION_FIELDS["goldilocks^2"]
REFUSED = {
    "12 values": (GOLDILOCKS, (12,), {}, "^size: must be a power of two; got 12. Pad to 16"),
    "no values": (GOLDILOCKS, (0,), {}, "^size: must be a power of two; got 0"),
    "12 in an extension": (K, (3, 12, 2), {}, "^size: must be a power of two; got 12"),
    "no axis": (GOLDILOCKS, (), {}, r"^values: a transform over 'goldilocks' needs an axis to transform; got \(\)"),
    "no axis but coefficients": (K, (2,), {}, r"^values: a transform over 'goldilocks\^2' needs an axis"),
    "mersenne31": (MERSENNE_31, (8,), {}, r"^size: field 'mersenne31' has .* up to 2\^1; got 2\^3. Try babybear"),
    "bn254_fq": (BN254_FQ, (4,), {}, r"^size: field 'bn254_fq' has .* up to 2\^1; got 2\^2"),
    "shift 0": (BABY_BEAR, (8,), {"shift": 0}, "^shift: must be a nonzero element of 'babybear'; got 0. Try its generator, 31"),
    "shift p": (BABY_BEAR, (8,), {"shift": BABY_BEAR.modulus}, "^shift: must be a nonzero element of 'babybear'; got"),
    "shift 1.0": (BN254_FR, (8,), {"shift": 1.0}, "^shift: must be a nonzero element of 'bn254_fr'; got 1.0"),
    "shift True": (BN254_FR, (8,), {"shift": True, "inverse": True}, "^shift: must .*; got True"),
    "shift of the extension": (K, (8, 2), {"shift": [0, 1]}, r"^shift: must .* 'goldilocks'; got \[0, 1\]"),
}


@pytest.mark.parametrize(("field", "shape", "options", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("body", ["fast", "reference"])
def test_refusals(field, shape, options, message, body) -> None:  # type: ignore[no-untyped-def]
    ledger = Ledger()
    with pytest.raises(InvalidInput, match=message):
        ntt(Arithmetic(field, ledger, body), field.base.zeros(shape), **options)
    assert ledger == Ledger()
    if "shift" in options:
        with pytest.raises(InvalidInput, match=message):
            coset_points(field, 8, options["shift"])
