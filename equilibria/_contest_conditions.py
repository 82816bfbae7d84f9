"""First-order conditions of a contest on grids of costs: their values, their Jacobian, and best replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from equilibria._contest_grids import STEP, Array, Grid, coefficients, grid, places, transform_nodes
from mechanisms import Distribution

LEAST = 1e-8
"""The least effort, as a share of the largest that is reasonable: whoever would make less stays out."""

SHORT = 1e-7
"""What the highest cost that takes part may lose, as a share of the prize, before that is an objection."""


@dataclass(slots=True)
class State:
    """Efforts at the Chebyshev points of each grid, and which of the laws each grid is for; other laws are idle."""

    grids: list[Grid]
    efforts: list[Array]
    which: list[int]

    @property
    def degree(self) -> int:
        """The degree of the polynomials."""
        return len(self.efforts[0]) - 1

    @property
    def steep(self) -> bool:
        """Whether polynomials rise somewhere, or their last coefficients are not small beside the least effort."""
        ends = zip((coefficients(e)[-3:] for e in self.efforts), self.efforts, strict=True)
        return any((np.diff(e) > 0.0).any() or float(np.abs(tail).max()) > 1e-3 * e.min() for tail, e in ends)

    def refined(self, degree: int) -> State:
        """The same polynomials on finer grids."""
        grids = [grid(g.prior, g.count, g.reach, degree) for g in self.grids]
        finer = np.polynomial.chebyshev.chebvander(places(degree), self.degree)
        least = [1e-3 * efforts.min() for efforts in self.efforts]
        finest = [np.maximum(finer @ coefficients(e), low) for e, low in zip(self.efforts, least, strict=True)]
        return State(grids, finest, self.which)

    def geometric(self, linear: bool) -> list[bool]:
        """Which grids move in the logarithm: all, or all but those whose high costs stay out against rivals that never do."""
        someone = any(g.absent == 0.0 for g in self.grids)
        return [g.absent == 0.0 or not (linear and someone) for g in self.grids]

    def scale(self, linear: bool) -> Array:
        """What a unit of a step moves: the effort itself, or the largest of a grid that does not move geometrically."""
        pairs = zip(self.geometric(linear), self.efforts, strict=True)
        return np.concatenate([e if geometric else np.full_like(e, e.max()) for geometric, e in pairs])

    def move(self, step: Array, linear: bool) -> None:
        """Take a step in the units of `scale`."""
        start = 0
        for k, (geometric, e) in enumerate(zip(self.geometric(linear), self.efforts, strict=True)):
            part = step[start : start + len(e)]
            self.efforts[k] = e * np.exp(part) if geometric else e + part * e.max()
            start += len(e)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The rule: prize, exponent and rebate."""

    prize: float
    exponent: float
    rebate: float

    def reward_slope(self, efforts: Array, first: Array, second: Array) -> Array:
        """$T'$ from $H(x)=E[1/(x+S)]$ and $Q=H+xH'$."""
        chance_slope = self.exponent * efforts ** (self.exponent - 1.0) * second
        return (self.prize - self.rebate * efforts) * chance_slope + self.rebate * (1.0 - efforts**self.exponent * first)

    def known(self, efforts: Array, rest: float) -> Array:
        """$T'$ against rivals whose scores add up to a known number."""
        score = efforts**self.exponent
        return self.reward_slope(efforts, 1.0 / (score + rest), rest / (score + rest) ** 2)

    def transforms(self, state: State) -> tuple[Array, list[Array], list[Array], list[Array]]:
        """Nodes, `exp(-t X)` at the nodes of the integrals, transforms, and efforts there."""
        inside = [g.interpolation @ e for g, e in zip(state.grids, state.efforts, strict=True)]
        least = 1e-12 if self.exponent != 1.0 or all(g.absent == 0.0 for g in state.grids) else 0.0
        inside = [np.maximum(e, least * e.max()) for e in inside]
        taking = [float(e.min()) if g.absent == 0.0 else 0.0 for g, e in zip(state.grids, inside, strict=True)]
        scores = [max(e, 0.0) ** self.exponent for e in taking]
        whole = sum(g.count * s for g, s in zip(state.grids, scores, strict=True))
        nearest = [max(float(e.min()), 0.0) ** self.exponent + whole - s for e, s in zip(inside, scores, strict=True)]
        most = sum(g.count * float(e.max()) ** self.exponent for g, e in zip(state.grids, inside, strict=True))
        nodes = transform_nodes(max(min(nearest), 1e-9 * most), most)
        decays = [np.exp(-np.outer(nodes, e**self.exponent)) for e in inside]
        laws = [d @ g.weights + g.absent for d, g in zip(decays, state.grids, strict=True)]
        return nodes, decays, laws, inside

    def rivals(self, state: State, laws: list[Array], own: int) -> Array:
        """The product of the transforms of all rivals of a contestant on grid `own`."""
        counts = [g.count - (k == own) for k, g in enumerate(state.grids)]
        return np.asarray(np.prod([law**count for law, count in zip(laws, counts, strict=True)], axis=0))

    def linearised(self, state: State) -> tuple[Array, Array]:
        r"""The residuals $\log(T'/c)$ at all points, and their derivatives by the efforts at all points."""
        nodes, decays, laws, inside = self.transforms(state)
        alpha, sizes = self.exponent, [len(e) for e in state.efforts]
        ends = np.cumsum([0, *sizes])
        residual, jacobian = np.empty(ends[-1]), np.zeros((ends[-1], ends[-1]))
        moved = [
            -((nodes[:, None] * d) * (g.weights * alpha * e ** (alpha - 1.0))) @ g.interpolation
            for d, g, e in zip(decays, state.grids, inside, strict=True)
        ]
        for i, (g, e) in enumerate(zip(state.grids, state.efforts, strict=True)):
            rows = slice(ends[i], ends[i + 1])
            product = self.rivals(state, laws, i)
            score = e**alpha
            turned = np.outer(score, nodes)
            kernel = STEP * nodes * np.exp(-turned)
            first, second = kernel @ product, (kernel * (1.0 - turned)) @ product
            third = (kernel * nodes * (turned - 2.0)) @ product
            slope = np.maximum(self.reward_slope(e, first, second), 1e-300)
            residual[rows] = np.log(slope / g.costs)
            steep, kept = alpha * e ** (alpha - 1.0), self.prize - self.rebate * e
            bend = alpha * ((alpha - 1.0) * e ** (alpha - 2.0) if alpha != 1.0 else 0.0) * second + steep**2 * third
            own = kept * bend - 2.0 * self.rebate * steep * second
            jacobian[rows, rows] += np.diag(own)
            by_first = kernel * (-self.rebate * score)[:, None] + kernel * (1.0 - turned) * (kept * steep)[:, None]
            for j, other in enumerate(state.grids):
                count = other.count - (i == j)
                if count:
                    rest = product / np.where(laws[j] > 0.0, laws[j], 1.0)
                    jacobian[rows, ends[j] : ends[j + 1]] += (by_first * (count * rest)) @ moved[j]
            jacobian[rows] /= slope[:, None]
        return residual, jacobian

    def replied(self, state: State) -> State:
        """Efforts moved towards the best replies."""
        nodes, _, laws, _ = self.transforms(state)
        weight = min(1.0, 2.0 / sum(g.count for g in state.grids))
        grids, efforts = [], []
        for i, (g, e) in enumerate(zip(state.grids, state.efforts, strict=True)):
            product = self.rivals(state, laws, i)

            def slope(efforts: Array, product: Array = product) -> Array:
                return self._slopes(efforts, nodes, product)

            least = LEAST * self.prize / g.prior.support[0]
            if self.exponent > 1.0:
                reach, least = self._entry(g, nodes, product)
                g = grid(g.prior, g.count, max(reach, g.prior.support[0] * (1.0 + 1e-6)), state.degree)
            grids.append(g)
            efforts.append(weight * reply(slope, g.costs, least, self.prize) + (1.0 - weight) * np.maximum(e, least))
        return State(grids, efforts, list(state.which))

    def vanishing(self, state: State) -> bool:
        """Whether some effort on a whole support has become as small as none."""
        trios = zip(state.grids, state.efforts, state.geometric(True), strict=True)
        return any(moves and e.min() < 0.5 * LEAST * self.prize / g.prior.support[0] for g, e, moves in trios)

    def fading(self, state: State) -> bool:
        """Whether on every grid the least effort is small beside the largest."""
        return all(e.min() < 1e-3 * e.max() for e in state.efforts)

    def _slopes(self, efforts: Array, nodes: Array, product: Array) -> Array:
        """$T'$ against rivals with these transforms."""
        turned = np.outer(efforts**self.exponent, nodes)
        kernel = STEP * nodes * np.exp(-turned)
        return self.reward_slope(efforts, kernel @ product, (kernel * (1.0 - turned)) @ product)

    def _rewards(self, efforts: Array, nodes: Array, product: Array) -> Array:
        """$T$ against rivals with these transforms."""
        score = (efforts**self.exponent)[:, None]
        chance = (score * STEP * nodes * np.exp(-score * nodes)) @ product
        return np.asarray(self.prize * chance + self.rebate * efforts * (1.0 - chance))

    def _entry(self, g: Grid, nodes: Array, product: Array) -> tuple[float, float]:
        """The highest cost that makes an effort, and its effort: where $T/e$ is largest."""
        low, high = g.prior.support
        least = LEAST * self.prize / low
        if self.exponent < 1.0:
            return high, least
        if self.exponent == 1.0:
            return min(float(self._slopes(np.array([least]), nodes, product)[0]), high), least
        tried = np.geomspace(1e-6, 2.0, 80) * self.prize / low
        for _ in range(8):
            average = self._rewards(tried, nodes, product) / tried
            best = min(max(int(average.argmax()), 1), len(tried) - 2)
            cost, effort = float(average[best]), float(tried[best])
            tried = np.linspace(tried[best - 1], tried[best + 1], 12)
        return min(cost, high), effort

    def attracted(self, state: State, laws: Sequence[tuple[Distribution, int]]) -> list[int]:
        """Idle laws whose lowest cost would make an effort."""
        nodes, _, transforms, _ = self.transforms(state)
        product = self.rivals(state, transforms, -1)
        found = []
        for k, (law, _) in enumerate(laws):
            if k not in state.which:
                low = law.support[0]
                efforts = np.geomspace(LEAST, 1.0, 400) * self.prize / low
                gain = self._rewards(efforts, nodes, product) - low * efforts
                if gain.max() > 1e-12 * self.prize:
                    found.append(k)
        return found

    def reached(self, state: State) -> bool:
        """Move the ends of the grids to the costs that are indifferent; whether any moved."""
        nodes, _, laws, _ = self.transforms(state)
        moved, idle = False, []
        for i, g in enumerate(state.grids):
            reach, entering = self._entry(g, nodes, self.rivals(state, laws, i))
            left = sum(other.count for k, other in enumerate(state.grids) if k not in idle) - g.count
            if reach <= g.prior.support[0] * (1.0 + 1e-9) and left >= 2:
                idle.append(i)
                continue
            reach = max(reach, g.prior.support[0] + 1e-3 * (g.prior.support[1] - g.prior.support[0]))
            if abs(reach - g.reach) > 1e-11 * reach:
                state.grids[i], moved = grid(g.prior, g.count, reach, state.degree), True
                state.efforts[i] = np.maximum(state.efforts[i], entering)
        for i in reversed(idle):
            del state.grids[i], state.efforts[i], state.which[i]
        return moved or bool(idle)

    @staticmethod
    def end_at(state: State, reaches: Sequence[float]) -> None:
        """Move the ends of the grids where high costs stay out."""
        for i, (g, reach) in enumerate(zip(state.grids, reaches, strict=True)):
            low, high = g.prior.support
            if g.absent > 0.0 and low < reach < high and reach != g.reach:
                state.grids[i] = grid(g.prior, g.count, reach, state.degree)

    def objection(self, state: State) -> str | None:
        """Why a solution of the first-order conditions is no equilibrium, or None."""
        nodes, _, laws, _ = self.transforms(state)
        for i, (g, e) in enumerate(zip(state.grids, state.efforts, strict=True)):
            if (np.diff(e) > 0.0).any():
                return "efforts that satisfy the first-order conditions rise in the cost, so they are no best replies."
            score = e[-1] ** self.exponent
            chance = score * STEP * float((nodes * np.exp(-nodes * score)) @ self.rivals(state, laws, i))
            surplus = self.prize * chance + self.rebate * e[-1] * (1.0 - chance) - g.reach * e[-1]
            alone = self.prize * float(self.rivals(state, laws, i)[-1]) if self.exponent > 1.0 and g.absent == 0.0 else 0.0
            if alone > surplus + SHORT * self.prize:
                return (
                    f"no equilibrium in pure strategies was found: with the exponent {self.exponent:g} a contestant of cost "
                    f"{g.reach:g} would rather make next to no effort, and win only where all of its rivals stay out. Use a "
                    "smaller exponent, or leave out the weakest contestants."
                )
            if surplus < -SHORT * self.prize:
                return (
                    "there is no equilibrium in pure strategies in which everybody takes part: with the exponent "
                    f"{self.exponent:g} a contestant of cost {g.reach:g} would lose {-surplus:.3g} by the effort that its "
                    "first-order condition asks for, and stays out. Use a smaller exponent, or leave out the weakest contestants."
                )
        return None


def reply(slope: Callable[[Array], Array], costs: Array, least: float, prize: float) -> Array:
    """Efforts from `least` on at which a falling marginal reward equals the costs, by halving in the logarithm."""
    low, high = np.full_like(costs, np.log(least)), np.log(2.0 * prize / costs)
    for _ in range(50):
        middle = 0.5 * (low + high)
        eager = slope(np.exp(middle)) > costs
        low, high = np.where(eager, middle, low), np.where(eager, high, middle)
    return np.asarray(np.exp(0.5 * (low + high)))
