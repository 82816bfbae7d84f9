r"""Aztec: everybody that proves an epoch shares its pot, by a score of past activity, before and after AZIP-5.

The pot is the checkpoint rewards less the sequencers' share, and of fees the smaller of mana x prover cost and
fee - protocol fee.
"""

from __future__ import annotations

from fractions import Fraction

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.errors import InvalidInput
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter, published
from mechanisms.networks.shares import BASIS_POINTS, basis_points
from mechanisms.rules.equal_share import EqualShare

__all__ = ["AZTEC", "AZTEC_TESTNET", "epoch_pot"]

Money = Fraction | int | float | str

AZTEC_TESTNET = EqualShare(increment=200_000, largest=5_000_000, slope=5_000)
"""The score of the test network."""


def epoch_pot(
    rewards: Money, mana: Money, prover_cost: Money, fee: Money, protocol_fee: Money = 0, *, sequencer_bps: int = 7000
) -> Fraction:
    """What the provers of an epoch share.

    Arguments:
        rewards: checkpoint rewards of the epoch.
        mana: gas used.
        prover_cost: fee for provers of one unit of mana.
        fee: fees paid.
        protocol_fee: of these, what the protocol keeps.
        sequencer_bps: the sequencers' share of the rewards, in basis points.

    Raises:
        InvalidInput: the protocol keeps more than is paid, or the share is out of its range.

    Example:
        >>> epoch_pot(400, mana=100, prover_cost="1/5", fee=30, protocol_fee=5)
        Fraction(140, 1)
    """
    kept = Fraction(basis_points(sequencer_bps, "sequencer_bps", BASIS_POINTS), BASIS_POINTS)
    rest = exact_amount(fee, "fee") - exact_amount(protocol_fee, "protocol_fee")
    if rest < 0:
        raise InvalidInput(f"protocol_fee must be at most the fee; got {protocol_fee!r} of {fee!r}.")
    asked = exact_amount(mana, "mana") * exact_amount(prover_cost, "prover_cost")
    return exact_amount(rewards, "rewards") * (1 - kept) + min(asked, rest)


def _score(rule: EqualShare, source: str, pin: str = "", date: str = "") -> tuple[Parameter, ...]:
    given = published(source, pin, date)
    return (
        given("increment of a full epoch", rule.increment, "points"),
        given("decrement of every epoch", rule.penalty, "points"),
        given("largest score", rule.largest, "points"),
        given("a", rule.slope, "1e-10 shares a squared point"),
        given("k", rule.full, "shares"),
        given("minimum", rule.minimum, "shares"),
        Parameter(
            name="break-even coverage",
            value=f"{float(100 * rule.break_even_coverage):.2f}",
            unit="%",
            source="decrement / increment",
            evidence="derived",
        ),
    )


_RULE = (
    "Anybody may prove an epoch. Only provers of the longest proven length share the pot, in the ratio of shares(score) = "
    "max(k - a (largest - score)^2 / 1e10, minimum). The score falls with every epoch and rises with each epoch proved in "
    "full."
)
_lib = published("AztecProtocol RewardLib and RewardBooster")
_forum = published("forum.aztec.network", "topics 2428, 2439, 2489, 3038, 7938")
_OLD, _NEW = EqualShare.aztec(), EqualShare.aztec_azip5()
_ATTACKS = (
    Attack("Free entry: provers enter until the pot is spent on proofs, all but one of them redundant."),
    Attack("Two identities get two shares; each has to build up a score of its own, and to pay for a proof of its own."),
)
_MARKET = Contest(prize=10, costs={"alice": 3, "bob": 3, "carol": 3, "dave": 3})
_NOTE = "A pot of 10 and costs of 3 are assumed; all scores are equal."

AZTEC = Network(
    name="aztec",
    title="Aztec",
    summary="A pot for each epoch, shared by all who prove it, with more for those who have been there before.",
    designs=(
        Design(
            name="bonded_quotes",
            title="Aztec bonded quotes (dropped)",
            rule=(
                "Provers bond and quote a price for an epoch; its sequencer accepts a quote within a claim window, and the "
                "prover is slashed if it does not prove. Proposed beside it: Sidecar (the sequencer picks a prover, whose "
                "deposit is slashed), a staking network, and races of a verifiable draw with reputation."
            ),
            parameters=(
                _forum("claim window", 13, "slots"),
                published("forum.aztec.network", date="May 2025")("dropped", "collusion for kickbacks; the bond was too large"),
            ),
            attacks=(
                Attack("The sequencers of the next epoch collude with a prover for kickbacks.", "published"),
            ),
            levers=("Taking the choice from the sequencer ends the kickback, and with it the single prover.",),
        ),
        Design(
            name="score",
            title="Aztec equal share with activity score",
            rule=_RULE,
            mechanism=_OLD,
            parameters=(
                *_score(_OLD, "AztecProtocol RewardBooster, main network"),
                _lib("sequencerBps, in one configuration", 7000, "basis points"),
                _lib("reward of a block, in one configuration", 400, "tokens"),
                published("AztecProtocol RewardBooster, test network")(
                    "increment / largest / a on the test network",
                    f"{AZTEC_TESTNET.increment} / {AZTEC_TESTNET.largest} / {AZTEC_TESTNET.slope}",
                ),
                _forum("agents for one transaction a second", "200 of 32 cores and 128 GB"),
            ),
            attacks=_ATTACKS,
            levers=(
                "A steeper score makes intermittent provers earn next to nothing, and entry take longer.",
                "Splitting by work instead of by head removes what splitting gains.",
                "A smaller pot lowers the number of redundant proofs one for one.",
            ),
            equilibrium=Case(mechanism=_OLD, market=_MARKET, note=_NOTE),
        ),
        Design(
            name="azip5",
            title="Aztec after AZIP-5",
            rule=_RULE,
            mechanism=_NEW,
            parameters=_score(_NEW, "AZIP-5", date="May 2026"),
            attacks=_ATTACKS,
            levers=(
                "With a break-even coverage of 98.62 % one missed epoch costs 71.4 proved ones: a wider margin forgives outages.",
                "A higher minimum lets new provers live until their score has risen, 262.5 epochs later.",
            ),
            equilibrium=Case(mechanism=_NEW, market=_MARKET, note=_NOTE),
        ),
    ),
    open_points=(
        "The published claim that a coverage of 78 % earns about 44 % is not reproduced: in the long run it earns less than a "
        "tenth, and the horizon of the claim is not stated.",
        "That a score stops at 0 before the increment is added is our reading.",
    ),
)
