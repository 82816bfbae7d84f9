"""Proofs in time and the price of censorship: figures of the reference, enumeration, monotonicity, refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from equilibria import censorship, liveness, solve
from equilibria.redundancy import LogNormalTimes
from equilibria.resilience.expected_censorship import expected_censorship
from equilibria.resilience.proving_times import Run, Way, late_by
from mechanisms import (
    AllPay,
    Bond,
    Contest,
    DesignatedProver,
    DutchClock,
    Enclosure,
    EqualShare,
    FirstPrice,
    InvalidInput,
    Lottery,
    PostedPrice,
    Procurement,
    Race,
    Refused,
    Sale,
    SecondLowestPair,
    Tullock,
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
    found = liveness(clock, _market(2), deadline=5, proving_time=2).late
    assert (found.lower, found.upper) == (0, 1)  # a lock at once is in time, one at the end of the ramp is not
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
    with pytest.raises(Refused, match="none of the rules that liveness knows"):
        liveness(AllPay(), _market(2), deadline=1, proving_time=1)
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
    with pytest.raises(Refused, match="must have a reserve; got 1"):
        censorship(Vickrey(), {"a": 1})


def test_lots_are_averaged() -> None:
    """A designated prover and one of the two others behind it, every draw and every failure written out."""
    fail = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
    rates = dict(zip(("p0", "p1", "p2"), fail, strict=True))
    contest = Contest(10, dict.fromkeys(rates, 1))
    found = liveness(DesignatedProver(1), contest, deadline=5, proving_time=2, failures=rates, fallback=2)
    late = sum((fail[i] * fail[j] for i in range(3) for j in range(3) if i != j), Fraction(0)) / 6
    assert late in found.late and found.late.width < 1e-15
    assert found.tolerance == 1
    assert float(sum(fail) / 3) in found.fallback_used


def test_a_contest_is_weighted_by_who_wins_it() -> None:
    contest = Contest(10, {"a": 1, "b": 2, "c": 3})
    equilibrium = solve(Tullock(1), contest)
    rates = {"a": 0, "b": "1/2", "c": 1}
    found = liveness(Tullock(1), contest, deadline=5, proving_time=2, failures=rates, equilibrium=equilibrium)
    late = equilibrium.shares["b"] / 2 + equilibrium.shares["c"]
    assert float(late) in found.late and found.late.width < 1e-15
    alone = liveness(Tullock(1), contest, deadline=5, proving_time=2, failures=rates)
    assert (alone.late.lower, alone.late.upper) == (0.0, 1.0)


def test_who_makes_no_effort_saves_nobody() -> None:
    contest = Contest(10, {"a": 1, "b": 1, "c": 9})
    equilibrium = solve(EqualShare(), contest)
    found = liveness(EqualShare(), contest, deadline=2, proving_time=1, failures="1/2", equilibrium=equilibrium)
    inside = sum(effort != 0 for effort in equilibrium.efforts.values())
    assert Fraction(1, 2) ** inside in found.late and inside < 3


def test_two_winners_of_unknown_rank() -> None:
    rates = {"p0": "1/2", "p1": "1/4", "p2": "1/8"}
    found = liveness(SecondLowestPair(1), _market(3), deadline=2, proving_time=1, failures=rates)
    assert (found.late.lower, found.late.upper) == (1 / 32, 1 / 8)
    assert found.tolerance == 1


def test_the_published_hedge_and_tail() -> None:
    """A second copy after three seconds is late with probability .0043 at twelve; 99 % of single proofs take 13.5 s."""
    times = LogNormalTimes(1.9001, 0.3026)
    hedged = liveness(Vickrey(), _market(2), deadline=12, proving_time=times, fallback=3)
    assert abs(1 - hedged.late.midpoint - 0.9957) < 6e-5
    single = liveness(Vickrey(), _market(1), deadline=12, proving_time=times)
    assert single.nearly_all is not None
    assert abs(single.nearly_all.midpoint - 13.5) < 0.06 and single.nearly_all.width < 1e-9
    assert single.half is not None
    assert single.half.midpoint == pytest.approx(np.exp(1.9001), rel=1e-9)


@pytest.mark.parametrize("fallback", [None, 3])
def test_waiting_agrees_with_quadrature(fallback: int | None) -> None:
    times = LogNormalTimes(1.9001, 0.3026)
    found = liveness(
        Vickrey(), _market(2), deadline=14, proving_time=times, failures="1/4", shock="1/8", fallback=fallback, award_at=1
    )

    runs = [Run(Fraction(1), Fraction(3, 4))] + ([Run(Fraction(3), Fraction(3, 4))] if fallback else [])

    def late(t: float) -> float:
        return float(sum(late_by(times, Way(tuple(runs)), Fraction(1, 8), Fraction(t)))) / 2

    grid = np.linspace(0, 14, 57)[1:]
    coarse = np.trapezoid([1.0, *map(late, grid)], [0.0, *grid])
    assert found.wait.midpoint == pytest.approx(coarse, abs=2e-3)
    assert found.wait.width < 1e-7


def test_more_provers_and_less_failure_are_never_worse() -> None:
    few, many = (liveness(Race(), _market(n), deadline=3, proving_time=2, failures="1/3") for n in (2, 4))
    assert many.late.upper < few.late.lower and many.wait.upper < few.wait.lower
    worse = liveness(Race(), _market(2), deadline=3, proving_time=2, failures="1/2")
    assert worse.late.lower > few.late.upper


def test_a_rescue_is_paid_the_half_that_is_not_burned() -> None:
    """Whoever locks and walks away loses K, and must bribe all whose cost is below K/2; it is cheaper to bribe the winner
    with its gain and its bond, and the others with what a rescue would leave them."""
    bond = Bond(slash=20, burned="1/2", recipient="rescuer")
    costs = {"a": 1, "b": 3, "c": 12}
    found = censorship(DutchClock(low=0, high=9, ramp=4, lock=12), costs, bond=bond)
    assert (found.attack, found.bribes) == ("bribe", {"a": 3 - 1 + 20, "b": 10 - 3})
    assert found.cost == 29 < 20 + (10 - 1) + (10 - 3)


def test_contests_can_only_be_bribed() -> None:
    costs = {"a": 1, "b": 4}
    assert censorship(Lottery(), costs, prize=10).cost == 9 + 6
    assert censorship(EqualShare(), costs, prize=10).cost == 9 + 6
    assert censorship(Tullock(1), costs, prize=10).cost == 9
    assert censorship(DesignatedProver(1, slash=2), costs, prize=10).cost == 9 + 2 + 6 + 2
    with pytest.raises(InvalidInput, match="prize must be given"):
        censorship(Lottery(), costs)
    with pytest.raises(InvalidInput, match="prize must be None"):
        censorship(Vickrey(), costs, prize=1)


def test_a_lottery_in_mixed_strategies_counts_who_submits() -> None:
    """Each of four submits with the same chance p: late is (1 - p/2)^4 where half of the proofs fail."""
    contest = Contest(2, dict.fromkeys("abcd", 1))
    equilibrium = solve(Lottery(), contest)
    p = equilibrium.efforts["a"]
    assert isinstance(p, Enclosure)
    found = liveness(Lottery(), contest, deadline=2, proving_time=1, failures="1/2", equilibrium=equilibrium)
    assert found.status == "certified"
    assert (1 - p.midpoint / 2) ** 4 in found.late
    sure = liveness(Lottery(), contest, deadline=2, proving_time=1, equilibrium=equilibrium)
    assert sure.late.lower <= equilibrium.no_award.midpoint <= sure.late.upper


def test_a_designated_prover_that_would_lose_does_not_deliver() -> None:
    contest = Contest(2, {"a": 1, "b": 1, "c": 5})
    found = liveness(DesignatedProver(1), contest, deadline=9, proving_time=1, fallback=3)
    assert found.nearly_all is not None
    assert (found.nearly_all.lower, found.nearly_all.upper) == (4, 4)
    assert found.late.upper == 0 and 2 in found.wait and found.wait.width < 1e-15
    alone = liveness(DesignatedProver(0), Contest(2, {"a": 1, "b": 5}), deadline=9, proving_time=1)
    assert (alone.late.lower, alone.late.upper) == (0.5, 0.5)


def test_an_equilibrium_of_another_game_is_no_argument() -> None:
    market = _market(2)
    with pytest.raises(InvalidInput, match="of this rule and market"):
        liveness(Vickrey(), market, deadline=1, proving_time=1, equilibrium=solve(FirstPrice(0.5), market))
    with pytest.raises(Refused, match="detection must be 1"):
        censorship(Vickrey(), {"a": 1, "b": 2}, bond=Bond(slash=5, detection="1/2"))
    caller = Bond(slash=5, recipient="caller")
    assert censorship(Vickrey(), {"a": 1, "b": 9}, bond=caller, target="a").cost == 0


def test_one_prover_is_kept_out_for_what_it_would_keep() -> None:
    costs = {"a": 1, "b": 4, "c": 9}
    assert censorship(Vickrey(), costs, bond=Bond(slash=5), target="a").cost == 3
    assert censorship(Vickrey(), costs, bond=Bond(slash=2), target="a").attack == "win_and_withhold"
    assert censorship(Vickrey(), costs, bond=Bond(slash=2), target="a", open_entry=False).bribes == {"a": 3}
    assert censorship(Vickrey(), costs, target="b").attack == "none_needed"
    assert censorship(Lottery(), costs, prize=10, target="b").bribes == {"b": 6}
    assert censorship(PostedPrice(5), costs, target="c").cost == 0
    with pytest.raises(InvalidInput, match="target must be one of"):
        censorship(Vickrey(), costs, target="z")


def test_the_mean_price_of_censorship_is_what_provers_keep() -> None:
    found = solve(Vickrey(), Procurement(dict.fromkeys("abc", Uniform(0, 1))))
    closed = expected_censorship(found, bond=Bond(slash=3), open_entry=False)
    assert 3.25 in closed and closed.width < 1e-12  # E(c2 - c1) = 1/4
    assert expected_censorship(found, bond=Bond(slash=3)).midpoint == 3
    with pytest.raises(Refused, match="on known costs"):
        expected_censorship(found, bond=Bond(slash=3, recipient="caller"))
