"""Figures of a paper, drawn once for several tests; a PDF takes as long as its picture, so that only some are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from matplotlib.figure import Figure


@contextmanager
def pictures_only() -> Iterator[None]:
    """Figures are saved as PNG, and their PDF are empty or absent."""
    savefig = Figure.savefig

    def save(self: Figure, file: Any, **options: Any) -> None:
        if (options.get("format") or Path(file).suffix[1:]) != "pdf":
            savefig(self, file, **options)

    with patch.object(Figure, "savefig", save):
        yield


def with_pdf(drawn: Path, names: Sequence[str], draw: Callable[[Path], object]) -> Path:
    """A folder that holds pictures and PDF of the named figures: the one where they were drawn, or a new one in it."""
    files = [drawn / f"{name}.pdf" for name in names]
    if all(file.exists() and file.stat().st_size for file in files):
        return drawn
    draw(drawn / "-".join(names))
    return drawn / "-".join(names)
