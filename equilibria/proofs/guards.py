"""While a rule runs, what would make it random or tell it the time raises `Untraceable` instead."""

from __future__ import annotations

import os
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from equilibria.proofs.symbols import Untraceable

__all__ = ["forbidding_chance"]

RANDOM = (
    "random", "uniform", "randint", "randrange", "choice", "choices", "shuffle", "sample", "gauss", "normalvariate",
    "expovariate", "betavariate", "triangular", "getrandbits", "lognormvariate", "vonmisesvariate", "gammavariate",
    "paretovariate", "weibullvariate", "randbytes",
)  # fmt: skip
CLOCK = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "localtime", "gmtime")
NUMPY = (
    "random", "rand", "randn", "randint", "choice", "shuffle", "permutation", "uniform", "normal", "random_sample",
    "standard_normal",
)  # fmt: skip


def _sources() -> Iterator[tuple[Any, str, str]]:
    """Module, name and what is said of each forbidden function."""
    for module, names, what in (
        (random, RANDOM, "is random"),
        (secrets, ("choice", "randbelow", "randbits", "token_bytes", "token_hex"), "is random"),
        (os, ("urandom",), "is random"),
        (uuid, ("uuid1", "uuid4"), "is random"),
        (time, CLOCK, "reads the clock"),
        (sys.modules.get("numpy.random"), NUMPY, "is random"),
    ):
        for name in names:
            if module is not None and hasattr(module, name):
                yield module, name, what


@contextmanager
def forbidding_chance(namespaces: Iterable[dict[str, Any]] = ()) -> Iterator[None]:
    """Puts guards in place of the functions, also under the names that they have in some namespaces; other threads pass."""
    owner = threading.get_ident()
    undo: list[tuple[Callable[[str, Any], None], str, Any]] = []
    guards: list[tuple[Any, Any]] = []
    try:
        for module, name, what in _sources():
            original = getattr(module, name)
            guard = _guard(original, f"{what} (it calls {module.__name__}.{name})", owner)
            guards.append((original, guard))
            undo.append((lambda key, value, module=module: setattr(module, key, value), name, original))  # type: ignore[misc]
            setattr(module, name, guard)
        for namespace in namespaces:
            for name, value in list(namespace.items()):
                for original, guard in guards:
                    if callable(value) and type(value) is type(original) and value == original:
                        namespace[name] = guard
                        undo.append((namespace.__setitem__, name, value))
                        break
        yield
    finally:
        for put, name, value in reversed(undo):
            put(name, value)


def _guard(original: Any, what: str, owner: int) -> Any:
    def guard(*arguments: Any, **options: Any) -> Any:
        if threading.get_ident() == owner:
            raise Untraceable(what)
        return original(*arguments, **options)

    return guard
