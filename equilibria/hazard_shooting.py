r"""The equilibrium of a pay-as-bid auction by shooting on cumulative bid hazards.

With $H_i(b)$ the probability that prover $i$ bids above $b$ and $\varphi_i(b)$ the cost that bids $b$, an equilibrium with
independent private costs satisfies $\sum_{j\ne i}(-\log H_j)'(b)=1/m_i(b-\varphi_i(b))$ for every active $i$ (Lebrun 1999;
Maskin and Riley 2000, mirrored), where $m_i(x)=x$ for the risk neutral and utility over marginal utility for others. All
unknowns start at the lowest bid $b_0$, the only unknown number; at the highest winning bid $\bar b$, known beforehand, every
marginal cost must meet the bid. Too low a $b_0$ makes some cost overtake the bid, too high a one leaves a gap, so bisection
finds it. The one unstable mode grows like one over the probability of winning, so it never matters to a payoff; the bisection
is repeated on the way where it would matter to the strategies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equilibria import bid_grid
from equilibria.bid_grid import FIRST_XI, LAST_XI, Path
from equilibria.highest_bid import NEUTRAL, approach, highest_bid, tail_exponent
from equilibria.strategies import BidCdf, ConstantBid, Strategy, Truthful
from mechanisms.attitudes import Attitude
from mechanisms.distributions import Distribution
from mechanisms.errors import Refused, SolverFailure


@dataclass(frozen=True, slots=True)
class HazardShooting:
    """Shooting on cumulative bid hazards.

    Arguments:
        cells: cells of the bid grid over the middle of the bid range; the ends get about as many together.
        tolerance: relative local error of the integration.
    """

    cells: int = 200
    tolerance: float = 1e-10

    def strategies(
        self, priors: Mapping[str, Distribution], reserve: float | None, attitudes: Mapping[str, Attitude] | None = None
    ) -> dict[str, Strategy]:
        """Equilibrium strategies in the orientation of a procurement.

        Args:
            priors: cost distributions by label, each with positive density inside its support.
            reserve: highest accepted bid, or None.
            attitudes: by label; who is left out is risk neutral.

        Raises:
            Refused: there is no equilibrium, or a support has a gap.
            SolverFailure: the bisection found no bracket.
        """
        for label, prior in priors.items():
            if prior.gaps:
                left, right = prior.gaps[0]
                raise Refused(
                    f"the costs of prover {label!r} have no mass between {left:.6g} and {right:.6g}; this solver needs a density "
                    "that is positive inside the support. Mix a little uniform mass in."
                )
        idle: dict[str, Strategy] = {label: Truthful() for label in priors}
        able = [label for label in priors if reserve is None or priors[label].support[0] < reserve]
        if len(priors) == 1 and reserve is None:
            raise Refused("one prover without a reserve has no equilibrium: it would ask for any price. Set a reserve.")
        if reserve is not None and len(able) <= 1:
            lone = able[0] if able else next(iter(priors))
            return idle | {lone: ConstantBid(reserve, min(reserve, priors[lone].support[1]))}
        top = highest_bid({label: priors[label] for label in able}, reserve, attitudes)
        active = [label for label in able if priors[label].support[0] < top]
        if len(active) == 1:
            return idle | {active[0]: ConstantBid(top, min(top, priors[active[0]].support[1]))}
        return idle | dict(self._shoot({label: priors[label] for label in active}, top, attitudes or {}))

    def _shoot(
        self, priors: Mapping[str, Distribution], top: float, attitudes: Mapping[str, Attitude]
    ) -> dict[str, BidCdf]:
        from equilibria._hazards import hazards
        from equilibria._quantile_table import ROUGH_STEP, STEP, tabulate
        from equilibria._shooting import TOO_HIGH, shoot

        laws = list(priors.values())
        n = len(laws)
        averse = [attitudes.get(label, NEUTRAL) for label in priors]
        scale, rate = np.array([attitude.shape for attitude in averse]).T.copy()
        fine = self.tolerance < 1e-6
        tables = (*tabulate(laws, STEP if fine else ROUGH_STEP).arguments, scale, rate)
        ends = [law.support[1] for law in laws]
        strong = int(np.argmin(ends)) if min(ends) < top else -1
        slope, curve = approach(laws, averse[strong], strong, top)
        tails = np.array([tail_exponent(law) if law.support[1] == top else 0.0 for law in laws])
        tied = strong < 0 and np.count_nonzero(tails) >= 2
        linear = 1.0 / (scale * (tails.sum() - tails)) if tied else np.zeros(n)
        final = -sum(np.log(float(law.survival(np.float64(top)))) for k, law in enumerate(laws) if strong >= 0 and k != strong)
        boundary = (strong, ends[strong], float(final), slope, curve)

        def attempt(
            bottom: float, start: float, state: NDArray[np.float64], stops: NDArray[np.float64], tolerance: float = self.tolerance
        ) -> Path:
            path, rates = np.zeros((len(stops), n)), np.zeros((len(stops), n))
            verdict, count, miss = shoot(start, state, stops, bottom, top, boundary, linear, tolerance, path, rates, tables)
            return Path(verdict == TOO_HIGH, miss, stops[:count], path[:count], rates[:count])

        def beginning(bottom: float) -> NDArray[np.float64] | None:
            rates, order = np.zeros(n), np.zeros(n, np.int64)
            s = (top - bottom) * np.exp(FIRST_XI)
            return rates * s if hazards(bottom + s, np.zeros(n), strong, rates, order, tables) >= 0.0 else None

        def probe(bottom: float, stops: NDArray[np.float64], tolerance: float) -> tuple[bool, float]:
            state = beginning(bottom)
            if state is None:
                return False, np.nan
            path = attempt(bottom, FIRST_XI, state, stops, tolerance)
            return path.high, path.miss

        floor = sorted(law.support[0] for law in laws)[1]
        rough, end = max(COARSE, self.tolerance), np.array([LAST_XI])
        first, last = (1e-9, 0.0) if fine else (0.1 * self.tolerance, 1e-3 * self.tolerance)
        bottom = _bracket(lambda b: probe(b, end, rough), floor, top, first * (top - floor))
        stops, state, entries = bid_grid.stops(self.cells), beginning(bottom), dict[int, float]()
        for round_ in range(REFINEMENTS):
            if state is None:
                break
            path = attempt(bottom, FIRST_XI, state, stops, rough)
            entries = bid_grid.entries(path, laws, averse, bottom, top)
            begun = [float(np.log((b - bottom) / (top - b))) for b in entries.values()]
            finer = stops if round_ == REFINEMENTS - 1 else bid_grid.refined(path, stops, bottom, top)
            stops = np.unique(np.concatenate([finer, bid_grid.knot_positions(path, laws), begun]))
        bottom = _around(lambda b: probe(b, stops, self.tolerance), bottom, (floor, top), 3.0 * first, last)
        state = beginning(bottom)
        if state is None:
            raise SolverFailure(f"no lowest bid was found below {top:.6g}. Check for supports that barely overlap.")
        path = _stages(attempt, bottom, state, stops, 14.0 / float(scale.max()))
        return _assemble(priors, averse[strong], top, bottom, path, strong, (tails, linear) if tied else None, entries)


def _stages(
    attempt: _Attempt, bottom: float, state: NDArray[np.float64], stops: NDArray[np.float64], shrinkage: float
) -> Path:
    """Follow the solution to the top, bisecting anew on the unstable mode whenever the log of the chance to win has so shrunk."""
    done: list[Path] = []
    start = FIRST_XI
    while len(stops):
        path = attempt(bottom, start, state, stops)
        unlikely = path.hazard.sum(axis=1) - path.hazard.max(axis=1)  # minus the log of the best chance to win
        keep = int(np.searchsorted(unlikely, state.sum() - state.max() + shrinkage))
        done.append(Path(path.high, path.miss, path.stops[:keep], path.hazard[:keep], path.rates[:keep]))
        if keep == len(path.stops) or keep == 0:
            break
        start, state = float(path.stops[keep - 1]), path.hazard[keep - 1]
        direction = path.rates[keep - 1] / path.rates[keep - 1].max()
        stops = stops[stops > start]
        state = _balanced(attempt, bottom, start, state, direction, stops)
    return Path(True, np.nan, *(np.concatenate([getattr(part, name) for part in done]) for name in ("stops", "hazard", "rates")))


def _balanced(
    attempt: _Attempt, bottom: float, start: float, state: NDArray[np.float64], direction: NDArray[np.float64],
    stops: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Shift a state along the flow so that the integration over exactly these stops neither falls behind nor overtakes."""

    def probe(back: float) -> tuple[bool, float]:
        path = attempt(bottom, start, state - back * direction, stops)
        return path.high, path.miss

    width = 1e-13 * float(state.max())
    while width < 0.01 * state.max():
        if probe(width)[0] and not probe(-width)[0]:
            return state - _bracket(probe, -width, width, 1e-17 * float(state.max())) * direction
        width *= 30.0
    return state


