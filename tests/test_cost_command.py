"""`prove` and `cost` on the command line: what they print, write and return, and what they refuse in one line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from proving_cost.cost_model import calibrate as calibration
from proving_cost.cost_model import read_measurements
from proving_cost.cost_model.calibration_plan import plan
from proving_cost.ledger import Ledger
from workbench import program
from workbench.cost_inputs import interval, whole

GROTH16 = ("cost", "--recipe", "gnark-groth16", "--hardware", "h200")
CHAIN = ("prove", "--circuit", "hash-chain", "--length", "2")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program, arguments)


def done(*arguments: str, status: int = 0) -> str:
    """Standard output of a command that ends so."""
    run = invoke(*arguments)
    assert run.exit_code == status, f"{run.output}{run.exception!r}"
    assert run.stderr == ""
    return run.stdout


def record(*arguments: str) -> dict[str, object]:
    return json.loads(done(*arguments, "--json"))  # type: ignore[no-any-return]


@pytest.mark.parametrize("system", ["groth16", "plonk", "stark", "gkr"])
def test_a_proof_is_made_verified_and_counted(system: str) -> None:
    found = record(*CHAIN, "--system", system)
    assert found["verified"] is True
    assert found["counts_as_predicted"] is True
    assert found["secure"] is (system in ("stark", "gkr"))


def test_shadow_proofs_say_that_they_are_not_secure() -> None:
    assert "NOT SECURE" in done(*CHAIN, "--system", "groth16")
    assert "NOT SECURE" not in done(*CHAIN, "--system", "stark")


def test_a_ledger_goes_from_prove_to_cost() -> None:
    done(*CHAIN, "--system", "stark", "--ledger", "ledger.json", "--plot", "ledger.svg")
    assert Path("ledger.svg").read_bytes().startswith(b"<?xml")
    ledger = Ledger.from_json(Path("ledger.json").read_text("utf-8"))
    found = record("cost", "--ledger", "ledger.json", "--hardware", "rtx4090")
    events = sum(1 for _, phase in ledger.root.walk() for count in phase.events.values() if count)
    terms = [t for t in found["seconds"]["terms"] if t["label"] not in ("launches", "undivided")]  # type: ignore[index]
    assert len(terms) == events


def test_inputs_that_satisfy_nothing_name_the_constraint() -> None:
    done("prove", "--system", "stark", "--transfers", "1", "--save-inputs", "inputs.json")
    given = json.loads(Path("inputs.json").read_text("utf-8"))
    done("prove", "--system", "gkr", "--transfers", "1", "--inputs", "inputs.json")
    wrong = next(name for name in given if "amount" in name)
    Path("inputs.json").write_text(json.dumps({**given, wrong: given[wrong] + 1}), "utf-8")
    run = invoke("prove", "--system", "gkr", "--transfers", "1", "--inputs", "inputs.json")
    assert run.exit_code == 2
    [line] = run.stderr.splitlines()
    assert "constraint" in line and "is not satisfied" in line


def test_every_term_is_printed_and_the_total_is_their_sum() -> None:
    found = record(*GROTH16, "--constraints", "2^22")
    for part in ("seconds", "joules", "owning", "renting"):
        terms = found[part]["terms"]  # type: ignore[index]
        for end in ("likely", "low", "high"):
            assert sum(t[end] for t in terms) == pytest.approx(found[part][end], rel=1e-12)  # type: ignore[index]
        assert all(t["low"] <= t["likely"] <= t["high"] and t["source"] and t["formula"] for t in terms)
    text = done(*GROTH16, "--constraints", "2^22")
    assert "MSM bn254 G2" in text and "verification gas" in text and "assumed" in text


def test_a_batch_shares_the_gas_and_small_scalars_cost_less() -> None:
    one, many = (record(*GROTH16, "--constraints", "2^20", "--batch", b) for b in ("1", "100"))

    def gas(found: dict[str, object]) -> float:
        return sum(t["likely"] for t in found["owning"]["terms"] if t["label"].endswith("gas"))  # type: ignore[index]

    assert gas(one) == pytest.approx(100 * gas(many))
    full = record(*GROTH16, "--constraints", "2^20", "--set", "scalars=full", "--no-settlement")
    assert full["seconds"]["likely"] > 1.5 * one["seconds"]["likely"]  # type: ignore[index]
    assert gas(full) == 0


def test_a_tree_is_leaves_nodes_and_a_wrap() -> None:
    tree = ("cost", "--recipe", "pico/riscv", "--hardware", "rtx5090", "--gpus", "8", "--proofs", "9", "--arity", "3",
            "--node", "pico/combine", "--wrap", "gnark-groth16:2^20")  # fmt: skip
    found = record(*tree)
    labels = {t["label"].split("/")[0] for t in found["seconds"]["terms"]}  # type: ignore[index]
    assert {"leaves", "aggregation", "wrap"} <= labels
    assert found["usd_per_statement"]["high"] == pytest.approx(found["usd"]["high"] / 9)  # type: ignore[index]
    assert "USD for each of 9 statements" in done(*tree)


# tests/test_command_line.py draws all endings with the same metadata
@pytest.mark.parametrize("ending", ["svg", *(pytest.param(ending, marks=pytest.mark.slow) for ending in ("png", "pdf"))])
def test_the_same_cost_draws_the_same_bytes(ending: str) -> None:
    for name in ("a", "b"):
        done(*GROTH16, "--constraints", "2^16", "--plot", f"{name}.{ending}")
    assert Path(f"a.{ending}").read_bytes() == Path(f"b.{ending}").read_bytes()


def test_ranges_replace_the_price_table() -> None:
    cheap, dear = (record(*GROTH16, "--constraints", "2^20", "--electricity", e) for e in ("0.01", "1"))

    def energy(found: dict[str, object]) -> float:
        return next(t["likely"] for t in found["owning"]["terms"] if t["label"] == "energy")  # type: ignore[index]

    assert energy(dear) == pytest.approx(100 * energy(cheap))


def test_calibration_writes_a_file_that_prices_a_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ("ntt/goldilocks", "hash/sha256", "field/goldilocks/mul")
    few = tuple(case for case in plan() if case.subject in wanted and case.n <= 1 << 10)
    monkeypatch.setattr(calibration, "plan", lambda: few)
    assert "written to mine.json" in done("cost", "--calibrate", "--output", "mine.json")
    made = read_measurements("mine.json")
    assert {p.subject for p in made.points} == set(wanted)
    assert made.hardware == "CPU" and made.command == "prover-markets cost --calibrate --seconds 25"
    ledger = Ledger()
    ledger.ntt("goldilocks", 1 << 10)
    Path("ledger.json").write_text(ledger.to_json(), "utf-8")
    found = record("cost", "--ledger", "ledger.json", "--hardware", "cpu", "--measurements", "mine.json")
    timed = next(p.seconds for p in made.points if p.subject == "ntt/goldilocks" and p.n == 1 << 10)
    assert found["seconds"]["likely"] == pytest.approx(timed)  # type: ignore[index]
    assert {t["regime"] for t in found["seconds"]["terms"]} == {"measured"}  # type: ignore[index]


def test_the_plan_makes_every_call_it_promises() -> None:
    smallest = {case.subject: case for case in sorted(plan(), key=lambda c: -c.n)}
    made = calibration.calibrate(seconds=1e-6, cases=tuple(smallest.values()))
    assert [p.subject for p in made.points] == list(smallest)
    assert all(p.seconds > 0 and p.repetitions >= 3 for p in made.points)


def test_the_errors_of_the_model_are_shown() -> None:
    assert "one GPU" in done("cost", "--validate")
    rows = record("cost", "--validate")["errors"]
    assert {"split", "kernel", "timings", "median", "p90", "held"} == set(rows[0])  # type: ignore[index]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Arguments, and what the one line must say."""

    arguments: str
    says: str


