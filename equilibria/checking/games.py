"""Which bound is derived for which market and mechanism.

A game reads everything that it needs from the certificate, refuses keys that it does not read, and returns bounds in the
orientation of a procurement with the sign of its market: +1, or -1 for a sale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking import (
    all_pay_pair,
    attrition,
    budgets,
    second_price,
    sequential_entry,
    several_tasks,
    symmetric_games,
    uniform_price,
)
from equilibria.checking.affiliated_bids import certify_affiliated
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.contest_files import contest, prizes
from equilibria.checking.double_auction import certify_double_auction
from equilibria.checking.other_markets import bond_at_stake, costly_entry, risk_averse
from equilibria.checking.package_first_price import certify_package_first_price
from equilibria.checking.package_sale import certify_core_selecting
from equilibria.checking.single_task import dominant, pay_as_bid

Game = Callable[[Mapping[str, object], Progress | None], tuple[Bounds, int]]

MARKETS: Mapping[str, Game] = {
    "risk_averse": risk_averse,
    "bond_at_stake": bond_at_stake,
    "budgeted": budgets.certify,
    "costly_entry": costly_entry,
    "sequential_entry": sequential_entry.certify,
    "uncertain_presence": several_tasks.uncertain_presence,
    "common_difficulty": certify_affiliated,
    "affiliated_values": certify_affiliated,
    "common_cost": certify_affiliated,
    "mineral_rights": certify_affiliated,
}
"""By kind of market, where that decides; otherwise `GAMES`."""

GAMES: Mapping[str, Game] = {
    "first_price": pay_as_bid,
    "vickrey": dominant,
    "optimal": dominant,
    "posted_price": dominant,
    "race": dominant,
    "central_prover": dominant,
    "discriminatory": several_tasks.discriminatory,
    "split_award": several_tasks.pay_as_bid,
    "secret_reserve": several_tasks.pay_as_bid,
    "all_pay": all_pay_pair.certify,
    "commit_reveal": second_price.certify,
    "kth_price": symmetric_games.kth_price,
    "war_of_attrition": attrition.certify,
    "uniform_price": uniform_price.certify,
    "k_double_auction": certify_double_auction,
    "core_selecting": certify_core_selecting,
    "package_first_price": certify_package_first_price,
    "tullock": contest,
    "weibull_race": contest,
    "prize_contest": prizes,
}
"""By kind of mechanism."""
