"""Certificates of incentive proofs: altered ones are rejected, or what they then state is still true."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from equilibria import FalseNames, check, verify
from equilibria.checking import sealed
from equilibria.checking.incentive_agents import Agents
from equilibria.checking.incentive_properties import DEFINITIONS
from equilibria.checking.incentive_reductions import rivals_in_order
from equilibria.checking.incentive_trees import ONE, Node
from equilibria.checking.incentives import read_agents, read_trees
from equilibria.proofs.tree_comparison import compare_with_rule
from mechanisms import Exchange, InvalidInput, Procurement, Uniform, Vickrey
from tests import incentive_rules as rules

EXCHANGE = Exchange({name: Uniform(0, 1) for name in ("u", "v")}, {name: Uniform(0, 1) for name in ("p", "q")})
GRID = [Fraction(k, 4) for k in (0, 1, 2, 3, 4, 6)]


@functools.cache
def text(name: str) -> str:
    if name == "second price":
        found = verify(rules.second_price, 3)
    elif name == "in order":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("equilibria.proofs.verifying.MANY_REGIONS", 0)
            found = verify(rules.scanned_second_price, 4)
    elif name == "rational":
        found = verify(rules.positions, 3, "individual_rationality")
    elif name == "false names":
        found = verify(rules.scanned_second_price, 2, FalseNames())
    elif name == "catalogue":
        found = verify(Vickrey(0.5), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)}))
    else:
        found = verify(functools.partial(rules.exchange, users=2, price="mcafee"), EXCHANGE, "no_deficit")
    assert found.certificate is not None
    return found.certificate.to_json()


NAMES = ("second price", "in order", "rational", "false names", "catalogue", "no deficit")


@pytest.mark.parametrize("name", NAMES)
def test_every_certificate_is_confirmed(name: str) -> None:
    assert check(text(name)).valid, check(text(name)).message


def form_at(form: dict[int, Any], point: Sequence[Any]) -> Any:
    return sum(c * (1 if place == ONE else point[place]) for place, c in form.items())


def decided(node: Node, point: Sequence[Any]) -> tuple[list[Any], list[Any]] | None:
    """What a tree decides at a point, by evaluation; None at a dead end."""
    while node.kind != "=":
        if node.kind == "dead":
            return None
        for case, child in zip(node.cases(), node.children, strict=True):
            if all((v > 0) if strict else (v >= 0) for form, strict in case for v in (form_at(dict(form), point),)):
                node = child
                break
    values = [form_at(form, point) for form in node.forms]
    return values[: len(values) // 2], values[len(values) // 2 :]


def is_true(tree: dict[str, Any], rng: random.Random, samples: int = 40) -> bool:
    """Whether what a file states holds at many points, by evaluation of its tree and the definition of its property."""
    from equilibria.checking.document import parse

    parsed = parse(json.dumps(tree))
    agents = read_agents(parsed["agents"])  # type: ignore[arg-type]
    trees = read_trees(parsed, agents)
    epsilon = Fraction(str(parsed["states"]["epsilon"]))  # type: ignore[index, call-overload]
    obligations = list(DEFINITIONS[tree["property"]["name"]](agents, parsed["property"]))  # type: ignore[arg-type]
    for obligation in obligations:
        variables = 1 + max(place for _, reports in obligation.runs for form in reports for place in form)
        for _ in range(samples):
            point = [rng.choice(GRID) for _ in range(variables)]
            if not all(form_at(dict(form), point) >= 0 for form, _ in obligation.conditions):
                continue
            outcomes = []
            for (_, copies), reports in obligation.runs:
                root = next(node for key, node in trees.items() if key[1] == copies)
                outcome = decided(root, [form_at(dict(form), point) for form in reports])
                if outcome is None:
                    return False
                outcomes.append(tuple(tuple({ONE: value} if value else {} for value in column) for column in outcome))
            for claim in obligation.claims(outcomes):  # type: ignore[arg-type]
                if all(form_at(dict(form), point) > 0 for form in claim.given) and form_at(dict(claim.target), point) > epsilon:
                    return False
    return True


def altered(tree: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One change somewhere that matters."""
    tree = copy.deepcopy(tree)
    kind = rng.choice(("entry", "entry", "node", "node", "node", "swap", "agents", "property", "states", "drop", "unreduced"))
    if kind == "entry":
        place = rng.randrange(len(tree["proofs"]))
        entries = tree["proofs"][place].split(";")
        at = rng.randrange(len(entries))
        entries[at] = rng.choice(("+", "", "0", "1", "2", "0 1", "3*1/2", "!0", "!", "1*-1", entries[at] + " 0", entries[at - 1]))
        if rng.random() < 0.2:
            del entries[at]
        tree["proofs"][place] = ";".join(entries)
    elif kind in ("node", "swap"):
        nodes = rng.choice(tree["trees"])["nodes"]
        at = rng.randrange(len(nodes))
        if kind == "swap":
            other = rng.randrange(len(nodes))
            nodes[at], nodes[other] = nodes[other], nodes[at]
        else:
            old, new = rng.choice(REPLACED)
            nodes[at] = nodes[at].replace(old, new, 1)
    elif kind == "agents":
        agents = tree["agents"]
        rng.choice((
            lambda: agents["bounds"].__setitem__(0, ["-1", None]),
            lambda: agents["signs"].__setitem__(0, -agents["signs"][0]),
            lambda: agents.__setitem__("units", 2),
            lambda: agents.__setitem__("value", "0"),
            lambda: agents.__setitem__("kind", "procurement"),
        ))()  # fmt: skip
    elif kind == "property":
        tree["property"] = {"name": rng.choice(sorted(DEFINITIONS))}
        tree["states"]["property"] = tree["property"]["name"]
    elif kind == "states":
        tree["states"]["epsilon"] = rng.choice(("-1", "1/1000", "x", "1/0"))
    elif kind == "drop":
        del tree[rng.choice(("agents", "trees", "proofs", "rule", "property"))]
    else:
        tree.pop("reduction", None)
        tree["unknown"] = 1 if rng.random() < 0.5 else None
    return tree


