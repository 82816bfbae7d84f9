"""The certificate of a linear program: what it is, a point, prices, and what they prove."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from equilibria.checking.document import FORMAT, VERSION, sealed
from equilibria.programs.linear_program import LinearProgram
from equilibria.programs.weak_duality import RationalVector
from mechanisms import InvalidInput

if TYPE_CHECKING:
    from equilibria.programs.exact_optimum import ExactOptimum


def certificate(optimum: ExactOptimum) -> str:
    """The text of a certificate.

    Raises:
        InvalidInput: nothing is proved.
    """
    return sealed({"format": FORMAT, "version": VERSION, "subject": "linear_program", **proof(optimum)})


def proof(optimum: ExactOptimum) -> dict[str, object]:
    """The keys `program`, `primal`, `dual`, `ray` (those there are) and `states`, to be sealed or put into a larger file.

    Raises:
        InvalidInput: nothing is proved.
    """
    if optimum.status == "unknown":
        raise InvalidInput(f"there is no certificate of an unknown optimum: {optimum.message}. Allow more time.")
    states: dict[str, object] = {"status": optimum.status}
    if optimum.status == "proved":
        states["value"] = str(optimum.lower)
    elif optimum.status == "certified":
        states |= {"lower": str(optimum.lower), "upper": str(optimum.upper)}
    made: dict[str, object] = {"program": dict(optimum.program.source or _rows(optimum.program))}
    for name in ("primal", "dual", "ray"):
        vector = getattr(optimum, name)
        if vector is not None:
            made[name] = sparse(vector)
    return made | {"states": states}


def sparse(vector: RationalVector) -> dict[str, str]:
    """A common denominator, and `index:numerator` wherever it is not zero."""
    return {"denominator": str(vector.denominator), "numerators": _terms(enumerate(vector.numerators.tolist()))}


def _terms(pairs: Iterable[tuple[int, int]]) -> str:
    return " ".join(f"{index}:{entry}" for index, entry in pairs if entry)


def _rows(program: LinearProgram) -> dict[str, object]:
    """The program itself, a line a row: lower bound, upper bound (`-` for none), terms."""
    rows = []
    ends = program.starts.tolist()
    for i, (low, high) in enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)):
        piece = slice(ends[i], ends[i + 1])
        terms = _terms(sorted(zip(program.indices[piece].tolist(), program.entries[piece].tolist(), strict=True)))
        rows.append(f"{_bound(low)} {_bound(high)} {terms}".rstrip())
    return {
        "kind": "rows",
        "denominator": str(program.denominator),
        "objective": _terms(enumerate(program.objective.tolist())),
        "lower": " ".join(map(_bound, program.lower.tolist())),
        "upper": " ".join(map(_bound, program.upper.tolist())),
        "rows": rows,
    }


def _bound(value: int | Fraction | None) -> str:
    return "-" if value is None else str(value)
