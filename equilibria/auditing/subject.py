"""What is audited: a rule, a market, and the reports that the rule tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isfinite
from time import monotonic
from typing import TYPE_CHECKING, final

from equilibria.proofs.rules import Rule, catalogue_rule
from equilibria.proofs.settings import Setting, setting_of
from mechanisms import CommitReveal, Discrete, Exchange, Procurement, Sale, UncertainPresence, Uniform
from mechanisms.enclosure import round_down, round_up

if TYPE_CHECKING:
    from equilibria.collateral.delivery_game import DeliveryGame
    from mechanisms import Distribution, Market, Mechanism

__all__ = ["Subject"]


@final
@dataclass(frozen=True)  # no slots: properties are kept once computed
class Subject:
    """A rule in a market, and until when to look.

    Arguments:
        mechanism: the rule.
        market: who reports.
        deadline: moment of `time.monotonic`.
        delivery: what the winner faces after the award, if that is audited.
    """

    mechanism: Mechanism
    market: Market
    deadline: float
    delivery: DeliveryGame | None = None

    @property
    def left(self) -> float:
        """Seconds until the deadline, never quite 0."""
        return max(self.deadline - monotonic(), 0.01)

    @cached_property
    def certain(self) -> Market:
        """The market in which everybody is there."""
        return self.market.market if isinstance(self.market, UncertainPresence) else self.market

    @cached_property
    def wide(self) -> Market:
        """The market with the reports of everybody on a side, of the reserve, and of who does not reveal, as possible types.

        What is proved there holds in the market, with more ways to deviate than costs that the agent may really have.
        """
        market = self.certain
        ends = [end for prior in market.priors for end in _ends(prior)]
        if not isinstance(market, Procurement | Sale) or not all(map(isfinite, ends)):
            return market
        reserve = getattr(self.mechanism, "reserve", None)
        if isinstance(reserve, int | float | Fraction):
            ends += [round_down(Fraction(reserve)), round_up(Fraction(reserve))]
        low, high = min(ends), max(ends)
        if isinstance(self.mechanism, CommitReveal):
            unseen = max(high - low, 1.0)
            low, high = (low, high + unseen) if market.sign > 0 else (low - unseen, high)
        if low == high or all(isinstance(prior, Uniform) and (low, high) == _ends(prior) for prior in market.priors):
            return market
        sizes = None if market.capacities is None else dict(zip(market.labels, market.capacities, strict=True))
        return type(market)(dict.fromkeys(market.labels, Uniform(low, high)), market.value, market.tasks, sizes)

    @cached_property
    def rule(self) -> Rule:
        """The rule as a function of reports."""
        return catalogue_rule(self.mechanism, self.certain)

    @cached_property
    def setting(self) -> Setting:
        """The agents and their types."""
        return setting_of(self.certain)

    @property
    def domain(self) -> str:
        """Which reports are meant, for messages."""
        bounds = sorted({(low, high) for low, high in setting_of(self.wide).bounds}, key=str)
        shown = ", ".join(f"[{low}, {'∞' if high is None else high}]" for low, high in bounds)
        return f"reports in {shown}"

    def is_type(self, label: str, number: Fraction) -> bool:
        """Whether an agent may have this type, or report it as one that does not deviate (not revealing is a report too)."""
        place = self.certain.index(label)
        low, high = self.setting.bounds[place]
        if (low is None or number >= low) and (high is None or number <= high):
            return True
        return isinstance(self.mechanism, CommitReveal) and not self.reveals(number)

    def reveals(self, number: Fraction) -> bool:
        """Whether the reserve of a commit-reveal auction accepts a report."""
        assert isinstance(self.mechanism, CommitReveal)
        return self.certain.sign * number <= self.certain.sign * Fraction(self.mechanism.reserve)

    @property
    def absences_are_reports(self) -> bool:
        """Whether somebody who is absent is one whose report the rule does not accept."""
        return isinstance(self.mechanism, CommitReveal)

    @property
    def reason_against_proof(self) -> str | None:
        """Why nothing can be decided about reports of this rule in this market."""
        if not hasattr(self.mechanism, "outcome"):
            return f"{type(self.mechanism).__name__} has no outcome at reports"
        if not isinstance(self.certain, Procurement | Sale | Exchange):
            return f"it needs independent private types; this is a {type(self.certain).__name__}"
        if isinstance(self.market, UncertainPresence) and not self.absences_are_reports:
            return "the rule says nothing of who is absent"
        return None


def _ends(prior: Distribution) -> tuple[float, float]:
    """The support, in doubles that hold it."""
    if isinstance(prior, Discrete):
        return round_down(prior.values[0]), round_up(prior.values[-1])
    return float(prior.support[0]), float(prior.support[1])
