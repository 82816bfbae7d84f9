"""Solvers on a grid: closed forms, each other, a user's own rule, and certificates of step strategies."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import atan, atanh, sqrt

import numpy as np
import pytest

from equilibria import (
    DualAveraging,
    Equilibrium,
    FictitiousPlay,
    IndifferenceNewton,
    SmoothedBestResponse,
    check,
    simulate,
    solve,
)
from equilibria.checking import Rejected, sealed, state
from equilibria.grid_solver import GridSolver
from equilibria.step_bids import StepBids
from mechanisms import (
    Beta,
    CustomRule,
    FirstPrice,
    InvalidInput,
    Market,
    Mixture,
    Procurement,
    Refused,
    Sale,
    SolverFailure,
    Uniform,
    Vickrey,
)

POINTS = 48
SOLVERS: list[GridSolver] = [
    DualAveraging(points=POINTS, iterations=600),
    SmoothedBestResponse(points=POINTS, iterations=600),
    FictitiousPlay(points=POINTS, iterations=600),
]
UNIT = Uniform(0, 1)
ROOT = sqrt(3) / 2
PAIR_LOST = (atanh(ROOT * 2 / 3) - atan(ROOT * 2 / 3)) / ROOT**3
"""What the top bid 2/3 of the uniform pair U[0,1], U[0,2] is above its revenue."""


def name_of(solver: GridSolver) -> str:
    return type(solver).__name__


def pays_winner(bids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    wins = (bids == bids.max(axis=1, keepdims=True)).astype(float)
    return wins, wins * bids


def all_pay(bids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return pays_winner(bids)[0], bids


@pytest.mark.parametrize("solver", SOLVERS, ids=name_of)
@pytest.mark.parametrize("n", [2, 3])
def test_uniform_first_price(n: int, solver: GridSolver) -> None:
    """b(c) = c + (1 - c)/n: within two steps of the grid, and epsilon of the order of one step."""
    equilibrium = solve(FirstPrice(), Procurement({f"p{k}": UNIT for k in range(n)}), solver)
    costs = np.linspace(0.02, 0.9, 89)
    step = 1.0 / POINTS
    for label in equilibrium.strategies:
        np.testing.assert_allclose(equilibrium.strategy(label)(costs), costs + (1 - costs) / n, atol=2 * step)
    assert equilibrium.status == "certified"
    assert 0.0 < equilibrium.epsilon <= step
    assert equilibrium.expected_payment.midpoint == pytest.approx(2 / (n + 1), abs=step)
    assert check(equilibrium.certificate).valid


def test_solvers_agree_on_an_asymmetric_sale() -> None:
    """Values U[0,1] and U[0,2]: the revenue of all three, and of the closed form, within a step of the grid."""
    market = Sale({"small": UNIT, "large": Uniform(0, 2)})
    for solver in SOLVERS:
        found = solve(FirstPrice(), market, solver)
        assert found.expected_payment.midpoint == pytest.approx(2 / 3 - PAIR_LOST, abs=2 / POINTS)
        assert found.epsilon <= 2 / POINTS
        assert check(found.certificate).valid


def test_more_points_certify_less_gain() -> None:
    market = Procurement({"a": UNIT, "b": UNIT})
    coarse, fine = (solve(FirstPrice(), market, DualAveraging(points=points)).epsilon for points in (16, 64))
    assert fine < 0.4 * coarse


def naive_gain(equilibrium: Equilibrium, label: str) -> float:
    """The most that sampled types gain by sampled bids, with plain survivals of rivals' steps."""
    market = equilibrium.market.as_procurement()
    steps = {k: s for k, s in equilibrium.strategies.items() if isinstance(s, StepBids)}
    own = steps[label]
    types = np.unique(np.concatenate([own.costs, 0.5 * (own.costs[1:] + own.costs[:-1]), own.costs[:-1] + 1e-12]))
    types = types[market.cost(label).cdf(types + 1e-9) > market.cost(label).cdf(types - 1e-9)]
    atoms = np.concatenate([np.zeros(0), *(s.bids for k, s in steps.items() if k != label)])
    bids = np.concatenate([np.linspace(0, 3, 601), atoms - 1e-10, own(types)])
    reserve = equilibrium.mechanism.spec().get("reserve")
    bids = bids[bids <= reserve] if isinstance(reserve, float) else bids
    wins = np.ones(len(bids))
    for rival, step in steps.items():
        if rival != label:
            law = market.cost(rival)
            mass = np.diff(law.cdf(step.costs))
            wins = wins * (1.0 - np.array([mass[step.bids < b].sum() for b in bids]))
    table = (bids - types[:, None]) * wins
    played = np.array([table[k, np.flatnonzero(bids == b)[-1]] for k, b in enumerate(own(types))])
    return float((np.maximum(table.max(axis=1), 0.0) - played).max())


