r"""A mixture: the cost is drawn from one of several laws, each with a probability.

$$F(x) = \sum_i w_i F_i(x), \qquad \sum_i w_i = 1.$$
Quantiles lie between the least and the greatest quantile of the parts; from there the equation is solved
on the smaller tail by safeguarded Newton steps to the rounding of $F$.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.base import Distribution, Side, check_side
from mechanisms.distributions.parameters import positive, shown
from mechanisms.distributions.reflected import Reflected
from mechanisms.distributions.safeguarded_newton import solve_increasing
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput

MOST_PARTS = 64
"""Parts of one law, at most."""


@final
@dataclass(frozen=True, slots=True, init=False)
class Mixture(Distribution):
    """A cost drawn from several distributions.

    Arguments:
        parts: pairs of a positive weight and a distribution; the weights are divided by their sum. There may be `MOST_PARTS` in
            all, those of mixtures within included: every check of a certificate evaluates each of them wherever it needs the law.

    Raises:
        InvalidInput: naming the part that is wrong; or there are too many parts.

    Example:
        >>> from mechanisms.distributions import Uniform
        >>> Mixture([(1, Uniform(0, 1)), (3, Uniform(2, 3))]).gaps
        ((1.0, 2.0),)
    """

    parts: tuple[tuple[float, Distribution], ...]

    def __init__(self, parts: Iterable[tuple[float, Distribution]]) -> None:
        checked = [_checked(part, index) for index, part in enumerate(_listed(parts))]
        if not checked:
            raise InvalidInput("parts must have at least one entry; got none. Add (weight, distribution).")
        laws = sum(1 + _parts_within(law) for _, law in checked)
        if laws > MOST_PARTS:
            raise InvalidInput(
                f"parts must be at most {MOST_PARTS} in all, those of mixtures within included; got {laws}: each is evaluated "
                "wherever a certificate is checked. Merge parts, or use a PiecewiseLinear or Empirical law of many points."
            )
        total = sum(Fraction(weight) for weight, _ in checked)
        for index, (weight, _) in enumerate(checked):
            if not Fraction(weight) / total > Fraction(1, 10**15):
                raise InvalidInput(
                    f"parts[{index}].weight must exceed 1e-15 of the sum of the weights; got {weight!r}. "
                    "Drop the part."
                )
        object.__setattr__(self, "parts", tuple(checked))
        low, high = self.support
        if not math.isfinite(high - low):
            raise InvalidInput(
                f"parts must span less than 1.7e308; got {low!r} to {high!r}. Use a larger unit."
            )

    @property
    def weights(self) -> tuple[float, ...]:
        """The weights divided by their sum."""
        return tuple(float(weight) for weight in self._exact_weights())

    @property
    def support(self) -> tuple[float, float]:
        supports = [part.support for _, part in self.parts]
        return min(low for low, _ in supports), max(high for _, high in supports)

    @property
    def knots(self) -> tuple[float, ...]:
        return tuple(sorted({x for _, part in self.parts for x in part.knots}))

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        covered = []
        for _, part in self.parts:
            ends = [part.support[0], *(x for gap in part.gaps for x in gap), part.support[1]]
            covered += list(zip(ends[::2], ends[1::2], strict=True))
        covered.sort()
        gaps, reached = [], covered[0][1]
        for left, right in covered[1:]:
            if left > reached:
                gaps.append((reached, left))
            reached = max(reached, right)
        return tuple(gaps)

    def mean(self) -> float:
        mean = math.fsum(w * part.mean() for w, (_, part) in zip(self.weights, self.parts, strict=True))
        return min(max(mean, self.support[0]), self.support[1])

    def spec(self) -> dict[str, object]:
        parts = [{"weight": weight, "distribution": part.spec()} for weight, part in self.parts]
        return {"kind": "mixture", "parts": parts}

    def scaled(self, factor: float) -> Mixture:
        return Mixture(tuple((weight, part.scaled(factor)) for weight, part in self.parts))

    def is_regular(self, side: Side = "cost") -> bool:
        check_side(side)
        if len(self.parts) == 1:
            return self.parts[0][1].is_regular(side)
        return self._monotone_on_grid(side)

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...] | None = None) -> FloatArray:
        """Independent draws: a part by its weight, then a cost of that part."""
        chosen = np.searchsorted(np.cumsum(self.weights)[:-1], rng.random(size), side="right")
        draws = np.empty(chosen.shape)
        for index, (_, part) in enumerate(self.parts):
            mine = np.asarray(chosen == index)
            draws[mine] = part.sample(rng, int(mine.sum()))
        return draws[()]

    def _exact_weights(self) -> tuple[Fraction, ...]:
        total = sum(Fraction(weight) for weight, _ in self.parts)
        return tuple(Fraction(weight) / total for weight, _ in self.parts)

    def _mean_of(self, value: Callable[[Distribution], FloatArray]) -> FloatArray:
        terms = [w * value(part) for w, (_, part) in zip(self.weights, self.parts, strict=True)]
        return np.asarray(sum(terms[1:], terms[0]))

    def _cdf(self, x: FloatArray) -> FloatArray:
        return self._mean_of(lambda part: part.cdf(x))

    def _survival(self, x: FloatArray) -> FloatArray:
        return self._mean_of(lambda part: part.survival(x))

    def _pdf(self, x: FloatArray) -> FloatArray:
        inside = self._mean_of(lambda part: _right_pdf(part, x))
        return np.where(x == self.support[1], self._mean_of(lambda part: part.pdf(x)), inside)

    def _quantile(self, p: FloatArray) -> FloatArray:
        return self._from_ends(p, 1.0 - p, p <= 0.5)

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        return self._from_ends(1.0 - q, q, q > 0.5)

    def _from_ends(self, p: FloatArray, q: FloatArray, from_low: np.ndarray) -> FloatArray:
        """Solves F = p where p is the smaller tail and -(1 - F) = -q elsewhere."""
        x = np.empty(p.shape)

        def lower_tail(x: FloatArray, _: np.ndarray) -> tuple[FloatArray, FloatArray]:
            return self._cdf(x), self._pdf(x)

        def upper_tail(x: FloatArray, _: np.ndarray) -> tuple[FloatArray, FloatArray]:
            return -self._survival(x), self._pdf(x)

        for mine, function in ((from_low, lower_tail), (~from_low, upper_tail)):
            if not np.any(mine):
                continue
            if function is lower_tail:
                level, ends = p[mine], [part.quantile(p[mine]) for _, part in self.parts]
            else:
                level, ends = -q[mine], [part.upper_quantile(q[mine]) for _, part in self.parts]
            low, high = np.min(ends, axis=0), np.max(ends, axis=0)
            for left, right in self.gaps:
                flat = function(np.array([left]), np.array([0]))[0]
                before = level <= flat
                low = np.where(level == flat, left, np.where(before, low, np.maximum(low, right)))
                high = np.where(before, np.minimum(high, left), high)
            x[mine] = solve_increasing(function, level, low, high, low + 0.5 * (high - low))
        return x

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        lower = upper = Fraction(0)
        for weight, (_, part) in zip(self._exact_weights(), self.parts, strict=True):
            bounds = part.cdf_bounds(low, high)
            lower += weight * Fraction(bounds.lower)
            upper += weight * Fraction(bounds.upper)
        return Enclosure.around(lower, upper)


def _right_pdf(part: Distribution, x: FloatArray) -> FloatArray:
    """The density of a part, zero at the upper end of its support, where another part may go on."""
    return np.where(x == part.support[1], 0.0, part.pdf(x))


def _parts_within(law: Distribution) -> int:
    """How many parts a part has itself."""
    while isinstance(law, Reflected):
        law = law.of
    return sum(1 + _parts_within(part) for _, part in law.parts) if isinstance(law, Mixture) else 0


def _listed(parts: object) -> Iterable[object]:
    if isinstance(parts, str | bytes | Mapping) or not isinstance(parts, Iterable):
        raise InvalidInput(
            f"parts must be pairs of a weight and a distribution; got {shown(parts)}. "
            "For example [(0.5, Uniform(0, 1)), (0.5, Uniform(1, 2))]."
        )
    return parts


def _checked(part: object, index: int) -> tuple[float, Distribution]:
    if not isinstance(part, tuple | list) or len(part) != 2 or not isinstance(part[1], Distribution):
        raise InvalidInput(
            f"parts[{index}] must be a pair of a weight and a distribution; got {shown(part)}. "
            "For example (0.5, Uniform(0, 1))."
        )
    if part[1].atoms:
        raise InvalidInput(
            f"parts[{index}] must have a density; got {shown(part[1])}. Mix the probabilities of one Discrete law yourself."
        )
    return positive(part[0], f"parts[{index}].weight"), part[1]
