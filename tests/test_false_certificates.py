"""False certificates that reviewers once got accepted, and what broke the checker: all of them stay rejected."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from equilibria.checking import FORMAT, VERSION, Rejected, check, sealed, state

UNIT = {"kind": "uniform", "low": 0.0, "high": 1.0}
ANYTHING = {
    "epsilon": 1e9, "relative_epsilon": None, "expected_payment": [-1e9, 1e9], "resource_cost": [-1e9, 1e9],
    "redundant_cost": [-1e9, 1e9], "prover_surplus": [-1e9, 1e9], "no_award": [-1.0, 2.0],
}  # fmt: skip


def document(mechanism: dict[str, Any], laws: list[object], equilibrium: object = None, **market: object) -> dict[str, Any]:
    costs = {f"p{i}": law for i, law in enumerate(laws)}
    out = {
        "format": FORMAT, "version": VERSION, "market": {"kind": "procurement", "costs": costs, **market},
        "mechanism": mechanism,
    }  # fmt: skip
    return out if equilibrium is None else {**out, "equilibrium": equilibrium}


def holds(interval: object, exact: Fraction) -> bool:
    assert isinstance(interval, list)
    return Fraction(interval[0]) <= exact <= Fraction(interval[1])


@pytest.mark.parametrize("mechanism", [{"kind": "first_price"}, {"kind": "kth_price", "k": 3}], ids=["first", "third"])
def test_a_strategy_that_leaps_between_two_neighbouring_doubles(mechanism: dict[str, Any]) -> None:
    ends = [0.0, 0.5, math.nextafter(0.5, 1.0), 1.0]
    leap = {"ends": ends, "values": [2 * c - 1 for c in ends], "bubbles": [[], [1e20], []]}
    with pytest.raises(Rejected, match="not certain to increase"):
        state(document(mechanism, [UNIT] * 3, leap))


@pytest.mark.parametrize(("low", "width", "provers"), [(1e15, 1.125, 8), (10000.0, 0.395312012692, 12), (1.0, 0.7, 5)])
@pytest.mark.parametrize("kind", ["vickrey", "uniform_price"])
def test_a_surplus_that_is_small_beside_the_costs(kind: str, low: float, width: float, provers: int) -> None:
    law = {"kind": "uniform", "low": low, "high": low + width}
    exact = (Fraction(law["high"]) - Fraction(low)) / (provers + 1)  # type: ignore[arg-type]
    assert holds(state(document({"kind": kind}, [law] * provers))["prover_surplus"], exact)


def test_the_cost_of_a_step_a_few_doubles_wide() -> None:
    low = 1e6
    for places in ((0, 3), (0, 1, 8), (0, 5, 6, 13)):
        costs = [low + place * math.ulp(low) for place in places]
        law = {"kind": "beta", "a": 1.0, "b": 2.0, "low": low, "high": costs[-1]}
        bids = [costs[-1] + k for k in range(len(costs) - 1)]
        steps = {"p0": {"costs": costs, "bids": bids}, "p1": {"costs": [low, costs[-1]], "bids": [costs[-1] + 100]}}
        stated = state(document({"kind": "first_price"}, [law, law], {"steps": steps}))
        assert holds(stated["resource_cost"], Fraction(low) + (Fraction(costs[-1]) - Fraction(low)) / 3)


def test_what_exhausts_the_checker_is_rejected() -> None:
    steep = {"kind": "beta", "a": 0.001, "b": 1.0, "low": 0.0, "high": 1.0}
    ends = [i / 64 for i in range(65)]
    lines = {"ends": ends, "values": [0.5 + x / 2 for x in ends], "bubbles": [[] for _ in ends[1:]]}
    for tree in (
        document({"kind": "first_price"}, [steep] * 2, lines),
        document({"kind": "uniform_price", "reserve": 0.5}, [UNIT] * 2, tasks=10**18),
    ):  # fmt: skip
        assert not check(sealed({**tree, "states": ANYTHING})).valid
