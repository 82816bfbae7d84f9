"""What the winner does once it has the request: it abandons it, slashes itself, or collects by its own late proof.

`play` finds the moves by backward induction over all costs of the winner; nothing about good and bad terms is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from equilibria.auditing.findings import Finding, Instance
from equilibria.auditing.kinds import Kind
from equilibria.auditing.wording import short

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["AFTER_THE_AWARD", "AfterTheAward"]


@final
@dataclass(frozen=True, slots=True)
class AfterTheAward(Kind):
    """A move of the winner that the terms of delivery make pay.

    Arguments:
        name: of the kind.
        moves: what `play` calls it.
        words: what the winner does, for the story.
    """

    name: str
    moves: tuple[str, ...]
    words: str

    def inapplicable(self, subject: Subject) -> str | None:
        return "no terms of delivery are given: pass delivery=DeliveryGame(...)" if subject.delivery is None else None

    def look(self, subject: Subject) -> Finding:
        from equilibria.collateral.delivery_game import play

        game = subject.delivery
        assert game is not None
        found = next((one for one in play(game).findings if one.kind in self.moves), None)
        if found is None:
            return Finding(
                kind=self.name,
                status="not_found",
                how="backward induction",
                message="none at any cost; exact, but without a certificate",
            )
        cost = "whatever its cost beyond the threshold" if found.cost is None else f"cost {short(found.cost)}"
        return Finding(
            kind=self.name,
            status="found",
            how="backward induction",
            message=f"{found.kind.replace('_', ' ')}, the best over all costs",
            gain=found.gain,
            instance=Instance(
                types={} if found.cost is None else {"winner": found.cost},
                reports={},
                story=f"the winner, {cost}, {self.words}: gains {short(found.gain)}" + ("" if found.gain else ", at no loss"),
            ),
        )


AFTER_THE_AWARD = (
    AfterTheAward("abandonment", ("free_abandonment", "entry_to_abandon"), "walks away from the request"),
    AfterTheAward("self_slash", ("self_slash",), "asks for its own slash"),
    AfterTheAward("late_rescue", ("late_self_rescue",), "delivers late and collects what was slashed"),
)
"""Of a `DeliveryGame`."""
