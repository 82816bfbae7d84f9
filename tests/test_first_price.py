"""First-price equilibria against closed forms, refusals, and a naive best-response search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atanh, sqrt

import numpy as np
import pytest

from equilibria import check, solve
from mechanisms import (
    Beta,
    Distribution,
    FirstPrice,
    LogNormal,
    Market,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    Uniform,
)

PAYMENT_TOLERANCE = 1e-7
"""What a midpoint may miss the exact equilibrium's payment by."""


@dataclass(frozen=True)
class Known:
    """A market whose first-price equilibrium is known in closed form."""

    name: str
    market: Market
    reserve: float | None
    payment: float
    strategies: dict[str, Callable[[np.ndarray], np.ndarray]]


def symmetric(n: int) -> Known:
    bid = lambda c: c + (1 - c) / n  # noqa: E731 - the formula of the paper, as a value
    labels = [f"p{k}" for k in range(n)]
    return Known(f"{n} uniform", Procurement({x: Uniform(0, 1) for x in labels}), None, 2 / (n + 1), dict.fromkeys(labels, bid))


def reserved(n: int, r: float) -> Known:
    """n provers with U[0,1] costs under reserve r: b(c) = c + int_c^r (1-t)^(n-1) dt / (1-c)^(n-1)."""

    def bid(c: np.ndarray) -> np.ndarray:
        return c + ((1 - c) ** n - (1 - r) ** n) / n / (1 - c) ** (n - 1)

    paid = 2 * ((1 - (1 - r) ** (n + 1)) / (n + 1) - r * (1 - r) ** n)  # virtual cost 2c of the lowest cost, up to r
    return Known(f"{n} uniform, reserve {r}", Procurement({f"p{k}": Uniform(0, 1) for k in range(n)}), r, paid, {"p0": bid})


def griesmer_levitan_shubik() -> Known:
    """Values U[0,1] and U[0,2]: inverse bids v = 2b/(1 + k b^2) with k = 3/4 and -3/4, top bid 2/3."""

    def bid(k: float) -> Callable[[np.ndarray], np.ndarray]:
        return lambda v: (1 - np.sqrt(1 - k * v**2)) / (k * v)

    # revenue = 2/3 - int_0^{2/3} 2b^2/(1 - (9/16) b^4) db, in closed form with s = sqrt(3)/2
    s, top = sqrt(3) / 2, 2 / 3
    integral = (atanh(s * top) - np.arctan(s * top)) / s**3
    market = Sale({"small": Uniform(0, 1), "large": Uniform(0, 2)})
    return Known("Griesmer-Levitan-Shubik", market, None, top - integral, {"small": bid(0.75), "large": bid(-0.75)})


def power_law() -> Known:
    """Values with cdf v^2 against v: top bid 37/64, revenue .426290695 (Marshall et al. type)."""
    return Known("power law 2:1", Sale({"pair": Beta(2, 1), "one": Uniform(0, 1)}), None, 0.426290695, {})


KNOWN = [symmetric(2), symmetric(3), symmetric(10), reserved(2, 0.7), reserved(5, 0.4), griesmer_levitan_shubik(), power_law()]


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case.name)
def test_known_equilibria(case: Known) -> None:
    equilibrium = solve(FirstPrice(case.reserve), case.market)
    assert abs(equilibrium.expected_payment.midpoint - case.payment) <= PAYMENT_TOLERANCE * (10 if case.name[0] == "p" else 1)
    assert equilibrium.relative_epsilon <= 1e-6
    assert equilibrium.expected_payment.width < 1e-8
    for label, bid in case.strategies.items():
        low, high = case.market.prior(label).support
        end = high if case.reserve is None else case.reserve
        types = np.linspace(low, end, 103)[1:-1]
        np.testing.assert_allclose(equilibrium.strategy(label)(types), bid(types), atol=2e-6)
    assert check(equilibrium.certificate).valid


def test_the_power_law_pair_bids_up_to_37_64ths() -> None:
    equilibrium = solve(FirstPrice(), power_law().market)
    assert equilibrium.strategy("one")(np.array([1.0]))[0] == pytest.approx(37 / 64, abs=1e-8)


