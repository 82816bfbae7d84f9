"""Rules of deployed networks: published vectors, and claims that are not reproduced."""

from __future__ import annotations

import math
from dataclasses import astuple
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import DeliveryGame, audit, play
from equilibria.activity_scores import long_run_share
from equilibria.collateral.rescuing import collateral_for_rescue
from mechanisms import (
    BatchFee,
    DutchClock,
    EqualShare,
    InvalidInput,
    Procurement,
    Refused,
    UncertainPresence,
    UndercutFee,
    Uniform,
    settle,
)
from mechanisms.networks import AZTEC, BREVIS, CYSIC
from mechanisms.networks.aztec import AZTEC_TESTNET, epoch_pot
from mechanisms.networks.boundless import Offer, boundless_bond, default_offer, mining_rewards
from mechanisms.networks.brevis import brevis_bond, lone_bid, lone_gain, required_stake
from mechanisms.networks.gevulot import highest_fee, selection_chances
from mechanisms.networks.kalypso import expected_slash, kalypso_bond
from mechanisms.networks.mina import fees_of_block, kept_work
from mechanisms.networks.nil import Proposal, best_proposal, commission, nil_bond, orders_allowed
from mechanisms.networks.opside import rewards
from mechanisms.networks.polygon_zkevm import forced_batch_fee, reward_per_batch
from mechanisms.networks.succinct import request_cost, slot_profit
from mechanisms.networks.taiko_rules import pool_chances, race_multiplier, required_bond, taiko_pool_bond

F = Fraction
VECTOR = Offer(min_price=100, max_price=1000, ramp=600, lock=2500, timeout=5000)


def test_boundless_prices() -> None:
    got = [VECTOR.price_at(t) for t in (0, 1, 300, 600, 601, 2500, 2501)]
    assert got == [100, 101, 550, 1000, 1000, 1000, 0]
    assert [VECTOR.time_at_price(p) for p in (50, 100, 101, 550, 1000)] == [0, 0, 1, 300, 600]
    with pytest.raises(InvalidInput, match="at most 1000"):
        VECTOR.time_at_price(1001)


@settings(max_examples=15)
@given(st.integers(0, 10**30), st.integers(0, 10**30), st.integers(1, 9000), st.integers(0, 10**10), st.data())
def test_boundless_offers_round_as_a_ticking_clock(low: int, rise: int, ramp: int, start: int, when: st.DataObject) -> None:
    offer = Offer(min_price=low, max_price=low + rise, ramp=ramp, lock=ramp + 100, timeout=ramp + 200, start=start)
    clock = DutchClock(low, low + rise, ramp=ramp, lock=ramp + 100, start=start, tick=1)
    time = when.draw(st.integers(start, start + ramp + 150))
    price = when.draw(st.integers(low, low + rise))
    assert offer.price_at(time) == clock.price_at(time)
    first = offer.time_at_price(price)
    assert first == clock.time_at_price(price)
    assert offer.price_at(first) >= price and (first in (0, start) or offer.price_at(first - 1) < price)


def test_boundless_defaults() -> None:
    def of(megacycles: int) -> tuple[int, ...]:
        offer = default_offer(megacycles)
        return offer.start, offer.ramp, offer.lock, offer.timeout, offer.min_price, offer.max_price, offer.collateral

    assert of(1) == (30, 602, 1807, 3614, 0, 100, 20)
    assert of(100) == (100, 800, 2500, 5000, 0, 10_000, 20)
    assert of(3600) == (3600, 7200, 14_400, 28_800, 0, 360_000, 20)
    assert of(57_600)[-1] == 50 and of(57_599)[-1] == 20 and of(144_000)[-1] == 100
    docs = Offer(min_price=0, max_price=9, ramp=300, lock=2700, timeout=3600)
    assert docs.price_at(300) == docs.price_at(2700) == 9 and docs.price_at(2701) == 0
    with pytest.raises(InvalidInput, match="reverts"):
        Offer(min_price=0, max_price=9, ramp=3000, lock=2700, timeout=3600)
    for wrong in (0, -1, True, 1.5, None):
        with pytest.raises(InvalidInput, match="megacycles must"):
            default_offer(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "client", "locker", "rescuer", "burned", "treasury"),
    [
        ("on_time", -7, 7, 0, 0, 0),
        ("rescued", 0, -20, 10, 10, 0),
        ("late", 0, -10, 0, 10, 0),
        ("abandoned", 0, -20, 0, 10, 10),
        ("unlocked", -7, 0, 7, 0, 0),
    ],
)
def test_boundless_settlement(outcome: str, client: int, locker: int, rescuer: int, burned: int, treasury: int) -> None:
    got = settle(default_offer(100).bond, outcome, 7)  # type: ignore[arg-type]
    assert astuple(got) == (client, locker, rescuer, 0, burned, treasury)


