"""What every proof system offers: compile, set up, prove, verify, and a closed form of what proving counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np

from proving_cost.arithmetic import Body
from proving_cost.circuits.circuit import Assignment, Circuit
from proving_cost.fields import PrimeField
from proving_cost.ledger import Ledger

__all__ = ["Keys", "ProofSystem"]

R = TypeVar("R")
P = TypeVar("P")
V = TypeVar("V")
X = TypeVar("X")


@dataclass(frozen=True, slots=True, eq=False)
class Keys(Generic[P, V]):
    """What set-up gives: one key for the prover, one for the verifier."""

    proving: P
    verifying: V


class ProofSystem(ABC, Generic[R, P, V, X]):
    """A proof system over circuits of one field: relation `R`, keys `P` and `V`, proof `X`."""

    name: ClassVar[str]

    @property
    @abstractmethod
    def field(self) -> PrimeField:
        """The field that circuits must be described over."""

    @property
    @abstractmethod
    def secure(self) -> bool:
        """Whether proofs convince anyone; shadow groups and toy parameters do not.

        What counts as enough is the system's to say (proven bits, or a real curve).  A set-up with a trapdoor is taken
        on trust: its `rng` must have been unpredictable, and is forgotten.
        """

    @abstractmethod
    def compile(self, circuit: Circuit) -> R:
        """The circuit as this system's relation.

        Raises:
            InvalidInput: The circuit is over another field.
        """

    @abstractmethod
    def setup(self, relation: R, *, rng: np.random.Generator, ledger: Ledger | None = None) -> Keys[P, V]:
        """Keys for a relation."""

    @abstractmethod
    def prove(
        self, key: P, assignment: Assignment, *, rng: np.random.Generator, ledger: Ledger | None = None,
        body: Body = "fast", check: bool = True,
    ) -> X:  # fmt: skip
        """A proof that the assignment satisfies the relation.

        Raises:
            InvalidInput: It does not; the message names a constraint.  With `check=False` a proof is made all
                the same, and `verify` rejects it.
        """

    @abstractmethod
    def verify(self, key: V, public: Sequence[int], proof: X, *, ledger: Ledger | None = None) -> bool:
        """Whether the proof convinces; a malformed proof does not, and raises nothing."""

    @abstractmethod
    def closed_form(self, relation: R) -> Ledger:
        """What `prove` counts, from sizes alone (bit lengths of scalars apart)."""

    @abstractmethod
    def proof_bytes(self, proof: X) -> int:
        """Size of the proof on the wire."""
