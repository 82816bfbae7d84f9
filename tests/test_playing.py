"""Every family of games played: means against certified intervals, and what a search for better bids finds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from equilibria import BidLawNewton, Equilibrium, simulate, solve
from equilibria.simulating import AMOUNTS
from equilibria.strategies import Invertible
from mechanisms import (
    CRRA,
    AllPay,
    BondAtStake,
    Budgeted,
    CommonCost,
    CommonDifficulty,
    Contest,
    CoreSelecting,
    CostlyEntry,
    Discriminatory,
    Exchange,
    FirstPrice,
    KDoubleAuction,
    Market,
    Mechanism,
    MineralRights,
    PackageFirstPrice,
    PackageSale,
    PrizeContest,
    Procurement,
    Refused,
    RiskAverse,
    Sale,
    SecretReserve,
    SequentialEntry,
    SplitAward,
    Tullock,
    UncertainPresence,
    Uniform,
    UniformPrice,
    Vickrey,
    WarOfAttrition,
    WeibullRace,
)  # fmt: skip
from mechanisms.one_factor import OneFactor

UNIT, COSTS = Uniform(0, 1), Uniform(1, 2)
THREE = Procurement(dict.fromkeys("abc", UNIT))
ERRORS = 5.0

GAMES: dict[str, tuple[Mechanism, Market]] = {
    "exchange": (KDoubleAuction(0.5), Exchange({"u": UNIT}, {"p": UNIT})),
    "packages, first price": (PackageFirstPrice(), PackageSale({"a": UNIT, "b": UNIT}, {"both": Uniform(0, 2)})),
    "packages": (CoreSelecting(), PackageSale({"a": UNIT, "b": UNIT}, {"both": Uniform(0, 2)})),
    "tullock": (Tullock(1), Contest(1, {"a": COSTS, "b": Uniform(1, 3)})),
    "race of machines bought": (WeibullRace(0.5), Contest(1, {"a": COSTS, "b": COSTS})),
    "prizes": (PrizeContest((0.6, 0.4)), Contest(1, dict.fromkeys("abc", COSTS))),
    "common difficulty": (FirstPrice(), CommonDifficulty(("a", "b", "c"), common=Uniform(1, 3), own=COSTS)),
    "common cost": (FirstPrice(), CommonCost(("a", "b", "c"), common=COSTS, own=COSTS)),
    "mineral rights": (Vickrey(), MineralRights(("a", "b", "c"), common=UNIT, own=Uniform(0, 2))),
    "averse to risk": (FirstPrice(), RiskAverse(Procurement(dict.fromkeys("ab", UNIT)), {"a": CRRA(0.5)})),
    "entry, informed": (FirstPrice(0.9), CostlyEntry(THREE, 0.1)),
    "entry, uninformed": (Vickrey(0.9), CostlyEntry(THREE, 0.1, informed=False)),
    "entry, sale": (FirstPrice(0.1), CostlyEntry(Sale(dict.fromkeys("ab", UNIT)), 0.1)),
    "split": (SplitAward(0.9, shares=(0.6, 0.4)), THREE),
    "two tasks": (Discriminatory(0.9), Procurement(dict.fromkeys("abcd", UNIT), tasks=2)),
    "two tasks, one price": (UniformPrice(0.9), Procurement(dict.fromkeys("abcd", UNIT), tasks=2)),
    "secret reserve": (SecretReserve(), Procurement(dict.fromkeys("ab", UNIT), value=Uniform(0, 1.5))),
    "uncertain presence": (FirstPrice(0.9), UncertainPresence(THREE, 0.7)),
    "war of attrition": (WarOfAttrition(0.3), Sale(dict.fromkeys("abc", UNIT))),
    "bond at stake": (FirstPrice(), BondAtStake(THREE, 0.1, 0.5)),
    "bond at stake, second price": (Vickrey(0.9), BondAtStake(THREE, 0.1, 0.5)),
    "all pay, sale": (AllPay(), Sale(dict.fromkeys("ab", UNIT))),
}

# Played, but not searched: costs above a budget cannot take part, and entry in turn is decided before costs are known.
ONLY_PLAYED: dict[str, tuple[Mechanism, Market]] = {
    "budget, sale": (FirstPrice(), Budgeted(Sale(dict.fromkeys("abc", UNIT)), 0.4)),
    "budget, all pay": (AllPay(), Budgeted(Sale(dict.fromkeys("abc", UNIT)), 0.3)),
    "budget, procurement": (FirstPrice(0.9), Budgeted(THREE, 0.5)),
    "entry in turn": (Vickrey(0.9), SequentialEntry(Procurement({"a": UNIT, "b": Uniform(0, 1.5)}), 0.1)),
}


def spread(market: Market, label: str) -> tuple[float, float]:
    """The lowest and the highest type."""
    return market.support if isinstance(market, OneFactor) else market.prior(label).support


@cache
def played(name: str) -> Equilibrium:
    rule, market = (GAMES | ONLY_PLAYED)[name]
    quick = BidLawNewton(cells=24, bits=12) if isinstance(rule, PackageFirstPrice) else None  # not as good as what converged
    return solve(rule, market, quick, throw=quick is None)


@pytest.mark.parametrize("name", GAMES | ONLY_PLAYED)
def test_means_lie_within_five_standard_errors_of_the_certified_intervals(name: str) -> None:
    equilibrium = played(name)
    means = simulate(equilibrium, np.random.default_rng(11), 20_000)
    for amount in AMOUNTS:
        low, high = getattr(equilibrium, amount)
        assert getattr(means, amount).within(ERRORS, low, high), amount


@pytest.mark.parametrize("name", GAMES)
def test_a_search_finds_hardly_anything_better(name: str) -> None:
    """The strategies' epsilon is below 1e-7; what the search finds is the error of its means over rivals."""
    equilibrium = played(name)
    label = equilibrium.market.labels[-1]
    low, high = spread(equilibrium.market, label)
    types = low + (high - low) * np.array([0.1, 0.35, 0.6, 0.85])
    gains = equilibrium.best_response(label).gain(types)
    assert gains.max() <= 4e-3 * (high - low), gains


