r"""Brevis: the online double auction of the whitepaper, and a sealed reverse auction at the second price that runs.

In the deployed market a lone revealer is paid its own bid. Against one truthful rival with a cost uniform on $[0,1]$ that is
absent with probability $q$, and a highest fee of 1, the profit of a bid $b$ at cost $c$ is

$$ (1-q)\int_b^1(y-c)\,dy + q\,(b-c) , $$

whose derivative $q-(1-q)(b-c)$ is 0 at $b=c+\frac q{1-q}$, with the gain $\frac{q^2}{2(1-q)}$ over the truth.
"""

from __future__ import annotations

from fractions import Fraction

from mechanisms.amounts import exact_amount
from mechanisms.bond import Bond
from mechanisms.distributions import Uniform
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Procurement
from mechanisms.networks.records import Attack, Case, Design, Network, published
from mechanisms.networks.shares import BASIS_POINTS, basis_points
from mechanisms.rules.commit_reveal import CommitReveal
from mechanisms.rules.toda_style import TodaStyle
from mechanisms.uncertain_presence import UncertainPresence

__all__ = ["BREVIS", "brevis_bond", "lone_bid", "lone_gain", "required_stake"]

Money = Fraction | int | float | str


def brevis_bond(minimum_stake: Money, slash_bps: int = 0, slash_window: Money = 0) -> Bond:
    """A share of the minimum stake; the example configuration slashes nothing, and never.

    Arguments:
        minimum_stake: in tokens.
        slash_bps: basis points of it, at most 1000.
        slash_window: seconds after the deadline in which a slash may be asked for.

    Example:
        >>> brevis_bond(1000).deterring, brevis_bond(1000, 500, 3600).deterring
        (Fraction(0, 1), Fraction(50, 1))

    References:
        brevis-network/prover-network-contracts, docs/staking.md and example_config.json.
    """
    bps = basis_points(slash_bps, "slash_bps", 1000)
    slash = exact_amount(minimum_stake, "minimum_stake") * bps / BASIS_POINTS
    return Bond(slash=slash, recipient="treasury", window=exact_amount(slash_window, "slash_window"))


def required_stake(minimum_stake: Money, assigned: Money, overcommit_bps: int = 500) -> Fraction:
    """The stake that a prover needs to bid, given the minimum stakes of what it is already assigned.

    Example:
        >>> required_stake(100, 1000)
        Fraction(150, 1)
    """
    bps = basis_points(overcommit_bps, "overcommit_bps", BASIS_POINTS)
    return exact_amount(minimum_stake, "minimum_stake") + exact_amount(assigned, "assigned") * bps / BASIS_POINTS


def lone_bid(cost: Money, absent: Money) -> Fraction:
    """The best bid against one truthful rival on [0, 1] that is absent with a probability; the highest fee is 1.

    Example:
        >>> lone_bid(0, "1/10"), lone_bid(0, "1/5"), lone_bid(0, "1/2")
        (Fraction(1, 9), Fraction(1, 4), Fraction(1, 1))
    """
    c, q = _unit(cost, "cost"), _unit(absent, "absent")
    return Fraction(1) if q == 1 else min(Fraction(1), c + q / (1 - q))


def lone_gain(cost: Money, absent: Money) -> Fraction:
    """What the best bid gains over the cost, in expectation: q^2 / (2 (1 - q)) while it is below the highest fee.

    Example:
        >>> lone_gain(0, "1/10"), lone_gain(0, "1/5")
        (Fraction(1, 180), Fraction(1, 40))
    """
    c, q = _unit(cost, "cost"), _unit(absent, "absent")
    shade = lone_bid(c, q) - c
    return q * shade - (1 - q) * shade**2 / 2


def _unit(value: Money, name: str) -> Fraction:
    amount = exact_amount(value, name)
    if amount > 1:
        raise InvalidInput(f"{name} must lie in [0, 1]; got {shown(value)}.")
    return amount


