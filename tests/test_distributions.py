"""Distributions against closed forms, against ball arithmetic, and against themselves."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mechanisms.distributions import (
    Beta,
    Distribution,
    Empirical,
    LogNormal,
    Mixture,
    PiecewiseLinear,
    Uniform,
)
from tests.strategies import distributions, eighths, empiricals, mixtures

# cdf values carry a few roundings of numbers below 1; special functions a few dozen.
ROUNDING = 1e-13
RANDOM = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEVELS = np.concatenate([[0.0, 1e-12, 1e-6], np.linspace(0.01, 0.99, 41), [1 - 1e-6, 1.0]])


def slack(d: Distribution, x: np.ndarray) -> np.ndarray:
    """How far the cdf moves when x moves by a few units in the last place, and rounding besides."""
    step = 4 * np.spacing(np.maximum(np.abs(x), max(map(abs, d.support))))
    return d.cdf(x + step) - d.cdf(x - step) + ROUNDING


@RANDOM
@given(distributions())
def test_cdf_undoes_quantile(d: Distribution) -> None:
    x = d.quantile(LEVELS)
    assert np.all(np.abs(d.cdf(x) - LEVELS) <= slack(d, x))
    assert np.all(np.diff(x) >= 0)
    upper = d.upper_quantile(LEVELS)
    assert np.all(np.abs(d.survival(upper) - LEVELS) <= slack(d, upper))


@RANDOM
@given(distributions())
def test_ends_are_exact(d: Distribution) -> None:
    low, high = d.support
    assert d.quantile([0.0, 1.0]).tolist() == [low, high]
    assert d.upper_quantile([1.0, 0.0]).tolist() == [low, high]
    assert d.cdf([low - 1, low, high, high + 1]).tolist() == [0, 0, 1, 1]
    assert d.survival([low - 1, low, high, high + 1]).tolist() == [1, 1, 0, 0]
    assert d.pdf([low - 1, high + 1]).tolist() == [0, 0]
    assert d.knots[0] == low and d.knots[-1] == high and list(d.knots) == sorted(set(d.knots))


@RANDOM
@given(distributions(), st.floats(0, 1), st.floats(0, 1))
def test_bounds_hold_the_cdf(d: Distribution, u: float, v: float) -> None:
    low, high = d.support
    x, y = sorted((low + u * (high - low), low + v * (high - low)))
    bounds = d.cdf_bounds(x, y)
    assert bounds.lower <= d.cdf(x) + ROUNDING and d.cdf(y) - ROUNDING <= bounds.upper
    assert abs(bounds.lower - d.cdf(x)) <= ROUNDING and abs(bounds.upper - d.cdf(y)) <= ROUNDING
    point = d.cdf_bounds(x, x)
    assert point.width <= 1e-14
    assert bounds.lower <= point.lower + 1e-15 <= bounds.upper + 1e-15
    whole = d.cdf_bounds(low - 1, high + 1)
    assert (whole.lower, whole.upper) == (0.0, 1.0)


@RANDOM
@given(distributions())
def test_spec_survives_json(d: Distribution) -> None:
    again = Distribution.from_spec(json.loads(json.dumps(d.spec())))
    assert again == d and again.spec() == d.spec()


@RANDOM
@given(distributions(), eighths(1, 4))
def test_scaling_and_reflecting(d: Distribution, factor: float) -> None:
    assert d.reflected().reflected() is d or d.reflected().reflected() == d
    x = d.quantile(LEVELS)
    mirror = d.reflected()
    assert np.allclose(mirror.cdf(-x), d.survival(x), rtol=0, atol=ROUNDING)
    assert mirror.mean() == -d.mean()
    assert np.array_equal(mirror.virtual_cost(-x), -d.virtual_value(x))
    assert np.allclose(d.scaled(factor).cdf(factor * x), d.cdf(x), rtol=0, atol=1e-6)
    assert math.isclose(d.scaled(factor).mean(), factor * d.mean(), rel_tol=1e-12, abs_tol=1e-12)


@RANDOM
@given(distributions())
def test_density_is_the_slope(d: Distribution) -> None:
    knots = np.array(d.knots)
    inside = knots[:-1, None] + np.diff(knots)[:, None] * np.array([0.2, 0.5, 0.8])
    h = 1e-5 * np.diff(knots)[:, None]
    slope = (d.cdf(inside + h) - d.cdf(inside - h)) / (2 * h)
    assert np.allclose(slope, d.pdf(inside), rtol=1e-5, atol=1e-6)
    for left, right in d.gaps:
        assert d.pdf(0.5 * (left + right)) == 0 and d.cdf(left) == d.cdf(right)
        assert d.virtual_cost(0.5 * (left + right)) == np.inf
        assert d.virtual_value(0.5 * (left + right)) == -np.inf
        assert not d.is_regular("cost") and not d.is_regular("value")


@RANDOM
@given(distributions())
def test_mean_is_the_integral_of_the_quantile(d: Distribution) -> None:
    levels = (np.arange(20000) + 0.5) / 20000
    width = d.support[1] - d.support[0]
    assert abs(np.mean(d.quantile(levels)) - d.mean()) <= 1e-4 * width


def test_closed_forms() -> None:
    x = Fraction(1, 3)
    assert x in Uniform(0, 1).cdf_bounds(1 / 3, math.nextafter(1 / 3, 1))
    assert Uniform(1, 3).cdf(1.5) == 0.25 and Uniform(1, 3).mean() == 2.0
    assert Uniform(0, 1).virtual_cost(0.375) == 0.75 and Uniform(0, 1).virtual_value(0.75) == 0.5
    pl = PiecewiseLinear((0, 1, 3), (0, 0.5, 1))
    assert pl.cdf([0.5, 2.0]).tolist() == [0.25, 0.75] and pl.mean() == 1.25
    assert pl.virtual_cost([0.5, 2.0]).tolist() == [1.0, 5.0]
    assert pl.is_regular("cost") and not pl.is_regular("value")
    assert math.isclose(Beta(2, 1).cdf(0.25), 0.0625, rel_tol=1e-15)
    assert math.isclose(Beta(1, 3).upper_quantile(1e-30), 1 - 1e-10, rel_tol=1e-15)
    assert Beta(2, 3).mean() == 0.4
    mix = Mixture([(1, Uniform(0, 1)), (3, Uniform(0, 2))])
    assert mix.cdf(1.0) == 0.625 and mix.mean() == 0.875 and mix.quantile(0.625) == 1.0
    cubic = Empirical((0, 1), (0, 1), (1.5, 1.5))  # 1.5 t - 1.5 t^2 + t^3
    assert Fraction(3, 8) - Fraction(3, 32) + Fraction(1, 64) == Fraction(19, 64)
    assert cubic.cdf(0.25) == 19 / 64 and cubic.quantile(19 / 64) == 0.25 and cubic.mean() == 0.5
    assert (cubic.cdf_bounds(0.25, 0.25).lower, cubic.cdf_bounds(0.25, 0.25).upper) == (19 / 64, 19 / 64)


def test_flat_parts() -> None:
    for d in (
        PiecewiseLinear((0, 1, 2, 3), (0, 0.5, 0.5, 1)),
        Mixture([(1, Uniform(0, 1)), (1, Uniform(2, 3))]),
    ):
        assert d.gaps == ((1.0, 2.0),) and d.quantile(0.5) == 1.0 and d.upper_quantile(0.5) == 1.0
        assert d.quantile(np.nextafter(0.5, 1)) >= 2.0
        mirror = d.reflected()
        assert mirror.gaps == ((-2.0, -1.0),) and mirror.quantile(0.5) == -2.0
        assert mirror.upper_quantile(0.5) == -2.0
    assert PiecewiseLinear((0, 1, 2), (0, 0.5, 1)).knots == (0.0, 2.0)
    assert PiecewiseLinear((0, 1, 2, 3, 4), (0, 0.5, 0.5, 0.5, 1)).gaps == ((1.0, 3.0),)


def beta_truth(a: float, b: float, t: float) -> float:
    with ctx.workprec(300):
        return float(arb(t).beta_lower(arb(a), arb(b), regularized=True).mid())


@pytest.mark.parametrize(("a", "b"), [(2, 3), (0.5, 0.5), (7.5, 2.25), (1, 40), (30, 1.5)])
def test_beta_tails(a: float, b: float) -> None:
    d = Beta(a, b)
    for t in (1e-12, 1e-5, 0.25, 0.5):
        assert math.isclose(d.cdf(t), beta_truth(a, b, t), rel_tol=1e-12)
    for u in (2.0**-40, 2.0**-10, 0.25):
        assert math.isclose(d.survival(1 - u), beta_truth(b, a, u), rel_tol=1e-12)


@pytest.mark.parametrize("a", [0.5, 1.0, 1.5, 2.0, 7.5, 20.0])
@pytest.mark.parametrize("b", [0.5, 1.0, 1.5, 5.0, 20.0])
def test_beta_quantiles_of_tiny_levels(a: float, b: float) -> None:
    d = Beta(a, b)
    levels = 10.0 ** np.linspace(-120, -1, 120)
    x = d.quantile(levels)
    assert np.all(np.diff(x) > 0)
    assert np.allclose(d.cdf(x)[x > 1e-290], levels[x > 1e-290], rtol=1e-11, atol=0)


def log_normal_truth(d: LogNormal, low: float, high: float) -> float:
    with ctx.workprec(2000):

        def phi(x: float) -> arb:
            return arb(0) if x == 0 else (-(arb(x).log() - arb(d.mu)) / arb(d.sigma) / arb(2).sqrt()).erfc()

        return float(((phi(high) - phi(low)) / (phi(d.high) - phi(d.low))).mid())


@pytest.mark.parametrize(
    ("d", "accuracy"),
    [
        (LogNormal(0, 1, 0.5, 2), 1e-14),
        (LogNormal(0, 1, 0, 5), 1e-14),
        (LogNormal(0, 10, 1, 1.01), 1e-13),
        (LogNormal(0, 0.1, 2, 3), 1e-13),
        (LogNormal(0, 0.1, 0.25, 0.5), 1e-13),
        (LogNormal(3, 0.1, 1, 2), 2e-12),
    ],
    ids=str,
)
def test_log_normal_tails(d: LogNormal, accuracy: float) -> None:
    # The standard normal's argument is itself rounded; in a tail that moves the mass by z^2 roundings.
    for share in (1e-6, 0.01, 0.3, 0.6, 0.99, 1 - 1e-6):
        x = d.low + share * (d.high - d.low)
        assert math.isclose(d.cdf(x), log_normal_truth(d, d.low, x), rel_tol=30 * accuracy)
        assert math.isclose(d.survival(x), log_normal_truth(d, x, d.high), rel_tol=30 * accuracy)
        assert d.cdf_bounds(x, x).lower <= log_normal_truth(d, d.low, x) <= d.cdf_bounds(x, x).upper
    assert np.allclose(d.cdf(d.quantile(LEVELS)), LEVELS, rtol=0, atol=100 * accuracy)


def test_log_normal_quantile_from_zero() -> None:
    d = LogNormal(0, 1, 0, 5)
    for p in (1e-300, 1e-100, 1e-10):
        assert math.isclose(d.cdf(d.quantile(p)), p, rel_tol=1e-12)


@pytest.mark.parametrize("x", [0.1, 1 / 3, 0.7, 1e-9])
def test_bounds_hold_the_exact_value(x: float) -> None:
    exact = Fraction(x)
    assert exact**2 in Beta(2, 1).cdf_bounds(x, x)
    assert 1 - (1 - exact) ** 3 in Beta(1, 3).cdf_bounds(x, x)
    assert exact in Uniform(0, 1).cdf_bounds(x, x)
    assert (exact + exact / 3) / 2 in Mixture([(1, Uniform(0, 1)), (1, Uniform(0, 3))]).cdf_bounds(x, x)
    assert 1 - exact**2 in Beta(2, 1).reflected().cdf_bounds(-x, -x)
    with ctx.workprec(200):
        truth = arb(fmpq(exact.numerator, exact.denominator)).beta_lower(
            arb(2.5), arb(0.75), regularized=True
        )
        bounds = Beta(2.5, 0.75).cdf_bounds(x, x)
        assert arb(bounds.lower) <= truth <= arb(bounds.upper)


@pytest.mark.parametrize(
    ("d", "cost", "value"),
    [
        (Uniform(0, 1), True, True),
        (Beta(2, 3), True, True),
        (Beta(0.5, 2), True, False),
        (Beta(2, 0.5), False, True),
        (LogNormal(0, 0.5, 0.5, 2), True, True),
        (LogNormal(0, 3, 0.001, 1000), True, False),
        (PiecewiseLinear((0, 1, 2), (0, 0.25, 1)), False, True),
        (Mixture([(1, Uniform(0, 1)), (1, Uniform(0, 3))]), True, False),
        (Mixture([(1, Beta(5, 40)), (1, Beta(40, 5))]), False, False),
    ],
    ids=str,
)
def test_regularity(d: Distribution, cost: bool, value: bool) -> None:
    assert (d.is_regular("cost"), d.is_regular("value")) == (cost, value)
    assert (d.reflected().is_regular("value"), d.reflected().is_regular("cost")) == (cost, value)
    assert d._monotone_on_grid("cost") == cost and d._monotone_on_grid("value") == value


@RANDOM
@given(empiricals())
def test_empirical_density_is_positive(d: Empirical) -> None:
    x = np.linspace(*d.support, 2001)
    assert np.all(d.pdf(x) > 0) and np.all(np.diff(d.cdf(x)) > 0)
    assert np.allclose(d.cdf(d.points), d.levels, rtol=0, atol=1e-15)
    assert np.allclose(d.pdf(d.points), d.density, rtol=1e-12)


def test_from_samples() -> None:
    rng = np.random.default_rng(7)
    samples = rng.lognormal(1.0, 0.5, 500)
    d = Empirical.from_samples(samples)
    assert d.support == (samples.min(), samples.max()) and len(d.points) == 41
    assert np.allclose(
        d.quantile(np.linspace(0, 1, 41)), np.quantile(samples, np.linspace(0, 1, 41)), rtol=1e-12
    )
    tied = Empirical.from_samples([1.0] * 50 + [2.0, 3.0, 4.0, 5.0] + [6.0] * 46)
    assert tied.support == (1.0, 6.0) and tied.levels[0] == 0.0 and tied.levels[-1] == 1.0


@RANDOM
@given(mixtures(), st.integers(0, 2**32))
def test_samples_follow_the_law(d: Mixture, seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws = d.sample(rng, (40, 50))
    assert draws.shape == (40, 50) and np.all((draws >= d.support[0]) & (draws <= d.support[1]))
    ranks = np.sort(d.cdf(draws).ravel())
    # Kolmogorov's distance of 2000 draws exceeds 0.08 with probability 2 exp(-2 * 2000 * 0.0064) < 1e-11.
    assert np.max(np.abs(ranks - (np.arange(2000) + 0.5) / 2000)) < 0.08
    assert np.ndim(d.sample(rng)) == 0


def test_shapes_and_nan() -> None:
    for d in (Uniform(0, 1), Beta(2, 3), LogNormal(0, 1, 0, 2), Empirical((0, 1), (0, 1), (1, 1))):
        for function in (d.cdf, d.survival, d.pdf, d.quantile, d.upper_quantile, d.virtual_cost):
            assert function(np.full((2, 3), 0.5)).shape == (2, 3)
            assert function(np.zeros((0, 2))).shape == (0, 2)
            assert f"{function(0.5):.3f}" and function(0.5).dtype == np.float64
        assert np.isnan(d.cdf(np.nan)) and np.isnan(d.pdf([np.nan]))[0]


def test_records_are_values() -> None:
    assert Uniform(0, 1) == Uniform(0.0, 1.0) and hash(Uniform(0, 1)) == hash(Uniform(0.0, 1.0))
    assert PiecewiseLinear([0, 1], [0, 1]) == PiecewiseLinear((0, 1), (0, 1))
    with pytest.raises(AttributeError):
        Uniform(0, 1).low = 3.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        Distribution()  # type: ignore[abstract]
    assert eval(repr(PiecewiseLinear((0, 1), (0, 1)))) == PiecewiseLinear((0, 1), (0, 1))
