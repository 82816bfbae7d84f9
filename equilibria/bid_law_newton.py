r"""First price in a package sale: laws of bids by a Newton method that lets no bids fall and finds the gaps between them.

The unknowns are the values that bid the nodes of a grid, and the highest bids. Where values reach down to 0 the two of single
items shade almost everything away. If theirs have densities $f_i$ and the package's $\rho$ at 0, then as $b\to0$, with
$L=\ln(1/b)$ and $\kappa=X_1(0)f_1/(X_2(0)f_2)$,

$$ \varphi_1(b)\sim a_1L^{-1/(1+\kappa)},\quad \varphi_2(b)\sim a_2L^{-\kappa/(1+\kappa)},\quad h(b)\sim\text{const}\cdot L $$

for the package's density of bids $h$ (matched leading terms, no proof). With $\kappa=1$, $\beta(v)\approx\exp(-X(0)/2\rho fv^2)$.
There is no atom: a common atom at 0 would be outbid by the package for next to nothing, and that in turn by each of the two.
But the weaker of two different single buyers crowds at 0 as if it had one.

Two different single buyers end at different bids. Where the lower one ends the sum of the two bids keeps its density, so the
other's jumps there; if the laws are close it may first fall to 0, and a *gap* opens in which that buyer does not bid. Nodes lie
at the highest bids, at what is left of the package's over them, at sums and differences, and at the ends of gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from equilibria._package_conditions import Conditions, Values
from equilibria._package_grids import BidGrid, marked
from equilibria._package_laws import CellLaw
from equilibria._package_start import first_heights, start
from equilibria._package_steps import Descent, descend, flat
from equilibria.blas_threads import with_one_blas_thread
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput, Refused

Array = NDArray[np.float64]

CONTENT = 1e-3
"""How far R may move where it should not, as a share of the highest bid, in a result that counts as converged."""

UNIT = 2.0**40
"""Masses are stated in whole parts of this size per step."""

HEAD = 13
"""Bids below 2 to the minus this power of about the highest bid are one unknown."""

FINE = 4
"""Points per node of the law that is stated."""

STAGES = ((0.4, 1.4, 4e-3, 2e-2), (0.67, 1.0, 1e-3, 4e-3), (1.0, 0.7, 5e-4, 1e-3))
"""Grids, from rough to fine: nodes as a share of the last grid's, how fast their distances grow from marks on, and what they are
at another's highest bid and at other marks, as shares of the highest bid."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridBids:
    """The law of one bid on a grid of steps: `weights` on every step between `ends`, up to a common factor."""

    step: float
    ends: tuple[int, ...]
    weights: tuple[int, ...]

    @classmethod
    def of(cls, law: CellLaw, step: float) -> GridBids:
        """A law whose points are multiples of the step, from its first to its last cell that is not empty."""
        ends = np.round(law.points / step).astype(np.int64)
        masses = np.diff(np.clip(np.maximum.accumulate(law.levels), 0.0, 1.0))
        weights = np.round(masses / np.diff(ends) * UNIT).astype(np.int64)
        made = np.flatnonzero(weights)
        ends, weights = ends[made[0] : made[-1] + 2], weights[made[0] : made[-1] + 1]
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
        Refused: by `laws`, where the highest bids of two buyers are too far apart for one grid.

    Notes:
        Solving and certifying takes 3 seconds of one core with two single buyers alike, 5 with different ones. Laws of values
        with narrow peaks or supports far apart may leave more to gain. Where `solve` was to choose the solver it tries up to
        three other grids, of which none is always best, while more than 1e-4 of the surplus is left; above 1e-3 it calls what
        was found not converged. It runs with one thread of BLAS: several wait for each other at every small product, on busy
        cores five times as long.

    Example:
        >>> from equilibria import BidLawNewton, solve
        >>> from mechanisms import PackageFirstPrice, PackageSale, Uniform
        >>> market = PackageSale(singles={"a": Uniform(0, 1), "b": Uniform(0, 1)}, package={"both": Uniform(0, 2)})
        >>> found = solve(PackageFirstPrice(), market, BidLawNewton(cells=48, bits=14))
        >>> round(found.expected_payment.midpoint, 3), found.relative_epsilon < 5e-5
        (0.547, True)
    """

    cells: int = 120
    bits: int = 17

    def __post_init__(self) -> None:
        for name, least, most in (("cells", 16, 2000), ("bits", 12, 19)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise InvalidInput(f"{name} must be a whole number from {least} to {most}; got {value!r}.")

    @with_one_blas_thread
    def laws(self, priors: Sequence[Distribution], progress: Callable[[float], None] | None = None) -> PackageBids:
        """Laws of the bids of the two buyers of single items and of the package's."""
        first, second, package = priors
        distinct = (first, package) if first == second else (first, second, package)
        rough = start(distinct)
        tops = np.array([bids[-1] for bids, _ in rough])
        step = float(2.0 ** (np.ceil(np.log2(tops[-1])) - self.bits))
        conditions: Conditions | None = None
        values, found = Values((), tops), None
        for k, (share, growth, fine, weak) in enumerate((*STAGES, STAGES[-1])):
            final = k == len(STAGES)
            if final:
                values = Values(values.heights, np.round(values.tops / step) * step)
            top = float(values.tops[-1])
            heads = step * 2.0 ** np.clip(np.floor(np.log2(values.tops / (16.0 * step))), 0.0, max(self.bits - HEAD, 0))
            if values.tops.min() < 16.0 * step:
                raise Refused(
                    f"the highest bids, about {values.tops.tolist()}, must be at least 16 steps of {step!r}, what 2**bits parts "
                    "of the highest one are. Use laws of values that are less far apart, or more bits."
                )
            gaps: list[float] = [] if found is None or conditions is None else _gaps(conditions, found)
            grids = []
            for i in range(len(distinct)):
                marks, sizes = marked(values.tops, i, (float(heads[i]), fine * top, weak * top), gaps)
                grids.append(
                    BidGrid(
                        marks, sizes, values.tops, width=top * FINE / (self.cells * share), growth=growth, head=float(heads[i]),
                        fine=FINE if final else 2, step=step if final else None,
                    )
                )  # fmt: skip
            nodes = first_heights(distinct, grids, rough, tops) if conditions is None else conditions.carried(values, grids)
            values = Values(nodes, values.tops)
            tied = flat(nodes) if k else [np.zeros(grid.count - 1, dtype=bool) for grid in grids]
            conditions = Conditions(distinct, grids, tied)
            found = descend(conditions, values, moves=not final, rounds=4 if final else 12)
            values = found.values
            if progress is not None:
                progress((k + 1) / (len(STAGES) + 1))
        assert found is not None
        stated = [GridBids.of(law, step) for law in found.missed.laws]
        failure = None
        top = float(values.tops[-1])
        if not found.rise <= CONTENT * top:
            failure = (
                f"the first-order conditions are missed by {found.rise / top:.1e} of the highest bid. Laws of values with "
                "narrow peaks or supports far apart may be beyond this method. Use smoother laws, or more cells."
            )
        return PackageBids(step=step, laws=(stated[0], stated[-2], stated[-1]), failure=failure)


def _gaps(conditions: Conditions, found: Descent) -> list[float]:
    """Where gaps of all laws begin and end."""
    ends: list[float] = []
    for grid, ties in zip(conditions.grids, found.tied, strict=True):
        bids = grid.nodes(found.values.tops)
        ends += [float(b) for b in bids[1:-1][ties[1:] != ties[:-1]] if b > 0.02 * found.values.tops[-1]]
    return ends
