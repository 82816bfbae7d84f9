"""The clock's path of prices, its sealed form, and commit and reveal with a lone revealer."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from equilibria import solve
from mechanisms import (
    CommitReveal,
    DutchClock,
    FirstPrice,
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
UNIT = Uniform(0, 1)
THREE = Procurement(dict.fromkeys("abc", UNIT))
CLOCK = DutchClock(100, 1000, 600, 2500, tick=1)


@pytest.mark.parametrize(
    ("time", "price"), [(0, 100), (1, 101), (300, 550), (600, 1000), (601, 1000), (2500, 1000), (2501, 0)]
)
def test_the_published_path(time: int, price: int) -> None:
    assert CLOCK.price_at(time) == price and type(CLOCK.price_at(time)) is Fraction
    assert CLOCK.price_at(float(time)) == price


def test_the_time_of_a_price_is_the_first() -> None:
    clock = DutchClock(100, 1000, 700, 2500, start=30, tick=1)
    for price in range(101, 1001):
        time = clock.time_at_price(price)
        assert time == int(time) and clock.price_at(time) >= price > clock.price_at(time - 1)
    assert clock.time_at_price(100) == clock.time_at_price(0) == 0
    assert clock.price_at(30) == 100 and clock.price_at(730) == clock.price_at(2530) == 1000 and clock.price_at(2531) == 0
    with pytest.raises(InvalidInput, match=r"price must be at most 1000, .* got 1001"):
        clock.time_at_price(1001)


def test_whole_numbers_of_any_length_are_exact() -> None:
    wei = 10**18
    clock = DutchClock(wei + 1, 3 * wei + 2, 7, 9, tick=1)
    assert clock.price_at(3) == wei + 1 + 3 * (2 * wei + 1) // 7
    assert mechanism_from_spec(json.loads(json.dumps(clock.spec()))) == clock
    assert DutchClock(5, 5, 1, 1).price_at(F(1, 2)) == 5 and DutchClock(5, 5, 1, 1).time_at_price(5) == 0


def test_a_continuous_clock_returns_its_prices() -> None:
    clock = DutchClock(F(1, 4), F(3, 4), 10, 20, start=5)
    assert clock.time_at_price(F(1, 2)) == 10 and clock.price_at(10) == F(1, 2)
    assert clock.price_at(clock.time_at_price(0.6)) == pytest.approx(0.6, abs=1e-15)


def test_its_sealed_form_is_pay_as_bid() -> None:
    clock = DutchClock(0.25, 0.75, 1, 1)
    for row in np.random.default_rng(3).integers(-1, 9, (100, 3)).tolist():
        reports = [F(x, 8) for x in row]
        floored = {name: max(x, F(1, 4)) for name, x in zip("abc", reports, strict=True)}
        expected = FirstPrice(0.75).outcome(THREE, floored)
        assert clock.outcome(THREE, dict(zip("abc", reports, strict=True))) == expected
        assert columns(clock, THREE, reports)[1] == list(expected.payments.values())


@pytest.mark.parametrize("market", [THREE, Sale(dict.fromkeys("abc", UNIT))], ids=["buy", "sell"])
@pytest.mark.parametrize("lone", ["own_bid", "reserve"])
def test_commit_reveal_evaluations_agree(market: Market, lone: str) -> None:
    rule = CommitReveal(F(1, 2), lone)  # type: ignore[arg-type]
    profiles = np.random.default_rng(5).integers(0, 7, (150, 3)) / 4
    many = rule.batch(market, profiles)
    for k, row in enumerate(profiles.tolist()):
        reports = dict(zip("abc", map(F, row), strict=True))
        outcome = rule.outcome(market, reports)
        shares, amounts = list(outcome.allocation.values()), list(outcome.payments.values())
        assert shares == many.allocation()[k].tolist() and amounts == many.payments()[k].tolist()
        assert columns(rule, market, list(reports.values())) == [shares, amounts, shares]
        if lone == "reserve":
            assert outcome == Vickrey(F(1, 2)).outcome(market, reports)


@pytest.mark.parametrize(("q", "shade", "gain"), [(F(1, 10), F(1, 9), F(1, 180)), (F(1, 5), F(1, 4), F(1, 40))])
def test_a_prover_that_may_be_alone_bids_above_its_cost(q: Fraction, shade: Fraction, gain: Fraction) -> None:
    """Against one truthful rival on [0, 1] that is absent with probability q; the rival's costs are midpoints of 2000 cells."""
    rule, alone = CommitReveal(1), Procurement({"a": UNIT})
    pair, cost = Procurement({"a": UNIT, "b": UNIT}), 0.25
    rivals = (np.arange(2000) + 0.5) / 2000

    def utility(bid: float, rule: CommitReveal = rule) -> float:
        many = rule.batch(pair, np.stack([np.full_like(rivals, bid), rivals], axis=-1))
        against = (many.payments()[:, 0] - cost * many.allocation()[:, 0]).mean()
        single = rule.batch(alone, np.array([bid])).payments()[0] - cost
        return float(float(q) * single + (1 - float(q)) * against)

    bids = np.linspace(0.0, 1.0, 181)
    best = max(bids, key=utility)
    assert best == pytest.approx(cost + float(shade), abs=1 / 180)
    # The cell in which the bid lies counts as won or lost as a whole: at most half a cell times the shade.
    assert utility(cost + float(shade)) - utility(cost) == pytest.approx(float(gain), abs=float(shade) / 4000)
    fixed = CommitReveal(1, "reserve")
    assert max(utility(bid, fixed) for bid in bids) <= utility(cost, fixed) + 1 / 4000


def test_a_second_identity_bids_the_reserve() -> None:
    alone = Procurement({"a": UNIT})
    twice = Procurement({"a": UNIT, "phantom": UNIT})
    for lone, honest in (("own_bid", F(1, 4)), ("reserve", F(1))):
        rule = CommitReveal(1, lone)  # type: ignore[arg-type]
        assert rule.outcome(alone, {"a": F(1, 4)}).payments["a"] == honest
        assert rule.outcome(twice, {"a": F(1, 4), "phantom": F(1)}).payments["a"] == 1


def test_specs_and_refusals() -> None:
    for rule in (CLOCK, DutchClock(0.5, 1.0, 1.5, 2.0), CommitReveal(1), CommitReveal(0.5, "reserve")):
        assert mechanism_from_spec(json.loads(json.dumps(rule.spec()))) == rule
    for arguments, message in (
        ((2, 1, 1, 1), "^high must be at least 2; got 1"),
        ((-1, 1, 1, 1), "^low must be at least 0"),
        ((0, 1, 2, 1), "^lock must be at least 2; got 1"),
        ((0, 1, 0, 1), "^ramp must be positive"),
        ((0, 1, 1, 1, -1), "^start must be at least 0"),
        ((0, 1, 1, 1, 0, 0), "^tick must be positive"),
        ((0, True, 1, 1), "^high must be a finite number"),
        ((0, 1, None, 1), "^ramp must be a finite number"),
    ):
        with pytest.raises(InvalidInput, match=message):
            DutchClock(*arguments)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="the clock of a sale falls"):
        CLOCK.outcome(Sale({"a": UNIT}), {"a": 1})
    with pytest.raises(Refused, match=r"it is FirstPrice\(reserve=high\): solve that"):
        solve(CLOCK, THREE)
    with pytest.raises(InvalidInput, match=r"^lone must be 'own_bid' or 'reserve'"):
        CommitReveal(1, "none")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="CommitReveal awards one task"):
        CommitReveal(1).batch(Procurement(dict.fromkeys("abc", UNIT), tasks=2), np.zeros(3))
