r"""Succinct: the proof contest of the whitepaper, and the reverse auction that runs.

In the contest the chance to win is $b_i^\alpha/\sum_kb_k^\alpha$ and everybody pays its bid; in the auction the lowest price for
a prover gas unit wins and is paid.
"""

from __future__ import annotations

from fractions import Fraction

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.distributions import Uniform
from mechanisms.markets import Procurement
from mechanisms.networks.records import Attack, Case, Design, Network, published
from mechanisms.rules.first_price import FirstPrice
from mechanisms.rules.tullock import Tullock

__all__ = ["SUCCINCT", "request_cost", "slot_profit"]

Money = Fraction | int | float | str


def request_cost(base_fee: Money, price: Money, units: Money) -> Fraction:
    """What a request costs: base fee + price of a prover gas unit times units; with limits in their place, the most it can cost.

    Example:
        >>> request_cost("1/5", 2, 3)
        Fraction(31, 5)

    References:
        succinctlabs/network, PROTOCOL.md.
    """
    return exact_amount(base_fee, "base_fee") + exact_amount(price, "price") * exact_amount(units, "units")


def slot_profit(bid: Money, rivals: Money, fee: Money, cost: Money) -> Fraction:
    r"""The profit of a recurring slot, $\frac{b}{b+B}(f-c)-b$ with the bids $B$ of all others.

    Example:
        >>> slot_profit(1, 1, 10, 4)
        Fraction(2, 1)
    """
    own, others = exact_amount(bid, "bid", positive=True), exact_amount(rivals, "rivals")
    return own / (own + others) * (exact_amount(fee, "fee") - exact_amount(cost, "cost")) - own


_paper = published("https://pdf.succinct.xyz (read at second hand)")
_code = published("succinctlabs/network PROTOCOL.md and crates/network")
_docs = published("docs.succinct.xyz, protocol parameters")
_walk = published("docs.succinct.xyz, auction walkthrough and quickstart")
_COSTS = Uniform(0.125, 0.875)

SUCCINCT = Network(
    name="succinct",
    title="Succinct",
    summary="A whitepaper with an all-pay contest, and a deployed sealed reverse auction that pays the lowest bid.",
    designs=(
        Design(
            name="contest",
            title="Succinct-style proof contest",
            reconstructed=True,
            rule=(
                "Provers bid from their deposits; one is drawn with chances in the ratio of bids to the power alpha, and all "
                "pay their bids. The winner gets the fee if the proof is there before the deadline; otherwise collateral may "
                "be slashed."
            ),
            mechanism=Tullock(alpha=1),
            parameters=(
                _paper("alpha", "a protocol parameter: 0 uniform, 1 proportional, infinite for the highest bid"),
                _paper("rebate of losing bids", "possible, amount not stated"),
            ),
            attacks=(
                Attack("For alpha below 1 splitting a bid pays, above 1 merging does; only alpha = 1 is neutral."),
                Attack("For alpha above n/(n-1) no equilibrium in pure strategies exists among n equal provers."),
            ),
            levers=(
                "alpha trades competition for spread: a share alpha (n-1)/n of the prize is bid away by n equals.",
                "A rebate to losers gives part of it back.",
                "Pools let small provers share one bid.",
            ),
            equilibrium=Case(
                mechanism=Tullock(alpha=1),
                market=Contest(prize=10, costs={"alice": 1, "bob": 2, "carol": 4}),
                note="A fee of 10 and the costs are assumed, and so is alpha = 1.",
            ),
        ),
        Design(
            name="auction",
            title="Succinct reverse auction",
            rule=(
                "A trusted auctioneer off chain takes sealed bids; the lowest price for a prover gas unit wins and is paid: "
                "base fee + price x units, at most base fee + highest price x gas limit."
            ),
            mechanism=FirstPrice(1),
            parameters=(
                _code("PROTOCOL_FEE_BIPS", 0, "basis points"),
                _code("signatures of a clear transaction", 6),
                _code("slashing", "not implemented yet; request, then cancel or finish after 7 days"),
                _code("pricing anchor of the tests", Fraction(1, 5), "USD / BPGU at 0.40 USD / PROVE"),
                _code("bidder loop", 3, "s"),
                _docs("MIN_STAKE_AMOUNT", Fraction(1, 100), "PROVE"),
                _docs("UNSTAKE_PERIOD", 21, "days"),
                published("succinctlabs/network .env.example")("UNSTAKE_PERIOD", 14, "days"),
                _docs("SLASH_CANCELLATION_PERIOD", 7, "days"),
                _docs("MAX_UNSTAKE_REQUESTS", 10),
                _docs("DISPENSE_RATE", Fraction(63, 1000), "PROVE / s"),
                _walk("stake asked for", 50, "PROVE"),
                _walk("highest fee", 100, "PROVE"),
                _walk("deadline", 600, "s"),
                _walk("base fee", Fraction(1, 5), "PROVE"),
                _walk("highest price", 2, "PROVE / BPGU"),
                _walk("timeout", 300, "s"),
            ),
            attacks=(
                Attack("Everybody shades: paid its own bid, no prover bids its cost."),
                Attack("The auctioneer sees the bids before it closes and is trusted with them."),
                Attack("Without slashing a winner whose cost turns out high walks away at no loss."),
            ),
            levers=(
                "A second price with the user's limit as reserve makes the true cost dominant at the same expected price.",
                "Commitments on chain replace the trust in the auctioneer.",
                "A bond, slashed for each request that is not proved, ends free abandonment.",
            ),
            equilibrium=Case(
                mechanism=FirstPrice(1),
                market=Procurement({"alice": _COSTS, "bob": _COSTS, "carol": _COSTS}),
                note="Prices as a share of the user's limit; costs uniform on [1/8, 7/8] are assumed.",
            ),
            deviations=Case(
                mechanism=FirstPrice(1),
                market=Procurement({"alice": _COSTS, "bob": _COSTS}),
                note="Prices as a share of the user's limit; costs uniform on [1/8, 7/8] are assumed.",
            ),
        ),
    ),
    open_points=("No claim of truthfulness is made; the purpose stated for alpha is a trade-off with decentralisation.",),
)
