"""Where the collocation of awards starts: equal provers, in closed form, and what fits provers that differ better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equilibria._award_collocation import AwardEquations
from equilibria._award_laws import Law, Prior
from equilibria._award_odds import AwardOdds
from equilibria._bid_cells import Array, lobatto

__all__ = ["equal_provers", "stretched"]


def equal_provers(problem: AwardEquations, odds: AwardOdds) -> Array:
    """The symmetric equilibrium under the mean prior, as unknowns."""
    law, n = problem.laws[0], len(problem.laws)
    a = problem.top + float(problem.ends[0])
    low = problem.top + float(problem.lows[0])
    c = low + (a - low) * np.sin(np.linspace(0.0, 0.5 * np.pi, 2001)) ** 2
    below, above = (np.tile(np.asarray(part), (n, 1)) for part in (law.cdf(c), law.survival(c)))
    chance = odds.evaluate(below, above)[0][0]
    slices = 0.5 * (chance[1:] + chance[:-1]) * np.diff(c)
    rest = np.append(np.cumsum(slices[::-1])[::-1], 0.0) - float(problem.ends[0]) * chance[-1]
    markup = np.where(chance > 1e-12, rest / np.maximum(chance, 1e-300), 0.0)
    bids = np.maximum.accumulate(c + markup) - problem.top
    nodes = lobatto(problem.degree)
    x = np.zeros(problem.size)
    x[problem.starts] = bids[0]
    at = problem.bids(x, nodes)[0]
    costs = np.minimum(np.interp(at, bids, c) - problem.top, at)
    return problem.pack(np.repeat(costs[:, :, None], n, axis=2), np.array([bids[0]]))


def stretched(problem: AwardEquations, x: Array, laws: Sequence[Prior], mean: Law) -> Array:
    """From costs of equal provers: of each law the same quantile at the lowest bid, the same cost at the highest one."""
    costs = problem.costs(x)
    levels = np.asarray(mean.cdf(problem.top + costs[:, :, 0]))
    share = 1.0 - problem.bids(x, lobatto(problem.degree))[0] / float(x[problem.starts[0]])
    for i, law in enumerate(laws):
        own = np.asarray(law.quantile(np.clip(levels, 0.0, 1.0))) - problem.top
        costs[:, :, i] = (1.0 - share) * own + share * costs[:, :, i]
    return problem.pack(costs, x[problem.starts])
