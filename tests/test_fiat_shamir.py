"""What verifiers hear before they ask: every message is absorbed, whole, before the first challenge that must depend on it.

That challenges depend on all that was absorbed is the transcript's own test (`test_transcript`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from proving_cost.fields import GOLDILOCKS, field_named
from proving_cost.groups import shadow_bn254
from proving_cost.systems.product_argument import ProductArgument
from proving_cost.transcript import Transcript
from tests.proof_parts import statement

Script = list[tuple[str, Any]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Script:
    """All that transcripts absorb, by label, and all that they are asked for, with a question mark."""
    script: Script = []
    absorb, challenge, index = Transcript.absorb, Transcript.challenge, Transcript.index

    def hear(self: Transcript, label: str, data: Any) -> None:
        script.append((label, bytes(data) if isinstance(data, bytes) else tuple(int(v) for v in np.asarray(data, object).flat)))
        absorb(self, label, data)

    def ask(self: Transcript, label: str, *args: Any) -> Any:
        script.append((f"{label}?", None))
        return (index if isinstance(args[0], int) else challenge)(self, label, *args)

    monkeypatch.setattr(Transcript, "absorb", hear)
    monkeypatch.setattr(Transcript, "challenge", ask)
    monkeypatch.setattr(Transcript, "index", ask)
    return script


def flat(*values: Any) -> tuple[int, ...]:
    return tuple(int(v) for value in values for v in np.asarray(value, dtype=object).flat)


def points(*values: Any) -> bytes:
    return b"".join(shadow_bn254().g1.encode(p) for p in values)


def test_plonk(heard: Script) -> None:
    made = statement("plonk")
    heard.clear()
    proof, key = made.proof, made.keys.verifying
    assert made.accepts(proof)
    assert heard == [
        ("verifying key", key.statement), ("public inputs", made.public),
        ("wires", points(*proof.wires)), ("beta?", None), ("gamma?", None),
        ("product", points(proof.product)), ("alpha?", None),
        ("quotient", points(*proof.quotient)), ("zeta?", None),
        ("evaluations", proof.evaluations.values()), ("v?", None),
        ("openings", points(proof.opening, proof.opening_after)), ("u?", None),
    ]  # fmt: skip
    for commitment in (*key.columns, *key.sigma):
        assert points(commitment) in key.statement
    assert shadow_bn254().g2.encode(key.kzg.tau_g2) in key.statement
    assert f"bn254 {key.instance.name} {key.rows} {key.public} ".encode() in key.statement


def test_stark(heard: Script) -> None:
    made = statement("stark")
    heard.clear()
    proof, key, system = made.proof, made.keys.verifying, made.system
    assert made.accepts(proof)
    layers = [entry for root in proof.fri.roots for entry in (("layer", root), ("fold?", None))]
    parameters = (8, system.queries, system.grinding_bits, system.fold, system.final)
    assert len(layers) == 2
    assert heard == [
        ("statement", (*key.root, key.rows, key.public, *parameters)), ("public inputs", made.public),
        ("trace", proof.trace_root), ("beta?", None), ("gamma?", None),
        ("copies", proof.copies_root), ("alpha?", None),
        ("quotient", proof.quotient_root), ("z?", None),
        ("values at z", flat(proof.values)), ("values at wz", flat(proof.following)), ("lambda?", None),
        *layers, ("final polynomial", flat(proof.fri.final)), ("grinding?", None),
        ("nonce", (proof.fri.nonce,)), *[("query?", None)] * system.queries,
    ]  # fmt: skip


def test_gkr(heard: Script) -> None:
    made = statement("gkr")
    heard.clear()
    proof, key, commitment = made.proof, made.keys.verifying, made.system.commitment
    assert made.accepts(proof)

    def rounds(messages: Any) -> Script:
        return [entry for m in messages for entry in (("round", flat(m)), ("round challenge?", None))]

    assert heard == [
        ("statement", key.digest), ("public inputs", (1, *made.public)),
        ("root", flat(proof.root)), *[("tau?", None)] * key.sizes.row_rounds,
        *rounds(proof.outer), ("claims", flat(proof.claims)), ("alpha?", None),
        *rounds(proof.inner), *[("proximity?", None)] * commitment.shape(key.sizes.half).rows,
        ("combined row", flat(proof.opening.combined)), ("proximity row", flat(proof.opening.proximity)),
        *[("column?", None)] * commitment.queries,
    ]  # fmt: skip


def test_products(heard: Script) -> None:
    argument, values = ProductArgument(field_named("goldilocks^2")), GOLDILOCKS.array([2, 3, 5, 7, 11, 13, 17, 19])
    proof = argument.prove(values)
    heard.clear()
    assert argument.verify(values, proof)
    assert heard[3:] == [
        ("product", flat(proof.product)),
        *[
            entry for layer in proof.layers for entry in (
                *[e for m in layer.messages for e in (("round", flat(m)), ("round challenge?", None))],
                ("halves", flat(layer.left, layer.right)), ("line?", None),
            )
        ],
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["plonk", "stark", "gkr"])
def test_the_prover_says_what_the_verifier_hears(name: str, heard: Script) -> None:
    made = statement(name)
    circuit = made.keys.proving.relation.circuit if name == "gkr" else (
        made.keys.proving.table.circuit if name == "plonk" else made.keys.proving.air.circuit
    )  # fmt: skip
    assignment = circuit.assign({"x": 3, "y": 10, "u": 7})
    heard.clear()
    proof = made.system.prove(made.keys.proving, assignment, rng=np.random.default_rng(5))
    said = list(heard)
    heard.clear()
    assert made.accepts(proof)
    assert heard[: len(said)] == said
    assert [label for label, _ in heard[len(said) :]] == (["openings", "u?"] if name == "plonk" else [])
