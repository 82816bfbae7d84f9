"""Certificates of optimal mechanisms: altered ones are rejected, with the digest left and with it made again."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from equilibria import ConcentrationCap, EpsilonIC, MinMaxRegret, OptimalMechanism, check, optimal
from equilibria.checking import sealed
from mechanisms import Beta, Discrete, Exchange, PiecewiseLinear, Procurement, Sale, Uniform, market_from_spec

FOUR = Discrete.grid("1/4", 1, 4)
IRREGULAR = Discrete({1: "1/2", 2: "1/10", 5: "2/5"})
OTHER = Discrete(dict.fromkeys(FOUR.values[:3], "1/8") | {1: "5/8"})
MIDDLES = Discrete({Fraction(2 * k + 1, 20): Fraction(1, 10) for k in range(10)})
UNIT = Uniform(0, 1)
PROBLEMS: dict[str, tuple[Any, ...]] = {
    "finite": (Sale({"a": FOUR, "b": IRREGULAR}), "revenue"),
    "capacities": (Procurement({"a": FOUR, "b": IRREGULAR}, value=4, tasks=2, capacities={"a": 2}), "surplus"),
    "mix": (Sale({"a": FOUR, "b": IRREGULAR}), {"revenue": 1, "welfare": 2}),
    "ironed": (Sale({"a": PiecewiseLinear((0, 1, 5), (0, 0.5, 1)), "b": UNIT}), "revenue"),
    "linear": (Procurement({"a": UNIT, "b": Uniform(0, 2)}), "payment"),
    "smooth": (Sale({"a": Beta(2, 2)}, value=0.25), "surplus"),
    "second best": (Exchange({"u": UNIT}, {"p": UNIT}), "welfare", "no_deficit"),
    "no efficient trade": (Exchange({"u": UNIT}, {"p": UNIT}), "welfare", ("efficient", "no_deficit")),
    "exchange": (Exchange({"u": FOUR, "w": IRREGULAR}, {"p": FOUR}), "welfare", "no_deficit"),
    "lottery": (Exchange({"u": MIDDLES}, {"p": MIDDLES}), "welfare", "no_deficit"),
    "cap": (Sale({"a": FOUR, "b": FOUR}), "revenue", ConcentrationCap("1/4")),
    "cuts": (Procurement({"a": FOUR, "b": IRREGULAR}, value=4), "surplus", ConcentrationCap("1/2")),
    "epsilon": (Sale({"a": FOUR, "b": IRREGULAR}), "revenue", EpsilonIC("1/20")),
    "regret": (Sale({"a": FOUR}), "revenue", MinMaxRegret(({"a": OTHER},))),
}  # fmt: skip


@cache
def made(name: str) -> OptimalMechanism:
    """Found when it is first asked for: every worker reads this file, one needs them."""
    return optimal(*PROBLEMS[name])


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict | list):
        for key, entry in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(entry, (*path, key))
    else:
        yield path


def altered(tree: dict[str, Any], path: tuple[Any, ...], rng: random.Random) -> dict[str, Any] | None:
    """The tree with one leaf changed: a number moved, a word of a closed list replaced; None where neither applies."""
    changed = copy.deepcopy(tree)
    node = changed
    for key in path[:-1]:
        node = node[key]
    leaf = node[path[-1]]
    if isinstance(leaf, float | int):
        node[path[-1]] = leaf + rng.choice([-0.25, 0.25, 1e-3, -1e-3, 1.0])
    else:
        words = leaf.split(" ")
        at = rng.randrange(len(words))
        head, colon, number = words[at].rpartition(":")
        try:
            moved = Fraction(number) + rng.choice([Fraction(1), Fraction(-1), Fraction(1, 7), Fraction(-1, 100)])
        except (ValueError, ZeroDivisionError):
            return None
        words[at] = f"{head}{colon}{moved}"
        node[path[-1]] = " ".join(words)
    return changed


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_altered_number_is_rejected(name: str) -> None:
    """What is accepted after a change must be true all the same: then the optimum of the market in the file is what it states."""
    text = made(name).certificate.to_json()
    assert check(text).valid
    tree = json.loads(text)
    rng = random.Random(name)
    paths = [path for path in leaves(tree) if path[0] not in ("sha256", "format", "version")]
    tried = accepted = 0
    for path in rng.sample(paths, min(len(paths), 7 if name == "smooth" else 40)):
        changed = altered(tree, path, rng)
        if changed is None or changed == tree:
            continue
        tried += 1
        left = check(json.dumps(changed))
        assert not left.valid, path
        again = check(sealed(changed))
        if again.valid:
            accepted += 1
            market = market_from_spec(changed["market"])
            truth = optimal(market, changed["objective"], made(name).constraints)
            assert changed["states"].get("exact_value") == tree["states"].get("exact_value"), path
            if truth.value is not None:
                lower, upper = changed["states"]["value"]
                assert lower <= truth.value.upper and truth.value.lower <= upper, path
                assert truth.exact_value is None or changed["states"].get("exact_value") in (None, str(truth.exact_value)), path
            else:
                assert "infeasible" in changed["states"], path
    assert tried
    assert accepted <= max(tried // 2, 3)


WRONG: list[tuple[str, tuple[Any, ...], Any, str]] = [
    ("finite", ("states", "exact_value"), "2", "but the optimum is"),
    ("finite", ("states", "value"), [0.0, 0.5], "only"),
    ("finite", ("objective",), "welfare", "levels"),
    ("finite", ("objective",), "profit", "has no meaning"),
    ("finite", ("mechanism", "levels", "a"), ["0", "0", "0", "0"], "proves no bound"),
    ("finite", ("mechanism", "levels", "a"), ["9", "9", "9", "9"], "but the levels only prove"),
    ("finite", ("mechanism", "levels", "a"), ["1", "0", "1", "1"], "must not get worse"),
    ("finite", ("mechanism", "levels", "a"), ["1"], "one entry for each type"),
    ("finite", ("mechanism", "more"), 1, "not known"),
    ("finite", ("market", "values", "a", "probabilities"), ["1/4", "1/4", "1/4", "1/5"], "sum to 1"),
    ("finite", ("market", "values", "a", "values"), ["1/0", "1", "2", "3"], "denominator 0"),
    ("finite", ("market", "tasks"), 100000, "market.tasks"),
    ("finite", ("route",), "border_cuts", "no place"),
    ("finite", ("route",), "oracle", "none that the checker knows"),
    ("finite", ("market", "capacities"), {"z": 2}, "no agent"),
    ("finite", ("proof",), {}, "no place"),
    ("capacities", ("market", "capacities", "a"), 1, ""),
    ("ironed", ("mechanism", "ironed", "a"), [], "levels fall"),
    ("ironed", ("mechanism", "ironed", "a", 0, 2), "100", "not the mean"),
    ("linear", ("mechanism", "ironed", "a"), [["0", "1", "1"]], "proves no bound"),
    ("linear", ("market", "costs", "a", "kind"), "beta", "no piecewise-linear cdf"),
    ("smooth", ("states", "value"), [0.0, 0.01], "only"),
    ("smooth", ("objective",), "payment", "only"),
    ("second best", ("mechanism", "wedges"), ["1/4", "1/5"], "runs a deficit"),
    ("second best", ("mechanism", "wedges"), ["1/2", "1/2"], "below 1/2"),
    ("second best", ("subject_to", "named"), [], "wedge 0"),
    ("no efficient trade", ("market", "users", "u", "low"), 1.0, ""),
    ("no efficient trade", ("states",), {"value": [0, 1]}, "cannot be met"),
    ("lottery", ("mechanism", "price"), "0", "no bound"),
    ("lottery", ("mechanism", "rules", 0, "chance"), "1", "sum to 1"),
    ("lottery", ("subject_to", "named"), [], "what a deficit costs"),
    ("lottery", ("subject_to", "named"), ["budget_balance", "dsic"], "truth in expectation only"),
    ("lottery", ("subject_to", "named"), ["efficient", "no_deficit"], "does not know here"),
    ("lottery", ("mechanism", "levels", "u", 9), "9", "only prove"),
    ("cap", ("subject_to", "share"), "1/3", "limits"),
    ("cap", ("subject_to", "named"), ["dsic"], "does not hold"),
    ("cap", ("proof", "program", "limits", "share_at_most"), "1/3", "limits"),
    ("cap", ("market", "values", "a", "values"), ["1/4", "1/2", "3/4", "2"], "alike"),
    ("cuts", ("proof", "program", "goal", "award"), "5", "goal"),
    ("cuts", ("market", "value"), 5.0, "goal"),
    ("epsilon", ("subject_to", "epsilon"), "1/10", "epsilon"),
    ("regret", ("subject_to", "priors", 0, "a", "probabilities"), ["1/4", "1/4", "1/4", "1/4"], "priors"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "entry", "message"), WRONG)
def test_a_statement_that_is_not_true_is_rejected(name: str, path: tuple[Any, ...], entry: Any, message: str) -> None:
    tree = json.loads(made(name).certificate.to_json())
    node = tree
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = entry
    verdict = check(sealed(tree))
    assert not verdict.valid
    assert message in verdict.message, verdict.message


def test_the_digest_guards_every_digit() -> None:
    for found in map(made, PROBLEMS):
        text = found.certificate.to_json()
        places = [k for k, sign in enumerate(text) if sign.isdigit()]
        for k in random.Random(1).sample(places, 5):
            spoiled = text[:k] + str((int(text[k]) + 1) % 10) + text[k + 1 :]
            assert not check(spoiled).valid
