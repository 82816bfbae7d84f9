r"""Typed events of a prover's run, and the operations each stands for.

An event is *what was asked of a kernel*; how often it happened is the ledger's business.  `operations()` is the
closed form of the kernel, in field operations, keyed by `(field, operation)` with operation one of `add`
(subtractions included), `mul`, `inv`.  Sources: textbook counts, checked by running the kernels on counting
scalars (`tests/test_kernel_counts.py`).

| event | closed form |
|---|---|
| `Ntt` | radix 2: $\frac n2 \lg n$ mul, $n \lg n$ add; a coset adds $n$ mul, an inverse $n$ mul |
| `BatchInversion` | $3(n-1)$ mul, 1 inv |
| `SumcheckRound` | product of $d$ multilinear tables of size $N$: the round polynomial and the fold |
| `FriFold` | by $2^j$: $3(D - D/2^j)$ mul and add; in an extension two thirds of the mul are by the base field |
| `Hash` | S-boxes and linear layers of the permutation, per instance |
| `Msm`, `GroupOperation` | group operations: see `proving_cost.kernels.msm` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from proving_cost.fields import field_named

__all__ = [
    "EVENTS", "BatchInversion", "Bytes", "Event", "FieldOperation", "FriFold", "GroupOperation", "Hash", "Msm", "Ntt",
    "Operations", "Pairing", "SumcheckRound",
]  # fmt: skip

Operations: TypeAlias = Mapping[tuple[str, str], int]
Histogram: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Ntt:
    """A number-theoretic transform of size n; counted once for each vector of a batch."""

    kind: ClassVar[str] = "ntt"
    unit: ClassVar[str] = "transforms"
    field: str
    n: int
    coset: bool = False
    inverse: bool = False

    def operations(self) -> Operations:
        """Field operations of one transform."""
        lg = self.n.bit_length() - 1
        mul = self.n // 2 * lg + self.n * (self.coset + self.inverse)
        return {(self.field, "mul"): mul, (self.field, "add"): self.n * lg}

    def bytes_moved(self) -> int:
        """Bytes read and written if the vector passes once through the processor."""
        return 2 * self.n * field_named(self.field).element_bytes


@dataclass(frozen=True, slots=True)
class Msm:
    """A multi-scalar multiplication of n points; `scalar_bits` are pairs (bit length, how many scalars have it)."""

    kind: ClassVar[str] = "msm"
    unit: ClassVar[str] = "products"
    curve: str
    group: Literal["g1", "g2"]
    n: int
    scalar_bits: Histogram = ()

    def operations(self) -> Operations:
        """No field operations of its own: group operations are counted by `kernels.msm`."""
        return {}

    def bytes_moved(self) -> int:
        """Bytes of points (affine) and scalars, read once."""
        width = 32 if self.curve == "bn254" else 48
        return self.n * (2 * width * (2 if self.group == "g2" else 1) + 32)


@dataclass(frozen=True, slots=True)
class Hash:
    """Permutations (or compressions) of a hash; `instance` names it, e.g. `poseidon2/goldilocks/12`."""

    kind: ClassVar[str] = "hash"
    unit: ClassVar[str] = "permutations"
    instance: str

    def operations(self) -> Operations:
        """Field operations of one permutation; none for hashes that are not algebraic."""
        if not self.instance.startswith("poseidon2/"):
            return {}
        from proving_cost.kernels.poseidon2 import permutation_operations

        return permutation_operations(self.instance)

    def bytes_moved(self) -> int:
        """Bytes of the state, read and written once; a block of input for other hashes."""
        if not self.instance.startswith("poseidon2/"):
            return 64
        _, field, width = self.instance.split("/")
        return 2 * int(width) * field_named(field).element_bytes


@dataclass(frozen=True, slots=True)
class FieldOperation:
    """Element-wise operations in a field: `add`, `mul` or `inv`."""

    kind: ClassVar[str] = "field"
    unit: ClassVar[str] = "operations"
    field: str
    operation: Literal["add", "mul", "inv"]

    def operations(self) -> Operations:
        """One operation; an extension's product in base-field operations, by the schoolbook rule."""
        field = field_named(self.field)
        d = field.degree
        if d == 1:
            return {(self.field, self.operation): 1}
        if self.operation == "add":
            return {(field.base.name, "add"): d}
        if self.operation == "mul":
            return {(field.base.name, "mul"): d * d + d - 1, (field.base.name, "add"): d * (d - 1)}
        return {(self.field, "inv"): 1}

    def bytes_moved(self) -> int:
        """Two operands and a result."""
        return 3 * field_named(self.field).element_bytes


