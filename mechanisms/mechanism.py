"""What every rule is: a kind, parameters, and a spec that a file can hold.

`RankedMechanism` (`ranked.py`) is a rule that awards proofs by the rank of reports; other families stand beside it.
Sales are evaluated as the mirror images of procurements: values become negative costs, amounts of the rule (a reserve, a
price) change sign, and payments change it back.
"""

from __future__ import annotations

import dataclasses
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self, final

from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market

__all__ = ["Mechanism", "check_capacities", "mechanism_from_spec"]


@dataclass(frozen=True, slots=True)
class Mechanism(ABC):
    """A rule that decides who proves and who is paid what; abstract, as are its families; rules are final."""

    kind: ClassVar[str]
    takes_capacities: ClassVar[bool] = False
    """Whether the rule knows what to do with provers that can make several proofs."""

    @final
    def spec(self) -> dict[str, object]:
        """The rule as plain JSON values, parameters that are None (or functions) left out; `mechanism_from_spec` reads it
        back."""
        spec: dict[str, object] = {"kind": self.kind}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None and not callable(value):
                spec[field.name] = float(value) if isinstance(value, Fraction) else value
        return spec

    def mirrored(self) -> Self:
        """The rule in the mirror image of its market: amounts change sign."""
        amounts = {
            field.name: 0 - value
            for field in dataclasses.fields(self)
            if isinstance(value := getattr(self, field.name), int | float | Fraction)
        }
        return dataclasses.replace(self, **amounts)

    def _check_amount(self, name: str, *, optional: bool) -> None:
        """Checks a parameter that is an amount of money at construction."""
        value = getattr(self, name)
        if value is None and optional:
            return
        if value is None:
            raise InvalidInput(f"{name} must be a finite number; got None. {type(self).__name__} needs one.")
        if not isinstance(value, Fraction):
            object.__setattr__(self, name, finite(value, name))


def check_capacities(mechanism: Mechanism, market: Market) -> None:
    """Refuses capacities under a rule that does not take them.

    Raises:
        Refused: it does not.
    """
    if any(size > 1 for size in market.capacities or ()) and not mechanism.takes_capacities:
        raise Refused(
            f"{type(mechanism).__name__} awards one task a prover; this market has capacities. Leave them out, or use "
            "Discriminatory()."
        )


def mechanism_from_spec(spec: Mapping[str, object], where: str = "mechanism") -> Mechanism:
    """The rule that a mapping describes: a table of a file, or what `spec()` returned.

    Arguments:
        spec: has `"kind"` and the parameters of that rule, no other key.
        where: path of the table, put in front of the key in every error.

    Raises:
        InvalidInput: naming the key, what it must be and what it was.

    Example:
        >>> mechanism_from_spec({"kind": "first_price", "reserve": 0.8})
        FirstPrice(reserve=0.8)
    """
    from mechanisms.catalogue import catalogue

    if not isinstance(spec, Mapping):
        raise InvalidInput(f"{where} must be a table; got {shown(spec)}. Give kind and parameters.")
    kinds = {rule.kind: rule for rule in catalogue()}
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise InvalidInput(f"{where}.kind must be one of {', '.join(kinds)}; got {shown(kind)}. Name a rule.")
    fields = dataclasses.fields(kinds[kind])
    names = [field.name for field in fields]
    for key in spec:
        if key != "kind" and key not in names:
            allowed = " or ".join(["kind", *names])
            raise InvalidInput(f"{where}.{key} is not a key of {kind}; it must be {allowed}. Drop it.")
    for field in fields:
        if field.default is dataclasses.MISSING and field.name not in spec:
            raise InvalidInput(f"{where}.{field.name} must be given for {kind}; got nothing. Add it.")
    try:
        return kinds[kind](**{name: spec[name] for name in names if name in spec})
    except InvalidInput as error:
        raise InvalidInput(f"{where}.{error}") from None
