"""Every case of every kernel, the most important first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import zip_longest

from proving_cost.gpu.cases import Case

__all__ = ["FIGURES", "MODULES", "by_importance", "planned"]

MODULES = ("narrow_transform", "wide_transform", "multiplication", "hashing", "folding")
FIGURES: Mapping[tuple[str, int], float] = {
    ("ntt/goldilocks", 1 << 24): 2.5, ("ntt/babybear", 1 << 24): 2.5, ("ntt/bn254_fr", 1 << 22): 3.0,
    ("msm/bn254/g1", 1 << 22): 4.0, ("hash/poseidon2/goldilocks/12", 1 << 22): 2.0,
    ("hash/poseidon2/babybear/16", 1 << 22): 2.0, ("hash/poseidon2/babybear/24", 1 << 22): 2.0,
}  # fmt: skip
"""Kernels and sizes that are measured first, and the multiple of their floor that they are to stay below."""
USUAL = 20
"""lg of the size that is measured first of a series."""
EVERYTHING = 1 << 62


def planned(limit_bytes: int, skipped: Callable[[str, int, int], None] | None = None) -> list[Case]:
    """The cases that fit into so much memory, by importance.

    Arguments:
        limit_bytes: Memory that a case may take.
        skipped: Told of each case that does not fit: its label, the bytes it needs and the limit.
    """
    fitting = []
    for name in MODULES:
        for case in import_module(f"proving_cost.gpu.{name}").cases(EVERYTHING):
            if case.device_bytes <= limit_bytes:
                fitting.append(case)
            elif skipped is not None:
                skipped(case.label, case.device_bytes, limit_bytes)
    return by_importance(fitting)


def by_importance(cases: list[Case]) -> list[Case]:
    """`FIGURES` in their order; then, of each subject in turn, a usual size, the least, and the others upwards.

    The largest come last: making and checking their inputs takes the host longest.
    """
    first = {key: case for key in FIGURES for case in cases if (case.subject, case.n) == key}
    series: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda c: c.n):
        if (case.subject, case.n) not in first:
            series.setdefault(case.subject, []).append(case)
    turns = []
    for one in series.values():
        usual = min(one, key=lambda c: (abs(c.n.bit_length() - 1 - USUAL), c.n))
        turns.append([usual, *(case for case in one if case is not usual)])
    return [*first.values(), *(case for row in zip_longest(*turns) for case in row if case is not None)]
