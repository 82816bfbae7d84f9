"""What censorship costs in expectation, where costs are private."""

from __future__ import annotations

from fractions import Fraction

from equilibria.equilibrium import Equilibrium
from mechanisms import (
    Bond,
    CommitReveal,
    Discriminatory,
    DutchClock,
    Enclosure,
    FirstPrice,
    InvalidInput,
    KthPrice,
    Optimal,
    PostedPrice,
    Procurement,
    Refused,
    SecretReserve,
    SplitAward,
    UniformPrice,
    Vickrey,
)
from mechanisms.distributions.parameters import shown

__all__ = ["expected_censorship"]

WINNER_ALONE = (
    FirstPrice, Vickrey, UniformPrice, Discriminatory, KthPrice, Optimal, SecretReserve, PostedPrice, CommitReveal, DutchClock,
    SplitAward,
)  # fmt: skip
"""Rules under which only who is awarded is paid."""


def expected_censorship(
    equilibrium: Equilibrium, *, bond: Bond | None = None, open_entry: bool = True
) -> Enclosure:
    """What the attack costs in expectation where costs are private, without a fallback.

    An attacker that may bid poses as a prover, wins, and loses the slash, whatever the costs are. One that may not must leave
    the winner, which alone knows its cost, what it would have kept: knowing costs it promises the surplus and the slash. Of
    those who share a `SplitAward` it chooses the cheapest, to whom it owes between nothing and the mean of their surplus.

    Arguments:
        equilibrium: of a rule that pays nobody but who is awarded, in a `Procurement` of one task.
        bond: what the awarded prover has at stake; None for nothing.
        open_entry: whether the attacker may bid as a prover; never under `Optimal`, which knows no law of its cost.

    Raises:
        Refused: another rule or market.

    Example:
        >>> from equilibria import solve
        >>> from mechanisms import Bond, Procurement, Uniform, Vickrey
        >>> found = solve(Vickrey(), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)}))
        >>> round(expected_censorship(found, bond=Bond(slash=2), open_entry=False).midpoint, 6)  # 1/3 and the slash
        2.333333
    """
    rule, market = equilibrium.mechanism, equilibrium.market
    if not isinstance(rule, WINNER_ALONE) or not isinstance(market, Procurement) or market.tasks != 1:
        names = ", ".join(known.__name__ for known in WINNER_ALONE)
        raise Refused(f"the mean price of censorship is known for {names} in a Procurement of one task.")
    if equilibrium.status not in ("proved", "certified"):
        raise Refused(f"equilibrium must be proved or certified; got one that is {equilibrium.status}. Solve it again.")
    if bond is not None and not isinstance(bond, Bond):
        raise InvalidInput(f"bond must be a Bond or None; got {shown(bond)}. For example Bond(slash=5).")
    slash = Fraction(0) if bond is None else bond.deterring
    if bond is not None and (bond.recipient in ("caller", "rescuer") or bond.payment == "on_assignment"):
        raise Refused("bond must be paid on delivery and go to the requester or the treasury; use censorship on known costs.")
    if open_entry and not isinstance(rule, Optimal):
        return Enclosure.around(slash, slash)
    kept, never = equilibrium.prover_surplus, equilibrium.no_award
    least, most = (Fraction(kept.lower), Fraction(never.upper)), (Fraction(kept.upper), Fraction(never.lower))
    ends = [surplus + slash * (1 - none) for surplus, none in (least, most)]
    if isinstance(rule, SplitAward):
        surely = 1 - least[1] if rule.reserve is None else Fraction(0)  # a reserve may leave a share to nobody
        ends = [slash * surely, most[0] / len(rule.shares) + slash * (1 - most[1])]
    return Enclosure.around(*ends)
