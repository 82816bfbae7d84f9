"""Bounds on complex discs: of every law, against its power series; and of what a power series leaves out."""

from __future__ import annotations

import json
from cmath import exp as cexp
from cmath import pi
from collections.abc import Callable

import numpy as np
import pytest
from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.cdf_powers import integrals_of
from equilibria.checking.disc_tails import Disc, fitting, short_numbers, spanned
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior
from equilibria.checking.reading import read_prior
from equilibria.checking.symmetric_odds import Odds, PartOdds
from equilibria.checking.taylor import ball_arithmetic
from equilibria.checking.thinned_prior import ThinnedPrior
from mechanisms import Beta, Distribution, Empirical, LogNormal, Mixture, PiecewiseLinear, Uniform, Weibull

LAWS: dict[str, Distribution] = {
    "uniform": Uniform(0, 2),
    "beta": Beta(2, 3, 1, 2),
    "steep beta": Beta(0.6, 1.5, 1, 2),
    "log-normal": LogNormal(0, 0.5, 0.3, 3),
    "narrow log-normal": LogNormal(0.2, 0.1, 1, 2),
    "weibull": Weibull(1.5, 1.0, 0.2, 2),
    "weibull of a whole shape": Weibull(3, 1.0, 0, 2),
    "piecewise linear": PiecewiseLinear([0, 0.5, 1], [0, 0.8, 1]),
    "empirical": Empirical.from_samples(np.random.default_rng(1).gamma(4.0, size=8)),
    "mixture": Mixture([(0.5, Uniform(0, 1)), (0.5, Beta(2, 2))]),
}


def law_of(prior: Distribution) -> Prior:
    return read_prior(json.loads(json.dumps(prior.spec())), "law")


@pytest.mark.parametrize("name", LAWS)
def test_a_density_is_nowhere_more_than_its_bound_on_a_disc(name: str) -> None:
    """On circles half as wide as where the series stops to converge, at the worst."""
    with ball_arithmetic():
        law = law_of(LAWS[name])
        low, high = law.knots[0], law.knots[1]
        for share in (0.2, 0.5, 0.9):
            place = low + share * (high - low)
            for distance in (0.05 * (high - low), 0.5 * min(place - low, high - place)):
                ctx.cap = 80
                series = [float(c) for c in law.density(arb_series([place, 1]), place).coeffs()]
                points = [distance * cexp(2j * pi * k / 48) for k in range(48)]
                most = max(abs(sum(c * z**k for k, c in enumerate(series))) for z in points)
                others = ((law, place, 1.0), (ThinnedPrior(law, 0.5), place, 0.5), (ReflectedPrior(law), -place, 1.0))
                for other, at, factor in others:
                    bound = other.density_bound(arb(at), arb(distance), at)
                    assert factor * most <= float(bound.upper()) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("prior", "centre", "distance"), [(LAWS["log-normal"], 0.5, 0.6), (LAWS["steep beta"], 1.1, 0.2), (LAWS["weibull"], 0.3, 0.4)]
)
def test_no_bound_where_a_singular_point_is_within_the_disc(prior: Distribution, centre: float, distance: float) -> None:
    with ball_arithmetic(), pytest.raises(ValueError, match="no series at 0"):
        law_of(prior).density_bound(arb(centre), arb(distance), centre)


FUNCTIONS: list[Callable[[arb, arb], arb]] = [lambda f, s: f * f * f * s, lambda f, s: s**20, lambda f, s: (f + s * 3) * f**9]


@pytest.mark.parametrize("name", ["beta", "log-normal", "weibull", "empirical"])
def test_the_tail_of_a_series_is_at_most_what_was_foretold(name: str) -> None:
    """The next fifty coefficients, and no fewer terms than the aim needs."""
    with ball_arithmetic(), short_numbers():
        ctx.prec = 256
        law = law_of(LAWS[name])
        left, right = law.knots[0], law.knots[1]
        middle, radius = arb(left + 0.5 * (right - left)), arb(0.1 * (right - left))
        level = law.below(middle)

        def largest(disc: Disc) -> list[arb]:
            return [function(disc.below, disc.above) for function in FUNCTIONS]

        tails = fitting(law, middle, radius, float(middle), level, largest, [1e-14] * len(FUNCTIONS))
        assert tails is not None
        ctx.cap = tails.terms + 50
        below = (law.density(arb_series([middle, radius]), float(middle)) * radius).integral() + level
        for function, error in zip(FUNCTIONS, tails.errors, strict=True):
            rest = sum((abs(c) for c in function(below, 1 - below).coeffs()[tails.terms :]), arb(0))
            assert rest <= error.upper() <= 1e-14
            assert tails.terms > 5


@pytest.mark.parametrize("odds", [Odds(50, 10), Odds(10, 2), Odds(6, 5), Odds(3, 1), PartOdds(5, 3, 7)], ids=lambda o: f"{o.n}")
@pytest.mark.parametrize("level", [0.02, 0.3, 0.8])
@pytest.mark.parametrize("moved", [0.01, 0.2, 1.5])
def test_a_chance_falls_nowhere_faster_than_its_bound(odds: Odds, level: float, moved: float) -> None:
    points = [level + share * moved * cexp(2j * pi * k / 90) for k in range(90) for share in (0.7, 1.0)]
    if isinstance(odds, PartOdds):
        most = max(abs(12 * z * (1 - z) ** 2 * 2 + 12 * z**2 * (1 - z)) for z in points)
    else:
        most = max(abs(z ** (odds.k - 1) * (1 - z) ** (odds.n - 1 - odds.k)) for z in points) * float(
            odds.falls(arb(0.5), arb(0.5)) * 2 ** (odds.n - 2)
        )
    assert most <= float(odds.falls_near(arb(level), arb(moved)).upper()) * (1 + 1e-9)


def test_values_of_a_polynomial_are_within_its_span() -> None:
    rough = arb_poly([0.3, -1, 0.2, 4, 0, -8, 1e-3, 5.5])
    ball = spanned(rough)
    values = [rough(arb(k) / 200) for k in range(-200, 201)]
    assert all(value in ball for value in values)
    assert spanned(arb_poly([])) == 0 and spanned(arb_poly([2])) == 2
    assert ball.rad() < 1.2 * max(abs(float(v - ball.mid())) for v in values) + 1.5


def test_integrals_of_a_cdf_next_to_a_singular_end() -> None:
    """A plain bound closes in on the end where the density is infinite."""
    with ball_arithmetic():
        law = law_of(Beta(0.5, 1))  # F is a root
        (found, rest) = integrals_of(law, 0.0, 1.0, [lambda f, s: f, lambda f, s: s * f])
    assert found.overlaps(arb(2) / 3)
    assert rest.overlaps(arb(2) / 3 - arb(1) / 2)
    assert max(found.rad(), rest.rad()) < 1e-13
