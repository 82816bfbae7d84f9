r"""Checks that the decision tree in a file has a property, by Farkas multipliers alone.

What is confirmed is about the tree. That the tree is the rule which the file names is another question: `check` says so, and
compares them where it is given the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from equilibria.checking.document import Rejected, field, integer, mapping, only, string
from equilibria.checking.incentive_agents import Agents
from equilibria.checking.incentive_meanings import meaning, who
from equilibria.checking.incentive_properties import DEFINITIONS
from equilibria.checking.incentive_reductions import rivals_in_order
from equilibria.checking.incentive_trees import Node, Rat, rational, read_tree
from equilibria.checking.incentive_walks import Walk

KEYS = ("format", "version", "subject", "rule", "agents", "property", "trees", "reduction", "proofs", "states", "sha256")


def check_incentives(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """The sentence that says what holds.

    Raises:
        Rejected: the file is malformed, or an entry of its proof is wrong.
    """
    only(tree, KEYS, "certificate")
    agents = read_agents(mapping(field(tree, "agents", "certificate"), "agents"))
    wanted = mapping(field(tree, "property", "certificate"), "property")
    name = string(field(wanted, "name", "property"), "property.name")
    if name not in DEFINITIONS:
        raise Rejected(f"property.name {name!r} is nothing that the checker knows")
    epsilon = stated_epsilon(mapping(field(tree, "states", "certificate"), "states"), name)
    definition = DEFINITIONS[name]
    obligations = definition(agents, wanted)  # one by one: a short file may name a property with very many
    exact = 0  # how many must be shown without the epsilon of the file
    if "reduction" in tree:
        if string(tree["reduction"], "reduction") != "rivals in order":
            raise Rejected("reduction must be 'rivals in order'")
        swaps, falling = rivals_in_order(agents, obligations)
        obligations, exact = chain(swaps, falling), len(swaps)
    trees = read_trees(tree, agents)
    proofs = _list(field(tree, "proofs", "certificate"), "proofs")
    cases, used = 0, set[int]()
    for number, proof in enumerate(proofs):
        obligation = next(obligations, None)
        if obligation is None:
            raise Rejected(f"proofs must have {number} entries, one for each obligation; got {len(proofs)}")
        roots = []
        for (agent, copies), reports in obligation.runs:
            root = trees.get(tree_of(trees, agents, agent, copies) or (-1, 0))
            if root is None:
                raise Rejected(f"trees has none for {copies} more agents like {agents.labels[agent]!r}")
            if len(reports) != len(agents.labels) + copies:
                raise Rejected("a run has another number of reports than its tree")
            roots.append(root)
            used.add(id(root))
        where = f"proofs[{number}] ({obligation.subject})"
        cases += Walk(obligation, roots, string(proof, f"proofs[{number}]"), 0 if number < exact else epsilon, where).confirm()
        if progress is not None:
            progress((number + 1) / len(proofs))
    if next(obligations, None) is not None:
        raise Rejected(f"proofs must have an entry for each obligation; got {len(proofs)}, which are too few")
    if len(used) != len(trees):
        raise Rejected("trees has one that the property does not ask for")
    within = f" up to {epsilon}" if epsilon else ""
    named = named_rule(mapping(field(tree, "rule", "certificate"), "rule"))
    return f"{meaning(agents, wanted)}{within} {who(agents)} under the decision tree of this file, in all {cases} cases; {named}"


def named_rule(rule: Mapping[str, object]) -> str:
    """What is said about the rule that the file names."""
    if "function" in rule:
        only(rule, ("function", "source_sha256"), "rule")
        name = string(rule["function"], "rule.function")
        if "source_sha256" in rule:
            string(rule["source_sha256"], "rule.source_sha256")
        return f"the tree is not compared with the function {name!r} that it names (pass --rule FILE:FUNCTION)"
    only(rule, ("mechanism", "market"), "rule")
    kind = string(field(mapping(field(rule, "mechanism", "rule"), "rule.mechanism"), "kind", "rule.mechanism"), "kind")
    mapping(field(rule, "market", "rule"), "rule.market")
    return f"the tree is not compared with the rule {kind!r} that it names"


def stated_epsilon(states: Mapping[str, object], name: str) -> Rat:
    """The gain that a certificate of a property allows.

    Raises:
        Rejected: it is of another property, or the gain is negative.
    """
    only(states, ("property", "epsilon"), "states")
    if string(field(states, "property", "states"), "states.property") != name:
        raise Rejected("states.property must be the property of the file")
    epsilon = rational(string(field(states, "epsilon", "states"), "states.epsilon"), "states.epsilon")
    if epsilon < 0:
        raise Rejected("states.epsilon must be at least 0")
    return epsilon


def read_agents(given: Mapping[str, object]) -> Agents:
    """Who reports."""
    only(given, ("kind", "labels", "signs", "bounds", "units", "value", "sizes"), "agents")
    labels = tuple(string(label, "agents.labels") for label in _list(field(given, "labels", "agents"), "agents.labels"))
    signs = tuple(integer(sign, "agents.signs") for sign in _list(field(given, "signs", "agents"), "agents.signs"))
    bounds = tuple(_bounds(pair) for pair in _list(field(given, "bounds", "agents"), "agents.bounds"))
    if not labels or len(set(labels)) != len(labels) or not len(labels) == len(signs) == len(bounds):
        raise Rejected("agents must have distinct labels, and one sign and one pair of bounds for each")
    if any(sign not in (1, -1) for sign in signs):
        raise Rejected("agents.signs must be 1 or -1")
    kind = string(field(given, "kind", "agents"), "agents.kind")
    if kind not in ("sale", "procurement", "exchange", "block_space"):
        raise Rejected("agents.kind must be sale, procurement, exchange or block_space")
    if kind != "exchange" and set(signs) != {-1 if kind == "procurement" else 1}:
        raise Rejected("agents.signs must be those of the kind")
    units = integer(field(given, "units", "agents"), "agents.units")
    if units < 1:
        raise Rejected("agents.units must be at least 1")
    sizes = tuple(integer(size, "agents.sizes") for size in _list(given["sizes"], "agents.sizes")) if "sizes" in given else ()
    if sizes and (kind != "exchange" or len(sizes) != len(labels) or min(sizes) < 1):
        raise Rejected("agents.sizes must be positive, one for each agent of an exchange")
    value = _bound(field(given, "value", "agents"))
    return Agents(kind=kind, labels=labels, signs=signs, bounds=bounds, units=units, value=value, sizes=sizes)


def _bounds(pair: object) -> tuple[Rat | None, Rat | None]:
    ends = _list(pair, "agents.bounds")
    if len(ends) != 2:
        raise Rejected("agents.bounds must be pairs")
    low, high = _bound(ends[0]), _bound(ends[1])
    if low is not None and high is not None and low > high:
        raise Rejected("agents.bounds must be ordered")
    return low, high


def _bound(given: object) -> Rat | None:
    return None if given is None else rational(string(given, "agents"), "agents")


def read_trees(tree: Mapping[str, object], agents: Agents) -> dict[tuple[int, int], Node]:
    """The trees by the agents that are added."""
    found: dict[tuple[int, int], Node] = {}
    for number, given in enumerate(_list(field(tree, "trees", "certificate"), "trees")):
        where = f"trees[{number}]"
        entry = mapping(given, where)
        only(entry, ("agent", "copies", "nodes"), where)
        key = integer(field(entry, "agent", where), where), integer(field(entry, "copies", where), where)
        if not 0 <= key[0] < len(agents.labels) or not 0 <= key[1] <= 20 or key in found:
            raise Rejected(f"{where} must be for an agent of the file and a small number of copies, once")
        nodes = _list(field(entry, "nodes", where), f"{where}.nodes")
        found[key] = read_tree(nodes, len(agents.labels) + key[1], f"{where}.nodes")
    return found


def tree_of(
    trees: Mapping[tuple[int, int], Node], agents: Agents, agent: int, copies: int
) -> tuple[int, int] | None:
    """The key of the tree of a run with some more agents like one: its own, or that of the first who is alike."""
    if not copies:
        return next((key for key in trees if not key[1]), None)
    alike = (key for key in trees if key[1] == copies and agents.alike(key[0], agent))
    return (agent, copies) if (agent, copies) in trees else next(alike, None)


def _list(node: object, where: str) -> Sequence[object]:
    if not isinstance(node, list):
        raise Rejected(f"{where} must be a list; got {type(node).__name__}")
    return node
