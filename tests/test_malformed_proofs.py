"""What a verifier is handed, in every proof system: only plain values of the right types count, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from proving_cost.arithmetic import Arithmetic
from proving_cost.fields import GOLDILOCKS, field_named
from proving_cost.groups import shadow_bn254
from proving_cost.kernels.kzg import Srs, commit, evaluate, open_at, verify_opening
from proving_cost.systems.committed_product import CommittedProduct
from proving_cost.systems.product_argument import ProductArgument
from proving_cost.systems.public_inputs import public_inputs
from tests.proof_parts import SYSTEMS, exchanged, parts, statement


@dataclass(frozen=True)
class Told:
    """A verifier, and what it accepts."""

    verify: Callable[[Any, Any], bool]
    public: tuple[int, ...]
    proof: Any


@cache
def told(name: str) -> Told:
    """A statement under a system, or a product claim."""
    if name == "product":
        argument, values = ProductArgument(field_named("goldilocks^2")), GOLDILOCKS.array([2, 3, 5, 7])
        return Told(lambda public, proof: argument.verify(values, proof), (), argument.prove(values))
    if name == "committed product":
        committed = CommittedProduct(queries=6)
        return Told(lambda public, proof: committed.verify(4, proof), (), committed.prove(GOLDILOCKS.array([2, 3, 5, 7])))
    made = statement(name)
    verify = made.system.verify
    return Told(lambda public, proof: verify(made.keys.verifying, public, proof), made.public, made.proof)


class Liar(int):
    """An integer that equals everything and is less than everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Pair(tuple):
    """A tuple that is not quite one."""


class Words(np.ndarray):
    """An array whose every comparison holds."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        out = np.asarray(getattr(ufunc, method)(*(np.asarray(v) for v in inputs), **more))
        return np.ones_like(out) if out.dtype == bool else out


def subclassed(record: Any) -> Any:
    """The same record, of a subclass that could answer differently each time."""
    kind = type(record.__class__.__name__, (record.__class__,), {"__slots__": ()})
    return kind(**{f.name: getattr(record, f.name) for f in fields(record)})


def imitations(value: Any) -> list[Any]:
    """Values that look like this one and are not of its type."""
    anything = [None, "proof", float("nan"), (), [], -1, 1 << 300]
    if is_dataclass(value):
        return [*anything, subclassed(value), tuple(getattr(value, f.name) for f in fields(value))]
    if isinstance(value, np.ndarray):
        hidden = np.ma.masked_array(value, mask=np.ones(value.shape, dtype=bool))
        kinds = [np.int64, np.float64, ">u8", object]
        return [*anything, value.view(Words), hidden, np.ma.masked_array(value), *(value.astype(k) for k in kinds)]
    if isinstance(value, tuple):
        return [*anything, list(value), Pair(value), (*value, *value), value[:-1], np.array(value)]
    return [*anything, Liar(value), np.uint64(value % (1 << 64)), np.array(value, dtype=object), float(value), str(value)]


@pytest.mark.parametrize("name", [*SYSTEMS, "product", "committed product"])
def test_imitations_of_a_part_are_rejected(name: str) -> None:
    case, tried = told(name), 0
    assert case.verify(case.public, case.proof) is True
    for path, part in parts(case.proof):
        for other in imitations(part):
            assert case.verify(case.public, exchanged(case.proof, path, other)) is False, (path, other)
            tried += 1
    assert tried > 40


class Sized:
    """Something of a length, with nothing in it."""

    def __len__(self) -> int:
        return 2


NOT_INPUTS: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "a number": lambda: 10,
    "text": lambda: "10",
    "bytes": lambda: b"\x0a\x07",
    "a view of bytes": lambda: memoryview(b"\x0a\x07"),
    "a set": lambda: {10, 7},
    "a dictionary": lambda: {10: 0, 7: 0},
    "its keys": lambda: {10: 0, 7: 0}.keys(),
    "a generator": lambda: (v for v in (10, 7)),
    "something of a length": Sized,
    "an array without axes": lambda: np.array(10),
    "an array of two axes": lambda: np.array([[10], [7]]),
    "an array of floats": lambda: np.array([10.0, 7.0]),
    "an array of texts": lambda: np.array(["10", "7"]),
    "an array of times": lambda: np.array([10, 7], dtype="timedelta64[s]"),
    "one too few": lambda: [10],
    "one too many": lambda: [10, 7, 0],
    "a float": lambda: [10, 7.0],
    "an integer that lies": lambda: [Liar(11), 7],
    "True for 1": lambda: [10, True],
    "a numpy truth": lambda: [10, np.True_],
    "lists": lambda: [[10], [7]],
    "below 0": lambda: [10, -1],
    "not reduced in the smaller field": lambda: [10 + GOLDILOCKS.modulus, 7],
}


@pytest.mark.parametrize("what", NOT_INPUTS)
def test_what_are_no_public_inputs_are_rejected(what: str) -> None:
    for name in SYSTEMS:
        case = told(name)
        assert case.verify(NOT_INPUTS[what](), case.proof) is False, name


@pytest.mark.parametrize("same", [[10, 7], range(10, 6, -3), np.array([10, 7], dtype=np.int8), [np.uint64(10), 7]])
def test_public_inputs_may_be_any_sequence_of_integers(same: Any) -> None:
    for name in SYSTEMS:
        assert told(name).verify(same, told(name).proof), name
    assert public_inputs(same, 2, GOLDILOCKS) == (10, 7)


def test_an_opening_speaks_of_plain_integers_only() -> None:
    curve = shadow_bn254()
    srs, arith = Srs.create(curve, 3, rng=np.random.default_rng(1)), Arithmetic(curve.scalar_field)
    f = curve.scalar_field.array([5, 0, 1])
    commitment, proof = commit(srs, f), commit(srs, open_at(arith, f, 1))
    assert evaluate(arith, f, 1) == 6 and verify_opening(srs.key, commitment, 1, 6, proof)
    for one in (True, 1.0, Liar(1), np.float64(1), None, "1"):
        assert verify_opening(srs.key, commitment, one, 6, proof) is False
    assert verify_opening(srs.key, commitment, 1, Liar(6), proof) is False
