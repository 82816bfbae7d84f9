"""`optimal` and `optimality_gap`: the papers' values, every rule of small markets by brute force, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import ConcentrationCap, OptimalMechanism, check, optimal, optimality_gap, solve
from mechanisms import (
    Beta,
    Discrete,
    Distribution,
    FirstPrice,
    InvalidInput,
    LogNormal,
    Market,
    Mixture,
    Optimal,
    PiecewiseLinear,
    PostedPrice,
    Procurement,
    Refused,
    Sale,
    SolverFailure,
    Uniform,
    Vickrey,
)
from tests.test_discrete import laws

UNIT = Uniform(0, 1)
PUBLISHED = [
    (2, 10, "49/100"), (2, 20, "363/800"), (2, 50, "1079/2500"), (2, 100, "8483/20000"),
    (3, 10, "123/200"), (3, 20, "1837/3200"), (3, 50, "2743/5000"), (3, 100, "43197/80000"),
]  # fmt: skip


def sale(count: int, law: Distribution, **extra: Any) -> Sale:
    return Sale({f"b{k}": law for k in range(count)}, **extra)


@pytest.mark.parametrize(("buyers", "types", "value"), PUBLISHED)
def test_revenue_on_a_grid(buyers: int, types: int, value: str) -> None:
    found = optimal(sale(buyers, Discrete.grid(Fraction(1, types), 1, types)), "revenue")
    assert found.exact_value == Fraction(value)
    assert found.route == "myerson"
    assert check(found.certificate).valid


def totals(found: OptimalMechanism) -> tuple[Fraction, Fraction, Fraction]:
    """Expected payments, costs (values) and tasks of the rule, over all profiles."""
    market = found.market
    laws = [law for law in market.priors if isinstance(law, Discrete)]
    sums = [Fraction(0)] * 3
    assert found.rule is not None
    for places in product(*(range(len(law.values)) for law in laws)):
        chance = prod((law.probabilities[k] for law, k in zip(laws, places, strict=True)), start=Fraction(1))
        types = [law.values[k] for law, k in zip(laws, places, strict=True)]
        awards, payments = found.rule(types)
        assert sum(awards) <= market.tasks
        for t, x, p in zip(types, awards, payments, strict=True):
            assert market.sign * (p - t * x) >= 0
        if found.mechanism is not None and found.rule_market is not None:
            assert isinstance(found.mechanism, Optimal)
            outcome = found.mechanism.outcome(found.rule_market, dict(zip(market.labels, types, strict=True)))
            assert (list(outcome.allocation.values()), list(outcome.payments.values())) == (awards, payments)
        earned = (sum(payments), sum(t * x for t, x in zip(types, awards, strict=True)), sum(awards))
        sums = [total + chance * part for total, part in zip(sums, earned, strict=True)]
    return sums[0], sums[1], sums[2]


@st.composite
def markets(draw: st.DrawFn) -> tuple[Market, str | dict[str, Fraction]]:
    few = laws().filter(lambda law: len(law.values) <= 4)
    agents = {f"a{k}": law for k, law in enumerate(draw(st.lists(few, min_size=1, max_size=3)))}
    tasks, value = draw(st.integers(1, 3)), draw(st.sampled_from([-1, 2.5, 5, 9]))
    capacities = {label: draw(st.integers(1, 3)) for label in agents} if draw(st.booleans()) else {}
    mix = {"surplus": Fraction(1, 3), "welfare": Fraction(2, 3)}
    if draw(st.booleans()):
        market: Market = Sale(agents, value, tasks, capacities)
        objective = draw(st.sampled_from(["revenue", "surplus", "welfare", mix]))
    else:
        market = Procurement(agents, value, tasks, capacities)
        enough = sum(capacities.get(label, 1) for label in agents) >= tasks
        objective = draw(st.sampled_from([*(["payment"] * enough), "surplus", "welfare", mix]))
    return market, objective


@settings(max_examples=30, deadline=None)
@given(markets())
def test_the_value_is_what_the_rule_brings_profile_by_profile(case: tuple[Market, Any]) -> None:
    market, objective = case
    found = optimal(market, objective)
    paid, spent, tasks = totals(found)
    worth = Fraction(market.value if isinstance(market.value, float) else 0) * tasks
    values = {
        "payment": paid, "revenue": paid, "surplus": market.sign * (worth - paid), "welfare": market.sign * (worth - spent),
    }  # fmt: skip
    weights: Mapping[str, Fraction] = {objective: Fraction(1)} if isinstance(objective, str) else objective
    assert found.exact_value == sum(weight * values[name] for name, weight in weights.items())
    verdict = check(found.certificate)
    assert verdict.valid, verdict.message
    for table, total in ((found.payments, paid), (found.allocation, tasks)):
        rows = [(law, table[label].values()) for law, label in zip(market.priors, market.labels, strict=True)]
        assert total == sum(f * entry for law, row in rows for f, entry in zip(law.probabilities, row, strict=True))  # type: ignore[attr-defined]


@settings(max_examples=15, deadline=None)
@given(laws().filter(lambda law: len(law.values) <= 4), st.integers(0, 2**20))
def test_no_posted_price_and_no_reserve_does_better(law: Discrete, seed: int) -> None:
    market = sale(2, law)
    best = optimal(market, "revenue").exact_value
    price = law.values[seed % len(law.values)]
    for rule in (Vickrey(float(price)), PostedPrice(float(price))):
        gap = optimality_gap(rule, market, "revenue")
        assert gap.exact is not None
        assert gap.exact >= 0
        assert gap.optimum.exact_value == best


EXACT: list[tuple[Market, str, str]] = [
    (sale(2, UNIT), "revenue", "5/12"),
    (sale(3, UNIT), "revenue", "17/32"),
    (sale(3, UNIT, tasks=2), "revenue", "23/32"),
    (Procurement(dict.fromkeys("abc", UNIT), value=1), "surplus", "17/32"),
    (Procurement({"a": UNIT, "b": Uniform(0, 2)}, value=1), "surplus", "1/3"),
    (Procurement({"a": UNIT, "b": Uniform(0, 2)}), "payment", "5/6"),
    (Procurement({"a": UNIT, "b": Uniform(0, 2)}, value=1), "welfare", "7/12"),
    (Procurement({"a": UNIT, "b": Uniform(0, 2)}, tasks=2, capacities={"a": 2}), "payment", "11/6"),
    (Sale({"a": Mixture([(1, UNIT), (1, Uniform(2, 3))]), "b": UNIT}), "revenue", "9/8"),
    (Sale({"a": UNIT}, value=0.5), "surplus", "1/16"),
]


@pytest.mark.parametrize(("market", "objective", "value"), EXACT)
def test_piecewise_linear_laws_are_exact(market: Market, objective: Any, value: str) -> None:
    found = optimal(market, objective)
    assert found.exact_value == Fraction(value)
    verdict = check(found.certificate)
    assert verdict.valid, verdict.message


def test_an_ironed_interval_of_a_density_that_jumps() -> None:
    law = PiecewiseLinear((0, 1, 5), (0, 0.5, 1))  # densities in the ratio 4, so that the level is rational
    found = optimal(Sale({"a": law, "b": law}), "revenue")
    assert found.exact_value == optimal_by_quadrature(law)
    assert check(found.certificate).valid


def optimal_by_quadrature(law: PiecewiseLinear) -> Any:
    """The revenue of Myerson's rule from two buyers, by sampling its own outcomes on a fine grid."""
    levels = (np.arange(600) + 0.5) / 600
    types = law.quantile(levels)
    grid = np.stack(np.meshgrid(types, types, indexing="ij"), axis=-1)
    price = Optimal().batch(Sale({"a": law, "b": law}, value=0), grid).price
    return pytest.approx(float(price.mean()), rel=5e-3)


