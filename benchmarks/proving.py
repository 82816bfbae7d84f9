"""How long proofs take, what counting adds, and how fast the kernels are beside `galois`.

Every ratio is of two times taken in turn in this run; results are compared before they are timed.  Run it with
`python -m benchmarks.proving`; it limits itself to one thread.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from proving_cost.arithmetic import Arithmetic
from proving_cost.circuits import random_hash_chain, random_rollup
from proving_cost.cost_model import CostModel, known_timings
from proving_cost.cost_model.calibrate import calibrate
from proving_cost.fields import BABY_BEAR, BN254_FR, GOLDILOCKS, KOALA_BEAR, PRIME_FIELDS, PrimeField
from proving_cost.kernels.ntt import ntt
from proving_cost.ledger import Ledger
from proving_cost.systems import SYSTEMS, proof_system, prove_and_verify

TRANSFERS = 8
LIMITS = {"groth16": 120, "plonk": 300, "stark": 120, "gkr": 120}
PAIRS = {"groth16": 3, "plonk": 3, "stark": 15, "gkr": 9}
CHAIN = 14  # links of a hash chain of 2^12 constraints, about


def seconds(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def best(call: Callable[[], object], repeats: int) -> float:
    """The fastest of several calls."""
    return min(seconds(call) for _ in range(repeats))


def proofs() -> None:
    """A rollup batch under each system, with and without a ledger."""
    print(f"rollup of {TRANSFERS} transfers over a tree of depth 8; seconds (shadow groups for Groth16 and PLONK)")
    print(f"{'system':<10}{'set-up':>8}{'witness':>9}{'prove':>8}{'verify':>8}{'proof':>11}{'limit':>7}{'counting adds':>15}")
    for name in SYSTEMS:
        rng = np.random.default_rng(1)
        system = proof_system(name)
        circuit, inputs = random_rollup(rng, system.field, TRANSFERS, depth=8)
        prove_and_verify(system, circuit, inputs, rng=rng)  # loads compiled code
        run = prove_and_verify(system, circuit, inputs, rng=rng)
        if not (run.verified and run.counts_as_predicted):
            raise SystemExit(f"{name}: not verified, or counted otherwise than its closed form")
        whole = run.setup_seconds + run.witness_seconds + run.prove_seconds + run.verify_seconds
        print(
            f"{name:<10}{run.setup_seconds:>8.2f}{run.witness_seconds:>9.2f}{run.prove_seconds:>8.2f}{run.verify_seconds:>8.3f}"
            f"{run.proof_bytes:>9,} B{LIMITS[name]:>5} s{overhead(name):>14.1%}"
            + ("" if whole < LIMITS[name] else "  MISSED")
        )


def overhead(name: str) -> float:
    """What counting adds to the time of proving: the median ratio of runs in turn, minus 1."""
    rng = np.random.default_rng(2)
    system = proof_system(name)
    circuit, inputs = random_rollup(rng, system.field, 2, depth=8)
    assignment, relation = circuit.assign(inputs), system.compile(circuit)
    key = system.setup(relation, rng=rng).proving
    ratios = []
    for k in range(2 * PAIRS[name]):
        with_ledger = lambda: system.prove(key, assignment, rng=np.random.default_rng(3), ledger=Ledger())  # noqa: E731
        without = lambda: system.prove(key, assignment, rng=np.random.default_rng(3))  # noqa: E731
        first, second = (with_ledger, without) if k % 2 else (without, with_ledger)
        a, b = seconds(first), seconds(second)
        ratios.append(a / b if k % 2 else b / a)
    return statistics.median(ratios) - 1


def predictions() -> None:
    """Whole proofs beside what the cost model makes of their ledgers, from timings of this machine in this run."""
    timings = known_timings([calibrate(seconds=20.0)])
    print("\nwhole proofs: seconds by the cost model, calibrated in this run, beside seconds taken (median of 5)")
    print(f"{'system':<10}{'transfers':>10}{'predicted':>11}{'low':>8}{'high':>8}{'taken':>8}{'taken/predicted':>17}")
    for name in ("stark", "gkr"):  # a shadow group's products are not those of a curve
        for transfers in (2, TRANSFERS, 4 * TRANSFERS):
            rng = np.random.default_rng(7)
            system = proof_system(name)
            circuit, inputs = random_rollup(rng, system.field, transfers, depth=8)
            runs = [prove_and_verify(system, circuit, inputs, rng=rng) for _ in range(6)][1:]
            taken = statistics.median(run.prove_seconds for run in runs)
            found = CostModel("cpu", timings=timings).seconds(runs[0].ledger)
            print(
                f"{name:<10}{transfers:>10}{found.likely:>11.2f}{found.total.lower:>8.2f}{found.total.upper:>8.2f}"
                f"{taken:>8.2f}{taken / found.likely:>17.2f}"
            )


def groth16_in_the_shadow() -> None:
    """Groth16 at a domain of 2^12."""
    rng = np.random.default_rng(4)
    system = proof_system("groth16")
    circuit, inputs = random_hash_chain(rng, BN254_FR, CHAIN)
    run = prove_and_verify(system, circuit, inputs, rng=rng)
    whole = run.setup_seconds + run.witness_seconds + run.prove_seconds + run.verify_seconds
    print(f"\nGroth16 in the shadow group, {run.relation}: {whole:.2f} s in all (limit 20 s), verified: {run.verified}")


def a_real_proof() -> None:
    """Groth16 on BN254 with its pairing."""
    rng = np.random.default_rng(5)
    from proving_cost.circuits import Circuit

    circuit = Circuit(BN254_FR)
    product, a, b = circuit.public("product"), circuit.secret("a"), circuit.secret("b")
    circuit.equal(circuit.mul(a, b), product, "the product of two secrets is public")
    run = prove_and_verify(proof_system("groth16", "real"), circuit, {"product": 35, "a": 5, "b": 7}, rng=rng)
    print(
        f"Groth16 on BN254 itself, {run.relation}: prove {run.prove_seconds:.2f} s, verify with a pairing "
        f"{run.verify_seconds:.2f} s, verified: {run.verified}, secure: {run.secure}"
    )


def transforms() -> None:
    """The NTT beside that of galois."""
    print("\nNTT on one core, seconds (fast body: best of 5; galois: best of 1 to 3)")
    print(f"{'field':<12}{'size':>6}{'fast':>10}{'limit':>8}{'galois':>10}{'faster by':>11}")
    rows: tuple[tuple[PrimeField, int, float | None, int], ...] = (
        (BABY_BEAR, 16, None, 3), (BABY_BEAR, 20, 0.1, 3), (KOALA_BEAR, 20, None, 3), (GOLDILOCKS, 16, None, 1),
        (GOLDILOCKS, 20, 0.2, 0), (BN254_FR, 12, None, 3),
    )  # fmt: skip
    for field, lg, limit, times in rows:
        values = field.random(np.random.default_rng(6), 1 << lg)
        fast, reference = Arithmetic(field), Arithmetic(field, body="reference")
        out = ntt(fast, values)
        if not np.array_equal(ntt(fast, out, inverse=True), values):
            raise SystemExit(f"{field.name}: the inverse does not undo the transform")
        took = best(lambda fast=fast, values=values: ntt(fast, values), 5)
        row = f"{field.name:<12}{f'2^{lg}':>6}{took:>10.4f}{'' if limit is None else f'{limit:g}':>8}"
        if times:
            if not np.array_equal(ntt(reference, values[: 1 << min(lg, 12)]), ntt(fast, values[: 1 << min(lg, 12)])):
                raise SystemExit(f"{field.name}: the bodies disagree")
            peer = best(lambda reference=reference, values=values: ntt(reference, values), times)
            row += f"{peer:>10.4f}{peer / took:>10.0f}x"
        print(row)


def field_classes() -> None:
    """Making the galois class of each field, in a fresh process: no factoring."""
    program = (
        "import time, galois; from proving_cost.fields import PRIME_FIELDS; f = PRIME_FIELDS[{!r}]; "
        "start = time.perf_counter(); f.galois(); print(time.perf_counter() - start)"
    )
    took = []
    for name in PRIME_FIELDS:
        run = subprocess.run([sys.executable, "-c", program.format(name)], capture_output=True, text=True, check=True)
        took.append(f"{name} {float(run.stdout):.2f}")
    print(f"\nseconds to make the galois class of a field (limit 3): {', '.join(took)}")


def main() -> None:
    """Prints the tables."""
    proofs()
    predictions()
    groth16_in_the_shadow()
    a_real_proof()
    transforms()
    field_classes()


if __name__ == "__main__":
    main()
