"""Equilibria with certificates: `solve`, `tune`, `compare`, `check`.

The names load on first use, so that `equilibria.checking`, which a stranger runs on a certificate, loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equilibria.affiliated_envelope import AffiliatedEnvelope
    from equilibria.checks import check
    from equilibria.collateral.bond_sizing import BondSize, smallest_bond
    from equilibria.collateral.delivery_game import DeliveryGame, Play, play
    from equilibria.collateral.network_security import NetworkSecurity, network_security
    from equilibria.comparing import Comparison, compare
    from equilibria.concentration import active_provers, herfindahl, nakamoto
    from equilibria.contest_collocation import ContestCollocation
    from equilibria.core_shading import CoreShading
    from equilibria.dual_averaging import DualAveraging
    from equilibria.entry_threshold import EntryThreshold
    from equilibria.envelope_integral import EnvelopeIntegral
    from equilibria.equilibrium import Certificate, Equilibrium
    from equilibria.fictitious_play import FictitiousPlay
    from equilibria.hazard_shooting import HazardShooting
    from equilibria.indifference_newton import IndifferenceNewton
    from equilibria.lottery_design import best_lottery
    from equilibria.phase_path import PhasePath
    from equilibria.regular_collocation import RegularCollocation
    from equilibria.share_functions import ShareFunctions
    from equilibria.simulating import Simulation, simulate
    from equilibria.smoothed_best_response import SmoothedBestResponse
    from equilibria.solving import Progress, solve
    from equilibria.spectral_collocation import SpectralCollocation
    from equilibria.staying_provers import long_run_entry
    from equilibria.tuning import Tuning, tune
    from equilibria.withholding import withhold

__all__ = [
    "AffiliatedEnvelope",
    "BondSize",
    "Certificate",
    "Comparison",
    "ContestCollocation",
    "CoreShading",
    "DeliveryGame",
    "DualAveraging",
    "EntryThreshold",
    "EnvelopeIntegral",
    "Equilibrium",
    "FictitiousPlay",
    "HazardShooting",
    "IndifferenceNewton",
    "NetworkSecurity",
    "PhasePath",
    "Play",
    "Progress",
    "RegularCollocation",
    "ShareFunctions",
    "Simulation",
    "SmoothedBestResponse",
    "SpectralCollocation",
    "Tuning",
    "active_provers",
    "best_lottery",
    "check",
    "compare",
    "herfindahl",
    "long_run_entry",
    "nakamoto",
    "network_security",
    "play",
    "simulate",
    "smallest_bond",
    "solve",
    "tune",
    "withhold",
]

_HOMES = {
    "AffiliatedEnvelope": "affiliated_envelope",
    "BondSize": "collateral.bond_sizing",
    "Certificate": "equilibrium",
    "Comparison": "comparing",
    "ContestCollocation": "contest_collocation",
    "CoreShading": "core_shading",
    "DeliveryGame": "collateral.delivery_game",
    "DualAveraging": "dual_averaging",
    "EntryThreshold": "entry_threshold",
    "EnvelopeIntegral": "envelope_integral",
    "Equilibrium": "equilibrium",
    "FictitiousPlay": "fictitious_play",
    "HazardShooting": "hazard_shooting",
    "IndifferenceNewton": "indifference_newton",
    "NetworkSecurity": "collateral.network_security",
    "PhasePath": "phase_path",
    "Play": "collateral.delivery_game",
    "Progress": "solving",
    "RegularCollocation": "regular_collocation",
    "ShareFunctions": "share_functions",
    "Simulation": "simulating",
    "SmoothedBestResponse": "smoothed_best_response",
    "SpectralCollocation": "spectral_collocation",
    "Tuning": "tuning",
    "active_provers": "concentration",
    "best_lottery": "lottery_design",
    "check": "checks",
    "compare": "comparing",
    "herfindahl": "concentration",
    "long_run_entry": "staying_provers",
    "nakamoto": "concentration",
    "network_security": "collateral.network_security",
    "play": "collateral.delivery_game",
    "simulate": "simulating",
    "smallest_bond": "collateral.bond_sizing",
    "solve": "solving",
    "tune": "tuning",
    "withhold": "withholding",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'equilibria' has no attribute {name!r}")
    return getattr(import_module(f"equilibria.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
