r"""The auction of least regret over a finite set of priors.

The seller knows the values that buyers may have and a list of priors, one of which is right for all of them. Truthful in dominant
strategies and individually rational at every profile, the auction does not depend on which; its regret under prior $\pi$ is what
the best auction for $\pi$ would earn more:

$$
\min_{x, u}\ \max_\pi\ \bigl( R^*_\pi - \mathbb{E}_\pi \textstyle\sum_i p_i(\theta) \bigr).
$$

$R^*_\pi$ is Myerson's: with virtual values $\varphi_k = \theta_k - (\theta_{k+1} - \theta_k)(1 - F_k) / f_k$, pooled until they
increase, it is $\mathbb{E} \max_i \bar\varphi(\theta_i)^+$. The prices of the rows `regret` are the least favourable mixture of
the priors.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from equilibria.programs.dominant_auction import neighbour_rows
from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.finite_types import FiniteTypes, Number, Scaled
from equilibria.programs.linear_program import Columns, LinearProgram, Rows
from equilibria.programs.profiles import Profiles, narrow
from mechanisms import InvalidInput


def least_regret(values: Sequence[Number], priors: Sequence[Sequence[Fraction]], *, agents: int = 1) -> LinearProgram:
    """The program that minimises the largest regret; its value is minus that.

    Args:
        values: types, increasing, the same for all agents.
        priors: probabilities of the values, positive.
        agents: how many buyers of the one unit, independent and alike.

    Raises:
        InvalidInput: no prior or agent, or types that `FiniteTypes` refuses.

    Example:
        A value of 1 or 2, the second with chance 1/4 or 3/4: an even lottery over the two prices loses 1/4 of
        either optimum, 1 and 3/2.

        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> optimum = solve_exactly(least_regret((1, 2), [(Fraction(3, 4), Fraction(1, 4)), (Fraction(1, 4), Fraction(3, 4))]))
        >>> print(optimum.exact_value, *mixture(optimum))
        -1/4 1/2 1/2
    """
    if not priors or agents < 1:
        raise InvalidInput(f"priors must be a non-empty list and agents positive; got {len(priors)} and {agents}.")
    laws = [FiniteTypes(tuple(values), tuple(prior)) for prior in priors]  # type: ignore[arg-type]
    profiles = Profiles.of(Scaled.of([laws[0]] * agents))
    size, unit = profiles.size, profiles.scaled.unit
    top = profiles.scaled.values[0][-1] - profiles.scaled.values[0][0]
    columns = [
        Columns("allocation", np.zeros(agents * size, dtype=np.int64), 0, 1),
        Columns("utility", np.zeros(agents * size, dtype=np.int64), 0, top, Fraction(1, unit)),
        Columns("regret", np.array([-1]), 0, None, Fraction(1, unit)),
    ]
    everyone = np.arange(agents * size).reshape(agents, size).T
    rows = [*neighbour_rows(profiles), Rows("capacity", everyone, np.ones((1, agents), dtype=np.int64), None, 1)]
    earned, best = [], list[Fraction]()
    for law in laws:
        scaled = Scaled.of([law] * agents)
        weight, total = Profiles.of(scaled).weight, scaled.totals[0] ** agents
        money = [weight * held for held in profiles.values] + [-weight] * agents + [np.array([total], dtype=object)]
        earned.append(np.concatenate(money))
        best.append(optimal_revenue(law, agents) * unit * total)
    places = np.tile(np.arange(2 * agents * size + 1), (len(laws), 1))
    rows.append(Rows("regret", places, narrow(np.array(earned)), np.array(best, dtype=object)))
    source = {
        "kind": "least_regret",
        "agents": str(agents),
        "values": list(map(str, laws[0].values)),
        "priors": [" ".join(map(str, law.probabilities)) for law in laws],
    }
    return LinearProgram.assemble(columns, rows, denominator=unit, source=source)


def optimal_revenue(law: FiniteTypes, agents: int) -> Fraction:
    """Myerson's revenue from independent buyers who are alike."""
    pools: list[tuple[Fraction, Fraction]] = []
    above = Fraction(1)
    for k, (value, chance) in enumerate(zip(law.values, law.probabilities, strict=True)):
        above -= chance
        step = law.values[k + 1] - value if k + 1 < len(law.values) else 0
        mass, virtual = chance, value - step * above / chance
        while pools and pools[-1][1] >= virtual:
            more, lower = pools.pop()
            mass, virtual = mass + more, (mass * virtual + more * lower) / (mass + more)
        pools.append((mass, virtual))
    revenue, below = Fraction(0), Fraction(0)
    for mass, virtual in pools:
        revenue += max(virtual, Fraction(0)) * ((below + mass) ** agents - below**agents)
        below += mass
    return revenue


def mixture(optimum: ExactOptimum) -> tuple[Fraction, ...]:
    """The least favourable mixture of the priors: the prices of the rows `regret`, in chances.

    Args:
        optimum: a solution of this program.
    """
    program = optimum.program
    [regret] = [block for block in program.row_blocks if block.name == "regret"]
    prices = [] if optimum.dual is None else optimum.dual.fractions(regret.start, regret.stop)
    totals = [int(program.entries[end - 1]) for end in program.starts[regret.start + 1 : regret.stop + 1]]
    return tuple(-price * total for price, total in zip(prices, totals, strict=True))
