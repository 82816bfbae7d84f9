"""`cost`: what a proof costs on a machine; timings of this machine; how far the model was off where it can be checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.one_line_errors import INTERRUPTED, INVALID

if TYPE_CHECKING:
    from proving_cost.cost_model import CostModel, ProofCost, Settlement
    from proving_cost.ledger import Ledger
    from workbench.cost_inputs import Sized

FILE = click.Path(path_type=Path)
BELONGS = {
    "--calibrate": {"--output", "--seconds"}, "--calibrate-gpu": {"--output", "--seconds"},
    "--validate": {"--measurements"}, "--blocks": {"--cycles"},
}  # fmt: skip
CPU_SECONDS = 25.0
RANGE = "LOW:HIGH"
SMALLEST = 1e-4  # terms below this share of their total are added up in text; --json has all


@click.command()
@click.option("--recipe", metavar="RECIPE[/CIRCUIT]", help="Implementation, as gnark-groth16 or openvm/leaf.")
@click.option(
    "--size", "--constraints", "--rows", "sizes", multiple=True, metavar="N",
    help="Its size, as 2^22; of a zkVM: the published rows.",
)  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the recipe, as scalars=full.")
@click.option("--ledger", type=FILE, metavar="FILE", help="Price the ledger that `prove --ledger` wrote, instead of a recipe.")
@click.option("--hardware", metavar="NAME", help="Machine, as h200, rtx5090 or cpu.")
@click.option("--gpus", type=int, default=1, metavar="N", help="Accelerators that share the work (1).")
@click.option("--proofs", type=int, metavar="B", help="Statements under one recursion tree (1).")
@click.option("--arity", type=int, metavar="A", help="Proofs that a node of the tree joins (2).")
@click.option("--node", metavar="RECIPE[/CIRCUIT][:N]", help="What a node of the tree is; the recipe itself if left out.")
@click.option("--wrap", metavar="RECIPE[/CIRCUIT][:N]", help="The proof that ends the tree; none if left out.")
@click.option("--batch", type=int, metavar="B", help="Proofs (or trees) that share one verification on chain (1).")
@click.option("--no-settlement", is_flag=True, help="Leave verification on chain out.")
@click.option("--gas-gwei", metavar=RANGE, help="Price of gas.")
@click.option("--eth-usd", metavar=RANGE, help="Price of an ether.")
@click.option("--electricity", metavar=RANGE, help="USD for a kilowatt-hour, in place of the price table's.")
@click.option("--utilisation", metavar=RANGE, help="Share of the time that an owned machine is busy.")
@click.option("--prices", type=FILE, metavar="FILE", help="A price table of one's own, in place of the shipped one.")
@click.option("--measurements", type=FILE, multiple=True, metavar="FILE", help="Timings to add, as --calibrate writes them.")
@click.option("--calibrate", is_flag=True, help="Time the kernels on this machine, and write a measurement file.")
@click.option("--calibrate-gpu", is_flag=True, help="Check, time and weigh the kernels on this machine's GPU, and write a file.")
@click.option("--output", type=FILE, metavar="FILE", help="Where a calibration writes (cpu-DATE.json, or CARD-DATE.json).")
@click.option("--seconds", type=float, metavar="S", help="Time for a calibration, at most (25, compiling apart; of a GPU 400).")
@click.option("--validate", is_flag=True, help="Show the errors of the model on published timings that were left out.")
@click.option("--blocks", type=FILE, metavar="LOG.csv", help="Predict the seconds of a log's blocks from --cycles.")
@click.option("--cycles", type=FILE, metavar="FILE.csv", help="Cycles of the blocks, for --blocks.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--plot", type=FILE, metavar="FILE", help="Draw the terms; FILE ends in .png, .pdf or .svg.")
@click.pass_context
def cost(context: click.Context, /, **options: Any) -> int:
    """Price a proof on a machine: seconds, joules and US dollars, term by term.

    A recipe is the closed form of an implementation, so 2^26 takes no longer than 2^10.
    With --calibrate, --calibrate-gpu, --validate or --blocks it does that instead.
    """
    given = {
        f"--{name.replace('_', '-')}"
        for name in options
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    mode = _mode(given)
    if mode == "--calibrate":
        return _calibrate(options["output"], options["seconds"], options["as_json"])
    if mode == "--calibrate-gpu":
        return _calibrate_gpu(options["output"], options["seconds"], options["as_json"])
    if mode == "--validate":
        from proving_cost.cost_model import known_timings, read_measurements, validate

        files = [read_measurements(path) for path in options["measurements"]]
        table = validate(known_timings(files)) if files else validate()
        return _shown({"errors": table.to_json()}, str(table), options["as_json"])
    if mode == "--blocks":
        return _blocks(options["blocks"], options["cycles"], options["as_json"])
    return _price(**options)


def _mode(given: set[str]) -> str | None:
    """The one thing that is asked for, and nothing that does not belong to it."""
    from mechanisms.errors import InvalidInput

    asked = [mode for mode in BELONGS if mode in given]
    if len(asked) > 1:
        raise InvalidInput(f"{asked[0]} must be alone; got {', '.join(asked[1:])} too.")
    mode = asked[0] if asked else None
    belongs = BELONGS[mode] if mode else given - {"--output", "--seconds", "--cycles"}
    for option in sorted(given - belongs - {mode, "--as-json"}):
        where = f"with {mode}" if mode else "without --blocks" if option == "--cycles" else "without --calibrate"
        raise InvalidInput(f"{option} must be left out {where}. Try `prover-markets cost --help`.")
    return mode


def _price(
    *, recipe: str | None, sizes: Sequence[str], settings: Sequence[str], ledger: Path | None, hardware: str | None, gpus: int,
    proofs: int | None, arity: int | None, node: str | None, wrap: str | None, batch: int | None, no_settlement: bool,
    gas_gwei: str | None, eth_usd: str | None, as_json: bool, plot: Path | None, **machine: Any,
) -> int:  # fmt: skip
    from mechanisms.errors import InvalidInput
    from proving_cost.cost_model import device_names, price
    from proving_cost.recipes import RECIPES
    from workbench.cost_inputs import MOST, sized_recipe
    from workbench.reading import writable, write

    if len(sizes) > 1:
        raise InvalidInput(f"--constraints: the size must be given once; got {', '.join(sizes)}.")
    size = sizes[0] if sizes else None
    for option, count in (("--gpus", gpus), ("--proofs", proofs), ("--batch", batch)):
        if count is not None and not 1 <= count <= MOST:
            raise InvalidInput(f"{option}: must be from 1 to {MOST:,}; got {count}.")
    if (recipe is None) == (ledger is None):
        raise InvalidInput(f"--recipe or --ledger must be given, and not both. Recipes are {', '.join(RECIPES)}.")
    if hardware is None:
        raise InvalidInput(f"--hardware must be given; it is one of {', '.join(device_names())}.")
    if ledger is not None and (size is not None or settings):
        raise InvalidInput("--ledger holds its own sizes; leave --size and --set out.")
    if plot is not None:
        from workbench.pictures import picture_format

        picture_format(plot)
        writable(plot, "--plot", () if ledger is None else (ledger,))
    leaf = None if recipe is None else sized_recipe(recipe, "--recipe", size, "--constraints", settings)
    counted = _read_ledger(ledger) if leaf is None else leaf.ledger  # type: ignore[arg-type]
    title = ledger.name if leaf is None and ledger is not None else "" if leaf is None else leaf.words
    whole_ledger, tree = _tree(counted, leaf, proofs, arity, node, wrap)
    model = _model(hardware, **machine)
    settlement = _settlement(batch, no_settlement, gas_gwei, eth_usd)
    found = price(whole_ledger, model, gpus=gpus, settlement=settlement)
    statements = 1 if proofs is None else proofs
    title = f"{title}{tree}, on {found.hardware}" if gpus == 1 else f"{title}{tree}, on {gpus} x {found.hardware}"
    notes = _notes(leaf, settlement, wrap)
    if plot is not None:
        from workbench.cost_picture import drawn_cost
        from workbench.pictures import picture_format

        write(plot, drawn_cost(found, title, picture_format(plot)), "--plot")
    record: dict[str, object] = {"title": title, **found.to_json(), "statements": statements, "notes": notes}
    if statements > 1 and (found.owning or found.renting):
        record["usd_per_statement"] = {k: v / statements for k, v in (("low", found.usd.lower), ("high", found.usd.upper))}
    return _shown(record, _text(title, found, statements, notes), as_json)


def _tree(
    leaf: Ledger, sized: Sized | None, proofs: int | None, arity: int | None, node: str | None, wrap: str | None
) -> tuple[Ledger, str]:
    """The ledger of the recursion tree, and its words; the leaf alone if no tree is asked for."""
    from mechanisms.errors import InvalidInput
    from proving_cost.recipes import recursion
    from workbench.cost_inputs import sized_recipe

    if proofs is None:
        for option, value in (("--arity", arity), ("--node", node), ("--wrap", wrap)):
            if value is not None:
                raise InvalidInput(f"{option} is of a recursion tree; give --proofs as well.")
        return leaf, ""
    if node is None and sized is None:
        raise InvalidInput("--node must be given with --ledger and --proofs: what joins two proofs. Try --node openvm/internal.")
    joint = sized_recipe(node, "--node") if node is not None else sized
    end = None if wrap is None else sized_recipe(wrap, "--wrap")
    assert joint is not None
    of = 2 if arity is None else arity
    words = f"; {proofs:,} proofs joined by {of} ({joint.words})" + ("" if end is None else f", wrapped ({end.words})")
    return recursion(leaf, proofs, of, joint.ledger, None if end is None else end.ledger), words


def _model(
    hardware: str, *, electricity: str | None, utilisation: str | None, prices: Path | None, measurements: Sequence[Path],
    **modes: Any,
) -> CostModel:  # fmt: skip
    from proving_cost import PriceTable
    from proving_cost.cost_model import CostModel, known_timings, read_measurements
    from workbench.cost_inputs import priced_table

    given = {"electricity_usd_per_kwh": ("--electricity", electricity), "utilisation": ("--utilisation", utilisation)}
    table = priced_table(PriceTable.from_toml(prices), given)
    return CostModel(hardware, timings=known_timings([read_measurements(path) for path in measurements], table), table=table)


def _settlement(batch: int | None, left_out: bool, gas: str | None, eth: str | None) -> Settlement | None:
    from mechanisms.errors import InvalidInput
    from proving_cost.cost_model import Settlement
    from workbench.cost_inputs import interval

    if left_out:
        for option, value in (("--batch", batch), ("--gas-gwei", gas), ("--eth-usd", eth)):
            if value is not None:
                raise InvalidInput(f"{option} is of verification on chain; leave --no-settlement out to have it.")
        return None
    usual = Settlement(batch=1 if batch is None else batch)
    return replace(
        usual, gas_price_gwei=usual.gas_price_gwei if gas is None else interval(gas, "--gas-gwei"),
        eth_usd=usual.eth_usd if eth is None else interval(eth, "--eth-usd"),
    )  # fmt: skip


def _notes(leaf: Sized | None, settlement: Settlement | None, wrap: str | None) -> list[str]:
    """What is taken for granted."""
    notes = [] if leaf is None else [f"{leaf.recipe.source} @ {leaf.recipe.commit[:10]}", *map(str, leaf.recipe.assumptions)]
    if settlement is not None and wrap is None and (leaf is None or "groth16" not in leaf.recipe.name):
        notes.append(
            "on-chain verification is that of a Groth16 proof over BN254; the wrap that makes one is not in the ledger (--wrap)"
        )
    return notes


def _text(title: str, found: ProofCost, statements: int, notes: Sequence[str]) -> str:
    parts = [title, found.text(SMALLEST)]
    if statements > 1 and (found.owning or found.renting):
        low, high = (end / statements for end in found.usd)
        parts.append(f"USD for each of {statements:,} statements: {low:.4g} to {high:.4g}, of owning and renting the wider")
    if notes:
        parts.append("\n".join(["taken for granted", *(f"  {note}" for note in notes)]))
    return "\n\n".join(parts)


def _calibrate(output: Path | None, seconds: float | None, as_json: bool) -> int:
    import datetime

    from workbench.progress import DelayedProgress
    from workbench.reading import writable, write

    path = output if output is not None else Path(f"cpu-{datetime.date.today().isoformat()}.json")
    writable(path, "--output", ())
    with DelayedProgress() as progress:
        from proving_cost.cost_model.calibrate import calibrate

        progress("compiling", 0.0)
        made = calibrate(seconds=CPU_SECONDS if seconds is None else seconds, progress=progress)
    write(path, made.to_json().encode("utf-8"), "--output")
    rows = [f"{p.subject:<28} {p.n:>9,} {p.seconds:>11.4g} s  +-{p.spread:.0%}" for p in made.points]
    text = "\n".join([f"{made.machine}, {made.date}", *rows, f"written to {path}; give it to cost --measurements"])
    return _shown({"file": str(path), **json.loads(made.to_json())}, text, as_json)


def _calibrate_gpu(output: Path | None, seconds: float | None, as_json: bool) -> int:
    from proving_cost.gpu.suite import BUDGET_SECONDS, Suite
    from workbench.progress import DelayedProgress
    from workbench.reading import writable

    if output is not None:
        writable(output, "--output", ())
    suite = Suite(seconds=BUDGET_SECONDS if seconds is None else seconds, command="prover-markets cost --calibrate-gpu")
    path = Path(suite.file_name) if output is None else output
    lines: list[str] = []
    with DelayedProgress() as progress:
        found = suite.run(path, told=lines.append, progress=progress)
    end = f"written to {path}; give it to cost --measurements" if found.file else "nothing was measured, and no file written"
    made = {} if found.file is None else json.loads(found.file.to_json())
    _shown({"file": str(path) if found.file else None, "wrong": list(found.wrong), **made}, "\n".join([*lines, end]), as_json)
    return INTERRUPTED if found.interrupted else INVALID if found.wrong or not found.file else 0


def _blocks(log: Path, cycles: Path | None, as_json: bool) -> int:
    from mechanisms.errors import InvalidInput
    from proving_cost.block_prediction import predict_blocks

    if cycles is None:
        raise InvalidInput("--cycles must be given with --blocks: a CSV with block, gas_used, prover, total_cycles.")
    found = predict_blocks(log, cycles)
    record = {
        "first_test_block": found.first_test_block, "provers": [asdict(p) for p in found.provers],
        "left_out": dict(found.left_out),
    }  # fmt: skip
    return _shown(record, str(found), as_json)


def _read_ledger(path: Path) -> Ledger:
    from mechanisms.errors import InvalidInput
    from proving_cost.ledger import Ledger
    from workbench.cost_inputs import LARGEST_LEDGER_BYTES
    from workbench.reading import read_text, shown_name

    text = read_text(path, "a ledger", LARGEST_LEDGER_BYTES)
    try:
        return Ledger.from_json(text)
    except InvalidInput as wrong:
        raise InvalidInput(f"{shown_name(path)}: {wrong}") from None


def _shown(record: Mapping[str, object], text: str, as_json: bool) -> int:
    from workbench.json_text import json_text

    click.echo(json_text(record) if as_json else text)
    return 0
