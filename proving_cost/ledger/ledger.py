"""The ledger: how often each event happened, nested by the phases of a protocol.

    with ledger.phase("quotient"):
        ledger.ntt("bn254_fr", n, batch=3, coset=True)

Ledgers add (`+`, phase by phase) and scale (`*`), print as a tree (`str`) and as a table (`table()`), and go to
JSON and back unchanged.  Two ledgers are equal if every phase holds the same events as often.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mechanisms.errors import InvalidInput
from proving_cost.ledger.event_json import event_from_json, event_to_json
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
    Pairing,
    SumcheckRound,
)

__all__ = ["FORMAT", "Ledger", "Phase"]

FORMAT = "prover-markets ledger 1"
DEEPEST = 100  # phases below phases that are read from JSON: far more than a protocol has, far fewer than the stack holds


class Phase:
    """Events of one phase, and its sub-phases in the order in which they began."""

    __slots__ = ("events", "phases")

    def __init__(self) -> None:
        self.events: Counter[Event] = Counter()
        self.phases: dict[str, Phase] = {}

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Phase]]:
        """This phase and all below it, with their paths."""
        yield path, self
        for name, phase in self.phases.items():
            yield from phase.walk((*path, name))

    def add(self, other: Phase, times: int = 1) -> None:
        """Add another phase's events, and its sub-phases', a number of times."""
        for event, count in other.events.items():
            self.events[event] += count * times
        for name, phase in other.phases.items():
            self.phases.setdefault(name, Phase()).add(phase, times)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Phase):
            return NotImplemented
        return _nonzero(self) == _nonzero(other)

    __hash__ = None  # type: ignore[assignment]


def _nonzero(phase: Phase) -> dict[tuple[str, ...], dict[Event, int]]:
    found = {path: {e: k for e, k in sub.events.items() if k} for path, sub in phase.walk()}
    return {path: events for path, events in found.items() if events}


class Ledger:
    """Counts of typed events, nested by phase.

    Example:
        >>> ledger = Ledger()
        >>> with ledger.phase("commit"):
        ...     ledger.ntt("goldilocks", 1024, batch=3)
        >>> ledger.operations()[("goldilocks", "mul")]
        15360
    """

    __slots__ = ("_stack", "root")

    def __init__(self) -> None:
        self.root = Phase()
        self._stack = [self.root]

    # what happened

    def record(self, event: Event, count: int = 1) -> None:
        """Count an event in the current phase."""
        self._stack[-1].events[event] += count

    def ntt(self, field: str, n: int, batch: int = 1, coset: bool = False, inverse: bool = False) -> None:
        """`batch` transforms of size n."""
        self.record(Ntt(field, n, coset, inverse), batch)

    def msm(self, curve: str, group: str, n: int, scalar_bits: Mapping[int, int] | None = None) -> None:
        """A multi-scalar multiplication; `scalar_bits` maps bit lengths to how many scalars have them."""
        bits = tuple(sorted((scalar_bits or {}).items()))
        self.record(Msm(curve, group, n, bits))  # type: ignore[arg-type]

    def hash(self, instance: str, permutations: int = 1) -> None:
        """Permutations of a hash."""
        self.record(Hash(instance), permutations)

    def field(self, field: str, operation: str, n: int) -> None:
        """n element-wise operations: `add`, `mul` or `inv`."""
        self.record(FieldOperation(field, operation), n)  # type: ignore[arg-type]

    def batch_inversion(self, field: str, n: int) -> None:
        """Inverses of n elements by one inversion."""
        self.record(BatchInversion(field, n))

    def sumcheck(self, field: str, size: int, factors: int) -> None:
        """A round of sumcheck on a product of tables of `size` entries."""
        self.record(SumcheckRound(field, size, factors))

    def fri_fold(self, field: str, size: int, arity: int) -> None:
        """A fold of a codeword."""
        self.record(FriFold(field, size, arity))

    def group(self, curve: str, group: str, operation: str, n: int = 1) -> None:
        """n single group operations: `add`, `double` or `mul`."""
        self.record(GroupOperation(curve, group, operation), n)  # type: ignore[arg-type]

    def pairing(self, curve: str, pairs: int) -> None:
        """A product of pairings."""
        self.record(Pairing(curve), pairs)

    def bytes(self, purpose: str, n: int) -> None:
        """n bytes moved."""
        self.record(Bytes(purpose), n)

    @contextmanager
    def phase(self, name: str) -> Iterator[Ledger]:
        """Count what happens inside under this name, below the current phase."""
        self._stack.append(self._stack[-1].phases.setdefault(name, Phase()))
        try:
            yield self
        finally:
            self._stack.pop()

    # what it amounts to

    def events(self) -> Counter[Event]:
        """All events of all phases, merged."""
        total: Counter[Event] = Counter()
        for _, phase in self.root.walk():
            total.update(phase.events)
        return total

    def at(self, *path: str) -> Ledger:
        """The part below a phase, as a ledger; empty if there is no such phase."""
        phase = self.root
        for name in path:
            phase = phase.phases.get(name, Phase())
        part = Ledger()
        part.root.add(phase)
        return part

    def operations(self) -> Counter[tuple[str, str]]:
        """Field operations by `(field, operation)`, over all events, by their closed forms."""
        total: Counter[tuple[str, str]] = Counter()
        for event, count in self.events().items():
            for key, k in event.operations().items():
                total[key] += k * count
        return total

    def bytes_moved(self) -> int:
        """Bytes that the events move at least: each kernel reads its input and writes its output once."""
        return sum(event.bytes_moved() * count for event, count in self.events().items())

    def without_scalar_bits(self) -> Ledger:
        """The same with the bit lengths of scalars dropped: what depends on sizes alone."""
        return self._mapped(lambda e: Msm(e.curve, e.group, e.n) if isinstance(e, Msm) else e)

    def _mapped(self, change: Any) -> Ledger:
        out = Ledger()
        for path, phase in self.root.walk():
            target = out.root
            for name in path:
                target = target.phases.setdefault(name, Phase())
            for event, count in phase.events.items():
                target.events[change(event)] += count
        return out

    def __add__(self, other: Ledger) -> Ledger:
        if not isinstance(other, Ledger):
            return NotImplemented
        out = Ledger()
        out.root.add(self.root)
        out.root.add(other.root)
        return out

    def __mul__(self, times: int) -> Ledger:
        if type(times) is not int or times < 0:
            raise InvalidInput(f"times: a ledger is multiplied by a whole number, 0 or more; got {times!r}.")
        out = Ledger()
        out.root.add(self.root, times)
        return out

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ledger) and self.root == other.root

    __hash__ = None  # type: ignore[assignment]

    # text

    def to_json(self) -> str:
        """Canonical JSON."""
        return json.dumps({"format": FORMAT, **_phase_to_json(self.root)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Ledger:
        """Read what `to_json` wrote.

        Raises:
            InvalidInput: Not JSON, of another format, or with an event that is not one.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as wrong:
            raise InvalidInput(f"ledger: must be JSON; got an error at line {wrong.lineno}: {wrong.msg}.") from None
        except (ValueError, RecursionError) as wrong:  # an integer of thousands of digits; brackets without end
            raise InvalidInput(f"ledger: must be JSON with numbers and depth within reason; got: {wrong}.") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            found = data.get("format") if isinstance(data, dict) else type(data).__name__
            raise InvalidInput(f"ledger: `format` must be {FORMAT!r}; got {found!r}.")
        ledger = cls()
        _phase_from_json({k: v for k, v in data.items() if k != "format"}, ledger.root, ())
        return ledger

    def table(self) -> str:
        """Events, merged over phases, one a line."""
        from proving_cost.ledger.printing import table

        return table(self)

    def __str__(self) -> str:
        from proving_cost.ledger.printing import tree

        return tree(self)

    def __repr__(self) -> str:
        kinds = sum(1 for count in self.events().values() if count)
        return f"Ledger({kinds} kinds of events, {sum(1 for _ in self.root.walk()) - 1} phases)"


