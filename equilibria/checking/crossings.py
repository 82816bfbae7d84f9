r"""The most that a deviation gains when each cell that it crosses adds something and costs something.

A value that bids $b$ in one cell and moves to $b'$ in another gains at most what R rises on the way, less
$\int(\varphi(t)-v)\,dX(t)$: on a whole cell that lies between, at least (its least value less the highest value of the first
cell) times the chance to win that it adds. All amounts are whole units, rounded for the worse.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb

from equilibria.checking.document import Rejected

__all__ = ["BITS", "Crossed", "farthest", "units"]

BITS = 64
"""Gains are compared in whole units of the highest bid divided by 2 to this power, each rounded for the worse."""

CROSSINGS = 400_000
"""Cells looked at from all starts of one buyer, at most."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """A cell that a deviation crosses, in whole units of $2^{-BITS}$ of the highest bid (`gained`: of a probability).

    Arguments:
        rise: what R rises at most over the cell.
        inside: what R rises at most on any part of it.
        least: the least value in it, or less.
        most: the highest value in it, or more.
        gained: the chance to win that it adds at least.
        own: whether the buyer bids in it.
    """

    rise: int
    inside: int
    least: int
    most: int
    gained: int
    own: bool


def farthest(cells: list[Crossed]) -> int:
    """The most that is gained from an own cell to the same or a later one, in whole units.

    From the left end of cell k on, R alone rises at most by `ahead[k]`; a start stops where that cannot beat what was found, and
    if too many cells are looked at the bound is that of R alone.
    """
    ahead = [0] * (len(cells) + 1)
    for k in range(len(cells) - 1, -1, -1):
        ahead[k] = max(cells[k].inside, cells[k].rise + ahead[k + 1])
    best = max((cell.inside for cell in cells if cell.own), default=0)
    budget = CROSSINGS
    for i, cell in enumerate(cells):
        climbed = cell.inside
        if not cell.own:
            continue
        for k in range(i + 1, len(cells)):
            if climbed + ahead[k] <= best:
                break
            budget -= 1
            if budget < 0:
                return max(cell.inside + ahead[j + 1] for j, cell in enumerate(cells))
            crossed = cells[k]
            best = max(best, climbed + crossed.inside)
            climbed += crossed.rise - (max(crossed.least - cell.most, 0) * crossed.gained >> BITS)
    return best


def units(x: arb, up: bool) -> int:
    """An exact whole number of units that is at least, or at most, every number of a ball."""
    scaled = x * (arb(2) ** BITS)
    whole = (arb(scaled.upper()).ceil() if up else arb(scaled.lower()).floor()).unique_fmpz()
    if whole is None:
        raise Rejected("a bound is not finite")
    return int(whole)
