"""The public names of the packages: adding or removing one is a decision, so it changes this file."""

from __future__ import annotations

import importlib

import pytest

PUBLIC = {
    "mechanisms": """
        BatchOutcome Beta CentralProver Distribution Empirical Enclosure FirstPrice InvalidInput LogNormal Market
        MarketError Mechanism MissingExtra Mixture Optimal Outcome PiecewiseLinear PostedPrice Prices Procurement
        Program Race Reflected Refused Sale SolverFailure Uniform Vickrey market_from_spec mechanism_from_spec
    """,
    "mechanisms.distributions": """
        Beta Distribution Empirical LogNormal Mixture PiecewiseLinear Reflected Side Uniform
    """,
    "equilibria": """
        Certificate Comparison Equilibrium HazardShooting Progress Tuning check compare solve tune
    """,
    "equilibria.checking": """
        Checked FORMAT Rejected VERSION check sealed state
    """,
    "proving_cost": """
        BlockModel Claim CostInterval Failures Gpu Machine PROBABILITIES PriceTable ProverSummary ProvingLog Quote
        Replay ReplaySet SecondsFit Spread Summary Term capital_recovery_factor cost_distributions count_failures
        fit_seconds model_blocks rank_correlations read_log replay_blocks seconds_distributions summarise
    """,
    "workbench": """
        MarketFile TuneTable program
    """,
}


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__) == PUBLIC[package].split()
    for name in module.__all__:
        assert getattr(module, name) is not None
