r"""Strategies that a file holds as polynomials between few types.

On the cell $[x_k,x_{k+1}]$, with $s=(2c-x_k-x_{k+1})/(x_{k+1}-x_k)$,

$$ \beta(c)=\tfrac{1-s}2\,y_k+\tfrac{1+s}2\,y_{k+1}+(1-s^2)\sum_j q_{kj}s^j . $$

The file holds $x$ (`ends`), $y$ (`values`) and $q$ (`bubbles`). Such a function is continuous whatever the numbers are.
"""

from __future__ import annotations

from itertools import pairwise

from flint import arb, arb_poly

from equilibria.checking.document import Rejected, field, mapping, numbers, only
from equilibria.checking.taylor import middle

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
        coefficients = [arb(0)] * (max(len(q), 0) + 2)
        coefficients[0], coefficients[1] = (arb(y[0]) + y[1]) / 2, (arb(y[1]) - y[0]) / 2
        for j, value in enumerate(q):
            coefficients[j] += value
            coefficients[j + 2] -= value
        return arb_poly(coefficients)

    def expand(self, cell: int, x: arb) -> arb_poly:
        """Its Taylor polynomial around every point of the ball `x`."""
        left, right = arb(self.ends[cell]), self.ends[cell + 1]
        width = right - left
        return self._polynomials[cell](arb_poly([(2 * x - left - right) / width, 2 / width]))

    def increases(self, cell: int, left: float, right: float, slope: arb_poly, radius: arb, depth: int = 0) -> bool:
        """Whether it is certain to increase on a part of a cell, given its slope around the middle of the part."""
        spread, power = arb(0), arb(1)
        for k in range(1, len(slope)):
            power = power * radius
            spread += abs(slope[k]) * power
        if slope[0] > spread:
            return True
        centre, _ = middle(left, right)
        if depth >= HALVINGS or not (slope[0] > 0 and left < centre < right):
            return False
        for u, v in ((left, centre), (centre, right)):
            m, half = middle(u, v)
            if not self.increases(cell, u, v, self.expand(cell, arb(m)).derivative(), half, depth + 1):
                return False
        return True


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
