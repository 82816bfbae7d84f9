r"""A perpetual undercut auction: a new bid must be a step below the current fee, and replaces the incumbent at once.

With the fee $f$ and the step $s$ a bid $f'\le(1-s)f$ is accepted; its maker becomes the incumbent, and the incumbent before it is
displaced: it serves its term to the end. While `slots` provers are displaced, nobody can bid. Provers that undercut while they
can without loss stop at a fee $f$ with $(1-s)f<c_2$, $c_2$ the second-lowest cost: the incumbent can hold any fee below
$c_2/(1-s)$.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.mechanism import Mechanism

__all__ = ["UndercutAuction", "UndercutState"]


@final
@dataclass(frozen=True, slots=True)
class UndercutState:
    """Where the auction stands.

    Arguments:
        fee: what the incumbent is paid, or the first cap where there is none.
        incumbent: its name, or None.
        displaced: who was replaced and still serves a term, in order.
        last: when each name bid last.
    """

    fee: Fraction
    incumbent: str | None = None
    displaced: tuple[str, ...] = ()
    last: tuple[tuple[str, Fraction], ...] = ()


@final
@dataclass(frozen=True, slots=True)
class UndercutAuction(Mechanism):
    """The fee goes down by at least a step with each new incumbent.

    Arguments:
        first_fee: the highest first bid, in money; positive.
        step: by which share a bid must undercut the fee, above 0 and below 1.
        slots: how many displaced provers there can be at once; at least 1.
        self_outbids: whether the incumbent may undercut itself.
        cooldown: seconds for which a name that has bid cannot bid again; 0 for none.

    Raises:
        InvalidInput: a parameter is out of range.

    Notes:
        A state machine, exact on rationals; there is no outcome of sealed reports. Terms do not end while bids are made.

    Example:
        >>> auction = UndercutAuction(100)
        >>> state = auction.start()
        >>> for prover in ("alice", "bob", "alice"):
        ...     state = auction.bid(state, prover, auction.highest_bid(state))
        >>> state.incumbent, str(state.fee), state.displaced
        ('alice', '361/4', ('alice', 'bob'))

    References:
        Taiko, taiko-mono, its prover market and the review of it.
    """

    kind = "undercut_auction"

    first_fee: float | Fraction
    step: float | Fraction = Fraction(1, 20)
    slots: int = 8
    self_outbids: bool = True
    cooldown: float | Fraction = 0

    def __post_init__(self) -> None:
        for name in ("first_fee", "step", "cooldown"):
            amount = exact_amount(getattr(self, name), name, positive=name != "cooldown")
            # A decimal in a file, such as 0.05, means that decimal.
            given = getattr(self, name)
            object.__setattr__(self, name, Fraction(str(given)) if isinstance(given, float) else amount)
        if not self.step < 1:
            raise InvalidInput(f"step must be below 1; got {shown(self.step)}. It is a share of the fee.")
        if isinstance(self.slots, bool) or not isinstance(self.slots, int) or not 1 <= self.slots <= 1000:
            raise InvalidInput(f"slots must be a whole number from 1 to 1000; got {shown(self.slots)}.")
        if not isinstance(self.self_outbids, bool):
            raise InvalidInput(f"self_outbids must be True or False; got {shown(self.self_outbids)}.")

    def start(self) -> UndercutState:
        """Nobody has bid."""
        return UndercutState(Fraction(self.first_fee))

    def highest_bid(self, state: UndercutState) -> Fraction:
        """The highest fee that a bid can ask for now."""
        return state.fee if state.incumbent is None else state.fee * (1 - Fraction(self.step))

    def accepts(self, state: UndercutState, bidder: str, fee: Fraction, time: Fraction = Fraction(0)) -> bool:
        """Whether a bid would be accepted."""
        if fee > self.highest_bid(state) or fee < 0:
            return False
        if bidder == state.incumbent and not self.self_outbids:
            return False
        if state.incumbent is not None and len(state.displaced) >= self.slots:
            return False
        before = dict(state.last).get(bidder)
        return before is None or time - before >= self.cooldown

    def bid(self, state: UndercutState, bidder: str, fee: Fraction, time: Fraction = Fraction(0)) -> UndercutState:
        """The state after a bid.

        Raises:
            InvalidInput: it is not accepted.
        """
        if not self.accepts(state, bidder, fee, time):
            raise InvalidInput(f"fee must be one that the auction accepts from {bidder!r} now; got {fee}. See `accepts`.")
        displaced = state.displaced if state.incumbent is None else (*state.displaced, state.incumbent)
        last = tuple(entry for entry in state.last if entry[0] != bidder)
        return UndercutState(Fraction(fee), bidder, displaced, (*last, (bidder, Fraction(time))))
