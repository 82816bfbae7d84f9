"""What a proof costs, how far the model can be trusted, when aggregation pays, and which reserve price follows.

`python -m papers.proving_costs [--log LOG.csv --cycles CYCLES.csv]`.  Without logs the errors of predicting blocks are
those of the shipped `blocks.json`; with logs they are derived first, and unless they are the shipped ones everything
is written into `build/`.  Exit status 0; 2 for bad usage or a bad log; 3 if an equilibrium was not found.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mechanisms.errors import InvalidInput, MarketError, SolverFailure
from papers.numbers import rounded, text_of
from papers.progress import say
from papers.proving_costs.compute import compute
from papers.proving_costs.figure import BUILD, RESULTS, draw
from papers.proving_costs.scenario import Scenario
from proving_cost.block_prediction import ModelError, predict_blocks

__all__ = ["BLOCKS", "derive", "main", "read_blocks"]

BLOCKS = Path(__file__).with_name("blocks.json")
KEYS = {"first_test_block", "provers", "left_out", "regime"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Derive, compute and draw."""
    parser = argparse.ArgumentParser(prog="python -m papers.proving_costs", description=__doc__)
    parser.add_argument("--log", type=Path, help="CSV with the columns block,gas_used,prover,proving_time_ms")
    parser.add_argument("--cycles", type=Path, help="CSV with the columns block,gas_used,prover,total_cycles")
    parser.add_argument("--build", type=Path, default=BUILD, help="folder for the figures (default: %(default)s)")
    given = parser.parse_args(arguments)
    try:
        _make(given.log, given.cycles, given.build)
    except SolverFailure as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except (MarketError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def derive(log: Path, cycles: Path) -> str:
    """The text of `blocks.json`: fits and errors of predicting blocks, no block by itself.

    Raises:
        InvalidInput: A log cannot be read, or they have too few blocks in common.
    """
    found = predict_blocks(log, cycles)

    def errors(side: Mapping[str, ModelError]) -> dict[str, Any]:
        return {model: {"median": e.median, "p90": e.p90, "regime": "measured"} for model, e in side.items()}

    provers = {
        p.prover: {
            "cycles_of": p.cycles_of, "a_seconds": p.a_seconds, "b_seconds_per_gcycle": p.b_seconds_per_gcycle,
            "train_blocks": p.train_blocks, "test_blocks": p.test_blocks, "train": errors(p.train), "test": errors(p.test),
        }
        for p in found.provers
    }  # fmt: skip
    document = {
        "first_test_block": found.first_test_block, "provers": provers, "left_out": dict(found.left_out), "regime": "measured",
    }  # fmt: skip
    return text_of(rounded(document))


def read_blocks(path: Path = BLOCKS) -> Mapping[str, Any]:
    """What `derive` wrote.

    Raises:
        InvalidInput: The file cannot be read, or is not such a file.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path.name}: must be a JSON file; got {type(error).__name__}. Derive it again.") from None
    if not isinstance(found, dict) or set(found) != KEYS:
        raise InvalidInput(f"{path.name}: must have the keys {', '.join(sorted(KEYS))}. Derive it again.")
    return found


def _make(log: Path | None, cycles: Path | None, build: Path) -> None:
    if (log is None) != (cycles is None):
        raise InvalidInput("--log and --cycles: must be given together or not at all; got one of them.")
    blocks, results_path = BLOCKS, RESULTS
    if log is not None and cycles is not None:
        say(f"predicting the blocks of {log.name}")
        text = derive(log, cycles)
        if text != BLOCKS.read_text("utf-8"):
            blocks, results_path = build / BLOCKS.name, build / RESULTS.name
            build.mkdir(parents=True, exist_ok=True)
            blocks.write_text(text, encoding="utf-8", newline="\n")
    results = rounded(compute(read_blocks(blocks), Scenario.from_toml(), say))
    results_path.write_text(text_of(results), encoding="utf-8", newline="\n")
    say(f"wrote {results_path}")
    for path in draw(results, build):
        say(f"wrote {path}")


if __name__ == "__main__":
    raise SystemExit(main())
