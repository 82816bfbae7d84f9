"""Pieces of bid curves cut into parts, upwards, until each part is bounded closely enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from equilibria.checking.document import Rejected

__all__ = ["Halving"]

SMALLEST = 1e-9
"""Parts of a piece, as a share of it, that are not halved."""

_End = TypeVar("_End")


class _Part(Protocol):
    def smooth(self) -> bool: ...
    def plain(self) -> bool: ...
    def record(self) -> None: ...


class Halving:
    """Parts of pieces, in the order of bids, and how many there may still be.

    Arguments:
        splits: parts of a piece, on average, after which no bound is derived.
        pieces: how many there are.
    """

    def __init__(self, splits: int, pieces: int) -> None:
        self._splits, self._left = splits, splits * pieces

    def piece(
        self, at: Callable[[float], _End], part: Callable[[float, float, _End, _End], _Part], between: tuple[float, float]
    ) -> None:
        """Record parts that together are one piece, whose parameter runs from -1 to 1.

        Args:
            at: what is known at a parameter.
            part: the part between two parameters, with what is known there.
            between: the bids at the ends of the piece.

        Raises:
            Rejected: there are too many parts.
        """
        stack, ends = [(0.0, 1.0), (-1.0, 0.0)], {x: at(x) for x in (-1.0, 0.0, 1.0)}
        while stack:
            self._left -= 1
            if self._left < 0:
                bids = f"bids {between[0]!r} and {between[1]!r}"
                raise Rejected(f"no bound within {self._splits} parts a piece; stopped between {bids}")
            left, right = stack.pop()
            made = part(left, right, ends[left], ends[right])
            if made.smooth() or made.plain() or right - left <= SMALLEST:
                made.record()
                continue
            centre = 0.5 * (left + right)
            ends[centre] = at(centre)
            stack += [(centre, right), (left, centre)]
