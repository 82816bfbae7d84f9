r"""A sponge on Poseidon2: hash values of any number of field elements, and of pairs of hash values.

A state of t elements is a *rate* of r = t − c, where elements are absorbed, followed by a *capacity* of c, which they
never touch; a digest is the first c elements of the final state.  Absorption overwrites the rate with the next r
elements, the last block filled up with zeros, and permutes.  The capacity starts as the length m of the input and a
tag that keeps uses apart, $(0, \ldots, 0, m, \text{tag})$, or $\text{tag} + 2^{16} m$ where c = 1; so inputs of different
lengths or uses never meet, although the filling is plain.

A digest of m elements costs $\max(1, \lceil m/r \rceil)$ permutations; a pair of digests is an input of 2c ≤ r
elements, hence one.  Generic attacks cost about $p^{c/2}$ evaluations: $2^{123}$ to $2^{128}$ for the defaults.

References: Bertoni, Daemen, Peeters, Van Assche, *Duplexing the sponge* (overwrite mode; SAC 2011).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput, Refused
from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import Elements, PrimeField
from proving_cost.kernels.poseidon2 import Poseidon2, permute, permute_one, poseidon2

__all__ = ["Digest", "Sponge", "default_sponge"]

Digest = tuple[int, ...]

_TAG_BITS = 16
_LENGTH_LIMIT = 1 << 30
_DEFAULTS = {"bn254_fr": (3, 1), "goldilocks": (12, 4), "babybear": (24, 8), "koalabear": (24, 8)}


@dataclass(frozen=True, slots=True)
class Sponge:
    """A permutation and how many elements of its state are a digest, and the capacity.

    Arguments:
        instance: The permutation.
        digest: Elements of a digest, c.

    Raises:
        InvalidInput: Two digests do not fit into the rate.
    """

    instance: Poseidon2
    digest: int

    def __post_init__(self) -> None:
        if type(self.digest) is not int or not 1 <= self.digest <= self.instance.width // 3:
            raise InvalidInput(
                f"digest: must be 1 to a third of the {self.instance.width} elements of {self.instance.name}, so that "
                f"two digests fit beside the capacity; got {self.digest!r}."
            )

    @property
    def rate(self) -> int:
        """Elements that one permutation absorbs."""
        return self.instance.width - self.digest

    def permutations(self, length: int) -> int:
        """Permutations for a digest of so many elements."""
        return max(1, -(-length // self.rate))

    def initial_capacity(self, length: int, tag: int) -> Digest:
        """The capacity before the first permutation, for inputs of a length and a tag.

        Raises:
            InvalidInput: The tag or the length is too large.
        """
        if type(tag) is not int or not 0 <= tag < 1 << _TAG_BITS:
            raise InvalidInput(f"tag: must be an integer from 0 to 2^{_TAG_BITS} − 1; got {tag!r}.")
        if not 0 <= length < _LENGTH_LIMIT:
            raise InvalidInput(f"length: a sponge takes fewer than 2^30 elements; got {length}. Hash them in parts.")
        if self.digest == 1:
            return (tag + (length << _TAG_BITS),)
        return (*[0] * (self.digest - 2), length, tag)

    def digest_one(self, values: Sequence[int], tag: int = 0) -> Digest:
        """The digest of canonical Python integers; not counted.

        Arguments:
            values: Any number of elements.
            tag: What the digest is for.

        Example:
            >>> from proving_cost.fields import BN254_FR
            >>> sponge = default_sponge(BN254_FR)
            >>> sponge.digest_one([1, 2]) == sponge.digest_one([1, 2, 0])
            False
        """
        values = [int(v) for v in values]
        rate = self.rate
        capacity = self.initial_capacity(len(values), tag)
        state = [0] * rate + list(capacity)
        for start in range(0, max(1, len(values)), rate):
            block = values[start : start + rate]
            state = permute_one(self.instance, block + [0] * (rate - len(block)) + state[rate:])
        return tuple(state[: self.digest])

    def compress(self, left: Digest, right: Digest, tag: int = 1) -> Digest:
        """The digest of two digests, by one permutation; not counted.

        Raises:
            InvalidInput: One of them is no digest of this sponge.
        """
        if len(left) != self.digest or len(right) != self.digest:
            raise InvalidInput(f"digests: must have {self.digest} elements each; got {len(left)} and {len(right)}.")
        return self.digest_one((*left, *right), tag)

    def digests(self, arith: Arithmetic, rows: Elements, tag: int = 0) -> Elements:
        """The digests of many inputs of one length; counts every permutation.

        Arguments:
            arith: Over the instance's field.
            rows: Of shape (n, m), an input a row.
            tag: What the digests are for.

        Returns:
            An array of shape (n, digest).

        Raises:
            InvalidInput: The field or the shape is wrong.
        """
        if rows.ndim != 2:
            raise InvalidInput(f"rows: must be of shape (inputs, elements); got {rows.shape}.")
        n, m = rows.shape
        rate = self.rate
        states = self.instance.field.zeros((n, self.instance.width))
        states[:, rate:] = np.array(self.initial_capacity(m, tag), dtype=states.dtype)
        for start in range(0, max(1, m), rate):
            block = rows[:, start : start + rate]
            states[:, : block.shape[1]] = block
            states[:, block.shape[1] : rate] = 0
            states = permute(arith, self.instance, states)
        return states[:, : self.digest].copy()

    def compressions(self, arith: Arithmetic, left: Elements, right: Elements, tag: int = 1) -> Elements:
        """`compress` of many pairs, of shape (n, digest) each; counts n permutations."""
        return self.digests(arith, np.concatenate([left, right], axis=1), tag)


def default_sponge(field: PrimeField) -> Sponge:
    """The sponge that proof systems over a field use.

    Raises:
        Refused: The field has none.
    """
    return _default_sponge(field.name)


@functools.cache
def _default_sponge(field_name: str) -> Sponge:
    from proving_cost.fields import PRIME_FIELDS

    if field_name not in _DEFAULTS:
        raise Refused(f"field: no sponge is defined over {field_name!r}; there is one over {', '.join(_DEFAULTS)}.")
    width, digest = _DEFAULTS[field_name]
    return Sponge(poseidon2(PRIME_FIELDS[field_name], width), digest)
