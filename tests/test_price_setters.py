"""A uniform price among provers whose capacities or laws differ: closed forms, the rule's own outcomes, planted errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from equilibria import EnvelopeIntegral, Equilibrium, PriceCollocation, check, simulate, solve
from equilibria.checking import Rejected, sealed, state
from equilibria.games.uniform_price import _stated
from equilibria.inverse_curves import InverseCurve
from equilibria.strategies import Truthful
from mechanisms import (
    Beta,
    Distribution,
    InvalidInput,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    SolverFailure,
    Uniform,
    UniformPrice,
)
from tests.price_regret import regret

U = Uniform(0, 1)
KINKED = PiecewiseLinear([0, 0.5, 1], [0, 0.7, 1])
DIFFERENT = (U, Beta(1, 2), Beta(1, 3))


@dataclass(frozen=True)
class Game:
    """Provers named by letters."""

    laws: tuple[Distribution, ...]
    sizes: tuple[int, ...]
    tasks: int
    reserve: float | None = None

    @property
    def rule(self) -> UniformPrice:
        return UniformPrice(self.reserve)

    @property
    def market(self) -> Procurement:
        names = "abcdefgh"[: len(self.laws)]
        sizes = dict(zip(names, self.sizes, strict=True))
        return Procurement(dict(zip(names, self.laws, strict=True)), tasks=self.tasks, capacities=sizes)


@cache
def solved(game: Game, solver: PriceCollocation | None = None) -> Equilibrium:
    return solve(game.rule, game.market, solver)


LONE, CAPPED = Game((U, U, U), (2, 1, 1), 2), Game((U, U, U), (2, 1, 1), 2, 0.8)
LAWS, MIXED = Game(DIFFERENT, (2, 2, 2), 3), Game(DIFFERENT, (2, 2, 1), 3, 0.8)


def test_provers_alike_bid_as_in_closed_form() -> None:
    """Three by twos for three tasks: -c log(c) / (1 - c), which has no power series at the lowest cost."""
    found = solved(Game((U, U, U), (2, 2, 2), 3), PriceCollocation())
    c = np.linspace(0.001, 0.999, 41)
    np.testing.assert_allclose(found.strategy("b")(c), -c * np.log(c) / (1 - c), atol=1e-9)
    assert found.expected_payment.midpoint == pytest.approx(2.0, abs=1e-10)
    assert found.relative_epsilon < 1e-10


def test_one_large_prover_among_single_ones() -> None:
    """R = 2b(1 - b) and -X' = 2, so that the inverse bid is b^2; the price is the higher of it and the lower single cost."""
    found, c = solved(LONE), np.linspace(0, 1, 41)
    np.testing.assert_allclose(found.strategy("a")(c), np.sqrt(c), atol=1e-10)
    np.testing.assert_array_equal(found.strategy("b")(c), c)
    assert found.expected_payment.midpoint == pytest.approx(1.4, abs=1e-10) and found.relative_epsilon < 1e-10


def test_at_a_reserve_one_prover_bids_it_for_an_interval_of_costs() -> None:
    found, c = solved(CAPPED), np.array([0.3, 0.63, 0.65, 0.79])
    np.testing.assert_allclose(found.strategy("a")(c), np.minimum(np.sqrt(c), 0.8), atol=1e-9)
    assert found.no_award.midpoint == pytest.approx(0.2**3)


def test_a_prover_that_lives_on_what_others_leave_asks_for_the_reserve() -> None:
    """A part is left behind both, with the chance F^2; F = c^0.4 falls so slowly that b - F / (2f) < 0."""
    found = solved(Game((U, Beta(0.4, 1), Beta(0.4, 1)), (2, 1, 1), 3, 0.9))
    assert found.strategy("a")(np.array([0.0, 0.5, 0.8])) == pytest.approx([0.9] * 3)
    assert found.relative_epsilon < 1e-10


def test_nobody_who_may_set_the_price_tells_a_lie() -> None:
    found = solved(Game(DIFFERENT, (2, 2, 2), 4))
    assert (found.status, found.epsilon, found.complete) == ("proved", 0.0, True)
    assert all(isinstance(strategy, Truthful) for strategy in found.strategies.values())


GAMES = [
    LONE, CAPPED, LAWS, MIXED,
    Game(DIFFERENT, (3, 2, 1), 2),  # one can make more than there is
    Game((U, U, U), (3, 1, 2), 3, 0.8),
    Game((Uniform(0.2, 1), U, U), (2, 2, 2), 3, 0.9),  # one enters late
    Game((KINKED, U, U), (2, 1, 2), 3, 0.8),
    Game((Uniform(0.5, 1.5), U, U), (2, 1, 1), 2),  # and one's highest costs never win
    Game(DIFFERENT, (3, 2, 2), 5, 0.9),  # bids jump to the reserve
    Game((U, KINKED, U), (2, 1, 1), 2, 0.9),  # bids jump where fewer rivals are
    Game((KINKED, U, Beta(1, 2)), (2, 1, 1), 2),
]  # fmt: skip


