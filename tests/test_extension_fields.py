"""Extension fields: irreducible binomials, and arithmetic against polynomials modulo them."""

from __future__ import annotations

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.fields import ExtensionField, field_named
from tests.field_cases import EXTENSIONS, OPERATIONS, by_name, element


def polynomials(field: ExtensionField) -> tuple[flint.fmpz_mod_poly_ctx, flint.fmpz_mod_poly]:
    ring = flint.fmpz_mod_poly_ctx(flint.fmpz_mod_ctx(field.base.modulus))
    return ring, ring([-field.nonresidue, *[0] * (field.degree - 1), 1])


def coefficients(polynomial: flint.fmpz_mod_poly, degree: int) -> list[int]:
    return [int(polynomial[i]) for i in range(degree)]


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
def test_the_binomial_is_irreducible(field: ExtensionField) -> None:
    _, binomial = polynomials(field)
    assert binomial.is_irreducible()
    assert field.bits == field.degree * field.base.bits and field.element_bytes == field.degree * field.base.element_bytes


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
@given(data=st.data())
@settings(max_examples=25)
def test_extensions_are_polynomials_modulo_the_binomial(field: ExtensionField, data: st.DataObject) -> None:
    ring, binomial = polynomials(field)
    p, d = field.base.modulus, field.degree
    a, b = data.draw(st.tuples(*[st.lists(element(p), min_size=d, max_size=d)] * 2))
    left, right = field.array(a), field.array(b)
    for name, exact in OPERATIONS.items():
        expected = coefficients(exact(ring(a), ring(b)) % binomial, d)
        assert getattr(field, name)(left, right).tolist() == expected
        both = getattr(field, name)(np.stack([left, right])[:, None], right)
        assert both.shape == (2, 1, d) and both[0, 0].tolist() == expected
        number = data.draw(st.integers(-p, p))
        assert getattr(field, name)(left, number).tolist() == coefficients(exact(ring(a), ring([number])) % binomial, d)
    assert field.neg(left).tolist() == coefficients(-ring(a), d)
    assert field.scale(left, right[0]).tolist() == field.mul(left, field.embed(right[0])).tolist()
    assert field.scale(np.stack([left, right]), right[:2]).tolist() == [[x * s % p for x in e] for e, s in ((a, b[0]), (b, b[1]))]
    exponent = data.draw(st.integers(0, 2**70))
    assert field.power(left, exponent).tolist() == coefficients(pow(ring(a), exponent, binomial), d)
    if any(a):
        inverse = field.inverse(left)
        assert inverse.dtype == field.dtype and field.mul(left, inverse).tolist() == [1] + [0] * (d - 1)
        assert field.power(left, -3).tolist() == field.power(inverse, 3).tolist()


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
def test_frobenius_multiplies_coefficients_by_roots_of_unity(field: ExtensionField) -> None:
    p, d = field.base.modulus, field.degree
    a = field.random(np.random.default_rng(3), ())
    zeta = pow(field.nonresidue, (p - 1) // d, p)
    assert field.power(a, p).tolist() == [int(c) * pow(zeta, i, p) % p for i, c in enumerate(a)]
    assert field.power(a, p**d - 1).tolist() == [1] + [0] * (d - 1)
    assert field.power(a, p**d - 2).tolist() == field.inverse(a).tolist()


@pytest.mark.parametrize("field", EXTENSIONS, ids=by_name)
def test_extensions_refuse_zero_and_other_lengths(field: ExtensionField) -> None:
    with pytest.raises(InvalidInput, match=rf"^division by zero in '{field.base.name}\^{field.degree}'"):
        field.inverse(field.zeros(()))
    for shape in ((field.degree + 1,), (field.degree, 1), ()):
        with pytest.raises(InvalidInput, match=f"^values: the last axis must hold {field.degree} coefficients; got"):
            field.array(np.ones(shape, dtype=np.int64))


def test_an_extension_says_what_it_is() -> None:
    assert str(field_named("babybear^4")) == "babybear^4: babybear[X]/(X^4 - 11), 124 bits"
