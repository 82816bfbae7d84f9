"""The formal statement of winner determination, in cvxpy."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.workloads.workload import Workload

if TYPE_CHECKING:
    import cvxpy

__all__ = ["winner_program"]


def winner_program(workload: Workload, *, relaxed: bool = False) -> cvxpy.Problem:
    r"""The program of `Allocation` in cvxpy, unsolved; relaxed, shares may lie between 0 and 1 and it has dual prices.

    Constraints are those of requests, of slots and of work, in this order, with the dual values $u_i$, $D_j$ and $\lambda_j$;
    a prover without a limit has the most that could ever bind.

    Raises:
        InvalidInput: no workload.
    """
    import cvxpy as cp

    if not isinstance(workload, Workload):
        raise InvalidInput(f"workload must be a Workload; got {shown(workload)}. Build one of requests and provers.")
    gains, m, n = workload.gains(), len(workload.requests), len(workload.provers)
    sizes = np.array([float(Fraction(request.work)) for request in workload.requests.values()])
    offers = list(workload.provers.values())
    shares = cp.Variable((m, n), nonneg=True) if relaxed else cp.Variable((m, n), boolean=True)
    allowed = np.array([[float(g is not None) for g in row] for row in gains])
    worth = np.array([[float(g or 0) for g in row] for row in gains])
    slots = np.array([m if offer.slots is None else offer.slots for offer in offers], dtype=float)
    work = np.array([float(sizes.sum()) if offer.work is None else float(Fraction(offer.work)) for offer in offers])
    used = cp.multiply(allowed, shares)
    limits = [cp.sum(used, axis=1) <= 1, cp.sum(used, axis=0) <= slots, sizes @ used <= work]
    return cp.Problem(cp.Maximize(cp.sum(cp.multiply(worth, used))), limits)
