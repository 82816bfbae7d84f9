"""Both forms of a curve obey the same laws; the shadow is the discrete logarithm of the real."""

import copy
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import MissingExtra
from proving_cost.fields import BN254_FQ, BN254_FR
from proving_cost.groups import real_bn254, shadow_bn254
from proving_cost.groups.bn254 import exponentiates_to_one
from proving_cost.ledger import Ledger

R = BN254_FR.modulus
FORMS = {"shadow": shadow_bn254, "real": real_bn254}
SCALARS = [0, 1, 2, 3, 7, R - 1, R - 2, R // 2, 2**200 + 12345]


@pytest.fixture(params=FORMS)
def curve(request):
    return FORMS[request.param]()


@pytest.fixture(params=["g1", "g2"])
def group(request, curve):
    return getattr(curve, request.param)


def test_the_laws_of_a_group(group):
    points = group.fixed_base(SCALARS)
    g = group.generator
    for k, p in zip(SCALARS, points, strict=True):
        assert group.equal(p, group.mul(g, k)) and group.contains(p)
        assert group.is_identity(p) == (k == 0)
        assert group.equal(group.double(p), group.add(p, p))
        assert group.is_identity(group.add(p, group.neg(p)))
        assert group.equal(group.add(p, group.identity), p)
        assert group.equal(group.sub(group.add(p, g), g), p)
    pairs = [(i, j) for i in range(len(SCALARS)) for j in range(len(SCALARS))]
    sums = group.fixed_base([SCALARS[i] + SCALARS[j] for i, j in pairs])
    for (i, j), total in zip(pairs, sums, strict=True):
        assert group.equal(points[i], points[j]) == (i == j)
        assert group.equal(group.add(points[i], points[j]), total)


def test_encodings_are_canonical_and_differ(group):
    encoded = [group.encode(p) for p in group.fixed_base(SCALARS)]
    assert {len(e) for e in encoded} == {group.encoded_bytes}
    assert len(set(encoded)) == len(SCALARS)
    assert group.encode(group.add(group.generator, group.generator)) == group.encode(group.mul(group.generator, 2))


def test_fixed_base_counts_and_takes_nothing(group):
    ledger = Ledger()
    assert len(group.fixed_base([], ledger)) == 0 and not ledger.events()
    group.fixed_base([1, 2, 3], ledger)
    ((event, count),) = ledger.events().items()
    assert (event.operation, event.group, count) == ("mul", group.name, 3)


def test_the_pairing_is_bilinear(curve):
    g1, g2 = curve.g1, curve.g2
    a, b = 1234, R - 77
    p, q = g1.mul(g1.generator, a), g2.mul(g2.generator, b)
    ledger = Ledger()
    assert curve.pairing_product_is_one([(p, q), (g1.mul(g1.generator, -a * b), g2.generator)], ledger)
    assert not curve.pairing_product_is_one([(p, q), (g1.mul(g1.generator, -a * b + 1), g2.generator)])
    assert curve.pairing_product_is_one([]) and curve.pairing_product_is_one([(g1.identity, q)])
    ((event, count),) = ledger.events().items()
    assert (event.curve, count) == ("bn254", 2)


def test_the_shorter_exponentiation_says_what_the_whole_one_does():
    from py_ecc import optimized_bn128 as lib

    coefficients = [pow(3, k, BN254_FQ.modulus) for k in range(100, 112)]
    paired = lib.pairing(lib.G2, lib.G1, final_exponentiate=False)
    for f, expected in ((paired, False), (lib.FQ12(coefficients) ** R, True)):
        assert (lib.final_exponentiate(f) == lib.FQ12.one()) == exponentiates_to_one(f) == expected
    assert not exponentiates_to_one(lib.FQ12(coefficients)) and not exponentiates_to_one(lib.FQ12.zero())
    assert exponentiates_to_one(lib.FQ12([c * (1 - k % 2) for k, c in enumerate(coefficients)]))  # of the field of q^6


@given(st.lists(st.tuples(st.integers(0, R - 1), st.integers(0, R - 1)), max_size=4))
@settings(deadline=None)
def test_the_shadow_product_is_the_inner_product_of_logarithms(pairs):
    curve = shadow_bn254()
    assert curve.pairing_product_is_one(pairs) == (sum(a * b for a, b in pairs) % R == 0)
    closing = (-sum(a * b for a, b in pairs) % R, 1)
    assert curve.pairing_product_is_one([*pairs, closing])


@pytest.mark.parametrize("wrong", [None, "1", -1, R, 1.0, True, (1, 2), (1, 2, 3), b"", [1]])
def test_what_is_no_element_is_not_contained(group, wrong):
    assert not group.contains(wrong)


def test_points_off_the_curve_or_of_the_other_group_are_not_contained():
    curve = real_bn254()
    x, y, z = curve.g1.generator
    assert not curve.g1.contains((x, y + 1, z))
    assert not curve.g1.contains(curve.g2.generator) and not curve.g2.contains(curve.g1.generator)
    x, y, z = curve.g2.generator
    assert not curve.g2.contains((x, y + y, z))


@pytest.mark.parametrize("name", ["g1", "g2"])
@pytest.mark.parametrize("residue", [BN254_FQ.modulus, BN254_FQ.modulus + 1, -1, "1", None, 1.0, True])
def test_coordinates_that_are_not_reduced_integers_are_not_contained(name, residue):
    """A third coordinate of q is 0 that does not look like it: (0, 1, q) would pass for a point of the curve."""
    group = getattr(real_bn254(), name)
    point = group.generator
    for place in range(3):
        coordinate = copy.copy(point[place])
        if name == "g1":
            coordinate.n = residue
        else:
            coordinate.coeffs = (residue, coordinate.coeffs[1])
        assert group.contains((*point[:place], coordinate, *point[place + 1 :])) is False
    if name == "g1":
        zero, one, hidden = (type(group.generator[0])(v) for v in (0, 1, 0))
        hidden.n = BN254_FQ.modulus
        assert group.contains((zero, one, zero)) and not group.contains((zero, one, hidden))


def test_a_point_of_the_twist_outside_the_subgroup_is_not_contained():
    curve = real_bn254()  # before py_ecc is imported here: it restores the limit of recursion
    from py_ecc.optimized_bn128 import FQ2, b2, field_modulus, is_on_curve

    for c in range(1, 50):
        x = FQ2([c, 1])
        square = x * x * x + b2
        # a square root in F_q^2, q = 3 mod 4, by the norm
        a, b = (int(v) for v in square.coeffs)
        norm = (a * a + b * b) % field_modulus
        root = pow(norm, (field_modulus + 1) // 4, field_modulus)
        if root * root % field_modulus != norm:
            continue
        for sign in (1, -1):
            half = (a + sign * root) * pow(2, -1, field_modulus) % field_modulus
            u = pow(half, (field_modulus + 1) // 4, field_modulus)
            if u and u * u % field_modulus == half:
                y = FQ2([u, b * pow(2 * u, -1, field_modulus) % field_modulus])
                point = (x, y, FQ2.one())
                assert is_on_curve(point, b2)
                assert not curve.g2.contains(point)
                return
    raise AssertionError("no point of the twist found")


def test_the_shadow_says_that_it_is_not_secure():
    curve = shadow_bn254()
    assert not curve.secure and real_bn254().secure
    for text in (repr(curve), str(curve), repr(curve.g1), repr(curve.g2), type(curve).__doc__, type(curve.g1).__doc__):
        assert "NOT SECURE" in text
    assert "NOT SECURE" not in repr(real_bn254())
    assert curve.name == real_bn254().name == "bn254"
    assert curve.g1.encoded_bytes == real_bn254().g1.encoded_bytes


def test_without_py_ecc_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "py_ecc", None)
    with pytest.raises(MissingExtra, match=r"pip install 'prover-markets\[pairing\]'"):
        real_bn254()


def test_the_library_of_the_curve_leaves_the_limit_of_recursion_alone() -> None:
    program = "import sys; from proving_cost.groups import real_bn254; real_bn254(); print(sys.getrecursionlimit())"
    plain = "import sys; print(sys.getrecursionlimit())"
    first, second = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True) for text in (program, plain)
    )
    assert first.stdout == second.stdout
