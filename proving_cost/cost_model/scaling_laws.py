r"""How the cost of a proof scales: batch size, arity, delay, accelerators, utilisation; and ratios of costs.

**Batch.**  With leaf $c_\text{in}$, aggregation node $c_\text{agg}$ of arity $a$, and $S = c_\text{wrap} + \text{gas}$ of
settling,

$$ c(B) = c_\text{in} + k\,\frac{B-1}{B} + \frac{S}{B}, \qquad k = \frac{c_\text{agg}}{a-1}, $$

exact where $a - 1$ divides $B - 1$ (`recipes.recursion` has the whole number of nodes).  It falls in $B$ if $S > k$, and
tends to $c_\text{in} + k$: from $B$ to $2B$ saves $(S-k)/(2B)$, so within $\varepsilon$ of the limit from
$B = (S - k)/(\varepsilon(c_\text{in}+k))$ on.

**Where aggregation starts and stops paying.**  Settling each proof alone costs $g$ (its own gas); filling a batch at
$\lambda$ proofs a second makes a proof wait $(B-1)/(2\lambda)$ on average, at $d$ USD for a proof and second.  With
$\delta = d/(2\lambda)$, aggregation saves

$$ g - k\,\frac{B-1}{B} - \frac{S}{B} - \delta(B-1) , $$

positive strictly between the roots of $\delta B^2 - (g - k + \delta) B + (S - k) = 0$; with $\delta = 0$, beyond
$B = (S-k)/(g-k)$ if $g > k$, and below it if $g < k$ and settling together is the cheaper way even alone ($S < g$).
The best batch is $B^* = \sqrt{(S-k)/\delta}$, at least 1.  The batches are real numbers: of whole ones, those strictly
between pay (and 1 itself if $S < g$), and the best is next to $B^*$, because the cost is convex in $B$ where $S > k$.

**Arity.**  If a node costs $f + v\,a$ (a proof of its own, and $v$ for each proof that it verifies),
$k = v + (f + v)/(a - 1)$: larger arities are cheaper and tend to $v$, in fewer levels, $\lceil \log_a B \rceil$.

**Accelerators.**  A part $s$ of the time that does not divide (execution, the last of the tree) leaves
$T(s + (1-s)/N)$ on $N$ (Amdahl); cost grows as $N s + 1 - s$.

**Utilisation.**  Owning costs $A/u + E$ an hour of proving; it equals a rent $R$ at $u = A/(R - E)$.

**Ratios.**  "Ten times cheaper" is $[\underline a/\overline b,\; \overline a/\underline b]$ over the intervals of the two
costs, if their errors have nothing in common: an error that both share makes the true ratio lie closer than that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused

__all__ = [
    "AggregationLaw", "Ratio", "break_even_utilisation", "owning_usd_per_hour", "parallel_cost", "parallel_seconds", "ratio",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationLaw:
    """Cost of a proof that is settled together with others.

    Arguments:
        leaf: Of proving a statement (any unit, the same for all).
        node: Of an aggregation node that joins `arity` proofs.
        arity: 2 or more.
        settle: Of the wrap and the verification on chain, for a batch.

    Raises:
        InvalidInput: A cost is negative or not finite, or the arity is below 2.

    Example:
        >>> law = AggregationLaw(leaf=1.0, node=0.5, arity=2, settle=3.0)
        >>> law.per_proof(8), law.limit
        (1.8125, 1.5)
    """

    leaf: float
    node: float
    arity: int
    settle: float

    def __post_init__(self) -> None:
        for name in ("leaf", "node", "settle"):
            _cost(name, getattr(self, name))
        _arity(self.arity)

    @classmethod
    def of_arity(cls, arity: int, *, leaf: float, node: float, child: float, settle: float) -> AggregationLaw:
        """The law if a node costs `node` for itself and `child` for each proof that it verifies.

        Example:
            >>> [AggregationLaw.of_arity(a, leaf=1.0, node=0.3, child=0.1, settle=3.0).limit for a in (2, 3, 5)]
            [1.5, 1.3, 1.2]
        """
        for name, value in (("node", node), ("child", child)):
            _cost(name, value)
        _arity(arity)
        return cls(leaf=leaf, node=node + child * arity, arity=arity, settle=settle)

    @property
    def node_share(self) -> float:
        """k: aggregation for each proof of a large batch."""
        return self.node / (self.arity - 1)

    @property
    def limit(self) -> float:
        """Cost of a proof in a batch without end."""
        return self.leaf + self.node_share

    def per_proof(self, batch: float) -> float:
        """Cost of a proof in a batch of B."""
        _batch(batch)
        return self.leaf + self.node_share * (batch - 1) / batch + self.settle / batch

    def batch_within(self, tolerance: float) -> float:
        """The batch from which a proof costs at most 1 + tolerance times the limit; larger ones hardly pay.

        Raises:
            Refused: The limit is zero.
        """
        if not (isinstance(tolerance, int | float) and 0 < tolerance < math.inf):
            raise InvalidInput(f"tolerance: must be above 0; got {tolerance!r}. Try 0.1.")
        if self.limit <= 0:
            raise Refused("tolerance: relative to a limit of 0; a leaf and a node that cost nothing have no such batch.")
        return max(1.0, (self.settle - self.node_share) / (tolerance * self.limit))

    def paying_batches(self, alone: float, delay_cost: float = 0.0, rate: float = math.inf) -> tuple[float, float] | None:
        """The batch sizes between which aggregation is cheaper than settling each proof alone.

        Arguments:
            alone: g, of settling one proof by itself.
            delay_cost: d, for a proof and second of waiting.
            rate: Proofs that arrive in a second.

        Returns:
            Where it starts and where it stops paying (infinity if it does not stop); None if no batch of 1 or more does.
        """
        _cost("alone", alone)
        delta = _delta(delay_cost, rate)
        k, s = self.node_share, self.settle
        if delta == 0.0:
            if alone == k:
                return (1.0, math.inf) if s < k else None
            turn = (s - k) / (alone - k)
            if alone > k:
                return max(1.0, turn), math.inf
            return (1.0, turn) if turn > 1.0 else None
        middle = alone - k + delta
        square = middle * middle - 4 * delta * (s - k)
        if square <= 0:
            return None
        # the roots have the product (s - k)/delta: the one that is not a difference of like numbers gives the other
        double = middle + math.copysign(math.sqrt(square), middle)
        bottom, top = sorted((double / (2 * delta), 2 * (s - k) / double))
        return None if top <= 1.0 else (max(1.0, bottom), top)

    def best_batch(self, delay_cost: float, rate: float) -> float:
        """B*: the batch with the least cost, waiting included; infinity without waiting if settling is worth sharing."""
        delta = _delta(delay_cost, rate)
        gain = self.settle - self.node_share
        if gain <= 0:
            return 1.0
        return math.inf if delta == 0.0 else max(1.0, math.sqrt(gain / delta))


def parallel_seconds(seconds: float, accelerators: int, serial: float) -> float:
    """Time on N accelerators if a share of it does not divide (Amdahl).

    Example:
        >>> parallel_seconds(100.0, 10, 0.1)
        19.0
    """
    _cost("seconds", seconds)
    _serial(accelerators, serial)
    return seconds * (serial + (1 - serial) / accelerators)


def parallel_cost(accelerators: int, serial: float) -> float:
    """Cost on N accelerators over that on one: what idles during the serial part is paid for."""
    _serial(accelerators, serial)
    return accelerators * serial + 1 - serial


def owning_usd_per_hour(capital_at_full_use: float, energy: float, utilisation: float) -> float:
    """USD of an hour of proving on a machine that is busy a share of the time."""
    _cost("capital_at_full_use", capital_at_full_use)
    _cost("energy", energy)
    if not (isinstance(utilisation, int | float) and 0 < utilisation <= 1):
        raise InvalidInput(f"utilisation: must lie in (0, 1]; got {utilisation!r}.")
    return capital_at_full_use / utilisation + energy


def break_even_utilisation(capital_at_full_use: float, energy: float, rent: float) -> float | None:
    """The utilisation at which owning costs as much as renting; above it owning is cheaper.  None: renting always is.

    Example:
        >>> break_even_utilisation(1.0, 0.1, 2.1)
        0.5
    """
    for name, value in (("capital_at_full_use", capital_at_full_use), ("energy", energy), ("rent", rent)):
        _cost(name, value)
    if rent <= energy:
        return None
    u = capital_at_full_use / (rent - energy)
    return u if u <= 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times dearer one cost is than another, with its interval."""

    likely: float
    range: Enclosure

    def verdict(self, times: float = 10.0) -> Literal["yes", "no", "within the uncertainty"]:
        """Whether it is at least so many times: for all costs in the intervals, for none, or it depends."""
        if self.range.lower >= times:
            return "yes"
        return "no" if self.range.upper < times else "within the uncertainty"

    def __str__(self) -> str:
        return f"{self.likely:.3g} times ({self.range.lower:.3g} to {self.range.upper:.3g}), ten times: {self.verdict()}"


