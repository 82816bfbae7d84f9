r"""A truthful online double auction of patient agents, for which ProverNet's TODA gave the name: TODA-style (reconstructed).

An agent is there from its arrival $a$ to its departure $d$, at most $K$ periods later, and wants or makes one proof. In period
$t$ a price $p^t$ is posted that only agents who have left before $t$ determine: the middle of the prices that clear a market of
those who left in the last $M$ periods; as long as these are not on both sides, the price before. User and prover face

$$ q_i(t)=\max_{d_i-K\le\tau\le t}p^\tau,\qquad q_j(t)=\min_{d_j-K\le\tau\le t}p^\tau . $$

Whoever is there and does not accept its $q$ leaves for good. Of those who accept, as many trade as there are on the shorter
side, the first in market order; a user pays its $q_i(t)$, a prover is paid its $q_j(t)$, the others wait.

*Truthful.* Let others' reports be given, and agent $i$ not come before it arrives nor stay after it departs. Prices up to the
period in which it leaves do not depend on it, and as long as it waits nor does any trade: if it is not among the first, then
either side trades with the same agents without it. So the period $s$ in which it would trade, if it accepted always, depends
on its window only; it wins if $v_i\ge q_i(s)$ and pays $q_i(s)$, its critical value. A later arrival can only lead to a later
$s$, an earlier departure to prices that are maxima over more periods; both raise $q_i(s)$. Provers mirrored. $\square$

*No deficit.* In a trade in $t$ the user pays at least $p^t$ and the prover is paid at most $p^t$.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides
from mechanisms.statement import Number

__all__ = ["TodaStyle"]

# Time grows with the periods, whether or not anybody is there.
LAST_PERIOD = 100_000


@final
@dataclass(frozen=True, slots=True)
class TodaStyle(ExchangeMechanism):
    """Posted prices of those who left; patient agents are held to the worst price of the time that they might have come in.

    Arguments:
        price: the price until agents of both sides have left.
        windows: arrival and departure by label, whole numbers with 0 <= arrival <= departure; also as rows (label, arrival,
            departure). An agent that is left out is there in period 0 only. None if nobody stays longer.
        patience: K, the longest that anybody may stay, in periods after its arrival.
        memory: M, how many periods a report counts after the agent has left, at least 1.

    Raises:
        InvalidInput: a price that is no finite number, windows that end before they begin or are longer than the patience, a
            label twice, or (when evaluated) one that is not the market's.
        Refused: when evaluated with capacities or demands.

    Notes:
        The published rule of TODA could not be read; this one is in the manner of Chain (Bredin, Parkes and Duong), with a
        static rule that posts a price. Truth is dominant in values, costs and windows if nobody can come early or stay late: let
        proofs be handed over, and provers be paid, at the reported departure. Several identities can gain; sizes are not covered.
        Trades are few where prices move much within the patience. Time grows with periods times agents.

    Example:
        >>> from mechanisms import Exchange, TodaStyle, Uniform
        >>> law = Uniform(0, 10)
        >>> market = Exchange(users={"u": law, "v": law}, provers={"a": law})
        >>> rule = TodaStyle(5, {"u": (0, 2), "v": (0, 1), "a": (1, 1)}, patience=2)
        >>> dict(rule.outcome(market, {"u": 9, "v": 4, "a": 3}).payments)
        {'u': Fraction(5, 1), 'v': Fraction(0, 1), 'a': Fraction(5, 1)}

    References:
        Bredin, Parkes and Duong (2007), Journal of Artificial Intelligence Research 30; Hajiaghayi, Kleinberg, Mahdian and
        Parkes (2005), Electronic Commerce 6.
    """

    kind = "toda_style"
    truthful: ClassVar[bool] = True
    takes_capacities = False

    price: float | Fraction
    windows: Mapping[str, tuple[int, int]] | tuple[tuple[str, int, int], ...] | None = None
    patience: int = 0
    memory: int = 1

    def __post_init__(self) -> None:
        self._check_amount("price", optional=False)
        for name, least in (("patience", 0), ("memory", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LAST_PERIOD:
                raise InvalidInput(f"{name} must be a whole number from {least} to {LAST_PERIOD}; got {shown(value)}.")
        if self.windows is not None:
            object.__setattr__(self, "windows", _rows(self.windows, self.patience))

    def mirrored(self) -> Self:
        return dataclasses.replace(self, price=0 - self.price)

    def _places(self, exchange: Exchange) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Arrivals and departures in market order."""
        windows = np.zeros((2, len(exchange.labels)), dtype=np.int64)
        for label, arrival, departure in _rows(self.windows or (), self.patience):
            if label not in exchange.labels:
                raise InvalidInput(f"windows.{label} must be the label of an agent of the market; got {label!r}. Drop it.")
            windows[:, exchange.index(label)] = arrival, departure
        return windows[0], windows[1]

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        (arrive, depart), n = self._places(exchange), exchange.buyers
        reports, last = [*fees, *asks], int(depart.max())
        price = number(self.price)
        facing: list[Any] = [None] * len(reports)
        left: dict[int, int] = {}  # the period in which an agent left
        shares, amounts = [number(0)] * len(reports), [number(0)] * len(reports)
        for t in range(last + 1):
            recent = [i for i, period in left.items() if t - self.memory <= period]
            values, costs = [reports[i] for i in recent if i < n], [reports[i] for i in recent if i >= n]
            if values and costs:
                price = _clearing(values, costs) * number(Fraction(1, 2))
            ready: tuple[list[int], list[int]] = ([], [])
            for i, report in enumerate(reports):
                if i in left or depart[i] - self.patience > t:
                    continue
                user = i < n
                facing[i] = price if facing[i] is None else (max if user else min)(facing[i], price)
                if arrive[i] > t:
                    continue
                if (report >= facing[i]) if user else (facing[i] >= report):
                    ready[not user].append(i)
                else:
                    left[i] = t
            for i in (i for pair in zip(*ready, strict=False) for i in pair):
                shares[i], amounts[i], left[i] = number(1), facing[i], t
            left.update({i: t for i in (*ready[0], *ready[1]) if depart[i] == t})
        return shares[:n], shares[n:], amounts[:n], amounts[n:]

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        (arrive, depart), n = self._places(exchange), exchange.buyers
        # A prover of cost c is a user of value -c who faces -p.
        worth = np.concatenate([fees, -asks], axis=-1)
        sign = np.where(np.arange(worth.shape[-1]) < n, 1.0, -1.0)
        price, facing = np.full(len(worth), float(self.price)), np.full_like(worth, -np.inf)
        left = np.full(worth.shape, LAST_PERIOD + 1)
        shares, amounts = np.zeros_like(worth), np.zeros_like(worth)
        for t in range(int(depart.max()) + 1):
            recent = (t - self.memory <= left) & (left < t)
            price = _clearings(np.where(recent, worth, -np.inf), n, price)
            open_, staying = depart - self.patience <= t, left > t
            facing = np.where(open_ & staying, np.maximum(facing, sign * price[:, None]), facing)
            there = staying & (arrive <= t)
            ready = there & (worth >= facing)
            left[there & ~ready] = t
            sides = ready[:, :n], ready[:, n:]
            trades = np.minimum(*(side.sum(axis=-1) for side in sides))
            first = np.concatenate([side.cumsum(axis=-1) <= trades[:, None] for side in sides], axis=-1) & ready
            shares[first], amounts[first] = 1.0, (sign * facing)[first]
            left[first | (ready & (depart == t))] = t
        return shares[:, :n], shares[:, n:], amounts[:, :n], amounts[:, n:]


