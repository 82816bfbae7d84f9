"""Solvers on a grid: closed forms, each other, sampled deviations, and what is refused."""

from __future__ import annotations

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
)
from tests.array_rules import all_pay, pays_winner

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
