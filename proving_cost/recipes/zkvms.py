r"""Recipes of zkVM provers, from published parameter sets (`zkvms.toml`).

Each recipe has the circuits of one system, from the first proof of an execution to the last recursion; `size` is
the number of rows of the circuit chosen.  Recursion is put on top by `proving_cost.recipes.recursion`.

How to read the numbers.  Parameter sets are made to calculate *soundness*: widths and heights are worst cases,
so a ledger is an upper bound on one proof, and how many proofs a block takes is not in it.  What the files do not
say (hash, packing, kinds of columns) is in `assumptions`.  Proof sizes reproduce the estimates of the same
repository; proofs that were measured differ from them, since they are of other circuits and versions: 343,580
bytes for ZisK 0.16.1 and 1,108,950 for Airbender 0.1.0 (eth-act/zkevm-benchmark-runs) against 271,000 for `Final`
and 1,879,000 for Airbender's worst case.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from mechanisms.errors import InvalidInput
from proving_cost.ledger import Ledger
from proving_cost.recipes.fri_proof_size import Paths, Symbols
from proving_cost.recipes.jagged import JaggedParameters, jagged_ledger
from proving_cost.recipes.recipe import Assumption, Recipe, check_choice, check_count
from proving_cost.recipes.stark import HashChoice, StarkParameters, stark_ledger

__all__ = ["ZkvmRecipe", "read_zkvms"]

PROTOCOLS: Mapping[str, type[StarkParameters] | type[JaggedParameters]] = {
    "stark": StarkParameters,
    "jagged": JaggedParameters,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ZkvmRecipe(Recipe):
    """A zkVM's prover.

    Arguments:
        version: Of the system, as the source gives it.
        circuits: Parameters by circuit, from the first proof to the last.
        published_kib: Expected proof sizes that the source's reports give, by circuit: for comparison only.
    """

    version: str
    circuits: Mapping[str, StarkParameters | JaggedParameters]
    published_kib: Mapping[str, int]

    def _ledger(self, size: int, *, circuit: str | None = None, columns: int | None = None) -> Ledger:
        """The ledger of one proof.

        Arguments:
            size: Rows (for a jagged system: the length of a dense column), a power of two.
            circuit: One of `circuits`; None: the first.
            columns: Width of the trace (jagged: number of dense columns), in place of the published one.
        """
        parameters = self.parameters(circuit, size)
        if isinstance(parameters, JaggedParameters):
            if columns is not None:
                parameters = replace(parameters, dense_columns=check_count("columns", columns, 1))
            return jagged_ledger(parameters)
        if columns is not None:
            parameters = replace(parameters, columns=check_count("columns", columns, 1))
        return stark_ledger(parameters)

    def parameters(self, circuit: str | None = None, rows: int | None = None) -> StarkParameters | JaggedParameters:
        """Parameters of a circuit, with the published number of rows or another.

        Raises:
            InvalidInput: There is no such circuit, or the rows do not fit the field.
        """
        name = next(iter(self.circuits)) if circuit is None else check_choice("circuit", circuit, tuple(self.circuits))
        found = self.circuits[name]
        if rows is None:
            return found
        if isinstance(found, StarkParameters):
            return found.at(rows)
        found.check_rows(rows)
        return replace(found, rows=rows)

    def proof_bytes(
        self,
        size: int | None = None,
        circuit: str | None = None,
        symbols: Symbols = "extension",
        paths: Paths = "pruned",
        trees: int = 1,
    ) -> int:
        """Expected bytes of a proof; size None: the published number of rows.  See `fri_proof_size`.

        Raises:
            InvalidInput: There is no such circuit, or the rows do not fit the field.
        """
        return self.parameters(circuit, size).proof_bytes(symbols, paths, trees)


def read_zkvms() -> tuple[ZkvmRecipe, ...]:
    """The recipes of `zkvms.toml`."""
    text = files("proving_cost.recipes").joinpath("zkvms.toml").read_text(encoding="utf-8")
    return tuple(_recipe(table) for table in tomllib.loads(text)["vm"])


def _recipe(table: Mapping[str, Any]) -> ZkvmRecipe:
    kind = PROTOCOLS[table["protocol"]]
    tree = HashChoice(**table["hash"])
    circuits: dict[str, StarkParameters | JaggedParameters] = {}
    published: dict[str, int] = {}
    for row in table["circuits"]:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
        name: str = values.pop("name")
        if "published_kib" in values:
            published[name] = values.pop("published_kib")
        try:
            circuits[name] = kind(field=table["field"], degree=table["degree"], hash=tree, **values)
        except (InvalidInput, TypeError) as wrong:
            raise InvalidInput(f"zkvms.toml: vm {table['name']!r}, circuit {name!r}: {wrong}") from None
    return ZkvmRecipe(
        name=table["name"], source=table["source"], commit=table["commit"], date=table["date"], size_name="rows",
        assumptions=tuple(Assumption(**a) for a in table["assumptions"]), version=table["version"],
        circuits=MappingProxyType(circuits), published_kib=MappingProxyType(published),
    )  # fmt: skip
