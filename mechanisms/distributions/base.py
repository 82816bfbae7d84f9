r"""What every distribution offers.

A prover's cost $C$ (or a buyer's value) has an absolutely continuous law (`Discrete` alone has atoms instead) on a
compact support $[\underline{c}, \overline{c}]$ with cdf $F$ and density $f$. Auctions need four things of it: $F$ and
$1-F$ accurate in *both* tails, quantiles that are accurate for tiny probabilities from either end, the
virtual cost $c + F(c)/f(c)$ (virtual value $v - (1-F(v))/f(v)$), and bounds of $F$ that are certain.

Methods of one real variable take a number, a sequence or an array of any shape and return doubles of that
shape; NaN in gives NaN out. Parameters are exact doubles, so `spec()` survives JSON unchanged.

Conventions, the same for all: $f$ is zero outside the support and has its one-sided limit at both ends;
where it jumps inside, the limit from the right (from the left for a `Reflected`). A quantile at a level on
which $F$ is flat is the left end of the gap.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, TypeAlias, final

import numpy as np

from mechanisms._types import FloatArray, RealInput
from mechanisms.distributions.parameters import finite
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput

Side: TypeAlias = Literal["cost", "value"]
Kernel: TypeAlias = Callable[[FloatArray], FloatArray]

# Grid of `_monotone_on_grid`: points in each interval between knots, and the fall of the virtual cost, as
# a share of the support's width, that is put down to rounding.
GRID_POINTS = 1025
GRID_TOLERANCE = 1e-9


class Distribution(ABC):
    """The law of a cost or a value; abstract, its subclasses are final."""

    __slots__ = ()

    atoms: ClassVar[bool] = False
    """Whether single costs have positive probability (and there is no density)."""

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """The two ends of the support, in the unit of the cost."""

    @property
    @abstractmethod
    def knots(self) -> tuple[float, ...]:
        """Both ends of the support and every interior point where the cdf may fail to be analytic, sorted."""

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """The maximal open intervals inside the support without mass, sorted, each as its two ends."""
        return ()

    @abstractmethod
    def mean(self) -> float:
        """The expected cost, in the unit of the cost."""

    @abstractmethod
    def spec(self) -> dict[str, object]:
        """The parameters as plain JSON values; `from_spec` returns an equal distribution."""

    @abstractmethod
    def scaled(self, factor: float) -> Distribution:
        """The law of `factor * C`, for `factor > 0`; parameters are rounded to nearest."""

    @abstractmethod
    def is_regular(self, side: Side = "cost") -> bool:
        """Whether the virtual cost (`side="cost"`) or virtual value never falls on the support.

        A distribution with a gap is never regular: its virtual cost is infinite there. `Uniform`,
        `PiecewiseLinear`, `Discrete`, `Beta`, and `LogNormal` and `Weibull` as a cost are decided by proof;
        `Empirical`, `Mixture`, `LogNormal` as a value, and `Weibull` as one with a shape below 1, on a grid of 1025
        points between neighbouring knots, where a fall of less than 1e-9 of the support's width counts as rounding.
        """

    @abstractmethod
    def _cdf(self, x: FloatArray) -> FloatArray:
        """F on the support; kernels get arrays of shape (n,)."""

    @abstractmethod
    def _survival(self, x: FloatArray) -> FloatArray:
        """1 - F on the support, accurate near the upper end."""

    @abstractmethod
    def _pdf(self, x: FloatArray) -> FloatArray:
        """f on the support."""

    @abstractmethod
    def _quantile(self, p: FloatArray) -> FloatArray:
        """The quantile at levels in [0, 1]."""

    @abstractmethod
    def _upper_quantile(self, q: FloatArray) -> FloatArray:
        """The quantile at level 1 - q, accurate for tiny q."""

    @abstractmethod
    def _cdf_bounds(self, low: float, high: float) -> Enclosure:
        """Outward bounds of F on [low, high], a part of the support."""

    @final
    def cdf(self, x: RealInput) -> FloatArray:
        r"""$F(x) = P(C \le x)$, accurate near the lower end; 0 below and 1 above the support."""
        return self._extended(x, self._cdf, below=0.0, above=1.0)

    @final
    def survival(self, x: RealInput) -> FloatArray:
        r"""$1 - F(x) = P(C > x)$, accurate near the upper end; 1 below and 0 above the support."""
        return self._extended(x, self._survival, below=1.0, above=0.0)

    @final
    def pdf(self, x: RealInput) -> FloatArray:
        r"""$f(x) = F'(x)$ per unit of cost; 0 outside the support, may be infinite at its ends."""
        x = np.asarray(x, dtype=np.float64)
        low, high = self.support
        inside = self._pdf(np.clip(x, low, high).ravel()).reshape(x.shape)
        return np.where((x < low) | (x > high), 0.0, inside)[()]

    @final
    def quantile(self, p: RealInput) -> FloatArray:
        r"""$\inf\{x : F(x) \ge p\}$ for $p$ in [0, 1]; exactly the ends of the support at 0 and 1.

        Raises:
            InvalidInput: a level lies outside [0, 1] or is NaN.
        """
        p = self._levels(p, "p")
        low, high = self.support
        inside = np.clip(self._quantile(p.ravel()), low, high).reshape(p.shape)
        return np.where(p == 0.0, low, np.where(p == 1.0, high, inside))[()]

    @final
    def upper_quantile(self, q: RealInput) -> FloatArray:
        """`quantile(1 - q)` without forming `1 - q`: accurate for tiny `q`.

        Raises:
            InvalidInput: a level lies outside [0, 1] or is NaN.
        """
        q = self._levels(q, "q")
        low, high = self.support
        inside = np.clip(self._upper_quantile(q.ravel()), low, high).reshape(q.shape)
        return np.where(q == 0.0, high, np.where(q == 1.0, low, inside))[()]

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...] | None = None) -> FloatArray:
        """Independent draws of the given shape, by the quantile of uniform draws; one number for `None`."""
        return self.quantile(rng.random(size))

    def virtual_cost(self, c: RealInput) -> FloatArray:
        r"""$c + F(c)/f(c)$: what one more unit bought at cost $c$ costs the buyer, rents included.

        It is $c$ where $F(c) = 0$, and $+\infty$ where $f(c) = 0 < F(c)$ (in gaps and above the support).
        """
        c = np.asarray(c, dtype=np.float64)
        return (c + _ratio(self.cdf(c), self.pdf(c)))[()]

    def virtual_value(self, v: RealInput) -> FloatArray:
        r"""$v - (1-F(v))/f(v)$: the marginal revenue of a buyer with value $v$.

        It is $v$ where $F(v) = 1$, and $-\infty$ where $f(v) = 0 < 1 - F(v)$ (in gaps and below the support).
        """
        v = np.asarray(v, dtype=np.float64)
        return (v - _ratio(self.survival(v), self.pdf(v)))[()]

    @final
    def cdf_bounds(self, low: float, high: float) -> Enclosure:
        r"""Certain bounds of $\{F(x) : \text{low} \le x \le \text{high}\}$, rounded outward.

        Arguments:
            low: left end of the interval, in the unit of the cost, finite.
            high: right end, at least `low`.

        Returns:
            An enclosure inside [0, 1], within about one unit in the last place of the truth.
        """
        low, high = finite(low, "low"), finite(high, "high")
        if low > high:
            raise InvalidInput(f"low must be at most high; got low={low!r}, high={high!r}. Swap them.")
        first, last = self.support
        if high < first or (high == first and not self.atoms):
            return Enclosure(0.0, 0.0)
        if low >= last:
            return Enclosure(1.0, 1.0)
        inside = self._cdf_bounds(max(low, first), min(high, last))
        at_or_below = low < first if self.atoms else low <= first
        lower = 0.0 if at_or_below else max(inside.lower, 0.0)
        return Enclosure(lower, 1.0 if high >= last else min(inside.upper, 1.0))

    def reflected(self) -> Distribution:
        """The law of `-C`: a buyer's value seen as a cost. Reflecting twice returns the original."""
        from mechanisms.distributions.reflected import Reflected

        return Reflected(self)

    @staticmethod
    def from_spec(spec: Mapping[str, object], where: str = "distribution") -> Distribution:
        """The distribution that a mapping describes (a table of a file, or what `spec()` returned).

        Arguments:
            spec: has `"kind"` and the parameters of that kind, no other key.
            where: path of the table, put in front of the key in every error.

        Raises:
            InvalidInput: naming the key, what it must be and what it was.
        """
        from mechanisms.distributions.spec import distribution_from_spec

        return distribution_from_spec(spec, where)

    def _extended(self, x: RealInput, kernel: Kernel, below: float, above: float) -> FloatArray:
        x = np.asarray(x, dtype=np.float64)
        low, high = self.support
        inside = np.clip(kernel(np.clip(x, low, high).ravel()), 0.0, 1.0).reshape(x.shape)
        return np.where(x <= low, below, np.where(x >= high, above, inside))[()]

    @staticmethod
    def _levels(p: RealInput, name: str) -> FloatArray:
        p = np.asarray(p, dtype=np.float64)
        wrong = ~((p >= 0.0) & (p <= 1.0))
        if np.any(wrong):
            got = float(p[wrong].flat[0])
            raise InvalidInput(f"{name} must lie in [0, 1]; got {got!r}. It is a probability.")
        return p

    def _monotone_on_grid(self, side: Side) -> bool:
        """Whether the virtual cost or value never falls on the grid that `is_regular` describes."""
        if self.gaps:
            return False
        steps = np.linspace(0.0, 1.0, GRID_POINTS)[:-1]
        knots = np.asarray(self.knots)
        grid = np.append((knots[:-1, None] + np.diff(knots)[:, None] * steps).ravel(), knots[-1])
        virtual = self.virtual_cost(grid) if side == "cost" else self.virtual_value(grid)
        before, after = virtual[:-1], virtual[1:]
        with np.errstate(invalid="ignore"):
            rises = after - before >= -GRID_TOLERANCE * (self.support[1] - self.support[0])
        return bool(np.all(rises | (before == after)))


def check_side(side: object) -> None:
    """Refuses a side that is neither of the two."""
    if side not in ("cost", "value"):
        raise InvalidInput(f"side must be 'cost' or 'value'; got {side!r}. Costs are a procurement's.")


def _ratio(mass: FloatArray, density: FloatArray) -> FloatArray:
    """Mass over density, 0 where the mass is 0 and infinite where only the density is."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(mass == 0.0, 0.0, np.asarray(mass) / density)
