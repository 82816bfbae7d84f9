"""Every deviation on a small grid, for every fee rule: the table of who gains by what, by exhaustion.

Users, miner or both choose bids of a grid, the miner any block, and each coalition up to one fake bid. Coalitions are of the
first users in market order, who win ties. An absence shown here is one on the grid; a deviation found is a deviation. With the
strictness gamma a bid of the coalition that is in the block and not confirmed costs it gamma times what the bid exceeds its value
by.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations, product

import pytest

from mechanisms import EIP1559, BurningSecondPrice, FeeMechanism, FirstPriceFee, PostedFee, SecondPriceFee

GRID = (0.0, 1.0, 2.0, 3.0)  # every amount is a multiple of 1/2: doubles are exact
FAKE = -1
Entries = list[tuple[float, int]]


def blocks(rule: FeeMechanism, entries: Entries, size: int, miner: bool) -> Iterator[Entries]:
    """Blocks that the miner may make; its honest one if it is no part of the coalition."""
    if miner:
        for k in range(size + 1):
            yield from map(list, combinations(entries, k))
    else:
        yield [entries[i] for i in rule.include([bid for bid, _ in entries], size)]


def someone_gains(
    rule: FeeMechanism, size: int, users: int, members: int, *, miner: bool, fakes: int = 1, gamma: int = 0
) -> bool:
    """Whether a coalition of `members` users, and the miner or not, gains on truth at some values of the grid."""

    @cache
    def confirm(block: tuple[float, ...]) -> tuple[float, list[tuple[float, float]]]:
        made = rule.confirm(block)
        return made.revenue, list(zip(made.confirmed, made.payments, strict=True))

    def utility(block: Entries, values: dict[int, float]) -> float:
        revenue, made = confirm(tuple(bid for bid, _ in block))
        total = revenue if miner else 0.0
        for (bid, who), (share, paid) in zip(block, made, strict=True):
            if who in values:
                total += share * values[who] - paid - gamma * (1 - share) * max(bid - values[who], 0.0)
        return total

    for values in product(GRID, repeat=users):
        worth = {FAKE: 0.0} | {i: values[i] for i in range(members)}
        truth = list(zip(values, range(users), strict=True))
        [honest] = blocks(rule, truth, size, miner=False)
        least = utility(honest, worth)
        for lies in product(GRID, repeat=members):
            told = [*zip(lies, range(members), strict=True), *truth[members:]]
            for count in range(fakes + 1):
                for added in product(GRID, repeat=count):
                    entries = told + [(bid, FAKE) for bid in added]
                    if any(utility(block, worth) > least for block in blocks(rule, entries, size, miner)):
                        return True
    return False


@pytest.mark.parametrize(
    ("rule", "users", "gamma", "gains"),
    [
        # A user alone; with a fake bid; the miner; the miner and one user; the miner and two.
        (FirstPriceFee(), 2, 0, "yes yes no no no"),
        (SecondPriceFee(), 2, 0, "no no yes yes no"),
        (SecondPriceFee(), 3, 0, "no no yes yes yes"),
        (SecondPriceFee(burned=True), 2, 0, "no no no yes yes"),
        (EIP1559(1), 3, 0, "yes yes no no no"),
        (PostedFee(1), 2, 0, "no no no no no"),
        (PostedFee(1), 3, 0, "yes yes no yes yes"),
        (BurningSecondPrice(), 2, 0, "no no yes yes no"),
        (BurningSecondPrice(), 3, 0, "no no yes yes yes"),
        (BurningSecondPrice(), 3, 1, "no no no no no"),
    ],
    ids=repr,
)
def test_the_table_in_blocks_of_two(rule: FeeMechanism, users: int, gamma: int, gains: str) -> None:
    kinds = ((1, False, 0), (1, False, 1), (0, True, 1), (1, True, 1), (2, True, 1))
    found = [someone_gains(rule, 2, users, n, miner=miner, fakes=fakes, gamma=gamma) for n, miner, fakes in kinds]
    assert found == [word == "yes" for word in gains.split()]


def test_two_users_and_the_miner_need_the_lottery() -> None:
    """With c = 1 both of the best two bids are confirmed and two gain together; with c = 2 one is drawn, and they do not."""
    assert someone_gains(BurningSecondPrice(1, 2), 3, 3, 2, miner=True, fakes=0, gamma=1)
    assert not someone_gains(BurningSecondPrice(1, 2), 3, 3, 1, miner=True, fakes=0, gamma=1)
    assert not someone_gains(BurningSecondPrice(1, 2, 2), 3, 3, 2, miner=True, fakes=0, gamma=1)


def test_the_suggested_bids_of_eip1559_are_dominant_where_all_fit() -> None:
    rule = EIP1559(1)
    for values in product(GRID, repeat=2):
        bids = [rule.bid(value) for value in values]

        def gain(bid: float, values: tuple[float, ...] = values, bids: list[float] = bids) -> float:
            block = rule.include([bid, bids[1]], 2)
            made = rule.confirm([(bid, bids[1])[i] for i in block])
            own = [(x, p) for i, x, p in zip(block, made.confirmed, made.payments, strict=True) if i == 0]
            return sum((x * values[0] - p for x, p in own), 0.0)

        assert all(gain(bid) <= gain(bids[0]) for bid in GRID)
