r"""Poseidon2: a permutation of $\mathbb{F}_p^t$ made of powers and two cheap matrices.

One permutation is the external matrix $M_E$; $R_F/2$ full rounds $s \mapsto M_E (s + c)^{\alpha}$; $R_P$ partial
rounds, which raise only lane 0 (after adding one constant) and multiply by $M_I = J + \operatorname{diag}(\mu)$;
$R_F/2$ full rounds.  $x \mapsto x^\alpha$ is the S-box, $\gcd(\alpha, p - 1) = 1$.

Operations (`permutation_operations`), with $\sigma(\alpha)$ products an S-box ($\sigma(3) = 2$, $\sigma(5) = 3$,
$\sigma(7) = 4$) and $E(t)$ additions for $M_E$ ($E(3) = 5$; $E(4k) = 11k + 8k - 4$, doublings counted as additions):

$$\text{mul} = \sigma(\alpha)(t R_F + R_P) + t R_P, \qquad
\text{add} = t R_F + R_P + (R_F + 1) E(t) + (2t - 1) R_P.$$

The products with the diagonal are counted although its entries are small: a prover that shifts instead saves them.

| instance | $\alpha$ | $R_F$ | $R_P$ | mul | published vector met |
|---|---|---|---|---|---|
| BN254 scalar field, 3 | 5 | 8 | 56 | 408 | of the authors of Poseidon2 |
| Goldilocks, 8 and 12 | 7 | 8 | 22 | 520, 736 | Plonky3, default permutations |
| BabyBear, 16 and 24 | 7 | 8 | 13, 21 | 772, 1356 | Plonky3, default permutations |
| KoalaBear, 16 and 24 | 3 | 8 | 20, 23 | 616, 982 | Plonky3, default permutations |

References: Grassi, Khovratovich, Schofnegger, *Poseidon2: A faster version of the Poseidon hash function* (eprint
2023/323); constants and matrices: `poseidon2_constants`.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.arithmetic import Arithmetic, from_galois, to_galois
from proving_cost.fields import BABY_BEAR, BN254_FR, GOLDILOCKS, KOALA_BEAR, Elements, PrimeField
from proving_cost.kernels.poseidon2_constants import external_matrix, internal_diagonal, round_constants

__all__ = [
    "INSTANCES", "Poseidon2", "permutation_operations", "permute", "permute_one", "poseidon2", "reference_permutation",
]  # fmt: skip

E = TypeVar("E")

_SBOX_PRODUCTS = {3: 2, 5: 3, 7: 4}
_COMPILED = {
    "bn254_fr": "poseidon2_bn254",
    "goldilocks": "poseidon2_goldilocks",
    "babybear": "poseidon2_31_bits",
    "koalabear": "poseidon2_31_bits",
}


@dataclass(frozen=True, slots=True)
class Rounds:
    """The exponent of the S-box and the numbers of rounds."""

    field: PrimeField
    alpha: int
    full: int
    partial: int


INSTANCES: Mapping[tuple[str, int], Rounds] = MappingProxyType(
    {
        ("bn254_fr", 3): Rounds(BN254_FR, 5, 8, 56),
        ("goldilocks", 8): Rounds(GOLDILOCKS, 7, 8, 22),
        ("goldilocks", 12): Rounds(GOLDILOCKS, 7, 8, 22),
        ("babybear", 16): Rounds(BABY_BEAR, 7, 8, 13),
        ("babybear", 24): Rounds(BABY_BEAR, 7, 8, 21),
        ("koalabear", 16): Rounds(KOALA_BEAR, 3, 8, 20),
        ("koalabear", 24): Rounds(KOALA_BEAR, 3, 8, 23),
    }
)
"""Rounds by name of the field and width, for 128 bits of security (Plonky3 and the authors' script)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Poseidon2:
    """An instance of the permutation; make it with `poseidon2`, which makes each once, so that identity is equality.

    Arguments:
        field: The field of the state's elements.
        width: Elements of the state, t.
        alpha: Exponent of the S-box.
        full_rounds: $R_F$; half of them come first, half last.
        partial_rounds: $R_P$.
        external_constants: t constants for each full round.
        internal_constants: One constant for each partial round.
        internal_diagonal: $\\mu$: the internal matrix is all ones plus this diagonal.
    """

    field: PrimeField
    width: int
    alpha: int
    full_rounds: int
    partial_rounds: int
    external_constants: tuple[tuple[int, ...], ...]
    internal_constants: tuple[int, ...]
    internal_diagonal: tuple[int, ...]

    @property
    def name(self) -> str:
        """How ledgers call it, e.g. `poseidon2/goldilocks/12`."""
        return f"poseidon2/{self.field.name}/{self.width}"

    @property
    def external_matrix(self) -> tuple[tuple[int, ...], ...]:
        """The matrix of the full rounds, by rows."""
        return external_matrix(self.width)

    def __repr__(self) -> str:
        return f"Poseidon2({self.name}: x^{self.alpha}, {self.full_rounds} + {self.partial_rounds} rounds)"


def poseidon2(field: PrimeField, width: int) -> Poseidon2:
    """The instance over a field, of a width; made once in a process.

    Raises:
        InvalidInput: There is no such instance.

    Example:
        >>> from proving_cost.fields import GOLDILOCKS
        >>> hex(permute_one(poseidon2(GOLDILOCKS, 12), list(range(12)))[0])
        '0xf292ab67c0f14b03'
    """
    if INSTANCES.get((field.name, width)) is None:
        known = ", ".join(f"{f} {t}" for f, t in INSTANCES)
        raise InvalidInput(f"width: Poseidon2 must have a known field and width; got {field.name!r} {width!r}. Try {known}.")
    return _instance(field.name, width)


@functools.cache
def _instance(field_name: str, width: int) -> Poseidon2:
    rounds = INSTANCES[field_name, width]
    external, internal = round_constants(rounds.field.modulus, width, rounds.full, rounds.partial)
    return Poseidon2(
        field=rounds.field,
        width=width,
        alpha=rounds.alpha,
        full_rounds=rounds.full,
        partial_rounds=rounds.partial,
        external_constants=external,
        internal_constants=internal,
        internal_diagonal=internal_diagonal(field_name, width, rounds.field.modulus),
    )


def permutation_operations(name: str) -> Mapping[tuple[str, str], int]:
    """Field operations of one permutation, by the closed form of this module; keyed by (field, operation).

    Arguments:
        name: E.g. `poseidon2/bn254_fr/3`.

    Raises:
        InvalidInput: No instance has this name.
    """
    found = _operations_by_name().get(name)
    if found is None:
        raise InvalidInput(f"instance: must be one of {', '.join(_operations_by_name())}; got {name!r}.")
    return found


@functools.cache
def _operations_by_name() -> dict[str, Mapping[tuple[str, str], int]]:
    out: dict[str, Mapping[tuple[str, str], int]] = {}
    for (field, t), rounds in INSTANCES.items():
        boxes = t * rounds.full + rounds.partial
        layer = 5 if t == 3 else 11 * (t // 4) + 2 * t - 4
        mul = _SBOX_PRODUCTS[rounds.alpha] * boxes + t * rounds.partial
        add = boxes + (rounds.full + 1) * layer + (2 * t - 1) * rounds.partial
        out[f"poseidon2/{field}/{t}"] = MappingProxyType({(field, "mul"): mul, (field, "add"): add})
    return out


def permute(arith: Arithmetic, instance: Poseidon2, states: Elements) -> Elements:
    """Permute every state of a batch; counts one `Hash` event a state.

    Arguments:
        arith: Over the instance's field.
        instance: Which permutation.
        states: Of shape (n, t), canonical residues.

    Raises:
        InvalidInput: The field or the shape is another.
    """
    if arith.field != instance.field:
        raise InvalidInput(
            f"field: {instance.name} must have arithmetic over {instance.field.name!r}; got {arith.field.name!r}. "
            "Try arith.over(instance.field)."
        )
    if states.ndim != 2 or states.shape[1] != instance.width:
        raise InvalidInput(f"states: {instance.name} takes an array of shape (n, {instance.width}); got {states.shape}.")
    if arith.ledger is not None and len(states):
        arith.ledger.hash(instance.name, len(states))
    if arith.body == "fast":
        return _fast(instance)(states)
    field = instance.field
    lanes = [to_galois(field, states[:, i]) for i in range(instance.width)]
    lanes = reference_permutation(instance, lanes, lambda v: _lifted(field, v))
    return np.stack([from_galois(field, lane) for lane in lanes], axis=1)


@functools.lru_cache(maxsize=1 << 12)
def _lifted(field: PrimeField, value: int) -> Elements:
    """A constant as an element of the field's `galois` class, which takes longer to make than to use."""
    return to_galois(field, value)


def permute_one(instance: Poseidon2, state: Sequence[int]) -> list[int]:
    """Permute one state of canonical Python integers; not counted.

    Raises:
        InvalidInput: The state has another length.
    """
    if len(state) != instance.width:
        raise InvalidInput(f"state: {instance.name} takes {instance.width} elements; got {len(state)}.")
    out: list[int] = _fast(instance)(np.array([state], dtype=instance.field.dtype))[0].tolist()
    return out


def reference_permutation(instance: Poseidon2, state: Sequence[E], lift: Callable[[int], E]) -> list[E]:
    """The algorithm on anything that adds and multiplies: `galois` arrays, or scalars that count.

    Arguments:
        instance: Which permutation.
        state: t elements (or arrays of as many elements as there are states).
        lift: Makes an element of an integer.
    """
    s: list[Any] = _external(list(state))
    half = instance.full_rounds // 2
    for constants in instance.external_constants[:half]:
        s = _external([_power(x + lift(c), instance.alpha) for x, c in zip(s, constants, strict=True)])
    diagonal = [lift(d) for d in instance.internal_diagonal]
    for c in instance.internal_constants:
        s[0] = _power(s[0] + lift(c), instance.alpha)
        total = _sum(s)
        s = [total + d * x for d, x in zip(diagonal, s, strict=True)]
    for constants in instance.external_constants[half:]:
        s = _external([_power(x + lift(c), instance.alpha) for x, c in zip(s, constants, strict=True)])
    return s


def _power(x: Any, alpha: int) -> Any:
    square = x * x
    if alpha == 3:
        return square * x
    if alpha == 5:
        return square * square * x
    return (square * x) * (square * square)


def _sum(s: Sequence[Any]) -> Any:
    total = s[0]
    for x in s[1:]:
        total = total + x
    return total


def _external(s: list[Any]) -> list[Any]:
    """The external matrix: 5 additions for t = 3; 11 for each block of four, then 2t − 4 to mix the blocks."""
    if len(s) == 3:
        total = _sum(s)
        return [total + x for x in s]
    blocks = [_block(*s[i : i + 4]) for i in range(0, len(s), 4)]
    sums = [_sum([block[i] for block in blocks]) for i in range(4)]
    return [x + total for block in blocks for x, total in zip(block, sums, strict=True)]


def _block(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any, Any, Any]:
    """The circulant (2, 3, 1, 1) in 9 additions and 2 doublings."""
    ab, cd = a + b, c + d
    all_four = ab + cd
    with_b, with_d = all_four + b, all_four + d
    return with_b + ab, with_b + (c + c), with_d + cd, with_d + (a + a)


@functools.lru_cache(maxsize=64)
def _fast(instance: Poseidon2) -> Callable[[Elements], Elements]:
    """The compiled body of an instance, with its constants bound."""
    compiled = importlib.import_module(f"proving_cost.compiled.{_COMPILED[instance.field.name]}")
    bound: Callable[[Elements], Elements] = compiled.bind(instance)
    return bound
