r"""What contestants keep at given efforts: exactly where the rule's outcome is rational, else between two rationals.

$$ \sum_{i\in S}\bigl(t_i - c_i\,q_i - r\,d_i\bigr), $$

where $q_i$ is the effort under rules that charge by its unit, and otherwise the proof that is made, and $r$ what locking a
deposit $d_i$ costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, final

from equilibria.proofs.affine import exact
from mechanisms import (
    Contest,
    CurvedShare,
    DesignatedProver,
    Enclosure,
    PrizeContest,
    ProportionalMining,
    Tullock,
    TwoStepSubmission,
    WeibullRace,
)

if TYPE_CHECKING:
    from equilibria.equilibrium import Equilibrium
    from mechanisms import Market, Mechanism

__all__ = ["Range", "keeps", "played", "reason_against", "solved", "with_name"]

BITS = 256


@final
@dataclass(frozen=True, slots=True)
class Range:
    """A number that lies between two rationals; exact where they are one."""

    low: Fraction
    high: Fraction

    def __sub__(self, other: Range) -> Range:
        return Range(self.low - other.high, self.high - other.low)

    @property
    def exact(self) -> bool:
        """Whether it is known exactly."""
        return self.low == self.high


@lru_cache(maxsize=4)  # every kind asks for the equilibrium of the same contest
def solved(mechanism: Mechanism, market: Contest) -> Equilibrium:
    """The equilibrium at which a contest is audited.

    Raises:
        Refused: there is none, or none is known.
        SolverFailure: none was found.
    """
    from equilibria.solving import solve

    return solve(mechanism, market)


def reason_against(mechanism: Mechanism, market: Market, *, pure: bool = False) -> str | None:
    """Why efforts cannot be audited, in half a sentence; None if they can.

    Arguments:
        mechanism: the rule.
        market: a contest.
        pure: whether efforts have to be certain.
    """
    from mechanisms import MarketError

    if not isinstance(market, Contest):
        return f"it is about efforts; this is a {type(market).__name__}"
    if market.known is None:
        return "costs are private: efforts are audited where they are known, Contest(costs={label: number})"
    if pure and isinstance(mechanism, PrizeContest):
        return "its strategies are mixed"
    try:
        solved(mechanism, market)
    except MarketError as reason:
        return f"there is no equilibrium to audit: {str(reason).rstrip('.')}"
    return None


def played(mechanism: Mechanism, market: Contest) -> dict[str, Fraction]:
    """Efforts of the equilibrium: rationals, or rationals within their enclosures."""
    efforts = solved(mechanism, market).efforts
    if isinstance(mechanism, DesignatedProver):  # an effort there is the chance to be called, a report whether one stands by
        return {label: Fraction(effort != 0) for label, effort in efforts.items()}
    return {label: Fraction(e.midpoint) if isinstance(e, Enclosure) else e for label, e in efforts.items()}


def with_name(market: Contest, label: str) -> tuple[Contest, str]:
    """The contest in which a contestant has half of its machine and stake under a further name, and the name.

    Where speeds are given, a cost is that of running the machine, and half of it runs at half of the cost.
    """
    assert market.known is not None
    name = f"{label}+1"
    while name in market.labels:
        name += "+1"
    tables = {}
    for key, amounts in (("costs", market.known), ("speeds", market.speeds), ("stakes", market.stakes)):
        if amounts is not None:
            table = dict(zip(market.labels, amounts, strict=True))
            if key != "costs" or market.speeds is not None:
                table[label] /= 2
            tables[key] = {**table, name: table[label]}
    return Contest(market.prize, tables["costs"], tables.get("speeds"), tables.get("stakes")), name


def keeps(mechanism: Mechanism, market: Contest, efforts: Mapping[str, Fraction], members: Iterable[str]) -> Range:
    """What some contestants keep together.

    Arguments:
        mechanism: the rule.
        market: a contest with known costs.
        efforts: what everybody reports.
        members: whose payoffs are added.
    """
    assert market.known is not None
    costs = dict(zip(market.labels, market.known, strict=True))
    power = _power(mechanism)
    if power.denominator != 1 or getattr(mechanism, "payment", None) == "myerson":
        return _enclosed(mechanism, market, efforts, members, power)
    outcome = mechanism.outcome(market, efforts)  # type: ignore[attr-defined]  # all rules of contests have one
    by_unit = _by_unit(mechanism, market)
    rate = Fraction(mechanism.capital_rate) if isinstance(mechanism, TwoStepSubmission) else Fraction(0)
    kept = Fraction(0)
    for label in members:
        borne = efforts[label] if by_unit else _rational(_borne(mechanism, outcome)[label])
        kept += _rational(outcome.payments[label]) - costs[label] * borne - rate * efforts[label]
    return Range(kept, kept)


def _borne(mechanism: Mechanism, outcome: Any) -> Mapping[str, Any]:
    table: Mapping[str, Any] = outcome.allocation if isinstance(mechanism, CurvedShare) else outcome.proofs
    return table


def _by_unit(mechanism: Mechanism, market: Contest) -> bool:
    if isinstance(mechanism, WeibullRace):
        return market.speeds is None
    tullock = isinstance(mechanism, CurvedShare) and mechanism.payment == "tullock"
    return tullock or isinstance(mechanism, ProportionalMining | PrizeContest)


def _power(mechanism: Mechanism) -> Fraction:
    """The power of a report that is its score."""
    if isinstance(mechanism, Tullock | WeibullRace):
        return Fraction(mechanism.exponent)
    if isinstance(mechanism, CurvedShare):
        return Fraction(mechanism.alpha) * (1 if mechanism.payment == "tullock" else -1)
    return Fraction(1)


def _rational(value: object) -> Fraction:
    number = exact(value)
    assert number is not None  # outcomes at rationals are rational where powers are whole
    return Fraction(number)


def _enclosed(
    mechanism: Mechanism, market: Contest, efforts: Mapping[str, Fraction], members: Iterable[str], power: Fraction
) -> Range:
    """In long floats with error bounds, where scores are no rationals."""
    from flint import arb, ctx, fmpq

    def ball(number: Fraction) -> Any:
        return arb(fmpq(number.numerator, number.denominator))

    assert market.known is not None
    costs, precision = dict(zip(market.labels, market.known, strict=True)), ctx.prec
    bases = dict(efforts)
    if market.speeds is not None:
        bases = {label: speed * efforts[label] for label, speed in zip(market.labels, market.speeds, strict=True)}
    ctx.prec = BITS
    try:
        scores = {label: ball(base) ** ball(power) if base else arb(0) for label, base in bases.items()}
        kept = arb(0)
        for label in members:
            rivals = sum((score for other, score in scores.items() if other != label), arb(0))
            cost, effort, prize = ball(costs[label]), ball(efforts[label]), ball(Fraction(market.prize))
            share = scores[label] / (scores[label] + rivals) if efforts[label] else arb(0)
            if isinstance(mechanism, Tullock):
                kept += (prize - cost) * share - effort
            elif isinstance(mechanism, CurvedShare) and mechanism.payment != "tullock":
                kept += (effort - cost) * share
                if mechanism.payment == "myerson":
                    kept += _rent(effort, rivals, -ball(power))
            else:
                kept += prize * share - cost * effort
        return Range(*(_exactly(end) for end in (kept.lower(), kept.upper())))
    finally:
        ctx.prec = precision


def _rent(report: Any, rivals: Any, alpha: Any) -> Any:
    r"""$\int_c^\infty dz/(1+Az^\alpha)$, as at the top of `mechanisms.rules.curved_share`."""
    u, a = 1 / (rivals * report**alpha), 1 - 1 / alpha
    return report * u / (alpha - 1) * (-u).hypgeom_2f1(1, a, 1 + a)


def _exactly(end: Any) -> Fraction:
    mantissa, exponent = end.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
