r"""What the prover of a block earns under a fee rule when everybody is honest, exactly.

$$ E[\mu] = \sum_v \Pr(v)\,\mu\bigl(I(\sigma(v))\bigr) $$

over all values $v$ of the users, each with finitely many. Chung and Shi (2023) prove that a rule which is truthful for
users, and in which the miner and one user gain nothing together, leaves the miner nothing at all: whoever is to be paid for
proving by such fees is paid 0.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

from mechanisms import BlockSpace, Discrete, FeeMechanism, InvalidInput, Refused
from mechanisms.distributions.parameters import shown

__all__ = ["honest_revenue"]

MOST_PROFILES = 100_000
"""Profiles of values that are enumerated."""


def honest_revenue(rule: FeeMechanism, market: BlockSpace) -> Fraction:
    """The expected revenue of an honest miner whose users bid what the rule suggests.

    Arguments:
        rule: a fee rule.
        market: a `BlockSpace` whose users have `Discrete` values.

    Raises:
        InvalidInput: no fee rule, or no `BlockSpace`.
        Refused: a law with a density, or more than 100000 profiles.

    Notes:
        What the rule suggests need not be an equilibrium: under a first price it is the value, which nobody should bid.

    Example:
        >>> from mechanisms import EIP1559, BlockSpace, Discrete, SecondPriceFee
        >>> values = Discrete({0: "1/2", 4: "1/2"})
        >>> market = BlockSpace(users={"a": values, "b": values}, size=2)
        >>> honest_revenue(EIP1559(base_fee=2), market), honest_revenue(SecondPriceFee(), market)
        (Fraction(0, 1), Fraction(1, 1))

    References:
        Chung and Shi, Foundations of transaction fee mechanism design, SODA 2023, arXiv 2111.03151.
    """
    if not isinstance(rule, FeeMechanism):
        raise InvalidInput(f"rule must be a fee rule such as EIP1559(2); got {shown(rule)}.")
    if not isinstance(market, BlockSpace):
        raise InvalidInput(f"market must be a BlockSpace; got {shown(market)}.")
    laws = []
    for label, law in zip(market.labels, market.priors, strict=True):
        if not isinstance(law, Discrete):
            raise Refused(f"honest_revenue needs Discrete values; that of {label!r} is {type(law).__name__}. Use Discrete.")
        laws.append(list(zip(law.values, law.probabilities, strict=True)))
    if prod(map(len, laws)) > MOST_PROFILES:
        raise Refused(f"{prod(map(len, laws))} profiles of values are more than {MOST_PROFILES}. Use fewer users or values.")
    total = Fraction(0)
    for profile in product(*laws):
        bids = [rule.bid(Fraction(value)) for value, _ in profile]
        made = rule.confirm([bids[i] for i in rule.include(bids, market.size)])
        total += prod((Fraction(chance) for _, chance in profile), start=Fraction(1)) * Fraction(made.revenue)
    return total
