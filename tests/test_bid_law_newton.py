"""The solver of first prices in package sales: derivatives, what counts as converged, and other grids where one fails."""

from __future__ import annotations

import numpy as np
import pytest

from equilibria import BidLawNewton, bid_law_newton, solve
from equilibria._package_conditions import Conditions, Values
from equilibria._package_grids import BidGrid, heights, marked
from equilibria._package_steps import flat
from equilibria.games import package_sale
from mechanisms import Beta, PackageFirstPrice, PackageSale, SolverFailure, Uniform

UNIT = Uniform(0, 1)
LLG = PackageSale(singles={"a": UNIT, "b": UNIT}, package={"both": Uniform(0, 2)})


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
    monkeypatch.setattr(package_sale, "AIM", 1e-12)
    monkeypatch.setattr(package_sale, "GRIDS", ((40, 14), (30, 14)))
    found = solve(PackageFirstPrice(), LLG)
    assert found.status == "certified" and 1e-12 < found.relative_epsilon <= package_sale.CONTENT
