"""Derive `summary.json` and `replay.json` from a proving log.

`python -m papers.mainnet_blocks.derive LOG.csv [-o summary.json]`, from the root of the repository; `replay.json`
is written beside the summary.  The log itself is not shipped; the summary holds what the figures need of it, and
the replay the aggregates of every rule replayed block by block (no block by itself).  The same log gives the same
bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mechanisms.errors import InvalidInput, MarketError
from papers.mainnet_blocks.markets import build_markets
from papers.mainnet_blocks.scenario import Scenario
from papers.mainnet_blocks.sealed_replay import replay_rules
from papers.numbers import text_of
from proving_cost import Summary, read_log, summarise

__all__ = ["SUMMARY", "derive", "read_derived"]

SUMMARY = Path(__file__).with_name("summary.json")
REPLAY = "replay.json"
# the log that the shipped summary is of, known by its SHA-256
MAINNET_SHA256 = "5de65d1d817363aca8dc852f710a664811c634e947ed67de8df37e78d743b5bf"
MAINNET_SOURCE = (
    "proving times of Ethereum mainnet blocks 23533500 to 23533999 on 8 x RTX 5090, AMD EPYC 7B13, 503 GiB: "
    "github.com/eth-act/zkevm-benchmark-runs, commits 7c1256a72 (2025-12-30), 85d96d3f2 (2026-04-07), "
    "9d6375e98 (2026-05-11)"
)


def derive(
    path: str | Path, scenario: Scenario, *, source: str | None = None, competitive_share: float = 0.01
) -> tuple[str, str]:
    """The texts of the summary and of the replay of a log.

    Arguments:
        path: The log.
        scenario: What the replay assumes beside it.
        source: Where the log comes from, in words; None for the mainnet log's own, and nothing for any other.
        competitive_share: Least share of blocks won that makes a prover competitive.

    Raises:
        InvalidInput: The log cannot be read or modelled; one line that says where.
        SolverFailure: An equilibrium for the replay was not found.
    """
    log = read_log(path)
    if source is None:
        source = MAINNET_SOURCE if log.sha256 == MAINNET_SHA256 else ""
    text = summarise(log, source=source, competitive_share=competitive_share).to_json()
    summary = Summary.from_json(text)  # rounded, as everyone will read it
    sets = replay_rules(log, summary, build_markets(summary, scenario), scenario)
    return text, text_of({"summary_sha256": _digest(text), "sets": sets})


def read_derived(folder: Path) -> tuple[Summary, Mapping[str, Any]]:
    """The summary in a folder, and the replay that belongs to it, by set of provers.

    Raises:
        InvalidInput: A file cannot be read, or the replay was made with another summary.
    """
    summary = Summary.from_file(folder / SUMMARY.name)
    try:
        replay = json.loads((folder / REPLAY).read_text("utf-8"))
        made_with, sets = replay["summary_sha256"], replay["sets"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{REPLAY}: must be a replay as derive.py writes it; got {type(error).__name__}. Derive it again."
        ) from None
    if made_with != _digest((folder / SUMMARY.name).read_text("utf-8")):
        raise InvalidInput(f"{REPLAY}: must be made with {SUMMARY.name}; got one of another. Derive both again.")
    return summary, sets


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write summary and replay of a log; print the summary. Exit status 0, or 2 for bad usage or a bad log."""
    parser = argparse.ArgumentParser(prog="python -m papers.mainnet_blocks.derive", description=__doc__)
    parser.add_argument("log", help="CSV with the columns block,gas_used,prover,proving_time_ms")
    parser.add_argument("-o", "--output", type=Path, default=SUMMARY, help="where to write (default: %(default)s)")
    parser.add_argument("--source", help="where the log comes from, in words (known for the mainnet log)")
    parser.add_argument("--competitive-share", type=float, default=0.01, help="least share of blocks won (0.01)")
    given = parser.parse_args(arguments)
    try:
        summary, replay = derive(given.log, Scenario.from_toml(), source=given.source, competitive_share=given.competitive_share)
        for path, text in ((given.output, summary), (given.output.with_name(REPLAY), replay)):
            path.write_text(text, encoding="utf-8", newline="\n")
    except (MarketError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{Summary.from_json(summary)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
