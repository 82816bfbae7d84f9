r"""First price in a package sale: laws of bids by a Newton method that keeps masses at least zero.

The unknowns are the masses that each bid law puts on the cells of a grid, and the highest bids. Where values reach down to 0
the two of single items shade almost everything away: if theirs have density $f$ and the package's $\rho$ at 0, then as
$b\to0$

$$ \varphi(b)\sim\sqrt{\frac{X(0)}{2\rho f\,\ln(1/b)}},\qquad \text{so}\quad \beta(v)\approx e^{-X(0)/(2\rho f v^2)}, $$

with the package's density of bids growing like $\ln(1/b)$. There is no atom: a common atom at 0 would be outbid by the
package for next to nothing, and that in turn by each of the two. The crowd near 0 cuts a sharp corner into the package's
law just above the highest single bid. Cells shrink geometrically towards both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from numpy.typing import NDArray

from equilibria._package_grids import BidGrid, carried, trimmed
from equilibria._package_laws import CellLaw, conditions
from equilibria._package_start import start
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput

Array = NDArray[np.float64]

ROUNDS = 12
"""Steps on one grid, at most."""

FLOOR = 1e-12
"""The least damping, as a share of the largest entry: the normal equations are as ill-conditioned as that allows."""

CONTENT = 1e-4
"""What the conditions may miss in all, as a share of the highest bid, in a result that counts as converged."""

UNIT = 2.0**40
"""Masses are stated in whole parts of this size per step."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridBids:
    """The law of one bid on a grid of steps: `weights` on every step between `ends`, up to a common factor."""

    step: float
    ends: tuple[int, ...]
    weights: tuple[int, ...]

    @classmethod
    def of(cls, law: CellLaw, step: float) -> GridBids:
        """A law whose points are multiples of the step."""
        ends = np.round(law.points / step).astype(np.int64)
        weights = np.round(law.masses / np.diff(ends) * UNIT).astype(np.int64)
        return cls(step=step, ends=tuple(ends.tolist()), weights=tuple(weights.tolist()))

    @property
    def bids(self) -> Array:
        """The bids at which the cdf may bend."""
        return np.array(self.ends) * self.step

    @property
    def levels(self) -> Array:
        """The cdf there."""
        below = np.concatenate([[0.0], np.cumsum(np.array(self.weights, dtype=np.float64) * np.diff(self.ends))])
        return np.asarray(below / below[-1])

    def stated(self) -> dict[str, object]:
        """The law as a certificate holds it."""
        return {"ends": list(self.ends), "weights": list(self.weights)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackageBids:
    """What was found.

    Attributes:
        step: of the grid on which the laws are stated.
        laws: of the three bids, in the order of the market.
        failure: what went wrong, or None.
    """

    step: float
    laws: tuple[GridBids, ...]
    failure: str | None


@final
@dataclass(frozen=True, slots=True)
class BidLawNewton:
    """Levenberg-Marquardt steps on the first-order conditions of three buyers, on three grids, each from the last.

    Arguments:
        cells: cells of the package's law away from where they shrink, at least 16.
        bits: the highest bid is about 2 to this power steps of the finest grid, 12 to 19; what is certified cannot fall much
            below one step.

    Raises:
        InvalidInput: a number out of range.

    Notes:
        Two single buyers alike take 3 seconds of one core in all. With different ones, or densities that vanish at 0, the
        steps may stop early, at a certified loss of 1e-4 to 1e-2 of the surplus; above 1e-3 `solve` calls that not converged.

    Example:
        >>> from equilibria import BidLawNewton, solve
        >>> from mechanisms import PackageFirstPrice, PackageSale, Uniform
        >>> market = PackageSale(singles={"a": Uniform(0, 1), "b": Uniform(0, 1)}, package={"both": Uniform(0, 2)})
        >>> found = solve(PackageFirstPrice(), market, BidLawNewton(cells=48, bits=14))
        >>> round(found.expected_payment.midpoint, 3), found.relative_epsilon < 5e-5
        (0.547, True)
    """

    cells: int = 200
    bits: int = 18

    def __post_init__(self) -> None:
        for name, least, most in (("cells", 16, 2000), ("bits", 12, 19)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise InvalidInput(f"{name} must be a whole number from {least} to {most}; got {value!r}.")

    def laws(self, priors: Sequence[Distribution], progress: Callable[[float], None] | None = None) -> PackageBids:
        """Laws of the bids of the two buyers of single items and of the package's."""
        first, second, package = priors
        distinct = (first, package) if first == second else (first, second, package)
        laws = start(distinct)
        top = float(laws[-1].points[-1])
        step = float(2.0 ** (np.ceil(np.log2(top)) - self.bits))
        stages: tuple[tuple[int, float, float, float | None], ...] = (
            (30, 4e-3, 4e-3, None), (80, 3e-4, 3e-4, None), (self.cells, max(1e-4, 8.0 * step / top), 3.0 * step / top, step),
        )  # fmt: skip
        head, missed = 0.0, 0.0
        for k, (cells, fresh, fine, whole) in enumerate(stages):
            laws = [trimmed(law) for law in laws]
            grid = BidGrid(np.array([law.points[-1] for law in laws]), cells, fresh, fine, whole)
            laws, missed = _descended(distinct, grid, carried(laws, grid, head), moves=whole is None)
            head = grid.head
            if progress is not None:
                progress((k + 1) / len(stages))
        found = [GridBids.of(trimmed(law), step) for law in laws]
        failure = None
        if not missed <= CONTENT * top:
            failure = (
                f"the first-order conditions are missed by {missed / top:.1e} of the highest bid in all. Laws of values with "
                "narrow peaks or supports far apart may have equilibria in which a buyer skips bids. Use smoother laws."
            )
        return PackageBids(step=step, laws=(found[0], found[-2], found[-1]), failure=failure)


def _descended(priors: Sequence[Distribution], grid: BidGrid, start: list[Array], moves: bool) -> tuple[list[CellLaw], float]:
    """Masses, and highest bids where these move, that bring the sum of squared residuals down as far as it goes."""
    tops = grid.tops
    sizes = [len(masses) for masses in start]
    joins, masses = [], []
    for cells, count, spare in zip(start, grid.heads, grid.spare, strict=True):
        join = np.zeros((len(cells), len(cells) - count + 1))
        join[:count, 0] = cells[:count] / max(cells[:count].sum(), 1e-300) if cells[:count].any() else 1.0 / count
        join[np.arange(count, len(cells)), np.arange(1, len(cells) - count + 1)] = 1.0
        joins.append(join[:, : join.shape[1] - spare])
        masses.append(np.concatenate([[cells[:count].sum()], cells[count : len(cells) - spare]]) / cells.sum())
    bounds, fine = np.cumsum([0, *(len(m) for m in masses)]), np.cumsum([0, *sizes])
    sums = np.zeros((len(masses), bounds[-1]))
    join = np.zeros((fine[-1], bounds[-1]))
    counted, beyond = np.zeros(fine[-1], dtype=bool), np.zeros(fine[-1], dtype=bool)
    for i, ((a, b), (c, d)) in enumerate(zip(pairwise(bounds), pairwise(fine), strict=True)):
        sums[i, a:b] = 1.0
        join[c:d, a:b] = joins[i]
        counted[c + grid.heads[i] - 1 : d] = True
        beyond[d - grid.spare[i] : d] = True
    x = np.concatenate(masses)

    def laws(x: Array, tops: Array) -> list[CellLaw]:
        cells = join @ x
        return [
            CellLaw(p, cells[c:d], spare)
            for p, spare, (c, d) in zip(grid.points(tops), grid.spare, pairwise(fine), strict=True)
        ]

    def conditions_at(laws: list[CellLaw], derivatives: bool = True) -> tuple[Array, Array | None]:
        residuals, matrix = conditions(priors, laws, derivatives)
        residuals[beyond] = np.maximum(residuals[beyond], 0.0)
        if matrix is not None:
            matrix[beyond & (residuals == 0.0)] = 0.0
        return residuals[counted], None if matrix is None else matrix[counted] @ join

    now = laws(x, tops)
    residuals, matrix = conditions_at(now)
    damping = 1e-3
    for _ in range(ROUNDS):
        assert matrix is not None
        loss = float(np.linalg.norm(residuals))
        columns = [matrix]
        if moves:
            small = 1e-6 * tops[-1]
            nudged = (conditions_at(laws(x, tops + small * e), False)[0] for e in np.eye(len(tops)))
            columns.append(np.array([(moved - residuals) / small for moved in nudged]).T)
        full = np.concatenate(columns, axis=1)
        for _ in range(5):
            step = _step(full, residuals, x, sums, damping * loss)
            trial = np.maximum(x + step[: len(x)], 0.0)
            trial /= sums.T @ (sums @ trial)
            goal = tops + step[len(x) :] if moves else tops
            after = laws(trial, goal)
            found = conditions_at(after)
            if np.linalg.norm(found[0]) < loss:
                break
            damping *= 30.0
        else:
            break
        x, tops, now, damping = trial, goal, after, damping / 10.0
        residuals, matrix = found
        if np.linalg.norm(residuals) > 0.9 * loss or np.linalg.norm(residuals) < 1e-11:
            break
    return now, float(np.abs(residuals).sum())


def _step(matrix: Array, residuals: Array, masses: Array, sums: Array, damping: float) -> Array:
    """The damped Gauss-Newton step that leaves every law its mass and no mass below zero: what would fall below is set to 0."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    size, count = matrix.shape[1], len(masses)
    normal = matrix.T @ matrix
    typical = float(np.median(normal.diagonal()))
    normal[:count, :count] += 100.0 * typical * (sums.T @ sums)
    normal[np.diag_indices(size)] += np.maximum(damping, FLOOR * (normal.diagonal() + typical))
    gradient = matrix.T @ residuals
    step, fixed = np.zeros(size), np.zeros(size, dtype=bool)
    for _ in range(30):
        free = ~fixed
        step[:count][fixed[:count]] = -masses[fixed[:count]]
        right = -gradient[free] - normal[np.ix_(free, fixed)] @ step[fixed]
        try:
            factor = cho_factor(normal[np.ix_(free, free)], overwrite_a=True, check_finite=False)
        except LinAlgError:
            return np.zeros(size)
        step[free] = cho_solve(factor, right, check_finite=False)
        below = free[:count] & (masses + step[:count] < 0.0)
        if not below.any():
            break
        fixed[:count] |= below
    return step