def ratio(before: Enclosure, after: Enclosure, *, likely: tuple[float, float] | None = None) -> Ratio:
    """How many times cheaper `after` is.

    Arguments:
        before: The dearer cost.
        after: The cheaper one, above 0.
        likely: Likely values of both; None takes the middle of each interval.

    Raises:
        InvalidInput: A cost is not above 0, or a likely value is outside its interval.

    Example:
        >>> print(ratio(Enclosure(90, 110), Enclosure(4, 6)))
        20 times (15 to 27.5), ten times: yes
    """
    for name, cost in (("before", before), ("after", after)):
        if cost.lower <= 0:
            raise InvalidInput(f"{name}: must be above 0 at both ends; got {cost}.")
    top, bottom = likely if likely is not None else (before.midpoint, after.midpoint)
    for name, value, cost in (("before", top, before), ("after", bottom, after)):
        if value not in cost:
            raise InvalidInput(f"likely value of {name}: must be in {cost}; got {value!r}.")
    return Ratio(likely=top / bottom, range=Enclosure(before.lower / after.upper, before.upper / after.lower))


def _cost(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise InvalidInput(f"{name}: must be a finite number, 0 or more; got {value!r}.")


def _arity(arity: object) -> None:
    if type(arity) is not int or arity < 2:
        raise InvalidInput(f"arity: must be a whole number, 2 or more; got {arity!r}.")


def _batch(batch: float) -> None:
    if isinstance(batch, bool) or not isinstance(batch, int | float) or not 1 <= batch < math.inf:
        raise InvalidInput(f"batch: must be a number, 1 or more; got {batch!r}.")


def _delta(delay_cost: float, rate: float) -> float:
    _cost("delay_cost", delay_cost)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        raise InvalidInput(f"rate: must be above 0 proofs a second; got {rate!r}.")
    return delay_cost / (2 * rate)


def _serial(accelerators: int, serial: float) -> None:
    if type(accelerators) is not int or accelerators < 1:
        raise InvalidInput(f"accelerators: must be a whole number, 1 or more; got {accelerators!r}.")
    if isinstance(serial, bool) or not isinstance(serial, int | float) or not 0 <= serial <= 1:
        raise InvalidInput(f"serial: must be a share in [0, 1]; got {serial!r}.")
