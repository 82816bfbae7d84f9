"""Exchange rules that say truth is dominant: deviations that do not pay, and what a comparison estimates of them."""

from __future__ import annotations

import numpy as np
import pytest

from equilibria import compare, solve
from mechanisms import (
    EIP1559,
    BlockSpace,
    Exchange,
    ExchangeMechanism,
    KDoubleAuction,
    McAfee,
    PostedPriceExchange,
    Refused,
    TodaStyle,
    Uniform,
    rules,
)

LAW = Uniform(0, 10)
MARKET = Exchange(dict.fromkeys("uvw", LAW), dict.fromkeys("pqr", LAW))
EXCHANGES = [rule for rule in rules.RULES if issubclass(rule, ExchangeMechanism)]


def _made(rule: type[ExchangeMechanism]) -> ExchangeMechanism:
    return rule(5) if rule in (PostedPriceExchange, TodaStyle) else rule()


@pytest.mark.parametrize("rule", EXCHANGES, ids=lambda rule: rule.__name__)
def test_the_word_truthful_is_what_deviations_say(rule: type[ExchangeMechanism]) -> None:
    """One agent after another reports something else: it never gains if the rule is truthful, and somebody does if not."""
    mechanism, rng = _made(rule), np.random.default_rng(7)
    types = rng.uniform(0, 10, (4000, 6))
    side = np.array([-1.0] * 3 + [1.0] * 3)

    def surplus(bids: np.ndarray) -> np.ndarray:
        made = mechanism.batch(MARKET, bids)
        return np.asarray(side * (made.payments() - types * made.allocation()))

    honest, best = surplus(types), 0.0
    for agent in range(6):
        bids = types.copy()
        bids[:, agent] = rng.uniform(0, 10, len(types))
        best = max(best, float((surplus(bids) - honest)[:, agent].max()))
    assert (best <= 1e-9) == mechanism.truthful


def test_a_comparison_estimates_what_truth_brings() -> None:
    """One user, one prover, price 5: a quarter of all profiles trade, at 5, for a mean cost of 2.5."""
    market = Exchange({"u": LAW}, {"p": LAW})
    row = compare(market, [PostedPriceExchange(5)], columns="all").rows[0]
    values = {"price_paid": 1.25, "resource_cost": 0.625, "prover_surplus": 0.625, "budget": 0.0, "no_award": 0.75}
    for name, value in values.items():
        cell = row.cells[name]
        assert cell.regime == "estimated" and float(cell.value) == pytest.approx(value, abs=0.04)
        assert "dominant" in cell.note
    assert float(row.cells["hhi"].value) == 1 and row.cells["nakamoto"].value == 1  # users make no proofs
    assert row.reason is not None and "nothing to solve" in row.reason


def test_the_budget_is_what_does_not_reach_provers() -> None:
    cells = compare(MARKET, [McAfee()], columns=["price_paid", "resource_cost", "prover_surplus", "budget"]).rows[0].cells
    paid, spent, kept, left = (float(cell.value) for cell in cells.values())
    assert left == pytest.approx(paid - spent - kept) and left > 0.1


def test_rules_without_dominant_truth_say_so() -> None:
    with pytest.raises(Refused, match="none is known"):
        solve(rules.OrderBook(), MARKET)
    with pytest.raises(Refused, match="nothing to solve"):
        solve(McAfee(), MARKET)
    cells = compare(MARKET, [rules.OrderBook()], columns=["price_paid", "no_proof"]).rows[0].cells
    assert cells["price_paid"].value is None and cells["no_proof"].value is not None


def test_a_picture_takes_estimates_and_says_where_there_is_nothing_to_draw() -> None:
    from workbench.pictures import drawn

    columns = ["price_paid", "redundancy", "resource_cost", "prover_surplus", "no_award"]
    told = compare(MARKET, [McAfee(), rules.OrderBook()], columns=columns)
    assert b"McAfee" in drawn(told, "svg") and b"OrderBook" not in drawn(told, "svg")
    block = BlockSpace(dict.fromkeys("uv", LAW), size=1)
    for empty in (compare(MARKET, [rules.OrderBook()], columns=columns), compare(block, [EIP1559(1)], columns=columns)):
        with pytest.raises(Refused, match="amounts to draw"):
            drawn(empty, "svg")


def test_awards_of_an_exchange_are_those_of_provers() -> None:
    market = Exchange({"u": LAW}, {"p": LAW})
    cells = compare(market, [KDoubleAuction()], columns=["hhi", "nakamoto"]).rows[0].cells
    assert float(cells["hhi"].value) == pytest.approx(1) and cells["nakamoto"].value == 1
