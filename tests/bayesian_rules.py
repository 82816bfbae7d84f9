"""Rules that are, or are not, Bayesian incentive compatible, and the markets that they are tried on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from mechanisms import Distribution, Exchange, Sale, Uniform

Rule = Callable[[Sequence[Any]], tuple[list[Any], list[Any]]]


def winner(reports: Sequence[Any]) -> int:
    return max(range(len(reports)), key=lambda place: reports[place])


def paying(price: Callable[[Sequence[Any], int], Any]) -> Rule:
    """The highest report wins and pays a price."""

    def rule(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        who = winner(reports)
        return [int(k == who) for k in range(len(reports))], [price(reports, who) if k == who else 0 for k in range(len(reports))]

    return rule


first_price = paying(lambda reports, who: reports[who])
halved = paying(lambda reports, who: reports[who] * Fraction(len(reports) - 1, len(reports)))
second_price = paying(lambda reports, who: sorted(reports)[-2])
third_price = paying(lambda reports, who: sorted(reports)[-3])


def expected_externality(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Trade where the value exceeds the cost; balanced, and each side is paid what it does to the other in expectation."""
    value, cost = reports
    trade = int(value >= cost)
    price = cost / 3 + Fraction(5, 12) if trade else Fraction(1, 12) - value / 3
    return [trade, trade], [price, price]


def lowest_wins(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    who = min(range(len(reports)), key=lambda place: reports[place])
    n = len(reports)
    price = (1 + (n - 1) * reports[who]) / n
    return [int(k == who) for k in range(n)], [price if k == who else 0 for k in range(n)]


def sale(*laws: Distribution) -> Sale:
    return Sale({"abcde"[k]: law for k, law in enumerate(laws)})


UNIT = Uniform(0, 1)
TRADE = Exchange({"buyer": UNIT}, {"seller": UNIT})
