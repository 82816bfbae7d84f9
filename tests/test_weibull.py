"""The Weibull law: both tails against ball arithmetic, the exponential law in closed form, and its certificates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from equilibria import check, optimal, solve
from mechanisms import FirstPrice, InvalidInput, Procurement, Sale, Uniform, Vickrey, Weibull

LAWS = [
    (Weibull(1, 1, 0, 5), 1e-14),
    (Weibull(2.5, 1, 0.5, 2), 1e-14),
    (Weibull(0.5, 3, 0, 4), 1e-14),
    (Weibull(50, 1, 0.25, 1.05), 1e-12),
    (Weibull(3, 0.2, 1, 1.5), 1e-12),
    (Weibull(2, 1e5, 1, 3), 1e-13),
    (Weibull(0.1, 1, 1, 1.001), 1e-12),
]


def truth(d: Weibull, low: float, high: float) -> float:
    """The probability of an interval, in balls of 400 bits."""
    with ctx.workprec(400):

        def hazard(x: float) -> arb:
            return arb(0) if x == 0 else (arb(x) / arb(d.scale)) ** arb(d.shape)

        def left(x: float) -> arb:
            return (-hazard(x)).exp()

        return float((left(low) - left(high)) / (left(d.low) - left(d.high)))


@pytest.mark.parametrize(("d", "accuracy"), LAWS)
def test_both_tails(d: Weibull, accuracy: float) -> None:
    for share in (1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999):
        for x in (d.low + share * (d.high - d.low), d.high - share * (d.high - d.low)):
            assert math.isclose(d.cdf(x), truth(d, d.low, x), rel_tol=30 * accuracy)
            assert math.isclose(d.survival(x), truth(d, x, d.high), rel_tol=30 * accuracy)
            bounds = d.cdf_bounds(x, x)
            assert bounds.lower <= truth(d, d.low, x) <= bounds.upper
    for q in (1e-13, 1e-6, 0.2, 0.7):
        for x, found in (
            (float(d.quantile(q)), truth(d, d.low, float(d.quantile(q)))),
            (float(d.upper_quantile(q)), truth(d, float(d.upper_quantile(q)), d.high)),
        ):
            assert math.isclose(found, q, rel_tol=1e-8, abs_tol=2 * math.ulp(x) * float(d.pdf(x)))  # doubles have steps


def test_the_exponential_law() -> None:
    d = Weibull(1, 2, 0, 3)
    mass = -math.expm1(-1.5)
    assert math.isclose(d.mean(), 2 - 3 * math.exp(-1.5) / mass, rel_tol=1e-14)
    assert math.isclose(float(d.pdf(0.0)), 0.5 / mass, rel_tol=1e-14)
    assert math.isclose(Weibull(1, 1, 1, 3).mean() - 1, Weibull(1, 1, 0, 2).mean(), rel_tol=1e-13)
    assert Weibull(0.5, 1, 0, 1).pdf(0.0) == np.inf
    assert Weibull(2, 1, 0, 1).pdf(0.0) == 0.0


def test_means_of_many_shapes() -> None:
    for d, _ in LAWS:
        levels = (np.arange(100_000) + 0.5) / 100_000
        assert abs(float(d.quantile(levels).mean()) - d.mean()) <= 1e-6 * (d.high - d.low)


def test_regularity() -> None:
    for shape, value in ((0.3, False), (1, True), (4, True)):
        d = Weibull(shape, 1, 0, 4)
        assert d.is_regular("cost")
        assert d.is_regular("value") is value
        costs = np.linspace(0.01, 3.99, 200)
        assert np.all(np.diff(d.virtual_cost(costs)) > 0)


@pytest.mark.parametrize("rule", [FirstPrice(), Vickrey(1.5)])
def test_equilibria_are_certified(rule: Any) -> None:
    market = Procurement({"a": Weibull(2, 1, 0.5, 2), "b": Weibull(2, 1, 0.5, 2)})
    found = solve(rule, market)
    assert found.relative_epsilon < 1e-6
    assert check(found.certificate).valid
    draws = np.random.default_rng(5).random((200_000, 2))
    costs = np.sort(market.prior("a").quantile(draws), axis=1)
    paid = costs[:, 1] if isinstance(rule, FirstPrice) else np.where(costs[:, 0] <= 1.5, np.minimum(costs[:, 1], 1.5), 0.0)
    assert abs(found.expected_payment.midpoint - paid.mean()) < 4 * paid.std() / math.sqrt(len(paid))


def test_the_optimum() -> None:
    found = optimal(Sale({"a": Weibull(1, 1, 0, 30), "b": Uniform(0, 1)}), "revenue")
    assert check(found.certificate).valid
    assert isinstance(found.reserves["a"], float)
    assert math.isclose(found.reserves["a"], 1.0, rel_tol=1e-9)  # of an exponential value: one over the hazard


REFUSED = [
    ((0.01, 1, 0, 1), "shape must lie in"),
    ((1, 0, 0, 1), "scale must lie in"),
    ((1, 1, -1, 1), "low must be at least 0"),
    ((1, 1, 2, 1), "low must be less than high"),
    ((2, 1, 100, 101), "low and high must hold"),
]


@pytest.mark.parametrize(("parameters", "message"), REFUSED)
def test_refusals(parameters: tuple[float, float, float, float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Weibull(*parameters)
