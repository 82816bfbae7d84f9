r"""Newton's method on the costs at which bids change, for pay as bid on a grid.

On a grid $b_1<\dots<b_M$ a monotone strategy is its cuts $c_1\le\dots\le c_{M-1}$: costs up to $c_m$ bid at most $b_m$. In
equilibrium the cost at a cut is indifferent between its two bids,
$$(b_m-c_m)\,X_i(b_m)=(b_{m+1}-c_m)\,X_i(b_{m+1}),$$
or it is the lowest cost (then the lower bid is not made) or the highest. $X_i$ depends on two cuts of each rival, so the
Jacobian is a narrow band, and a step costs $O(M)$. Starts come from a coarse grid, four times finer each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from equilibria.bid_game import BidGame, Vector
from mechanisms import InvalidInput

__all__ = ["IndifferenceNewton"]

NOTHING = 1e-12
"""A chance to win, or a difference of two, that counts as none."""

REACH = 0.05
"""The most that a cut moves in one step, as a share of the range of costs."""


@final
@dataclass(frozen=True, slots=True)
class IndifferenceNewton:
    """Fine grids for `FirstPrice`: thousands of steps.

    Arguments:
        points: bids per agent, at least 64.
        iterations: Newton steps on each grid.
        tolerance: error of the indifferences at which it stops, as a share of the range of the bids.

    Notes:
        Where it converges (smooth priors without a binding reserve) the certified epsilon is half a step of the grid. Elsewhere
        the best cuts that it met are kept; what they are worth the certificate says.
    """

    points: int = 1024
    iterations: int = 30
    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        for name, least in (("points", 64), ("iterations", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InvalidInput(f"{name} must be a whole number of at least {least}; got {value!r}.")
        if not 0.0 < self.tolerance < 1.0:
            raise InvalidInput(f"tolerance must lie between 0 and 1; got {self.tolerance!r}.")

    def refine(self, game: BidGame, cuts: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """The best cuts that were met, shape `(agents, bids - 1)`, and their largest error."""
        best, error = cuts, np.inf
        limit = self.tolerance * float(game.bids[0][-1] - game.bids[0][0])
        for _ in range(self.iterations):
            system = _System.at(game, cuts)
            found = float(abs(system.residual).max())
            if found < error:
                best, error = cuts, found
            if error <= limit:
                break
            moved = system.step()
            if moved is None:
                break
            cuts = moved
        return best, error


def interpolated(coarse: BidGame, cuts: NDArray[np.float64], fine: BidGame) -> NDArray[np.float64]:
    """Cuts of a coarse grid on a finer one: a cut belongs to the middle of its two bids."""
    rows = []
    for i, (old, new) in enumerate(zip(coarse.bids, fine.bids, strict=True)):
        low = coarse.priors[i].support[0]
        at = 0.5 * (new[1:] + new[:-1])
        rows.append(np.interp(at, 0.5 * (old[1:] + old[:-1]), cuts[i], left=low, right=coarse.reach[i]))
    return np.array(rows)


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """The indifferences at some cuts, linearised."""

    game: BidGame
    cuts: NDArray[np.float64]
    bids: NDArray[np.float64]
    wins: NDArray[np.float64]
    slopes: dict[tuple[int, int], Vector]
    places: dict[tuple[int, int], NDArray[np.intp]]
    residual: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    dead: NDArray[np.bool_]

    @classmethod
    def at(cls, game: BidGame, cuts: NDArray[np.float64]) -> _System:
        """Evaluate chances, their derivatives by rivals' cuts, and errors; a cut at an end that pushes outward has none."""
        n, bids = len(game.bids), np.array(game.bids)
        above, density = np.ones((n, bids.shape[1] + 1)), np.zeros((n, bids.shape[1] + 1))
        for j, prior in enumerate(game.priors):
            above[j, 1:] = prior.survival(np.append(cuts[j], game.reach[j]))
            density[j, 1:-1] = np.minimum(prior.pdf(cuts[j]), 1e12)
        places = {(i, j): np.searchsorted(bids[j], bids[i], side="right") for i in range(n) for j in range(n) if i != j}
        wins, slopes = np.ones(bids.shape), {}
        for (i, j), place in places.items():
            wins[i] *= above[j][place]
            slopes[i, j] = -density[j][place]
        for i, j in places:
            for k in range(n):
                if k not in (i, j):
                    slopes[i, j] = slopes[i, j] * above[k][places[i, k]]
        residual = (bids[:, :-1] - cuts) * wins[:, :-1] - (bids[:, 1:] - cuts) * wins[:, 1:]
        low = np.array([prior.support[0] for prior in game.priors])[:, None]
        high = np.array(game.reach)[:, None]
        dead = wins[:, 1:] < NOTHING
        fixed = dead | ((cuts <= low) & (residual <= 0.0)) | ((cuts >= high) & (residual >= 0.0))
        return cls(game, cuts, bids, wins, slopes, places, np.where(fixed, 0.0, residual), fixed, dead)

    def step(self) -> NDArray[np.float64] | None:
        """The cuts after one step, kept in order; None where the system is singular."""
        from scipy.sparse import csc_matrix
        from scipy.sparse.linalg import splu

        n, size = self.cuts.shape
        m = np.arange(size)
        rows, columns, values = [], [], []
        for i in range(n):
            free = ~self.fixed[i]
            rows.append(m * n + i)
            columns.append(m * n + i)
            values.append(np.where(free, self.wins[i, 1:] - self.wins[i, :-1] - 1e-9, 1.0))
            for j in range(n):
                for sign, bid in ((1.0, m), (-1.0, m + 1)) if i != j else ():
                    place = self.places[i, j][bid]
                    held = free & (place >= 1) & (place <= size)
                    slope = sign * (self.bids[i, bid] - self.cuts[i]) * self.slopes[i, j][bid]
                    rows.append((m * n + i)[held])
                    columns.append(((place - 1) * n + j)[held])
                    values.append(slope[held])
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        try:
            solved = splu(csc_matrix(entries, shape=(n * size, n * size))).solve(-self.residual.T.ravel())
        except RuntimeError:  # exactly singular
            return None
        if not np.isfinite(solved).all():
            return None
        low = np.array([prior.support[0] for prior in self.game.priors])[:, None]
        high = np.array(self.game.reach)[:, None]
        most = REACH * float((high - low).max())
        moved = self.cuts + np.clip(solved.reshape(size, n).T, -most, most)
        moved = np.where(self.dead, self.bids[:, :-1], moved)  # who cannot win bids its cost
        return np.asarray(np.maximum.accumulate(np.clip(moved, low, high), axis=1))
