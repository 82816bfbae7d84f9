r"""Many requests with sizes and deadlines, and provers with machines of different speeds and costs.

Request $i$ of work $w_i$ takes prover $j$ the time $t_{ij}=r+a_j+w_i/\sigma_j$ from its submission: the wait $r$ for the batch,
the start of a proof $a_j$ and the work at the speed $\sigma_j$. It is then worth $v_i-\delta_i t_{ij}$, or nothing after its
deadline or where that is negative, and costs the prover $c_{ij}=\kappa_j\,(w_i+\sigma_j a_j)$: $\kappa_j$ is the cost of a unit
of work, and of as much time. All numbers are kept as exact rationals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["ProverOffer", "Request", "Workload"]

Amount: TypeAlias = Fraction | int | float | str

MOST_SLOTS = 1_000_000
MOST_PAIRS = 1_000_000  # requests times provers; a table of them is built, a kilobyte a pair at worst


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One proof that somebody wants.

    Arguments:
        work: its size, for example in millions of cycles; positive.
        value: what an immediate proof is worth, in money; at least 0.
        deadline: seconds from its submission after which it is worth nothing; None for none.
        delay_cost: money that its value loses in a second; at least 0.

    Raises:
        InvalidInput: naming the argument that is wrong.
    """

    work: Amount
    value: Amount
    deadline: Amount | None = None
    delay_cost: Amount = 0

    def __post_init__(self) -> None:
        _keep(self, "work", positive=True)
        _keep(self, "value")
        if self.deadline is not None:
            _keep(self, "deadline", positive=True)
        _keep(self, "delay_cost")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProverOffer:
    """What one prover's machines can do, and what it asks.

    Arguments:
        speed: work in a second of one machine; positive.
        unit_cost: money for a unit of work, and for as much time at the start of a proof; at least 0.
        slots: requests that it can take in one batch, each on its own machine; None for as many as come.
        work: work that it can take in one batch; None for as much as comes.
        startup: seconds that a proof takes before its work begins; at least 0.
        stake: its weight in a lottery by stake; at least 0.

    Raises:
        InvalidInput: naming the argument that is wrong.
    """

    speed: Amount
    unit_cost: Amount
    slots: int | None = None
    work: Amount | None = None
    startup: Amount = 0
    stake: Amount = 1

    def __post_init__(self) -> None:
        _keep(self, "speed", positive=True)
        _keep(self, "unit_cost")
        if self.work is not None:
            _keep(self, "work", positive=True)
        _keep(self, "startup")
        _keep(self, "stake")
        slots = self.slots
        if slots is not None and (isinstance(slots, bool) or not isinstance(slots, int) or not 1 <= slots <= MOST_SLOTS):
            raise InvalidInput(f"slots must be a whole number from 1 to {MOST_SLOTS}, or None; got {shown(slots)}.")


