r"""Batch inversion: the inverses of n elements with one inversion in the field.

With prefix products $P_i = a_0 a_1 \cdots a_i$ and $t = P_{n-1}^{-1}$, go down from $i = n - 1$:
$a_i^{-1} = t\,P_{i-1}$, then $t \leftarrow t\,a_i$.  That is $n - 1$ products up, $2(n - 1)$ down and one inversion,
the closed form of `proving_cost.ledger.BatchInversion`.

Inverses are unique, so every body gives the same values.  The reference is element by element.  The fast body of an
extension first takes norms: $a^{-1} = \bar a / N(a)$ through the tower of quadratic extensions, with one batch in
the base field; the ledger counts the textbook algorithm over the extension.

References:
    P. L. Montgomery, Speeding the Pollard and elliptic curve methods of factorization, Math. Comp. 48 (1987), §10.3.1.
"""

from __future__ import annotations

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, from_galois, in_limbs, to_galois
from proving_cost.fields import Elements, ExtensionField, PrimeField

__all__ = ["batch_inverse"]


def batch_inverse(arith: Arithmetic, values: Elements) -> Elements:
    r"""$a_i^{-1}$ for every entry, counted as one batch inversion of as many elements.

    Arguments:
        arith: The field, the ledger and the body.
        values: Elements of any shape; for an extension the last axis holds coefficients.

    Raises:
        InvalidInput: An entry is zero; the message gives its index.
    """
    field = arith.field
    zero = np.all(values == 0, axis=-1) if isinstance(field, ExtensionField) else np.asarray(values == 0)
    if zero.any():
        where = ", ".join(str(i) for i in np.argwhere(zero)[0])
        raise InvalidInput(f"values: entries to invert in {field.name!r} must not be 0; got 0 at index ({where}).")
    if arith.ledger is not None and zero.size:
        arith.ledger.batch_inversion(field.name, zero.size)
    if not zero.size:
        return values.copy()
    if isinstance(field, ExtensionField):
        rows = values.reshape(-1, field.degree)
        out = _each(field, rows) if arith.body == "reference" else _by_norms(field, rows)
    else:
        flat = values.reshape(-1)
        out = from_galois(field, to_galois(field, flat) ** -1) if arith.body == "reference" else _fast(field, flat)
    return out.reshape(values.shape)


def _fast(field: PrimeField, values: Elements) -> Elements:
    if field.dtype != object:
        from proving_cost.compiled import goldilocks, small_primes

        rows = np.ascontiguousarray(values)
        wide = field.bits > 32
        out: Elements = goldilocks.batch_inverse(rows) if wide else small_primes.batch_inverse(rows, np.uint64(field.modulus))
        return out
    return (_limbs if in_limbs(field, values.size) else _prefix_products)(values, field.modulus)


def _limbs(values: Elements, p: int) -> Elements:
    """Montgomery's trick on four 64-bit limbs."""
    from proving_cost.compiled.four_limb_vectors import inverses, prefix_products
    from proving_cost.compiled.four_limbs import negative_inverse, to_integers, to_limbs

    residues = to_limbs(values)
    out, (total, modulus) = np.empty_like(residues), to_limbs([(1 << 256) % p, p])
    prefix_products(residues, out, total, modulus, negative_inverse(p))
    inverses(residues, out, to_limbs([pow(int(to_integers(total)[()]), -1, p)])[0], modulus, negative_inverse(p))
    return to_integers(out)


def _prefix_products(values: Elements, p: int) -> Elements:
    """Montgomery's trick on Python integers."""
    entries = values.tolist()
    prefix, total = [], 1
    for a in entries:
        prefix.append(total)
        total = total * a % p
    inverse = pow(total, -1, p)
    for i in range(len(entries) - 1, -1, -1):
        a = entries[i]
        entries[i] = inverse * prefix[i] % p
        inverse = inverse * a % p
    out = np.empty(len(entries), dtype=object)
    out[:] = entries
    return out


def _each(field: ExtensionField, rows: Elements) -> Elements:
    return np.stack([field.inverse(row) for row in rows])


def _by_norms(field: ExtensionField, rows: Elements) -> Elements:
    """Inverses in F_p[X]/(X^d - w), d = 2 or 4, by a batch inversion of the norms."""
    f, w = field.base, field.nonresidue
    if field.degree == 2:
        return np.stack(_quadratic(f, w, rows[:, 0], rows[:, 1]), axis=-1)
    even, odd = (rows[:, 0], rows[:, 2]), (rows[:, 1], rows[:, 3])
    square_even, square_odd = _square(f, w, even), _square(f, w, odd)
    norm = f.sub(square_even[0], f.mul(square_odd[1], w)), f.sub(square_even[1], square_odd[0])
    scale = _quadratic(f, w, *norm)
    e, o = _product(f, w, even, scale), _product(f, w, (f.neg(odd[0]), f.neg(odd[1])), scale)
    return np.stack([e[0], o[0], e[1], o[1]], axis=-1)


def _quadratic(f: PrimeField, w: int, a: Elements, b: Elements) -> tuple[Elements, Elements]:
    norm = f.sub(f.mul(a, a), f.mul(f.mul(b, b), w))
    inverse = _fast(f, norm)
    return f.mul(a, inverse), f.mul(f.neg(b), inverse)


def _square(f: PrimeField, w: int, a: tuple[Elements, Elements]) -> tuple[Elements, Elements]:
    return _product(f, w, a, a)


def _product(
    f: PrimeField, w: int, a: tuple[Elements, Elements], b: tuple[Elements, Elements]
) -> tuple[Elements, Elements]:
    low = f.add(f.mul(a[0], b[0]), f.mul(f.mul(a[1], b[1]), w))
    return low, f.add(f.mul(a[0], b[1]), f.mul(a[1], b[0]))
