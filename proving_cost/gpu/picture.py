r"""The roofline of a measurement file: what each kernel reached, against what it could.

Left to right: arithmetic for each byte.  Upwards: arithmetic a second, in plain instructions; a wide multiply-add
counts as many of them as its measured rate says (two, at half rate).  A kernel lies under the lower of two lines, the
memory's and the arithmetic's, and its distance from it is the fraction of its floor.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mechanisms.errors import InvalidInput
from proving_cost.cost_model.measurements import MeasurementFile, Point
from proving_cost.cost_model.subjects import event_of, is_sized
from proving_cost.cost_model.work import work_of

__all__ = ["Mark", "draw_roofline", "marks"]

METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SHAPES = ("o", "s", "^", "D", "v", "P", "X")
STYLE = {"svg.hashsalt": "prover-markets", "axes.spines.top": False, "axes.spines.right": False, "savefig.dpi": 200}
NEEDED = ("imad_wide_per_second", "iadd3_per_second", "copy_bytes_per_second")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a point of a measurement file lies.

    Attributes:
        subject: What was timed.
        n: Its size.
        intensity: Plain instructions for each byte that must move.
        rate: Plain instructions a second.
    """

    subject: str
    n: int
    intensity: float
    rate: float


def marks(file: MeasurementFile) -> tuple[Mark, ...]:
    """The points of a file that can be drawn: those with arithmetic and bytes.

    Raises:
        InvalidInput: The file has no ceilings: it is not of a card.
    """
    ceilings = _ceilings(file)
    return tuple(mark for point in file.points if (mark := _mark(point, ceilings)) is not None)


def draw_roofline(file: MeasurementFile, ending: str = "png") -> bytes:
    """The picture; the same file gives the same bytes.

    Arguments:
        file: Measurements of a card.
        ending: `png`, `pdf` or `svg`.

    Raises:
        InvalidInput: Another ending, or a file without ceilings.
    """
    if ending not in METADATA:
        raise InvalidInput(f"picture: must end in one of {', '.join('.' + e for e in METADATA)}; got {ending!r}.")
    shown, ceilings = marks(file), _ceilings(file)
    from matplotlib import style
    from matplotlib.figure import Figure

    with style.context(["default", STYLE]):
        figure = Figure(figsize=(7.6, 4.8), layout="constrained")
        axes = figure.subplots()
        top, slope = ceilings["iadd3_per_second"], ceilings["copy_bytes_per_second"]
        turn = top / slope
        low = min([m.intensity for m in shown], default=turn) / 3
        high = max([m.intensity for m in shown] + [turn]) * 3
        line = np.geomspace(min(low, turn / 3), high, 200)
        axes.plot(line, np.minimum(line * slope, top), color="0.3", lw=1.5)
        axes.text(high, top * 1.1, f"{top / 1e12:.1f} T instructions/s", ha="right", fontsize="small")
        place = min(low, turn / 3)
        axes.text(place * 1.25, place * slope, f"{slope / 1e12:.2f} TB/s", fontsize="small")
        for k, subject in enumerate(dict.fromkeys(m.subject for m in shown)):
            _series(axes, [m for m in shown if m.subject == subject], k)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("integer instructions for each byte")
        axes.set_ylabel("integer instructions a second")
        card = file.machine if file.card is None else file.card.name
        axes.set_title(f"{card}, {file.date}; larger marks are larger sizes".replace("$", r"\$"), fontsize="medium")
        figure.legend(frameon=False, fontsize="x-small", loc="outside right upper")
        content = io.BytesIO()
        figure.savefig(content, format=ending, metadata=METADATA[ending])
    return content.getvalue()


def _series(axes: object, points: Sequence[Mark], k: int) -> None:
    sizes = np.array([8 + 3 * (m.n.bit_length() - 1) for m in points], dtype=np.float64)
    axes.scatter(  # type: ignore[attr-defined]
        [m.intensity for m in points], [m.rate for m in points], s=sizes, color=COLOURS[k % len(COLOURS)],
        marker=SHAPES[k // len(COLOURS) % len(SHAPES)], label=points[0].subject, alpha=0.85, linewidths=0,
    )  # fmt: skip


def _ceilings(file: MeasurementFile) -> dict[str, float]:
    known = {} if file.card is None else dict(file.card.ceilings)
    if any(name not in known for name in NEEDED):
        raise InvalidInput(f"{file.name}: must have the ceilings of a card to be drawn; it has none. Measure one: `make gpu`.")
    return known


def _mark(point: Point, ceilings: dict[str, float]) -> Mark | None:
    event = event_of(point.subject, point.n)
    times = 1 if is_sized(event) else point.n
    one = work_of(event)
    top = ceilings["iadd3_per_second"]
    arithmetic = times * max(one.wide_mads / ceilings["imad_wide_per_second"] * top, one.instructions)
    counted = [x for x in (one.memory_bytes * times, point.bytes_moved or 0.0) if x > 0]
    if arithmetic <= 0 or not counted:
        return None
    return Mark(subject=point.subject, n=point.n, intensity=arithmetic / min(counted), rate=arithmetic / point.seconds)
