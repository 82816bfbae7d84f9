"""Bonds: who gets what when one is settled, published slashes, and rescuers by brute force."""

from __future__ import annotations

import math
from dataclasses import astuple
from fractions import Fraction

import numpy as np
import pytest

from equilibria import DeliveryGame, play, smallest_bond
from equilibria.collateral.rescue_entry import rescue_entry
from equilibria.collateral.rescuing import collateral_for_rescue, rescue_chance, rescue_threshold
from mechanisms import (
    Beta,
    Bond,
    InvalidInput,
    LogNormal,
    Refused,
    Uniform,
    settle,
)
from mechanisms.networks.boundless import boundless_bond
from mechanisms.networks.brevis import brevis_bond
from mechanisms.networks.kalypso import kalypso_bond
from mechanisms.networks.nil import nil_bond
from mechanisms.networks.taiko_rules import taiko_auction_bond, taiko_market_bond, taiko_pool_bond, taiko_review_bond

F = Fraction
BOUNDLESS = Bond(slash=F(50), burned=F(1, 2), recipient="rescuer")
OUTCOMES = ("on_time", "rescued", "late", "abandoned", "unlocked")


@pytest.mark.parametrize(
    ("outcome", "client", "locker", "rescuer", "burned", "treasury"),
    [
        ("on_time", -8, 8, 0, 0, 0),
        ("rescued", 0, -50, 25, 25, 0),
        ("late", 0, -25, 0, 25, 0),
        ("abandoned", 0, -50, 0, 25, 25),
        ("unlocked", -8, 0, 8, 0, 0),
    ],
)
def test_the_settlement_matrix_of_boundless(
    outcome: str, client: int, locker: int, rescuer: int, burned: int, treasury: int
) -> None:
    assert astuple(settle(BOUNDLESS, outcome, 8)) == (client, locker, rescuer, 0, burned, treasury)  # type: ignore[arg-type]


@pytest.mark.parametrize("recipient", ["requester", "caller", "rescuer", "treasury"])
@pytest.mark.parametrize("payment", ["on_delivery", "on_assignment"])
def test_balances_add_up_to_nothing(recipient: str, payment: str) -> None:
    bond = Bond(slash="7/3", payment=payment, burned="1/4", recipient=recipient)  # type: ignore[arg-type]
    for outcome in OUTCOMES + (("self_slashed",) if recipient == "caller" else ()):
        for slashed in (True, False):
            assert sum(astuple(settle(bond, outcome, "5/7", slashed=slashed))) == 0  # type: ignore[arg-type]


def test_published_slashes() -> None:
    assert [int(boundless_bond(khz).slash) for khz in (0, 3999, 4000, 9999, 10_000)] == [20, 20, 50, 50, 100]
    assert brevis_bond(1000).deterring == 0 and brevis_bond(1000, 1000).deterring == 0
    assert brevis_bond(1000, 1000, 60).deterring == 100  # at most 10 %
    assert kalypso_bond().slash == 10 and kalypso_bond().recipient == "caller"
    assert nil_bond("1/2").slash == 5
    assert taiko_pool_bond(10_000 * 32, 32, 0).slash == 25 and taiko_pool_bond(0, 32, 3).slash == 12
    assert taiko_auction_bond(100).burned == F(2, 5)
    assert taiko_market_bond(25, 5, 4).slash == 25 and taiko_market_bond(25, 10, 4).total(7) == 280
    assert taiko_review_bond(25).total(7) == 25


def test_a_rescuer_needs_four_times_its_cost() -> None:
    assert rescue_threshold(BOUNDLESS, "1/2") == F(50, 4) and rescue_threshold(BOUNDLESS) == 25
    assert collateral_for_rescue(BOUNDLESS, 5, "1/2") == 20 and collateral_for_rescue(BOUNDLESS, 5) == 10
    assert rescue_chance(BOUNDLESS, Uniform(0, 50), "1/2") == F(1, 4)
    with pytest.raises(Refused, match="no slash pays for a rescue"):
        collateral_for_rescue(Bond(slash=1, recipient="treasury"), 1)


@pytest.mark.parametrize("law", [Uniform(0, 30), Uniform(5, 6), Beta(2, 3, 0, 60), LogNormal(2, 1, 0, 100)], ids=repr)
@pytest.mark.parametrize("rescuers", [1, 2, 7, 40])
def test_rescuers_are_indifferent_at_their_threshold(law: Uniform | Beta | LogNormal, rescuers: int) -> None:
    found = rescue_entry(BOUNDLESS, law, rescuers)
    assert found.threshold.width < 1e-9
    share = float(law.cdf(found.threshold.midpoint))
    counts = np.arange(rescuers)
    chances = np.array([math.comb(rescuers - 1, k) * share**k * (1 - share) ** (rescuers - 1 - k) for k in counts])
    assert abs(25 * float((chances / (1 + counts)).sum()) - found.threshold.midpoint) < 1e-6
    assert abs((1 - share) ** rescuers - found.nobody.midpoint) < 1e-9
    if rescuers == 1:
        assert 25 in found.threshold and 1 in found.win


def test_rescuers_without_a_reward() -> None:
    found = rescue_entry(Bond(slash=9, recipient="treasury"), Uniform(0, 1), 3)
    assert 0 in found.threshold and 1 in found.nobody
    with pytest.raises(InvalidInput, match="rescuers must be"):
        rescue_entry(BOUNDLESS, Uniform(0, 1), 0)
    with pytest.raises(InvalidInput, match="from 0 upwards"):
        rescue_entry(BOUNDLESS, Uniform(-1, 1), 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bond(slash=-1), "slash must be at least 0"),
        (lambda: Bond(slash=1, burned="3/2"), "burned must lie in"),
        (lambda: Bond(slash=1, detection=2), "detection must lie in"),
        (lambda: Bond(slash=1, recipient="me"), "recipient must be one of"),  # type: ignore[arg-type]
        (lambda: Bond(slash=1).total(-1), "assignments must be"),
        (lambda: settle(BOUNDLESS, "lost", 1), "happened must be one of"),  # type: ignore[arg-type]
        (lambda: settle(BOUNDLESS, "on_time", "x"), "price must be a finite number"),
        (lambda: settle(BOUNDLESS, "self_slashed", 1), "gets nothing of it"),
        (lambda: DeliveryGame(bond=5, price=F(1)), "bond must be a Bond"),  # type: ignore[arg-type]
        (lambda: DeliveryGame(bond=BOUNDLESS, price=F(1), outage=F(2)), "outage must lie in"),
        (lambda: DeliveryGame(bond=BOUNDLESS, price=F(1), assignments=0), "assignments must be"),
        (lambda: smallest_bond(BOUNDLESS, cost=1, price=1, others_first=2), "others_first must lie in"),
        (lambda: smallest_bond(BOUNDLESS, cost=1, price=1, denomination=0), "denomination must be positive"),
        (lambda: play(DeliveryGame(bond=BOUNDLESS, price=F(1))).worth(Uniform(-1, 1)), "from 0 upwards"),
        (lambda: play(DeliveryGame(bond=BOUNDLESS, price=F(1))).worth(3), "law must be a distribution"),  # type: ignore[arg-type]
        (lambda: rescue_threshold(BOUNDLESS, 2), "win must lie in"),
        (lambda: brevis_bond(1000, 2000), "slash_bps must be"),
        (lambda: taiko_pool_bond(1, 0, 1), "max_capacity must be"),
    ],
)
def test_refusals(make: object, message: str) -> None:
    with pytest.raises((InvalidInput, Refused), match=message):
        make()  # type: ignore[operator]
