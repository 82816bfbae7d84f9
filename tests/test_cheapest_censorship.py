"""Attacks that are cheaper, or dearer, than they look at first: each price from the deviation that it rests on."""

from __future__ import annotations

from fractions import Fraction

import pytest

from equilibria import censorship
from mechanisms import (
    Bond,
    Contest,
    DesignatedProver,
    DutchClock,
    InvalidInput,
    PrizeContest,
    Refused,
    SecondLowestPair,
    SecretReserve,
    Vickrey,
    WeibullRace,
)


def test_who_is_designated_delivers_at_a_loss_below_the_slash() -> None:
    """For a prize of 2 a cost of 3 loses 1, but no proof loses 5: the promise is 4, and 6 where the cost is 1."""
    rule = DesignatedProver(0, slash=5)
    assert censorship(rule, {"a": 3}, prize=2).cost == 4
    assert censorship(rule, {"a": 1, "b": 9}, prize=2, target="a").bribes == {"a": 6}
    assert censorship(rule, {"a": 1, "b": 9}, prize=2, target="b").attack == "none_needed"


def test_only_those_who_are_drawn_are_promised_anything() -> None:
    """One of four and a committee of one: in the dearest draw they are the two cheapest."""
    costs = {"a": 1, "b": 2, "c": 3, "d": 4}
    assert censorship(DesignatedProver(1), costs, prize=10).bribes == {"a": 9, "b": 8}
    with pytest.raises(Refused, match="5 members and there are 3 others"):
        censorship(DesignatedProver(5), costs, prize=10)


def test_a_bid_below_all_pushes_out_the_higher_of_two_winners_for_nothing() -> None:
    """The lowest bid never wins, so one of them loses no slash; two push out the lower winner, and the second of them wins."""
    costs, bond = {"a": 1, "b": 3, "c": 9, "d": 11}, Bond(slash=Fraction(1))
    assert [censorship(SecondLowestPair(20), costs, bond=bond, target=name).cost for name in "abcd"] == [0, 1, 0, 0]


def test_a_winner_that_may_rescue_is_promised_that_in_any_case() -> None:
    """To bribe the winner of a secret reserve may then cost less than to pose, so what it keeps would have to be known."""
    with pytest.raises(Refused, match="no fallback"):
        censorship(SecretReserve(), {"a": 1, "b": 2}, bond=Bond(slash=Fraction(5)), fallback_price=100)
    underbid = censorship(Vickrey(), {"a": 1, "b": 9}, bond=Bond(slash=Fraction(1)), fallback_price=4, target="a")
    assert underbid.attack == "win_and_withhold" and underbid.cost == 1 + 3
    assert underbid.bribes == {"a": 3}  # it might rescue


def test_a_clock_leaves_its_winner_at_least_the_price_that_it_begins_with() -> None:
    assert censorship(DutchClock(4, 20, 1, 2), {"a": 1, "b": 2}, open_entry=False).cost == 3


def test_nobody_works_for_a_prize_that_the_last_gets_too() -> None:
    assert censorship(PrizeContest((0.5, 0.5)), Contest(8, {"a": 1, "b": 1})).attack == "none_needed"


@pytest.mark.parametrize("shape", [1e6, 1e300])
def test_a_sharp_race_asks_for_one_proof_by_the_deadline(shape: float) -> None:
    """As the shape grows the least speed in time is 1/D, and costs c/D."""
    found = censorship(WeibullRace(shape), Contest(10, {"a": 2}), deadline=3)
    assert float(found.cost) == pytest.approx(10 - 2 / 3, abs=1e-5)


@pytest.mark.parametrize(("shape", "deadline", "cost"), [(2, 1e-140, 0), (1e10, 0.5, 0), (1e10, 2, 8), (2, 1e140, 8)])
def test_speeds_far_from_the_deadline_are_no_trouble(shape: float, deadline: float, cost: int) -> None:
    found = censorship(WeibullRace(shape), Contest(10, {"a": 2}, speeds={"a": 1}), deadline=deadline)
    assert 0 <= found.cost - cost <= Fraction(1, 10**11)


def test_a_target_is_a_label() -> None:
    with pytest.raises(InvalidInput, match="target must be one of"):
        censorship(Vickrey(), {"a": 1, "b": 1}, target=["a"])
