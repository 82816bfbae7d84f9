r"""The number-theoretic transform, on subgroups and on cosets, and its inverse.

For $n = 2^k$, $\omega$ of order $n$ and a shift $s$, the transform takes the coefficients of
$f = \sum_j a_j X^j$ to its values $\hat a_i = f(s\,\omega^i)$, both in natural order; the inverse takes them back.
Radix 2 costs $\frac n2 \lg n$ products and $n \lg n$ additions, a coset $n$ products more (for $a_j s^j$) and an
inverse $n$ products more (for $1/n$): the closed form of `proving_cost.ledger.Ntt`.  The bodies may spend less, by
skipping products with 1 or keeping $s^{-j}/n$ in one table; the ledger counts the textbook algorithm.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import LIMB_BITS, Arithmetic, from_galois, in_limbs, to_galois
from proving_cost.fields import Elements, ExtensionField, Field, PrimeField

if TYPE_CHECKING:
    from proving_cost.compiled.four_limbs import Limbs

__all__ = ["coset_points", "ntt", "ntt_limbs"]

Factors: TypeAlias = tuple[int, int | None, tuple[int, int] | None]
"""The root of unity, or its inverse; the ratio of factors before it; the first and the ratio of factors after it."""


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
        InvalidInput: The values are of another type than the field's elements, their number is not a power of two, the
            field has no root of unity of that order, or s is zero.
    """
    field = arith.field
    base = field.base
    extension = isinstance(field, ExtensionField)
    _check_type(base, values)
    if values.ndim < 1 + extension:
        raise InvalidInput(f"values: a transform over {field.name!r} needs an axis to transform; got {values.shape}.")
    lanes = np.moveaxis(values, -1, 0) if extension else values
    root, s = _counted(arith, lanes.shape, inverse, shift)
    rows = lanes.reshape(-1, lanes.shape[-1])
    out = (_reference if arith.body == "reference" else _fast)(base, rows, root, inverse, s).reshape(lanes.shape)
    return np.ascontiguousarray(np.moveaxis(out, 0, -1) if extension else out)


def ntt_limbs(arith: Arithmetic, residues: Limbs, *, inverse: bool = False, shift: int | None = None) -> Limbs:
    r"""`ntt` of residues of a wide prime field in limbs, for callers that keep them so and save the conversions.

    Arguments:
        arith: A prime field of at most 255 bits, the ledger and the body.
        residues: `(..., n, 4)`, as `to_limbs` makes them.
        inverse: As for `ntt`.
        shift: As for `ntt`.

    Returns:
        An array of the same shape.

    Raises:
        InvalidInput: As `ntt`.
    """
    from proving_cost.compiled.four_limbs import LIMBS, to_integers, to_limbs

    field = arith.field.base
    if field.dtype != object or field.bits > LIMB_BITS:
        raise InvalidInput(f"field: limbs are for fields of 32 to {LIMB_BITS} bits; got {field.name!r}. Try `ntt`.")
    if residues.dtype != np.uint64 or residues.ndim < 2 or residues.shape[-1] != LIMBS:
        raise InvalidInput(
            f"residues: must be uint64 of shape (..., n, {LIMBS}); got {residues.dtype}, {residues.shape}. Try `to_limbs`."
        )
    if arith.body == "reference":
        return to_limbs(ntt(arith, to_integers(residues), inverse=inverse, shift=shift))
    root, s = _counted(arith, residues.shape[:-1], inverse, shift)
    rows = np.ascontiguousarray(residues).reshape(-1, residues.shape[-2], LIMBS)
    return _limbs(field, rows, *_factors(field, rows.shape[1], root, inverse, s)).reshape(residues.shape)


def coset_points(field: Field, n: int, shift: int = 1) -> Elements:
    r"""The points $s\,\omega^i$, $i = 0, \ldots, n - 1$, at which `ntt` evaluates, in the base field.

    Raises:
        InvalidInput: As `ntt`.
    """
    base = field.base
    return _powers(base, base.root_of_unity(n), n, _checked_shift(base, shift))


def _counted(arith: Arithmetic, shape: tuple[int, ...], inverse: bool, shift: int | None) -> tuple[int, int | None]:
    """The root of unity and the shift, when they are checked and the transforms are counted."""
    base, n = arith.field.base, shape[-1]
    root = base.root_of_unity(n)
    s = None if shift is None else _checked_shift(base, shift)
    batch = math.prod(shape) // n
    if arith.ledger is not None and batch:
        arith.ledger.ntt(base.name, n, batch, coset=s is not None, inverse=inverse)
    return root, s


