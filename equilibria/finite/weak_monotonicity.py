r"""Weak monotonicity: whether cycles of two types are harmless, and when that is enough.

$$
\bigl(v_t(a_t)-v_t(a_s)\bigr)+\bigl(v_s(a_s)-v_s(a_t)\bigr)\ \ge\ 0\qquad\text{for all }s,t
$$

is necessary for payments that make truth optimal. It suffices where types lie on a line or at most two outcomes occur (here it is
then said), and on convex domains with finitely many outcomes (Saks and Yu 2005), of which a finite table is only a sample: there
longer cycles may still be negative, and `implementable` decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from equilibria.finite.one_parameter import on_a_line
from equilibria.finite.option_values import LinearOptions, TabulatedOptions, read_problem

__all__ = ["WeakMonotonicity", "weakly_monotone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakMonotonicity:
    """Whether no two types would gain together by swapping what they get.

    Attributes:
        status: `"proved"` or `"refuted"`.
        message: one sentence.
        suffices: whether it is also sufficient for payments to exist, for this table.
        pair: two types that would gain by swapping, those that gain most, or None (on a line: any two neighbours that would).
        gain: what they would gain in total; zero if none would.
    """

    status: Literal["proved", "refuted"]
    message: str
    suffices: bool
    pair: tuple[int, int] | None = None
    gain: Fraction = Fraction(0)

    def __str__(self) -> str:
        return self.message


def weakly_monotone(values: object, allocation: object) -> WeakMonotonicity:
    """Check all cycles of two types, exactly; arguments are those of `implementable`.

    Returns:
        A record with `.status`, `.suffices`, and the worst `.pair` with its `.gain`.

    Raises:
        InvalidInput: the shapes do not fit, or an entry is no finite number.

    Notes:
        Holds one number for each pair of outcomes that occur: 200 MB for 5 000.

    Example:
        >>> from equilibria import implementable, weakly_monotone
        >>> values, allocation = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [0, 1, 2]
        >>> print(weakly_monotone(values, allocation))
        weakly monotone: no two types gain by swapping; cycles of three or more outcomes may still be negative
        >>> implementable(values, allocation).weight
        Fraction(-3, 1)

    References:
        Bikhchandani et al. (2006), "Weak monotonicity characterizes deterministic dominant-strategy implementation".
        Saks and Yu (2005), "Weak monotonicity suffices for truthfulness on convex domains", theorem 1.
    """
    problem = read_problem(values, allocation)
    if isinstance(problem, LinearOptions) and problem.values.entries.shape[1] == 1:
        line = on_a_line(problem)
        if line.cycle is not None and line.weight is not None:
            return _swap(line.cycle[0], line.cycle[1], -line.weight, True)
        return _monotone("one parameter orders all types, so this suffices for payments to exist", True)
    return _pairs(problem)


def _pairs(problem: LinearOptions | TabulatedOptions) -> WeakMonotonicity:
    from equilibria.finite import _price_sweeps

    used, assigned = np.unique(problem.assigned, return_inverse=True)
    own = problem.own()
    exact = own.dtype == object
    shortest: Callable[..., None] = _price_sweeps.shortest_steps.py_func if exact else _price_sweeps.shortest_steps
    lengths = np.full((problem.options, problem.options), problem.limit, dtype=own.dtype)
    for block in problem.blocks(np.arange(len(assigned))):
        shortest(*block, problem.assigned, lengths)
    if len(used) < problem.options:
        lengths = lengths[np.ix_(used, used)]
    worst: Callable[..., tuple[Any, int, int]] = _price_sweeps.worst_pair.py_func if exact else _price_sweeps.worst_pair
    least, first, second = worst(lengths)
    if least >= 0:
        if len(used) <= 2:
            return _monotone("at most two outcomes occur, so this suffices for payments to exist", True)
        return _monotone("cycles of three or more outcomes may still be negative", False)
    pair = [_loser(problem, int(used[b]), int(used[a])) for b, a in ((first, second), (second, first))]
    return _swap(pair[0], pair[1], -problem.exact(least), len(used) <= 2)


def _loser(problem: LinearOptions | TabulatedOptions, own: int, other: int) -> int:
    """The type with one option that loses least by another."""
    types = np.flatnonzero(problem.assigned == own).tolist()
    return int(min(types, key=lambda t: problem.value(t, own) - problem.value(t, other)))


def _monotone(why: str, suffices: bool) -> WeakMonotonicity:
    message = f"weakly monotone: no two types gain by swapping; {why}"
    return WeakMonotonicity(status="proved", message=message, suffices=suffices)


def _swap(first: int, second: int, gain: Fraction, suffices: bool) -> WeakMonotonicity:
    message = f"not weakly monotone: types {first} and {second} gain {gain} in total by swapping what they get"
    return WeakMonotonicity(status="refuted", message=message, suffices=suffices, pair=(first, second), gain=gain)
