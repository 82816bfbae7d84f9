r"""Which allocations of finitely many types can be made truthful by payments (Rochet 1987).

Type $t$ values option $o$ at $v_t(o)$ and is to get $a_t$. Payments $p$ make truth optimal iff

$$
p_t-p_s\le\ell(s,t):=v_t(a_t)-v_t(a_s)\qquad\text{for all }s,t,
$$

which are the inequalities of shortest paths in the *type graph* with lengths $\ell$: they have a solution iff no cycle of the
graph is negative. With a source whose edge to $t$ has length $v_t(a_t)$ (to stay away is worth nothing), the distances are
the largest payments that leave every type at least nothing. Types with one option pay one price, so the nodes may be options:
the edge from $a$ to $b$ is as long as the least $v_t(b)-v_t(a)$ among the types $t$ that get $b$.

The engine is Bellman and Ford's method over prices of options. A sweep computes, for each type, $\max_o v_t(o)-p_o$, and
lowers the price of the type's own option to where that is its best one; then prices are brought down along the edges used, as
in Howard's policy iteration, so that long shortest paths take few sweeps. A cycle among the edges used is a negative one.
Lengths are never stored: where $v_t(o)$ is a product of a type and an option, blocks of rows are multiplied in doubles that
hold integers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from equilibria.finite.implementability import Implementability, proved, refuted
from equilibria.finite.one_parameter import on_a_line
from equilibria.finite.option_values import LinearOptions, TabulatedOptions, read_problem

__all__ = ["implementable"]

_STRIDE, _SMALL = 25, 500
"""Of more types than `_SMALL`, every `_STRIDE`-th is settled first: good prices for a fraction of the work of a sweep."""


def implementable(values: object, allocation: object) -> Implementability:
    r"""Decide whether payments exist that make truth optimal for every type.

    $$
    \text{find }p:\quad v_t(a_t)-p_t\ \ge\ v_t(a_s)-p_s\ \forall s,t,\qquad v_t(a_t)-p_t\ge0,\qquad p\text{ as large as can be}
    $$

    Args:
        values: $v$, one row a type: what it values each outcome at, or each good at. One axis means one good (or one parameter).
            Ints, `Fraction`s, text such as "1/3", or floats, which are the rationals that they are.
        allocation: $a$: for each type the index of an outcome, or else a row of quantities, chances included, of the columns of
            `values`; a type values its row at the sum of products.

    Returns:
        A record with `.status`, `.payments` (the largest ones) or `.cycle` and `.weight`, and `.certificate`.

    Raises:
        InvalidInput: the shapes do not fit, or an entry is no finite number.

    Notes:
        Exact always. Sums are bounded before they are computed; where they might not fit into 53 or 63 bits, arithmetic is on
        Python's integers, a hundred times slower: 5 000 types take seconds a sweep then. Rescale floats such as 0.1, whose exact
        values have 50 bits, to integers. In the worst case there are as many sweeps as options; usual is a handful.

    Example:
        >>> from equilibria import implementable
        >>> implementable([1, 2, 4], [0, 1, 2]).payments
        (Fraction(0, 1), Fraction(2, 1), Fraction(6, 1))
        >>> print(implementable([[0, 2, 1], [1, 0, 2], [2, 1, 0]], [0, 1, 2]))
        not implementable: types 0, 1 gain 3 in total if each takes the outcome of the one before it; payments cancel

    References:
        Rochet (1987), "A necessary and sufficient condition for rationalizability in a quasi-linear context", theorem 1.
        Bellman (1958); Ford (1956); Howard (1960) for settling prices along the edges used.
    """
    problem = read_problem(values, allocation)
    if isinstance(problem, LinearOptions) and problem.values.entries.shape[1] == 1:
        return on_a_line(problem)
    return _type_graph(problem)


def _type_graph(problem: LinearOptions | TabulatedOptions) -> Implementability:
    from equilibria.finite import _price_sweeps

    assigned, own = problem.assigned, problem.own()
    exact = own.dtype == object
    sweep: Callable[..., int] = _price_sweeps.sweep.py_func if exact else _price_sweeps.sweep
    settle: Callable[..., int] = _price_sweeps.settle.py_func if exact else _price_sweeps.settle
    order = np.argsort(own, kind="stable").astype(np.int64)
    through = np.zeros(problem.options, dtype=np.int64)
    through[assigned[order[::-1]]] = order[::-1]
    prices = np.full(problem.options, problem.limit, dtype=own.dtype)  # nobody prefers an option that nobody gets at this
    prices[assigned] = own[through[assigned]]
    before = np.full(problem.options, -1, dtype=np.int64)
    steps = np.zeros_like(prices)
    path, state = np.empty_like(before), np.empty_like(before)
    sweeps, stride = 0, _STRIDE if len(order) > _SMALL else 1
    while True:
        sweeps += 1
        blocks = problem.blocks(order[::stride])
        fallen = sum(sweep(*block, assigned, prices, before, through, steps) for block in blocks)
        node = settle(prices, before, steps, path, state)
        if node >= 0:
            return refuted(problem, _cycle(before, through, node), "type_graph", sweeps)
        if not fallen and stride == 1:
            payments = [problem.exact(price) for price in prices.tolist()]
            return proved(problem, tuple(payments[option] for option in assigned.tolist()), "type_graph", sweeps)
        if not fallen:
            stride = 1


def _cycle(before: NDArray[np.int64], through: NDArray[np.int64], node: int) -> tuple[int, ...]:
    """The types of the cycle of edges used through an option, in the order of its edges, the least type first."""
    types, option = [int(through[node])], int(before[node])
    while option != node:
        types.append(int(through[option]))
        option = int(before[option])
    types.reverse()
    first = types.index(min(types))
    return tuple(types[first:] + types[:first])
