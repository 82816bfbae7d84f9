r"""What a Groth16 prover counts, from the sizes of a relation alone.

With n the domain, m variables (the constant included), $\ell$ public inputs, and $m_A$, $m_B$ variables that occur in A
(consistency rows included) and in B:

| phase | counts |
|---|---|
| `constraints` | Az, Bz, Cz: a product for each entry, an addition for each entry but one of a row |
| `quotient` | 3 inverse NTTs, 3 coset NTTs, 1 inverse coset NTT, all of n; 2n products and n additions point by point |
| `commit` | G1: $m_A$ (A), $m_B$ (B), $m - \ell - 1$ (private variables), $n - 1$ (quotient); G2: $m_B$ (B) |
| `randomise` | 5 G1 multiplications, 8 G1 additions; 1 G2 multiplication, 2 G2 additions |

The 7 transforms and the five products are those of gnark (backend/groth16/bn254/prove.go at 8558b828c) and arkworks
(groth16 at d570ee5), where points at infinity are dropped just so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proving_cost.circuits.r1cs import R1cs
from proving_cost.ledger import Ledger

__all__ = ["G1_ADDITIONS", "G1_MULTIPLICATIONS", "G2_ADDITIONS", "G2_MULTIPLICATIONS", "Groth16Sizes"]

G1_MULTIPLICATIONS, G1_ADDITIONS = 5, 8  # of the randomisation; see `Groth16.prove`
G2_MULTIPLICATIONS, G2_ADDITIONS = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Groth16Sizes:
    """Sizes that determine a prover's ledger.

    Arguments:
        domain: Points of the radix-2 domain, n.
        variables: Variables, the constant included, m.
        public: Public inputs, without the constant.
        in_a: Variables that occur in A, or are public or constant.
        in_b: Variables that occur in B.
        products: Entries of A, B and C together.
        additions: Those less the rows, of each matrix, that have any.
        field: Scalar field of the curve.
        curve: The curve.
    """

    domain: int
    variables: int
    public: int
    in_a: int
    in_b: int
    products: int
    additions: int
    field: str = "bn254_fr"
    curve: str = "bn254"

    @classmethod
    def of(cls, relation: R1cs, curve: str = "bn254") -> Groth16Sizes:
        """The sizes of a relation."""
        used_a, used_b = used_variables(relation)
        matrices = (relation.a, relation.b, relation.c)
        return cls(
            domain=domain_size(relation),
            variables=relation.variables,
            public=relation.public,
            in_a=int(used_a.sum()),
            in_b=int(used_b.sum()),
            products=sum(m.nonzeros for m in matrices),
            additions=sum(m.additions for m in matrices),
            field=relation.field.name,
            curve=curve,
        )

    def ledger(self) -> Ledger:
        """The counts of `Groth16.prove`, bit lengths of scalars apart."""
        ledger, n = Ledger(), self.domain
        with ledger.phase("constraints"):
            ledger.field(self.field, "mul", self.products)
            ledger.field(self.field, "add", self.additions)
        with ledger.phase("quotient"):
            ledger.ntt(self.field, n, 3, inverse=True)
            ledger.ntt(self.field, n, 3, coset=True)
            ledger.ntt(self.field, n, 1, coset=True, inverse=True)
            ledger.field(self.field, "mul", 2 * n)
            ledger.field(self.field, "add", n)
        with ledger.phase("commit"):
            private = self.variables - self.public - 1
            for group, size in (("g1", self.in_a), ("g1", self.in_b), ("g2", self.in_b), ("g1", private), ("g1", n - 1)):
                ledger.msm(self.curve, group, size)
        with ledger.phase("randomise"):
            count_randomisation(ledger, self.curve)
        return ledger


def domain_size(relation: R1cs) -> int:
    """The least power of two, 2 or more, that holds the constraints and a consistency row for each public input and 1."""
    return 1 << max(1, (relation.constraints + relation.public).bit_length())


def used_variables(relation: R1cs) -> tuple[np.ndarray, np.ndarray]:
    """Which variables have a polynomial that is not zero in A (with its consistency rows), and in B."""
    used_a, used_b = ~relation.a.column_is_zero(), ~relation.b.column_is_zero()
    used_a[: relation.public + 1] = True
    return used_a, used_b


def count_randomisation(ledger: Ledger, curve: str) -> None:
    """Single group operations of a proof."""
    ledger.group(curve, "g1", "mul", G1_MULTIPLICATIONS)
    ledger.group(curve, "g1", "add", G1_ADDITIONS)
    ledger.group(curve, "g2", "mul", G2_MULTIPLICATIONS)
    ledger.group(curve, "g2", "add", G2_ADDITIONS)