GAP = Mixture([(0.5, Uniform(0, 1)), (0.5, Uniform(2, 3))])
MARKETS: dict[str, tuple[FirstPrice, Procurement]] = {
    "three priors": (FirstPrice(), Procurement({"a": Beta(2, 3), "b": Uniform(0.1, 1.2), "c": UNIT})),
    "reserve": (FirstPrice(0.6), Procurement({"a": UNIT, "b": Uniform(0.2, 1)})),
    "a gap in one support": (FirstPrice(), Procurement({"a": UNIT, "b": GAP})),
    "gaps in both": (FirstPrice(), Procurement({"a": GAP, "b": GAP})),
    "one prover": (FirstPrice(0.6), Procurement({"a": UNIT})),
    "infinite densities": (FirstPrice(), Procurement({"a": Beta(0.5, 0.5), "b": Beta(0.7, 2)})),
}


@pytest.mark.parametrize("name", MARKETS)
def test_no_sampled_deviation_beats_epsilon_and_epsilon_is_reached(name: str) -> None:
    rule, market = MARKETS[name]
    equilibrium = solve(rule, market, DualAveraging(points=POINTS, iterations=600), throw=False)
    gains = [naive_gain(equilibrium, label) for label in market.labels]
    assert max(gains) <= equilibrium.epsilon + 1e-8
    assert max(gains) >= 0.9 * equilibrium.epsilon - 1e-8  # the bound is a maximum of gains, so it is nearly attained
    assert equilibrium.relative_epsilon < 0.1
    assert check(equilibrium.certificate).valid


def test_a_sale_mirrors_a_procurement() -> None:
    solver = DualAveraging(points=24, iterations=200)
    sold = solve(FirstPrice(0.25), Sale({"a": UNIT, "b": Beta(2, 3)}), solver)
    bought = solve(FirstPrice(-0.25), Procurement({"a": Uniform(-1, 0), "b": Beta(3, 2, -1, 0)}), solver)
    assert sold.epsilon == pytest.approx(bought.epsilon, rel=1e-6)
    values = np.linspace(0.3, 0.95, 13)
    np.testing.assert_allclose(sold.strategy("b")(values), -bought.strategy("b")(-values), atol=1e-9)


def test_simulation_agrees_with_the_certified_intervals() -> None:
    equilibrium = solve(FirstPrice(0.7), Procurement({"a": UNIT, "b": Beta(2, 2)}), DualAveraging(points=24, iterations=200))
    played = simulate(equilibrium, np.random.default_rng(8), 60_000)
    for name in ("expected_payment", "resource_cost", "prover_surplus", "no_award"):
        assert getattr(played, name).within(5, *getattr(equilibrium, name)), name


def test_a_prover_above_the_reserve_stays_out() -> None:
    market = Procurement({"a": UNIT, "b": UNIT, "late": Uniform(2, 3)})
    equilibrium = solve(FirstPrice(0.7), market, DualAveraging(points=24, iterations=200))
    np.testing.assert_array_equal(equilibrium.strategy("late")(np.array([2.5])), [2.5])
    assert check(equilibrium.certificate).valid


# A user's own rule


