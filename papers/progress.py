"""Progress on standard error, so that standard output stays free; a module of its own, so that workers share it."""

from __future__ import annotations

import sys
import time

__all__ = ["say"]


def say(what: str) -> None:
    """One line, with the time of day."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {what}\n")
    sys.stderr.flush()
