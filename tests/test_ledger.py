"""Ledgers: phases nest, add and scale; JSON goes there and back; prints line up."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.errors import InvalidInput
from proving_cost.ledger import (
    Bytes,
    Event,
    Hash,
    Ledger,
    Msm,
    Ntt,
)
from proving_cost.ledger.event_json import event_from_json, event_to_json
from proving_cost.ledger.events import EVENTS
from proving_cost.ledger.printing import describe
from tests.ledger_cases import EXAMPLES, recorded, records


def test_phases_nest_and_are_entered_again() -> None:
    ledger = Ledger()
    ledger.bytes("root", 1)
    for n in (1, 2):
        with ledger.phase("commit"):
            ledger.bytes("outer", n)
            with ledger.phase("tree"), ledger.phase("leaves"):
                ledger.hash("sha256", n)
            ledger.bytes("outer", n)
    with pytest.raises(ZeroDivisionError), ledger.phase("open"):
        ledger.bytes("before", 1)
        raise ZeroDivisionError
    ledger.bytes("root", 1)
    found = {path: dict(phase.events) for path, phase in ledger.root.walk()}
    assert found == {
        (): {Bytes("root"): 2},
        ("commit",): {Bytes("outer"): 6},
        ("commit", "tree"): {},
        ("commit", "tree", "leaves"): {Hash("sha256"): 3},
        ("open",): {Bytes("before"): 1},
    }
    assert ledger.events() == {Bytes("root"): 2, Bytes("outer"): 6, Hash("sha256"): 3, Bytes("before"): 1}
    assert ledger.at("commit", "tree").events() == ledger.at("commit", "tree", "leaves").events() == {Hash("sha256"): 3}
    assert ledger.at() == ledger and ledger.at("commit", "nothing") == Ledger()
    part = ledger.at("open")
    part.bytes("after", 1)
    assert ledger.at("open").events() == {Bytes("before"): 1}
    ledger.bytes("nothing", 0)
    assert repr(ledger) == "Ledger(4 kinds of events, 4 phases)"


def test_every_verb_records_its_event() -> None:
    ledger = Ledger()
    ledger.ntt("bn254_fr", 4096, 3, coset=True, inverse=True)
    ledger.msm("bn254", "g2", 12, {254: 6, 1: 2})
    ledger.hash("poseidon2/goldilocks/12", 5)
    ledger.field("babybear^4", "mul", 7)
    ledger.batch_inversion("goldilocks^2", 1000)
    ledger.sumcheck("goldilocks^2", 16, 3)
    ledger.fri_fold("koalabear^4", 8, 4)
    ledger.group("bn254", "g1", "double", 11)
    ledger.pairing("bn254", 2)
    ledger.bytes("trace", 64)
    assert ledger.events() == dict(zip(EXAMPLES, (3, 1, 5, 7, 1, 1, 1, 11, 2, 64), strict=True))


@given(records, records, st.integers(0, 5))
@settings(max_examples=15)
def test_ledgers_add_and_scale_phase_by_phase(left: list[Any], right: list[Any], times: int) -> None:
    a, b = recorded(left), recorded(right)
    both = recorded([*left, *right])
    assert a + b == b + a == both and a + Ledger() == a and both.events() == a.events() + b.events()
    many = Ledger()
    for _ in range(times):
        many = many + a
    assert a * times == times * a == many
    for key, count in a.operations().items():
        assert (a * times).operations()[key] == times * count
    assert both.operations() == Counter({k: a.operations()[k] + b.operations()[k] for k in both.operations()})
    assert both.bytes_moved() == a.bytes_moved() + b.bytes_moved()
    assert a == recorded(left) and a == recorded([row for row in left if row[2]])


def test_equal_means_the_same_events_in_the_same_phases() -> None:
    here, there = recorded([(("a",), Bytes("x"), 1)]), recorded([(("b",), Bytes("x"), 1)])
    assert here != there and here.events() == there.events()
    assert here != recorded([(("a",), Bytes("x"), 2)]) and here != recorded([(("a",), Bytes("y"), 1)])
    assert here == recorded([(("empty",), Bytes("y"), 0), (("a",), Bytes("x"), 1)])
    assert here != "ledger" and here.root != "phase"
    with pytest.raises(TypeError):
        hash(here)


@pytest.mark.parametrize("times", [-1, 1.0, True, "2"])
def test_only_whole_multiples(times: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^times: a ledger is multiplied by a whole number, 0 or more; got"):
        Ledger() * times
    with pytest.raises(TypeError, match="unsupported operand"):
        Ledger() + times


@given(records)
@settings(max_examples=25)
def test_json_there_and_back(rows: list[Any]) -> None:
    ledger = recorded(rows)
    text = ledger.to_json()
    again = Ledger.from_json(text)
    assert again == ledger and again.to_json() == text
    assert [path for path, _ in again.root.walk()] == [path for path, _ in ledger.root.walk()]
    assert recorded(sorted(rows, key=lambda row: row[0])) == ledger
    json.loads(text, parse_float=pytest.fail)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda e: e.kind)
def test_events_are_objects_with_their_kind(event: Event) -> None:
    said = event_to_json(event)
    assert said["event"] == event.kind and EVENTS[event.kind] is type(event)
    assert event_from_json(json.loads(json.dumps(said))) == event
    assert all(type(k) is tuple and type(n) is int for k, n in event.operations().items()) and event.bytes_moved() >= 0


def test_what_may_be_left_out_has_its_default() -> None:
    assert event_from_json({"event": "ntt", "field": "goldilocks", "n": 8}) == Ntt("goldilocks", 8)
    assert event_from_json({"event": "msm", "curve": "bn254", "group": "g1", "n": 8}) == Msm("bn254", "g1", 8)


def test_scalar_bits_can_be_dropped() -> None:
    ledger = Ledger()
    with ledger.phase("commit"):
        ledger.msm("bn254", "g1", 4, {1: 3, 254: 1})
        ledger.msm("bn254", "g1", 4, {254: 4})
        ledger.ntt("bn254_fr", 4)
    assert len(ledger.events()) == 3
    assert dict(ledger.without_scalar_bits().at("commit").root.events) == {Msm("bn254", "g1", 4): 2, Ntt("bn254_fr", 4): 1}
    assert len(ledger.events()) == 3 and Ledger().without_scalar_bits() == Ledger()


def test_operations_and_bytes_are_those_of_the_events() -> None:
    ledger = Ledger()
    for phase in ("first", "second"):
        with ledger.phase(phase):
            ledger.ntt("goldilocks", 8, batch=2, coset=True)
            ledger.field("goldilocks^2", "mul", 10)
            ledger.field("goldilocks^2", "inv", 1)
            ledger.bytes("proof", 100)
    assert ledger.operations() == {
        ("goldilocks", "mul"): 2 * (2 * (12 + 8) + 50), ("goldilocks", "add"): 2 * (2 * 24 + 20), ("goldilocks^2", "inv"): 2,
    }  # fmt: skip
    assert ledger.bytes_moved() == 2 * (2 * 2 * 8 * 8 + 11 * 3 * 16 + 100)


@pytest.mark.parametrize(("event", "text"), EXAMPLES.items(), ids=lambda x: getattr(x, "kind", ""))
def test_events_in_words(event: Event, text: str) -> None:
    assert describe(event) == text


def test_tree_and_table_show_every_event_once() -> None:
    ledger = Ledger()
    assert str(ledger) == "(nothing counted)"
    assert ledger.table().splitlines()[-1].split() == ["bytes", "moved,", "at", "least", "0"]
    ledger.bytes("key", 1234567)
    with ledger.phase("commit"), ledger.phase("tree"):
        ledger.hash("sha256", 3)
        ledger.msm("bn254", "g1", 4, {254: 4})
        ledger.field("babybear", "add", 0)
    assert str(ledger).splitlines() == [
        "     1,234,567  bytes key", "commit", "  tree", f"    {3:>14}  hash sha256",
        f"    {1:>14}  MSM bn254 G1 4, 254-bit scalars on average",
    ]  # fmt: skip
    for counted in (ledger, recorded([((), Bytes("x"), 1)]), recorded([((), e, 1000) for e in EXAMPLES])):
        lines = counted.table().splitlines()
        ends = {len(line) for line in lines if re.search(r"\d$|count$|^-+$", line)}
        assert len(ends) == 1
        shown = dict(re.split(r"  +", line) for line in lines[2 : lines.index("")])
        assert shown == {describe(e): f"{k:,}" for e, k in counted.events().items() if k}