def test_a_function_reproduces_first_price() -> None:
    market = Sale({"a": UNIT, "b": UNIT})
    solver = DualAveraging(points=POINTS, iterations=600)
    own, built_in = solve(CustomRule("mine", pays_winner), market, solver), solve(FirstPrice(), market, solver)
    assert own.status == "estimated"
    assert own.expected_payment.midpoint == pytest.approx(built_in.expected_payment.midpoint, abs=0.5 / POINTS)
    assert own.epsilon == pytest.approx(built_in.epsilon, abs=0.5 / POINTS)
    values = np.linspace(0.1, 0.95, 30)
    np.testing.assert_allclose(own.strategy("a")(values), values / 2, atol=2 / POINTS)


def test_all_pay_from_a_function() -> None:
    """Two bidders of value U[0,1] bid v^2/2; the revenue is 1/3."""
    equilibrium = solve(CustomRule("all-pay", all_pay), Sale({"a": UNIT, "b": UNIT}), DualAveraging(points=POINTS), throw=False)
    values = np.linspace(0.1, 0.95, 30)
    np.testing.assert_allclose(equilibrium.strategy("a")(values), values**2 / 2, atol=2.5 / POINTS)
    assert equilibrium.expected_payment.midpoint == pytest.approx(1 / 3, abs=1 / POINTS)
    played = simulate(equilibrium, np.random.default_rng(9), 60_000)
    for name in ("expected_payment", "resource_cost", "prover_surplus", "no_award"):
        assert getattr(played, name).within(5, *getattr(equilibrium, name)), name


def test_three_agents_from_a_function() -> None:
    market = Sale(dict.fromkeys("abc", UNIT))
    equilibrium = solve(CustomRule("mine", pays_winner), market, DualAveraging(points=20, iterations=300), throw=False)
    assert equilibrium.expected_payment.midpoint == pytest.approx(0.5, abs=0.05)


def test_an_estimate_is_not_a_certificate() -> None:
    equilibrium = solve(CustomRule("mine", pays_winner), Sale({"a": UNIT, "b": UNIT}), FictitiousPlay(points=8), throw=False)
    assert "estimate" in equilibrium.message
    assert "not a rule that the checker knows" in check(equilibrium.certificate).message


def test_truth_is_found_in_a_second_price_auction() -> None:
    equilibrium = solve(Vickrey(), Procurement({"a": UNIT, "b": UNIT}), DualAveraging(points=POINTS, iterations=300))
    assert equilibrium.status == "estimated"
    assert equilibrium.epsilon < 1e-3
    costs = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(equilibrium.strategy("a")(costs), costs, atol=2 / POINTS)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (lambda bids: bids, "must return two arrays"),
        (lambda bids: (bids[:, :1], bids), "shares of shape"),
        (lambda bids: (bids, bids * np.nan), "finite payments"),
        (lambda bids: (bids - 5, bids), "shares of at least 0"),
        (lambda bids: ("no", "yes"), "array of numbers"),
    ],
)
def test_a_function_that_returns_something_else_is_refused(rule: Callable[..., object], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        CustomRule("wrong", rule).batch(Sale({"a": UNIT, "b": UNIT}), np.array([[0.2, 0.5]]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"name": ""}, "name"), ({"rule": 3}, "function"), ({"bids": (1, 0)}, "interval"), ({"bids": 3}, "lowest and the highest")],
)
def test_custom_rules_are_checked_where_they_enter(given: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        CustomRule(**({"name": "mine", "rule": pays_winner} | given))  # type: ignore[arg-type]


# Refusals


def test_refusals() -> None:
    pair = Procurement({"a": UNIT, "b": UNIT})
    with pytest.raises(InvalidInput, match="solver must be"):
        solve(CustomRule("mine", pays_winner), pair, object())
    with pytest.raises(Refused, match="one prover without a reserve"):
        solve(FirstPrice(), Procurement({"a": UNIT}), FictitiousPlay())
    with pytest.raises(Refused, match="tasks=2"):
        solve(FirstPrice(), Procurement({"a": UNIT, "b": UNIT}, tasks=2), FictitiousPlay())
    with pytest.raises(Refused, match="below the reserve"):
        solve(FirstPrice(-1), pair, FictitiousPlay())
    with pytest.raises(Refused, match="too many to tabulate"):
        solve(CustomRule("mine", pays_winner), Sale(dict.fromkeys("abcdef", UNIT)), FictitiousPlay(points=16))
    with pytest.raises(SolverFailure, match="bids may cycle"):
        solve(CustomRule("all-pay", all_pay), Sale({"a": UNIT, "b": UNIT}), FictitiousPlay(points=32, iterations=3))


@pytest.mark.parametrize("given", [{"points": 3}, {"iterations": 0}, {"tolerance": 0.0}, {"step": -1.0}, {"points": 2.5}])
def test_wrong_parameters_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(given))):
        DualAveraging(**given)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="temperature"):
        SmoothedBestResponse(temperature=0.0)


