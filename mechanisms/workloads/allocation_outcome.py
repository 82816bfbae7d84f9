"""What a rule did with a batch of requests, by label, in rationals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["AllocationOutcome"]

HEAD = (
    f"{'rule':<14}{'served':>8}{'late':>6}{'welfare':>12}{'of bound':>10}"
    f"{'cost':>12}{'paid':>12}{'surplus':>12}{'proofs':>8}{'p50 s':>9}{'p99 s':>9}"
)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AllocationOutcome:
    """One rule, one batch.

    Arguments:
        rule: its name.
        assigned: by request, the prover whose proof counts; None if nobody proves it.
        pays: by request, what its user pays.
        paid: by prover, what it is paid.
        worth: by request, what its proof is worth when it comes; 0 if late or never.
        latency: by request that is proved, seconds from its submission to the proof.
        late: requests that are proved after their deadline.
        cost: what all proofs cost that are made, those too that do not count.
        proofs: number of proofs that are made.
        bound: proved to be at least the welfare of every assignment.
    """

    rule: str
    assigned: Mapping[str, str | None]
    pays: Mapping[str, Fraction]
    paid: Mapping[str, Fraction]
    worth: Mapping[str, Fraction]
    latency: Mapping[str, Fraction]
    late: tuple[str, ...]
    cost: Fraction
    proofs: int
    bound: Fraction

    @property
    def served(self) -> int:
        """Requests that are proved, in time or not."""
        return len(self.latency)

    @property
    def welfare(self) -> Fraction:
        """What proofs are worth less what they cost."""
        return sum(self.worth.values(), Fraction(0)) - self.cost

    @property
    def gap(self) -> Fraction:
        """The bound less the welfare: no assignment is better by more. 0 is a proof that none is better."""
        return self.bound - self.welfare

    @property
    def surplus(self) -> Fraction:
        """What users pay less what provers are paid; negative for a deficit."""
        return sum(self.pays.values(), Fraction(0)) - sum(self.paid.values(), Fraction(0))

    @property
    def redundancy(self) -> Fraction:
        """Proofs made for each request that is proved; 0 if none is."""
        return Fraction(self.proofs, self.served) if self.served else Fraction(0)

    def latency_quantile(self, share: float) -> Fraction:
        """The least time within which that share of the requests that are proved have their proof.

        Raises:
            InvalidInput: no request is proved, or the share is not in (0, 1].
        """
        if isinstance(share, bool) or not isinstance(share, int | float | Fraction) or not 0 < share <= 1:
            raise InvalidInput(f"share must lie in (0, 1]; got {shown(share)}. Try 0.99.")
        if not self.latency:
            raise InvalidInput("share must be of requests that are proved; got none. Look at served first.")
        times = sorted(self.latency.values())
        return times[max(0, math.ceil(Fraction(share) * len(times)) - 1)]

    def __repr__(self) -> str:
        return f"AllocationOutcome({self.rule}: {self.served} of {len(self.assigned)} served, welfare {float(self.welfare):.6g})"

    def row(self) -> str:
        """The line of a table under `HEAD`."""
        of = f"{float(self.welfare / self.bound):.4f}" if self.bound else "-"
        times = [f"{float(self.latency_quantile(share)):.5g}" if self.latency else "-" for share in (0.5, 0.99)]
        paid = float(sum(self.paid.values()))
        return (
            f"{self.rule:<14}{self.served:>8}{len(self.late):>6}{float(self.welfare):>12.6g}{of:>10}"
            f"{float(self.cost):>12.6g}{paid:>12.6g}{float(self.surplus):>12.6g}{self.proofs:>8}{times[0]:>9}{times[1]:>9}"
        )

    def __str__(self) -> str:
        return f"{HEAD}\n{self.row()}"
