r"""`solve_exactly`: an optimum that is proved in rational numbers.

Floating-point simplex proposes a basis; its point and its prices are computed exactly; they are put back into the program. If
the point is within all bounds and the prices prove the same value, that value *is* the optimum. If one of them misses by a
little, the program is shifted to it and magnified, solved again from the same basis, and the new basis is judged (iterative
refinement of linear programs). An optimum that resists is enclosed: any prices prove an upper bound, any point a lower one. No
number of the floating-point solver is ever believed.

References: A. Gleixner, D. Steffy, K. Wolter, "Iterative refinement for linear programming", INFORMS J. Computing 28 (2016).
"""

from __future__ import annotations

import time
from fractions import Fraction

from equilibria.programs.basis_solution import basis_solution
from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.float_simplex import Basis, FloatSolution, Shift, float_simplex
from equilibria.programs.linear_program import LinearProgram
from equilibria.programs.no_optimum import infeasible, unbounded
from equilibria.programs.safe_interval import safe_interval
from equilibria.programs.weak_duality import RationalVector, dual_bound, objective_value, violation
from mechanisms import InvalidInput

ROUNDS = 6
"""How many bases are judged before an interval is given instead."""


def solve_exactly(program: LinearProgram, *, timeout: float = 600.0, start: Basis | None = None) -> ExactOptimum:
    """Solve a linear program and prove the answer.

    Args:
        program: the program.
        timeout: seconds after which what is proved by then is returned.
        start: a basis to start from.

    Returns:
        A record whose `status` is `"proved"` (`exact_value` is the optimum), `"certified"` (`lower` and `upper` enclose it),
        `"infeasible"` or `"unbounded"` (both proved), or `"unknown"`.

    Raises:
        InvalidInput: `timeout` is not positive.
        SolverFailure: a coefficient is out of the range of doubles.

    Notes:
        *When it fails.* Prices of a basis with several thousand digits in common denominators are given up, and an interval is
        returned; if some column that is not bounded has the wrong sign of slope then, there is no upper bound and the status is
        `"unknown"`. The time is nearly all of it the floating-point solver's.

    Example:
        The revenue of the optimal auction of one proof to two buyers whose values are uniform on 1/10, 2/10, ..., 1:

        >>> from fractions import Fraction
        >>> from equilibria.programs.symmetric_border import symmetric_border
        >>> values, chances = [Fraction(k, 10) for k in range(1, 11)], [Fraction(1, 10)] * 10
        >>> print(solve_exactly(symmetric_border(values, chances, agents=2)).exact_value)
        49/100
    """
    if not timeout > 0.0:
        raise InvalidInput(f"timeout must be a positive number of seconds; got {timeout!r}.")
    began = time.monotonic()
    deadline = began + timeout
    found = float_simplex(program, timeout=timeout, start=start)
    spent = time.monotonic() - began
    if found.outcome == "infeasible":
        optimum = infeasible(program, solve_exactly, deadline)
    elif found.outcome == "unbounded":
        optimum = unbounded(program, solve_exactly, deadline) or infeasible(program, solve_exactly, deadline)
    else:
        optimum = _judged(program, found, deadline)
    if optimum is None:
        optimum = ExactOptimum.unknown(program, "nothing was proved within the time: neither an optimum nor that there is none")
    return optimum.timed(float_seconds=spent, seconds=time.monotonic() - began)


def _judged(program: LinearProgram, found: FloatSolution, deadline: float) -> ExactOptimum | None:
    basis = found.basis
    best: tuple[RationalVector, RationalVector] | None = None
    for _ in range(ROUNDS):
        if basis is None or time.monotonic() > deadline:
            break
        exact = basis_solution(program, basis, deadline)
        if exact is None:
            break
        best = exact
        x, y = exact
        missed, upper = violation(program, x), dual_bound(program, y)
        value = objective_value(program, x)
        if missed == 0 and upper == value:
            return ExactOptimum.of(program, x, y, lower=value, upper=value, basis=basis)
        gap = max(missed, abs(upper - value) if upper is not None else Fraction(1, 10**9))
        zoom = 1 << min(max((1 / gap).numerator.bit_length() - gap.numerator.bit_length(), 10), 400) if gap else 1 << 30
        again = float_simplex(program, timeout=max(deadline - time.monotonic(), 0.001), start=basis, shift=Shift(x, y, zoom))
        if again.outcome != "optimal" or again.basis is None:
            break
        basis = again.basis
    return safe_interval(program, found, best, deadline)
