"""Fee rules: numbers by hand, exact against batch, strict scalars, budgets, and the deviations that give each of them away."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from mechanisms import (
    EIP1559,
    BlockSpace,
    BurningSecondPrice,
    FeeMechanism,
    FirstPriceFee,
    InvalidInput,
    Mechanism,
    PostedFee,
    Refused,
    Sale,
    SecondPriceFee,
    Uniform,
    market_from_spec,
    mechanism_from_spec,
)
from tests.strict_scalars import Strict, columns

F = Fraction
LAW = Uniform(0, 8)
RULES: tuple[FeeMechanism, ...] = (
    FirstPriceFee(),
    SecondPriceFee(),
    SecondPriceFee(2, burned=True),
    BurningSecondPrice(),
    BurningSecondPrice(0.5, 4, 2),
    BurningSecondPrice(F(1, 2), 2),
    EIP1559(2, 0.5),
    PostedFee(3),
    PostedFee(2, burned=False),
)
LISTS = [[5, 3, 7, 3, 1], [2, 2, 2], [4], [], [0, 0], [1, 6, 6, 2, 8, 3, 3]]
every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)


def space(users: int, size: int) -> BlockSpace:
    return BlockSpace({f"u{i}": LAW for i in range(users)}, size)


@pytest.mark.parametrize(
    ("rule", "size", "block", "confirmed", "payments", "revenue", "burned"),
    [
        (FirstPriceFee(), 3, (2, 0, 1), (1, 1, 1), (7, 5, 3), 15, 0),
        (SecondPriceFee(), 3, (2, 0), (1, 0), (5, 0), 5, 0),
        (SecondPriceFee(2, burned=True), 3, (2, 0, 1), (1, 1, 0), (3, 3, 0), 0, 6),
        (SecondPriceFee(2), 2, (2, 0), (1, 1), (0, 0), 0, 0),
        (BurningSecondPrice(), 5, (2, 0), (1, 0), (5, 0), 5, 0),
        (BurningSecondPrice(1, 2), 3, (2, 0, 1), (1, 1, 0), (3, 3, 0), 3, 3),
        (BurningSecondPrice(1, 2, 2), 3, (2, 0, 1), (F(1, 2), F(1, 2), 0), (F(3, 2), F(3, 2), 0), 3, 0),
        (BurningSecondPrice(F(1, 2), 2), 5, (2, 0, 1, 3), (F(1, 2),) * 2 + (0, 0), (F(3, 2),) * 2 + (0, 0), 3, 0),
        (EIP1559(2), 3, (2, 0, 1), (1, 1, 1), (7, 5, 3), 9, 6),
        (EIP1559(5), 3, (2, 0), (1, 1), (7, 5), 2, 10),
        (PostedFee(3), 3, (2, 0, 1), (1, 1, 1), (3, 3, 3), 0, 9),
        (PostedFee(4, burned=False), 3, (2, 0), (1, 1), (4, 4), 8, 0),
    ],
)
def test_the_honest_block(
    rule: FeeMechanism,
    size: int,
    block: tuple[int, ...],
    confirmed: tuple[Fraction, ...],
    payments: tuple[Fraction, ...],
    revenue: Fraction,
    burned: Fraction,
) -> None:
    bids = [5, 3, 7, 3, 1]
    assert rule.include(bids, size) == block
    made = rule.confirm([bids[i] for i in block])
    assert (made.confirmed, made.payments, made.revenue, made.burned) == (confirmed, payments, revenue, burned)
    assert all(type(x) is Fraction for x in (*made.confirmed, *made.payments, made.revenue, made.burned))


@every_rule
def test_evaluations_agree(rule: FeeMechanism) -> None:
    rng = np.random.default_rng(4)
    for users, size in ((1, 1), (3, 2), (5, 3), (4, 9), (6, 5), (2, 1)):
        market, profiles = space(users, size), rng.integers(0, 9, (40, users))
        many = rule.batch(market, profiles)
        for k, row in enumerate(profiles.tolist()):
            outcome = rule.outcome(market, dict(zip(market.labels, row, strict=True)))
            shares, amounts = list(outcome.allocation.values()), list(outcome.payments.values())
            assert columns(rule, market, row) == [shares, amounts, shares]
            assert np.allclose(many.allocation()[k], [float(x) for x in shares], rtol=0, atol=1e-12)
            assert np.allclose(many.payments()[k], [float(x) for x in amounts], rtol=0, atol=1e-12)
            made = rule.confirm([row[i] for i in rule.include(row, size)])
            assert many.revenue[k] == pytest.approx(float(made.revenue), abs=1e-12)
            assert many.burned[k] == pytest.approx(float(made.burned), abs=1e-12)
            assert many.award[k] == any(x > 0 for x in shares)
        assert rule.batch(market, np.zeros((2, 3, users))).paid.shape == (2, 3, users)


@every_rule
@pytest.mark.parametrize("bids", LISTS, ids=repr)
def test_any_block_is_paid_for(rule: FeeMechanism, bids: list[int]) -> None:
    """Whatever block a miner makes: bids bound payments, payments bound revenue, and the order of the block decides ties."""
    for size in range(len(bids) + 1):
        assert len(rule.include(bids, size)) <= size
        for chosen in combinations(bids, size):
            made = rule.confirm(list(chosen))
            assert all(0 <= x <= 1 for x in made.confirmed)
            assert all(0 <= p <= b * x for p, b, x in zip(made.payments, chosen, made.confirmed, strict=True))
            assert made.revenue >= 0 and made.burned >= 0 and made.revenue + made.burned == sum(made.payments)
            back = rule.confirm(list(chosen[::-1]))
            assert sorted(back.payments) == sorted(made.payments) and back.revenue == made.revenue
            strict = rule.confirm([Strict(bid) for bid in chosen])
            assert [Strict.of(x) for x in strict.payments] == list(made.payments)
            assert Strict.of(strict.revenue) == made.revenue and Strict.of(strict.burned) == made.burned
            floats = rule.confirm([float(bid) for bid in chosen])
            assert np.allclose(floats.payments, [float(x) for x in made.payments])
            assert isinstance(floats.revenue, float) or not chosen


def gain(rule: FeeMechanism, size: int, values: list[Fraction], user: int, bid: Fraction) -> Fraction:
    """What a user gains on truth by another bid, when all others are truthful."""

    def utility(bids: list[Fraction]) -> Fraction:
        block = rule.include(bids, size)
        made = rule.confirm([bids[i] for i in block])
        own = [(x, p) for x, p, i in zip(made.confirmed, made.payments, block, strict=True) if i == user]
        return sum((x * values[user] - p for x, p in own), F(0))

    return utility([*values[:user], bid, *values[user + 1 :]]) - utility(values)


def test_known_deviations() -> None:
    assert gain(FirstPriceFee(), 2, [F(8), F(4)], 0, F(0)) == 8  # a free block for whoever bids nothing
    assert gain(SecondPriceFee(), 2, [F(8), F(4), F(2)], 0, F(3)) < 0
    assert gain(EIP1559(2), 2, [F(8), F(4)], 0, F(2)) == 6
    assert gain(PostedFee(2), 1, [F(3), F(4)], 0, F(5)) == 1  # more want it than fit: the bid decides
    assert SecondPriceFee().confirm([8, 8]).revenue > SecondPriceFee().confirm([8, 4]).revenue  # a fake bid of the miner
    best = FirstPriceFee().include([3, 1, 2], 2)
    assert FirstPriceFee().confirm([[3, 1, 2][i] for i in best]).revenue == 5


@pytest.mark.parametrize("rule", [SecondPriceFee(), SecondPriceFee(2), *(BurningSecondPrice(1, 2, c) for c in (1, 2))], ids=repr)
def test_a_user_does_not_gain_where_the_price_is_not_its_own(rule: FeeMechanism) -> None:
    rng = np.random.default_rng(7)
    for row in rng.integers(0, 8, (15, 4)).tolist():
        values = [F(x) for x in row]
        assert all(gain(rule, 3, values, user, F(bid, 2)) <= 0 for user in range(4) for bid in range(17))


def test_the_suggested_bid() -> None:
    rule = EIP1559(F(2), F(1, 2))
    assert [rule.bid(F(v)) for v in (1, 2, 4)] == [1, 2, F(5, 2)]
    assert rule.bid(4.0) == 2.5 and Strict.of(rule.bid(Strict(9))) == F(5, 2)
    assert FirstPriceFee().bid(F(3)) == 3


def test_specs() -> None:
    market = space(3, 2)
    assert market_from_spec(json.loads(json.dumps(market.spec()))) == market and market.users == market.labels
    for rule in RULES:
        assert mechanism_from_spec(json.loads(json.dumps(rule.spec()))) == rule
    thirds = BurningSecondPrice(F(1, 3), 3)
    assert mechanism_from_spec(thirds.spec()) == thirds and thirds.drawn == 1 and thirds.behind == 3
    assert BurningSecondPrice(0.3, 10).drawn == 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BlockSpace({"a": LAW}, 0), "^size must be a positive whole number"),
        (lambda: BlockSpace({"a": LAW}, True), r"^size must be a positive whole number; got True"),
        (lambda: BlockSpace({}, 1), "^users must be a mapping"),
        (lambda: market_from_spec({"kind": "block_space", "users": {"a": LAW.spec()}}), r"^market\.size must be a positive"),
        (lambda: market_from_spec({**space(1, 1).spec(), "fee": 1}), r"^market\.fee must be one of kind, users, size"),
        (lambda: SecondPriceFee(0), "^k must be a positive whole number"),
        (lambda: SecondPriceFee(burned=1), "^burned must be True or False"),  # type: ignore[arg-type]
        (lambda: PostedFee(-1), "^price must be at least 0"),
        (lambda: PostedFee(1, burned="no"), "^burned must be True or False"),  # type: ignore[arg-type]
        (lambda: EIP1559(float("nan")), "^base_fee must be a finite number"),
        (lambda: EIP1559(1, -1), "^tip must be at least 0"),
        (lambda: BurningSecondPrice(0), "^gamma must be above 0"),
        (lambda: BurningSecondPrice(1.5), "^gamma must be above 0"),
        (lambda: BurningSecondPrice(1, 1, 2), "^gamma k must be at least c"),
        (lambda: BurningSecondPrice(1, 2.0), "^k must be a positive whole number"),  # type: ignore[arg-type]
    ],
)
def test_malformed_parameters(make: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()  # type: ignore[operator]


@every_rule
def test_refusals(rule: FeeMechanism) -> None:
    sale = Sale({"a": LAW})
    with pytest.raises(Refused, match=rf"{type(rule).__name__} needs a BlockSpace, with users and a size; got Sale"):
        rule.outcome(sale, {"a": 1})
    with pytest.raises(Refused, match="needs a BlockSpace"):
        rule.batch(sale, np.zeros(1))
    with pytest.raises(Refused, match="no mirror image"):
        rule.mirrored()
    with pytest.raises(Refused, match="mirrors no procurement"):
        space(1, 1).as_procurement()
    assert isinstance(rule, Mechanism)
