r"""Functions of a cost that are linear in pieces, kept exactly: what a prover is worth from some moment on.

Someone who learns a cost $C\ge0$ and then moves gets $a-wC$ at the end of every path. Averages over chance and the best of
several choices of such functions are continuous and linear in pieces, with rational breaks; backward induction needs nothing
else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Self, final

__all__ = ["CostLines", "Piece"]


@final
@dataclass(frozen=True, slots=True)
class Piece:
    """From `start` up to the start of the next piece: `constant + slope * cost`, by the moves in `plan`."""

    start: Fraction
    constant: Fraction
    slope: Fraction
    plan: tuple[str, ...]

    def at(self, cost: Fraction) -> Fraction:
        """The value at a cost."""
        return self.constant + self.slope * cost


@final
@dataclass(frozen=True, slots=True)
class CostLines:
    """A continuous function of the cost on [0, infinity), linear in pieces.

    Arguments:
        pieces: by start; the first starts at 0, the last has no end.

    Example:
        >>> deliver = CostLines.line(Fraction(8), Fraction(-1), ("deliver",))
        >>> abandon = CostLines.line(Fraction(-50), Fraction(0), ("abandon",))
        >>> [(str(piece.start), piece.plan) for piece in CostLines.best([deliver, abandon]).pieces]
        [('0', ('deliver',)), ('58', ('abandon',))]
    """

    pieces: tuple[Piece, ...]

    @classmethod
    def line(cls, constant: Fraction, slope: Fraction, plan: tuple[str, ...] = ()) -> Self:
        """One line."""
        return cls((Piece(Fraction(0), constant, slope, plan),))

    @classmethod
    def best(cls, options: Sequence[CostLines]) -> CostLines:
        """The greatest of several at every cost; of equal ones, the first."""
        found = options[0]
        for option in options[1:]:
            found = _upper(found, option)
        return found

    @classmethod
    def mean(cls, branches: Sequence[tuple[Fraction, CostLines]]) -> CostLines:
        """The average with probabilities that add up to 1."""
        starts = sorted({piece.start for _, branch in branches for piece in branch.pieces})
        pieces = []
        for start in starts:
            parts = [(chance, branch.piece(start)) for chance, branch in branches]
            constant = sum((chance * part.constant for chance, part in parts), Fraction(0))
            slope = sum((chance * part.slope for chance, part in parts), Fraction(0))
            plan = tuple(move for chance, part in parts if chance for move in part.plan)
            pieces.append(Piece(start, constant, slope, plan))
        return cls(_joined(pieces))

    def piece(self, cost: Fraction) -> Piece:
        """The piece that holds a cost; at a break, the one to the right."""
        return next(piece for piece in reversed(self.pieces) if piece.start <= cost)

    def at(self, cost: Fraction) -> Fraction:
        """The value at a cost."""
        return self.piece(cost).at(cost)

    def moved(self, move: str) -> CostLines:
        """The same values, with one move before all others."""
        return CostLines(tuple(Piece(p.start, p.constant, p.slope, (move, *p.plan)) for p in self.pieces))

    @property
    def breaks(self) -> tuple[Fraction, ...]:
        """The costs at which the plan or the slope changes."""
        return tuple(piece.start for piece in self.pieces[1:])


def _upper(first: CostLines, second: CostLines) -> CostLines:
    starts = sorted({piece.start for lines in (first, second) for piece in lines.pieces})
    pieces: list[Piece] = []
    for start, end in pairwise([*starts, None]):
        assert start is not None
        a, b = first.piece(start), second.piece(start)
        gap, rate = b.at(start) - a.at(start), b.slope - a.slope
        ahead = gap > 0 or (gap == 0 and rate > 0)
        leader, other = (b, a) if ahead else (a, b)
        pieces.append(Piece(start, leader.constant, leader.slope, leader.plan))
        gap, rate = (gap, rate) if ahead else (-gap, -rate)
        if rate < 0 and gap > 0:
            crossing = start - gap / rate
            if end is None or crossing < end:
                pieces.append(Piece(crossing, other.constant, other.slope, other.plan))
    return CostLines(_joined(pieces))


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Without breaks at which nothing changes."""
    joined = [pieces[0]]
    for piece in pieces[1:]:
        last = joined[-1]
        if (piece.constant, piece.slope, piece.plan) != (last.constant, last.slope, last.plan):
            joined.append(piece)
    return tuple(joined)