def _apart(inner: NDArray[np.float64], bottom: float, top: float) -> NDArray[np.bool_]:
    """Which bids to keep so that neighbours, and the ends, are several doubles apart."""
    margin = 4e-16 * (abs(top) + abs(bottom))
    inside = (inner > bottom + margin) & (inner < top - margin)
    later = np.concatenate([np.where(inside, inner, np.inf)[1:], [np.inf]])
    return inside & (later - inner > margin)


def _assemble(
    priors: Mapping[str, Distribution],
    attitude: Attitude,
    top: float,
    bottom: float,
    path: Path,
    strong: int,
    tie: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    entries: Mapping[int, float],
) -> dict[str, BidCdf]:
    """Turn hazards on the grid into conditional bid cdfs that end at `top`."""
    xi, extent = path.stops, top - bottom
    small = np.exp(-np.abs(xi)) / (1.0 + np.exp(-np.abs(xi)))
    inner = np.where(xi > 0, top - extent * small, bottom + extent * small)
    keep = _apart(inner, bottom, top)
    inner, hazard, rates = inner[keep], path.hazard[keep], path.rates[keep]
    if tie is not None:
        count = bid_grid.settled(top - inner, extent, rates, tie[0])
        inner, hazard, rates = inner[:count], hazard[:count], rates[:count]
    laws = list(priors.values())
    reach = np.array([min(top, law.support[1]) for law in laws])
    spare = np.array([float(law.survival(np.float64(a))) for law, a in zip(laws, reach, strict=True)])
    far = top - inner[-1] > 1e-6 * extent
    if strong >= 0 and far:
        inner, hazard, rates = bid_grid.complete(inner, hazard, rates, top, laws[strong], attitude, spare, strong)
    elif tie is not None and far:
        inner, hazard, rates = bid_grid.taper(inner, hazard, rates, top, laws, tie[1])
    keep = _apart(inner, bottom, top)
    inner, hazard, rates = inner[keep], hazard[keep], rates[keep]
    bids = np.concatenate([[bottom], inner, [top]])
    strategies: dict[str, BidCdf] = {}
    for index, (label, law) in enumerate(priors.items()):
        y, rate, mass = *_solvent(law, inner, hazard[:, index], rates[:, index]), 1.0 - spare[index]
        if index in entries:
            y = np.where(inner <= entries[index] + 1e-8 * extent, 0.0, y)
        survival = np.concatenate([[1.0], np.clip((np.exp(-y) - spare[index]) / mass, 0.0, 1.0), [0.0]])
        cdf = np.concatenate([[0.0], np.clip(-np.expm1(-y) / mass, 0.0, 1.0), [1.0]])
        density = np.concatenate([[0.0], rate * np.exp(-y) / mass, [np.inf]])
        density[0] = density[1]
        entry = max(int(np.argmax(cdf > 0.0)) - 1, 0)
        if entry:
            density[entry] = 0.0
        own = [column[entry:] for column in (bids, cdf, survival, density)]
        strategies[label] = BidCdf.monotone(law, float(reach[index]), *own)
    return strategies


