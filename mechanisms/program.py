r"""Evaluates a statement with cvxpy: the formal statement, solved in two stages, with its duals.

Stage one is the linear program of `statement.py`, scores divided by the greatest of them in size.
Its dual,

$$ \min_{\lambda,\, \mu \ge 0} \; \lambda + \sum_i k_i \mu_i + \mu_0
   \quad \text{s.t.} \quad \lambda + \mu_i \ge s_i, $$

prices the proof at $\lambda$ (in units of score: a negative cost under the rules that award the lowest bid)
and the capacity of prover $i$ at $\mu_i$. $\lambda$ is unique only up to an interval: with one proof to
award, anything between the second-best score and the best one supports the optimum.

Stage two stays on the optimal face, which complementary slackness with any optimal dual describes exactly,
and picks one point of it: the least place in market order, or the even lottery, $\min \lVert x \rVert^2$.

Payments that are differences of optimal values re-solve the problem without the prover concerned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.errors import SolverFailure
from mechanisms.exact import no_price
from mechanisms.outcome import Outcome
from mechanisms.statement import AskingPrice, ClarkePivot, Statement

if TYPE_CHECKING:
    import cvxpy

__all__ = ["Prices", "Program"]

# Reduced costs within this share of the greatest score count as ties; HiGHS is asked for 1e-10.
TIE_TOLERANCE = 1e-9
HIGHS_OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
CLARABEL_OPTIONS = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13}


@dataclass(frozen=True, slots=True)
class Prices:
    """Dual prices of stage one, in units of score (cost, or virtual cost, with the sign turned).

    Arguments:
        proof: price of one more proof to award, $\\lambda$.
        capacity: price of one more unit of each prover's capacity, $\\mu_i$, by label.
        nobody: price of the limit on awarding nobody, $\\mu_0$.
    """

    proof: float
    capacity: dict[str, float]
    nobody: float


class Program:
    """One rule at one profile of reports, as a convex program.

    Arguments:
        statement: over `float`.
        labels: provers in market order.
        costs: their reports, as costs.
        sign: +1, or -1 where payments are to be turned back into a sale's.

    `problem` is the cvxpy problem of stage one and `shares` its variable (provers in market order, nobody
    last).
    """

    def __init__(
        self, statement: Statement, labels: Sequence[str], costs: Sequence[float], sign: int
    ) -> None:
        import cvxpy as cp

        self.statement, self.labels, self._costs, self._sign = statement, tuple(labels), tuple(costs), sign
        reports = [np.float64(cost) for cost in costs]
        scores = [float(score(cost)) for score, cost in zip(statement.score, reports, strict=True)]
        limits = [1.0] * len(reports)
        if statement.capacity is not None:
            limits = [float(limit(cost)) for limit, cost in zip(statement.capacity, reports, strict=True)]
        limits = [0.0 if np.isneginf(s) else k for s, k in zip(scores, limits, strict=True)]
        scores = [0.0 if np.isneginf(s) else s for s in scores]
        nobody = 1.0 if statement.outside is not None else max(0.0, 1.0 - sum(limits))
        self._limits = np.array([*limits, nobody])
        self._scores = _raised(np.array([*scores, statement.outside or 0.0], dtype=np.float64), self._limits)
        self._unit = float(np.max(np.abs(self._scores))) or 1.0
        self.shares: cvxpy.Variable = cp.Variable(len(self._scores), nonneg=True, name="shares")
        self._demand: cvxpy.Constraint = cp.sum(self.shares) == 1
        self._capacity: cvxpy.Constraint = self.shares <= self._limits
        objective = cp.Maximize((self._scores / self._unit) @ self.shares)
        self.problem: cvxpy.Problem = cp.Problem(objective, [self._demand, self._capacity])

    @property
    def value(self) -> float:
        """The optimal value $W$ in units of score; solves stage one if need be."""
        if self.problem.value is None:
            _solve(self.problem, "HIGHS", HIGHS_OPTIONS)
        return float(self.problem.value) * self._unit

    def prices(self) -> Prices:
        """Dual prices of stage one; solves it if need be."""
        self.value  # noqa: B018  # solves
        proof = float(self._demand.dual_value) * self._unit
        capacity = np.asarray(self._capacity.dual_value, dtype=np.float64) * self._unit
        return Prices(proof, dict(zip(self.labels, map(float, capacity), strict=False)), float(capacity[-1]))

    def solve(self) -> Outcome:
        """The unique outcome: both stages and the payments.

        Raises:
            Refused: a pivot payment is unbounded.
            SolverFailure: cvxpy reached no optimum.
        """
        shares = self._on_optimal_face()
        awarded = dict.fromkeys(self.labels, 0.0)
        payments = dict.fromkeys(self.labels, 0.0)
        for i, label in enumerate(self.labels):
            if shares[i] > TIE_TOLERANCE:
                awarded[label] = float(shares[i])
                payments[label] = float(self._sign * self._payment(i, float(shares[i])))
        everyone = dict.fromkeys(self.labels, 1.0)
        return Outcome(awarded, payments, everyone if self.statement.everyone_proves else awarded)

    def _on_optimal_face(self) -> FloatArray:
        import cvxpy as cp

        prices = self.prices()
        capacity = np.array([*prices.capacity.values(), prices.nobody])
        tolerance = TIE_TOLERANCE * self._unit
        off = prices.proof + capacity - self._scores > tolerance
        full = capacity > tolerance
        shares = cp.Variable(len(self._scores), nonneg=True)
        face = [cp.sum(shares) == 1, shares <= self._limits]
        if off.any():
            face.append(shares[np.flatnonzero(off)] == 0)
        if full.any():
            face.append(shares[np.flatnonzero(full)] == self._limits[full])
        if self.statement.ties == "even_lottery":
            _solve(cp.Problem(cp.Minimize(cp.sum_squares(shares)), face), "CLARABEL", CLARABEL_OPTIONS)
        else:
            order = np.arange(len(self._scores), dtype=np.float64)
            _solve(cp.Problem(cp.Minimize(order @ shares), face), "HIGHS", HIGHS_OPTIONS)
        return np.asarray(shares.value, dtype=np.float64)

    def _payment(self, i: int, share: float) -> float:
        payment = self.statement.payment
        if isinstance(payment, AskingPrice):
            return float(payment.ask[i](np.float64(self._costs[i]))) * share
        if len(self.labels) == 1 and self.statement.outside is None:
            if isinstance(payment, ClarkePivot):
                raise no_price()
            return float(payment.threshold[i](None, True)) * share
        rivals = self._without(i)
        shares = rivals._on_optimal_face()
        if isinstance(payment, ClarkePivot):
            return float((self.value - self._scores[i] * share) - rivals.value)
        first = int(np.argmax(shares))
        nobody = first == len(rivals.labels)
        to_beat = None if nobody and self.statement.outside is None else np.float64(rivals._scores[first])
        return float(payment.threshold[i](to_beat, nobody or i <= first)) * share

    def _without(self, i: int) -> Program:
        """The same problem without prover `i`."""
        statement, payment = self.statement, self.statement.payment
        keep = [j for j in range(len(self.labels)) if j != i]
        rivals = Statement(
            score=tuple(statement.score[j] for j in keep),
            outside=statement.outside,
            payment=payment,
            capacity=None if statement.capacity is None else tuple(statement.capacity[j] for j in keep),
            ties=statement.ties,
        )
        return Program(rivals, [self.labels[j] for j in keep], [self._costs[j] for j in keep], self._sign)


def _raised(scores: FloatArray, limits: FloatArray) -> FloatArray:
    """Scores with hopeless ones raised, so that none of them sets the scale of the program.

    Below the best score $B$ that a whole unit can have, no score is ever awarded. Raising it to no more than
    $B - |B|$ (or -1, where $B = 0$) changes neither the optimum nor where it is attained.
    """
    whole = scores[limits >= 1.0]
    if not len(whole):
        return scores
    best = float(np.max(whole))
    return np.maximum(scores, best - (abs(best) or 1.0))


def _solve(problem: cvxpy.Problem, solver: str, options: dict[str, Any]) -> None:
    problem.solve(solver=solver, **options)
    if problem.status != "optimal":
        raise SolverFailure(
            f"winner determination ended with status {problem.status!r} in {solver}; it must be 'optimal'. "
            "Check that the reports are of comparable size."
        )
