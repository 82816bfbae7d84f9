"""Ironed virtual costs: hand-derived numbers, and best offers by brute force."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import Beta, Distribution, Empirical, LogNormal, Mixture, PiecewiseLinear, Refused, Uniform
from mechanisms.ironing import ironed_virtual_cost
from tests.strategies import distributions, piecewise_linears

F = Fraction
# Density 1/5 on [0, 1], 4/5 on [1, 2]. With s = 3/2: (3/2 - 3/4) * 3/20 = (3/2 - 9/8) * 3/10, and both are
# local optima.
STEEP = Mixture([(2, Uniform(0, 2)), (3, Uniform(1, 2))])
# Mass 1/2 on [0, 1] and on [2, 3]: (5 - 1) / 2 = (5 - 3), so offers 1 and 3 tie at s = 5.
GAP = PiecewiseLinear((0, 1, 2, 3), (0, 0.5, 0.5, 1))
# Densities 1/4 and 3/4: the tie is at 2 sqrt(3) / (3 (sqrt(3) - 1)).
IRRATIONAL = Mixture([(1, Uniform(0, 2)), (1, Uniform(1, 2))])


@pytest.mark.parametrize(
    ("distribution", "cost", "level"),
    [
        (Uniform(0, 1), F(1, 4), F(1, 2)),
        (Uniform(1, 3), F(2), F(3)),
        (Uniform(1, 3), F(1, 2), F(1, 2)),
        (STEEP, F(1, 2), F(1)),
        (STEEP, F(3, 4), F(3, 2)),
        (STEEP, F(1), F(3, 2)),
        (STEEP, F(9, 8), F(3, 2)),
        (STEEP, F(5, 4), F(7, 4)),
        (STEEP, F(2), F(13, 4)),
        (GAP, F(1), F(2)),
        (GAP, F(3, 2), F(5)),
        (GAP, F(5, 2), F(5)),
        (Uniform(1, 3).reflected(), F(-2), F(-1)),
    ],
)
def test_hand_derived_virtual_costs(distribution: Distribution, cost: Fraction, level: Fraction) -> None:
    exact = ironed_virtual_cost(distribution, Fraction)(cost)
    assert exact == level and type(exact) is Fraction
    assert ironed_virtual_cost(distribution)(float(cost)) == float(level)


@pytest.mark.parametrize(
    ("distribution", "level", "at", "cost"),
    [
        (Uniform(0, 1), F(1), True, F(1, 2)),
        (Uniform(0, 1), F(7), False, F(1)),
        (Uniform(0, 1), F(-1), True, F(-1)),
        (STEEP, F(3, 2), True, F(9, 8)),
        (STEEP, F(3, 2), False, F(3, 4)),
        (STEEP, F(1), False, F(1, 2)),
        (GAP, F(3), True, F(1)),
        (GAP, F(5), True, F(3)),
        (GAP, F(5), False, F(1)),
        (GAP, None, True, F(3)),
    ],
)
def test_hand_derived_thresholds(
    distribution: Distribution, level: Fraction | None, at: bool, cost: Fraction
) -> None:
    assert ironed_virtual_cost(distribution, Fraction).threshold(level, at) == cost
    assert ironed_virtual_cost(distribution).threshold(None if level is None else float(level), at) == float(
        cost
    )


def test_above_the_support_is_infinite() -> None:
    assert ironed_virtual_cost(STEEP, Fraction)(F(3)) == math.inf
    assert ironed_virtual_cost(STEEP)(3.0) == math.inf
    assert ironed_virtual_cost(Beta(2, 2))(np.array([2.0, 0.5])) == pytest.approx([math.inf, 0.5 + 0.5 / 1.5])


def test_irrational_level_is_refused_only_where_it_is_needed() -> None:
    root = math.sqrt(3)
    numeric, exact = ironed_virtual_cost(IRRATIONAL), ironed_virtual_cost(IRRATIONAL, Fraction, "ann")
    ((begin, end, level),) = numeric.intervals
    assert level == pytest.approx(2 * root / (3 * (root - 1)), abs=1e-12)
    assert exact(F(1, 2)) == 1 and exact.threshold(F(3, 2), True) == F(3, 4)
    with pytest.raises(Refused, match="'ann' at 1 is ironed to an irrational level"):
        exact(F(1))
    assert begin < 1 < end


def test_transcendental_law_is_refused_by_name() -> None:
    with pytest.raises(
        Refused, match=r"'ann' under Beta is not piecewise linear, so there is no exact outcome"
    ):
        ironed_virtual_cost(Beta(2, 2), Fraction, "ann")


@given(piecewise_linears(), st.integers(0, 64), st.integers(0, 96), st.booleans())
@settings(max_examples=30)
def test_exact_and_numeric_agree(law: PiecewiseLinear, cost: int, level: int, at: bool) -> None:
    low, high = map(F, law.support)
    exact, numeric = ironed_virtual_cost(law, Fraction), ironed_virtual_cost(law)
    where = low + (high - low) * F(cost, 64)
    try:
        assert float(numeric(float(where))) == pytest.approx(float(exact(where)), abs=1e-11)
    except Refused:
        assert any(begin < where <= end for begin, end, _ in numeric.intervals)
    s = low + (high - low) * F(level, 24)
    if all(abs(float(s) - flat) > 1e-9 for _, _, flat in numeric.intervals):
        assert float(numeric.threshold(float(s), at)) == pytest.approx(
            float(exact.threshold(s, at)), abs=1e-9
        )


@given(distributions(), st.floats(0.0, 3.0))
@settings(max_examples=15)
def test_threshold_is_a_best_offer(law: Distribution, relative: float) -> None:
    """No price on a grid gains a buyer with value s more than the threshold at s."""
    low, high = law.support
    level = low + relative * (high - low)
    prices = np.linspace(low, high, 4001)
    offer = ironed_virtual_cost(law).threshold(level, True)
    best = float(np.max(law.cdf(prices) * (level - prices)))
    assert law.cdf(offer) * (level - offer) >= best - 1e-9 * (high - low)


@pytest.mark.parametrize(
    "law",
    [
        Beta(0.5, 0.5),
        LogNormal(0, 1, 0.01, 9),
        Empirical.from_samples(np.random.default_rng(0).gamma(2.0, 1.0, 300)),
        Mixture([(1, Beta(2, 9)), (1, Beta(9, 2, 1.5, 2))]),
        STEEP,
    ],
    ids=lambda law: type(law).__name__,
)
def test_virtual_cost_rises_and_thresholds_invert_it(law: Distribution) -> None:
    ironed = ironed_virtual_cost(law)
    costs = np.linspace(*law.support, 5001)
    levels = ironed(costs)
    assert np.all(np.diff(levels) >= 0)
    assert np.all(ironed.threshold(levels, True) >= costs - 1e-9)
    assert np.all(ironed.threshold(levels, False) <= costs + 1e-9)


def test_reports_and_levels_keep_their_shape() -> None:
    ironed = ironed_virtual_cost(Beta(0.5, 0.5))
    assert ironed(np.zeros((2, 3))).shape == ironed.threshold(np.zeros((2, 3)), True).shape == (2, 3)
    assert np.ndim(ironed(0.5)) == np.ndim(ironed.threshold(0.5, True)) == 0
