r"""Finitely many costs, each with a probability, kept as exact rationals.

$$F(x) = \sum_{c_k \le x} f_k, \qquad f_k > 0, \qquad \sum_k f_k = 1 .$$

The one law here with atoms: it has no density, so whatever solves differential equations refuses it, and what is exact on
finite types (`optimal`, linear programs, `Optimal`) takes it. Between types its virtual cost is that of the next one,

$$\psi(c_k) = c_k + (c_k - c_{k-1})\,\frac{F(c_{k-1})}{f_k}, \qquad
  \phi(v_k) = v_k - (v_{k+1} - v_k)\,\frac{1 - F(v_k)}{f_k} .$$
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from numbers import Rational
from typing import ClassVar, TypeAlias, final

import numpy as np

from mechanisms._types import FloatArray, RealInput
from mechanisms.distributions.base import Distribution, Kernel, Side, check_side
from mechanisms.distributions.parameters import GREATEST, frozen_array, shown
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused

Exact: TypeAlias = int | float | str | Decimal | Rational


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class Discrete(Distribution):
    """A cost that takes finitely many values.

    Arguments:
        chances: probability of each value; both as `Fraction`, int, `Decimal`, a float (the exact rational that it is) or a
            string such as `"1/3"` or `"0.1"`. Probabilities are positive and sum to exactly 1.

    Raises:
        InvalidInput: naming the entry that is wrong, or the sum of the probabilities.

    Example:
        >>> from fractions import Fraction
        >>> law = Discrete({1: "1/3", 2: "2/3"})
        >>> law.probabilities, law.cdf(1.5).item()
        ((Fraction(1, 3), Fraction(2, 3)), 0.3333333333333333)
    """

    atoms: ClassVar[bool] = True

    values: tuple[Fraction, ...]
    probabilities: tuple[Fraction, ...]
    _x: FloatArray = field(compare=False)
    _p: FloatArray = field(compare=False)
    _s: FloatArray = field(compare=False)

    def __init__(self, chances: Mapping[Exact, Exact]) -> None:
        if not isinstance(chances, Mapping) or not chances:
            raise InvalidInput(
                f"chances must be a mapping from values to probabilities with at least one entry; got {shown(chances)}. "
                'For example {1: "1/3", 2: "2/3"}.'
            )
        self._set(
            [exact(value, f"values[{k}]") for k, value in enumerate(chances)],
            [exact(chance, f"probabilities[{k}]") for k, chance in enumerate(chances.values())],
        )

    @classmethod
    def of(cls, values: Iterable[Exact], probabilities: Iterable[Exact]) -> Discrete:
        """The law from two lists of one length, as files hold them."""
        for name, given in (("values", values), ("probabilities", probabilities)):
            if isinstance(given, str | bytes) or not isinstance(given, Iterable):
                raise InvalidInput(f"{name} must be a list of numbers or strings such as \"1/3\"; got {shown(given)}.")
        costs = [exact(value, f"values[{k}]") for k, value in enumerate(values)]
        chances = [exact(chance, f"probabilities[{k}]") for k, chance in enumerate(probabilities)]
        if len(costs) != len(chances) or not costs:
            raise InvalidInput(
                f"probabilities must have one entry for each of the values, at least one; got {len(chances)} for {len(costs)} "
                "values. Give both lists in one order."
            )
        law = cls.__new__(cls)
        law._set(costs, chances)
        return law

    @classmethod
    def grid(cls, low: Exact, high: Exact, count: int) -> Discrete:
        """`count` equally likely values, equally far apart from `low` to `high`.

        Example:
            >>> Discrete.grid("1/10", 1, 10).mean()
            0.55
        """
        first, last = exact(low, "low"), exact(high, "high")
        if isinstance(count, bool) or not isinstance(count, int) or count < 2 or first >= last:
            raise InvalidInput(f"count must be a whole number from 2, and low be below high; got {shown((low, high, count))}.")
        step = (last - first) / (count - 1)
        return cls({first + k * step: Fraction(1, count) for k in range(count)})

    def _set(self, values: list[Fraction], probabilities: list[Fraction]) -> None:
        for k, chance in enumerate(probabilities):
            if not 0 < chance <= 1:
                raise InvalidInput(f"probabilities[{k}] must lie in (0, 1]; got {chance}. Drop values that never occur.")
        for k, value in enumerate(values):
            if abs(value) > GREATEST:
                raise InvalidInput(f"values[{k}] must lie within 1e150 of 0; got {float(value):g}. Use a larger unit.")
        pairs = sorted(zip(values, probabilities, strict=True))
        for (before, _), (after, _) in pairwise(pairs):
            if float(before) == float(after):
                raise InvalidInput(f"values must differ, as doubles too; got {before} and {after}. Merge them.")
        if sum(probabilities) != 1:
            raise InvalidInput(
                f"probabilities must sum to exactly 1; got {sum(probabilities)}, about {float(sum(probabilities))!r}. "
                'Give fractions, as Fraction(1, 10) or the string "1/10": the double 0.1 is not one tenth.'
            )
        object.__setattr__(self, "values", tuple(value for value, _ in pairs))
        object.__setattr__(self, "probabilities", tuple(chance for _, chance in pairs))
        cumulative = [Fraction(0), *accumulate(self.probabilities)]
        object.__setattr__(self, "_x", frozen_array(float(value) for value in self.values))
        object.__setattr__(self, "_p", frozen_array(float(level) for level in cumulative))
        object.__setattr__(self, "_s", frozen_array(float(1 - level) for level in cumulative))

    def __repr__(self) -> str:
        if len(self.values) > 4:
            return f"Discrete({len(self.values)} values from {self.values[0]} to {self.values[-1]})"
        entries = zip(self.values, self.probabilities, strict=True)
        return f"Discrete({{{', '.join(f'{str(value)!r}: {str(chance)!r}' for value, chance in entries)}}})"

    @property
    def support(self) -> tuple[float, float]:
        return float(self._x[0]), float(self._x[-1])

    @property
    def knots(self) -> tuple[float, ...]:
        return tuple(float(x) for x in self._x)

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        return tuple(pairwise(self.knots))

    def mean(self) -> float:
        return float(sum(v * f for v, f in zip(self.values, self.probabilities, strict=True)))

    def spec(self) -> dict[str, object]:
        return {
            "kind": "discrete",
            "values": [str(value) for value in self.values],
            "probabilities": [str(chance) for chance in self.probabilities],
        }

    def scaled(self, factor: float) -> Discrete:
        return Discrete.of([Fraction(factor) * value for value in self.values], self.probabilities)

    def reflected(self) -> Discrete:
        """The law of the negated cost."""
        return Discrete.of([-value for value in self.values], self.probabilities)

    def is_regular(self, side: Side = "cost") -> bool:
        """Whether the virtual cost or value, from type to type, never falls; decided exactly."""
        check_side(side)
        levels = self._virtual_costs() if side == "cost" else [-w for w in reversed(self.reflected()._virtual_costs())]
        return all(before <= after for before, after in pairwise(levels))

    def virtual_cost(self, c: RealInput) -> FloatArray:
        """The virtual cost of the least type at or above `c`; infinite above the support."""
        levels = np.array([*map(float, self._virtual_costs()), np.inf])
        return np.asarray(levels[np.searchsorted(self._x, np.asarray(c, dtype=np.float64), side="left")])[()]

    def virtual_value(self, v: RealInput) -> FloatArray:
        """The virtual value of the greatest type at or below `v`; minus infinity below the support."""
        return np.asarray(-self.reflected().virtual_cost(-np.asarray(v, dtype=np.float64)))[()]

    def _virtual_costs(self) -> list[Fraction]:
        below, levels = Fraction(0), [self.values[0]]
        for k in range(1, len(self.values)):
            below += self.probabilities[k - 1]
            levels.append(self.values[k] + (self.values[k] - self.values[k - 1]) * below / self.probabilities[k])
        return levels

    def _extended(self, x: RealInput, kernel: Kernel, below: float, above: float) -> FloatArray:
        # The lowest type has mass, so the cdf does not begin at 0 as that of a law without atoms.
        x = np.asarray(x, dtype=np.float64)
        return np.where(np.isnan(x), x, kernel(x.ravel()).reshape(x.shape))[()]

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(self._p[np.searchsorted(self._x, x, side="right")])

    def _survival(self, x: FloatArray) -> FloatArray:
        return np.asarray(self._s[np.searchsorted(self._x, x, side="right")])

    def _pdf(self, x: FloatArray) -> FloatArray:
        raise Refused(
            "a Discrete law has no density, so nothing that integrates one applies to it. Use optimal(), which is exact on "
            "finite types, or a PiecewiseLinear law."
        )

    def _quantile(self, p: FloatArray) -> FloatArray:
        return np.asarray(self._x[np.minimum(np.searchsorted(self._p[1:], p, side="left"), len(self._x) - 1)])

    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        # The least value whose survival is at most q; survivals fall.
        return np.asarray(self._x[np.minimum(np.searchsorted(-self._s[1:], -q, side="left"), len(self._x) - 1)])

    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        return Enclosure.around(self._exact(low), self._exact(high))

    def _exact(self, x: float) -> Fraction:
        return sum((f for v, f in zip(self.values, self.probabilities, strict=True) if v <= x), Fraction(0))


def exact(value: object, name: str) -> Fraction:
    """A number or a string such as `"1/3"` as the rational that it is.

    Raises:
        InvalidInput: it is neither, or not finite.
    """
    try:
        if isinstance(value, int | float | Rational | Decimal | str | np.integer | np.floating) and not isinstance(value, bool):
            return Fraction(value.item() if isinstance(value, np.generic) else value)
    except (ValueError, OverflowError, ZeroDivisionError):
        pass
    raise InvalidInput(f"{name} must be a finite number or a string such as \"1/3\"; got {shown(value)}. Give a fraction.")
