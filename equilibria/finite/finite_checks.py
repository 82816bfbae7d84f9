r"""Properties of a direct mechanism on finitely many types, by enumeration of all deviations in exact arithmetic.

With $u_i(k,r,\theta_{-i})=v_{ik}\cdot x_i(r,\theta_{-i})-p_i(r,\theta_{-i})$ for a type $k$ that reports $r$, the *worst*
value is

- `dsic`: $\max u_i(k,r,\theta_{-i})-u_i(k,k,\theta_{-i})$ over agents, types, reports and profiles of the others; `bic`: the
  same of expectations over the others;
- `ex_post_ir`: $\max-u_i(k,k,\theta_{-i})$; `interim_ir`: the same of expectations;
- `weak_budget_balance`: $\max-\sum_ip_i$; `budget_balance`: $\max|\sum_ip_i|$.

A property holds iff its worst value is at most zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from equilibria.finite.direct_mechanism import FiniteMechanism
from equilibria.finite.exact_tables import EXACT_WORD
from mechanisms import InvalidInput

__all__ = ["FiniteCheck", "FiniteProperty", "check_finite"]

FiniteProperty = Literal["dsic", "bic", "ex_post_ir", "interim_ir", "weak_budget_balance", "budget_balance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiniteCheck:
    """Whether a property holds, and the worst case, by place in the tables.

    Attributes:
        status: `"proved"` (by enumeration) or `"refuted"`.
        property: which.
        worst: the largest gain, shortfall or imbalance, exact; at most zero iff the property holds.
        agent: label of the agent of the worst case; None for budgets.
        type: number of its true type; None for budgets.
        report: number of the type that it reports; None unless it is about incentives.
        others: the types of the others (of everybody, for budgets); None for expectations.
        message: one sentence.
    """

    status: Literal["proved", "refuted"]
    property: FiniteProperty
    worst: Fraction
    message: str
    agent: str | None = None
    type: int | None = None
    report: int | None = None
    others: Mapping[str, int] | None = field(default=None)

    def __str__(self) -> str:
        return self.message


def check_finite(mechanism: FiniteMechanism, property: FiniteProperty) -> FiniteCheck:
    """Decide a property of a direct mechanism on finitely many types.

    Args:
        mechanism: tables of outcomes.
        property: `"dsic"`, `"bic"`, `"ex_post_ir"`, `"interim_ir"`, `"weak_budget_balance"` (no deficit at any profile) or
            `"budget_balance"` (payments sum to zero at every profile).

    Returns:
        A record with `.status` and the worst case with its exact `.worst` value.

    Raises:
        InvalidInput: an unknown property, or one of expectations without priors.

    Notes:
        For `dsic` it takes (types of an agent)² x (profiles of the others) steps for each agent.

    Example:
        >>> first_price = FiniteMechanism(
        ...     {"a": [0, 1], "b": [0, 1]},
        ...     allocation=[[["1/2", "1/2"], [0, 1]], [[1, 0], ["1/2", "1/2"]]],
        ...     payments=[[[0, 0], [0, 1]], [[1, 0], ["1/2", "1/2"]]],
        ... )
        >>> print(check_finite(first_price, "dsic"))
        dsic refuted: a of type 1 gains 1/2 by reporting type 0 when the others have types {'b': 0}
    """
    if property not in get_args(FiniteProperty):
        raise InvalidInput(f"property must be one of {', '.join(get_args(FiniteProperty))}; got {property!r}.")
    if property in ("bic", "interim_ir") and mechanism.priors is None:
        raise InvalidInput(f"property {property!r} is about expectations: give the mechanism priors=.")
    if property in ("weak_budget_balance", "budget_balance"):
        return _budget(mechanism, property)
    incentives, expected = property in ("dsic", "bic"), property in ("bic", "interim_ir")
    worst: tuple[Fraction, int, int, int, int] | None = None
    for place in range(len(mechanism.labels)):
        game = _Agent.of(mechanism, place, expected)
        gain, kind, report, rest = game.best_lie() if incentives else game.least_utility()
        found = (Fraction(gain, game.unit), place, kind, report, rest)
        if worst is None or found[0] > worst[0]:
            worst = found
    assert worst is not None
    return _about_agents(mechanism, property, worst)


@dataclass(frozen=True, slots=True, eq=False)
class _Agent:
    """One agent's utilities as integers: `values @ goods[report, rest] - fees[report, rest]`, `unit` of them in one."""

    values: NDArray[Any]
    goods: NDArray[Any]
    fees: NDArray[Any]
    unit: int

    @staticmethod
    def of(mechanism: FiniteMechanism, place: int, expected: bool) -> _Agent:
        v, x, p = (table.as_integers() for table in (mechanism.values[place], mechanism.allocation, mechanism.payments))
        product = v.denominator * x.denominator
        unit = math.lcm(product, p.denominator)
        scale, fee = unit // product, unit // p.denominator
        weights, whole = _weights(mechanism, place) if expected else (None, 1)
        largest = (v.entries.shape[1] * v.largest * x.largest * scale + p.largest * fee) * whole
        kind = np.dtype(np.int64 if 4 * largest < EXACT_WORD else object)
        goods = np.moveaxis(x.entries[..., place, :].astype(kind), place, 0) * scale
        fees = np.moveaxis(p.entries[..., place].astype(kind), place, 0) * fee
        goods, fees = goods.reshape(len(goods), -1, goods.shape[-1]), fees.reshape(len(fees), -1)
        if weights is not None:
            chances = np.array(weights, dtype=kind)
            goods = (goods * chances[:, np.newaxis]).sum(axis=1, keepdims=True)
            fees = (fees * chances).sum(axis=1, keepdims=True)
        return _Agent(v.entries.astype(kind), goods, fees, unit * whole)

    def utilities(self, kind: int) -> NDArray[Any]:
        """Of a type, by report and by profile of the others."""
        values = self.values[kind]
        worth = self.goods[..., 0] * values[0] if len(values) == 1 else self.goods @ values
        return np.asarray(worth - self.fees)

    def best_lie(self) -> tuple[int, int, int, int]:
        """The largest gain, the type, its report, and the profile of the others."""
        best = (0, 0, 0, 0)
        for kind in range(len(self.values)):
            utilities = self.utilities(kind)
            gains = utilities - utilities[kind]
            report, rest = divmod(int(gains.argmax()), gains.shape[1])
            if gains[report, rest] > best[0]:
                best = (int(gains[report, rest]), kind, report, rest)
        return best

    def least_utility(self) -> tuple[int, int, int, int]:
        """Minus the least utility of a truthful type, the type twice, and the profile of the others."""
        truths = [self.utilities(kind)[kind] for kind in range(len(self.values))]
        kind = min(range(len(truths)), key=lambda k: truths[k].min())
        rest = int(truths[kind].argmin())
        return -int(truths[kind][rest]), kind, kind, rest


