r"""Dual averaging with an entropic regulariser (SODA) on a discretised game.

Each agent adds up the utilities of its bids against the play it met, $Y_t(c,b)=\sum_{s\le t}[T_s(b)-c\,X_s(b)]$, weighted
by steps $\eta_t=\eta\,t^{-\kappa}$, and every type bids $b$ with probability proportional to $\exp(Y_t(c,b))$. The newest
utilities count twice (a guess at the next ones, the *optimistic* variant): without it, bids circle around the equilibrium.
The sums are lines in $c$, so two vectors hold the whole dual state of an agent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from equilibria.bid_game import BidGame, Side, Vector
from equilibria.grid_solver import PATIENCE, GridSolver, Played
from mechanisms import InvalidInput

__all__ = ["DualAveraging"]

DECAY = 0.05
"""How fast the step falls."""


@final
@dataclass(frozen=True, slots=True)
class DualAveraging(GridSolver):
    r"""Entropic dual averaging.

    Arguments:
        step: $\eta$, in units of one over the range of the bids.

    Notes:
        It converges where the equilibrium is variationally stable (first price, all-pay in practice); where bids cycle, the
        status says so.

    References:
        Bichler, Fichtl and Oberlechner (2023), Computing Bayes-Nash equilibrium strategies in auction games via simultaneous
        online dual averaging, Operations Research; Rakhlin and Sridharan (2013), Online learning with predictable sequences.
    """

    step: float = 20.0

    def __post_init__(self) -> None:
        GridSolver.__post_init__(self)
        if not 0.0 < self.step < float("inf"):
            raise InvalidInput(f"step must be a positive number; got {self.step!r}.")

    def play(self, game: BidGame, start: Sequence[Vector], progress: Callable[[float], None] | None = None) -> Played:
        sides = [Side.of(game, i) for i in range(len(game.bids))]
        scale = self.step / max(float(own[-1] - own[0]) for own in game.bids)
        laws, loss = list(start), float("inf")
        totals = [[np.zeros(len(own)), np.zeros(len(own))] for own in game.bids]
        for t in range(1, self.iterations + 1):
            views = [side.interim(laws) for side in sides]
            size = scale * t**-DECAY
            laws = []
            for side, (wins, paid), total in zip(sides, views, totals, strict=True):
                total[0] += size * wins
                total[1] += size * paid
                laws.append(side.smoothed(side.utility(total[0] + size * wins, total[1] + size * paid), wins))
            if t % PATIENCE == 0 or t == self.iterations:
                loss = self.loss(sides, laws)
                if progress is not None:
                    progress(t / self.iterations)
                if loss <= self.tolerance:
                    break
        return Played(laws=tuple(laws), iterations=t, loss=loss)
