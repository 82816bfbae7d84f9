r"""Rules of Taiko's designs that are no auction: the lottery of its pool, its bonds, its race multiplier.

In the pool a prover with stake $s_i$ that asks for the reward $r_i$ for a unit of gas is drawn in the ratio of $s_i/\hat r_i^2$,
with $\hat r_i$ the reward clamped to 75 to 125 % of the average fee.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from mechanisms.amounts import exact_amount
from mechanisms.bond import Bond
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.networks.shares import BASIS_POINTS, basis_points

__all__ = [
    "pool_chances",
    "race_multiplier",
    "required_bond",
    "taiko_auction_bond",
    "taiko_market_bond",
    "taiko_pool_bond",
    "taiko_review_bond",
]

Money = Fraction | int | float | str


def race_multiplier(elapsed: Money, grace: Money, longest: Money, highest: Money = 4) -> Fraction:
    r"""The time multiplier of the first race, $1+(m-1)\min(\max(t-g,0),t_{\max})/t_{\max}$.

    Arguments:
        elapsed: time since the last proof.
        grace: time without a premium.
        longest: time after the grace at which the multiplier is highest.
        highest: the multiplier then, at least 1.

    Example:
        >>> [str(race_multiplier(t, 200, 400)) for t in (0, 200, 400, 600, 9000)]
        ['1', '1', '5/2', '4', '4']

    References:
        taikoxyz/taiko-mono b4c31cd856. That nothing is subtracted within the grace is our reading.
    """
    late = max(exact_amount(elapsed, "elapsed") - exact_amount(grace, "grace"), Fraction(0))
    span, most = exact_amount(longest, "longest", positive=True), exact_amount(highest, "highest")
    if most < 1:
        raise InvalidInput(f"highest must be at least 1; got {shown(highest)}. It multiplies the fee.")
    return 1 + (most - 1) * min(late, span) / span


def pool_chances(stakes: Mapping[str, Money], rewards: Mapping[str, Money], average: Money) -> Mapping[str, Fraction]:
    """The chance of each prover of the pool to be drawn.

    Arguments:
        stakes: stake by prover; the 32 largest are in the pool, the first of equals.
        rewards: the reward for a unit of gas that each asks for.
        average: the average fee, to 75 to 125 % of which rewards are clamped.

    Raises:
        InvalidInput: labels differ, or an amount is not positive.

    Example:
        >>> dict(pool_chances({"a": 1, "b": 1}, {"a": 100, "b": 50}, 100))
        {'a': Fraction(9, 25), 'b': Fraction(16, 25)}

    References:
        taikoxyz/taiko-mono 1eeba9d97e, ProverPool.
    """
    if stakes.keys() != rewards.keys() or not stakes:
        staked, asking = (", ".join(map(repr, labels)) or "nobody" for labels in (stakes, rewards))
        raise InvalidInput(f"rewards must be of {staked}, who have stakes; got {asking}.")
    fee = exact_amount(average, "average", positive=True)
    held = {label: exact_amount(stake, f"stakes.{label}", positive=True) for label, stake in stakes.items()}
    pool = sorted(held, key=lambda label: -held[label])[:POOL_SIZE]
    weights = {
        label: held[label] / min(max(exact_amount(rewards[label], f"rewards.{label}"), fee * 3 / 4), fee * 5 / 4) ** 2
        for label in pool
    }
    total = sum(weights.values())
    return MappingProxyType({label: weights.get(label, Fraction(0)) / total for label in held})


POOL_SIZE = 32


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
    kept = Fraction(basis_points(reward_bps, "reward_bps", BASIS_POINTS), BASIS_POINTS)
    return Bond(slash=exact_amount(liveness_bond, "liveness_bond"), burned=1 - kept)


def required_bond(ejection_threshold: Money, liveness_bond: Money) -> Fraction:
    """The bond of a bidder in the prover auction: twice the ejection threshold, which must be above the liveness bond.

    Example:
        >>> required_bond(30, 25)
        Fraction(60, 1)

    References:
        taikoxyz/taiko-mono ee4300e44f: requiredBond = 2 x ejectionThreshold > 2 x livenessBond.
    """
    threshold, lost = exact_amount(ejection_threshold, "ejection_threshold"), exact_amount(liveness_bond, "liveness_bond")
    if threshold <= lost:
        raise InvalidInput(f"ejection_threshold must be above the liveness bond {lost}; got {threshold}. Raise it.")
    return 2 * threshold


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