def test_boundless_rescues_need_four_times_the_cost() -> None:
    assert collateral_for_rescue(boundless_bond(0), 1, win="1/2") == 4
    assert collateral_for_rescue(boundless_bond(0), 1) == 2


def test_boundless_mining_is_capped_by_stake() -> None:
    assert dict(mining_rewards(100, {"a": 1, "b": 3}, {"a": 150, "b": 9000})) == {"a": 10, "b": 75}
    with pytest.raises(InvalidInput, match="stakes must be of 'a'"):
        mining_rewards(1, {"a": 1}, {"b": 1})
    with pytest.raises(InvalidInput, match="work must be positive"):
        mining_rewards(1, {"a": 0}, {"a": 1})


def test_brevis_shade() -> None:
    assert [lone_bid(0, q) for q in ("1/10", "1/5", "1/2", 1)] == [F(1, 9), F(1, 4), 1, 1]
    assert [lone_gain(0, q) for q in ("1/10", "1/5")] == [F(1, 180), F(1, 40)]
    market = UncertainPresence(Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)}), 0.75)
    rule = BREVIS.design("sealed_bid").mechanism
    assert rule is not None
    found = audit(rule, market, kinds="non_reveal").finding("non_reveal")
    assert found.gain == lone_gain(0, "1/4") == F(1, 24) and found.instance is not None
    assert found.instance.reports["a"] == lone_bid(0, "1/4")
    assert required_stake(100, 1000) == 150 and play(DeliveryGame(bond=brevis_bond(9), price=F(1))).findings
    with pytest.raises(InvalidInput, match=r"cost must lie in \[0, 1\]"):
        lone_bid(2, 0)


@settings(max_examples=15)
@given(cost=st.fractions(0, 1), absent=st.fractions(0, 1), other=st.fractions(0, 1))
def test_no_bid_against_a_rival_that_may_be_absent_gains_more(cost: Fraction, absent: Fraction, other: Fraction) -> None:
    def profit(bid: Fraction) -> Fraction:
        return (1 - absent) * ((1 - cost) ** 2 - (bid - cost) ** 2) / 2 + absent * (bid - cost)

    best = profit(lone_bid(cost, absent))
    assert best >= profit(max(cost, other)) and best - profit(cost) == lone_gain(cost, absent)


def test_taiko_undercuts_and_slashes() -> None:
    for fee, cost in ((10, 1), (100, 3), (5, 5), (1, 2)):
        expected = max(0, math.ceil(math.log(fee / cost) / math.log(1 / 0.95)))
        assert UndercutFee().bids_to_reach(fee, cost) == expected
    assert UndercutFee().bids_to_reach(10, 1) == 45
    assert UndercutFee().band(1, "6/5") == (1, F(6, 5) / F(95, 100))
    assert [taiko_pool_bond(320_000, 32, reward).slash for reward in (2, 10)] == [25, 40]
    assert required_bond(30, 25) == 60
    with pytest.raises(InvalidInput, match="above the liveness bond 25; got 25"):
        required_bond(25, 25)
    assert [race_multiplier(t, 200, 400) for t in (0, 200, 400, 600, 9000)] == [1, 1, F(5, 2), 4, 4]


def test_the_pool_draws_by_stake_over_squared_rewards_clamped() -> None:
    chances = pool_chances({"a": 1, "b": 1, "c": 2}, {"a": 1, "b": 75, "c": 999}, 100)
    assert chances["a"] == chances["b"] and sum(chances.values()) == 1
    assert chances["c"] / chances["a"] == 2 * F(75, 125) ** 2
    many = pool_chances({str(i): 40 - i for i in range(40)}, {str(i): 1 for i in range(40)}, 1)
    assert [label for label, chance in many.items() if not chance] == [str(i) for i in range(32, 40)]
    with pytest.raises(InvalidInput, match="rewards must be of 'a'"):
        pool_chances({"a": 1}, {}, 1)


