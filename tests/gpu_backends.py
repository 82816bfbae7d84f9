"""Where kernels run in tests: the emulation, forwards and backwards, and the card where there is one."""

from __future__ import annotations

import pytest

from mechanisms.errors import MarketError
from proving_cost.gpu import host_build
from proving_cost.gpu.backend import Backend, HostBackend
from proving_cost.gpu.card import CupyBackend


def _card() -> Backend | None:
    try:
        return CupyBackend()
    except MarketError:
        return None


CARD = _card()
BACKENDS = ("host", "backwards") if CARD is None else ("host", "backwards", "card")


def backend_called(name: str) -> Backend:
    """The backend of a name of `BACKENDS`; skips the test where it cannot be had."""
    if name == "card" and CARD is not None:
        return CARD
    if host_build.compiler() is None:
        pytest.skip("there is no C++ compiler")
    return HostBackend(backwards=name == "backwards")
