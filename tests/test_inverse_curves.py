"""First-price games by spectral collocation: closed forms, the certificate of inverse bids, and what it rejects."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from math import atanh, sqrt

import numpy as np
import pytest

from equilibria import SpectralCollocation, check, solve
from equilibria.checking import Rejected, sealed, state
from equilibria.inverse_curves import InverseCurve
from mechanisms import (
    Beta,
    Distribution,
    FirstPrice,
    LogNormal,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Sale,
    SolverFailure,
    Uniform,
)

CLOSE = 1e-11
"""What bids may miss a closed form by: a residual at rounding, through the condition of the boundary-value problem."""


def inverse(strategy: Callable[[np.ndarray], np.ndarray], law: Distribution, bids: np.ndarray) -> np.ndarray:
    """The cost that bids, by bisection on the strategy."""
    low, high = (np.full(len(bids), end) for end in law.support)
    for _ in range(46):
        middle = 0.5 * (low + high)
        below = strategy(middle) <= bids
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return 0.5 * (low + high)


def test_two_uniform_values_with_different_ends() -> None:
    equilibrium = solve(FirstPrice(), Sale({"small": Uniform(0, 1), "large": Uniform(0, 2)}))
    assert equilibrium.solver.startswith("SpectralCollocation")
    assert equilibrium.relative_epsilon <= 1e-11
    for label, k, end in (("small", 0.75, 1), ("large", -0.75, 2)):
        v = np.linspace(0.01, end, 200)
        np.testing.assert_allclose(equilibrium.strategy(label)(v), (1 - np.sqrt(1 - k * v * v)) / (k * v), atol=CLOSE)
    s, top = sqrt(3) / 2, 2 / 3
    revenue = top - (atanh(s * top) - float(np.arctan(s * top))) / s**3
    assert abs(equilibrium.expected_payment.midpoint - revenue) <= 1e-12
    assert check(equilibrium.certificate.to_json()).valid


def test_a_coalition_of_two_against_one() -> None:
    equilibrium = solve(FirstPrice(), Sale({"pair": Beta(2, 1), "one": Uniform(0, 1)}))
    assert equilibrium.relative_epsilon <= 1e-11
    top = float(equilibrium.strategy("one")(np.array([1.0]))[0])
    assert abs(top - 37 / 64) <= CLOSE
    assert abs(equilibrium.expected_payment.midpoint - 0.426290695) <= 1e-9
    points, weights = np.polynomial.legendre.leggauss(80)
    values = 0.5 + 0.5 * points
    rival = inverse(equilibrium.strategy("pair"), Beta(2, 1), equilibrium.strategy("one")(values))
    assert abs(0.5 * weights @ rival**2 - (1 - top)) <= 1e-8  # against an individual, P(it wins) = 1 - top bid


@pytest.mark.parametrize(("k1", "k2"), [(3, 2), (10, 1), (10, 7), (10, 10)])
def test_coalitions_are_certified_near_rounding(k1: int, k2: int) -> None:
    assert solve(FirstPrice(), Sale({"a": Beta(k1, 1), "b": Beta(k2, 1)})).relative_epsilon <= 1e-10


def test_two_uniform_costs_without_a_reserve() -> None:
    """Kaplan and Zamir (2012), mirrored: costs U[0,1] and U[0,2] keep (b - x)(b - y) = (3/2 - b)^2 from 3/4 to 3/2."""
    laws = {"strong": Uniform(0, 1), "weak": Uniform(0, 2)}
    equilibrium = solve(FirstPrice(), Procurement(laws))
    assert equilibrium.relative_epsilon <= 1e-10
    assert float(equilibrium.strategy("strong")(np.array([0.0]))[0]) == pytest.approx(0.75, abs=CLOSE)
    bids = np.linspace(0.76, 1.49, 60)
    x, y = (inverse(equilibrium.strategy(label), law, bids) for label, law in laws.items())
    np.testing.assert_allclose((bids - x) * (bids - y), (1.5 - bids) ** 2, atol=1e-10)


def test_two_uniform_costs_under_a_reserve() -> None:
    """With a binding reserve r and upper ends that sum to h, (b - x)(b - y) = (r - b)(h - r - b)."""
    laws, r, h = {"a": Uniform(0, 1), "b": Uniform(0.2, 1.3)}, 0.8, 2.3
    equilibrium = solve(FirstPrice(r), Procurement(laws))
    assert equilibrium.relative_epsilon <= 1e-10
    lowest = (r * h - r * r) / (h - 0.2)
    assert float(equilibrium.strategy("a")(np.array([0.0]))[0]) == pytest.approx(lowest, abs=CLOSE)
    bids = np.linspace(lowest + 1e-3, r - 1e-3, 60)
    x, y = (inverse(equilibrium.strategy(label), law, bids) for label, law in laws.items())
    np.testing.assert_allclose((bids - x) * (bids - y), (r - bids) * (h - r - bids), atol=1e-10)
    np.testing.assert_array_equal(equilibrium.strategy("a")(np.array([0.8, 0.9])), [0.8, 0.9])


def test_symmetric_uniform_costs() -> None:
    solver = SpectralCollocation()
    equilibrium = solve(FirstPrice(), Procurement({label: Uniform(0, 1) for label in "abc"}), solver)
    costs = np.linspace(0, 1, 50)
    np.testing.assert_allclose(equilibrium.strategy("b")(costs), costs + (1 - costs) / 3, atol=CLOSE)
    assert equilibrium.relative_epsilon <= 1e-12


CERTIFIED = {
    "three supports and a late entry": ({"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.4, 1.2)}, 0.8, 1e-10),
    "no reserve, one ends first": ({"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.3, 1.2)}, None, 1e-10),
    "four, one late": ({"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.3, 1.2), "d": Uniform(0, 1.2)}, None, 1e-10),
    "a density that vanishes at both ends": ({"a": Beta(2, 2), "b": Uniform(0, 2)}, None, 1e-10),
    "one that vanishes at the lower": ({"a": Beta(2, 1), "b": Uniform(0, 2)}, None, 1e-10),
    "two that do, one ends first": ({"a": Beta(2, 2), "b": Beta(2, 3, 0, 2)}, None, 1e-10),
    "three powers at the lower end": ({"a": Beta(2, 2), "b": Beta(1.5, 3), "c": Beta(3, 2, 0.2, 1.5)}, None, 1e-10),
    "the same, under a reserve": ({"a": Beta(2, 2), "b": Beta(2, 3), "c": Beta(3, 2, 0.2, 1.5)}, 0.8, 1e-10),
    "two peaks": ({"a": Mixture([(0.5, Beta(2, 5)), (0.5, Beta(5, 2))]), "b": Uniform(0, 1)}, None, 1e-10),
    "two tie, one beyond": ({"a": Uniform(0, 1), "b": Uniform(0, 1), "c": Uniform(0, 2)}, None, 1e-10),
    "beta pair": ({"a": Beta(2, 5), "b": Beta(3, 1.5)}, None, 1e-10),
    "a knot": ({"a": PiecewiseLinear([0, 0.5, 1], [0, 0.8, 1]), "b": Uniform(0, 1)}, None, 1e-10),
    "log-normal under a reserve": ({"a": LogNormal(-1, 0.5, 0.05, 2), "b": Uniform(0, 1), "c": Uniform(0, 1.2)}, 0.9, 1e-9),
}


@pytest.mark.parametrize("name", CERTIFIED)
def test_no_sampled_deviation_beats_epsilon(name: str) -> None:
    costs, reserve, most = CERTIFIED[name]
    equilibrium = solve(FirstPrice(reserve), Procurement(costs))
    assert equilibrium.solver.startswith("SpectralCollocation")
    assert equilibrium.relative_epsilon <= most
    assert regret(costs, reserve, {label: equilibrium.strategy(label) for label in costs}) <= equilibrium.epsilon + 1e-10


def regret(
    costs: dict[str, Distribution], reserve: float | None, strategies: dict[str, Callable[[np.ndarray], np.ndarray]]
) -> float:
    """The largest gain over many types and bids, by plain float formulas."""
    cap = max(law.support[1] for law in costs.values()) if reserve is None else reserve
    grid = np.linspace(min(law.support[0] for law in costs.values()), cap, 161)
    worst = 0.0
    for label, law in costs.items():
        types = law.quantile(np.linspace(0.001, 0.999, 15))
        types = types[types < cap]
        own = strategies[label](types)
        bids = np.concatenate([grid, own])
        rivals = [law_.survival(inverse(strategies[k], law_, bids)) for k, law_ in costs.items() if k != label]
        wins = np.prod(rivals, axis=0)
        gain = ((bids - types[:, None]) * wins).max(axis=1) - (own - types) * wins[len(grid) :]
        worst = max(worst, float(gain.max()))
    return worst


def document(solution: object) -> dict[str, object]:
    tree = json.loads(solution.certificate.to_json())  # type: ignore[attr-defined]
    assert isinstance(tree, dict)
    return tree


@pytest.fixture(scope="module")
def late() -> dict[str, object]:
    costs, reserve, _ = CERTIFIED["three supports and a late entry"]
    return document(solve(FirstPrice(reserve), Procurement(costs)))


def test_a_wrong_strategy_costs_what_the_checker_says() -> None:
    costs: dict[str, Distribution] = {"a": Uniform(0, 1), "b": Uniform(0, 2)}
    solution = solve(FirstPrice(0.6), Procurement(costs))
    tree = document(solution)
    wrong = copy.deepcopy(tree)
    curves = wrong["equilibrium"]["inverse_bids"]  # type: ignore[index]
    curves["costs"]["a"]["bends"][1][0] += 0.004
    true = solution.strategy("a")
    assert isinstance(true, InverseCurve)
    bends = true.bends.copy()
    bends[1, 0] += 0.004
    moved = InverseCurve(
        reach=true.reach, bids=true.bids, anchors=true.anchors, powers=true.powers, costs=true.costs, bends=bends
    )
    derived = state({key: value for key, value in wrong.items() if key not in ("states", "sha256")})
    found = regret(costs, 0.6, {"a": moved, "b": solution.strategy("b")})
    assert isinstance(derived["epsilon"], float)
    assert 1e-7 < found <= derived["epsilon"]
    assert not check(sealed(wrong)).valid  # it still states the epsilon of the right strategies
    wrong["states"] = derived | {"epsilon": 0.5 * found}
    assert "only" in check(sealed(wrong)).message
    wrong["states"] = derived
    assert check(sealed(wrong)).valid


def test_an_altered_digit_is_rejected(late: dict[str, object]) -> None:
    assert check(sealed(late)).valid
    changed = copy.deepcopy(late)
    changed["equilibrium"]["inverse_bids"]["costs"]["a"]["bends"][0][1] += 1e-9  # type: ignore[index]
    assert "digest" in check(json.dumps(changed)).message


def _set(path: tuple[object, ...], value: object) -> Callable[[dict[str, object]], None]:
    def change(curves: dict[str, object]) -> None:
        node = curves
        for key in path[:-1]:
            node = node[key]  # type: ignore[index, assignment]
        node[path[-1]] = value  # type: ignore[index]

    return change


BROKEN = {
    "costs do not end at the reserve": (_set(("costs", "a", "ends", -1), 0.79), "must run from"),
    "costs do not begin at the support": (_set(("costs", "b", "ends", 0), 0.11), "must run from"),
    "costs decrease": (_set(("costs", "a", "bends", 0, 0), 50.0), "may decrease"),
    "bids out of order": (_set(("ends", 1), 0.1), "strictly increasing"),
    "an anchor inside": (_set(("maps", -1), [0.79999999999, 2]), "anchor"),
    "a power too high": (_set(("maps", 0), [0.0, 40]), "power"),
    "an unknown key": (_set(("costs", "a", "note"), 1.0), "not known"),
    "a bend is missing": (lambda curves: curves["costs"]["a"]["bends"].pop(), "list of"),  # type: ignore[index]
    "a prover is missing": (lambda curves: curves["costs"].pop("c"), "no strategy"),  # type: ignore[attr-defined]
    "a stranger": (_set(("costs", "z"), {}), "no prover of that name"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_hypotheses_are_rejected(late: dict[str, object], name: str) -> None:
    change, message = BROKEN[name]
    wrong = copy.deepcopy(late)
    change(wrong["equilibrium"]["inverse_bids"])  # type: ignore[index]
    with pytest.raises(Rejected, match=message):
        state({key: value for key, value in wrong.items() if key not in ("states", "sha256")})


def test_a_sale_is_the_mirror_of_a_procurement() -> None:
    sale = solve(FirstPrice(0.3), Sale({"a": Uniform(0, 1), "b": Beta(2, 1)}))
    bought = solve(FirstPrice(-0.3), Procurement({"a": Uniform(0, 1).reflected(), "b": Beta(2, 1).reflected()}))
    assert sale.expected_payment.midpoint == pytest.approx(-bought.expected_payment.midpoint, abs=1e-13)
    values = np.linspace(0.31, 1, 40)
    np.testing.assert_allclose(sale.strategy("b")(values), -bought.strategy("b")(-values), atol=1e-14)


def test_where_collocation_is_not_for() -> None:
    with pytest.raises(SolverFailure, match="two provers"):
        solve(FirstPrice(0.5), Procurement({"a": Uniform(0, 1), "b": Uniform(0.6, 1)}), SpectralCollocation())
    points = np.linspace(0, 1, 12)
    many = PiecewiseLinear(points, points**1.5)
    fallback = solve(FirstPrice(), Procurement({"a": many, "b": Uniform(0, 1)}))
    assert fallback.solver.startswith("HazardShooting")