def _checked_shift(field: PrimeField, shift: int) -> int:
    if isinstance(shift, bool) or not isinstance(shift, (int, np.integer)) or int(shift) % field.modulus == 0:
        raise InvalidInput(
            f"shift: must be a nonzero element of {field.name!r}; got {shift!r}. Try its generator, {field.generator}."
        )
    return int(shift) % field.modulus


def _check_type(field: PrimeField, values: Elements) -> None:
    if not isinstance(values, np.ndarray) or values.dtype != field.dtype:
        got = f"dtype {values.dtype}" if isinstance(values, np.ndarray) else type(values).__name__
    else:
        types = set(map(type, values.reshape(-1).tolist())) - {int} if field.dtype == object else set()
        if not types:
            return
        got = f"entries of type {min(t.__name__ for t in types)}"
    raise InvalidInput(
        f"values: over {field.name!r} they must be an array of dtype {field.dtype}, of residues; got {got}. Try `field.array`."
    )


def _powers(field: PrimeField, ratio: int, n: int, first: int = 1) -> Elements:
    """first * ratio^i, by doubling."""
    if in_limbs(field, n):
        from proving_cost.compiled.four_limbs import to_integers

        return to_integers(_limb_powers(field, ratio, n, first))
    out = field.array([first])
    while out.size < n:
        out = np.concatenate([out, field.mul(out, pow(ratio, out.size, field.modulus))])
    return out[:n]


def _factors(field: PrimeField, n: int, root: int, inverse: bool, shift: int | None) -> Factors:
    p, s = field.modulus, 1 if shift is None else shift
    if inverse:
        return pow(root, -1, p), None, (pow(n, -1, p), pow(s, -1, p))
    return root, None if s == 1 else s, None


def _fast(field: PrimeField, rows: Elements, root: int, inverse: bool, shift: int | None) -> Elements:
    n = rows.shape[1]
    root, before, after = _factors(field, n, root, inverse, shift)
    if in_limbs(field, rows.size):
        from proving_cost.compiled.four_limbs import to_integers, to_limbs

        return to_integers(_limbs(field, to_limbs(rows), root, before, after))
    if field.dtype == object:
        return _integers(field, rows, root, before, after)
    from proving_cost.compiled import four_step

    plan = _plan(field, n, root, before, after)
    out = np.empty(rows.shape, dtype=np.uint64)
    four_step.transform(np.ascontiguousarray(rows), out, np.empty(n, dtype=plan[0].dtype), *plan)
    return out


def _limbs(field: PrimeField, rows: Limbs, root: int, before: int | None, after: tuple[int, int] | None) -> Limbs:
    """Radix 4 on four 64-bit limbs."""
    from proving_cost.compiled import four_limb_ntt, four_limbs

    n = rows.shape[1]
    none = np.empty((0, four_limbs.LIMBS), dtype=np.uint64)
    out, room = np.empty_like(rows), np.empty(rows.shape[1:], dtype=np.uint64)
    four_limb_ntt.transform(
        rows, out, room, _table(field, root, max(1, 3 * n // 4)),
        none if before is None else _table(field, before, n),
        none if after is None else _table(field, after[1], 1 if after[1] == 1 else n, after[0]),
        four_limbs.to_limbs([field.modulus])[0], four_limbs.negative_inverse(field.modulus),
    )  # fmt: skip
    return out


@functools.lru_cache(maxsize=16)
def _table(field: PrimeField, ratio: int, n: int, first: int = 1) -> Limbs:
    """Montgomery forms of first * ratio^i."""
    return _limb_powers(field, ratio, n, first << 256)


def _limb_powers(field: PrimeField, ratio: int, n: int, first: int) -> Limbs:
    """first * ratio^i in limbs."""
    from proving_cost.compiled import four_limb_ntt, four_limbs

    p = field.modulus
    start, factor, modulus = four_limbs.to_limbs([first % p, (ratio << 256) % p, p])
    out = np.empty((n, four_limbs.LIMBS), dtype=np.uint64)
    four_limb_ntt.powers(out, start, factor, modulus, four_limbs.negative_inverse(p))
    return out


def _integers(field: PrimeField, rows: Elements, root: int, before: int | None, after: tuple[int, int] | None) -> Elements:
    """Radix 2 on Python integers, a stage at a time over the whole batch (Stockham: no bit reversal)."""
    n, p = rows.shape[1], field.modulus
    if before is not None:
        rows = rows * _powers(field, before, n) % p
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
    return out if after is None else out * _powers(field, after[1], n, after[0]) % p


@functools.lru_cache(maxsize=32)
def _interleaved(n: int) -> Any:
    """Where the value of each index stands after the stages of `_integers`."""
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
