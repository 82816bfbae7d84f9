"""`optimal` under constraints: which rung is taken, published values, prices, and combinations that are refused."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import ConcentrationCap, EpsilonIC, MinMaxRegret, check, optimal
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.finite_types import FiniteTypes
from equilibria.programs.two_sided_trade import two_sided_trade
from mechanisms import (
    Beta,
    Discrete,
    Exchange,
    InvalidInput,
    Market,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    Uniform,
)
from tests.test_discrete import laws

FOUR = Discrete.grid("1/4", 1, 4)
PAIR = Sale({"a": FOUR, "b": FOUR})
UNEQUAL = Procurement({"a": FOUR, "b": Discrete({"1/2": "1/2", 1: "1/2"})}, value=1.5)
THREE = Procurement({"a": FOUR, "b": Discrete({"1/2": "1/2", 1: "1/2"}), "c": FOUR}, value=1.5, tasks=2)
UNIT = Uniform(0, 1)
TRADE = Exchange({"u": UNIT}, {"p": UNIT})
MIDDLES = Discrete({Fraction(2 * k + 1, 20): Fraction(1, 10) for k in range(10)})


def able(market: Procurement | Sale, capacities: dict[str, int]) -> Procurement | Sale:
    """The same market with agents that can take several tasks."""
    return type(market)(dict(zip(market.labels, market.priors, strict=True)), market.value, market.tasks, capacities)


CASES: list[tuple[Market, Any, Any, str, str]] = [
    (PAIR, "revenue", ("dsic", "ex_post_ir", "bic", "interim_ir", "no_deficit"), "myerson", "19/32"),
    (PAIR, "revenue", (ConcentrationCap("1/4"),), "symmetric_border", "15/32"),
    (PAIR, "revenue", (ConcentrationCap(1),), "symmetric_border", "19/32"),
    (PAIR, "revenue", (ConcentrationCap("1/4"), "dsic"), "dsic_program", "15/32"),
    (PAIR, "revenue", EpsilonIC(0), "bic_program", "19/32"),
    (PAIR, "revenue", EpsilonIC("1/20"), "bic_program", "331/480"),
    (UNEQUAL, "surplus", ConcentrationCap("1/2"), "border_cuts", "13/16"),
    (UNEQUAL, "payment", ConcentrationCap("1/2"), "border_cuts", "11/16"),
    (UNEQUAL, {"surplus": 1, "welfare": 1}, ConcentrationCap("1/2"), "border_cuts", "57/32"),
    (THREE, "surplus", ConcentrationCap(1), "border_cuts", "95/64"),
    (THREE, "surplus", EpsilonIC(0), "bic_program", "95/64"),
    (able(THREE, {"a": 2}), "surplus", ConcentrationCap(1), "border_cuts", "105/64"),
    (Exchange({"u": MIDDLES}, {"p": MIDDLES}), "welfare", "no_deficit", "myerson_satterthwaite", "189/1250"),
    (Exchange({"u": MIDDLES}, {"p": MIDDLES}), "welfare", ("no_deficit", "dsic"), "myerson_satterthwaite", "189/1250"),
    (Exchange({"u": MIDDLES}, {"p": MIDDLES}), "welfare", (), "myerson_satterthwaite", "33/200"),
    (Exchange({"u": MIDDLES}, {"p": MIDDLES}), "revenue", (), "myerson_satterthwaite", "11/200"),
    (TRADE, "welfare", (), "myerson_satterthwaite", "1/6"),
    (TRADE, "welfare", "no_deficit", "myerson_satterthwaite", "9/64"),
    (TRADE, "welfare", ("budget_balance", "interim_ir"), "myerson_satterthwaite", "9/64"),
    (TRADE, "revenue", (), "myerson_satterthwaite", "1/24"),
    (Exchange({"u": Uniform(2, 3)}, {"p": UNIT}), "welfare", ("efficient", "no_deficit"), "myerson_satterthwaite", "2"),
]


@pytest.mark.parametrize(("market", "objective", "subject_to", "route", "value"), CASES)
def test_the_cheapest_exact_route_and_its_value(market: Market, objective: Any, subject_to: Any, route: str, value: str) -> None:
    found = optimal(market, objective, subject_to)
    assert (found.route, found.exact_value, found.status) == (route, Fraction(value), "optimal")
    assert found.value is not None
    assert Fraction(value) in found.value
    verdict = check(found.certificate)
    assert verdict.valid, verdict.message
    assert str(found.exact_value) in str(found)


def test_rungs_agree_where_several_apply() -> None:
    for market, objective in ((PAIR, "revenue"), (UNEQUAL, "surplus"), (THREE, "surplus"), (THREE, "payment")):
        strong = able(market, {"a": 2, "b": 3})
        both = optimal(strong, objective).exact_value  # type: ignore[arg-type]
        for constraint in (ConcentrationCap(1), (ConcentrationCap(1), "dsic")):
            found = optimal(strong, objective, constraint)  # type: ignore[arg-type]
            assert found.exact_value == both
            assert check(found.certificate).valid
        best = optimal(market, objective).exact_value  # type: ignore[arg-type]
        for constraint in (ConcentrationCap(1), EpsilonIC(0), (ConcentrationCap(1), "dsic")):
            assert optimal(market, objective, constraint).exact_value == best  # type: ignore[arg-type]


@pytest.mark.parametrize("case", [c for c in CASES if c[3] in ("symmetric_border", "border_cuts", "bic_program", "dsic_program")])
def test_the_tables_bring_the_value(case: tuple[Market, Any, Any, str, str]) -> None:
    market, objective, subject_to, _, value = case
    found = optimal(market, objective, subject_to)
    money = tasks = spent = Fraction(0)
    for label, law in zip(market.labels, market.priors, strict=True):
        assert isinstance(law, Discrete)
        rows = zip(law.values, law.probabilities, found.allocation[label].values(), found.payments[label].values(), strict=True)
        for t, f, x, p in rows:
            money, tasks, spent = money + f * p, tasks + f * x, spent + f * t * x
            assert market.sign * (p - t * x) >= 0
    worth = Fraction(market.value if isinstance(market.value, float) else 0) * tasks
    values = {"revenue": money, "payment": money, "surplus": worth - money, "welfare": worth - spent}
    weights = {objective: 1} if isinstance(objective, str) else objective
    assert sum(weight * values[name] for name, weight in weights.items()) == Fraction(value)


def test_a_cap_holds_and_has_a_price() -> None:
    step = Fraction(1, 1000)
    for market, objective, share in ((PAIR, "revenue", Fraction(1, 4)), (UNEQUAL, "surplus", Fraction(2, 5))):
        found = optimal(market, objective, ConcentrationCap(share))  # type: ignore[arg-type]
        for label, law in zip(market.labels, market.priors, strict=True):
            assert isinstance(law, Discrete)
            awarded = sum(f * x for f, x in zip(law.probabilities, found.allocation[label].values(), strict=True))
            assert awarded <= share
        tighter = optimal(market, objective, ConcentrationCap(share - step))  # type: ignore[arg-type]
        assert found.exact_value is not None
        assert tighter.exact_value is not None
        assert found.exact_value - tighter.exact_value >= found.shadow_prices["share"] * step > 0


def test_what_cannot_be_met_is_a_result() -> None:
    lacking = optimal(UNEQUAL, "payment", ConcentrationCap("2/5"))
    trade = optimal(TRADE, "welfare", ("efficient", "no_deficit"))
    grid = optimal(Exchange({"u": MIDDLES}, {"p": MIDDLES}), "welfare", ("efficient", "budget_balance"))
    for found in (lacking, trade, grid):
        assert (found.status, found.value, found.exact_value) == ("infeasible", None, None)
        assert check(found.certificate).valid
        assert found.to_dict()["value"] is None
    assert "1/6" in check(trade.certificate).message


SMALL = laws().filter(lambda law: len(law.values) <= 4)


@settings(max_examples=15, deadline=None)
@given(SMALL, SMALL)
def test_the_second_best_is_that_of_the_linear_program(values: Discrete, costs: Discrete) -> None:
    found = optimal(Exchange({"u": values}, {"p": costs}), "welfare", "no_deficit")
    sides = [FiniteTypes(law.values, law.probabilities) for law in (values, costs)]
    assert found.exact_value == solve_exactly(two_sided_trade(*sides)).exact_value
    verdict = check(found.certificate)
    assert verdict.valid, verdict.message


@settings(max_examples=15, deadline=None)
@given(st.lists(SMALL, min_size=1, max_size=3), st.lists(SMALL, min_size=1, max_size=2))
def test_exchanges_of_several_profile_by_profile(values: list[Discrete], costs: list[Discrete]) -> None:
    market = Exchange({f"u{k}": law for k, law in enumerate(values)}, {f"p{k}": law for k, law in enumerate(costs)})
    efficient = second = Fraction(0)
    for types in product(*(zip(law.values, law.probabilities, strict=True) for law in [*values, *costs])):
        chance = prod((f for _, f in types), start=Fraction(1))
        bids = sorted((t for t, _ in types[: len(values)]), reverse=True)
        asks = sorted(t for t, _ in types[len(values) :])
        efficient += chance * sum(max(b - a, Fraction(0)) for b, a in zip(bids, asks, strict=False))
    best, profit = optimal(market, "welfare"), optimal(market, "revenue")
    assert best.exact_value == efficient
    constrained = optimal(market, "welfare", "no_deficit")
    for found in (best, profit, constrained):
        verdict = check(found.certificate)
        assert verdict.valid, verdict.message
    assert constrained.exact_value is not None
    assert profit.exact_value is not None
    assert 0 <= profit.exact_value <= constrained.exact_value <= efficient
    for label, law in zip(market.labels, market.priors, strict=True):
        assert isinstance(law, Discrete)
        paid, traded = constrained.payments[label], constrained.allocation[label]
        side = 1 if label in market.users else -1
        second += side * sum(f * p for f, p in zip(law.probabilities, paid.values(), strict=True))
        assert all(side * (t * traded[t] - paid[t]) >= 0 for t in law.values)
    assert second >= 0  # no deficit


def test_second_best_with_a_wedge_that_is_not_rational() -> None:
    found = optimal(Exchange({"u": Uniform(0.5, 2)}, {"p": UNIT}), "welfare", "no_deficit")
    assert found.exact_value is None
    assert found.value is not None
    assert found.value.width <= 1e-15
    assert check(found.certificate).valid
    first = optimal(Exchange({"u": Uniform(0.5, 2)}, {"p": UNIT}), "welfare").value
    assert first is not None
    assert found.value.upper < first.lower


def test_least_regret_over_two_laws() -> None:
    """A value of 1 or 2, the second with chance 1/4 or 3/4: the best lottery over prices loses 1/4 at worst."""
    market = Sale({"a": Discrete({1: "1/4", 2: "3/4"})})
    found = optimal(market, "revenue", MinMaxRegret(({"a": Discrete({1: "3/4", 2: "1/4"})},)))
    assert found.exact_value == Fraction(1, 4)
    assert sum(found.shadow_prices.values()) == 1
    assert check(found.certificate).valid


REFUSALS: list[tuple[Market, Any, Any, str]] = [
    (PAIR, "revenue", "budget_balance", "about an Exchange"),
    (PAIR, "revenue", "efficient", "about an Exchange"),
    (UNEQUAL, "surplus", "no_deficit", "a procurement pays them"),
    (PAIR, "revenue", (EpsilonIC("1/9"), "dsic"), "does not go with"),
    (Sale({"a": UNIT}), "revenue", ConcentrationCap("1/2"), "finitely many types"),
    (TRADE, "welfare", ("budget_balance", "dsic"), "truthful in expectation at best"),
    (TRADE, "welfare", EpsilonIC(0), "names only"),
    (TRADE, "revenue", "efficient", "no choice of trades"),
    (Exchange({"u": Beta(2, 2)}, {"p": UNIT}), "welfare", (), "piecewise-linear laws"),
    (Exchange({"u": UNIT, "w": UNIT}, {"p": UNIT}), "welfare", (), "several users or provers"),
    (Exchange({"u": FOUR, "w": FOUR}, {"p": FOUR}), "welfare", ("efficient", "no_deficit"), "one user and one prover"),
    (TRADE, "surplus", (), "'welfare' or 'revenue'"),
    (Exchange({"u": PiecewiseLinear((0, 1, 2), (0, 0.7, 1))}, {"p": UNIT}), "welfare", "no_deficit", "need ironing"),
    (PAIR, "surplus", MinMaxRegret(({"a": FOUR, "b": FOUR},)), "MinMaxRegret is solved for the revenue"),
    (PAIR, "revenue", MinMaxRegret(({"a": FOUR, "b": MIDDLES},)), "one Discrete law for all buyers"),
]


@pytest.mark.parametrize(("market", "objective", "subject_to", "message"), REFUSALS)
def test_combinations_without_meaning_are_refused(market: Market, objective: Any, subject_to: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        optimal(market, objective, subject_to)


def test_wrong_numbers_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"share must lie in \(0, 1\]"):
        ConcentrationCap(0)
    with pytest.raises(InvalidInput, match="epsilon must be at least 0"):
        EpsilonIC(-1)
    with pytest.raises(InvalidInput, match="priors must be"):
        MinMaxRegret(())
