"""A small statement proved under every system, and proofs taken apart and put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from proving_cost.circuits import Circuit
from proving_cost.systems.gkr import Gkr
from proving_cost.systems.groth16 import Groth16
from proving_cost.systems.plonk import Plonk
from proving_cost.systems.stark import Stark
from proving_cost.systems.system import Keys, ProofSystem

__all__ = ["SYSTEMS", "Path", "Statement", "exchanged", "held", "parts", "statement"]

Path = tuple[Any, ...]

_ALL: tuple[ProofSystem[Any, Any, Any, Any], ...] = (
    Groth16(), Plonk(), Stark(queries=4, grinding_bits=1, final=4, fold=4), Gkr(queries=6),
)  # fmt: skip
SYSTEMS = {system.name: system for system in _ALL}


@dataclass(frozen=True)
class Statement:
    """Keys, public inputs and a proof of them: x² + (lowest bit of x) = y, and an input that nothing mentions."""

    system: ProofSystem[Any, Any, Any, Any]
    keys: Keys[Any, Any]
    public: tuple[int, ...]
    proof: Any

    def accepts(self, proof: Any, public: Any = None) -> bool:
        """What the verifier says."""
        return self.system.verify(self.keys.verifying, self.public if public is None else public, proof)


@cache
def keys_of(name: str) -> tuple[Circuit, Keys[Any, Any]]:
    system = SYSTEMS[name]
    circuit = Circuit(system.field)
    y, _, x = circuit.public("y"), circuit.public("u"), circuit.secret("x")
    circuit.equal(circuit.mul(x, x) + circuit.bits(x, 4, "bits")[0], y, "y")
    return circuit, system.setup(system.compile(circuit), rng=np.random.default_rng(1))


@cache
def statement(name: str, x: int = 3) -> Statement:
    """The statement for an x below 16: for 3, y = 10; the other input is 7."""
    system, (circuit, keys) = SYSTEMS[name], keys_of(name)
    assignment = circuit.assign({"x": x, "y": x * x + (x & 1), "u": 7})
    proof = system.prove(keys.proving, assignment, rng=np.random.default_rng(x))
    return Statement(system, keys, assignment.public, proof)


def parts(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The proof, its records and tuples, and what they hold, with the names that lead there."""
    yield path, value
    if is_dataclass(value):
        for f in fields(value):
            yield from parts(getattr(value, f.name), (*path, f.name))
    elif type(value) is tuple:
        for i, entry in enumerate(value):
            yield from parts(entry, (*path, i))


def held(value: Any, path: Path) -> Any:
    """The part at the end of a path."""
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def exchanged(value: Any, path: Path, other: Any) -> Any:
    """The proof with another part at the end of a path."""
    if not path:
        return other
    if isinstance(path[0], int):
        return tuple(exchanged(v, path[1:], other) if i == path[0] else v for i, v in enumerate(value))
    return replace(value, **{path[0]: exchanged(getattr(value, path[0]), path[1:], other)})
