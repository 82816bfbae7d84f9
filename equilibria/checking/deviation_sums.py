r"""The most that a prover gains by passing bids, from integrals of its first-order residual on parts of the bid range.

Going from the bid $x$ of a type up to $y$ gains at most $\int_x^yr\,db$, and down to $y$ at most $-\int_y^xr\,db$. So a prover
gains at most the largest of these over all bids $x$ that it makes and all $y$. Where its inverse bid is flat no type bids: over
such a gap the residual may have both signs, and if the gap is one that leaves its type indifferent they cancel.

Parts come in the order of bids, each with upper bounds of the integrals of $r^+$ and $r^-$ and an enclosure of that of $r$. With
$A=\sup_x\int_x^br$ at the begin $b$ of a part, over bids made below, nothing that ends in it gains more than $A+\int r^+$, and at
its end $A$ is at most $\max(A+\int r,\int r^+)$ where bids are made in it, and $A+\int r$ where none are; and the same for $-r$,
from all bids below to those made.
"""

from __future__ import annotations

from flint import arb

__all__ = ["DeviationSums"]


class DeviationSums:
    """Of one prover, over the parts so far.

    Attributes:
        up: an upper bound of what bids above the own one gain.
        down: the same of bids below.
    """

    def __init__(self) -> None:
        self.up, self.down = arb(0), arb(0)
        self._ahead: arb | None = None
        self._behind = arb(0)

    def made(self) -> None:
        """Just here a type bids."""
        self._ahead = arb(0) if self._ahead is None else self._ahead.max(arb(0))
        self.down = self.down.max(self._behind)

    def add(self, up: arb, down: arb, whole: arb, *, made: bool) -> None:
        """Add a part: bounds of the integrals of both parts of the residual, that of all of it, and whether types bid in it."""
        if made:
            self.made()
            self.down = self.down.max(arb((self._behind + down).upper()))
        if self._ahead is not None:
            self.up = self.up.max(arb((self._ahead + up).upper()))
            self._ahead = arb((self._ahead + whole).upper())
            if made:
                self._ahead = self._ahead.max(arb(up.upper()))
        self._behind = arb((self._behind - whole).upper()).max(arb(down.upper()))
