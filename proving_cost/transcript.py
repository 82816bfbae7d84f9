r"""Fiat-Shamir: the verifier's challenges as hashes of everything said so far.

The transcript is a chain of SHA-256 states.  Absorbed data are framed (label, kind, length), so that two different
sequences of messages never hash the same string; a challenge closes the hash into a new state $s$ and reads
$\mathrm{SHA256}(s \,\|\, 0) \| \mathrm{SHA256}(s \,\|\, 1) \| \dots$, of which 128 bits more than the field needs are
reduced modulo $p$: the bias is below $2^{-128}$.

Prover and verifier absorb the statement first (verifying key, public inputs), then every message of the prover in
order.  An integer takes 32 bytes whatever its value, so that the number of blocks depends on sizes alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.fields import Elements, ExtensionField, Field
from proving_cost.ledger import Ledger

__all__ = ["Transcript", "sha256_blocks"]

INTEGER_BYTES = 32
SECURITY_BYTES = 16  # 128 bits beyond the modulus, against bias
START = b"prover-markets transcript 1"


def sha256_blocks(length: int) -> int:
    """Compressions of SHA-256 on a message of `length` bytes: the message, a one bit and its length, in 64-byte blocks."""
    return (length + 8) // 64 + 1


class Transcript:
    """A chain of SHA-256 states, as prover and verifier both compute it.

    Arguments:
        label: The protocol; transcripts of different labels have nothing in common.
        ledger: Where compressions are counted, as `hash("sha256", blocks)`.

    Example:
        >>> from proving_cost.fields import BABY_BEAR
        >>> a, b = Transcript("example"), Transcript("example")
        >>> a.absorb("commitment", [1, 2, 3])
        >>> b.absorb("commitment", [1, 2, 4])
        >>> a.challenge("z", BABY_BEAR) == b.challenge("z", BABY_BEAR)
        False
    """

    __slots__ = ("_hash", "_ledger", "_length")

    def __init__(self, label: str, ledger: Ledger | None = None) -> None:
        self._ledger = ledger
        self._restart(START)
        self._update(b"label", label.encode())

    def absorb(self, label: str, data: bytes | Iterable[int] | Elements) -> None:
        """Take a message in: bytes, or integers (of any shape, flattened in C order).

        Raises:
            InvalidInput: An entry is not an integer in [0, 2^256).
        """
        name = label.encode()
        if isinstance(data, (bytes, bytearray)):
            self._update(b"bytes " + name, bytes(data))
        else:
            self._update(b"integers " + name, _packed(data, label))

    def challenge(self, label: str, field: Field) -> int | Elements:
        """A uniform element: an integer of a prime field, `(d,)` coefficients of an extension."""
        p = field.base.modulus
        width = (p.bit_length() + 7) // 8 + SECURITY_BYTES
        stream = self._draw(b"challenge " + label.encode(), width * field.degree)
        values = [int.from_bytes(stream[i : i + width], "little") % p for i in range(0, len(stream), width)]
        return field.array(values) if isinstance(field, ExtensionField) else values[0]

    def index(self, label: str, bound: int) -> int:
        """A uniform integer in [0, bound).

        Raises:
            InvalidInput: The bound is below 1 or above 2^64.
        """
        if not isinstance(bound, int) or not 1 <= bound <= 1 << 64:
            raise InvalidInput(f"bound: must be an integer between 1 and 2^64; got {bound!r}.")
        return int.from_bytes(self._draw(b"index " + label.encode(), 8 + SECURITY_BYTES), "little") % bound

    def _update(self, name: bytes, data: bytes) -> None:
        for part in (name, data):
            self._hash.update(len(part).to_bytes(8, "little"))
            self._hash.update(part)
            self._length += 8 + len(part)

    def _restart(self, state: bytes) -> None:
        self._hash = hashlib.sha256(state)
        self._length = len(state)

    def _draw(self, name: bytes, length: int) -> bytes:
        self._update(name, length.to_bytes(8, "little"))
        blocks = sha256_blocks(self._length)
        state = self._hash.digest()
        self._restart(state)
        out = b""
        while len(out) < length:
            counter = (len(out) // 32).to_bytes(8, "little")
            out += hashlib.sha256(state + counter).digest()
            blocks += sha256_blocks(len(state) + len(counter))
        if self._ledger is not None:
            self._ledger.hash("sha256", blocks)
        return out[:length]


def _packed(data: Iterable[int] | Elements, label: str) -> bytes:
    if isinstance(data, np.ndarray) and data.dtype == np.uint64:
        wide = np.zeros((data.size, INTEGER_BYTES // 8), dtype="<u8")
        wide[:, 0] = data.reshape(-1)
        return wide.tobytes()
    values = list(data.flat) if isinstance(data, np.ndarray) else list(data)
    for v in values:
        if isinstance(v, (bool, np.bool_)) or not isinstance(v, (int, np.integer)) or not 0 <= v < 1 << 8 * INTEGER_BYTES:
            raise InvalidInput(f"data: message {label!r} must hold integers in [0, 2^256); got {v!r}.")
    return b"".join(int(v).to_bytes(INTEGER_BYTES, "little") for v in values)
