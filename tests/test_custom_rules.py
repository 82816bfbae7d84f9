"""Users' own rules: solved on a grid, estimated and not certified, and checked where they enter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equilibria import DualAveraging, FictitiousPlay, check, simulate, solve
from mechanisms import CustomRule, FirstPrice, InvalidInput, Procurement, Sale, Uniform, Vickrey
from tests.array_rules import all_pay, pays_winner

POINTS = 48
UNIT = Uniform(0, 1)


def test_a_function_reproduces_first_price() -> None:
    market = Sale({"a": UNIT, "b": UNIT})
    solver = DualAveraging(points=POINTS, iterations=600)
    own, built_in = solve(CustomRule("mine", pays_winner), market, solver), solve(FirstPrice(), market, solver)
    assert own.status == "estimated"
    assert own.expected_payment.midpoint == pytest.approx(built_in.expected_payment.midpoint, abs=0.5 / POINTS)
    assert own.epsilon == pytest.approx(built_in.epsilon, abs=0.5 / POINTS)
    values = np.linspace(0.1, 0.95, 30)
    np.testing.assert_allclose(own.strategy("a")(values), values / 2, atol=2 / POINTS)


def test_all_pay_from_a_function() -> None:
    """Two bidders of value U[0,1] bid v^2/2; the revenue is 1/3."""
    equilibrium = solve(CustomRule("all-pay", all_pay), Sale({"a": UNIT, "b": UNIT}), DualAveraging(points=POINTS), throw=False)
    values = np.linspace(0.1, 0.95, 30)
    np.testing.assert_allclose(equilibrium.strategy("a")(values), values**2 / 2, atol=2.5 / POINTS)
    assert equilibrium.expected_payment.midpoint == pytest.approx(1 / 3, abs=1 / POINTS)
    played = simulate(equilibrium, np.random.default_rng(9), 60_000)
    for name in ("expected_payment", "resource_cost", "prover_surplus", "no_award"):
        assert getattr(played, name).within(5, *getattr(equilibrium, name)), name


def test_three_agents_from_a_function() -> None:
    market = Sale(dict.fromkeys("abc", UNIT))
    equilibrium = solve(CustomRule("mine", pays_winner), market, DualAveraging(points=20, iterations=300), throw=False)
    assert equilibrium.expected_payment.midpoint == pytest.approx(0.5, abs=0.05)


def test_an_estimate_is_not_a_certificate() -> None:
    equilibrium = solve(CustomRule("mine", pays_winner), Sale({"a": UNIT, "b": UNIT}), FictitiousPlay(points=8), throw=False)
    assert "estimate" in equilibrium.message
    assert "not a rule that the checker knows" in check(equilibrium.certificate).message


def test_truth_is_found_in_a_second_price_auction() -> None:
    equilibrium = solve(Vickrey(), Procurement({"a": UNIT, "b": UNIT}), DualAveraging(points=POINTS, iterations=300))
    assert equilibrium.status == "estimated"
    assert equilibrium.epsilon < 1e-3
    costs = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(equilibrium.strategy("a")(costs), costs, atol=2 / POINTS)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (lambda bids: bids, "must return two arrays"),
        (lambda bids: (bids[:, :1], bids), "shares of shape"),
        (lambda bids: (bids, bids * np.nan), "finite payments"),
        (lambda bids: (bids - 5, bids), "shares of at least 0"),
        (lambda bids: ("no", "yes"), "array of numbers"),
    ],
)
def test_a_function_that_returns_something_else_is_refused(rule: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        CustomRule("wrong", rule).batch(Sale({"a": UNIT, "b": UNIT}), np.array([[0.2, 0.5]]))


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"name": ""}, "name"), ({"rule": 3}, "function"), ({"bids": (1, 0)}, "interval"), ({"bids": 3}, "lowest and the highest")],
)
def test_custom_rules_are_checked_where_they_enter(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        CustomRule(**({"name": "mine", "rule": pays_winner} | given))
