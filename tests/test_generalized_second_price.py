"""Generalised second price: the example of its authors, ranks, reserves, and a profitable lie."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mechanisms import (
    GeneralizedSecondPrice,
    InvalidInput,
    Market,
    Procurement,
    Refused,
    Sale,
    Uniform,
    Vickrey,
    mechanism_from_spec,
)
from tests.strict_scalars import columns

F = Fraction
LAW = Uniform(0, 10)
SLOTS = Sale(dict.fromkeys("abc", LAW), tasks=2)
CLICKS = GeneralizedSecondPrice(weights=(200, 100))
PROOFS = Procurement(dict.fromkeys("abcd", LAW), tasks=2)


def paid(rule: GeneralizedSecondPrice | Vickrey, market: Market, *bids: object) -> list[object]:
    return list(rule.outcome(market, dict(zip(market.labels, bids, strict=True))).payments.values())


def test_two_slots_of_clicks() -> None:
    outcome = CLICKS.outcome(SLOTS, {"a": 10, "b": 4, "c": 2})
    assert dict(outcome.allocation) == {"a": 200, "b": 100, "c": 0}
    assert dict(outcome.payments) == {"a": 800, "b": 200, "c": 0}


def test_a_lower_bid_may_be_better() -> None:
    # Values 10, 9 and 6 a click: truth gains the first 200 (10 - 9) = 200, a bid below 9 gains it 199 (10 - 6) = 796.
    rule = GeneralizedSecondPrice(weights=(200, 199))
    honest = 200 * 10 - paid(rule, SLOTS, 10, 9, 6)[0]
    shaded = 199 * 10 - paid(rule, SLOTS, 8, 9, 6)[0]
    assert (honest, shaded) == (200, 796)


def test_each_rank_is_paid_the_next() -> None:
    rule = GeneralizedSecondPrice()
    assert paid(rule, PROOFS, 3, 1, 2, 5) == [0, 2, 3, 0]
    assert paid(rule, PROOFS, 2, 2, 2, 2) == [2, 2, 0, 0]
    assert paid(GeneralizedSecondPrice(F(5, 2)), PROOFS, 3, 1, 2, 5) == [0, 2, F(5, 2), 0]
    assert paid(GeneralizedSecondPrice(F(5, 2)), PROOFS, 3, 4, 2, 5) == [0, 0, F(5, 2), 0]
    assert paid(GeneralizedSecondPrice(0), PROOFS, 3, 4, 2, 5) == [0, 0, 0, 0]
    assert paid(GeneralizedSecondPrice(3), SLOTS, 1, 7, 3) == [0, 3, 3]


@pytest.mark.parametrize("market", [PROOFS, SLOTS, Sale(dict.fromkeys("abcd", LAW), tasks=3)], ids=["buy", "sell", "three"])
@pytest.mark.parametrize("reserve", [None, F(3, 2)])
@pytest.mark.parametrize("weighted", [False, True])
def test_evaluations_agree(market: Market, reserve: Fraction | None, weighted: bool) -> None:
    rule = GeneralizedSecondPrice(reserve, (0.75, 0.5, 0.5)[: market.tasks] if weighted else None)
    profiles = np.random.default_rng(1).integers(0, 7, (80, len(market.labels)))
    many = rule.batch(market, profiles / 2)
    for k, row in enumerate(profiles):
        reports = [F(int(x), 2) for x in row]
        shares, amounts, _ = columns(rule, market, reports)
        outcome = rule.outcome(market, dict(zip(market.labels, reports, strict=True)))
        assert [*outcome.allocation.values()] == shares == many.allocation()[k].tolist()
        assert [*outcome.payments.values()] == amounts == many.payments()[k].tolist()


def test_one_slot_is_the_second_price() -> None:
    market = Procurement(dict.fromkeys("abc", LAW))
    for row in np.random.default_rng(2).integers(0, 5, (60, 3)):
        bids = [int(x) for x in row]
        assert paid(GeneralizedSecondPrice(2), market, *bids) == paid(Vickrey(2), market, *bids)
        assert paid(GeneralizedSecondPrice(), market, *bids) == paid(Vickrey(), market, *bids)


def test_refusals_and_specs() -> None:
    for rule in (CLICKS, GeneralizedSecondPrice(0.5), GeneralizedSecondPrice()):
        assert mechanism_from_spec(rule.spec()) == rule
    with pytest.raises(Refused, match=r"needs a bid of rank 3 or a reserve: with 2 agents"):
        GeneralizedSecondPrice().batch(Procurement({"a": LAW, "b": LAW}, tasks=2), np.zeros(2))
    with pytest.raises(Refused, match="2 weights need tasks=2; this market has tasks=1"):
        paid(CLICKS, Sale(dict.fromkeys("abc", LAW)), 1, 2, 3)
    for wrong in ((1, 2), (0,), (), (-1,), "12", (1, None)):
        with pytest.raises(InvalidInput, match=r"^weights"):
            GeneralizedSecondPrice(weights=wrong)  # type: ignore[arg-type]
