"""False certificates that reviewers once got accepted, and what broke the checker: all of them stay rejected."""

from __future__ import annotations

import functools
import json
import math
from fractions import Fraction
from typing import Any

import pytest
from flint import arb

from equilibria import solve
from equilibria.checking import FORMAT, VERSION, Rejected, check, sealed, state
from equilibria.checking.games import GAMES, MARKETS
from equilibria.checking.reading import read_prior
from equilibria.checking.taylor import ball_arithmetic
from mechanisms import CRRA, AffiliatedValues, CostlyEntry, FirstPrice, Procurement, RiskAverse, Uniform, Vickrey

UNIT = {"kind": "uniform", "low": 0.0, "high": 1.0}
@functools.cache
def solved(market: str) -> dict[str, Any]:
    pair = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)})
    if market == "costly_entry":
        found = solve(Vickrey(0.8), CostlyEntry(pair, 0.1, informed=True))
    elif market == "risk_averse":
        found = solve(FirstPrice(), RiskAverse(pair, {"a": CRRA(0.5), "b": CRRA(0.5)}))
    else:
        found = solve(FirstPrice(), AffiliatedValues(("a", "b"), common=Uniform(0, 1), own=Uniform(0, 1), form="additive"))
    tree: dict[str, Any] = json.loads(found.certificate.to_json())
    return tree


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


