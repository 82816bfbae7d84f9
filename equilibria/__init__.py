"""Equilibria with certificates: `solve`, `tune`, `compare`, `check`.

The names load on first use, so that `equilibria.checking`, which a stranger runs on a certificate, loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equilibria.affiliated_envelope import AffiliatedEnvelope
    from equilibria.checks import check
    from equilibria.comparing import Comparison, compare
    from equilibria.contest_collocation import ContestCollocation
    from equilibria.core_shading import CoreShading
    from equilibria.dual_averaging import DualAveraging
    from equilibria.entry_threshold import EntryThreshold
    from equilibria.envelope_integral import EnvelopeIntegral
    from equilibria.equilibrium import Certificate, Equilibrium
    from equilibria.fictitious_play import FictitiousPlay
    from equilibria.hazard_shooting import HazardShooting
    from equilibria.indifference_newton import IndifferenceNewton
    from equilibria.phase_path import PhasePath
    from equilibria.proofs.obligations import Property
    from equilibria.proofs.properties.budgets import BudgetBalance, NoDeficit
    from equilibria.proofs.properties.capacities import CapacityReports, CapacitySplits
    from equilibria.proofs.properties.coalitions import Coalitions
    from equilibria.proofs.properties.dsic import DSIC
    from equilibria.proofs.properties.efficiency import Efficiency
    from equilibria.proofs.properties.envy_freeness import EnvyFreeness
    from equilibria.proofs.properties.false_names import FalseNames
    from equilibria.proofs.properties.individual_rationality import IndividualRationality
    from equilibria.proofs.properties.miner_incentives import MIC
    from equilibria.proofs.properties.monotonicity import Monotonicity
    from equilibria.proofs.properties.off_chain_agreements import OffChainAgreements
    from equilibria.proofs.properties.side_contracts import SCP
    from equilibria.proofs.properties.user_incentives import UIC
    from equilibria.proofs.verdict import Counterexample, Verdict
    from equilibria.proofs.verifying import verify
    from equilibria.regular_collocation import RegularCollocation
    from equilibria.share_functions import ShareFunctions
    from equilibria.simulating import Simulation, simulate
    from equilibria.smoothed_best_response import SmoothedBestResponse
    from equilibria.solving import Progress, solve
    from equilibria.spectral_collocation import SpectralCollocation
    from equilibria.tuning import Tuning, tune

__all__ = [
    "AffiliatedEnvelope",
    "BudgetBalance",
    "CapacityReports",
    "CapacitySplits",
    "Certificate",
    "Coalitions",
    "Comparison",
    "ContestCollocation",
    "CoreShading",
    "Counterexample",
    "DSIC",
    "DualAveraging",
    "Efficiency",
    "EntryThreshold",
    "EnvelopeIntegral",
    "EnvyFreeness",
    "Equilibrium",
    "FalseNames",
    "FictitiousPlay",
    "HazardShooting",
    "IndifferenceNewton",
    "IndividualRationality",
    "MIC",
    "Monotonicity",
    "NoDeficit",
    "OffChainAgreements",
    "PhasePath",
    "Progress",
    "Property",
    "RegularCollocation",
    "SCP",
    "ShareFunctions",
    "Simulation",
    "SmoothedBestResponse",
    "SpectralCollocation",
    "Tuning",
    "UIC",
    "Verdict",
    "check",
    "compare",
    "simulate",
    "solve",
    "tune",
    "verify",
]

_HOMES = {
    "AffiliatedEnvelope": "affiliated_envelope",
    "BudgetBalance": "proofs.properties.budgets",
    "CapacityReports": "proofs.properties.capacities",
    "CapacitySplits": "proofs.properties.capacities",
    "Certificate": "equilibrium",
    "Coalitions": "proofs.properties.coalitions",
    "Comparison": "comparing",
    "ContestCollocation": "contest_collocation",
    "CoreShading": "core_shading",
    "Counterexample": "proofs.verdict",
    "DSIC": "proofs.properties.dsic",
    "DualAveraging": "dual_averaging",
    "Efficiency": "proofs.properties.efficiency",
    "EntryThreshold": "entry_threshold",
    "EnvelopeIntegral": "envelope_integral",
    "EnvyFreeness": "proofs.properties.envy_freeness",
    "Equilibrium": "equilibrium",
    "FalseNames": "proofs.properties.false_names",
    "FictitiousPlay": "fictitious_play",
    "HazardShooting": "hazard_shooting",
    "IndifferenceNewton": "indifference_newton",
    "IndividualRationality": "proofs.properties.individual_rationality",
    "MIC": "proofs.properties.miner_incentives",
    "Monotonicity": "proofs.properties.monotonicity",
    "NoDeficit": "proofs.properties.budgets",
    "OffChainAgreements": "proofs.properties.off_chain_agreements",
    "PhasePath": "phase_path",
    "Progress": "solving",
    "Property": "proofs.obligations",
    "RegularCollocation": "regular_collocation",
    "SCP": "proofs.properties.side_contracts",
    "ShareFunctions": "share_functions",
    "Simulation": "simulating",
    "SmoothedBestResponse": "smoothed_best_response",
    "SpectralCollocation": "spectral_collocation",
    "Tuning": "tuning",
    "UIC": "proofs.properties.user_incentives",
    "Verdict": "proofs.verdict",
    "check": "checks",
    "compare": "comparing",
    "simulate": "simulating",
    "solve": "solving",
    "tune": "tuning",
    "verify": "proofs.verifying",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'equilibria' has no attribute {name!r}")
    return getattr(import_module(f"equilibria.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
