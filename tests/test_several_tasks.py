"""Several tasks and split awards among provers that differ: closed forms, and bounds that no deviation beats."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from equilibria import AwardCollocation, EnvelopeIntegral, Equilibrium, HazardShooting, check, solve
from equilibria.checking import state
from equilibria.inverse_curves import InverseCurve, stated_curves
from mechanisms import (
    AllPay,
    Beta,
    Discriminatory,
    Distribution,
    FirstPrice,
    InvalidInput,
    Market,
    Mechanism,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    SolverFailure,
    SplitAward,
    Uniform,
    Vickrey,
)
from tests.award_regret import regret

U = Uniform(0, 1)
THREE = {"a": U, "b": Beta(2, 1), "c": Beta(1, 2)}
FOUR = {"a": U, "b": Beta(1, 1.5), "c": Beta(1, 2), "d": Beta(1, 3)}


def uniform(n: int) -> dict[str, Distribution]:
    return {f"p{i}": U for i in range(n)}


# A symmetric game has the known payment of its envelope, whoever finds the strategies.
@pytest.mark.parametrize(
    ("rule", "market", "payment"),
    [
        (Discriminatory(), Procurement(uniform(4), tasks=2), 2 * 3 / 5),
        (Discriminatory(), Sale(uniform(4), tasks=2), 2 * 2 / 5),
        (SplitAward(shares=(0.75, 0.25)), Procurement(uniform(3)), 0.0),
        (Discriminatory(), Procurement(uniform(4), tasks=3, capacities=dict.fromkeys(uniform(4), 3)), 3 * 2 / 5),
    ],
)
def test_equal_provers_get_what_the_envelope_says(rule: Mechanism, market: Market, payment: float) -> None:
    """Revenue equivalence: what the pivot rule pays."""
    if isinstance(rule, SplitAward):  # per unit of s_r - s_{r+1}, r units at the expected cost of rank r + 1
        n = len(market.labels)
        payment = sum((s - t) * r * (r + 1) / (n + 1) for r, (s, t) in enumerate([(0.75, 0.25), (0.25, 0.0)], start=1))
    equilibrium = solve(rule, market, AwardCollocation())
    assert equilibrium.expected_payment.midpoint == pytest.approx(payment, abs=1e-11)
    assert equilibrium.relative_epsilon <= 1e-10
    assert check(equilibrium.certificate).valid


@pytest.mark.parametrize("reserve", [None, 0.7])
def test_the_envelope_integral_finds_the_same_bids(reserve: float | None) -> None:
    market, types = Procurement(uniform(5), tasks=2), np.linspace(0.0, 0.65, 30)
    one, other = (solve(Discriminatory(reserve), market, solver) for solver in (EnvelopeIntegral(), AwardCollocation()))
    np.testing.assert_allclose(other.strategy("p0")(types), one.strategy("p0")(types), atol=1e-9)
    assert solve(Discriminatory(reserve), market).solver.startswith("EnvelopeIntegral")


@pytest.mark.parametrize("reserve", [None, 0.8])
def test_one_task_is_the_first_price(reserve: float | None) -> None:
    laws = {"a": U, "b": Beta(1, 1.5), "c": Beta(1, 2)}
    market, types = Procurement(laws), np.linspace(0.01, 0.75, 30)
    known = solve(FirstPrice(reserve), market)
    for rule in (Discriminatory(reserve), SplitAward(reserve, shares=(1.0,))):
        found = solve(rule, market)
        assert found.expected_payment.midpoint == pytest.approx(known.expected_payment.midpoint, abs=1e-10)
        for label in laws:
            np.testing.assert_allclose(found.strategy(label)(types), known.strategy(label)(types), atol=1e-8)


def test_two_tasks_three_uniform_provers_in_closed_form() -> None:
    """With n = k + 1 one loses unless a rival is above: X = 1 - c^2, so that bids are c + (2 - 3c + c^3) / (3 (1 - c^2))."""
    found = solve(Discriminatory(), Procurement(uniform(3), tasks=2), AwardCollocation())
    c = np.linspace(0.0, 0.99, 50)
    np.testing.assert_allclose(found.strategy("p1")(c), c + (2 - 3 * c + c**3) / 3 / (1 - c**2), atol=1e-9)


@dataclass(frozen=True)
class Game:
    """A game with provers that differ."""

    rule: Discriminatory | SplitAward
    laws: dict[str, Distribution]
    tasks: int = 1
    capacities: dict[str, int] | None = None

    @property
    def market(self) -> Procurement:
        return Procurement(self.laws, tasks=self.tasks, capacities=self.capacities)


GAMES = [
    Game(Discriminatory(), THREE, 2),
    Game(Discriminatory(0.8), FOUR, 2),
    Game(Discriminatory(0.9), {**FOUR, "d": Beta(2, 2)}, 3),
    Game(Discriminatory(0.8), {"a": PiecewiseLinear([0, 0.5, 1], [0, 0.7, 1]), "b": U, "c": Beta(1, 1.5)}, 2),
    Game(Discriminatory(0.8), {"a": U, "b": Beta(1, 2), "c": Beta(1, 3)}, 3, {"a": 2, "b": 2, "c": 2}),
    Game(Discriminatory(), {"a": U, "b": Beta(1, 2), "c": Beta(1, 3)}, 2, {"a": 2}),
    Game(SplitAward(), FOUR),
    Game(SplitAward(0.6, shares=(0.5, 0.3, 0.2)), FOUR),
    # the third loses nothing to the first rival below it, and enters late
    Game(Discriminatory(0.9), {"a": U, "b": U, "c": U}, 3, {"a": 2, "b": 2}),
]


@cache
def solved(place: int) -> Equilibrium:
    return solve(GAMES[place].rule, GAMES[place].market)


@pytest.mark.parametrize("place", range(len(GAMES)))
def test_no_sampled_deviation_beats_epsilon(place: int) -> None:
    game, found = GAMES[place], solved(place)
    assert found.relative_epsilon <= 1e-9
    assert found.status == "certified"
    assert not found.complete
    assert regret(game.rule, game.market, found.strategies) <= found.epsilon + 3e-8  # cdfs of bids are interpolated
    assert check(found.certificate).valid


@pytest.mark.parametrize("place", [1, 4, 6])
def test_what_is_paid_and_spent_agrees_with_a_simulation(place: int) -> None:
    game, found = GAMES[place], solved(place)
    rng = np.random.default_rng(7)
    types = np.stack([law.sample(rng, 20_000) for law in game.laws.values()], axis=1)
    bids = np.stack([found.strategy(label)(types[:, i]) for i, label in enumerate(game.laws)], axis=1)
    outcome = game.rule.batch(game.market, bids)
    for sample, enclosure in (
        (outcome.payments().sum(axis=1), found.expected_payment),
        ((outcome.allocation() * types).sum(axis=1), found.resource_cost),
        (1.0 - outcome.award, found.no_award),
    ):
        error = 5.0 * float(sample.std()) / 20_000**0.5
        assert abs(float(sample.mean()) - enclosure.midpoint) <= error + 1e-12


@pytest.mark.parametrize("place", [1, 4, 7])
@pytest.mark.parametrize("factor", [0.99, 1.05])
def test_the_bound_of_other_strategies_is_at_least_their_regret(place: int, factor: float) -> None:
    game, found = GAMES[place], solved(place)
    wrong: dict[str, Any] = {}
    for label, curve in found.strategies.items():
        assert isinstance(curve, InverseCurve)
        wrong[label] = replace(curve, bends=factor * curve.bends)
    tree = json.loads(found.certificate.to_json())
    tree["equilibrium"] = {"inverse_bids": stated_curves(wrong)}
    bound = state({key: value for key, value in tree.items() if key not in ("states", "sha256")})["epsilon"]
    assert isinstance(bound, float)
    worst = regret(game.rule, game.market, wrong)
    assert 100 * found.epsilon < worst <= bound


def test_a_sale_is_the_mirror_image() -> None:
    laws = {label: law.reflected() for label, law in FOUR.items()}
    bought = solved(1)
    sold = solve(Discriminatory(-0.8), Sale(laws, tasks=2))
    assert sold.expected_payment.midpoint == pytest.approx(-bought.expected_payment.midpoint, abs=1e-11)
    assert float(sold.strategy("b")(np.array([-0.3]))[0]) == pytest.approx(-float(bought.strategy("b")(np.array([0.3]))[0]))


def test_late_entries_are_checked_like_those_of_a_first_price() -> None:
    laws = {"a": U, "b": Uniform(0.1, 1.3), "c": Uniform(0.4, 1.2)}
    found = solve(FirstPrice(0.8), Procurement(laws))
    tree = json.loads(found.certificate.to_json())
    assert any(costs["entry"] > 0 for costs in tree["equilibrium"]["inverse_bids"]["costs"].values())
    tree["mechanism"]["kind"] = "discriminatory"
    states = state({key: entry for key, entry in tree.items() if key not in ("states", "sha256")})
    assert isinstance(states["epsilon"], float)
    assert states["epsilon"] <= 2 * found.epsilon + 1e-12
    assert states["expected_payment"][0] == pytest.approx(found.expected_payment.midpoint, abs=1e-11)  # type: ignore[index]


def test_the_bound_holds_where_a_prover_stops_below_the_highest_bid() -> None:
    curves = dict(solved(1).strategies)
    other = curves["a"]
    assert isinstance(other, InverseCurve)
    stop = len(other.bids) // 2
    costs = np.minimum((other.bids - other.bids[0]) / (other.bids[stop] - other.bids[0]), 1.0) * 0.3
    curves["e"] = replace(other, reach=0.3, costs=costs, bends=np.zeros((len(costs) - 1, 1)))
    game = Game(Discriminatory(0.8), {**FOUR, "e": Uniform(0, 0.3)}, 2)
    tree = {
        "format": "prover-markets/certificate", "version": 1, "market": game.market.spec(), "mechanism": game.rule.spec(),
        "equilibrium": {"inverse_bids": stated_curves(curves)},  # type: ignore[arg-type]  # all are curves
    }  # fmt: skip
    bound = state(json.loads(json.dumps(tree)))["epsilon"]
    assert isinstance(bound, float)
    worst = regret(game.rule, game.market, curves)
    assert 1e-3 < worst <= bound < 1.0


LATE: dict[str, Distribution] = {"a": U, "b": Uniform(0.1, 1.3), "c": Uniform(0.4, 1.2), "d": U}


@pytest.mark.parametrize(
    "game",
    [
        Game(Discriminatory(0.8), LATE, 2),
        pytest.param(  # the first with three tasks
            Game(Discriminatory(0.8), {"a": U, "b": Uniform(0.1, 1.3), "c": Uniform(0.4, 1.2)}, 3, {"a": 2, "b": 2, "c": 2}),
            marks=pytest.mark.slow,
        ),
        Game(Discriminatory(), {"a": U, "b": U, "c": Uniform(0.1, 1), "d": Uniform(0.1, 1)}, 2),
        Game(Discriminatory(), {"a": U, "b": U, "c": U, "d": Uniform(0, 2)}, 2),
        Game(SplitAward(0.8), {**LATE, "never": Uniform(0.9, 2)}),
    ],
)
def test_supports_that_begin_or_end_apart(game: Game) -> None:
    found = solve(game.rule, game.market)
    assert found.relative_epsilon <= 1e-9
    playing = replace(game, laws={label: law for label, law in game.laws.items() if label != "never"})
    assert regret(playing.rule, playing.market, found.strategies) <= 3e-8


def test_late_entries_of_a_first_price_are_found() -> None:
    laws = {label: LATE[label] for label in "abc"}
    known, found = solve(FirstPrice(0.8), Procurement(laws)), solve(Discriminatory(0.8), Procurement(laws))
    assert found.expected_payment.midpoint == pytest.approx(known.expected_payment.midpoint, abs=1e-10)


def test_equal_priors_with_a_knot_pass_it_together() -> None:
    kinked = PiecewiseLinear([0, 0.5, 1], [0, 0.7, 1])
    found = solve(Discriminatory(0.8), Procurement({"a": kinked, "b": kinked, "c": Beta(1, 1.5)}, tasks=2))
    assert found.relative_epsilon <= 1e-9


REFUSED: list[tuple[Mechanism, Market, type[Exception], str]] = [
    (Discriminatory(), Procurement({"a": U, "b": Uniform(0, 2), "c": U}, tasks=2), Refused, "how bids end is not searched"),
    (Discriminatory(0.5), Procurement({"a": U, "b": Uniform(0.5, 1), "c": U}, tasks=2), Refused, "nobody competes"),
    (Discriminatory(0.5), Procurement({"a": U, "b": Beta(1, 2)}, tasks=2), Refused, "nobody competes"),
    (Discriminatory(-0.5), Procurement(THREE, tasks=2), Refused, "excludes every type"),
    (Discriminatory(), Procurement(THREE, tasks=3, capacities={"a": 2}), Refused, "how bids end is not searched"),
    (
        Discriminatory(0.5),
        Procurement({"a": U, "b": U, "c": Mixture([(1, Uniform(0, 0.2)), (1, Uniform(0.5, 1))])}, tasks=2),
        Refused,
        "no mass between",
    ),
    (FirstPrice(), Procurement(THREE, capacities={"a": 2}), Refused, "this market has capacities"),
    (Vickrey(), Procurement(THREE, capacities={"a": 2}), Refused, "this market has capacities"),
    (AllPay(), Sale(THREE, capacities={"a": 2}), Refused, "this market has capacities"),
    (SplitAward(), Procurement(THREE, capacities={"a": 2}), Refused, "this market has capacities"),
    (SplitAward(), Procurement(THREE, tasks=2), Refused, "awards one task"),
]


@pytest.mark.parametrize(("rule", "market", "error", "message"), REFUSED)
def test_refusals(rule: Mechanism, market: Market, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        solve(rule, market)


def test_a_late_entry_is_not_found_and_said() -> None:
    laws = {"a": U, "b": U, "c": U, "d": U}
    with pytest.raises(SolverFailure, match="enter late"):
        solve(Discriminatory(0.9), Procurement(laws, tasks=3, capacities={"a": 2, "b": 2}), AwardCollocation(degree=6))


def test_other_solvers_are_refused() -> None:
    with pytest.raises(InvalidInput, match="AwardCollocation for Discriminatory"):
        solve(Discriminatory(), Procurement(THREE, tasks=2), HazardShooting())
    with pytest.raises(InvalidInput, match="no EnvelopeIntegral"):
        solve(SplitAward(), Procurement(uniform(3)), EnvelopeIntegral())
