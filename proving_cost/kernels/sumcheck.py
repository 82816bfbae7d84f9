r"""Sumcheck, one round at a time, on tables of multilinear polynomials.

A table of $N = 2^\mu$ values is the multilinear $f$ with $f(x_1, \ldots, x_\mu) = $ `table[x]`, where $x_1$ is the
highest bit of the index.  For the claim $\sum_x \prod_{j \le d} f_j(x) = C$ the prover of a round sends

$$ g(t) = \sum_{x'} \prod_j \bigl(f_j(0, x') + t\,(f_j(1, x') - f_j(0, x'))\bigr), \qquad t = 0, 2, 3, \ldots, d ; $$

$g(1) = C - g(0)$ goes without saying.  The verifier answers with $r$; both go on with $C' = g(r)$, and the prover
folds each table to $f_j(r, \cdot)$.  Lines are stepped by additions, so a pair costs $d(d-1)$ products for the d points
and d for the fold: $(N-1)d^2$ over all rounds.  The difference $f_j(1, x') - f_j(0, x')$ is taken once, and kept
for the fold.

A round of the zero check of rank-1 constraints, $\sum_x e(x)(a(x) b(x) - c(x))$, has as many products as one on three
tables, and the line and the fold of the fourth besides: `count_constraint_round`.

A table may be over the base field of the field that is computed in; it is taken into the extension first, and counted
as if it had been there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements, ExtensionField, Field
from proving_cost.kernels.vectors import Vector, from_vector, to_vector, total

__all__ = [
    "constraint_round", "count_constraint_round", "eq_at", "eq_split", "eq_table", "fold_vectors", "interpolate",
    "multilinear_at", "one_of", "round_sums", "sumcheck_round",
]  # fmt: skip

Respond = Callable[[Elements], "Elements | int"]
Combine = Callable[[Sequence[Vector]], Vector]


def sumcheck_round(arith: Arithmetic, tables: Elements, respond: Respond) -> tuple[Elements, Elements]:
    r"""One round for $\sum_x \prod_j f_j(x)$.

    Arguments:
        arith: The field, the ledger (one `sumcheck` event) and the body.
        tables: `(d, N)`, with an axis of coefficients at the end over an extension; N a power of two, 2 or more.
        respond: Takes the message g(0), g(2), ..., g(d) to the verifier's challenge.

    Returns:
        The challenge, and the folded tables `(d, N/2)`.

    Raises:
        InvalidInput: The tables have another shape.
    """
    tables = _promoted(arith.field, tables)
    if arith.ledger is not None:
        arith.ledger.sumcheck(arith.field.name, tables.shape[1], tables.shape[0])
    return _round(arith, tables, respond, tables.shape[0], _product, "product_round")


def constraint_round(arith: Arithmetic, tables: Elements, respond: Respond) -> tuple[Elements, Elements]:
    r"""One round for $\sum_x e(x)\,(a(x)\,b(x) - c(x))$; as `sumcheck_round`, on the four tables e, a, b, c.

    Raises:
        InvalidInput: The tables have another shape.
    """
    tables = _promoted(arith.field, tables)
    if tables.shape[0] != 4:
        raise InvalidInput(f"tables: a round on constraints takes the four of e, a, b, c; got {tables.shape[0]}.")
    count_constraint_round(arith, tables.shape[1])
    return _round(arith, tables, respond, 3, _constraint, "constraint_round")


def count_constraint_round(arith: Arithmetic, size: int) -> None:
    """Count a round on constraints: one on three tables; for c a line (3 add), ab − c (3 add) and a fold (1 mul, 1 add)."""
    if arith.ledger is not None:
        arith.ledger.sumcheck(arith.field.name, size, 3)
    arith.count("mul", size // 2)
    arith.count("add", 7 * (size // 2))


def eq_table(arith: Arithmetic, point: Elements) -> Elements:
    r"""$\mathrm{eq}(r, x) = \prod_i (r_i x_i + (1 - r_i)(1 - x_i))$ for all $x \in \{0,1\}^\mu$; $N - 1$ mul and add.

    Arguments:
        arith: The field of the point.
        point: `(mu,)`, with an axis of coefficients over an extension; mu = 0 gives the table (1).
    """
    field, rounds = arith.field, int(np.shape(point)[0])
    arith.count("mul", (1 << rounds) - 1)
    arith.count("add", (1 << rounds) - 1)
    if _compiled(arith):
        from proving_cost.compiled import sumcheck

        return np.asarray(sumcheck.eq_table(np.ascontiguousarray(point)))
    table = one_of(field)[None]
    for k in range(rounds):
        values, r = to_vector(field, table, arith.body), to_vector(field, point[k : k + 1], arith.body)
        pair = from_vector(field, eq_split(values, r))
        table = np.ascontiguousarray(np.swapaxes(pair, 0, 1)).reshape(1 << (k + 1), *point.shape[1:])
    return table


def multilinear_at(arith: Arithmetic, table: Elements, point: Elements) -> Elements:
    r"""$f(r_1, \ldots, r_\mu)$ of the multilinear f of a table, by folding; $N - 1$ mul and $2(N - 1)$ add.

    Raises:
        InvalidInput: The table does not have $2^\mu$ entries.
    """
    field = arith.field
    values = _promoted(field, np.asarray(table)[None], least=1)
    if values.shape[1] != 1 << np.shape(point)[0]:
        raise InvalidInput(
            f"table: a point of {np.shape(point)[0]} coordinates needs {1 << np.shape(point)[0]} values; got {values.shape[1]}."
        )
    arith.count("mul", values.shape[1] - 1)
    arith.count("add", 2 * (values.shape[1] - 1))
    for r in point:
        values = _fold(arith, values, r)
    return np.asarray(values[0, 0], dtype=field.dtype)


def one_of(field: Field, value: int = 1) -> Elements:
    """1, or another element of the prime field, as an element of the field."""
    number = np.asarray(field.base.array([value])[0], dtype=field.dtype)
    return field.embed(number) if isinstance(field, ExtensionField) else number


def eq_at(field: Field, left: Elements, right: Elements) -> Elements:
    r"""$\mathrm{eq}(r, s)$ of two points, as the verifier computes it."""
    out, one = one_of(field), one_of(field)
    for r, s in zip(left, right, strict=True):
        both = field.mul(r, s)
        out = field.mul(out, field.add(field.sub(one, field.add(r, s)), field.add(both, both)))
    return np.asarray(out, dtype=field.dtype)


def interpolate(field: Field, claim: Elements | int, message: Elements, challenge: Elements | int) -> Elements:
    r"""$g(r)$ from the message $g(0), g(2), \ldots, g(d)$ and the claim $g(0) + g(1)$, as the verifier computes it."""
    p, d = field.base.modulus, len(message)
    claim, challenge = (np.asarray(x, dtype=field.dtype) for x in (claim, challenge))
    values = [message[0], field.sub(claim, message[0]), *message[1:]]
    points = [one_of(field, i) for i in range(d + 1)]
    out = one_of(field, 0)
    for i in range(d + 1):
        term, scale = np.asarray(values[i], dtype=field.dtype), 1
        for j in range(d + 1):
            if j != i:
                term, scale = field.mul(term, field.sub(challenge, points[j])), scale * (i - j) % p
        out = field.add(out, field.mul(term, one_of(field, pow(scale, -1, p))))
    return np.asarray(out, dtype=field.dtype)


def round_sums(tables: Sequence[Vector], degree: int, combine: Combine) -> tuple[list[Vector], list[Vector], list[Vector]]:
    """The algorithm of a round on vectors of any kind.

    Returns:
        The sums at 0, 2, ..., degree (vectors of one entry); the lower halves; the differences of the halves.
    """
    half = len(tables[0]) // 2
    low, line = [t[:half] for t in tables], [t[half:] for t in tables]
    difference = [b - a for a, b in zip(low, line, strict=True)]
    sums = [total(combine(low))]
    for _ in range(2, degree + 1):
        line = [x + step for x, step in zip(line, difference, strict=True)]
        sums.append(total(combine(line)))
    return sums, low, difference


def eq_split(table: Vector, coordinate: Vector) -> list[Vector]:
    """One more coordinate of an eq table: the entries where it is 0, and where it is 1, on vectors of any kind."""
    high = table * coordinate
    return [table - high, high]


def fold_vectors(low: Sequence[Vector], difference: Sequence[Vector], challenge: Vector) -> list[Vector]:
    """a + r (b − a) on vectors of any kind; the challenge is a vector of one entry."""
    return [a + step * challenge for a, step in zip(low, difference, strict=True)]


def _round(
    arith: Arithmetic, tables: Elements, respond: Respond, degree: int, combine: Combine, compiled: str
) -> tuple[Elements, Elements]:
    field = arith.field
    if _compiled(arith):
        from proving_cost.compiled import sumcheck

        challenge = np.asarray(respond(getattr(sumcheck, compiled)(tables)), dtype=field.dtype)
        return challenge, _fold(arith, tables, challenge)
    vectors = [to_vector(field, t, arith.body) for t in tables]
    sums, low, difference = round_sums(vectors, degree, combine)
    challenge = np.asarray(respond(from_vector(field, sums)[:, 0]), dtype=field.dtype)
    folded = fold_vectors(low, difference, to_vector(field, challenge[None], arith.body))
    return challenge, from_vector(field, folded)


def _fold(arith: Arithmetic, tables: Elements, challenge: Elements) -> Elements:
    field, half = arith.field, tables.shape[1] // 2
    if _compiled(arith):
        from proving_cost.compiled import sumcheck

        return np.asarray(sumcheck.fold(tables, challenge[0], challenge[1]))
    r = to_vector(field, np.asarray(challenge, dtype=field.dtype)[None], arith.body)
    vectors = [to_vector(field, t, arith.body) for t in tables]
    low = [v[:half] for v in vectors]
    return from_vector(field, fold_vectors(low, [v[half:] - v[:half] for v in vectors], r))


def _product(lines: Sequence[Vector]) -> Vector:
    out = lines[0]
    for line in lines[1:]:
        out = out * line
    return out


def _constraint(lines: Sequence[Vector]) -> Vector:
    e, a, b, c = lines
    return e * (a * b - c)


def _compiled(arith: Arithmetic) -> bool:
    return arith.body == "fast" and arith.field.name == "goldilocks^2"


def _promoted(field: Field, tables: Elements, least: int = 2) -> Elements:
    extension = isinstance(field, ExtensionField)
    if isinstance(field, ExtensionField) and tables.ndim == 2:
        tables = field.embed(tables)
    size = tables.shape[1] if tables.ndim == 2 + extension else 0
    if size < least or size & (size - 1) or not tables.shape[0] or (extension and tables.shape[2] != field.degree):
        raise InvalidInput(
            f"tables: must be of a power of two of entries, {least} or more, over {field.name!r}; got shape {tables.shape}."
        )
    return np.ascontiguousarray(tables)
