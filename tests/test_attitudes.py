"""Markets with attitudes to risk: specs, files, bad input, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from equilibria import solve
from mechanisms import (
    CARA,
    CRRA,
    Beta,
    FirstPrice,
    InvalidInput,
    PostedPrice,
    Procurement,
    Refused,
    RiskAverse,
    Sale,
    Uniform,
    market_from_spec,
)
from workbench import MarketFile

UNIT = Uniform(0, 1)
PAIR = RiskAverse(Procurement({"a": UNIT, "b": Beta(2, 2)}), {"a": CRRA(0.5), "b": CARA(2)})


@pytest.mark.parametrize("inner", [PAIR.market, Sale({"a": UNIT, "b": Beta(2, 3)}, value=0.2)])
def test_markets_survive_their_spec(inner: Procurement | Sale) -> None:
    market = RiskAverse(inner, {"a": CRRA(0.3), "b": CARA(1.5)})
    assert market_from_spec(json.loads(json.dumps(market.spec()))) == market


FILE = """
[market]
kind = "risk_averse"
[market.market]
kind = "procurement"
[market.market.costs.alice]
kind = "uniform"
low = 0.0
high = 1.0
[market.market.costs.bob]
kind = "empirical"
samples = [0.1, 0.2, 0.4, 0.7, 0.8, 0.9]
[market.attitudes.alice]
kind = "crra"
aversion = {aversion}
[mechanism]
kind = "first_price"
"""


def test_a_market_file_may_state_attitudes(tmp_path: Path) -> None:
    path = tmp_path / "market.toml"
    path.write_text(FILE.replace("{aversion}", "0.3"))
    market = MarketFile.read(path).market
    assert isinstance(market, RiskAverse)
    assert market.attitudes == (CRRA(0.3), CRRA(0.0))
    path.write_text(FILE.replace("{aversion}", "1.3"))
    with pytest.raises(InvalidInput, match=r"attitudes\.alice\.aversion must be at least 0 and below 1; got 1.3"):
        MarketFile.read(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CRRA(1.0), "below 1; got 1.0"),
        (lambda: CARA(0.0), "positive; got 0.0"),
        (lambda: RiskAverse(PAIR, {}), "market must be a Procurement or a Sale"),
        (lambda: RiskAverse(PAIR.market, {"z": CRRA(0.1)}), "attitudes.z must be one of 'a', 'b'"),
        (lambda: RiskAverse(PAIR.market, {"a": 0.5}), "attitudes.a must be an attitude; got 0.5"),
        (lambda: market_from_spec({"kind": "risk_averse", "market": {}}), "market.attitudes must be a table"),
        (lambda: market_from_spec(PAIR.spec() | {"value": 1}), "market.value must be one of kind, market, attitudes"),
        (
            lambda: market_from_spec(PAIR.spec() | {"attitudes": {"a": {"kind": "brave"}}}),
            "market.attitudes.a.kind must be 'crra' or 'cara'; got 'brave'",
        ),
        (lambda: market_from_spec(PAIR.spec() | {"attitudes": {"a": {"kind": "crra"}}}), "attitudes.a.aversion must be given"),
        (lambda: solve(FirstPrice(), PAIR, solver=3), "solver must be a HazardShooting"),
    ],
)
def test_bad_input(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message.replace("(", r"\(")):
        make()


@pytest.mark.parametrize(
    ("mechanism", "market", "message"),
    [
        (PostedPrice(0.5), PAIR, "handles FirstPrice and Vickrey"),
        (FirstPrice(), RiskAverse(Procurement({"a": UNIT, "b": UNIT}, tasks=2), {}), "one task"),
        (FirstPrice(), RiskAverse(Procurement({"a": UNIT}), {}), "Set a reserve"),
    ],
)
def test_refusals(mechanism: FirstPrice, market: RiskAverse, message: str) -> None:
    with pytest.raises(Refused, match=message):
        solve(mechanism, market)
