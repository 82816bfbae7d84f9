"""Counterexamples as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from equilibria.proofs.affine import Rat
from equilibria.proofs.obligations import Found
from equilibria.proofs.settings import Setting
from mechanisms.errors import Refused

__all__ = ["agent", "deviation_story", "others", "side_of", "worth"]


def side_of(setting: Setting, side: Literal["users", "provers"] | None) -> tuple[int, ...]:
    """The agents of a side, or all.

    Raises:
        Refused: there are none on it.
    """
    if side is None:
        return tuple(range(setting.agents))
    if side not in ("users", "provers"):
        raise Refused(f"side must be 'users', 'provers' or None; got {side!r}.")
    places = setting.places(1 if side == "users" else -1)
    if not places:
        raise Refused(f"this market has no {side}: drop side={side!r}.")
    return places


def agent(setting: Setting, place: int) -> str:
    """`prover b`, `user a`, or `buyer a`."""
    kind = "prover" if setting.signs[place] < 0 else "user" if setting.kind in ("exchange", "block_space") else "buyer"
    return f"{kind} {setting.labels[place]}"


def worth(setting: Setting, place: int, type_: Rat) -> str:
    """`cost 1/4` or `value 1/4`."""
    return f"{'value' if setting.signs[place] > 0 else 'cost'} {Fraction(type_)}"


def others(numbers: Sequence[Rat], without: Sequence[int] = ()) -> str:
    """`(0, 1/2)`."""
    listed = ", ".join(str(Fraction(number)) for place, number in enumerate(numbers) if place not in without)
    return f"({listed})"


def deviation_story(setting: Setting, found: Found) -> str:
    """Who reports what instead of its type, against whom, and what it gains."""
    (i,) = found.obligation.members
    truth, lie = found.reports[0], found.reports[1]
    against = f" against {others(truth, (i,))}" if len(truth) > 1 else ""
    return (
        f"{agent(setting, i)}, {worth(setting, i, truth[i])}, bids {Fraction(lie[i])}{against}: gains {Fraction(found.excess)}"
    )
