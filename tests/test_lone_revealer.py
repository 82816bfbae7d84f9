"""Second price where whoever bids alone is paid its own bid: closed forms, equal payments, plain sums, planted errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from math import comb
from typing import Any

import numpy as np
import pytest

from equilibria import AwardCollocation, Equilibrium, check, simulate, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    Beta,
    CommitReveal,
    Distribution,
    InvalidInput,
    Market,
    Mechanism,
    Mixture,
    Procurement,
    Refused,
    Sale,
    UncertainPresence,
    Uniform,
    Vickrey,
)

UNIT = Uniform(0, 1)


def market(law: Distribution, n: int, presence: float = 1.0, kind: type[Procurement] | type[Sale] = Procurement) -> Market:
    within = kind({f"p{i}": law for i in range(n)})
    return within if presence == 1.0 else UncertainPresence(within, presence)


@cache
def solved(law: Distribution, n: int, presence: float, reserve: float, lone: str = "own_bid") -> Equilibrium:
    return solve(CommitReveal(reserve, lone), market(law, n, presence))


@pytest.mark.parametrize(("presence", "reserve"), [(0.7, 1.0), (0.7, 1.5), (0.9, 1.0), (1.0, 0.6), (0.8, 0.5)])
def test_two_uniform_costs(presence: float, reserve: float) -> None:
    """The markup solves m' = k m - 1, k = p/P, with the reserve bid at the top."""
    equilibrium = solved(UNIT, 2, presence, reserve)
    top = min(reserve, 1.0)
    k = presence / (1.0 - presence * top)
    c = np.linspace(0, top, 23)
    markup = (1.0 - np.exp(-k * (top - c))) / k + (reserve - top) * np.exp(-k * (top - c))
    np.testing.assert_allclose(equilibrium.strategy("p0")(c), c + markup, atol=2e-13)
    assert equilibrium.relative_epsilon < 1e-12 and check(equilibrium.certificate).valid


CASES = [(UNIT, 3, 0.7, 1.5), (Beta(2, 3), 4, 0.8, 0.7), (Beta(2, 3), 3, 0.6, 1.2), (UNIT, 5, 0.99, 1.0), (UNIT, 3, 1.0, 0.8)]


@pytest.mark.parametrize(("law", "n", "presence", "reserve"), CASES)
def test_the_same_is_paid_as_if_the_lone_one_got_the_reserve(law: Distribution, n: int, presence: float, reserve: float) -> None:
    """Both award the lowest cost and leave the highest type alike, so both pay alike (Myerson 1981)."""
    own, second = solved(law, n, presence, reserve), solved(law, n, presence, reserve, "reserve")
    assert own.expected_payment.midpoint == pytest.approx(second.expected_payment.midpoint, abs=1e-11)
    assert own.resource_cost.midpoint == pytest.approx(second.resource_cost.midpoint, abs=1e-11)
    assert second.status == "proved"
    assert own.strategy("p0")([0.3])[0] > second.strategy("p0")([0.3])[0] == pytest.approx(0.3)


def test_a_second_price_with_its_reserve() -> None:
    """Of n = 3 uniform costs, each there with p: those there are binomial, and m of them pay 2/(m + 1), or the reserve."""
    p, reserve = 0.6, 1.0
    expected = sum(comb(3, m) * p**m * (1 - p) ** (3 - m) * (2 / (m + 1) if m > 1 else reserve * m) for m in range(4))
    for rule in (Vickrey(reserve), CommitReveal(reserve, "reserve")):
        found = solve(rule, market(UNIT, 3, p))
        assert found.status == "proved" and check(found.certificate).valid
        assert found.expected_payment.lower <= expected <= found.expected_payment.upper
        assert found.expected_payment.width < 1e-14 and found.no_award.midpoint == pytest.approx((1 - p) ** 3)
    different = UncertainPresence(Procurement({"a": UNIT, "b": Beta(2, 2), "c": Uniform(0.2, 1.5)}), {"a": 0.5, "c": 0.8})
    found = solve(Vickrey(1.2), different)
    drawn = simulate(found, np.random.default_rng(4), 200_000)
    for name in ("expected_payment", "resource_cost", "no_award"):
        estimate = getattr(drawn, name)
        assert getattr(found, name).midpoint == pytest.approx(estimate.mean, abs=5 * estimate.standard_error + 1e-9)
    sure, known = solve(CommitReveal(0.7, "reserve"), market(UNIT, 3)), solve(Vickrey(0.7), market(UNIT, 3))
    assert sure.expected_payment.midpoint == pytest.approx(known.expected_payment.midpoint, abs=1e-14)


