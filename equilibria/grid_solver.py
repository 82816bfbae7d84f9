"""What the solvers of discretised games share: size, limits, and when to stop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from equilibria.bid_game import BidGame, Side, Vector
from mechanisms import InvalidInput

__all__ = ["GridSolver", "Played"]

PATIENCE = 16
"""Iterations between looks at the loss."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """The laws at the end.

    Attributes:
        laws: by agent, the probability of each bid.
        iterations: how many steps were taken.
        loss: what the agents lose on average in the discretised game by not bidding best, as a share of what they earn.
    """

    laws: tuple[Vector, ...]
    iterations: int
    loss: float


@dataclass(frozen=True, slots=True)
class GridSolver(ABC):
    """A solver of a `BidGame`; abstract, its subclasses are final.

    Arguments:
        points: bids and cells of types per agent, at least 4.
        iterations: steps after which it gives up.
        tolerance: relative loss in the discretised game at which it stops earlier.
    """

    points: int = 64
    iterations: int = 2000
    tolerance: float = 1e-5

    def __post_init__(self) -> None:
        for name, least in (("points", 4), ("iterations", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InvalidInput(f"{name} must be a whole number of at least {least}; got {value!r}.")
        if not 0.0 < self.tolerance < 1.0:
            raise InvalidInput(f"tolerance must lie between 0 and 1; got {self.tolerance!r}. It is a share of the surplus.")

    @abstractmethod
    def play(self, game: BidGame, start: Sequence[Vector], progress: Callable[[float], None] | None = None) -> Played:
        """Moves bid laws from `start` towards an equilibrium of the discretised game."""

    @final
    def loss(self, sides: Sequence[Side], laws: Sequence[Vector]) -> float:
        """The relative loss of all agents together."""
        lost, earned = 0.0, 0.0
        for side in sides:
            short, utility = side.loss(laws, *side.interim(laws))
            lost, earned = lost + short, earned + utility
        return lost / earned if earned > 0.0 else float("inf") if lost > 0.0 else 0.0
