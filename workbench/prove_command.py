"""`prove`: a statement of the catalogue, proved and verified, with its ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import numpy as np

    from proving_cost.circuits import Circuit
    from proving_cost.fields import PrimeField
    from proving_cost.systems import ProofRun

FILE = click.Path(path_type=Path)
INPUT_BYTES = 64_000_000


@click.command()
@click.option("--system", required=True, type=click.Choice(["groth16", "plonk", "stark", "gkr"]), help="Proof system.")
@click.option("--circuit", "kind", default="rollup", type=click.Choice(["rollup", "hash-chain"]), help="What is proved (rollup).")
@click.option("--transfers", type=int, metavar="T", help="Transfers of a rollup batch (8).")
@click.option("--depth", type=int, metavar="D", help="Depth of the rollup's state tree (8).")
@click.option("--length", type=int, metavar="N", help="Links of a hash chain (64).")
@click.option("--group", type=click.Choice(["shadow", "real"]), help="Form of the curve: shadow counts, real convinces (shadow).")
@click.option("--body", default="fast", type=click.Choice(["fast", "reference"]), help="What computes; reference: galois (fast).")
@click.option("--seed", default=0, type=click.IntRange(0), metavar="N", help="Seed of statement, keys and blinding (0).")
@click.option("--inputs", type=FILE, metavar="FILE", help="Read the circuit's inputs, a JSON object of integers.")
@click.option("--save-inputs", type=FILE, metavar="FILE", help="Write the inputs that are proved, to edit and give to --inputs.")
@click.option("--ledger", type=FILE, metavar="FILE", help="Write the ledger as JSON, for `cost --ledger`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--plot", type=FILE, metavar="FILE", help="Draw the ledger; FILE ends in .png, .pdf or .svg.")
def prove(
    system: str, kind: str, transfers: int | None, depth: int | None, length: int | None, group: Any, body: Any,
    seed: int, inputs: Path | None, save_inputs: Path | None, ledger: Path | None, as_json: bool, plot: Path | None,
) -> int:  # fmt: skip
    """Prove and verify a statement, and print what proving counted.

    Status 0: verified; 1: not.
    """
    import numpy as np

    from proving_cost.systems import proof_system, prove_and_verify
    from workbench.json_text import json_text
    from workbench.reading import writable, write

    taken: list[Path] = [] if inputs is None else [inputs]
    for option, path in (("--save-inputs", save_inputs), ("--ledger", ledger), ("--plot", plot)):
        if path is not None:
            writable(path, option, tuple(taken))
            taken.append(path)
    if plot is not None:
        from workbench.pictures import picture_format

        picture_format(plot)
    rng = np.random.default_rng(seed)
    chosen = proof_system(system, group)
    circuit, made = _statement(rng, chosen.field, kind, transfers, depth, length, make=inputs is None)
    given = made if inputs is None else _read_inputs(inputs)
    if save_inputs is not None:
        write(save_inputs, json.dumps(dict(given), indent=0).encode("utf-8"), "--save-inputs")
    run = prove_and_verify(chosen, circuit, given, rng=rng, body=body)
    if ledger is not None:
        write(ledger, run.ledger.to_json().encode("utf-8"), "--ledger")
    if plot is not None:
        from workbench.ledger_picture import drawn_ledger
        from workbench.pictures import picture_format

        write(plot, drawn_ledger(run.ledger, f"{system}, {kind}", picture_format(plot)), "--plot")
    click.echo(json_text(_record(run)) if as_json else str(run))
    return 0 if run.verified else 1


def _statement(
    rng: np.random.Generator, field: PrimeField, kind: str, transfers: int | None, depth: int | None, length: int | None,
    *, make: bool,
) -> tuple[Circuit, Mapping[str, int]]:  # fmt: skip
    """The circuit that the options ask for, with inputs that satisfy it if they are to be made."""
    from mechanisms.errors import InvalidInput
    from proving_cost.circuits import Rollup, hash_chain, random_hash_chain, random_rollup

    foreign = {"--length": length} if kind == "rollup" else {"--transfers": transfers, "--depth": depth}
    for option, value in foreign.items():
        if value is not None:
            raise InvalidInput(f"{option} must be left out for --circuit {kind}; got {value}.")
    if kind == "hash-chain":
        links = 64 if length is None else length
        return random_hash_chain(rng, field, links) if make else (hash_chain(field, links), {})
    shape = Rollup(field=field, transfers=8 if transfers is None else transfers, depth=8 if depth is None else depth)
    if make:
        return random_rollup(rng, field, shape.transfers, depth=shape.depth)
    return shape.circuit(), {}


def _read_inputs(path: Path) -> Mapping[str, int]:
    from mechanisms.errors import InvalidInput
    from workbench.reading import read_text, shown_name

    try:
        data = json.loads(read_text(path, "a file of inputs", INPUT_BYTES))
    except (json.JSONDecodeError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidInput(f"{shown_name(path)}{line}: must be a JSON object of integers; got something else.") from None
    except ValueError as error:  # of a number with too many digits
        raise InvalidInput(f"{shown_name(path)}: must hold integers of the field; got one that is too long ({error}).") from None
    if not isinstance(data, dict):
        raise InvalidInput(f"{shown_name(path)}: must be a JSON object of integers; got {type(data).__name__}.")
    return data


def _record(run: ProofRun) -> dict[str, object]:
    return {
        "system": run.system, "verified": run.verified, "secure": run.secure, "relation": run.relation,
        "counts_as_predicted": run.counts_as_predicted, "setup_seconds": run.setup_seconds,
        "witness_seconds": run.witness_seconds, "prove_seconds": run.prove_seconds,
        "verify_seconds": run.verify_seconds, "proof_bytes": run.proof_bytes, "ledger": json.loads(run.ledger.to_json()),
        "operations": {f"{operation} {field}": k for (field, operation), k in sorted(run.ledger.operations().items())},
    }  # fmt: skip
