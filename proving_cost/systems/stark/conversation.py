"""The order of messages and challenges, the same for prover, verifier and closed form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from proving_cost.fields import Elements
from proving_cost.ledger import Ledger
from proving_cost.systems.stark.proof import Digest
from proving_cost.systems.stark.scalars import EXTENSION, Scalar
from proving_cost.transcript import Transcript

__all__ = ["Conversation", "find_nonce", "nonce_works"]


class Conversation:
    """A transcript of which each step names what is said and returns what the verifier asks next.

    Arguments:
        statement: Everything fixed before the proof, the digest of the verifying key first.
        public: The public inputs.
        ledger: Counts the hashes, in a phase `transcript`.
    """

    __slots__ = ("_ledger", "_transcript")

    def __init__(self, label: str, statement: Sequence[int], public: Sequence[int], ledger: Ledger | None = None) -> None:
        self._ledger = ledger
        self._transcript = Transcript(label, ledger)
        self._transcript.absorb("statement", statement)
        self._transcript.absorb("public inputs", public)

    def say(self, label: str, message: Digest | Elements) -> None:
        """A message of the prover."""
        self._transcript.absorb(label, message)

    def ask(self, label: str) -> Scalar:
        """A challenge in the extension."""
        with self._phase():
            a, b = self._transcript.challenge(label, EXTENSION)  # type: ignore[misc]
        return Scalar(int(a), int(b))

    def indices(self, queries: int, bound: int) -> list[int]:
        """Places to open."""
        with self._phase():
            return [self._transcript.index("query", bound) for _ in range(queries)]

    @contextmanager
    def _phase(self) -> Iterator[None]:
        if self._ledger is None:
            yield
        else:
            with self._ledger.phase("transcript"):
                yield


def find_nonce(seed: Scalar, bits: int) -> int:
    """The smallest nonce whose hash with the seed begins with so many zero bits."""
    nonce = 0
    while not nonce_works(seed, nonce, bits):
        nonce += 1
    return nonce


def nonce_works(seed: Scalar, nonce: int, bits: int) -> bool:
    """Whether SHA-256 of seed and nonce begins with so many zero bits."""
    data = b"".join(v.to_bytes(8, "little") for v in (seed.a, seed.b, nonce))
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big") >> (64 - bits) == 0
