"""What holds for every test: no network, no display, the same random cases on every run."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"

settings.register_profile(
    "repeatable",
    deadline=None,  # no test is timed: a slow machine is not a defect
    derandomize=True,  # the same cases on every machine
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection to another machine."""

    def refuse(self: socket.socket, address: object) -> None:
        raise AssertionError(f"a test tried to connect to {address!r}; tests need no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
