"""Epsilon against time: our solvers on the first-price auction of two uniform costs, beside errors measured for others.

A row is one solver with one setting: the processor seconds it took and the certified bound on what any cost gains by any bid
(absolute, costs uniform on [0, 1]). `python -m benchmarks.peers` prints our rows and those of the published note, whose true
errors were measured elsewhere; `--gambit PYTHON` adds Gambit in the same run, with an interpreter that has `pygambit` (no
dependency: its licence is the GPL); `--write` writes `epsilon_against_time.txt`, which `benchmarks/epsilon_figure.py` draws.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from equilibria import DualAveraging, FictitiousPlay, HazardShooting, IndifferenceNewton, SmoothedBestResponse, check, solve
from mechanisms import FirstPrice, Procurement, Uniform

HERE = Path(__file__).parent
RESULTS = HERE / "epsilon_against_time.txt"
MARKET = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)})
SOLVERS: tuple[object, ...] = (
    *(FictitiousPlay(points=points, iterations=600) for points in (32, 64)),
    *(SmoothedBestResponse(points=points, iterations=600) for points in (32, 64)),
    *(DualAveraging(points=points, iterations=600) for points in (32, 64, 128)),
    *(IndifferenceNewton(points=points) for points in (256, 1024, 4096)),
    *(HazardShooting(cells=cells) for cells in (30, 60, 150)),
)
NOTE = (  # FP2, true errors on the continuous game; single measurements on another machine
    ("SODA", "64 bids, 5000 steps", 1.1, 0.0176),
    ("SODA", "128 bids, 5000 steps", 3.0, 0.0087),
    ("SOFW", "64 bids, 1000 steps", 0.2, 0.0101),
    ("bnelearn NPGA", "300 epochs of 8192", 57.0, 0.0079),
    ("bnelearn NPGA", "1000 epochs of 32768", 520.0, 0.0031),
)
"""Measured elsewhere: published note. Each with a light tuning and one seed."""

Row = tuple[str, str, str, float, float]
"""Where it was measured, solver, setting, seconds, epsilon."""


def ours() -> Iterator[Row]:
    """Processor seconds to solve and certify, and the certified epsilon."""
    solve(FirstPrice(), MARKET, HazardShooting(cells=30))  # compiles kernels
    for solver in SOLVERS:
        setting = f"{getattr(solver, 'points', None) or getattr(solver, 'cells', None)}"
        start = time.process_time()
        equilibrium = solve(FirstPrice(), MARKET, solver, throw=False)
        seconds = time.process_time() - start
        if not check(equilibrium.certificate).valid:
            raise SystemExit(f"the certificate of {solver!r} is not valid")
        yield "this run", type(solver).__name__, setting, seconds, equilibrium.epsilon


def gambit(python: Path) -> Iterator[Row]:
    """What Gambit's linear complementarity solver takes on grids of the same game, and how far off its strategies are."""
    run = subprocess.run([python, HERE / "gambit_first_price.py"], capture_output=True, text=True, check=True)
    for row in map(json.loads, run.stdout.splitlines()):
        yield "this run", f"Gambit {row['version']}", f"{row['size']} costs and bids", row["seconds"], row["epsilon"]


def main() -> None:
    """Print the rows, and write them if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument("--gambit", type=Path, metavar="PYTHON", help="an interpreter that can import pygambit")
    chosen = parser.parse_args()
    lines = [
        "# Two provers, costs uniform on [0, 1], first price: seconds, and what a type gains at most by any bid (absolute).",
        f"# this run: {platform.machine()}, {platform.system()}, Python {platform.python_version()}, processor "
        "seconds of one run after a warm-up; ours certified by equilibria.checking, Gambit's computed exactly.",
        "# measured elsewhere: published note; true error by an independent calculation there, one seed, light tuning.",
        "# where | solver | setting | seconds | epsilon",
    ]
    print("\n".join(lines))
    note = (("measured elsewhere: published note", *entry) for entry in NOTE)
    for where, solver, setting, seconds, epsilon in chain(ours(), gambit(chosen.gambit) if chosen.gambit else (), note):
        lines.append(f"{where} | {solver} | {setting} | {seconds:.4g} | {epsilon:.3g}")
        print(lines[-1], flush=True)
    if chosen.write:
        RESULTS.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
