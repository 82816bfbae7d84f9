r"""Recursion on top of a recipe: leaves, a tree of aggregations, and one wrap.

Nodes of arity $a$ join $a$ proofs into one, so each takes away $a - 1$ of them, and $B$ proofs need

$$ N = \left\lceil \frac{B-1}{a-1} \right\rceil $$

nodes.  The cost of each of the $B$ statements is

$$ c_\text{in} + \frac{N}{B}\,c_\text{agg} + \frac{c_\text{wrap} + \text{gas}}{B}
   \;\approx\; c_\text{in} + \frac{c_\text{agg}}{a-1} + \frac{c_\text{wrap} + \text{gas}}{B} , $$

and the two differ by at most $c_\text{agg}/B$.  A node of arity $a$ costs more when $a$ is larger: $c_\text{agg}$ is
a function of $a$, which the formula does not know.
"""

from __future__ import annotations

import math

from mechanisms.errors import InvalidInput
from proving_cost.ledger import Ledger, Phase
from proving_cost.recipes.recipe import check_count

__all__ = ["aggregation_nodes", "cost_per_proof", "cost_per_proof_in_the_limit", "recursion"]


def aggregation_nodes(proofs: int, arity: int) -> int:
    """Nodes that join so many proofs into one.

    Raises:
        InvalidInput: No proof, or an arity below 2.

    Example:
        >>> aggregation_nodes(8, 2), aggregation_nodes(8, 4), aggregation_nodes(1, 2)
        (7, 3, 0)
    """
    check_count("proofs", proofs, 1)
    check_count("arity", arity, 2)
    return -(-(proofs - 1) // (arity - 1))


def recursion(leaf: Ledger, proofs: int, arity: int, node: Ledger, wrap: Ledger | None = None) -> Ledger:
    """The ledger of a recursion tree, with phases `leaves`, `aggregation` and `wrap`.

    Arguments:
        leaf: One proof of a statement.
        proofs: B, at least 1.
        arity: a, at least 2.
        node: One aggregation of a proofs.
        wrap: The last proof, for a chain; None for none.

    Raises:
        InvalidInput: No proof, or an arity below 2.
    """
    out = Ledger()
    parts = (("leaves", leaf, proofs), ("aggregation", node, aggregation_nodes(proofs, arity)), ("wrap", wrap, 1))
    for name, part, times in parts:
        if part is not None and times:
            out.root.phases.setdefault(name, Phase()).add(part.root, times)
    return out


def cost_per_proof(*, leaf: float, aggregation: float, wrap: float, gas: float, proofs: int, arity: int) -> float:
    """Cost of one of B statements, in the unit of the costs given.

    Example:
        >>> cost_per_proof(leaf=1.0, aggregation=0.5, wrap=2.0, gas=1.0, proofs=8, arity=2)
        1.8125
    """
    _check_costs(leaf=leaf, aggregation=aggregation, wrap=wrap, gas=gas)
    return leaf + aggregation * aggregation_nodes(proofs, arity) / proofs + (wrap + gas) / proofs


def cost_per_proof_in_the_limit(*, leaf: float, aggregation: float, wrap: float, gas: float, proofs: int, arity: int) -> float:
    """The usual approximation, with B/(a−1) nodes instead of a whole number of them.

    Example:
        >>> cost_per_proof_in_the_limit(leaf=1.0, aggregation=0.5, wrap=2.0, gas=1.0, proofs=8, arity=2)
        1.875
    """
    _check_costs(leaf=leaf, aggregation=aggregation, wrap=wrap, gas=gas)
    aggregation_nodes(proofs, arity)
    return leaf + aggregation / (arity - 1) + (wrap + gas) / proofs


def _check_costs(**costs: float) -> None:
    for name, cost in costs.items():
        if isinstance(cost, bool) or not isinstance(cost, (int, float)) or not (math.isfinite(cost) and cost >= 0):
            raise InvalidInput(f"{name}: must be a cost, 0 or more; got {cost!r}.")
