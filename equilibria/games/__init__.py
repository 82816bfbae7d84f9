"""One module for each family of games: which solver finds strategies, and what the certificate holds of them.

A module has `propose(mechanism, market, solver, progress) -> Proposal`. `solve` takes it from `FAMILIES` by the kind of the
mechanism, and certifies what it proposes; the checker of the family is in `equilibria.checking.games` under the same kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from equilibria.strategies import Strategy
from mechanisms import Market, Mechanism

__all__ = ["FAMILIES", "Progress", "Proposal", "family_of"]

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done."""

FAMILIES: Mapping[str, str] = {
    "first_price": "pay_as_bid",
    "discriminatory": "several_tasks",
    "split_award": "several_tasks",
    "secret_reserve": "several_tasks",
    "all_pay": "all_pay",
    "commit_reveal": "second_price",
    "kth_price": "symmetric",
    "war_of_attrition": "attrition",
    "uniform_price": "uniform_price",
    "k_double_auction": "exchange",
    "core_selecting": "package_sale",
    "package_first_price": "package_sale",
    "tullock": "contests",
    "weibull_race": "contests",
    "prize_contest": "prize_contests",
    "custom": "discretised",
}
"""Module of `equilibria.games` by kind of mechanism; kinds that are not here are `dominant`."""

MARKET_FAMILIES: Mapping[str, str] = {
    "common_difficulty": "affiliated",
    "affiliated_values": "affiliated",
    "common_cost": "affiliated",
    "mineral_rights": "affiliated",
    "risk_averse": "risk_averse",
    "costly_entry": "costly_entry",
    "uncertain_presence": "several_tasks",
    "bond_at_stake": "bond_at_stake",
    "budgeted": "budgets",
    "sequential_entry": "sequential_entry",
}
"""Module by kind of market, for markets that have a theory of their own whatever the rule is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Strategies before they are certified.

    Attributes:
        strategies: by label, on the types of the market (values in a sale).
        stated: what the certificate holds under `equilibrium`; None for nothing.
        solver: how they were found.
        complete: whether every equilibrium was found, as far as theory says.
        failure: what went wrong, why it may be so and what to change; None where the solver is content.
        content: the largest certified epsilon, as a share of the surplus, that counts as converged; None for any.
        aim: the share above which the others are tried all the same, and the best of all kept; None for none.
        notes: what else there is to say.
        estimates: what is said of them where no checker can follow (a rule that is a user's function); the status is then
            `"estimated"`.
        others: other proposals, each made when asked for, where what was found so far does not count as converged.
    """

    strategies: Mapping[str, Strategy]
    stated: Mapping[str, object] | None
    solver: str
    complete: bool = True
    failure: str | None = None
    content: float | None = None
    aim: float | None = None
    notes: tuple[str, ...] = field(default=())
    estimates: Mapping[str, object] | None = None
    others: Sequence[Callable[[], Proposal]] = ()


def family_of(mechanism: Mechanism, market: Market) -> Callable[[Mechanism, Market, object, Progress | None], Proposal]:
    """The `propose` of the family of a mechanism on a market."""
    name = MARKET_FAMILIES.get(market.kind) or FAMILIES.get(mechanism.kind, "dominant")
    module = import_module(f"equilibria.games.{name}")
    propose: Callable[[Mechanism, Market, object, Progress | None], Proposal] = module.propose
    return propose
