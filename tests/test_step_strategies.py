"""Certificates of step strategies: altered ones are rejected, and games that are solved by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from equilibria import DualAveraging, check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import FirstPrice, Procurement, Uniform

UNIT = Uniform(0, 1)


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    market = Procurement({"a": UNIT, "b": Uniform(0, 1.25)})
    return json.loads(solve(FirstPrice(), market, DualAveraging(points=24, iterations=200)).certificate.to_json())


def steps_of(document: Any, label: str) -> dict[str, list[float]]:
    steps: dict[str, list[float]] = document["equilibrium"]["steps"][label]
    return steps


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["states"].update(epsilon=0.99 * d["states"]["epsilon"]), "states.epsilon"),
        (lambda d: steps_of(d, "a")["bids"].reverse(), "increase strictly"),
        (lambda d: steps_of(d, "a")["costs"].__setitem__(-1, 0.999), "must run from"),
        (lambda d: steps_of(d, "a")["costs"].__setitem__(0, -0.1), "must run from"),
        (lambda d: steps_of(d, "a").update(more=1), "not known to the checker"),
        (lambda d: d["equilibrium"].update(bids=[0.0]), "not known to the checker"),
        (lambda d: d["equilibrium"]["steps"].update(c={"costs": [0, 1], "bids": [1]}), "no prover of that name"),
        (lambda d: d["equilibrium"]["steps"].pop("a"), "is missing"),
        (lambda d: d["mechanism"].update(reserve=0.9), "must run from"),
        (lambda d: steps_of(d, "a")["bids"].pop(), "entries"),
        (lambda d: d["market"]["costs"]["a"].update(low=0.01), "must run from"),
    ],
)
def test_altered_certificates_are_rejected(document: dict[str, object], change: Callable[..., object], reason: str) -> None:
    altered = json.loads(json.dumps(document))
    change(altered)
    found = check(sealed(altered))
    assert not found.valid
    assert reason in found.message


def test_a_nudged_strategy_is_rejected(document: dict[str, object]) -> None:
    """All bids of one prover 0.08 higher: the true regret is then above what is stated."""
    altered = json.loads(json.dumps(document))
    own = steps_of(altered, "a")
    own["bids"] = [bid + 0.08 for bid in own["bids"]]
    assert "states.epsilon" in check(sealed(altered)).message


def by_hand(steps: dict[str, dict[str, list[float]]], reserve: float | None = None) -> dict[str, object]:
    mechanism = {"kind": "first_price"} | ({} if reserve is None else {"reserve": reserve})
    market = Procurement(dict.fromkeys(steps, UNIT)).spec()
    return {"market": market, "mechanism": mechanism, "equilibrium": {"steps": steps}}


def test_a_game_that_is_solved_by_hand() -> None:
    """Both bid 1 at every cost, and the checker lets ties be lost: cost 0 gains 1 by bidding just below."""
    found: dict[str, Any] = state(by_hand({label: {"costs": [0.0, 1.0], "bids": [1.0]} for label in "ab"}))
    assert found["epsilon"] == pytest.approx(1.0, rel=1e-8)
    assert found["expected_payment"] == pytest.approx([1.0, 1.0])
    low, high = found["resource_cost"]
    assert low <= 0.5 <= high


def test_a_staircase_that_is_solved_by_hand() -> None:
    """Costs of a up to 1/2 bid 1/2, the others 1; b likewise 3/5 and 1.1: best bids are just below the rival's."""
    found = state(
        by_hand({"a": {"costs": [0.0, 0.5, 1.0], "bids": [0.5, 1.0]}, "b": {"costs": [0.0, 0.5, 1.0], "bids": [0.6, 1.1]}})
    )
    # a at the end of its first cell earns nothing with 1/2; just below 1.1 it wins with chance 1/2 and earns 0.6. Everywhere else
    # less is gained: b at the start of its second cell earns nothing with 1.1, and 1/4 just below 1.
    assert found["epsilon"] == pytest.approx(0.3, rel=1e-8)
    assert found["expected_payment"] == pytest.approx([0.5 * 0.5 + 0.5 * (0.5 * 0.6 + 0.5 * 1.0)] * 2)


def test_a_lone_prover_without_a_reserve_is_rejected() -> None:
    with pytest.raises(Rejected, match="could ask for anything"):
        state(by_hand({"a": {"costs": [0.0, 1.0], "bids": [1.0]}}))


def test_a_bid_above_the_reserve_is_rejected() -> None:
    with pytest.raises(Rejected, match="above the reserve"):
        state(by_hand({label: {"costs": [0.0, 0.5], "bids": [0.6]} for label in "ab"}, reserve=0.5))
