"""War of attrition: closed forms, revenue, deviations by plain quadrature, and planted errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from equilibria import check, solve
from equilibria.checking import sealed, state
from mechanisms import (
    AllPay,
    Beta,
    Distribution,
    InvalidInput,
    LogNormal,
    Market,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    Uniform,
    WarOfAttrition,
    mechanism_from_spec,
)

UNIT = Uniform(0, 1)


def sale(n: int, law: Distribution = UNIT) -> Sale:
    return Sale({f"p{k}": law for k in range(n)})


def test_two_uniform_values() -> None:
    """b(v) = -v - log(1 - v), without bound; the revenue is that of a second price, 1/3."""
    equilibrium = solve(WarOfAttrition(), sale(2))
    assert (equilibrium.status, equilibrium.complete) == ("proved", False)
    values = np.array([0.0, 1e-8, 0.3, 0.9, 1 - 1e-12])
    bids = equilibrium.strategy("p0")(values)
    np.testing.assert_allclose(bids, -values - np.log1p(-values), rtol=1e-12, atol=1e-16)
    assert np.isposinf(equilibrium.strategy("p0")([1.0]))
    assert np.isnan(equilibrium.strategy("p0")([1.1]))
    assert equilibrium.expected_payment.lower <= 1 / 3 <= equilibrium.expected_payment.upper
    assert check(equilibrium.certificate).valid


def test_three_uniform_values() -> None:
    """b' = v 2v/(1 - v^2), so b = log((1 + v)/(1 - v)) - 2v (Krishna and Morgan 1997, at independent values)."""
    values = np.linspace(0, 0.999, 40)
    bids = solve(WarOfAttrition(), sale(3)).strategy("p1")(values)
    np.testing.assert_allclose(bids, 2 * np.arctanh(values) - 2 * values, rtol=1e-12, atol=1e-15)


LAWS = [
    (2, LogNormal(0, 1, 0.1, 10), None),
    (3, Beta(2, 3, 1, 2), 0.3),
    (4, PiecewiseLinear((0, 1, 2, 3), (0, 0.5, 0.5, 1)), 0.25),  # a gap: bids rest there
]


@pytest.mark.parametrize(("n", "law", "reserve"), LAWS, ids=["log-normal", "beta, reserve", "gap, reserve"])
def test_no_bid_is_better_by_quadrature(n: int, law: Distribution, reserve: float | None) -> None:
    equilibrium = solve(WarOfAttrition(reserve), sale(n, law))
    assert equilibrium.epsilon < 1e-15
    assert check(equilibrium.certificate).valid
    strategy = equilibrium.strategy("p0")
    levels = np.linspace(0, 1, 8001)
    types = law.quantile(levels[:-1])  # the chance to be below them is exact: no density is needed
    bids, chance = strategy(types), levels[:-1] ** (n - 1)
    taking = bids > 0
    price = np.where(taking, bids, reserve or 0.0)
    middle = 0.5 * (price[1:] + price[:-1])
    paid = np.cumsum(np.append(price[0] * chance[0], middle * np.diff(chance))) + bids * (1 - chance)
    shown = types[::400]
    utility = np.where(taking, shown[:, None] * chance - paid, 0.0)
    own = utility[np.arange(len(shown)), np.arange(0, len(types), 400)]
    assert (utility.max(axis=1) - own).max() < 2e-5


def test_revenue_is_that_of_an_all_pay_sale() -> None:
    for law in (Beta(2, 3, 1, 2), LogNormal(0, 0.5, 0.3, 3)):
        war, all_pay = solve(WarOfAttrition(), sale(4, law)), solve(AllPay(), sale(4, law))
        assert war.expected_payment.midpoint == pytest.approx(all_pay.expected_payment.midpoint, rel=1e-10)
        assert war.expected_payment.width < 1e-12


def test_a_reserve_keeps_out_who_would_not_recover_it() -> None:
    """Two uniform values: the entry a has a F(a) = r, and a rival that stays out leaves the winner the reserve to pay."""
    equilibrium = solve(WarOfAttrition(0.25), sale(2))
    np.testing.assert_allclose(equilibrium.strategy("p0")([0.0, 0.49999, 0.5]), [0, 0, 0.25], atol=1e-15)
    revenue = 2 * quad(lambda v: 0.25 * 0.5 + (v - 0.5) * 0 + quad(lambda y: y, 0.5, v)[0] + 0.25 * 0.5, 0.5, 1)[0]
    assert equilibrium.expected_payment.midpoint == pytest.approx(revenue, abs=1e-9)
    assert equilibrium.no_award.midpoint == pytest.approx(0.25, abs=1e-15)


def test_simulated_revenue() -> None:
    """Sampled outcomes of the rule itself."""
    rng = np.random.default_rng(3)
    market = sale(3, Uniform(0.5, 1.5))
    equilibrium = solve(WarOfAttrition(0.2), market)
    values = 0.5 + rng.random((40_000, 3))
    outcome = WarOfAttrition(0.2).batch(market, equilibrium.strategy("p0")(values))
    revenue = outcome.payments().sum(axis=1)
    assert revenue.mean() == pytest.approx(equilibrium.expected_payment.midpoint, abs=5 * revenue.std() / 200)
    assert 1 - outcome.award.mean() == pytest.approx(equilibrium.no_award.midpoint, abs=0.01)


