r"""How likely a request is proved by its deadline when provers fail.

Prover $i$ works with probability $q_i=1-f_i$, independently, unless a common shock of probability $s$ stops everybody; a
prover that works needs a time with cdf $F$. If the rule awards prover $w$ at time $a$ and the others may prove from time $b$,

$$ P(\text{late}\mid w)=s+(1-s)\,(1-q_wF(D-a))\prod_{j\ne w}(1-q_jF(D-b)), $$

without the product if there is no fallback, and with $w$ among the others if nobody was awarded. In a race everybody
starts at $a$. Who is awarded at equilibrium is not asked: the ends are the best and the worst winner, so they hold whatever
the bids are, as long as failures are independent of costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Literal

from equilibria.redundancy import LogNormalTimes
from mechanisms import Contest, DutchClock, Enclosure, InvalidInput, Market, Mechanism, Refused, Sale
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["AWARDED_TO_ONE", "RACES", "Liveness", "liveness"]

AWARDED_TO_ONE = ("first_price", "vickrey", "posted_price", "dutch_clock", "undercut_auction")
"""Kinds of rules that give the request to one prover."""

RACES = ("race", "weibull_race")
"""Kinds of rules under which everybody proves."""

Amount = Fraction | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """How often a proof is late, and whose failure is enough.

    Arguments:
        late: probability of no proof by the deadline.
        status: `"proved"` where the ends are exact sums, rounded outward; `"certified"` where proving times are enclosed.
        stopping: a smallest set of provers whose failure leaves an awarded request unproved, were the first prover the winner;
            empty if nobody can prove in time.
        surely_by: seconds by which a prover that works has proved, with the fallback; None where proving times are unbounded.
    """

    late: Enclosure
    status: Literal["proved", "certified"]
    stopping: tuple[str, ...]
    surely_by: Fraction | None

    @property
    def tolerance(self) -> int:
        """How many provers may fail, whoever they are, before an awarded request can stay unproved."""
        return max(len(self.stopping) - 1, 0)

    def __str__(self) -> str:
        return (
            f"no proof by the deadline  [{self.late.lower:.6g}, {self.late.upper:.6g}]  {self.status}\n"
            f"failures tolerated        {self.tolerance} ({', '.join(self.stopping) or 'nobody'} must fail to stop it)"
        )


def liveness(
    mechanism: Mechanism, market: Market | Contest, *, deadline: Amount, proving_time: LogNormalTimes | Amount,
    failures: Amount | Mapping[str, Amount] = 0, shock: Amount = 0, fallback: Amount | None = None,
    award_at: Amount | None = None, no_award: Enclosure | None = None,
) -> Liveness:
    """Encloses the probability of no proof by the deadline.

    Arguments:
        mechanism: a rule that awards one prover, or a race.
        market: who the provers are; one task.
        deadline: seconds from the request, $D$, positive.
        proving_time: the law of the seconds of a proof, independent between provers; or a constant.
        failures: probability $f_i$ that a prover does not deliver, for everybody or by label.
        shock: probability $s$ that nobody delivers.
        fallback: seconds $b$ from which all others may prove; None for never. A race has none.
        award_at: seconds $a$ at which the winner starts; None for 0, and for the end of the ramp under a `DutchClock`.
        no_award: probability that nobody is awarded, for example `solve(mechanism, market).no_award`, independent of
            failures; None for 0. A race has none.

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: the rule is of another kind, or the market buys several proofs.

    Notes:
        The others start at `fallback` whether or not the winner has failed by then. A certified `no_award` makes `late`
        certified.

    Example:
        >>> from mechanisms import Procurement, Uniform, Vickrey
        >>> market = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)})
        >>> print(liveness(Vickrey(), market, deadline=12, proving_time=7, failures="1/4", fallback=5))
        no proof by the deadline  [0.0625, 0.0625]  proved
        failures tolerated        1 (a, b must fail to stop it)
    """
    if not isinstance(mechanism, Mechanism):
        raise InvalidInput(f"mechanism must be a rule; got {shown(mechanism)}. For example Vickrey().")
    if not isinstance(market, Market | Contest):
        raise InvalidInput(f"market must be a Procurement or a Contest; got {shown(market)}.")
    if mechanism.kind not in AWARDED_TO_ONE + RACES:
        raise Refused(f"{type(mechanism).__name__} neither awards one prover nor races. Use {', '.join(AWARDED_TO_ONE + RACES)}.")
    if isinstance(market, Market) and market.tasks > 1:
        raise Refused(f"market must buy one proof; got {market.tasks} tasks. Ask for one request.")
    if isinstance(market, Sale):
        raise Refused("market must be of provers; got a Sale. Buyers make no proofs: pass a Procurement or a Contest.")
    race = mechanism.kind in RACES
    if race and (fallback is not None or no_award is not None):
        raise InvalidInput("fallback and no_award must be None in a race. Everybody proves from the start.")
    limit = exact_amount(deadline, "deadline", positive=True)
    start = _award_time(mechanism, award_at)
    others = None if fallback is None else exact_amount(fallback, "fallback")
    works = _working(market.labels, failures)
    common = _share(shock, "shock")
    none = (Fraction(0), Fraction(0)) if no_award is None else _probability(no_award)

    first = _in_time(proving_time, limit - start)
    later = (Fraction(0), Fraction(0)) if others is None else _in_time(proving_time, limit - others)
    ends = []
    for end, best in ((1, min), (0, max)):  # a lateness is least where proofs in time are likeliest
        together = prod(1 - q * (first if race else later)[end] for q in works)
        lates = [
            (1 - q * first[end]) * prod(1 - p * later[end] for j, p in enumerate(works) if j != w) for w, q in enumerate(works)
        ]
        awarded = together if race else best(lates)
        late = best(awarded + share * (together - awarded) for share in none)
        ends.append(common + (1 - common) * late)
    exact = not isinstance(proving_time, LogNormalTimes) and no_award is None
    rest = first if race else later
    stopping = (market.labels[:1] if first[1] > 0 else ()) + (market.labels[1:] if rest[1] > 0 else ())
    seconds = None
    if not isinstance(proving_time, LogNormalTimes):
        seconds = max(start, others or Fraction(0)) + exact_amount(proving_time, "proving_time", positive=True)
    return Liveness(
        late=Enclosure.around(*ends), status="proved" if exact else "certified",
        stopping=stopping, surely_by=seconds,
    )


def _award_time(mechanism: Mechanism, award_at: Amount | None) -> Fraction:
    if award_at is not None:
        return exact_amount(award_at, "award_at")
    if isinstance(mechanism, DutchClock):
        return Fraction(mechanism.start) + Fraction(mechanism.ramp)
    return Fraction(0)


def _working(labels: tuple[str, ...], failures: Amount | Mapping[str, Amount]) -> list[Fraction]:
    if not isinstance(failures, Mapping):
        return [1 - _share(failures, "failures")] * len(labels)
    if set(failures) != set(labels):
        raise InvalidInput(f"failures must name every prover, {', '.join(map(repr, labels))}; got {shown(list(failures))}.")
    return [1 - _share(failures[label], f"failures.{label}") for label in labels]


def _share(value: Amount, name: str) -> Fraction:
    share = exact_amount(value, name)
    if share > 1:
        raise InvalidInput(f"{name} must lie in [0, 1]; got {shown(value)}. It is a probability.")
    return share


def _probability(no_award: Enclosure) -> tuple[Fraction, Fraction]:
    if not isinstance(no_award, Enclosure):
        raise InvalidInput(f"no_award must be an Enclosure; got {shown(no_award)}. Take it from an equilibrium.")
    if no_award.upper < 0 or no_award.lower > 1:
        raise InvalidInput(f"no_award must meet [0, 1]; got {no_award!r}. It is a probability.")
    return Fraction(max(0.0, no_award.lower)), Fraction(min(1.0, no_award.upper))


def _in_time(law: LogNormalTimes | Amount, left: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of the probability that a proof takes at most the seconds that are left."""
    if not isinstance(law, LogNormalTimes):
        sure = Fraction(exact_amount(law, "proving_time", positive=True) <= left)
        return sure, sure
    if left <= 0:
        return Fraction(0), Fraction(0)
    # Rounding the time either way keeps the bounds, because a cdf increases.
    around = Enclosure.around(left, left)
    lower = law.in_time(around.lower).lower if around.lower > 0 else 0.0
    return Fraction(max(0.0, lower)), Fraction(min(1.0, law.in_time(around.upper).upper))