_REPO = "brevis-network/prover-network-contracts"
_market = published(f"{_REPO} docs/market.md", "0980a5cb1d")
_config = published(f"{_REPO} example_config.json")
_staking = published(f"{_REPO} docs/staking.md")
_UNIT = Uniform(0, 1)
_TODA = TodaStyle(0.5, {"ann": (0, 1), "ben": (1, 1), "alice": (1, 1)}, patience=1)

BREVIS = Network(
    name="brevis",
    title="Brevis",
    summary="Sealed bids are committed and revealed; the lowest wins at the second-lowest, or at its own where it is alone.",
    designs=(
        Design(
            name="toda",
            title="Brevis: TODA-style online double auction",
            reconstructed=True,
            rule=(
                "A truthful online double auction of workloads that differ and have several stages; winners pay and are paid "
                "critical values. The allocation rule could not be read. Ours sells single proofs to users and provers that "
                "come and go: the price is set by those who have left, and a winner gets the worst price over its patience."
            ),
            mechanism=_TODA,
            parameters=(
                published("https://brevis.network/whitepaper/provernet.pdf (read at second hand)")("payments", "critical values"),
            ),
            claims=("truthful for users and provers", "budget balanced"),
            attacks=(
                Attack("Of ours: a second identity, or a pair with transfers, gains; so may who stays longer than it is there."),
            ),
            levers=("A published allocation rule would let the claims be checked.",),
        ),
        Design(
            name="sealed_bid",
            title="Brevis market",
            rule=(
                "Provers commit to a hash of fee and nonce, then reveal. The lowest revealed fee wins and is paid the "
                "second-lowest, or its own if nobody else revealed; never more than the requester's highest fee. Who does not "
                "reveal loses nothing. A prover that misses the deadline may be slashed within a window, after the refund."
            ),
            mechanism=CommitReveal(1, lone="own_bid"),
            bond=brevis_bond(1000),
            parameters=(
                _config("biddingPhaseDuration", 300, "s"),
                _config("revealPhaseDuration", 600, "s"),
                _config("slashBps", 0, "basis points"),
                _config("slashWindow", 0, "s"),
                _market("overcommitBps", 500, "basis points"),
                _market("MAX_DEADLINE_DURATION", 30, "days"),
                published(f"{_REPO} src/market/BrevisMarket.sol", "lines 382-384")("paid to a lone revealer", "its own bid"),
                _staking("highest slash", 1000, "basis points"),
                _staking("unstakeDelay", 604_800, "s"),
                _staking("floor of the share scale", 20, "%"),
                _staking("deactivation of a vault", 40, "%"),
            ),
            attacks=(
                Attack("Shading: a prover that may be alone bids c + q/(1-q) and gains q^2/(2(1-q))."),
                Attack("A second identity that bids the highest fee makes a lone prover be paid it."),
                Attack("Committing without revealing is free, so a commit is an option on what is learnt in between."),
                Attack("Winner and runner-up together raise the price to the third bid."),
                Attack("With slashBps = 0 winning is an option: walking away costs nothing."),
            ),
            levers=(
                "Pay the highest fee to a lone revealer: the rule is then a second price with reserve, in which the truth is "
                "dominant and a second identity gains nothing.",
                "A penalty for not revealing ends the option.",
                "A positive slash and window end free abandonment.",
            ),
            deviations=Case(
                mechanism=CommitReveal(1, lone="own_bid"),
                market=UncertainPresence(Procurement({"alice": _UNIT, "bob": _UNIT}, value=1), 0.9),
                note="Highest fee 1; costs uniform on [0, 1] and the chance 0.9 that a bid is revealed are assumed.",
            ),
        ),
    ),
    open_points=(
        "Whether TODA's allocation is monotone in the window that an agent reports, without which no online auction is "
        "truthful in arrivals and departures (a result cited from memory and not derived here), could not be read.",
        "Rival bids between the two phases are taken as truthful; who reveals is exogenous in the audit.",
        "No claim of truthfulness was found for the deployed market.",
    ),
)
