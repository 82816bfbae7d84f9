r"""Smoothed best responses (logit), damped and sharpened, on a discretised game.

Every type answers with probabilities proportional to $\exp(u(c,b)/\lambda_t)$; the laws move a part of the way,
$g_i\leftarrow(1-\gamma_t)g_i+\gamma_t\,\mathrm{SBR}_i(g_{-i};\lambda_t)$ with $\gamma_t=\frac{2}{t+1}$, while the temperature
$\lambda_t$ falls like $1/t$ to a floor that does not matter on the grid. At temperature zero it is Frank and
Wolfe's method (SOFW).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from equilibria.bid_game import BidGame, Side, Vector
from equilibria.grid_solver import PATIENCE, GridSolver, Played
from mechanisms import InvalidInput

__all__ = ["SmoothedBestResponse"]


@final
@dataclass(frozen=True, slots=True)
class SmoothedBestResponse(GridSolver):
    r"""Damped logit responses of falling temperature.

    Arguments:
        temperature: $\lambda_1$, as a share of the range of the bids.

    Notes:
        Smoothing keeps neighbouring bids alive, so it settles where best responses jump between them.

    References:
        Fudenberg and Levine (1998), The Theory of Learning in Games, chapter 4.
    """

    temperature: float = 0.05

    def __post_init__(self) -> None:
        GridSolver.__post_init__(self)
        if not 0.0 < self.temperature < float("inf"):
            raise InvalidInput(f"temperature must be a positive number; got {self.temperature!r}.")

    def play(self, game: BidGame, start: Sequence[Vector], progress: Callable[[float], None] | None = None) -> Played:
        sides = [Side.of(game, i) for i in range(len(game.bids))]
        extent = max(float(own[-1] - own[0]) for own in game.bids)
        laws, loss = list(start), float("inf")
        for t in range(1, self.iterations + 1):
            heat = extent * max(self.temperature / t, 1e-3 / self.points**2)
            answers = []
            for side in sides:
                wins, paid = side.interim(laws)
                answers.append(side.smoothed(side.utility(wins, paid) / heat, wins))
            step = 2.0 / (t + 1.0)
            laws = [(1.0 - step) * law + step * answer for law, answer in zip(laws, answers, strict=True)]
            if t % PATIENCE == 0 or t == self.iterations:
                loss = self.loss(sides, laws)
                if progress is not None:
                    progress(t / self.iterations)
                if loss <= self.tolerance:
                    break
        return Played(laws=tuple(laws), iterations=t, loss=loss)
