"""Equilibria with certificates: `solve`, `tune`, `compare`, `check`.

The names load on first use, so that `equilibria.checking`, which a stranger runs on a certificate, loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equilibria.checks import check
    from equilibria.comparing import Comparison, compare
    from equilibria.equilibrium import Certificate, Equilibrium
    from equilibria.hazard_shooting import HazardShooting
    from equilibria.solving import Progress, solve
    from equilibria.spectral_collocation import SpectralCollocation
    from equilibria.tuning import Tuning, tune

__all__ = [
    "Certificate",
    "Comparison",
    "Equilibrium",
    "HazardShooting",
    "Progress",
    "SpectralCollocation",
    "Tuning",
    "check",
    "compare",
    "solve",
    "tune",
]

_HOMES = {
    "Certificate": "equilibrium",
    "Comparison": "comparing",
    "Equilibrium": "equilibrium",
    "HazardShooting": "hazard_shooting",
    "Progress": "solving",
    "SpectralCollocation": "spectral_collocation",
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
