r"""The rounds of a sumcheck between prover and verifier, made non-interactive by a transcript.

From $\sum_{x \in \{0,1\}^\mu} P(f_1(x), \ldots) = C$ to the values of the multilinear $f_j$ at one random point: in each of
the $\mu$ rounds the prover sends d elements (`kernels.sumcheck`) and the verifier answers with a challenge.  A false
claim survives with probability at most $\mu d / |\mathbb{F}|$.

Reference: C. Lund, L. Fortnow, H. Karloff, N. Nisan, "Algebraic methods for interactive proof systems", JACM 39 (1992).
"""

from __future__ import annotations

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements, ExtensionField, Field
from proving_cost.kernels.sumcheck import constraint_round, count_constraint_round, interpolate, sumcheck_round
from proving_cost.transcript import Transcript

__all__ = ["are_elements", "challenge_point", "count_sumcheck", "prove_sumcheck", "shape_of", "verify_sumcheck"]

MESSAGE, CHALLENGE = "round", "round challenge"


def prove_sumcheck(
    arith: Arithmetic, tables: Elements, transcript: Transcript, *, constraints: bool = False
) -> tuple[Elements, Elements, Elements]:
    """All rounds.

    Arguments:
        arith: The field of the challenges, the ledger and the body.
        tables: `(d, N)` over that field: the factors, or (with `constraints`) e, a, b, c of e (a b − c).
        transcript: Has absorbed whatever fixes the tables, and the claim.
        constraints: Which of the two.

    Returns:
        The messages `(mu, d)`, the point `(mu,)`, and the value of each table there.
    """
    field, degree = arith.field, 3 if constraints else tables.shape[0]
    take = constraint_round if constraints else sumcheck_round
    messages: list[Elements] = []
    point: list[Elements] = []

    def respond(message: Elements) -> Elements | int:
        messages.append(message)
        transcript.absorb(MESSAGE, message)
        return transcript.challenge(CHALLENGE, field)

    while tables.shape[1] > 1:
        challenge, tables = take(arith, tables, respond)
        point.append(challenge)
    return _stacked(field, messages, (degree,)), _stacked(field, point, ()), tables[:, 0]


def verify_sumcheck(
    field: Field, claim: Elements | int, messages: Elements, transcript: Transcript
) -> tuple[Elements, Elements]:
    """The point, and the claim about the value there; nothing is checked until that value is known."""
    point: list[Elements] = []
    claimed = np.asarray(claim, dtype=field.dtype)
    for message in messages:
        transcript.absorb(MESSAGE, message)
        challenge = np.asarray(transcript.challenge(CHALLENGE, field), dtype=field.dtype)
        claimed = interpolate(field, claimed, message, challenge)
        point.append(challenge)
    return _stacked(field, point, ()), claimed


def count_sumcheck(
    arith: Arithmetic, size: int, factors: int, transcript: Transcript, *, constraints: bool = False
) -> None:
    """Count what `prove_sumcheck` counts; the transcript hears zeros, for what it counts depends on sizes alone."""
    while size > 1:
        if constraints:
            count_constraint_round(arith, size)
        elif arith.ledger is not None:
            arith.ledger.sumcheck(arith.field.name, size, factors)
        transcript.absorb(MESSAGE, arith.field.zeros(factors))
        transcript.challenge(CHALLENGE, arith.field)
        size //= 2


def challenge_point(field: Field, size: int, label: str, transcript: Transcript) -> Elements:
    """So many challenges, as a point."""
    return _stacked(field, [np.asarray(transcript.challenge(label, field), dtype=field.dtype) for _ in range(size)], ())


def shape_of(field: Field, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of an array of so many elements of a field."""
    return (*shape, field.degree) if isinstance(field, ExtensionField) else shape


def are_elements(field: Field, values: object, shape: tuple[int, ...]) -> bool:
    """Whether this is an array of canonical elements of a field, of this shape (the axis of coefficients left out).

    No subclass of arrays passes: a masked array would hide entries from the comparison with p.
    """
    if type(values) is not np.ndarray or values.dtype != field.dtype or values.shape != shape_of(field, shape):
        return False
    if field.dtype == object and not all(type(v) is int for v in values.flat):
        return False
    return bool(np.all((values >= 0) & (values < field.base.modulus)))


def _stacked(field: Field, rows: list[Elements], shape: tuple[int, ...]) -> Elements:
    return np.stack(rows) if rows else field.zeros((0, *shape))