def _clearing(values: list[Any], costs: list[Any]) -> Any:
    """Twice the middle of the prices at which as many users as provers would trade."""
    values, costs = sorted(values, reverse=True), sorted(costs)
    k = 0
    while k < min(len(values), len(costs)) and values[k] >= costs[k]:
        k += 1
    least = [*values[k : k + 1], *(costs[k - 1 : k] if k else ())]
    most = [*(values[k - 1 : k] if k else ()), *costs[k : k + 1]]
    return max(least) + min(most)


def _clearings(worth: FloatArray, n: int, before: FloatArray) -> FloatArray:
    """The same of every row, without the factor, -inf for nobody; the price before where a side is empty."""
    rows, pad = np.arange(len(worth)), np.full((len(worth), 1), np.inf)
    values, costs = -np.sort(-worth[:, :n], axis=-1), np.sort(-worth[:, n:], axis=-1)
    both = (values[:, 0] > -np.inf) & (costs[:, 0] < np.inf)
    most = min(values.shape[-1], costs.shape[-1])
    k = (values[:, :most] >= costs[:, :most]).sum(axis=-1)
    values, costs = np.hstack([pad, values, -pad]), np.hstack([-pad, costs, pad])
    least, greatest = np.maximum(values[rows, k + 1], costs[rows, k]), np.minimum(values[rows, k], costs[rows, k + 1])
    middle = 0.5 * (np.where(both, least, before) + np.where(both, greatest, before))
    return np.asarray(np.where(both, middle, before))


def _rows(windows: object, patience: int) -> tuple[tuple[str, int, int], ...]:
    """Windows as rows (label, arrival, departure), checked."""
    example = "Give for example {'alice': (0, 3)}."
    if isinstance(windows, Mapping):
        pairs = windows.items()
        if not all(isinstance(pair, tuple | list) and len(pair) == 2 for _, pair in pairs):
            raise InvalidInput(f"windows must have an arrival and a departure for each label; got {shown(windows)}. {example}")
        given: list[Any] = [(label, *pair) for label, pair in pairs]
    elif isinstance(windows, tuple | list) and all(isinstance(row, tuple | list) and len(row) == 3 for row in windows):
        given = [tuple(row) for row in windows]
    else:
        raise InvalidInput(f"windows must be a mapping from labels to pairs of periods, or None; got {shown(windows)}. {example}")
    seen: set[str] = set()
    for label, arrival, departure in given:
        if not isinstance(label, str) or label in seen:
            raise InvalidInput(f"windows must name each agent once, by its label; got {shown(label)}. {example}")
        seen.add(label)
        for period in (arrival, departure):
            if isinstance(period, bool) or not isinstance(period, int) or not 0 <= period <= LAST_PERIOD:
                raise InvalidInput(f"windows.{label} must be whole numbers from 0 to {LAST_PERIOD}; got {shown(period)}.")
        if not arrival <= departure <= arrival + patience:
            raise InvalidInput(
                f"windows.{label} must end 0 to {patience} periods, the patience, after it begins; "
                f"got {shown([arrival, departure])}. Shorten it, or raise patience=."
            )
    return tuple(given)
