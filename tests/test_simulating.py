"""Simulated equilibria against what is certified of them; inverses of strategies."""

from __future__ import annotations

import numpy as np
import pytest

from equilibria import HazardShooting, simulate, solve
from equilibria.simulating import AMOUNTS, CHUNK
from mechanisms import (
    Beta,
    CentralProver,
    FirstPrice,
    InvalidInput,
    Market,
    Mechanism,
    Optimal,
    PostedPrice,
    Procurement,
    Race,
    Sale,
    Uniform,
    Vickrey,
)

ERRORS = 5.0
"""Standard errors within which a simulated mean must lie of a certified interval: one in a million is beyond."""

BOUGHT = Procurement({"a": Uniform(0, 1), "b": Beta(2, 3, 0.1, 1.3)}, value=1.5)
SOLD = Sale({"a": Uniform(0, 1), "b": Uniform(0, 2)}, value=0.3)

CASES: dict[str, tuple[Mechanism, Market]] = {
    "first price": (FirstPrice(), BOUGHT),
    "first price, reserve": (FirstPrice(0.6), BOUGHT),
    "first price, sale": (FirstPrice(0.4), SOLD),
    "one prover": (FirstPrice(0.4), Procurement({"a": Uniform(0, 1)})),
    "vickrey": (Vickrey(0.7), BOUGHT),
    "vickrey, sale": (Vickrey(), SOLD),
    "optimal": (Optimal(), BOUGHT),
    "optimal, sale": (Optimal(), SOLD),
    "posted price": (PostedPrice(0.5), BOUGHT),
    "race": (Race(), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1), "c": Uniform(0, 1)})),
    "central prover": (CentralProver(), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 2)}, value=Uniform(0, 2))),
}


@pytest.mark.parametrize("name", CASES)
def test_means_lie_within_five_standard_errors_of_the_certified_intervals(name: str) -> None:
    mechanism, market = CASES[name]
    solver = HazardShooting(cells=60) if isinstance(mechanism, FirstPrice) else None
    equilibrium = solve(mechanism, market, solver)
    played = simulate(equilibrium, np.random.default_rng(11), 3 * CHUNK + 1001)
    for amount in AMOUNTS:
        low, high = getattr(equilibrium, amount)
        assert getattr(played, amount).within(ERRORS, low, high), amount
    assert sum(share.mean for share in played.shares.values()) == pytest.approx(1 - played.no_award.mean)
    assert sum(part.mean for part in played.surplus.values()) == pytest.approx(played.prover_surplus.mean)


def test_a_wrong_mean_is_noticed() -> None:
    market = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)})
    played = simulate(solve(Vickrey(), market), np.random.default_rng(3), 40_000)
    assert not played.expected_payment.within(ERRORS, 0.65, 0.65)


def test_quantiles_and_reproducibility() -> None:
    market = Procurement({"a": Uniform(0, 1)})
    equilibrium = solve(PostedPrice(0.5), market)
    first, second = (simulate(equilibrium, np.random.default_rng(5), 20_000) for _ in range(2))
    assert first == second
    assert (first.payment_quantiles[0.25], first.payment_quantiles[0.75]) == (0.0, 0.5)
    assert "share of a" in str(first)


@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_a_wrong_number_of_requests_is_refused(n: int) -> None:
    equilibrium = solve(PostedPrice(0.5), Procurement({"a": Uniform(0, 1)}))
    with pytest.raises(InvalidInput, match="n must be a positive whole number"):
        simulate(equilibrium, np.random.default_rng(5), n)


def test_inverses_undo_strategies() -> None:
    rng = np.random.default_rng(2)
    for mechanism, market in (CASES["first price"], CASES["first price, sale"], CASES["vickrey"]):
        solver = HazardShooting(cells=60) if isinstance(mechanism, FirstPrice) else None
        equilibrium = solve(mechanism, market, solver)
        for label in market.labels:
            strategy, prior = equilibrium.strategy(label), market.prior(label)
            types = prior.sample(rng, 2001)
            np.testing.assert_allclose(strategy.inverse(strategy(types)), types, atol=1e-12)
            bids = np.sort(strategy(types))
            np.testing.assert_allclose(strategy(strategy.inverse(bids)), bids, atol=1e-12)


def test_the_inverse_outside_the_bids() -> None:
    strategy = solve(FirstPrice(), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 2)}), HazardShooting(cells=60)).strategy("b")
    assert strategy.inverse(np.array([0.0, 1.75, 3.0])).tolist() == [0.0, 1.75, 2.0]
    lone = solve(FirstPrice(0.4), Procurement({"a": Uniform(0, 1)})).strategy("a")
    assert lone.inverse(np.array([0.3, 0.4, 0.7])).tolist() == [-np.inf, 0.4, 0.7]


def test_evaluation_solves_the_stated_cubic_to_rounding() -> None:
    """The bid b of a cost c satisfies F(a) G(b) = F(c) in exact arithmetic of the spline, up to a few units in the last place."""
    equilibrium = solve(FirstPrice(), BOUGHT, HazardShooting(cells=60))
    strategy = equilibrium.strategy("a")
    costs = np.random.default_rng(4).random(5000) * 0.98
    bids = strategy(costs)
    assert abs(strategy.inverse(bids) - costs).max() <= 1e-14
    assert np.all(np.diff(bids[np.argsort(costs)]) >= 0.0)
