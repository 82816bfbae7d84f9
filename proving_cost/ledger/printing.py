"""A ledger as text: a tree of phases, and a table of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proving_cost.ledger.events import (
    BatchInversion,
    Bytes,
    Event,
    FieldOperation,
    FriFold,
    GroupOperation,
    Hash,
    Msm,
    Ntt,
    SumcheckRound,
)
from proving_cost.ledger.ledger import Ledger, Phase

__all__ = ["describe", "table", "tree"]


def describe(event: Event) -> str:
    """The event in a few words, e.g. `coset iNTT bn254_fr 2^12`."""
    match event:
        case Ntt():
            return f"{'coset ' if event.coset else ''}{'iNTT' if event.inverse else 'NTT'} {event.field} {size(event.n)}"
        case Msm():
            bits = sum(b * k for b, k in event.scalar_bits)
            known = sum(k for _, k in event.scalar_bits)
            mean = f", {bits / known:.0f}-bit scalars on average" if known else ""
            return f"MSM {event.curve} {event.group.upper()} {size(event.n)}{mean}"
        case Hash():
            return f"hash {event.instance}"
        case FieldOperation():
            return f"{event.operation} {event.field}"
        case BatchInversion():
            return f"batch inversion {event.field} {size(event.n)}"
        case SumcheckRound():
            return f"sumcheck round {event.field} {event.factors} factors of {size(event.size)}"
        case FriFold():
            return f"FRI fold {event.field} {size(event.size)} by {event.arity}"
        case GroupOperation():
            return f"{event.operation} {event.curve} {event.group.upper()}"
        case Bytes():
            return f"bytes {event.purpose}"
        case _:
            return f"{event.kind} {event.curve}"


def size(n: int) -> str:
    """A size, as a power of two where it is one."""
    return f"2^{n.bit_length() - 1}" if n > 8 and n & (n - 1) == 0 else str(n)


def tree(ledger: Ledger) -> str:
    """Phases as a tree, each with its own events."""
    lines = list(_lines(ledger.root, ""))
    return "\n".join(lines) if lines else "(nothing counted)"


def _lines(phase: Phase, indent: str) -> Iterator[str]:
    for event, count in _merged(phase.events):
        yield f"{indent}{count:>14,}  {event}"
    for name, sub in phase.phases.items():
        yield f"{indent}{name}"
        yield from _lines(sub, indent + "  ")


def table(ledger: Ledger) -> str:
    """Events merged over phases, then field operations in all."""
    rows = list(_merged(ledger.events()))
    sums = [(f"{operation} {field}", count) for (field, operation), count in sorted(ledger.operations().items())]
    sums.append(("bytes moved, at least", ledger.bytes_moved()))
    heading = "field operations in all"
    wide = max(len(name) for name, _ in (*rows, *sums, (heading, 0)))
    lines = [f"{'event':<{wide}}  {'count':>14}", "-" * (wide + 16)]
    lines += [f"{name:<{wide}}  {count:>14,}" for name, count in rows]
    lines += ["", heading]
    lines += [f"{name:<{wide}}  {count:>14,}" for name, count in sums]
    return "\n".join(lines)


def _place(event: Event) -> tuple[str, int, str]:
    """By kind, then the largest first."""
    return event.kind, -int(getattr(event, "n", getattr(event, "size", 0))), repr(event)


def _merged(events: Mapping[Event, int]) -> Iterator[tuple[str, int]]:
    counts: dict[str, int] = {}
    for event, count in sorted(events.items(), key=lambda item: _place(item[0])):
        if count:
            name = describe(event)
            counts[name] = counts.get(name, 0) + count
    yield from counts.items()
