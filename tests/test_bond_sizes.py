"""The least bond that deters: the formulas of the notes, planted certificates, and where none is enough."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from equilibria import check, smallest_bond
from equilibria.checking import sealed
from equilibria.collateral.bond_sizing import BondSize
from mechanisms import Bond, Refused
from mechanisms.networks.kalypso import kalypso_bond

F = Fraction


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
