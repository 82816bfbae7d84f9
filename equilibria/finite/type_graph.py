"""Cyclic monotonicity as it is stated: a graph of types, searched for a negative cycle by networkx.

It computes with fractions and holds every edge, so it serves up to a few hundred types; `implementable` is tested against it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from equilibria.finite.implementability import Implementability, proved, refuted
from equilibria.finite.option_values import read_problem

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
    options = problem.assigned.tolist()
    types = range(len(options))
    worth = [[problem.value(t, options[s]) for s in types] for t in types]
    whole = all(value.denominator == 1 for row in worth for value in row)
    graph = networkx.DiGraph()
    for t in types:
        own = worth[t][t]
        graph.add_edge(SOURCE, t, length=int(own) if whole else own)
        for s in types:
            if s != t:
                length = own - worth[t][s]
                graph.add_edge(s, t, length=int(length) if whole else length)
    return graph


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
