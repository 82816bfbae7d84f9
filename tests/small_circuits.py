"""Small random circuits with inputs that satisfy them, for tests of proof systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from proving_cost.circuits import Assignment, Circuit
from proving_cost.circuits.operations import Expression
from proving_cost.fields import BN254_FR, PrimeField
from proving_cost.kernels.poseidon2 import permute_one

__all__ = ["Solved", "circuits", "every_gate", "random_circuit"]

KINDS = ("product", "sum", "assertion", "zero", "bits", "permutation")


@dataclass(frozen=True, slots=True)
class Solved:
    """A circuit and its inputs."""

    circuit: Circuit
    inputs: dict[str, int] = field(default_factory=dict)

    def assign(self) -> Assignment:
        """The witness."""
        return self.circuit.assign(self.inputs)


def random_circuit(kinds: list[str], numbers: list[int], public: int = 2, over: PrimeField = BN254_FR) -> Solved:
    """Operations of these kinds on expressions picked by the numbers; all of them hold."""
    p, stream = over.modulus, _cycle(numbers)
    circuit, inputs = Circuit(over), {}
    pool: list[tuple[Expression, int]] = []
    for i in range(public + 3):
        name, value = f"input {i}", next(stream) % (p if i % 2 else 1000)
        made = circuit.public(name) if i < public else circuit.secret(name)
        inputs[name] = value
        pool.append((made, value))

    def pick() -> tuple[Expression, int]:
        return pool[next(stream) % len(pool)]

    def mixed() -> tuple[Expression, int]:
        expression, value = circuit.constant(next(stream) % 7), 0
        value = expression.value([1])
        for _ in range(next(stream) % 5):
            (e, v), k = pick(), next(stream) % p
            expression, value = expression + e * k, (value + v * k) % p
        return expression, value

    for number, kind in enumerate(kinds):
        (a, x), (b, y) = mixed(), pick()
        if kind == "product":
            pool.append((circuit.mul(a, b, f"product {number}"), x * y % p))
        elif kind == "sum":
            pool.append((a, x))
        elif kind == "assertion":
            c, z = mixed()
            circuit.product_is(a, b, c + (x * y - z), f"assertion {number}")
        elif kind == "zero":
            circuit.equal(a + b, b + x, f"zero {number}")
        elif kind == "bits":
            small, v = next((e, v) for e, v in pool if v < 1000)
            lift = next(stream) % 5
            bits = circuit.bits(small + lift, 10, f"bits {number}")
            pool.extend((bit, v + lift >> i & 1) for i, bit in enumerate(bits[:3]))
        else:
            state = [(a, x), (b, y), (circuit.constant(number), number)]
            outs = circuit.permute([e for e, _ in state], f"permutation {number}")
            pool.extend(zip(outs, permute_one(circuit.permutation, [v for _, v in state]), strict=True))
    return Solved(circuit, inputs)


def every_gate() -> Solved:
    """y = x³ + 5, x + 2w of 6 bits, and the first lane of a permutation is h; x = 3, w = 7."""
    circuit = Circuit(BN254_FR)
    y, h = circuit.public("y"), circuit.public("h")
    x, w = circuit.secret("x"), circuit.secret("w")
    square = circuit.mul(x, x, "square")
    cube = circuit.mul(square, x, "cube")
    circuit.equal(cube + 5, y, "y = x^3 + 5")
    bits = circuit.bits(x + 2 * w, 6, "range")
    circuit.product_is(bits[0], x - 3, circuit.constant(0), "odd only if x = 3")
    state = [x + w, x, circuit.constant(4)]
    outs = circuit.permute(state, "hash")
    circuit.equal(outs[0], h, "h")
    digest = permute_one(circuit.permutation, [10, 3, 4])[0]
    return Solved(circuit, {"y": 32, "h": int(digest), "x": 3, "w": 7})


def circuits(most: int = 8, public: int = 4) -> st.SearchStrategy[Solved]:
    """Random circuits of up to so many operations and public inputs."""
    return st.builds(
        random_circuit,
        kinds=st.lists(st.sampled_from(KINDS), min_size=0, max_size=most),
        numbers=st.lists(st.integers(0, BN254_FR.modulus - 1), min_size=5, max_size=20),
        public=st.integers(0, public),
    )


def _cycle(numbers: list[int]) -> Iterator[int]:
    while True:
        yield from numbers
