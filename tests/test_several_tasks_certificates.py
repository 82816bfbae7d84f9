"""Certificates of several tasks: strategies and games other than those that were solved are rejected, or have another bound."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from equilibria import check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import Beta, Discriminatory, Procurement, SplitAward, Uniform

FOUR = {"a": Uniform(0, 1), "b": Beta(1, 1.5), "c": Beta(1, 2), "d": Beta(1, 3)}


@pytest.fixture(scope="module")
def honest() -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(solve(Discriminatory(0.8), Procurement(FOUR, tasks=2)).certificate.to_json())
    return tree


def planted(tree: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """A copy of the certificate with other strategies, to be restated."""
    copy = json.loads(json.dumps(tree))
    change(copy["equilibrium"]["inverse_bids"])
    return copy


def shifted(curves: dict[str, Any]) -> None:
    for costs in curves["costs"].values():
        costs["bends"] = [[0.9 * x for x in bend] for bend in costs["bends"]]


def test_wrong_strategies_cannot_keep_their_epsilon(honest: dict[str, Any]) -> None:
    wrong = planted(honest, shifted)
    assert not check(sealed(wrong)).valid
    del wrong["sha256"]
    assert not check(sealed(wrong)).valid
    claimed: dict[str, Any] = state({key: value for key, value in wrong.items() if key not in ("states", "sha256")})
    assert claimed["epsilon"] > 1e6 * honest["states"]["epsilon"]
    assert check(sealed({**wrong, "states": claimed})).valid


def low_top(curves: dict[str, Any]) -> None:
    curves["ends"][-1] = curves["ends"][-2]


def no_start(curves: dict[str, Any]) -> None:
    next(iter(curves["costs"].values()))["ends"][0] = 0.001


def silent(curves: dict[str, Any]) -> None:
    del curves["costs"]["b"]


@pytest.mark.parametrize(
    ("change", "message"), [(low_top, "strictly increasing bids"), (no_start, "must run from"), (silent, "'b' could win")]
)
def test_broken_hypotheses_are_rejected(honest: dict[str, Any], change: Callable[..., None], message: str) -> None:
    wrong = planted(honest, change)
    del wrong["states"]
    with pytest.raises(Rejected, match=message):
        state(wrong)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("market", "tasks"), 0, "market.tasks"),
        (("market", "capacities"), {"a": 1}, "exactly the agents"),
        (("market", "capacities"), {"a": 0, "b": 1, "c": 1, "d": 1}, "at least 1"),
        (("market", "deadline"), 3, "deadline"),
        (("mechanism", "reserve"), 0.7, "above the reserve"),
        (("mechanism", "reserve"), None, "could be awarded something above"),
        (("mechanism", "shares"), [1.0], "shares"),
    ],
)
def test_other_games_are_rejected(honest: dict[str, Any], path: tuple[str, str], value: object, message: str) -> None:
    wrong = json.loads(json.dumps(honest))
    wrong[path[0]][path[1]] = value
    if value is None:
        del wrong[path[0]][path[1]]
    with pytest.raises(Rejected, match=message):
        state({key: entry for key, entry in wrong.items() if key != "states"})


@pytest.mark.parametrize("value", [{"note": "nobody reads this"}, {"kind": "uniform", "low": 0.0, "high": 1.0, "cap": 0.5}])
def test_a_value_on_which_no_bound_depends_is_read_too(honest: dict[str, Any], value: object) -> None:
    wrong = {**honest, "market": {**honest["market"], "value": value}}
    with pytest.raises(Rejected, match=r"market\.value"):
        state(wrong)


def test_a_small_file_that_would_take_hours_is_refused(honest: dict[str, Any]) -> None:
    costs, laws = honest["equilibrium"]["inverse_bids"]["costs"], honest["market"]["costs"]
    [label] = [label for label in costs if costs[label]["entry"] == 0][:1]
    names = [f"p{i}" for i in range(60)]
    curves = {**honest["equilibrium"]["inverse_bids"], "costs": dict.fromkeys(names, costs[label])}
    market = {**honest["market"], "costs": dict.fromkeys(names, laws[label]), "tasks": 59}
    with pytest.raises(Rejected, match="too many to check"):
        state({**honest, "market": market, "equilibrium": {"inverse_bids": curves}})


@pytest.mark.parametrize("shares", [[0.4, 0.6], [0.8, 0.4], [1.0, 0.0], []])
def test_shares_that_are_none_are_rejected(shares: list[float]) -> None:
    tree = json.loads(solve(SplitAward(0.7), Procurement(dict.fromkeys("abc", Uniform(0, 1)))).certificate.to_json())
    tree["mechanism"]["shares"] = shares
    with pytest.raises(Rejected, match=r"mechanism\.shares"):
        state({key: entry for key, entry in tree.items() if key != "states"})