def test_never_alone_is_truthful() -> None:
    assert solved(UNIT, 3, 1.0, 1.0).status == "proved"
    almost = solved(UNIT, 10, 0.99, 1.0)
    assert almost.relative_epsilon < 1e-15
    np.testing.assert_array_equal(almost.strategy("p3")([0.2, 0.9]), [0.2, 0.9])


@pytest.mark.parametrize(("law", "n", "presence", "reserve"), CASES)
def test_no_bid_is_better_by_plain_sums(law: Distribution, n: int, presence: float, reserve: float) -> None:
    equilibrium = solved(law, n, presence, reserve)
    size = 20_000
    top = min(reserve, law.support[1])
    costs = law.quantile((np.arange(size) + 0.5) / size)
    bids = np.where(costs <= top, equilibrium.strategy("p1")(costs), np.inf)
    alone = (1.0 - presence * np.isfinite(bids).mean()) ** (n - 1)
    offers = np.concatenate([[0.0], np.linspace(0.9 * bids[0], reserve, 1200)])
    # the chance that the lowest rival bid is above an offer, and the integral of bids against the law of that lowest one
    away = 1.0 - presence * np.arange(size + 1) / size
    chance = away ** (n - 1)
    paid = np.where(np.isfinite(bids), np.nan_to_num(bids, posinf=0.0), 0.0) * -np.diff(chance)
    tail = np.append(np.cumsum(paid[::-1])[::-1], 0.0)
    place = np.searchsorted(bids, offers)
    types = law.quantile(np.linspace(0.01, 0.99, 30))
    types = types[types <= top]

    def utility(bid: Any, at: Any) -> Any:
        return alone * bid + tail[at] - types[:, None] * chance[at]

    made = equilibrium.strategy("p0")(types)
    kept = np.diagonal(utility(made[None, :], np.searchsorted(bids, made)[None, :]))
    assert (utility(offers[None, :], place[None, :]).max(axis=1) - kept).max() < 2e-4
    drawn = simulate(equilibrium, np.random.default_rng(3), 60_000)
    for name in ("expected_payment", "resource_cost", "no_award"):
        estimate, bound = getattr(drawn, name), getattr(equilibrium, name)
        assert bound.midpoint == pytest.approx(estimate.mean, abs=5 * estimate.standard_error + 1e-9) and bound.width < 1e-12


def test_a_sale_is_the_mirror() -> None:
    sale = solve(CommitReveal(0.2), market(UNIT, 3, 0.7, Sale))
    bought = solve(CommitReveal(-0.2), market(Uniform(-1, 0), 3, 0.7))
    assert sale.expected_payment.midpoint == pytest.approx(-bought.expected_payment.midpoint, abs=1e-14)
    np.testing.assert_allclose(sale.strategy("p0")([0.5]), -bought.strategy("p0")([-0.5]), atol=1e-15)


def document(presence: float = 0.7, lone: str = "own_bid") -> Any:
    return json.loads(solved(UNIT, 2, presence, 0.9 if presence == 1.0 else 1.5, lone).certificate.to_json())


def stated(tree: Any) -> Any:
    return state({key: value for key, value in tree.items() if key not in ("states", "sha256")})


def test_wrong_markups_cost_what_the_checker_says() -> None:
    tree = document()
    tree["equilibrium"] = {"ends": [0.0, 1.0], "values": [0.0, 1.0], "bubbles": [[0.0]]}  # the truth
    found = stated(tree)
    # alone with 0.3, the best bid of a cost near 1 is the reserve: a gain of 0.3 times 0.5, and less for lower costs
    assert 0.15 <= found["epsilon"] <= 0.3 * 1.5 + 1e-8
    tree = document()
    claimed = tree["states"]["epsilon"]
    tree["equilibrium"]["values"][1] += 1e-4
    assert stated(tree)["epsilon"] > 1e3 * claimed
    assert not check(sealed({key: value for key, value in tree.items() if key != "sha256"})).valid