def true_gain(ends: list[float], worth: list[float], n: int) -> float:
    """The most that a type gains, over a fine grid of types and bids, for uniform values."""
    y = np.linspace(0, 1, 2001)
    residual = (y - np.interp(y, ends, worth)) * (n - 1) * y ** (n - 2)
    total = np.concatenate([[0], np.cumsum(0.5 * (residual[1:] + residual[:-1]) * np.diff(y))])
    chance = y ** (n - 1)
    area = np.concatenate([[0], np.cumsum(0.5 * (chance[1:] + chance[:-1]) * np.diff(y))])
    # int_v^z (v - y) dG = (v - z)G(z) + int_v^z G
    gains = total - total[:, None] + (y[:, None] - y) * chance + area - area[:, None]
    return float(gains.max())


@pytest.mark.parametrize("n", [2, 4])
@pytest.mark.parametrize("nudge", [-0.04, 0.04])
def test_planted_worths_cost_their_square_and_smaller_claims_are_rejected(n: int, nudge: float) -> None:
    document = json.loads(solve(WarOfAttrition(), sale(n)).certificate.to_json())
    ends, worth = [0.0, 0.6, 0.7, 0.8, 1.0], [0.0, 0.6, 0.7 + nudge, 0.8, 1.0]
    document["equilibrium"] = {"ends": ends, "worth": worth}
    assert "states." in check(sealed(document)).message
    document["states"] = state(document)
    bound, true = document["states"]["epsilon"], true_gain(ends, worth, n)
    assert 1e-5 < true <= bound  # about nudge^2, where the derived bound is of the first order
    assert bound <= 1.01 * abs(nudge) * 0.1 * (n - 1)
    assert check(sealed(document)).valid
    document["states"]["epsilon"] = true * 0.99
    assert "states.epsilon" in check(sealed(document)).message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["equilibrium"].update(ends=[0.0, 0.9]), "end at 1.0"),
        (lambda d: d["equilibrium"].update(ends=[-0.1, 1.0]), "start at 0.0 or above"),
        (lambda d: d["equilibrium"].update(worth=[0.0, 0.0]), "worth must be positive"),
        (lambda d: d["equilibrium"].update(worth=[0.0]), "2 entries"),
        (lambda d: d["equilibrium"].update(top=9), "equilibrium.top is not known"),
        (lambda d: d["equilibrium"].update(ends=[0.1, 1.0], worth=[0.1, 1.0]), "states.epsilon"),
        (lambda d: d["mechanism"].update(reserve=0.1), "states.epsilon"),
        (lambda d: d["mechanism"].update(reserve=-0.1), "a reserve of at least 0"),
        (lambda d: d["market"]["values"]["p1"].update(high=1.5), "stated like"),
        (lambda d: d["states"].update(expected_payment=[0.3, 0.33]), "states.expected_payment"),
    ],
)
def test_altered_certificates_are_rejected(change: Callable[[Any], None], reason: str) -> None:
    document = json.loads(solve(WarOfAttrition(), sale(2)).certificate.to_json())
    change(document)
    checked = check(sealed(document))
    assert not checked.valid
    assert reason in checked.message


@pytest.mark.parametrize(
    ("market", "rule", "message"),
    [
        (Procurement({"a": UNIT, "b": UNIT}), WarOfAttrition(), "no mirror image in a procurement"),
        (sale(1), WarOfAttrition(), "needs a rival"),
        (Sale({"a": UNIT, "b": UNIT, "c": Uniform(0, 2)}), WarOfAttrition(), "continuum of equilibria"),
        (Sale({"a": UNIT, "b": Uniform(0, 2)}), WarOfAttrition(1), "highest value 1.0 of 'a'"),
        (Sale({"a": UNIT, "b": Uniform(-1, 2)}), WarOfAttrition(), "values must be at least 0"),
        (sale(2, Uniform(-1, 1)), WarOfAttrition(), "values must be at least 0"),
        (sale(2), WarOfAttrition(1), "nobody takes part"),
        (Sale({"a": UNIT, "b": UNIT}, tasks=2), WarOfAttrition(), "awards one task"),
    ],
)
def test_refusals(market: Market, rule: WarOfAttrition, message: str) -> None:
    with pytest.raises(Refused, match=message):
        solve(rule, market)


def test_bad_input_and_specs() -> None:
    with pytest.raises(InvalidInput, match="reserve must be at least 0"):
        WarOfAttrition(-1)
    with pytest.raises(InvalidInput, match="else None; got int"):
        solve(WarOfAttrition(), sale(2), 3)
    assert mechanism_from_spec(WarOfAttrition(0.5).spec()) == WarOfAttrition(0.5)


def test_by_hand() -> None:
    """The winner pays the second bid or the reserve, losers theirs, and a bid below the reserve nothing."""
    market = sale(3)
    bids = {"p0": Fraction(1, 4), "p1": Fraction(3, 4), "p2": Fraction(1, 2)}
    for reserve, paid in ((None, [1 / 4, 1 / 2, 1 / 2]), (0.375, [0, 1 / 2, 1 / 2]), (Fraction(5, 8), [0, 5 / 8, 0])):
        rule = WarOfAttrition(reserve)
        assert list(rule.outcome(market, bids).payments.values()) == paid
        np.testing.assert_array_equal(rule.batch(market, np.array([[0.25, 0.75, 0.5]])).payments()[0], paid)
