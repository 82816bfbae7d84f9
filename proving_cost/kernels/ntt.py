r"""The number-theoretic transform, on subgroups and on cosets, and its inverse.

For $n = 2^k$, $\omega$ of order $n$ and a shift $s$, the transform takes the coefficients of
$f = \sum_j a_j X^j$ to its values $\hat a_i = f(s\,\omega^i)$, both in natural order; the inverse takes them back.
Radix 2 costs $\frac n2 \lg n$ products and $n \lg n$ additions, a coset $n$ products more (for $a_j s^j$) and an
inverse $n$ products more (for $1/n$): the closed form of `proving_cost.ledger.Ntt`.  The bodies may spend less, by
skipping products with 1 or keeping $s^{-j}/n$ in one table; the ledger counts the textbook algorithm.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, from_galois, to_galois
from proving_cost.fields import Elements, ExtensionField, Field, PrimeField

__all__ = ["coset_points", "ntt"]


def ntt(arith: Arithmetic, values: Elements, *, inverse: bool = False, shift: int | None = None) -> Elements:
    r"""$\hat a_i = \sum_j a_j (s\,\omega^i)^j$, or its inverse, along the last axis.

    Arguments:
        arith: The field, the ledger and the body.  Over an extension of degree d the axis before the
            coefficients is transformed, as d transforms over the base field, and counted so.
        values: Coefficients (values, for the inverse) in natural order; leading axes are the batch.
        inverse: From values to coefficients.
        shift: s, a nonzero element of the base field; None is the subgroup itself, s = 1, with no products for it.

    Returns:
        An array of the same shape, in natural order.

    Raises:
        InvalidInput: The size is not a power of two, the field has no root of unity of that order, or s is zero.
    """
    field = arith.field
    base = field.base
    extension = isinstance(field, ExtensionField)
    if values.ndim < 1 + extension:
        raise InvalidInput(f"values: a transform over {field.name!r} needs an axis to transform; got {values.shape}.")
    lanes = np.moveaxis(values, -1, 0) if extension else values
    n = lanes.shape[-1]
    root = base.root_of_unity(n)
    s = None if shift is None else _checked_shift(base, shift)
    batch = lanes.size // n
    if arith.ledger is not None and batch:
        arith.ledger.ntt(base.name, n, batch, coset=s is not None, inverse=inverse)
    rows = lanes.reshape(batch, n)
    fast = _fast_integers if base.dtype == object else _fast
    out = (_reference if arith.body == "reference" else fast)(base, rows, root, inverse, s)
    out = out.reshape(lanes.shape)
    return np.ascontiguousarray(np.moveaxis(out, 0, -1)) if extension else out


def coset_points(field: Field, n: int, shift: int = 1) -> Elements:
    r"""The points $s\,\omega^i$, $i = 0, \ldots, n - 1$, at which `ntt` evaluates, in the base field.

    Raises:
        InvalidInput: As `ntt`.
    """
    base = field.base
    return _powers(base, base.root_of_unity(n), n, _checked_shift(base, shift))


def _checked_shift(field: PrimeField, shift: int) -> int:
    if isinstance(shift, bool) or not isinstance(shift, (int, np.integer)) or int(shift) % field.modulus == 0:
        raise InvalidInput(
            f"shift: must be a nonzero element of {field.name!r}; got {shift!r}. Try its generator, {field.generator}."
        )
    return int(shift) % field.modulus


def _powers(field: PrimeField, ratio: int, n: int, first: int = 1) -> Elements:
    """first * ratio^i, by doubling."""
    out = field.array([first])
    while out.size < n:
        out = np.concatenate([out, field.mul(out, pow(ratio, out.size, field.modulus))])
    return out[:n]


def _fast(field: PrimeField, rows: Elements, root: int, inverse: bool, shift: int | None) -> Elements:
    n, p = rows.shape[1], field.modulus
    s = 1 if shift is None else shift
    before = s if not inverse and s != 1 else None
    after = (pow(n, -1, p), pow(s, -1, p)) if inverse else None
    if inverse:
        root = pow(root, -1, p)
    from proving_cost.compiled import four_step

    plan = _plan(field, n, root, before, after)
    out = np.empty(rows.shape, dtype=np.uint64)
    four_step.transform(np.ascontiguousarray(rows), out, np.empty(n, dtype=plan[0].dtype), *plan)
    return out


def _fast_integers(field: PrimeField, rows: Elements, root: int, inverse: bool, shift: int | None) -> Elements:
    """Radix 2 on Python integers, a stage at a time over the whole batch (Stockham: no bit reversal)."""
    n, p = rows.shape[1], field.modulus
    s = 1 if shift is None else shift
    if inverse:
        root = pow(root, -1, p)
    elif s != 1:
        rows = rows * _powers(field, s, n) % p
    twiddles = _powers(field, root, max(1, n // 2))
    x = rows.reshape(-1, 1, n)
    while x.shape[2] > 1:
        half = x.shape[2] // 2
        low, high = x[:, :, :half], x[:, :, half:]
        # stage of a decimation in frequency; outputs of even and odd index side by side in the middle axis
        ratio = twiddles[:: n // (2 * half)][:half] if half > 1 else twiddles[:1]
        x = np.concatenate([(low + high) % p, (low - high) * ratio % p], axis=1)
    order = _interleaved(n)
    out = x.reshape(-1, n)[:, order]
    if inverse:
        out = out * _powers(field, pow(s, -1, p), n, pow(n, -1, p)) % p
    return out


@functools.lru_cache(maxsize=32)
def _interleaved(n: int) -> Any:
    """Where the value of each index stands after the stages of `_fast_integers`."""
    place = np.zeros(n, dtype=np.int64)
    index = np.zeros(1, dtype=np.int64)
    weight = 1
    while index.size < n:
        index = np.concatenate([index, index + weight])
        weight *= 2
    place[index] = np.arange(n)
    return place


@functools.lru_cache(maxsize=64)
def _plan(
    field: PrimeField, n: int, root: int, before: int | None, after: tuple[int, int] | None
) -> tuple[Any, ...]:
    """Twiddles and factors of a four-step transform, $O(\\sqrt n)$ numbers."""
    p, lg = field.modulus, n.bit_length() - 1
    n1, n2 = 1 << lg // 2, 1 << lg - lg // 2
    small = field.bits < 32
    word = np.uint32 if small else np.uint64
    one = 2**32 % p if small else 1

    def table(ratio: int, size: int, first: int = 1) -> Elements:
        return _powers(field, ratio, size, first * one % p).astype(word)

    def number(value: int) -> Any:
        return word(value * one % p)

    none = np.empty(0, dtype=word)
    scale, unshift = after or (1, 1)
    return (
        table(pow(root, n2, p), n1),
        table(pow(root, n1, p), n2),
        table(root, n2),
        none if before is None else table(before, n2),
        number(1 if before is None else pow(before, n2, p)),
        none if after is None else table(unshift, n1, scale),
        number(pow(unshift, n1, p)),
        word(p),
        word(pow(p, -1, 2**32) if small else 0),
    )


def _reference(field: PrimeField, rows: Elements, root: int, inverse: bool, shift: int | None) -> Elements:
    """The transform of `galois`, through `numpy.fft`: `galois.ntt` itself would factor p - 1."""
    n = rows.shape[1]
    x = to_galois(field, rows)
    ratio = field.galois()(1 if shift is None else shift)
    powers = ratio ** np.arange(n)
    if not inverse and shift is not None:
        x = x * powers
    out = np.empty(rows.shape, dtype=field.dtype)
    for i, row in enumerate(x):
        out[i] = from_galois(field, np.fft.ifft(row) if inverse else np.fft.fft(row))
    if inverse and shift is not None:
        out = from_galois(field, to_galois(field, out) / powers)
    return out
