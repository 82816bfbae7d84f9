r"""The three kinds of rows of the AIR, as formulas over the cells of one row and its preprocessed coefficients.

A row has `WIDTH` cells, of which the first `WIRED` take part in the copy constraints, and `COEFFICIENTS`
preprocessed numbers $k_0, k_1, \ldots$

| row | cells | constraints | degree |
|---|---|---|---|
| arithmetic | 8 slots of 5 cells (a, b, c, d, e) | $(k_0 a + k_1 b + k_2)(k_3 c + k_4 d + k_5) = k_6 e + k_7$ | 4 |
| bits | the value $x_0$ and 63 bits | $x_j^2 = x_j$ and $x_0 = \sum_j k_j x_{j+1} + k_{63}$ | 2 |
| permutation | 12 lanes (u, v), 12 outputs, 118 states | lane is $k_{3i} u_i + k_{3i+1} v_i + k_{3i+2}$; S-boxes $x^7$ | 7 |

With the selector of its kind a constraint has degree at most 8, so at blowup 8 the quotient fits the domain in seven
chunks.  A helper column $x^3$ beside each S-box would bring the degree to 4 and allow blowup 4, at 118 columns more:
committed cells times blowup are then $(272 + 28 + 6) \cdot 4 = 1224$ for each row (trace, copy and quotient columns)
instead of $(154 + 12 + 14) \cdot 8 = 1440$, but a query gives two bits instead of three: per bit 612 instead of 480,
and proofs with rows twice as wide and half again as many queries.  At blowup 8 itself the helper columns cost 2448.
So S-boxes have no helper.

Every formula holds for any operands with `+`, `-`, `*`: columns, extension elements, scalars.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from proving_cost.kernels.poseidon2 import Poseidon2

__all__ = [
    "COEFFICIENTS", "LANES", "MAX_BITS", "OUTPUTS", "SLOTS", "SLOT_CELLS", "SLOT_COEFFICIENTS", "STATES", "WIDTH",
    "WIRED", "bits_row", "external", "lanes", "permutation_row", "permuted", "slot",
]  # fmt: skip

Value: TypeAlias = Any

SLOTS = 8
SLOT_CELLS = 5
SLOT_COEFFICIENTS = 8
WIRED = SLOTS * SLOT_CELLS
COEFFICIENTS = SLOTS * SLOT_COEFFICIENTS
MAX_BITS = COEFFICIENTS - 1
LANES = 12
OUTPUTS = range(2 * LANES, 3 * LANES)
SBOX_STATES = LANES + 8 * LANES + 22  # lanes, full rounds, partial rounds; the last twelve are the outputs
STATES = (*range(3 * LANES, 3 * LANES + SBOX_STATES - LANES), *OUTPUTS)
WIDTH = 3 * LANES + SBOX_STATES - LANES


def slot(cells: Sequence[Value], k: Sequence[Value]) -> Value:
    """What the constraint of an arithmetic slot leaves: 0 if it holds."""
    a, b, c, d, e = cells
    return (k[0] * a + k[1] * b + k[2]) * (k[3] * c + k[4] * d + k[5]) - (k[6] * e + k[7])


def bits_row(cells: Sequence[Value], k: Sequence[Value]) -> list[Value]:
    """What the constraints of a row of bits leave: 63 for the bits, one for the sum."""
    bits = cells[1 : 1 + MAX_BITS]
    total = k[MAX_BITS] - cells[0]
    for j, bit in enumerate(bits):
        total = total + k[j] * bit
    return [*(bit * bit - bit for bit in bits), total]


def lanes(cells: Sequence[Value], k: Sequence[Value]) -> list[Value]:
    """The state that a permutation row takes in: each lane a combination of two cells."""
    return [k[3 * i] * cells[2 * i] + k[3 * i + 1] * cells[2 * i + 1] + k[3 * i + 2] for i in range(LANES)]


def permutation_row(instance: Poseidon2, cells: Sequence[Value], k: Sequence[Value]) -> list[Value]:
    """What the constraints of a permutation row leave, one for each of `STATES`."""
    left: list[Value] = []
    columns = iter(STATES)

    def commit(value: Value) -> Value:
        cell = cells[next(columns)]
        left.append(value - cell)
        return cell

    permuted(instance, lanes(cells, k), commit)
    return left


def permuted(instance: Poseidon2, state: Sequence[Value], commit: Callable[[Value], Value]) -> list[Value]:
    """The permutation, with every value that a column holds handed to `commit`, which returns what the column holds.

    Held are the lanes, the state after each full round and the S-box's output of each partial round: then every
    value handed over is of degree 7 or less in the columns before it.
    """
    half = instance.full_rounds // 2
    state = external([commit(v) for v in state])
    for r in range(instance.full_rounds):
        if r == half:
            for c in instance.internal_constants:
                state = internal(instance, [commit(sbox(state[0] + int(c))), *state[1:]])
        raised = [sbox(v + int(c)) for v, c in zip(state, instance.external_constants[r], strict=True)]
        state = [commit(v) for v in external(raised)]
    return state


def sbox(x: Value) -> Value:
    """x^7 in four products."""
    square = x * x
    return square * square * (square * x)


def internal(instance: Poseidon2, state: Sequence[Value]) -> list[Value]:
    """(J + D)·state: the sum, plus the diagonal's multiple of each entry."""
    total = state[0]
    for v in state[1:]:
        total = total + v
    return [total + v * int(m) for v, m in zip(state, instance.internal_diagonal, strict=True)]


def external(state: Sequence[Value]) -> list[Value]:
    r"""The external layer $\mathrm{circ}(2 M_4, M_4, \ldots)$: each block of four by $M_4$, then the sum of all onto each.

    Only additions, eleven a block.  That this is the instance's matrix is checked in the tests.
    """
    mixed = [_mixed(*state[i : i + 4]) for i in range(0, len(state), 4)]
    sums = [functools.reduce(operator.add, column) for column in zip(*mixed, strict=True)]
    return [v + s for block in mixed for v, s in zip(block, sums, strict=True)]


def _mixed(a: Value, b: Value, c: Value, d: Value) -> list[Value]:
    """M_4, the circulant (2, 3, 1, 1)."""
    ab, cd = a + b, c + d
    total = ab + cd
    with_b, with_d = total + b, total + d
    return [with_b + ab, with_b + c + c, with_d + cd, with_d + a + a]
