"""Rules that are not what their symbols show, and files that claim more than they show: nothing false may come of them."""

from __future__ import annotations

import datetime
import heapq
import json
import numbers
import random
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria import DSIC, Coalitions, Efficiency, FalseNames, check, verify
from equilibria.checking import sealed
from equilibria.proofs.tree_comparison import compare_with_rule
from mechanisms import Exchange, InvalidInput, KDoubleAuction, Procurement, Refused, Sale, Uniform, Vickrey
from tests import incentive_rules as rules

UNIT = Uniform(0, 1)
OWN = random.Random(1)
SYSTEM = random.SystemRandom()
GENERATOR = np.random.default_rng(1)
Bids = Sequence[Any]


def pays_if(odd: Callable[[Bids], Any]) -> Callable[[Bids], Any]:
    """The first wins and pays nothing; or its own bid, where something is odd."""

    def rule(bids: Bids) -> Any:
        return [1] + [0] * (len(bids) - 1), [bids[0] if odd(bids) else 0] + [0] * (len(bids) - 1)

    return rule


def caught(bids: Bids) -> bool:
    try:
        return int(bids[0] * 10) % 7 == 4
    except:  # noqa: E722  # as careless rules do
        return False


def caught_chance(bids: Bids) -> bool:
    try:
        return random.random() < 0.5
    except BaseException:
        return False


def popped(bids: Bids) -> bool:
    ranked = sorted(bids)
    return bool(heapq.heappop(ranked) < bids[0])


def asks_for_numbers(bids: Bids) -> Any:
    if not all(isinstance(bid, numbers.Real) for bid in bids):
        raise TypeError("bids must be numbers")
    return rules.second_price(bids)


