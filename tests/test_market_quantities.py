"""Concentration, who stays, lotteries, copies for a deadline, cartels, ramps: published numbers, and other ways to them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equilibria import active_provers, best_lottery, herfindahl, long_run_entry, nakamoto, solve
from equilibria.cartels import cartel_patience, grim_trigger
from equilibria.curved_share_cost import overspend, worst_overspend
from equilibria.dutch_ramp import best_ramp
from equilibria.redundancy import LogNormalTimes
from mechanisms import Contest, CurvedShare, EqualShare, InvalidInput, Lottery, ProportionalMining, Tullock, WeibullRace

F = Fraction


def test_concentration() -> None:
    shares = solve(ProportionalMining(), Contest(1, {"a": 1, "b": "5/4", "c": 4})).shares
    assert (herfindahl(shares), nakamoto(shares), active_provers(shares)) == (F(41, 81), 1, 2)
    mixed = solve(Tullock(F(1, 2)), Contest(2, {"a": 1, "b": "6/5"})).shares
    assert herfindahl(mixed) > F(1, 2) and nakamoto(mixed) == 1
    assert nakamoto([1, 1]) == 2 and nakamoto([1] * 10) == 6 and nakamoto([1] * 10, F(1, 3)) == 4
    assert nakamoto([F(1, 2), F(1, 4), F(1, 4)]) == 2, "exactly a half is no majority"
    assert active_provers([5, 3, 2], F(1, 5)) == 2
    for wrong in ([], [0, 0], [1, -1]):
        with pytest.raises(InvalidInput):
            herfindahl(wrong)
    with pytest.raises(InvalidInput, match="below 1"):
        nakamoto([1], 1)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_concentration_of_anything(sizes: list[int]) -> None:
    index, count = herfindahl(sizes), nakamoto(sizes)
    assert F(1, len(sizes)) <= index <= 1 and 1 <= count <= len(sizes) // 2 + 1
    assert 2 * sum(sorted(sizes)[-count:]) > sum(sizes) >= 2 * sum(sorted(sizes)[len(sizes) - count + 1 :])
    assert herfindahl([7 * size for size in sizes]) == index


def test_how_many_stay() -> None:
    assert long_run_entry(ProportionalMining(), 1, 1, "1/100").provers == 10
    assert long_run_entry(Tullock(), 2, 1, F(1, 50)).provers == 7  # (V - c) / n^2 >= 1/50
    assert long_run_entry(EqualShare(), 10, "1/2", "1/2").provers == 10  # V / (c + K): all is spent
    assert long_run_entry(EqualShare(), 1, 2, 1).provers == 0
    half = long_run_entry(WeibullRace(F(1, 2)), 1, 1, F(1, 100))
    assert half.provers == max(n for n in range(2, 200) if F(n + 1, 2) / n**2 >= F(1, 100))
    assert half.profit == F(half.provers + 1, 2) / half.provers**2 - F(1, 100)
    assert long_run_entry(WeibullRace(F(5, 4)), 1, 1, F(1, 1000)).provers == 4  # five equals only break even
    assert long_run_entry(Lottery(), 10, 1, "1/10").provers == 9, "with ten, submitting earns nothing"
    assert 1 < long_run_entry(CurvedShare(2), 1, 1, "1/10").provers < 12
    with pytest.raises(InvalidInput, match="below 1024"):
        long_run_entry(EqualShare(), 10**6, 1, "1/1000")
    with pytest.raises(InvalidInput, match="capital must be positive"):
        long_run_entry(EqualShare(), 1, 1, 0)


@pytest.mark.parametrize(
    ("value", "rate", "prize", "utility", "bond"), [(10, 2.303, 2.558, 6.697, 4.34), (100, 4.605, 4.652, 94.395, 21.71)]
)
def test_the_best_lottery(value: int, rate: float, prize: float, utility: float, bond: float) -> None:
    found = best_lottery(value)
    numbers = [found.proofs, found.prize, found.utility, found.bond]
    assert [x.midpoint for x in numbers] == pytest.approx([rate, prize, utility, bond], abs=5e-3)
    assert F(1, value) in found.fault and value - 1 - math.log(value) == pytest.approx(found.utility.midpoint, rel=1e-15)
    assert value * math.log(value) / (value - 1) == pytest.approx(found.prize.midpoint, rel=1e-15)


@pytest.mark.parametrize("n", [2, 5, 60])
def test_the_best_lottery_among_few(n: int) -> None:
    found = best_lottery(20, 1, n)
    p = np.linspace(0, 1, 200_001)
    assert float((20 * (1 - (1 - p) ** n) - n * p).max()) == pytest.approx(found.utility.midpoint, abs=1e-6)
    prize = F(found.prize.midpoint)
    played = solve(Lottery(), Contest(prize, {f"p{k}": 1 for k in range(n)}))
    assert played.no_award.midpoint == pytest.approx(found.fault.midpoint, rel=1e-10)
    kept = 20 * (1 - played.no_award.midpoint) - played.expected_payment.midpoint
    assert kept == pytest.approx(found.utility.midpoint, rel=1e-12)
    assert abs(best_lottery(20, 1, 10**6).utility.midpoint - best_lottery(20).utility.midpoint) < 1e-4
    for wrong in ({"value": 1}, {"value": 2, "provers": 1}, {"value": 2, "cost": 0}):
        with pytest.raises(InvalidInput):
            best_lottery(**wrong)  # type: ignore[arg-type]


def test_copies_for_a_deadline() -> None:
    times = LogNormalTimes.from_mean_and_quantile(7, 0.95, 11)
    assert (round(times.mu, 4), round(times.sigma, 4)) == (1.9001, 0.3026)
    assert round(times.in_time(12).midpoint, 4) == 0.9733 and round(times.in_time(10).midpoint, 4) == 0.9082
    assert round(times.in_time(12, copies=2).midpoint, 4) == 0.9993
    assert round(times.prover_seconds(copies=2).midpoint, 1) == 11.6
    assert round(times.in_time(12, hedge=3).midpoint, 4) == 0.9957
    assert round(times.prover_seconds(hedge=3).midpoint, 1) == 10.5
    assert abs(math.exp(times.mu + 2.326348 * times.sigma) - 13.5) < 0.05  # the 99th percentile
    assert 7 in times.prover_seconds() or abs(times.prover_seconds().midpoint - 7) < 1e-12
    assert times.prover_seconds(copies=2).width < 1e-12
    closed = 2 * 14 * 0.5 * math.erfc(times.sigma / 2)  # twice E[min] of two
    assert times.prover_seconds(copies=2).midpoint == pytest.approx(closed, rel=1e-12)
    assert times.race_shape == pytest.approx(4.24, abs=5e-3)
    draws = np.random.default_rng(4).lognormal(times.mu, times.sigma, (400_000, 2))
    end = np.minimum(draws[:, 0], 3 + draws[:, 1])
    assert times.prover_seconds(hedge=3).midpoint == pytest.approx((end + np.maximum(end - 3, 0)).mean(), abs=0.02)
    for deadline, target in ((12, 0.97), (12, 0.98), (10, 0.9999), (5, 0.99)):
        least = times.copies_for(deadline, target)
        late = 1 - times.in_time(deadline).midpoint
        assert least == math.ceil(math.log(1 - target) / math.log(late))
    with pytest.raises(InvalidInput, match="target must lie"):
        times.copies_for(12, 1.0)
    with pytest.raises(InvalidInput, match="more time"):
        times.copies_for(0.1, 0.99)
    assert times.in_time(2, hedge=3) == times.in_time(2)
    for wrong in ({"copies": 0}, {"copies": 2, "hedge": 3}, {"hedge": -1}):
        with pytest.raises(InvalidInput):
            times.in_time(12, **wrong)  # type: ignore[arg-type]
    for parameters in ((7, 0.95, 6), (7, 0.95, 40), (7, 1.0, 11)):
        with pytest.raises(InvalidInput):
            LogNormalTimes.from_mean_and_quantile(*parameters)


def test_cartels() -> None:
    assert [cartel_patience(n) for n in (2, 3, 10)] == [F(1, 2), F(2, 3), F(9, 10)]
    for n in (2, 5):
        delta = cartel_patience(n)
        assert F(1, n) / (1 - delta) == 1, "at the threshold the cartel is worth one deviation"
    assert grim_trigger(2, 1) == 0 and grim_trigger(2, 3, 1) == F(1, 2)
    with pytest.raises(InvalidInput):
        grim_trigger(1, 2, 1)
    with pytest.raises(InvalidInput):
        cartel_patience(1)


def test_the_ramp_of_an_impatient_requester() -> None:
    for value, highest in ((F(1, 2), F(1, 4)), (1, F(1, 2)), (F(3, 2), F(3, 4)), (2, 1)):
        for n in (1, 2, 3, 7):
            assert best_ramp(n, value, 0).highest == highest  # v/2, whatever n is
    assert best_ramp(3, 1, 0).utility == F(17, 32)
    for n in (2, 3, 5):
        assert best_ramp(n, 2, 0).price == F(2, n + 1)  # all are served: the second-lowest cost
    for n, value, kappa in ((1, 1, F(1, 2)), (3, 1, F(1, 2)), (4, F(3, 2), 2)):
        best = best_ramp(n, value, kappa)
        grid = [best_ramp(n, value, kappa, F(k, 200)) for k in range(1, 201)]
        assert max(ramp.utility for ramp in grid) <= best.utility
        assert best.utility - max(ramp.utility for ramp in grid) < F(1, 1000)
        assert n == 1 or best.highest < best_ramp(n, value, 0).highest


def test_a_ramp_played_out() -> None:
    n, value, kappa = 3, 1.0, 0.5
    ramp, rng = best_ramp(n, 1, F(1, 2)), np.random.default_rng(6)
    r, costs = float(ramp.highest), rng.uniform(size=(400_000, n)).min(axis=1)
    bids = costs + ((1 - costs) ** n - (1 - r) ** n) / (n * (1 - costs) ** (n - 1))
    served = costs <= r
    rise = np.where(served, bids, r) - float(ramp.start)
    assert served.mean() == pytest.approx(float(ramp.award), abs=2e-3)
    assert (served * bids).mean() == pytest.approx(float(ramp.price), abs=2e-3)
    assert rise.mean() == pytest.approx(float(ramp.rise), abs=2e-3)
    assert (served * (value - bids) - kappa * rise).mean() == pytest.approx(float(ramp.utility), abs=3e-3)
    for wrong in ((0, 1, 0), (2, 0, 0), (2, 1, -1), (2, 1, 0, 2)):
        with pytest.raises(InvalidInput):
            best_ramp(*wrong)


@given(st.lists(st.integers(10, 80), min_size=2, max_size=8))
def test_what_curved_shares_cost_at_worst(tenths: list[int]) -> None:
    worst, dearer = worst_overspend(len(tenths))
    assert overspend([F(t, 10) for t in tenths]) <= worst + 1e-12
    assert overspend([1, *[dearer] * (len(tenths) - 1)]) == pytest.approx(worst, rel=1e-12)


def test_what_curved_shares_cost() -> None:
    assert round(worst_overspend(2)[0], 4) == 1.2071
    with pytest.raises(InvalidInput):
        worst_overspend(0)
    with pytest.raises(InvalidInput):
        overspend([1, 2], 0)
