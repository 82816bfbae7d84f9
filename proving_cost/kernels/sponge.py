"""Sponge: interim body, to be replaced by the owner's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import BABY_BEAR, BN254_FR, GOLDILOCKS, KOALA_BEAR, Elements, PrimeField
from proving_cost.kernels.poseidon2 import Poseidon2, permute, permute_one, poseidon2

__all__ = ["Sponge", "default_sponge"]


@dataclass(frozen=True, slots=True)
class Sponge:
    instance: Poseidon2
    digest: int

    @property
    def rate(self) -> int:
        return self.instance.width - self.digest

    def capacity(self, length: int, tag: int) -> tuple[int, ...]:
        if self.digest == 1:
            return (tag + (length << 16),)
        return (*([0] * (self.digest - 2)), length, tag)

    def digest_one(self, elements: Sequence[int], tag: int = 0) -> tuple[int, ...]:
        state = [0] * self.rate + list(self.capacity(len(elements), tag))
        for k in range(0, max(1, len(elements)), self.rate):
            block = [int(v) for v in elements[k : k + self.rate]]
            state = permute_one(self.instance, block + [0] * (self.rate - len(block)) + state[self.rate :])
        return tuple(state[: self.digest])

    def compress(self, left: Sequence[int], right: Sequence[int], tag: int = 1) -> tuple[int, ...]:
        return self.digest_one([*left, *right], tag)

    def digests(self, arith: Arithmetic, rows: Elements, tag: int = 0) -> Elements:
        f = self.instance.field
        n, m = rows.shape
        state = f.zeros((n, self.instance.width))
        state[:, self.rate :] = f.array(self.capacity(m, tag))
        for k in range(0, max(1, m), self.rate):
            state[:, : self.rate] = 0
            block = rows[:, k : k + self.rate]
            state[:, : block.shape[1]] = block
            state = permute(arith, self.instance, state)
        return np.ascontiguousarray(state[:, : self.digest])


def default_sponge(field: PrimeField) -> Sponge:
    widths = {BN254_FR.name: (3, 1), GOLDILOCKS.name: (12, 4), BABY_BEAR.name: (24, 8), KOALA_BEAR.name: (24, 8)}
    if field.name not in widths:
        raise InvalidInput(f"field: a sponge is defined for {', '.join(widths)}; got {field.name}.")
    t, d = widths[field.name]
    return Sponge(poseidon2(field, t), d)
