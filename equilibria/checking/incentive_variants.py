"""Checks proofs in which a rule is run on other things than its agents' reports: blocks of bids, other capacities.

Such a file has one tree for every variant of the rule that its property speaks of, named by two whole numbers. What a variant
is, and how many reports it takes, the subject of the file says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from equilibria.checking.document import Rejected, field, integer, mapping, only, string
from equilibria.checking.incentive_agents import Agents
from equilibria.checking.incentive_trees import Node, Rat, rational, read_tree
from equilibria.checking.incentive_walks import Obligation, Walk
from equilibria.checking.incentives import named_rule, read_agents, stated_epsilon

KEYS = ("format", "version", "subject", "rule", "agents", "property", "trees", "proofs", "states", "sha256")
MOST_REPORTS = 100
MOST_OBLIGATIONS = 100_000

Variant: TypeAlias = tuple[int, int]
Definition: TypeAlias = Callable[[Agents, Mapping[str, object]], Iterator[Obligation]]


def check_variants(
    tree: Mapping[str, object],
    definitions: Mapping[str, tuple[Definition, str]],
    reports: Callable[[Agents, Variant], int],
    progress: Callable[[float], None] | None,
) -> str:
    """The sentence that says what holds.

    Args:
        tree: the parsed certificate.
        definitions: by the name of a property, its obligations and what it says.
        reports: how many reports a variant takes.
        progress: called with the share that is done.

    Raises:
        Rejected: the file is malformed, or an entry of its proof is wrong.
    """
    only(tree, KEYS, "certificate")
    agents = read_agents(mapping(field(tree, "agents", "certificate"), "agents"))
    wanted = mapping(field(tree, "property", "certificate"), "property")
    name = string(field(wanted, "name", "property"), "property.name")
    if name not in definitions:
        raise Rejected(f"property.name {name!r} is nothing that this subject knows")
    definition, meaning = definitions[name]
    epsilon = stated_epsilon(mapping(field(tree, "states", "certificate"), "states"), name)
    obligations = list(islice(definition(agents, wanted), MOST_OBLIGATIONS + 1))
    if len(obligations) > MOST_OBLIGATIONS:
        raise Rejected(f"the property asks for more than {MOST_OBLIGATIONS} proofs")
    trees = read_variants(tree, agents, reports)
    asked = {variant for obligation in obligations for variant, _ in obligation.runs}
    if trees.keys() != asked:
        raise Rejected(f"trees must be those of the variants {sorted(asked)}, which the property asks for")
    proofs = listed(field(tree, "proofs", "certificate"), "proofs")
    if not obligations or len(proofs) != len(obligations):
        raise Rejected(f"proofs must have {len(obligations)} entries, one for each obligation; got {len(proofs)}")
    cases = 0
    for number, (obligation, proof) in enumerate(zip(obligations, proofs, strict=True)):
        roots = []
        for variant, forms in obligation.runs:
            if len(forms) != reports(agents, variant):
                raise Rejected("a run has another number of reports than its tree")
            roots.append(trees[variant])
        where = f"proofs[{number}] ({obligation.subject})"
        cases += Walk(obligation, roots, string(proof, f"proofs[{number}]"), epsilon, where).confirm()
        if progress is not None:
            progress((number + 1) / len(proofs))
    within = f" up to {epsilon}" if epsilon else ""
    named = named_rule(mapping(field(tree, "rule", "certificate"), "rule"))
    terms = ", ".join(f"{key} {str(value).lower()}" for key, value in wanted.items() if key != "name")
    given = f" ({terms})" if terms else ""
    return f"{meaning}{given}{within} under the decision trees of this file, in all {cases} cases; {named}"


def read_variants(
    tree: Mapping[str, object], agents: Agents, reports: Callable[[Agents, Variant], int]
) -> dict[Variant, Node]:
    """The trees by variant.

    Raises:
        Rejected: a variant is none, or a tree is malformed.
    """
    found: dict[Variant, Node] = {}
    for number, given in enumerate(listed(field(tree, "trees", "certificate"), "trees")):
        where = f"trees[{number}]"
        entry = mapping(given, where)
        only(entry, ("variant", "nodes"), where)
        key = listed(field(entry, "variant", where), f"{where}.variant")
        if len(key) != 2:
            raise Rejected(f"{where}.variant must be two whole numbers")
        variant = integer(key[0], f"{where}.variant"), integer(key[1], f"{where}.variant")
        count = reports(agents, variant)
        if variant in found or not 1 <= count <= MOST_REPORTS:
            raise Rejected(f"{where}.variant must be one of this subject, once")
        found[variant] = read_tree(listed(field(entry, "nodes", where), f"{where}.nodes"), count, f"{where}.nodes")
    return found


def rational_field(parameters: Mapping[str, object], name: str) -> Rat:
    """A parameter that is a fraction."""
    return rational(string(field(parameters, name, "property"), f"property.{name}"), f"property.{name}")


def count_field(parameters: Mapping[str, object], name: str, least: int) -> int:
    """A parameter that is a small whole number."""
    value = integer(field(parameters, name, "property"), f"property.{name}")
    if not least <= value <= MOST_REPORTS:
        raise Rejected(f"property.{name} must be a whole number from {least} to {MOST_REPORTS}")
    return value


def flag_field(parameters: Mapping[str, object], name: str) -> bool:
    """A parameter that is true or false."""
    value = field(parameters, name, "property")
    if not isinstance(value, bool):
        raise Rejected(f"property.{name} must be true or false")
    return value


def choice_field(parameters: Mapping[str, object], name: str, choices: Sequence[str]) -> str:
    """A parameter that is one of some words."""
    value = string(field(parameters, name, "property"), f"property.{name}")
    if value not in choices:
        raise Rejected(f"property.{name} must be one of {', '.join(choices)}")
    return value


def listed(node: object, where: str) -> Sequence[object]:
    """`node` as a list."""
    if not isinstance(node, list):
        raise Rejected(f"{where} must be a list; got {type(node).__name__}")
    return node
