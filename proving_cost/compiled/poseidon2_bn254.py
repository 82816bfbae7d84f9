"""Poseidon2 of width 3 over the scalar field of BN254, in Montgomery form on four 64-bit limbs."""

from __future__ import annotations

import functools

import numpy as np
from numba import njit

from proving_cost.compiled.bn254_scalars import MODULUS, add, canonical, fifth, form, mul
from proving_cost.compiled.four_limbs import forms, load, store, to_integers, to_limbs


@njit
def fifth_power(a, constant):
    return fifth(add(a, load(constant)))


@njit
def times(a, constant, small):
    """a times a constant, whose value is `small` if that is 1 or 2."""
    if small == 1:
        return a
    if small == 2:
        return add(a, a)
    return mul(a, load(constant))


@njit
def external(x, y, z):
    total = add(add(x, y), z)
    return add(x, total), add(y, total), add(z, total)


@njit(
    [
        "void(uint64[:, :, ::1], uint64[:, :, ::1], uint64[:, :, ::1], uint64[:, ::1], uint64[:, ::1], int64[::1])"
    ],
    cache=True,
)
def permute(states, out, full, partial, diagonal, small):
    half = full.shape[0] // 2
    for i in range(states.shape[0]):
        x, y, z = form(states[i, 0]), form(states[i, 1]), form(states[i, 2])
        x, y, z = external(x, y, z)
        for r in range(2 * half):
            if r == half:
                for k in range(partial.shape[0]):
                    x = fifth_power(x, partial[k])
                    total = add(add(x, y), z)
                    x = add(times(x, diagonal[0], small[0]), total)
                    y = add(times(y, diagonal[1], small[1]), total)
                    z = add(times(z, diagonal[2], small[2]), total)
            x, y, z = fifth_power(x, full[r, 0]), fifth_power(y, full[r, 1]), fifth_power(z, full[r, 2])
            x, y, z = external(x, y, z)
        store(out[i, 0], canonical(x))
        store(out[i, 1], canonical(y))
        store(out[i, 2], canonical(z))


def bind(instance):
    """The permutation of a batch, for an instance of width 3 over BN254's scalar field."""
    full = np.stack([forms(row, MODULUS) for row in instance.external_constants])
    small = np.array([d if d in (1, 2) else 0 for d in instance.internal_diagonal], dtype=np.int64)
    constants = (full, forms(instance.internal_constants, MODULUS), forms(instance.internal_diagonal, MODULUS), small)
    return functools.partial(_permuted, constants)


def _permuted(constants, states):
    residues = to_limbs(states.reshape(-1, 3))
    images = np.empty_like(residues)
    permute(residues, images, *constants)
    return to_integers(images).reshape(states.shape)
