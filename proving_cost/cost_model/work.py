r"""What a kernel asks of a machine, before any timing: wide multiply-adds, plain instructions, bytes.

* *Wide multiply-adds* (32 × 32 → 64 bits, accumulated): a Montgomery product of $L$ 32-bit limbs takes $2L^2+L$, so
  136 in a 254-bit field ($L = 8$); a multi-scalar multiplication as `kernels.msm_work` says.
* *Plain instructions*, 32-bit integer ones, for fields of one or two words, from machine code compiled for a GPU
  (a Goldilocks butterfly, one product and two additions, 36; one of a 31-bit prime, 8), and for hashes that are not
  algebraic.
* *Bytes* through memory: operands and results once; an NTT in passes of at most $2^{12}$ points in fast memory,
  $\lceil \lg n / 12 \rceil$ of them.  Element-wise operations of a phase are taken as *fused*, operands in registers,
  and move nothing (a DEEP quotient does eight products with every value it loads); a timing of `field/...` must
  therefore be of a chain of operations on resident operands, not of a pass over memory.

These are not times: `structure` multiplies them by a factor fitted to timings, which absorbs what is left out here
(loads, index arithmetic, idle lanes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mechanisms.errors import InvalidInput
from proving_cost.fields import field_named
from proving_cost.kernels.msm_work import msm_work
from proving_cost.ledger import Bytes, Event, FieldOperation, Hash, Msm, Ntt

__all__ = ["Work", "family_of", "work_of"]

WIDE_PRODUCT = 136.0  # 2 L^2 + L at L = 8
WIDE_ADDITION = 24.0  # instructions: add, compare, subtract over 8 limbs
INSTRUCTIONS: Mapping[int, tuple[float, float]] = {32: (4.0, 2.0), 64: (24.0, 6.0)}  # bits -> (product, addition)
PERMUTATION: Mapping[str, float] = {"sha256": 2300.0, "blake2s": 1150.0, "blake3": 800.0, "keccak": 4300.0}
"""32-bit instructions of a compression: rounds times additions, rotations and logic of a round (counted by hand)."""
POINTS_A_PASS = 12  # lg of the points that one pass of an NTT transforms


@dataclass(frozen=True, slots=True)
class Work:
    """Work of one event.

    Attributes:
        wide_mads: 32 × 32 → 64 bit multiply-adds.
        instructions: Other 32-bit integer instructions.
        memory_bytes: Bytes that pass through memory.
    """

    wide_mads: float
    instructions: float
    memory_bytes: float


def work_of(event: Event) -> Work:
    """Work of one event.

    Raises:
        InvalidInput: The event is of a curve, field or hash that is not modelled.
    """
    if isinstance(event, Msm):
        return Work(msm_work(event).wide_mads, 0.0, float(event.bytes_moved()))
    if event.kind in ("group", "pairing"):
        return Work(0.0, 0.0, 0.0)
    if isinstance(event, Bytes):
        return Work(0.0, 0.0, 1.0)
    if isinstance(event, Hash) and not event.instance.startswith("poseidon2/"):
        name = next((known for known in PERMUTATION if event.instance.startswith(known)), None)
        if name is None:
            raise InvalidInput(f"instance: must be poseidon2/... or one of {', '.join(PERMUTATION)}; got {event.instance!r}.")
        return Work(0.0, PERMUTATION[name], float(event.bytes_moved()))
    mads = instructions = 0.0
    for (name, operation), count in event.operations().items():
        mads_each, each = _operation(name, operation)
        mads += count * mads_each
        instructions += count * each
    if isinstance(event, FieldOperation):
        return Work(mads, instructions, 0.0)
    passes = max(1, -(-(event.n.bit_length() - 1) // POINTS_A_PASS)) if isinstance(event, Ntt) else 1
    return Work(mads, instructions, float(passes * event.bytes_moved()))


def _operation(name: str, operation: str) -> tuple[float, float]:
    field = field_named(name)
    bits = field.base.bits
    if operation == "inv":  # by a power: 1.5 products a bit; in an extension of degree d, d^3 products more
        mads, each = _operation(field.base.name, "mul")
        products = 1.5 * bits + (field.degree**3 if field.degree > 1 else 0)
        return mads * products, each * products
    if bits > 64:
        return (WIDE_PRODUCT, 0.0) if operation == "mul" else (0.0, WIDE_ADDITION)
    product, addition = INSTRUCTIONS[32 if bits <= 32 else 64]
    return 0.0, product if operation == "mul" else addition


def family_of(event: Event) -> str:
    """Events whose times stand in one ratio to their work: `msm/g1`, `ntt/wide`, `hash/narrow`...

    *Wide* fields have products of many limbs, *narrow* ones of one or two words.
    """
    if isinstance(event, Msm):
        return f"msm/{event.group}"
    if event.kind in ("group", "pairing"):
        operation = getattr(event, "operation", "")
        return f"{event.kind}/{getattr(event, 'curve', '')}/{getattr(event, 'group', '')}/{operation}".rstrip("/")
    if isinstance(event, Bytes):
        return "bytes"
    if isinstance(event, Hash) and not event.instance.startswith("poseidon2/"):
        return f"hash/{event.instance}"
    name = event.instance.split("/")[1] if isinstance(event, Hash) else event.field  # type: ignore[union-attr]
    return f"{event.kind}/{'wide' if field_named(name).base.bits > 64 else 'narrow'}"
