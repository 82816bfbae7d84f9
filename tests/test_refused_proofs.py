"""Rules and questions that `verify` refuses, and the reason it gives."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria import DSIC, FalseNames, verify
from mechanisms import (
    InvalidInput,
    Procurement,
    Refused,
    Vickrey,
)
from tests import incentive_rules as rules
from tests.test_incentive_proofs import SALE, UNIT, UNIT3, priced, two_by_two


def test_nothing_is_left_behind() -> None:
    """Guards and questions are gone afterwards, from the rule's module and from those that it might use."""
    before, random_before, time_before = set(vars(rules)), random.random, time.time
    with pytest.raises(Refused):
        verify(is_random, 2)
    verify(rules.second_price, 2)
    assert set(vars(rules)) == before and random.random == random_before and time.time is time_before
    assert random.random() < 1 < time.time()


def test_time_is_short() -> None:
    found = verify(rules.second_price, 9, timeout=0.01)
    assert found.status == "unknown" and "nothing is claimed" in found.message and found.certificate is None


def changes_its_input(bids: list[Any]) -> Any:
    bids.sort()
    return rules.empty(len(bids))


def is_random(bids: Sequence[Any]) -> Any:
    return rules.first_price(bids) if random.random() < 0.5 else rules.second_price(bids)


SOURCE = np.random.default_rng(0)


def is_random_in_secret(bids: Sequence[Any]) -> Any:
    return rules.first_price(bids) if SOURCE.random() < 0.5 else rules.second_price(bids)


def reads_the_clock(bids: Sequence[Any]) -> Any:
    return rules.first_price(bids) if time.time() < 0 else rules.second_price(bids)


def takes_roots(bids: Sequence[Any]) -> Any:
    return rules.first_price(bids) if np.sqrt(float(bids[0])) > 1 else rules.second_price(bids)


def divides_by_a_report(bids: Sequence[Any]) -> Any:
    return rules.first_price(bids) if 1 / bids[0] > 1 else rules.second_price(bids)


def looks_at_types(bids: Sequence[Any]) -> Any:
    return rules.first_price(bids) if isinstance(bids[0], Fraction) else rules.second_price(bids)


COUNTER = itertools.count()


def counts(bids: Sequence[Any]) -> Any:
    return rules.first_price(bids) if next(COUNTER) % 2 else rules.second_price(bids)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (changes_its_input, "changes the list of reports"),
        (is_random, r"is random \(it calls random.random\)"),
        (is_random_in_secret, r"is random \(it calls random of a generator\)"),
        (reads_the_clock, "reads the clock"),
        (takes_roots, "turns a report into a float"),
        (divides_by_a_report, "divides by a report"),
        (looks_at_types, "which kind of number"),
        (counts, "depends on what it did before"),
    ],
)
def test_what_cannot_be_analysed_is_refused(rule: Callable[..., Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        verify(rule, 2)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda bids: None, "must return \\(allocation, payments\\)"),
        (lambda bids: ([1], [0, 0]), "a list of 2 numbers, one for each report; got 1"),
        (lambda bids: (["x", 0], [0, 0]), "must return finite numbers; got 'x'"),
        (lambda bids: ([float("nan"), 0], [0, 0]), "must return finite numbers"),
        (lambda bids: [(0.5, ([1, 0], [0, 0]))], "probabilities that sum to 1"),
    ],
)
def test_outcomes_of_the_wrong_shape(rule: Callable[..., Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        verify(rule, 2)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((rules.first_price, 0), {}, "market must be a Market, or the number of agents"),
        ((rules.first_price, 2, "honesty"), {}, "property must be a Property or one of dsic"),
        ((rules.first_price, 2), {"side": "buyers"}, "side must be 'sale' or 'procurement'"),
        ((rules.first_price, SALE), {"side": "sale"}, "side must be left out"),
        ((rules.first_price, 2), {"epsilon": -1}, "epsilon must be at least 0"),
        ((rules.first_price, 2), {"timeout": 0}, "timeout must be a positive number"),
        ((Vickrey(), 3), {}, "market must be a Market for a rule of the catalogue"),
        ((5, 3), {}, "mechanism must be a rule of the catalogue or a function"),
    ],
)
def test_wrong_arguments(arguments: tuple[Any, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        verify(*arguments, **options)


def test_properties_without_meaning() -> None:
    with pytest.raises(Refused, match="needs the requester's value"):
        verify(Vickrey(0.5), Procurement({"a": UNIT, "b": UNIT}), "no_deficit")
    with pytest.raises(Refused, match="is about two sides"):
        verify(rules.first_price, 2, "budget_balance")
    with pytest.raises(Refused, match="on which side the further ones stand"):
        verify(priced("half"), two_by_two(), "false_names")
    with pytest.raises(Refused, match="has no users"):
        verify(Vickrey(0.5), UNIT3, DSIC("users"))
    with pytest.raises(InvalidInput, match="identities must be"):
        FalseNames(1)
