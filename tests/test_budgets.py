"""Agents with one known budget: closed forms, deviations on a grid, planted switches."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria import check, solve
from equilibria.checking import sealed, state
from mechanisms import (
    AllPay,
    Beta,
    Budgeted,
    Distribution,
    FirstPrice,
    InvalidInput,
    Market,
    Mechanism,
    Procurement,
    Refused,
    Sale,
    Uniform,
    Vickrey,
    market_from_spec,
)

UNIT = Uniform(0, 1)


def sale(n: int, law: Distribution = UNIT) -> Sale:
    return Sale({f"p{k}": law for k in range(n)})


def procurement(n: int, law: Distribution = UNIT) -> Procurement:
    return Procurement({f"p{k}": law for k in range(n)})


def test_all_pay_of_two_uniform_values() -> None:
    """s(1 + s)/2 - w = s^2/2, so the switch is s = 2w; below it, b = v^2/2."""
    equilibrium = solve(AllPay(), Budgeted(sale(2), 0.25))
    np.testing.assert_allclose(equilibrium.strategy("p0")([0.1, 0.4999, 0.5001, 1]), [0.005, 0.12495, 0.25, 0.25], atol=1e-5)
    assert json.loads(equilibrium.certificate.to_json())["equilibrium"]["switch"] == pytest.approx(0.5, abs=1e-15)
    assert equilibrium.expected_payment.midpoint == pytest.approx(2 * (0.5**3 / 6 + 0.5 * 0.25), abs=1e-14)
    assert check(equilibrium.certificate).valid


def test_first_price_of_two_uniform_values() -> None:
    """(s - w)(1 + s)/2 = s^2/2, so s = w/(1 - w); below it, b = v/2."""
    equilibrium = solve(FirstPrice(), Budgeted(sale(2), 0.25))
    np.testing.assert_allclose(equilibrium.strategy("p0")([0.1, 0.33, 0.34, 1]), [0.05, 0.165, 0.25, 0.25], atol=1e-14)
    # Both below s: E[max]/2 of values up to 1/3; otherwise the whole budget.
    assert equilibrium.expected_payment.midpoint == pytest.approx((2 / 9) / 2 / 9 + 0.25 * 8 / 9, abs=1e-14)


@pytest.mark.parametrize("rule", [FirstPrice(), AllPay()], ids=repr)
def test_budgets_that_bind_nobody_or_everybody(rule: Mechanism) -> None:
    free, bound = solve(rule, sale(3)), solve(rule, Budgeted(sale(3), 0.9))
    assert bound.expected_payment.midpoint == pytest.approx(free.expected_payment.midpoint, abs=1e-10)
    pooled = solve(rule, Budgeted(sale(3, Uniform(1, 2)), 0.25))
    np.testing.assert_array_equal(pooled.strategy("p0")([1.01, 1.5, 2]), 0.25)
    assert pooled.expected_payment.midpoint == pytest.approx(0.75 if isinstance(rule, AllPay) else 0.25, abs=1e-13)
    assert pooled.resource_cost.midpoint == pytest.approx(-1.5, abs=1e-13)


CASES = [
    (FirstPrice(), 2, UNIT, 0.3),
    (FirstPrice(0.2), 4, Beta(2, 3), 0.35),
    (AllPay(), 3, UNIT, 0.2),
    (AllPay(), 2, Beta(2, 3, 1, 2), 0.7),
]


def regret(rule: Mechanism, n: int, law: Distribution, budget: float, switch: float) -> float:
    """The most that a type gains by a bid of a grid, by plain quadrature of what rivals do."""
    low, high = law.support
    entry = max(low, float(getattr(rule, "reserve", None) or low))
    z = np.linspace(entry, high, 20001)
    chance = law.cdf(z) ** (n - 1)
    rent = np.concatenate([[0], np.cumsum(0.5 * (chance[1:] + chance[:-1]) * np.diff(z))])
    q = float(law.survival(np.float64(switch)))
    wins = sum((1 - q) ** j for j in range(n)) / n
    all_pay = isinstance(rule, AllPay)
    types = np.linspace(low, high, 400)
    bids = np.where(chance > 0, z - rent / np.where(chance > 0, chance, 1), z) if not all_pay else z * chance - rent
    below = z <= switch
    wages = types[:, None] * chance[below] - (bids[below] if all_pay else bids[below] * chance[below])
    capped = types * wins - budget if all_pay else (types - budget) * wins
    best = np.maximum(np.maximum(wages.max(axis=1), capped), 0)
    own = np.where(types >= switch, capped, np.maximum(np.interp(types, z, rent), 0))
    return float((best - own).max())


@pytest.mark.parametrize(("rule", "n", "law", "budget"), CASES, ids=repr)
@pytest.mark.parametrize("nudge", [0.0, -0.03, 0.03])
def test_no_type_gains_more_than_derived(rule: Mechanism, n: int, law: Distribution, budget: float, nudge: float) -> None:
    equilibrium = solve(rule, Budgeted(sale(n, law), budget))
    assert equilibrium.epsilon < 1e-14
    assert check(equilibrium.certificate).valid
    document = json.loads(equilibrium.certificate.to_json())
    document["equilibrium"]["switch"] += nudge
    true = regret(rule, n, law, budget, document["equilibrium"]["switch"])
    if nudge == 0.0:
        assert true < 1e-6
        return
    assert "states." in check(sealed(document)).message
    document["states"] = state(document)
    assert document["states"]["epsilon"] == pytest.approx(true, rel=0.1)  # types of the grid may miss the switch
    assert document["states"]["epsilon"] >= true - 1e-6
    document["states"]["epsilon"] *= 1 - 1e-6
    assert "states.epsilon" in check(sealed(document)).message


def test_simulated_means() -> None:
    rng, draws = np.random.default_rng(2), 40_000
    equilibrium = solve(FirstPrice(0.2), Budgeted(sale(3), 0.4))
    values = rng.random((draws, 3))
    bids = equilibrium.strategy("p0")(values) * (values >= 0.2)
    winner = (bids + 1e-9 * rng.random(bids.shape)).argmax(axis=1)  # a lot among equals
    paid = bids[np.arange(draws), winner]
    assert paid.mean() == pytest.approx(equilibrium.expected_payment.midpoint, abs=0.004)
    gained = np.where(paid > 0, values[np.arange(draws), winner], 0).mean()
    assert -gained == pytest.approx(equilibrium.resource_cost.midpoint, abs=0.006)


def test_outlays_of_provers() -> None:
    """c <= 1/2 of two uniform costs take part, X = 1 - c, and the last bids the reserve: b = c + ((r - 1/2)/2 + int X)/X."""
    equilibrium = solve(FirstPrice(0.8), Budgeted(procurement(2), 0.5))
    costs = np.array([0.0, 0.3, 0.5])
    expected = costs + (0.3 * 0.5 + ((1 - costs) ** 2 - 0.25) / 2) / (1 - costs)
    np.testing.assert_allclose(equilibrium.strategy("p0")(costs), expected, atol=1e-14)
    assert np.isnan(equilibrium.strategy("p0")([0.6]))
    assert (equilibrium.status, equilibrium.no_award.midpoint) == ("proved", pytest.approx(0.25))
    assert check(equilibrium.certificate).valid
    plain = solve(FirstPrice(0.8), procurement(2))
    large = solve(FirstPrice(0.8), Budgeted(procurement(2), 5))
    assert large.expected_payment.midpoint == pytest.approx(plain.expected_payment.midpoint, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["equilibrium"].update(switch=1.2), "must lie between 0.0 and 1.0; got 1.2"),
        (lambda d: d["equilibrium"].update(switch=0.9), "may bid more than it"),
        (lambda d: d["market"].update(budget=-1), "positive budget"),
        (lambda d: d["market"].update(budget=0.31), "states."),
        (lambda d: d["mechanism"].update(reserve=0.5), "nobody can bid the reserve"),
        (lambda d: d["mechanism"].update(kind="vickrey"), "first_price or all_pay"),
        (lambda d: d["market"]["market"]["values"]["p1"].update(high=1.5), "stated like"),
        (lambda d: d["states"].update(no_award=[0.1, 0.1]), "states.no_award"),
    ],
)
def test_altered_certificates_are_rejected(change: Callable[[Any], None], reason: str) -> None:
    document = json.loads(solve(FirstPrice(), Budgeted(sale(2), 0.3)).certificate.to_json())
    change(document)
    checked = check(sealed(document))
    assert not checked.valid
    assert reason in checked.message


@pytest.mark.parametrize(
    ("rule", "market", "message"),
    [
        (Vickrey(), Budgeted(sale(2), 0.3), "handles FirstPrice and AllPay"),
        (FirstPrice(), Budgeted(procurement(2), 0.3), "needs a reserve"),
        (FirstPrice(0.4), Budgeted(sale(2), 0.3), "nobody can bid the reserve 0.4"),
        (FirstPrice(0.5), Budgeted(procurement(2, Uniform(1, 2)), 3), "nobody bids"),
        (AllPay(), Budgeted(sale(2, Uniform(-1, 1)), 0.3), "values of at least 0"),
        (AllPay(), Budgeted(procurement(2), 0.3), "no mirror image"),
        (FirstPrice(), Budgeted(sale(1), 0.3), "Add a rival"),
        (FirstPrice(), Budgeted(Sale({"a": UNIT, "b": UNIT}, tasks=2), 0.3), "one task"),
    ],
)
def test_refusals(rule: Mechanism, market: Market, message: str) -> None:
    with pytest.raises(Refused, match=message):
        solve(rule, market)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Budgeted(sale(2), 0), "budget must be positive; got 0.0"),
        (lambda: Budgeted(sale(2), float("nan")), "budget must be"),
        (lambda: Budgeted(Sale({"a": UNIT, "b": Uniform(0, 2)}), 1), "agents alike; 'b'"),
        (lambda: market_from_spec({"kind": "budgeted", "market": sale(2).spec()}), "market.budget must be given"),
        (lambda: solve(FirstPrice(), Budgeted(sale(2), 0.3), 3), "solver must be a BudgetSwitch"),
    ],
)
def test_bad_input(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()


def test_markets_survive_their_spec() -> None:
    market = Budgeted(sale(2), 0.3)
    assert market_from_spec(json.loads(json.dumps(market.spec()))) == market


@pytest.mark.parametrize("rule", [FirstPrice(), AllPay()], ids=repr)
def test_lots_decide_at_the_budget(rule: FirstPrice | AllPay) -> None:
    """In market order the last of equals would win too rarely: its regret at the cap would be 1/36 and 1/8 of a unit."""
    market = Budgeted(Sale(dict.fromkeys("ab", Uniform(0, 1))), 0.25)
    quarter = Fraction(1, 4)
    found = rule.outcome(market, {"a": quarter, "b": quarter})
    assert set(found.allocation.values()) == {Fraction(1, 2)}
    assert set(found.payments.values()) == {quarter / 2 if isinstance(rule, FirstPrice) else quarter}
    several = rule.batch(market, np.array([[0.25, 0.25], [0.25, 0.125]]))
    assert several.allocation().tolist() == [[0.5, 0.5], [1.0, 0.0]]
    equilibrium = solve(rule, market)
    assert equilibrium.best_response("b").gain([0.2, 0.8]).max() < 1e-3
