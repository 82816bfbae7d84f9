r"""=nil; Proof Market: requests and proposals with a price and a time, matched by price, then time, then rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount
from mechanisms.bond import Bond
from mechanisms.distributions import Uniform
from mechanisms.errors import InvalidInput
from mechanisms.exchange import Exchange
from mechanisms.networks.records import Attack, Case, Design, Network, published
from mechanisms.rules.order_book import OrderBook

__all__ = ["NIL", "Proposal", "best_proposal", "commission", "nil_bond", "orders_allowed"]

Money = Fraction | int | float | str
PENALTY_FACTOR = 10


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """What a prover proposes.

    Arguments:
        price: in tokens, at least 0.
        time: until the proof, in seconds; at least 0.
        rating: of the prover, the higher the better; at least 0.

    Raises:
        InvalidInput: one of them is negative or no number.
    """

    price: Money
    time: Money
    rating: Money = 0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, exact_amount(getattr(self, name), name))


def best_proposal(price: Money, time: Money, proposals: Mapping[str, Proposal]) -> str | None:
    """Who gets a request: of the proposals that ask for no more money and no more time, the first by (price, time), then rating.

    Arguments:
        price: the most that the request pays.
        time: the longest that it waits.
        proposals: by prover; equal ones go to the first of the mapping.

    Returns:
        None if no proposal is feasible.

    Example:
        >>> book = {"a": Proposal(5, 60), "b": Proposal(4, 90), "c": Proposal(4, 80, rating=1), "d": Proposal(3, 500)}
        >>> best_proposal(6, 100, book), best_proposal(2, 100, book)
        ('c', None)
    """
    most, longest = exact_amount(price, "price"), exact_amount(time, "time")
    keys = {
        label: (Fraction(one.price), Fraction(one.time), -Fraction(one.rating))
        for label, one in proposals.items()
        if one.price <= most and one.time <= longest  # type: ignore[operator]  # they are rationals since construction
    }
    return min(keys, key=keys.__getitem__) if keys else None


def commission(cost: Money) -> Fraction:
    """What the market keeps: half a percent of the cost, at least 1; 7/10 of it for the market, 3/10 for the circuit's developer.

    Example:
        >>> commission(100), commission(1000)
        (Fraction(1, 1), Fraction(5, 1))
    """
    return max(exact_amount(cost, "cost") / 200, Fraction(1))


def nil_bond(order: Money, factor: Money = PENALTY_FACTOR) -> Bond:
    """Ten times the order is locked, and fined if the proof fails.

    Example:
        >>> nil_bond(7).slash
        Fraction(70, 1)

    References:
        NilFoundation/proof-market-toolchain, docs/market/economics.md (penalty factor 10).
    """
    return Bond(slash=exact_amount(order, "order") * exact_amount(factor, "factor"), recipient="treasury")


def orders_allowed(locked: Money, factor: Money = PENALTY_FACTOR) -> Fraction:
    """The total of orders that a locked amount lets a prover hold.

    Example:
        >>> orders_allowed(250)
        Fraction(25, 1)
    """
    divisor = exact_amount(factor, "factor", positive=True)
    if divisor < 1:
        raise InvalidInput(f"factor must be at least 1; got {factor!r}. Less than the order would be at stake.")
    return exact_amount(locked, "locked") / divisor


_text = published("NilFoundation/proof-market-toolchain docs/market/economics.md (history)")
_LAW = Uniform(0, 16)
_BOOK = OrderBook()

NIL = Network(
    name="nil",
    title="=nil; Proof Market",
    summary="An order book for each circuit: requests lock their price, the cheapest feasible proposal gets the order.",
    designs=(
        Design(
            name="order_book",
            title="=nil; order book",
            rule=(
                "A request names a price and a time, a proposal too; it is feasible if it asks for no more of either. "
                "Proposals are sorted by (price, time), then the prover's rating, and the first gets the order. As the text "
                "was read the prover gets the price of the request, less the commission. Ten times the order is locked; a "
                "proof that fails verification is fined by that. Equal requests may be sold the same proof again."
            ),
            mechanism=_BOOK,
            bond=nil_bond(1),
            parameters=(
                _text("commission", Fraction(1, 200), "of the cost, at least 1 token"),
                _text("split of the commission", "7/10 market, 3/10 circuit developer"),
                _text("penalty factor", PENALTY_FACTOR, "x order"),
            ),
            attacks=(
                Attack("Paid the price of the request, a prover proposes as little as it can: proposals say nothing of costs."),
                Attack("Requesters lower their price, and a request that asks for less than a cost is simply not taken."),
                Attack("A proof that is kept can be sold again to an equal request."),
            ),
            levers=(
                "Paying the second proposal would make proposals truthful.",
                "The penalty factor bounds how much a prover can take at once: a large one keeps small provers out.",
                "Clearing orders in batches at one price removes the advantage of who came first.",
            ),
            deviations=Case(
                mechanism=_BOOK,
                market=Exchange({"ann": _LAW}, {"alice": _LAW, "bob": _LAW}),
                note="One request that stands before two proposals come; values and costs uniform on [0, 16] are assumed. "
                "The continuous book trades with who comes first, at the standing price, and knows neither times nor ratings.",
            ),
        ),
    ),
    open_points=("Which of the two prices is paid is as read from an older version of the text; no theorem is claimed.",),
)
