r"""The offer of a Boundless request, rounded as the contract rounds, and what its request builder offers by default.

The price is $\underline p$ until the start, $\underline p+\lfloor(t-t_0)(\bar p-\underline p)/r\rfloor$ on the ramp, $\bar p$
until the lock ends and 0 after, in whole units of money.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.bond import Bond
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["Offer", "boundless_bond", "default_offer"]

Money = Fraction | int | float | str
BURNED = Fraction(1, 2)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The offer of a request, in whole units of money and whole seconds, rounded as the contract rounds.

    Arguments:
        min_price: price until the ramp starts.
        max_price: price at its end, at least `min_price`.
        start: when the price begins to climb.
        ramp: how long it climbs; 0 for at once.
        lock: until when after the start the locker is paid, at least `ramp`.
        timeout: until when after the start anybody may deliver, at least `lock`.
        collateral: what the locker puts at stake.

    Raises:
        InvalidInput: a field is no whole number of at least 0, or they are out of order.

    Example:
        >>> offer = Offer(min_price=100, max_price=1000, ramp=600, lock=2500, timeout=5000)
        >>> [offer.price_at(t) for t in (0, 1, 300, 600, 601, 2500, 2501)]
        [100, 101, 550, 1000, 1000, 1000, 0]
        >>> [offer.time_at_price(p) for p in (100, 101, 102, 1000)]
        [0, 1, 2, 600]

    References:
        boundless-xyz/boundless, contracts/src/types/Offer.sol at 327c78c417 (validate, priceAt, timeAtPrice).
    """

    min_price: int
    max_price: int
    ramp: int
    lock: int
    timeout: int
    start: int = 0
    collateral: int = 0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise InvalidInput(f"{name} must be a whole number of at least 0; got {shown(value)}.")
        for low, high in (("min_price", "max_price"), ("ramp", "lock"), ("lock", "timeout")):
            if getattr(self, low) > getattr(self, high):
                raise InvalidInput(
                    f"{low} must be at most {high}; got {getattr(self, low)} and {getattr(self, high)}. The contract reverts."
                )

    def price_at(self, time: int) -> int:
        """What whoever locks at a time is paid, rounded down."""
        since = time - self.start
        if since <= 0:
            return self.min_price
        if since > self.lock:
            return 0
        if since > self.ramp:
            return self.max_price
        return self.min_price + since * (self.max_price - self.min_price) // self.ramp

    def time_at_price(self, price: int) -> int:
        """When the price is first at least this, rounded up; 0 for the least price.

        Raises:
            InvalidInput: it never is.
        """
        if price > self.max_price:
            raise InvalidInput(f"price must be at most {self.max_price}, the highest of this offer; got {shown(price)}.")
        if price <= self.min_price:
            return 0
        return self.start - (-(price - self.min_price) * self.ramp // (self.max_price - self.min_price))

    @property
    def bond(self) -> Bond:
        """The terms of the collateral."""
        return Bond(slash=Fraction(self.collateral), burned=BURNED, recipient="rescuer")


def boundless_bond(prover_khz: Money) -> Bond:
    """The default collateral of a request on Base: 20, 50 or 100 ZKC by the speed that a rescuer needs; half is burned.

    Arguments:
        prover_khz: speed in kilohertz that proving between the two deadlines needs.

    Example:
        >>> [int(boundless_bond(speed).slash) for speed in (3999, 4000, 10000)]
        [20, 50, 100]

    References:
        boundless-xyz/boundless, request_builder and BoundlessMarket.sol.
    """
    speed = exact_amount(prover_khz, "prover_khz")
    return Bond(slash=Fraction(20 if speed < 4000 else 50 if speed < 10_000 else 100), burned=BURNED, recipient="rescuer")


def default_offer(megacycles: int, max_price: int | None = None) -> Offer:
    """What the request builder offers for a program of so many million cycles: money in Gwei, collateral in ZKC.

    Arguments:
        megacycles: how long the program is, at least 1.
        max_price: in Gwei; None for the default of 100 for a megacycle.

    Raises:
        InvalidInput: an argument is no whole number of at least 1.

    Notes:
        The start is counted from the request: max(30 s, one second a megacycle), at most an hour. The speed that the
        collateral goes by is that of a rescuer that proves all cycles between the lock deadline and the timeout.

    Example:
        >>> small = default_offer(100)
        >>> small.start, small.ramp, small.lock, small.timeout, small.max_price, small.collateral
        (100, 800, 2500, 5000, 10000, 20)

    References:
        boundless-xyz/boundless, request_builder and offer_layer.rs.
    """
    for name, value in (("megacycles", megacycles), ("max_price", 1 if max_price is None else max_price)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InvalidInput(f"{name} must be a whole number of at least 1; got {shown(value)}.")
    lock = min(1800 + 7 * megacycles, 14_400)
    speed = Fraction(megacycles * 1000, lock)  # kHz; the timeout is twice the lock
    return Offer(
        min_price=0,
        max_price=100 * megacycles if max_price is None else max_price,
        start=min(max(30, megacycles), 3600),
        ramp=min(600 + 2 * megacycles, 7200),
        lock=lock,
        timeout=2 * lock,
        collateral=int(boundless_bond(speed).slash),
    )
