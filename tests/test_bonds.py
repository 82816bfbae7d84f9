"""Settlement of bonds, what provers do, and the least bond: every number of the notes, and brute force."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import astuple, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria import DeliveryGame, check, play, smallest_bond
from equilibria.checking import sealed
from equilibria.collateral.assignment_conditions import assignment_conditions
from equilibria.collateral.bond_sizing import BondSize
from equilibria.collateral.cost_tree import backward_induction
from equilibria.collateral.rescue_entry import rescue_entry
from equilibria.collateral.rescuing import collateral_for_rescue, rescue_chance, rescue_threshold
from mechanisms import (
    Beta,
    Bond,
    Discrete,
    Enclosure,
    InvalidInput,
    LogNormal,
    Mixture,
    PiecewiseLinear,
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


def test_a_lock_is_an_option_on_cost() -> None:
    game = DeliveryGame(bond=Bond(slash="1/4"), price=F(1, 4))
    found = play(game)
    assert found.threshold == F(1, 2)  # P + K
    assert found.option(Uniform(0, 1)) == F(1, 8)  # E[(C - 1/2)^+]
    assert found.worth(Uniform(0, 1)) == F(1, 4) - F(1, 2) + F(1, 8)
    assert found.undelivered(Uniform(0, 1)) == F(1, 2)
    histogram = PiecewiseLinear((0, 0.5, 1), (0, 0.25, 1))
    assert found.option(histogram) == F(3, 4) * F(1, 4)  # above 1/2 with 3/4, then on average by 1/4


@pytest.mark.parametrize("law", [LogNormal(0, 0.5, 0.1, 5), Beta(2, 3), Beta(0.5, 0.5), Beta(1, 3)], ids=repr)
def test_options_are_enclosed(law: LogNormal | Beta) -> None:
    option = play(DeliveryGame(bond=Bond(slash="1/4"), price=F(1, 4))).option(law)
    assert isinstance(option, Enclosure) and option.width < 2e-4
    rng = np.random.default_rng(7)
    mean = float((law.sample(rng, 200_000) - 0.5).clip(0).mean())
    assert abs(mean - option.midpoint) < 0.01


def test_discrete_costs_are_exact() -> None:
    game = DeliveryGame(bond=Bond(slash="1/4"), price=F(1, 4))
    law = Discrete({0: "1/3", "1/2": "1/3", 2: "1/3"})
    assert play(game).option(law) == F(1, 3) * F(3, 2) and play(game).undelivered(law) == F(1, 3)
    with pytest.raises(Refused, match="no threshold"):
        rescue_entry(BOUNDLESS, law, 2)


def test_a_mixture_is_enclosed_more_widely() -> None:
    law = Mixture([(0.5, Uniform(0, 1)), (0.5, Uniform(0, 2))])
    option = play(DeliveryGame(bond=Bond(slash="1/4"), price=F(1, 4))).option(law)
    assert isinstance(option, Enclosure) and option.width < 0.01
    assert F(1, 2) * F(1, 8) + F(1, 2) * F(9, 16) in option


def test_free_abandonment_is_found_where_nothing_is_slashed() -> None:
    found = play(DeliveryGame(bond=brevis_bond(1000), price=F(3)))
    assert [f.kind for f in found.findings] == ["free_abandonment"]
    assert found.threshold == 3 and found.option(Uniform(0, 4)) == F(1, 8)
    assert not play(DeliveryGame(bond=Bond(slash=1), price=F(3))).findings


def test_late_self_rescue_is_found() -> None:
    found = play(DeliveryGame(bond=BOUNDLESS, price=F(8)))
    assert (found.lateness_penalty, found.abandonment_penalty) == (8 + 25, 8 + 50)
    [finding] = found.findings
    assert (finding.kind, finding.gain, finding.cost) == ("late_self_rescue", 25, 0)
    assert found.late.breaks == (25,)  # its own late proof pays up to K/2
    assert found.late.pieces[0].plan == ("deliver late",) and found.late.pieces[1].plan == ("walk away",)


def test_late_proofs_that_are_cheaper_delay_delivery() -> None:
    found = play(DeliveryGame(bond=BOUNDLESS, price=F(8), late_work=F(1, 4)))
    assert found.threshold == F(33) / F(3, 4)  # (1 - 1/4) C = P + K/2
    assert found.value.breaks == (44, 100)


def test_self_slashing_is_found() -> None:
    found = play(DeliveryGame(bond=kalypso_bond(), price=F(8), late_work=None, others_first=F(3, 10)))
    assert [f.kind for f in found.findings] == ["self_slash"]
    assert found.findings[0].gain == 10 - 3  # the expected slash is penalty x P(another one is first)
    assert found.threshold == 8 + 3
    assert not play(DeliveryGame(bond=kalypso_bond(), price=F(8), late_work=None, others_first=F(1))).findings
    fixed = Bond(slash=10, recipient="requester")
    assert not play(DeliveryGame(bond=fixed, price=F(8), late_work=None, others_first=F(0))).findings


@pytest.mark.parametrize("assignments", [1, 9, 10, 11, 40])
def test_entering_to_abandon_pays_iff_assigned_fees_exceed_the_slash(assignments: int) -> None:
    bond = Bond(slash=30, payment="on_assignment", unit="event")
    found = play(DeliveryGame(bond=bond, price=F(3), assignments=assignments, late_work=None))
    kinds = [f.kind for f in found.findings]
    assert ("entry_to_abandon" in kinds) == (assignments * 3 > 30)
    # not proving beats proving iff the saved cost exceeds the slash; the review's fees > slash + cost only suffices
    assert found.threshold * assignments == 30
    cost = F(2)
    if assignments * 3 > 30 + cost * assignments:
        assert cost * assignments > 30 or found.value.pieces[-1].constant > 0


def test_the_two_conditions_on_abandoning_differ() -> None:
    game = DeliveryGame(bond=Bond(slash=30, payment="on_assignment", unit="event"), price=F(3), assignments=12, late_work=None)
    found = play(game)
    proving, abandoning = 12 * (F(3) - F(5, 2)), found.value.pieces[-1].constant
    assert abandoning == 6 and found.value.at(F(5, 2)) == proving == 6  # saved cost = slash: indifferent
    assert not 30 + 12 * F(5, 2) < 12 * 3  # the review's inequality sees nothing here, and entering to abandon pays


def test_the_conditions_are_those_of_the_game() -> None:
    rng = random.Random(6)
    for _ in range(60):
        bond = Bond(slash=rng.randint(0, 30), payment="on_assignment", unit="event", detection=F(rng.randint(1, 4), 4))
        price, cost, n, later = F(rng.randint(0, 9)), F(rng.randint(0, 9)), rng.randint(1, 6), F(rng.randint(0, 4))
        found = assignment_conditions(bond, price, cost, n, future_value=later)
        game = DeliveryGame(bond=bond, price=price, assignments=n, late_work=None, future_value=later)
        assert backward_induction(game.after_deadline(0)).at(cost) - n * (price - cost) == found.not_proving
        newcomer = replace(game, future_value=F(0))
        assert backward_induction(newcomer.after_deadline(0)).at(cost) == found.entering_to_abandon
        assert found.entering_to_abandon >= found.review
    one = assignment_conditions(Bond(slash=10, payment="on_assignment"), 100, 1, 1)
    assert one.review > 0 > one.not_proving  # the review's inequality holds, and proving is better
    assert assignment_conditions(Bond(slash=10), 100, 1, 1).entering_to_abandon == -10  # escrow ends it


def test_the_hardened_market_is_not_entered_to_abandon() -> None:
    found = play(DeliveryGame(bond=taiko_market_bond(25, 3, 2), price=F(3), assignments=40, late_work=None))
    assert not found.findings


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


def test_the_unified_formulas_of_bond_sizing() -> None:
    on_proof, upfront = Bond(slash=0, detection="1/2"), Bond(slash=0, payment="on_assignment", detection="1/2")
    given = {"cost": 10, "price": 4, "sabotage_gain": 6, "future_value": 2}
    assert smallest_bond(on_proof, **given).needed["sabotage"] == F(10 + 6 - 4 - 2) / F(1, 2)
    assert smallest_bond(upfront, **given).needed["sabotage"] == F(10 + 6 - 2) / F(1, 2)
    assert smallest_bond(on_proof, **given).reason == "sabotage"
    restored = smallest_bond(on_proof, **given, restitution=100)
    assert (restored.bond.slash, restored.reason) == (100, "restitution")
    # deterrence = ceil(max(0, cost + sabotage - future) / detection), required = max(restitution, deterrence)
    rounded = smallest_bond(Bond(slash=0, payment="on_assignment", detection="3/4"), **given, denomination=1)
    assert rounded.bond.slash == 19
    assert smallest_bond(upfront, cost=1, price=0, future_value=5).reason == "nothing"


SIZE = smallest_bond(
    Bond(slash=0, payment="on_assignment", unit="event", detection="3/4"),
    cost=10,
    price=4,
    assignments=5,
    sabotage_gain=6,
    future_value=2,
)
ROUND = smallest_bond(Bond(slash=0, payment="on_assignment", detection="3/4"), cost=10, price=4, sabotage_gain=6, denomination=1)


@pytest.mark.parametrize(
    ("size", "change", "message"),
    [
        (SIZE, lambda t: t["states"].update(slash="71"), "leaving out 5 and then walking away gains 3/4"),
        (SIZE, lambda t: t["states"].update(slash="73"), "a slash of less than 73 is enough"),
        (SIZE, lambda t: t["states"].update(slash="-1"), "at least the restitution"),
        (SIZE, lambda t: t["question"].update(cost="11"), "gains"),
        (SIZE, lambda t: t["question"].update(cost="9"), "is enough"),
        (SIZE, lambda t: t["question"].update(restitution="80"), "at least the restitution 80"),
        (SIZE, lambda t: t["question"].update(assignments="6"), "leaving out 6"),
        (SIZE, lambda t: t["question"].update(assignments="20000"), "from 1 to 10000"),
        (SIZE, lambda t: t["question"].update(price="-4"), "at least 0"),
        (SIZE, lambda t: t["question"].update(luck="1"), "not known to the checker"),
        (SIZE, lambda t: t["terms"].update(unit="assignment"), "is enough"),
        (SIZE, lambda t: t["terms"].update(detection="1/2"), "gains"),
        (SIZE, lambda t: t["terms"].update(detection="3/2"), "must lie in"),
        (SIZE, lambda t: t["terms"].update(window="0"), "gains"),
        (SIZE, lambda t: (t["terms"].update(recipient="caller"), t["question"].update(others_first="1/2")), "slashing oneself"),
        (SIZE, lambda t: t["terms"].update(recipient="me"), "terms.recipient"),
        (SIZE, lambda t: t["terms"].update(payment="never"), "terms.payment"),
        (ROUND, lambda t: t["states"].update(slash="23"), "not the least multiple"),
        (ROUND, lambda t: t["states"].update(slash="21"), "gains"),
        (ROUND, lambda t: t["question"].update(denomination="5"), "not the least multiple"),
    ],
)
def test_planted_bonds_are_rejected(size: BondSize, change: Callable[[dict[str, Any]], object], message: str) -> None:
    text = size.certificate or ""
    assert check(text).valid and not check(text.replace("0", "1", 1)).valid
    tree = json.loads(text)
    change(tree)
    checked = check(sealed(tree))
    assert not checked.valid and message in checked.message, checked.message


def test_per_event_bonds_grow_with_the_assignments() -> None:
    per_event = Bond(slash=0, payment="on_assignment", unit="event")
    per_assignment = Bond(slash=0, payment="on_assignment")
    assert [smallest_bond(per_event, cost=2, price=3, assignments=n).bond.slash for n in (1, 10, 100)] == [3, 30, 300]
    assert [smallest_bond(per_assignment, cost=2, price=3, assignments=n).bond.slash for n in (1, 10, 100)] == [3, 3, 3]


def test_no_bond_deters_where_a_defaulter_loses_nothing() -> None:
    for terms in (Bond(slash=0, window=0), Bond(slash=0, detection=0)):
        with pytest.raises(Refused, match="no slash deters abandonment"):
            smallest_bond(terms, cost=5, price=1)
    with pytest.raises(Refused, match="recipient caller"):
        smallest_bond(kalypso_bond(), cost=5, price=1, others_first=0)


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
