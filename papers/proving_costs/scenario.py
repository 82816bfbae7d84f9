"""The inputs of the figures that are not in the cost model: `scenario.toml` as records."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_args

from mechanisms import InvalidInput, Uniform
from papers.numbers import Regime
from proving_cost.cost_model import ProverGroup

__all__ = ["Fleet", "Gas", "Market", "Scenario", "Statement", "Tree", "Waiting"]

SCENARIO = Path(__file__).with_name("scenario.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The regime of a section, and the ground it stands on."""

    regime: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Section):
    """The proof that is priced, the machine and the batch of the figure of terms."""

    recipe: str
    constraints: str
    hardware: str
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree(Section):
    """The recursion tree: where it is proved, and the constraints of verifying one proof."""

    hardware: str
    verifier_constraints: int
    arities: list[int]
    arity: int
    largest_batch: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Section):
    """What waiting costs, and how often proofs arrive."""

    usd_per_proof_and_second: float
    proofs_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gas(Section):
    """The prices of gas at which aggregation is tried."""

    lowest_gwei: float
    highest_gwei: float
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Market(Section):
    """Who bids, and how many."""

    provers: int
    counts: list[int]
    max_no_award: float
    electricity: list[float]
    utilisation: list[float]
    groups: list[dict[str, Any]]

    @property
    def population(self) -> list[ProverGroup]:
        """The groups of provers; those who own differ in electricity and utilisation, those who rent in rent."""
        spread: dict[str, Any] = {"electricity": Uniform(*self.electricity), "utilisation": Uniform(*self.utilisation)}
        try:
            return [ProverGroup(**group, **(spread if group.get("tenure") == "own" else {})) for group in self.groups]
        except TypeError as error:
            raise InvalidInput(f"{SCENARIO.name}: market.groups must have hardware, weight and tenure; got {error}.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet(Section):
    """Machines that prove one block in so many seconds."""

    gpus: int
    gpu: str
    seconds: float
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All sections."""

    statement: Statement
    tree: Tree
    waiting: Waiting
    gas: Gas
    market: Market
    blocks_then: Fleet
    blocks_now: Fleet

    @classmethod
    def from_toml(cls, path: Path = SCENARIO) -> Scenario:
        """Read a scenario; every error names the key.

        Raises:
            InvalidInput: The file cannot be read, or a key is missing, wrong or unknown.
        """
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidInput(f"{path.name}: must be a TOML file; got an error ({error}). Correct it.") from None
        kinds = (Statement, Tree, Waiting, Gas, Market, Fleet, Fleet)
        names = [field.name for field in fields(cls)]
        return cls(**{name: _section(kind, document, name, path) for name, kind in zip(names, kinds, strict=True)})

    @property
    def inputs(self) -> list[dict[str, str]]:
        """Each section with its regime and ground."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return [{"input": name, "regime": section.regime, "ground": section.ground} for name, section in named]


KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "list": (list,)}
S = TypeVar("S", bound=Section)


def _section(kind: type[S], document: Mapping[str, Any], name: str, path: Path) -> S:
    table = document.get(name)
    if not isinstance(table, dict):
        raise InvalidInput(f"{path.name}: {name} must be a table; got {table!r}. Correct the scenario.")
    types = {field.name: str(field.type) for field in fields(kind)}
    for key in {**types, **table}:
        value, of = table.get(key), types.get(key, "left out").split("[")[0]
        good = KINDS.get(of, ())
        positive = not isinstance(value, int | float) or value > 0
        if not isinstance(value, good) or isinstance(value, bool) or not positive or value == []:
            raise InvalidInput(f"{path.name}: {name}.{key} must be {of}, above 0 if a number; got {value!r}. Correct it.")
    if table["regime"] not in get_args(Regime):
        raise InvalidInput(f"{path.name}: {name}.regime must be one of {get_args(Regime)}; got {table['regime']!r}.")
    return kind(**table)