REPLACED = (
    ("r0", "r1"), ("r1", "r2"), ("r1", "r0"), ("1/4", "1/3"), ("1/4", "0"), ("= 1", "= 0"), ("0;", "1/8;"), ("first", "split"),
    ("split", "sign"), ("r0", "2*r0"), ("r1", "r1 1/9"), ("-1*", ""), ("/ 0", "/ -1"), ("; ", ";"),
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_altered_certificates_with_a_new_digest(name: str) -> None:
    rng = random.Random(name)
    original = json.loads(text(name))
    rejected = 0
    for _ in range(80):
        tree = altered(original, rng)
        if tree == original:
            continue
        found = check(sealed(tree))
        if found.valid:
            assert is_true(tree, rng), (found.message, tree)
        else:
            rejected += 1
    assert rejected >= 40


@pytest.mark.parametrize("name", NAMES)
def test_altered_certificates_with_the_old_digest(name: str) -> None:
    rng = random.Random(name)
    original = text(name)
    signs = [place for place, sign in enumerate(original) if sign.isalnum() or sign in "+;*"]
    for place in rng.sample(signs, 60):
        changed = rng.choice([sign for sign in "0123456789+;*ar" if sign != original[place]])
        assert not check(original[:place] + changed + original[place + 1 :]).valid


def test_a_tree_that_is_wrong_is_seen_by_evaluation() -> None:
    """The oracle of the mutation test is worth something."""
    tree = json.loads(text("second price"))
    tree["trees"][0]["nodes"] = [
        node.replace("/ r1", "/ 2*r1").replace("/ 1/4", "/ 1/2") for node in tree["trees"][0]["nodes"]
    ]
    assert not is_true(tree, random.Random(0))
    assert is_true(json.loads(text("second price")), random.Random(0))


def test_the_reduction_needs_exact_swaps_and_one_agent() -> None:
    tree = json.loads(text("in order"))
    assert tree["reduction"] == "rivals in order"
    for property_ in ({"name": "individual_rationality"}, {"name": "coalitions", "size": 2, "transfers": True}):
        other = {**tree, "property": property_, "states": {"property": property_["name"], "epsilon": "0"}}
        assert "more than one agent" in check(sealed(other)).message
    agents = Agents(kind="sale", labels=("a", "b"), signs=(1, 1), bounds=((0, None), (0, 1)), units=1, value=None)
    swaps, _ = rivals_in_order(agents, list(DEFINITIONS["dsic"](agents, {"name": "dsic"})))
    assert not swaps  # their types differ


def test_what_exhausts_the_checker_or_is_left_over_is_rejected() -> None:
    tree = json.loads(text("rational"))
    extra = {**tree, "trees": [*tree["trees"], {**tree["trees"][0], "agent": 1}]}
    assert "does not ask for" in check(sealed(extra)).message
    crowd = [f"a{i}" for i in range(60)]
    many = {**tree, "agents": {**tree["agents"], "labels": crowd, "signs": [1] * 60, "bounds": [["0", None]] * 60, "units": 30}}
    many["trees"] = [{"agent": 0, "copies": 0, "nodes": [f"= {'; '.join(['0'] * 60)} / {'; '.join(['0'] * 60)}"]}]
    for property_ in ({"name": "efficiency"}, {"name": "coalitions", "size": 30, "transfers": True}):
        stated = {**many, "property": property_, "states": {"property": property_["name"], "epsilon": "0"}}
        assert "more than the checker goes through" in check(sealed(stated)).message


def test_a_rule_that_treats_rivals_differently_is_not_reduced() -> None:
    def favours(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Second price with a handicap on the last bid."""
        shares, paid = rules.empty(len(bids))
        scores = [*bids[:-1], bids[-1] - 1]
        winner = max(range(len(bids)), key=lambda i: scores[i])
        price = max([scores[i] for i in range(len(bids)) if i != winner] + [0])
        shares[winner], paid[winner] = 1, price + (winner == len(bids) - 1)
        return shares, paid

    found = verify(favours, 5)
    assert found.status in ("proved", "refuted")
    assert found.certificate is None or "reduction" not in json.loads(found.certificate.to_json())


def test_trees_are_compared_with_their_rules() -> None:
    assert compare_with_rule(text("second price"), rules.second_price)[0]
    assert "were compared exactly" in compare_with_rule(text("second price"), rules.second_price)[1]
    agrees, sentence = compare_with_rule(text("second price"), rules.first_price)
    assert not agrees and "it decides otherwise" in sentence
    assert compare_with_rule(text("catalogue"), None) == (
        True,
        "the tree is the rule 'Vickrey(reserve=0.5)': all 6 cells were compared exactly",
    )
    assert compare_with_rule(text("false names"), rules.scanned_second_price)[0]
    with pytest.raises(InvalidInput, match="names no rule of the catalogue"):
        compare_with_rule(text("second price"), None)


def test_a_tree_off_by_a_tie_is_not_the_rule() -> None:
    def last_wins_ties(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        shares, paid = rules.empty(len(bids))
        winner = max(range(len(bids)), key=lambda i: (bids[i], i))
        shares[winner] = 1
        paid[winner] = max(bids[i] for i in range(len(bids)) if i != winner)
        return shares, paid

    found = verify(last_wins_ties, 3)
    assert found.certificate is not None and check(found.certificate.to_json()).valid
    assert compare_with_rule(found.certificate.to_json(), last_wins_ties)[0]
    assert not compare_with_rule(found.certificate.to_json(), rules.scanned_second_price)[0]


def test_evaluation_agrees_with_the_rule() -> None:
    from equilibria.checking.document import parse

    parsed = parse(text("second price"))
    root = read_trees(parsed, read_agents(parsed["agents"]))[0, 0]  # type: ignore[arg-type]
    for point in itertools.product(GRID[:4], repeat=3):
        assert decided(root, point) == tuple(map(list, rules.second_price(point)))
