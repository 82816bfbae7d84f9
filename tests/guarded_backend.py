"""A host backend whose buffers have margins that no kernel may write."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from proving_cost.gpu.backend import HostBackend

MARGIN_BYTES, MARGIN = 4096, 0xA7


class GuardedBackend(HostBackend):
    """The emulation, with margins around every buffer."""

    def __init__(self, *, backwards: bool = False) -> None:
        super().__init__(backwards=backwards)
        self.rooms: list[tuple[NDArray[Any], int]] = []

    def upload(self, array: NDArray[Any]) -> NDArray[Any]:
        out = self.empty(array.shape, array.dtype)
        out[...] = array
        return out

    def empty(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        room = np.full(size + 2 * MARGIN_BYTES, MARGIN, dtype=np.uint8)
        self.rooms.append((room, size))
        out = room[MARGIN_BYTES : MARGIN_BYTES + size].view(dtype).reshape(shape)
        self.poison(out)
        return out

    def untouched(self) -> bool:
        """Whether all margins are as they were."""
        return all(
            (room[:MARGIN_BYTES] == MARGIN).all() and (room[MARGIN_BYTES + size :] == MARGIN).all() for room, size in self.rooms
        )
