r"""Waiting for the clock: when does a prover lock, and what does it gain over locking at its cost?

With $S(b)$ the probability that no rival locks before the price is $b$, rivals locking at their costs, waiting for $b$ is worth
$(b-c)S(b)$, which is greatest at the end of the ramp, where $S$ has a kink, or where $S(b)+(b-c)S'(b)=0$. Alone, $S=1$: one
waits for the end.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, final

from equilibria.auditing.findings import Finding, Instance
from equilibria.auditing.kinds import Kind
from equilibria.auditing.survival import Survival, derivative, stationary
from equilibria.auditing.wording import short
from mechanisms import DutchClock, Procurement, UncertainPresence, Uniform

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["Waiting"]

COSTS = 17


@final
class Waiting(Kind):
    """A prover lets the clock climb past its cost."""

    name = "timing"

    def inapplicable(self, subject: Subject) -> str | None:
        if not isinstance(subject.mechanism, DutchClock):
            return "the rule has no clock"
        if not isinstance(subject.certain, Procurement):
            return "the clock buys"
        if not all(isinstance(prior, Uniform) for prior in subject.certain.priors):
            return "expected gains are exact for uniform costs"
        return None

    def look(self, subject: Subject) -> Finding:
        clock, market = subject.mechanism, subject.certain
        assert isinstance(clock, DutchClock)
        n = len(market.labels)
        there = subject.market.presence if isinstance(subject.market, UncertainPresence) else (1.0,) * n
        best: tuple[Fraction, Fraction, Fraction, str] | None = None
        start, end = Fraction(clock.low), Fraction(clock.high)
        for i, label in enumerate(market.labels):
            rivals = [j for j in range(n) if j != i]
            survival = Survival(tuple(market.priors[j] for j in rivals), tuple(Fraction(there[j]) for j in rivals))
            low, high = (Fraction(float(bound)) for bound in market.priors[i].support)
            for k in range(COSTS):
                cost = low + (high - low) * k / (COSTS - 1)
                first = max(cost, start)
                if cost >= end:
                    continue
                cuts = sorted({first, end, *(point for point in survival.ends() if first < point < end)})
                prices = list(cuts)
                for left, right in pairwise(cuts):
                    piece = survival.polynomial((left + right) / 2)
                    slope = derivative(piece)
                    condition = [Fraction(0)] * (len(piece) + 1)
                    for power, c in enumerate(piece):
                        condition[power] += c
                    for power, c in enumerate(slope):
                        condition[power + 1] += c
                        condition[power] -= cost * c
                    prices += stationary(condition, left, right)
                price = max(prices, key=lambda b: ((b - cost) * survival(b), -b))
                gain = (price - cost) * survival(price) - (first - cost) * survival(first)
                if best is None or gain > best[0]:
                    best = gain, cost, price, label
        scope = f"the best moment at each of {COSTS} costs of everybody against rivals who lock at their costs"
        if best is None or best[0] <= 0:
            return Finding(kind=self.name, status="not_found", how="exact optimisation", message=f"none: {scope}")
        gain, cost, price, label = best
        moment = clock.time_at_price(price)
        return Finding(
            kind=self.name,
            status="found",
            how="exact optimisation",
            message=f"{scope}; the gain is expected",
            gain=gain,
            instance=Instance(
                types={label: cost},
                reports={label: price},
                story=f"prover {label}, cost {short(cost)}, waits until {short(moment)} and locks at {short(price)}"
                + (", being alone" if n == 1 else "")
                + f": gains {short(gain)}" + ("" if n == 1 else " in expectation"),
            ),
        )
