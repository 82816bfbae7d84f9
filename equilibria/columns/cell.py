"""A cell of a comparison: a number or a word, how it is known, and what it means or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal, final

from mechanisms import Enclosure, ExchangeMechanism, InvalidInput, Market, MarketError, Mechanism, Refused

if TYPE_CHECKING:
    from equilibria.equilibrium import Equilibrium
    from equilibria.simulating import Simulation
    from equilibria.strategies import Strategy

__all__ = ["Cell", "Column", "Place", "Regime", "nothing"]

Regime = Literal["proved", "certified", "estimated", "assumed"]

PROFILES = 20_000
"""Requests simulated where a number is estimated."""

ZERO = 1e-7
"""Width below which an enclosure that holds 0 is shown as 0."""

SEED = 1
"""Of that simulation, so that a table is the same every time."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell.

    Attributes:
        value: a number, an enclosure of one, or words; None where the column has no meaning or no answer, shown as "-".
        regime: how it is known; None without a value, and for words that say it themselves.
        note: what exactly is meant; without a value, why there is none.
        lines: what there is to tell at length, one sentence each.
    """

    value: Enclosure | Fraction | int | str | None
    regime: Regime | None = None
    note: str = ""
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.value is None and not self.note:
            raise InvalidInput("note must say why a cell without a value has none; got nothing. Pass note=.")

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; rationals as strings."""
        value: object = self.value
        if isinstance(value, Enclosure):
            value = {"lower": value.lower, "upper": value.upper, "midpoint": value.midpoint}
        elif isinstance(value, Fraction):
            value = str(value)
        return {"value": value, "regime": self.regime, "note": self.note, "lines": list(self.lines)}

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        if isinstance(self.value, str | int):
            return f"{'~' if self.regime == 'estimated' else ''}{self.value}"
        number = self.value.midpoint if isinstance(self.value, Enclosure) else float(self.value)
        if isinstance(self.value, Enclosure) and 0.0 in self.value and self.value.width < ZERO:
            number = 0.0
        return f"{'~' if self.regime == 'estimated' else ''}{number:.4g}"


def nothing(reason: str) -> Cell:
    """A cell without a value, and why."""
    return Cell(value=None, note=reason)


@final
@dataclass(frozen=True, slots=True)
class _Truth:
    """A rule under which everybody reports what is true."""

    mechanism: Mechanism
    market: Market
    strategies: Mapping[str, Strategy]


@final
@dataclass(frozen=True, kw_only=True)  # no slots: a simulation is kept once made
class Place:
    """What a column is asked about: a rule in a market.

    Arguments:
        mechanism: the rule.
        market: the market that it is played in.
        compared: the market that was asked about: the same, but for rules that need another one made of it.
        equilibrium: its equilibrium, None if there is none.
        reason: why there is none.
        seconds: how long one column may search.
    """

    mechanism: Mechanism
    market: Market
    compared: Market
    equilibrium: Equilibrium | None
    reason: str | None
    seconds: float

    @cached_property
    def simulation(self) -> Simulation:
        """The equilibrium played many times, always with the same draws.

        Raises:
            Refused: the rule has no vectorised outcome, or there is no equilibrium.
        """
        import numpy as np

        from equilibria.simulating import means
        from equilibria.strategies import Truthful

        rng = np.random.default_rng(SEED)
        if self.equilibrium is not None:
            return means(self.equilibrium, rng, PROFILES)
        if not self.truthful:
            raise Refused("no equilibrium")
        return means(_Truth(self.mechanism, self.market, dict.fromkeys(self.market.labels, Truthful())), rng, PROFILES)

    @property
    def truthful(self) -> bool:
        """Whether truth is dominant under a rule that `solve` does not take, so that it can still be played."""
        return isinstance(self.mechanism, ExchangeMechanism) and self.mechanism.truthful


@final
@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Arguments:
        title: its heading.
        about: one sentence: what its cells are.
        cell: what it says of a place. A `MarketError` that it raises becomes the reason of an empty cell.
        solved: whether there is nothing to say without an equilibrium.
        played: whether truth will do for one, where it is dominant.
        apart: whether its cells are the same with and without one, so that they can be found beside it.
    """

    title: str
    about: str
    cell: Callable[[Place], Cell]
    solved: bool = True
    played: bool = False
    apart: bool = False

    def at(self, place: Place) -> Cell:
        """The cell of a place; never an error."""
        if self.solved and place.equilibrium is None and not (self.played and place.truthful):
            return nothing("no equilibrium")
        try:
            return self.cell(place)
        except MarketError as error:
            return nothing(str(error))
