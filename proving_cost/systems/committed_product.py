r"""A product claim on a committed vector: the verifier sees a root, the product, and a short proof.

`ProductArgument` ends in one claim $\tilde v(r) = c$; here v is committed to first (`TensorCommitment`), and the claim is
settled by opening at r.  The verifier's work is about $\sqrt N$.  Transparent, and not zero knowledge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.fields import EXTENSION_FIELDS, Elements, ExtensionField
from proving_cost.ledger import Ledger
from proving_cost.systems.product_argument import SECURE_BITS, ProductArgument, ProductProof
from proving_cost.systems.sumcheck_argument import are_elements
from proving_cost.systems.tensor_commitment import TensorCommitment, TensorOpening
from proving_cost.transcript import Transcript

__all__ = ["CommittedProduct", "CommittedProductProof"]


@dataclass(frozen=True, slots=True, eq=False)
class CommittedProductProof:
    """The root of the commitment to v, the layers of the product, and the opening of v."""

    root: Elements
    layers: ProductProof
    opening: TensorOpening

    @property
    def product(self) -> int:
        """The claimed product, an element of the prime field."""
        return int(self.layers.product[0])


class CommittedProduct:
    """Product claims on committed vectors over the base field of an extension.

    Arguments:
        extension: Field of the challenges; None is goldilocks^2.
        queries: Columns that the opening shows.
        blowup: Inverse rate of the code.

    Example:
        >>> from proving_cost.fields import GOLDILOCKS
        >>> argument = CommittedProduct()
        >>> proof = argument.prove(GOLDILOCKS.array([2, 3, 5, 7]))
        >>> proof.product, argument.verify(4, proof)
        (210, True)
    """

    __slots__ = ("argument", "commitment")

    def __init__(self, extension: ExtensionField | None = None, *, queries: int = 160, blowup: int = 4) -> None:
        field = EXTENSION_FIELDS["goldilocks^2"] if extension is None else extension
        self.argument = ProductArgument(field)
        self.commitment = TensorCommitment(field, blowup, queries)

    def soundness_bits(self, size: int) -> float:
        """Bits of the proven bound for a vector of `size` entries, hash collisions apart."""
        return -math.log2(2 ** -self.argument.soundness_bits(size) + self.commitment.error(size))

    def secure(self, size: int) -> bool:
        """Whether that bound has 100 bits."""
        return self.soundness_bits(size) >= SECURE_BITS

    def prove(self, values: Elements, *, ledger: Ledger | None = None, body: Body = "fast") -> CommittedProductProof:
        """A proof for $2^m$ entries of the base field, 2 or more.

        Raises:
            InvalidInput: Another number of entries, or entries that are not of the base field.
        """
        field, size = self.argument.field, len(values)
        if size < 2 or size & (size - 1) or not are_elements(field.base, values, (size,)):
            raise InvalidInput(
                f"values: must be a power of two of canonical elements of {field.base.name!r}, 2 or more; got shape "
                f"{np.shape(values)}. Pad with ones."
            )
        arith, transcript = Arithmetic(field, ledger, body), self._transcript(size, ledger)
        with arith.phase("commit"):
            committed = self.commitment.commit(arith.over(field.base), values)
            root = field.base.array(list(committed.tree.root))
            transcript.absorb("root", root)
        with arith.phase("product"):
            layers, claim = self.argument.reduce(arith, values, transcript)
        with arith.phase("open"):
            opening = self.commitment.open(arith, committed, claim.point, transcript)
        return CommittedProductProof(root, layers, opening)

    def verify(self, size: int, proof: CommittedProductProof) -> bool:
        """Whether a vector of `size` entries with this root has this product; False for anything malformed."""
        field = self.argument.field
        if type(proof) is not CommittedProductProof or type(size) is not int or size < 2 or size & (size - 1):
            return False
        if not are_elements(field.base, proof.root, (self.commitment.sponge.digest,)):
            return False
        transcript = self._transcript(size, None)
        transcript.absorb("root", proof.root)
        claim = self.argument.check(size, proof.layers, transcript)
        if claim is None or np.any(proof.layers.product[1:]):
            return False
        value = self.commitment.check(Arithmetic(field), size, proof.root, claim.point, proof.opening, transcript)
        return value is not None and np.array_equal(value, claim.value)

    def closed_form(self, size: int) -> Ledger:
        """What `prove` counts."""
        ledger, field = Ledger(), self.argument.field
        arith, transcript = Arithmetic(field, ledger), self._transcript(size, ledger)
        with arith.phase("commit"):
            self.commitment.count_commit(arith, size)
            transcript.absorb("root", field.base.zeros(self.commitment.sponge.digest))
        with arith.phase("product"):
            self.argument.count(arith, size, transcript)
        with arith.phase("open"):
            self.commitment.count_open(arith, size, transcript)
        return ledger

    def _transcript(self, size: int, ledger: Ledger | None) -> Transcript:
        transcript = Transcript("committed product", ledger)
        transcript.absorb("parameters", repr(self).encode())
        transcript.absorb("entries", [size])
        return transcript

    def __repr__(self) -> str:
        return f"CommittedProduct({self.argument.field.name}, {self.commitment.queries}, {self.commitment.blowup})"