@pytest.mark.parametrize(
    ("market", "objective"),
    [
        (Sale({"a": Beta(2, 3, 0, 1)}), "revenue"),
        (Procurement({"a": Beta(2, 3, 0, 1), "b": LogNormal(0, 0.5, 0.5, 3)}, value=2), "welfare"),
        (Sale({"a": PiecewiseLinear((0, 1, 2), (0, 0.75, 1))}, value=0.25), "surplus"),
    ],
)
def test_other_laws_are_enclosed(market: Market, objective: Any) -> None:
    found = optimal(market, objective)
    assert found.value is not None
    assert found.value.width <= 1e-9 * abs(found.value.midpoint)
    assert check(found.certificate).valid
    assert found.mechanism is not None
    assert found.rule_market is not None
    equilibrium = solve(found.mechanism, found.rule_market)
    value = Fraction(market.value if isinstance(market.value, float) else 0) * (1 - Fraction(equilibrium.no_award.midpoint))
    paid, spent = Fraction(equilibrium.expected_payment.midpoint), Fraction(equilibrium.resource_cost.midpoint)
    reached = {"revenue": paid, "surplus": market.sign * (value - paid), "welfare": market.sign * value - spent}[objective]
    assert abs(float(reached) - found.value.midpoint) <= 1e-9


