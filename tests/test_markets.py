"""Markets: construction, refusal of malformed ones, mirror images, specs."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from mechanisms import Beta, InvalidInput, Mixture, Procurement, Sale, Uniform, market_from_spec

UNIT = Uniform(0, 1)


def test_labels_keep_their_order() -> None:
    market = Procurement({"zoe": UNIT, "ann": Uniform(0, 2)}, value=1)
    assert market.labels == ("zoe", "ann")
    assert market.costs == (UNIT, Uniform(0, 2))
    assert market.cost("ann") == market.prior("ann") == Uniform(0, 2)
    assert (market.index("ann"), market.value, market.tasks, market.sign) == (1, 1.0, 1, 1)


def test_market_is_a_value() -> None:
    costs = {"a": UNIT}
    market = Procurement(costs)
    costs["b"] = UNIT
    assert market == Procurement({"a": UNIT}) and hash(market) == hash(Procurement({"a": UNIT}))
    assert market != Procurement({"a": UNIT}, value=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        market.tasks = 2  # type: ignore[misc]


def test_sale_is_the_mirror_image() -> None:
    sale = Sale({"a": Uniform(1, 3), "b": Beta(2, 3)}, value=0.5)
    mirror = sale.as_procurement()
    assert isinstance(mirror, Procurement) and mirror.as_procurement() is mirror
    assert mirror.labels == sale.labels and mirror.value == -0.5 and sale.sign == -1
    assert mirror.cost("a").support == (-3.0, -1.0)
    assert tuple(cost.reflected() for cost in mirror.costs) == sale.values
    kept = Sale({"a": UNIT}, value=Uniform(0, 2)).as_procurement()
    assert kept.value is not None and kept.value.support == (-2.0, 0.0)  # type: ignore[union-attr]
    assert Sale({"a": UNIT}).as_procurement().value is None


@pytest.mark.parametrize(
    "market",
    [
        Procurement({"a": UNIT}),
        Procurement({"b": Mixture([(1, UNIT), (2, Beta(2, 3))]), "a": UNIT}, value=0.1, tasks=3),
        Sale({"a": UNIT, "b": Uniform(0, 2)}, value=Beta(1, 2)),
    ],
)
def test_spec_survives_json(market: Procurement | Sale) -> None:
    again = market_from_spec(json.loads(json.dumps(market.spec())))
    assert again == market and again.labels == market.labels


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({},), "costs must be a mapping"),
        (([UNIT],), "costs must be a mapping"),
        (({"": UNIT},), "non-empty strings"),
        (({" ": UNIT},), "non-empty strings"),
        (({1: UNIT},), "non-empty strings"),
        (({"a": 1.0},), r"costs\.a must be a distribution; got 1\.0"),
        (({"a": UNIT}, math.nan), "value must be a finite number; got nan"),
        (({"a": UNIT}, True), "value must be a finite number; got True"),
        (({"a": UNIT}, "1"), "value must be a finite number"),
        (({"a": UNIT}, 1, 0), "tasks must be a positive whole number; got 0"),
        (({"a": UNIT}, 1, True), "tasks must be"),
        (({"a": UNIT}, 1, 1.0), "tasks must be"),
    ],
)
def test_malformed_markets_are_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Procurement(*arguments)  # type: ignore[arg-type]


def test_sale_names_its_own_key() -> None:
    with pytest.raises(InvalidInput, match=r"values\.a must be a distribution"):
        Sale({"a": None})  # type: ignore[dict-item]


def test_unknown_label_is_named() -> None:
    with pytest.raises(InvalidInput, match="label must be one of 'a', 'b'; got 'c'"):
        Procurement({"a": UNIT, "b": UNIT}).cost("c")


UNIT_SPEC = {"kind": "uniform", "low": 0.0, "high": 1.0}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (None, "^market must be a table"),
        ({}, r"^market\.kind must be 'procurement' or 'sale'.*; got None"),
        ({"kind": ["sale"]}, r"^market\.kind must be"),
        ({"kind": "procurement"}, r"^market\.costs must be a table of distributions"),
        ({"kind": "procurement", "values": {"a": UNIT_SPEC}}, r"^market\.values must be one of kind, costs"),
        ({"kind": "sale", "values": {"a": UNIT_SPEC}, "prize": 1}, r"^market\.prize must be one of"),
        (
            {"kind": "procurement", "costs": {"a": {**UNIT_SPEC, "low": "x"}}},
            r"^market\.costs\.a\.low must be",
        ),
        ({"kind": "procurement", "costs": {"a": 3}}, r"^market\.costs\.a must be"),
        ({"kind": "procurement", "costs": {"a": UNIT_SPEC}, "value": []}, r"^market\.value must be"),
        (
            {"kind": "procurement", "costs": {"a": UNIT_SPEC}, "value": {"kind": "x"}},
            r"^market\.value\.kind must be",
        ),
        ({"kind": "procurement", "costs": {"a": UNIT_SPEC}, "tasks": 0}, r"^market\.tasks must be"),
    ],
)
def test_malformed_specs_name_the_key(spec: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        market_from_spec(spec)  # type: ignore[arg-type]
