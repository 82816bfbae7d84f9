"""All profiles of types in one order (the last agent's type runs fastest), as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria.programs.finite_types import Goal, Limits, Scaled, goal_scale
from equilibria.programs.linear_program import Integers, Rows


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Every profile of types.

    Arguments:
        scaled: the types in integers.
        shape: how many types each agent has.
        types: type of each agent at each profile.
        values: scaled value of each agent at each profile, Python integers.
        weight: chance of each profile times the product of the agents' totals.
    """

    scaled: Scaled
    shape: tuple[int, ...]
    types: list[NDArray[np.int64]]
    values: list[NDArray[Any]]
    weight: NDArray[Any]

    @classmethod
    def of(cls, scaled: Scaled) -> Profiles:
        """Lay them out."""
        shape = tuple(len(values) for values in scaled.values)
        types = [np.ravel(index) for index in np.indices(shape)]
        weight = np.ones(math.prod(shape), dtype=object)
        for i, weights in enumerate(scaled.weights):
            weight = weight * np.array(weights, dtype=object)[types[i]]
        values = [np.array(held, dtype=object)[types[i]] for i, held in enumerate(scaled.values)]
        return cls(scaled, shape, types, values, weight)

    @property
    def size(self) -> int:
        """How many."""
        return int(self.weight.size)

    def neighbours(self, agent: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All profiles at which `agent` has a next type, and the same profiles with that type."""
        low = np.flatnonzero(self.types[agent] < self.shape[agent] - 1)
        return low, low + math.prod(self.shape[agent + 1 :])

    def goal(self, goal: Goal) -> tuple[int, list[NDArray[Any]], int]:
        """Integer weight of money, gain of an award to each agent at each profile, and the scale of both."""
        scale = goal_scale(goal)
        slope, level = (int(Fraction(weight) * scale) for weight in (Fraction(goal.money) + goal.types, goal.award))
        return int(Fraction(goal.money) * scale), [slope * values + level * self.scaled.unit for values in self.values], scale

    def rents(self, money: int) -> list[int | None]:
        """An upper bound of each agent's utility that costs nothing: of the range of its values, unless rents are a goal."""
        return [held[-1] - held[0] if money >= 0 else None for held in self.scaled.values]


def narrow(values: NDArray[Any]) -> Integers:
    """int64 where that is wide enough."""
    largest = max((abs(value) for value in values.ravel().tolist()), default=0)
    return values.astype(np.int64) if largest < 1 << 62 else values


def expected_rows(profiles: Profiles, limits: Limits, total: int) -> list[Rows]:
    """Limits in expectation; columns are the allocation and then the utility, agent by agent and profile by profile."""
    count, size = len(profiles.shape), profiles.size
    everything = np.arange(count * size)[None, :]
    awards = narrow(np.concatenate([profiles.weight] * count))[None, :]
    rows = []
    if limits.award_at_least is not None:
        rows.append(Rows("award", everything, awards, Fraction(limits.award_at_least) * total, unit=Fraction(total)))
    if limits.money_at_least is not None:
        taken = np.concatenate([profiles.weight * values for values in profiles.values] + [-profiles.weight] * count)
        needed = Fraction(limits.money_at_least) * total * profiles.scaled.unit
        rows.append(
            Rows(
                "money",
                np.arange(2 * count * size)[None, :],
                narrow(taken)[None, :],
                needed,
                unit=Fraction(total * profiles.scaled.unit),
            )
        )
    if limits.share_at_most is not None:
        each = everything.reshape(count, size)
        most = Fraction(limits.share_at_most) * total
        rows.append(Rows("share", each, narrow(profiles.weight)[None, :], None, most, Fraction(total)))
    return rows
