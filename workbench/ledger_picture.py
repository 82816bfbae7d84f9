"""A ledger as a picture: what each phase counts, in field multiplications and group additions."""

from __future__ import annotations

import io
from collections import Counter

from proving_cost.ledger import Ledger
from workbench.pictures import COLOURS, METADATA, STYLE

__all__ = ["drawn_ledger"]

LABELS = {
    "ntt": "NTT", "msm": "MSM (expected)", "hash": "hash", "field": "element-wise", "batch_inversion": "batch inversion",
    "sumcheck": "sumcheck", "fri_fold": "FRI fold",
}  # fmt: skip


def multiplications(ledger: Ledger) -> dict[tuple[str, str], int]:
    """Base-field multiplications by phase (the outermost below the root) and kind of event."""
    from proving_cost.kernels.msm import msm_work
    from proving_cost.ledger import Msm

    found: Counter[tuple[str, str]] = Counter()
    for path, phase in ledger.root.walk():
        for event, count in phase.events.items():
            if isinstance(event, Msm):
                amount = round(msm_work(event).multiplications)
            else:
                amount = sum(k for (_, operation), k in event.operations().items() if operation == "mul")
            if amount:
                found[(path[0] if path else "other", event.kind)] += amount * count
    return dict(found)


def drawn_ledger(ledger: Ledger, title: str, ending: str) -> bytes:
    """The picture, in a format of `pictures.METADATA`."""
    from matplotlib import style
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    found = multiplications(ledger)
    phases = list(dict.fromkeys(phase for phase, _ in found))
    kinds = [kind for kind in LABELS if any(k == kind for _, k in found)]
    with style.context(["default", STYLE]):
        figure = Figure(figsize=(6.4, 1.6 + 0.4 * len(phases)), layout="constrained")
        axes = figure.subplots()
        left = [0] * len(phases)
        for i, kind in enumerate(kinds):
            widths = [found.get((phase, kind), 0) for phase in phases]
            axes.barh(phases, widths, left=left, color=COLOURS[i % len(COLOURS)], label=LABELS[kind])
            left = [a + b for a, b in zip(left, widths, strict=True)]
        axes.invert_yaxis()
        axes.set_xlim(0, 1.03 * max([1, *left]))
        axes.xaxis.set_major_formatter(EngFormatter(sep=" "))
        axes.set_xlabel("multiplications in the base field (k, M, G: 10^3, 10^6, 10^9)")
        axes.set_title(title, fontsize="medium")
        figure.legend(frameon=False, fontsize="small", loc="outside lower center", ncols=4)
        content = io.BytesIO()
        figure.savefig(content, format=ending, metadata=METADATA[ending])
    return content.getvalue()
