"""Contests with known costs: numbers of the papers, best responses by brute force, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import ShareFunctions, compare, simulate, solve
from equilibria.known_costs.raffle import raffle_efforts
from mechanisms import (
    DesignatedProver,
    Enclosure,
    FirstPrice,
    Lottery,
    PrizeContest,
    Procurement,
    ProportionalMining,
    Race,
    Refused,
    SolverFailure,
    Tullock,
    TwoStepSubmission,
    Uniform,
    Vickrey,
    WeibullRace,
)
from tests.known_contests import ROUNDING, F, confirmed, contest, equals, middles, values


def test_arnosti_and_weinberg() -> None:
    found = confirmed(ProportionalMining(), contest(1, 1, "5/4"))
    assert values(found.shares) == [F(5, 9), F(4, 9)]
    assert F(1) / sum(values(found.efforts)) == F(9, 4)  # c*
    for cost, least in (("11/10", 1 - F(10, 11)), ("3/2", F(1, 3))):
        with_rivals = confirmed(ProportionalMining(), contest(1, 1, *[cost] * 8))
        share = values(with_rivals.shares)[0]
        assert share >= least, "if i is active, every j has at least 1 - c_j/c_i"
    three = confirmed(ProportionalMining(), contest(1, 1, 1, 3))
    assert values(three.shares) == [F(1, 2), F(1, 2), 0]  # c* = 2 < 3


def test_a_win_is_worth_the_prize_less_the_cost() -> None:
    found = confirmed(Tullock(), contest(2, 1, "6/5", "3/2"))
    worth = [F(1), F(4, 5), F(1, 2)]
    aggregate = 2 / sum(1 / v for v in worth)
    assert values(found.shares) == [1 - aggregate / v for v in worth]
    assert values(found.efforts) == [aggregate * (1 - aggregate / v) for v in worth]
    assert values(found.surplus) == [v * (1 - aggregate / v) ** 2 for v in worth]
    assert found.complete and found.status == "proved" and found.solver == "ActiveSet()"
    assert values(confirmed(Tullock(), contest(2, 1, 1, "3/2", 5)).shares) == [F(1, 2), F(1, 2), 0, 0]


@pytest.mark.parametrize(("alpha", "spent"), [(F(1, 2), F(1, 3)), (F(1), F(2, 3)), (F(3, 2), F(1))])
def test_three_equals_dissipate_what_the_exponent_says(alpha: F, spent: F) -> None:
    found = confirmed(Tullock(alpha), equals(3, prize=2))
    assert sum(values(found.efforts)) == spent
    assert values(found.efforts) == [alpha * 2 / 9] * 3
    assert found.expected_payment.midpoint == pytest.approx(float(2 - spent))


@given(st.integers(2, 9), st.integers(1, 60))
@settings(max_examples=15, deadline=None)
def test_equals_all_take_part_up_to_the_bound(n: int, twentieths: int) -> None:
    alpha = F(twentieths, 20)
    if alpha > 2:
        with pytest.raises(Refused, match="no equilibrium in pure strategies"):
            solve(Tullock(alpha), equals(n, prize=2))
        return
    found = solve(Tullock(alpha), equals(n, prize=2))
    assert (min(values(found.shares)) > 0) == (alpha <= F(n, n - 1))


def gains(efforts: list[float], worth: list[float], unit: list[float], alpha: float) -> float:
    """The most that anybody gains on a fine grid of efforts."""
    scores, most = [e**alpha for e in efforts], 0.0
    for i, (v, k) in enumerate(zip(worth, unit, strict=True)):
        others = sum(scores) - scores[i]
        tried = np.concatenate([np.linspace(0.0, v / k, 2001), np.geomspace(1e-9, 1.0, 501) * v / k])
        utility = v * tried**alpha / (tried**alpha + others) - k * tried
        own = v * scores[i] / (scores[i] + others) - k * efforts[i]
        most = max(most, float(utility.max()) - own)
    return most


@given(
    st.lists(st.integers(10, 40), min_size=2, max_size=6), st.sampled_from([F(1, 4), F(1, 2), F(4, 5), F(1), F(6, 5), F(3, 2)])
)
@settings(max_examples=20, deadline=None)
def test_no_effort_is_better_by_brute_force(tenths: list[int], alpha: F) -> None:
    market = contest(1, *[F(t, 10) for t in tenths])
    try:
        found = solve(WeibullRace(alpha), market)
    except Refused:
        assert alpha > 1
        return
    costs = [t / 10 for t in tenths]
    assert gains(middles(found.efforts), [1.0] * len(costs), costs, float(alpha)) < ROUNDING
    if alpha > 1:
        active = [s for s in middles(found.shares) if s]
        assert len(active) <= alpha / (alpha - 1) and min(active) >= 1 - 1 / float(alpha) - ROUNDING
    elif alpha < 1:
        np.testing.assert_allclose(middles(found.efforts), ShareFunctions(float(alpha)).efforts(costs, 1.0), rtol=1e-9)


def test_where_a_search_by_best_responses_finds_nothing_either() -> None:
    """Refused games: from many starts, best responses never come to rest."""
    for costs, alpha in (((1.0, 1.25), 5.88), ((1.0, 1.0, 1.0), 2.5)):
        with pytest.raises(Refused, match=f"at most {1}"):
            solve(WeibullRace(F(str(alpha))), contest(1, *[F(c) for c in costs]))
        rng = np.random.default_rng(5)
        for _ in range(3):
            efforts = list(rng.uniform(0, 1, len(costs)))
            for _ in range(60):
                for i, cost in enumerate(costs):
                    others = sum(e**alpha for j, e in enumerate(efforts) if j != i)
                    tried = np.linspace(0, 1 / cost, 4001)
                    with np.errstate(invalid="ignore"):
                        win = np.nan_to_num(tried**alpha / (tried**alpha + others), nan=0.0)
                    efforts[i] = float(tried[np.argmax(win - cost * tried)])
            assert gains(efforts, [1.0] * len(costs), list(costs), alpha) > 1e-3


def test_all_pay_limit() -> None:
    two = confirmed(PrizeContest(), contest(1, 1, "5/4"))
    assert sum(values(two.efforts)) == F(18, 25)  # .72 for values 1 and .8
    assert values(two.shares) == [F(3, 5), F(2, 5)] and values(two.surplus) == [F(1, 5), 0]
    for n in range(2, 7):
        same = confirmed(PrizeContest(), equals(n))
        assert sum(values(same.efforts)) == 1 and same.complete == (n == 2)
    rng = np.random.default_rng(1)
    n, draws = 4, rng.uniform(size=(400_000, 4)) ** 3  # F(e) = e^(1/3)
    wasted = draws.sum(axis=1) - draws.max(axis=1)
    assert solve(PrizeContest(), equals(n)).redundant_cost.midpoint == pytest.approx(wasted.mean(), abs=5e-3)
    first, second = rng.uniform(size=200_000) * 0.8, np.maximum(rng.uniform(size=200_000) - 0.2, 0.0)
    lost = np.where(first > second, 1.25 * second, first)
    assert two.redundant_cost.midpoint == pytest.approx(lost.mean(), abs=3e-3)
    outside = confirmed(PrizeContest(), contest(1, 1, 2, 3))
    assert values(outside.shares)[2] == 0 and outside.complete
    assert not confirmed(PrizeContest(), contest(1, 1, 2, 2)).complete


def test_mining_with_a_cap_by_stake() -> None:
    market = contest(100, 1, 1, 2, stakes=[600, 9000, 9000])
    found = confirmed(ProportionalMining(15), market)
    assert values(found.shares) == [F(2, 5), F(8, 15), F(1, 15)]
    assert confirmed(ProportionalMining(15), contest(100, 1, 1, 3, stakes=[9000] * 3)).shares["c"] == 0
    rng = np.random.default_rng(2)
    for _ in range(25):
        n = int(rng.integers(2, 6))
        costs, caps = [F(int(c), 10) for c in rng.integers(5, 30, n)], [F(int(s), 20) for s in rng.integers(4, 25, n)]
        try:
            efforts, _ = raffle_efforts(list(costs), caps)
        except Refused:
            assert sum(min(cap, F(1)) for cap in caps) < 1
            continue
        total = sum(efforts)
        for i in range(n):
            tried = np.linspace(0.0, 2.0, 8001)
            share = tried / (tried + float(total - efforts[i]))
            best = (np.minimum(share, float(caps[i])) - float(costs[i]) * tried).max()
            assert best - float(min(efforts[i] / total, caps[i]) - costs[i] * efforts[i]) < 1e-6
    assert not raffle_efforts([F(1), F(1), F(9)], [F(1, 2), F(1, 2), F(1, 2)])[1]
    assert not raffle_efforts([F(1), F(1)], [F(1, 2), F(1, 2)])[1]
    with pytest.raises(Refused, match="caps that add up"):
        raffle_efforts([F(1), F(1)], [F(1, 2), F(1, 3)])
    with pytest.raises(Refused, match="needs a contest with stakes"):
        solve(ProportionalMining(15), contest(1, 1, 1))


def test_deposits() -> None:
    rule = TwoStepSubmission(capital_rate=F(1, 10))
    found = confirmed(rule, equals(6, F(1, 3), F(7, 2)))
    assert values(found.efforts) == [F(70, 9)] * 3 + [0] * 3  # V (n-1) / (r n^2) with n = 3
    assert values(found.surplus)[:3] == [F(7, 18) - F(1, 3)] * 3  # V/n^2 - c
    deep = confirmed(TwoStepSubmission(capital_rate=F(1, 10), least_deposit=10), equals(4, F(1, 10), F(7, 2)))
    assert values(deep.efforts) == [10, 10, 10, 0]
    n = sum(effort > 0 for effort in values(found.efforts))
    tried = np.linspace(0.01, 40, 20001)
    outside = 3.5 * tried / (tried + n * 70 / 9) - 0.1 * tried - 1 / 3
    assert outside.max() <= 0
    with pytest.raises(Refused, match="no limit"):
        solve(TwoStepSubmission(), equals(3))
    with pytest.raises(Refused, match="least_deposit"):
        solve(rule, contest(1, F(9, 10), F(9, 10)))


def test_splitting_a_bid_pays_below_one_only() -> None:
    market = contest(3, 1, 1, 1)
    for alpha, sign in ((0.5, 1), (1.0, 0), (2.0, -1)):
        whole = Tullock(alpha).outcome(market, {"a": 1.0, "b": 0.0, "c": 1.0}).allocation["a"]
        split = Tullock(alpha).outcome(market, {"a": 0.5, "b": 0.5, "c": 1.0}).allocation
        assert np.sign(round(split["a"] + split["b"] - whole, 12)) == sign


def test_what_racing_burns_beside_an_auction() -> None:
    market = Procurement({label: Uniform(0, 1) for label in "abcde"})
    race, auction = solve(Race(), market), solve(Vickrey(), market)
    assert race.resource_cost.midpoint == pytest.approx(2.5, abs=1e-12)  # n/2
    assert auction.resource_cost.midpoint == pytest.approx(1 / 6, abs=1e-12)
    assert auction.expected_payment.midpoint == pytest.approx(1 / 3, abs=1e-12)


def test_designated_provers() -> None:
    found = confirmed(DesignatedProver(1, F(1, 10)), contest(1, "1/2", 1, 2))
    assert values(found.efforts) == [F(1, 2), F(1, 2), 0] and values(found.surplus) == [F(1, 4), 0, F(-1, 30)]
    alone = confirmed(DesignatedProver(), contest(1, "1/2", 2))
    assert alone.no_award == Enclosure(0.5, 0.5)
    larger = confirmed(DesignatedProver(3), contest(1, *["1/2"] * 3, 2, 2, 2))
    outcome = DesignatedProver(3).outcome(contest(1, *["1/2"] * 3, 2, 2, 2), dict(zip("abcdef", [1, 1, 1, 0, 0, 0], strict=True)))
    assert values(outcome.allocation) == values(larger.shares) and values(outcome.proofs) == values(larger.efforts)
    assert sum(values(larger.shares)) == 1 - F(larger.no_award.midpoint).limit_denominator(1000)


def test_what_is_refused() -> None:
    pair = contest(1, 1, 1)
    with pytest.raises(Refused, match="no equilibrium that is known"):
        solve(FirstPrice(), pair)
    with pytest.raises(Refused, match="needs no solver"):
        solve(WeibullRace(1), pair, ShareFunctions())
    with pytest.raises(Refused, match="no use for speeds"):
        solve(Lottery(), contest(1, 1, 1, speeds=[1, 1]))
    with pytest.raises(Refused, match="no use for stakes"):
        solve(Lottery(), contest(1, 1, 1, stakes=[1, 1]))
    with pytest.raises(Refused, match="fewer than two"):
        solve(Tullock(), contest(1, 1, "1/2"))
    with pytest.raises(Refused, match="rebate must be 0"):
        solve(Tullock(1, F(1, 4)), contest(2, 1, 1))
    with pytest.raises(Refused, match="one prize"):
        solve(PrizeContest((0.5, 0.5)), pair)
    found = solve(WeibullRace(1), pair)
    for use in (lambda: found.strategy("a"), found.plot, lambda: found.best_response("a")):
        with pytest.raises(Refused, match="nobody has a type"):
            use()
    with pytest.raises(Refused):
        simulate(found, np.random.default_rng(0), 10)


def test_what_doubles_do_not_decide_is_said() -> None:
    far = contest(1, 1e-150, 1e150)
    assert solve(WeibullRace(1), far).status == "proved"  # in rationals
    with pytest.raises(SolverFailure, match="too far apart"):
        solve(WeibullRace(F(1, 2)), far)
    low, high = F(1), F(2)  # around 4^(1/3), at which the weaker of two has a share of 1/3: it just breaks even
    while high - low > F(1, 2**90):
        low, high = ((low + high) / 2, high) if ((low + high) / 2) ** 3 < 4 else (low, (low + high) / 2)
    ratio = low
    with pytest.raises(SolverFailure, match="there may be one"):
        solve(WeibullRace(F(3, 2)), contest(1, 1, ratio))
    assert solve(WeibullRace(F(3, 2)), contest(1, 1, ratio - F(1, 10**6))).status == "certified"
    with pytest.raises(Refused, match="there is none"):
        solve(WeibullRace(F(3, 2)), contest(1, 1, ratio + F(1, 10**6)))


def test_what_is_shown() -> None:
    found = solve(Tullock(F(1, 2)), contest(2, 1, "6/5", "3/2"))
    assert "shares of a" in str(found) and "3 provers" in repr(found)
    table = found.to_dict()
    assert table["shares"]["a"]["lower"] < 0.41
    assert solve(Tullock(), contest(2, 1, 1)).to_dict()["shares"] == {"a": "1/2", "b": "1/2"}
    rows = compare(contest(2, 1, 1), [Tullock(), WeibullRace(1), Lottery(), FirstPrice()]).rows
    assert [row.equilibrium is not None for row in rows] == [True, True, True, False]


def test_the_command_line(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from workbench import program

    file = tmp_path / "contest.toml"
    market = '[market]\nkind = "contest"\nprize = 2\ncosts = {ann = 1, bob = "6/5"}\n'
    file.write_text(market + '[mechanism]\nkind = "tullock"\nalpha = 0.5\n', "utf-8")
    certificate, picture = tmp_path / "certificate.json", tmp_path / "shares.png"
    run = CliRunner().invoke(program, ["solve", str(file), "--certificate", str(certificate), "--plot", str(picture)])
    assert run.exit_code == 0 and "ann" in run.output and "0.527864" in run.output and picture.stat().st_size > 1000
    assert CliRunner().invoke(program, ["check", str(certificate)]).exit_code == 0
    file.write_text(market, "utf-8")
    run = CliRunner().invoke(program, ["compare", str(file)])
    assert run.exit_code == 0 and "ProportionalMining" in run.output and "all costs are equal" in run.output