@pytest.mark.parametrize("name", ["exchange", "tullock", "common difficulty", "averse to risk", "entry, informed", "split"])
def test_a_search_finds_what_a_wrong_bid_loses(name: str) -> None:
    equilibrium = played(name)
    market, label = equilibrium.market, equilibrium.market.labels[-1]
    low, high = spread(market, label)
    cost = np.array([low + 0.3 * (high - low)])
    response, own = equilibrium.best_response(label), equilibrium.strategy(label)(cost)
    for wrong in (0.7 * own, 1.4 * own):
        assert response.utility(cost, wrong)[0] < response.utility(cost, own)[0] - 4e-3 * (high - low)


def test_staying_out_is_a_bid_of_nan_and_earns_nothing() -> None:
    response = played("entry, informed").best_response("a")
    assert np.isnan(response.bid([0.95])[0])
    assert response.utility([0.5], [np.nan])[0] == 0.0


@pytest.mark.parametrize("name", ["budget, procurement", "entry in turn"])
def test_what_is_not_searched_says_why(name: str) -> None:
    with pytest.raises(Refused, match=r"above the budget|before costs are known"):
        played(name).best_response("a")


def test_known_costs_have_nothing_to_draw() -> None:
    equilibrium = solve(Tullock(1), Contest(10, {"a": 1, "b": 2}))
    with pytest.raises(Refused, match="nothing is drawn"):
        simulate(equilibrium, np.random.default_rng(1), 10)


@pytest.mark.parametrize("name", [*GAMES, "budget, sale", "budget, all pay", "budget, procurement"])
def test_strategies_know_who_makes_a_bid(name: str) -> None:
    equilibrium = played(name)
    label = equilibrium.market.labels[-1]
    strategy = equilibrium.strategy(label)
    assert isinstance(strategy, Invertible)
    knots = strategy.knots
    assert np.all(np.diff(knots) > 0)
    low, high = spread(equilibrium.market, label)
    types = np.linspace(low, high, 25)[1:-1]
    if len(knots) > 1:  # elsewhere a type bids itself, or nothing
        types = types[(types > knots[0]) & (types < knots[-1])]
    bids = strategy(types)
    if isinstance(equilibrium.market, Budgeted):
        types, bids = types[bids != equilibrium.market.budget], bids[bids != equilibrium.market.budget]
    np.testing.assert_allclose(strategy.inverse(bids), types, rtol=1e-12, atol=1e-13)
    assert strategy.inverse(bids[:4].reshape(2, 2)).shape == (2, 2)
