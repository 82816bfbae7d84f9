"""Best responses against closed forms, and the figure of an equilibrium."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from equilibria import FictitiousPlay, HazardShooting, solve
from equilibria.strategies import Mirrored, Truthful
from mechanisms import Beta, CustomRule, FirstPrice, InvalidInput, Procurement, Sale, Uniform, Vickrey
from tests.array_rules import all_pay

UNIT = Uniform(0, 1)
PAIR = Procurement({"a": UNIT, "b": UNIT})


def test_in_equilibrium_hardly_anything_is_gained() -> None:
    equilibrium = solve(FirstPrice(), Procurement({"a": UNIT, "b": Beta(2, 3)}), HazardShooting(cells=60))
    costs = np.linspace(0.01, 0.95, 48)
    for label in "ab":
        response = equilibrium.best_response(label)
        assert response.gain(costs).max() <= equilibrium.epsilon + 1e-12
        own = equilibrium.strategy(label)(costs)
        np.testing.assert_allclose(response.bid(costs), own, atol=3e-3)
        assert np.all(response.utility(costs, own + 1e-3) <= response.utility(costs, own) + equilibrium.epsilon)


def test_the_optimum_is_flat() -> None:
    """Two uniform provers: a bid that is d off costs d^2 times the density of winning."""
    equilibrium = solve(FirstPrice(), PAIR, HazardShooting(cells=60))
    response = equilibrium.best_response("a")
    lost = response.utility(0.2, 0.6) - response.utility(0.2, np.array([0.61, 0.65, 0.7]))
    np.testing.assert_allclose(lost, 2 * np.array([0.01, 0.05, 0.1]) ** 2, atol=1e-6)


def test_the_best_answer_to_truth() -> None:
    """Against a rival that bids its cost U[0,1], the best bid of cost c is (1 + c)/2, and a gain is found where it is known."""
    equilibrium = solve(FirstPrice(), PAIR, HazardShooting(cells=60))
    altered = replace(equilibrium, strategies={"a": Truthful(), "b": Truthful()})
    costs = np.linspace(0, 0.9, 10)
    response = altered.best_response("a")
    np.testing.assert_allclose(response.bid(costs), (1 + costs) / 2, atol=1e-5)
    np.testing.assert_allclose(response.gain(costs), ((1 - costs) / 2) ** 2, atol=1e-9)


def test_a_sale_with_a_reserve() -> None:
    equilibrium = solve(FirstPrice(0.4), Sale({"a": UNIT, "b": UNIT}), HazardShooting(cells=60))
    altered = replace(equilibrium, strategies={label: Mirrored(Truthful()) for label in "ab"})
    np.testing.assert_allclose(altered.best_response("b").bid(np.array([0.5, 0.7, 1.0])), [0.4, 0.4, 0.5], atol=1e-5)


@pytest.mark.parametrize("market", [PAIR, Sale({"a": UNIT, "b": UNIT})], ids=["procurement", "sale"])
def test_nothing_is_gained_on_truth_in_a_second_price_auction(market: Procurement | Sale) -> None:
    response = solve(Vickrey(), market).best_response("a")
    assert response.gain(np.linspace(0.1, 0.9, 9)).max() < 1e-5


def test_a_function_of_ones_own() -> None:
    equilibrium = solve(CustomRule("all-pay", all_pay), Sale({"a": UNIT, "b": UNIT}), FictitiousPlay(points=16), throw=False)
    response = equilibrium.best_response("a")
    assert 0.0 <= response.gain(np.linspace(0, 1, 11)).max() <= equilibrium.epsilon + 1e-3


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no prover is called 'zoe'"):
        solve(Vickrey(), PAIR).best_response("zoe")


def test_the_figure_shows_every_strategy() -> None:
    figure = solve(FirstPrice(), Sale({"a": UNIT, "b": Uniform(0, 2)}), FictitiousPlay(points=16, iterations=64)).plot()
    [axes] = figure.axes
    assert [line.get_label() for line in axes.lines] == ["truth", "a", "b"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("value", "bid")
    a, b = (np.asarray(line.get_ydata()) for line in axes.lines[1:])
    assert np.all(np.diff(a) >= 0)
    assert np.all(np.diff(b) >= 0)