@final
@dataclass(frozen=True, slots=True, init=False)
class Workload:
    """One batch: requests and provers by label, in the order that breaks ties.

    Arguments:
        requests: by label, at least one.
        provers: by label, at least one; no label is used twice.
        wait: seconds from the submission of a request to the start of the batch; every deadline must lie after it.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import ProverOffer, Request, Workload
        >>> request, offer = Request(work=300, value=2, delay_cost="0.1"), ProverOffer(speed=60, unit_cost="0.002")
        >>> batch = Workload({"r": request}, {"gpu": offer})
        >>> batch.latency("r", "gpu"), batch.cost("r", "gpu"), batch.worth("r", "gpu")
        (Fraction(5, 1), Fraction(3, 5), Fraction(3, 2))
    """

    requests: Mapping[str, Request]
    provers: Mapping[str, ProverOffer]
    wait: Fraction

    def __init__(
        self, requests: Mapping[str, Request], provers: Mapping[str, ProverOffer], *, wait: Amount = 0
    ) -> None:
        for name, given, kind in (("requests", requests, Request), ("provers", provers, ProverOffer)):
            if not isinstance(given, Mapping) or not given:
                raise InvalidInput(
                    f"{name} must be a mapping from labels to {kind.__name__}s with at least one entry; got {shown(given)}."
                )
            for label, entry in given.items():
                if not isinstance(label, str) or not label.strip():
                    raise InvalidInput(f"{name} must have non-empty strings as labels; got {shown(label)}. Name the entry.")
                if not isinstance(entry, kind):
                    raise InvalidInput(f"{name}.{label} must be a {kind.__name__}; got {shown(entry)}.")
        for label in requests.keys() & provers.keys():
            raise InvalidInput(f"provers.{label} must not be the label of a request too; got {label!r}. Rename one.")
        if len(requests) * len(provers) > MOST_PAIRS:
            raise InvalidInput(
                f"requests times provers must be at most {MOST_PAIRS}; got {len(requests)} times {len(provers)}. "
                "Split the batch."
            )
        object.__setattr__(self, "requests", dict(requests))
        object.__setattr__(self, "provers", dict(provers))
        object.__setattr__(self, "wait", exact_amount(wait, "wait"))
        for label, request in requests.items():
            if request.deadline is not None and Fraction(request.deadline) <= self.wait:
                raise InvalidInput(
                    f"requests.{label}.deadline must lie after the start of the batch, {shown(self.wait)} s after submission; "
                    f"got {shown(request.deadline)}, which is past. Leave the request out."
                )

    @property
    def sized(self) -> bool:
        """Whether a prover is limited in work, not only in requests."""
        return any(prover.work is not None for prover in self.provers.values())

    def latency(self, request: str, prover: str) -> Fraction:
        """Seconds from the submission of the request to its proof."""
        offer = self.provers[prover]
        return self.wait + Fraction(offer.startup) + Fraction(self.requests[request].work) / Fraction(offer.speed)

    def cost(self, request: str, prover: str) -> Fraction:
        """Money that the proof costs the prover."""
        offer = self.provers[prover]
        spent = Fraction(self.requests[request].work) + Fraction(offer.speed) * Fraction(offer.startup)
        return Fraction(offer.unit_cost) * spent

    def worth(self, request: str, prover: str) -> Fraction:
        """What the request is worth when that prover has proved it: 0 if it is late or has lost all its value."""
        order, latency = self.requests[request], self.latency(request, prover)
        if order.deadline is not None and latency > Fraction(order.deadline):
            return Fraction(0)
        return max(Fraction(0), Fraction(order.value) - Fraction(order.delay_cost) * latency)

    def gains(self) -> list[list[Fraction | None]]:
        """What an assignment adds to welfare, by request and prover, negative for a loss; None where it is late or too large."""
        columns: list[tuple[int, int, int, int, int, Fraction | None]] = []
        for offer in self.provers.values():
            speed, startup, unit = Fraction(offer.speed), Fraction(offer.startup), Fraction(offer.unit_cost)
            amounts = (1 / speed, self.wait + startup, unit, unit * speed * startup)
            slowness, start, cost, fixed, scale = _whole(*amounts)
            columns.append((slowness, start, cost, fixed, scale, None if offer.work is None else Fraction(offer.work)))
        table: list[list[Fraction | None]] = []
        for order in self.requests.values():
            size = Fraction(order.work)
            most = Fraction(order.deadline) if order.deadline is not None else Fraction(-1)
            work, value, loss, deadline, unit_ = _whole(size, Fraction(order.value), Fraction(order.delay_cost), most)
            row: list[Fraction | None] = []
            for slowness, start, cost, fixed, scale, limit in columns:
                latency = start * unit_ + work * slowness  # times unit_ * scale
                if 0 <= deadline * scale < latency or (limit is not None and size > limit):
                    row.append(None)
                    continue
                gain = (value * scale - cost * work - fixed * unit_) * unit_ - loss * latency
                row.append(Fraction(gain, unit_ * unit_ * scale))
            table.append(row)
        return table

    def __repr__(self) -> str:
        return f"Workload({len(self.requests)} requests, {len(self.provers)} provers)"


def _keep(record: object, name: str, *, positive: bool = False) -> None:
    object.__setattr__(record, name, exact_amount(getattr(record, name), name, positive=positive))


def _whole(*amounts: Fraction) -> list[int]:
    """The amounts over one denominator, and that denominator; whole numbers are faster than rationals."""
    scale = math.lcm(*(amount.denominator for amount in amounts))
    return [*(amount.numerator * (scale // amount.denominator) for amount in amounts), scale]
