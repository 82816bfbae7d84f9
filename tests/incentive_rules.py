"""Rules that incentive proofs are tried on: right ones, famous wrong ones, and right ones with a bug."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

Rule = Callable[[Sequence[Any]], tuple[list[Any], list[Any]]]


def empty(n: int) -> tuple[list[Any], list[Any]]:
    return [0] * n, [0] * n


def second_price(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Vickrey with a reserve of 1/4."""
    shares, paid = empty(len(bids))
    winner = max(range(len(bids)), key=lambda i: bids[i])
    if bids[winner] < 0.25:
        return shares, paid
    shares[winner] = 1
    paid[winner] = max([bids[i] for i in range(len(bids)) if i != winner] + [0.25])
    return shares, paid


def scanned_second_price(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The same without a reserve, by comparisons only."""
    shares, paid = empty(len(bids))
    first, second = (0, 1) if bids[0] >= bids[1] else (1, 0)
    for i in range(2, len(bids)):
        if bids[i] > bids[first]:
            first, second = i, first
        elif bids[i] > bids[second]:
            second = i
    shares[first], paid[first] = 1, bids[second]
    return shares, paid


def first_price(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    shares, paid = empty(len(bids))
    winner = max(range(len(bids)), key=lambda i: bids[i])
    shares[winner], paid[winner] = 1, bids[winner]
    return shares, paid


def third_price(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    shares, paid = empty(len(bids))
    order = sorted(range(len(bids)), key=lambda i: bids[i], reverse=True)
    shares[order[0]], paid[order[0]] = 1, bids[order[2]]
    return shares, paid


def positions(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """GSP: two positions with click rates 1 and 1/2."""
    shares, paid = empty(len(bids))
    order = sorted(range(len(bids)), key=lambda i: (-bids[i], i))
    for place, rate in enumerate((Fraction(1), Fraction(1, 2))):
        shares[order[place]] = rate
        paid[order[place]] = rate * bids[order[place + 1]]
    return shares, paid


def uniform_price(units: int, sold: int) -> Rule:
    """The highest bids win a unit each, at the highest losing bid of an auction of `units`; `sold` of them are given away."""

    def rule(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        shares, paid = empty(len(bids))
        order = sorted(range(len(bids)), key=lambda i: -bids[i])
        for i in order[:sold]:
            shares[i], paid[i] = 1, bids[order[units]]
        return shares, paid

    return rule


def reserve_ignored_on_ties(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Planted: where the two highest bids tie, nobody looks at the reserve."""
    shares, paid = empty(len(bids))
    order = sorted(range(len(bids)), key=lambda i: -bids[i])
    best, next_ = bids[order[0]], bids[order[1]]
    if best < Fraction(1, 2) and best != next_:
        return shares, paid
    shares[order[0]] = 1
    paid[order[0]] = next_ if best == next_ else max(next_, Fraction(1, 2))
    return shares, paid


def third_price_on_ties(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Planted: where the two highest bids tie, the winner pays the third."""
    shares, paid = empty(len(bids))
    order = sorted(range(len(bids)), key=lambda i: -bids[i])
    shares[order[0]] = 1
    paid[order[0]] = bids[order[1]] if bids[order[0]] > bids[order[1]] else bids[order[2]]
    return shares, paid


def exchange(reports: Sequence[Any], users: int, price: str) -> tuple[list[Any], list[Any]]:
    """Users first; `"half"`: the half-double auction, `"mcafee"`: trade reduction, `"vcg"`."""
    n = len(reports)
    shares, paid = empty(n)
    bids = sorted(range(users), key=lambda i: -reports[i])
    asks = sorted(range(users, n), key=lambda j: reports[j])
    most = min(len(bids), len(asks))
    k = 0
    while k < most and reports[bids[k]] >= reports[asks[k]]:
        k += 1
    if k == 0:
        return shares, paid
    bid, ask = reports[bids[k - 1]], reports[asks[k - 1]]
    if price == "half":
        for i in bids[:k] + asks[:k]:
            shares[i], paid[i] = 1, (bid + ask) / 2
        return shares, paid
    if price == "vcg":
        low = max(ask, reports[bids[k]]) if k < len(bids) else ask
        high = min(bid, reports[asks[k]]) if k < len(asks) else bid
        for i in bids[:k]:
            shares[i], paid[i] = 1, low
        for j in asks[:k]:
            shares[j], paid[j] = 1, high
        return shares, paid
    if k < most:
        middle = (reports[bids[k]] + reports[asks[k]]) / 2
        if ask <= middle <= bid:
            for i in bids[:k] + asks[:k]:
                shares[i], paid[i] = 1, middle
            return shares, paid
    for i in bids[: k - 1]:
        shares[i], paid[i] = 1, bid
    for j in asks[: k - 1]:
        shares[j], paid[j] = 1, ask
    return shares, paid
