r"""Groth16 as gnark and as arkworks prove it.

With domain $n$, $m$ wires (the constant included) and $l$ public ones (the constant included):

| | gnark | arkworks |
|---|---|---|
| NTTs of $n$ | 3 inverse, 3 coset, 1 coset inverse | the same |
| G1 MSMs | $A$: $m - \infty_A$, $B$: $m - \infty_B$, $K$: $m - l$, $Z$: $n - 1$ | $A$, $B$: $m - 1$, $L$: $m - l$, $H$: $n - 1$ |
| G2 MSM | $B$: $m - \infty_B$ | $m - 1$ |
| pointwise on the coset | $2n$ mul, $n$ sub | the same |

gnark leaves points at infinity out of its MSMs; arkworks passes them, and treats the constant wire apart.
Sources: `backend/groth16/bn254/prove.go` of gnark, `src/prover.rs` and `src/r1cs_to_qap.rs` of arkworks' groth16.
Commitments inside the circuit (BSB22) are not counted, nor is the sparse product of matrices and witness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mechanisms.errors import InvalidInput
from proving_cost.fields import PRIME_FIELDS
from proving_cost.kernels.scalar_bits import Scalars, histogram
from proving_cost.ledger import Ledger
from proving_cost.recipes.recipe import Assumption, Recipe, check_choice, check_count, check_size

__all__ = ["ARKWORKS_GROTH16", "GNARK_GROTH16", "Groth16Recipe"]

CURVES = {"bn254": "bn254_fr", "bls12_381": "bls12_381_fr"}
G1_BYTES = {"bn254": 32, "bls12_381": 48}


@dataclass(frozen=True, slots=True, kw_only=True)
class Groth16Recipe(Recipe):
    """Groth16 in one of its implementations.

    Arguments:
        skips_infinity: Whether points at infinity are left out of the MSMs.
        constant_apart: Whether the constant wire is added on its own, outside the MSMs.
        g1_products: Single scalar multiplications in G1 (blinding and assembling the proof).
        g1_additions: Single additions in G1.
        g2_products: Single scalar multiplications in G2.
        g2_additions: Single additions in G2.
    """

    skips_infinity: bool
    constant_apart: bool
    g1_products: int
    g1_additions: int
    g2_products: int
    g2_additions: int

    def _ledger(
        self,
        size: int,
        *,
        wires: int | None = None,
        public: int = 1,
        infinity_a: float = 0.0,
        infinity_b: float = 0.0,
        scalars: Scalars = "mixture",
        curve: Literal["bn254", "bls12_381"] = "bn254",
    ) -> Ledger:
        """The prover's ledger.

        Arguments:
            size: Constraints n, a power of two (the domain).
            wires: m, the constant included; None: n.
            public: l, the constant included.
            infinity_a: Share of the points of A that are at infinity.
            infinity_b: Share of the points of B that are.
            scalars: Bit lengths of the witness: `"mixture"`, `"full"` or shares by bit length.
            curve: `"bn254"` or `"bls12_381"`.
        """
        field = PRIME_FIELDS[CURVES[check_choice("curve", curve, tuple(CURVES))]]
        n = check_size(size, self.size_name, lowest=2, highest_bits=field.two_adicity, domain=field.name)
        m = check_count("wires", n if wires is None else wires, 2)
        public = check_count("public", public, 1, m)
        dropped = {name: _share(name, v) for name, v in (("infinity_a", infinity_a), ("infinity_b", infinity_b))}
        for name, share in dropped.items():
            if share and not self.skips_infinity:
                raise InvalidInput(f"{name}: must be 0 for {self.name!r}, which leaves no point out; got {share:g}.")
        terms = {
            "A": m - round(dropped["infinity_a"] * m) if self.skips_infinity else m - self.constant_apart,
            "B": m - round(dropped["infinity_b"] * m) if self.skips_infinity else m - self.constant_apart,
            "K": m - public,
        }
        bits = field.bits
        ledger = Ledger()
        with ledger.phase("quotient"):
            ledger.ntt(field.name, n, batch=3, inverse=True)
            ledger.ntt(field.name, n, batch=3, coset=True)
            ledger.field(field.name, "mul", 2 * n)
            ledger.field(field.name, "add", n)
            ledger.field(field.name, "inv", 1)
            ledger.ntt(field.name, n, coset=True, inverse=True)
        with ledger.phase("commitments"):
            for name, count in terms.items():
                with ledger.phase(f"{name} in G1"):
                    ledger.msm(curve, "g1", count, histogram(scalars, count, bits))
            with ledger.phase("quotient in G1"):
                ledger.msm(curve, "g1", n - 1, {bits: n - 1})
            with ledger.phase("B in G2"):
                ledger.msm(curve, "g2", terms["B"], histogram(scalars, terms["B"], bits))
        with ledger.phase("proof"):
            ledger.group(curve, "g1", "mul", self.g1_products)
            ledger.group(curve, "g1", "add", self.g1_additions)
            ledger.group(curve, "g2", "mul", self.g2_products)
            ledger.group(curve, "g2", "add", self.g2_additions)
        return ledger

    def proof_bytes(self, size: int) -> int:
        """Two elements of G1 and one of G2, compressed, on BN254: 128 bytes at any size."""
        return 4 * G1_BYTES["bn254"]


def _share(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidInput(f"{name}: must be a share in [0, 1]; got {value!r}.")
    return float(value)


_WITNESS = (
    Assumption(
        what="bit lengths of witness scalars", value="30 % zero, 35 % one bit, 5 % 8, 10 % 64, 20 % full",
        regime="assumed", source="stands for a circuit with many range checks; pass scalars= to replace it",
    ),
    Assumption(
        what="bit lengths of the quotient's scalars", value="full", regime="assumed",
        source="coefficients of a quotient are spread over the field; 1 in 2^k is k bits shorter",
    ),
    Assumption(
        what="wires", value="as many as constraints unless given", regime="assumed",
        source="depends on the circuit; pass wires= to replace it",
    ),
)  # fmt: skip

GNARK_GROTH16 = Groth16Recipe(
    name="gnark-groth16",
    source="Consensys/gnark backend/groth16/bn254/prove.go",
    commit="014682b5e653031fa60a2f9847d01feffc473530",
    date="2025, by its copyright line",
    size_name="constraints",
    assumptions=(
        *_WITNESS,
        Assumption(
            what="points at infinity", value="none unless given", regime="assumed",
            source="an upper bound: gnark leaves them out of the MSMs of A and B",
        ),
    ),
    skips_infinity=True, constant_apart=False,
    g1_products=5, g1_additions=8, g2_products=1, g2_additions=2,
)  # fmt: skip

ARKWORKS_GROTH16 = Groth16Recipe(
    name="arkworks-groth16",
    source="arkworks-rs/groth16 src/prover.rs and src/r1cs_to_qap.rs",
    commit="016472184c078d0cec071023c28702beee2e4572",
    date="not dated in the file; read 2026-11",
    size_name="constraints",
    assumptions=(
        *_WITNESS,
        Assumption(
            what="points at infinity", value="passed to the MSMs", regime="published",
            source="the queries are used whole, so infinity_a and infinity_b must be 0",
        ),
    ),
    skips_infinity=False, constant_apart=True,
    g1_products=6, g1_additions=10, g2_products=1, g2_additions=3,
)  # fmt: skip
