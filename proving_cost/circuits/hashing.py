"""The sponge inside a circuit: the same digests as `kernels.sponge.Sponge`, as constraints."""

from __future__ import annotations

from collections.abc import Sequence

from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.operations import Expression
from proving_cost.kernels.sponge import default_sponge

__all__ = ["compress", "digest", "merkle_root"]

Digest = list[Expression]


def digest(circuit: Circuit, elements: Sequence[Expression], tag: int, name: str) -> Digest:
    """The digest of a list of elements, one permutation for each `rate` of them."""
    sponge = default_sponge(circuit.field)
    zero = circuit.constant(0)
    state = [zero] * sponge.rate + [circuit.constant(c) for c in sponge.initial_capacity(len(elements), tag)]
    for start in range(0, max(1, len(elements)), sponge.rate):
        block = list(elements[start : start + sponge.rate])
        block += [zero] * (sponge.rate - len(block))
        state = circuit.permute([*block, *state[sponge.rate :]], name)
    return state[: sponge.digest]


def compress(circuit: Circuit, left: Sequence[Expression], right: Sequence[Expression], tag: int, name: str) -> Digest:
    """Two digests to one, in one permutation."""
    return digest(circuit, [*left, *right], tag, name)


def merkle_root(
    circuit: Circuit, leaf: Sequence[Expression], index: Sequence[Expression], path: Sequence[Sequence[Expression]],
    tag: int, name: str,
) -> Digest:  # fmt: skip
    """The root above a leaf: `index` holds its bits, lowest first, `path` the siblings from the leaf up."""
    node = list(leaf)
    for level, (bit, sibling) in enumerate(zip(index, path, strict=True)):
        swap = [circuit.mul(bit, s - n, f"{name}, level {level}, order") for n, s in zip(node, sibling, strict=True)]
        left = [n + d for n, d in zip(node, swap, strict=True)]
        right = [s - d for s, d in zip(sibling, swap, strict=True)]
        node = compress(circuit, left, right, tag, f"{name}, level {level}")
    return node
