r"""PLONK with KZG: as gnark proves it, and as its paper counts it.

**gnark** evaluates the quotient's numerator on the four cosets of a domain of $4n$, one coset after another: for
each coset, each of 12 polynomials goes back to coefficients and on to the coset, so that

$$ 12 \cdot 4 \cdot (\text{iNTT}_n + \text{NTT}_n) = 96 \text{ transforms of } n, \qquad
   + 12\ \text{iNTT}_n + 1\ \text{iNTT}_{4n}, $$

with 10 MSMs of $n+2$ or $n+3$ scalars: L, R, O, Z, H1, H2, H3, the linearised polynomial, and two openings.

**The paper** has 8 FFTs of $4n$, 5 of $2n$ and 12 of $n$, and 9 (fast) or 11 (small proof) MSMs of $n$.  It charges
$N \lg N$ products for an FFT of $N$, hence its $54\,n \lg n$: $8 \cdot 4 + 5 \cdot 2 + 12 = 54$.  A radix-2 FFT costs
half of that, $\frac N2 \lg N$, which makes exactly $27\,n \lg n + 37\,n$.  `paper_products` and
`radix_two_products` are the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proving_cost.fields import BN254_FR
from proving_cost.kernels.scalar_bits import Scalars, histogram
from proving_cost.ledger import Ledger
from proving_cost.recipes.recipe import Assumption, Recipe, check_choice, check_size

__all__ = ["GNARK_PLONK", "PLONK_PAPER", "GnarkPlonk", "PlonkPaper", "paper_products", "radix_two_products"]

CURVE, FIELD, BITS = "bn254", BN254_FR.name, BN254_FR.bits
POLYNOMIALS = 12
COSETS = 4
OPENED = 7  # in the batch opening: linearised, l, r, o, s1, s2 and the folded quotient
EVALUATED = 6  # l, r, o, s1, s2 at the challenge and z at its shift
BATCH_TRANSFORMS = ((4, 8), (2, 5), (1, 12))  # (multiple of n, how many), section 8 of the paper


def paper_products(n: int) -> int:
    """Products of field elements as the paper charges them: 54 n lg n.

    Example:
        >>> paper_products(1024)
        552960
    """
    return 54 * n * (n.bit_length() - 1)


def radix_two_products(n: int) -> int:
    """Products that the same transforms take: 27 n lg n + 37 n.

    Example:
        >>> radix_two_products(1024)
        314368
    """
    return 27 * n * (n.bit_length() - 1) + 37 * n


@dataclass(frozen=True, slots=True, kw_only=True)
class GnarkPlonk(Recipe):
    """gnark's PLONK on BN254, without commitments inside the circuit."""

    def _ledger(self, size: int, *, scalars: Scalars = "mixture") -> Ledger:
        """The prover's ledger.

        Arguments:
            size: Gates n after padding, a power of two.
            scalars: Bit lengths of the witness values.  gnark commits to L, R, O by their values on the domain; all
                other scalars are full.
        """
        n = check_size(size, self.size_name, lowest=8, highest_bits=BN254_FR.two_adicity - 2, domain=f"{FIELD}, 4n")
        ledger = Ledger()
        with ledger.phase("wires"):
            for name in ("L", "R", "O"):
                with ledger.phase(name):
                    bits = histogram(scalars, n, BITS)
                    bits[BITS] = bits.get(BITS, 0) + 2  # the two blinding scalars
                    ledger.msm(CURVE, "g1", n + 2, bits)
        with ledger.phase("permutation"):
            ledger.field(FIELD, "mul", 14 * n)
            ledger.field(FIELD, "add", 12 * n)
            ledger.batch_inversion(FIELD, n)
            _commit(ledger, n + 3)
        with ledger.phase("quotient"):
            ledger.ntt(FIELD, n, batch=POLYNOMIALS * COSETS, inverse=True)
            ledger.ntt(FIELD, n, batch=POLYNOMIALS * COSETS, coset=True)
            ledger.field(FIELD, "mul", 20 * COSETS * n)
            ledger.field(FIELD, "add", 20 * COSETS * n)
            ledger.field(FIELD, "mul", COSETS * n)  # division by X^n - 1, which takes four values
            ledger.ntt(FIELD, n, batch=POLYNOMIALS, inverse=True)
            ledger.ntt(FIELD, COSETS * n, coset=True, inverse=True)
            for _ in range(3):
                _commit(ledger, n + 2)
        with ledger.phase("openings"):
            ledger.field(FIELD, "mul", (EVALUATED + 8 + 2 + OPENED) * n)  # Horner, linearised, folded H, batch
            ledger.field(FIELD, "add", (EVALUATED + 8 + 2 + OPENED) * n)
            _commit(ledger, n + 3)
            for _ in range(2):
                ledger.field(FIELD, "mul", n + 2)
                ledger.field(FIELD, "add", n + 2)
                _commit(ledger, n + 2)
        return ledger

    def proof_bytes(self, size: int) -> int:
        """9 points and 7 values, 32 bytes each: 3 wires, Z, 3 parts of H, 2 openings; 6 values and z at the shift."""
        return 32 * (9 + 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlonkPaper(Recipe):
    """PLONK as its paper counts it."""

    def _ledger(self, size: int, *, variant: Literal["fast", "small"] = "fast", scalars: Scalars = "full") -> Ledger:
        """The prover's ledger.

        Arguments:
            size: Gates n, a power of two.
            variant: `"fast"` (9 MSMs) or `"small"` proof (11 MSMs).
            scalars: Bit lengths, of all MSMs; the paper does not tell them apart.
        """
        n = check_size(size, self.size_name, lowest=2, highest_bits=BN254_FR.two_adicity - 2, domain=f"{FIELD}, 4n")
        products = 9 if check_choice("variant", variant, ("fast", "small")) == "fast" else 11
        ledger = Ledger()
        with ledger.phase("transforms"):
            for multiple, count in BATCH_TRANSFORMS:
                ledger.ntt(FIELD, multiple * n, batch=count)
        with ledger.phase("commitments"):
            for _ in range(products):
                ledger.msm(CURVE, "g1", n, histogram(scalars, n, BITS))
        return ledger

    def proof_bytes(self, size: int) -> int:
        """The fast proof: 9 elements of G1 and 6 of the field, 32 bytes each."""
        return 32 * (9 + 6)


def _commit(ledger: Ledger, n: int) -> None:
    ledger.msm(CURVE, "g1", n, {BITS: n})


GNARK_PLONK = GnarkPlonk(
    name="gnark-plonk",
    source="Consensys/gnark backend/plonk/bn254/prove.go",
    commit="8558b828c (transforms, MSMs); 0434dd503 (pointwise expressions)",
    date="2026-08-20",
    size_name="constraints",
    assumptions=(
        Assumption(
            what="pointwise operations on the 4 cosets", value="20 mul and 20 add a point, and 1 mul to divide",
            regime="published", source="gate, copy and first-row terms as written at 0434dd503",
        ),
        Assumption(
            what="permutation product, linearisation, openings", value="37 n mul, 35 n add, one batch inversion of n",
            regime="assumed", source="lower-order terms, counted by hand from the protocol",
        ),
        Assumption(
            what="bit lengths of L, R, O", value="30 % zero, 35 % one bit, 5 % 8, 10 % 64, 20 % full", regime="assumed",
            source="stands for a circuit with many range checks; pass scalars= to replace it",
        ),
    ),
)  # fmt: skip

PLONK_PAPER = PlonkPaper(
    name="plonk-paper",
    source="Gabizon, Williamson, Ciobotaru: PLONK, IACR ePrint 2019/953, prover's work",
    commit="ePrint 2019/953",
    date="2019-08",
    size_name="constraints",
    assumptions=(
        Assumption(
            what="kinds of transforms", value="plain: no coset shifts, no scaling by 1/n", regime="assumed",
            source="the paper gives sizes only",
        ),
        Assumption(
            what="scalars", value="full width", regime="published", source="the paper counts exponentiations alike",
        ),
    ),
)  # fmt: skip
