"""What holds for every test: no network, no display, the usual depth of recursion, the same random cases on every run."""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # the workers of a run share the cores
    os.environ.setdefault(threads, "1")

DEPTH = sys.getrecursionlimit()

settings.register_profile(
    "repeatable",
    max_examples=50,  # the same ones on every run
    deadline=None,  # no test is timed: a slow machine is not a defect
    derandomize=True,  # the same cases on every machine
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect tests without the collector of garbage, and have it pass over them later: they are kept to the end.

    Its passes took a third of the time of the collection, and half a second each afterwards.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection to another machine."""

    def refuse(self: socket.socket, address: object) -> None:
        raise AssertionError(f"a test tried to connect to {address!r}; tests need no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def usual_depth() -> None:
    """Undo what a library that a test imports does to the limit of recursion (py_ecc raises it a hundredfold)."""
    sys.setrecursionlimit(DEPTH)
