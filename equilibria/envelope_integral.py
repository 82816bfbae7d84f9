r"""Symmetric games by the envelope integral, on Chebyshev cells.

Among $n$ provers with one prior $F$, of whom the $k$ lowest bids win, a type $c$ wins with probability
$X(c)=P(\mathrm{Bin}(n-1,F(c))\le k-1)$ under every increasing strategy. By the envelope theorem its utility is
$u(c)=\int_c^aX$, where $a$ is the highest type that takes part, so that

$$ \beta=c+\mu,\quad \mu=u/X\quad\text{(pay as bid)},\qquad \beta=cX+u\quad\text{(all pay)}. $$

The markup solves the linear equation $\mu'=\lambda\mu-1$ with $\lambda=-X'/X$. Nothing in it underflows, at $a$ its analytic
solution is the wanted one, and towards lower costs errors decay: it is collocated on every cell and joined from the top. An
all-pay bid is the integral of $\beta'=cX'$.

Where $\beta'$ vanishes, at an end, rounding would make a polynomial wiggle. There the strategy is one straight cell, so short
(or so hopeless) that even so nobody gains more than `flat` times the width of the support.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray

from equilibria._chebyshev import points
from equilibria._symmetric_odds import LoneOdds, MarkedOdds, PartOdds, SymmetricOdds, farthest
from equilibria.cell_polynomials import CellPolynomials, capped, truth, with_first, with_last
from mechanisms import InvalidInput, SolverFailure
from mechanisms.distributions import Distribution

__all__ = ["EnvelopeIntegral"]

Array = NDArray[np.float64]
Expand = Callable[[Array, Array], Array]
"""From points of cells `(cells, points)` and their radii to what a cell needs of the prior, `(parts, cells, points)`."""
Join = Callable[[Array, Array], "tuple[Array, Array, Array]"]
"""From points and these parts to slopes at the points, bids at the ends of cells, and the weight of an error on each cell."""

EPSILON = float(np.finfo(np.float64).eps)
ROUGHER = 1e3
"""How much more a straight cell may leave where markups were not resolved."""

GROWTH = 12.0
"""Neighbouring cells near an end where bids rest have widths in this ratio to begin with."""


FAR = 1e5
"""A cell whose last coefficients are this many times too large is cut into four."""


@dataclass(frozen=True, slots=True)
class EnvelopeIntegral:
    """How: polynomials of one degree on cells that are halved where needed.

    Arguments:
        degree: of the polynomial on a cell, from 6 to 24.
        tolerance: the last Chebyshev coefficients of a bid, weighted with the probability of winning, as a share of the
            width of the support.
        flat: the gain that a straight cell may leave, as a share of the same.
        cells: the most cells.
    """

    degree: int = 16
    tolerance: float = 4e-15
    flat: float = 1e-14
    cells: int = 2000

    def __post_init__(self) -> None:
        if not 6 <= self.degree <= 24:
            raise InvalidInput(f"degree must lie in [6, 24]; got {self.degree!r}. The default is 16.")

    def pay_as_bid(self, prior: Distribution, n: int, k: int, reach: float) -> CellPolynomials:
        """Bids of costs up to `reach`, which bids itself.

        Raises:
            SolverFailure: not resolved within `cells` cells.
        """
        return self._marked_up(SymmetricOdds(prior, n, k), prior, reach, 0.0)

    def lone(self, prior: Distribution, n: int, presence: float, reach: float, limit: float) -> CellPolynomials:
        r"""Bids of costs up to `reach` at a second price where whoever bids alone is paid its own bid, at most `limit`.

        With the chance $P$ that no rival bids the markup has $P\mu'=-X'\mu-P$, and the highest cost that bids the limit.

        Raises:
            SolverFailure: not resolved within `cells` cells.
        """
        low, high = prior.support
        alone = (1.0 - presence * float(prior.cdf(reach))) ** (n - 1)
        share = alone * (limit - low) / (high - low)
        if share <= self.flat:  # next to never alone
            return truth(low, reach)
        try:
            found = self._marked_up(LoneOdds(prior, n, presence, alone), prior, reach, limit - reach)
        except SolverFailure:
            if share <= 100.0 * self.flat:  # markups that doubles do not resolve are worth next to nothing
                return truth(low, reach)
            raise
        return capped(found, limit)

    def part(self, prior: Distribution, n: int, size: int, tasks: int, reach: float, limit: float | None) -> CellPolynomials:
        r"""Bids of costs up to `reach` at a uniform price, where all can make `size` of the tasks and the highest bid is `limit`.

        With the mean award $M$ of those whose own bid is the price the markup has $M\mu'=-X'\mu-M$.

        Raises:
            SolverFailure: not resolved within `cells` cells.
        """
        if tasks % size == 0:  # nobody is awarded a part
            return truth(prior.support[0], reach)
        above = limit - reach if limit is not None and tasks > size * (n - 1) else 0.0
        odds = PartOdds(prior, n, size, tasks)
        try:
            found = self._marked_up(odds, prior, reach, above)
        except SolverFailure:  # near the lowest cost a markup may rise like a root, of which doubles hold too few digits
            found = replace(self, flat=ROUGHER * self.flat)._marked_up(odds, prior, reach, above)
        return found if limit is None else capped(found, limit)

    def _marked_up(
        self, odds: MarkedOdds, prior: Distribution, reach: float, above: float
    ) -> CellPolynomials:
        """Costs with their markups, which solve the linear equation of the odds, `above` for the highest cost that bids."""
        grid, low = points(self.degree), prior.support[0]

        def expand(c: Array, radius: Array) -> Array:
            rate, chance = odds.hazard_and_chance(c)
            matrix = grid.derivative / radius[:, None, None]
            matrix[:, range(self.degree), range(self.degree)] -= rate[:, :-1]
            sides = np.stack([np.full_like(rate[:, :-1], -1.0), -matrix[:, :-1, -1]], axis=2)
            solved = np.linalg.solve(matrix[:, :-1, :-1], sides)
            alone, carried = np.zeros_like(c), np.ones_like(c)
            alone[:, :-1], carried[:, :-1] = solved[..., 0], solved[..., 1]
            return np.stack([rate, chance, alone, carried])

        def join(c: Array, parts: Array) -> tuple[Array, Array, Array]:
            rate, chance, alone, carried = parts
            markup_above, lasts = last, np.empty(len(c))
            for cell in range(len(c) - 1, -1, -1):
                lasts[cell] = markup_above
                markup_above = alone[cell, 0] + markup_above * carried[cell, 0]
            markup = alone + lasts[:, None] * carried
            with np.errstate(invalid="ignore"):
                slope = rate * markup
            if not np.isfinite(rate[-1, -1]):
                slope[-1, -1] = 1.0 + 2.0 / (c[-1, -1] - c[-1, 0]) * (grid.derivative[-1] @ markup[-1])
            return slope, np.append(c[:, 0] + markup[:, 0], stop + last), odds.weight(chance)

        start, stop, last, aim = low, reach, above, self._left_flat(prior, reach)
        if odds.rests_at(low):
            types = np.linspace(low, reach, 65)
            markup = float(odds.hazard_and_chance(types)[1].mean()) * (reach - low) + above  # roughly, of the lowest type
            start = farthest(lambda c: 2.0 * markup * odds.at_stake(c) <= aim, low, reach)
        (rate,), (chance,) = odds.hazard_and_chance(np.array([reach]))
        if above == 0.0 and np.isfinite(rate):  # at a binding reserve there is no markup, and so no slope
            stop = farthest(lambda c: _nearly_flat(odds, c, reach - c, aim), reach, start)
            rate = float(odds.hazard_and_chance(np.array([stop]))[0][0])
            last = (reach - stop) * (1.0 - 0.5 * rate * (reach - stop))
        elif above > 0.0 and rate == 0.0:  # nobody is there to be undercut
            stop = farthest(lambda c: 2.0 * above * (odds.hazard_and_chance(c)[1] - chance) <= aim, reach, start)
            last = above + reach - stop - above * (float(odds.hazard_and_chance(np.array([stop]))[1][0]) / chance - 1.0)
        strategy = self._refine(expand, join, self._partition(prior, start, stop, reach), prior)
        if stop < reach:
            strategy = with_last(strategy, reach, reach + above)
        if start > low:
            strategy = with_first(strategy, low, (strategy.values[0] - start) * float(odds.loses(np.array([start]))[0]))
        return strategy

    def all_pay(self, prior: Distribution, n: int, reach: float, last: float) -> CellPolynomials:
        """Transfers (minus what buyers pay) of costs (minus values) up to `reach`, which bids `last`.

        Raises:
            SolverFailure: not resolved within `cells` cells.
        """
        odds, grid, low = SymmetricOdds(prior, n, 1), points(self.degree), prior.support[0]
        scale, aim, start = max(abs(low), abs(reach)), self._left_flat(prior, reach), low
        if odds.rests_at(low):
            start = farthest(lambda c: 2.0 * scale * odds.loses(c) <= aim, low, reach)
        stop, lost = reach, float(odds.hazard_and_chance(np.array([reach]))[1][0])
        if float(reach * odds.falls(np.array([reach]))[0]) == 0.0:
            stop = farthest(lambda c: 2.0 * np.abs(c) * (odds.hazard_and_chance(c)[1] - lost) <= aim, reach, start)
        top = last
        if stop < reach:
            top += 0.5 * stop * (float(odds.hazard_and_chance(np.array([stop]))[1][0]) - lost)

        def expand(c: Array, radius: Array) -> Array:
            slope = -c * odds.falls(c)
            return np.stack([slope, radius[:, None] * (slope @ grid.integral.T)])

        def join(c: Array, parts: Array) -> tuple[Array, Array, Array]:
            bids = top - np.cumsum(parts[1][::-1, 0])[::-1]
            return parts[0], np.append(bids, top), np.ones(len(c))

        strategy = self._refine(expand, join, self._partition(prior, start, stop, reach), prior)
        if stop < reach:
            strategy = with_last(strategy, reach, last)
        if start > low:
            strategy = with_first(strategy, low, scale * float(odds.loses(np.array([start]))[0]))
        return CellPolynomials(ends=strategy.ends, values=strategy.values, bubbles=strategy.bubbles, excluded=0.0)

    def kth_price(self, prior: Distribution, n: int, k: int, reach: float) -> CellPolynomials:
        r"""Bids of costs up to `reach` where the lowest bid is paid the `k`-th lowest.

        With the cost $c(s)$ of survival $s$ it is
        $\beta=\sum_{j=0}^{k-2}\binom{k-2}j\frac{(n-k)!}{(n-k+j)!}s^jc^{(j)}(s)$; for $k=3$, $c-S/((n-2)f)$.

        Raises:
            SolverFailure: not resolved within `cells` cells, or it does not increase.
        """
        grid = points(self.degree)

        def expand(c: Array, radius: Array) -> Array:
            survival, density = np.asarray(prior.survival(c)), np.asarray(prior.pdf(c))
            bids, factor, derivative = c.copy(), np.ones_like(c), np.empty(0)
            for j in range(1, k - 1):
                derivative = -1.0 / density if j == 1 else -(derivative @ grid.derivative.T) / radius[:, None] / density
                factor = factor * survival / (n - k + j)
                bids += comb(k - 2, j) * factor * derivative
            return np.stack([bids, (bids @ grid.derivative.T) / radius[:, None]])

        def join(c: Array, parts: Array) -> tuple[Array, Array, Array]:
            return parts[1], np.append(parts[0][:, 0], parts[0][-1, -1]), np.ones(len(c))

        rough = (4.0 * self.degree**2) ** (k - 3)  # each numerical derivative costs digits
        return self._refine(expand, join, self._partition(prior, prior.support[0], reach, reach), prior, rough)

    def _left_flat(self, prior: Distribution, reach: float) -> float:
        """What a straight cell may leave: not less than rounding lets it rise."""
        low, high = prior.support
        return max(self.flat * (high - low), 64.0 * EPSILON * max(abs(low), abs(reach)))

    def _partition(self, prior: Distribution, start: float, stop: float, reach: float) -> Array:
        """Ends of cells to begin with: knots, and cells that grow from an end where bids rest."""
        cuts = [start, *(x for x in prior.knots if start < x < stop), stop]
        for end, first in ((prior.support[0], start), (reach, stop)):
            x = end + GROWTH * (first - end)
            while x != end and abs(x - end) < (stop - start) / GROWTH:
                cuts.append(x)
                x = end + GROWTH * (x - end)
        if len(cuts) < 4:
            cuts.append(0.5 * (start + stop))
        return np.unique(cuts)

    def _refine(self, expand: Expand, join: Join, ends: Array, prior: Distribution, rough: float = 1.0) -> CellPolynomials:
        """Halve cells until each polynomial is as good as can be and increases."""
        grid, width = points(self.degree), prior.support[1] - prior.support[0]
        parts, fresh = np.empty(0), np.ones(len(ends) - 1, dtype=bool)
        while True:
            left, right = ends[:-1, None], ends[1:, None]
            c = 0.5 * (left + right) + 0.5 * (right - left) * grid.nodes
            c[:, 0], c[:, -1] = ends[:-1], ends[1:]
            if len(prior.knots) > 2:
                inner = np.isin(ends, prior.knots[1:-1])  # the density of a cell at a knot is the limit from inside
                c[inner[:-1], 0] = np.nextafter(c[inner[:-1], 0], np.inf)
                c[inner[1:], -1] = np.nextafter(c[inner[1:], -1], -np.inf)
            radius = 0.5 * np.diff(ends)
            made = expand(c[fresh], radius[fresh])
            if fresh.all():
                parts = made
            else:
                parts[:, fresh] = made
            slope, values, weight = join(c, parts)
            shape = -radius[:, None] * (slope @ grid.integral.T)
            tail = np.abs(shape @ grid.coefficients[-2:].T).max(axis=1)
            noise = EPSILON * np.maximum(np.abs(values[:-1]), np.abs(values[1:]))
            wiggle = self.degree**2 * (tail + EPSILON * np.abs(shape[:, 0])) / radius + noise / radius
            excess = weight * tail / (rough * np.maximum(self.tolerance * width, noise))
            good = (wiggle <= 0.1 * slope.min(axis=1)) & (excess <= 1.0)
            if good.all():
                return CellPolynomials(ends=ends, values=values, bubbles=grid.bubbles(shape))
            bad = int(np.argmin(good))
            least = EPSILON * np.minimum(np.abs(values[:-1]), np.abs(values[1:]))
            hopeless = (least > 0.1 * radius * slope.max(axis=1))[~good]  # no part of such a cell has the digits
            if len(ends) > self.cells or hopeless.any():
                raise SolverFailure(
                    f"the bids were not resolved within {self.cells} cells: near {float(ends[bad])!r} they may not increase, "
                    "or the density is too rough. Pass solver=EnvelopeIntegral(cells=...)."
                )
            copies = np.where(good, 1, np.where(excess > FAR, 4, 2))
            parts, fresh = np.repeat(parts, copies, axis=1), np.repeat(~good, copies)
            middles, quartered = 0.5 * (ends[:-1] + ends[1:]), copies == 4
            halves = [0.5 * (ends[:-1] + middles)[quartered], 0.5 * (middles + ends[1:])[quartered]]
            ends = np.sort(np.concatenate([ends, middles[~good], *halves]))


def _nearly_flat(odds: MarkedOdds, c: Array, left: Array, aim: float) -> NDArray[np.bool_]:
    """Whether a straight cell from `c`, `left` below a binding reserve, neither costs more than `aim` nor is long."""
    rate, chance = odds.hazard_and_chance(c)
    return (2.0 * left**2 * rate * chance <= aim) & (rate * left <= 0.05)
