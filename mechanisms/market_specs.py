"""Markets from tables of a file: one reader for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mechanisms.bond_at_stake import read_bond_at_stake
from mechanisms.budgeted import read_budgeted
from mechanisms.costly_entry import read_costly_entry
from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.markets import Market, Procurement, Sale
from mechanisms.one_factor import AffiliatedValues, CommonCost, CommonDifficulty, MineralRights, OneFactor
from mechanisms.risk_averse import read_risk_averse
from mechanisms.sequential_entry import read_sequential_entry
from mechanisms.uncertain_presence import read_uncertain_presence

__all__ = ["MARKETS", "market_from_spec", "read_laws"]

Spec = Mapping[str, object]


def market_from_spec(spec: Spec, where: str = "market") -> Market:
    """The market that a mapping describes: a table of a file, or what `spec()` returned.

    Arguments:
        spec: has `"kind"`, one of `MARKETS`, and what that kind takes: `"costs"` (of a procurement) or `"values"` (of a
            sale), and optionally `"value"`, `"tasks"`, `"capacities"`, `"fixed_costs"` (of a procurement).
        where: path of the table, put in front of the key in every error.

    Raises:
        InvalidInput: naming the key, what it must be and what it was.
    """
    if not isinstance(spec, Mapping):
        raise InvalidInput(f"{where} must be a table; got {shown(spec)}. Give kind and costs or values.")
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in MARKETS:
        known = " or ".join(map(repr, MARKETS))
        raise InvalidInput(f"{where}.kind must be {known}; got {shown(kind)}. Add it.")
    try:
        return MARKETS[kind](spec, where)
    except InvalidInput as error:
        message = str(error)
        raise InvalidInput(message if message.startswith(f"{where}.") else f"{where}.{message}") from None


def read_laws(spec: Spec, key: str, where: str) -> dict[str, Distribution]:
    """The distributions by label under a key of a table.

    Raises:
        InvalidInput: it is no table, is empty, or an entry is no distribution.
    """
    priors = spec.get(key)
    if not isinstance(priors, Mapping) or not priors:
        raise InvalidInput(f"{where}.{key} must be a table of distributions by label; got {shown(priors)}. Add one.")
    return {label: Distribution.from_spec(prior, f"{where}.{key}.{label}") for label, prior in priors.items()}


def _independent(make: type[Procurement] | type[Sale]) -> Callable[[Spec, str], Market]:
    def read(spec: Spec, where: str) -> Market:
        key = make.priors_key
        keys = (key, "value", "tasks", "capacities", *(("fixed_costs",) if make is Procurement else ()))
        for extra in spec.keys() - {"kind", *keys}:
            raise InvalidInput(f"{where}.{extra} must be one of kind, {', '.join(keys)}. Drop it.")
        laws = read_laws(spec, key, where)
        value, tasks = spec.get("value"), spec.get("tasks", 1)
        if isinstance(value, Mapping):
            value = Distribution.from_spec(value, f"{where}.value")
        rest: dict[str, Any] = {name: spec[name] for name in keys[2:] if name in spec and name != "tasks"}
        return make(laws, value, tasks, **rest)  # type: ignore[arg-type]  # the constructor checks them

    return read


def _one_factor(make: type[OneFactor]) -> Callable[[Spec, str], Market]:
    def read(spec: Spec, where: str) -> Market:
        keys = ("labels", "common", "own", "form")
        for extra in spec.keys() - {"kind", *keys}:
            raise InvalidInput(f"{where}.{extra} must be one of kind, {', '.join(keys)}. Drop it.")
        for key in ("common", "own"):
            if not isinstance(spec.get(key), Mapping):
                raise InvalidInput(f"{where}.{key} must be a table with a distribution; got {shown(spec.get(key))}. Add one.")
        common, own = (Distribution.from_spec(spec[key], f"{where}.{key}") for key in ("common", "own"))  # type: ignore[arg-type]
        labels, form = spec.get("labels"), spec.get("form", "proportional")
        return make(labels, common, own, form)  # type: ignore[arg-type]  # the constructor checks both

    return read


MARKETS: dict[str, Callable[[Spec, str], Market]] = {"procurement": _independent(Procurement), "sale": _independent(Sale)}
MARKETS |= {make.kind: _one_factor(make) for make in (CommonDifficulty, AffiliatedValues, CommonCost, MineralRights)}
MARKETS["risk_averse"] = read_risk_averse
MARKETS["costly_entry"] = read_costly_entry
MARKETS["uncertain_presence"] = read_uncertain_presence
MARKETS["bond_at_stake"] = read_bond_at_stake
MARKETS["budgeted"] = read_budgeted
MARKETS["sequential_entry"] = read_sequential_entry
"""By kind, what reads the table; it may name keys without the path of the table."""
