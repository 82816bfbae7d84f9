"""The markets behind the figures: all provers of a summary and the competitive ones, in units.

One unit is the median cost of the cheapest prover at the reference block. On equal machines the markets in
dollars at either end of the price band are these, scaled by a constant; so are equilibria, payments and reserves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mechanisms import Enclosure, InvalidInput, Procurement
from papers.mainnet_blocks.scenario import Scenario
from proving_cost import Machine, Summary, seconds_distributions

__all__ = ["Markets", "build_markets"]

SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Markets:
    """Arguments:
    sets: Name of each set of provers (`all`, `competitive`) and its market; one set if all are competitive.
    cheapest: The prover of least median cost.
    unit_seconds: Its median seconds at the reference block: one unit.
    usd_per_hour: An hour of the machine, between owning and renting.
    """

    sets: dict[str, Procurement]
    cheapest: str
    unit_seconds: float
    usd_per_hour: Enclosure

    @property
    def main(self) -> Procurement:
        """The market of all provers."""
        return self.sets["all"]

    @property
    def rivals(self) -> Procurement:
        """The market of the competitive provers."""
        return self.sets.get("competitive", self.main)

    @property
    def unit_usd(self) -> Enclosure:
        """A unit in dollars, between owning and renting."""
        hours = self.unit_seconds / SECONDS_AN_HOUR
        return Enclosure(self.usd_per_hour.lower * hours, self.usd_per_hour.upper * hours)

    def reserves(self, points: int) -> list[float]:
        """An even grid over the reserves that may leave a request without a proof: above the lowest cost of a
        competitive prover, and below the least of their highest costs."""
        low = min(law.support[0] for law in self.rivals.costs)
        high = min(law.support[1] for law in self.rivals.costs)
        return [float(x) for x in np.linspace(low, high, points + 2)[1:-1]]

    def reserve_for(self, no_award: float, name: str = "all") -> float:
        """The reserve above which all costs of a set lie with this probability (bisection in doubles)."""
        laws = self.sets[name].costs
        low, high = min(law.support[0] for law in laws), min(law.support[1] for law in laws)
        for _ in range(200):
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            above = float(np.prod([float(law.survival(np.float64(middle))) for law in laws]))
            low, high = (middle, high) if above > no_award else (low, middle)
        return high


def build_markets(summary: Summary, scenario: Scenario) -> Markets:
    """The markets of a summary.

    Raises:
        InvalidInput: The summary has fewer provers than a competitive set needs.
    """
    labels = tuple(summary.provers)
    if len(labels) < scenario.least_provers:
        raise InvalidInput(
            f"proving log: must have at least {scenario.least_provers} provers to make a market; got {len(labels)} "
            f"({', '.join(labels)}). Add the proving times of another."
        )
    seconds = seconds_distributions(summary)
    medians = {label: float(law.quantile(np.float64(0.5))) for label, law in seconds.items()}
    cheapest = min(medians, key=lambda label: medians[label])
    unit = medians[cheapest]
    costs = {label: law.scaled(1.0 / unit) for label, law in seconds.items()}
    chosen = set(summary.replay.competitive)
    for label in sorted(labels, key=lambda name: medians[name]):
        if len(chosen) < scenario.least_provers:
            chosen.add(label)
    sets = {"all": Procurement(costs)}
    if len(chosen) < len(labels):
        sets["competitive"] = Procurement({label: costs[label] for label in labels if label in chosen})
    machine = Machine(scenario.machine, gpus=scenario.gpus)
    return Markets(sets=sets, cheapest=cheapest, unit_seconds=unit, usd_per_hour=machine.usd_per_hour)