REFUSALS = (
    Refusal("cost --recipe gnark-groth16 --constraints 1000 --hardware h200", "must be a power of two; got 1000. Pad to 2^10"),
    Refusal("cost --recipe gnark-groth16 --constraints 2^29 --hardware h200", "at most 2^28, limited by bn254_fr"),
    Refusal("cost --recipe gnark-groth16 --constraints 2^22 --hardware abacus", "hardware: must be one of RTX 5090"),
    Refusal("cost --recipe gnark-groth16 --constraints 2^22", "--hardware must be given; it is one of"),
    Refusal("cost --recipe groth --constraints 2^22 --hardware h200", "--recipe: recipe: must be one of gnark-groth16"),
    Refusal("cost --hardware h200", "--recipe or --ledger must be given"),
    Refusal("cost --recipe gnark-groth16 --hardware h200", "needs a number of constraints; got none"),
    Refusal("cost --recipe gnark-groth16:2^9 --size 2^9 --hardware h200", "the size must be given once"),
    Refusal("cost --recipe gnark-groth16 --constraints many --hardware h200", "must be a whole number below 2^63, as 4096"),
    Refusal("cost --recipe zisk/Foo --hardware h200", "circuit: must be one of Main"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --set wires", "--set: must be KEY=VALUE"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --set wire=3", "wire: not an option of recipe"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --set size=5", "size: not an option of recipe"),
    Refusal("cost --recipe pico/riscv --hardware h200 --set self=5", "self: not an option of recipe"),
    Refusal("cost --recipe gnark-groth16 --hardware h200 --constraints 2^9 --size 2^10", "must be given once; got 2^9, 2^10"),
    Refusal("cost --recipe gnark-groth16 --constraints 2^70 --hardware h200", "must be a whole number below 2^63"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --gpus 0", "--gpus: must be from 1 to 1,000,000,000; got 0"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --proofs 9999999999", "--proofs: must be from 1 to 1,000,000,000"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --gas-gwei 1e300:1e308", "--gas-gwei: must be a number or LOW"),
    Refusal("cost --ledger", "Try 'prover-markets --help'"),
    Refusal("cost --ledger . --hardware h200", ".: a ledger must be a file; got a directory"),
    Refusal("prove --system stark --circuit hash-chain --length 1000000000000", "length: must be a whole number from 1"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --arity 3", "--arity is of a recursion tree"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --proofs 3 --arity 1", "arity: must be a whole number, at least 2"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --batch 0", "--batch: must be from 1 to 1,000,000,000; got 0"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --no-settlement --batch 2", "--batch is of verification on chain"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --electricity 2:1", "must be a number or LOW:HIGH, from 0 to 10"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --utilisation 2", "from 0.001 to 1; got '2'"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --plot x.gif", "--plot must name a file that ends in"),
    Refusal("cost --recipe gnark-groth16:2^9 --hardware h200 --measurements none.json", "none.json: must be a readable file"),
    Refusal("cost --ledger none.json --hardware h200", "none.json: a ledger must be a readable file"),
    Refusal("cost --calibrate --hardware cpu", "--hardware must be left out with --calibrate"),
    Refusal("cost --calibrate --seconds 0", "seconds: must be above 0 and at most 3600"),
    Refusal("cost --calibrate --validate", "--calibrate must be alone"),
    Refusal("cost --output x.json --recipe gnark-groth16:2^9 --hardware h200", "--output must be left out without --calibrate"),
    Refusal("cost --blocks log.csv", "--cycles must be given with --blocks"),
    Refusal("prove --system stark --length 3", "--length must be left out for --circuit rollup"),
    Refusal("prove --system stark --group real", "group: stark hashes and uses no curve"),
    Refusal("prove --system stark --transfers 0", "transfers"),
    Refusal("prove --system snark", "'snark' is not one of"),
    Refusal("prove --system stark --inputs none.json", "none.json: a file of inputs must be a readable file"),
)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda r: r.arguments)
def test_bad_input_ends_in_one_line(refusal: Refusal) -> None:
    run = invoke(*refusal.arguments.split())
    assert run.exit_code == 2, run.output
    assert run.stdout == ""
    [line] = run.stderr.splitlines()
    assert refusal.says in line


def test_sizes_and_ranges_are_read_as_they_are_written() -> None:
    assert [whole(text, "x") for text in ("2^22", "2**3", "4_096", "1,000", "7")] == [1 << 22, 8, 4096, 1000, 7]
    assert tuple(interval("0.05:0.12", "x")) == (0.05, 0.12) and tuple(interval("3", "x")) == (3.0, 3.0)
