"""Equilibria with certificates: `solve`, `tune`, `compare`, `check`.

The names load on first use, so that `equilibria.checking`, which a stranger runs on a certificate, loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equilibria.affiliated_envelope import AffiliatedEnvelope
    from equilibria.all_pay_pair import AllPayPair
    from equilibria.attrition_pair import AttritionPair
    from equilibria.auditing.deviation_audit import audit
    from equilibria.auditing.findings import Audit
    from equilibria.award_collocation import AwardCollocation
    from equilibria.bid_law_newton import BidLawNewton
    from equilibria.checks import check
    from equilibria.collateral.bond_sizing import BondSize, smallest_bond
    from equilibria.collateral.delivery_game import DeliveryGame, Play, play
    from equilibria.collateral.network_security import NetworkSecurity, network_security
    from equilibria.comparing import Comparison, compare
    from equilibria.concentration import active_provers, herfindahl, nakamoto
    from equilibria.contest_collocation import ContestCollocation
    from equilibria.core_shading import CoreShading
    from equilibria.drop_out_newton import DropOutNewton
    from equilibria.dual_averaging import DualAveraging
    from equilibria.entry_threshold import EntryThreshold
    from equilibria.envelope_integral import EnvelopeIntegral
    from equilibria.equilibrium import Certificate, Equilibrium
    from equilibria.fee_revenue import honest_revenue
    from equilibria.fictitious_play import FictitiousPlay
    from equilibria.finite.cyclic_monotonicity import implementable
    from equilibria.finite.direct_mechanism import FiniteMechanism
    from equilibria.finite.finite_checks import FiniteCheck, check_finite
    from equilibria.finite.implementability import Implementability
    from equilibria.finite.weak_monotonicity import WeakMonotonicity, weakly_monotone
    from equilibria.hazard_shooting import HazardShooting
    from equilibria.indifference_newton import IndifferenceNewton
    from equilibria.lottery_design import best_lottery
    from equilibria.optima.constraints import ConcentrationCap, EpsilonIC, MinMaxRegret
    from equilibria.optima.gap import OptimalityGap, optimality_gap
    from equilibria.optima.ladder import optimal
    from equilibria.optima.optimal_mechanism import OptimalMechanism
    from equilibria.phase_path import PhasePath
    from equilibria.price_collocation import PriceCollocation
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
    from equilibria.resilience.attacks import Censorship
    from equilibria.resilience.expected_censorship import expected_censorship
    from equilibria.resilience.price_of_censorship import censorship
    from equilibria.resilience.proofs_in_time import Liveness, liveness
    from equilibria.share_functions import ShareFunctions
    from equilibria.simulating import Simulation, simulate
    from equilibria.smoothed_best_response import SmoothedBestResponse
    from equilibria.solving import Progress, solve
    from equilibria.spectral_collocation import SpectralCollocation
    from equilibria.staying_provers import long_run_entry
    from equilibria.tuning import Tuning, tune
    from equilibria.whole_catalogue import every_rule
    from equilibria.withholding import withhold

__all__ = [
    "AffiliatedEnvelope",
    "AllPayPair",
    "AttritionPair",
    "Audit",
    "AwardCollocation",
    "BidLawNewton",
    "BondSize",
    "BudgetBalance",
    "CapacityReports",
    "CapacitySplits",
    "Censorship",
    "Certificate",
    "Coalitions",
    "Comparison",
    "ConcentrationCap",
    "ContestCollocation",
    "CoreShading",
    "Counterexample",
    "DSIC",
    "DeliveryGame",
    "DropOutNewton",
    "DualAveraging",
    "Efficiency",
    "EntryThreshold",
    "EnvelopeIntegral",
    "EnvyFreeness",
    "EpsilonIC",
    "Equilibrium",
    "FalseNames",
    "FictitiousPlay",
    "FiniteCheck",
    "FiniteMechanism",
    "HazardShooting",
    "Implementability",
    "IndifferenceNewton",
    "IndividualRationality",
    "Liveness",
    "MIC",
    "MinMaxRegret",
    "Monotonicity",
    "NetworkSecurity",
    "NoDeficit",
    "OffChainAgreements",
    "OptimalMechanism",
    "OptimalityGap",
    "PhasePath",
    "Play",
    "PriceCollocation",
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
    "WeakMonotonicity",
    "active_provers",
    "audit",
    "best_lottery",
    "censorship",
    "check",
    "check_finite",
    "compare",
    "every_rule",
    "expected_censorship",
    "herfindahl",
    "honest_revenue",
    "implementable",
    "liveness",
    "long_run_entry",
    "nakamoto",
    "network_security",
    "optimal",
    "optimality_gap",
    "play",
    "simulate",
    "smallest_bond",
    "solve",
    "tune",
    "verify",
    "weakly_monotone",
    "withhold",
]

_HOMES = {
    "AffiliatedEnvelope": "affiliated_envelope",
    "AllPayPair": "all_pay_pair",
    "AttritionPair": "attrition_pair",
    "Audit": "auditing.findings",
    "AwardCollocation": "award_collocation",
    "BidLawNewton": "bid_law_newton",
    "BondSize": "collateral.bond_sizing",
    "BudgetBalance": "proofs.properties.budgets",
    "CapacityReports": "proofs.properties.capacities",
    "CapacitySplits": "proofs.properties.capacities",
    "Censorship": "resilience.attacks",
    "Certificate": "equilibrium",
    "Coalitions": "proofs.properties.coalitions",
    "Comparison": "comparing",
    "ConcentrationCap": "optima.constraints",
    "ContestCollocation": "contest_collocation",
    "CoreShading": "core_shading",
    "Counterexample": "proofs.verdict",
    "DSIC": "proofs.properties.dsic",
    "DeliveryGame": "collateral.delivery_game",
    "DropOutNewton": "drop_out_newton",
    "DualAveraging": "dual_averaging",
    "Efficiency": "proofs.properties.efficiency",
    "EntryThreshold": "entry_threshold",
    "EnvelopeIntegral": "envelope_integral",
    "EnvyFreeness": "proofs.properties.envy_freeness",
    "EpsilonIC": "optima.constraints",
    "Equilibrium": "equilibrium",
    "FalseNames": "proofs.properties.false_names",
    "FictitiousPlay": "fictitious_play",
    "FiniteCheck": "finite.finite_checks",
    "FiniteMechanism": "finite.direct_mechanism",
    "HazardShooting": "hazard_shooting",
    "Implementability": "finite.implementability",
    "IndifferenceNewton": "indifference_newton",
    "IndividualRationality": "proofs.properties.individual_rationality",
    "Liveness": "resilience.proofs_in_time",
    "MIC": "proofs.properties.miner_incentives",
    "MinMaxRegret": "optima.constraints",
    "Monotonicity": "proofs.properties.monotonicity",
    "NetworkSecurity": "collateral.network_security",
    "NoDeficit": "proofs.properties.budgets",
    "OffChainAgreements": "proofs.properties.off_chain_agreements",
    "OptimalMechanism": "optima.optimal_mechanism",
    "OptimalityGap": "optima.gap",
    "PhasePath": "phase_path",
    "Play": "collateral.delivery_game",
    "PriceCollocation": "price_collocation",
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
    "WeakMonotonicity": "finite.weak_monotonicity",
    "active_provers": "concentration",
    "audit": "auditing.deviation_audit",
    "best_lottery": "lottery_design",
    "censorship": "resilience.price_of_censorship",
    "check": "checks",
    "check_finite": "finite.finite_checks",
    "compare": "comparing",
    "every_rule": "whole_catalogue",
    "expected_censorship": "resilience.expected_censorship",
    "herfindahl": "concentration",
    "honest_revenue": "fee_revenue",
    "implementable": "finite.cyclic_monotonicity",
    "liveness": "resilience.proofs_in_time",
    "long_run_entry": "staying_provers",
    "nakamoto": "concentration",
    "network_security": "collateral.network_security",
    "optimal": "optima.ladder",
    "optimality_gap": "optima.gap",
    "play": "collateral.delivery_game",
    "simulate": "simulating",
    "smallest_bond": "collateral.bond_sizing",
    "solve": "solving",
    "tune": "tuning",
    "verify": "proofs.verifying",
    "weakly_monotone": "finite.weak_monotonicity",
    "withhold": "withholding",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'equilibria' has no attribute {name!r}")
    return getattr(import_module(f"equilibria.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
