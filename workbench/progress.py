"""A progress bar on standard error for whatever takes longer than a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

PATIENCE_SECONDS = 1.0  # below this a bar only flickers


class DelayedProgress:
    """Context of a computation; shows a bar once it has lasted for a while, and only on a terminal.

    Arguments:
        console: where the bar goes; None for standard error.
        patience_seconds: how long nothing is shown.
    """

    def __init__(self, console: Console | None = None, patience_seconds: float = PATIENCE_SECONDS) -> None:
        from rich.console import Console

        self._console = Console(stderr=True) if console is None else console
        self._patience = patience_seconds
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._state = ("starting", 0.0)
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Callable[[str, float], None]:
        """The function to pass as `progress=`."""
        if self._console.is_terminal:
            self._timer = threading.Timer(self._patience, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self.report

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def report(self, what: str, share: float) -> None:
        """Takes note of what is being done and the share of it that is done."""
        with self._lock:
            self._state = (what, min(max(share, 0.0), 1.0))
            if self._bar is not None and self._task is not None:
                self._bar.update(self._task, description=what, completed=self._state[1])

    def _show(self) -> None:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._timer is None:  # it was over before its time came
                return
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task(self._state[0], total=1.0, completed=self._state[1])  # type: ignore[arg-type]
            self._bar.start()
