"""Writes what `equilibria.checking.implementability` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from equilibria.checking.document import FORMAT, VERSION, sealed
from equilibria.finite.option_values import TabulatedOptions
from mechanisms import Refused

if TYPE_CHECKING:
    from equilibria.finite.implementability import Implementability, Problem

MOST_ENTRIES = 4_000_000


def implementability_file(found: Implementability) -> str:
    """The table with payments for all types; or, for a cycle, the rows of its types and the outcomes they get."""
    problem = found.problem
    types = found.cycle or tuple(range(len(problem.assigned)))
    document: dict[str, object] = {"format": FORMAT, "version": VERSION, "subject": "implementability", "types": list(types)}
    document |= _table(problem, types, found.cycle is not None)
    if found.payments is None:
        document["states"] = {"implementable": False, "weight": str(found.weight)}
    else:
        document["payments"] = [str(payment) for payment in found.payments]
        document["states"] = {"implementable": True}
    return sealed(document)


def _table(problem: Problem, types: tuple[int, ...], only_theirs: bool) -> dict[str, object]:
    options = [int(problem.assigned[t]) for t in types]
    if isinstance(problem, TabulatedOptions):
        columns = sorted(set(options)) if only_theirs else range(problem.options)
        _limited(len(types) * len(columns))
        values = [[str(problem.value(t, column)) for column in columns] for t in types]
        place = {column: k for k, column in enumerate(columns)}
        return {"values": values, "outcomes": [place[option] for option in options]}
    goods = range(problem.values.entries.shape[1])
    _limited(2 * len(types) * len(goods))

    return {
        "values": [[str(problem.values.fraction(t, g)) for g in goods] for t in types],
        "quantities": [[str(problem.quantities.fraction(option, g)) for g in goods] for option in options],
    }


def _limited(entries: int) -> None:
    if entries > MOST_ENTRIES:
        raise Refused(
            f"a certificate holds its table, and this one has {entries} entries, above {MOST_ENTRIES}. "
            "Give values and quantities of goods, or fewer types."
        )
