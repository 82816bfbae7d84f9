r"""The least time that a card can need for a kernel's work, and how close a measured time is to it.

$$ t_\text{floor} = \max\!\left(\frac{\text{bytes}}{\text{copied bytes/s}},\;
   \frac{\text{wide multiply-adds}}{\text{IMAD.WIDE/s}},\; \frac{\text{instructions}}{\text{IADD3/s}}\right) $$

with the ceilings measured in the same run.  Memory and the two kinds of arithmetic are taken to run side by side, so a
floor is not reached by kernels that have one wait for another.  Bytes are the fewest that are known to suffice: those of
the cost model (an NTT in passes of at most $2^{12}$ points) or those that this implementation moves, if they are fewer.
Work is that of a plain implementation; one that needs less of it can be below the floor.

A fraction of 0.4 is a time of 2.5 floors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from mechanisms.errors import InvalidInput
from proving_cost.cost_model.work import Work
from proving_cost.gpu.calibration import Ceilings

__all__ = ["Bound", "Floor", "floor_of_work"]

Bound: TypeAlias = Literal["memory", "wide multiply-adds", "instructions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Least seconds, by what limits.

    Attributes:
        memory: Of the bytes.
        wide: Of the wide multiply-adds.
        plain: Of the other instructions.
    """

    memory: float
    wide: float
    plain: float

    @property
    def arithmetic(self) -> float:
        """The larger of the two kinds of arithmetic."""
        return max(self.wide, self.plain)

    @property
    def seconds(self) -> float:
        """The floor: the larger of memory and arithmetic."""
        return max(self.memory, self.arithmetic)

    @property
    def bound(self) -> Bound:
        """What the floor comes from."""
        if self.memory >= self.arithmetic:
            return "memory"
        return "wide multiply-adds" if self.wide >= self.plain else "instructions"

    def fraction(self, seconds: float) -> float:
        """Floor over time: 1 is the limit of the card.

        Raises:
            InvalidInput: The time is not above 0.
        """
        if not seconds > 0:
            raise InvalidInput(f"seconds: must be above 0; got {seconds!r}.")
        return self.seconds / seconds


def floor_of_work(work: Work, bytes_moved: float, ceilings: Ceilings) -> Floor:
    """The floor of a call.

    Arguments:
        work: Of the whole call, by the cost model.
        bytes_moved: What the implementation moves.
        ceilings: Of the card.

    Example:
        >>> h200 = Ceilings(imad_per_second=16.7e12, imad_wide_per_second=8.36e12, iadd3_per_second=16.7e12,
        ...                 copy_bytes_per_second=4.3e12, launch_seconds=8e-6, queued_launch_seconds=2e-6)
        >>> from proving_cost.cost_model.work import work_of
        >>> from proving_cost.ledger import Ntt
        >>> floor = floor_of_work(work_of(Ntt("goldilocks", 1 << 24)), 1e9, h200)
        >>> f"{floor.memory * 1e3:.3f} ms of memory, {floor.arithmetic * 1e3:.2f} ms of {floor.bound}"
        '0.125 ms of memory, 0.43 ms of instructions'
    """
    fewest = min(x for x in (work.memory_bytes, bytes_moved) if x > 0) if max(work.memory_bytes, bytes_moved) > 0 else 0.0
    return Floor(
        memory=fewest / ceilings.copy_bytes_per_second,
        wide=work.wide_mads / ceilings.imad_wide_per_second,
        plain=work.instructions / ceilings.iadd3_per_second,
    )
