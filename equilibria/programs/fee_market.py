r"""How much a miner can earn in a truthful fee market that it cannot profitably collude with a user in.

Users bid for places in a block; who is confirmed, what they pay and what the miner gets are computed by the chain from the
bids, and what is paid and not given to the miner is burnt. The mechanism is truthful for users (UIC) and proof against the
miner together with one user (1-SCP), for a fixed number of users without fake bids. With $u_i = v_i x_i - p_i$ and the miner's
revenue $\mu$,

$$
\max\ \mathbb{E}\,\mu, \qquad
u_i(k+1) - u_i(k) \in \Delta_k\,[x_i(k), x_i(k+1)], \qquad
(\mu + u_i)(k+1) - (\mu + u_i)(k) \in \Delta_k\,[x_i(k), x_i(k+1)],
$$

$$
0 \le p_i \le v_i x_i, \qquad \textstyle\sum_i x_i \le B, \qquad 0 \le \mu \le \sum_i p_i
$$

at every profile, with $\Delta_k = v_{k+1} - v_k$. Neighbours suffice for both constraints, by the same sum over neighbours as
in `dominant_auction`, for $\mu + u_i$ in place of $u_i$. Their difference is $|\mu(k+1) - \mu(k)| \le \Delta_k (x_i(k+1) -
x_i(k))$: on a fine grid the miner's revenue hardly changes with any bid, and as it is nothing where all bids are nothing, it
vanishes as the grid is refined. On a coarse one it is positive: discrete fees are worth something to the miner.

Relaxing the mechanism by leaving out fake bids can only raise the value: the optimum is an upper bound for stronger definitions.

References: H. Chung, E. Shi, "Foundations of transaction fee mechanism design", SODA 2023, theorem that UIC, 1-SCP and a finite
block leave only the trivial mechanism; Y. Gafni, A. Yaish, "Discrete and Bayesian transaction fee mechanisms",
arXiv:2210.07793.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from equilibria.programs.dominant_auction import neighbour_rows
from equilibria.programs.finite_types import FiniteTypes, Scaled
from equilibria.programs.linear_program import Columns, LinearProgram, Rows
from equilibria.programs.profiles import Profiles, narrow
from mechanisms import InvalidInput


def fee_market(values: FiniteTypes, *, users: int, block: int) -> LinearProgram:
    """The program of the largest expected revenue of the miner.

    Args:
        values: what a place in the block may be worth, the same for all users; the least is not negative.
        users: how many bid.
        block: how many places there are.

    Raises:
        InvalidInput: no user or place, or a negative value.

    Example:
        One user, values 0, 1/4, ..., 1: a fifth, and less the finer the grid.

        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> print(*(solve_exactly(fee_market(fee_grid(k), users=1, block=1)).exact_value for k in (4, 9, 19)))
        1/5 1/10 1/20
    """
    if users < 1 or block < 1:
        raise InvalidInput(f"users and block must be positive integers; got {users} and {block}.")
    if values.values[0] < 0:
        raise InvalidInput(f"values must not be negative; got {values.values[0]}.")
    profiles = Profiles.of(Scaled.of([values] * users))
    size, unit, top = profiles.size, profiles.scaled.unit, profiles.scaled.values[0][-1]
    total = math.prod(profiles.scaled.totals)
    none = np.zeros(users * size, dtype=np.int64)
    columns = [
        Columns("allocation", none, 0, 1),
        Columns("utility", none, 0, top, Fraction(1, unit)),
        Columns("revenue", narrow(profiles.weight), 0, users * top, Fraction(1, unit)),
    ]
    users_of = np.arange(users * size).reshape(users, size)
    miner = 2 * users * size + np.arange(size)
    truthful = neighbour_rows(profiles)
    rows = [*truthful]
    for block_of in truthful:  # the same for the miner and the user together
        joint = np.concatenate([block_of.columns, miner[block_of.columns[:, :2] % size]], axis=1)
        signs = np.tile([1, -1], (len(joint), 1))
        rows.append(
            Rows(block_of.name.replace("truthful", "together"), joint, np.concatenate([block_of.entries, signs], axis=1), 0)
        )
    rows.append(Rows("block", users_of.T, np.ones((1, users), dtype=np.int64), None, block))
    held = np.concatenate(profiles.values)
    own = np.column_stack([users_of.ravel(), users * size + users_of.ravel()])
    rows.append(Rows("paid", own, narrow(np.column_stack([held, np.full(held.size, -1, dtype=object)])), 0))
    all_of = np.concatenate([users_of.T, users * size + users_of.T, miner[:, None]], axis=1)
    paid = np.concatenate([np.stack(profiles.values, axis=1), np.full((size, users + 1), -1, dtype=object)], axis=1)
    rows.append(Rows("burnt", all_of, narrow(paid), 0))
    source = {"kind": "fee_market", "users": str(users), "block": str(block), **values.source()}
    return LinearProgram.assemble(columns, rows, denominator=unit * total, source=source)


def fee_grid(steps: int) -> FiniteTypes:
    """The values 0, 1/steps, ..., 1, all equally likely."""
    return FiniteTypes(tuple(Fraction(k, steps) for k in range(steps + 1)), (Fraction(1, steps + 1),) * (steps + 1))
