"""Integrals of positive and negative parts: never below the truth, near it, tight where a residual touches 0, bounded work."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, arb_poly
from numpy.polynomial import Polynomial, legendre

from equilibria.checking import one_sided
from equilibria.checking.taylor import ball_arithmetic


def truth(coefficients: list[float], radius: float) -> tuple[float, float]:
    x = np.linspace(-radius, radius, 400_001)
    y = Polynomial(coefficients)(x)
    return float(np.trapezoid(np.maximum(y, 0.0), x)), float(np.trapezoid(np.maximum(-y, 0.0), x))


@pytest.mark.parametrize("seed", range(8))
def test_bounds_hold_and_are_near(seed: int) -> None:
    coefficients = np.random.default_rng(seed).normal(size=7).tolist()
    with ball_arithmetic():
        found = one_sided.one_sided(arb_poly(coefficients), arb(0.7), arb(1e-12))
    for bound, exact in zip(found, truth(coefficients, 0.7), strict=True):
        assert exact - 1e-9 <= float(bound) <= 1.25 * exact + 2.5e-2


def test_a_wave_is_bounded_within_a_quarter() -> None:
    """A Legendre polynomial, the shape of an error of collocation."""
    coefficients = legendre.leg2poly([0.0] * 6 + [1.0])
    with ball_arithmetic():
        found = one_sided.one_sided(arb_poly(list(coefficients)), arb(1), arb(1e-12))
    for bound, exact in zip(found, truth(list(coefficients), 1.0), strict=True):
        assert exact - 1e-9 <= float(bound) <= 1.25 * exact


def test_what_only_touches_zero_has_next_to_no_negative_part() -> None:
    """(1 - x)²: by an entry, where a bid is just not worth lowering."""
    with ball_arithmetic():
        up, down = one_sided.one_sided(arb_poly([1.0, -2.0, 1.0]), arb(1), arb(1e-14))
    assert abs(float(up) - 8.0 / 3.0) < 6e-2
    assert float(down) < 1e-11


def test_wide_balls_do_not_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    true = one_sided.positive

    def counted(ball: arb) -> arb:
        nonlocal calls
        calls += 1
        return true(ball)

    monkeypatch.setattr(one_sided, "positive", counted)
    with ball_arithmetic():
        up, down = one_sided.one_sided(arb_poly([arb(0, 1), arb(0, 1)]), arb(1), arb(0))
    assert calls <= 5 * one_sided.INTERVALS
    assert float(up) >= 2.0 and float(down) >= 2.0
