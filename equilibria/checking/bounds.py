"""What a certificate bounds, as balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb

Progress = Callable[[float], None]
"""Told the share of the work that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What holds, in the orientation of a procurement: the most that a prover gains, and expectations per request."""

    gain: arb
    payment: arb
    resource_cost: arb
    redundant: arb
    no_award: arb
