"""The price of censorship of every rule: an answer or a reason for each, deviations written out, attacks played."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from equilibria import censorship, expected_censorship, liveness, solve
from mechanisms import (
    EIP1559,
    BlockSpace,
    Bond,
    BurningSecondPrice,
    CentralProver,
    Contest,
    CurvedShare,
    DaraStyle,
    Exchange,
    ExchangeMechanism,
    FeeMechanism,
    FirstPrice,
    FirstPriceFee,
    InvalidInput,
    KDoubleAuction,
    KthPrice,
    MarketError,
    McAfee,
    Mechanism,
    Optimal,
    OrderBook,
    PackageSale,
    PostedFee,
    PostedPriceExchange,
    PrizeContest,
    Procurement,
    ProportionalMining,
    Refused,
    Sale,
    SecondLowestPair,
    SecretReserve,
    SplitAward,
    TodaStyle,
    TwoStepSubmission,
    UndercutAuction,
    Uniform,
    VCGDoubleAuction,
    Vickrey,
    WeibullRace,
    rules,
)

LAW = Uniform(0, 10)
COSTS = {"a": 1, "b": 3, "c": 9}
EXCHANGE = Exchange(dict.fromkeys("uvw", LAW), dict.fromkeys("pqr", LAW))
BIDS = {"u": 9, "v": 8, "w": 3, "p": 1, "q": 2, "r": 6}
CONTESTS = (
    CurvedShare, rules.DesignatedProver, rules.EqualShare, rules.Lottery, PrizeContest, ProportionalMining, rules.Tullock,
    TwoStepSubmission, WeibullRace,
)  # fmt: skip
MADE = {
    "commit_reveal": rules.CommitReveal(20), "curved_share": CurvedShare(2),
    "dutch_clock": rules.DutchClock(0, 20, 1, 2), "eip1559": EIP1559(3, 1),
    "posted_fee": PostedFee(3), "posted_price": rules.PostedPrice(10), "posted_price_exchange": PostedPriceExchange(5),
    "race": rules.Race(10), "toda_style": TodaStyle(5), "tullock": rules.Tullock(1), "undercut_auction": UndercutAuction(20),
    "weibull_race": WeibullRace(1), "second_lowest_pair": SecondLowestPair(20),
}  # fmt: skip


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_price_of_censorship_and_a_chance_of_no_proof(rule: type[Mechanism]) -> None:
    """Each rule of the catalogue in its own market; only those without provers have no chance of no proof."""
    mechanism = MADE.get(rule.kind) or rule()
    if isinstance(mechanism, FeeMechanism):
        space = BlockSpace(dict.fromkeys("uvw", LAW), 2)
        assert censorship(mechanism, {"u": 9, "v": 8, "w": 4}, market=space, target="u").cost >= 0
        with pytest.raises(Refused, match="must be of provers"):
            liveness(mechanism, space, deadline=1, proving_time=1)
        return
    if isinstance(mechanism, ExchangeMechanism | KDoubleAuction):
        assert censorship(mechanism, BIDS, market=EXCHANGE, target="u", bond=Bond(slash=4)).cost > 0
        assert liveness(mechanism, EXCHANGE, deadline=1, proving_time=1, failures="1/4").late.midpoint == 0.25
        return
    if isinstance(mechanism, rules.AllPay | rules.WarOfAttrition):
        found = censorship(mechanism, {"u": 9, "v": 8}, market=Sale(dict.fromkeys("uv", LAW)), target="u")
        assert (found.attack, found.cost) == ("outbid", 9)
        return
    if isinstance(mechanism, rules.CoreSelecting | rules.PackageFirstPrice):
        packages = PackageSale({"a": LAW, "b": LAW}, {"both": LAW})
        with pytest.raises(Refused, match="no bid can be added"):
            censorship(mechanism, {"a": 1, "b": 1, "both": 1}, market=packages, target="a")
        return
    market: Procurement | Contest = Procurement(dict.fromkeys(COSTS, LAW), value=10.0)
    if isinstance(mechanism, Optimal):
        found = solve(mechanism, market)
        assert expected_censorship(found).lower > 0
        assert liveness(mechanism, market, deadline=1, proving_time=1, equilibrium=found).late.lower > 0
        return
    if isinstance(mechanism, CONTESTS):
        market = Contest(10, COSTS)
        assert censorship(mechanism, market).cost >= 0
    else:
        prize = 10 if isinstance(mechanism, CentralProver) else None
        assert censorship(mechanism, COSTS, prize=prize, bond=None if rule is rules.Race else Bond(slash=5)).cost > 0
    equilibrium = solve(mechanism, market) if isinstance(mechanism, CurvedShare) else None
    told = liveness(mechanism, market, deadline=3, proving_time=1, failures="1/4", equilibrium=equilibrium)
    assert 0 < told.late.upper < 1


def test_rules_whose_winner_keeps_what_is_not_known_can_be_posed_in() -> None:
    for rule in (SplitAward(), KthPrice(), SecretReserve()):
        assert censorship(rule, COSTS, bond=Bond(slash=5)).cost == 5
        with pytest.raises(Refused, match="is not known"):
            censorship(rule, COSTS, bond=Bond(slash=5), open_entry=False)
    assert censorship(SecondLowestPair(20), COSTS, bond=Bond(slash=5)).cost == 10  # two winners, two slashes
    closed = censorship(SecondLowestPair(), COSTS | {"d": 11}, bond=Bond(slash=5), open_entry=False)
    assert closed.bribes == {"b": 11 - 3 + 5, "c": 11 - 9 + 5}
    undercut = censorship(UndercutAuction(20), COSTS, open_entry=False)
    assert undercut.cost == 3 / Fraction(19, 20) - 1
    assert censorship(CentralProver(), COSTS, prize=10, bond=Bond(slash=2)).bribes == {"a": 10 - 1 + 2}
    assert censorship(CentralProver("c"), COSTS, prize=10).bribes == {"c": 1}


def test_who_shares_the_work_is_the_cheapest_to_bribe() -> None:
    contest = Contest(1, COSTS)
    found = censorship(CurvedShare(2), contest, bond=Bond(slash=5), open_entry=False)
    surplus = solve(CurvedShare(2), contest).surplus
    [(label, amount)] = found.bribes.items()
    assert label == min(surplus, key=lambda name: float(getattr(surplus[name], "upper", surplus[name])))
    assert 0 <= float(amount) - 5 - surplus[label].lower < 1e-11
    assert censorship(CurvedShare(2), contest).attack == "win_and_withhold"  # without a bond it costs nothing to take a part
    assert censorship(CurvedShare(2, "tullock"), Contest(10, COSTS)).cost == 9 + 7 + 1


def test_promises_of_contests_are_what_a_lone_prover_would_get() -> None:
    assert censorship(PrizeContest((0.75, 0.25)), Contest(8, COSTS)).cost == 3 * 6
    assert censorship(PrizeContest(), Contest(8, dict.fromkeys("ab", Uniform(1, 2)))).cost == 16
    staked = Contest(100, {"a": 1, "b": 1}, stakes={"a": 150, "b": 9000})
    assert censorship(ProportionalMining(15), staked).bribes == {"a": 10 - 1, "b": 100 - 1}
    with pytest.raises(Refused, match="needs stakes"):
        censorship(ProportionalMining(15), COSTS, prize=10)
    two = TwoStepSubmission(capital_rate=Fraction(1, 10), least_deposit=5)
    assert censorship(two, COSTS, prize=10).bribes == {"a": Fraction(17, 2), "b": Fraction(13, 2), "c": Fraction(1, 2)}


@pytest.mark.parametrize("shape", [0.5, 1, 1.000001, 1.5, 2, 6])
def test_no_speed_is_worth_its_cost_against_the_promise(shape: float) -> None:
    r"""Whoever races with the speed e gains p V + (1 - p) b - c e - b, which is never positive and nearly 0 at the best e."""
    prize, cost, deadline = 10.0, 2.0, 3.0
    promised = float(censorship(WeibullRace(shape), Contest(10, {"a": 2}), deadline=3).cost)
    speeds = np.geomspace(1e-7, 100, 200_001)
    chance = -np.expm1(-((speeds * deadline) ** shape))
    gains = chance * (prize - promised) - cost * speeds
    assert gains.max() <= 1e-9 and gains.max() > -1e-5
    assert (chance * (prize - promised + 1e-2) - cost * speeds).max() > 0 or promised == 10


def test_given_speeds_count_by_the_chance_to_be_in_time() -> None:
    contest = Contest(10, {"a": 1, "b": 3}, speeds={"a": 1, "b": 2})
    found = censorship(WeibullRace(1), contest, deadline=2)
    assert float(found.cost) == pytest.approx(20 - 1 / -np.expm1(-2) - 3 / -np.expm1(-4), abs=1e-11)
    assert censorship(WeibullRace(1), contest).cost == 9 + 7
    with pytest.raises(InvalidInput, match="deadline must be None"):
        censorship(Vickrey(), COSTS, deadline=2)


def test_a_block_is_bought_up_or_its_miner_bribed() -> None:
    """Under a base fee of 3 the miner gives up a tip of 1 less what the next would tip; a burned fee is not made up for."""
    space, bids = BlockSpace(dict.fromkeys("uvw", LAW), 2), {"u": 4, "v": 4, "w": 2}
    assert censorship(EIP1559(3, 1), bids, market=space, target="u").bribes == {"miner": 1}
    assert censorship(EIP1559(3, 1), bids, market=space, target="u", rounds=6).cost == 6
    assert censorship(BurningSecondPrice(k=1), {"u": 9, "v": 8, "w": 4}, market=space, target="u").cost < 9
    assert censorship(PostedFee(3), bids, market=space, target="u").cost == 0
    assert censorship(FirstPriceFee(), bids, market=space, target="u").bribes == {"miner": 4 - 2}
    outside = censorship(FirstPriceFee(), bids, market=space, target="w")
    assert outside.attack == "none_needed"


def test_outbidding_pays_what_the_rule_makes_the_added_bids_pay() -> None:
    sale = Sale(dict.fromkeys("uvw", LAW), tasks=2)
    bids = {"u": 9, "v": 8, "w": 4}
    for rule, cost in ((rules.UniformPrice(), 18), (rules.Discriminatory(), 18), (FirstPrice(), 9)):
        market = Sale(dict.fromkeys("uvw", LAW)) if rule.kind == "first_price" else sale
        found = censorship(rule, bids, market=market, target="u")
        assert (found.attack, found.cost) == ("outbid", cost)
    second = censorship(rules.UniformPrice(), bids, market=sale, target="v")  # two bids of 8 stand before it, the first stays
    assert (second.bids, second.cost) == (1, 8)


def test_an_exchange_is_attacked_on_either_side() -> None:
    free = censorship(VCGDoubleAuction(), BIDS, market=EXCHANGE, target="u")
    assert (free.attack, free.cost) == ("win_and_withhold", 0)  # without a bond a fake prover risks nothing
    dear = censorship(McAfee(), BIDS, market=EXCHANGE, target="u", bond=Bond(slash=100))
    assert dear.attack == "outbid" and dear.paid == dear.cost < 100
    bribe = censorship(McAfee(), BIDS, market=EXCHANGE, target="u", bond=Bond(slash=4), open_entry=False)
    assert bribe.bribes == {"p": Fraction(9, 2) - 1 + 4}  # both trade at (3 + 6)/2
    out = censorship(McAfee(), BIDS, market=EXCHANGE, target="p", bond=Bond(slash=100))
    assert out.bribes == {"p": Fraction(9, 2) - 1}
    assert censorship(McAfee(), BIDS, market=EXCHANGE, target="w").attack == "none_needed"


def test_terms_of_a_bond_and_sizes_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slash that its caller keeps costs an attacker of an exchange only what is burned; a buyer of two needs two outbid."""
    caller = Bond(slash=4, burned="1/4", recipient="caller")
    posed = censorship(McAfee(), BIDS, market=EXCHANGE, target="u", bond=caller)
    assert (posed.attack, posed.cost) == ("win_and_withhold", 2)  # two proofs, of each slash a quarter
    bribe = censorship(McAfee(), BIDS, market=EXCHANGE, target="u", bond=caller, open_entry=False)
    assert bribe.cost == Fraction(9, 2) - 1 + 4 - 3
    with pytest.raises(Refused, match="must not be 'rescuer'"):
        censorship(McAfee(), BIDS, market=EXCHANGE, target="u", bond=Bond(slash=4, recipient="rescuer"))
    sale = Sale(dict.fromkeys("uv", LAW), tasks=3, capacities={"u": 2})
    found = censorship(rules.Discriminatory(), {"u": 9, "v": 8}, market=sale, target="u")
    assert (found.bids, found.cost) == (3, 27)
    monkeypatch.setattr("equilibria.resilience.buying_up.MOST_BIDS", 5)
    with pytest.raises(Refused, match="no 5 bids"):
        censorship(rules.Discriminatory(), {"u": 9, "v": 8}, market=Sale(dict.fromkeys("uv", LAW), tasks=8), target="u")


