"""What rules refuse: malformed bids, parameters and specs, and combinations without meaning."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from mechanisms import (
    CentralProver,
    FirstPrice,
    InvalidInput,
    Mechanism,
    Optimal,
    PostedPrice,
    Procurement,
    Race,
    Refused,
    Uniform,
    Vickrey,
    mechanism_from_spec,
)

F = Fraction
UNIT = Uniform(0, 1)
PAIR = Procurement({"ann": UNIT, "bob": UNIT}, value=1)


@pytest.mark.parametrize(
    ("rule", "market", "error", "message"),
    [
        (CentralProver(), Procurement({"a": UNIT}), Refused, "unbounded without the requester's value"),
        (CentralProver("x"), PAIR, InvalidInput, "label must be one of 'ann', 'bob'; got 'x'"),
        (Optimal(), Procurement({"a": UNIT}, value=UNIT), Refused, "value as a number"),
        (
            Vickrey(),
            Procurement({"a": UNIT}, tasks=2),
            Refused,
            "one proof at a time; this market has tasks=2",
        ),
        (Vickrey(), None, InvalidInput, "market must be a Procurement or a Sale"),
    ],
)
def test_meaningless_combinations(rule: Mechanism, market: Procurement, error: type, message: str) -> None:
    for evaluate in (
        lambda: rule.outcome(market, dict.fromkeys(getattr(market, "labels", ()), F(1, 2))),
        lambda: rule.program(market, dict.fromkeys(getattr(market, "labels", ()), 0.5)),
        lambda: rule.batch(market, np.full(len(getattr(market, "labels", ())), 0.5)),
    ):
        with pytest.raises(error, match=message):
            evaluate()


@pytest.mark.parametrize(
    "bids",
    [
        {"ann": F(1)},
        {"ann": F(1), "bob": F(1), "cyd": F(1)},
        {"ann": F(1), "eve": F(1)},
        [F(1), F(1)],
        None,
        *(
            {"ann": F(1), "bob": wrong}
            for wrong in (math.nan, math.inf, True, np.bool(0), "1", None, 1j, [1])
        ),
        *({"ann": 0.5, "bob": wrong} for wrong in (Decimal("NaN"), np.nan, np.zeros(2), 10**400)),
    ],
)
def test_malformed_bids(bids: object) -> None:
    for evaluate in (FirstPrice().outcome, FirstPrice().program):
        with pytest.raises(InvalidInput, match=r"^bids"):
            evaluate(PAIR, bids)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("bids", "message"),
    [
        (np.zeros((4, 3)), r"2 entries on the last axis.* got shape \(4, 3\)"),
        (np.float64(1), r"got shape \(\)"),
        (np.zeros((2, 2), dtype=bool), "got dtype bool"),
        ([["a", "b"]], "array of numbers"),
        ([[1.0, 2.0], [1.0]], "array of numbers"),
        (np.array([[0.0, 1.0], [np.nan, 1.0]]), r"bids\[1, 0\] must be a finite number; got nan for 'ann'"),
        (np.array([[np.inf, -np.inf]]), r"bids\[0, 0\] must be a finite number; got inf for 'ann'"),
    ],
)
def test_malformed_batches(bids: np.ndarray, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        FirstPrice().batch(PAIR, bids)


RULES = [
    FirstPrice(),
    FirstPrice(0.8),
    Vickrey(F(1, 2)),
    Optimal(),
    PostedPrice(0),
    Race(),
    Race(3),
    CentralProver(),
    CentralProver("ann"),
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_spec_round_trip(rule: Mechanism) -> None:
    assert mechanism_from_spec(json.loads(json.dumps(rule.spec()))) == rule
    assert rule.spec()["kind"] == rule.kind and None not in rule.spec().values()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("first_price", "^mechanism must be a table"),
        (
            {},
            r"kind must be one of all_pay, average_fee, burning_second_price, central_prover",
        ),
        ({"kind": "dutch"}, r"^mechanism\.kind must be one of .* got 'dutch'"),
        ({"kind": ["race"]}, r"^mechanism\.kind must be one of"),
        ({"kind": "first_price", "price": 1}, r"^mechanism\.price is not a key of first_price"),
        ({"kind": "posted_price"}, r"^mechanism\.price must be given"),
        ({"kind": "vickrey", "reserve": "high"}, r"^mechanism\.reserve must be a finite number; got 'high'"),
        ({"kind": "race", "prize": math.nan}, r"^mechanism\.prize must be a finite number; got nan"),
        ({"kind": "central_prover", "label": 3}, r"^mechanism\.label must be"),
    ],
)
def test_malformed_specs_name_the_key(spec: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        mechanism_from_spec(spec)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [FirstPrice, Vickrey, PostedPrice, Race])
@pytest.mark.parametrize("amount", [math.inf, math.nan, True, "1", [1]])
def test_malformed_amounts(make: type, amount: object) -> None:
    with pytest.raises(InvalidInput, match="must be a finite number"):
        make(amount)
