"""Proofs in time and the price of censorship: figures of the reference, enumeration, monotonicity, refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from equilibria import censorship, liveness
from equilibria.redundancy import LogNormalTimes
from mechanisms import (
    Bond,
    DutchClock,
    Enclosure,
    EqualShare,
    FirstPrice,
    InvalidInput,
    PostedPrice,
    Procurement,
    Race,
    Refused,
    Sale,
    Uniform,
    Vickrey,
)


def _market(provers: int) -> Procurement:
    return Procurement({f"p{i}": Uniform(0, 1) for i in range(provers)})


@pytest.mark.parametrize(("deadline", "provers", "expected"), [(12, 1, 0.9733), (10, 1, 0.9082), (12, 2, 0.9993)])
def test_proofs_in_time_agree_with_the_published_law(deadline: int, provers: int, expected: float) -> None:
    found = liveness(Race(), _market(provers), deadline=deadline, proving_time=LogNormalTimes(1.9001, 0.3026))
    assert found.status == "certified"
    assert abs(1 - found.late.midpoint - expected) < 6e-5


@pytest.mark.parametrize("provers", [2, 5, 10])
def test_a_race_is_late_when_everybody_fails(provers: int) -> None:
    found = liveness(Race(), _market(provers), deadline=2, proving_time=1, failures="0.613")
    assert Fraction(613, 1000) ** provers in found.late and found.late.width < 1e-15


@pytest.mark.parametrize("fallback", [None, 3])
def test_lateness_agrees_with_enumeration_of_failures(fallback: int | None) -> None:
    fail = {"p0": Fraction(1, 2), "p1": Fraction(1, 4), "p2": Fraction(1, 8)}
    found = liveness(Vickrey(), _market(3), deadline=5, proving_time=2, failures=fail, shock="1/16", fallback=fallback)
    lates = []
    for winner in range(3):
        late = Fraction(0)
        for failed in product((True, False), repeat=3):
            weight = Fraction(1)
            for chance, down in zip(fail.values(), failed, strict=True):
                weight *= chance if down else 1 - chance
            late += weight * (failed[winner] if fallback is None else all(failed))
        lates.append(Fraction(1, 16) + Fraction(15, 16) * late)
    assert (found.late.lower, found.late.upper) == (float(min(lates)), float(max(lates)))
    assert found.tolerance == (0 if fallback is None else 2)


def test_nobody_awarded_is_late_without_a_fallback() -> None:
    found = liveness(FirstPrice(), _market(2), deadline=5, proving_time=2, no_award=Enclosure(0.25, 0.5))
    assert (found.late.lower, found.late.upper, found.status) == (0.25, 0.5, "certified")


def test_a_dutch_clock_starts_its_winner_at_the_end_of_the_ramp_at_worst() -> None:
    clock = DutchClock(low=0, high=1, ramp=4, lock=5)
    assert liveness(clock, _market(2), deadline=5, proving_time=2).late.lower == 1
    assert liveness(clock, _market(2), deadline=6, proving_time=2).surely_by == 6
    rescued = liveness(clock, _market(2), deadline=5, proving_time=2, fallback=3)
    assert rescued.stopping == ("p1",)  # the winner is late anyway


def test_more_racers_and_later_deadlines_are_never_worse() -> None:
    law = LogNormalTimes(1.9001, 0.3026)
    lates = [liveness(Race(), _market(n), deadline=9, proving_time=law, failures="1/3").late for n in (1, 2, 3)]
    assert lates[0].lower > lates[1].upper and lates[1].lower > lates[2].upper


def test_posing_costs_the_slash_and_bribing_the_surplus_and_the_slash() -> None:
    bond, costs = Bond(slash=5), {"a": 1, "b": 3, "c": 9}
    assert (posed := censorship(Vickrey(), costs, bond=bond)).cost == 5 and posed.attack == "win_and_withhold"
    assert censorship(Vickrey(), costs, bond=bond, open_entry=False).cost == 2 + 5
    assert censorship(Vickrey(reserve=2), costs, open_entry=False).cost == 1
    assert censorship(PostedPrice(4), costs, bond=bond, open_entry=False).cost == 3 + 5
    assert censorship(Race(prize=10), costs).bribes == {"a": 9, "b": 7, "c": 1}
    assert censorship(Vickrey(), costs, bond=bond, fallback_price=4).bribes == {"a": 2 + 5, "b": 1}


def test_a_slash_that_its_caller_keeps_costs_the_attacker_only_what_is_burned() -> None:
    bond = Bond(slash=8, burned="1/4", recipient="caller")
    assert censorship(Vickrey(), {"a": 1, "b": 3}, bond=bond).cost == 2
    assert censorship(Vickrey(), {"a": 1, "b": 3}, bond=bond, open_entry=False).cost == 2 + 8 - 6


def test_a_request_that_nobody_would_prove_costs_nothing_to_censor() -> None:
    assert censorship(PostedPrice(1), {"a": 2}).attack == "none_needed"


def test_a_higher_slash_never_makes_censorship_cheaper() -> None:
    prices = [censorship(FirstPrice(), {"a": 1, "b": 3}, bond=Bond(slash=s), open_entry=False).cost for s in range(4)]
    assert prices == sorted(prices)


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(Refused, match="neither awards one prover nor races"):
        liveness(EqualShare(), _market(2), deadline=1, proving_time=1)
    with pytest.raises(Refused, match="must be of provers"):
        liveness(Vickrey(), Sale({"a": Uniform(0, 1)}), deadline=1, proving_time=1)
    with pytest.raises(InvalidInput, match="failures must name every prover"):
        liveness(Race(), _market(2), deadline=1, proving_time=1, failures={"p0": 0})
    with pytest.raises(InvalidInput, match="shock must lie in"):
        liveness(Race(), _market(2), deadline=1, proving_time=1, shock=2)
    with pytest.raises(InvalidInput, match="deadline"):
        liveness(Race(), _market(2), deadline=float("nan"), proving_time=1)
    with pytest.raises(Refused, match="must have a prize"):
        censorship(Race(), {"a": 1})
    with pytest.raises(InvalidInput, match="bond must be a Bond"):
        censorship(Vickrey(), {"a": 1, "b": 2}, bond=5)
    with pytest.raises(InvalidInput, match="mechanism must be a rule"):
        liveness("x", _market(2), deadline=1, proving_time=1)
    with pytest.raises(Refused, match="one prover"):
        censorship(Vickrey(), {"a": 1})
