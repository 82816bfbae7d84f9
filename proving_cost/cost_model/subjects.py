r"""What a timing is of: a *subject* and a size, and the events of a ledger they price.

| event | subject | size |
|---|---|---|
| `Ntt` | `ntt/<field>` | n |
| `Msm` | `msm/<curve>/<group>` | n |
| `Msm` of a circuit's scalars | `msm/<curve>/<group>/witness` | n |
| `BatchInversion` | `batch_inversion/<field>` | n |
| `SumcheckRound` | `sumcheck/<field>/<factors>` | entries of a table |
| `FriFold` | `fri_fold/<field>/<arity>` | entries of the codeword |
| `Hash` | `hash/<instance>` | permutations in all |
| `FieldOperation` | `field/<field>/<operation>` | operations in all |
| `GroupOperation` | `group/<curve>/<group>/<operation>` | operations in all |
| `Pairing` | `pairing/<curve>` | pairs in all |
| `Bytes` | `bytes` | bytes in all |

The first five are *sized*: each event is a call of its own size, and a timing is of the *plain* one (forward, no
coset, uniform scalars), from which the others differ by their work; those of a circuit's scalars (`WITNESS_MIXTURE`) are
timed to see how far that is true.  The last five are *streams*: all that a phase
does of them is taken as one call.
"""

from __future__ import annotations

from collections.abc import Mapping

from mechanisms.errors import InvalidInput
from proving_cost.cost_model.work import work_of
from proving_cost.fields import EXTENSION_FIELDS, PRIME_FIELDS
from proving_cost.kernels.msm_work import CURVES
from proving_cost.kernels.scalar_bits import histogram
from proving_cost.ledger import (
    BatchInversion,
    Bytes,
    Event,
    FieldOperation,
    FriFold,
    GroupOperation,
    Hash,
    Msm,
    Ntt,
    Pairing,
    SumcheckRound,
)

__all__ = ["IGNORED", "MODELLED", "POWERS", "event_of", "is_sized", "size_of", "subject_of"]

MODELLED: Mapping[str, tuple[str, ...]] = {
    "ntt": ("field", "n", "coset", "inverse"),
    "msm": ("curve", "group", "n", "scalar_bits"),
    "hash": ("instance",),
    "field": ("field", "operation"),
    "batch_inversion": ("field", "n"),
    "sumcheck": ("field", "size", "factors"),
    "fri_fold": ("field", "size", "arity"),
    "group": ("curve", "group", "operation"),
    "pairing": ("curve",),
    "bytes": (),
}
"""Fields of each kind of event that the cost model reads."""

IGNORED: Mapping[str, Mapping[str, str]] = {
    "bytes": {"purpose": "a byte costs the same whatever it is for: between the memory and the bus of the machine"},
}
"""Fields that it does not read, with the reason."""

WITNESS = "witness"
SIZED = ("ntt", "msm", "batch_inversion", "sumcheck", "fri_fold")
_PARTS = {
    "ntt": 2, "msm": 3, "batch_inversion": 2, "sumcheck": 3, "fri_fold": 3, "field": 3, "group": 4, "pairing": 2,
    "bytes": 1,
}  # fmt: skip
POWERS = ("ntt", "sumcheck", "fri_fold")
"""Kinds of which sizes are powers of two."""
_FIELDS, _CURVES, _GROUPS = (*PRIME_FIELDS, *EXTENSION_FIELDS), tuple(CURVES), ("g1", "g2")
_ALLOWED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ntt": (_FIELDS,), "batch_inversion": (_FIELDS,), "sumcheck": (_FIELDS,), "fri_fold": (_FIELDS,),
    "field": (_FIELDS, ("add", "mul", "inv")), "msm": (_CURVES, _GROUPS), "pairing": (_CURVES,),
    "group": (_CURVES, _GROUPS, ("add", "double", "mul")),
}  # fmt: skip