def _phase_to_json(phase: Phase) -> dict[str, Any]:
    out: dict[str, Any] = {}
    rows = [{**event_to_json(e), "count": k} for e, k in phase.events.items() if k]
    if rows:
        out["events"] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    if phase.phases:
        out["phases"] = {name: _phase_to_json(sub) for name, sub in phase.phases.items()}
    return out


def _phase_from_json(data: object, phase: Phase, path: tuple[str, ...]) -> None:
    where = "/".join(path) or "root"
    if len(path) > DEEPEST:
        raise InvalidInput(f"phase {path[0]}: must not be nested more than {DEEPEST} deep.")
    if not isinstance(data, dict) or not set(data) <= {"events", "phases"}:
        raise InvalidInput(f"phase {where}: must hold `events` and `phases` only.")
    events, phases = data.get("events", []), data.get("phases", {})
    if not isinstance(events, list) or not isinstance(phases, dict):
        raise InvalidInput(f"phase {where}: `events` must be a list and `phases` an object.")
    for row in events:
        if not isinstance(row, dict):
            raise InvalidInput(f"phase {where}: an event must be an object; got {row!r}.")
        count = row.get("count")
        if type(count) is not int or count < 0:
            raise InvalidInput(f"phase {where}: `count` of an event must be a whole number, 0 or more; got {count!r}.")
        try:
            phase.events[event_from_json({k: v for k, v in row.items() if k != "count"})] += count
        except InvalidInput as wrong:
            raise InvalidInput(f"phase {where}: {wrong}") from None
    for name, sub in phases.items():
        _phase_from_json(sub, phase.phases.setdefault(name, Phase()), (*path, name))
