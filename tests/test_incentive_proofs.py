"""`verify`: what is proved, and what is refuted."""

from __future__ import annotations

import functools
import heapq
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import DSIC, Coalitions, FalseNames, Verdict, check, verify
from mechanisms import (
    AllPay,
    Exchange,
    FirstPrice,
    InvalidInput,
    KDoubleAuction,
    KthPrice,
    Market,
    Optimal,
    PostedPrice,
    Procurement,
    Sale,
    Uniform,
    UniformPrice,
    Vickrey,
)
from tests import incentive_rules as rules

UNIT = Uniform(0, 1)
Side = Literal["sale", "procurement"]


def two_by_two(users: int = 2, provers: int = 2) -> Exchange:
    return Exchange({f"u{i}": UNIT for i in range(users)}, {f"p{i}": UNIT for i in range(provers)})


def priced(price: str) -> rules.Rule:
    return functools.partial(rules.exchange, users=2, price=price)


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, who reports, a property, and what is known about it."""

    rule: Any
    market: Market | int
    property: Any
    status: str
    side: Side | None = None


CASES = {
    "second price": Case(rules.second_price, 4, "dsic", "proved"),
    "second price, scanned": Case(rules.scanned_second_price, 4, "dsic", "proved"),
    "second price is rational": Case(rules.second_price, 3, "individual_rationality", "proved"),
    "second price, no envy": Case(rules.second_price, 3, "envy-freeness", "proved"),
    "a reserve is inefficient": Case(rules.second_price, 3, "efficiency", "refuted"),
    "no reserve is efficient": Case(rules.scanned_second_price, 3, "efficiency", "proved"),
    "second price, two names": Case(rules.second_price, 2, FalseNames(), "proved"),
    "two bidders collude": Case(rules.second_price, 3, Coalitions(2), "refuted"),
    "not without transfers": Case(rules.second_price, 3, Coalitions(2, transfers=False), "proved"),
    "first price": Case(rules.first_price, 3, "dsic", "refuted"),
    "first price is monotone": Case(rules.first_price, 3, "monotonicity", "proved"),
    "first price, as costs": Case(rules.first_price, 3, "monotonicity", "refuted", "procurement"),
    "third price": Case(rules.third_price, 3, "dsic", "refuted"),
    "positions": Case(rules.positions, 3, "dsic", "refuted"),
    "uniform price": Case(rules.uniform_price(2, 2), 4, "dsic", "proved"),
    "planted: a unit too many": Case(rules.uniform_price(2, 3), 4, "dsic", "refuted"),
    "planted: a unit too many, second price": Case(rules.uniform_price(1, 2), 3, "dsic", "refuted"),
    "planted: reserve ignored on ties": Case(rules.reserve_ignored_on_ties, 3, "dsic", "refuted"),
    "planted: third price on ties": Case(rules.third_price_on_ties, 3, "dsic", "refuted"),
    "half double auction": Case(priced("half"), two_by_two(), "dsic", "refuted"),
    "half double auction, balanced": Case(priced("half"), two_by_two(), "budget_balance", "proved"),
    "half double auction, efficient": Case(priced("half"), two_by_two(), "efficiency", "proved"),
    "McAfee": Case(priced("mcafee"), two_by_two(), "dsic", "proved"),
    "McAfee is rational": Case(priced("mcafee"), two_by_two(), "individual_rationality", "proved"),
    "McAfee has no deficit": Case(priced("mcafee"), two_by_two(), "no_deficit", "proved"),
    "McAfee keeps money": Case(priced("mcafee"), two_by_two(), "budget_balance", "refuted"),
    "McAfee loses a trade": Case(priced("mcafee"), two_by_two(), "efficiency", "refuted"),
    "VCG": Case(priced("vcg"), two_by_two(), "dsic", "proved"),
    "VCG is efficient": Case(priced("vcg"), two_by_two(), "efficiency", "proved"),
    "VCG runs a deficit": Case(priced("vcg"), two_by_two(), "no_deficit", "refuted"),
}


@functools.cache
def verdict(name: str) -> Verdict:
    case = CASES[name]
    return verify(case.rule, case.market, case.property, side=case.side)


@pytest.mark.parametrize("name", CASES)
def test_what_is_known(name: str) -> None:
    found = verdict(name)
    assert found.status == CASES[name].status, found.message
    if found.status == "proved":
        assert found.certificate is not None and found.counterexample is None and found.epsilon == 0
        assert check(found.certificate.to_json()).valid, check(found.certificate.to_json()).message
    else:
        example = found.counterexample
        assert found.certificate is None and example is not None and example.gain > 0
        assert example.float_gain == pytest.approx(float(example.gain), abs=1e-9)
        assert found.reason == example.story


def test_a_counterexample_of_dominance_is_one() -> None:
    """Replayed by hand, in fractions."""
    for name, case in CASES.items():
        if case.property != "dsic" or case.status != "refuted":
            continue
        example = verdict(name).counterexample
        assert example is not None
        truth, lie = (list(reports.values()) for reports in example.reports)
        (i,) = (place for place in range(len(truth)) if truth[place] != lie[place])
        sign = -1 if isinstance(case.market, Exchange) and i >= case.market.buyers else 1
        honest, other = (case.rule(reports) for reports in (truth, lie))
        gain = sign * (truth[i] * (other[0][i] - honest[0][i]) - (other[1][i] - honest[1][i]))
        assert gain == example.gain and list(example.types.values()) == truth


def test_the_story_of_a_prover() -> None:
    found = verify(rules.first_price, 3, side="procurement")
    assert found.message == "refuted: prover a, cost 0, bids 1 against (0, 0): gains 1"
    assert str(found) == "first_price, dsic: refuted: prover a, cost 0, bids 1 against (0, 0): gains 1"


UNIT3 = Procurement(dict.fromkeys("abc", UNIT), value=1)
SALE = Sale(dict.fromkeys("abc", UNIT))
CATALOGUE = {
    "vickrey": Case(Vickrey(0.75), UNIT3, "dsic", "proved"),
    "vickrey, deficit": Case(Vickrey(0.75), UNIT3, "no_deficit", "proved"),
    "vickrey, false names": Case(Vickrey(0.75), UNIT3, "false_names", "proved"),
    "vickrey, sale": Case(Vickrey(), SALE, "efficiency", "proved"),
    "first price": Case(FirstPrice(), UNIT3, "dsic", "refuted"),
    "optimal": Case(Optimal(), Procurement({"a": UNIT, "b": Uniform(0, 2)}, value=1), "dsic", "proved"),
    "optimal, sale": Case(Optimal(), Sale({"a": UNIT, "b": UNIT}), "dsic", "proved"),
    "posted price": Case(PostedPrice(0.5), UNIT3, "dsic", "proved"),
    "posted price, false names": Case(PostedPrice(0.5), UNIT3, "false_names", "refuted"),
    "third price": Case(KthPrice(k=3), UNIT3, "dsic", "refuted"),
    "all pay": Case(AllPay(), SALE, "individual_rationality", "refuted"),
    "uniform price": Case(UniformPrice(), Procurement(dict.fromkeys("abc", UNIT), tasks=2), "dsic", "proved"),
    "asks set the price: users": Case(KDoubleAuction(0), two_by_two(), DSIC("users"), "proved"),
    "one user, asks set the price": Case(KDoubleAuction(0), two_by_two(1, 1), DSIC("users"), "proved"),
    "one prover, asks set the price": Case(KDoubleAuction(0), two_by_two(1, 1), DSIC("provers"), "refuted"),
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_rules_of_the_catalogue(name: str) -> None:
    case = CATALOGUE[name]
    found = verify(case.rule, case.market, case.property)
    assert found.status == case.status, found.message
    if found.certificate is not None:
        assert check(found.certificate.to_json()).valid


def test_few_cases_where_the_order_of_rivals_is_nothing() -> None:
    found = verify(rules.second_price, 6)
    assert found.status == "proved" and found.cases < 1000 and found.certificate is not None
    tree = json.loads(found.certificate.to_json())
    assert tree["reduction"] == "rivals in order" and len(tree["proofs"]) == 5 + 6
    assert check(found.certificate.to_json()).valid


def test_within_epsilon() -> None:
    def shaded(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Second price with a hundredth of the winner's bid."""
        shares, paid = rules.scanned_second_price(bids)
        return shares, [p + bids[i] * Fraction(1, 100) * shares[i] for i, p in enumerate(paid)]

    market = Sale({"a": UNIT, "b": UNIT})
    found = verify(shaded, market, epsilon=Fraction(1, 100))
    assert found.status == "within" and found.epsilon == Fraction(1, 100) and found.certificate is not None
    assert check(found.certificate.to_json()).valid
    assert verify(shaded, market, epsilon=Fraction(1, 101)).status == "refuted"
    smaller = json.loads(found.certificate.to_json())
    smaller["states"]["epsilon"] = "1/101"
    from equilibria.checking import sealed

    assert not check(sealed(smaller)).valid


