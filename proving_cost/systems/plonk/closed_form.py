r"""What the PLONK prover counts, from the number of rows n and of public inputs alone.

| phase | NTTs | MSMs in G1 | products | additions |
|---|---|---|---|---|
| `wires` | 3 inverse of n | 3 of n + 3 | | |
| `permutation` | 1 inverse of n | 1 of n + 3 | $12n - 2$ and a batch inversion of n | $9n$ |
| `quotient` | 1 inverse of n; 5 on the coset of 8n, 1 inverse | 4 of n + 3, 1 of n + 2 | $58 \cdot 8n$ | $49 \cdot 8n$ |
| `openings` | | 2 of n + 2 | see below | see below |

In all 5 transforms of n and 6 of 8n, and 11 products of about n points.  Openings, each a product and an addition:
evaluations, 7 of n + 3 coefficients and 5 of n (Horner: one less each), $12n + 9$; the linearisation, 9 polynomials of n
(8 selectors and $\sigma_3$; $q_c$ costs nothing), z, and five pieces, of which the last has n + 2, $15n + 17$; the batches,
$8n + 9$ at ζ and $3n + 9$ at ζω; the divisions, $2(n + 2)$.  Together $40n + 48$.

Work on single scalars (powers of challenges, blinding) does not grow with n and is not counted.  Hashing is that of the
transcript, whose messages have sizes that depend on the number of public inputs alone.
"""

from __future__ import annotations

from dataclasses import fields

from proving_cost.circuits.plonk_gates import COLUMNS
from proving_cost.groups.group import Curve
from proving_cost.ledger import Ledger
from proving_cost.systems.plonk.coset import BLOWUP
from proving_cost.systems.plonk.equations import ADDITIONS, PRODUCTS
from proving_cost.systems.plonk.keys import BLINDING, statement
from proving_cost.systems.plonk.proof import PIECES, Conversation, Evaluations

__all__ = ["plonk_ledger"]


def plonk_ledger(curve: Curve, rows: int, public: int, permutation: str) -> Ledger:
    """The ledger of a proof.

    Arguments:
        curve: The curve; its points are not used, only their size.
        rows: n, a power of two.
        public: Public inputs.
        permutation: Name of the permutation, which the statement contains.
    """
    ledger, field, n = Ledger(), curve.scalar_field, rows
    g1 = curve.g1
    said = statement(curve, permutation, n, public, [g1.identity] * (len(COLUMNS) + 3), curve.g2.identity)
    talk = Conversation(said, [0] * public, g1, field, ledger)
    blinded, name = n + BLINDING, field.name
    with ledger.phase("wires"):
        ledger.ntt(name, n, 3, inverse=True)
        _commitments(ledger, curve, blinded, 3)
        talk.wires([g1.identity] * 3)
    with ledger.phase("permutation"):
        ledger.field(name, "mul", 12 * n - 2)
        ledger.field(name, "add", 9 * n)
        ledger.batch_inversion(name, n)
        ledger.ntt(name, n, 1, inverse=True)
        _commitments(ledger, curve, blinded, 1)
        talk.product(g1.identity)
    with ledger.phase("quotient"):
        size = BLOWUP * n
        ledger.ntt(name, n, 1, inverse=True)
        ledger.ntt(name, size, 5, coset=True)
        ledger.ntt(name, size, 1, coset=True, inverse=True)
        ledger.field(name, "mul", PRODUCTS * size)
        ledger.field(name, "add", ADDITIONS * size)
        _commitments(ledger, curve, blinded, PIECES - 1)
        _commitments(ledger, curve, n + 2, 1)
        talk.quotient([g1.identity] * PIECES)
    with ledger.phase("openings"):
        ledger.field(name, "mul", 40 * n + 48)
        ledger.field(name, "add", 40 * n + 48)
        talk.evaluations(Evaluations(**{f.name: 0 for f in fields(Evaluations)}))
        _commitments(ledger, curve, n + 2, 2)
    return ledger


def _commitments(ledger: Ledger, curve: Curve, n: int, count: int) -> None:
    for _ in range(count):
        ledger.msm(curve.name, "g1", n)
