r"""Types on a line: payments exist iff the quantity does not fall as the value rises, which neighbours decide.

A type of value $v$ that gets the quantity $x$ enjoys $v\,x$. Sorted by value (and by quantity among equals), the constraints
between neighbours are $x_k(v_{k+1}-v_k)\le u_{k+1}-u_k\le x_{k+1}(v_{k+1}-v_k)$ in utilities $u$. They can be met iff $x$ is
monotone, and imply all others, since sums of them along the line do. The least utilities $u\ge0$ that meet them come from one
pass up and one down, because no shortest path turns back.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from equilibria.finite.implementability import Implementability, proved, refuted
from equilibria.finite.option_values import LinearOptions


def on_a_line(problem: LinearOptions) -> Implementability:
    """Decide, and pay, by comparing neighbours only."""
    values, quantities = problem.values.as_big_integers(), problem.quantities.as_big_integers()
    v, x = values.entries[:, 0].tolist(), quantities.entries[problem.assigned, 0].tolist()
    order = sorted(range(len(v)), key=lambda t: (v[t], x[t]))
    steps = [(s, t, v[t] - v[s]) for s, t in pairwise(order)]
    for s, t, rise in steps:
        if x[s] > x[t] and rise:
            return refuted(problem, (s, t), "one_parameter", 1)
    u = [0] * len(v)
    for s, t, rise in steps:
        u[t] = max(0, u[s] + x[s] * rise)
    for s, t, rise in reversed(steps):
        u[s] = max(u[s], u[t] - x[t] * rise)
    unit = values.denominator * quantities.denominator
    payments = tuple(Fraction(a * b - c, unit) for a, b, c in zip(v, x, u, strict=True))
    return proved(problem, payments, "one_parameter", 1)
