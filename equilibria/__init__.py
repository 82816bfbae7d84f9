"""Equilibria with certificates: `solve`, `tune`, `compare`, `check`.

The names load on first use, so that `equilibria.checking`, which a stranger runs on a certificate, loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equilibria.checks import check
    from equilibria.comparing import Comparison, compare
    from equilibria.contest_collocation import ContestCollocation
    from equilibria.core_shading import CoreShading
    from equilibria.envelope_integral import EnvelopeIntegral
    from equilibria.equilibrium import Certificate, Equilibrium
    from equilibria.hazard_shooting import HazardShooting
    from equilibria.phase_path import PhasePath
    from equilibria.regular_collocation import RegularCollocation
    from equilibria.share_functions import ShareFunctions
    from equilibria.solving import Progress, solve
    from equilibria.tuning import Tuning, tune

__all__ = [
    "Certificate",
    "Comparison",
    "ContestCollocation",
    "CoreShading",
    "EnvelopeIntegral",
    "Equilibrium",
    "HazardShooting",
    "PhasePath",
    "Progress",
    "RegularCollocation",
    "ShareFunctions",
    "Tuning",
    "check",
    "compare",
    "solve",
    "tune",
]

_HOMES = {
    "Certificate": "equilibrium",
    "Comparison": "comparing",
    "ContestCollocation": "contest_collocation",
    "CoreShading": "core_shading",
    "EnvelopeIntegral": "envelope_integral",
    "Equilibrium": "equilibrium",
    "HazardShooting": "hazard_shooting",
    "PhasePath": "phase_path",
    "Progress": "solving",
    "RegularCollocation": "regular_collocation",
    "ShareFunctions": "share_functions",
    "Tuning": "tuning",
    "check": "checks",
    "compare": "comparing",
    "solve": "solving",
    "tune": "tuning",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'equilibria' has no attribute {name!r}")
    return getattr(import_module(f"equilibria.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
