"""What a suite says of the card it ran on, and its name in the price table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proving_cost.cost_model.devices import shipped_table

if TYPE_CHECKING:
    from proving_cost.gpu.card import CupyBackend
    from proving_cost.price_table import PriceTable

__all__ = ["CardFacts", "file_stem", "hardware_of"]

MAKER = ("nvidia", "geforce", "tesla", "graphics", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A card, before anything is measured.

    Attributes:
        name: As its driver calls it.
        multiprocessors: How many it has.
        memory_bytes: Its memory.
        capability: Compute capability.
        bus_id: Where it is, for NVML.
        versions: Of the libraries that compile and launch.
    """

    name: str
    multiprocessors: int
    memory_bytes: int
    capability: str | None = None
    bus_id: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, backend: CupyBackend) -> CardFacts:
        """Of the card that CuPy is on."""
        return cls(
            name=backend.card_name, multiprocessors=backend.multiprocessors, memory_bytes=backend.memory_bytes,
            capability=backend.capability, bus_id=backend.bus_id, versions=backend.versions,
        )  # fmt: skip


def hardware_of(facts: CardFacts, table: PriceTable | None = None) -> str:
    """The card's name in the price table; where it has none, or one with other multiprocessors, its own name.

    Arguments:
        facts: The card.
        table: Machines; None reads the shipped table.

    Example:
        >>> hardware_of(CardFacts(name="NVIDIA GeForce RTX 3090 Ti", multiprocessors=84, memory_bytes=24 << 30))
        'RTX 3090 Ti'
        >>> hardware_of(CardFacts(name="NVIDIA H100 PCIe", multiprocessors=114, memory_bytes=80 << 30))
        'H100 PCIe'
    """
    words = _words(facts.name)
    best = ""
    for name, gpu in (shipped_table() if table is None else table).gpus.items():
        units = gpu.multiprocessors
        if units is None or not set(_words(name)) <= set(words) or not units.low <= facts.multiprocessors <= units.high:
            continue
        best = max(best, name, key=lambda x: len(_words(x)))
    return best or " ".join(word for word in facts.name.split() if word.lower() not in MAKER) or facts.name


def file_stem(hardware: str, day: str) -> str:
    """The name of a measurement file without its ending, e.g. `rtx-4090-2026-11-21`."""
    return f"{'-'.join(_words(hardware))}-{day}"


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9.]+", name.lower())