def subject_of(event: Event) -> str:
    """The subject that prices an event.

    Example:
        >>> subject_of(Msm("bn254", "g1", 1024))
        'msm/bn254/g1'
    """
    match event:
        case Ntt():
            return f"ntt/{event.field}"
        case Msm():
            return f"msm/{event.curve}/{event.group}"
        case Hash():
            return f"hash/{event.instance}"
        case FieldOperation():
            return f"field/{event.field}/{event.operation}"
        case BatchInversion():
            return f"batch_inversion/{event.field}"
        case SumcheckRound():
            return f"sumcheck/{event.field}/{event.factors}"
        case FriFold():
            return f"fri_fold/{event.field}/{event.arity}"
        case GroupOperation():
            return f"group/{event.curve}/{event.group}/{event.operation}"
        case Pairing():
            return f"pairing/{event.curve}"
        case Bytes():
            return "bytes"
    raise InvalidInput(f"event: must be one of {', '.join(MODELLED)}; got {event!r}.")


def is_sized(event: Event) -> bool:
    """Whether each event is a call of its own size; otherwise all of them together are one call."""
    return event.kind in SIZED


def size_of(event: Event) -> int:
    """The size of a sized event."""
    return event.size if isinstance(event, SumcheckRound | FriFold) else event.n  # type: ignore[union-attr]


def event_of(subject: str, n: int) -> Event:
    """The plain event that a timing of this subject and size is of; a stream's single event.

    Raises:
        InvalidInput: No such subject, or a size that its kernel does not take.

    Example:
        >>> event_of("ntt/goldilocks", 1024)
        Ntt(field='goldilocks', n=1024, coset=False, inverse=False)
    """
    kind, *parts = subject.split("/")
    if kind == "hash" and parts:
        event = Hash("/".join(parts))
        try:
            work_of(event)
        except InvalidInput as wrong:
            raise InvalidInput(f"subject: {wrong}") from None
        return event
    witness = kind == "msm" and parts[2:] == [WITNESS]
    if witness:
        parts = parts[:2]
    if len(parts) + 1 != _PARTS.get(kind, 0) or not all(parts):
        raise InvalidInput(
            f"subject: must be one of {', '.join(MODELLED)} with its parts, e.g. 'msm/bn254/g1'; got {subject!r}."
        )
    for part, allowed in zip(parts, _ALLOWED.get(kind, ()), strict=False):
        if part not in allowed:
            raise InvalidInput(f"subject: {part!r} must be one of {', '.join(allowed)}; got {subject!r}.")
    if kind in POWERS and (n < 1 or n & (n - 1)):
        raise InvalidInput(f"n of {subject!r}: must be a power of two; got {n!r}.")
    match kind:
        case "ntt":
            return Ntt(parts[0], n)
        case "msm":
            bits = histogram("mixture", n, CURVES[parts[0]][0].bits).items() if witness else ()
            return Msm(parts[0], parts[1], n, tuple(bits))  # type: ignore[arg-type]
        case "field":
            return FieldOperation(parts[0], parts[1])  # type: ignore[arg-type]
        case "batch_inversion":
            return BatchInversion(parts[0], n)
        case "sumcheck" | "fri_fold":
            return _with_number(kind, subject, parts, n)
        case "group":
            return GroupOperation(parts[0], parts[1], parts[2])  # type: ignore[arg-type]
        case "pairing":
            return Pairing(parts[0])
    return Bytes("bytes")


def _with_number(kind: str, subject: str, parts: list[str], n: int) -> Event:
    number = int(parts[1]) if parts[1].isascii() and parts[1].isdecimal() and len(parts[1]) < 10 else 0
    if kind == "sumcheck":
        if number < 1:
            raise InvalidInput(f"subject: must end in the number of factors; got {subject!r}. Try 'sumcheck/goldilocks/2'.")
        return SumcheckRound(parts[0], n, number)
    if number < 2 or number & (number - 1):
        raise InvalidInput(f"subject: must end in an arity, a power of two; got {subject!r}. Try 'fri_fold/goldilocks/2'.")
    return FriFold(parts[0], n, number)