def _weights(mechanism: FiniteMechanism, place: int) -> tuple[list[int], int]:
    """The chances of the profiles of the others, in the order of the tables, as integers with their sum."""
    assert mechanism.priors is not None
    weights, whole = [1], 1
    for k, chances in enumerate(mechanism.priors):
        if k != place:
            unit = math.lcm(*(chance.denominator for chance in chances))
            weights = [weight * int(chance * unit) for weight in weights for chance in chances]
            whole *= unit
    return weights, whole


def _about_agents(
    mechanism: FiniteMechanism, property: FiniteProperty, worst: tuple[Fraction, int, int, int, int]
) -> FiniteCheck:
    amount, place, kind, report, rest = worst
    agent = mechanism.labels[place]
    sizes = {label: len(table.entries) for label, table in zip(mechanism.labels, mechanism.values, strict=True)}
    sizes.pop(agent)
    others = None
    if property in ("dsic", "ex_post_ir"):
        numbers = np.unravel_index(rest, tuple(sizes.values())) if sizes else ()
        others = {label: int(number) for label, number in zip(sizes, numbers, strict=True)}
    when = f" when the others have types {others}" if others else " in expectation" if others is None else ""
    incentives = property in ("dsic", "bic")
    if amount <= 0:
        what = "no type gains by any report" if incentives else f"every type has at least {-amount}"
        return _check(property, amount, f"{property} proved: {what}{' in expectation' if others is None else ''}")
    what = f"gains {amount} by reporting type {report}" if incentives else f"loses {amount}"
    return FiniteCheck(
        status="refuted",
        property=property,
        worst=amount,
        message=f"{property} refuted: {agent} of type {kind} {what}{when}",
        agent=agent,
        type=kind,
        report=report if incentives else None,
        others=others,
    )


def _check(property: FiniteProperty, worst: Fraction, message: str, others: Mapping[str, int] | None = None) -> FiniteCheck:
    status: Literal["proved", "refuted"] = "proved" if worst <= 0 else "refuted"
    return FiniteCheck(status=status, property=property, worst=worst, message=message, others=others)


def _budget(mechanism: FiniteMechanism, property: FiniteProperty) -> FiniteCheck:
    table = mechanism.payments.as_integers()
    small = table.largest * len(mechanism.labels) < EXACT_WORD
    sums = (table.entries if small else table.entries.astype(object)).sum(axis=-1)
    badness = -sums if property == "weak_budget_balance" else np.abs(sums)
    place = np.unravel_index(int(badness.argmax()), badness.shape)
    worst = Fraction(int(badness[place]), table.denominator)
    profile = {label: int(number) for label, number in zip(mechanism.labels, place, strict=True)}
    if worst <= 0:
        return _check(property, worst, f"{property} proved: at all {sums.size} profiles")
    balance = Fraction(int(sums[place]), table.denominator)
    return _check(property, worst, f"{property} refuted: payments sum to {balance} when types are {profile}", profile)
