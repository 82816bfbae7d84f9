"""While a rule runs, what would make it random or tell it the time raises `Untraceable` instead."""

from __future__ import annotations

import datetime
import os
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from equilibria.proofs.symbols import Untraceable

__all__ = ["forbidding_chance"]

RANDOM = (
    "random", "uniform", "randint", "randrange", "choice", "choices", "shuffle", "sample", "gauss", "normalvariate",
    "expovariate", "betavariate", "triangular", "getrandbits", "lognormvariate", "vonmisesvariate", "gammavariate",
    "paretovariate", "weibullvariate", "randbytes",
)  # fmt: skip
CLOCK = (
    "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns",
    "thread_time", "thread_time_ns", "clock_gettime", "clock_gettime_ns", "localtime", "gmtime", "ctime", "strftime",
)  # fmt: skip
NUMPY = (
    "random", "rand", "randn", "randint", "choice", "shuffle", "permutation", "uniform", "normal", "random_sample",
    "standard_normal", "bytes", "ranf", "sample", "exponential", "binomial", "poisson", "beta", "gamma", "default_rng",
    "RandomState",
)  # fmt: skip

HARMLESS = frozenset({str, int, float, tuple, list, dict, type(None), ModuleType})  # most of what a module holds besides


def _sources() -> Iterator[tuple[Any, str, str]]:
    """Module, name and what is said of each forbidden function."""
    for module, names, what in (
        (random, RANDOM, "is random"),
        (random.Random, ("random", "getrandbits"), "is random"),
        (random.SystemRandom, ("random", "getrandbits", "randbytes"), "is random"),
        (secrets, ("choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe"), "is random"),
        (os, ("urandom", "getrandom"), "is random"),
        (uuid, ("uuid1", "uuid4"), "is random"),
        (time, CLOCK, "reads the clock"),
        (sys.modules.get("numpy.random"), NUMPY, "is random"),
    ):
        for name in names:
            if module is not None and hasattr(module, name):
                yield module, name, what


class _Generator:
    """Stands for a generator of random numbers that a module holds."""

    def __getattr__(self, name: str) -> Any:
        raise Untraceable(f"is random (it calls {name} of a generator)")


def _generators() -> tuple[type, ...]:
    found = sys.modules.get("numpy.random")
    return () if found is None else (found.Generator, found.RandomState)


def _dates(owner: int) -> Iterator[tuple[str, type]]:
    """The classes of `datetime` without what tells the time."""
    for name in ("datetime", "date"):
        original = getattr(datetime, name)
        told = {
            told: staticmethod(_guard(getattr(original, told), f"reads the clock (it calls {name}.{told})", owner))
            for told in ("now", "utcnow", "today")
            if hasattr(original, told)
        }
        yield name, type(name, (original,), told)


@contextmanager
def forbidding_chance(namespaces: Iterable[dict[str, Any]] = ()) -> Iterator[None]:
    """Puts guards in place of the functions, also under the names that they have in some namespaces; other threads pass."""
    owner, generators = threading.get_ident(), _generators()
    undo: list[tuple[Callable[[str, Any], object], str, Any]] = []
    guards: dict[Any, Any] = {}
    try:
        for module, name, what in _sources():
            original = getattr(module, name)
            guard = _guard(original, f"{what} (it calls {module.__name__}.{name})", owner)
            if name in vars(module):
                undo.append((lambda key, value, module=module: setattr(module, key, value), name, original))  # type: ignore[misc]
            else:
                undo.append((lambda key, value, module=module: delattr(module, key), name, original))  # type: ignore[misc]
            guards.setdefault(original, guard)
            setattr(module, name, guard)
        for name, dateless in _dates(owner):
            original = getattr(datetime, name)
            guards.setdefault(original, dateless)
            undo.append((lambda key, value: setattr(datetime, key, value), name, original))
            setattr(datetime, name, dateless)
        kinds = {type(original) for original in guards}  # functions and classes, by whose values they are looked up
        blind = _guard(id, "looks at where an object lies (it calls id)", owner)
        for namespace in namespaces:
            chancy: list[tuple[str, Any]] = []
            for name, value in list(namespace.items()):
                kind = type(value)
                if kind in kinds:
                    if value in guards:
                        chancy.append((name, guards[value]))
                elif kind not in HARMLESS and isinstance(value, generators):
                    chancy.append((name, _Generator()))
            undo += [(namespace.__setitem__, name, namespace[name]) for name, _ in chancy]
            namespace.update(chancy)
            if "id" not in namespace:
                undo.append((namespace.pop, "id", None))
                namespace["id"] = blind
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
