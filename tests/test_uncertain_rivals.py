"""Nobody knows how many rivals there are, or what the reserve is: closed forms, regret, and false certificates."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from equilibria import Equilibrium, check, simulate, solve
from equilibria.checking import Rejected, sealed, state
from equilibria.inverse_curves import InverseCurve, stated_curves
from mechanisms import (
    Beta,
    Discriminatory,
    Distribution,
    FirstPrice,
    InvalidInput,
    KthPrice,
    Market,
    Mechanism,
    Mixture,
    Procurement,
    Refused,
    Sale,
    SecretReserve,
    SplitAward,
    UncertainPresence,
    Uniform,
    market_from_spec,
    mechanism_from_spec,
)
from tests.award_regret import regret

U = Uniform(0, 1)
THREE: dict[str, Distribution] = {"a": U, "b": Beta(1, 2), "c": Beta(1, 1.5)}


def alike(n: int, value: Distribution | None = None) -> Procurement:
    return Procurement({f"p{i}": U for i in range(n)}, value=value)


@pytest.mark.parametrize(("q", "reserve"), [(0.5, 0.8), (0.9, 0.6), (0.5, 1.2)])
def test_a_binomial_number_of_rivals_in_closed_form(q: float, reserve: float) -> None:
    """A cost c wins with probability (1 - qc)^2 and earns the integral of that from c to the end, there what one alone earns."""
    found = solve(FirstPrice(reserve), UncertainPresence(alike(3), q))
    end = min(reserve, 1.0)
    c = np.linspace(0.0, end - 0.01, 40)
    earned = ((1 - q * c) ** 3 - (1 - q * end) ** 3) / (3 * q) + (reserve - end) * (1 - q * end) ** 2
    np.testing.assert_allclose(found.strategy("p1")(c), c + earned / (1 - q * c) ** 2, atol=1e-10)
    assert found.relative_epsilon <= 1e-10
    assert found.no_award.lower <= (1 - q * end) ** 3 <= found.no_award.upper
    assert check(found.certificate).valid


def test_what_is_played_and_answered_knows_who_may_be_away() -> None:
    found = solved(0)
    played = simulate(found, np.random.default_rng(5), 40_000)
    assert played.expected_payment.within(5, found.expected_payment.lower, found.expected_payment.upper)
    assert played.no_award.within(5, found.no_award.lower, found.no_award.upper)
    assert float(found.best_response("b").gain(np.linspace(0.0, 0.7, 8)).max()) <= 1e-6


def test_certain_presence_is_the_plain_market() -> None:
    market = Procurement(THREE, tasks=2)
    one, other = solve(Discriminatory(), market), solve(Discriminatory(), UncertainPresence(market, 1))
    assert one.expected_payment.midpoint == pytest.approx(other.expected_payment.midpoint, abs=1e-12)


def test_a_secret_uniform_reserve_in_closed_form() -> None:
    """A secret reserve U[0,1] is like one more rival that bids its cost: two provers U[0,1] add a third of 1 - c."""
    found = solve(SecretReserve(), alike(2, U))
    c = np.linspace(0.0, 0.99, 40)
    np.testing.assert_allclose(found.strategy("p0")(c), c + (1 - c) / 3, atol=1e-10)
    assert found.relative_epsilon <= 1e-10
    assert found.no_award.midpoint == pytest.approx(5 / 9, abs=1e-12)
    assert found.expected_payment.midpoint == pytest.approx(2 / 9, abs=1e-12)


def test_a_secret_reserve_above_all_costs_does_not_matter() -> None:
    found, plain = solve(SecretReserve(), alike(3, Uniform(1.0, 2.0))), solve(FirstPrice(), alike(3))
    assert found.expected_payment.midpoint == pytest.approx(plain.expected_payment.midpoint, abs=1e-10)


GAMES: list[tuple[Mechanism, Market]] = [
    (FirstPrice(0.8), UncertainPresence(Procurement(THREE), {"a": 0.5, "b": 0.9})),
    (Discriminatory(0.8), UncertainPresence(Procurement(THREE, tasks=2, capacities={"a": 2, "b": 2, "c": 2}), 0.8)),
    (SplitAward(0.9), UncertainPresence(Procurement(THREE), 0.7)),
    (SecretReserve(), Procurement(THREE, value=Uniform(0.3, 1.2))),
    (SecretReserve(), Procurement(THREE, value=Beta(2, 2), tasks=2)),
    (SecretReserve(), UncertainPresence(Procurement(THREE, value=Uniform(0, 0.9)), 0.7)),
]


@cache
def solved(place: int) -> Equilibrium:
    return solve(*GAMES[place])


@pytest.mark.parametrize("place", range(len(GAMES)))
def test_no_sampled_deviation_gains(place: int) -> None:
    found = solved(place)
    assert found.relative_epsilon <= 1e-9
    assert check(found.certificate).valid
    rule, market = GAMES[place]
    assert isinstance(market, Procurement | UncertainPresence)
    assert regret(rule, market, found.strategies) <= found.epsilon + 3e-8  # cdfs of bids are interpolated


@pytest.mark.parametrize("place", range(len(GAMES)))
@pytest.mark.parametrize("factor", [0.99, pytest.param(0.97, marks=pytest.mark.slow)])  # the farther, the wider the gap
def test_the_bound_of_other_strategies_is_at_least_their_regret(place: int, factor: float) -> None:
    wrong: dict[str, Any] = {}
    for label, curve in solved(place).strategies.items():
        assert isinstance(curve, InverseCurve)
        wrong[label] = replace(curve, bends=factor * curve.bends)
    tree = json.loads(solved(place).certificate.to_json())
    tree["equilibrium"] = {"inverse_bids": stated_curves(wrong)}
    bound = state({key: value for key, value in tree.items() if key not in ("states", "sha256")})["epsilon"]
    rule, market = GAMES[place]
    assert isinstance(bound, float)
    assert isinstance(market, Procurement | UncertainPresence)
    worst = regret(rule, market, wrong)
    assert 100 * solved(place).epsilon < worst <= bound


@pytest.mark.parametrize("place", range(len(GAMES)))
def test_wrong_strategies_cannot_keep_their_epsilon(place: int) -> None:
    tree: dict[str, Any] = json.loads(solved(place).certificate.to_json())
    for costs in tree["equilibrium"]["inverse_bids"]["costs"].values():
        costs["bends"] = [[0.95 * x for x in bend] for bend in costs["bends"]]
    assert not check(json.dumps(tree)).valid
    del tree["sha256"]
    assert not check(sealed(tree)).valid


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("presence", "a"), 0.0, "presence.a must be above 0"),
        (("presence", "a"), 1.5, "presence.a must be above 0"),
        (("presence", "z"), 0.5, "exactly the agents"),
    ],
)
def test_other_presence_is_rejected(path: tuple[str, str], value: float, message: str) -> None:
    tree = json.loads(solved(0).certificate.to_json())
    tree["market"][path[0]][path[1]] = value
    with pytest.raises(Rejected, match=message):
        state({key: entry for key, entry in tree.items() if key not in ("states", "sha256")})


def test_the_same_strategies_at_another_presence_or_reserve_gain_more() -> None:
    for place, key, change in ((0, "presence", {"a": 0.6}), (3, "value", {"low": 0.2})):
        tree = json.loads(solved(place).certificate.to_json())
        tree["market"][key].update(change)
        claimed = state({key: entry for key, entry in tree.items() if key not in ("states", "sha256")})["epsilon"]
        assert isinstance(claimed, float)
        assert claimed > 1e5 * solved(place).epsilon


def test_bids_below_the_lowest_one_are_looked_at() -> None:
    """Against a likely low reserve one alone would bid lower than rivals alone make it."""
    tree = json.loads(solve(FirstPrice(0.9), Procurement(THREE)).certificate.to_json())
    wrong = json.loads(solved(3).certificate.to_json())
    wrong["equilibrium"] = tree["equilibrium"]
    wrong["market"]["value"] = {"kind": "uniform", "low": 0.0, "high": 0.4}
    with pytest.raises(Rejected, match="may earn more against the secret reserve"):
        state({key: entry for key, entry in wrong.items() if key not in ("states", "sha256")})


@pytest.mark.parametrize(
    ("rule", "market", "message"),
    [
        (FirstPrice(), UncertainPresence(Procurement(THREE), 0.5), "set a lower reserve"),
        (FirstPrice(2.0), UncertainPresence(Procurement(THREE), 0.5), "set a lower reserve"),
        (FirstPrice(0.5), UncertainPresence(Procurement(THREE, tasks=2), 0.5), "Use Discriminatory"),
        (KthPrice(0.5), UncertainPresence(Procurement(THREE), 0.5), "where presence is uncertain"),
        (SecretReserve(), Procurement(THREE, value=0.5), "value is a distribution"),
        (SecretReserve(), Procurement(THREE, value=Uniform(-2, -1)), "excludes every type"),
        (SecretReserve(), Procurement(THREE, value=Mixture([(1, Uniform(0, 0.4)), (1, Uniform(0.6, 1))])), "has no mass between"),
        (SecretReserve(), UncertainPresence(Procurement(THREE, value=Uniform(0, 2)), 0.5), "not known beforehand"),
    ],
)
def test_refusals(rule: Mechanism, market: Market, message: str) -> None:
    with pytest.raises(Refused, match=message):
        solve(rule, market)


def test_specs_and_mirror_images() -> None:
    for market in (GAMES[0][1], UncertainPresence(Sale(THREE), 0.5)):
        assert market_from_spec(json.loads(json.dumps(market.spec()))) == market
    assert mechanism_from_spec(SecretReserve().spec()) == SecretReserve()
    sale = Sale({label: law.reflected() for label, law in THREE.items()}, value=Uniform(-1.2, -0.3))
    sold = solve(SecretReserve(), sale)
    assert sold.expected_payment.midpoint == pytest.approx(-solved(3).expected_payment.midpoint, abs=1e-11)
    assert check(sold.certificate).valid
    curve = solved(3).strategy("a")
    assert isinstance(curve, InverseCurve)


@pytest.mark.parametrize(
    ("presence", "message"),
    [(0.0, "above 0"), (1.5, "at most 1"), ({"z": 0.5}, "presence.z must be one of"), ({"a": 0}, "presence.a")],
)
def test_malformed_presence(presence: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        UncertainPresence(Procurement(THREE), presence)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(InvalidInput, match=r"market\.presence"):
        market_from_spec({"kind": "uncertain_presence", "market": Procurement(THREE).spec(), "presence": presence})
