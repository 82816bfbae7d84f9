"""What the options of `cost` mean: sizes, ranges, recipes, prices."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mechanisms.errors import InvalidInput

if TYPE_CHECKING:
    from mechanisms import Enclosure
    from proving_cost import PriceTable
    from proving_cost.ledger import Ledger
    from proving_cost.recipes import Recipe

_SIZE = re.compile(r"(?:2(?:\^|\*\*)([0-9]{1,2})|([0-9]{1,18}))")
LARGEST_LEDGER_BYTES = 64_000_000
MOST = 1_000_000_000  # accelerators, proofs, batches: more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Sized:
    """A recipe at a size, and its ledger."""

    recipe: Recipe
    size: int
    options: Mapping[str, Any]

    @property
    def ledger(self) -> Ledger:
        """Everything that the prover does."""
        return self.recipe.ledger(self.size, **self.options)

    @property
    def words(self) -> str:
        """Recipe and size in words."""
        circuit = f"/{self.options['circuit']}" if "circuit" in self.options else ""
        return f"{self.recipe.name}{circuit}, {shown_size(self.size)} {self.recipe.size_name}"


def shown_size(n: int) -> str:
    """A size, as a power of two where it is one."""
    return f"2^{n.bit_length() - 1}" if n > 8 and n & (n - 1) == 0 else f"{n:,}"


def whole(text: str, option: str) -> int:
    """`2^22`, `2**22` or `4194304`.

    Raises:
        InvalidInput: It is neither.

    Example:
        >>> whole("2^10", "--constraints")
        1024
    """
    found = _SIZE.fullmatch(text.strip().replace("_", "").replace(",", ""))
    if found is None or (found[1] and int(found[1]) > 62):
        raise InvalidInput(f"{option}: must be a whole number below 2^63, as 4096 or 2^12; got {text!r}.")
    return 1 << int(found[1]) if found[1] else int(found[2])


def interval(text: str, option: str, least: float = 0.0, most: float = 1e15) -> Enclosure:
    """`0.08` or `0.05:0.12`.

    Raises:
        InvalidInput: It is neither, or out of its range.
    """
    from mechanisms import Enclosure

    ends = text.split(":")
    try:
        low, high = (float(ends[0]), float(ends[-1])) if len(ends) <= 2 else (math.nan, math.nan)
    except ValueError:
        low = high = math.nan
    if not (least <= low <= high <= most and math.isfinite(high)):
        limit = f"from {least:g} to {most:g}"
        raise InvalidInput(f"{option}: must be a number or LOW:HIGH, {limit}; got {text!r}.")
    return Enclosure(low, high)


def sized_recipe(
    text: str, option: str, size: str | None = None, size_option: str = "SIZE", settings: Sequence[str] = ()
) -> Sized:
    """`RECIPE[/CIRCUIT][:SIZE]` with its settings.

    Raises:
        InvalidInput: There is no such recipe, circuit or setting, or no size.
    """
    from proving_cost.recipes import ZkvmRecipe, recipe_named

    spelled, _, tail = text.partition(":")
    name, _, circuit = spelled.partition("/")
    try:
        recipe = recipe_named(name)
    except InvalidInput as wrong:
        raise InvalidInput(f"{option}: {wrong}") from None
    options = _settings(settings)
    if circuit:
        if "circuit" in options:
            raise InvalidInput(f"{option}: the circuit must be given once; got {circuit!r} and {options['circuit']!r}.")
        options["circuit"] = circuit
    if tail and size is not None:
        raise InvalidInput(f"{option}: the size must be given once; got {tail!r} and {size_option} {size}.")
    if tail or size is not None:
        n = whole(tail or size or "", option if tail else size_option)
    elif isinstance(recipe, ZkvmRecipe):
        n = recipe.parameters(options.get("circuit")).rows
    else:
        what = f"{recipe.name} needs a number of {recipe.size_name}"
        raise InvalidInput(f"{size_option}: {what}; got none. Try {size_option} 2^20.")
    return Sized(recipe, n, options)


def _settings(pairs: Sequence[str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key or not text:
            raise InvalidInput(f"--set: must be KEY=VALUE, as wires=2^20 or scalars=full; got {pair!r}.")
        if key in out:
            raise InvalidInput(f"--set: {key!r} must be given once; got it twice.")
        out[key] = _value(text)
    return out


def _value(text: str) -> Any:
    if _SIZE.fullmatch(text):
        return whole(text, "--set")
    try:
        return float(text)
    except ValueError:
        return text


def priced_table(table: PriceTable, given: Mapping[str, tuple[str, str | None]]) -> PriceTable:
    """The table with assumptions replaced by what was given.

    Arguments:
        table: Prices and assumptions.
        given: By the name of an assumption, the option and its text; None leaves it.

    Raises:
        InvalidInput: A range is not one, or beyond what the assumption may be.
    """
    from proving_cost.price_table import ASSUMPTIONS

    changed = dict(table.assumptions)
    for name, (option, text) in given.items():
        if text is not None:
            _, least, most = ASSUMPTIONS[name]
            low, high = interval(text, option, least, most)
            changed[name] = replace(changed[name], low=low, high=high, source=option, date="given", regime="assumed")
    return replace(table, assumptions=changed)
