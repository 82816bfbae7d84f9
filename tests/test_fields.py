"""Prime fields: primes and generators by their factors, arithmetic against Python integers, scalars that count."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import from_galois, to_galois
from proving_cost.fields import (
    BABY_BEAR,
    BLS12_381_FR,
    BN254_FQ,
    BN254_FR,
    EXTENSION_FIELDS,
    GOLDILOCKS,
    KOALA_BEAR,
    MERSENNE_31,
    PRIME_FIELDS,
    Counted,
    ExtensionField,
    OperationCounter,
    PrimeField,
    field_named,
)
from tests.field_cases import EXTENSIONS, FIELDS, OPERATIONS, OTHERS, by_name, edges, element


@dataclass(frozen=True, slots=True)
class Known:
    """A field with the factors of p - 1, with multiplicity, and what follows from its modulus."""

    field: PrimeField
    factors: tuple[int, ...]
    bits: int
    element_bytes: int
    two_adicity: int


KNOWN = [
    Known(BABY_BEAR, (2,) * 27 + (3, 5), 31, 4, 27),
    Known(KOALA_BEAR, (2,) * 24 + (127,), 31, 4, 24),
    Known(MERSENNE_31, (2, 3, 3, 7, 11, 31, 151, 331), 31, 4, 1),
    Known(GOLDILOCKS, (2,) * 32 + (3, 5, 17, 257, 65537), 64, 8, 32),
    Known(
        BN254_FR,
        (*(2,) * 28, 3, 3, 13, 29, 983, 11003, 237073, 405928799, 1670836401704629, 13818364434197438864469338081),
        254, 32, 28,
    ),
    Known(
        BN254_FQ,
        (2, 3, 3, 13, 29, 67, 229, 311, 983, 11003, 405928799, 11465965001, 13427688667394608761327070753331941386769),
        254, 32, 1,
    ),
    Known(
        BLS12_381_FR,
        (*(2,) * 32, 3, 11, 19, 10177, 125527, 859267, 906349, 906349, 2508409, 2529403, 52437899, 254760293, 254760293),
        255, 32, 32,
    ),
]  # fmt: skip


@pytest.mark.parametrize("known", KNOWN, ids=lambda k: k.field.name)
def test_moduli_are_prime_and_generators_generate(known: Known) -> None:
    p, g = known.field.modulus, known.field.generator
    assert prod(known.factors) == p - 1
    assert all(flint.fmpz(q).is_prime() for q in {p, *known.factors})
    assert all(pow(g, (p - 1) // q, p) != 1 for q in set(known.factors))
    found = (known.field.bits, known.field.element_bytes, known.field.two_adicity)
    assert found == (known.bits, known.element_bytes, known.two_adicity)
    assert known.two_adicity == known.factors.count(2)


def test_every_field_is_among_the_known_ones() -> None:
    assert [k.field for k in KNOWN] == FIELDS
    assert all(field_named(name) is field and field.name == name for name, field in PRIME_FIELDS.items())
    assert all(field_named(name) is field and field.name == name for name, field in EXTENSION_FIELDS.items())
    assert all(f.base is f and f.degree == 1 for f in FIELDS)


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
def test_roots_of_unity_have_their_order(field: PrimeField) -> None:
    p = field.modulus
    roots = [field.root_of_unity(1 << k) for k in range(field.two_adicity + 1)]
    assert roots[:2] == [1, p - 1]
    assert all(pow(root, 2, p) == lower for lower, root in pairwise(roots))
    assert field.root_of_unity(np.int64(2)) == p - 1  # type: ignore[arg-type]


BAD_ORDERS = [
    (BABY_BEAR, 12, r"^size: must be a power of two; got 12. Pad to 16"),
    (BABY_BEAR, 0, "^size: must be a power of two; got 0"),
    (BABY_BEAR, -4, "^size: must be a power of two; got -4"),
    (BABY_BEAR, 4.0, "^size: must be a power of two; got 4.0"),
    (BABY_BEAR, True, "^size: must be a power of two; got True"),
    (BABY_BEAR, "4", "^size: must be a power of two; got '4'"),
    (MERSENNE_31, 4, r"^size: field 'mersenne31' has .* up to 2\^1; got 2\^2. Try babybear, koalabear, goldilocks"),
    (BN254_FR, 2**29, r"^size: field 'bn254_fr' has .* up to 2\^28; got 2\^29. Try goldilocks, bls12_381_fr\.$"),
    (GOLDILOCKS, 2**33, r"^size: .* up to 2\^32; got 2\^33. Try a smaller size"),
]


@pytest.mark.parametrize(("field", "order", "message"), BAD_ORDERS, ids=lambda x: by_name(x)[:12])
def test_orders_without_a_root_are_refused(field: PrimeField, order: int, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        field.root_of_unity(order)


@pytest.mark.parametrize("field", [*FIELDS, *OTHERS], ids=by_name)
def test_all_pairs_of_edges(field: PrimeField) -> None:
    p = field.modulus
    a = field.array(edges(p))
    for name, exact in OPERATIONS.items():
        out = getattr(field, name)(a[:, None], a)
        assert out.dtype == field.dtype
        assert out.tolist() == [[exact(x, y) % p for y in edges(p)] for x in edges(p)]
    assert field.neg(a).tolist() == [-x % p for x in edges(p)]


@pytest.mark.parametrize("field", [*FIELDS, *OTHERS], ids=by_name)
@given(data=st.data())
@settings(max_examples=25)
def test_against_python_integers(field: PrimeField, data: st.DataObject) -> None:
    p = field.modulus
    pairs = data.draw(st.lists(st.tuples(element(p), element(p)), min_size=1, max_size=8))
    left, right = (field.array([pair[i] for pair in pairs]) for i in (0, 1))
    number = data.draw(element(p) | st.integers(-(2**300), 2**300))
    for name, exact in OPERATIONS.items():
        assert getattr(field, name)(left, right).tolist() == [exact(a, b) % p for a, b in pairs]
        assert getattr(field, name)(left, number).tolist() == [exact(a, number) % p for a, _ in pairs]
        assert int(getattr(field, name)(left[0], right[0])) == exact(*pairs[0]) % p
    for a, _ in pairs:
        if a:
            inverse = field.inverse(a)
            assert 0 < inverse < p and a * inverse % p == 1


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
def test_arrays_are_reduced_copies(field: PrimeField) -> None:
    p = field.modulus
    values = [0, 1, -1, p - 1, p, p + 1, 2**64 - 1, 2**300, -(2**300)]
    assert field.array(values).tolist() == field.array(iter(values)).tolist() == [v % p for v in values]
    for dtype in (np.int8, np.uint16, np.int64, np.uint64, object):
        raw = np.array([[0, 1], [100, 127]], dtype=dtype)
        out = field.array(raw)
        assert out.dtype == field.dtype and out.tolist() == raw.tolist() and not np.shares_memory(out, raw)
    assert field.array(np.array([-5, -(2**62)])).tolist() == [-5 % p, -(2**62) % p]
    assert field.array([]).shape == (0,) and field.array([]).dtype == field.dtype
    assert {type(v) for v in field.array(values).tolist()} == {int}
    zeros = field.zeros((2, 0, 3))
    assert zeros.shape == (2, 0, 3) and zeros.dtype == field.dtype and field.zeros(2).tolist() == [0, 0]


@pytest.mark.parametrize("field", [GOLDILOCKS, BN254_FR], ids=by_name)
@pytest.mark.parametrize("values", [[1.0], ["1"], [None], [[1], [2, 3]], np.array([1.0]), np.array([True])], ids=str)
def test_what_is_no_integer_is_refused(field: PrimeField, values: object) -> None:
    with pytest.raises(InvalidInput, match=f"^values: elements of '{field.name}' must be integers; got"):
        field.array(values)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", [*FIELDS, *EXTENSIONS], ids=by_name)
def test_random_elements_are_residues_and_repeat(field: PrimeField | ExtensionField) -> None:
    drawn = field.random(np.random.default_rng(1), (40, 50))
    assert drawn.shape[:2] == (40, 50) and drawn.dtype == field.dtype
    flat = [int(v) for v in drawn.flat]
    assert all(0 <= v < field.base.modulus for v in flat) and len(set(flat)) == len(flat)
    assert drawn.tolist() == field.random(np.random.default_rng(1), (40, 50)).tolist()


def test_random_elements_of_a_tiny_field_are_all_of_them() -> None:
    assert set(PrimeField("seven", 7, 3).random(np.random.default_rng(2), 200).tolist()) == set(range(7))


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
def test_zero_has_no_inverse(field: PrimeField) -> None:
    for zero in (0, field.modulus):
        with pytest.raises(InvalidInput, match=f"^division by zero in '{field.name}'"):
            field.inverse(zero)


@pytest.mark.parametrize("field", [GOLDILOCKS, BN254_FR, BN254_FQ, BLS12_381_FR], ids=by_name)
def test_galois_factors_nothing(field: PrimeField, monkeypatch: pytest.MonkeyPatch) -> None:
    import galois

    def refuse(n: int) -> tuple[list[int], list[int]]:
        assert flint.fmpz(n).is_prime(), f"{n} was factored"
        return [n], [1]

    for name, module in list(sys.modules.items()):
        if name.startswith("galois") and hasattr(module, "factors"):
            monkeypatch.setattr(module, "factors", refuse)
    with pytest.raises(AssertionError, match="was factored"):
        galois.factors(12)
    exponent = next(k for k in range(5, 100, 2) if all(k % q for q in next(x for x in KNOWN if x.field == field).factors))
    other = replace(field, generator=pow(field.generator, exponent, field.modulus))  # its class is not there yet
    cls = other.galois()
    assert cls is other.galois() and cls is not field.galois()
    assert int(cls.primitive_element) == other.generator and int(cls(3) / cls(5) * cls(5)) == 3


@pytest.mark.parametrize("field", FIELDS, ids=by_name)
def test_residues_go_to_galois_and_back(field: PrimeField) -> None:
    a = field.array(edges(field.modulus))
    assert field.galois().order == field.modulus
    back = from_galois(field, to_galois(field, a))
    assert back.dtype == field.dtype and back.tolist() == a.tolist()
    assert from_galois(field, to_galois(field, a) ** 2).tolist() == field.mul(a, a).tolist()


def test_unknown_names_are_refused_and_known_ones_listed() -> None:
    with pytest.raises(InvalidInput, match=r"^field: must be one of babybear, .*goldilocks\^2; got 'f17'"):
        field_named("f17")
    assert str(GOLDILOCKS) == "goldilocks: p = 0xffffffff00000001, 64 bits, 2-adicity 32"


@given(st.lists(st.integers(0, GOLDILOCKS.modulus - 1), min_size=2, max_size=2))
def test_counted_scalars_compute_and_count(values: list[int]) -> None:
    tally, p = OperationCounter(GOLDILOCKS), GOLDILOCKS.modulus
    a, b = tally.elements(values)
    expected = (sum(values), values[0] - values[1], prod(values), -values[0])
    assert [int(a + b), int(a - b), int(a * b), int(-a)] == [v % p for v in expected]
    assert dict(tally.counts) == {"add": 2, "mul": 1}
    assert (a == b) == (values[0] == values[1]) and a != values[0] and {a: 1}[Counted(int(a), tally)] == 1
    if values[0]:
        assert int(a.inverse()) == pow(values[0], -1, p) and tally.counts["inv"] == 1
    with pytest.raises(InvalidInput, match="division by zero"):
        (a - a).inverse()
