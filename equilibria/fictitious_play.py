r"""Fictitious play on a discretised game: the reference.

Each agent answers best to the average of what its rivals did: $g_i\leftarrow(1-\gamma_t)g_i+\gamma_t\,\mathrm{BR}_i(g_{-i})$.
With $\gamma_t=\frac{2}{t+1}$, later play weighs more, which forgets the start (the step of Frank and Wolfe's method).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from equilibria.bid_game import BidGame, Side, Vector
from equilibria.grid_solver import PATIENCE, GridSolver, Played

__all__ = ["FictitiousPlay"]


@final
@dataclass(frozen=True, slots=True)
class FictitiousPlay(GridSolver):
    """Best responses to averaged play.

    Notes:
        The loss falls like one over the iterations. It needs no step size and finds pure equilibria of games in which best
        responses do not cycle; elsewhere it may not converge.

    References:
        Brown (1951), Iterative solution of games by fictitious play; Robinson (1951), Annals of Mathematics 54.
    """

    def play(self, game: BidGame, start: Sequence[Vector], progress: Callable[[float], None] | None = None) -> Played:
        sides = [Side.of(game, i) for i in range(len(game.bids))]
        laws, loss = list(start), float("inf")
        for t in range(1, self.iterations + 1):
            answers = [side.best(*side.interim(laws))[0] for side in sides]
            step = 2.0 / (t + 1.0)
            laws = [(1.0 - step) * law + step * answer for law, answer in zip(laws, answers, strict=True)]
            if t % PATIENCE == 0 or t == self.iterations:
                loss = self.loss(sides, laws)
                if progress is not None:
                    progress(t / self.iterations)
                if loss <= self.tolerance:
                    break
        return Played(laws=tuple(laws), iterations=t, loss=loss)
