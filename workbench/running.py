"""What the commands on market files share: files that can be written, errors that name their file, results that are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from equilibria import Progress
    from workbench.market_files import MarketFile

Result = TypeVar("Result")


def outputs(source: Path, wanted: Mapping[str, Path | None]) -> None:
    """Refuses, before anything is computed, files that cannot be written."""
    from workbench.pictures import picture_format
    from workbench.reading import writable

    taken: list[Path] = [source]
    for option, path in wanted.items():
        if path is None:
            continue
        if option == "--plot":
            picture_format(path)
        writable(path, option, tuple(taken))
        taken.append(path)


def computed(file: MarketFile, verb: Callable[[Progress], Result]) -> Result:
    """What a verb returns for a file; its errors name the file, and the line where that is known."""
    from mechanisms.errors import InvalidInput, MarketError, SolverFailure
    from workbench.progress import DelayedProgress

    try:
        with DelayedProgress() as progress:
            return verb(progress)
    except InvalidInput as error:
        raise InvalidInput(file.located(str(error))) from None
    except MarketError as error:
        raise type(error)(f"{file.name}: {error}") from None
    except (ArithmeticError, ValueError, MemoryError) as error:
        raise SolverFailure(
            f"{file.name}: the numbers broke down ({type(error).__name__}: {error}). Try another unit of money."
        ) from error


def drawn_to(result: Any, plot: Path | None) -> None:
    """Draws a result into a file, if one was asked for."""
    if plot is not None:
        from workbench.pictures import drawn, picture_format
        from workbench.reading import write

        write(plot, drawn(result, picture_format(plot)), "--plot")


def shown(result: Any, as_json: bool) -> None:
    """Prints a result."""
    if as_json:
        from workbench.json_text import json_text

        click.echo(json_text(result.to_dict()))
    else:
        from workbench.tables import rendered, show

        show(rendered(result))
