r"""Seconds of an event on a machine, and how they were found.

The rule, for an event $e$ whose plain form $e_0$ (forward, no coset, uniform scalars) has size $n$:

1. timings of this kernel on this machine around $n$, or beyond by `unit_costs`:
   $t(e) = t_0 + (t(e_0) - t_0)\,s$ with the share of work $s = w(e)/w(e_0)$ and $w$ the least time of the two; so a
   multi-scalar multiplication by small scalars costs its share of digits, and a coset its $n$ extra products.  Nobody
   timed that share, so the term is *assumed*, and the interval takes from $s^{3/4}$ to $s^{5/4}$ of the ends: the
   multiplications by the witness of a real Groth16 proof are reported to be 3 to 5 times faster than uniform ones, and
   for the mixture of `recipes.scalars` this says 2.5 to 4.6;
2. else the structure of the kernel (`structure`), with the same allowance for a share that is not 1.

What a phase does many times may be *batched*.  At worst each is a call of its own.  At best, and as the likely value, all
share one launch, and transforms and folds run at the rate of one call of their joint size $N$ (at most the largest that
was timed): $(t(N) - t_0)\,k\,w(n)/w(N)$ for $k$ of them, if that is less.  A multi-scalar multiplication is a call of
its own, and so, likely, is a round of sumcheck, which waits for a challenge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mechanisms.enclosure import Enclosure
from proving_cost.cost_model.devices import Device
from proving_cost.cost_model.structure import Estimate, How, Structure, least_of
from proving_cost.cost_model.subjects import event_of, is_sized, size_of, subject_of
from proving_cost.cost_model.unit_costs import UnitCosts, each_of
from proving_cost.ledger import Event, FriFold, Msm, Ntt, SumcheckRound
from proving_cost.price_table import Regime

__all__ = ["Prediction", "predict"]

REWEIGHTED = 0.25
"""Part of the logarithm of a share of work by which it may be wrong."""
ROUNDING = 0.05
"""A share this near to 1 is taken as plain: uniform scalars are a bit shorter than the field, and a window may turn on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Seconds of an event that happened a number of times.

    Attributes:
        launches: Interval of the seconds of launches, and `launches_likely` inside.
        work: Interval of the rest, and `work_likely` inside.
        joules: Energy of all of it, where timings have it.
        how: `interpolated`, `extrapolated` or `structural`.
        shared: Whether its error is that of the structure, and so shared with other events.
        regime: `measured` or `published` for plain events that were timed, else `assumed`.
        formula: What was computed.
        source: Of the timings, or of the factor.
    """

    launches: Enclosure
    launches_likely: float
    work: Enclosure
    work_likely: float
    joules: float | None
    how: How
    shared: bool
    regime: Regime
    formula: str
    source: str

    @property
    def seconds(self) -> float:
        """Likely seconds, launches included."""
        return self.launches_likely + self.work_likely

    @property
    def range(self) -> Enclosure:
        """Interval of the seconds, launches included."""
        return Enclosure(self.launches.lower + self.work.lower, self.launches.upper + self.work.upper)


def predict(device: Device, costs: UnitCosts, structure: Structure, event: Event, count: int) -> Prediction:
    """Seconds of `count` times an event in one phase.

    Raises:
        Refused: The event has no unit cost on this machine.
        InvalidInput: The event is of a curve, field or hash that is not modelled.
    """
    subject, sized = subject_of(event), is_sized(event)
    n, calls = (size_of(event), count) if sized else (count, 1)
    if n < 1:
        return _nothing()
    whole = least_of(device, event_of(subject, n), n) if sized else 0.0
    share = least_of(device, event, n) / whole if whole else 1.0
    plain = abs(share - 1) < ROUNDING
    less, more = (1.0, 1.0) if plain or not share else sorted((share**-REWEIGHTED, share**REWEIGHTED))
    reading = None if event.kind in ("group", "pairing") else costs.read(subject, n)
    if reading is None:
        one, watts = structure.estimate(device, event, n), None
        one = replace(one, rest_range=Enclosure(one.rest_range.lower * less, one.rest_range.upper * more))
    else:
        low, high = reading.rest_range
        watts, one = reading.watts, Estimate(
            launch=reading.launch, launch_range=reading.launch_range, rest=reading.rest * share,
            rest_range=Enclosure(low * share * less, high * share * more), how=reading.how,
            regime=reading.regime if plain else "assumed", formula=_above(share, plain, reading.launch),
            source=reading.source,
        )  # fmt: skip
    likely, low = one.rest * calls, one.rest_range.lower * calls
    if reading is not None and calls > 1 and isinstance(event, Ntt | FriFold):
        joint, least = _jointly(device, costs, subject, n, calls)
        likely, low = min(likely, joint * share), min(low, least * share * less)
    return _times(event, calls, one, likely, low, watts)


def _times(event: Event, calls: int, one: Estimate, likely: float, low: float, watts: float | None) -> Prediction:
    """A number of calls, from one of them: the launches of all, and the work with its low end as found."""
    alone, together = isinstance(event, Msm | SumcheckRound), not isinstance(event, Msm)
    least = one.launch_range.lower * (1 if together else calls)
    launches = one.launch * (calls if alone else 1)
    joined = likely < one.rest * calls * (1 - 1e-9)
    formula = one.formula if calls == 1 else f"{calls}*({one.formula})"
    formula += ", at the rate of a joint call" if joined else ""
    return Prediction(
        launches=Enclosure(least, one.launch_range.upper * calls), launches_likely=launches,
        work=Enclosure(min(low, likely), one.rest_range.upper * calls), work_likely=likely,
        joules=None if watts is None else watts * (launches + likely), how=one.how,
        shared=one.how == "structural" or one.regime == "assumed", regime=one.regime, formula=formula, source=one.source,
    )  # fmt: skip


def _jointly(device: Device, costs: UnitCosts, subject: str, n: int, calls: int) -> tuple[float, float]:
    """Likely and least seconds, without launches, of plain calls at the rate of one call of their joint size."""
    curve = costs.timings(subject)
    size = min(n * calls, curve[-1].n)
    whole = costs.read(subject, size) if size > n and size >= curve[0].n else None
    if whole is None:
        return math.inf, math.inf
    scale = n * calls / size * each_of(device, subject, n) / each_of(device, subject, size)
    return whole.rest * scale, whole.rest_range.lower * scale


def _above(share: float, plain: bool, launch: float) -> str:
    """The formula of a call without its launch, t0, which is a term of its own."""
    above = "(t(n) - t0)" if launch else "t(n)"
    return above.strip("()") if plain and launch else above if plain else f"{share:.3g}*{above}"


def _nothing() -> Prediction:
    zero = Enclosure(0.0, 0.0)
    return Prediction(
        launches=zero, launches_likely=0.0, work=zero, work_likely=0.0, joules=0.0, how="extrapolated", shared=False,
        regime="measured", formula="0", source="nothing is asked of the kernel",
    )  # fmt: skip
