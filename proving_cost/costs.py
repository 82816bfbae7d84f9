r"""Seconds times price: cost distributions in US dollars, between owning the machine and renting it.

With $S_i$ the seconds of prover $i$ at the reference block (41 quantiles, `summary`) and $h$ the USD of an
hour of its machine, the cost of a proof is $C_i = h\,S_i/3600$.  $h$ is an interval, not a random variable:
whether provers own or rent is the same question for all of them, so there are two markets, one at each end,
and every money figure is stated for both.  On equal machines one market is the other scaled by a constant,
and so are its equilibrium, payments and reserve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput
from proving_cost.hardware import Machine
from proving_cost.summary import PROBABILITIES, Summary

if TYPE_CHECKING:
    from mechanisms.distributions import Empirical

__all__ = ["CostInterval", "cost_distributions", "seconds_distributions"]

SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CostInterval:
    """Cost distributions at both ends of what an hour of the machine costs.

    Arguments:
        owning: USD a proof at the low end, a distribution for each label; pass it to
            `Procurement(costs=...)`.
        renting: The same at the high end.
        usd_per_hour: The two ends.
        machine: Label of the machine.
    """

    owning: Mapping[str, Empirical]
    renting: Mapping[str, Empirical]
    usd_per_hour: Enclosure
    machine: str

    def __repr__(self) -> str:
        return f"CostInterval({len(self.owning)} provers, {self.machine!r}, usd_per_hour={self.usd_per_hour})"

    def __str__(self) -> str:
        wide = max(len(label) for label in self.owning)
        low, high = self.usd_per_hour.lower, self.usd_per_hour.upper
        lines = [
            f"USD a proof on {self.machine}: owning at {low:.2f}, renting at {high:.2f} USD/h",
            f"{'prover':<{wide}}   owning: 0.5 %   50 %     99.5 %    renting: 0.5 %   50 %     99.5 %",
        ]
        for label in self.owning:
            ends = []
            for law in (self.owning[label], self.renting[label]):
                bottom, top = law.support
                ends.append(f"{bottom:8.5f} {float(law.quantile(0.5)):8.5f} {top:8.5f}")
            lines.append(f"{label:<{wide}}   {ends[0]:>30}   {ends[1]:>30}")
        return "\n".join(lines)


def seconds_distributions(summary: Summary, provers: Iterable[str] | None = None) -> dict[str, Empirical]:
    """Seconds of each prover at the reference block, as distributions.

    Arguments:
        summary: The log in a page.
        provers: Labels to keep, in this order; None keeps all.

    Returns:
        A smooth distribution through the 41 quantiles, supported on [0.5 %, 99.5 %] and renormalised.

    Raises:
        InvalidInput: A label is not in the summary, or there is none.
    """
    return _laws(summary, provers, 1.0)


def cost_distributions(
    summary: Summary, machine: Machine, provers: Iterable[str] | None = None
) -> CostInterval:
    """USD a proof for each prover, if it owns its machine and if it rents it.

    Arguments:
        summary: The log in a page; its times are of one machine, which `machine` must describe.
        machine: The machine with its prices.
        provers: Labels to keep, in this order; None keeps all.

    Returns:
        Cost distributions at the two ends of `machine.usd_per_hour`.

    Raises:
        InvalidInput: A label is not in the summary, or there is none.
        Refused: The price table lacks a figure of this machine.
    """
    labels = None if provers is None else tuple(provers)
    usd_per_hour = machine.usd_per_hour
    low, high = (
        MappingProxyType(_laws(summary, labels, usd / SECONDS_AN_HOUR))
        for usd in (usd_per_hour.lower, usd_per_hour.upper)
    )
    return CostInterval(owning=low, renting=high, usd_per_hour=usd_per_hour, machine=machine.label)


def _laws(summary: Summary, provers: Iterable[str] | None, scale: float) -> dict[str, Empirical]:
    from mechanisms.distributions import Empirical

    labels = tuple(summary.provers) if provers is None else tuple(provers)
    for label in labels:
        if label not in summary.provers:
            raise InvalidInput(
                f"provers: each must be one of {', '.join(summary.provers)}; got {label!r}. Choose among "
                "them."
            )
    if not labels or len(set(labels)) != len(labels):
        raise InvalidInput(
            f"provers: must be one or more different labels; got {labels!r}. Pass None for all of them."
        )
    first, last = PROBABILITIES[0], PROBABILITIES[-1]
    cdf = tuple((p - first) / (last - first) for p in PROBABILITIES)
    return {
        label: Empirical.from_quantiles(tuple(s * scale for s in summary.provers[label].seconds), cdf)
        for label in labels
    }
