r"""What a prover needs of a pairing-friendly curve: two groups of prime order r and a check of pairing products.

$e: G_1 \times G_2 \to G_T$ is bilinear, so $\prod_i e(P_i, Q_i) = 1$ says $\sum_i p_i q_i = 0 \pmod r$ of the discrete
logarithms; every verifier here asks one such question.  Two forms answer it: `shadow` holds the logarithms
themselves (NOT SECURE, exact counts, fast), `real` holds points of the curve.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proving_cost.fields import PrimeField
from proving_cost.ledger import Ledger

__all__ = ["Curve", "Group", "GroupName", "Point", "Points"]

Point: TypeAlias = Any
"""A group element; only its `Group` knows what it is made of."""
Points: TypeAlias = NDArray[Any]
"""A vector of group elements, `dtype=object`."""
GroupName: TypeAlias = Literal["g1", "g2"]


class Group(ABC):
    """A cyclic group of prime order, written additively."""

    curve: str
    name: GroupName
    order: int
    encoded_bytes: int

    @property
    @abstractmethod
    def identity(self) -> Point:
        """The neutral element."""

    @property
    @abstractmethod
    def generator(self) -> Point:
        """A fixed generator."""

    @abstractmethod
    def add(self, p: Point, q: Point) -> Point:
        """P + Q."""

    @abstractmethod
    def double(self, p: Point) -> Point:
        """2P."""

    @abstractmethod
    def neg(self, p: Point) -> Point:
        """−P."""

    @abstractmethod
    def mul(self, p: Point, k: int) -> Point:
        """k·P, with k taken modulo the order."""

    @abstractmethod
    def equal(self, p: Point, q: Point) -> bool:
        """Whether P = Q."""

    @abstractmethod
    def is_identity(self, p: Point) -> bool:
        """Whether P is the neutral element."""

    @abstractmethod
    def contains(self, p: object) -> bool:
        """Whether p is an element at all; a verifier asks before it computes."""

    @abstractmethod
    def encode(self, p: Point) -> bytes:
        """A canonical encoding of `encoded_bytes` bytes."""

    @abstractmethod
    def multiples(self, scalars: Iterable[int]) -> Points:
        """k·G for every scalar."""

    def sub(self, p: Point, q: Point) -> Point:
        """P − Q."""
        return self.add(p, self.neg(q))

    def fixed_base(self, scalars: Iterable[int], ledger: Ledger | None = None) -> Points:
        """k·G for every scalar, as set-up needs it; counted as so many `mul`."""
        out = self.multiples(scalars)
        if ledger is not None and len(out):
            ledger.group(self.curve, self.name, "mul", len(out))
        return out

    def vector(self, points: Iterable[Point]) -> Points:
        """Elements as a vector."""
        listed = list(points)
        out = np.empty(len(listed), dtype=object)
        for i, p in enumerate(listed):
            out[i] = p
        return out

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.curve} {self.name})"


class Curve(ABC):
    """Two groups and a pairing."""

    name: str
    form: Literal["shadow", "real"]
    secure: bool
    scalar_field: PrimeField

    @property
    @abstractmethod
    def g1(self) -> Group:
        """The first group, whose elements are short."""

    @property
    @abstractmethod
    def g2(self) -> Group:
        """The second group."""

    def pairing_product_is_one(self, pairs: Sequence[tuple[Point, Point]], ledger: Ledger | None = None) -> bool:
        """Whether the product of pairings of pairs (P in G1, Q in G2) is one."""
        if ledger is not None:
            ledger.pairing(self.name, len(pairs))
        return self._product_is_one(pairs)

    @abstractmethod
    def _product_is_one(self, pairs: Sequence[tuple[Point, Point]]) -> bool: ...

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, {self.form})"
