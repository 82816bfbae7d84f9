"""What else a certificate may be about: a file whose key `subject` is one of these goes to the checker of that name.

A checker takes the parsed file, raises `Rejected` unless everything in it holds, and returns the sentence that says what does.
A file without the key is about an equilibrium.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking.capacities import check_capacities
from equilibria.checking.fee_markets import check_fee_market
from equilibria.checking.incentives import check_incentives

Progress = Callable[[float], None]
Subject = Callable[[Mapping[str, object], Progress | None], str]

SUBJECTS: dict[str, Subject] = {
    "capacities": check_capacities,
    "fee_market": check_fee_market,
    "incentives": check_incentives,
}