GAPS: list[tuple[Any, Market, str]] = [
    (Vickrey(), sale(2, UNIT), "1/12"),
    (Vickrey(0.5), sale(2, UNIT), "0"),
    (FirstPrice(), sale(2, UNIT), "1/12"),
    (Vickrey(), Procurement(dict.fromkeys("abc", UNIT), value=1), "1/32"),
    (FirstPrice(0.5), Procurement(dict.fromkeys("abc", UNIT), value=1), "0"),
]


@pytest.mark.parametrize(("rule", "market", "loss"), GAPS)
def test_what_rules_in_use_lose(rule: Any, market: Market, loss: str) -> None:
    gap = optimality_gap(rule, market)
    assert gap.absolute.lower - 1e-15 <= Fraction(loss) <= gap.absolute.upper + 1e-15
    assert gap.absolute.width < 1e-9
    assert gap.relative is not None


def test_a_second_price_on_a_grid_loses_exactly() -> None:
    gap = optimality_gap(Vickrey(), sale(2, Discrete.grid("1/10", 1, 10)))
    assert gap.exact == Fraction(21, 200)
    assert gap.relative is not None
    assert Fraction(3, 14) in gap.relative


REFUSALS: list[tuple[Market, Any, Any, str]] = [
    (Procurement({"a": UNIT}), "revenue", (), "no revenue"),
    (Procurement({"a": UNIT}), "surplus", (), "value as a number"),
    (Procurement({"a": UNIT}, value=UNIT), "welfare", (), "value as a number"),
    (Procurement({"a": UNIT}, tasks=2), "payment", (), "can take 1 together"),
    (Sale({"a": UNIT, "b": Discrete({1: 1})}), "revenue", (), "all of them Discrete"),
    (Sale({"a": Beta(2, 2)}), {"revenue": 1, "welfare": 1}, (), "weighted objective"),
    (Sale({"a": UNIT}), {"payment": 1}, (), "always buys"),
]


@pytest.mark.parametrize(("market", "objective", "subject_to", "message"), REFUSALS)
def test_what_has_no_meaning_is_refused(market: Market, objective: Any, subject_to: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        optimal(market, objective, subject_to)


INPUTS: list[tuple[Any, Any, str]] = [
    ("profit", (), "objective must be one of"),
    ({"revenue": 0}, (), "must be positive"),
    ({}, (), "at least one weight"),
    ("revenue", ("fair",), "subject_to must hold some of"),
    ("revenue", 3, "subject_to must be a tuple"),
    ("revenue", (ConcentrationCap(1), ConcentrationCap("1/2")), "at most once"),
]


@pytest.mark.parametrize(("objective", "subject_to", "message"), INPUTS)
def test_wrong_input_is_named(objective: Any, subject_to: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        optimal(Sale({"a": UNIT}), objective, subject_to)


def test_gaps_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(Refused, match="does not always buy"):
        optimality_gap(Vickrey(0.5), Procurement({"a": UNIT, "b": UNIT}))
    with pytest.raises(Refused, match="lotteries"):
        optimality_gap(FirstPrice(), sale(2, Discrete.grid(0, 1, 2)))
    with pytest.raises(Refused, match="profiles"):
        optimality_gap(Vickrey(), sale(3, Discrete.grid(0, 1, 100)))


def test_reserves_of_other_laws_are_approximate() -> None:
    law = Beta(2, 2)
    price = optimal(Sale({"a": law}), "revenue").reserves["a"]
    assert isinstance(price, float)
    assert abs(float(law.virtual_value(price))) < 1e-9
    assert optimal(Procurement({"a": law}, value=0.5), "welfare").reserves["a"] == 0.5
    assert optimal(Procurement({"a": law}), "payment").reserves["a"] == 1.0
    assert optimal(Procurement({"a": law}, value=-1), "surplus").reserves["a"] is None


def test_a_value_of_too_many_digits_is_said_so() -> None:
    chance = Fraction(1, 2**400)
    law = Discrete({1: chance, 2: 1 - chance})
    with pytest.raises(SolverFailure, match="digits"):
        optimal(sale(40, law), "revenue")
