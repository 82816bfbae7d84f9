"""Programs over all profiles of types: auctions whose constraints hold profile by profile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from equilibria.checking.auction_programs import MOST_AGENTS, Aim, Types, positive, profiles_of, read_aim, read_types
from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.linear_programs import Bound, Program, Row, whole

Profile = tuple[int, ...]


def agents_of(tree: Mapping[str, object]) -> list[Types]:
    """The types of all agents."""
    nodes = field(tree, "agents", "program")
    if not isinstance(nodes, list) or not nodes:
        raise Rejected("program.agents must be a list")
    agents = [mapping(node, "program.agents") for node in nodes]
    if len(agents) > MOST_AGENTS:
        raise Rejected(f"program has more than the {MOST_AGENTS} agents that the checker takes on")
    for agent in agents:
        only(agent, ("values", "probabilities"), "program.agents")
    return read_types(agents)


def yes(tree: Mapping[str, object], name: str) -> bool:
    """Whether a constraint is asked for."""
    word = string(field(tree, name, "program"), f"program.{name}")
    if word not in ("yes", "no"):
        raise Rejected(f"program.{name} must be yes or no; got {word!r:.20}")
    return word == "yes"


def limit_rows(agents: Sequence[Types], weight: Sequence[int], profiles: Sequence[Profile], aim: Aim, total: int) -> list[Row]:
    """Limits in expectation: on awards, on money taken in, on the share of each agent."""
    n, size, limits, rows = len(agents), len(profiles), aim.limits, list[Row]()
    if "award_at_least" in limits:
        rows.append(([(j, w) for i in range(n) for j, w in enumerate(weight, i * size)], limits["award_at_least"] * total, None))
    if "money_at_least" in limits:
        taken = [
            (i * size + j, weight[j] * agents[i].values[profile[i]]) for i in range(n) for j, profile in enumerate(profiles)
        ] + [((n + i) * size + j, -w) for i in range(n) for j, w in enumerate(weight)]
        rows.append((taken, limits["money_at_least"] * total * agents[0].unit, None))
    if "share_at_most" in limits:
        rows += [(list(enumerate(weight, i * size)), None, limits["share_at_most"] * total) for i in range(n)]
    return rows


def neighbour_rows(agents: Sequence[Types], profiles: Sequence[Profile]) -> list[Row]:
    """No agent gains by reporting the type next to its own, whatever the others report: first downwards, then upwards."""
    n, size = len(agents), len(profiles)

    def truthful(i: int, truth: int, report: int) -> Row:
        x, u, value = i * size, (n + i) * size, agents[i].values
        step = value[profiles[truth][i]] - value[profiles[report][i]]
        return ([(u + truth, 1), (u + report, -1), (x + report, -step)], 0, None)

    pairs = []
    for i in range(n):
        stride = math.prod(len(agent.values) for agent in agents[i + 1 :])
        pairs += [(i, j, j + stride) for j, profile in enumerate(profiles) if profile[i] + 1 < len(agents[i].values)]
    return [truthful(i, high, low) for i, low, high in pairs] + [truthful(i, low, high) for i, low, high in pairs]


def dominant_auction(tree: Mapping[str, object]) -> Program:
    """Columns: the allocation, then the utility times `unit`; agent by agent, and profile by profile in each."""
    asked = ("deficit_free", "balanced", "participation", "capacities")
    only(tree, ("kind", "agents", "units", "goal", "limits", *asked), "program")
    agents, units, aim = agents_of(tree), positive(tree, "units"), read_aim(tree)
    balanced, interim = "balanced" in tree and yes(tree, "balanced"), "participation" in tree
    if interim and tree["participation"] != "interim":
        raise Rejected("program.participation must be interim where it is given")
    capacity = [1] * len(agents)
    if "capacities" in tree:
        capacity = [whole(word, "capacities") for word in string(tree["capacities"], "capacities").split()]
    if len(capacity) != len(agents) or min(capacity) < 1:
        raise Rejected("program.capacities must be one positive integer an agent")
    n, profiles = len(agents), profiles_of(agents)
    size, total = len(profiles), math.prod(agent.total for agent in agents)
    weight = [math.prod(agent.weights[k] for agent, k in zip(agents, profile, strict=True)) for profile in profiles]
    objective = [w * aim.gain(agents[i], p[i]) for i in range(n) for w, p in zip(weight, profiles, strict=True)]
    objective += [-aim.money * w for _ in agents for w in weight]
    bounded = not interim and not balanced and aim.money >= 0
    rents: list[Bound] = [
        (a.values[-1] - a.values[0]) * q if bounded else None for a, q in zip(agents, capacity, strict=True) for _ in profiles
    ]

    rows = neighbour_rows(agents, profiles)
    rows += [([(i * size + j, 1) for i in range(n)], None, units) for j in range(size)]
    if interim:
        for i, agent in enumerate(agents):
            for k in range(len(agent.values)):
                own = [((n + i) * size + j, weight[j] // agent.weights[k]) for j, p in enumerate(profiles) if p[i] == k]
                rows.append((own, 0, None))
    if yes(tree, "deficit_free") or balanced:
        for j, profile in enumerate(profiles):
            paid = [(i * size + j, agents[i].values[profile[i]]) for i in range(n)]
            rows.append((paid + [((n + i) * size + j, -1) for i in range(n)], 0, 0 if balanced else None))
    rows += limit_rows(agents, weight, profiles, aim, total)
    upper: list[Bound] = [q for q in capacity for _ in profiles]
    lower: list[Bound] = [*([0] * (n * size)), *([None if interim else 0] * (n * size))]
    return Program(agents[0].unit * total * aim.scale, objective, lower, upper + rents, rows)
