"""Solvers hold BLAS to one thread while they run, and give it back."""

from __future__ import annotations

from threadpoolctl import threadpool_info, threadpool_limits

from equilibria.blas_threads import with_one_blas_thread


def _threads() -> dict[str, int]:
    return {library["filepath"]: library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_one_thread_within_and_as_many_as_before_after() -> None:
    with_one_blas_thread(_threads)()  # loads what there is
    with threadpool_limits(2, user_api="blas"):
        before = _threads()
        assert 2 in before.values()
        within = with_one_blas_thread(_threads)()
        assert {within[path] for path, threads in before.items() if threads == 2} == {1}
        assert _threads() == before
