r"""Strategies held by their inverses: the type that makes each bid, a piecewise quintic in the bid.

On each cell of the stated bids the inverse has the stated values at both ends, and its own slopes and curvatures at its left
and right end; it is the polynomial of degree five with these data, so it is continuous everywhere, and smooth where the data
of neighbouring cells agree. That it increases is read off the Bernstein form: six control values that do not fall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.document import Rejected, field, mapping, numbers, only
from equilibria.checking.priors import Prior

LENGTH = 10
"""Coefficients of the power series on a cell."""

MOST_CELLS = 20_000
"""Cells of one strategy, at most."""


@contextmanager
def long_series() -> Iterator[None]:
    """Power series of `LENGTH` coefficients, and the caller's length afterwards."""
    cap = ctx.cap
    ctx.cap = LENGTH
    try:
        yield
    finally:
        ctx.cap = cap


class InverseBid:
    """One agent's inverse strategy on the first cells of a grid of bids."""

    def __init__(
        self, label: str, prior: Prior, bids: list[float], types: list[float], slopes: list[float], curvatures: list[float]
    ) -> None:
        self.label, self.prior, self.bids, self.types = label, prior, bids, types
        self._slopes, self._curvatures = slopes, curvatures
        self._pieces: dict[int, arb_poly] = {}

    @property
    def cells(self) -> int:
        """Number of cells on which the strategy bids."""
        return len(self.types) - 1

    def _data(self, cell: int) -> tuple[arb, arb, arb, arb, arb, arb, arb]:
        """Both values, and slopes and curvatures in units of the cell; and its width."""
        width = arb(self.bids[cell + 1]) - self.bids[cell]
        d0, d1 = (width * self._slopes[2 * cell + end] for end in (0, 1))
        e0, e1 = (width * width * self._curvatures[2 * cell + end] for end in (0, 1))
        return arb(self.types[cell]), arb(self.types[cell + 1]), d0, d1, e0, e1, width

    def check_increases(self) -> None:
        """Reject an inverse that is not shown to increase on every cell."""
        for cell in range(self.cells):
            y0, y1, d0, d1, e0, e1, _ = self._data(cell)
            inner = y1 - y0 - (2 * (d0 + d1) / 5 + (e0 - e1) / 20)
            steps = (d0 / 5, d0 / 5 + e0 / 20, inner, d1 / 5 - e1 / 20, d1 / 5)
            if not (y1 > y0 and all(step >= 0 for step in steps)):
                raise Rejected(
                    f"the strategy of {self.label!r} may not increase between the bids {self.bids[cell]!r} and "
                    f"{self.bids[cell + 1]!r}"
                )

    def piece(self, cell: int) -> arb_poly:
        """The polynomial on a cell, in the distance from the cell's left end."""
        if cell not in self._pieces:
            y0, y1, d0, d1, e0, e1, width = self._data(cell)
            rise = y1 - y0
            unit = [
                y0, d0, e0 / 2,
                10 * rise - 6 * d0 - 4 * d1 + (e1 - 3 * e0) / 2,
                -15 * rise + 8 * d0 + 7 * d1 + (3 * e0 - 2 * e1) / 2,
                6 * rise - 3 * d0 - 3 * d1 + (e1 - e0) / 2,
            ]  # fmt: skip
            self._pieces[cell] = arb_poly([c / width**k for k, c in enumerate(unit)])
        return self._pieces[cell]

    def expand(self, cell: int, x: arb) -> arb_series:
        """The inverse around the ball `x` of bids."""
        return arb_series(self.piece(cell)(arb_poly([x - self.bids[cell], 1])).coeffs())

    def at(self, cell: int, b: float) -> arb:
        """The type that bids `b`; exact at both ends of the cell."""
        if b in (self.bids[cell], self.bids[cell + 1]):
            return arb(self.types[cell + (b == self.bids[cell + 1])])
        return self.piece(cell)(arb(b) - self.bids[cell])


def read_inverse_bids(
    priors: Mapping[str, Prior], node: object, *, ghosts: bool = False
) -> tuple[list[float], list[InverseBid]]:
    """Read bids and one strategy for each prior, in the order of `priors`.

    Args:
        priors: laws of the types by label.
        node: the `equilibrium` object of a certificate.
        ghosts: whether low bids may be made by types below the support, that is by nobody.

    Raises:
        Rejected: malformed, not increasing, or outside the support.
    """
    table = mapping(node, "equilibrium")
    only(table, ("bids", "strategies"), "equilibrium")
    bids = numbers(field(table, "bids", "equilibrium"), "equilibrium.bids")
    if not 2 <= len(bids) <= MOST_CELLS or any(left >= right for left, right in pairwise(bids)):
        raise Rejected(f"equilibrium.bids must hold from 2 to {MOST_CELLS} numbers that increase")
    stated = mapping(field(table, "strategies", "equilibrium"), "equilibrium.strategies")
    only(stated, priors, "equilibrium.strategies")
    strategies = []
    for label, prior in priors.items():
        where = f"equilibrium.strategies.{label}"
        entry = mapping(field(stated, label, "equilibrium.strategies"), where)
        only(entry, ("types", "slopes", "curvatures"), where)
        types = numbers(field(entry, "types", where), f"{where}.types")
        if not 2 <= len(types) <= len(bids):
            raise Rejected(f"{where}.types must have from 2 to {len(bids)} entries, one a bid; got {len(types)}")
        cells = len(types) - 1
        slopes = numbers(field(entry, "slopes", where), f"{where}.slopes", 2 * cells)
        curvatures = numbers(field(entry, "curvatures", where), f"{where}.curvatures", 2 * cells)
        if not ((ghosts or prior.low <= types[0]) and types[-1] <= prior.high):
            raise Rejected(f"{where}.types must lie in the support [{prior.low!r}, {prior.high!r}]")
        strategy = InverseBid(label, prior, bids, types, slopes, curvatures)
        strategy.check_increases()
        strategies.append(strategy)
    return bids, strategies


def crosses(prior: Prior, first: arb, last: arb) -> bool:
    """Whether a knot of the prior may lie strictly between two types."""
    return any(first < knot < last or not (knot <= first or knot >= last) for knot in prior.knots)


def cdf_series(prior: Prior, types: arb_series, level: arb, inside: float) -> arb_series:
    """The cdf along a series of types, from its first coefficient `level`."""
    return (prior.density(types, inside) * types.derivative()).integral() + level