WRONG: dict[str, tuple[Callable[[Any], None], str]] = {
    "no reserve": (lambda t: t["mechanism"].pop("reserve"), "reserve is missing"),
    "another payment": (lambda t: t["mechanism"].__setitem__("lone", "double"), "'own_bid' or 'reserve'"),
    "a parameter": (lambda t: t["mechanism"].__setitem__("k", 3), "not known"),
    "unequal presence": (lambda t: t["market"]["presence"].__setitem__("p0", 0.4), "one number for all"),
    "no presence": (lambda t: t["market"].__setitem__("presence", {"p0": 0.0, "p1": 0.0}), "above 0 and at most 1"),
    "a stranger": (lambda t: t["market"]["presence"].__setitem__("p7", 0.7), "exactly the agents"),
    "another law": (lambda t: t["market"]["market"]["costs"].__setitem__("p0", Uniform(0, 2).spec()), "one prior for all"),
    "two tasks": (lambda t: t["market"]["market"].__setitem__("tasks", 2), "tasks must be 1"),
    "bids that fall": (lambda t: t["equilibrium"]["values"].__setitem__(1, 0.0), "increase"),
    "above the reserve": (lambda t: t["mechanism"].__setitem__("reserve", 1.4), "not accepted"),
    "not all take part": (lambda t: t["equilibrium"]["ends"].__setitem__(0, 0.01), "must start at"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_malformed_certificates_are_rejected(fault: str) -> None:
    change, message = WRONG[fault]
    tree = document()
    change(tree)
    with pytest.raises(Rejected, match=message):
        stated(tree)


def test_the_payment_of_a_lone_bidder_is_part_of_the_game() -> None:
    """A file of one payment is none of the other: strategies are stated for one, and nothing is for the other."""
    for lone, other in (("own_bid", "reserve"), ("reserve", "own_bid")):
        tree = document(lone=lone)
        tree["mechanism"]["lone"] = other
        with pytest.raises(Rejected, match=r"truth is dominant|equilibrium is missing"):
            stated(tree)


REFUSED: dict[str, tuple[Mechanism, Market, str]] = {
    "different laws": (CommitReveal(1), Procurement({"a": UNIT, "b": Beta(2, 2)}), "between provers alike"),
    "different presence": (
        CommitReveal(1), UncertainPresence(Procurement({"a": UNIT, "b": UNIT}), {"a": 0.5}), "between provers alike",
    ),
    "alone": (CommitReveal(1), Procurement({"a": UNIT}), "needs a rival"),
    "no reserve": (Vickrey(), market(UNIT, 2, 0.5), "needs a reserve"),
    "a reserve below all": (CommitReveal(0), market(UNIT, 2), "excludes every type"),
    "a gap": (CommitReveal(1), market(Mixture([(0.5, Uniform(0, 0.4)), (0.5, Uniform(0.6, 1))]), 2, 0.5), "no mass between"),
    "an infinite density": (CommitReveal(1), market(Beta(0.5, 1), 2, 0.5), "density of the prior is infinite"),
    "two tasks": (CommitReveal(1), Procurement({"a": UNIT, "b": UNIT}, tasks=2), "one task"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    rule, agents, message = REFUSED[case]
    with pytest.raises(Refused, match=message):
        solve(rule, agents)


def test_solvers_of_other_games_are_not_taken() -> None:
    with pytest.raises(InvalidInput, match="must be an EnvelopeIntegral"):
        solve(CommitReveal(1), market(UNIT, 2), AwardCollocation())
    with pytest.raises(InvalidInput, match="as truth is dominant"):
        solve(CommitReveal(1, "reserve"), market(UNIT, 2), AwardCollocation())


def test_the_highest_bid_is_the_reserve_however_its_sum_is_rounded() -> None:
    found = solve(CommitReveal(0.2), market(Uniform(1, 2), 3, 0.6, Sale))
    assert found.relative_epsilon < 1e-12 and found.strategy("p0")([1.0])[0] == 0.2


def test_markups_that_doubles_do_not_resolve_are_truth() -> None:
    found = solved(UNIT, 2, 1.0 - 1e-13, 1.0)
    assert found.epsilon < 1e-12 and check(found.certificate).valid


def test_a_file_names_who_is_there() -> None:
    tree = json.loads(solve(Vickrey(1.0), market(UNIT, 2, 0.5)).certificate.to_json())
    tree["market"]["presence"] = {}
    with pytest.raises(Rejected, match="exactly the agents"):
        state(tree)
