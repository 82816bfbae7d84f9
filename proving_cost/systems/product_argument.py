r"""A proof that $\prod_{x \in \{0,1\}^\mu} v(x) = P$, by sumcheck on each layer of the tree of products.

Layer $\mu$ is v, layer k multiplies the two halves of layer k + 1,

$$ V_k(x) = V_{k+1}(0, x) \, V_{k+1}(1, x), \qquad x \in \{0,1\}^k , $$

and layer 0 is P.  A claim $V_k(r) = C$ on the multilinear extension of a layer is

$$ \sum_{x \in \{0,1\}^k} \mathrm{eq}(r, x) \, V_{k+1}(0, x) \, V_{k+1}(1, x) = C , $$

a sumcheck of degree 3, which ends in the two values $V_{k+1}(0, s)$ and $V_{k+1}(1, s)$ that the prover sends; the line
through them at one more challenge c is a claim on $V_{k+1}(c, s)$.  After $\mu$ layers one claim is left, on v itself: at a
random point, so whoever knows v, or holds an opening of a commitment to v, settles it.

The tree costs $N - 1$ products, in the field of v, and layer k a table of eq and the rounds of sumcheck of size $2^k$.
A false claim survives with probability at most $\sum_{k < \mu} (3k + 1) / |\mathbb{F}|$, F the field of the challenges
(proven, for the interactive protocol).  Nothing is hidden: not zero knowledge.

References: S. Goldwasser, Y. T. Kalai, G. Rothblum, "Delegating computation", STOC 2008; J. Thaler, "Time-optimal
interactive proofs for circuit evaluation", CRYPTO 2013, section 5.3.1.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, Body
from proving_cost.fields import Elements, ExtensionField, Field
from proving_cost.kernels.sumcheck import eq_at, eq_table, multilinear_at
from proving_cost.ledger import Ledger
from proving_cost.systems.sumcheck_argument import (
    are_elements,
    count_sumcheck,
    prove_sumcheck,
    verify_sumcheck,
)
from proving_cost.transcript import Transcript

__all__ = ["EvaluationClaim", "ProductArgument", "ProductLayer", "ProductProof"]

SECURE_BITS = 100


@dataclass(frozen=True, slots=True, eq=False)
class ProductLayer:
    """What the prover says of a layer: the messages of its sumcheck `(k, 3)`, and both halves of the next at its point."""

    messages: Elements
    left: Elements
    right: Elements


@dataclass(frozen=True, slots=True, eq=False)
class ProductProof:
    """The product, and its layers from the root to v."""

    product: Elements
    layers: tuple[ProductLayer, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationClaim:
    """The claim that a multilinear extension takes `value` at `point`."""

    point: Elements
    value: Elements


class ProductArgument:
    """Product claims, with challenges in a field.

    Arguments:
        field: The field of the challenges; entries of v lie in it, or in its base field.

    Example:
        >>> from proving_cost.fields import BN254_FR
        >>> argument, v = ProductArgument(BN254_FR), BN254_FR.array([2, 3, 5, 7])
        >>> proof = argument.prove(v)
        >>> int(proof.product), argument.verify(v, proof)
        (210, True)
    """

    __slots__ = ("field",)

    def __init__(self, field: Field) -> None:
        self.field = field

    def soundness_bits(self, size: int) -> float:
        """Bits of the proven bound on the soundness error for a vector of `size` entries."""
        layers = range(max(1, size.bit_length() - 1))
        return math.log2(self.field.base.modulus) * self.field.degree - math.log2(sum(3 * k + 1 for k in layers))

    def secure(self, size: int) -> bool:
        """Whether that bound has 100 bits; toy fields do not."""
        return self.soundness_bits(size) >= SECURE_BITS

    def prove(self, values: Elements, *, ledger: Ledger | None = None, body: Body = "fast") -> ProductProof:
        """A proof for a vector that the verifier knows.

        Arguments:
            values: $2^\\mu$ entries of the field or its base field, 2 or more.

        Raises:
            InvalidInput: Entries are not canonical elements, or their number is not a power of two, or below 2.
        """
        self._check(values)
        transcript = self._transcript(values, ledger)
        return self.reduce(Arithmetic(self.field, ledger, body), values, transcript)[0]

    def verify(self, values: Elements, proof: ProductProof) -> bool:
        """Whether the entries multiply to `proof.product`, by evaluating their multilinear extension once."""
        claim = self.check(len(values), proof, self._transcript(values, None))
        if claim is None:
            return False
        arith = Arithmetic(self.field)
        return np.array_equal(multilinear_at(arith, self._own(values), claim.point), claim.value)

    def reduce(
        self, arith: Arithmetic, values: Elements, transcript: Transcript
    ) -> tuple[ProductProof, EvaluationClaim]:
        """The prover's part inside another protocol; the transcript must have absorbed v or a commitment to it."""
        field = self.field
        tree = self._tree(arith, values)
        product = np.asarray(self._own(tree[0])[0], dtype=field.dtype)
        transcript.absorb("product", product)
        claim = EvaluationClaim(field.zeros(0), product)
        layers: list[ProductLayer] = []
        for k, below in enumerate(tree[1:]):
            with arith.phase(f"layer {k}"):
                weights = eq_table(arith, claim.point)
                half = len(below) // 2
                tables = np.stack([weights, self._own(below[:half]), self._own(below[half:])])
                messages, point, (_, left, right) = prove_sumcheck(arith, tables, transcript)
                left, right = (np.asarray(x, dtype=field.dtype) for x in (left, right))
                layers.append(ProductLayer(messages, left, right))
                claim = self._line(arith, layers[-1], point, transcript)
        return ProductProof(product, tuple(layers)), claim

    def check(self, size: int, proof: ProductProof, transcript: Transcript) -> EvaluationClaim | None:
        """The verifier's part: the claim on v that is left to settle, or None if the proof is wrong by itself."""
        field = self.field
        if not self._well_formed(size, proof):
            return None
        transcript.absorb("product", proof.product)
        claim, arith = EvaluationClaim(field.zeros(0), proof.product), Arithmetic(field)
        for layer in proof.layers:
            point, value = verify_sumcheck(field, claim.value, layer.messages, transcript)
            expected = field.mul(eq_at(field, claim.point, point), field.mul(layer.left, layer.right))
            if not np.array_equal(value, expected):
                return None
            claim = self._line(arith, layer, point, transcript)
        return claim

    def closed_form(self, size: int, *, extension_values: bool = False) -> Ledger:
        """What `prove` counts on a vector of `size` entries, of the base field unless said otherwise."""
        ledger = Ledger()
        field, arith = self.field, Arithmetic(self.field, ledger)
        values = field.zeros(size) if extension_values else field.base.zeros(size)
        transcript = self._transcript(values, ledger)
        self.count(arith, size, transcript, extension_values=extension_values)
        return ledger

    def count(self, arith: Arithmetic, size: int, transcript: Transcript, *, extension_values: bool = False) -> None:
        """Count what `reduce` counts."""
        field = self.field
        (arith if extension_values else arith.over(field.base)).count("mul", size - 1)
        transcript.absorb("product", field.zeros(()))
        for k in range(size.bit_length() - 1):
            with arith.phase(f"layer {k}"):
                for op in ("mul", "add"):
                    arith.count(op, (1 << k) - 1)
                count_sumcheck(arith, 1 << k, 3, transcript)
                self._line(arith, ProductLayer(field.zeros(0), field.zeros(()), field.zeros(())), field.zeros(k), transcript)

    def _line(self, arith: Arithmetic, layer: ProductLayer, point: Elements, transcript: Transcript) -> EvaluationClaim:
        field = self.field
        transcript.absorb("halves", np.stack([layer.left, layer.right]))
        c = np.asarray(transcript.challenge("line", field), dtype=field.dtype)
        value = arith.add(layer.left, arith.mul(c, arith.sub(layer.right, layer.left)))
        return EvaluationClaim(np.concatenate([c[None], point]), np.asarray(value, dtype=field.dtype))

    def _tree(self, arith: Arithmetic, values: Elements) -> list[Elements]:
        """Layers from the product to v."""
        self._check(values)
        over, tree = arith if values.ndim > 1 else arith.over(self.field.base), [values]
        while len(tree[0]) > 1:
            half = len(tree[0]) // 2
            tree.insert(0, over.mul(tree[0][:half], tree[0][half:]))
        return tree

    def _check(self, values: Elements) -> None:
        size = len(values)
        if size < 2 or size & (size - 1):
            raise InvalidInput(f"values: must be a power of two of entries, 2 or more; got {size}. Pad with ones.")
        if not are_elements(self.field if values.ndim > 1 else self.field.base, values, (size,)):
            raise InvalidInput(
                f"values: must be canonical elements of {self.field.name!r} or its base field; got {values.dtype} of shape "
                f"{values.shape}. Make them with field.array."
            )

    def _own(self, values: Elements) -> Elements:
        """Entries as elements of the field of the challenges."""
        return self.field.embed(values) if isinstance(self.field, ExtensionField) and values.ndim == 1 else values

    def _transcript(self, values: Elements, ledger: Ledger | None) -> Transcript:
        transcript = Transcript("product argument", ledger)
        transcript.absorb("field", self.field.name.encode())
        transcript.absorb("entries", [len(values)])
        width = self.field.base.element_bytes
        data = np.ascontiguousarray(values).tobytes() if values.dtype != object else b"".join(
            int(v).to_bytes(width, "little") for v in values.flat
        )  # fmt: skip
        transcript.absorb("vector", hashlib.sha256(data).digest())
        return transcript

    def _well_formed(self, size: int, proof: object) -> bool:
        field = self.field
        if type(proof) is not ProductProof or not are_elements(field, proof.product, ()):
            return False
        layers = size.bit_length() - 1
        if size < 2 or size & (size - 1) or type(proof.layers) is not tuple or len(proof.layers) != layers:
            return False
        return all(
            type(layer) is ProductLayer and are_elements(field, layer.messages, (k, 3))
            and are_elements(field, layer.left, ()) and are_elements(field, layer.right, ())
            for k, layer in enumerate(proof.layers)
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"ProductArgument({self.field.name})"


