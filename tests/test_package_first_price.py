"""First price in package sales: exact sums of grid laws, certified bounds against closed forms and true regret, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pytest
from flint import arb

from equilibria import BidLawNewton, Equilibrium, bid_law_newton, check, solve
from equilibria._package_conditions import Conditions, Values
from equilibria._package_grids import BidGrid, heights, marked
from equilibria._package_steps import flat
from equilibria.checking import Rejected, crossings, sealed, state
from equilibria.checking.grid_sums import GridLaw, SumLaw
from equilibria.checking.taylor import ball_arithmetic
from equilibria.games import package_sale
from mechanisms import (
    Beta,
    Distribution,
    FirstPrice,
    InvalidInput,
    Mixture,
    PackageFirstPrice,
    PackageSale,
    Procurement,
    Refused,
    SolverFailure,
    Uniform,
)

UNIT = Uniform(0, 1)
LLG = PackageSale(singles={"a": UNIT, "b": UNIT}, package={"both": Uniform(0, 2)})
ROUGH, FINE = BidLawNewton(cells=48, bits=14), BidLawNewton(cells=200, bits=18)


DIFFERENT = PackageSale(singles={"a": UNIT, "b": Uniform(0, 1.3)}, package={"both": Uniform(0, 2)})


@pytest.fixture(scope="module")
def gapped() -> Equilibrium:
    """The buyer of values up to 1.3 skips bids just below the other's highest."""
    return solve(PackageFirstPrice(), DIFFERENT, ROUGH, throw=False)


@pytest.fixture(scope="module")
def rough() -> Equilibrium:
    return solve(PackageFirstPrice(), LLG, ROUGH, throw=False)


def halves() -> dict[str, Any]:
    """Everyone bids half its value."""
    law = {"ends": [0, 512], "weights": [1]}
    return {
        "format": "prover-markets/certificate", "version": 1, "market": LLG.spec(), "mechanism": PackageFirstPrice().spec(),
        "equilibrium": {"step": 2.0**-10, "bids": {"a": law, "b": dict(law), "both": {"ends": [0, 1024], "weights": [1]}}},
    }  # fmt: skip


