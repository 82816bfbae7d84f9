r"""Taking requests in order to abandon them: fees are paid on assignment, and the slash is one for all that are late.

With $N$ requests at the fee $P$, and an expected slash $S(N)$ and later business worth $F$ lost by a default, entering without
any intention to prove pays if and only if $N P + G > S(N) + F$, where $G$ is what a missing proof is worth to the prover. How
many requests that takes is searched by doubling and bisection on the game itself: nothing here knows what payment or slash are.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from equilibria.auditing.findings import Finding, Instance
from equilibria.auditing.kinds import Kind
from equilibria.auditing.wording import short

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject
    from equilibria.collateral.delivery_game import DeliveryGame

__all__ = ["EntryToAbandon"]

MOST = 2**20  # requests taken at once; more is no market


@final
class EntryToAbandon(Kind):
    """A prover takes as many requests as make it pay to prove none of them."""

    name = "entry_to_abandon"

    def inapplicable(self, subject: Subject) -> str | None:
        return "no terms of delivery are given: pass delivery=DeliveryGame(...)" if subject.delivery is None else None

    def look(self, subject: Subject) -> Finding:
        game = subject.delivery
        assert game is not None
        count = _fewest(game)
        if count is None:
            return Finding(
                kind=self.name,
                status="not_found",
                how="backward induction",
                message=f"none for any number of requests up to {MOST} that was tried; exact for each, but without a certificate",
            )
        from equilibria.collateral.assignment_conditions import assignment_conditions
        from equilibria.collateral.delivery_game import play

        gain, fees = _gain(game, count), count * game.price
        exact = play(replace(game, assignments=count, outage=Fraction(0))).threshold
        review = assignment_conditions(game.bond, game.price, 0, count).review / count
        message = (
            f"from {count} requests on; they are proved up to a cost of {short(exact)} each, though fees are above slash and "
            f"cost, a review's condition, for costs below {short(max(review, Fraction(0)))} each"
        )
        return Finding(
            kind=self.name,
            status="found",
            how="backward induction",
            message=message,
            gain=gain,
            instance=Instance(
                types={},
                reports={},
                story=f"a prover takes {count} requests at {short(game.price)} each, is paid {short(fees)} in all, proves none, "
                f"whatever that costs, and loses {short(fees - gain)}: gains {short(gain)}",
            ),
        )


def _gain(game: DeliveryGame, count: int) -> Fraction:
    """What never proving pays, at a cost so high that nothing else does."""
    from equilibria.collateral.delivery_game import play

    findings = play(replace(game, assignments=count, outage=Fraction(0))).findings
    return next((one.gain for one in findings if one.kind == "entry_to_abandon"), Fraction(0))


def _fewest(game: DeliveryGame) -> int | None:
    """The fewest requests, at least those of the game, that it pays to take and abandon; None if none do."""
    low = high = game.assignments
    while _gain(game, high) <= 0:
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _gain(game, middle) > 0 else (middle, high)
    return high