def test_names_and_windows_are_the_attackers_too() -> None:
    book = OrderBook(("p", "u", "q", "v", "r", "w"))
    assert censorship(book, BIDS, market=EXCHANGE, target="u", bond=Bond(slash=100)).cost > 0
    online = TodaStyle(5, {"u": (2, 3), "p": (2, 3)}, patience=1)
    assert censorship(online, BIDS, market=EXCHANGE, target="u", bond=Bond(slash=100)).cost > 0
    sized = Exchange(dict.fromkeys("uv", LAW), dict.fromkeys("pqr", LAW), capacities={"p": 2}, demands={"u": 2})
    bids = {"u": 18, "v": 8, "p": 1, "q": 2, "r": 6}
    broken = censorship(DaraStyle(), bids, market=sized, target="u", bond=Bond(slash=100))
    assert (broken.attack, broken.cost) == ("win_and_withhold", 0)  # one more ask, and the demand fits no prefix: no trade at all


def test_the_mean_price_of_other_rules_is_what_their_winners_keep() -> None:
    market = Procurement(dict.fromkeys("abc", Uniform(0, 1)), value=1.0)
    for rule in (Optimal(), FirstPrice(), KthPrice(1)):
        found = solve(rule, market)
        mean = expected_censorship(found, bond=Bond(slash=3), open_entry=False)
        assert found.prover_surplus.midpoint + 3 * (1 - found.no_award.midpoint) in mean
    split = solve(SplitAward(shares=(0.5, 0.5)), market)
    mean = expected_censorship(split, bond=Bond(slash=3), open_entry=False)
    assert mean.lower == 3 and mean.upper == pytest.approx(3 + split.prover_surplus.midpoint / 2)


