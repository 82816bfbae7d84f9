"""Random small circuits with satisfying inputs, for the tests of proof systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from proving_cost.circuits.circuit import Circuit
from proving_cost.circuits.operations import Expression
from proving_cost.fields import GOLDILOCKS

__all__ = ["circuits"]

P = GOLDILOCKS.modulus
ELEMENTS = st.one_of(st.integers(0, 8), st.integers(0, P - 1))


@st.composite
def circuits(draw: Any, operations: int = 8) -> tuple[Circuit, Mapping[str, int]]:
    """A circuit over Goldilocks whose public outputs are what its program gives, with inputs that satisfy it."""
    circuit = Circuit(GOLDILOCKS)
    count = draw(st.integers(1, 3))
    outputs = [circuit.public(f"y{i}") for i in range(count)]
    inputs = {f"x{i}": draw(ELEMENTS) for i in range(draw(st.integers(1, 3)))}
    known = [(circuit.secret(name), value) for name, value in inputs.items()]

    def combination() -> tuple[Expression, int]:
        constant = draw(ELEMENTS)
        total, value = circuit.constant(constant), constant
        for _ in range(draw(st.integers(0, 5))):
            (e, v), c = draw(st.sampled_from(known)), draw(ELEMENTS)
            total, value = total + e * c, (value + v * c) % P
        return total, value

    for i in range(draw(st.integers(0, operations))):
        kind = draw(st.sampled_from(["mul", "equal", "product", "bits", "permute"]))
        (a, u), (b, v) = combination(), combination()
        if kind == "mul":
            known.append((circuit.mul(a, b, f"mul {i}"), u * v % P))
        elif kind == "equal":
            circuit.equal(a + b - u, b, f"equal {i}")
        elif kind == "product":
            circuit.product_is(a, b, b * u + a * v - u * v, f"product {i}")
        elif kind == "bits":
            n = draw(st.integers(1, 63))
            w = draw(st.integers(0, (1 << n) - 1))
            bits = circuit.bits(a - u + w, n, f"bits {i}")
            used = draw(st.lists(st.integers(0, n - 1), max_size=n, unique=True))
            known += [(bits[j], w >> j & 1) for j in used]
            if used:
                circuit.equal(sum((bits[j] for j in used), circuit.constant(0)), sum(w >> j & 1 for j in used), f"ones {i}")
        else:
            pairs = [combination() if j < 3 else (circuit.constant(j), j) for j in range(12)]
            from proving_cost.kernels.poseidon2 import permute_one

            after = permute_one(circuit.permutation, [value for _, value in pairs])
            outs = circuit.permute([e for e, _ in pairs], f"permute {i}")
            known += [(outs[j], int(after[j])) for j in (0, 11)]
    for i, y in enumerate(outputs):
        e, v = draw(st.sampled_from(known))
        circuit.equal(y, e, f"output {i}")
        inputs[f"y{i}"] = v
    return circuit, inputs
