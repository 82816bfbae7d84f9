r"""Several buyers in an all-pay auction: values that bid alike are followed down; Newton's method finds where buyers drop out.

From the highest bid down the path of values that bid alike is an initial-value problem whatever that bid is (`_level_paths`).
What it does not say is where a buyer stops bidding, to bid next much lower or not at all: there its next value must expect from
the best lower bid just what it expects where it stops. With $E_s$ the difference for stop $s$, at $X_s$, the unknowns are the
stops, and the conditions $E_s=0$, or $E_s>0$ for a spell of no length. Which stops there are is found on the way: who would
have to bid less the more it values the item should have stopped before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from numpy.typing import NDArray

from equilibria._drop_out_search import COARSE, Search
from equilibria._level_cells import NODES
from equilibria._level_paths import REST, Path
from equilibria._level_tables import Levels
from equilibria.curve_bids import BidCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput, SolverFailure

__all__ = ["DropOutNewton", "Followed"]

Array = NDArray[np.float64]

LEVEL = 1e-3
"""The rate at which a level falls, as a share of that of all together, above which it does so for ever."""

CONTENT = 1e-4
"""What a value that stops may gain by its best lower bid, as a share of the highest bid, where all stops count as found."""


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What was found.

    Attributes:
        levels: of the laws that differ.
        path: the values that bid alike.
        reserve: the least bid.
        spent: whether bids end only where no mass is left of somebody, as the reserve is next to nothing.
        failure: what went wrong, or None.
    """

    levels: Levels
    path: Path
    reserve: float
    spent: bool
    failure: str | None

    def curves(self) -> tuple[BidCurve, list[BidCurve]]:
        """Bids, and values of each law, rising, from the reserve to the highest."""
        cells = self.path.cells[::-1]
        drops = np.array([cell.fallen[-1] - cell.fallen[0] for cell in cells])
        rest = REST * self.path.height if self.spent else 0.0
        ends = self.reserve + rest + np.concatenate([[0.0], np.cumsum(drops)])
        bids = np.array([low + (cell.fallen[-1] - cell.fallen[::-1]) for low, cell in zip(ends[:-1], cells, strict=True)])
        bids[:, 0], bids[:, -1] = ends[:-1], ends[1:]
        values = np.stack([self.levels.values(cell.x[:, ::-1]) for cell in cells], axis=1)
        if self.spent:
            ways = 0.5 * (1.0 + NODES)
            first = values[:, 0, :1]
            lowest = np.array([[law.support[0]] for law in self.levels.laws])
            begin = np.where(self._falling()[:, None], lowest, first)
            lines = begin + (first - begin) * ways
            lines[:, -1] = first[:, 0]
            bids = np.concatenate([[self.reserve + rest * ways], bids])
            bids[0, -1] = ends[0]
            values = np.concatenate([lines[:, None, :], values], axis=1)
        return BidCurve.through(bids), [BidCurve.through(rows) for rows in values]

    def entry(self, law: int, lowest: float) -> float:
        """The least value of a law that takes part, given the lowest that bids more than the reserve, or begins to bid."""
        last = self.path.last
        worth = float(np.exp(-last.at) / self.levels.rho(last.x[:, None])[law, 0])
        if self.spent or not last.active[law] or self.levels.copies[law] > 1 or worth <= self.reserve * (1.0 + 1e-9):
            return lowest
        return min(lowest, max(self.levels.laws[law].support[0], lowest * self.reserve / worth))

    def gaps(self, law: int, bids: BidCurve) -> list[tuple[float, float]]:
        """Bids between which buyers of a law bid nothing, from low to high, above those that their lowest make."""
        active = np.array([cell.active[law] for cell in self.path.cells[::-1]])
        ends = bids.ends[-len(active) - 1 :]
        made = np.flatnonzero(active)
        return [(float(ends[i + 1]), float(ends[j])) for i, j in pairwise(made) if j > i + 1]

    def _falling(self) -> NDArray[np.bool_]:
        """Of which laws the levels keep falling at the end, so that no mass is left at a bid of 0."""
        last = self.path.last
        rho = self.levels.rho(last.x[:, None])[:, 0]
        return np.asarray(last.active & (rho < (1.0 - LEVEL) * self.levels.sigma(rho, last.active)))


@final
@dataclass(frozen=True, slots=True)
class DropOutNewton:
    """The path of values that bid alike, from the highest bid down, with the stops of all buyers by Newton's method.

    Arguments:
        tolerance: what the value at a stop may gain by the best lower bid, or lose, as a share of the highest bid; from 1e-13
            to 0.1.

    Raises:
        InvalidInput: a tolerance out of range.

    Notes:
        Every stop takes about ten paths to find, and a path 10 to 50 milliseconds: a tenth of a second where nobody drops out,
        one or two where some do, six for ten different beta laws. Next to an end of a support at which a density is infinite
        (other than 0) doubles tell values apart too coarsely for an epsilon below 1e-8 to 1e-5 of the surplus. Which of several
        equilibria is found is not chosen; others are not looked for.

    Example:
        >>> from equilibria import solve
        >>> from mechanisms import AllPay, Sale, Uniform
        >>> market = Sale({"a": Uniform(0, 1), "b": Uniform(0, 1.5), "c": Uniform(0, 2)})
        >>> found = solve(AllPay(), market)
        >>> found.solver, round(float(found.strategy("c")(2.0)), 9), found.relative_epsilon < 1e-9
        ('DropOutNewton(tolerance=1e-12)', 0.923076923, True)

    References:
        Parreiras and Rubinchik (2010), Games and Economic Behavior 68.
    """

    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        value = self.tolerance
        if isinstance(value, bool) or not isinstance(value, int | float) or not 1e-13 <= value <= 0.1:
            raise InvalidInput(f"tolerance must be a number from 1e-13 to 0.1; got {value!r}.")

    def followed(
        self, laws: Sequence[Distribution], copies: Sequence[int], reserve: float, progress: Callable[[float], None] | None = None
    ) -> Followed:
        """The values that bid alike.

        Args:
            laws: laws of values that differ.
            copies: how many buyers have each.
            reserve: the least bid.
            progress: called with the share of the work that is done, roughly.

        Raises:
            SolverFailure: not even a first path was found.
        """
        spent = reserve < REST * max(law.support[1] for law in laws)
        search = Search(Levels(laws, copies), 0.0 if spent else reserve)
        if not search.path.cells:
            raise SolverFailure(
                f"the highest values are so close to the reserve {reserve!r} that doubles do not tell bids apart. Lower it."
            )
        failure = None
        try:
            search.all_stops(max(self.tolerance, COARSE), progress)
            search.refine(self.tolerance)
        except SolverFailure as reason:
            failure = str(reason)
        missed = search.missed() / search.path.height
        if failure is None and not missed <= CONTENT:
            failure = (
                f"where some buyers stop bidding was not found: a value that does would gain or lose {missed:.1e} of the highest "
                "bid by its best lower bid. Use smoother laws, or fewer that differ."
            )
        return Followed(search.levels, search.path, reserve, spent, failure)
