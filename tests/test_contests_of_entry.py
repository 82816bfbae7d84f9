"""Lotteries, equal shares and races with known costs: who takes part, against numbers of the papers and by trying."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import solve
from mechanisms import (
    Enclosure,
    EqualShare,
    Lottery,
    Refused,
    WeibullRace,
)
from tests.known_contests import F, confirmed, contest, equals, middle, values


@pytest.mark.parametrize(("n", "ratio"), [(2, F(3, 2)), (6, 2), (50, F(5, 2)), (50, 10)])
def test_lottery_of_equals(n: int, ratio: F) -> None:
    found = confirmed(Lottery(), equals(n, prize=ratio))
    p = middle(found.efforts["a"])
    mean_share = sum(math.comb(n - 1, k) * p**k * (1 - p) ** (n - 1 - k) / (k + 1) for k in range(n))
    assert float(ratio) * mean_share == pytest.approx(1, abs=1e-12)
    assert found.no_award.midpoint == pytest.approx((1 - p) ** n, rel=1e-12)
    assert found.prover_surplus == Enclosure(0, 0) and not found.complete


def test_lottery_at_its_ends() -> None:
    assert values(confirmed(Lottery(), equals(3, prize=1)).efforts) == [0] * 3
    everybody = confirmed(Lottery(), equals(3, prize=4))
    assert values(everybody.efforts) == [1] * 3 and values(everybody.surplus) == [F(1, 3)] * 3 and everybody.complete
    assert values(confirmed(Lottery(), equals(3, prize=3)).efforts) == [1] * 3
    with pytest.raises(Refused, match="all costs are equal"):
        solve(Lottery(), contest(3, 1, 2))


def test_equal_shares_are_entered_until_the_pot_is_spent() -> None:
    for pot, cost in ((F(7, 2), 1), (10, F(3, 7)), (1, 2)):
        found = confirmed(EqualShare(), equals(16, cost, pot)) if pot >= cost else solve(EqualShare(), equals(16, cost, pot))
        assert sum(share > 0 for share in values(found.shares)) == min(math.floor(F(pot) / F(cost)), 16)
    mixed = confirmed(EqualShare(), contest(6, 3, 1, 2, "5/2"))
    assert values(mixed.efforts) == [0, 1, 1, 0]


def test_races_of_given_speeds() -> None:
    found = confirmed(WeibullRace(4), contest(10, 1, 1, 2, speeds=[1, "11/10", "1/2"]))
    assert values(found.shares) == [F(10_000, 24_641), F(14_641, 24_641), 0]
    shape = WeibullRace.from_spread(0.218).shape
    for speed, log_normal, weibull in (("11/10", 0.621, 0.637), ("2", 0.988, 0.983)):
        race = confirmed(WeibullRace(shape), contest(1000, 1, 1, speeds=[speed, 1]))
        assert middle(race.shares["a"]) == pytest.approx(weibull, abs=5e-4)
        normal = 0.5 * math.erfc(-math.log(F(speed)) / (0.218 * 2))
        assert normal == pytest.approx(log_normal, abs=8e-4)
    assert values(confirmed(WeibullRace(2), contest(1, 2, 3, speeds=[1, 1])).shares) == [0, 0]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 30)), min_size=1, max_size=6), st.sampled_from([1, 2, 4]))
@settings(max_examples=15, deadline=None)
def test_nobody_enters_or_leaves_a_race(racers: list[tuple[int, int]], shape: int) -> None:
    market = contest(10, *[F(c, 10) for _, c in racers], speeds=[s for s, _ in racers])
    try:
        found = solve(WeibullRace(shape), market)
    except Refused:
        return
    inside = [effort == 1 for effort in values(found.efforts)]
    for i, (speed, cost) in enumerate(racers):
        total = sum(s**shape for j, (s, _) in enumerate(racers) if inside[j] and j != i) + speed**shape
        utility = F(10 * speed**shape, total) - F(cost, 10)
        assert utility >= 0 if inside[i] else utility <= 0
