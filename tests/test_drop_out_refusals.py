"""All pay between three or more buyers that differ: what is refused, or not found, and the sentences that say so."""

from __future__ import annotations

import pytest

from equilibria import AllPayPair, DropOutNewton, EnvelopeIntegral, check, solve
from mechanisms import AllPay, InvalidInput, Procurement, Refused, Sale, SolverFailure, Uniform

UNIT, WIDE, HIGH = Uniform(0, 1), Uniform(0, 2), Uniform(1, 2)


def test_refusals() -> None:
    market = Sale({"a": UNIT, "b": WIDE, "c": HIGH})
    with pytest.raises(InvalidInput, match="tolerance must be a number from"):
        DropOutNewton(tolerance=0.0)
    with pytest.raises(InvalidInput, match="tolerance must be"):
        DropOutNewton(tolerance=float("nan"))
    with pytest.raises(InvalidInput, match="for two buyers"):
        solve(AllPay(), market, AllPayPair())
    with pytest.raises(Refused, match="all priors are equal"):
        solve(AllPay(), market, EnvelopeIntegral())
    with pytest.raises(Refused, match=r"at least the highest value 1\.0 of 'a'"):
        solve(AllPay(1.0), market)
    with pytest.raises(Refused, match="at least 0, as bids are"):
        solve(AllPay(), Sale({"a": Uniform(-1, 1), "b": WIDE, "c": HIGH}))
    with pytest.raises(SolverFailure, match="close to the reserve"):
        solve(AllPay(1.0 - 1e-15), Sale({"a": UNIT, "b": UNIT, "c": WIDE}))
    with pytest.raises(Refused, match="no mirror image"):
        solve(AllPay(), Procurement({"a": UNIT, "b": WIDE, "c": HIGH}))


def test_what_was_not_found_is_said_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a look for stops a buyer bids where it should have dropped out."""
    monkeypatch.setattr("equilibria._drop_out_search.ROUNDS", 0)
    market = Sale({"a": HIGH, "b": WIDE, "c": Uniform(0, 1.7)})
    with pytest.raises(SolverFailure, match="where some buyers stop bidding was not found"):
        solve(AllPay(), market)
    kept = solve(AllPay(), market, throw=False)
    assert kept.status == "not_converged" and 1e-4 < kept.relative_epsilon < 0.1
    assert check(kept.certificate).valid
