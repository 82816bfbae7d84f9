"""Fees that move: the published steps, step responses against simulation, stability at its threshold, and withholding."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from equilibria import withhold
from equilibria.withholding import hiding_gain
from mechanisms import Enclosure, InvalidInput
from mechanisms.fee_controllers.base_fee import BaseFee
from mechanisms.fee_controllers.batch_fee import BatchFee
from mechanisms.fee_controllers.controller import FeeController, loop
from mechanisms.fee_controllers.hash_rate_price import HashRatePrice
from mechanisms.fee_controllers.moving_average import MovingAverage
from mechanisms.fee_controllers.undercut_fee import UndercutFee

F = Fraction


def test_the_step_of_polygon() -> None:
    rule = BatchFee()
    up, down = rule.step(1, 12), rule.step(1, -12)
    assert up == F(1002, 1000) ** 12 and down == 1 / up
    assert f"{float(up):.6f}" == "1.024266" and f"{float(down):.6f}" == "0.976309"
    assert rule.step("1/10", 13) == rule.step("1/10", 12) and rule.step("1/10", 0) == F(1, 10)
    assert rule.step(1000, 1) == 1000 and rule.step(rule.least, -1) == F(1, 10**9)
    path = rule.response("1/10", [12] * 400)
    assert path[0] == F(1, 10) * up and path[-1] == 1000  # from 0.1 to the bound of 1000 within 385 verifications
    assert next(k for k, fee in enumerate(path, 1) if fee == 1000) == math.ceil(math.log(10_000) / math.log(float(up))) == 385


def test_the_moving_average_of_taiko() -> None:
    rule = MovingAverage()
    assert rule.after(100, 250) == F(99 * 100 + 250, 100)
    path = [F(100)]
    for _ in range(200):
        path.append(rule.after(path[-1], 150))
    assert all(fee == 150 - 50 * F(99, 100) ** k for k, fee in enumerate(path))
    assert 50 * F(99, 100) ** rule.half_life <= 25 < 50 * F(99, 100) ** (rule.half_life - 1)
    assert F(101, 100) ** 70 >= 2 > F(101, 100) ** 69 and rule.doubling == 70
    assert MovingAverage(cap=1).doubling is None
    assert MovingAverage("1/1024").half_life == 710
    assert rule.step(0, 2) == 0  # an average of 0 caps everything at 0, or nothing: the first bid needs a bound of its own


def test_undercutting() -> None:
    rule = UndercutFee()
    assert rule.bids_to_reach(10, 1) == 45 == math.ceil(math.log(10) / math.log(1 / 0.95))
    assert rule.band(1, [2, "3/2"]) == (1, F(3, 2) / F(95, 100))
    assert rule.band(2, 1) is None
    path = rule.response(10, [1] * 60)
    assert len(set(path)) == 44 == rule.bids_made(10, 1)  # the 45th would be below the cost
    assert 1 <= path[-1] < F(1) / F(95, 100)
    assert rule.bids_to_reach(1, 1) == 0 and rule.bids_made(1, 1) == 0
    assert rule.bids_made(F(20, 19), 1) == 1 and rule.bids_to_reach(F(20, 19), 1) == 1  # the boundary, exactly
    assert rule.stability(1).status == "neutral"


def test_counts_of_bids_agree_with_the_dynamics() -> None:
    rng = random.Random(1)
    for _ in range(100):
        rule, fee, cost = UndercutFee(F(rng.randint(1, 9), 20)), F(rng.randint(1, 60), 3), F(rng.randint(1, 30), 3)
        seen = rule.response(fee, [cost] * 100)
        assert rule.bids_made(fee, cost) == sum(a != b for a, b in zip((fee, *seen), seen, strict=False))
        count = rule.bids_to_reach(fee, cost)
        assert fee * (1 - rule.cut) ** count <= cost and (count == 0 or fee * (1 - rule.cut) ** (count - 1) > cost)


def test_the_base_fee() -> None:
    rule = BaseFee()
    assert rule.step(100, 2) == F(225, 2) and rule.step(100, 0) == F(175, 2) and rule.step(100, 1) == 100
    assert [rule.stability(r).status for r in (0, 8, 12, 16, 17)] == ["neutral", "stable", "overshoots", "neutral", "unstable"]
    assert rule.stability(4).threshold == 16 and rule.stability(4).multiplier == F(1, 2)


def closed(rule: FeeController, response: float, start: float, rounds: int = 400) -> float:
    """How far a small deviation is after some rounds, as a multiple of what it was, in floats."""
    deviation = math.log(start)
    for _ in range(rounds):
        fee = math.exp(deviation)
        use = min(max(1.0 - response * deviation, 0.0), 2.0)
        deviation = math.log(float(rule.step(F(fee), F(use))))
    return abs(deviation / math.log(start))


@pytest.mark.parametrize("rule", [BaseFee(), MovingAverage("1/8")], ids=["base fee", "average"])
def test_stability_is_what_a_simulation_shows(rule: FeeController) -> None:
    threshold = float(rule.stability(1).threshold)  # type: ignore[arg-type]
    assert closed(rule, 0.9 * threshold, 1.0001) < 1e-6
    assert closed(rule, 1.1 * threshold, 1.0001) > 10


def test_the_threshold_of_polygon_is_enclosed() -> None:
    found = BatchFee().stability(100)
    assert isinstance(found.threshold, Enclosure) and isinstance(found.multiplier, Enclosure)
    assert 2 / math.log(1.002) in Enclosure(found.threshold.lower - 1e-9, found.threshold.upper + 1e-9)
    assert found.threshold.width < 1e-9 and found.status == "stable"
    assert BatchFee().stability(600).status == "overshoots" and BatchFee().stability(1100).status == "unstable"
    assert BatchFee().stability(0).status == "neutral"
    assert loop(Enclosure(0.5, 1.5), 2).status == "unknown"


def test_the_price_of_hash_rate() -> None:
    rule = HashRatePrice(weight="1/10")
    assert rule.price(99, 99) == F(7, 2) * 100 / (99 + F(1, 1000))
    assert rule.step(100, 50) == 95
    assert rule.stability("1/2").threshold == F(19, 20)  # 1 - w/2 in a large network
    assert HashRatePrice(weight=1).stability("1/2").threshold == F(1, 2)
    for eta, status in ((0, "stable"), ("1/2", "overshoots"), ("19/20", "neutral"), (1, "unstable")):
        assert rule.stability(eta).status == status


@pytest.mark.parametrize("rate", [0.5, 99.0])
@pytest.mark.parametrize("weight", [0.1, 0.9])
def test_the_stability_of_hash_rate_is_what_a_simulation_shows(rate: float, weight: float) -> None:
    rule = HashRatePrice(weight=weight)
    threshold = float(rule.stability_at(rate, 1).threshold)  # type: ignore[arg-type]
    par = float(rule.price(rate, rate))
    for eta, grows in ((0.9 * threshold, False), (1.1 * threshold, True)):
        average, now = rate, rate * 1.0001
        for _ in range(300):
            paid = 3.5 * (average + 1) / (now + 0.001)
            average, now = average + weight * (now - average), rate * (paid / par) ** eta
            now = min(max(now, rate / 2), rate * 2)
        assert (abs(now / rate - 1) > 1e-3) == grows


def test_the_multiplier_of_hash_rate_is_an_eigenvalue() -> None:
    rule, w, eta = HashRatePrice(weight="1/4"), 0.25, 0.6
    found = rule.stability_at(9, "3/5")
    a, b = 9 / 10, 9 / 9.001
    trace, determinant = 1 - w - eta * b, -eta * ((1 - w) * b + w * a)
    root = math.sqrt(trace**2 - 4 * determinant)
    assert isinstance(found.multiplier, Enclosure)
    assert abs(found.multiplier.midpoint - max((trace + root) / 2, (trace - root) / 2, key=abs)) < 1e-12


def test_withholding_raises_the_fee_of_polygon() -> None:
    found = withhold(BatchFee(), "1/10", late=12, honest=0, horizon=20)
    up = F(1002, 1000) ** 12
    assert found.honest == 2 and found.rounds == 19  # lateness in the last round changes nothing
    assert found.gain == F(1, 10) * sum(up**t for t in range(20)) - 2
    # being late costs a discount of one round; below what the fee gains in the rounds that are left it does not pay
    assert withhold(BatchFee(), "1/10", late=12, honest=0, horizon=20, discount="1/2").rounds == 0
    assert withhold(BatchFee(), "1/10", late=12, honest=0, horizon=1).gain == 0
    at_bound = withhold(BatchFee(), 1000, late=12, honest=0, horizon=10, discount="9/10")
    assert at_bound.rounds == 0 and at_bound.gain == 0


def test_hiding_power_pays_nearly_what_it_saves() -> None:
    rule = HashRatePrice(weight="1/10")
    gain = hiding_gain(rule, 99, 99, "99/2", 2)
    lost = rule.work_income(99, 99) - rule.work_income(99, "99/2")
    assert gain == 99 - lost and 0 < lost < F(1, 100)
    assert hiding_gain(rule, 99, 99, 99, 2) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchFee(factor=1), "factor must be above 1"),
        (lambda: BatchFee(least=2, most=1), "least must be at most most"),
        (lambda: BatchFee(most_batches=0), "most_batches must be"),
        (lambda: BatchFee().step(1, 0.5), "signal must be a whole number"),
        (lambda: BatchFee().step(-1, 1), "fee must be at least 0"),
        (lambda: BaseFee(denominator="1/2"), "denominator must be at least 1"),
        (lambda: BaseFee(elasticity=1), "elasticity must be above 1"),
        (lambda: BaseFee().step(1, 3), "signal must be at most the elasticity"),
        (lambda: MovingAverage(weight=2), "weight must lie in"),
        (lambda: MovingAverage(cap="1/2"), "cap must be at least 1"),
        (lambda: MovingAverage().step(1, 3), "signal must be at most the cap"),
        (lambda: UndercutFee(1), "cut must lie in"),
        (lambda: UndercutFee().band(1, []), "others must hold"),
        (lambda: UndercutFee().bids_to_reach(1, 0), "cost must be positive"),
        (lambda: HashRatePrice(weight=0), "weight must be positive"),
        (lambda: HashRatePrice(weight=1, floor=2), "floor must lie in"),
        (lambda: withhold(BatchFee(), 1, late=12, honest=0, horizon=0), "horizon must be"),
        (lambda: withhold(BatchFee(), 1, late=12, honest=0, horizon=3, discount=2), "discount must lie in"),
        (lambda: hiding_gain(HashRatePrice(weight=1), 1, 1, 2, 1), "shown_rate must be at most"),
    ],
)
def test_refusals(make: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()  # type: ignore[operator]
