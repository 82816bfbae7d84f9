"""Collocation from a neighbour: the same equilibrium as from nothing, and nothing worse where the neighbour does not help."""

from __future__ import annotations

import numpy as np
import pytest

from equilibria import HazardShooting, SpectralCollocation, check, solve
from equilibria._collocation_neighbour import neighbour
from mechanisms import Beta, FirstPrice, Market, Procurement, Sale, Uniform

THREE = Procurement({"a": Uniform(0, 1), "b": Beta(2, 3, 0.1, 1.3), "c": Uniform(0.05, 1.2)})
LATE = Procurement({"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.4, 1.2)})
SOLD = Sale({"a": Uniform(0, 1), "b": Uniform(0, 2)})


@pytest.mark.parametrize(
    ("market", "near", "far"),
    [(THREE, 0.8, 0.83), (LATE, 0.9, 0.92), (SOLD, 0.3, 0.32)],
    ids=["three", "late entry", "sale"],
)
def test_a_neighbour_leads_to_the_same_equilibrium(market: Market, near: float, far: float) -> None:
    before = solve(FirstPrice(near), market, SpectralCollocation())
    cold = solve(FirstPrice(far), market, SpectralCollocation())
    warm = solve(FirstPrice(far), market, SpectralCollocation(near=before))
    assert check(warm.certificate).valid
    assert warm.relative_epsilon < max(1e-8, 10 * cold.relative_epsilon)
    assert warm.expected_payment.midpoint == pytest.approx(cold.expected_payment.midpoint, rel=1e-9)
    for label in market.labels:
        types = np.linspace(*market.prior(label).support, 9)[1:-1]
        np.testing.assert_allclose(warm.strategy(label)(types), cold.strategy(label)(types), atol=1e-7)


def test_laws_may_change_too() -> None:
    before = solve(FirstPrice(0.8), THREE, SpectralCollocation())
    moved = Procurement({"a": Uniform(0, 1.05), "b": Beta(2, 3.1, 0.1, 1.3), "c": Uniform(0.06, 1.2)})
    warm = solve(FirstPrice(0.8), moved, SpectralCollocation(near=before))
    assert warm.relative_epsilon < 1e-9


def test_a_neighbour_that_does_not_help_is_left_aside() -> None:
    other = solve(FirstPrice(0.8), THREE, HazardShooting(cells=40))
    assert neighbour(other, THREE.labels) is None
    strangers = solve(FirstPrice(0.9), LATE, SpectralCollocation())
    found = solve(FirstPrice(0.8), THREE, SpectralCollocation(near=strangers))
    assert found.relative_epsilon < 1e-9
    assert "near" not in found.solver


@pytest.mark.slow  # two seconds; the fast tests show single markets of two and three provers
def test_ten_different_power_laws_under_a_reserve() -> None:
    """With the first degree the curves turn back next to an end; another degree is tried."""
    market = Procurement({f"p{i}": Beta(1, 1 + i / 5, i / 40, 1 + i / 30) for i in range(10)})
    found = solve(FirstPrice(0.9), market)
    assert found.solver.startswith("SpectralCollocation")
    assert found.relative_epsilon < 1e-9
