r"""Batch auctions over a workload, and the rules without reports that they are held against.

Winner determination is one program, with $g_{ij}=v_i-\delta_it_{ij}-c_{ij}$ for the pairs that are in time and gain:

$$ W=\max\sum_{ij}g_{ij}x_{ij},\quad \sum_jx_{ij}\le1,\ \sum_ix_{ij}\le s_j,\ \sum_iw_ix_{ij}\le C_j,\ x_{ij}\in\{0,1\} . $$

Without work limits $C_j$ the linear program has a solution in whole numbers; with them it is a generalised assignment problem.

- `"vcg"`: an optimum; user $i$ pays $W_{-i}-(W-v_i+\delta_it_{ij})$, prover $j$ is paid $(W+\sum_ic_{ij}x_{ij})-W_{-j}$. Truth is
  dominant for values and unit costs: utilities are $W-W_{-i}$, and $W$ is the greatest when the reports are true. The difference
  of what is paid and received is a deficit as a rule (Myerson and Satterthwaite).
- `"greedy"`: pairs by density, users pay critical values, provers are paid their cost. Truth is dominant for values; unit costs
  are taken as known. There is never a deficit.
- `"optimum"`: an assignment of greatest welfare, or the best that was found, at cost: a planner who knows everything.
- `"round_robin"`, `"stake_lottery"`, `"race"`: each request to the next prover in turn, to one drawn by stake, to everybody;
  users pay what the proofs cost, whether or not it is worth it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final, get_args

import numpy as np

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.workloads.allocation_outcome import HEAD, AllocationOutcome
from mechanisms.workloads.branching import Limits, dual_bound, enumerate_best, propose
from mechanisms.workloads.greedy import GreedyOrder
from mechanisms.workloads.naive import everybody, in_turn, stake_lottery
from mechanisms.workloads.transport import Gains, Transport
from mechanisms.workloads.workload import Workload

__all__ = ["Allocation", "AllocationRule", "SideBySide", "side_by_side"]

AllocationRule: TypeAlias = Literal["vcg", "greedy", "optimum", "round_robin", "stake_lottery", "race"]
# Partial assignments that are looked at before HiGHS is asked, where the optimum is not needed for payments.
FEW_NODES = 20_000

RULES: tuple[AllocationRule, ...] = get_args(AllocationRule)


@final
@dataclass(frozen=True, slots=True)
class Allocation:
    """Assigns a batch of requests to provers.

    Arguments:
        rule: `"vcg"`, `"greedy"`, `"optimum"`, `"round_robin"`, `"stake_lottery"` or `"race"`.
        seconds: time that the solver may take for the bound where provers are limited in work and the batch is large.

    Raises:
        InvalidInput: the rule is none of these, or the time is not positive.

    Notes:
        Every amount is exact. 1,000 requests and 100 provers with slots take some 15 seconds under `"vcg"` or `"greedy"`. With
        work limits `"vcg"` enumerates, for each participant anew, and refuses a batch that needs more than 200,000 partial
        assignments: an optimum that is not proved gives payments that can be gamed.

    Example:
        >>> from mechanisms import Allocation, ProverOffer, Request, Workload
        >>> batch = Workload(
        ...     {"urgent": Request(work=10, value=9, delay_cost=1), "patient": Request(work=10, value=6)},
        ...     {"fast": ProverOffer(speed=10, unit_cost="0.3", slots=1), "slow": ProverOffer(speed=2, unit_cost="0.1")},
        ... )
        >>> outcome = Allocation("vcg").outcome(batch)
        >>> dict(outcome.assigned), dict(outcome.pays), outcome.surplus
        ({'urgent': 'fast', 'patient': 'slow'}, {'urgent': Fraction(3, 1), 'patient': Fraction(1, 1)}, Fraction(-7, 1))

    References:
        Clarke (1971), Public Choice 11; Leonard (1983), Journal of Political Economy 91; Lehmann, O'Callaghan and Shoham (2002),
        Journal of the ACM 49.
    """

    rule: AllocationRule = "vcg"
    seconds: float = 10.0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise InvalidInput(f"rule must be {' or '.join(map(repr, RULES))}; got {shown(self.rule)}. Name one of them.")
        if isinstance(self.seconds, bool) or not isinstance(self.seconds, int | float) or not 0 < self.seconds <= 86400:
            raise InvalidInput(f"seconds must lie in (0, 86400]; got {shown(self.seconds)}. Try seconds=10.")

    def outcome(self, workload: Workload, *, rng: np.random.Generator | None = None) -> AllocationOutcome:
        """Who proves what, who pays what, and how far the welfare can be from the greatest.

        Arguments:
            workload: values and unit costs as they are reported.
            rng: needed by `"stake_lottery"`, which draws.

        Raises:
            InvalidInput: no workload, or no generator where one is needed.
            Refused: `"vcg"` with work limits that are too many to enumerate.
            SolverFailure: HiGHS gave no bound.
        """
        if not isinstance(workload, Workload):
            raise InvalidInput(f"workload must be a Workload; got {shown(workload)}. Build one of requests and provers.")
        if self.rule == "stake_lottery" and not isinstance(rng, np.random.Generator):
            raise InvalidInput(f"rng must be a numpy Generator for 'stake_lottery'; got {shown(rng)}. Pass default_rng(seed).")
        batch = _Batch(workload, self.seconds)
        if self.rule == "vcg":
            return batch.vcg()
        if self.rule == "greedy":
            return batch.greedy()
        if self.rule == "optimum":
            return batch.optimum()
        if self.rule == "race":
            return batch.at_cost(self.rule, everybody(batch.limits))
        if self.rule == "round_robin" or rng is None:
            return batch.at_cost(self.rule, in_turn(batch.limits))
        stakes = [float(Fraction(prover.stake)) for prover in workload.provers.values()]
        return batch.at_cost(self.rule, stake_lottery(batch.limits, stakes, rng))


@final
@dataclass(frozen=True, slots=True)
class SideBySide:
    """Outcomes of several rules on one batch; printed, a table."""

    outcomes: tuple[AllocationOutcome, ...]

    def __str__(self) -> str:
        return "\n".join([HEAD, *(outcome.row() for outcome in self.outcomes)])


def side_by_side(
    workload: Workload, rules: Sequence[AllocationRule] = RULES, *, rng: np.random.Generator, seconds: float = 10.0
) -> SideBySide:
    """The outcomes of several rules on one batch.

    Raises:
        InvalidInput: a rule is none of `Allocation`'s.
        Refused: a rule refuses the batch.
    """
    return SideBySide(tuple(Allocation(rule, seconds).outcome(workload, rng=rng) for rule in rules))


class _Batch:
    """A workload as tables."""

    def __init__(self, workload: Workload, seconds: float) -> None:
        self.workload, self.seconds = workload, seconds
        self.requests, self.provers = tuple(workload.requests), tuple(workload.provers)
        self.table = workload.gains()
        self.gains: Gains = [[None if g is None or g < 0 else g for g in row] for row in self.table]
        offers = workload.provers.values()
        self.limits = Limits(
            [offer.slots for offer in offers],
            [None if offer.work is None else Fraction(offer.work) for offer in offers],
            [Fraction(request.work) for request in workload.requests.values()],
        )

    def vcg(self) -> AllocationOutcome:
        if self.workload.sized:
            return self._enumerated_vcg()
        best = Transport.solve(self.gains, self.limits.slots)
        value, count = best.value(), len(self.provers)
        assigned = [None if j == count else int(j) for j in best.assigned]
        prices = [best.price(j) for j in range(count)]
        return self._priced(value, assigned, {j: best.without(j).value() for j in set(assigned) if j is not None}, prices=prices)

    def _enumerated_vcg(self) -> AllocationOutcome:
        value, assigned = enumerate_best(self.gains, self.limits)
        rest = {
            i: enumerate_best([[None] * len(row) if k == i else row for k, row in enumerate(self.gains)], self.limits)[0]
            for i, j in enumerate(assigned)
            if j is not None
        }
        provers = {j: enumerate_best(self.gains, self.limits.without(j))[0] for j in set(assigned) if j is not None}
        return self._priced(value, assigned, provers, rest=rest)

    def _priced(
        self, value: Fraction, assigned: list[int | None], without: dict[int, Fraction], *,
        prices: Sequence[Fraction] = (), rest: dict[int, Fraction] | None = None,
    ) -> AllocationOutcome:
        """Clarke payments from the optima without each prover, and prices of slots or the optima without each request."""
        pays, paid = [Fraction(0)] * len(assigned), [Fraction(0)] * len(self.provers)
        for i, j in enumerate(assigned):
            if j is not None:
                cost = self._cost(i, j)
                pays[i] = cost + (prices[j] if rest is None else rest[i] - value + (self.gains[i][j] or 0))
                paid[j] += cost
        for j, other in without.items():
            paid[j] += value - other
        return self._stated("vcg", [[] if j is None else [j] for j in assigned], pays, paid, value)

    def greedy(self) -> AllocationOutcome:
        order = GreedyOrder(self.gains, self.limits)
        assigned = order.assignment()
        pays, paid = [Fraction(0)] * len(assigned), [Fraction(0)] * len(self.provers)
        for i, j in enumerate(assigned):
            if j is not None:
                pays[i] = self._critical(i, order.closing_densities(i)) - self._loss(i, j)
                paid[j] += self._cost(i, j)
        return self._stated("greedy", [[] if j is None else [j] for j in assigned], pays, paid, self.bound())

    def _critical(self, i: int, closed: list[Fraction]) -> Fraction:
        """The least value with which the request wins, up to a tie."""
        value = Fraction(self.workload.requests[self.requests[i]].value)
        return min(
            self.limits.sizes[i] * density + value - gain
            for density, gain in zip(closed, self.table[i], strict=True)
            if gain is not None
        )

    def at_cost(self, rule: AllocationRule, given: list[list[int]]) -> AllocationOutcome:
        pays = [sum((self._cost(i, j) for j in provers), Fraction(0)) for i, provers in enumerate(given)]
        paid = [Fraction(0)] * len(self.provers)
        for i, provers in enumerate(given):
            for j in provers:
                paid[j] += self._cost(i, j)
        return self._stated(rule, given, pays, paid, self.bound())

    def optimum(self) -> AllocationOutcome:
        """The best assignment that is known, at cost."""
        assigned: list[int | None]
        if not self.workload.sized:
            best = Transport.solve(self.gains, self.limits.slots)
            assigned = [None if j == len(self.provers) else int(j) for j in best.assigned]
        else:
            try:
                assigned = enumerate_best(self.gains, self.limits, FEW_NODES)[1]
            except Refused:
                greedy = GreedyOrder(self.gains, self.limits).assignment()
                assigned = max(propose(self.gains, self.limits, self.seconds), greedy, key=self._gained)
        return self.at_cost("optimum", [[] if j is None else [j] for j in assigned])

    def bound(self) -> Fraction:
        """At least the greatest welfare: the optimum without work limits or where it can be enumerated, else a dual bound."""
        if not self.workload.sized:
            return Transport.solve(self.gains, self.limits.slots).bound()
        try:
            return enumerate_best(self.gains, self.limits, FEW_NODES)[0]
        except Refused:
            return dual_bound(self.gains, self.limits)

    def _gained(self, assigned: list[int | None]) -> Fraction:
        return sum((self.gains[i][j] or Fraction(0) for i, j in enumerate(assigned) if j is not None), Fraction(0))

    def _stated(
        self, rule: AllocationRule, given: list[list[int]], pays: list[Fraction], paid: list[Fraction], bound: Fraction
    ) -> AllocationOutcome:
        """The outcome by label; of several proofs of a request the first to come counts."""
        assigned: dict[str, str | None] = {}
        worth, latency, late = {}, {}, []
        for i, (request, provers) in enumerate(zip(self.requests, given, strict=True)):
            first = min(((self._latency(i, j), j) for j in provers), default=(None, None))[1]
            assigned[request] = None if first is None else self.provers[first]
            worth[request] = Fraction(0) if first is None else self.workload.worth(request, self.provers[first])
            if first is not None:
                latency[request] = self._latency(i, first)
                deadline = self.workload.requests[request].deadline
                if deadline is not None and latency[request] > Fraction(deadline):
                    late.append(request)
        return AllocationOutcome(
            rule=rule,
            assigned=assigned,
            pays=dict(zip(self.requests, pays, strict=True)),
            paid=dict(zip(self.provers, paid, strict=True)),
            worth=worth,
            latency=latency,
            late=tuple(late),
            cost=sum((self._cost(i, j) for i, provers in enumerate(given) for j in provers), Fraction(0)),
            proofs=sum(map(len, given)),
            bound=bound,
        )

    def _cost(self, i: int, j: int) -> Fraction:
        return self.workload.cost(self.requests[i], self.provers[j])

    def _latency(self, i: int, j: int) -> Fraction:
        return self.workload.latency(self.requests[i], self.provers[j])

    def _loss(self, i: int, j: int) -> Fraction:
        """What the request loses until that prover has proved it."""
        return Fraction(self.workload.requests[self.requests[i]].delay_cost) * self._latency(i, j)
