r"""Agents with finitely many types, what is wanted of an auction among them, and what limits it.

Agent $i$ is of type $\theta_i$, a value per unit (a cost is a negative value), gets $x_i$ units in expectation and pays $p_i$ (is
paid, where negative). The objective is

$$
\mathbb{E} \sum_i \bigl( m\, p_i + (s\, \theta_i + a)\, x_i \bigr)
$$

for a `Goal` of weights $m$ (money), $s$ (types) and $a$ (award): revenue is $(1, 0, 0)$, the gains from trade $(0, 1, 0)$, and
the surplus of a requester who values a proof at $V$ and buys it from provers with costs $c_i = -\theta_i$ is $(1, 0, V)$.

The programs count values in units of $1/\nu$, with $\nu$ the common denominator of all values, and chances in units of
$1/\omega_i$, with $\omega_i$ that of agent $i$'s probabilities, so that all coefficients are integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mechanisms import InvalidInput

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class FiniteTypes:
    """The types of an agent.

    Arguments:
        values: increasing.
        probabilities: positive, one a value; together 1.

    Raises:
        InvalidInput: not that.

    Example:
        >>> from equilibria.programs.finite_types import FiniteTypes
        >>> FiniteTypes.uniform(4).values[-1]
        Fraction(1, 1)
    """

    values: tuple[Fraction, ...]
    probabilities: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        for name in ("values", "probabilities"):
            given = tuple(getattr(self, name))
            wrong = [x for x in given if isinstance(x, bool) or not isinstance(x, int | Fraction)]
            if wrong:
                raise InvalidInput(
                    f"{name} must be integers or fractions; got {wrong[0]!r}. Say Fraction({wrong[0]!r}) if you mean it."
                )
            object.__setattr__(self, name, tuple(map(Fraction, given)))
        if len(self.values) != len(self.probabilities) or not self.values:
            raise InvalidInput(f"probabilities must be one a value; got {len(self.probabilities)} for {len(self.values)} values.")
        for low, high in zip(self.values, self.values[1:], strict=False):
            if not low < high:
                raise InvalidInput(f"values must increase; got {low} before {high}. Sort them, and merge equal ones.")
        if min(self.probabilities) <= 0 or sum(self.probabilities) != 1:
            total = sum(self.probabilities)
            raise InvalidInput(
                f"probabilities must be positive and sum to 1; got {total} in all, {min(self.probabilities)} the least. "
                "Drop types of probability zero."
            )

    @classmethod
    def uniform(cls, count: int) -> FiniteTypes:
        """The types 1/count, 2/count, ..., 1, all equally likely."""
        return cls(tuple(Fraction(k, count) for k in range(1, count + 1)), (Fraction(1, count),) * count)

    def source(self) -> dict[str, object]:
        """Plain values for a certificate."""
        return {"values": list(map(str, self.values)), "probabilities": list(map(str, self.probabilities))}


@dataclass(frozen=True, slots=True)
class Goal:
    """Weights of money taken in, of types served and of units awarded; see the module.

    Raises:
        InvalidInput: a weight that is no integer or fraction.
    """

    money: Number = 1
    types: Number = 0
    award: Number = 0

    def __post_init__(self) -> None:
        for name in ("money", "types", "award"):
            value: object = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | Fraction):
                raise InvalidInput(f"{name} must be an integer or a fraction; got {value!r}.")

    def source(self) -> dict[str, str]:
        """Plain values for a certificate."""
        return {"money": str(self.money), "types": str(self.types), "award": str(self.award)}


REVENUE = Goal()
GAINS = Goal(money=0, types=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an auction must do besides, in expectation; `None` for no limit.

    Arguments:
        award_at_least: units awarded in all.
        money_at_least: money taken in by all; 0 for no deficit.
        share_at_most: units awarded to any one agent (a cap on concentration).

    Raises:
        InvalidInput: a limit that is no integer or fraction, or a negative share.
    """

    award_at_least: Number | None = None
    money_at_least: Number | None = None
    share_at_most: Number | None = None

    def __post_init__(self) -> None:
        for name in ("award_at_least", "money_at_least", "share_at_most"):
            value: object = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | Fraction)):
                raise InvalidInput(f"{name} must be an integer, a fraction or None; got {value!r}.")
        if self.share_at_most is not None and self.share_at_most < 0:
            raise InvalidInput(f"share_at_most must not be negative; got {self.share_at_most}.")

    def source(self) -> dict[str, str]:
        """Plain values for a certificate."""
        named = (
            ("award_at_least", self.award_at_least),
            ("money_at_least", self.money_at_least),
            ("share_at_most", self.share_at_most),
        )
        return {name: str(value) for name, value in named if value is not None}


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Scaled:
    """Types in integers: `values[i][k] / unit` and `weights[i][k] / totals[i]`."""

    unit: int
    values: tuple[tuple[int, ...], ...]
    totals: tuple[int, ...]
    weights: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, agents: Sequence[FiniteTypes]) -> Scaled:
        """The least common denominators."""
        unit = math.lcm(*(value.denominator for agent in agents for value in agent.values))
        totals = tuple(math.lcm(*(chance.denominator for chance in agent.probabilities)) for agent in agents)
        return cls(
            unit,
            tuple(tuple(int(value * unit) for value in agent.values) for agent in agents),
            totals,
            tuple(
                tuple(int(chance * total) for chance in agent.probabilities) for agent, total in zip(agents, totals, strict=True)
            ),
        )


def goal_scale(goal: Goal) -> int:
    """The common denominator of the weights."""
    return math.lcm(Fraction(goal.money).denominator, Fraction(goal.types).denominator, Fraction(goal.award).denominator)


def award_gain(goal: Goal, unit: int, scale: int, value: int) -> int:
    """What a unit awarded to a scaled value is worth, times `unit * scale`, with its payment before information rents."""
    return int(((Fraction(goal.money) + goal.types) * value + goal.award * unit) * scale)