@pytest.mark.parametrize("place", [pytest.param(k, marks=[pytest.mark.slow] if k == 7 else []) for k in range(len(GAMES))])
def test_no_deviation_gains_by_the_outcomes_of_the_rule(place: int) -> None:
    """Chances and prices of all orders of the bids, by quadrature: right to about 1e-8."""
    game, found = GAMES[place], solved(GAMES[place])
    assert found.relative_epsilon < 1e-9 and found.status == "certified"
    assert regret(game.rule, game.market, found.strategies) <= found.epsilon + 1e-7
    assert check(found.certificate).valid


@pytest.mark.parametrize("game", [CAPPED, MIXED, GAMES[6], GAMES[8]])
def test_what_is_paid_and_spent_agrees_with_a_simulation(game: Game) -> None:
    found = solved(game)
    drawn = simulate(found, np.random.default_rng(5), 60_000)
    for name in ("expected_payment", "resource_cost", "no_award"):
        estimate, bound = getattr(drawn, name), getattr(found, name)
        assert bound.midpoint == pytest.approx(estimate.mean, abs=5 * estimate.standard_error + 1e-3)
        assert bound.width < 1e-9
    assert found.relative_epsilon < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(
    "game",
    [
        Game((U,) * 6, (2, 2, 2, 2, 3, 1), 4, 0.9),  # the first rival below costs the fifth nothing: it enters late
        Game((*DIFFERENT, U), (4, 3, 2, 3), 7, 0.9),
        Game((*DIFFERENT, U), (2, 1, 2, 1), 3, 0.9),
        Game((*DIFFERENT, U, Beta(1, 2)), (3,) * 5, 5),
    ],
)
def test_more_provers(game: Game) -> None:
    found = solved(game)
    assert found.relative_epsilon < 1e-8
    drawn = simulate(found, np.random.default_rng(5), 60_000).expected_payment
    assert found.expected_payment.midpoint == pytest.approx(drawn.mean, abs=5 * drawn.standard_error)


def test_a_sale_is_the_mirror() -> None:
    game = GAMES[9]
    laws = dict(zip("abc", (law.reflected() for law in game.laws), strict=True))
    sold = solve(UniformPrice(-0.9), Sale(laws, tasks=5, capacities=game.market.spec()["capacities"]))
    bought = solved(game)
    assert sold.expected_payment.midpoint == pytest.approx(-bought.expected_payment.midpoint, abs=1e-12)
    np.testing.assert_allclose(sold.strategy("a")([-0.1]), -bought.strategy("a")([0.1]), atol=1e-13)


def document(game: Game = MIXED) -> Any:
    return json.loads(solved(game).certificate.to_json())


def stated(tree: Any) -> Any:
    return state({key: value for key, value in tree.items() if key not in ("states", "sha256")})


@pytest.mark.parametrize("shift", [-0.2, 0.2])
def test_the_bound_of_other_strategies_is_at_least_their_regret(shift: float) -> None:
    wrong = {}
    for label, curve in solved(MIXED).strategies.items():
        if isinstance(curve, InverseCurve):
            bent = curve.costs * (1.0 + shift * curve.bids * (0.8 - curve.bids))
            wrong[label] = replace(curve, costs=bent, bends=np.zeros((len(bent) - 1, 1)))
    tree = document()
    tree["equilibrium"] = {"inverse_bids": json.loads(json.dumps(_stated(wrong, {"c": DIFFERENT[2]}, 0.8)))}
    bound = stated(tree)["epsilon"]
    worst = regret(MIXED.rule, MIXED.market, {**wrong, "c": Truthful()})
    assert 1e-5 < worst <= bound < 50 * worst
    assert not check(sealed({key: value for key, value in tree.items() if key != "sha256"})).valid


@pytest.mark.parametrize(("place", "factor"), [(9, 0.7), (9, 1.3), (10, 0.8), (10, 1.1)])
def test_a_jump_elsewhere_is_worth_its_regret(place: int, factor: float) -> None:
    """A gap over which nobody bids is passed whole; within it no sum may begin."""
    game = GAMES[place]
    curve = solved(game).strategies["a"]
    assert isinstance(curve, InverseCurve)
    flat = int(np.flatnonzero(np.diff(curve.costs) == 0.0)[0])
    at = float(curve.bids[0] + factor * (curve.bids[flat] - curve.bids[0]))
    keep = curve.bids < at
    bids, costs = np.append(curve.bids[keep], at), np.append(curve.costs[keep], curve.inverse(np.array([at]))[0])
    after = curve.bids > max(at, float(curve.bids[flat]))
    bids, costs = np.append(bids, curve.bids[after]), np.append(costs, np.maximum(curve.costs[after], costs[-1]))
    wrong = replace(
        curve, bids=bids, costs=costs, anchors=bids[:-1], powers=np.ones(len(bids) - 1, dtype=np.int64),
        bends=np.zeros((len(bids) - 1, 1)),
    )  # fmt: skip
    tree = document(game)
    laws = {"b": game.laws[1], "c": game.laws[2]}
    tree["equilibrium"] = {"inverse_bids": json.loads(json.dumps(_stated({"a": wrong}, laws, float(bids[-1]))))}
    worst = regret(game.rule, game.market, {"a": wrong, "b": Truthful(), "c": Truthful()})
    assert 1e-5 < worst <= stated(tree)["epsilon"] < 100 * worst