REFUSED = {
    "a bare except": (caught, "into a float or an integer"),
    "a bare except around chance": (caught_chance, "is random"),
    "text": (lambda bids: str(bids[0]).endswith("7"), "as a text"),
    "formatting": (lambda bids: len(f"{bids}") == 7, "as a text"),
    "denominators": (lambda bids: getattr(bids[0], "denominator", 1) == 7, "denominator"),
    "kinds of numbers": (lambda bids: isinstance(bids[0], float), "kind of number"),
    "a heap that was a sorted list": (popped, "past its methods"),
    "an object of random": (lambda bids: OWN.random() < 0.01, "is random"),
    "the system's random": (lambda bids: SYSTEM.random() < 0.01, "is random"),
    "a generator": (lambda bids: GENERATOR.random() < 0.01, "is random"),
    "a new generator": (lambda bids: np.random.default_rng().random() < 0.01, "is random"),
    "now": (lambda bids: datetime.datetime.now().microsecond == 7, "reads the clock"),
    "the time as text": (lambda bids: time.strftime("%S") == "61", "reads the clock"),
    "addresses": (lambda bids: id(object()) % 4096 == 16, "calls id"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_symbols_do_not_show_is_refused(name: str) -> None:
    odd, reason = REFUSED[name]
    with pytest.raises(Refused, match=reason):
        verify(pays_if(odd), 2)


def test_guards_leave_nothing_behind() -> None:
    with pytest.raises(Refused):
        verify(pays_if(lambda bids: OWN.random() < 0.01), 2)
    assert "random" not in vars(random.Random) and OWN.random() < 1 and GENERATOR.random() < 1 and SYSTEM.random() < 1
    assert datetime.datetime.now().year > 2000 and type(datetime.datetime.now()) is datetime.datetime


def test_a_list_before_a_sorted_one() -> None:
    def rule(bids: Bids) -> Any:
        return [1, 0], [([0] + sorted(bids))[-1] - bids[1], 0]  # noqa: RUF005  # the sum is what is tested

    found = verify(rule, 2)
    assert found.status == "refuted" and found.counterexample is not None
    assert verify(pays_if(lambda bids: heapq.heappop([*sorted(bids)]) < bids[0]), 2).status == "refuted"


def test_what_an_earlier_run_left_is_no_number() -> None:
    kept: list[Any] = []

    def rule(bids: Bids) -> Any:
        kept.append(([1, 0], [0, bids[0] - bids[1]]))
        return kept[0]

    with pytest.raises(Refused, match=r"did before|otherwise on numbers"):
        verify(rule, 2, "no_deficit")


def test_lotteries_are_lotteries() -> None:
    with pytest.raises(InvalidInput, match="sum to 1"):
        verify(lambda bids: [(bids[0], ([1], [0]))], 1)
    with pytest.raises(InvalidInput, match="at least 0"):
        verify(lambda bids: [(-1, ([1], [0])), (2, ([1], [0]))], 1)
    with pytest.raises(InvalidInput, match="at least 0"):
        verify(lambda bids: [(bids[0], ([1], [0])), (1 - bids[0], ([1], [0]))], Sale({"a": Uniform(0, 2)}))
    assert verify(lambda bids: [(bids[0], ([1], [0])), (1 - bids[0], ([1], [0]))], Sale({"a": UNIT})).status == "proved"


def test_sets_have_no_order() -> None:
    with pytest.raises(InvalidInput, match="list of 2 numbers"):
        verify(lambda bids: ({0, 1}, [0, 0]), 2)


def test_floats_inside_comparisons() -> None:
    def rule(bids: Bids) -> Any:
        return ([1, 0], [3 * bids[1], 0]) if 0.25 * bids[0] >= 0.75 * bids[1] else ([0, 1], [0, bids[0] / 3])

    assert verify(rule, 2).status == "proved"

    def uneven(bids: Bids) -> Any:
        return ([1, 0], [0, 0]) if 0.1 * bids[0] >= 0.3 * bids[1] else ([0, 1], [0, 0])

    found = verify(uneven, 2)
    assert found.status == "refuted"
    assert verify(pays_if(lambda bids: bids[0] * Decimal("0.5") > bids[1]), 2).status == "refuted"


def test_efficiency_is_about_what_is_possible() -> None:
    found = verify(lambda bids: ([1] * len(bids), [0] * len(bids)), 3, "efficiency")
    assert found.status == "refuted" and "what is allocated is 2 more than there is" in found.message
    double = verify(lambda bids: ([2 * int(bids[0] >= bids[1]), int(bids[0] < bids[1])], [0, 0]), 2, "efficiency")
    assert double.status == "refuted"
    exchange = Exchange({"u": UNIT}, {"p": UNIT})
    assert verify(lambda bids: ([1, 0], [0, 0]), exchange, "efficiency").status == "refuted"


def test_capacities_are_not_forgotten() -> None:
    market = Procurement(dict.fromkeys("abc", UNIT), tasks=2, capacities={"a": 2})

    def one_each(costs: Bids) -> Any:
        chosen = sorted(range(3), key=lambda i: costs[i])[:2]
        return [int(i in chosen) for i in range(3)], [0] * 3

    for property_ in (Efficiency(), FalseNames()):
        with pytest.raises(Refused, match="capacities"):
            verify(one_each, market, property_)


def test_the_sentence_says_what_was_shown() -> None:
    exchange = Exchange({"u": UNIT}, {"p": UNIT})
    found = verify(KDoubleAuction(0), exchange, DSIC("users"))
    assert "dominant for the users" in found.message and found.certificate is not None
    sentence = check(found.certificate.to_json()).message
    assert "truth is dominant for the users for 1 buyer with value in [0, 1] and 1 prover with cost in [0, 1] under" in sentence
    alone = verify(rules.second_price, 2, Coalitions(1))
    assert "no single agent" in alone.message and alone.certificate is not None
    assert "no single agent gains by a lie for 2 buyers with values of at least 0" in check(alone.certificate.to_json()).message
    names = verify(rules.second_price, 2, FalseNames(identities=2, cost=Fraction(1, 2)))
    assert "up to 2 identities at a cost of 1/2 each" in names.message and names.certificate is not None
    assert "up to 2 identities gain nothing at a cost of 1/2 each" in check(names.certificate.to_json()).message


def altered(tree: dict[str, Any], where: Sequence[Any], entry: object) -> str:
    """A file with another entry, sealed anew."""
    tree = json.loads(json.dumps(tree))
    node: Any = tree
    for key in where[:-1]:
        node = node[key]
    node[where[-1]] = entry
    return sealed(tree)


def test_the_market_that_a_file_names_is_the_one_that_it_is_about() -> None:
    market = Procurement(dict.fromkeys("ab", UNIT), value=1)
    found = verify(Vickrey(1.0), market, "no_deficit")
    assert found.certificate is not None
    tree = json.loads(found.certificate.to_json())
    assert compare_with_rule(sealed(tree), None)[0]
    for key, entry in (("value", 0.5), ("tasks", 2)):
        text = altered(tree, ("rule", "market", key), entry)
        assert check(text).valid  # about the tree
        agrees, sentence = compare_with_rule(text, None)
        assert not agrees and "differ in" in sentence


def test_a_short_file_does_not_cost_much() -> None:
    found = verify(rules.second_price, 2, "individual_rationality")
    assert found.certificate is not None
    tree = json.loads(found.certificate.to_json())
    zeros = "; ".join(["0"] * 16)
    crowd = {"labels": [f"a{i}" for i in range(16)], "signs": [1] * 16, "bounds": [["0", None]] * 16}
    tree |= {
        "agents": {**tree["agents"], **crowd},
        "property": {"name": "coalitions", "size": 16, "transfers": True},
        "states": {"property": "coalitions", "epsilon": "0"},
        "trees": [{"agent": 0, "copies": 0, "nodes": [f"= {zeros} / {zeros}"]}],
        "proofs": [""],
    }
    assert "which are too few" in check(sealed(tree)).message
    tree["proofs"] = []
    assert not check(sealed(tree)).valid


def test_a_proof_of_nothing_is_confirmed() -> None:
    found = verify(lambda bids: ([1, 0], [1, 0]), Exchange({"u": UNIT}, {"p": UNIT}), "envy_freeness")
    assert found.certificate is not None and check(found.certificate.to_json()).valid


def test_a_rule_that_asks_for_numbers_is_compared_with_its_tree() -> None:
    found = verify(asks_for_numbers, 2)
    assert found.status == "proved" and found.certificate is not None
    assert "compared exactly" in compare_with_rule(found.certificate.to_json(), asks_for_numbers)[1]
