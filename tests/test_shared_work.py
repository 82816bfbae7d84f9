"""Proofs in time where work is shared, drawn, traded or given out by the share of work: enumeration, symmetry, refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import pytest

from equilibria import liveness, solve
from equilibria.redundancy import LogNormalTimes
from equilibria.resilience.requests import _least_mean
from mechanisms import (
    EIP1559,
    AllPay,
    BlockSpace,
    Contest,
    CurvedShare,
    DaraStyle,
    DesignatedProver,
    Enclosure,
    Exchange,
    InvalidInput,
    KDoubleAuction,
    McAfee,
    PrizeContest,
    Procurement,
    ProportionalMining,
    Refused,
    Sale,
    SplitAward,
    Tullock,
    Uniform,
    Vickrey,
)

UNIT = Uniform(0, 1)
HALF = Fraction(1, 2)


def _market(provers: int) -> Procurement:
    return Procurement({f"p{i}": UNIT for i in range(provers)})


def test_split_work_needs_everybody_who_shares_it() -> None:
    """Both of two ranks must deliver, so late is 1 - q_i q_j, and the larger part is there last."""
    rates = {"p0": "1/2", "p1": "1/4", "p2": "1/8"}
    found = liveness(SplitAward(shares=(0.75, 0.25)), _market(3), deadline=8, proving_time=8, failures=rates)
    works = [Fraction(1, 2), Fraction(3, 4), Fraction(7, 8)]
    lates = [1 - a * b for a, b in combinations(works, 2)]
    assert (found.late.lower, found.late.upper) == (float(min(lates)), float(max(lates)))
    assert found.status == "proved" and found.tolerance == 0 and len(found.stopping) == 1
    assert found.surely_by == 6  # three quarters of eight seconds
    early = liveness(SplitAward(shares=(0.75, 0.25)), _market(3), deadline="5.9", proving_time=8)
    assert (early.late.lower, early.stopping) == (1.0, ())


def test_split_work_is_rescued_by_a_proof_of_all_of_it() -> None:
    """The third prover is the fallback: every way that failures can fall, written out."""
    fail = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
    rates = dict(zip(("p0", "p1", "p2"), fail, strict=True))
    rule = SplitAward(shares=(0.5, 0.5))
    found = liveness(rule, _market(3), deadline=9, proving_time=4, failures=rates, fallback=3, shock="1/16")
    lates = []
    for rescuer in range(3):
        late = Fraction(0)
        for down in product((True, False), repeat=3):
            weight = Fraction(1)
            for chance, failed in zip(fail, down, strict=True):
                weight *= chance if failed else 1 - chance
            shared = [down[i] for i in range(3) if i != rescuer]
            late += weight * (any(shared) and down[rescuer])
        lates.append(Fraction(1, 16) + Fraction(15, 16) * late)
    assert (found.late.lower, found.late.upper) == (float(min(lates)), float(max(lates)))
    assert found.tolerance == 1


def test_a_share_that_a_reserve_leaves_to_nobody_is_late() -> None:
    """Two of three uniform costs must be below 1/2: fewer are with probability 1/2, where none is with 1/8."""
    market = _market(3)
    rule = SplitAward(reserve=0.5, shares=(0.5, 0.5))
    equilibrium = solve(rule, market, throw=False)
    found = liveness(rule, market, deadline=2, proving_time=1, equilibrium=equilibrium)
    assert 0.5 in found.late and found.late.width < 1e-12 and 0.125 in equilibrium.no_award


def test_curved_shares_take_their_part_of_the_time() -> None:
    contest = Contest(10, {"a": 1, "b": 2, "c": 3})
    equilibrium = solve(CurvedShare(2), contest)  # parts 36/49, 9/49, 4/49
    found = liveness(CurvedShare(2), contest, deadline=36, proving_time=49, failures="1/10", equilibrium=equilibrium)
    assert float(1 - Fraction(9, 10) ** 3) in found.late and found.late.width < 1e-15
    assert found.status == "proved" and found.surely_by == 36
    late = liveness(CurvedShare(2), contest, deadline=35, proving_time=49, equilibrium=equilibrium)
    assert late.late.lower == 1
    with pytest.raises(Refused, match="who does how much"):
        liveness(CurvedShare(2), contest, deadline=1, proving_time=1)


def test_shared_work_in_log_normal_time_agrees_with_its_law() -> None:
    times = LogNormalTimes(1.9001, 0.3026)
    found = liveness(SplitAward(shares=(0.5, 0.5)), _market(2), deadline=4, proving_time=times)
    whole = times.in_time(8).midpoint  # half of the work in half of the time
    assert found.late.midpoint == pytest.approx(1 - whole**2, abs=1e-12)
    one = liveness(Vickrey(), _market(1), deadline=8, proving_time=times)
    two = liveness(SplitAward(shares=(0.5, 0.5)), _market(2), deadline=8, proving_time=times)
    assert two.wait.upper < one.wait.lower  # the later of two halves is there before a whole
    grid = [i / 100 for i in range(1, 801)]
    area = sum(1 - times.in_time(2 * t).midpoint ** 2 for t in grid[:-1]) / 100 + 0.01
    assert two.wait.midpoint == pytest.approx(area, abs=1e-2)


def test_a_request_of_an_exchange_is_made_by_a_prover_that_is_not_known() -> None:
    users = {"u": UNIT, "v": UNIT}
    market = Exchange(users, {"p": UNIT, "q": UNIT})
    rates = {"p": "1/4", "q": "1/8"}
    for rule in (McAfee(), KDoubleAuction()):
        found = liveness(rule, market, deadline=3, proving_time=1, failures=rates, fallback=2)
        assert (found.late.lower, found.late.upper) == (1 / 32, 1 / 32) and found.tolerance == 1
        alone = liveness(rule, market, deadline=3, proving_time=1, failures=rates)
        assert (alone.late.lower, alone.late.upper) == (1 / 8, 1 / 4)
    with pytest.raises(InvalidInput, match="failures must name every prover, 'p', 'q'"):
        liveness(McAfee(), market, deadline=3, proving_time=1, failures={"u": 0, "v": 0})
    with pytest.raises(InvalidInput, match="user must be one of"):
        liveness(McAfee(), market, deadline=3, proving_time=1, user="p")
    with pytest.raises(InvalidInput, match="user must be None"):
        liveness(Vickrey(), _market(2), deadline=3, proving_time=1, user="p0")
    bilateral = Exchange({"u": UNIT}, {"p": UNIT})
    equilibrium = solve(KDoubleAuction(), bilateral)
    found = liveness(KDoubleAuction(), bilateral, deadline=3, proving_time=1, equilibrium=equilibrium)
    assert found.late == equilibrium.no_award


def test_a_demand_is_met_by_as_many_provers_as_it_takes() -> None:
    """Three proofs by capacities 2, 1, 1: two of them with the first, or all three; all of them must deliver."""
    market = Exchange({"u": UNIT, "v": UNIT}, {"p": UNIT, "q": UNIT, "r": UNIT}, capacities={"p": 2}, demands={"u": 3})
    found = liveness(DaraStyle(), market, deadline=1, proving_time=1, failures="1/2", user="u")
    assert (found.late.lower, found.late.upper) == (3 / 4, 7 / 8)
    assert liveness(DaraStyle(), market, deadline=1, proving_time=1, failures="1/2", user="v").late.upper == 0.5
    either = liveness(DaraStyle(), market, deadline=1, proving_time=1, failures="1/2").late
    assert (either.lower, either.upper) == (0.5, 7 / 8)
    with pytest.raises(Refused, match="more than the provers"):
        liveness(DaraStyle(), Exchange({"u": UNIT}, {"p": UNIT}, demands={"u": 2}), deadline=1, proving_time=1)
    with pytest.raises(Refused, match="needs provers of capacity 1"):
        liveness(McAfee(), market, deadline=1, proving_time=1)


def test_mining_gives_out_work_in_the_ratio_of_work() -> None:
    contest = Contest(10, {"a": 1, "b": 2, "c": 3})
    equilibrium = solve(ProportionalMining(), contest)
    rates = {"a": "1/2", "b": "1/4", "c": 1}
    found = liveness(ProportionalMining(), contest, deadline=2, proving_time=1, failures=rates, equilibrium=equilibrium)
    assert float(Fraction(2, 3) / 2 + Fraction(1, 3) / 4) in found.late and found.late.width < 1e-15
    assert found.status == "proved"


def test_the_second_of_an_all_pay_contest_works_as_often_as_its_cost_allows() -> None:
    """Of costs 1 and 4 the second makes an effort with probability 1/4, and a third never."""
    contest = Contest(8, {"a": 1, "b": 4, "c": 9})
    equilibrium = solve(PrizeContest(), contest)
    found = liveness(PrizeContest(), contest, deadline=2, proving_time=1, failures="1/2", equilibrium=equilibrium)
    assert HALF * Fraction(7, 8) in found.late and found.late.width < 1e-15
    alike = Contest(8, dict.fromkeys("abc", 1))
    found = liveness(PrizeContest(), alike, deadline=2, proving_time=1, failures="1/2", equilibrium=solve(PrizeContest(), alike))
    assert found.late.upper == 1 / 8
    same = PrizeContest(shares=(0.5, 0.5))
    idle = liveness(same, Contest(8, dict.fromkeys("ab", Uniform(1, 2))), deadline=2, proving_time=1)
    assert idle.late.lower == 1  # a prize that the last gets too moves nobody


def test_committees_of_any_size_are_summed() -> None:
    """Two of nine others drawn behind each of ten: the mean of all 360 draws, and a size that nobody could list."""
    rates = {f"p{i}": Fraction(i + 1, 12) for i in range(10)}
    contest = Contest(10, dict.fromkeys(rates, 1))
    fails = list(rates.values())
    found = liveness(DesignatedProver(2), contest, deadline=9, proving_time=1, failures=rates, fallback=3)
    draws = [fails[i] * fails[j] * fails[k] for i in range(10) for j, k in combinations([x for x in range(10) if x != i], 2)]
    assert float(sum(draws, Fraction(0)) / len(draws)) in found.late and found.late.width < 1e-15
    assert found.tolerance == 2
    many = Contest(10, dict.fromkeys((f"p{i}" for i in range(60)), 1))
    found = liveness(DesignatedProver(20), many, deadline=9, proving_time=1, failures="1/2", fallback=3)
    assert HALF**21 in found.late and found.tolerance == 20


def test_members_that_are_too_late_stop_nothing() -> None:
    """The designated prover alone is in time, so its failure is enough; with two of three in time the third is drawn first."""
    contest = Contest(10, dict.fromkeys("abc", 1))
    late = liveness(DesignatedProver(1), contest, deadline=9, proving_time=2, fallback=8)
    assert late.stopping == ("a",) and late.tolerance == 0
    some = liveness(DesignatedProver(1), Contest(10, {"a": 1, "b": 1, "c": 50}), deadline=9, proving_time=2, fallback=3)
    assert some.tolerance == 0  # "c" would lose, and may be the one that is drawn


def test_equal_provers_are_reckoned_once() -> None:
    """Fifty of them in log-normal time: two ways, and each prover's chance is that of the first alone."""
    times = LogNormalTimes(1.9001, 0.3026)
    many = liveness(Vickrey(), _market(50), deadline=8, proving_time=times, failures="1/20", fallback=5)
    works = Fraction(19, 20)
    first, later = (1 - works * Fraction(times.in_time(t).midpoint) for t in (8.0, 3.0))
    assert many.late.midpoint == pytest.approx(float(first * later**49), rel=1e-9) and many.tolerance == 49


