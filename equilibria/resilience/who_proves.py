r"""Who starts a proof, and when, under each rule.

A *draw* is a way in which a request may be given out: the provers that start first, and those that start at the fallback. A
plan is a list of draws: with chances, where the rule draws lots that are known, or without, where costs decide that nobody
here knows, so that only the best and the worst draw are said.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb

from equilibria.equilibrium import Equilibrium
from mechanisms import CentralProver, Contest, DesignatedProver, InvalidInput, Market, Mechanism, Refused

__all__ = ["AWARDED_TO_ONE", "RACES", "Draw", "Plan", "plan_of"]

AWARDED_TO_ONE = (
    "central_prover", "commit_reveal", "discriminatory", "dutch_clock", "first_price", "generalized_second_price", "kth_price",
    "optimal", "posted_price", "secret_reserve", "tullock", "undercut_auction", "uniform_price", "vickrey",
)  # fmt: skip
"""Kinds of rules that give a request to one prover; with several tasks, each task to another."""

RACES = ("equal_share", "lottery", "race", "two_step_submission", "weibull_race")
"""Kinds of rules under which everybody that takes part proves."""

SURELY, NEVER = (Fraction(1), Fraction(1)), (Fraction(0), Fraction(0))

DRAWS = 20_000
"""Most draws that are listed."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One way to give a request out: places of those who start first, and of those who start at the fallback."""

    first: tuple[int, ...]
    later: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All draws.

    Arguments:
        draws: the ways in which a request may be given out.
        chances: of each draw; None where they are not known, so that the best and the worst are said.
        proving: bounds of the probability with which each prover takes part at all.
    """

    draws: tuple[Draw, ...]
    chances: tuple[Fraction, ...] | None
    proving: tuple[tuple[Fraction, Fraction], ...]


def plan_of(mechanism: Mechanism, market: Market, equilibrium: Equilibrium | None, rescued: bool) -> Plan:
    """Who may prove a request.

    Arguments:
        mechanism: the rule.
        market: its provers.
        equilibrium: of the rule in this market; where costs are known it says who takes part, and who wins how often.
        rescued: whether all others may prove from the time of the fallback.

    Raises:
        Refused: the rule is of another kind, or has too many draws.
    """
    count, kind = len(market.labels), mechanism.kind
    everybody = tuple(range(count))
    proving = (SURELY,) * count
    if kind in RACES:
        if equilibrium is not None and equilibrium.efforts and kind != "weibull_race":
            proving = tuple(_chance(equilibrium, label) for label in market.labels)
        elif equilibrium is not None and equilibrium.shares:
            proving = tuple(SURELY if equilibrium.shares[label] != 0 else NEVER for label in market.labels)
        return Plan((Draw(everybody, ()),), None, proving)
    if isinstance(mechanism, DesignatedProver):
        return _committees(mechanism, market, rescued)
    if kind == "second_lowest_pair":
        if count < 3:
            raise Refused("SecondLowestPair needs three provers: the lowest bid does not win. Add one.")
        pairs = tuple(combinations(everybody, 2))
        return Plan(tuple(_draw(pair, everybody, rescued) for pair in pairs), None, proving)
    if kind not in AWARDED_TO_ONE:
        known = ", ".join((*AWARDED_TO_ONE, *RACES, "designated_prover", "second_lowest_pair"))
        raise Refused(f"{type(mechanism).__name__} is none of the rules that liveness knows: {known}.")
    if isinstance(mechanism, CentralProver) and mechanism.label is not None:
        return Plan((_draw((market.index(mechanism.label),), everybody, rescued),), None, proving)
    draws = tuple(_draw((winner,), everybody, rescued) for winner in everybody)
    if equilibrium is None or not equilibrium.shares:
        return Plan(draws, None, proving)
    shares = [equilibrium.shares[label] for label in market.labels]
    if not all(isinstance(share, Fraction) for share in shares):
        return Plan(draws, None, proving)
    return Plan(draws, tuple(share for share in shares if isinstance(share, Fraction)), proving)


def _draw(first: tuple[int, ...], everybody: tuple[int, ...], rescued: bool) -> Draw:
    return Draw(first, tuple(i for i in everybody if i not in first) if rescued else ())


def _committees(mechanism: DesignatedProver, market: Market, rescued: bool) -> Plan:
    """One designated prover, and behind it a committee or, if everybody may, all others; drawn evenly.

    Whose cost is above the prize and the slash does not deliver.
    """
    if not isinstance(market, Contest) or market.known is None:
        raise Refused("DesignatedProver pays a prize for known costs: pass a Contest with a number for each cost.")
    count, worth = len(market.labels), Fraction(market.prize) + Fraction(mechanism.slash)
    proving = tuple(SURELY if cost <= worth else NEVER for cost in market.known)
    size = count - 1 if rescued else mechanism.committee
    if mechanism.committee > count - 1:
        raise Refused(f"the committee has {mechanism.committee} members and there are {count - 1} others. Make it smaller.")
    many = count * comb(count - 1, size)
    if many > DRAWS:
        raise Refused(f"{many} committees are more than the {DRAWS} that are listed. Ask for fewer provers.")
    draws = [
        Draw((who,), committee)
        for who in range(count)
        for committee in combinations([i for i in range(count) if i != who], size)
    ]
    return Plan(tuple(draws), (Fraction(1, len(draws)),) * len(draws), proving)


def _chance(equilibrium: Equilibrium, label: str) -> tuple[Fraction, Fraction]:
    effort = equilibrium.efforts[label]
    low, high = (effort, effort) if isinstance(effort, Fraction) else (Fraction(effort.lower), Fraction(effort.upper))
    if high < 0 or low > 1:
        raise InvalidInput(f"equilibrium.efforts[{label!r}] must be a probability of taking part; got {effort!r}.")
    return max(low, Fraction(0)), min(high, Fraction(1))
