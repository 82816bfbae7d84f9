"""The scalar field of BN254 for kernels: Montgomery forms below 2p in four limbs (`four_limbs`)."""

from __future__ import annotations

from numba import njit

from proving_cost.compiled import four_limbs
from proving_cost.compiled.four_limbs import ZERO, limbs, load, negative_inverse
from proving_cost.compiled.words import add_below, sub_below

MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617
P, TWICE = limbs(MODULUS), limbs(2 * MODULUS)
INVERSE = negative_inverse(MODULUS)
FORM_OF_ONE, SQUARE = limbs(1), limbs((1 << 512) % MODULUS)


@njit
def mul(a, b):
    return four_limbs.mul(a, b, P, INVERSE)


@njit
def add(a, b):
    return add_below(a, b, TWICE)


@njit
def sub(a, b):
    return sub_below(a, b, TWICE)


@njit
def form(row):
    """The form of a residue."""
    return mul(load(row), SQUARE)


@njit
def canonical(a):
    """The residue of a form."""
    return add_below(mul(a, FORM_OF_ONE), ZERO, P)


@njit
def fifth(x):
    square = mul(x, x)
    return mul(mul(square, square), x)
