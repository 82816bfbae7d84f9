r"""All constraints of a row, combined by powers of one challenge: a formula for columns and for a single point.

With selectors $S$, the row formulas of `circuits.air_rows`, and the copy columns $Z, h_1, \ldots, h_5$ in the
extension:

$$\sum_i \alpha^i C_i = \sum_{\text{kinds}} S \sum_i \alpha^i c_i
  + \sum_{j=1}^{6} \alpha^{i_j} \Bigl(h_j \prod_{c \in G_j} (x_c + \beta\,\sigma_c + \gamma)
  - h_{j-1} \prod_{c \in G_j} (x_c + \beta\,\delta^c X + \gamma)\Bigr) + \alpha^{i_7} L_0 \cdot (Z - 1),$$

where $h_0 = Z$, $h_6(X) = Z(\omega X)$, $L_0$ is 1 in row 0 and 0 in the others, and $G_1, \ldots, G_6$ are the wired
columns in sevens: a product of seven factors and one $h$ has degree 8.  Since $Z$ is 1 in row 0 and the last row leads
back to it, the product of all factors is 1, so (but for a chance of about $41 n / |\mathbb{F}|$) values are constant
along the cycles of $\sigma$.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from proving_cost.circuits.air_rows import (
    MAX_BITS,
    SLOT_CELLS,
    SLOT_COEFFICIENTS,
    SLOTS,
    STATES,
    WIRED,
    bits_row,
    permutation_row,
    slot,
)
from proving_cost.kernels.poseidon2 import Poseidon2

__all__ = ["COPY_COLUMNS", "GROUPS", "ROW_CONSTRAINTS", "TOTAL_CONSTRAINTS", "RowValues", "combined", "factors"]

GROUP = 7
GROUPS = tuple(range(first, min(first + GROUP, WIRED + 1)) for first in range(0, WIRED + 1, GROUP))
COPY_COLUMNS = len(GROUPS)
ROW_CONSTRAINTS = len(STATES) + MAX_BITS + 1 + SLOTS
TOTAL_CONSTRAINTS = ROW_CONSTRAINTS + len(GROUPS) + 1


@dataclass(frozen=True, slots=True, eq=False)
class RowValues:
    """What stands in a row, as operands of one kind: columns over the evaluation domain, or scalars at a point.

    Arguments:
        point: X.
        first: L_0(X).
        cells: The trace.
        coefficients: k_0, k_1, ...
        selectors: Of permutation, bits and arithmetic rows.
        sigma: The copy permutation, as field elements.
        public: The column of public inputs.
        copies: Z, h_1, ..., in the extension.
        following: Z(ωX).
    """

    point: Any
    first: Any
    cells: Sequence[Any]
    coefficients: Sequence[Any]
    selectors: Sequence[Any]
    sigma: Sequence[Any]
    public: Any
    copies: Sequence[Any]
    following: Any


def combined(
    instance: Poseidon2, row: RowValues, weights: Sequence[Any], beta: Any, gamma: Any, identities: Sequence[Any]
) -> Any:
    """Σ α^i C_i.

    Arguments:
        instance: The permutation.
        row: The values.
        weights: α^i, `TOTAL_CONSTRAINTS` of them.
        beta: β.
        gamma: γ.
        identities: β·δ^c for each wired column.
    """
    cells, k = row.cells, row.coefficients
    slots = [
        slot(cells[SLOT_CELLS * s : SLOT_CELLS * (s + 1)], k[SLOT_COEFFICIENTS * s : SLOT_COEFFICIENTS * (s + 1)])
        for s in range(SLOTS)
    ]
    total, first = None, 0
    for selector, left in zip(
        row.selectors, (permutation_row(instance, cells, k), bits_row(cells, k), slots), strict=True
    ):
        part = weighted(left, weights[first : first + len(left)]) * selector
        total = part if total is None else total + part
        first += len(left)
    wired = [*cells[:WIRED], row.public]
    steps = [*row.copies, row.following]
    for group, (before, after), weight in zip(GROUPS, pairwise(steps), weights[first:], strict=False):
        up, down = factors(wired, row.point, row.sigma, group, beta, gamma, identities)
        total = total + weight * (after * down - before * up)
    return total + weights[-1] * ((row.copies[0] - 1) * row.first)


def factors(
    wired: Sequence[Any], point: Any, sigma: Sequence[Any], group: Sequence[int], beta: Any, gamma: Any,
    identities: Sequence[Any],
) -> tuple[Any, Any]:  # fmt: skip
    """The products over a group of columns with the cells' own numbers, and with those that σ gives."""
    up = [identities[c] * point + wired[c] + gamma for c in group]
    down = [beta * sigma[c] + wired[c] + gamma for c in group]
    return product(up), product(down)


def weighted(values: Sequence[Any], weights: Sequence[Any]) -> Any:
    """Σ weight · value."""
    total = weights[0] * values[0]
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total = total + weight * value
    return total


def product(values: Sequence[Any]) -> Any:
    """The product, from the left."""
    total = values[0]
    for value in values[1:]:
        total = total * value
    return total
