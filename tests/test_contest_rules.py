"""Contests as rules and markets: outcomes at one profile and at many, specs, refusals."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from equilibria import ContestCollocation, HazardShooting, solve
from mechanisms import (
    Beta,
    Contest,
    FirstPrice,
    InvalidInput,
    Procurement,
    Refused,
    Tullock,
    Uniform,
    WeibullRace,
    market_from_spec,
    mechanism_from_spec,
)

F = Fraction
PAIR = Contest(prize=1, costs={"a": Uniform(1, 2), "b": Uniform(1, 2)})


def test_refusals() -> None:
    with pytest.raises(Refused, match="one contestant has no equilibrium"):
        solve(Tullock(), Contest(prize=1, costs={"a": Uniform(1, 2)}))
    with pytest.raises(Refused, match="rebate must be below every cost"):
        solve(Tullock(1, 1.5), PAIR)
    with pytest.raises(Refused, match="needs a Contest"):
        solve(Tullock(), Procurement({"a": Uniform(1, 2), "b": Uniform(1, 2)}))
    with pytest.raises(Refused, match="not a procurement"):
        solve(FirstPrice(), PAIR)
    with pytest.raises(InvalidInput, match="must be a ContestCollocation"):
        solve(Tullock(), PAIR, HazardShooting())
    with pytest.raises(InvalidInput, match="bounded away from 0"):
        Contest(prize=1, costs={"a": Uniform(0, 1)})
    with pytest.raises(InvalidInput, match="prize must be positive"):
        Contest(prize=0, costs={"a": Uniform(1, 2)})
    with pytest.raises(InvalidInput, match="alpha must be positive"):
        Tullock(0)
    with pytest.raises(InvalidInput, match="rebate must be at least 0"):
        Tullock(1, -1)
    with pytest.raises(InvalidInput, match="degree"):
        ContestCollocation(degree=1)


def test_one_profile_and_many() -> None:
    market = Contest(prize=2, costs=dict.fromkeys("abc", Uniform(1, 2)))
    rule = Tullock(2, F(1, 2))
    outcome = rule.outcome(market, {"a": F(1), "b": F(2), "c": F(0)})
    assert dict(outcome.allocation) == {"a": F(1, 5), "b": F(4, 5), "c": 0}
    assert dict(outcome.payments) == {"a": F(2, 5) + F(2, 5), "b": F(8, 5) + F(1, 5), "c": 0}
    assert dict(outcome.proofs) == {"a": 1, "b": 1, "c": 0}
    many = Tullock(2).batch(market, np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(many.allocation(), [[0.2, 0.8, 0.0], [0.0, 0.0, 0.0]])
    assert many.award.tolist() == [True, False]
    np.testing.assert_allclose(many.payments().sum(axis=-1), [2.0, 0.0])
    assert not rule.outcome(market, dict.fromkeys("abc", 0)).award
    with pytest.raises(InvalidInput, match="at least 0"):
        rule.outcome(market, {"a": -1, "b": 1, "c": 1})
    with pytest.raises(InvalidInput, match="at least 0"):
        rule.batch(market, np.array([-1.0, 1.0, 1.0]))
    with pytest.raises(Refused, match="not rational"):
        Tullock(0.5).outcome(market, {"a": 1, "b": 1, "c": 1})
    with pytest.raises(Refused, match="no mirror image"):
        rule.mirrored()


def test_specs_are_read_back() -> None:
    for rule in (Tullock(0.5, 0.1), WeibullRace(2.0)):
        assert mechanism_from_spec(rule.spec()) == rule
    market = Contest(prize=2, costs={"a": Uniform(1, 2), "b": Beta(2, 2, 1, 3)})
    assert market_from_spec(json.loads(json.dumps(market.spec()))) == market
    with pytest.raises(InvalidInput, match=r"market\.prize must be"):
        market_from_spec({"kind": "contest", "costs": market.spec()["costs"]})
    with pytest.raises(InvalidInput, match=r"market\.value must be one of"):
        market_from_spec(market.spec() | {"value": 1})
