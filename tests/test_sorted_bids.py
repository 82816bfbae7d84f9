"""Rules that sort bids: exact and vectorised evaluation agree, by hand and at random, in procurements and sales."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mechanisms import (
    AllPay,
    Discriminatory,
    InvalidInput,
    KthPrice,
    Market,
    Mechanism,
    Procurement,
    Refused,
    Sale,
    SortedMechanism,
    Uniform,
    UniformPrice,
    mechanism_from_spec,
)

FOUR = {name: Uniform(0, 1) for name in "abcd"}
BIDS = {"a": Fraction(3, 4), "b": Fraction(1, 4), "c": Fraction(1, 2), "d": Fraction(1, 4)}

BY_HAND: list[tuple[SortedMechanism, Market, list[Fraction | int]]] = [
    (Discriminatory(), Procurement(FOUR, tasks=3), [0, Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)]),
    (Discriminatory(Fraction(1, 3)), Procurement(FOUR, tasks=3), [0, Fraction(1, 4), 0, Fraction(1, 4)]),
    (Discriminatory(), Procurement(FOUR), [0, Fraction(1, 4), 0, 0]),  # equal bids: the first in market order
    (Discriminatory(), Sale(FOUR, tasks=2), [Fraction(3, 4), 0, Fraction(1, 2), 0]),
    (UniformPrice(), Procurement(FOUR, tasks=2), [0, Fraction(1, 2), 0, Fraction(1, 2)]),
    (UniformPrice(Fraction(2, 5)), Procurement(FOUR, tasks=2), [0, Fraction(2, 5), 0, Fraction(2, 5)]),
    (UniformPrice(Fraction(9, 10)), Procurement(FOUR, tasks=4), [Fraction(9, 10)] * 4),
    (UniformPrice(), Sale(FOUR, tasks=2), [Fraction(1, 4), 0, Fraction(1, 4), 0]),
    (AllPay(), Sale(FOUR), [BIDS[name] for name in "abcd"]),
    (AllPay(Fraction(1, 2)), Sale(FOUR), [Fraction(3, 4), 0, Fraction(1, 2), 0]),
    (KthPrice(), Procurement(FOUR), [0, Fraction(1, 2), 0, 0]),
    (KthPrice(Fraction(1, 3)), Procurement(FOUR), [0, Fraction(1, 3), 0, 0]),
    (KthPrice(k=4), Sale(FOUR), [Fraction(1, 4), 0, 0, 0]),
]


@pytest.mark.parametrize(("mechanism", "market", "paid"), BY_HAND)
def test_by_hand(mechanism: SortedMechanism, market: Market, paid: list[Fraction]) -> None:
    outcome = mechanism.outcome(market, BIDS)
    assert list(outcome.payments.values()) == paid
    assert all(isinstance(amount, Fraction) for amount in outcome.payments.values())
    batch = mechanism.batch(market, np.array([[float(bid) for bid in BIDS.values()]]))
    np.testing.assert_allclose(batch.payments()[0], [float(amount) for amount in paid], atol=1e-15)
    assert batch.allocation()[0].tolist() == [float(share) for share in outcome.allocation.values()]
    assert outcome.proofs == outcome.allocation
    assert batch.award.tolist() == [outcome.award]


@pytest.mark.parametrize("tasks", [1, 2, 5])
@pytest.mark.parametrize(
    "mechanism",
    [Discriminatory(), Discriminatory(0.5), UniformPrice(0.75), AllPay(), AllPay(0.25), KthPrice(), KthPrice(0.5, k=4)],
    ids=repr,
)
def test_exact_and_batch_agree(mechanism: SortedMechanism, tasks: int) -> None:
    rng = np.random.default_rng(tasks)
    labels = {f"p{i}": Uniform(0, 1) for i in range(5)}
    profiles = rng.integers(0, 9, size=(40, 5)) / 8  # many ties, and bids that equal a reserve
    for market in (Procurement(labels, tasks=tasks), Sale(labels, tasks=tasks)):
        if isinstance(mechanism, AllPay | KthPrice) and (tasks > 1 or (market.sign > 0 and isinstance(mechanism, AllPay))):
            with pytest.raises(Refused):
                mechanism.batch(market, profiles)
            continue
        batch = mechanism.batch(market, profiles)
        for row, shares, paid in zip(profiles, batch.allocation(), batch.payments(), strict=True):
            outcome = mechanism.outcome(market, dict(zip(market.labels, row.tolist(), strict=True)))
            assert list(outcome.allocation.values()) == shares.tolist()
            assert list(outcome.payments.values()) == paid.tolist()


@pytest.mark.parametrize("mechanism", [Discriminatory(0.5), UniformPrice(), AllPay(0.5), KthPrice(0.5, k=4)], ids=repr)
def test_specs_come_back(mechanism: Mechanism) -> None:
    assert mechanism_from_spec(mechanism.spec()) == mechanism


def test_what_has_no_meaning_is_refused() -> None:
    market = Procurement(FOUR, tasks=4)
    with pytest.raises(Refused, match="needs a bid of rank 5 or a reserve"):
        UniformPrice().outcome(market, BIDS)
    with pytest.raises(Refused, match="no mirror image in a procurement"):
        AllPay().outcome(Procurement(FOUR), BIDS)
    with pytest.raises(Refused, match="awards one task; this market has tasks=4"):
        KthPrice().outcome(market, BIDS)
    with pytest.raises(InvalidInput, match="k must be a whole number of at least 3; got 2"):
        KthPrice(k=2)
    with pytest.raises(InvalidInput, match="reserve must be at least 0"):
        AllPay(-0.5)
    with pytest.raises(InvalidInput, match="reserve must be"):
        Discriminatory(float("nan"))


def test_mirroring_changes_the_reserve_alone() -> None:
    assert KthPrice(0.5, k=4).mirrored() == KthPrice(-0.5, k=4)
    assert Discriminatory(0.5).mirrored() == Discriminatory(-0.5)
