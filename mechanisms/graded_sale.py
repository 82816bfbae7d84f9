"""One buyer of proofs in several grades: what each is worth to it is private, and need not be independent.

A grade is a latency class, say: a proof within ten seconds, or within the hour. A type is a value for each grade; types are any
finite list with any probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.distributions.discrete import Exact, exact
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.market_specs import MARKETS, Spec
from mechanisms.markets import Market, Procurement

__all__ = ["GradedSale"]


@final
@dataclass(frozen=True, slots=True, init=False)
class GradedSale(Market):
    """A seller of several grades of proof and one buyer whose values of them are private.

    Arguments:
        grades: names of the grades, at least one.
        types: for each type the values of all grades, in the order of `grades`; all different.
        probabilities: of the types, positive and together exactly 1. None for equal ones.
        costs: what each grade costs the seller, by name; 0 for those left out.
        one_grade: whether the buyer is served at most one grade (an urgent proof makes a slow one worthless).

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import GradedSale
        >>> market = GradedSale(("fast", "slow"), [(2, 1), (3, 1)], costs={"fast": "1/2"})
        >>> market.grades, market.types[1], market.costs[0]
        (('fast', 'slow'), (Fraction(3, 1), Fraction(1, 1)), Fraction(1, 2))
    """

    kind = "graded_sale"
    priors_key = "types"
    sign = -1

    grades: tuple[str, ...]
    types: tuple[tuple[Fraction, ...], ...]
    probabilities: tuple[Fraction, ...]
    costs: tuple[Fraction, ...]
    one_grade: bool

    def __init__(
        self,
        grades: Sequence[str],
        types: Sequence[Sequence[Exact]],
        probabilities: Sequence[Exact] | None = None,
        *,
        costs: Mapping[str, Exact] | None = None,
        one_grade: bool = True,
    ) -> None:
        names = _names(grades)
        kinds = _types(types, names)
        if probabilities is None:
            chances = (Fraction(1, len(kinds)),) * len(kinds)
        elif isinstance(probabilities, str) or not isinstance(probabilities, Sequence):
            raise InvalidInput(f"probabilities must be a list of numbers; got {shown(probabilities)}.")
        else:
            chances = tuple(exact(chance, f"probabilities[{k}]") for k, chance in enumerate(probabilities))
        if len(chances) != len(kinds) or min(chances) <= 0 or sum(chances) != 1:
            raise InvalidInput(
                f"probabilities must be positive, one for each of {len(kinds)} types, and sum to 1; got {len(chances)} with the "
                f"sum {sum(chances)}. Write them as fractions, such as \"1/3\"."
            )
        if not isinstance(costs, Mapping | None):
            raise InvalidInput(f"costs must be a table of amounts by grade; got {shown(costs)}.")
        for name in costs or {}:
            if name not in names:
                raise InvalidInput(f"costs.{name} must be one of the grades {', '.join(names)}. Drop it.")
        if not isinstance(one_grade, bool):
            raise InvalidInput(f"one_grade must be true or false; got {shown(one_grade)}.")
        spent = tuple(exact((costs or {}).get(name, 0), f"costs.{name}") for name in names)
        parts = (("labels", ("buyer",)), ("priors", ()), ("value", None), ("tasks", 1), ("capacities", None))
        mine = (("grades", names), ("types", kinds), ("probabilities", chances), ("costs", spent), ("one_grade", one_grade))
        for name, value in (*parts, *mine):
            object.__setattr__(self, name, value)

    def as_procurement(self) -> Procurement:
        """Refused: a type has several values."""
        raise Refused("a GradedSale has a value for each grade: it mirrors no procurement. Use optimal(market, \"revenue\").")

    def spec(self) -> dict[str, object]:
        """The market as plain JSON values; `market_from_spec` returns an equal one."""
        return {
            "kind": self.kind,
            "grades": list(self.grades),
            "types": [[str(value) for value in kind] for kind in self.types],
            "probabilities": list(map(str, self.probabilities)),
            "costs": {name: str(cost) for name, cost in zip(self.grades, self.costs, strict=True)},
            "one_grade": self.one_grade,
        }


def _names(grades: object) -> tuple[str, ...]:
    if isinstance(grades, str) or not isinstance(grades, Sequence) or not grades:
        raise InvalidInput(f"grades must be a list of names; got {shown(grades)}. For example [\"fast\", \"slow\"].")
    for name in grades:
        if not isinstance(name, str) or not name.strip() or grades.count(name) > 1:
            raise InvalidInput(f"grades must be different non-empty names; got {shown(name)}.")
    return tuple(grades)


def _types(types: object, names: tuple[str, ...]) -> tuple[tuple[Fraction, ...], ...]:
    if isinstance(types, str) or not isinstance(types, Sequence) or not types:
        raise InvalidInput(f"types must be a list of lists of values; got {shown(types)}. One value for each grade.")
    kinds = []
    for place, row in enumerate(types):
        if isinstance(row, str) or not isinstance(row, Sequence) or len(row) != len(names):
            raise InvalidInput(f"types[{place}] must have a value for each of {', '.join(names)}; got {shown(row)}.")
        kinds.append(tuple(exact(value, f"types[{place}][{k}]") for k, value in enumerate(row)))
    if len(set(kinds)) < len(kinds):
        raise InvalidInput("types must all be different; two are the same. Add their probabilities.")
    return tuple(kinds)


def _read(spec: Spec, where: str) -> Market:
    keys = ("grades", "types", "probabilities", "costs", "one_grade")
    for extra in spec.keys() - {"kind", *keys}:
        raise InvalidInput(f"{where}.{extra} must be one of kind, {', '.join(keys)}. Drop it.")
    grades, types = spec.get("grades", ()), spec.get("types", ())
    rest = {key: spec[key] for key in ("costs", "one_grade") if key in spec}
    return GradedSale(grades, types, spec.get("probabilities"), **rest)  # type: ignore[arg-type]  # the constructor checks all


MARKETS[GradedSale.kind] = _read