@pytest.mark.parametrize(("rate", "status"), [(Fraction(1, 2), "proved"), (0.501, "refuted")])
def test_shares_that_grow_with_reports(rate: Any, status: str) -> None:
    """A share of the report, at the price that its integral is: the optimal way to sell shares at a quadratic cost."""

    def proportional(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        return [bids[0]], [rate * bids[0] ** 2]

    found = verify(proportional, Sale({"a": UNIT}))
    assert found.status == status and found.certificate is None
    if status == "proved":
        assert "one must trust z3" in found.message
    else:
        assert found.counterexample is not None and found.counterexample.gain > 0


def test_products_that_cases_are_made_of() -> None:
    def by_squares(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        first = bids[0] * bids[0] >= bids[1] * bids[1]
        return ([1, 0], [bids[1], 0]) if first else ([0, 1], [0, bids[0]])

    found = verify(by_squares, 2)
    assert found.status == "proved" and found.certificate is None
    assert verify(by_squares, 2, Coalitions(2)).status == "refuted"


def test_a_lottery_over_rules() -> None:
    def lottery(bids: Sequence[Any]) -> list[tuple[Any, Any]]:
        return [(0.5, rules.scanned_second_price(bids)), (0.5, ([1] + [0] * (len(bids) - 1), [0] * len(bids)))]

    def wrong(bids: Sequence[Any]) -> list[tuple[Any, Any]]:
        return [(Fraction(1, 3), rules.scanned_second_price(bids)), (Fraction(2, 3), rules.first_price(bids))]

    assert verify(lottery, 3).status == "proved"
    assert verify(wrong, 3).status == "refuted"


def test_object_arrays() -> None:
    def with_arrays(bids: Sequence[Any]) -> tuple[Any, Any]:
        array = np.array(bids, dtype=object)
        order = np.argsort(-array, kind="stable")
        shares, paid = np.zeros(len(bids), dtype=object), np.zeros(len(bids), dtype=object)
        shares[order[0]], paid[order[0]] = 1, array[order[1]]
        return shares, paid

    assert verify(with_arrays, 3).status == "proved"


def test_lists_and_heaps_that_sort_by_comparing() -> None:
    def with_list(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        ranked = [(-bid, i) for i, bid in enumerate(bids)]
        ranked.sort()
        shares, paid = rules.empty(len(bids))
        shares[ranked[0][1]], paid[ranked[0][1]] = 1, -ranked[1][0]
        return shares, paid

    def with_heap(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        heap: list[Any] = []
        for i, bid in enumerate(bids):
            heapq.heappush(heap, (-bid, i))
        winner = heapq.heappop(heap)[1]
        shares, paid = rules.empty(len(bids))
        shares[winner], paid[winner] = 1, -heap[0][0]
        return shares, paid

    for rule in (with_list, with_heap):
        found = verify(rule, 3)
        assert found.status == "proved" and found.certificate is not None and check(found.certificate.to_json()).valid


class Reserve:
    """A rule that is an object."""

    def __init__(self, reserve: Any) -> None:
        self.reserve = reserve

    def __call__(self, bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        winner = max(range(len(bids)), key=bids.__getitem__)
        price = max([self.reserve] + [bid for i, bid in enumerate(bids) if i != winner])
        sold = bids[winner] >= self.reserve
        return [int(sold and i == winner) for i in range(len(bids))], [
            price if sold and i == winner else 0 for i in range(len(bids))
        ]


def drawn_among_equals(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Second price with ties broken by an even lottery."""
    tied = [i for i, bid in enumerate(bids) if bid == max(bids)]
    second, part = sorted(bids)[-2], Fraction(1, len(tied))
    shares = [part if i in tied else 0 for i in range(len(bids))]
    return shares, [second * share for share in shares]


def with_numpy(bids: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Second price with a reserve, in the functions of numpy."""
    array = np.array(bids, dtype=object)
    winner = int(np.argmax(array))
    price = np.maximum(np.delete(array, winner).max(), np.float64(0.5))
    shares = np.zeros(len(bids))
    if array[winner] >= np.float64(0.5):
        shares[winner] = 1.0
    return shares, [price if share else 0 for share in shares]


def above_the_median(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    middle = statistics.median(bids)
    return [int(bid > middle) for bid in bids], [middle if bid > middle else 0 for bid in bids]


@pytest.mark.parametrize("rule", [Reserve(0.25), Reserve(0.25).__call__, drawn_among_equals, with_numpy, above_the_median])
def test_ways_to_write_a_rule(rule: Callable[..., Any]) -> None:
    found = verify(rule, 3)
    assert found.status == "proved" and found.certificate is not None, found.message
    assert check(found.certificate.to_json()).valid


def test_symmetric_ties_are_proof_against_false_names() -> None:
    assert verify(drawn_among_equals, 2, FalseNames(identities=2)).status == "proved"


def test_an_exception_is_an_outcome() -> None:
    def divides(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        if bids[0] == 2 * bids[1]:
            raise ZeroDivisionError("no such ratio")
        return rules.second_price(bids)

    found = verify(divides, 2)
    assert found.status == "crashes" and found.counterexample is not None
    a, b = found.counterexample.types.values()
    assert a == 2 * b and "ZeroDivisionError: no such ratio" in found.message
    with pytest.raises(ZeroDivisionError):
        divides([a, b])


def test_a_verdict_is_no_truth_value() -> None:
    with pytest.raises(InvalidInput, match=r"Compare \.status"):
        bool(verdict("first price"))


number = st.fractions(min_value=0, max_value=1, max_denominator=4)


@settings(max_examples=25, deadline=None)
@given(st.lists(number, min_size=3, max_size=3), st.fractions(min_value=0, max_value=1, max_denominator=4), st.integers(0, 2))
def test_no_sampled_lie_pays_where_truth_is_proved(types: list[Fraction], lie: Fraction, i: int) -> None:
    assert verdict("second price").status == "proved"
    for rule in (rules.second_price, rules.scanned_second_price):
        honest, other = rule(types), rule([*types[:i], lie, *types[i + 1 :]])
        assert types[i] * other[0][i] - other[1][i] <= types[i] * honest[0][i] - honest[1][i]


@settings(max_examples=15, deadline=None)
@given(st.lists(number, min_size=4, max_size=4), st.sampled_from([1, 2, 3]), st.booleans())
def test_lazy_sorting_is_sorting(values: list[Fraction], position: int, reverse: bool) -> None:
    from equilibria.proofs.affine import constant
    from equilibria.proofs.replaying import _Numbers
    from equilibria.proofs.symbolic_order import symbolic_max, symbolic_min, symbolic_sorted
    from equilibria.proofs.symbols import Symbol

    decider = _Numbers()
    symbols = [Symbol(decider, constant(value)) for value in values]
    places = range(len(values))
    for key, keyed in (
        (lambda i: values[i], lambda i: symbols[i]),
        (lambda i: (-values[i], i % 2), lambda i: (-symbols[i], i % 2)),
        (lambda i: (i % 2, values[i]), lambda i: (i % 2, symbols[i])),
    ):
        expected = sorted(places, key=key, reverse=reverse)
        lazy = symbolic_sorted(places, key=keyed, reverse=reverse)
        assert lazy[position] == expected[position] and lazy[-1] == expected[-1]
        assert lazy[:2] == expected[:2] and list(lazy) == expected and len(lazy) == 4 and lazy == expected
        assert symbolic_max(places, key=keyed) == max(places, key=key)
        assert symbolic_min(places, key=keyed) == min(places, key=key)