def test_truth_is_no_equilibrium() -> None:
    tree = document(LONE)
    curves = {"ends": [0.0, 1.0], "maps": [[0.0, 1]], "costs": {"a": {"entry": 0, "ends": [0.0, 1.0], "bends": [[]]}}}
    tree["equilibrium"] = {"inverse_bids": curves}
    worst = regret(LONE.rule, LONE.market, {label: Truthful() for label in "abc"})
    assert worst - 1e-6 <= stated(tree)["epsilon"] == pytest.approx(1 / 3)


def early(tree: Any) -> None:
    """Two whose costs end below the reserve."""
    for costs in tree["equilibrium"]["inverse_bids"]["costs"].values():
        costs["ends"][-1] = 0.5 * (costs["ends"][-1] + costs["ends"][-2])
        costs["bends"][-1] = []


def spoken(tree: Any) -> None:
    """A strategy for one that bids its costs."""
    curves = tree["equilibrium"]["inverse_bids"]["costs"]
    curves["c"] = curves["a"]


def begun(tree: Any) -> None:
    tree["equilibrium"]["inverse_bids"]["ends"][0] = -0.5


WRONG: dict[str, tuple[Callable[[Any], object], str]] = {
    "two at the reserve": (early, "of one prover alone may they"),
    "a strategy too many": (spoken, "never sets the price"),
    "a strategy too few": (lambda t: t["equilibrium"]["inverse_bids"]["costs"].pop("a"), "may set the price but has no"),
    "truth begins elsewhere": (begun, "a piece must begin or end there"),
    "above the reserve": (lambda t: t["mechanism"].__setitem__("reserve", 0.7), "above the reserve"),
    "below the reserve": (lambda t: t["mechanism"].__setitem__("reserve", 0.9), "the price may be above"),
    "no reserve": (lambda t: t["mechanism"].pop("reserve"), "the price may be above"),
    "another capacity": (lambda t: t["market"]["capacities"].__setitem__("c", 2), "may set the price but has no"),
    "none": (lambda t: t["market"]["capacities"].__setitem__("c", 0), "at least 1"),
    "a stranger": (lambda t: t["market"]["capacities"].__setitem__("z", 1), "exactly the agents"),
    "no tasks": (lambda t: t["market"].__setitem__("tasks", 0), "from 1 to"),
    "a parameter": (lambda t: t["mechanism"].__setitem__("k", 3), "not known"),
    "another strategy": (lambda t: t["equilibrium"].__setitem__("bids", []), "not known"),
    "a gap": (
        lambda t: t["market"]["costs"].__setitem__("c", Mixture([(1, Uniform(0, 0.2)), (1, Uniform(0.5, 1))]).spec()),
        "no mass between",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_broken_hypotheses_are_rejected(fault: str) -> None:
    change, message = WRONG[fault]
    tree = document()
    change(tree)
    with pytest.raises(Rejected, match=message):
        stated(tree)


def test_a_highest_bid_that_is_not_the_reserve_must_leave_nothing() -> None:
    tree = document(LAWS)
    tree["market"]["costs"]["a"] = Uniform(0, 2).spec()
    with pytest.raises(Rejected, match="awarded something above the highest bid"):
        stated(tree)


@pytest.mark.parametrize(
    ("game", "solver", "error", "message"),
    [
        (Game((U, Uniform(0, 2), U), (2, 2, 2), 3), None, Refused, "awarded a part even behind all"),
        (Game((U, Beta(1, 2)), (3, 2), 4), None, Refused, "awarded a part even behind all"),
        (Game((U, Uniform(0.6, 1)), (3, 2), 2, 0.5), None, Refused, "nobody competes"),
        (Game((U, Mixture([(1, Uniform(0, 0.2)), (1, Uniform(0.5, 1))])), (2, 1), 2, 0.9), None, Refused, "no mass between"),
        (Game(DIFFERENT, (2, 2, 2), 3), EnvelopeIntegral(), InvalidInput, "must be a PriceCollocation where"),
        (Game((U, U), (2, 1), 3), None, Refused, "rank 4 or a reserve"),
    ],
)
def test_refusals(game: Game, solver: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        solve(game.rule, game.market, solver)


@pytest.mark.parametrize("wrong", [{"degree": 3}, {"cells": 0}, {"tolerance": float("nan")}])
def test_a_solver_with_wrong_numbers_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"degree must lie in \[4, 40\]"):
        PriceCollocation(**wrong)


def test_what_is_not_good_enough_is_returned_with_its_bound() -> None:
    rough = PriceCollocation(degree=4, cells=8)
    found = solve(MIXED.rule, MIXED.market, rough, throw=False)
    assert found.status == "not_converged" and 1e-6 < found.relative_epsilon < 1e-2
    assert regret(MIXED.rule, MIXED.market, found.strategies) <= found.epsilon + 1e-7
    with pytest.raises(SolverFailure, match="at most 1e-06 counts as converged"):
        solve(MIXED.rule, MIXED.market, rough)
