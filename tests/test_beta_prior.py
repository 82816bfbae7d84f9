"""The cdf of beta laws with large parameters in ball arithmetic: the series against the library."""

from __future__ import annotations

import pytest
from flint import arb
from scipy.stats import beta

from equilibria.checking import beta_prior
from equilibria.checking.beta_prior import BetaPrior
from equilibria.checking.taylor import ball_arithmetic

PLACES = (1e-9, 0.01, 0.06, 0.3, 0.45, 0.5, 0.55, 0.7, 0.94, 1 - 1e-9)


@pytest.mark.parametrize(("a", "b"), [(200, 200), (30, 500), (120.5, 31.25)])
def test_large_parameters_agree_with_the_library(a: float, b: float, monkeypatch: pytest.MonkeyPatch) -> None:
    with ball_arithmetic():
        law = BetaPrior(a, b, 1.0, 3.0)
        found = [(law.below(arb(1 + 2 * u)), law.above(arb(1 + 2 * u))) for u in PLACES]
        monkeypatch.setattr(beta_prior, "LARGE", float("inf"))
        known = [(law.below(arb(1 + 2 * u)), law.above(arb(1 + 2 * u))) for u in PLACES]
        for u, (below, above), (less, more) in zip(PLACES, found, known, strict=True):
            assert below.overlaps(less) and above.overlaps(more)
            assert below.rad() < 1e-33 and above.rad() < 1e-33
            assert (below + above).overlaps(arb(1))
            assert float(below.mid()) == pytest.approx(beta(a, b).cdf(u), rel=1e-4, abs=1e-300)


def test_small_tails_keep_their_digits() -> None:
    with ball_arithmetic():
        law = BetaPrior(200, 200, 0.0, 1.0)
        low, high = law.below(arb(0.05)), law.above(arb(0.95))
        assert low.rad() < 1e-30 * low and high.rad() < 1e-30 * high
        assert float(low.mid()) == pytest.approx(float(beta(200, 200).cdf(0.05)), rel=1e-8)


def test_a_series_that_is_too_slow_leaves_it_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beta_prior, "MOST_TERMS", 16)
    with ball_arithmetic():
        assert BetaPrior(200, 200, 0.0, 1.0).below(arb(0.5)).overlaps(arb(0.5))
