"""What the suite says of a case, and the file it leaves."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from proving_cost.cost_model.measurements import Point
from proving_cost.gpu.calibration import Ceilings
from proving_cost.gpu.plan import FIGURES

__all__ = ["ceilings_line", "figure_lines", "point_line", "replace_file"]


def point_line(label: str, point: Point) -> str:
    """A case that was measured, in a line."""
    joules = "" if point.joules is None else f"  {point.joules:.3g} J"
    floors = "" if not point.fraction_of_floor else f"  {1 / point.fraction_of_floor:.2f} floors"
    times = f"{point.seconds * 1e3:>10.4g} ms  +-{point.spread:.0%}{floors}{joules}"
    return f"{label:<32} {times}  (checked: {point.checked_against})"


def ceilings_line(ceilings: Ceilings) -> str:
    """The ceilings of a card, in a line."""
    c = ceilings
    return (
        f"IMAD {c.imad_per_second / 1e12:.2f} T/s, IMAD.WIDE {c.imad_wide_per_second / 1e12:.2f} T/s, "
        f"IADD3 {c.iadd3_per_second / 1e12:.2f} T/s, copy {c.copy_bytes_per_second / 1e12:.2f} TB/s, "
        f"launch {c.launch_seconds * 1e6:.1f} us ({c.queued_launch_seconds * 1e6:.1f} us queued)"
    )


def figure_lines(points: Iterable[Point]) -> list[str]:
    """For each kernel and size of `FIGURES` that was measured, how many floors it takes and how many it may."""
    out = []
    for point in points:
        most = FIGURES.get((point.subject, point.n))
        if most is None or not point.fraction_of_floor:
            continue
        floors = 1 / point.fraction_of_floor
        verdict = "reached" if floors <= most else "not reached"
        out.append(f"{point.subject} 2^{point.n.bit_length() - 1}: {floors:.2f} floors, {most:g} wanted: {verdict}")
    return out


def replace_file(path: Path, text: str) -> None:
    """Write a file beside the old one, then put it in its place."""
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(part, 0o644)
        os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)