# The checker


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    market = Procurement({"a": UNIT, "b": Uniform(0, 1.25)})
    return json.loads(solve(FirstPrice(), market, DualAveraging(points=24, iterations=200)).certificate.to_json())


def steps_of(document: dict[str, object], label: str) -> dict[str, list[float]]:
    return document["equilibrium"]["steps"][label]  # type: ignore[index]


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
    found = state(by_hand({label: {"costs": [0.0, 1.0], "bids": [1.0]} for label in "ab"}))
    assert found["epsilon"] == pytest.approx(1.0, rel=1e-8)
    assert found["expected_payment"] == pytest.approx([1.0, 1.0])
    low, high = found["resource_cost"]  # type: ignore[misc]
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


# Newton's method on indifferences

FINE: dict[str, tuple[FirstPrice, Market, float]] = {
    "two uniform": (FirstPrice(), Procurement({"a": UNIT, "b": UNIT}), 2 / 3),
    "three uniform": (FirstPrice(), Procurement({"a": UNIT, "b": UNIT, "c": UNIT}), 1 / 2),
    "reserve": (FirstPrice(0.7), Procurement({"a": UNIT, "b": UNIT}), 2 * ((1 - 0.3**3) / 3 - 0.7 * 0.09)),
    "uniform pair": (FirstPrice(), Sale({"small": UNIT, "large": Uniform(0, 2)}), 2 / 3 - PAIR_LOST),
}


@pytest.mark.parametrize("name", FINE)
def test_indifference_certifies_half_a_step(name: str) -> None:
    """Epsilon is about half a step of the grid, and the payment is that of the closed form, to second order."""
    rule, market, payment = FINE[name]
    equilibrium = solve(rule, market, IndifferenceNewton(points=256))
    low, high = min(p.support[0] for p in market.priors), max(p.support[1] for p in market.priors)
    assert equilibrium.epsilon <= 0.8 * (high - low) / 256
    assert equilibrium.expected_payment.midpoint == pytest.approx(payment, abs=1e-3)
    assert check(equilibrium.certificate).valid


def test_indifference_falls_back_to_the_coarse_search() -> None:
    """A market in which indifferences do not hold everywhere still gets strategies, with what they are worth."""
    rule, market = MARKETS["a gap in one support"]
    equilibrium = solve(rule, market, IndifferenceNewton(points=128), throw=False)
    assert max(naive_gain(equilibrium, label) for label in "ab") <= equilibrium.epsilon + 1e-8
    assert equilibrium.relative_epsilon < 0.1
    alone = solve(FirstPrice(0.6), Procurement({"a": UNIT}), IndifferenceNewton(points=128))
    assert alone.epsilon < 1e-12


def test_indifference_is_for_pay_as_bid() -> None:
    with pytest.raises(InvalidInput, match="IndifferenceNewton is for FirstPrice"):
        solve(CustomRule("mine", pays_winner), Sale({"a": UNIT, "b": UNIT}), IndifferenceNewton())
    with pytest.raises(InvalidInput, match="points"):
        IndifferenceNewton(points=8)
    with pytest.raises(InvalidInput, match="iterations"):
        IndifferenceNewton(iterations=0)
    with pytest.raises(InvalidInput, match="tolerance"):
        IndifferenceNewton(tolerance=2.0)
