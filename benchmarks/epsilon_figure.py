"""Draw `docs/images/epsilon_against_time.png` from `epsilon_against_time.txt`: `python -m benchmarks.epsilon_figure`."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

HERE = Path(__file__).parent
IMAGE = HERE.parent / "docs" / "images" / "epsilon_against_time.png"
OURS = ("HazardShooting", "IndifferenceNewton", "DualAveraging", "SmoothedBestResponse", "FictitiousPlay")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
MARKS = ("s", "^", "v", "D", "P", "X", "*")


def rows() -> list[tuple[str, str, float, float]]:
    """Where it was measured, solver, seconds and epsilon."""
    lines = (HERE / "epsilon_against_time.txt").read_text("utf-8").splitlines()
    parts = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return [(where, solver, float(seconds), float(epsilon)) for where, solver, _, seconds, epsilon in parts]


def main() -> None:
    """Write the image."""
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    axes = figure.add_subplot()
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for where, solver, seconds, epsilon in rows():
        found.setdefault((where, solver), []).append((seconds, epsilon))
    other = iter(MARKS * 3)
    for (where, solver), points in found.items():
        x, y = zip(*points, strict=True)
        if solver in OURS:
            axes.plot(x, y, "o-", color=COLOURS[OURS.index(solver)], label=f"{solver} (certified)")
        else:
            axes.plot(x, y, next(other), color="0.25", fillstyle="none", label=f"{solver} ({where})")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("seconds")
    axes.set_ylabel("most that a type gains by any bid")
    axes.set_title("Two provers, uniform costs, first price", fontsize="medium")
    axes.legend(frameon=False, fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.grid(color="0.92")
    figure.savefig(IMAGE, dpi=120, metadata={"Software": None})


if __name__ == "__main__":
    main()
