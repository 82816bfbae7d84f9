r"""Agreements outside the rule: whoever buys a proof and a prover trade with each other and pay nobody else.

Outside, a buyer of value $v$ and a prover of cost $c$ share $v-c$ (or nothing, if that is negative). Inside, at truthful
reports, they share $v\,x-t_{\text{buyer}}+t_{\text{prover}}-c\,x'$; what others are paid, what is burned and what the reserve
excludes is lost to them. The difference is what an agreement gains; which side gets how much of it is left open.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from time import monotonic
from typing import TYPE_CHECKING, final

from equilibria.auditing.findings import Finding, Instance
from equilibria.auditing.kinds import Kind
from equilibria.auditing.outcome_table import Deviation, OutcomeTable, best_of
from equilibria.auditing.wording import short
from equilibria.proofs.affine import exact
from equilibria.proofs.stories import others
from mechanisms import Exchange, Procurement, UncertainPresence

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["OffChain"]


@final
class OffChain(Kind):
    """A buyer and a prover trade outside the rule."""

    name = "off_chain"

    def inapplicable(self, subject: Subject) -> str | None:
        market = subject.market
        if isinstance(market, UncertainPresence) or not isinstance(market, Procurement | Exchange):
            return f"it needs a buyer and provers; this is a {type(market).__name__}"
        if isinstance(market, Procurement) and (market.tasks != 1 or not isinstance(market.value, int | float | Fraction)):
            return "it needs one task, and the value of a proof to the requester, as a number"
        if isinstance(market, Exchange) and not market.unit:
            return "it is written for one proof each"
        return subject.reason_against_proof

    def look(self, subject: Subject) -> Finding:
        table = OutcomeTable(subject)
        search = _with_users(table) if isinstance(subject.market, Exchange) else _with_requester(table, subject)
        best, count, complete = best_of(search, max(subject.deadline, monotonic() + 0.5))
        complete = complete and table.complete
        where = f"{count} agreements on {table.description}"
        if best is None:
            how = "exhaustive grid" if complete else "search"
            return Finding(kind=self.name, status="not_found", how=how, message=f"none among {where}")  # type: ignore[arg-type]  # a literal
        labels = subject.setting.labels
        return Finding(
            kind=self.name,
            status="found",
            how="exhaustive grid" if complete else "search",
            message=f"the best of {where}",
            gain=best.gain,
            instance=Instance(
                types=dict(zip(labels, best.types, strict=True)),
                reports={label: best.types[i] for i, label in enumerate(labels) if i not in best.members},
                story=best.story,
            ),
        )


def _with_requester(table: OutcomeTable, subject: Subject) -> Iterator[Deviation]:
    worth = exact(subject.certain.value)
    assert worth is not None
    value = Fraction(worth)
    everybody = tuple(range(table.setting.agents))
    for truth in table.profiles(everybody):
        amounts, paid = table.outcome(truth)
        bought = min(sum(amounts, Fraction(0)), Fraction(1))
        for i, label in enumerate(table.setting.labels):
            inside = value * bought - (sum(paid, Fraction(0)) - paid[i]) - truth[i] * amounts[i]
            outside = max(value - truth[i], Fraction(0))
            story = f"the requester and prover {label}, cost {truth[i]}, trade outside against {others(truth, (i,))}: "
            yield Deviation(outside - inside, truth, truth, (i,), f"{story}{short(outside)} together instead of {short(inside)}")


def _with_users(table: OutcomeTable) -> Iterator[Deviation]:
    setting = table.setting
    for truth in table.profiles(tuple(range(setting.agents))):
        for user in setting.places(1):
            for prover in setting.places(-1):
                inside = table.utility(user, truth[user], truth) + table.utility(prover, truth[prover], truth)
                outside = truth[user] - truth[prover]
                yield Deviation(
                    outside - inside, truth, truth, (user, prover),
                    f"user {setting.labels[user]} ({truth[user]}) and prover {setting.labels[prover]} ({truth[prover]}) trade "
                    f"outside against {others(truth, (user, prover))}: {short(outside)} together instead of {short(inside)}",
                )  # fmt: skip