@dataclass(frozen=True, slots=True)
class BatchInversion:
    """Inverses of n elements with one inversion."""

    kind: ClassVar[str] = "batch_inversion"
    unit: ClassVar[str] = "batches"
    field: str
    n: int

    def operations(self) -> Operations:
        """3(n − 1) products and one inversion."""
        products = 3 * max(0, self.n - 1)
        ops = {key: products * k for key, k in FieldOperation(self.field, "mul").operations().items()}
        return {**ops, (self.field, "inv"): 1 if self.n else 0}

    def bytes_moved(self) -> int:
        """Elements read twice, prefix products and results written once."""
        return 4 * self.n * field_named(self.field).element_bytes


@dataclass(frozen=True, slots=True)
class SumcheckRound:
    """One round of sumcheck on a product of multilinear tables of `size` entries (before the fold).

    The prover sums the product at 0, 2, ..., d (the value at 1 follows from the claim), then folds the tables at
    the challenge.  With lines $a + X(b-a)$ stepped by additions, that is, for each of the size/2 pairs,
    $d(d-1)$ products for the d points and d for the fold.
    """

    kind: ClassVar[str] = "sumcheck"
    unit: ClassVar[str] = "rounds"
    field: str
    size: int
    factors: int

    def operations(self) -> Operations:
        """Field operations of the round."""
        d, pairs = self.factors, self.size // 2
        muls = pairs * (d * (d - 1) + d)
        adds = pairs * (d + d * (d - 1) + d) + d * max(0, pairs - 1)
        mul_key, add_key = (FieldOperation(self.field, op).operations() for op in ("mul", "add"))
        out: dict[tuple[str, str], int] = {}
        for ops, times in ((mul_key, muls), (add_key, adds)):
            for key, k in ops.items():
                out[key] = out.get(key, 0) + k * times
        return out

    def bytes_moved(self) -> int:
        """Tables read once, folded tables written once."""
        return self.factors * (self.size + self.size // 2) * field_named(self.field).element_bytes


@dataclass(frozen=True, slots=True)
class FriFold:
    """A fold of a codeword of `size` values by `arity`, a power of two."""

    kind: ClassVar[str] = "fri_fold"
    unit: ClassVar[str] = "folds"
    field: str
    size: int
    arity: int

    def operations(self) -> Operations:
        """3 additions and 3 products for each value that goes, of the products two by elements of the base field."""
        from proving_cost.kernels.fri_fold import fold_operations

        return fold_operations(self.field, self.size, self.arity)

    def bytes_moved(self) -> int:
        """Codeword read, folded codeword written."""
        return (self.size + self.size // self.arity) * field_named(self.field).element_bytes


@dataclass(frozen=True, slots=True)
class GroupOperation:
    """A single operation in a group: `add`, `double`, `mul` (by a full-width scalar)."""

    kind: ClassVar[str] = "group"
    unit: ClassVar[str] = "operations"
    curve: str
    group: Literal["g1", "g2"]
    operation: Literal["add", "double", "mul"]

    def operations(self) -> Operations:
        """None in the scalar field."""
        return {}

    def bytes_moved(self) -> int:
        """Not modelled: single operations stay in registers."""
        return 0


@dataclass(frozen=True, slots=True)
class Pairing:
    """A pairing of one pair of points, in a product of pairings."""

    kind: ClassVar[str] = "pairing"
    unit: ClassVar[str] = "pairs"
    curve: str

    def operations(self) -> Operations:
        """None in the scalar field."""
        return {}

    def bytes_moved(self) -> int:
        """Not modelled."""
        return 0


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes moved for a purpose that no kernel accounts for: `trace`, `proof`, `key`..."""

    kind: ClassVar[str] = "bytes"
    unit: ClassVar[str] = "bytes"
    purpose: str

    def operations(self) -> Operations:
        """None."""
        return {}

    def bytes_moved(self) -> int:
        """One."""
        return 1


Event: TypeAlias = (
    Ntt | Msm | Hash | FieldOperation | BatchInversion | SumcheckRound | FriFold | GroupOperation | Pairing | Bytes
)
EVENTS: Mapping[str, type[Event]] = {
    cls.kind: cls
    for cls in (
        Ntt, Msm, Hash, FieldOperation, BatchInversion, SumcheckRound, FriFold, GroupOperation, Pairing, Bytes,
    )
}  # fmt: skip
