r"""Trees of moves after a cost is known, solved by backward induction at all costs at once.

A leaf pays $a-wC$. Where the prover moves it takes the best branch at its cost, and where chance moves, the average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from equilibria.collateral.cost_lines import CostLines

__all__ = ["Chance", "Decision", "Leaf", "Tree", "backward_induction"]


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of a path: `paid` in money, less `work` times the cost."""

    paid: Fraction
    work: Fraction = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class Decision:
    """A move of the prover, by name; of equally good ones it takes the first."""

    choices: Mapping[str, Tree]


@final
@dataclass(frozen=True, slots=True)
class Chance:
    """A move of chance: probabilities, which add up to 1, and what follows."""

    branches: tuple[tuple[Fraction, Tree], ...]


Tree: TypeAlias = Leaf | Decision | Chance


def backward_induction(tree: Tree) -> CostLines:
    r"""What the prover gets at every cost, and by which moves.

    Arguments:
        tree: the moves.

    Returns:
        $V(C)$, exactly, with the plan on each piece. Plans hold the moves in the order of the tree, of all branches of chance.

    Notes:
        Time grows with the leaves times the breaks.

    Example:
        >>> rescue = Decision({"stay": Leaf(Fraction(0)), "rescue": Leaf(Fraction(25), Fraction(1))})
        >>> backward_induction(rescue).breaks
        (Fraction(25, 1),)
    """
    if isinstance(tree, Leaf):
        return CostLines.line(tree.paid, -tree.work)
    if isinstance(tree, Chance):
        return CostLines.mean([(chance, backward_induction(branch)) for chance, branch in tree.branches])
    return CostLines.best([backward_induction(branch).moved(name) for name, branch in tree.choices.items()])
