r"""Compares the decision tree of a certificate with the rule that it is said to be.

The rule, with Python's own `max`, `min` and `sorted`, is traced again within every cell of the tree, comparison by comparison:
every way that it takes there must end in the forms of the cell's outcome, or in forms that do not differ from them at any point
of the cell. That is exact. Where time runs out, what is left is compared at a point of each cell, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Any

from equilibria.checking.capacities import capacity_reported, split_reports
from equilibria.checking.document import Rejected, mapping, parse
from equilibria.checking.fee_markets import fee_reports
from equilibria.checking.incentive_agents import Agents
from equilibria.checking.incentive_trees import Node
from equilibria.checking.incentive_variants import read_variants
from equilibria.checking.incentives import read_agents, read_trees, tree_of
from equilibria.proofs.affine import Form, combined, key_of, scaled, value_at, variable
from equilibria.proofs.linear_solver import LinearSolver
from equilibria.proofs.obligations import Property
from equilibria.proofs.properties.registry import PROPERTIES
from equilibria.proofs.replaying import Raised, exactly
from equilibria.proofs.rules import Rule, function_rule
from equilibria.proofs.settings import Setting
from equilibria.proofs.subjects import read_subject
from equilibria.proofs.symbols import Untraceable
from equilibria.proofs.traced_rule import running
from equilibria.proofs.tracing import OutOfTime, Tracer
from equilibria.proofs.trees import Branch, Condition, Crash, Dead, Leaf, Tree
from mechanisms.errors import InvalidInput

__all__ = ["compare_with_rule"]


def compare_with_rule(text: str, rule: Callable[..., object] | None, timeout: float = 60.0) -> tuple[bool, str]:
    """Whether the tree of a certificate is the rule's, and a sentence about it.

    Arguments:
        text: a certificate of an incentive proof that was found valid.
        rule: the function; None for the rule of the catalogue that the file names.
        timeout: seconds for the exact comparison.

    Raises:
        InvalidInput: the file is about something else, or names no rule of the catalogue.
    """
    try:
        tree = parse(text)
        if tree.get("subject") not in ("incentives", "interim_incentives", "fee_market", "capacities"):
            raise InvalidInput("--rule must be left out: the certificate is about no decision tree.")
        agents = read_agents(mapping(tree["agents"], "agents"))
        property_, trees = _trees(tree, agents)
    except Rejected as reason:
        raise InvalidInput(f"the certificate is not valid: {reason}.") from None
    setting = Setting(
        labels=agents.labels,
        signs=agents.signs,
        bounds=agents.bounds,
        kind=agents.kind,
        units=agents.units,
        value=agents.value,
        sizes=agents.sizes,
    )
    if rule is not None and property_.subject != "incentives":
        raise InvalidInput("--rule must be 'catalogue': the certificate is about a rule of the catalogue.")
    named = _catalogue(mapping(tree["rule"], "rule")) if rule is None else (function_rule(rule), setting)
    for what in ("kind", "labels", "signs", "bounds", "units", "value", "sizes"):
        if getattr(named[1], what) != getattr(setting, what):
            return False, f"the agents of the file are not those of the market that it names: they differ in {what}"
    if property_.subject == "incentives":
        if not named[1].unit and _name(tree) in ("efficiency", "false_names"):
            return False, f"{_name(tree)} is not decided in a market with capacities or demands"
        for copies in {key[1] for key in trees} - {0}:
            for agent, label in enumerate(setting.labels):
                key = tree_of(trees, agents, agent, copies)
                if key is not None and key[0] != named[1].like(agent):
                    return False, f"the tree with more agents is not that of agents with the prior of {label!r}"
    deadline, exactly_compared, cells = monotonic() + timeout, 0, 0
    for run, root in trees.items():
        there = property_.setting_of_run(named[1], run)
        solver = LinearSolver(there.agents)
        for conditions, leaf in _cells(root, there):
            outcome = _compared(named[0], there, conditions, leaf, solver, deadline)
            if isinstance(outcome, str):
                return False, f"the tree is not the rule {named[0].name!r}: {outcome}"
            cells += 1
            exactly_compared += outcome
    if exactly_compared == cells:
        return True, f"the tree is the rule {named[0].name!r}: all {cells} cells were compared exactly"
    parts = f"{exactly_compared} of {cells} cells exactly, the others at a point"
    return True, f"the tree agrees with the rule {named[0].name!r}: {parts}"


def _trees(tree: Mapping[str, object], agents: Agents) -> tuple[Property, Mapping[tuple[int, int], Node]]:
    """The property of a certificate, and its trees by run."""
    if tree["subject"] in ("incentives", "interim_incentives"):
        return PROPERTIES["dsic"], read_trees(tree, agents)  # runs of all of these are of the rule with more agents
    property_ = PROPERTIES[str(mapping(tree["property"], "property")["name"])]
    if property_.subject == "fee_market":
        return property_, read_variants(tree, agents, fee_reports)
    return property_, read_variants(tree, agents, split_reports if property_.name == "capacity_splits" else capacity_reported)


def _name(tree: Mapping[str, object]) -> object:
    return mapping(tree["property"], "property")["name"]


def _catalogue(origin: Mapping[str, object]) -> tuple[Rule, Setting]:
    from mechanisms.market_specs import market_from_spec
    from mechanisms.mechanism import mechanism_from_spec

    if "mechanism" not in origin:
        raise InvalidInput("--rule must be FILE:FUNCTION: the certificate names no rule of the catalogue.")
    market = market_from_spec(_plain(origin["market"]), "rule.market")
    return read_subject(mechanism_from_spec(_plain(origin["mechanism"]), "rule.mechanism"), market, None)


def _plain(node: object) -> Any:
    """Numbers of a parsed certificate, which are kept as they were written, as numbers."""
    if isinstance(node, Mapping):
        return {key: _plain(entry) for key, entry in node.items()}
    if isinstance(node, list):
        return [_plain(entry) for entry in node]
    if isinstance(node, str) and type(node) is not str:
        return int(node) if node.lstrip("-").isdigit() else float(node)
    return node


def _cells(root: Node, setting: Setting) -> Iterator[tuple[list[Condition], Leaf]]:
    """The conditions of every outcome of a tree, and the outcome."""
    domain = [condition for place in range(setting.agents) for condition in setting.within(place, variable(place))]
    stack: list[tuple[Node, list[Condition]]] = [(root, domain)]
    while stack:
        node, path = stack.pop()
        if node.kind == "=":
            half = len(node.forms) // 2
            yield path, Leaf(tuple(map(_form, node.forms[:half])), tuple(map(_form, node.forms[half:])))
        elif node.kind != "dead":
            for case, child in zip(node.cases(), node.children, strict=True):
                stack.append((child, [*path, *((_form(form), strict) for form, strict in case)]))


def _form(form: Form) -> Form:
    return scaled(form, 1) if all(form.values()) else {place: value for place, value in form.items() if value}


def _compared(
    rule: Rule, setting: Setting, cell: list[Condition], leaf: Leaf, solver: LinearSolver, deadline: float
) -> bool | str:
    """True if the rule was compared in the whole cell, False if at a point; else where it differs."""
    try:
        with rule.watched(symbolic=False):
            tree = Tracer(running(rule, setting), setting, deadline, cell).tree()
        for path, found in _ends(tree, cell):
            difference = _difference(found, leaf)
            if difference and solver.point(path, deadline) is None:
                continue  # the rule's comparisons contradict each other here, which chaining did not see
            for form in difference:
                point = solver.point([*path, (form, True)] if form else path, deadline)
                if point is not None:
                    return f"at ({', '.join(map(str, point))}) it decides otherwise"
        if monotonic() < deadline:
            return True
    except OutOfTime:
        pass
    except Untraceable as reason:
        return f"it {reason}"
    point = solver.point(cell, monotonic() + 10.0)
    if point is None:
        return True
    with rule.watched(symbolic=False):
        outcome = exactly(rule, setting, point)
    forms = (*leaf.allocation, *leaf.payments)
    values = None if isinstance(outcome, Raised) else (*outcome[0], *outcome[1])
    if values is None or any(value_at(form, point) != value for form, value in zip(forms, values, strict=True)):
        return f"at ({', '.join(map(str, point))}) it decides otherwise"
    return False


def _ends(tree: Tree, cell: list[Condition]) -> Iterator[tuple[list[Condition], Leaf | Crash]]:
    stack: list[tuple[Tree | None, list[Condition]]] = [(tree, cell)]
    while stack:
        node, path = stack.pop()
        if isinstance(node, Branch):
            stack += [(child, [*path, *case]) for case, child in zip(node.cases(), node.children, strict=True)]
        elif node is not None and not isinstance(node, Dead):
            yield path, node


def _difference(found: Leaf | Crash, leaf: Leaf) -> list[Form]:
    """Forms of which one is positive wherever the outcomes differ; an empty form stands for everywhere."""
    if isinstance(found, Crash):
        return [{}]
    differing: list[Form] = []
    for ours, theirs in zip((*found.allocation, *found.payments), (*leaf.allocation, *leaf.payments), strict=True):
        if key_of(ours) != key_of(theirs):
            form = combined(ours, -1, theirs)
            differing += [form, scaled(form, -1)]
    return differing
