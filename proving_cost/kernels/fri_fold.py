r"""The fold of FRI: from the values of a polynomial on a coset to those of a random combination of its parts.

Write $f(X) = e(X^2) + X\,o(X^2)$.  On a coset $\{x_j = s\,\omega^j\}$ of size $D$ the values at $x_j$ and
$x_{j + D/2} = -x_j$ give

$$(e + \alpha\,o)(x_j^2) = \frac{f(x_j) + f(-x_j)}{2} + \alpha\,\frac{f(x_j) - f(-x_j)}{2 x_j},$$

on the coset $\{s^2 \omega^{2j}\}$ of size $D/2$.  That is three additions and three products for each value that
goes; of the products one is in the extension, by $\alpha$, and two are by base-field elements, by $1/2$ and by
$1/(2 x_j)$, which come from a table as the twiddle factors of an NTT do.  A fold by $2^k$ is $k$ of these, with
$\alpha, \alpha^2, \alpha^4, \ldots$: at the end stands $\sum_{i < 2^k} \alpha^i f_i$ with
$f(X) = \sum_i X^i f_i(X^{2^k})$.

References:
    E. Ben-Sasson, I. Bentov, Y. Horesh, M. Riabzev, Fast Reed-Solomon interactive oracle proofs of proximity,
    ICALP 2018.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements, ExtensionField, PrimeField, field_named
from proving_cost.kernels.ntt import coset_points
from proving_cost.ledger import Operations

__all__ = ["fold_cosets", "fold_operations", "fri_fold"]


def fri_fold(
    arith: Arithmetic, codeword: Elements, challenge: Elements, *, shift: int, arity: int = 2
) -> Elements:
    r"""The codeword folded by `arity` at a challenge.

    Arguments:
        arith: The field of the codeword (an extension, or a prime field), the ledger and the body.
        codeword: `(D, d)` values at $s\,\omega^j$ in natural order (`(D,)` in a prime field).
        challenge: `(d,)` coefficients of α (a 0-d array in a prime field).
        shift: s, an element of the base field, not 0.
        arity: A power of two, at least 2 and at most D.

    Returns:
        `(D/arity, d)` values at $s^a \omega^{a j}$, a the arity.

    Raises:
        InvalidInput: D or the arity is not a power of two, the arity does not fit, or the shift is 0.
    """
    field = arith.field
    d = field.degree
    size = codeword.shape[0]
    if arity < 2 or arity & (arity - 1) or arity > size:
        raise InvalidInput(f"arity: must be a power of two between 2 and the size {size} of the codeword; got {arity!r}.")
    points = coset_points(field, size, shift)
    rows = size // arity
    cosets = codeword.reshape(arity, rows, d).transpose(1, 0, 2)
    if arith.ledger is not None:
        arith.ledger.fri_fold(field.name, size, arity)
    inner = Arithmetic(field.base, None, arith.body)
    inverse = _inverse_points(field.base, points, shift)
    folded = _fold(inner, field, cosets, np.reshape(challenge, (d,)), inverse.reshape(arity, rows).T)
    return folded if isinstance(field, ExtensionField) else folded[:, 0]


def fold_cosets(field: ExtensionField, cosets: Elements, challenge: Elements, inverse_points: Elements) -> Elements:
    r"""Single cosets folded to single values, as a verifier does; nothing is counted.

    Arguments:
        field: The extension.
        cosets: `(m, arity, d)` values at $x\,\zeta^i$, $\zeta$ of order `arity`.
        challenge: `(d,)`.
        inverse_points: `(m, arity)` inverses of the points, in the base field.
    """
    return _fold(Arithmetic(field.base), field, cosets, challenge, inverse_points)


def fold_operations(field: str, size: int, arity: int) -> Operations:
    """Base-field operations of a fold: for each value that goes, three additions in the extension, one product in
    it, and two products of an element of it by one of the base field.
    """
    f = field_named(field)
    d, gone = f.degree, size - size // arity
    product = d * d + d - 1
    return {(f.base.name, "mul"): gone * (2 * d + product), (f.base.name, "add"): gone * (3 * d + d * (d - 1))}


def _inverse_points(base: PrimeField, points: Elements, shift: int) -> Elements:
    r"""$1/x_j$: since $x_{-j} = s\,\omega^{-j}$, it is $x_{-j}/s^2$."""
    return base.mul(np.roll(points[::-1], 1), pow(shift, -2, base.modulus))


def _fold(
    arith: Arithmetic, field: PrimeField | ExtensionField, cosets: Elements, challenge: Elements, inverse: Elements
) -> Elements:
    """Rows of cosets, `(m, arity, d)`, halved until one value is left in each."""
    p = field.base.modulus
    half = pow(2, -1, p)
    values = [np.ascontiguousarray(cosets[..., c]) for c in range(field.degree)]
    alpha = [int(c) for c in challenge]
    while values[0].shape[1] > 1:
        k = values[0].shape[1] // 2
        scale = arith.mul(np.ascontiguousarray(inverse[:, :k]), half)
        even = [arith.mul(arith.add(v[:, :k], v[:, k:]), half) for v in values]
        odd = [arith.mul(arith.sub(v[:, :k], v[:, k:]), scale) for v in values]
        values = [arith.add(e, o) for e, o in zip(even, _times(arith, field, odd, alpha), strict=True)]
        alpha = _square(field, alpha)
        inverse = arith.mul(inverse[:, :k], inverse[:, :k])
    return np.stack([v[:, 0] for v in values], axis=-1)


def _times(
    arith: Arithmetic, field: PrimeField | ExtensionField, a: Sequence[Elements], alpha: Sequence[int]
) -> list[Elements]:
    d = field.degree
    low: list[Elements] = []
    for k in range(2 * d - 1):
        terms = [arith.mul(a[i], alpha[k - i]) for i in range(d) if 0 <= k - i < d]
        total = terms[0]
        for term in terms[1:]:
            total = arith.add(total, term)
        low.append(total)
    if isinstance(field, ExtensionField):
        for k in range(d, 2 * d - 1):
            low[k - d] = arith.add(low[k - d], arith.mul(low[k], field.nonresidue))
    return low[:d]


def _square(field: PrimeField | ExtensionField, alpha: Sequence[int]) -> list[int]:
    if isinstance(field, PrimeField):
        return [alpha[0] * alpha[0] % field.modulus]
    a = np.array(alpha, dtype=field.dtype)
    return [int(c) for c in field.mul(a, a)]