def _solvent(
    law: Distribution, bids: NDArray[np.float64], hazard: NDArray[np.float64], rates: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hazards of bids that are nowhere below their costs: where they would be, those of the costs."""
    survival = law.survival(bids)
    with np.errstate(divide="ignore", invalid="ignore"):
        most, rate = -np.log(survival), law.pdf(bids) / survival
    return np.minimum(hazard, most), np.where((hazard > most) & np.isfinite(rate), rate, rates)


REFINEMENTS = 4
"""Passes in which the bid grid is refined; the last one only places entries and knots."""

COARSE = 1e-7
"""Tolerance of the integrations that locate the lowest bid before it is refined."""

_Attempt = Callable[[float, float, NDArray[np.float64], NDArray[np.float64]], Path]


def _around(
    probe: Callable[[float], tuple[bool, float]], near: float, ends: tuple[float, float], share: float, resolution: float
) -> float:
    """Where `probe` turns true, near a first guess: widen a bracket, at first of some share of the way from end to end, until it
    holds the turn, then close it to a share of that way."""
    floor, ceiling = ends
    width = share * (ceiling - floor)
    while True:
        lower, upper = max(near - width, floor), min(near + width, ceiling)
        if (lower == floor or not probe(lower)[0]) and (upper == ceiling or probe(upper)[0]):
            return _bracket(probe, lower, upper, resolution * (ceiling - floor))
        width *= 30.0


def _bracket(probe: Callable[[float], tuple[bool, float]], lower: float, upper: float, resolution: float = 0.0) -> float:
    """Where `probe` turns from false (at `lower`) to true (at `upper`), to `resolution`.

    Bisection on the verdict; once both ends come with a number that changes sign, Brent's method on that number.
    """
    misses = [np.nan, np.nan]
    while upper - lower > resolution:
        middle = 0.5 * (lower + upper)
        if not lower < middle < upper:
            break
        true, miss = probe(middle)
        if true:
            upper, misses[1] = middle, miss
        else:
            lower, misses[0] = middle, miss
        if misses[0] > 0.0 > misses[1]:
            from scipy.optimize import brentq

            def number(x: float) -> float:
                verdict, value = probe(x)
                return value if np.isfinite(value) else (-1.0 if verdict else 1.0)

            return float(brentq(number, lower, upper, xtol=max(resolution, 1e-300), rtol=8.9e-16))
    return lower