ASYMMETRIC = {
    "three supports": ({"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.3, 1.2)}, None),
    "late entry under a reserve": ({"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.4, 1.2)}, 0.8),
    "one strong prover": ({"a": Uniform(0, 1), "b": Uniform(0, 2)}, None),
    "barely overlapping": ({"a": Uniform(0, 1), "b": Uniform(0.99, 2)}, None),
    "reserve above the strong prover": ({"a": Uniform(0, 1), "b": Uniform(1.2, 9), "c": Uniform(3, 4)}, 2.0),
    "two tie, one beyond": ({"a": Uniform(0, 1), "b": Uniform(0, 1), "c": Uniform(0, 2)}, None),
    "beta": ({"a": Beta(2, 5), "b": Beta(3, 1.5), "c": Beta(1.5, 2.5)}, None),
    "infinite densities": ({"a": Beta(0.5, 0.5), "b": Beta(0.7, 2)}, None),
    "kinks": ({"a": PiecewiseLinear([0, 0.5, 1], [0, 0.8, 1]), "b": Uniform(0, 1)}, None),
    "mixture and log-normal": (
        {"a": Mixture([(0.5, Uniform(0, 0.5)), (0.5, Uniform(0.4, 1))]), "b": LogNormal(-1, 0.5, 0.05, 2)},
        None,
    ),
}


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_no_sampled_deviation_beats_epsilon(name: str) -> None:
    """Utilities by plain float formulas, apart from solver and checker: no bid on a grid gains more than epsilon."""
    costs, reserve = ASYMMETRIC[name]
    market = Procurement(costs)
    equilibrium = solve(FirstPrice(reserve), market)
    assert equilibrium.relative_epsilon <= 1e-5
    cap = max(law.support[1] for law in costs.values()) if reserve is None else reserve
    grid = np.linspace(min(law.support[0] for law in costs.values()), cap, 401)
    for label, law in costs.items():
        types = law.quantile(np.linspace(0.001, 0.999, 41))
        types = types[types < cap]
        if not len(types):
            continue
        own = np.asarray(equilibrium.strategy(label)(types))
        bids = np.concatenate([grid, own])
        wins = np.prod([_bids_above(equilibrium.strategy(k), rival, bids) for k, rival in costs.items() if k != label], axis=0)
        gain = ((bids - types[:, None]) * wins).max(axis=1) - (own - types) * wins[len(grid) :]
        assert gain.max() <= equilibrium.epsilon + 1e-7  # 1e-7: the float evaluation of rivals' bid laws


def _bids_above(strategy: Callable[[np.ndarray], np.ndarray], law: Distribution, bids: np.ndarray) -> np.ndarray:
    """P(a rival's bid > b), by bisection on its strategy."""
    low, high = (np.full(len(bids), end) for end in law.support)
    for _ in range(36):
        middle = 0.5 * (low + high)
        below = strategy(middle) <= bids
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(law.survival(0.5 * (low + high)))


def test_types_that_cannot_win_bid_their_cost() -> None:
    equilibrium = solve(FirstPrice(0.7), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)}))
    np.testing.assert_array_equal(equilibrium.strategy("a")(np.array([0.8, 0.95])), [0.8, 0.95])


def test_a_lone_prover_bids_the_reserve() -> None:
    equilibrium = solve(FirstPrice(0.4), Procurement({"a": Uniform(0, 1)}))
    assert equilibrium.epsilon == 0.0
    assert equilibrium.status == "proved"
    assert 0.16 in equilibrium.expected_payment
    assert 0.6 in equilibrium.no_award


def test_a_prover_below_all_rivals_bids_their_lowest_cost() -> None:
    equilibrium = solve(FirstPrice(), Procurement({"a": Uniform(0, 1), "b": Uniform(2, 3)}))
    assert equilibrium.strategy("a")(np.array([0.0, 1.0])).tolist() == [2.0, 2.0]
    assert 2.0 in equilibrium.expected_payment


def test_a_reserve_below_every_cost_awards_nobody() -> None:
    equilibrium = solve(FirstPrice(0.1), Procurement({"a": Uniform(0.5, 1), "b": Uniform(0.6, 1)}))
    assert (equilibrium.no_award.lower, equilibrium.expected_payment.upper) == (1.0, 0.0)


def test_a_sale_mirrors_a_procurement() -> None:
    sale = solve(FirstPrice(0.3), Sale({"a": Uniform(0, 1), "b": Beta(2, 3)}))
    bought = solve(FirstPrice(-0.3), Procurement({"a": Uniform(-1, 0), "b": Beta(3, 2, -1, 0)}))
    assert sale.expected_payment.midpoint == pytest.approx(-bought.expected_payment.midpoint, abs=1e-8)
    values = np.linspace(0.35, 0.99, 9)
    np.testing.assert_allclose(sale.strategy("b")(values), -bought.strategy("b")(-values), atol=1e-6)


def test_one_prover_without_a_reserve_is_refused() -> None:
    with pytest.raises(Refused, match="one prover without a reserve has no equilibrium"):
        solve(FirstPrice(), Procurement({"a": Uniform(0, 1)}))


def test_a_support_with_a_gap_is_refused_by_name() -> None:
    gap = Mixture([(0.5, Uniform(0, 1)), (0.5, Uniform(2, 3))])
    with pytest.raises(Refused, match="'holed' have no mass between 1 and 2"):
        solve(FirstPrice(), Procurement({"a": Uniform(0, 1), "holed": gap}))


def test_several_tasks_are_refused() -> None:
    with pytest.raises(Refused, match="tasks=2"):
        solve(FirstPrice(), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)}, tasks=2))


@pytest.mark.slow
def test_ten_different_provers_reach_1e_5() -> None:
    market = Procurement({f"p{i}": Beta(1 + i / 5, 3 - i / 5, i / 40, 1 + i / 30) for i in range(10)})
    assert solve(FirstPrice(), market).relative_epsilon <= 1e-5


def test_a_reserve_just_above_the_strong_prover_keeps_bids_apart() -> None:
    """The rivals' costs then close in on the top bid so fast that neighbouring grid points met there."""
    equilibrium = solve(FirstPrice(0.1875), Sale({"a": Uniform(0, 1), "b": Beta(2, 3, 0.2, 1.5)}))
    assert equilibrium.relative_epsilon <= 1e-5
    for reserve in (1.0 + 1e-9, 1.0 + 1e-6, 1.0 + 1e-3):
        near = solve(FirstPrice(reserve), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 2)}))
        assert near.relative_epsilon <= 1e-5
        assert near.expected_payment.midpoint == pytest.approx(0.85, abs=1e-3)
