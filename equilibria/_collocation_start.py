"""Where the collocation of a pay-as-bid auction starts: rough costs at bids, and where its segments begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from equilibria._bid_cells import Array, Break
from equilibria.highest_bid import tail_exponent
from equilibria.strategies import BidCdf
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused, SolverFailure

BREAKS = 24
"""Entries and knots, all together, beyond which collocation is not tried."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Rough strategies. Bids and costs are counted from the highest bid.

    Arguments:
        begin: the lowest bid.
        entries: bids at which late provers enter, by index.
        costs: costs of all provers at bids, with one more axis.
    """

    begin: float
    entries: Mapping[int, float]
    costs: Callable[[Array], Array]

    def segments(self, laws: Sequence[Distribution], top: float) -> tuple[Array, tuple[Break, ...]]:
        """The bids at which segments begin, and what begins there: an entry, or a knot that a cost passes."""
        found = [(bid, Break(i, laws[i].support[0], True)) for i, bid in self.entries.items()]
        bids = self.begin * np.linspace(1.0, 0.0, 2001)
        costs = self.costs(bids)
        for i, law in enumerate(laws):
            for knot in law.knots[1:-1]:
                above = np.flatnonzero(costs[:, i] >= knot - top)
                if knot < top and len(above) and above[0] > 0:
                    found.append((float(bids[above[0]]), Break(i, knot, False)))
        if len(found) > BREAKS:
            raise SolverFailure(f"{len(found)} entries and knots are too many for collocation. Use HazardShooting().")
        found.sort(key=lambda item: item[0])
        return np.array([self.begin, *(bid for bid, _ in found)]), tuple(item for _, item in found)


def coarse_shooting(laws: Sequence[Distribution], top: float) -> Guess:
    """Rough strategies by `HazardShooting`.

    Raises:
        SolverFailure: it finds none.
    """
    from equilibria.hazard_shooting import HazardShooting

    try:
        found = HazardShooting(cells=20, tolerance=1e-4).strategies({str(i): law for i, law in enumerate(laws)}, top)
    except Refused as reason:
        raise SolverFailure(str(reason)) from None
    curves = [found[str(i)] for i in range(len(laws))]
    assert all(isinstance(curve, BidCdf) for curve in curves)
    begin = min(float(curve.bids[0]) for curve in curves if isinstance(curve, BidCdf))

    def costs(bids: Array) -> Array:
        columns = []
        for law, curve in zip(laws, curves, strict=True):
            assert isinstance(curve, BidCdf)
            spare = float(law.survival(np.float64(curve.reach)))
            logs = np.log(np.maximum(spare + (1.0 - spare) * curve.survival, 1e-30))
            levels = np.exp(np.interp(bids + top, curve.bids, logs))
            columns.append(law.upper_quantile(np.clip(levels, 0.0, 1.0)) - top)
        return np.stack(columns, axis=-1)

    late = {i: float(c.bids[0]) - top for i, c in enumerate(curves) if isinstance(c, BidCdf) and c.bids[0] > begin}
    return Guess(begin - top, late, costs)


def common_prior(laws: Sequence[Distribution], top: float) -> Guess:
    """Lowest bid, entries and costs as if all provers had one prior, the geometric mean of their survivals."""
    n = len(laws)
    lows = np.array([law.support[0] for law in laws])
    shares = np.concatenate([[0.0], np.geomspace(1e-10, 2.5e-3, 100), np.linspace(2.5e-3, 1.0, 400)[1:]])
    c = lows.min() + (top - lows.min()) * shares
    with np.errstate(divide="ignore"):
        hazard = -np.mean([np.log(law.survival(c)) for law in laws], axis=0)
        final = np.array([-np.log(float(law.survival(np.float64(top)))) for law in laws])
    chance = np.exp(-(n - 1) * hazard)
    slices = 0.5 * (chance[1:] + chance[:-1]) * np.diff(c)
    rest = np.append(np.cumsum(slices[::-1])[::-1], 0.0)
    common = np.where(chance > 0.0, c + rest / np.where(chance > 0.0, chance, 1.0), c)
    common = np.maximum.accumulate(np.append(common[:-1], top))
    second = float(np.sort(lows)[1])
    begin = max(float(np.mean(np.interp(np.sort(lows)[:2], c, common))), second + 0.05 * (top - second))
    tails = np.array([tail_exponent(law) if law.support[1] == top else 0.0 for law in laws])
    spent = np.minimum(hazard, 700.0)

    def costs(bids: Array) -> Array:
        """Everyone's hazard is the common one, stretched so that it ends where it should."""
        share = np.clip(bids / (begin - top), 0.0, 1.0)
        cost = np.interp(top + bids, common, c)
        base = np.interp(begin, common, c)
        y = np.interp(cost, c, spent) - np.interp(base, c, spent)
        last = hazard[-1] - np.interp(base, c, spent)
        found = []
        for law, end, tail in zip(laws, final, tails, strict=True):
            goal = end / last if np.isfinite(last) else tail / tails.mean() if tail > 0.0 else 1.0
            scaled = y * (1.0 + (goal - 1.0) * (1.0 - share))
            cost = law.upper_quantile(np.exp(-np.clip(scaled, 0.0, end)))
            found.append(np.minimum(cost - top, bids + 1e-3 * bids * (share < 1.0)))
        return np.stack(found, axis=-1)

    order = np.argsort(lows)
    met = np.interp(lows, c, common)
    late = {int(i): float(met[i]) - top for i in order[2:] if met[i] > begin + 0.02 * (top - begin)}
    return Guess(begin - top, late, costs)
