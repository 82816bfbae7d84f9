r"""How likely a request is proved by its deadline when provers fail, and how long that takes.

Prover $i$ takes part with probability $p_i$ (1, but where a contest is played in mixed strategies) and then works with
probability $1-f_i$, independently, unless a common shock of probability $s$ stops everybody; a prover that works needs a time
with cdf $F$. If a rule has the set $A$ start at $a$ and the set $B$ at the fallback $b$, then with $q_i=p_i(1-f_i)$ the
chance of no proof by $t$ is

$$ L(t)=s+(1-s)\prod_{i\in A}(1-q_iF(t-a))\prod_{j\in B}(1-q_jF(t-b)). $$

Where the work is shared, prover $i$ doing the part $x_i$ in $x_i$ times the seconds, all of $A$ must prove: the first product
is then $1-\prod_{i\in A}q_iF((t-a)/x_i)$. If nobody was awarded, nobody is in $A$ and, with a fallback, everybody in $B$.
Where the rule draws lots, $L$ is the mean over them; where costs decide who is awarded, the ends are those of the best
and the worst winner, so they hold whatever the bids are, as long as failures are independent of costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from equilibria.equilibrium import Equilibrium
from equilibria.redundancy import LogNormalTimes
from equilibria.resilience.proving_times import Amount, Way
from equilibria.resilience.requests import Requests, stopping, ways_of
from equilibria.resilience.who_proves import NEVER, RACES, Bounds, Plan, plan_of
from mechanisms import (
    DesignatedProver,
    DutchClock,
    Enclosure,
    Exchange,
    InvalidInput,
    Market,
    Mechanism,
    Refused,
)
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["Liveness", "liveness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """How often a proof is late, how long it takes, and whose failure is enough.

    Arguments:
        late: probability of no proof by the deadline.
        wait: mean of the seconds until a proof or the deadline, whichever is first.
        half: seconds by which half of all requests are proved; None if that is never sure.
        nearly_all: seconds by which 99 % are; None if that is never sure.
        fallback_used: probability of no proof when the fallback begins; 0 without one. Times what a fallback pays it is what the
            fallback costs in expectation.
        status: `"proved"` where the ends are exact sums, rounded outward; `"certified"` where proving times, or how often nobody
            is awarded, are enclosed.
        stopping: a smallest set of provers whose failure leaves an awarded request unproved, were the first prover the winner;
            empty if nobody can prove in time.
        surely_by: seconds by which a prover that works has proved, with the fallback; None where proving times are unbounded.
    """

    late: Enclosure
    wait: Enclosure
    half: Enclosure | None
    nearly_all: Enclosure | None
    fallback_used: Enclosure
    status: Literal["proved", "certified"]
    stopping: tuple[str, ...]
    surely_by: Fraction | None

    @property
    def tolerance(self) -> int:
        """How many provers may fail, whoever they are, before an awarded request can stay unproved."""
        return max(len(self.stopping) - 1, 0)

    def __str__(self) -> str:
        def ends(found: Enclosure | None) -> str:
            return "never sure" if found is None else f"[{found.lower:.6g}, {found.upper:.6g}]"

        return (
            f"no proof by the deadline  {ends(self.late)}  {self.status}\n"
            f"seconds, at most those    {ends(self.wait)} on average; "
            f"half by {ends(self.half)}, 99 % by {ends(self.nearly_all)}\n"
            f"failures tolerated        {self.tolerance} ({', '.join(self.stopping) or 'nobody'} must fail to stop it)"
        )


def liveness(
    mechanism: Mechanism, market: Market, *, deadline: Amount, proving_time: LogNormalTimes | Amount,
    failures: Amount | Mapping[str, Amount] = 0, shock: Amount = 0, fallback: Amount | None = None,
    award_at: Amount | None = None, no_award: Enclosure | None = None, equilibrium: Equilibrium | None = None,
    user: str | None = None,
) -> Liveness:
    """Encloses the probability of no proof by the deadline, and the time to a proof.

    Arguments:
        mechanism: a rule that awards one prover (each task to another, if there are several), one that designates a prover and a
            committee, one under which all who take part prove, one that shares the work, or one of an exchange.
        market: who the provers are: a `Procurement`, a `Contest` or an `Exchange`.
        deadline: seconds from the request, $D$, positive.
        proving_time: the law of the seconds of a proof, independent between provers; or a constant.
        failures: probability $f_i$ that a prover does not deliver, for everybody or by label.
        shock: probability $s$ that nobody delivers.
        fallback: seconds $b$ from which all others may prove, or the committee of a `DesignatedProver` does; None for never. A
            race has none.
        award_at: seconds $a$ at which the winner starts, the end of a bidding window for example; None for 0, and for any moment
            of the ramp under a `DutchClock`, whose ends are then those of the earliest and the latest lock.
        no_award: probability that nobody is awarded (a share to nobody, a request not served), independent of failures; None
            for that of the equilibrium, or for 0. A race has none.
        equilibrium: what `solve(mechanism, market)` returned: how often nobody is awarded, and, where all costs are known, who
            takes part and who wins how often; None where that is not known. `CurvedShare` needs it.
        user: whose request it is, in an exchange; None for any.

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: the rule is of another kind.

    Notes:
        The others start at `fallback` whether or not the winner has failed by then. In a race without an equilibrium everybody
        takes part. Shared work is rescued by a proof of all of it. In an exchange with several users
        the equilibrium does not say how often one of them is not served: pass `no_award`, or hear of a request that is.

    Example:
        >>> from mechanisms import Procurement, Uniform, Vickrey
        >>> market = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)})
        >>> print(liveness(Vickrey(), market, deadline=12, proving_time=7, failures="1/4", fallback=5))
        no proof by the deadline  [0.0625, 0.0625]  proved
        seconds, at most those    [8.25, 8.25] on average; half by [7, 7], 99 % by never sure
        failures tolerated        1 (a, b must fail to stop it)
    """
    race = _check(mechanism, market, equilibrium, fallback, no_award)
    limit = exact_amount(deadline, "deadline", positive=True)
    starts = _award_times(mechanism, award_at)
    others = None if fallback is None else exact_amount(fallback, "fallback")
    common = _share(shock, "shock")
    behind = isinstance(mechanism, DesignatedProver) and mechanism.committee > 0  # the committee alone may rescue
    plan = plan_of(mechanism, market, equilibrium, others is not None and not behind, user)
    works = _working(plan.labels, failures)
    told = None if no_award is not None or race else _unawarded(plan, mechanism, market, equilibrium)
    none = told or (NEVER if no_award is None else _probability(no_award))
    if isinstance(mechanism, DesignatedProver) and mechanism.committee and others is None:
        raise InvalidInput("fallback must be given where a committee stands behind; got None. Say when it starts.")
    best, worst = ([p[end] * q for p, q in zip(plan.proving, works, strict=True)] for end in (1, 0))
    known: dict[Way, Way] = {}
    ways = ways_of(plan, starts[0], others, best, 0, known), ways_of(plan, starts[1], others, worst, 1, known)
    requests = Requests(plan, ways, none, common, proving_time)

    late = requests.late(limit)
    parts = [part for draw in plan.draws for part in draw.parts or ()]
    sure = all(low == high for low, high in (*plan.proving, *(plan.chances or ()), *parts))
    exact = not isinstance(proving_time, LogNormalTimes) and none == NEVER and sure
    jumps = requests.jumps()
    seconds = jumps[-1] if jumps else None
    horizon = max(limit, others or starts[1], seconds or starts[1])
    used = (Fraction(0), Fraction(0)) if others is None else requests.late(others)
    return Liveness(
        late=Enclosure.around(*late),
        wait=Enclosure.around(*requests.wait(limit)),
        half=requests.quantile(Fraction(1, 2), horizon),
        nearly_all=requests.quantile(Fraction(99, 100), horizon),
        fallback_used=Enclosure.around(*used),
        status="proved" if exact else "certified",
        stopping=stopping(plan, proving_time, starts[1], others, worst, limit),
        surely_by=seconds,
    )


def _unawarded(plan: Plan, mechanism: Mechanism, market: Market, equilibrium: Equilibrium | None) -> Bounds | None:
    """How often nothing is awarded, if the equilibrium says so."""
    several = isinstance(market, Exchange) and market.buyers > 1
    if equilibrium is None or several or isinstance(mechanism, DesignatedProver):
        return None
    return plan.unawarded or _probability(equilibrium.no_award)


def _check(
    mechanism: Mechanism, market: Market, equilibrium: Equilibrium | None, fallback: object, no_award: object
) -> bool:
    """Whether it is a race.

    Raises:
        InvalidInput, Refused: what is given does not go together.
    """
    if not isinstance(mechanism, Mechanism):
        raise InvalidInput(f"mechanism must be a rule; got {shown(mechanism)}. For example Vickrey().")
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement, a Contest or an Exchange; got {shown(market)}.")
    if market.sign < 0:
        got = type(market).__name__
        raise Refused(f"market must be of provers; got {got}. Who buys makes no proofs: pass a Procurement, Contest or Exchange.")
    if equilibrium is not None:
        if not isinstance(equilibrium, Equilibrium) or (equilibrium.mechanism, equilibrium.market) != (mechanism, market):
            raise InvalidInput(
                f"equilibrium must be of this rule and market; got {shown(equilibrium)}. Pass solve(mechanism, market)."
            )
        if equilibrium.status not in ("proved", "certified"):
            raise InvalidInput(f"equilibrium must be proved or certified; got one that is {equilibrium.status}. Leave it out.")
    race = mechanism.kind in RACES
    if race and (fallback is not None or no_award is not None):
        raise InvalidInput("fallback and no_award must be None in a race. Everybody proves from the start.")
    return race


def _award_times(mechanism: Mechanism, award_at: Amount | None) -> tuple[Fraction, Fraction]:
    """When the winner starts, at the earliest and at the latest."""
    if award_at is not None:
        return (exact_amount(award_at, "award_at"),) * 2
    if isinstance(mechanism, DutchClock):
        return Fraction(mechanism.start), Fraction(mechanism.start) + Fraction(mechanism.ramp)
    return Fraction(0), Fraction(0)


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
