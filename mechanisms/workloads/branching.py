r"""Requests to provers that are limited in work: a generalised assignment problem.

$$ \max\sum_{ij}g_{ij}x_{ij},\qquad \sum_j x_{ij}\le1,\quad \sum_i x_{ij}\le s_j,\quad \sum_i w_i x_{ij}\le C_j,
\quad x_{ij}\in\{0,1\} . $$

It is NP-hard, and its linear relaxation is not integral: one prover of work 3 and two requests of work 2 are a request and a
half. Small batches are enumerated in rationals (branch and bound: a request at a time, the best gains of the rest as bound).
Large ones are left to HiGHS; what it finds is made feasible and evaluated in rationals. For any prices $D_j,\lambda_j\ge0$

$$ \sum_i\max\bigl(0,\max_j(g_{ij}-D_j-\lambda_jw_i)\bigr)+\sum_j(s_jD_j+C_j\lambda_j) $$

is at least the optimum; at the dual prices of the relaxation, in rationals, it is the bound that is stated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np

from mechanisms.errors import Refused, SolverFailure
from mechanisms.workloads.transport import Gains

__all__ = ["Limits", "dual_bound", "enumerate_best", "price_bound", "propose"]

# Visited in a second.
MOST_NODES = 200_000

# One frame of the stack each.
DEEPEST = 400


@dataclass(frozen=True, slots=True)
class Limits:
    """What each prover can take, None for no limit, and the size of each request."""

    slots: Sequence[int | None]
    work: Sequence[Fraction | None]
    sizes: Sequence[Fraction]

    def without(self, prover: int) -> Limits:
        """The same, but that prover takes nothing."""
        return Limits([0 if j == prover else s for j, s in enumerate(self.slots)], self.work, self.sizes)


def enumerate_best(gains: Gains, limits: Limits, most: int = MOST_NODES) -> tuple[Fraction, list[int | None]]:
    """The optimum and an assignment that attains it, of all.

    Raises:
        Refused: more than `most` partial assignments would have to be looked at.
    """
    scale = math.lcm(*(g.denominator for row in gains for g in row if g is not None))
    unit = math.lcm(*(x.denominator for x in (*limits.sizes, *limits.work) if x is not None))
    sizes = [int(size * unit) for size in limits.sizes]
    # By request, the gains and provers that come into question, the best first.
    options = [sorted(((int(g * scale), j) for j, g in enumerate(row) if g is not None), key=lambda o: -o[0]) for row in gains]
    order = sorted((i for i, row in enumerate(options) if row), key=lambda i: -options[i][0][0])
    rest = [*accumulate((options[i][0][0] for i in reversed(order)), initial=0)][::-1]
    slots = list(limits.slots)
    work = [None if capacity is None else int(capacity * unit) for capacity in limits.work]
    chosen: list[int | None] = [None] * len(gains)
    best, found, nodes = 0, list(chosen), 0

    def extend(depth: int, gained: int) -> None:
        nonlocal best, found, nodes
        nodes += 1
        if nodes > most:
            raise refusal
        if gained > best:
            best, found = gained, list(chosen)
        if gained + rest[depth] <= best:
            return
        i = order[depth]
        for gain, j in options[i]:
            taken, left = slots[j], work[j]
            if taken == 0 or (left is not None and left < sizes[i]):
                continue
            slots[j], work[j] = None if taken is None else taken - 1, None if left is None else left - sizes[i]
            chosen[i] = j
            extend(depth + 1, gained + gain)
            chosen[i], slots[j], work[j] = None, taken, left
        extend(depth + 1, gained)

    refusal = Refused(
        f"the optimum over work limits was not found among {most} partial assignments of up to {DEEPEST} requests; "
        "exact payments need it. Split the batch, limit provers in slots only, or use rule='greedy'."
    )
    if len(order) > DEEPEST:
        raise refusal
    extend(0, 0)
    return Fraction(best, scale), found


def price_bound(gains: Gains, limits: Limits, slot_prices: Sequence[Fraction], work_prices: Sequence[Fraction]) -> Fraction:
    """The bound of the module at prices of at least 0, where a prover without a limit has the price 0; exact."""
    zero = Fraction(0)
    slots = [zero if s is None else max(zero, price) for s, price in zip(limits.slots, slot_prices, strict=True)]
    work = [zero if c is None else max(zero, price) for c, price in zip(limits.work, work_prices, strict=True)]
    total = sum(((s or 0) * price for s, price in zip(limits.slots, slots, strict=True)), zero)
    total += sum(((c or 0) * price for c, price in zip(limits.work, work, strict=True)), zero)
    for row, size in zip(gains, limits.sizes, strict=True):
        total += max([zero, *(g - slots[j] - work[j] * size for j, g in enumerate(row) if g is not None)])
    return total


def dual_bound(gains: Gains, limits: Limits) -> Fraction:
    """The bound of the module at the dual prices that HiGHS finds for the relaxation.

    Raises:
        SolverFailure: HiGHS did not solve it.
    """
    from scipy.optimize import linprog

    m, n = len(gains), len(limits.slots)
    scale, pairs, objective = _objective(gains)
    if not scale:
        return Fraction(0)
    rows, most = _constraints(pairs, limits, m)
    relaxed = linprog(objective, A_ub=rows, b_ub=most, bounds=(0, 1), method="highs")
    if relaxed.status != 0:
        raise SolverFailure(f"HiGHS could not solve the relaxation: {relaxed.message} Give numbers of comparable size.")
    prices = [scale * Fraction(max(0.0, -float(price))) for price in relaxed.ineqlin.marginals[m:]]
    work = [price / (capacity or 1) for price, capacity in zip(prices[n:], limits.work, strict=True)]
    return price_bound(gains, limits, prices[:n], work)


def propose(gains: Gains, limits: Limits, seconds: float) -> list[int | None]:
    """The best that HiGHS finds within the time, made feasible in rationals; perhaps nothing."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    assigned: list[int | None] = [None] * len(gains)
    scale, pairs, objective = _objective(gains)
    if not scale:
        return assigned
    rows, most = _constraints(pairs, limits, len(gains))
    found = milp(
        objective, constraints=LinearConstraint(rows, ub=most), integrality=np.ones(len(pairs), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return assigned
    # HiGHS keeps to limits up to 1e-6 only, so that the least of a prover's requests may have to go.
    mine: dict[int, list[int]] = {}
    for k in np.flatnonzero(found.x > 0.5):
        mine.setdefault(pairs[k][1], []).append(pairs[k][0])
    for j, requests in mine.items():
        slots, work = limits.slots[j], limits.work[j]
        requests.sort(key=lambda i: gains[i][j] or 0)
        while (slots is not None and len(requests) > slots) or (
            work is not None and sum(limits.sizes[i] for i in requests) > work
        ):
            requests.pop(0)
        for i in requests:
            assigned[i] = j
    return assigned


def _objective(gains: Gains) -> tuple[Fraction, list[tuple[int, int]], np.ndarray]:
    """The greatest gain, the pairs that may be assigned, and their gains in it, to be minimised with a minus."""
    scale = max((g for row in gains for g in row if g is not None), default=Fraction(0))
    pairs = [(i, j) for i, row in enumerate(gains) for j, g in enumerate(row) if g is not None]
    return scale, pairs, -np.array([float((gains[i][j] or 0) / (scale or 1)) for i, j in pairs])


def _constraints(pairs: list[tuple[int, int]], limits: Limits, m: int) -> tuple[Any, np.ndarray]:
    """One row for each request, each prover's slots and each prover's work, in shares of that work."""
    from scipy.sparse import csr_array

    n = len(limits.slots)
    first = np.array([i for i, _ in pairs])
    second = np.array([j for _, j in pairs])
    share = [float(limits.sizes[i] / work) if (work := limits.work[j]) is not None else 0.0 for i, j in pairs]
    columns = np.arange(len(pairs))
    data = np.concatenate([np.ones(2 * len(pairs)), share])
    where = np.concatenate([first, m + second, m + n + second]), np.concatenate([columns] * 3)
    most = [*[1.0] * m, *(float(m if s is None else s) for s in limits.slots), *[1.0] * n]
    return csr_array((data, where), shape=(m + 2 * n, len(pairs))), np.array(most)
