r"""Who pays whom when an assigned proof is delivered, rescued, late, or never made.

`settle` is the whole matrix. With price $P$, slash $K$ and burned share $\beta$, payment on delivery and the rescuer as
recipient it is the matrix of Boundless:

| outcome | client | locker | rescuer | burned | treasury |
|---|---|---|---|---|---|
| on time | $-P$ | $+P$ | 0 | 0 | 0 |
| rescued after the deadline | 0 | $-K$ | $(1-\beta)K$ | $\beta K$ | 0 |
| the locker itself, late | 0 | $-\beta K$ | – | $\beta K$ | 0 |
| nobody | 0 | $-K$ | 0 | $\beta K$ | $(1-\beta)K$ |
| never locked, delivered | $-P$ | – | $+P$ | 0 | 0 |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, final, get_args

from mechanisms.amounts import exact_amount
from mechanisms.bond import Bond
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused

__all__ = ["Happened", "Settlement", "settle"]

Happened = Literal["on_time", "rescued", "late", "abandoned", "self_slashed", "unlocked"]
"""What became of the request: `late` is the defaulter's own late proof, `unlocked` a proof that nobody was assigned to."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What everybody ends up with, in money; proofs and costs of making them are not in it. The sum is 0.

    Arguments:
        client: the requester's balance.
        locker: the balance of the prover that took the request and posted the bond.
        rescuer: the balance of another prover that delivered.
        caller: what another one got who asked for the slash.
        burned: what nobody gets any more.
        treasury: what the market keeps.
    """

    client: Fraction = Fraction(0)
    locker: Fraction = Fraction(0)
    rescuer: Fraction = Fraction(0)
    caller: Fraction = Fraction(0)
    burned: Fraction = Fraction(0)
    treasury: Fraction = Fraction(0)


def settle(bond: Bond, happened: Happened, price: Fraction | int | float | str, *, slashed: bool = True) -> Settlement:
    """The balances after one assignment.

    Arguments:
        bond: its terms.
        happened: what became of the request.
        price: the fee of the assignment (of the proof, where nothing was locked), in money; at least 0.
        slashed: whether a default that nobody made good was slashed; False where it was not noticed or nobody asked.

    Raises:
        InvalidInput: an outcome that there is not, or a negative price.
        Refused: the defaulter asks for its own slash and the rule has no free recipient.

    Notes:
        A late proof earns no fee of its own: after the deadline the price is refunded, unless it was paid on assignment.

    Example:
        >>> bond = Bond(slash=50, burned="1/2", recipient="rescuer")
        >>> late = settle(bond, "late", 8)
        >>> late.client, late.locker, late.burned
        (Fraction(0, 1), Fraction(-25, 1), Fraction(25, 1))

    References:
        Boundless, BoundlessMarket.sol (SLASHING_BURN_BPS = 5000); Kalypso, ProofMarketplace.sol 692-697 for `self_slashed`.
    """
    if happened not in get_args(Happened):
        raise InvalidInput(f"happened must be one of {', '.join(map(repr, get_args(Happened)))}; got {shown(happened)}.")
    fee = exact_amount(price, "price")
    if happened == "unlocked":
        return Settlement(client=-fee, rescuer=fee)
    if happened == "self_slashed" and bond.recipient != "caller":
        raise Refused(
            f"a defaulter that asks for its own slash gets nothing of it where the recipient is the {bond.recipient}. "
            "Use recipient='caller' for a rule in which anybody may name the recipient."
        )
    paid = fee if happened == "on_time" or bond.payment == "on_assignment" else Fraction(0)
    start = Settlement(client=-paid, locker=paid)
    if happened == "on_time" or not slashed:
        return start
    lost = bond.deterring
    after = replace(start, locker=start.locker - lost, burned=lost - bond.kept)
    if bond.recipient == "requester":
        return replace(after, client=after.client + bond.kept)
    if bond.recipient == "treasury":
        return replace(after, treasury=bond.kept)
    if bond.recipient == "caller":
        if happened == "self_slashed":
            return replace(after, locker=after.locker + bond.kept)
        return replace(after, caller=bond.kept)
    if happened == "late":
        return replace(after, locker=after.locker + bond.kept)
    return replace(after, **{"rescuer" if happened == "rescued" else "treasury": bond.kept})