def test_bad_input_has_a_reason() -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"target": "z"}, "target must be one of"),
        ({"target": "u", "rounds": 0}, "rounds must be a positive"),
        ({"target": "u", "prize": 1}, "prize must be None with a market"),
        ({}, "target must be one of"),
    ]
    for keywords, match in cases:
        with pytest.raises(InvalidInput, match=match):
            censorship(McAfee(), BIDS, market=EXCHANGE, **keywords)
    with pytest.raises(InvalidInput, match="a bid for each of"):
        censorship(McAfee(), {"u": 1}, market=EXCHANGE, target="u")
    with pytest.raises(InvalidInput, match="rounds must be 1"):
        censorship(Vickrey(), COSTS, rounds=2)
    with pytest.raises(InvalidInput, match="played in a Procurement"):
        censorship(Vickrey(), Contest(1, COSTS))
    with pytest.raises(Refused, match="must be known"):
        censorship(ProportionalMining(), Contest(1, dict.fromkeys("ab", Uniform(1, 2))))
    with pytest.raises(Refused, match="can only be outbid"):
        censorship(Vickrey(), {"u": 1, "v": 0}, market=Sale(dict.fromkeys("uv", LAW)), target="u", open_entry=False)
    with pytest.raises(MarketError):
        censorship(Vickrey(), BIDS, market=EXCHANGE, target="u")