def regret(equilibrium: Equilibrium, count: int = 6000) -> float:
    """The most that any of many values gains by any of many bids, by quadrature over the rivals' quantiles."""
    market = equilibrium.market
    levels = (np.arange(count) + 0.5) / count
    laws = dict(zip(market.labels, market.priors, strict=True))
    drawn = {label: equilibrium.strategy(label)(laws[label].quantile(levels)) for label in market.labels}
    first, second, package = market.labels

    def below(label: str, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.interp(x, drawn[label], levels, left=0.0, right=1.0)

    worst = 0.0
    top = max(float(bids[-1]) for bids in drawn.values())
    bids = np.concatenate([[0.0], top * np.geomspace(1e-6, 1.0, 300), np.linspace(0.0, 1.2 * top, 500)])
    for label, rival in ((first, second), (second, first), (package, first)):
        at = laws[label].quantile(np.linspace(0.0, 1.0, 201))
        own = equilibrium.strategy(label)(at)
        every = np.concatenate([bids, own])
        if label == package:
            wins = below(second, every[:, None] - drawn[first]).mean(axis=1)
        else:
            wins = below(package, every[:, None] + drawn[rival]).mean(axis=1)
        best = ((at[:, None] - bids) * wins[: len(bids)]).max(axis=1)
        worst = max(worst, float((best - (at - own) * wins[len(bids) :]).max()))
    return worst


def test_sums_and_differences_are_exact() -> None:
    rng = np.random.default_rng(3)
    laws = [GridLaw([0, 2, 3, 7], rng.integers(0, 9, 3).tolist()), GridLaw([1, 4, 6], rng.integers(1, 9, 2).tolist())]
    with ball_arithmetic():
        for difference in (False, True):
            found = SumLaw(*laws, difference=difference)
            steps = [[Fraction(w, law.total) for w in law.steps()] for law in laws]
            density = dict.fromkeys(range(-9, 20), Fraction(0))
            for k, p in enumerate(steps[0]):
                for m, q in enumerate(steps[1]):
                    place = laws[0].first + k + (-laws[1].first - m if difference else laws[1].first + m + 1)
                    density[place] += p * q
            values = [density[b] for b in range(-9, 20)]
            cdf = list(accumulate(((u + v) / 2 for u, v in pairwise(values)), initial=Fraction(0)))
            area = Fraction(0)
            for b in range(-9, 19):
                assert abs(found.below(b) - arb(cdf[b + 9].numerator) / cdf[b + 9].denominator) < 1e-30
                step = cdf[b + 9] + density[b] / 3 + density[b + 1] / 6
                area += step
                assert abs(found.area(b, b + 1) - arb(step.numerator) / step.denominator) < 1e-30
                assert found.densities(b, b + 1).contains(arb(density[b].numerator) / density[b].denominator)
            assert abs(found.area(-9, 19) - arb(area.numerator) / area.denominator) < 1e-30


def test_the_bound_meets_the_exact_gain() -> None:
    """With everyone bidding half, the highest package value gains most: (1 + x)(1 - 2x²) - 1 at 6x² + 4x = 1."""
    x = (np.sqrt(10) - 2) / 6
    exact = (1 + x) * (1 - 2 * x * x) - 1
    states = state(halves())
    assert exact <= states["epsilon"] <= 1.12 * exact  # type: ignore[operator]
    # the package bids B, uniform on [0, 1], and wins against twice uniform on [0, 1/2] with chance 1 - 2(1 - B)² or 2B²;
    # E[B; it wins] is 17/48, and a bid of y wins with chance y + 1/4: E[y (y + 1/4)] = 7/48
    low, high = states["expected_payment"]  # type: ignore[misc]
    assert low <= 17 / 48 + 2 * 7 / 48 <= high and high - low < 1e-2
    low, high = states["resource_cost"]  # type: ignore[misc]
    assert low <= -2 * (17 / 48 + 2 * 7 / 48) <= high


@pytest.mark.parametrize("budget", [0, 3, 10_000])
def test_crossings_are_never_too_small(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossings, "CROSSINGS", budget)
    rng, one = np.random.default_rng(7), 1 << crossings.BITS
    for _ in range(40):
        values = np.sort(rng.integers(0, 30, 9)).tolist()
        cells = [
            crossings.Crossed(int(rise), max(int(rise), 0) + int(more), values[k], values[k + 1], int(gain) * one, bool(own))
            for k, (rise, more, gain, own) in enumerate(
                zip(rng.integers(-9, 9, 8), rng.integers(0, 4, 8), rng.integers(0, 2, 8), rng.integers(0, 4, 8), strict=True)
            )
        ]
        exact = 0
        for i, cell in enumerate(cells):
            if cell.own:
                exact = max(exact, cell.inside)
                for k in range(i + 1, 8):
                    between = sum(c.rise - max(c.least - cell.most, 0) * (c.gained // one) for c in cells[i + 1 : k])
                    exact = max(exact, cell.inside + between + cells[k].inside)
        found = crossings.farthest(cells)
        assert found >= exact and (budget < 100 or found == exact)


def test_claims_below_the_truth_are_rejected() -> None:
    tree = halves()
    tree["states"] = state(tree)
    assert check(sealed(tree)).valid
    for name, change in (("epsilon", 0.9), ("expected_payment", None)):
        bad = json.loads(json.dumps(tree))
        if change is not None:
            bad["states"][name] *= change
        else:
            bad["states"][name][0] += 1e-2
        assert not check(sealed(bad)).valid, name


def test_true_regret_is_within_the_bound(rough: Equilibrium) -> None:
    assert rough.relative_epsilon < 1e-3
    assert regret(rough) <= rough.epsilon + 2e-6
    assert check(rough.certificate).valid


def test_simulation_agrees(rough: Equilibrium) -> None:
    rng, size = np.random.default_rng(5), 400_000
    values = np.stack([prior.sample(rng, size) for prior in LLG.priors], axis=-1)
    bids = np.stack([rough.strategy(label)(values[:, i]) for i, label in enumerate(LLG.labels)], axis=-1)
    played = PackageFirstPrice().batch(LLG, bids)
    worth = (values * played.allocation()).sum(axis=1)
    for drawn, stated in ((played.payments().sum(axis=1), rough.expected_payment), (-worth, rough.resource_cost)):
        error = 5.0 * float(drawn.std()) / np.sqrt(size)
        assert stated.lower - error <= drawn.mean() <= stated.upper + error
    assert rough.no_award.upper == 0.0


def test_nudged_strategies_lose_their_claim(rough: Equilibrium, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nudge of d costs about d² times half the curvature of utility, so d is the root of many times epsilon."""
    monkeypatch.setattr(crossings, "CROSSINGS", 20_000)
    tree = json.loads(rough.certificate.to_json())
    nudged = json.loads(json.dumps(tree))
    nudged["equilibrium"]["step"] *= 1.0 + 8.0 * np.sqrt(rough.epsilon)
    assert not check(sealed(nudged)).valid
    honest = state({k: v for k, v in nudged.items() if k not in ("states", "sha256")})
    assert honest["epsilon"] > 3.0 * rough.epsilon  # type: ignore[operator]
    assert not check(rough.certificate.to_json().replace('"weights"', '"Weights"', 1)).valid


def test_low_values_bid_next_to_nothing(rough: Equilibrium) -> None:
    single = rough.strategy("a")
    low, middle = single(np.array([0.12, 0.5]))
    assert low < 2e-3 < 0.15 < middle < 0.25
    bids = np.array([0.05, 0.2, 0.4])
    assert np.allclose(single(single.inverse(bids)), bids, atol=1e-12)  # type: ignore[attr-defined]


def test_a_coarser_grid_certifies_less(rough: Equilibrium) -> None:
    coarser = solve(PackageFirstPrice(), LLG, BidLawNewton(cells=20, bits=12), throw=False)
    assert rough.status == "certified" and rough.epsilon < 0.5 * coarser.epsilon
    assert check(coarser.certificate).valid
    assert abs(coarser.expected_payment.midpoint - rough.expected_payment.midpoint) < 1e-3


@pytest.mark.parametrize(
    ("first", "second", "package", "solver", "count"),
    [
        # The quadrature of the test spreads over a gap what bids on both sides of it, the less, the finer it is.
        pytest.param(UNIT, Uniform(0, 1.5), Uniform(0, 2), ROUGH, 9600, id="different", marks=pytest.mark.slow),
        pytest.param(Beta(1, 2), UNIT, Uniform(0, 2), FINE, 9600, id="vanishing at the top", marks=pytest.mark.slow),
        # a quantile of a beta a cell
        pytest.param(Beta(2, 2), Beta(2, 2), Beta(2, 2, 0, 2), ROUGH, 1200, id="beta", marks=pytest.mark.slow),
        pytest.param(Uniform(0.2, 1), Uniform(0.2, 1), Uniform(0, 2), ROUGH, 1200, id="above 0"),
    ],
)
def test_other_laws_are_bounded(
    first: Distribution, second: Distribution, package: Distribution, solver: BidLawNewton, count: int
) -> None:
    market = PackageSale(singles={"a": first, "b": second}, package={"both": package})
    found = solve(PackageFirstPrice(), market, solver, throw=False)
    assert found.relative_epsilon < 1e-3
    assert regret(found, count) <= found.epsilon + 3e-5


def change_law(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["equilibrium"]["bids"]["a"].__setitem__(key, value)


WRONG: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "negative weight": (change_law("weights", [-1]), "weights must be from 0"),
    "no weight": (change_law("weights", [0]), "not all 0"),
    "weights missing": (change_law("weights", []), "one weight fewer"),
    "ends fall": (change_law("ends", [512, 0]), "must increase"),
    "ends below 0": (change_law("ends", [-1, 512]), "must increase, from at least 0"),
    "too many steps": (change_law("ends", [0, 1 << 40]), "at most"),
    "halves": (change_law("ends", [0, 0.5]), "must be an integer"),
    "unknown key": (change_law("atoms", []), "not known"),
    "no step": (lambda t: t["equilibrium"].__setitem__("step", 0.0), "step must be positive"),
    "a stranger": (lambda t: t["equilibrium"]["bids"].__setitem__("c", {}), "not known"),
    "one missing": (lambda t: t["equilibrium"]["bids"].pop("both"), "missing"),
    "below 0": (lambda t: t["market"]["singles"].__setitem__("a", Uniform(-1, 1).spec()), "values from 0 on"),
    "another market": (lambda t: t["market"].__setitem__("kind", "sale"), "must be 'package_sale'"),
    "a parameter": (lambda t: t["mechanism"].__setitem__("payment", "nearest_bid"), "not known"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_malformed_certificates_are_rejected(fault: str) -> None:
    tree = json.loads(json.dumps(halves()))
    change, message = WRONG[fault]
    change(tree)
    with pytest.raises(Rejected, match=message):
        state(tree)


def test_refusals() -> None:
    gap = Mixture([(0.5, Uniform(0, 0.4)), (0.5, Uniform(0.6, 1))])
    with pytest.raises(Refused, match="no value between"):
        solve(PackageFirstPrice(), PackageSale(singles={"a": gap, "b": UNIT}, package={"both": UNIT}))
    with pytest.raises(Refused, match="must be at least 0"):
        solve(PackageFirstPrice(), PackageSale(singles={"a": Uniform(-1, 1), "b": UNIT}, package={"both": UNIT}))
    with pytest.raises(Refused, match="needs a PackageSale"):
        solve(PackageFirstPrice(), Procurement(costs={"a": UNIT}))
    with pytest.raises(Refused, match="must be at least 16 steps"):
        solve(PackageFirstPrice(), PackageSale(singles={"a": Uniform(0, 1e-4), "b": UNIT}, package={"both": UNIT}), ROUGH)
    with pytest.raises(InvalidInput, match="solver must be a BidLawNewton"):
        solve(PackageFirstPrice(), LLG, object())
    with pytest.raises(InvalidInput, match="bits must be a whole number from 12 to 19"):
        BidLawNewton(bits=30)
    with pytest.raises(InvalidInput, match="cells must be a whole number"):
        BidLawNewton(cells=2.5)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        solve(FirstPrice(), LLG)


def test_different_buyers_leave_a_gap(gapped: Equilibrium) -> None:
    """Nobody bids in a gap, so what a bid there would lose is no loss; a little mass put there makes it one."""
    assert gapped.status == "certified" and gapped.relative_epsilon < 1e-4
    assert regret(gapped, 3000) <= gapped.epsilon + 1e-5
    tree = json.loads(gapped.certificate.to_json())
    law, highest = tree["equilibrium"]["bids"]["b"], tree["equilibrium"]["bids"]["a"]["ends"][-1]
    widths = np.diff(law["ends"])
    empty = [k for k, weight in enumerate(law["weights"]) if not weight and 0.7 * highest < law["ends"][k] < highest]
    assert sum(widths[empty]) > 0.02 * highest
    widest = max(empty, key=lambda k: widths[k])
    law["weights"][widest] = max(law["weights"]) // 10**6
    honest = state({k: v for k, v in tree.items() if k not in ("states", "sha256")})
    assert honest["epsilon"] > 1.5 * gapped.epsilon


def test_derivatives_of_the_conditions() -> None:
    tops, priors = np.array([0.33, 0.64, 0.82]), (UNIT, Beta(2, 2, 0, 1.3), Uniform(0, 2))
    grids = [
        BidGrid(*marked(tops, i, (1e-3, 1e-2, 3e-2), []), tops, width=0.2, growth=1.4, head=1e-3, fine=2) for i in range(3)
    ]
    nodes = [heights(np.clip((grid.nodes(tops) / tops[i]) ** 0.7, 1e-9, 1.0)) for i, grid in enumerate(grids)]
    conditions = Conditions(priors, grids, flat(nodes))
    now = conditions.missed(Values(tuple(nodes), tops))
    assert now.matrix is not None
    rng = np.random.default_rng(2)
    turn = [rng.normal(size=len(h) - 2) for h in nodes]
    sides = []
    for sign in (1e-6, -1e-6):
        moved = tuple(np.concatenate([h[:1], h[1:-1] + sign * t, h[-1:]]) for h, t in zip(nodes, turn, strict=True))
        sides.append(conditions.missed(Values(moved, tops), derivatives=False).residuals)
    assert np.allclose((sides[0] - sides[1]) / 2e-6, now.matrix @ np.concatenate(turn), atol=1e-8)


def test_what_did_not_converge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bid_law_newton, "CONTENT", 1e-9)
    with pytest.raises(SolverFailure, match="first-order conditions are missed"):
        solve(PackageFirstPrice(), LLG, BidLawNewton(cells=16, bits=12))


def test_a_large_certified_loss_is_not_called_converged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The conditions of the solver are met here; only what is certified is found too large."""
    monkeypatch.setattr(package_sale, "CONTENT", 1e-9)
    quick = BidLawNewton(cells=20, bits=12)
    found = solve(PackageFirstPrice(), LLG, quick, throw=False)
    assert found.status == "not_converged" and "at most 1e-09 counts as converged" in found.message
    with pytest.raises(SolverFailure, match="counts as converged"):
        solve(PackageFirstPrice(), LLG, quick)


def test_where_one_grid_fails_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest loss is kept, wherever it is found; a solver that was asked for is left alone."""
    small, smaller = BidLawNewton(cells=20, bits=12), BidLawNewton(cells=48, bits=14)
    monkeypatch.setattr(package_sale, "GRIDS", ((48, 14), (20, 12)))
    monkeypatch.setattr(package_sale, "CONTENT", 1e-9)
    best = solve(PackageFirstPrice(), LLG, throw=False)
    assert best.solver == repr(smaller) and best.status == "not_converged"
    with pytest.raises(SolverFailure, match="counts as converged"):
        solve(PackageFirstPrice(), LLG)
    alone = solve(PackageFirstPrice(), LLG, small, throw=False)
    assert alone.solver == repr(small) and alone.epsilon > best.epsilon
    monkeypatch.setattr(package_sale, "GRIDS", ((20, 12), (48, 14), (16, 12)))
    monkeypatch.setattr(package_sale, "CONTENT", 0.5 * (best.relative_epsilon + alone.relative_epsilon))
    found = solve(PackageFirstPrice(), LLG)
    assert found.solver == repr(smaller) and found.status == "certified" and found.epsilon == best.epsilon


def test_what_counts_as_converged_is_kept_where_no_grid_reaches_the_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    market = PackageSale(singles={"a": Uniform(0, 1), "b": Uniform(0, 1)}, package={"both": Uniform(0, 2)})
    monkeypatch.setattr(package_sale, "AIM", 1e-12)
    monkeypatch.setattr(package_sale, "GRIDS", ((40, 14), (30, 14)))
    found = solve(PackageFirstPrice(), market)
    assert found.status == "certified" and 1e-12 < found.relative_epsilon <= package_sale.CONTENT
