"""Rules: known numbers, refusals, malformed bids, specs, batch edges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import total_ordering
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import (
    Beta,
    CentralProver,
    FirstPrice,
    Mechanism,
    Mixture,
    Optimal,
    PiecewiseLinear,
    PostedPrice,
    Procurement,
    Race,
    Refused,
    Sale,
    Uniform,
    Vickrey,
)
from tests.strategies import simple_distributions

F = Fraction
UNIT = Uniform(0, 1)
PAIR = Procurement({"ann": UNIT, "bob": UNIT}, value=1)
# Density 1/5 on [0, 1], 4/5 on [1, 2]: ironed on (3/4, 9/8] at 3/2 (derived in test_ironing.py).
STEEP = Mixture([(2, Uniform(0, 2)), (3, Uniform(1, 2))])
STEEP_PAIR = Procurement({"ann": STEEP, "bob": STEEP})


def paid(rule: Mechanism, market: Procurement | Sale, *bids: object) -> tuple[object, ...]:
    return tuple(rule.outcome(market, dict(zip(market.labels, bids, strict=True))).payments.values())


@pytest.mark.parametrize(
    ("bids", "payments"),
    [
        (
            (F(7, 8), F(1)),
            (F(9, 8), 0),
        ),  # both ironed: ann is first in order and wins up to the end of the interval
        ((F(1), F(7, 8)), (F(9, 8), 0)),
        ((F(5, 4), F(1)), (0, F(5, 4))),  # bob wins below ann's 7/4
        ((F(1), F(1, 2)), (0, F(3, 4))),  # bob, second in order, wins only below the ironed interval
        ((F(1, 2), F(2)), (F(2), 0)),
        (
            (F(3, 2), F(9, 4)),
            (F(2), 0),
        ),  # bob is above his support and not awarded: ann wins up to the end of hers
    ],
)
def test_myerson_with_an_irregular_mixture(
    bids: tuple[Fraction, ...], payments: tuple[Fraction, ...]
) -> None:
    assert paid(Optimal(), STEEP_PAIR, *bids) == payments


def test_expected_payment_of_myerson_with_an_irregular_mixture() -> None:
    """In quantiles the ironed virtual cost is 10q, 3/2, 3/4 + 5q/2 below 3/20, 3/10, 1; density 2(1 - q).

    Not ironed it is 10q up to 1/5 and 3/4 + 5q/2 from there, which adds 1/800: the second price, as costs are
    symmetric.
    """
    expected = F(2025, 10000) + F(34875, 100000) + F(49, 48)
    quantiles = (np.arange(1000) + 0.5) / 1000
    costs = STEEP.quantile(quantiles)
    bids = np.stack(np.meshgrid(costs, costs, indexing="ij"), axis=-1)
    for rule, price in ((Optimal(), expected), (Vickrey(), expected + F(1, 800))):
        found = rule.batch(STEEP_PAIR, bids).price.mean()
        assert found == pytest.approx(float(price), abs=1e-4)  # the error of the grid


def test_myerson_discriminates_against_the_strong() -> None:
    market = Procurement({"ann": UNIT, "bob": Uniform(0.5, 1.5)}, value=1)
    # Virtual costs 2c and 2c - 1/2: bob wins with the higher cost.
    assert paid(Optimal(), market, F(1, 2), F(5, 8)) == (0, F(3, 4))
    # Sale of values U[0, 1]: reserve 1/2 whatever the number of buyers, if keeping is worth nothing.
    assert paid(Optimal(), Sale({"a": UNIT, "b": UNIT}, value=0), F(3, 4), F(1, 4)) == (F(1, 2), 0)


def test_myerson_on_uniform_costs_is_vickrey_with_half_the_value_as_reserve() -> None:
    bids = np.random.default_rng(3).random((2000, 3))
    market = Procurement({"a": UNIT, "b": UNIT, "c": UNIT}, value=1)
    optimal, vickrey = Optimal().batch(market, bids), Vickrey(0.5).batch(market, bids)
    assert np.array_equal(optimal.winner, vickrey.winner)
    assert optimal.price == pytest.approx(vickrey.price, abs=1e-15)


def test_ties_go_to_the_first_in_market_order_and_reserves_are_accepted() -> None:
    half = F(1, 2)
    assert paid(FirstPrice(half), PAIR, half, half) == (half, 0)
    assert paid(Vickrey(half), PAIR, F(1), half) == (0, half)
    assert paid(FirstPrice(half), PAIR, F(51, 100), F(1)) == (0, 0)
    assert paid(FirstPrice(half), Sale({"a": UNIT, "b": UNIT}), half, F(1, 4)) == (half, 0)
    assert paid(PostedPrice(half), PAIR, half, half) == (F(1, 4), F(1, 4))


def test_number_types() -> None:
    assert paid(Vickrey(), PAIR, 1, 3) == (F(3), F(0))
    assert paid(FirstPrice(), PAIR, Decimal("0.1"), F(1)) == (F(1, 10), 0)
    payments = paid(Vickrey(F(1, 3)), PAIR, np.float64(0.25), 1)
    assert payments == (1 / 3, 0.0) and all(type(x) is float for x in payments)
    assert paid(FirstPrice(0.1), PAIR, F(1, 10), F(1)) == (F(1, 10), 0)  # the double 0.1 is above one tenth


@total_ordering
@dataclass(frozen=True)
class Infinitesimal:
    """a + b e with e positive and below every positive rational."""

    a: Fraction
    b: Fraction

    @staticmethod
    def of(x: Infinitesimal | Fraction) -> Infinitesimal:
        return x if isinstance(x, Infinitesimal) else Infinitesimal(F(x), F(0))

    def __lt__(self, other: Infinitesimal | Fraction) -> bool:
        other = self.of(other)
        return (self.a, self.b) < (other.a, other.b)

    def __neg__(self) -> Infinitesimal:
        return Infinitesimal(-self.a, -self.b)

    def __add__(self, other: Infinitesimal | Fraction) -> Infinitesimal:
        other = self.of(other)
        return Infinitesimal(self.a + other.a, self.b + other.b)

    def __rsub__(self, other: Fraction) -> Infinitesimal:
        return -self + other

    def __mul__(self, other: Fraction) -> Infinitesimal:
        return Infinitesimal(self.a * other, self.b * other)


def test_other_ordered_scalars() -> None:
    bid, above = F(1, 2), Infinitesimal(F(1, 2), F(1))
    assert paid(Vickrey(0.75), PAIR, above, bid) == (0, above)
    assert paid(FirstPrice(0.75), PAIR, above, F(3)) == (above, 0)
    assert paid(FirstPrice(0.5), PAIR, above, F(3)) == (0, 0)
    assert paid(Vickrey(), Sale({"a": UNIT, "b": UNIT}), F(1), above) == (above, 0)


def test_reserve_none_is_not_the_value() -> None:
    assert paid(FirstPrice(), PAIR, F(3), F(4)) == (3, 0)


@pytest.mark.parametrize("market", [Procurement({"ann": UNIT}, value=1), Sale({"ann": UNIT}, value=1)])
def test_lone_second_price_needs_a_reserve(market: Procurement | Sale) -> None:
    for evaluate in (
        lambda: Vickrey().outcome(market, {"ann": F(1, 2)}),
        lambda: Vickrey().program(market, {"ann": 0.5}).solve(),
        lambda: Vickrey().batch(market, np.array([0.5])),
    ):
        with pytest.raises(Refused, match=r"unbounded\. Pass reserve="):
            evaluate()
    assert paid(Vickrey(F(3, 4)), market, F(3, 4)) == (F(3, 4),)


def test_race() -> None:
    outcome = Race(2).outcome(PAIR, {"ann": F(1, 2), "bob": F(1, 4)})
    assert (dict(outcome.payments), dict(outcome.proofs)) == ({"ann": 0, "bob": 2}, {"ann": 1, "bob": 1})
    # P(bob is fastest) = 1/4 and E[c] = 1: he needs a prize of 4; ann needs 2/3.
    assert Race().prize_for(Procurement({"ann": UNIT, "bob": Uniform(0, 2)})) == pytest.approx(4, abs=1e-12)
    symmetric = Procurement({str(i): Beta(2, 3) for i in range(5)})
    assert Race().prize_for(symmetric) == pytest.approx(5 * 0.4, abs=1e-12)
    assert Race().prize_for(Procurement({"ann": UNIT})) == pytest.approx(0.5, abs=1e-14)


def test_race_refusals() -> None:
    hopeless = Procurement({"ann": UNIT, "bob": Uniform(1, 2)})
    with pytest.raises(Refused, match="no prize brings 'bob' into the race"):
        Race().batch(hopeless, np.array([0.5, 1.5]))
    assert Race(1).batch(hopeless, np.array([0.5, 1.5])).winner == 0
    with pytest.raises(Refused, match="no mirror image"):
        Race(1).outcome(Sale({"ann": UNIT}), {"ann": F(1)})
    with pytest.raises(Refused, match="no mirror image"):
        Race(1).prize_for(Sale({"ann": UNIT}))


@given(st.lists(simple_distributions(), min_size=1, max_size=4))
@settings(max_examples=15)
def test_someone_is_fastest(laws: list[object]) -> None:
    from mechanisms.rules.race import chances_of_lowest

    market = Procurement({str(i): law for i, law in enumerate(laws)})  # type: ignore[misc]
    assert sum(chances_of_lowest(market)) == pytest.approx(1, abs=1e-9)


def test_central_prover() -> None:
    market = Procurement({"bob": Uniform(0, 2), "ann": UNIT}, value=UNIT)
    outcome = CentralProver().outcome(market, {"bob": F(0), "ann": F(1, 5)})
    # p = (1 + c) / 2 = 3/5, sold with probability 2/5.
    assert outcome.allocation == {"bob": 0, "ann": F(2, 5)} and outcome.payments["ann"] == F(6, 25)
    batch = CentralProver("bob").batch(market, np.array([[0.5, 0.0], [1.5, 0.0]]))
    assert batch.price == pytest.approx([0.75, 0]) and list(batch.winner) == [0, -1]
    assert batch.payments() == pytest.approx(np.array([[0.1875, 0], [0, 0]]))
    number = Procurement({"ann": UNIT, "bob": UNIT}, value=F(1, 2).__float__())
    assert paid(CentralProver(), number, F(1, 2), F(0)) == (F(1, 2), 0)
    assert paid(CentralProver(), number, F(51, 100), F(0)) == (0, 0)


def test_central_prover_asks_the_lower_of_two_best_prices() -> None:
    # Values: mass 1/2 on [0, 1] and on [2, 3], mirror image of the law whose offers 1 and 3 tie at 5.
    value = PiecewiseLinear((-3, -2, -1, 0), (0, 0.5, 0.5, 1))
    market = Procurement({"ann": Uniform(-6, 0)}, value=value)
    assert CentralProver().outcome(market, {"ann": F(-5)}).allocation["ann"] == 1
    assert CentralProver().outcome(market, {"ann": F(-5) + F(1, 10**9)}).allocation["ann"] == F(1, 2)


def test_exact_outcome_under_a_transcendental_prior_is_refused() -> None:
    market = Procurement({"ann": UNIT, "bob": Beta(2, 2)}, value=1)
    with pytest.raises(Refused, match="'bob' under Beta is not piecewise linear"):
        Optimal().outcome(market, {"ann": F(1, 4), "bob": F(1, 4)})
    assert Optimal().outcome(market, {"ann": 0.25, "bob": 0.25}).award


@pytest.mark.parametrize("provers", [1, 2, 10, 126, 127, 128, 300])
@pytest.mark.parametrize("profiles", [0, 1, 8191, 8192, 8193])
def test_batch_second_price_matches_sorting(provers: int, profiles: int) -> None:
    market = Procurement({str(i): UNIT for i in range(provers)})
    bids = np.random.default_rng(provers).integers(0, 40, (min(profiles, 8193), provers)) / 32
    outcome = Vickrey(0.5).batch(market, bids)
    lowest = np.sort(bids, axis=-1)
    second = np.minimum(lowest[:, 1], 0.5) if provers > 1 else np.full(len(bids), 0.5)
    awarded = lowest[:, 0] <= 0.5
    assert np.array_equal(outcome.winner, np.where(awarded, bids.argmin(axis=-1), -1))
    assert np.array_equal(outcome.price, np.where(awarded, second, 0.0))


def test_batch_takes_huge_and_integer_bids() -> None:
    assert Vickrey().batch(PAIR, np.array([[1.7e308, 1.6e308]])).price == [1.7e308]
    assert FirstPrice().batch(PAIR, np.array([[3, 2]])).price == [2.0]


def test_program_is_a_convex_program_with_prices() -> None:
    program = Vickrey(0.75).program(PAIR, {"ann": 0.25, "bob": 0.5})
    assert program.problem.is_dcp()
    prices = program.prices()
    # Any price between the two best scores supports the optimum.
    assert -0.5 - 1e-9 <= prices.proof <= -0.25 + 1e-9
    assert program.value == pytest.approx(-0.25)
    assert program.solve().payments["ann"] == pytest.approx(0.5)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_program_tells_close_bids_apart_at_any_scale(scale: float) -> None:
    """Costs may be in dollars or in units of 1e-9 of one; and one hopeless bid sets no scale."""
    market = Procurement({"ann": UNIT, "bob": UNIT, "cyd": UNIT})
    for hopeless, gap in product((1.0, 1e12), (1e-3, 1e-7)):
        bids = {"ann": scale * (0.25 + gap), "bob": scale * 0.25, "cyd": scale * hopeless}
        outcome = FirstPrice().program(market, bids).solve()
        assert outcome.allocation == {"ann": 0, "bob": 1, "cyd": 0}
