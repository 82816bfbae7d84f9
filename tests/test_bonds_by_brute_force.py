"""Delivery games drawn at random: backward induction against every strategy, and the least bond against smaller ones."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from equilibria import DeliveryGame, check, play, smallest_bond
from equilibria.collateral.cost_tree import backward_induction
from mechanisms import (
    Bond,
    Refused,
)

F = Fraction


def random_game(rng: random.Random) -> DeliveryGame:
    bond = Bond(
        slash=F(rng.randint(0, 12)),
        payment=rng.choice(["on_delivery", "on_assignment"]),  # type: ignore[arg-type]
        unit=rng.choice(["assignment", "event"]),  # type: ignore[arg-type]
        burned=F(rng.randint(0, 4), 4),
        recipient=rng.choice(["requester", "caller", "rescuer", "treasury"]),  # type: ignore[arg-type]
        detection=F(rng.randint(0, 4), 4),
        window=rng.choice([None, F(0), F(60)]),
    )
    return DeliveryGame(
        bond=bond,
        price=F(rng.randint(0, 6)),
        assignments=rng.randint(1, 4),
        late_work=rng.choice([None, F(1, 2), F(1), F(3, 2)]),
        outage=F(rng.randint(0, 2), 4),
        rescued_first=F(rng.randint(0, 4), 4),
        others_first=F(rng.randint(0, 4), 4),
        future_value=F(rng.randint(0, 3)),
        sabotage_gain=F(rng.randint(0, 3)),
    )


def outright(game: DeliveryGame, cost: Fraction) -> Fraction:
    """The best of all strategies, each written out: how many are proved in time, and what is done after the deadline."""
    n, p, b = game.assignments, game.price, game.bond

    def default(proved: int) -> Fraction:
        missing = n - proved
        slash = F(0) if b.window == 0 else b.slash * (missing if b.unit == "assignment" else 1)
        fees = p * (n if b.payment == "on_assignment" else proved)
        ends = [-b.detection * slash]
        if game.late_work is not None:
            back = (1 - b.burned) * slash * (1 - game.rescued_first) if b.recipient == "rescuer" else F(0)
            ends.append(-slash + back - game.late_work * missing * cost)
        if b.recipient == "caller":
            ends.append(-slash + (1 - game.others_first) * (1 - b.burned) * slash)
        return fees - proved * cost + game.sabotage_gain - game.future_value + max(ends)

    usual = max(n * (p - cost), *(default(proved) for proved in range(n)))
    return (1 - game.outage) * usual + game.outage * default(0)


def test_backward_induction_agrees_with_all_strategies_on_a_grid() -> None:
    rng = random.Random(20)
    for _ in range(120):
        game = random_game(rng)
        value = play(game).value
        for quarter in range(0, 80, 3):
            assert value.at(F(quarter, 4)) == outright(game, F(quarter, 4)), game


def deterred(game: DeliveryGame, cost: Fraction) -> bool:
    """Whether neither a known prover gains by any default, nor a newcomer by entering for one."""
    honest = game.assignments * (game.price - cost)
    for proved in range(game.assignments):
        if backward_induction(game.after_deadline(proved)).at(cost) > honest:
            return False
    return all(
        backward_induction(replace(game, assignments=m, future_value=F(0)).after_deadline(0)).at(cost) <= 0
        for m in range(1, game.assignments + 1)
    )


def test_the_smallest_bond_is_the_least_that_deters() -> None:
    rng = random.Random(4)
    refused = 0
    for _ in range(300):
        game, cost = random_game(rng), F(rng.randint(0, 8))
        game = replace(game, rescued_first=F(0), outage=F(0))
        try:
            size = smallest_bond(
                game.bond,
                cost=cost,
                price=game.price,
                assignments=game.assignments,
                sabotage_gain=game.sabotage_gain,
                future_value=game.future_value,
                others_first=game.others_first,
                late_work=game.late_work,
            )
        except Refused:
            refused += 1
            assert not deterred(replace(game, bond=game.bond.of_size(10**9)), cost)
            continue
        assert deterred(replace(game, bond=size.bond), cost), (game, cost, size)
        assert check(size.certificate or "").valid, (size, check(size.certificate or "").message)
        assert (size.reason == "nothing") == (size.bond.slash == 0)
        if size.bond.slash:  # a planted smaller bond is found out
            assert not deterred(replace(game, bond=size.bond.of_size(size.bond.slash * F(9999, 10000))), cost), (game, cost, size)
    assert 0 < refused < 200