def test_aztec_scores() -> None:
    old, new = (AZTEC.design(name).mechanism for name in ("score", "azip5"))
    assert isinstance(old, EqualShare) and isinstance(new, EqualShare)
    assert old.break_even_coverage == F(4, 5) and round(float(100 * new.break_even_coverage), 2) == 98.62
    assert round(float(new.epochs_to_recover()), 1) == 71.4
    assert (old.epochs_to_recover(old.largest), new.epochs_to_recover(new.largest)) == (600, F(525, 2))
    assert epoch_pot(400, mana=100, prover_cost="1/5", fee=30, protocol_fee=5) == 140
    assert epoch_pot(400, mana=1000, prover_cost="1/5", fee=30, protocol_fee=5) == 145
    assert AZTEC_TESTNET.break_even_coverage == F(1, 2)
    with pytest.raises(InvalidInput, match="protocol_fee must be at most"):
        epoch_pot(1, 1, 1, fee=1, protocol_fee=2)


def test_the_claim_that_78_percent_coverage_earns_44_is_not_reproduced() -> None:
    """A negative result: in the long run it earns less than a tenth, before and after AZIP-5."""
    for rule in (EqualShare.aztec(), EqualShare.aztec_azip5()):
        assert long_run_share(rule, 0.78) < 0.1


def test_polygon_steps() -> None:
    assert [round(float(BatchFee().step(1, s)), 6) for s in (12, -12, 40, -40)] == [1.024266, 0.976309, 1.024266, 0.976309]
    assert reward_per_batch(30, 12) == F(5, 2) and forced_batch_fee("0.1") == 10
    with pytest.raises(InvalidInput, match="batches must"):
        reward_per_batch(1, 0)


@settings(max_examples=15)
@given(deposit=st.fractions("1/9", 9), other=st.fractions("1/9", 9), times=st.integers(1, 9))
def test_opside_rewards_add_up_and_repeated_hashes_dilute_them(deposit: Fraction, other: Fraction, times: int) -> None:
    usual = rewards(2, {"a": deposit, "b": other}, commit_count=2)
    assert sum(usual.values()) == 1 and usual["a"] * other == usual["b"] * deposit
    again = rewards(2, {"a": deposit, "b": other}, commit_count=2, submissions={"a": times})
    assert all(again[label] * (times * deposit + other) == usual[label] * (deposit + other) for label in usual)


def test_opside_refuses_counts_that_are_none() -> None:
    with pytest.raises(InvalidInput, match="commit_count must"):
        rewards(1, {"a": 1}, 0)
    with pytest.raises(InvalidInput, match=r"submissions\.b must"):
        rewards(1, {"a": 1}, submissions={"b": 1})


def test_order_books_and_collateral_of_nil_and_kalypso() -> None:
    book = {"a": Proposal(5, 60), "b": Proposal(4, 90), "c": Proposal(4, 80), "d": Proposal(4, 80, rating=1)}
    book["e"] = Proposal(3, 500)
    assert best_proposal(6, 100, book) == "d" and best_proposal(6, 500, book) == "e"
    assert best_proposal(6, 10, book) is None and best_proposal(6, 100, {}) is None
    assert best_proposal(5, 60, book) == "a"
    assert (commission(100), commission(1000)) == (1, 5)
    assert nil_bond(7).slash == 70 and orders_allowed(70) == 7
    assert kalypso_bond().slash == 10 and expected_slash("3/10") == 3
    own = play(DeliveryGame(bond=kalypso_bond(), price=F(8), late_work=None, others_first=F(3, 10)))
    assert [(one.kind, one.gain) for one in own.findings] == [("self_slash", 7)]
    with pytest.raises(InvalidInput, match="time must be"):
        Proposal(1, float("nan"))
    with pytest.raises(InvalidInput, match="others_first must lie"):
        expected_slash(2)


def test_draws_queues_and_costs() -> None:
    chances = selection_chances(["a", "b", "c", "d"], ["a"], 2)
    assert dict(chances) == {"a": 0, "b": F(2, 3), "c": F(2, 3), "d": F(2, 3)}
    assert sum(chances.values()) == 2 and highest_fee(3, 1000, "1/100", 2) == 32
    with pytest.raises(Refused, match="2 provers cannot be drawn of 1"):
        selection_chances(["a", "b"], ["a"], 2)
    assert kept_work({"a": 1, "b": 1, "c": 2}, {"a": b"\x02", "b": b"\x01", "c": b""}) == "b"
    assert fees_of_block([1, 2, 5], 2) == 3 and fees_of_block([], 0) == 0
    with pytest.raises(Refused, match="3 slots"):
        fees_of_block([1], 3)
    with pytest.raises(InvalidInput, match=r"hashes\.a must be bytes"):
        kept_work({"a": 1}, {})
    assert request_cost("1/5", 2, 3) == F(31, 5) and slot_profit(1, 1, 10, 4) == 2


def test_cysics_phantom() -> None:
    case = CYSIC.designs[0].deviations
    assert case is not None
    assert audit(case.mechanism, case.market, kinds="phantom_bid").found
