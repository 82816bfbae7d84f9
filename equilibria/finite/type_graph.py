"""Cyclic monotonicity as it is stated: a graph of types, searched for a negative cycle by networkx.

It computes with fractions and holds every edge, so it serves up to a few hundred types; `implementable` is tested against it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from equilibria.finite.implementability import Implementability, Problem, proved, refuted
from equilibria.finite.option_values import TabulatedOptions, read_problem

__all__ = ["implementable_on_the_type_graph", "type_graph"]

SOURCE = "stay away"


def type_graph(values: object, allocation: object) -> Any:
    r"""The complete directed graph of types with lengths $v_t(a_t)-v_t(a_s)$ from s to t, and from staying away $v_t(a_t)$ to t.

    Args:
        values: as in `implementable`.
        allocation: as in `implementable`.

    Returns:
        A `networkx.DiGraph` whose edges have the attribute `length`: an int where all lengths are integers, else a `Fraction`.

    Raises:
        InvalidInput: the shapes do not fit, or an entry is no finite number.
    """
    import networkx

    problem = read_problem(values, allocation)
    worth, unit = _worth(problem)
    graph = networkx.DiGraph()
    for t, row in enumerate(worth):
        own = row[t]
        graph.add_edge(SOURCE, t, length=own if unit == 1 else Fraction(own, unit))
        for s, other in enumerate(row):
            if s != t:
                graph.add_edge(s, t, length=own - other if unit == 1 else Fraction(own - other, unit))
    return graph


def _worth(problem: Problem) -> tuple[list[list[int]], int]:
    """What every type values that which every type gets at, as multiples of one over a unit."""
    if isinstance(problem, TabulatedOptions):
        table = problem.given.as_big_integers()
        return table.entries[:, problem.assigned].tolist(), table.denominator
    values, quantities = problem.values.as_big_integers(), problem.quantities.as_big_integers()
    return (values.entries @ quantities.entries[problem.assigned].T).tolist(), values.denominator * quantities.denominator


def implementable_on_the_type_graph(values: object, allocation: object) -> Implementability:
    """The statement of `implementable`, with the same arguments and result; slow.

    Example:
        >>> implementable_on_the_type_graph([[3, 0], [1, 1]], [0, 1]).payments
        (Fraction(3, 1), Fraction(1, 1))
    """
    import networkx

    problem = read_problem(values, allocation)
    graph = type_graph(values, allocation)
    if networkx.negative_edge_cycle(graph, weight="length"):
        cycle = networkx.find_negative_cycle(graph, SOURCE, weight="length")[:-1]
        return refuted(problem, tuple(cycle), "type_graph", 1)
    payments = networkx.single_source_bellman_ford_path_length(graph, SOURCE, weight="length")
    return proved(problem, tuple(Fraction(payments[t]) for t in range(len(problem.assigned))), "type_graph", 1)
