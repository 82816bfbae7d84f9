r"""Poseidon2: interim body, to be replaced by the owner's."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, from_galois, to_galois
from proving_cost.fields import PRIME_FIELDS, Elements, PrimeField

__all__ = ["Poseidon2", "permutation_operations", "permute", "permute_one", "poseidon2"]

PARAMETERS: Mapping[tuple[str, int], tuple[int, int, int]] = {
    ("babybear", 16): (7, 8, 13), ("babybear", 24): (7, 8, 21), ("koalabear", 16): (3, 8, 20),
    ("koalabear", 24): (3, 8, 23), ("goldilocks", 8): (7, 8, 22), ("goldilocks", 12): (7, 8, 22),
    ("bn254_fr", 3): (5, 8, 56),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Poseidon2:
    field: PrimeField
    width: int
    alpha: int
    full_rounds: int
    partial_rounds: int
    external_constants: tuple[tuple[int, ...], ...]
    internal_constants: tuple[int, ...]
    internal_diagonal: tuple[int, ...]
    external_matrix: tuple[tuple[int, ...], ...]

    @property
    def name(self) -> str:
        return f"poseidon2/{self.field.name}/{self.width}"


def _grain(bits: int, t: int, rf: int, rp: int) -> Iterator[int]:
    text = f"{1:02b}{0:04b}{bits:012b}{t:012b}{rf:010b}{rp:010b}" + "1" * 30
    state = [int(b) for b in text]

    def step() -> int:
        new = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.pop(0)
        state.append(new)
        return new

    for _ in range(160):
        step()
    while True:
        while not step():
            step()
        yield step()


@functools.cache
def poseidon2(field: PrimeField, width: int) -> Poseidon2:
    if (field.name, width) not in PARAMETERS:
        raise InvalidInput(f"width: Poseidon2 is defined for {', '.join(f'{f}/{t}' for f, t in PARAMETERS)}; got {field.name}/{width}.")
    alpha, rf, rp = PARAMETERS[(field.name, width)]
    stream = _grain(field.bits, width, rf, rp)

    def sample() -> int:
        while True:
            v = 0
            for _ in range(field.bits):
                v = v << 1 | next(stream)
            if v < field.modulus:
                return v

    first = [tuple(sample() for _ in range(width)) for _ in range(rf // 2)]
    middle = tuple(sample() for _ in range(rp))
    last = [tuple(sample() for _ in range(width)) for _ in range(rf // 2)]
    if width == 3:
        diag, ext = (1, 1, 2), ((2, 1, 1), (1, 2, 1), (1, 1, 2))
    else:
        diag = tuple(sample() for _ in range(width))
        m4 = ((5, 7, 1, 3), (4, 6, 1, 1), (1, 3, 5, 7), (1, 1, 4, 6))
        ext = tuple(tuple(m4[i % 4][j % 4] * (2 if i // 4 == j // 4 else 1) for j in range(width)) for i in range(width))
    return Poseidon2(field, width, alpha, rf, rp, tuple(first + last), middle, diag, ext)


def permute_one(instance: Poseidon2, state: Sequence[int]) -> list[int]:
    p, half = instance.field.modulus, instance.full_rounds // 2

    def ext(s):  # type: ignore
        return [sum(m * v for m, v in zip(row, s)) % p for row in instance.external_matrix]

    s = ext([int(v) for v in state])
    for r in range(2 * half):
        if r == half:
            for c in instance.internal_constants:
                s[0] = pow(s[0] + c, instance.alpha, p)
                total = sum(s)
                s = [(total + v * d) % p for v, d in zip(s, instance.internal_diagonal)]
        s = ext([pow(v + c, instance.alpha, p) for v, c in zip(s, instance.external_constants[r])])
    return s


def permute(arith: Arithmetic, instance: Poseidon2, states: Elements) -> Elements:
    if arith.ledger is not None:
        arith.ledger.hash(instance.name, len(states))
    f, half = instance.field, instance.full_rounds // 2

    def sbox(x):  # type: ignore
        x2 = f.mul(x, x)
        if instance.alpha == 3:
            return f.mul(x2, x)
        x4 = f.mul(x2, x2)
        return f.mul(x4, x) if instance.alpha == 5 else f.mul(f.mul(x4, x2), x)

    def ext(s):  # type: ignore
        return [functools.reduce(f.add, [f.mul(v, m) for m, v in zip(row, s)]) for row in instance.external_matrix]

    s = ext([states[:, i] for i in range(instance.width)])
    for r in range(2 * half):
        if r == half:
            for c in instance.internal_constants:
                s[0] = sbox(f.add(s[0], c))
                total = functools.reduce(f.add, s)
                s = [f.add(total, f.mul(v, d)) for v, d in zip(s, instance.internal_diagonal)]
        s = ext([sbox(f.add(v, c)) for v, c in zip(s, instance.external_constants[r])])
    return np.stack(s, axis=1)


def permutation_operations(name: str) -> Mapping[tuple[str, str], int]:
    _, field, width = name.split("/")
    i = poseidon2(PRIME_FIELDS[field], int(width))
    mul = (i.full_rounds * i.width + i.partial_rounds) * {3: 2, 5: 3, 7: 4}[i.alpha] + i.width * i.partial_rounds
    return {(field, "mul"): mul, (field, "add"): mul}
