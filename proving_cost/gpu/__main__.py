"""`python -m proving_cost.gpu`: measure the card of this machine, or draw what was measured."""

from __future__ import annotations

import argparse
import sys
from fnmatch import fnmatch
from pathlib import Path

from mechanisms.errors import InvalidInput, MarketError
from proving_cost.gpu.cases import Case

DONE, WRONG, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
MEASUREMENTS = Path(__file__).resolve().parents[1] / "measurements"
EVERYTHING = 1 << 62


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status: 0, 1 if a kernel gave a wrong value, 2 if it cannot run, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    try:
        if options.picture is not None:
            return _draw(*options.picture)
        if options.list:
            for case in _chosen(options.only, options.skip):
                print(f"{case.label:<34} {case.device_bytes / 2**30:8.2f} GiB")
            return DONE
        return _measure(options, sys.argv[1:] if arguments is None else arguments)
    except MarketError as wrong:
        print(f"proving_cost.gpu: {' '.join(str(wrong).split())}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("proving_cost.gpu: interrupted; nothing was measured", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    from proving_cost.gpu.suite import BUDGET_SECONDS

    parser = argparse.ArgumentParser(prog="python -m proving_cost.gpu", description=__doc__)
    add = parser.add_argument
    add("--output", type=Path, help="the measurement file (proving_cost/measurements/<card>-<date>.json); or a folder for it")
    add("--seconds", type=float, default=BUDGET_SECONDS, help=f"for all kernels together ({BUDGET_SECONDS:g})")
    add("--only", action="append", default=[], metavar="PATTERN", help="only cases like this, as 'ntt/*' or 'msm/* 2^22'")
    add("--skip", action="append", default=[], metavar="PATTERN", help="no cases like this")
    add("--resume", action="store_true", help="keep what the file already has, and measure the rest")
    add("--seed", type=int, help="of the inputs; new ones each time if left out")
    add("--commit", help="of the code, where there is no git to ask")
    add("--list", action="store_true", help="show the cases and the memory they need; needs no card")
    add("--picture", nargs=2, type=Path, metavar=("FILE.json", "PICTURE"), help="draw the roofline of a measurement file")
    return parser


def _chosen(only: list[str], skip: list[str], limit: int = EVERYTHING) -> list[Case]:
    from proving_cost.gpu.plan import planned

    def like(case: Case, patterns: list[str]) -> bool:
        return any(fnmatch(case.label, p) or fnmatch(case.subject, p) for p in patterns)

    cases = [case for case in planned(limit) if (not only or like(case, only)) and not like(case, skip)]
    if not cases:
        raise InvalidInput("--only, --skip: leave no case; see --list for what there is.")
    return cases


def _measure(options: argparse.Namespace, typed: list[str]) -> int:
    import numpy as np

    from proving_cost.cost_model.measurements import read_measurements
    from proving_cost.gpu.report import figure_lines
    from proving_cost.gpu.suite import Suite

    seed = int(np.random.SeedSequence().entropy) % (1 << 32) if options.seed is None else options.seed  # type: ignore[arg-type]
    if seed < 0:
        raise InvalidInput(f"--seed: must be 0 or more; got {seed}.")
    chosen = _chosen(options.only, options.skip) if options.only or options.skip else None
    kept = [word for word in typed if word != "--seed" and word != str(options.seed)]
    suite = Suite(
        seconds=options.seconds, rng=np.random.default_rng(seed), commit=options.commit, cases=chosen,
        command=" ".join(["python -m proving_cost.gpu", *map(_shown, kept), f"--seed {seed}"]),
    )  # fmt: skip
    output = _output(options.output, suite.file_name)
    if options.resume:
        suite.resume(read_measurements(output))
    assert suite.facts is not None
    print(f"{suite.facts.name} ({suite.hardware} of the price table)")
    outcome = suite.run(output, told=lambda line: print(line, flush=True))
    if outcome.file is None:
        print("proving_cost.gpu: nothing was measured, no file written", file=sys.stderr)
        return INTERRUPTED if outcome.interrupted else WRONG
    print(*figure_lines(outcome.file.points), sep="\n")
    print(f"{len(outcome.file.points)} timings in {output}; {len(outcome.left_out)} cases left out")
    if outcome.wrong:
        print(f"proving_cost.gpu: wrong values: {', '.join(outcome.wrong)}", file=sys.stderr)
        return WRONG
    return INTERRUPTED if outcome.interrupted else DONE


def _output(given: Path | None, name: str) -> Path:
    """The file to write: the one that was named, or one of this name in the folder that was, or among the shipped ones."""
    if given is None:
        try:
            MEASUREMENTS.mkdir(exist_ok=True)
        except OSError as wrong:
            raise InvalidInput(f"--output: must be given, {MEASUREMENTS.name}/ cannot be made: {wrong.strerror}.") from None
        return MEASUREMENTS / name
    return given / name if given.is_dir() else given


def _shown(word: str) -> str:
    """A word of the command without folders, which are of one machine."""
    return Path(word).name if "/" in word and "*" not in word and Path(word).is_absolute() else word


def _draw(source: Path, target: Path) -> int:
    from proving_cost.cost_model.measurements import read_measurements
    from proving_cost.gpu.picture import draw_roofline

    drawn = draw_roofline(read_measurements(source), target.suffix.removeprefix("."))
    try:
        target.write_bytes(drawn)
    except OSError as wrong:
        raise InvalidInput(f"--picture: {target.name!r} cannot be written: {wrong.strerror}. Name another file.") from None
    print(f"drawn to {target}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
