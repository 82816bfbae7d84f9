r"""Trade between a user who values a proof at $v$ and a prover whom it costs $c$, both private.

Unknowns are the chance of trade $q(v, c)$ and the interim utilities of both sides. With $X(v) = \mathbb{E}_c\, q$ and
$Y(c) = \mathbb{E}_v\, q$,

$$
\max\ \mathbb{E}[(v - c)\, q], \qquad
U(v_{k+1}) - U(v_k) \in (v_{k+1} - v_k)\,[X(v_k), X(v_{k+1})], \quad
W(c_l) - W(c_{l+1}) \in (c_{l+1} - c_l)\,[Y(c_{l+1}), Y(c_l)],
$$

$$
U, W \ge 0, \qquad \mathbb{E}[(v - c)\, q] - \mathbb{E}\, U - \mathbb{E}\, W \ge 0 \quad \text{(no deficit)} .
$$

With independent types a mechanism that runs no deficit in expectation can be made to run none at any profile: pay what is left at
each profile to one side, after adding to each side's payment a term that only depends on the other's report and has the
expectation needed (d'Aspremont and Gérard-Varet); interim utilities stay. So one row stands for budget balance at all profiles.

With `efficient=True` a row demands the gains of the first best besides, and where supports overlap enough there is no such
mechanism (Myerson and Satterthwaite): the program is infeasible and the answer is a Farkas ray, prices of the constraints
that contradict each other.

Reference: R. Myerson, M. Satterthwaite, "Efficient mechanisms for bilateral trading", J. Econ. Theory 29 (1983).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from equilibria.programs.finite_types import FiniteTypes, Scaled
from equilibria.programs.linear_program import Columns, Integers, LinearProgram, Rows
from equilibria.programs.profiles import narrow


def two_sided_trade(user: FiniteTypes, prover: FiniteTypes, *, efficient: bool = False) -> LinearProgram:
    """The program of the second best: the largest gains from trade without a subsidy.

    Args:
        user: values of a proof.
        prover: costs of a proof, increasing.
        efficient: the gains must be those of trading whenever the value exceeds the cost.

    Example:
        Values and costs on the middles of ten cells of [0, 1]: how much of the gains from trade is left by private information.

        >>> from fractions import Fraction
        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> middles = FiniteTypes(tuple(Fraction(2 * k + 1, 20) for k in range(10)), (Fraction(1, 10),) * 10)
        >>> best = solve_exactly(two_sided_trade(middles, middles))
        >>> print(best.exact_value, round(float(best.exact_value / first_best(middles, middles)), 5))
        189/1250 0.91636
        >>> print(solve_exactly(two_sided_trade(middles, middles, efficient=True)).status)
        infeasible
    """
    scaled = Scaled.of([user, prover])
    (values, costs), (g, h), (total_g, total_h) = scaled.values, scaled.weights, scaled.totals
    many, few = len(values), len(costs)
    size = many * few
    cell = np.arange(size).reshape(many, few)
    odds = np.outer(np.array(g, dtype=object), np.array(h, dtype=object))
    gains = odds * (np.array(values, dtype=object)[:, None] - np.array(costs, dtype=object)[None, :])
    columns = [
        Columns("trade", narrow(gains.ravel()), 0, 1),
        Columns("user_utility", np.zeros(many, dtype=np.int64), 0, values[-1] - values[0], Fraction(1, scaled.unit)),
        Columns("prover_utility", np.zeros(few, dtype=np.int64), 0, costs[-1] - costs[0], Fraction(1, scaled.unit)),
    ]
    rows = [
        *_truthful("user", cell, np.array(h, dtype=object), values, total_h, size),
        *_truthful("prover", cell.T, np.array(g, dtype=object), [-cost for cost in costs], total_g, size + many),
    ]
    rents = [-weight * total_h for weight in g] + [-weight * total_g for weight in h]
    budget = narrow(np.concatenate([gains.ravel(), np.array(rents, dtype=object)]))
    rows.append(
        Rows(
            "no_deficit",
            np.arange(size + many + few)[None, :],
            budget[None, :],
            0,
            unit=Fraction(scaled.unit * total_g * total_h),
        )
    )
    if efficient:
        most = sum(gain for gain in gains.ravel().tolist() if gain > 0)
        rows.append(Rows("efficient", cell.reshape(1, -1), narrow(gains.reshape(1, -1)), most))
    source = {
        "kind": "two_sided_trade",
        "user": user.source(),
        "prover": prover.source(),
        "efficient": "yes" if efficient else "no",
    }
    return LinearProgram.assemble(columns, rows, denominator=scaled.unit * total_g * total_h, source=source)


def first_best(user: FiniteTypes, prover: FiniteTypes) -> Fraction:
    """The gains of trading whenever the value exceeds the cost."""
    return sum(
        (
            max(value - cost, Fraction(0)) * chance * odds
            for value, chance in zip(user.values, user.probabilities, strict=True)
            for cost, odds in zip(prover.values, prover.probabilities, strict=True)
        ),
        Fraction(0),
    )


def _truthful(
    side: str, cell: np.ndarray, odds: Integers, types: list[int] | tuple[int, ...], total: int, start: int
) -> list[Rows]:
    """`U(truth) - U(report) - (truth - report) X(report) >= 0` between neighbours, times the total of the other side."""
    low = np.arange(len(types) - 1)
    made = []
    for name, truth, report in (("down", low + 1, low), ("up", low, low + 1)):
        step = np.array([types[t] - types[r] for t, r in zip(truth, report, strict=True)], dtype=object)
        places = np.column_stack([start + truth, start + report, cell[report]])
        ends = np.tile(np.array([total, -total], dtype=object), (low.size, 1))
        made.append(
            Rows(f"{side}_truthful_{name}", places, narrow(np.concatenate([ends, -step[:, None] * odds[None, :]], axis=1)), 0)
        )
    return made
