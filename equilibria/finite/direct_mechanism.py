r"""A direct mechanism on finitely many types, as tables.

Agent $i$ of type $k$ values one unit of good $g$ at $v_{ikg}$. At a profile of reported types it gets the quantities $x_i$,
chances included, and pays $p_i$; its utility is $v_{ik}\cdot x_i-p_i$. A prover's values are minus its costs, and what it is
paid is minus a payment. Types are independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import final

import numpy as np

from equilibria.finite.exact_tables import ExactTable, read_exact
from mechanisms import InvalidInput

__all__ = ["FiniteMechanism"]


@final
class FiniteMechanism:
    """Outcomes for every profile of types; it holds its tables as they can be computed with exactly.

    Arguments:
        types: by agent, what each of its types values the good at: a list of numbers, or of rows with one number a good.
        allocation: shape `(K1, ..., Kn, n)`: what each agent gets when the types are reported that the first axes number, in the
            order of `types`; with rows of goods, one more axis.
        payments: shape `(K1, ..., Kn, n)`: what each agent pays.
        priors: by agent, the probabilities of its types, which sum to 1; None if nothing is to be averaged. Floats are the
            rationals that they are, so give a tenth as `Fraction(1, 10)` or "1/10".

    Raises:
        InvalidInput: shapes that do not fit, probabilities that do not sum to 1, or an entry that is no finite number.

    Example:
        >>> FiniteMechanism({"ann": [0, 1]}, allocation=[[0], [1]], payments=[[0], [1]])
        FiniteMechanism(ann: 2 types)
    """

    __slots__ = ("allocation", "labels", "payments", "priors", "values")

    labels: tuple[str, ...]
    values: tuple[ExactTable, ...]
    allocation: ExactTable
    payments: ExactTable
    priors: tuple[tuple[Fraction, ...], ...] | None

    def __init__(
        self,
        types: Mapping[str, object],
        allocation: object,
        payments: object,
        priors: Mapping[str, object] | None = None,
    ) -> None:
        if not isinstance(types, Mapping) or not types:
            raise InvalidInput(f"types must give each agent's label its types; got {types!r:.60}.")
        self.labels = tuple(types)
        self.values = tuple(_types(types[label], label) for label in self.labels)
        shape = (*(len(table.entries) for table in self.values), len(self.labels))
        self.payments = read_exact(payments, "payments", (len(shape),))
        goods = {table.entries.shape[1] for table in self.values}
        if len(goods) > 1:
            raise InvalidInput("types must value the same goods; got rows of different lengths for different agents.")
        table = read_exact(allocation, "allocation", (len(shape), len(shape) + 1))
        entries = table.entries if table.entries.ndim > len(shape) else table.entries[..., np.newaxis]
        self.allocation = ExactTable(entries, table.denominator, table.grid, table.largest)
        for name, got, must in (
            ("allocation", entries.shape, (*shape, *goods)),
            ("payments", self.payments.entries.shape, shape),
        ):
            if got != must:
                raise InvalidInput(f"{name} must have shape {must}, types of every agent, then agents; got {got}.")
        self.priors = None if priors is None else tuple(self._prior(priors, k) for k in range(len(self.labels)))

    @classmethod
    def from_rule(
        cls,
        rule: Callable[[list[Fraction]], tuple[Sequence[object], Sequence[object]]],
        types: Mapping[str, object],
        priors: Mapping[str, object] | None = None,
    ) -> FiniteMechanism:
        """The table of a function of the reports, which are values of one good, as fractions in the order of `types`.

        Arguments:
            rule: returns `(allocation, payments)`, one number for each report in both.
            types: by agent, its values.
            priors: by agent, the probabilities of its types.

        Raises:
            InvalidInput: types are not values of one good, or the rule returns something else.

        Example:
            >>> from equilibria import check_finite
            >>> def posted(reports):
            ...     buys = int(reports[0] >= 2)
            ...     return [buys], [2 * buys]
            >>> print(check_finite(FiniteMechanism.from_rule(posted, {"ann": [1, 2, 3]}), "dsic"))
            dsic proved: no type gains by any report
        """
        if not isinstance(types, Mapping) or not types:
            raise InvalidInput(f"types must give each agent's label its types; got {types!r:.60}.")
        tables = [_types(values, label) for label, values in types.items()]
        if any(table.entries.shape[1] != 1 for table in tables):
            raise InvalidInput("types must be values of one good where a rule is given: one number a type.")
        kinds = [[table.fraction(k, 0) for k in range(len(table.entries))] for table in tables]
        shape = (*map(len, kinds), len(kinds))
        outcomes = [rule(list(profile)) for profile in product(*kinds)]
        for outcome in outcomes:
            if not isinstance(outcome, tuple) or len(outcome) != 2 or any(len(part) != len(kinds) for part in outcome):
                raise InvalidInput(f"rule must return (allocation, payments), one number for each report; got {outcome!r:.60}.")
        parts = []
        for part in (0, 1):
            flat = np.empty(len(outcomes) * len(kinds), dtype=object)
            flat[:] = [number for outcome in outcomes for number in outcome[part]]
            parts.append(flat.reshape(shape))
        return cls(types, parts[0], parts[1], priors)

    def _prior(self, priors: Mapping[str, object], place: int) -> tuple[Fraction, ...]:
        label = self.labels[place]
        if not isinstance(priors, Mapping) or set(priors) != set(self.labels):
            raise InvalidInput(f"priors must give each of {', '.join(self.labels)} its probabilities.")
        table = read_exact(priors[label], f"priors[{label!r}]", (1,))
        chances = tuple(table.fraction(k) for k in range(len(table.entries)))
        if len(chances) != len(self.values[place].entries) or min(chances) < 0 or sum(chances) != 1:
            raise InvalidInput(
                f"priors[{label!r}] must be {len(self.values[place].entries)} probabilities that sum to 1; got "
                f"{len(chances)} that sum to {float(sum(chances))!r}. Give fractions: floats seldom sum to 1."
            )
        return chances

    def __repr__(self) -> str:
        sizes = (f"{name}: {len(table.entries)} types" for name, table in zip(self.labels, self.values, strict=True))
        return f"FiniteMechanism({', '.join(sizes)})"


def _types(values: object, label: str) -> ExactTable:
    table = read_exact(values, f"types[{label!r}]", (1, 2))
    return ExactTable(table.entries.reshape(len(table.entries), -1), table.denominator, table.grid, table.largest)
