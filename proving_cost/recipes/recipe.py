r"""What a recipe is: the ledger of an implementation at a given size, in closed form.

A protocol does not have *one* cost: gnark's PLONK prover transforms about twice as much as the paper counts.  A
recipe is therefore tied to an implementation at a commit.  It runs nothing, so size $2^{26}$ takes as long as
$2^{10}$.

How to read the numbers: counts that come from the source code or from a published parameter file are as good as
the source; everything else stands in `assumptions`, each with its regime.  A recipe counts the prover after the
witness is known; making the witness (execution of the program) is not in it unless it says so.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from mechanisms.errors import InvalidInput
from proving_cost.ledger import Ledger
from proving_cost.price_table import REGIMES, Regime

__all__ = ["Assumption", "Recipe", "check_choice", "check_count", "check_size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One thing that a recipe takes for granted.

    Arguments:
        what: The quantity, e.g. `"share of points at infinity"`.
        value: Its value in words or digits.
        regime: `measured`, `published` or `assumed`.
        source: Where it comes from, or why it was chosen.
    """

    what: str
    value: str
    regime: Regime
    source: str

    def __post_init__(self) -> None:
        if self.regime not in REGIMES:
            raise InvalidInput(f"regime: must be one of {', '.join(REGIMES)}; got {self.regime!r}.")

    def __str__(self) -> str:
        return f"{self.what}: {self.value} [{self.regime}: {self.source}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(ABC):
    """The closed-form ledger of an implementation.

    Arguments:
        name: How it is asked for, e.g. `"gnark-groth16"`.
        source: Repository and file, or publication.
        commit: The version that was read.
        date: Of that version, or of the reading if it is not dated.
        size_name: What `size` counts: `"constraints"` or `"rows"`.
        assumptions: What is taken for granted, each with its regime.
    """

    name: str
    source: str
    commit: str
    date: str
    size_name: str
    assumptions: tuple[Assumption, ...]

    def ledger(self, size: int, /, **options: Any) -> Ledger:
        """Everything that the prover does at this size, by phase.

        Arguments:
            size: Number of constraints or rows, a power of two.
            options: What the recipe lets one choose (`option_names`).

        Raises:
            InvalidInput: The size is not a power of two, too small, or beyond the field's roots of unity; or an
                option is unknown or out of its range.
        """
        known = self.option_names
        for name in options:
            if name not in known:
                listed = ", ".join(known) if known else "none"
                raise InvalidInput(f"{name}: not an option of recipe {self.name!r}; must be one of: {listed}.")
        return self._ledger(size, **options)

    @property
    def option_names(self) -> tuple[str, ...]:
        """Names of the options of `ledger`."""
        return tuple(inspect.signature(self._ledger).parameters)[1:]

    def proof_bytes(self, size: int) -> int | None:
        """Bytes of a proof at this size; None where there is no formula."""
        return None

    @abstractmethod
    def _ledger(self, size: int, *args: Any, **options: Any) -> Ledger: ...

    def __str__(self) -> str:
        head = f"{self.name}: {self.source} @ {self.commit} ({self.date}); size in {self.size_name}"
        return "\n".join([head, *(f"  {assumption}" for assumption in self.assumptions)])


def check_size(size: object, size_name: str, *, lowest: int, highest_bits: int, domain: str) -> int:
    """The size, if it is a power of two between `lowest` and 2^highest_bits.

    Raises:
        InvalidInput: It is not; `domain` says what limits it.
    """
    if type(size) is not int or size < 1:
        raise InvalidInput(f"{size_name}: must be a whole number, a power of two; got {size!r}.")
    if size & (size - 1):
        raise InvalidInput(f"{size_name}: must be a power of two; got {size}. Pad to 2^{size.bit_length()}.")
    if size < lowest:
        raise InvalidInput(f"{size_name}: must be at least {lowest} for this recipe; got {size}.")
    if size > 1 << highest_bits:
        raise InvalidInput(
            f"{size_name}: must be at most 2^{highest_bits}, limited by {domain}; got 2^{size.bit_length() - 1}. "
            "Split the statement and aggregate the proofs."
        )
    return size


def check_count(name: str, value: object, lowest: int, highest: int | None = None) -> int:
    """A whole number in a range.

    Raises:
        InvalidInput: It is not.
    """
    if type(value) is not int or value < lowest or (highest is not None and value > highest):
        limits = f"at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise InvalidInput(f"{name}: must be a whole number, {limits}; got {value!r}.")
    return value


def check_choice(name: str, value: object, known: tuple[str, ...]) -> str:
    """One of the words allowed.

    Raises:
        InvalidInput: It is another.
    """
    if value not in known:
        raise InvalidInput(f"{name}: must be one of {', '.join(known)}; got {value!r}.")
    return str(value)
