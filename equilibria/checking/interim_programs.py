"""Programs over allocations at all profiles in which agents are truthful in expectation: auctions, and trade of two."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from equilibria.checking.auction_programs import affordable, positive, profiles_of, read_aim, read_types
from equilibria.checking.document import Rejected, field, mapping, only
from equilibria.checking.linear_programs import Bound, Program, Row, rational
from equilibria.checking.profile_programs import agents_of, yes


def bayesian_auction(tree: Mapping[str, object]) -> Program:
    """Columns: the allocation by agent and profile, interim chances times the totals of the others, utilities times `unit`."""
    only(tree, ("kind", "agents", "units", "goal", "limits", "epsilon"), "program")
    agents, units, aim = agents_of(tree), positive(tree, "units"), read_aim(tree)
    epsilon = rational(field(tree, "epsilon", "program"), "program.epsilon")
    if epsilon < 0:
        raise Rejected("program.epsilon must not be negative")
    kinds, total, unit = [len(agent.values) for agent in agents], math.prod(agent.total for agent in agents), agents[0].unit
    profiles = profiles_of(agents)
    affordable(sum(kind * kind for kind in kinds) if epsilon > 0 else 0)
    weight = [math.prod(agent.weights[k] for agent, k in zip(agents, profile, strict=True)) for profile in profiles]
    size, slack = len(profiles), epsilon * unit
    starts = [len(agents) * size + before for before in itertools.accumulate(kinds, initial=0)]
    interim, shift = starts[:-1], sum(kinds)
    define, truthful, objective, rents, taken, lost = (
        list[Row](),
        list[Row](),
        [0] * starts[0],
        list[int](),
        list[int](),
        list[int](),
    )
    upper, tops = list[Bound]([1] * starts[0]), list[Bound]()
    for i, agent in enumerate(agents):
        others, held = total // agent.total, [list[tuple[int, int]]() for _ in agent.values]
        for j, profile in enumerate(profiles):
            held[profile[i]].append((i * size + j, weight[j] // agent.weights[profile[i]]))
        define += [([*terms, (interim[i] + k, -1)], 0, 0) for k, terms in enumerate(held)]
        for t, r in itertools.product(range(kinds[i]), repeat=2):
            if t != r and (epsilon > 0 or abs(t - r) == 1):
                u, x = interim[i] + shift, interim[i]
                gap = agent.values[t] - agent.values[r]
                truthful.append(([(u + t, others), (u + r, -others), (x + r, -gap)], -slack * others, None))
        objective += [weight * aim.gain(agent, k) for k, weight in enumerate(agent.weights)]
        taken += [weight * value for weight, value in zip(agent.weights, agent.values, strict=True)]
        rents += [-aim.money * weight * others for weight in agent.weights]
        lost += [-weight * others for weight in agent.weights]
        upper += [others] * kinds[i]
        tops += [agent.values[-1] - agent.values[0] + slack if aim.money >= 0 else None] * kinds[i]
    rows = define + truthful + [([(i * size + j, 1) for i in range(len(agents))], None, units) for j in range(size)]
    odds_of_all = [weight for agent in agents for weight in agent.weights]
    if "award_at_least" in aim.limits:
        rows.append((list(enumerate(odds_of_all, starts[0])), aim.limits["award_at_least"] * total, None))
    if "money_at_least" in aim.limits:
        rows.append((list(enumerate(taken + lost, starts[0])), aim.limits["money_at_least"] * total * unit, None))
    if "share_at_most" in aim.limits:
        rows += [
            (list(enumerate(a.weights, x)), None, aim.limits["share_at_most"] * total)
            for a, x in zip(agents, interim, strict=True)
        ]
    return Program(unit * total * aim.scale, objective + rents, [0] * (starts[0] + 2 * shift), upper + tops, rows)


def two_sided_trade(tree: Mapping[str, object]) -> Program:
    """Columns: the chance of trade by value and cost, then the utilities of both sides times `unit`."""
    only(tree, ("kind", "user", "prover", "efficient"), "program")
    sides = [mapping(field(tree, name, "program"), name) for name in ("user", "prover")]
    for side in sides:
        only(side, ("values", "probabilities"), "program")
    user, prover = read_types(sides)
    many, few = len(user.values), len(prover.values)
    size, rows = many * few, list[Row]()
    profiles_of([user, prover])

    def truthful(t: int, r: int, *, of_user: bool) -> Row:
        if of_user:
            start, gap, total = size, user.values[t] - user.values[r], prover.total
            won = [(r * few + c, -gap * odds) for c, odds in enumerate(prover.weights)]
        else:
            start, gap, total = size + many, prover.values[r] - prover.values[t], user.total
            won = [(v * few + r, -gap * odds) for v, odds in enumerate(user.weights)]
        return ([(start + t, total), (start + r, -total), *won], 0, None)

    for count, of_user in ((many, True), (few, False)):
        rows += [truthful(k + 1, k, of_user=of_user) for k in range(count - 1)]
        rows += [truthful(k, k + 1, of_user=of_user) for k in range(count - 1)]
    gains = [
        g * h * (v - c)
        for v, g in zip(user.values, user.weights, strict=True)
        for c, h in zip(prover.values, prover.weights, strict=True)
    ]
    rents = [-weight * prover.total for weight in user.weights] + [-weight * user.total for weight in prover.weights]
    rows.append((list(enumerate(gains + rents)), 0, None))
    if yes(tree, "efficient"):
        rows.append((list(enumerate(gains)), sum(gain for gain in gains if gain > 0), None))
    rents_at_most = [user.values[-1] - user.values[0]] * many + [prover.values[-1] - prover.values[0]] * few
    upper: list[Bound] = [*([1] * size), *rents_at_most]
    return Program(user.unit * user.total * prover.total, gains + [0] * (many + few), [0] * (size + many + few), upper, rows)
