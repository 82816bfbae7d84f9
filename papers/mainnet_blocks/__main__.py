"""From real proving times to what a rollup would pay: `python -m papers.mainnet_blocks [--log LOG.csv]`.

Without a log it starts from the shipped summary, writes `results.json` and draws four figures into `build/`.
With a log it derives the summary first; unless that is the shipped one, everything is written into `build/` and
the figures name the log. Exit status 0; 2 for bad usage or a bad log; 3 if an equilibrium was not found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mechanisms.errors import MarketError, SolverFailure
from papers.mainnet_blocks.compute import compute
from papers.mainnet_blocks.derive import REPLAY, SUMMARY, derive, read_derived
from papers.mainnet_blocks.figure import BUILD, RESULTS, draw
from papers.mainnet_blocks.scenario import Scenario
from papers.numbers import rounded, text_of
from papers.progress import say

PROCESSES = 2  # one for each set of provers


def main(arguments: Sequence[str] | None = None) -> int:
    """Derive, compute and draw."""
    parser = argparse.ArgumentParser(prog="python -m papers.mainnet_blocks", description=__doc__)
    parser.add_argument("--log", type=Path, help="CSV with the columns block,gas_used,prover,proving_time_ms")
    parser.add_argument("--build", type=Path, default=BUILD, help="folder for the figures (default: %(default)s)")
    given = parser.parse_args(arguments)
    try:
        _make(given.log, given.build)
    except SolverFailure as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except (MarketError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _make(log: Path | None, build: Path) -> None:
    scenario = Scenario.from_toml()
    folder, results_path, label = SUMMARY.parent, RESULTS, None
    if log is not None:
        say(f"reading and modelling {log.name}")
        texts = derive(log, scenario)
        build.mkdir(parents=True, exist_ok=True)
        for name, text in zip((SUMMARY.name, REPLAY), texts, strict=True):
            (build / name).write_text(text, encoding="utf-8", newline="\n")
        if texts[0] != SUMMARY.read_text("utf-8"):
            folder, results_path, label = build, build / RESULTS.name, f"Log: {log.name}"
    summary, replay = read_derived(folder)
    results = rounded(compute(summary, replay, scenario, say, processes=PROCESSES))
    results_path.write_text(text_of(results), encoding="utf-8", newline="\n")
    say(f"wrote {results_path}")
    for path in draw(results, build, label):
        say(f"wrote {path}")


if __name__ == "__main__":
    raise SystemExit(main())
