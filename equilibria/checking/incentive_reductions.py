r"""What may be shown instead of a property of all reports: that it holds for rivals in order, and that their order is nothing.

Let agents $j$ and $j + 1$ have the same sign and bounds. If nobody else's share and payment change when the two swap their
reports, those of agent $i$ are the same at every rearrangement of reports among neighbours that $i$ is not one of. A claim about
the share and payment of $i$ alone then follows from the case in which these reports fall from each to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from equilibria.checking.document import Rejected
from equilibria.checking.incentive_agents import Agents
from equilibria.checking.incentive_trees import Condition, plus
from equilibria.checking.incentive_walks import Claim, Obligation, Outcome


def rivals_in_order(agents: Agents, obligations: Iterable[Obligation]) -> tuple[list[Obligation], Iterator[Obligation]]:
    """The swaps, which must be shown exactly, and the obligations for rivals in order.

    Raises:
        Rejected: when it is reached, an obligation is about more than one agent's share and payment.
    """
    n = len(agents.labels)
    pairs = [j for j in range(n - 1) if agents.alike(j, j + 1)]
    return [_swap(agents, j) for j in pairs], (_falling(obligation, pairs) for obligation in obligations)


def _swap(agents: Agents, j: int) -> Obligation:
    truth = agents.types()
    others = [i for i in range(len(truth)) if i not in (j, j + 1)]

    def claims(outcomes: Sequence[Outcome]) -> list[Claim]:
        found = []
        for i in others:
            for column in (0, 1):
                before, after = (outcome[column][i] for outcome in outcomes)
                if after != before:
                    difference = plus(after, -1, before)
                    found += [Claim(difference), Claim(plus({}, -1, difference))]
        return found

    swapped = (*truth[:j], truth[j + 1], truth[j], *truth[j + 2 :])
    return Obligation(
        subject=f"all but {agents.labels[j]} and {agents.labels[j + 1]}",
        conditions=tuple(agents.truthful()),
        runs=(((0, 0), tuple(truth)), ((0, 0), swapped)),
        claims=claims,
    )


def _falling(obligation: Obligation, pairs: Sequence[int]) -> Obligation:
    if obligation.own is None:
        raise Rejected("reduction: the property is about more than one agent's share and payment")
    falling: list[Condition] = [({j: 1, j + 1: -1}, False) for j in pairs if obligation.own not in (j, j + 1)]
    return replace(obligation, conditions=(*obligation.conditions, *falling))
