"""Several prizes by rank: with one law of costs for all, the envelope integral is the equilibrium."""

from __future__ import annotations

from dataclasses import dataclass

from equilibria.envelope_effort import EnvelopeEffort
from equilibria.games import Progress, Proposal
from mechanisms import Contest, Market, Mechanism, PrizeContest, Refused

__all__ = ["EnvelopeIntegral", "propose"]


@dataclass(frozen=True, slots=True)
class EnvelopeIntegral:
    """What stands for a solver where the theory gives the strategies."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The symmetric equilibrium of a `PrizeContest` in which all costs have one law.

    Raises:
        Refused: a solver was given, not a contest, laws that differ, one contestant, or shares that leave nothing to win.
    """
    assert isinstance(mechanism, PrizeContest)
    if solver is not None:
        raise Refused("PrizeContest needs no solver; pass solver=None.")
    if not isinstance(market, Contest):
        raise Refused("PrizeContest needs a Contest, whose costs are per unit of effort. Use Contest(prize=, costs=).")
    contestants, law = len(market.labels), market.priors[0]
    if contestants < 2:
        raise Refused("a contest with one contestant has no equilibrium but no effort: the prize is its anyway. Add a rival.")
    if len(mechanism.shares) > contestants:
        raise Refused(f"{len(mechanism.shares)} shares need as many contestants; the contest has {contestants}. Drop some.")
    for label, other in zip(market.labels, market.priors, strict=True):
        if other != law:
            raise Refused(
                f"solve knows the equilibrium of PrizeContest where all costs have one law; that of {label!r} differs from that "
                f"of {market.labels[0]!r}. Use equal laws, or Tullock()."
            )
    shares = [*mechanism.shares, *[0.0] * (contestants - len(mechanism.shares))]
    if shares[0] == shares[-1]:
        raise Refused("every rank takes the same share, so no effort pays. Use shares that fall.")
    effort = EnvelopeEffort(law, tuple(float(market.prize) * share for share in shares))
    return Proposal(
        strategies=dict.fromkeys(market.labels, effort),
        stated=None,
        solver=repr(EnvelopeIntegral()),
        complete=False,
        notes=("It is the only symmetric equilibrium; whether there are others was not looked into.",),
    )
