"""`verify` on rules however they are written: products, lotteries, arrays, heaps, objects, medians, exceptions, lazy sorting."""

from __future__ import annotations

import heapq
import statistics
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import Coalitions, FalseNames, check, verify
from mechanisms import Sale, Uniform
from tests import incentive_rules as rules

UNIT = Uniform(0, 1)
number = st.fractions(min_value=0, max_value=1, max_denominator=4)


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
