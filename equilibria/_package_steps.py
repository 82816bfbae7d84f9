r"""Levenberg-Marquardt steps on the conditions of a package sale, among laws in which bids rise with values.

Where a step would make bids fall, neighbouring nodes are *tied*: the law has a gap there, in which no bids are made, and what
is asked of the tests inside is that R rises by nothing over all of them together. A tie is released where R rises above what
it is at the end of the gap. Tests beyond the highest bids join in only where they would be missed after the step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from equilibria._package_conditions import Conditions, Missed, Values
from equilibria._package_grids import Flags

Array = NDArray[np.float64]

ROUNDS = 12
"""Steps on one grid, at most."""

TRIES = 7
"""Dampings tried for one step."""

SMOOTH = 1e-6
"""Weight of a change of slope from node to node: far below what any condition weighs, but some nodes matter to none."""

STRIDE = 1.5
"""The farthest that a height moves in one step."""

RELEASED = 3e-7
"""How far R may rise inside a gap, as a share of the highest bid."""


def flat(heights: Sequence[Array]) -> list[Flags]:
    """By law, which neighbouring nodes are tied: the same value bids both."""
    return [np.concatenate([[False], np.diff(h[1:]) <= 1e-9]) for h in heights]


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """Where the steps ended.

    Attributes:
        values: heights and highest bids.
        missed: by how much the conditions are still missed there.
        tied: the ties, by law.
        rise: the most that R rises or falls between two tests that count, over all buyers.
    """

    values: Values
    missed: Missed
    tied: list[Flags]
    rise: float


def descend(conditions: Conditions, values: Values, *, moves: bool, rounds: int = ROUNDS) -> Descent:
    """Bring the sum of squared residuals down as far as it goes.

    Arguments:
        conditions: what is asked.
        values: where to begin.
        moves: whether the highest bids move as well.
        rounds: steps at most.
    """
    conditions.shape(values)
    smooth, reference = _smoothing(conditions, values)
    tied, damping, slow = flat(values.heights), 1e-2, 0
    now = conditions.missed(values)
    scale = float(values.tops[-1])
    for _ in range(rounds):
        matrix = _with_tops(conditions, values, now, scale) if moves else now.matrix
        assert matrix is not None
        spare = matrix.shape[1] - conditions.ends[-1]
        size = float(np.sum(_counted(now.residuals, conditions.beyond) ** 2))
        loosened = _released(conditions, tied, now, RELEASED * scale)
        for attempt in range(TRIES):
            trial = _Trial(conditions, matrix, now.residuals, values.heights, [t.copy() for t in loosened])
            step = trial.step(damping * size, smooth, reference, spare)
            heights = [step[a:b] for a, b in pairwise(conditions.ends)]
            tops = values.tops + scale * step[conditions.ends[-1] :] if moves else values.tops
            after = conditions.floored(values.moved(heights, tops))
            found = conditions.missed(after, derivatives=attempt == 0)
            joined = _joined(conditions, trial.tied)
            counted = conditions.beyond[joined]
            before, then = (
                float(np.linalg.norm(_counted(np.add.reduceat(m.residuals, joined), counted))) for m in (now, found)
            )
            if then < before:
                break
            damping = max(10.0 * damping, 1e-3)
        else:
            break
        values, tied, damping = after, trial.tied, damping / 30.0
        now = found if found.matrix is not None else conditions.missed(after)
        slow = slow + 1 if then > 0.9 * before else 0
        if slow == 2:
            break
    return Descent(values, now, tied, _rise(conditions, now, tied))


def _counted(residuals: Array, beyond: Flags) -> Array:
    """Residuals, but those beyond the highest bids only where they are positive."""
    return np.where(beyond, np.maximum(residuals, 0.0), residuals)


def _with_tops(conditions: Conditions, values: Values, now: Missed, scale: float) -> Array:
    """The matrix with columns for the highest bids, in units of the scale."""
    assert now.matrix is not None
    small = 1e-6
    columns = []
    for unit in np.eye(len(values.tops)):
        nudged = conditions.missed(Values(values.heights, values.tops + small * scale * unit), derivatives=False)
        columns.append((nudged.residuals - now.residuals) / small)
    return np.concatenate([now.matrix, np.array(columns).T], axis=1)


def _smoothing(conditions: Conditions, values: Values) -> tuple[Array, Array]:
    """Rows that weigh changes of slope at inner nodes, and heights of which they are taken: near 0 those of bids."""
    scale, rows, reference = values.tops[-1], [], []
    for i, grid in enumerate(conditions.grids):
        bids = grid.nodes(values.tops)
        weights = np.minimum(np.sqrt(np.maximum(bids[1:] * bids[:-1], 1e-300)), 0.1 * scale) / np.diff(bids)
        low = bids[1:-1] < 0.01 * scale
        reference.append(np.where(low & (i == conditions.last), np.log(bids[1:-1]), 0.0))
        for k in range(2, grid.count - 2):
            if k not in grid.breaks:
                row = np.zeros(conditions.ends[-1])
                a = conditions.ends[i] + k - 1
                row[a - 1 : a + 2] = weights[k - 1], -weights[k - 1] - weights[k], weights[k]
                rows.append(SMOOTH * row)
    return np.array(rows).reshape(len(rows), conditions.ends[-1]), np.concatenate(reference)


def _joined(conditions: Conditions, tied: Sequence[Flags]) -> NDArray[np.int64]:
    """The first of the tests that are taken together, over all buyers: those of one gap are."""
    starts, base = [], 0
    for cells, ties, spare in zip(conditions.cells, tied, conditions.spare, strict=True):
        inside = ties[cells]
        inside[0] = False
        same = np.concatenate([[False], inside[1:] & inside[:-1], np.zeros(spare, dtype=bool)])
        starts.append(base + np.flatnonzero(~same))
        base += len(same)
    return np.concatenate(starts)


def _runs(tied: Flags) -> list[tuple[int, int]]:
    """First and last node of every run of tied nodes."""
    edges = np.diff(np.concatenate([[0], tied.astype(int), [0]]))
    return list(zip(np.flatnonzero(edges > 0).tolist(), np.flatnonzero(edges < 0).tolist(), strict=True))


def _released(conditions: Conditions, tied: Sequence[Flags], now: Missed, limit: float) -> list[Flags]:
    """Ties without those at whose end of a gap R rises too far."""
    found = []
    for ties, rises in zip(tied, now.rises, strict=True):
        kept = ties.copy()
        for first, last in _runs(ties):
            climbed = np.concatenate([[0.0], np.cumsum(rises[first:last])])
            if climbed.max() > limit:
                kept[first] = False
            if (climbed - climbed[-1]).max() > limit and last - 1 > first:
                kept[last - 1] = False
        found.append(kept)
    return found


def _rise(conditions: Conditions, now: Missed, tied: Sequence[Flags]) -> float:
    """How far R rises or falls at most between tests that count."""
    joined = _joined(conditions, tied)
    counted = _counted(np.add.reduceat(now.residuals, joined), conditions.beyond[joined])
    ends = np.searchsorted(joined, np.cumsum([0, *now.sizes]))
    return max(float(np.ptp(np.cumsum(np.concatenate([[0.0], counted[a:b]])))) for a, b in pairwise(ends))


class _Trial:
    """One step, and the ties that it needed."""

    def __init__(
        self, conditions: Conditions, matrix: Array, residuals: Array, heights: Sequence[Array], tied: list[Flags]
    ) -> None:
        self.conditions, self.matrix, self.residuals, self.heights, self.tied = conditions, matrix, residuals, heights, tied

    def step(self, damping: float, smooth: Array, reference: Array, spare: int) -> Array:
        """The damped step of all heights and of the highest bids."""
        from scipy.linalg import LinAlgError, cho_factor, cho_solve

        count = self.conditions.ends[-1]
        active = ~self.conditions.beyond | (self.residuals > 0.0)
        here = np.concatenate([h[1:-1] for h in self.heights])
        step = np.zeros(count + spare)
        for trial in range(14):
            levelled = np.concatenate([self._level(), np.zeros(spare)])
            joined = _joined(self.conditions, self.tied)
            counted = active[joined]
            rows = np.add.reduceat(self.matrix, joined, axis=0)[counted]
            goal = np.add.reduceat(self.residuals + self.matrix @ levelled, joined)[counted]
            owner, size = self._owners(spare)
            free = owner >= 0
            reduced, bends = np.zeros((size, len(rows))), np.zeros((size, len(smooth)))
            np.add.at(reduced, owner[free], rows.T[free])
            np.add.at(bends, owner[:count][free[:count]], smooth.T[free[:count]])
            normal = reduced @ reduced.T + bends @ bends.T
            normal[np.diag_indices(size)] += (damping + 1e-15 * np.trace(normal)) * np.bincount(owner[free], minlength=size)
            bent = smooth @ (here + levelled[:count] - reference)
            try:
                factor = cho_factor(normal, overwrite_a=True, check_finite=False)
            except LinAlgError:
                return np.zeros(count + spare)
            solved = cho_solve(factor, -(reduced @ goal + bends @ bent), check_finite=False)
            step = levelled
            step[free] += solved[owner[free]]
            step[:count] = np.clip(step[:count], -STRIDE, STRIDE)
            wanted = ~self.conditions.beyond | (self.residuals + self.matrix @ step > 0.0)
            settled = bool((wanted == active).all())
            active = wanted if trial < 6 else active | wanted
            if not self._tie(step) and settled:
                break
        return step

    def _level(self) -> Array:
        """What brings tied nodes to one height, as a step of all heights but the first and last."""
        found = []
        for h, ties in zip(self.heights, self.tied, strict=True):
            level = h.copy()
            for first, last in _runs(ties):
                level[first : last + 1] = h[-1] if last == len(h) - 1 else h[first : last + 1].mean()
            found.append((level - h)[1:-1])
        return np.concatenate(found)

    def _owners(self, spare: int) -> tuple[NDArray[np.int64], int]:
        """Which unknown every height follows, -1 where it is fixed to the highest, and how many unknowns there are."""
        owners, size = [], 0
        for ties in self.tied:
            own = size + np.concatenate([[0], np.cumsum(~ties[1:-1])])
            size = int(own[-1]) + 1
            if ties[-1]:
                size -= 1
                own[own == size] = -1
            owners.append(own)
        return np.concatenate([*owners, size + np.arange(spare)]), size + spare

    def _tie(self, step: Array) -> bool:
        """Tie nodes at which bids would fall, and say whether there are any."""
        any_new = False
        for h, ties, (a, b) in zip(self.heights, self.tied, pairwise(self.conditions.ends), strict=True):
            moved = np.concatenate([h[1:-1] + step[a:b], h[-1:]])
            falls = np.concatenate([[False], np.diff(moved) < -1e-7]) & ~ties
            any_new = any_new or bool(falls.any())
            ties |= falls
        return any_new
