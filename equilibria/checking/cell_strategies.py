r"""Strategies that a file holds as polynomials between few types.

On the cell $[x_k,x_{k+1}]$, with $s=(2c-x_k-x_{k+1})/(x_{k+1}-x_k)$,

$$ \beta(c)=\tfrac{1-s}2\,y_k+\tfrac{1+s}2\,y_{k+1}+(1-s^2)\sum_j q_{kj}s^j . $$

The file holds $x$ (`ends`), $y$ (`values`) and $q$ (`bubbles`). Such a function is continuous whatever the numbers are.
"""

from __future__ import annotations

from itertools import pairwise

from flint import arb, arb_poly

from equilibria.checking.disc_tails import UNIT, spanned
from equilibria.checking.document import Rejected, field, mapping, numbers, only

MOST_CELLS = 20_000
"""Cells that a file may hold."""

MOST_COEFFICIENTS = 40
"""Coefficients of a bubble that a file may hold."""

HALVINGS = 40
"""Times that a cell is halved to prove that its polynomial increases."""


class CellStrategy:
    """The polynomials, in the type."""

    def __init__(self, ends: list[float], values: list[float], bubbles: list[list[float]]) -> None:
        self.ends, self.values = ends, values
        self.straight = [not any(bubble) for bubble in bubbles]
        self._polynomials = [self._in_s(y, q) for y, q in zip(pairwise(values), bubbles, strict=True)]

    @staticmethod
    def _in_s(y: tuple[float, float], q: list[float]) -> arb_poly:
        straight = arb_poly([(arb(y[0]) + y[1]) / 2, (arb(y[1]) - y[0]) / 2])
        return straight + arb_poly([1, 0, -1]) * arb_poly(q) if q else straight

    def around(self, cell: int, left: float, right: float) -> arb_poly:
        """On a part of a cell, as a polynomial in the parameter that runs from -1 to 1 there."""
        first, last = self.ends[cell], self.ends[cell + 1]
        if left == first and right == last:
            return self._polynomials[cell]
        width = arb(last) - first
        return self._polynomials[cell](arb_poly([(arb(left) - first + right - last) / width, (arb(right) - left) / width]))

    def at(self, cell: int, x: float) -> arb:
        """Its value at a point of a cell."""
        first, last = self.ends[cell], self.ends[cell + 1]
        if x in (first, last):
            return arb(self.values[cell + (x == last)])
        return self._polynomials[cell]((arb(x) - first + x - last) / (arb(last) - first))

    def check_increase(self, cell: int) -> None:
        """Make sure that it increases on a cell.

        Raises:
            Rejected: it is not certain to.
        """
        if not self.straight[cell] and not _positive(self._polynomials[cell].derivative()):
            ends = f"{self.ends[cell]!r} and {self.ends[cell + 1]!r}"
            raise Rejected(f"the strategy is not certain to increase between {ends}")


def _positive(poly: arb_poly, depth: int = 0) -> bool:
    """Whether a polynomial is certain to be positive on [-1, 1]."""
    if poly(UNIT) > 0 or (depth == 0 and spanned(poly) > 0):
        return True
    if depth >= HALVINGS or not poly[0] > 0:
        return False
    return all(_positive(poly(arb_poly([0.5 * side, 0.5])), depth + 1) for side in (-1, 1))


def read_cells(node: object, where: str) -> CellStrategy:
    """The strategy that `node` describes.

    Raises:
        Rejected: malformed, or its ends or values do not increase.
    """
    node = mapping(node, where)
    only(node, ("ends", "values", "bubbles"), where)
    ends = numbers(field(node, "ends", where), f"{where}.ends")
    if not 2 <= len(ends) <= MOST_CELLS:
        raise Rejected(f"{where}.ends must have 2 to {MOST_CELLS} entries; got {len(ends)}")
    values = numbers(field(node, "values", where), f"{where}.values", len(ends))
    for name, list_ in (("ends", ends), ("values", values)):
        for index, (first, second) in enumerate(pairwise(list_)):
            if not first < second:
                raise Rejected(f"{where}.{name} must increase; entries {index} and {index + 1} are {first!r} and {second!r}")
    rows = field(node, "bubbles", where)
    if not isinstance(rows, list) or len(rows) != len(ends) - 1:
        raise Rejected(f"{where}.bubbles must be a list of {len(ends) - 1} lists, one a cell")
    bubbles = [numbers(row, f"{where}.bubbles[{k}]") for k, row in enumerate(rows)]
    for k, bubble in enumerate(bubbles):
        if len(bubble) > MOST_COEFFICIENTS:
            raise Rejected(f"{where}.bubbles[{k}] must have at most {MOST_COEFFICIENTS} entries; got {len(bubble)}")
    return CellStrategy(ends, values, bubbles)
