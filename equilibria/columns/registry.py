"""The columns of a full comparison, in the order in which they are shown. Another one is one file and one line here."""

from __future__ import annotations

from collections.abc import Iterable

from equilibria.columns.bonds import bond
from equilibria.columns.cell import Column
from equilibria.columns.concentrated import index, least_majority
from equilibria.columns.deviations import deviations
from equilibria.columns.entry import repaying, staying
from equilibria.columns.lateness import no_proof, price_of_censorship
from equilibria.columns.money import budget, quantity, requester
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["COLUMNS", "columns_of"]

COLUMNS: dict[str, Column] = {
    "price_paid": Column("price paid", "what the requester pays in expectation", quantity("expected_payment"), played=True),
    "resource_cost": Column("resource cost", "what all provers spend", quantity("resource_cost"), played=True),
    "redundancy": Column("redundant", "what of it is spent on proofs thrown away", quantity("redundant_cost"), played=True),
    "prover_surplus": Column("prover surplus", "what provers keep, before fixed costs", quantity("prover_surplus"), played=True),
    "budget": Column("budget", "what is paid and reaches no prover", budget, played=True),
    "requester_surplus": Column("requester keeps", "value of the proof less the payment", requester),
    "no_award": Column("no award", "probability that nobody is awarded, failures aside", quantity("no_award"), played=True),
    "no_proof": Column(
        "no proof", "probability of no proof in time if a prover fails once in 20 times (assumed)", no_proof, solved=False
    ),
    "censorship": Column(
        "censorship", "least cost of keeping a request unproved, the safe bond at stake", price_of_censorship, solved=False
    ),
    "hhi": Column("HHI", "Herfindahl-Hirschman index of the awards", index, played=True),
    "nakamoto": Column("Nakamoto", "fewest provers with more than half of the awards", least_majority, played=True),
    "bond": Column("safe bond", "least slash for which a winner whose cost turns out highest still delivers", bond),
    "staying": Column("stay", "how many equal provers earn their fixed cost back in the long run", staying),
    "repays": Column("repaid", "provers of this market whose fees repay their hardware", repaying),
    "audit": Column("deviations", "kinds of deviation found / certified absent / open", deviations, solved=False, apart=True),
}
"""By name."""


def columns_of(names: Iterable[str] | str) -> dict[str, Column]:
    """The columns of some names; `"all"` for all.

    Raises:
        InvalidInput: there is none of a name.
    """
    if names == "all":
        return dict(COLUMNS)
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in COLUMNS:
            raise InvalidInput(f"columns must be 'all' or some of {', '.join(COLUMNS)}; got {shown(name)}.")
    return {name: COLUMNS[name] for name in chosen}
