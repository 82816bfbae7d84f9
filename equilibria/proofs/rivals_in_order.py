r"""Fewer cases for rules that do not care who a rival is: it is enough to look at rivals in one order.

Say that agents $j$ and $j+1$ stand on the same side with the same types, and let $\sigma$ swap their reports. If what agent $i$
gets and pays is the same at $\theta$ and at $\sigma\theta$, for every such pair that $i$ is not in, then it is the same at every
rearrangement of the reports of neighbours on either side of $i$ (neighbouring swaps generate them). A claim about nothing but
what $i$ gets and pays therefore holds everywhere if it holds where the reports of neighbours other than $i$ fall.

The swaps are obligations like others, proved and checked. Agents before and after $i$ are never mixed, because a tie with $i$
may be broken by place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from equilibria.proofs.affine import combined, scaled, variable
from equilibria.proofs.obligations import Claim, Obligation, Run
from equilibria.proofs.settings import Setting, types
from equilibria.proofs.trees import Condition, Leaf

__all__ = ["ordered", "swaps"]


def neighbours(setting: Setting) -> list[int]:
    """The agents whose successor is on the same side with the same types."""
    return [
        j
        for j in range(setting.agents - 1)
        if (setting.signs[j], setting.bounds[j]) == (setting.signs[j + 1], setting.bounds[j + 1])
    ]


def swaps(setting: Setting) -> list[Obligation]:
    """For each pair of neighbours: all others get and pay the same when the two swap their reports."""
    truth = types(setting.agents)
    found = []
    for j in neighbours(setting):

        def claims(leaves: Sequence[Leaf], j: int = j) -> list[Claim]:
            before, after = leaves
            differences = [
                combined(new[i], -1, old[i])
                for i in range(setting.agents)
                if i not in (j, j + 1)
                for old, new in ((before.allocation, after.allocation), (before.payments, after.payments))
                if new[i] != old[i]
            ]
            return [Claim(form) for other in differences for form in (other, scaled(other, -1))]

        found.append(
            Obligation(
                subject=f"all but {setting.labels[j]} and {setting.labels[j + 1]}",
                variables=setting.agents,
                conditions=tuple(condition for place, form in enumerate(truth) for condition in setting.within(place, form)),
                runs=(Run(tuple(truth)), Run((*truth[:j], truth[j + 1], truth[j], *truth[j + 2 :]))),
                claims=claims,
            )
        )
    return found


def ordered(setting: Setting, obligations: Sequence[Obligation]) -> list[Obligation]:
    """The obligations with the reports of neighbours, other than the agent that each is about, falling."""
    found = []
    for obligation in obligations:
        falling: list[Condition] = [
            (combined(variable(j), -1, variable(j + 1)), False)
            for j in neighbours(setting)
            if obligation.own not in (j, j + 1)
        ]
        found.append(replace(obligation, conditions=(*obligation.conditions, *falling)))
    return found
