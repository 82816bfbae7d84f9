"""Bonds that proof networks use or propose, as their published rules compute them.

Amounts are in each network's own token. Rules change by commit: each function says which one it follows.
"""

from __future__ import annotations

from fractions import Fraction

from mechanisms.amounts import exact_amount
from mechanisms.bond import Bond
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = [
    "boundless_bond",
    "brevis_bond",
    "kalypso_bond",
    "nil_bond",
    "taiko_auction_bond",
    "taiko_market_bond",
    "taiko_pool_bond",
    "taiko_review_bond",
]

Money = Fraction | int | float | str
BASIS_POINTS = 10_000


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
    return Bond(slash=Fraction(20 if speed < 4000 else 50 if speed < 10_000 else 100), burned=Fraction(1, 2), recipient="rescuer")


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
    bps = _basis_points(slash_bps, "slash_bps", 1000)
    slash = exact_amount(minimum_stake, "minimum_stake") * bps / BASIS_POINTS
    return Bond(slash=slash, recipient="treasury", window=exact_amount(slash_window, "slash_window"))


def kalypso_bond(penalty: Money = 10) -> Bond:
    """A fixed penalty for each task; whoever asks first names the recipient.

    References:
        marlinprotocol/kalypso-contracts, ProofMarketplace.sol 692-697.
    """
    return Bond(slash=exact_amount(penalty, "penalty"), recipient="caller")


def nil_bond(order: Money, factor: Money = 10) -> Bond:
    """Ten times the order is locked, and fined if the proof fails.

    Example:
        >>> nil_bond(7).slash
        Fraction(70, 1)

    References:
        NilFoundation/proof-market-toolchain, docs/market/economics.md (penalty factor 10).
    """
    return Bond(slash=exact_amount(order, "order") * exact_amount(factor, "factor"), recipient="treasury")


def taiko_pool_bond(stake: Money, max_capacity: int, proof_reward: Money) -> Bond:
    r"""$\max(0.25\%\cdot\text{stake}/\text{capacity},\ 4\cdot\text{reward})$.

    Example:
        >>> taiko_pool_bond(320000, 32, 2).slash, taiko_pool_bond(320000, 32, 10).slash
        (Fraction(25, 1), Fraction(40, 1))

    References:
        taikoxyz/taiko-mono 1eeba9d97e, ProverPool.
    """
    if isinstance(max_capacity, bool) or not isinstance(max_capacity, int) or max_capacity < 1:
        raise InvalidInput(f"max_capacity must be a positive whole number; got {shown(max_capacity)}.")
    share = exact_amount(stake, "stake") / 400 / max_capacity
    return Bond(slash=max(share, 4 * exact_amount(proof_reward, "proof_reward")), recipient="treasury")


def taiko_auction_bond(liveness_bond: Money, reward_bps: int = 6000) -> Bond:
    """The liveness bond; a share of it goes to a recipient, the rest is burned.

    References:
        taikoxyz/taiko-mono ee4300e44f, ProverAuction.
    """
    kept = Fraction(_basis_points(reward_bps, "reward_bps", BASIS_POINTS), BASIS_POINTS)
    return Bond(slash=exact_amount(liveness_bond, "liveness_bond"), burned=1 - kept)


def taiko_review_bond(bond: Money) -> Bond:
    """The first design of 2026, which its own review rejects: paid on assignment, one slash for a late event, half of it burned.

    References:
        taikoxyz/taiko-mono ac6e2d4944 and c82ab36cf4, prover_market_review2.md.
    """
    return Bond(slash=exact_amount(bond, "bond"), payment="on_assignment", unit="event", burned=Fraction(1, 2))


def taiko_market_bond(base: Money, fee: Money, multiplier: Money) -> Bond:
    r"""The hardened design: paid on proof; $\max(\text{base}, \text{fee}\cdot\text{multiplier})$ slashed an assignment.

    Example:
        >>> taiko_market_bond(25, 10, 4).total(3)
        Fraction(120, 1)

    References:
        taikoxyz/taiko-mono 5d8f89c603.
    """
    liable = exact_amount(fee, "fee") * exact_amount(multiplier, "multiplier")
    return Bond(slash=max(exact_amount(base, "base"), liable), burned=Fraction(1, 2))


def _basis_points(value: object, name: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidInput(f"{name} must be a whole number from 0 to {most}; got {shown(value)}. It counts basis points.")
    return value
