"""What else a certificate may be about: a file whose key `subject` is one of these goes to the checker of that name.

A checker takes the parsed file, raises `Rejected` unless everything in it holds, and returns the sentence that says what does.
A file without the key is about an equilibrium.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking.bond_sizes import check_bond
from equilibria.checking.capacities import check_capacities
from equilibria.checking.contest_names import check_contest_names
from equilibria.checking.fee_markets import check_fee_market
from equilibria.checking.implementability import implementability
from equilibria.checking.incentives import check_incentives
from equilibria.checking.interim_incentives import interim_incentives
from equilibria.checking.known_contests import check_known
from equilibria.checking.optima import check_optimum
from equilibria.checking.program_files import check_program
from equilibria.checking.restaking_networks import check_restaking

Progress = Callable[[float], None]
Subject = Callable[[Mapping[str, object], Progress | None], str]

SUBJECTS: dict[str, Subject] = {
    "bond": check_bond,
    "capacities": check_capacities,
    "contest_names": check_contest_names,
    "fee_market": check_fee_market,
    "implementability": implementability,
    "incentives": check_incentives,
    "interim_incentives": interim_incentives,
    "known_contest": check_known,
    "linear_program": check_program,
    "optimal_mechanism": check_optimum,
    "restaking": check_restaking,
}
