"""Contests with several prizes by rank: closed forms, regret by sampling, refusals, and rejected certificates."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb, log

import numpy as np
import pytest

from equilibria import HazardShooting, check, solve
from equilibria.checking import sealed
from mechanisms import (
    Beta,
    Contest,
    Distribution,
    InvalidInput,
    Mixture,
    PrizeContest,
    Procurement,
    Refused,
    Uniform,
    mechanism_from_spec,
)

F = Fraction
UNIT = Uniform(1, 2)


def contest(count: int, law: Distribution = UNIT, prize: float = 1.0) -> Contest:
    return Contest(prize=prize, costs={f"p{k}": law for k in range(count)})


@dataclass(frozen=True)
class Known:
    """An equilibrium in closed form, for costs uniform on [1, 2]."""

    name: str
    count: int
    shares: tuple[float, ...]
    effort: Callable[[np.ndarray], np.ndarray]
    cost: float
    redundant: float


def second_of_three(c: np.ndarray) -> np.ndarray:
    """Shares 0.6 and 0.4 for three: w(z) = 2 (0.2 (1 - z) + 0.4 z) = 0.4 (1 + z), so e = 0.4 int_c^2 (t / t) dt."""
    return np.asarray(0.4 * (2 - c))


KNOWN = [
    # e = log(2/c); E[c e] = int_1^2 (t^2 - 1)/(2 t) dt = 3/4 - log(2)/2, twice; losers: int (t^3/3 - t^2/2 + 1/6)/t dt, twice
    Known("pair", 2, (1.0,), lambda c: np.log(2 / c), 1.5 - log(2), 2 * (7 / 9 - 3 / 4 + log(2) / 6)),
    # w = 2 (1 - z) = 2 (2 - t); inner integral (t^2 - 1)/2
    Known(
        "three for one", 3, (1.0,), lambda c: 2 * (2 * np.log(2 / c) - (2 - c)), 3 * (2 * (1.5 - log(2)) - (7 / 3 - 1)), np.nan
    ),
    Known("three for two", 3, (0.6, 0.4), second_of_three, 3 * 0.4 * (7 / 3 - 1) / 2, np.nan),
]


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case.name)
def test_known_efforts(case: Known) -> None:
    equilibrium = solve(PrizeContest(case.shares), contest(case.count))
    costs = np.linspace(1, 2, 33)
    np.testing.assert_allclose(equilibrium.strategy("p0")(costs), case.effort(costs), atol=1e-13)
    assert equilibrium.status == "proved"
    assert (equilibrium.epsilon, equilibrium.no_award.upper) == (0.0, 0.0)
    assert case.cost in equilibrium.resource_cost
    assert np.isnan(case.redundant) or case.redundant in equilibrium.redundant_cost
    assert equilibrium.resource_cost.width < 1e-11
    assert sum(map(F, case.shares)) in equilibrium.expected_payment
    assert check(equilibrium.certificate).valid


MANY = {
    "uniform": (4, UNIT, (0.5, 0.3, 0.1)),
    "beta": (3, Beta(0.7, 3.5, 1, 2), (1.0,)),
    "gap": (5, Mixture([(0.5, Uniform(1, 1.2)), (0.5, Uniform(1.5, 2))]), (0.5, 0.5)),
}


@pytest.mark.parametrize("name", MANY)
def test_no_effort_is_better_and_costs_agree_with_simulation(name: str) -> None:
    count, law, shares = MANY[name]
    market = contest(count, law, prize=2.0)
    equilibrium = solve(PrizeContest(shares), market)
    effort = equilibrium.strategy("p0")
    table = np.linspace(*law.support, 1001)
    costs = law.sample(np.random.default_rng(3), (100_000, count))
    efforts = np.interp(costs, table, effort(table))
    outcome = PrizeContest(shares).batch(market, efforts)
    spent = costs * efforts
    assert equilibrium.resource_cost.midpoint == pytest.approx(spent.sum(axis=-1).mean(), rel=5e-3)
    lost = (spent * (outcome.allocation() == 0)).sum(axis=-1).mean()
    assert equilibrium.redundant_cost.midpoint == pytest.approx(lost, rel=1e-2)
    assert outcome.payments().sum(axis=-1).mean() == pytest.approx(2.0 * sum(shares))
    # the prize of an effort by the ranks of independent rivals, in floats
    level = law.cdf(table)
    prize = sum(
        2.0 * s * comb(count - 1, k) * level**k * (1 - level) ** (count - 1 - k) for k, s in enumerate(shares)
    )  # fmt: skip
    types = table[::50]
    utility = prize - types[:, None] * effort(table)
    assert (utility.max(axis=1) - np.diagonal(utility[:, ::50])).max() <= 1e-12


WRONG: dict[str, tuple[Callable[[dict[str, object]], None], str]] = {}


def wrong(reason: str) -> Callable[[Callable[[dict[str, object]], None]], Callable[[dict[str, object]], None]]:
    def keep(change: Callable[[dict[str, object]], None]) -> Callable[[dict[str, object]], None]:
        WRONG[change.__name__] = (change, reason)
        return change

    return keep


@wrong("the same law")
def unequal(tree: dict[str, object]) -> None:
    tree["market"]["costs"]["p1"]["high"] = 3.0  # type: ignore[index]


@wrong("not rise")
def rising(tree: dict[str, object]) -> None:
    tree["mechanism"]["shares"] = [0.3, 0.6]  # type: ignore[index]


@wrong("at most 1")
def too_much(tree: dict[str, object]) -> None:
    tree["mechanism"]["shares"] = [0.8, 0.6]  # type: ignore[index]


@wrong("holds no equilibrium")
def stated(tree: dict[str, object]) -> None:
    tree["equilibrium"] = {}


@wrong("states.resource_cost")
def dear(tree: dict[str, object]) -> None:
    tree["states"]["resource_cost"] = [0.1, 0.2]  # type: ignore[index]


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_so_is_rejected(name: str) -> None:
    change, reason = WRONG[name]
    tree = json.loads(solve(PrizeContest((0.6, 0.3)), contest(3)).certificate.to_json())
    change(tree)
    assert reason in check(sealed(tree)).message


def test_refusals() -> None:
    with pytest.raises(Refused, match="one law"):
        solve(PrizeContest(), Contest(prize=1, costs={"a": UNIT, "b": Uniform(1, 3)}))
    with pytest.raises(Refused, match="needs no solver"):
        solve(PrizeContest(), contest(2), HazardShooting())
    with pytest.raises(Refused, match="needs a Contest"):
        solve(PrizeContest(), Procurement({"a": UNIT, "b": UNIT}))
    with pytest.raises(Refused, match="Add a rival"):
        solve(PrizeContest(), contest(1))
    with pytest.raises(Refused, match="need as many contestants"):
        solve(PrizeContest((0.5, 0.3, 0.2)), contest(2))
    with pytest.raises(Refused, match="the same share"):
        solve(PrizeContest((0.5, 0.5)), contest(2))
    for shares in ((), (0.2, 0.4), (-0.1,), (0.8, 0.4), (0.0,)):
        with pytest.raises(InvalidInput, match="shares must"):
            PrizeContest(shares)


def test_one_profile_and_many() -> None:
    rule, market = PrizeContest((0.5, 0.25)), contest(3, prize=4.0)
    outcome = rule.outcome(market, {"p0": F(1), "p1": F(3), "p2": F(3)})
    assert dict(outcome.payments) == {"p0": 0, "p1": 2, "p2": 1}  # the first of equals has the better rank
    assert dict(rule.outcome(market, {"p0": 0, "p1": 1, "p2": 2}).proofs) == {"p0": 0, "p1": 1, "p2": 1}
    many = rule.batch(market, np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(many.payments(), [[0, 2, 1], [2, 0, 1]])
    with pytest.raises(InvalidInput, match="at least 0"):
        rule.batch(market, np.array([-1.0, 1.0, 1.0]))
    with pytest.raises(InvalidInput, match="at least 0"):
        rule.outcome(market, {"p0": -1, "p1": 1, "p2": 2})
    with pytest.raises(Refused, match="no mirror image"):
        rule.mirrored()
    assert mechanism_from_spec(json.loads(json.dumps(rule.spec()))) == rule