def test_enclosed_chances_of_winning_bound_the_mean() -> None:
    contest = Contest(10, {"a": 1, "b": 2, "c": 3})
    rule = Tullock(0.5)
    equilibrium = solve(rule, contest)
    assert any(isinstance(share, Enclosure) for share in equilibrium.shares.values())
    rates = {"a": "1/2", "b": "1/4", "c": "1/8"}
    found = liveness(rule, contest, deadline=2, proving_time=1, failures=rates, equilibrium=equilibrium)
    assert found.status == "certified" and found.late.width < 1e-9
    shares = [
        float(equilibrium.shares[label])
        if isinstance(equilibrium.shares[label], Fraction)
        else equilibrium.shares[label].midpoint
        for label in "abc"
    ]
    assert found.late.midpoint == pytest.approx(shares[0] / 2 + shares[1] / 4 + shares[2] / 8, abs=1e-9)
    bounds = ((Fraction(0), HALF), (Fraction(1, 4), Fraction(1)), (Fraction(0), Fraction(1)))
    assert _least_mean(bounds, [Fraction(1), Fraction(8), Fraction(2)]) == HALF + 2 + HALF


def test_who_buys_makes_no_proofs() -> None:
    for rule, market in ((AllPay(), Sale({"a": UNIT})), (EIP1559(0), BlockSpace({"a": UNIT}, 1))):
        with pytest.raises(Refused, match="must be of provers"):
            liveness(rule, market, deadline=1, proving_time=1)
    with pytest.raises(Refused, match="must add up to 1"):
        liveness(SplitAward(shares=(0.5, 0.25)), _market(2), deadline=1, proving_time=1)
    with pytest.raises(Refused, match="leave a share to nobody"):
        liveness(SplitAward(), _market(1), deadline=1, proving_time=1)
    with pytest.raises(Refused, match="no rule of this Exchange"):
        liveness(Vickrey(), Exchange({"u": UNIT}, {"p": UNIT}), deadline=1, proving_time=1)
