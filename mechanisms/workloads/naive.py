"""Assignments that look at no report: in turn, by a lottery over stake, and everybody at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mechanisms.workloads.branching import Limits

__all__ = ["everybody", "in_turn", "stake_lottery"]


class _Room:
    """What provers can still take."""

    def __init__(self, limits: Limits) -> None:
        self.sizes, self.slots, self.work = limits.sizes, list(limits.slots), list(limits.work)

    def of(self, request: int) -> list[int]:
        """The provers that can take it."""
        size = self.sizes[request]
        return [j for j, (s, c) in enumerate(zip(self.slots, self.work, strict=True)) if s != 0 and (c is None or c >= size)]

    def take(self, request: int, prover: int) -> None:
        slots, work = self.slots[prover], self.work[prover]
        self.slots[prover] = None if slots is None else slots - 1
        self.work[prover] = None if work is None else work - self.sizes[request]


def in_turn(limits: Limits) -> list[list[int]]:
    """Each request to the next prover in market order that has room."""
    room, turn, count = _Room(limits), 0, len(limits.slots)
    given: list[list[int]] = []
    for i in range(len(limits.sizes)):
        able = room.of(i)
        given.append([min(able, key=lambda j: (j - turn) % count)] if able else [])
        for j in given[-1]:
            room.take(i, j)
            turn = j + 1
    return given


def stake_lottery(limits: Limits, stakes: Sequence[float], rng: np.random.Generator) -> list[list[int]]:
    """Each request to a prover that has room, drawn in proportion to stake."""
    room = _Room(limits)
    given: list[list[int]] = []
    for i in range(len(limits.sizes)):
        able = [j for j in room.of(i) if stakes[j] > 0]
        weights = np.array([stakes[j] for j in able])
        given.append([able[int(rng.choice(len(able), p=weights / weights.sum()))]] if able else [])
        for j in given[-1]:
            room.take(i, j)
    return given


def everybody(limits: Limits) -> list[list[int]]:
    """Each request to all provers that have room."""
    room = _Room(limits)
    given: list[list[int]] = []
    for i in range(len(limits.sizes)):
        given.append(room.of(i))
        for j in given[-1]:
            room.take(i, j)
    return given
