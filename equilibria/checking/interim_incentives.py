r"""Bayesian incentive compatibility and interim participation of a decision tree, for given priors, confirmed from a file.

Priors are independent; each agent's types, and its possible reports, are the support of its prior. What is confirmed is about
the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from flint import arb

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.incentive_agents import Agents
from equilibria.checking.incentive_trees import Node, rational
from equilibria.checking.incentives import named_rule, read_agents, read_trees
from equilibria.checking.interim_bounds import Interim
from equilibria.checking.interim_cells import Plane
from equilibria.checking.reading import read_prior
from equilibria.checking.rival_laws import RivalLaw, long_balls

KEYS = ("format", "version", "subject", "rule", "agents", "priors", "property", "trees", "states", "sha256")
MEANINGS = {"bic": "truth is a Bayes-Nash equilibrium", "interim_ir": "nobody expects to lose by telling the truth"}


def interim_incentives(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """The sentence that says what holds.

    Raises:
        Rejected: malformed, outside the scope, or the stated epsilon cannot be confirmed.
    """
    only(tree, KEYS, "certificate")
    wanted = mapping(field(tree, "property", "certificate"), "property")
    only(wanted, ("name",), "property")
    name = string(field(wanted, "name", "property"), "property.name")
    states = mapping(field(tree, "states", "certificate"), "states")
    only(states, ("property", "epsilon"), "states")
    if string(field(states, "property", "states"), "states.property") != name:
        raise Rejected("states.property is not the property of the file")
    epsilon = Fraction(rational(string(field(states, "epsilon", "states"), "states.epsilon"), "states.epsilon"))
    with long_balls():
        bound = interim_bound(tree, name, progress)
        if not bound <= arb(epsilon.numerator) / epsilon.denominator:
            raise Rejected(f"states.epsilon is {epsilon}, but only {float(bound.upper())!r} can be confirmed")
    within = f" up to {epsilon}" if epsilon else ""
    named = named_rule(mapping(field(tree, "rule", "certificate"), "rule"))
    return f"{MEANINGS[name]}{within}, given the priors, under the decision tree of this file; {named}"


def interim_bound(tree: Mapping[str, object], name: str, progress: Callable[[float], None] | None = None) -> arb:
    """By how much a property may fail: zero exactly, or an upper bound. Call it within `long_balls`."""
    if name not in MEANINGS:
        raise Rejected(f"property.name {name!r} is nothing that the checker knows")
    agents = read_agents(mapping(field(tree, "agents", "certificate"), "agents"))
    bound = arb(0)
    for agent in range(len(agents.labels)):
        problem = interim_problem(tree, agents, agent)
        found = problem.gain() if name == "bic" else problem.shortfall()
        if found is None:
            raise Rejected(f"what agent {agent} gets has no constant sign, so its worst type is not known")
        if not found.is_finite():
            raise Rejected("a bound is not finite")
        bound = bound if found <= 0 else bound.max(arb(found.upper()))
        if progress is not None:
            progress((agent + 1) / len(agents.labels))
    return bound


def interim_problem(tree: Mapping[str, object], agents: Agents, agent: int) -> Interim:
    """One agent's problem, against the rival of the first rank on which alone its outcome depends, besides its report.

    Raises:
        Rejected: it depends on more.
    """
    root, laws = _root(tree, agents), mapping(field(tree, "priors", "certificate"), "priors")
    if list(laws) != list(agents.labels):
        raise Rejected("priors must give each agent a law, in the order of agents.labels")
    if len(agents.labels) < 2:
        raise Rejected("agents must be two or more")
    bounds = []
    for label, stated in zip(agents.labels, agents.bounds, strict=True):
        prior = read_prior(laws[label], f"priors.{label}")
        support = (Fraction(prior.low), Fraction(prior.high))
        if stated != support:
            raise Rejected(f"agents.bounds of {label!r} are not the support of its prior")
        bounds.append(support)
    rivals = {label: laws[label] for k, label in enumerate(agents.labels) if k != agent}
    ranks = [1, *range(len(rivals), 1, -1)]
    for rank in ranks:
        law = RivalLaw(rivals, rank)
        try:
            return Interim(Plane(root, agent, agents.signs[agent], bounds, rank, law.knots), law)
        except Rejected as reason:
            if rank == ranks[-1] and len(ranks) == 1:
                raise
            refused = reason
    raise Rejected(f"what agent {agent} gets is no function of its report and of one rival ({refused})")


def _root(tree: Mapping[str, object], agents: Agents) -> Node:
    trees = read_trees(tree, agents)
    if list(trees) != [(0, 0)]:
        raise Rejected("trees must hold one tree, that of the agents of the file")
    return trees[0, 0]
