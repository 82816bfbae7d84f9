"""KZG: what is opened is what was committed to, on both forms of the curve; counts are the closed forms."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BN254_FR, GOLDILOCKS
from proving_cost.fields.counting import OperationCounter
from proving_cost.groups import real_bn254, shadow_bn254
from proving_cost.kernels.kzg import (
    Srs,
    combine,
    combine_commitments,
    commit,
    divide,
    evaluate,
    open_at,
    synthetic_division,
    verify_opening,
)
from proving_cost.ledger import Ledger

R = BN254_FR.modulus
ARITH = Arithmetic(BN254_FR)
SHADOW = Srs.create(shadow_bn254(), 64, rng=np.random.default_rng(1))
ELEMENT = st.one_of(st.integers(0, 3), st.integers(0, R - 1))


def value_at(coefficients, z, p=R):
    return sum(int(a) * pow(z, i, p) for i, a in enumerate(coefficients)) % p


@dataclass
class Opening:
    """A commitment, a point, a value and a proof; `g` is the group, for tampering."""

    srs: Srs
    z: int
    coefficients: np.ndarray
    commitment: object = field(init=False)
    value: int = field(init=False)
    proof: object = field(init=False)

    def __post_init__(self):
        self.commitment = commit(self.srs, self.coefficients)
        self.value = evaluate(ARITH, self.coefficients, self.z)
        self.proof = commit(self.srs, open_at(ARITH, self.coefficients, self.z))

    def accepted(self, **changes):
        said = {"commitment": self.commitment, "z": self.z, "value": self.value, "proof": self.proof} | changes
        return verify_opening(self.srs.key, said["commitment"], said["z"], said["value"], said["proof"])


@given(st.lists(ELEMENT, min_size=1, max_size=40), ELEMENT)
@settings(deadline=None, max_examples=100)
def test_openings_are_complete(coefficients, z):
    f = BN254_FR.array(coefficients)
    opening = Opening(SHADOW, z, f)
    assert opening.value == value_at(coefficients, z)
    assert opening.accepted()
    quotient, remainder = divide(ARITH, f, z)
    for x in (0, 1, 12345):
        assert value_at(coefficients, x) == (value_at(quotient, x) * (x - z) + remainder) % R


@given(st.lists(ELEMENT, min_size=2, max_size=20), ELEMENT, st.integers(1, R - 1))
@settings(deadline=None, max_examples=100)
def test_tampered_openings_are_rejected(coefficients, z, offset):
    opening = Opening(SHADOW, z, BN254_FR.array(coefficients))
    assert not opening.accepted(value=(opening.value + offset) % R)
    assert not opening.accepted(commitment=(opening.commitment + offset) % R)
    assert not opening.accepted(proof=(opening.proof + offset) % R)
    if value_at(coefficients, (z + offset) % R) != opening.value:
        assert not opening.accepted(z=(z + offset) % R)


@pytest.mark.parametrize("wrong", [None, -1, R, 1.0, "1", (1, 2, 3)])
def test_what_is_malformed_is_rejected_without_an_error(wrong):
    opening = Opening(SHADOW, 5, BN254_FR.array([1, 2, 3]))
    for name in ("commitment", "z", "value", "proof"):
        assert not opening.accepted(**{name: wrong})


def test_a_real_opening_verifies_and_a_tampered_one_does_not():
    srs = Srs.create(real_bn254(), 8, rng=np.random.default_rng(2))
    g = srs.curve.g1
    opening = Opening(srs, 77, BN254_FR.random(np.random.default_rng(3), 8))
    assert opening.accepted()
    assert not opening.accepted(value=opening.value + 1)
    assert not opening.accepted(proof=g.add(opening.proof, g.generator))
    assert not opening.accepted(commitment=opening.proof, proof=opening.commitment)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_a_batch_opens_at_one_point(k):
    rng = np.random.default_rng(k)
    polynomials = [BN254_FR.random(rng, n) for n in (8, 3, 12, 8, 1)[:k]]
    gamma, z = (int(v) for v in BN254_FR.random(rng, 2))
    values = BN254_FR.array([evaluate(ARITH, f, z) for f in polynomials])
    together = combine(ARITH, polynomials, gamma)
    commitments = [commit(SHADOW, f) for f in polynomials]
    proof = commit(SHADOW, open_at(ARITH, together, z))

    def accepted(commitments, values):
        c = combine_commitments(SHADOW.curve, commitments, gamma)
        return verify_opening(SHADOW.key, c, z, value_at(values, gamma), proof)

    assert accepted(commitments, values)
    for i in range(k):
        wrong = values.copy()
        wrong[i] = (wrong[i] + 1) % R
        assert not accepted(commitments, wrong)
    if k > 1:
        assert not accepted([commitments[1], commitments[0], *commitments[2:]], values)


@pytest.mark.parametrize("n", [1, 2, 8, 64, 100])
@pytest.mark.parametrize("p", [BN254_FR, GOLDILOCKS], ids=lambda p: p.name)
def test_the_law_of_division(n, p):
    """Both bodies give the same values and counts, which are those of counted scalars: n - 1 products and additions."""
    f, z = p.random(np.random.default_rng(n), n), 987654321
    tally = OperationCounter(p)
    counted, at = synthetic_division(tally.elements(f.tolist()), tally.elements([z])[0])
    results = []
    for body in ("fast", "reference"):
        ledger = Ledger()
        quotient, remainder = divide(Arithmetic(p, ledger, body), f, z)
        results.append((quotient.tolist(), remainder))
        assert quotient.dtype == p.dtype and type(remainder) is int
        assert {op: k for (_, op), k in ledger.operations().items()} == dict(tally.counts)
        assert dict(tally.counts) == ({"mul": n - 1, "add": n - 1} if n > 1 else {})
    assert results[0] == results[1] == ([int(q) for q in counted], int(at))


def test_counts_of_the_protocol():
    srs, f = SHADOW, BN254_FR.random(np.random.default_rng(4), 32)
    ledger = Ledger()
    arith = Arithmetic(BN254_FR, ledger)
    commitment = commit(srs, f, ledger=ledger)
    proof = commit(srs, open_at(arith, f, 9), ledger=ledger)
    expected = Ledger()
    expected.msm("bn254", "g1", 32)
    expected.msm("bn254", "g1", 31)
    expected.field("bn254_fr", "mul", 31)
    expected.field("bn254_fr", "add", 31)
    assert ledger.without_scalar_bits() == expected
    verifier, expected = Ledger(), Ledger()
    verify_opening(srs.key, commitment, 9, evaluate(ARITH, f, 9), proof, ledger=verifier)
    expected.group("bn254", "g1", "mul", 2)
    expected.group("bn254", "g1", "add", 2)
    expected.pairing("bn254", 2)
    assert verifier == expected
    combined, expected = Ledger(), Ledger()
    combine(Arithmetic(BN254_FR, combined), [f, f[:3], f], 5)
    combine_commitments(srs.curve, [1, 2, 3], 5, combined)
    expected.field("bn254_fr", "mul", 64)
    expected.field("bn254_fr", "add", 3 + 32)
    expected.group("bn254", "g1", "mul", 2)
    expected.group("bn254", "g1", "add", 2)
    assert combined == expected


def test_reference_strings_are_powers_and_are_counted():
    ledger = Ledger()
    srs = Srs.create(shadow_bn254(), 5, rng=np.random.default_rng(5), ledger=ledger)
    tau = srs.key.tau_g2
    assert srs.powers.tolist() == [pow(tau, i, R) for i in range(5)]
    expected = Ledger()
    expected.group("bn254", "g1", "mul", 5)
    expected.group("bn254", "g2", "mul", 1)
    assert ledger == expected
    assert not Opening(replace(srs, key=replace(srs.key, tau_g2=tau + 1)), 3, BN254_FR.array([1, 2, 3])).accepted()


def test_refusals():
    with pytest.raises(InvalidInput, match="holds 64 powers; got 65 coefficients"):
        commit(SHADOW, BN254_FR.zeros(65))
    with pytest.raises(InvalidInput, match="size: a reference string holds 1 power or more; got 0"):
        Srs.create(shadow_bn254(), 0, rng=np.random.default_rng(1))
    with pytest.raises(InvalidInput, match="1 coefficient or more; got 0"):
        open_at(ARITH, BN254_FR.zeros(0), 3)
