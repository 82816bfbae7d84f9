r"""A PLONK proof, and the conversation that it is one side of.

| prover says | verifier draws |
|---|---|
| (statement: key and public inputs), $[a], [b], [c]$ | β, γ |
| $[z]$ | α |
| $[t_0], \dots, [t_4]$ | ζ |
| twelve evaluations | v |
| $[W_\zeta], [W_{\zeta\omega}]$ | u |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from proving_cost.fields import PrimeField
from proving_cost.groups.group import Group, Point
from proving_cost.ledger import Ledger
from proving_cost.transcript import Transcript

__all__ = ["PIECES", "Conversation", "Evaluations", "PlonkProof"]

PIECES = 5
"""Pieces of the quotient, of n + 2 coefficients each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluations:
    """Values at ζ, and at ζω (`..._after`)."""

    a: int
    b: int
    c: int
    a_after: int
    b_after: int
    c_after: int
    z_after: int
    sigma_1: int
    sigma_2: int
    k_0: int
    k_1: int
    k_2: int

    def values(self) -> tuple[int, ...]:
        """All twelve, in order."""
        return tuple(getattr(self, f.name) for f in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlonkProof:
    """Eleven points of G1 and twelve elements of the scalar field.

    Arguments:
        wires: Commitments to the three wires.
        product: Commitment to z.
        quotient: Commitments to the five pieces of the quotient.
        evaluations: Values at ζ and ζω.
        opening: Commitment to the quotient by X − ζ.
        opening_after: Commitment to the quotient by X − ζω.
    """

    wires: tuple[Point, Point, Point]
    product: Point
    quotient: tuple[Point, ...]
    evaluations: Evaluations
    opening: Point
    opening_after: Point

    def points(self) -> tuple[Point, ...]:
        """All eleven points, in order."""
        return (*self.wires, self.product, *self.quotient, self.opening, self.opening_after)


class Conversation:
    """Prover's messages in, verifier's challenges out, as both sides compute them.

    Arguments:
        statement: The verifying key as bytes.
        public: The public inputs.
        group: G1.
        field: The scalar field.
        ledger: Where hashing is counted.
    """

    __slots__ = ("_field", "_group", "_transcript")

    def __init__(self, statement: bytes, public: Sequence[int], group: Group, field: PrimeField, ledger: Ledger | None) -> None:
        self._transcript = Transcript("plonk", ledger)
        self._group, self._field = group, field
        self._transcript.absorb("verifying key", statement)
        self._transcript.absorb("public inputs", [int(x) for x in public])

    def wires(self, commitments: Sequence[Point]) -> tuple[int, int]:
        """β and γ."""
        self._points("wires", commitments)
        return self._challenge("beta"), self._challenge("gamma")

    def product(self, commitment: Point) -> int:
        """α."""
        self._points("product", [commitment])
        return self._challenge("alpha")

    def quotient(self, commitments: Sequence[Point]) -> int:
        """ζ."""
        self._points("quotient", commitments)
        return self._challenge("zeta")

    def evaluations(self, values: Evaluations) -> int:
        """v."""
        self._transcript.absorb("evaluations", values.values())
        return self._challenge("v")

    def openings(self, commitments: Sequence[Point]) -> int:
        """u, which only the verifier needs."""
        self._points("openings", commitments)
        return self._challenge("u")

    def _points(self, label: str, points: Sequence[Point]) -> None:
        self._transcript.absorb(label, b"".join(self._group.encode(p) for p in points))

    def _challenge(self, label: str) -> int:
        drawn = self._transcript.challenge(label, self._field)
        return int(drawn)
