r"""What it is worth that a commit need not be revealed, and that a rival may not reveal.

Let $S(x)$ be the probability that no rival reveals less than $x$, $A=S(r)$ that nobody else reveals, and $r$ the reserve. A
prover of cost $c$ that bids $b$ is paid the lowest other bid if there is one, and $b$ if there is none. Its utility, and after
integration by parts its gain over the truth, are

$$ U(b)=A(b-c)+\int_b^r (x-c)\,d(-S)(x), \qquad U(b)-U(c)=(b-c)\bigl(A+S(b)\bigr)-\int_c^bS , $$

greatest at an end, where $S$ has a kink, or where $A+(b-c)S'(b)=0$. Against one rival that is uniform on $[0,1]$ and there with
probability $1-q$, with $r=1$, that is $b=c+q/(1-q)$, and the gain $q^2/(2(1-q))$. This file uses neither: it finds the maximum,
exactly where costs are uniform or their cdfs linear in pieces; for other laws with a density it encloses the gain of a bid.

Paid the reserve when alone, truth is dominant whoever else reveals, and `verify` proves it: a report above the reserve is one
that is not revealed.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, final

from equilibria.auditing.enclosed_survival import EnclosedSurvival
from equilibria.auditing.findings import Finding, Instance
from equilibria.auditing.kinds import Kind
from equilibria.auditing.outcome_table import misreports
from equilibria.auditing.proved_kind import ProvedKind
from equilibria.auditing.survival import Survival, derivative, stationary
from equilibria.auditing.wording import short
from mechanisms import CommitReveal, Distribution, PiecewiseLinear, Procurement, UncertainPresence, Uniform

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["NonReveal"]

COSTS = 17


@final
class NonReveal(Kind):
    """A prover bids above its cost because it may be the only one to reveal, or does not reveal."""

    name = "non_reveal"

    def inapplicable(self, subject: Subject) -> str | None:
        if not isinstance(subject.mechanism, CommitReveal):
            return "nothing is committed and revealed"
        return subject.reason_against_proof

    def look(self, subject: Subject) -> Finding:
        rule = subject.mechanism
        assert isinstance(rule, CommitReveal)
        bought = isinstance(subject.certain, Procurement)
        if rule.lone == "own_bid" and isinstance(subject.market, UncertainPresence) and bought:
            priors = subject.certain.priors
            if all(isinstance(prior, Uniform | PiecewiseLinear) for prior in priors):
                return _expected(subject.market, Fraction(rule.reserve))
            if not any(prior.atoms for prior in priors):
                return _enclosed(subject.market, Fraction(rule.reserve))
        return ProvedKind("non_reveal", "dsic", misreports).look(subject)


def _expected(market: UncertainPresence, reserve: Fraction) -> Finding:
    best: tuple[Fraction, Fraction, Fraction, str] | None = None
    for i, label in enumerate(market.labels):
        survival = Survival(*_rivals(market, i))
        for cost in _costs(market, i):
            if cost < reserve:
                bid, gain = _best_bid(survival, cost, reserve)
                if best is None or gain > best[0]:
                    best = gain, cost, bid, label
    scope = f"the best bid at each of {COSTS} costs of everybody against rivals who bid their costs"
    if best is None or best[0] <= 0:
        return Finding(kind="non_reveal", status="not_found", how="exact optimisation", message=f"none: {scope}")
    gain, cost, bid, label = best
    return _found(market, label, cost, bid, gain, f"{scope}; the gain is expected", exact=True)


def _enclosed(market: UncertainPresence, reserve: Fraction) -> Finding:
    best: tuple[float, Fraction, Fraction, int] | None = None
    for i in range(len(market.labels)):
        survival = EnclosedSurvival(*_rivals(market, i))
        for cost in _costs(market, i):
            if cost < reserve:
                bid, estimate = survival.likely_best(cost, reserve)
                if best is None or estimate > best[0]:
                    best = estimate, cost, bid, i
    scope = f"some bids at each of {COSTS} costs of everybody against rivals who bid their costs"
    if best is not None:
        _, cost, bid, i = best
        least, most = EnclosedSurvival(*_rivals(market, i)).gain(cost, bid, reserve)
        if least > 0:
            message = f"the best of {scope}; the gain is expected, and certainly between {float(least):.6g} and {float(most):.6g}"
            return _found(market, market.labels[i], cost, bid, least, message, exact=False)
    return Finding(kind="non_reveal", status="not_found", how="search", message=f"none that is certain among {scope}")


def _rivals(market: UncertainPresence, place: int) -> tuple[tuple[Distribution, ...], tuple[Fraction, ...]]:
    """Laws and presence of all but one."""
    others = [j for j in range(len(market.labels)) if j != place]
    return tuple(market.priors[j] for j in others), tuple(Fraction(market.presence[j]) for j in others)


def _costs(market: UncertainPresence, place: int) -> list[Fraction]:
    low, high = (Fraction(float(end)) for end in market.priors[place].support)
    return [low + (high - low) * k / (COSTS - 1) for k in range(COSTS)]


def _found(
    market: UncertainPresence, label: str, cost: Fraction, bid: Fraction, gain: Fraction, message: str, *, exact: bool
) -> Finding:
    others = [other for other in market.labels if other != label]
    return Finding(
        kind="non_reveal",
        status="found",
        how="exact optimisation" if exact else "search",
        message=message,
        gain=gain,
        instance=Instance(
            types={label: cost},
            reports={label: bid},
            story=f"prover {label}, cost {short(cost)}, bids {short(bid)}, because {' and '.join(others) or 'nobody'} may not "
            f"reveal: gains {'' if exact else 'at least '}{short(gain)} in expectation",
        ),
    )


def _best_bid(survival: Survival, cost: Fraction, reserve: Fraction) -> tuple[Fraction, Fraction]:
    """The best bid from the cost up to the reserve, and what it gains over the cost."""
    alone = survival(reserve)

    def gain(bid: Fraction) -> Fraction:
        return (bid - cost) * (alone + survival(bid)) - survival.integral(cost, bid)

    cuts = sorted({cost, reserve, *(end for end in survival.ends() if cost < end < reserve)})
    candidates = list(cuts)
    for left, right in pairwise(cuts):
        slope = derivative(survival.polynomial((left + right) / 2))
        # A + (b - c) S'(b)
        shifted = [Fraction(0), *slope]
        first = [a - cost * b for a, b in zip(shifted, [*slope, Fraction(0)], strict=True)]
        first[0] += alone
        candidates += stationary(first, left, right)
    bid = max(candidates, key=lambda b: (gain(b), -b))
    return bid, gain(bid)
