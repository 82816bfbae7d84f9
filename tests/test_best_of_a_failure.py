"""A solver that was chosen and fails leaves something to show: strategies of the general one, with their own epsilon."""

from __future__ import annotations

from typing import Any

import pytest

from equilibria import SpectralCollocation, check, solve
from mechanisms import FirstPrice, Procurement, SolverFailure, Uniform


def test_collocation_that_fails_leaves_strategies_by_shooting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise SolverFailure("collocation leaves residuals of 1e-2 of the bid range. Use HazardShooting().")

    monkeypatch.setattr(SpectralCollocation, "strategies", fails)
    market = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 2)})
    with pytest.raises(SolverFailure, match="leaves residuals"):
        solve(FirstPrice(), market, SpectralCollocation())
    found = solve(FirstPrice(), market, SpectralCollocation(), throw=False)
    assert found.status == "not_converged" and found.solver.startswith("HazardShooting")
    assert "leaves residuals" in found.message and 0 < found.relative_epsilon < 1e-6
    assert check(found.certificate).valid
