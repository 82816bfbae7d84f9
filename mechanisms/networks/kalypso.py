"""Marlin Kalypso: a matching engine assigns requests, provers are paid their posted prices, a fixed penalty is locked."""

from __future__ import annotations

from fractions import Fraction

from mechanisms.amounts import exact_amount
from mechanisms.bond import Bond
from mechanisms.distributions import Uniform
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Procurement
from mechanisms.networks.records import Attack, Case, Design, Network, published
from mechanisms.rules.first_price import FirstPrice

__all__ = ["KALYPSO", "expected_slash", "kalypso_bond"]

Money = Fraction | int | float | str


def kalypso_bond(penalty: Money = 10) -> Bond:
    """A fixed penalty for each task; whoever asks first names the recipient.

    References:
        marlinprotocol/kalypso-contracts, ProofMarketplace.sol 692-697.
    """
    return Bond(slash=exact_amount(penalty, "penalty"), recipient="caller")


def expected_slash(others_first: Money, penalty: Money = 10) -> Fraction:
    """What a default costs a prover that asks for its own slash, if others are first with a probability.

    Example:
        >>> expected_slash("3/10")
        Fraction(3, 1)
    """
    chance = exact_amount(others_first, "others_first")
    if chance > 1:
        raise InvalidInput(f"others_first must lie in [0, 1]; got {shown(others_first)}. It is a probability.")
    return chance * exact_amount(penalty, "penalty")


_contract = published("marlinprotocol/kalypso-contracts contracts/ProofMarketplace.sol")
_config = published("marlinprotocol/kalypso-contracts, configuration")
_COSTS = Uniform(2, 9)
_NOTE = (
    "Rewards up to 10 tokens and costs uniform on [2, 9] are assumed, and that the engine assigns the cheapest feasible "
    "prover: the contracts do not say which one it takes. Times are left out."
)

KALYPSO = Network(
    name="kalypso",
    title="Marlin Kalypso",
    summary="Asks with a reward and a time are matched off chain to provers with posted prices.",
    designs=(
        Design(
            name="matching_engine",
            title="Kalypso matching engine",
            rule=(
                "A matching engine in a trusted environment assigns an ask to a prover whose posted cost is at most the "
                "reward and whose proposed time is at most the time asked for. The prover is paid its own posted price; the "
                "rest goes back. A fixed penalty is locked for each task. After the deadline anybody may have it slashed, to "
                "an address that the caller chooses, and the reward goes back; discarding the request slashes it to the "
                "treasury. For invalid inputs the prover is paid, and the rest goes to the treasury."
            ),
            mechanism=FirstPrice(10),
            bond=kalypso_bond(),
            parameters=(
                _config("slashingPenalty", 10, "tokens a task"),
                _config("cost of creating a market", 100, "tokens"),
                _config("tasks at once", 100, "at most"),
                _config("activation", 100, "blocks"),
                published("marlinprotocol/kalypso-contracts contracts/ProofMarketplace.sol", "lines 692-697")(
                    "recipient of a slash", "chosen by the caller"
                ),
                _contract("paid to a prover", "its own posted price"),
            ),
            attacks=(
                Attack("A defaulter has itself slashed to its own address: it loses the penalty only if somebody else is first."),
                Attack("Discarding, which pays the treasury, is never better than waiting and naming oneself."),
                Attack("Paid their own price, provers post more than their cost."),
            ),
            levers=(
                "A recipient that the caller cannot choose (the requester, or burning) makes the penalty what it says.",
                "A penalty in the ratio of the reward deters where rewards are large.",
                "A stated order of assignment would make prices comparable.",
            ),
            equilibrium=Case(
                mechanism=FirstPrice(10),
                market=Procurement({"alice": _COSTS, "bob": _COSTS, "carol": _COSTS}),
                note=_NOTE,
            ),
            deviations=Case(
                mechanism=FirstPrice(10),
                market=Procurement({"alice": _COSTS, "bob": _COSTS}),
                note=_NOTE,
            ),
        ),
    ),
    open_points=("Which feasible prover the engine takes is not published; no theorem is claimed.",),
)
