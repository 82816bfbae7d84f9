r"""An equilibrium of a k-double auction through a given point, by following the first-order conditions both ways.

Of one user and one prover, the conditions of `regular_collocation` are a flow of value, cost and price along a parameter $s$,

$$ \frac{d\gamma}{ds}=k\,\frac{G}{g}(\gamma)\,\frac{p-\gamma}{\varphi-\gamma}, \qquad
   \frac{d\varphi}{ds}=(1-k)\,\frac{1-F}{f}(\varphi)\,\frac{\varphi-p}{\varphi-\gamma}, \qquad
   \frac{dp}{ds}=\frac{(\varphi-p)(p-\gamma)}{\varphi-\gamma} , $$

and through every point with $\gamma<p<\varphi$ passes one path (Satterthwaite and Williams 1989, theorem 3.2): these are the
members of the two-parameter family. Paths are attracted by both ends, where their slopes may be zero or infinite; the cells
shrink towards them with the steps of $s$. Of $m$ like users and $n$ like provers the same holds with the two linear equations
of `_order_chances.rivalry` for the slopes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria._order_chances import rivalry
from equilibria._path_quintics import Cell, joined
from equilibria._trade_hazards import TradeHazard
from equilibria.inverse_bids import InverseBids
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput, Refused, SolverFailure

Array = NDArray[np.float64]

ENOUGH = 1e-15
"""Product of what is left to both ends, as a share of the squared range, below which a path has arrived."""

LONGEST = 4000.0
"""Length of a path in units of s after which it is given up."""

STRETCHES = (1.0, 0.8, 1.2, 0.5, 1.5, 0.25)
"""Factors of the distance from 1 of the slopes at the start, tried in this order."""

TURNS = (
    "along this path strategies do not increase: reports near it would fall as types rise. Pass another point, "
    "PhasePath(through=...)."
)

Pieces = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class PhasePath:
    """Integrate the flow from one point to both ends, with eighth order Runge-Kutta steps.

    Arguments:
        through: value, price and cost of the point, in this order, strictly falling. None for the point at the price at which
            demand meets supply on average where the slopes of the inverse strategies are $1+k/q$ and $1+(1-k)/q$, with $q$
            the larger number of agents on a side, or as far from 1 as the next of `STRETCHES` says if strategies turn back.
            It lies on the linear equilibrium of one user and one prover with uniform priors.
        step: logarithm of the factor by which differences change between neighbouring bids of the result, at most.
        tolerance: relative, of the integration.
    """

    through: tuple[float, float, float] | None = None
    step: float = 0.1
    tolerance: float = 1e-12

    def strategies(
        self, value: Distribution, cost: Distribution, k: float, users: int = 1, provers: int = 1
    ) -> tuple[InverseBids, InverseBids]:
        """The strategies of every user and of every prover.

        Raises:
            InvalidInput: the point is not inside both supports with value above price above cost.
            Refused: the path leaves a support: types there would bunch.
            SolverFailure: the path does not arrive, or turns back.
        """
        if not 0.0 < k < 1.0:
            raise Refused(f"PhasePath needs 0 < k < 1: one side is truthful at k={k!r}. Pass another k.")
        flow = _Flow(TradeHazard(value, True), TradeHazard(cost, False), k, (users, provers), self.step, self.tolerance)
        stretches = STRETCHES if self.through is None else (1.0,)
        for stretch in stretches:
            v, p, c = self._start(value, cost, k, users, provers, stretch)
            try:
                down, up = flow.follow(np.array([c, v, p]), -1), flow.follow(np.array([c, v, p]), 1)
                return joined(down[::-1], up, value, cost)
            except SolverFailure:
                if stretch == stretches[-1]:
                    raise
        raise AssertionError("unreachable: the last point returns or raises")

    def _start(
        self, value: Distribution, cost: Distribution, k: float, m: int, n: int, stretch: float
    ) -> tuple[float, float, float]:
        low, high = cost.support[0], value.support[1]
        v, p, c = _balanced(value, cost, k, m, n, stretch) if self.through is None else map(float, self.through)
        if not (max(value.support[0], p) < v < high and low < c < min(cost.support[1], p)):
            raise InvalidInput(
                f"through must be a value in {value.support}, a price below it and a cost in {cost.support} below the price; "
                f"got {(v, p, c)}. Give for example (0.75, 0.5, 0.25)."
            )
        return v, p, c


class _Flow:
    """The flow, piece by piece between the knots of the priors."""

    def __init__(
        self, value: TradeHazard, cost: TradeHazard, k: float, agents: tuple[int, int], step: float, tolerance: float
    ) -> None:
        self.value, self.cost, self.k, self.agents = value, cost, k, agents
        self.step, self.tolerance = step, tolerance
        self.range = value.end - cost.end

    def slopes(self, y: Array, pieces: Pieces) -> Array:
        """Derivatives of cost and value with respect to the price."""
        c, v, p = y
        costs, values = self.cost(c, pieces[0]), self.value(v, pieces[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.agents == (1, 1):
                return np.array([self.k * costs / (v - p), (1.0 - self.k) * values / (p - c)])
            below, above = self.cost.prior.cdf(c), self.value.prior.survival(v)
            mu1, rho1, mu2, rho2 = rivalry(1.0 - above, below, *self.agents)
            first, second = self.k * mu1 / (v - p), (1.0 - self.k) * mu2 / (p - c)
            det = 1.0 - rho1 * rho2
            asks, bids = (first - rho1 * second) / det, (second - rho2 * first) / det
            return np.array([asks * costs / below, bids * values / above])

    def field(self, y: Array, pieces: Pieces) -> Array:
        """Derivatives of cost, value and price along the path."""
        c, v, p = y
        rate = (v - p) * (p - c) / (v - c)
        return np.asarray(rate * np.append(self.slopes(y, pieces), 1.0))

    def left(self, y: Array, sign: int) -> tuple[float, float]:
        """What is left of the two differences that vanish at the end."""
        c, v, p = y
        return (v - p, c - self.cost.end) if sign < 0 else (p - c, self.value.end - v)

    def follow(self, y: Array, sign: int) -> list[Cell]:
        """Cells from `y` to one end, in the order of travel."""
        from scipy.integrate import solve_ivp

        cells: list[Cell] = []
        gone = 0.0
        while gone < LONGEST:
            pieces = (_piece(self.cost.prior.knots, y[0], sign), _piece(self.value.prior.knots, y[1], sign))
            targets = [(0, pieces[0][sign > 0]), (1, pieces[1][sign > 0])]

            ends = (self.cost.end, self.value.end)
            crossed = [(index, target) for index, target in targets if target != ends[index]]
            run: Any = solve_ivp(
                _field(self, pieces, sign), (0.0, LONGEST), y, method="DOP853", rtol=self.tolerance, atol=1e-16 * self.range,
                events=[_arrival(self, sign), *(_crossing(*c) for c in crossed), _turn(self, pieces)], dense_output=True,
            )  # fmt: skip
            if run.status != 1:
                break
            if len(run.t_events[-1]):
                raise SolverFailure(TURNS)
            cells += self._cells(run.sol, self._mesh(run.sol, run.t), pieces, sign)
            if len(run.t_events[0]):
                return cells
            y = run.y[:, -1].copy()
            for (index, target), when in zip(crossed, run.t_events[1:-1], strict=True):
                if len(when):
                    support = (self.cost if index == 0 else self.value).prior.support
                    if target in support:
                        name, side = (("highest cost", "provers"), ("lowest value", "users"))[index]
                        raise Refused(
                            f"the path reaches the {name} {target!r} while a trade is still possible: {side} near it would "
                            "all make the same bid, and bids with an atom have no such first-order condition. Pass another "
                            "point, PhasePath(through=...), or a wider support."
                        )
                    y[index] = target
            gone += float(run.t[-1])
        raise SolverFailure(
            f"the path did not reach the {'lowest' if sign < 0 else 'highest'} bid within s = {LONGEST:g}. "
            "A density may vanish or have a gap on its way; pass another point, PhasePath(through=...)."
        )

    def _mesh(self, path: Any, steps: Array) -> Array:
        """Parameters between which no difference changes by more than a factor e^step, and no price by a tenth of the step."""
        fine = (steps[:-1, None] + np.diff(steps)[:, None] * np.arange(4) / 4).ravel()
        fine = np.append(fine, steps[-1])
        c, v, p = path(fine)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log([v - p, p - c, c - self.cost.end, self.value.end - v])
        moved = np.nan_to_num(np.abs(np.diff(logs)), nan=0.0, posinf=0.0).max(axis=0)
        moved = np.maximum(moved, 10.0 * np.abs(np.diff(p)) / self.range) + 1e-12
        length = np.concatenate([[0.0], np.cumsum(moved)])
        cells = max(int(np.ceil(length[-1] / self.step)), 1)
        mesh = np.interp(np.linspace(0.0, length[-1], cells + 1), length, fine)
        mesh[0], mesh[-1] = steps[0], steps[-1]
        return np.asarray(mesh)

    def _cells(self, path: Any, s: Array, pieces: Pieces, sign: int) -> list[Cell]:
        nodes = 0.5 - 0.5 * np.cos(np.pi * np.arange(5) / 4)
        cells = []
        for left, right in pairwise(s):
            y = path(left + nodes * (right - left))
            slopes = self.slopes(y, pieces)
            if not (slopes > 0.0).all():
                raise SolverFailure(TURNS)
            order = slice(None) if sign > 0 else slice(None, None, -1)
            cells.append((y[2, order], y[0, order], y[1, order], slopes[:, order]))
        return cells


def _balanced(value: Distribution, cost: Distribution, k: float, m: int, n: int, stretch: float) -> tuple[float, float, float]:
    """Where inverse strategies of the stated slopes meet the conditions, at the price at which demand meets supply on average."""
    from scipy.optimize import brentq

    low, high = cost.support[0], value.support[1]
    p = float(brentq(lambda x: m * float(value.survival(x)) - n * float(cost.cdf(x)), low, high, xtol=1e-13))
    up, down = 1.0 + stretch * k / max(m, n), 1.0 + stretch * (1.0 - k) / max(m, n)
    v, c = 0.5 * (p + high), 0.5 * (p + low)
    for _ in range(200):
        mu1, rho1, mu2, rho2 = rivalry(value.cdf(v), cost.cdf(c), m, n)
        f, g = up * value.pdf(v), down * cost.pdf(c)
        goal_v, goal_c = p + k * mu1 / (g + rho1 * f), p - (1.0 - k) * mu2 / (f + rho2 * g)
        if not (np.isfinite(goal_v) and np.isfinite(goal_c)):
            break
        v, c = 0.5 * (v + min(float(goal_v), high)), 0.5 * (c + max(float(goal_c), low))
    return v, p, c


def _field(flow: _Flow, pieces: Pieces, sign: int) -> Callable[[float, Array], Array]:
    return lambda _, y: sign * flow.field(y, pieces)


def _arrival(flow: _Flow, sign: int) -> Callable[[float, Array], float]:
    """Ends the path where the product of what is left is negligible."""

    def event(_: float, y: Array) -> float:
        first, second = flow.left(y, sign)
        return float(first * second - ENOUGH * flow.range**2)

    event.terminal = True  # type: ignore[attr-defined]  # where solve_ivp looks for it
    return event


def _turn(flow: _Flow, pieces: Pieces) -> Callable[[float, Array], float]:
    """Ends the path where a strategy would turn back, which it cannot with one agent on each side."""

    def event(_: float, y: Array) -> float:
        return 1.0 if flow.agents == (1, 1) else float(flow.slopes(y, pieces).min())

    event.terminal = True  # type: ignore[attr-defined]  # where solve_ivp looks for it
    return event


def _crossing(index: int, target: float) -> Callable[[float, Array], float]:
    """Ends a piece where a type reaches a knot."""

    def event(_: float, y: Array) -> float:
        return float(y[index] - target)

    event.terminal = True  # type: ignore[attr-defined]  # where solve_ivp looks for it
    return event


def _piece(knots: tuple[float, ...], x: float, sign: int) -> tuple[float, float]:
    """The knots around `x`; at a knot, the piece ahead in the direction of travel."""
    if sign > 0:
        place = int(np.searchsorted(knots, x, side="right"))
    else:
        place = int(np.searchsorted(knots, x, side="left"))
    place = min(max(place, 1), len(knots) - 1)
    return knots[place - 1], knots[place]
