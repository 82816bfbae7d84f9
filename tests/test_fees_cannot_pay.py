"""Whether general fee rules pay for proving: what the prover of a block earns under each, against what its proof costs.

Three users with values 0 to 4, each as likely, and a block of two. Proving a block costs 1 here.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from equilibria import MIC, SCP, UIC, honest_revenue, solve, verify
from equilibria.proofs.obligations import Property
from mechanisms import (
    EIP1559,
    BlockSpace,
    BurningSecondPrice,
    Discrete,
    Discriminatory,
    FeeMechanism,
    FirstPriceFee,
    InvalidInput,
    PostedFee,
    Refused,
    Sale,
    SecondPriceFee,
    Uniform,
)

VALUES = Discrete(dict.fromkeys(range(5), "1/5"))
MARKET = BlockSpace(users=dict.fromkeys("abc", VALUES), size=2)
WIDE = BlockSpace(users=dict.fromkeys("abc", Uniform(0, 4)), size=2)
COST = 1
SECOND = Fraction(2)  # of three values from 0 to 4, each as likely, the second highest on average: 2 by symmetry


def fails(rule: FeeMechanism, *properties: Property) -> list[str]:
    return [one.name for one in properties if verify(rule, WIDE, one).status != "proved"]


def test_the_second_price_pays_and_the_miner_sets_it() -> None:
    assert honest_revenue(SecondPriceFee(), MARKET) == SECOND > COST
    assert fails(SecondPriceFee(), MIC()) == ["mic"]
    assert honest_revenue(SecondPriceFee(burned=True), MARKET) == 0 < COST


def test_the_burning_second_price_pays_where_there_are_losers_to_pay_it() -> None:
    rule = BurningSecondPrice(gamma=1, k=1, c=1)
    assert honest_revenue(rule, MARKET) == SECOND > COST
    assert fails(rule, MIC(gamma=0), SCP(users=1, gamma=0, bidding="truthful")) == ["mic", "scp"]
    alone = BlockSpace(users={"a": VALUES}, size=2)
    assert honest_revenue(rule, alone) == 0 < COST  # nobody loses: nobody pays


@pytest.mark.parametrize("base_fee", [0, 1, 2, 4])
def test_eip_1559_without_tips_leaves_the_prover_nothing(base_fee: int) -> None:
    assert honest_revenue(EIP1559(base_fee), MARKET) == 0 < COST


def test_eip_1559_pays_the_tips_and_no_more() -> None:
    def earned(tip: int) -> Fraction:
        return honest_revenue(EIP1559(2, tip), MARKET)

    # at most two of three are included; a tip of 1 is paid by values of 3 and 4, and by none of 2
    chance = Fraction(2, 5)
    included = 3 * chance * (1 - chance) ** 2 + 2 * (3 * chance**2 * (1 - chance) + chance**3)
    assert earned(1) == included
    assert earned(1) > 0 and earned(1) / included == 1  # a tip that is the cost of one inclusion repays it, and nothing else


def test_the_posted_fee_pays_only_if_it_is_not_burned() -> None:
    assert honest_revenue(PostedFee(2), MARKET) == 0 < COST
    taking = Fraction(3, 5)
    included = 3 * taking * (1 - taking) ** 2 + 2 * (3 * taking**2 * (1 - taking) + taking**3)
    assert honest_revenue(PostedFee(2, burned=False), MARKET) == 2 * included > COST
    assert fails(PostedFee(2, burned=False), UIC(bidding="truthful"), SCP(users=1, bidding="truthful")) == ["uic", "scp"]


def test_the_first_price_pays_at_its_equilibrium_where_nobody_bids_its_value() -> None:
    found = solve(Discriminatory(), Sale(dict.fromkeys("abc", Uniform(0, 4)), tasks=2))
    assert found.expected_payment.midpoint == pytest.approx(2, abs=1e-9)  # revenue equivalence: twice the third-highest, 1
    assert honest_revenue(FirstPriceFee(), MARKET) > 2  # what suggested bids would bring, which are no equilibrium
    assert fails(FirstPriceFee(), UIC(bidding="truthful"), MIC()) == ["uic"]


def test_no_rule_without_a_flaw_pays() -> None:
    """Chung and Shi: truthful for users and safe from the miner with one user means that the miner earns nothing."""
    rules: tuple[FeeMechanism, ...] = (
        FirstPriceFee(), SecondPriceFee(), SecondPriceFee(burned=True), BurningSecondPrice(), PostedFee(2),
        PostedFee(2, burned=False),
    )  # fmt: skip
    for rule in rules:
        good = not fails(rule, UIC(bidding="truthful"), SCP(users=1, bidding="truthful"))
        assert not (good and honest_revenue(rule, MARKET) > 0), rule


def test_refusals() -> None:
    with pytest.raises(Refused, match="needs Discrete values; that of 'a' is Uniform"):
        honest_revenue(EIP1559(2), WIDE)
    with pytest.raises(Refused, match="more than 100000"):
        honest_revenue(EIP1559(2), BlockSpace(users=dict.fromkeys("abcdefgh", VALUES), size=2))
    with pytest.raises(InvalidInput, match="BlockSpace"):
        honest_revenue(EIP1559(2), "block")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="fee rule"):
        honest_revenue(Discriminatory(), MARKET)  # type: ignore[arg-type]
