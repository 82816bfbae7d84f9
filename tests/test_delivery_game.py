"""What provers with a bond do: options on cost, findings, and the conditions of abandoning an assignment."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from equilibria import DeliveryGame, play
from equilibria.collateral.assignment_conditions import assignment_conditions
from equilibria.collateral.cost_tree import backward_induction
from equilibria.collateral.rescue_entry import rescue_entry
from mechanisms import Beta, Bond, Discrete, Enclosure, LogNormal, Mixture, PiecewiseLinear, Refused, Uniform
from mechanisms.networks.boundless import boundless_bond
from mechanisms.networks.brevis import brevis_bond
from mechanisms.networks.kalypso import kalypso_bond
from mechanisms.networks.taiko_rules import taiko_market_bond

F = Fraction
BOUNDLESS = boundless_bond(4000)  # it slashes 50


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
