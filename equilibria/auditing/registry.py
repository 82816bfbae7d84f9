"""The kinds of deviation that `audit` looks for, in the order in which it reports them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from equilibria.auditing.after_the_award import AFTER_THE_AWARD
from equilibria.auditing.by_market import ByMarket
from equilibria.auditing.capacity_reports import CAPACITY_KINDS
from equilibria.auditing.contest_effort import OtherEffort
from equilibria.auditing.contest_pairs import ContestPair
from equilibria.auditing.contest_splits import SplitEffort
from equilibria.auditing.entering import EntryToAbandon
from equilibria.auditing.kinds import Kind
from equilibria.auditing.non_reveal import NonReveal
from equilibria.auditing.off_chain import OffChain
from equilibria.auditing.outcome_table import false_names, misreports, pairs
from equilibria.auditing.phantom_bid import PHANTOM_BID, one_each
from equilibria.auditing.proved_kind import ProvedKind
from equilibria.auditing.resubmission import Resubmission
from equilibria.auditing.undercutting import SelfUndercut
from equilibria.auditing.waiting import Waiting
from equilibria.auditing.wash_work import WashWork
from equilibria.auditing.withheld_proofs import WithheldProof
from equilibria.proofs.properties.coalitions import Coalitions
from equilibria.proofs.properties.false_names import FalseNames
from equilibria.proofs.properties.registry import PROPERTIES
from mechanisms import BlockSpace
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject
    from equilibria.proofs.verdict import Counterexample

__all__ = ["KINDS", "kinds_of"]


def _several(subject: Subject) -> str | None:
    return None if len(subject.market.labels) > 1 else "there is only one agent"


def _blocks(subject: Subject) -> str | None:
    return None if isinstance(subject.market, BlockSpace) else "it is no fee market"


def _together(found: Counterexample) -> bool:
    """Whether it takes two: the property is also about coalitions of one."""
    return found.story.endswith("together")


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        ByMarket(ProvedKind("cost", "dsic", misreports), OtherEffort()),
        ByMarket(ProvedKind("identities", FalseNames(2), false_names, further=1, unmet=one_each), SplitEffort()),
        PHANTOM_BID,
        ByMarket(ProvedKind("coalition", Coalitions(2), pairs, unmet=_several, accepts=_together), ContestPair()),
        OffChain(),
        ByMarket(NonReveal(), WithheldProof()),
        Waiting(),
        *CAPACITY_KINDS,
        *(ProvedKind(name, PROPERTIES[name], unmet=_blocks) for name in ("uic", "mic", "scp", "off_chain_agreements")),
        SelfUndercut("self_outbid", 1),
        SelfUndercut("ping_pong", 2),
        *AFTER_THE_AWARD,
        EntryToAbandon(),
        Resubmission(),
        WashWork(),
    )
}
"""By name. Another property of `verify` is one more line, `ProvedKind(name, property)`."""


def kinds_of(names: Iterable[str] | str | None) -> list[Kind]:
    """The kinds of some names; all for None.

    Raises:
        InvalidInput: there is none of a name.
    """
    if names is None:
        return list(KINDS.values())
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in KINDS:
            raise InvalidInput(f"kinds must be among {', '.join(KINDS)}; got {shown(name)}.")
    if not chosen:
        raise InvalidInput(f"kinds must name at least one of {', '.join(KINDS)}; got none. Pass None for all.")
    return [KINDS[name] for name in dict.fromkeys(chosen)]
