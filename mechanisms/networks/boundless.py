"""Boundless: a reverse Dutch clock with a lock and collateral, and mining rewards for verified work."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.distributions import Uniform
from mechanisms.errors import InvalidInput
from mechanisms.markets import Procurement
from mechanisms.networks.boundless_offer import Offer, boundless_bond, default_offer
from mechanisms.networks.records import Attack, Case, Design, Network, published
from mechanisms.rules.dutch_clock import DutchClock
from mechanisms.rules.first_price import FirstPrice
from mechanisms.rules.proportional_mining import ProportionalMining

__all__ = ["BOUNDLESS", "Offer", "boundless_bond", "default_offer", "mining_rewards"]

Money = Fraction | int | float | str


def mining_rewards(pool: Money, work: Mapping[str, Money], stakes: Mapping[str, Money]) -> Mapping[str, Fraction]:
    """The rewards of an epoch: in the ratio of verified work, none above a fifteenth of the stake.

    Arguments:
        pool: emissions to provers.
        work: verified work by prover.
        stakes: stake by prover, of the same names.

    Raises:
        InvalidInput: the names differ, or nobody worked.

    Example:
        >>> dict(mining_rewards(100, {"a": 1, "b": 3}, {"a": 150, "b": 9000}))
        {'a': Fraction(10, 1), 'b': Fraction(75, 1)}
    """
    if work.keys() != stakes.keys():
        raise InvalidInput(f"stakes must be of {', '.join(map(repr, work))}, who work; got {', '.join(map(repr, stakes))}.")
    done = {label: exact_amount(amount, f"work.{label}") for label, amount in work.items()}
    total = sum(done.values())
    if not total:
        raise InvalidInput("work must be positive for somebody; got none. Nothing is paid without work.")
    whole = exact_amount(pool, "pool")
    return MappingProxyType(
        {
            label: min(whole * amount / total, exact_amount(stakes[label], f"stakes.{label}") / STAKE_DIVISOR)
            for label, amount in done.items()
        }
    )


STAKE_DIVISOR = 15

_REPO = "boundless-xyz/boundless"
_market = published(f"{_REPO} contracts/src/BoundlessMarket.sol")
_builder = published(f"{_REPO} request_builder/mod.rs, offer_layer.rs")
_broker = published(f"{_REPO} broker-template.toml")
_docs = published("Boundless documentation")
_mining = published("Boundless documentation, proof of verifiable work")

_COSTS = Uniform(10, 90)
_NOTE = (
    "Prices in Gwei a megacycle, highest price 100 (published default); costs uniform on [10, 90] are assumed. What happens "
    "after the lock is left out."
)

BOUNDLESS = Network(
    name="boundless",
    title="Boundless",
    summary="Requests are sold on a clock whose price climbs; who locks one posts collateral and is paid on delivery.",
    designs=(
        Design(
            name="offer",
            title="Boundless: reverse Dutch clock with lock",
            rule=(
                "The price is the least one until the ramp starts, climbs linearly (rounded down to whole units) to the "
                "highest, and stays there until the lock deadline. The first prover to lock gets the price of that moment if "
                "it delivers before the lock deadline. After it anybody may deliver until the timeout: the client pays "
                "nothing, and who delivers gets the half of the collateral that is not burned. If nobody does, that half goes "
                "to the treasury."
            ),
            mechanism=DutchClock(100, 1000, ramp=600, lock=2500, tick=1),
            bond=boundless_bond(0),
            parameters=(
                published(f"{_REPO} contracts/src/types/Offer.sol", "327c78c417")("rounding of the price", "down", "1 unit"),
                published(f"{_REPO} contracts/src/types/Offer.sol", "327c78c417")("rounding of the time", "up", "1 s"),
                _market("SLASHING_BURN_BPS", 5000, "basis points"),
                _market("MARKET_FEE_BPS", 0, "basis points"),
                _market("COMMIT_REVEAL_MIN_BLOCKS", 1, "block"),
                _builder("start delay", "max(30, cycles / 1 MHz), at most 3600", "s"),
                _builder("ramp", "600 + 2 a megacycle, at most 7200", "s"),
                _builder("lock", "1800 + 7 a megacycle, at most 14400", "s"),
                _builder("timeout", "2 x lock", "s"),
                _builder("least price", 0, "wei"),
                published(f"{_REPO} request_builder", date="2026-02-11")("highest price", 100, "Gwei a megacycle"),
                _builder("highest price, where a market price is known", Fraction(23, 20), "x market price"),
                _builder("collateral on Base", "20 / 50 / 100 below 4000 / below 10000 / from 10000 kHz", "ZKC"),
                _builder("collateral on testnet", "5 / 10 / 20", "ZKC"),
                _broker("min_mcycle_price", "0.00002", "USD"),
                _builder("gas: lock / fulfil / groth16", "200000 / 450000 / 250000", "gas"),
                _broker("max_collateral", 10, "USD"),
                _broker("expected_probability_win_secondary_fulfillment", Fraction(1, 2)),
                _docs("example offer: ramp / lock / timeout", "300 / 2700 / 3600", "s"),
                published("Boundless release notes, v2.0")("locks fulfilled", "about 99.6", "%"),
            ),
            attacks=(
                Attack("A prover that is alone waits for the highest price."),
                Attack("The lock is an option: whoever locks at P with collateral K walks away above the cost P + K."),
                Attack("The defaulter may deliver late itself and collect the unburned half: lateness costs P + K/2 only."),
                Attack("Below K = 4C (2C if sure to be first) nobody rescues: after the deadline the price is 0."),
            ),
            levers=(
                "The highest price is the reserve: for costs uniform on [0, 1] and value v the best is v/2, whatever the number.",
                "A faster ramp saves time and, for a continuous clock, changes no price.",
                "Collateral of at least four times the cost of a proof makes rescues pay; excluding the defaulter from the "
                "rescue would make lateness cost P + K.",
                "A smaller burned share makes rescues pay at less collateral, and defaults with a second identity cheaper.",
            ),
            equilibrium=Case(
                mechanism=FirstPrice(100),
                market=Procurement({"alice": _COSTS, "bob": _COSTS, "carol": _COSTS}),
                note=_NOTE + " The clock is solved in its sealed form, a first price with the highest price as the reserve.",
            ),
            deviations=Case(
                mechanism=DutchClock(0, 100, ramp=800, lock=2500),
                market=Procurement({"alice": _COSTS, "bob": _COSTS}),
                note=_NOTE + " Ramp and lock are the defaults for 100 megacycles.",
            ),
        ),
        Design(
            name="povw",
            title="Boundless: proof of verifiable work",
            rule=(
                "Each epoch provers share the emissions in the ratio of verified work, and nobody gets more than a fifteenth "
                "of its stake."
            ),
            mechanism=ProportionalMining(STAKE_DIVISOR),
            parameters=(
                _mining("epoch", "about 2", "days"),
                _mining("emissions to provers", 75, "%"),
                _mining("emissions to stakers", 25, "%"),
                _mining("cap on a reward", Fraction(1, STAKE_DIVISOR), "of stake"),
                _mining("inflation in year 0", "about 7", "% a year"),
                _mining("inflation by year 8", "about 3", "% a year"),
            ),
            attacks=(
                Attack("Wash proving: proofs that nobody asked for pay while their share of the emissions exceeds their cost."),
            ),
            levers=(
                "The cap makes stake, not hardware, bind for large provers; what it cuts off is not paid to anybody.",
                "With symmetry, balance and no negative reward, shares in the ratio of work are the only ones that neither "
                "splitting nor merging changes (published: arXiv 1909.10645); any other split invites one of them.",
            ),
            equilibrium=Case(
                mechanism=ProportionalMining(STAKE_DIVISOR),
                market=Contest(
                    prize=100,
                    costs={"alice": "1", "bob": "5/4", "carol": "2"},
                    stakes={"alice": 600, "bob": 900, "carol": 900},
                ),
                note="A pool of 100; costs of a unit of work and stakes are assumed.",
            ),
        ),
    ),
    open_points=("Boundless claims nothing formal about incentives.",),
)