def test_small_files_that_would_keep_the_checker_busy_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Efforts that fall by e^40 in steps, and twelve agents in turn, each with a law of its own: minutes without a limit."""
    law = {"kind": "uniform", "low": 1.0, "high": 2.0}
    market = {"kind": "contest", "prize": 1.0, "costs": {"a": law, "b": law}}
    knots = [1 + k / 8 for k in range(1, 8)]
    pieces = [[-1.0 - 5.0 * k, -2.4] for k in range(8)]
    curves = [{"labels": ["a", "b"], "reach": 2.0, "knots": knots, "logarithms": pieces}]
    contest = document({"kind": "tullock", "alpha": 1.0, "rebate": 0.0}, [], {"curves": curves}) | {"market": market}
    monkeypatch.setattr("equilibria.checking.contests.WORK", 10_000)
    with pytest.raises(Rejected, match="take too long to add up"):
        state(contest)
    laws = {f"p{k}": {"kind": "beta", "a": 0.6 + k / 100, "b": 0.7, "low": 0.0, "high": 1.0} for k in range(12)}
    entry = {"kind": "sequential_entry", "cost": 0.0021, "market": {"kind": "procurement", "costs": laws}}
    turns = document({"kind": "vickrey", "reserve": 0.9}, [], {"entrants": sorted(laws)}) | {"market": entry}
    monkeypatch.setattr("equilibria.checking.sequential_entry.EVALUATIONS", 100)
    monkeypatch.setattr("equilibria.checking.sequential_entry.EVALUATIONS_A_KNOT", 10)
    with pytest.raises(Rejected, match="takes too long to find"):
        state(turns)


def test_entry_among_agents_whose_density_is_infinite() -> None:
    """The rents are E[F(1-F)] up to the threshold; tens of thousands of cells once, for one integral."""
    law = {"kind": "beta", "a": 0.5, "b": 1.0, "low": 0.0, "high": 1.0}  # F is the square root
    pair = {"kind": "procurement", "costs": {"a": law, "b": law}}
    market = {"kind": "costly_entry", "cost": 0.1, "informed": True, "market": pair}
    stated = state(document({"kind": "vickrey", "reserve": 0.25}, [], {"threshold": 0.25}) | {"market": market})
    assert holds(stated["no_award"], Fraction(1, 4))
    rents = Fraction(1, 12) - Fraction(1, 32)
    spent = Fraction(-1, 4) * Fraction(1, 4) + Fraction(1, 4) - Fraction(1, 6) + Fraction(1, 32)
    assert holds(stated["expected_payment"], spent + 2 * rents)


def crowd(low: float, high: float, weight: float = 0.9) -> dict[str, object]:
    """Most of the mass on a few doubles, the rest spread over the unit interval."""
    crowded = {"kind": "uniform", "low": low, "high": high}
    parts = [{"weight": weight, "distribution": crowded}, {"weight": 1 - weight, "distribution": UNIT}]
    return {"kind": "mixture", "parts": parts}


def straight(types: list[float], bids: list[float]) -> dict[str, object]:
    slopes = [(b - a) / (q - p) for a, b, p, q in zip(types, types[1:], bids, bids[1:], strict=False) for _ in range(2)]
    return {"types": types, "slopes": slopes, "curvatures": [0.0] * len(slopes)}


def trade(users: object, bids: list[float], user: list[float], prover: list[float]) -> dict[str, Any]:
    return {
        "format": FORMAT, "version": VERSION, "mechanism": {"kind": "k_double_auction", "k": 0.5},
        "market": {"kind": "exchange", "users": {"u": users}, "provers": {"p": UNIT}},
        "equilibrium": {"bids": bids, "strategies": {"u": straight(user, bids), "p": straight(prover, bids)}},
    }  # fmt: skip


def doubles_above(x: float, places: int) -> float:
    return x if places == 0 else doubles_above(math.nextafter(x, math.inf), places - 1)


@pytest.mark.parametrize("at", [0.1, 0.125, 0.5])
def test_a_law_with_two_knots_on_neighbouring_doubles_is_no_law(at: float) -> None:
    with pytest.raises(Rejected, match="there is no double between the knots"):
        state(trade(crowd(at, doubles_above(at, 1)), [0.25, 0.75], [0.25, 1.0], [0.0, 0.75]))


@pytest.mark.parametrize("at", [0.1, 0.125, 0.2])
def test_users_crowded_on_a_few_doubles_below_all_bids(at: float) -> None:
    thin, wide = (
        state(trade(crowd(at, high), [0.25, 0.75], [0.25, 1.0], [0.0, 0.75])) for high in (doubles_above(at, 2), at + 1e-7)
    )
    assert float(thin["epsilon"]) > float(wide["epsilon"]) - 1e-6 > 0.08  # type: ignore[arg-type]


@pytest.mark.parametrize("places", [0, 1])
@pytest.mark.parametrize("gap", [1, 2, 3])
def test_bids_on_neighbouring_doubles_between_which_the_type_passes_a_kink(places: int, gap: int) -> None:
    law = {"kind": "piecewise_linear", "points": [0.0, 0.25, 0.9, 1.0], "cdf": [0.0, 0.001, 0.999, 1.0]}

    def stated(first: float, second: float) -> dict[str, object]:
        bids = [0.25, first, second, 0.75]
        return state(trade(law, bids, [0.25, 0.3, 0.9, 1.0], [0.0, 1.5 * (first - 0.25), 1.5 * (second - 0.25), 0.75]))

    first = doubles_above(0.5, places)
    thin, wide = stated(first, doubles_above(first, gap)), stated(first, first + 1e-7)
    for name in ("no_award", "expected_payment", "resource_cost"):
        (low, high), (least, most) = thin[name], wide[name]  # type: ignore[misc, attr-defined]
        assert low < most + 1e-6 and high > least - 1e-6
    assert float(thin["epsilon"]) > float(wide["epsilon"]) - 1e-6  # type: ignore[arg-type]


def test_contestants_crowded_on_a_few_doubles() -> None:
    def stated(high: float) -> dict[str, object]:
        law = {"kind": "mixture", "parts": [
            {"weight": 0.01, "distribution": {"kind": "uniform", "low": 1.0, "high": 2.0}},
            {"weight": 0.99, "distribution": {"kind": "uniform", "low": 1.5, "high": high}},
        ]}  # fmt: skip
        return state({
            "format": FORMAT, "version": VERSION, "mechanism": {"kind": "prize_contest", "shares": [1.0]},
            "market": {"kind": "contest", "prize": 1.0, "costs": {"a": law, "b": law}},
        })  # fmt: skip

    wide = stated(1.5 + 1e-6)["resource_cost"]
    try:
        thin = stated(doubles_above(1.5, 2))["resource_cost"]
    except Rejected:
        return
    assert thin[0] < wide[1] + 1e-5 and thin[1] > wide[0] - 1e-5  # type: ignore[index]


@pytest.mark.parametrize("kind", sorted(set(GAMES) - {"first_price", "vickrey"}))
@pytest.mark.parametrize("market", sorted(MARKETS))
def test_a_market_with_a_theory_of_its_own_is_not_taken_under_another_rule(market: str, kind: str) -> None:
    tree = dict(solved(market))
    tree["market"] = {**tree["market"], "kind": market}
    tree["mechanism"] = {**tree["mechanism"], "kind": kind}
    assert not check(sealed(tree)).valid and not check(sealed({**tree, "mechanism": {"kind": kind}})).valid


def test_keys_that_nobody_reads_are_refused() -> None:
    for tree in (
        document({"kind": "vickrey"}, [UNIT, {**UNIT, "truncated_at": 0.5}]),
        document({"kind": "vickrey"}, [UNIT, UNIT], values={"p0": UNIT}),
    ):
        with pytest.raises(Rejected):
            state(tree)


def test_parts_of_a_law_multiply_the_work_and_are_limited() -> None:
    def mixture(parts: list[object]) -> dict[str, object]:
        return {"kind": "mixture", "parts": [{"weight": 1.0, "distribution": law} for law in parts]}

    deep: dict[str, object] = {**UNIT}
    for _ in range(51):
        deep = {"kind": "reflected", "of": deep}
    many = mixture([UNIT] * 64)
    with ball_arithmetic():
        assert read_prior(many, "x").cdf(0.5).contains(arb(0.5))
        for law, reason in (
            (mixture([UNIT] * 65), "more than 64 parts"),
            (mixture([{"kind": "reflected", "of": mixture([UNIT] * 63)}, UNIT]), "more than 64 parts"),
            (deep, "nested more than 50 deep"),
        ):
            with pytest.raises(Rejected, match=reason):
                read_prior(law, "x")


def test_entry_without_agents_is_refused() -> None:
    market = {"kind": "costly_entry", "market": {"kind": "procurement", "costs": {}}, "cost": 0.1, "informed": True}
    tree = document({"kind": "vickrey", "reserve": 0.8}, [UNIT]) | {"market": market, "equilibrium": {"threshold": 0.7}}
    assert not check(sealed({**tree, "states": ANYTHING})).valid


@pytest.mark.parametrize(("knot", "end"), [(1e-300, 1e-310), (1e-40, 1e-50)])
def test_mass_between_a_stated_cost_and_a_knot_that_a_ball_does_not_tell_apart(knot: float, end: float) -> None:
    laws = [{"kind": "piecewise_linear", "points": [0.0, knot, 1.0], "cdf": [0.0, 0.5, 1.0]}, UNIT]
    curves = {
        "ends": [0.5 - 1e-9, 0.5, 1.0], "maps": [[0, 1], [0, 1]],
        "costs": {
            "p0": {"entry": 0, "ends": [0.0, end, 1.0], "bends": [[], []]},
            "p1": {"entry": 1, "ends": [0.0, 1.0], "bends": [[]]},
        },
    }  # fmt: skip
    tree = document({"kind": "first_price"}, laws, {"inverse_bids": curves})
    try:
        stated = state(tree)
    except (Rejected, ValueError):
        return
    assert float(stated["epsilon"]) > 0.24  # type: ignore[arg-type]  # half the time, half a unit


def test_a_quantile_that_begins_at_a_knot() -> None:
    law = {"kind": "piecewise_linear", "points": [0.0, 0.5, 1.0], "cdf": [0.0, 0.5, 1.0]}
    with ball_arithmetic():
        assert read_prior(law, "x").quantile(arb(0.25)).contains(arb(0.25))
