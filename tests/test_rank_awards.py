"""Several tasks and split awards: what each rank is awarded and paid, specs, and malformed inputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from mechanisms import (
    Beta,
    Discriminatory,
    InvalidInput,
    Procurement,
    Sale,
    SplitAward,
    Uniform,
    market_from_spec,
    mechanism_from_spec,
)

FOUR = {"a": Uniform(0, 1), "b": Beta(1, 1.5), "c": Beta(1, 2), "d": Beta(1, 3)}


BIDS = {"a": Fraction(1, 2), "b": Fraction(1, 4), "c": Fraction(3, 4), "d": Fraction(1, 2)}


@pytest.mark.parametrize(
    ("rule", "market", "shares"),
    [
        (Discriminatory(), Procurement(FOUR, tasks=3, capacities={"a": 2, "b": 2}), (1, 2, 0, 0)),
        (Discriminatory(0.5), Procurement(FOUR, tasks=9, capacities={"a": 2, "c": 5}), (2, 1, 0, 1)),
        (SplitAward(shares=(0.5, 0.25)), Procurement(FOUR), (Fraction(1, 4), Fraction(1, 2), 0, 0)),
        (SplitAward(0.25, shares=(0.5, 0.25)), Procurement(FOUR), (0, Fraction(1, 2), 0, 0)),
    ],
)
def test_awards_by_rank(rule: Discriminatory | SplitAward, market: Procurement, shares: tuple[Fraction, ...]) -> None:
    outcome = rule.outcome(market, BIDS)
    assert tuple(outcome.allocation.values()) == shares
    assert all(outcome.payments[label] == BIDS[label] * outcome.allocation[label] for label in BIDS)
    many = np.array(list(product(*[[float(bid), 0.5] for bid in BIDS.values()])))
    batch = rule.batch(market, many)
    for row, allocation, payments in zip(many, batch.allocation(), batch.payments(), strict=True):
        single = rule.outcome(market, dict(zip(BIDS, row.tolist(), strict=True)))
        assert list(single.allocation.values()) == allocation.tolist()
        assert list(single.payments.values()) == payments.tolist()


def test_specs_come_back() -> None:
    for market in (Procurement(FOUR, tasks=3, capacities={"a": 2}), Sale(FOUR, tasks=3, capacities={"a": 2})):
        assert market_from_spec(json.loads(json.dumps(market.spec()))) == market
        assert market.capacities == (2, 1, 1, 1)
        assert market.as_procurement().capacities == (2, 1, 1, 1)
    assert "capacities" not in Procurement(FOUR).spec()
    rule = SplitAward(0.5, shares=(0.75, 0.25))
    assert mechanism_from_spec(json.loads(json.dumps(rule.spec()))) == rule


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Procurement(FOUR, capacities={"z": 1}), "capacities.z must be one of"),
        (lambda: Procurement(FOUR, capacities={"a": 0}), "capacities.a must be a positive whole number"),
        (lambda: Procurement(FOUR, capacities=3), "capacities must be a mapping"),
        (lambda: SplitAward(shares=(0.4, 0.6)), "not rise"),
        (lambda: SplitAward(shares=(0.8, 0.6)), "at most 1"),
        (lambda: SplitAward(shares=()), "one number or more"),
        (lambda: SplitAward(shares=(1.0, 0.0)), "above 0"),
    ],
)
def test_malformed_inputs(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
