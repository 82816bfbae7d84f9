"""One BLAS thread for small dense systems: more of them wait for one another, on busy cores several times as long."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache, wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

__all__ = ["with_one_blas_thread"]

P = ParamSpec("P")
R = TypeVar("R")


def with_one_blas_thread(function: Callable[P, R]) -> Callable[P, R]:
    """The function, run with one thread of the BLAS libraries of numpy and scipy; others are left as they are."""

    @wraps(function)
    def limited(*arguments: P.args, **options: P.kwargs) -> R:
        with _limits():
            return function(*arguments, **options)

    return limited


def _limits() -> AbstractContextManager[Any]:
    limits: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limits


@lru_cache(maxsize=1)
def _controller() -> Any:
    """What finds the libraries, which takes a millisecond; after both are loaded."""
    from threadpoolctl import ThreadpoolController

    import_module("scipy.linalg")  # which brings a BLAS of its own
    return ThreadpoolController()
