"""Cauchy's estimate: densities on discs never above their bounds, and integrals never off by more than is said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from flint import acb, arb, arb_poly, arb_series, ctx

from equilibria.checking.discs import integral, left_over, piece_between
from equilibria.checking.priors import Prior
from equilibria.checking.reading import read_prior
from equilibria.checking.taylor import ball_arithmetic
from mechanisms import Beta, Distribution, Empirical, LogNormal, Mixture, PiecewiseLinear, Uniform, Weibull

LAWS = [
    Uniform(1.0, 3.0),
    Beta(2.0, 5.0),
    Beta(1.5, 0.7, 0.2, 1.3),
    PiecewiseLinear([0.0, 0.5, 1.0], [0.0, 0.7, 1.0]),
    LogNormal(0.1, 0.5, 0.3, 3.0),
    Weibull(2.0, 1.0, 0.0, 3.0),
    Weibull(1.4, 1.0, 0.1, 3.0),
    Mixture([(0.5, Beta(2.0, 5.0)), (0.5, Beta(5.0, 2.0))]),
    Empirical.from_samples([0.2, 0.3, 0.5, 0.55, 0.9]),
]


def reflected(prior: Prior) -> Prior:
    from equilibria.checking.prior_laws import ReflectedPrior

    return ReflectedPrior(prior)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.spec()["kind"])
@pytest.mark.parametrize("turn", [lambda prior: prior, reflected], ids=["cost", "value"])
def test_a_density_is_nowhere_on_a_disc_above_its_bound(law: Distribution, turn: Callable[[Prior], Prior]) -> None:
    """On the circle, along which a modulus is largest, the density is summed from its Taylor series in the middle."""
    rng, met = np.random.default_rng(7), 0
    with ball_arithmetic():
        prior = turn(read_prior(law.spec(), "law"))
        ctx.cap = 60
        for _ in range(12):
            low, high = prior.piece(float(rng.uniform(prior.low, prior.high)))
            centre = low + float(rng.uniform(0.05, 0.95)) * (high - low)
            distance = float(rng.uniform(0.05, 0.6)) * min(centre - low, high - centre)
            inside = piece_between(prior, arb(centre), arb(centre))
            bound = prior.bound_on_piece(arb(centre), arb(distance), inside)
            series = prior.density_on_piece(arb_series([arb(centre), 1]), inside)
            taylor = arb_poly([series[k] * arb(distance) ** k for k in range(60)])
            for angle in rng.uniform(0.0, 2.0 * np.pi, 8):
                value = sum((acb(c.mid()) * acb(arb(0), arb(angle) * k).exp() for k, c in enumerate(taylor.coeffs())), acb(0))
                assert float(abs(value).mid()) <= float(bound.upper()) * (1.0 + 1e-9)
                met += float(abs(value).mid()) > 0.2 * float(bound.upper())
    assert met > 5


@pytest.mark.parametrize(("centre", "distance"), [(0.3, 0.3), (0.3, 0.5), (0.8, 0.9)])
def test_a_power_that_is_no_polynomial_has_no_bound_around_zero(centre: float, distance: float) -> None:
    with ball_arithmetic():
        prior = read_prior(Beta(1.5, 2.5).spec(), "law")
        with pytest.raises(ValueError, match="no series at 0"):
            prior.bound_on_piece(arb(centre), arb(distance), 0.5)


@pytest.mark.parametrize("order", [4, 9, 16])
def test_the_rest_of_an_integral_is_no_larger_than_said(order: int) -> None:
    """1/(2 - x) around 0 is at most 1/(2 - R) on a disc that does not hold its pole."""

    def bounds(radius: arb) -> tuple[list[arb], list[arb]]:
        if not radius < 2:
            raise ValueError("singular")
        return [1 / (2 - radius)], []

    with ball_arithmetic():
        ctx.cap = order
        series = 1 / arb_series([arb(2), -1])
        (rest,), _, worst = left_over(bounds, arb(0.3), order, arb(0))
        found = integral(series, arb(0.3), order, rest)
        truth = (arb(2.3) / arb(1.7)).log()
        missed = float(abs(truth - found.mid()).mid())
        assert found.overlaps(truth)
        assert missed <= float(rest) <= 5.0**-order
        assert rest == worst


def test_where_no_disc_will_do_the_rest_is_infinite() -> None:
    def singular(radius: arb) -> tuple[list[arb], list[arb]]:
        raise ValueError("a density may be singular")

    with ball_arithmetic():
        _, _, worst = left_over(singular, arb(0.5), 10, arb(1e-14))
    assert not worst.is_finite()


def test_costs_that_may_pass_a_knot_are_in_no_piece() -> None:
    with ball_arithmetic():
        prior = read_prior(PiecewiseLinear([0.0, 0.5, 1.0], [0.0, 0.7, 1.0]).spec(), "law")
        assert 0.0 < piece_between(prior, arb(0.1), arb(0.5)) < 0.5
        with pytest.raises(ValueError, match="knot"):
            piece_between(prior, arb(0.4), arb(0.6))
