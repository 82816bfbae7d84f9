"""A winner that may fail and lose its bond: the game in net bids, and what a bond does to bids."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria import Equilibrium, check, solve
from equilibria.checking import sealed
from mechanisms import (
    AllPay,
    BondAtStake,
    FirstPrice,
    InvalidInput,
    Procurement,
    Refused,
    Sale,
    Uniform,
    Vickrey,
    market_from_spec,
)

UNIT = Uniform(0, 1)
TWO, PAIR = Procurement({"a": UNIT, "b": UNIT}), Procurement({"a": UNIT, "b": Uniform(0, 2)})


def test_bids_carry_the_bond_and_payments_do_not() -> None:
    """Two uniform costs bid (1 + c)/2 net: gross ((1 + c)/2 + qS)/(1 - q); the requester pays 2/3 net, whatever the bond."""
    for bond in (0.0, 3.0):
        equilibrium = solve(FirstPrice(), BondAtStake(TWO, failure=0.2, bond=bond))
        costs = np.linspace(0, 1, 5)
        np.testing.assert_allclose(equilibrium.strategy("a")(costs), ((1 + costs) / 2 + 0.2 * bond) / 0.8, atol=1e-12)
        assert equilibrium.expected_payment.midpoint == pytest.approx(2 / 3, abs=1e-12)
        assert check(equilibrium.certificate).valid


@pytest.fixture(scope="module")
def reserved() -> Equilibrium:
    return solve(FirstPrice(1.0), BondAtStake(PAIR, failure=0.1, bond=2.0))


def test_no_gross_bid_is_better_on_a_grid(reserved: Equilibrium) -> None:
    """Profits of the original game: (1 - q) b - q S - c for who wins."""
    grid, bids = np.linspace(0, 2, 8001), np.linspace(0.2, 1.0, 2001)
    for own, other in (("a", "b"), ("b", "a")):
        rival, types = PAIR.prior(other), np.linspace(0, 0.69, 60)
        wins = rival.survival(np.interp(bids, np.nan_to_num(reserved.strategy(other)(grid), nan=9.0), grid))
        profit = ((0.9 * bids - 0.2 - types[:, None]) * wins).max(axis=1)
        mine = reserved.strategy(own)(types)
        earned = (0.9 * mine - 0.2 - types) * np.interp(mine, bids, wins)
        assert (profit - earned).max() < 1e-4


def test_a_reserve_is_rounded_down_and_paid_for(reserved: Equilibrium) -> None:
    net = (1 - Fraction(0.1)) - Fraction(0.1) * 2
    assert reserved.epsilon < 1e-11
    plain = solve(FirstPrice(float(net)), PAIR)
    assert reserved.expected_payment.midpoint == pytest.approx(plain.expected_payment.midpoint, abs=1e-10)
    assert reserved.no_award.midpoint == pytest.approx(plain.no_award.midpoint, abs=1e-10)


def test_truth_is_dominant_in_net_terms() -> None:
    equilibrium = solve(Vickrey(1.3), BondAtStake(PAIR, failure=0.25, bond=1.0))
    np.testing.assert_allclose(equilibrium.strategy("b")([0.0, 0.5]), [0.25 / 0.75, 1.0])
    assert equilibrium.epsilon < 1e-15
    assert check(equilibrium.certificate).valid


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["market"].update(bond=2.5), "is above the reserve"),
        (lambda d: d["market"].update(failure=1.0), "probability below 1"),
        (lambda d: d["market"].update(bond=-1.0), "at least 0"),
        (lambda d: d["market"].update(extra=1), "market.extra is not known"),
        (lambda d: d["mechanism"].update(kind="all_pay"), "first_price and vickrey only"),
        (lambda d: d["market"]["market"].update(kind="sale"), "market.values is missing"),
        (lambda d: d["states"].update(epsilon=1e-30), "states.epsilon"),
    ],
)
def test_altered_certificates_are_rejected(reserved: Equilibrium, change: Callable[[Any], None], reason: str) -> None:
    document = json.loads(reserved.certificate.to_json())
    change(document)
    checked = check(sealed(document))
    assert not checked.valid
    assert reason in checked.message


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BondAtStake(Sale({"a": UNIT}), 0.1, 1), InvalidInput, "must be a Procurement"),
        (lambda: BondAtStake(TWO, 1, 1), InvalidInput, "below 1; got 1.0"),
        (lambda: BondAtStake(TWO, 0.1, -1), InvalidInput, "bond must be at least 0"),
        (lambda: BondAtStake(TWO, 0.1, float("inf")), InvalidInput, "bond must be"),
        (lambda: market_from_spec({"kind": "bond_at_stake", "market": TWO.spec()}), InvalidInput, "failure must be given"),
        (lambda: solve(AllPay(), BondAtStake(TWO, 0.1, 1)), Refused, "handles FirstPrice and Vickrey"),
    ],
)
def test_refusals(make: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_markets_survive_their_spec() -> None:
    market = BondAtStake(PAIR, 0.1, 2)
    assert market_from_spec(json.loads(json.dumps(market.spec()))) == market


def test_costs_between_the_rounded_and_the_exact_reserve_are_awarded() -> None:
    """Doubles are two apart there: the net reserve 1e16 + 3.5 is not one, and costs up to it win."""
    laws = dict.fromkeys("ab", Uniform(1e16, 1e16 + 8))
    found = solve(Vickrey(2e16 + 8), BondAtStake(Procurement(laws), failure=0.5, bond=1.0))
    assert (1 - 3.5 / 8) ** 2 in found.no_award
