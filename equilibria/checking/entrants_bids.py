r"""What each prover expects of a first-price auction before it knows its cost, from bids that a certificate states.

With stated bid cdfs (`sealed_bids`) it is $\int b\,X_i\,d(1-H_i)$, an integral of splines, less what its wins cost; with stated
inverse bids (`inverse_curves`) both are one integral.
"""

from __future__ import annotations

from collections.abc import Mapping

from flint import arb, arb_series

from equilibria.checking.bid_cdfs import Strategy
from equilibria.checking.bounds import Bounds
from equilibria.checking.document import field, only
from equilibria.checking.inverse_curves import certify_each
from equilibria.checking.priors import Prior
from equilibria.checking.sealed_bids import SealedBids, certify_game
from equilibria.checking.taylor import ORDER, cell_ball, integrate_model, middle

__all__ = ["STATED", "certify_entrants"]

STATED = ("inverse_bids", "bids", "strategies")
"""Keys under which a file states bids."""


class _EachKept(SealedBids):
    """Sums for each prover apart."""

    def __init__(self, bids: list[float], strategies: list[Strategy]) -> None:
        SealedBids.__init__(self, bids, strategies)
        self.kept = [arb(0) for _ in strategies]

    def cell(self, cell: int) -> arb:
        """Add one cell, and what each is paid in it."""
        left, right = self.bids[cell], self.bids[cell + 1]
        centre, radius = middle(left, right)
        paid = []
        for x in (arb(centre), cell_ball(left, right)):
            conditionals, wins, _ = self.expand(cell, x)
            bid = arb_series([x, 1])
            paid.append([bid * c.derivative() * s.mass * w for c, s, w in zip(conditionals, self.strategies, wins, strict=True)])
        for i, pair in enumerate(zip(*paid, strict=True)):
            if not self.strategies[i].idle(cell):
                self.kept[i] += integrate_model(pair[0], pair[1], radius, ORDER - 2)
        return SealedBids.cell(self, cell)

    def _record(self, i: int, cell: int, left: float, right: float, residual: arb, cost: arb, wins: arb) -> None:
        before, self.cost = self.cost, arb(0)
        SealedBids._record(self, i, cell, left, right, residual, cost, wins)
        self.kept[i] -= self.cost
        self.cost += before


def certify_entrants(
    priors: Mapping[str, Prior], reserve: float, node: Mapping[str, object], where: str
) -> tuple[Bounds, Mapping[str, arb]]:
    """Bounds for an auction, and what each active prover keeps.

    Args:
        priors: cost distributions by label.
        reserve: the highest bid that is accepted.
        node: an object of a certificate that states bids, among other keys that were read before.
        where: the place in the file, for messages.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    if "inverse_bids" in node:
        only(node, ("entrants", "inverse_bids"), where)
        return certify_each(priors, reserve, node["inverse_bids"])
    stated = {key: field(node, key, where) for key in ("bids", "strategies")}
    bounds, game = certify_game(priors, reserve, stated, _EachKept)
    return bounds, {s.label: kept for s, kept in zip(game.strategies, game.kept, strict=True)}
