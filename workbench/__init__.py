"""The command line: `prover-markets solve | tune | compare | check | prove | cost`, and the market files it reads.

The names load on first use, so that `prover-markets --help` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.commands import program
    from workbench.market_files import MarketFile, TuneTable

__all__ = ["MarketFile", "TuneTable", "program"]

_HOMES = {"MarketFile": "market_files", "TuneTable": "market_files", "program": "commands"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(f"workbench.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
