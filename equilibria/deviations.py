"""What step strategies of any rule are worth, estimated: deviations on a fine grid, types at the ends of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from equilibria.bid_game import BidGame, Rule, Vector
from equilibria.step_bids import StepBids

DEVIATIONS = 1024
"""Bids that are tried over the whole range, apart from those just beside a rival's."""

WIDENED = 1e-9
"""Every estimate is widened by this share of the largest amount, which covers rounding and quadrature of smooth priors."""


def estimates(
    game: BidGame, laws: Sequence[Vector], steps: Sequence[StepBids], rule: Callable[[Sequence[Vector]], Rule],
    low: float, high: float, sign: int,
) -> Mapping[str, object]:
    """The states of an equilibrium as a certificate would hold them, estimated.

    Utility is a line in the cost, so the regret of a step strategy is greatest at the end of a cell: types are exact, and only
    the bids that are tried leave something open.
    """
    own = [step.bids for step in steps]
    played = [np.diff(prior.cdf(step.costs)) for prior, step in zip(game.priors, steps, strict=True)]
    exact = rule(own)
    payment = resource = awarded = 0.0
    gain = 0.0
    for i, step in enumerate(steps):
        wins, paid = exact.interim(own, played, i)
        payment += float(played[i] @ paid)
        resource += float(_costs(game, i, step.costs) @ wins)
        awarded += float(played[i] @ wins)
        best = np.full(len(step.costs), -np.inf)
        for part in np.array_split(_tried(own, i, low, high), max(1, DEVIATIONS // 64)):
            table = [part if j == i else bids for j, bids in enumerate(own)]
            chance, money = rule(table).interim(table, played, i)
            best = np.maximum(best, (money - step.costs[:, None] * chance).max(axis=1))
        for ends in (slice(None, -1), slice(1, None)):
            gain = max(gain, float((best[ends] - (paid - step.costs[ends] * wins)).max()))
    surplus = payment - resource
    scale = WIDENED * max(1.0, abs(payment), abs(resource))
    return {
        "epsilon": gain + scale,
        "relative_epsilon": (gain + scale) / surplus if surplus > 0.0 else None,
        "expected_payment": _around(sign * payment, scale),
        "resource_cost": _around(resource, scale),
        "redundant_cost": [0.0, 0.0],
        "prover_surplus": _around(surplus, scale),
        "no_award": [max(1.0 - awarded - scale, 0.0), min(max(1.0 - awarded + scale, 0.0), 1.0)],
    }


def _tried(own: Sequence[Vector], agent: int, low: float, high: float) -> Vector:
    """An even grid, and bids on either side of every rival's bid."""
    beside = 1e-9 * (high - low)
    rivals = np.concatenate([bids for j, bids in enumerate(own) if j != agent] or [np.zeros(0)])
    tried = np.concatenate([np.linspace(low, high, DEVIATIONS), rivals - beside, rivals + beside, own[agent]])
    return np.unique(np.clip(tried, low, high))


def _costs(game: BidGame, agent: int, ends: Vector) -> Vector:
    """The integral of the cost over each cell, dF(c): by parts, and Gauss and Legendre's rule on the cdf."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    prior = game.priors[agent]
    middle, half = 0.5 * (ends[1:] + ends[:-1]), 0.5 * np.diff(ends)
    under = half * (prior.cdf(middle[:, None] + half[:, None] * nodes) @ weights)
    return np.asarray(np.diff(ends * prior.cdf(ends)) - under)


def _around(value: float, slack: float) -> list[float]:
    return [value - slack, value + slack]
