"""Multi-scalar multiplication: one value, one count, whatever the body; the count is its closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.fields import BN254_FR
from proving_cost.groups import real_bn254, shadow_bn254
from proving_cost.kernels.msm import MsmCounts, bit_length_histogram, expected_work, msm, msm_work, pippenger, signed_digits
from proving_cost.kernels.msm_work import LARGEST_WINDOW, pick_window, uniform_bits, windows_for
from proving_cost.ledger import Ledger, Msm

R = BN254_FR.modulus
G1 = shadow_bn254().g1
EDGES = [0, 1, 2, 3, R - 1, R - 2, 2**253, 2**253 - 1, 2**64 - 1, 2**64, 2**128 - 1, 0x5555 << 180]
EXPECTED_TOLERANCE = 0.01  # expectation against one draw: the spread of a sum of thousands of digits is well below
HISTOGRAM_TOLERANCE = 0.03  # bit lengths do not say how the top digits spread: those of residues stop short at the top of r
SIZES = [16, 64, 256, 1024]


def naive(points, scalars):
    return sum(int(p) * int(k) for p, k in zip(points, scalars, strict=True)) % R


def drawn(n, seed=1, bits=None):
    rng = np.random.default_rng(seed)
    scalars = BN254_FR.random(rng, n)
    if bits is not None:
        widths = rng.choice(bits, size=n)
        scalars = np.array([int(k) >> (254 - int(b)) for k, b in zip(scalars, widths, strict=True)], dtype=object)
    return BN254_FR.random(rng, n), scalars


@given(st.integers(0, 2**256 - 1), st.integers(1, 20))
def test_digits_are_signed_and_sum_to_the_scalar(scalar, window):
    digits = signed_digits(scalar, window, windows_for(scalar.bit_length(), window))
    assert sum(d << (window * i) for i, d in enumerate(digits)) == scalar
    assert all(-(1 << (window - 1)) < d <= 1 << (window - 1) for d in digits)


@pytest.mark.parametrize("bits", [None, [0, 1, 20, 64, 254]], ids=["full width", "mixed widths"])
@pytest.mark.parametrize("n", SIZES)
def test_the_law_same_value_same_counts(n, bits):
    points, scalars = drawn(n, bits=bits)
    fast, counts = pippenger(G1, points, scalars)
    slow, slow_counts = pippenger(G1, points, scalars, body="reference")
    assert fast == slow == naive(points, scalars)
    assert counts == slow_counts == MsmCounts.from_digits(counts.window, counts.statistics)


@given(
    st.lists(st.tuples(st.integers(0, R - 1), st.one_of(st.sampled_from(EDGES), st.integers(0, R - 1))), max_size=12),
    st.integers(1, 9),
)
@settings(deadline=None, max_examples=100)
def test_any_scalars_and_any_window(pairs, window):
    points, scalars = (BN254_FR.array([pair[i] for pair in pairs]) for i in (0, 1))
    fast, counts = pippenger(G1, points, scalars, window=window)
    slow, slow_counts = pippenger(G1, points, scalars, window=window, body="reference")
    assert fast == slow == naive(points, scalars) == msm(G1, points, scalars)
    assert counts == slow_counts == MsmCounts.from_digits(window, counts.statistics)


def test_opposite_points_in_a_bucket_are_counted_as_they_are():
    points, scalars = BN254_FR.array([5, R - 5, 5]), BN254_FR.array([3, 3, 3])
    value, counts = pippenger(G1, points, scalars, window=3)
    assert value == 15 and counts.bucket_additions == 2


@pytest.mark.parametrize("name", ["g1", "g2"])
def test_a_real_curve_counts_as_its_shadow(name):
    group = getattr(real_bn254(), name)
    logarithms, scalars = drawn(12, bits=[1, 30, 254])
    logarithms[3] = logarithms[4]
    points = group.fixed_base(logarithms)
    real, real_counts = pippenger(group, points, scalars)
    shadow, counts = pippenger(G1, logarithms, scalars)
    assert group.equal(real, group.mul(group.generator, shadow))
    assert real_counts == counts


@pytest.mark.parametrize("n", [2**8, 2**10, 2**12, 2**14])
def test_the_expected_form_predicts_random_scalars(n):
    points, scalars = drawn(n)
    _, counts = pippenger(G1, points, scalars)
    work = msm_work(Msm("bn254", "g1", n))
    assert work.window == counts.window and work.windows == len(counts.statistics)
    assert work.additions == pytest.approx(counts.additions, rel=EXPECTED_TOLERANCE)
    assert work.mixed_additions == pytest.approx(counts.bucket_additions, rel=EXPECTED_TOLERANCE)
    assert work.doublings == counts.doublings
    textbook = work.windows * (n * (1 - 2**-work.window) + 2 ** (work.window - 1))
    assert textbook == pytest.approx(counts.additions, rel=2 * EXPECTED_TOLERANCE)


@pytest.mark.parametrize("bits", [[1], [8], [40, 64], [0, 1, 1, 1, 254], [254, 100, 10]], ids=str)
def test_the_expected_form_predicts_other_histograms(bits):
    points, scalars = drawn(2**12, bits=bits)
    _, counts = pippenger(G1, points, scalars)
    mixed, other, doublings = expected_work(sorted(bit_length_histogram(scalars).items()), counts.window)
    assert mixed + other == pytest.approx(counts.additions, rel=HISTOGRAM_TOLERANCE)
    assert doublings == counts.doublings


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 40, 1000, 2**14, 2**22])
def test_the_window_is_the_best_one(n):
    histogram = uniform_bits(R, n)
    chosen = pick_window(histogram)
    cost = {c: sum(expected_work(histogram, c)) for c in range(1, LARGEST_WINDOW + 1)}
    assert cost[chosen] == min(cost.values())
    if n == 1000:
        points, scalars = drawn(n)
        counted = {}
        for c in range(chosen - 2, chosen + 3):
            counts = pippenger(G1, points, scalars, window=c)[1]
            counted[c] = counts.additions + counts.doublings
        assert counted[chosen] <= 1.02 * min(counted.values())


def test_small_scalars_cost_less():
    costs = []
    for bits in (1, 16, 64, 254):
        points, scalars = drawn(2**10, bits=[bits])
        _, counts = pippenger(G1, points, scalars)
        costs.append(counts.additions + counts.doublings)
    assert costs == sorted(costs) and 100 * costs[0] < costs[-1] and 3 * costs[2] < costs[-1]


def test_work_at_sizes_that_nobody_runs():
    small, large = (msm_work(Msm("bn254", "g1", 1 << lg)) for lg in (25, 26))
    assert 1.8 < large.additions / small.additions < 2
    assert small.window <= large.window <= LARGEST_WINDOW


def test_multiplications_of_both_groups():
    g1, g2 = (msm_work(Msm("bn254", g, 1000)) for g in ("g1", "g2"))
    other = g1.additions - g1.mixed_additions
    assert g1.multiplications == pytest.approx(10 * g1.mixed_additions + 14 * other + 9 * g1.doublings)
    assert g2.multiplications == pytest.approx(28 * g2.mixed_additions + 40 * other + 24 * g2.doublings)
    products, squares = 8 * g1.mixed_additions + 12 * other + 6 * g1.doublings, 2 * g1.additions + 3 * g1.doublings
    assert g1.wide_mads == pytest.approx(136 * products + 108 * squares)
    assert g2.wide_mads == pytest.approx(136 * g2.multiplications)
    wide = msm_work(Msm("bls12_381", "g1", 1000))
    assert 2 < wide.wide_mads / g1.wide_mads < 2.4  # 12 limbs against 8


def test_one_event_with_the_bit_lengths():
    ledger = Ledger()
    scalars = BN254_FR.array([0, 1, 1, 6, 2**200])
    assert msm(G1, BN254_FR.array([1, 1, 1, 1, 0]), scalars, ledger=ledger) == 8
    ((event, count),) = ledger.events().items()
    assert count == 1 and event == Msm("bn254", "g1", 5, ((0, 1), (1, 2), (3, 1), (201, 1)))
    assert msm_work(event).additions < msm_work(Msm("bn254", "g1", 5)).additions


@pytest.mark.parametrize("body", ["fast", "reference"])
@pytest.mark.parametrize("scalars", [[], [0, 0]])
def test_nothing_is_the_identity(scalars, body):
    points = BN254_FR.array([7] * len(scalars))
    assert msm(G1, points, BN254_FR.array(scalars), body=body) == 0
    assert pippenger(G1, points, BN254_FR.array(scalars), body=body)[1].additions == 0
    assert msm_work(Msm("bn254", "g1", len(scalars), ((0, len(scalars)),) if scalars else ())).additions == 0


@pytest.mark.parametrize("scalars", [[R], [-1], [1, 2]])
def test_bad_scalars_are_refused(scalars):
    with pytest.raises(InvalidInput, match="scalars: must"):
        msm(G1, BN254_FR.array([1]), np.array(scalars, dtype=object))


def test_unknown_curves_are_refused():
    with pytest.raises(InvalidInput, match="curve: must be one of bn254, bls12_381; got 'p256'"):
        msm_work(Msm("p256", "g1", 10))
