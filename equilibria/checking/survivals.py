"""Survival functions of several priors on cells, and means over a part of a support."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from flint import arb, arb_series

from equilibria.checking.joint_integrals import cell_integrals, exceeding, joint_integrals
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import cell_ball, middle

ACCURACY = 1e-11
"""Radius of an integral to aim at, relative to its extent."""


def breakpoints(priors: Sequence[Prior], low: float, high: float) -> list[float]:
    """Ends and knots at which a product of survival functions may not be analytic."""
    return sorted({low, high, *(knot for prior in priors for knot in prior.knots if low < knot < high)})


def survival_series(prior: Prior, x: arb, inside: float) -> arb_series:
    """The expansion of the survival function around `x` on the piece that holds `inside`."""
    if inside <= prior.low:
        return arb_series([arb(1)])
    if inside >= prior.high:
        return arb_series([exceeding(prior, prior.high)])
    return exceeding(prior, x) - prior.density(arb_series([x, 1]), inside).integral()


class Survivals:
    """Survival functions of all provers, expanded or bounded on cells."""

    def __init__(self, priors: Sequence[Prior]) -> None:
        self.priors = priors
        self.at = cache(self._at)

    def _at(self, x: float) -> list[arb]:
        return [exceeding(prior, x) for prior in self.priors]

    def series(self, left: float, right: float) -> tuple[list[arb_series], list[arb_series]]:
        """Around the middle of a cell, and over the whole of it."""
        centre, _ = middle(left, right)
        ball = cell_ball(left, right)
        point = [survival_series(prior, arb(centre), centre) for prior in self.priors]
        return point, [survival_series(prior, ball, centre) for prior in self.priors]


def partial_mean(prior: Prior, upper: float, lower: float | None = None) -> arb:
    r"""$E[c; l<c\le u] = l\,S(l) - u\,S(u) + \int_l^u S\,dt$; without `lower`, $E[c; c\le u]$."""
    low = prior.low if lower is None else max(lower, prior.low)
    upper = min(upper, prior.high)
    if upper <= low:
        return arb(0)
    game = Survivals([prior])

    def model(left: float, right: float) -> list[arb]:
        point, whole = game.series(left, right)
        return cell_integrals(point, whole, left, right)

    def plain(left: float, right: float) -> list[arb]:
        return [hull(game.at(left)[0], game.at(right)[0]) * (arb(right) - left)]

    aim = ACCURACY * (upper - low)
    above = joint_integrals(model, plain, breakpoints([prior], low, upper), [aim])[0]
    return above + low * exceeding(prior, low) - upper * exceeding(prior, upper)
