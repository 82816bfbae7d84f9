"""Certificates about fee markets: altered ones are rejected, or what they then state is still true."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from typing import Any

import pytest

from equilibria import SCP, UIC, OffChainAgreements, check
from equilibria.checking import sealed
from equilibria.checking.document import Rejected, parse
from equilibria.checking.fee_markets import DEFINITIONS, fee_reports
from equilibria.checking.incentive_trees import ONE
from equilibria.checking.incentive_variants import read_variants
from equilibria.checking.incentives import read_agents
from equilibria.proofs.tree_comparison import compare_with_rule
from mechanisms import EIP1559, FirstPriceFee, SecondPriceFee
from tests.test_fee_properties import BURNING, found
from tests.test_incentive_certificates import decided, form_at

CERTIFIED = (
    (FirstPriceFee(), 2, SCP(users=2)),
    (BURNING, 2, SCP(users=1, gamma=1)),
    (SecondPriceFee(), 2, UIC(fakes=1)),
    (EIP1559(base_fee=2), 2, OffChainAgreements()),
    (BURNING, 2, UIC(fakes=1, gamma=1, charged="included")),
)


def text(number: int) -> str:
    rule, users, property_ = CERTIFIED[number]
    certificate = found(rule, users, 2, property_).certificate
    assert certificate is not None
    return certificate.to_json()


def is_true(tree: dict[str, Any], rng: random.Random) -> bool:
    """Whether what a file states holds at many points, by evaluation of its trees."""
    parsed = parse(json.dumps(tree))
    agents = read_agents(parsed["agents"])  # type: ignore[arg-type]
    trees = read_variants(parsed, agents, fee_reports)
    epsilon = Fraction(str(parsed["states"]["epsilon"]))  # type: ignore[index, call-overload]
    grid = [Fraction(k, 2) for k in (0, 2, 4, 5, 6, 9)]
    for obligation in DEFINITIONS[tree["property"]["name"]][0](agents, parsed["property"]):  # type: ignore[arg-type]
        variables = 1 + max(place for _, reports in obligation.runs for form in reports for place in form)
        for _ in range(25):
            point = [rng.choice(grid) for _ in range(variables)]
            if not all(form_at(dict(form), point) >= 0 for form, _ in obligation.conditions):
                continue
            outcomes = []
            for variant, reports in obligation.runs:
                outcome = decided(trees[variant], [form_at(dict(form), point) for form in reports])
                if outcome is None:
                    return False
                outcomes.append(tuple(tuple({ONE: value} if value else {} for value in column) for column in outcome))
            if any(form_at(dict(claim.target), point) > epsilon for claim in obligation.claims(outcomes)):  # type: ignore[arg-type]
                return False
    return True


def altered(tree: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One change somewhere that matters."""
    tree = copy.deepcopy(tree)
    kind = rng.choice(("entry", "entry", "node", "node", "swap", "property", "agents", "states", "drop", "variant"))
    if kind == "entry":
        place = rng.randrange(len(tree["proofs"]))
        entries = tree["proofs"][place].split(";")
        at = rng.randrange(len(entries))
        entries[at] = rng.choice(("+", "", "0", "1", "0 1", "3*1/2", "!0", "!", "1*-1", entries[at] + " 0", entries[at - 1]))
        tree["proofs"][place] = ";".join(entries)
    elif kind == "node":
        nodes = rng.choice(tree["trees"])["nodes"]
        at = rng.randrange(len(nodes))
        old, new = rng.choice((("r0", "r1"), ("1", "0"), ("0", "1"), ("split", "sign"), ("r1", "2*r1"), ("; ", " ")))
        nodes[at] = nodes[at].replace(old, new, 1)
    elif kind == "swap":
        nodes = rng.choice(tree["trees"])["nodes"]
        at, other = rng.randrange(len(nodes)), rng.randrange(len(nodes))
        nodes[at], nodes[other] = nodes[other], nodes[at]
    elif kind == "property":
        key = rng.choice(list(tree["property"]))
        values = (0, 1, 2, True, False, "truthful", "suggested", "included", "submitted", "0", "1/2", "mic", "scp")
        tree["property"][key] = rng.choice(values)
    elif kind == "agents":
        key = rng.choice(("units", "kind", "bounds"))
        bounds = [["0", None]] * len(tree["agents"]["labels"])
        tree["agents"][key] = {"units": rng.choice((1, 3)), "kind": "sale", "bounds": bounds}[key]
    elif kind == "states":
        tree["states"]["epsilon"] = rng.choice(("-1", "1/0", "1"))
    elif kind == "drop":
        del rng.choice((tree["trees"], tree["proofs"]))[-1]
    else:
        rng.choice(tree["trees"])["variant"] = rng.choice(([0, 2], [-1, 1], [-2, 2], [1, 2], [7, 2], [0, 1]))
    return tree


@pytest.mark.parametrize("number", range(len(CERTIFIED)))
def test_altered_certificates_are_rejected_or_true(number: int) -> None:
    rng = random.Random(number)
    original = json.loads(text(number))
    assert is_true(original, rng)
    accepted = 0
    for _ in range(80):
        tree = altered(original, rng)
        if json.dumps(tree) == json.dumps(original):
            continue
        assert not check(json.dumps(tree)).valid  # the digest tells
        if check(sealed(tree)).valid:
            accepted += 1
            assert is_true(tree, rng), tree["property"]
    assert accepted < 40


def test_the_trees_are_compared_with_the_rule() -> None:
    for number in (0, 3):
        agrees, sentence = compare_with_rule(text(number), None)
        assert agrees and "compared exactly" in sentence
    other = json.loads(text(0))
    other["rule"]["mechanism"] = SecondPriceFee().spec()
    agrees, sentence = compare_with_rule(sealed(other), None)
    assert not agrees and "decides otherwise" in sentence
    other = json.loads(text(0))
    other["rule"]["market"]["size"] = 1
    assert not compare_with_rule(sealed(other), None)[0]


def test_the_checker_says_what_it_confirmed() -> None:
    message = check(text(0)).message
    assert "the miner and a few users gain nothing together (users 2, exactly false, fakes 1, gamma 0, short true" in message


def test_a_stage_that_is_none() -> None:
    agents = read_agents(parse(text(0))["agents"])  # type: ignore[arg-type]
    assert fee_reports(agents, (3, 2)) == 3
    for variant in ((-3, 2), (4, 2), (0, 1), (-1, -1)):
        with pytest.raises(Rejected, match="no stage"):
            fee_reports(agents, variant)
