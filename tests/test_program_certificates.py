"""Certificates of linear programs: derived from parameters again, and nothing that is not true is accepted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from equilibria.checking import auction_programs, check
from equilibria.checking.document import Rejected, sealed
from equilibria.checking.linear_programs import Program
from equilibria.checking.program_files import KINDS, read_program
from equilibria.programs.linear_program import LinearProgram
from tests.program_cases import CASES, solved

MUTANTS = 40
"""Of each certificate, with the digest recomputed."""


def tree_of(name: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(solved(name).certificate.text)
    return tree


def test_there_is_a_case_of_every_kind() -> None:
    assert {name.partition(",")[0] for name in CASES} == set(KINDS)


@pytest.mark.parametrize("name", CASES)
def test_certificates_are_valid_and_say_so(name: str) -> None:
    optimum = solved(name)
    checked = check(optimum.certificate.text)
    assert checked.valid, checked.message
    if optimum.status == "proved":
        assert checked.message == f"valid: the optimum is {optimum.exact_value}"


@pytest.mark.parametrize("name", CASES)
def test_the_checker_derives_the_same_rows(name: str) -> None:
    ours, theirs = solved(name).program, read_program(tree_of(name)["program"])
    assert list(map(int, ours.objective)) == list(theirs.objective) and ours.denominator == theirs.denominator
    assert (ours.lower.tolist(), ours.upper.tolist()) == (list(theirs.lower), list(theirs.upper))
    assert rows_of(ours) == [(gathered(terms), low, high) for terms, low, high in theirs.rows]


def gathered(terms: Any) -> dict[int, int]:
    row: dict[int, int] = {}
    for column, entry in terms:
        row[column] = row.get(column, 0) + entry
    return {column: entry for column, entry in row.items() if entry}


def rows_of(program: LinearProgram) -> list[tuple[dict[int, int], Any, Any]]:
    ends = program.starts.tolist()
    rows = []
    for i, bounds in enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)):
        piece = slice(ends[i], ends[i + 1])
        rows.append((gathered(zip(program.indices[piece].tolist(), program.entries[piece].tolist(), strict=True)), *bounds))
    return rows


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from leaves(value, (*path, index))
    else:
        yield path


def mutated(tree: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One leaf changed: a digit, a sign, a word dropped, doubled or exchanged, or the key gone."""
    copy: dict[str, Any] = json.loads(json.dumps(tree))
    path = rng.choice([leaf for leaf in leaves(copy) if leaf[0] not in ("sha256", "format", "version")])
    *above, key = path
    node: Any = copy
    for step in above:
        node = node[step]
    text = str(node[key])
    digits = [at for at, letter in enumerate(text) if letter.isdigit()]
    words = text.split(" ")
    kind = rng.choice(["digit", "digit", "digit", "sign", "drop", "double", "swap", "gone"])
    if kind == "digit" and digits:
        at = rng.choice(digits)
        text = text[:at] + rng.choice("0123456789") + text[at + 1 :]
    elif kind == "sign" and digits:
        at = rng.choice(digits)
        text = text[:at] + "-" + text[at:]
    elif kind in ("drop", "double", "swap") and len(words) > 1:
        a, b = rng.sample(range(len(words)), 2)
        if kind == "swap":
            words[a], words[b] = words[b], words[a]
        else:
            words[a : a + 1] = [] if kind == "drop" else [words[a]] * 2
        text = " ".join(words)
    elif kind == "gone":
        del node[key]
        return copy
    else:
        text += rng.choice("0123456789")
    node[key] = text
    return copy


def optimum(program: Program) -> tuple[int, float]:
    """Status and value by a solver that has nothing to do with ours."""
    kept: list[tuple[np.ndarray, float]] = []
    for terms, low, high in program.rows:
        row = np.zeros(len(program.objective))
        for column, entry in terms:
            row[column] += entry
        kept += [(row, float(high))] if high is not None else []
        kept += [(-row, -float(low))] if low is not None else []
    bounds = [
        (None if low is None else float(low), None if high is None else float(high))
        for low, high in zip(program.lower, program.upper, strict=True)
    ]
    above = {"A_ub": np.array([row for row, _ in kept]), "b_ub": np.array([bound for _, bound in kept])} if kept else {}
    found = linprog(-np.array(program.objective, dtype=float), **above, bounds=bounds)
    return found.status, -found.fun / program.denominator if found.status == 0 else 0.0


def holds(tree: dict[str, Any]) -> bool:
    """Whether what a file states is true, up to rounding."""
    status, value = optimum(read_program(tree["program"]))
    states = tree["states"]
    if states["status"] == "infeasible":
        return status == 2
    if states["status"] == "unbounded":
        return status in (3, 4)
    low, high = Fraction(states.get("value", states.get("lower"))), Fraction(states.get("value", states.get("upper")))
    return status == 0 and float(low) - 1e-7 <= value <= float(high) + 1e-7


@pytest.mark.parametrize("name", CASES)
def test_mutants_are_rejected_or_true(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auction_programs, "MOST_PROFILES", 3000)  # mutants with nine agents take seconds
    rng, tree = random.Random(name), tree_of(name)
    before = tree["sha256"]
    accepted = 0
    for _ in range(MUTANTS):
        mutant = mutated(tree, rng)
        same = {key: value for key, value in mutant.items() if key != "sha256"} == {
            k: v for k, v in tree.items() if k != "sha256"
        }
        left = check(json.dumps({**mutant, "sha256": before}))
        assert left.valid == same, left.message
        again = check(sealed(mutant))
        assert again.message.startswith(("valid: ", "rejected: "))
        if again.valid and not same:
            accepted += 1
            assert holds(mutant), f"{name}: {again.message}"
    assert accepted < MUTANTS // 2


@pytest.mark.parametrize("name", [name for name in CASES if solved(name).status == "proved"])
def test_a_better_value_is_rejected(name: str) -> None:
    tree = tree_of(name)
    for change in (Fraction(1, 10**30), Fraction(-1, 10**30)):
        claimed = str(Fraction(tree["states"]["value"]) + change)
        checked = check(sealed({**tree, "states": {"status": "proved", "value": claimed}}))
        assert "but only" in checked.message and not checked.valid


def test_an_interval_may_be_widened_and_not_narrowed() -> None:
    tree = tree_of("symmetric_border, interval")
    low, high = Fraction(tree["states"]["lower"]), Fraction(tree["states"]["upper"])
    for step, valid in ((Fraction(1, 10**30), True), (Fraction(-1, 10**30), False)):
        for lower, upper in ((low - step, high), (low, high + step)):
            states = {"status": "certified", "lower": str(lower), "upper": str(upper)}
            assert check(sealed({**tree, "states": states})).valid == valid


def test_rows_that_were_left_out_are_checked_at_the_point() -> None:
    for name, key, message in (("asymmetric_border", "cuts", "Border"), ("graded_menu", "pairs", "gains by another report")):
        tree = tree_of(name)
        program = read_program({**tree["program"], key: [] if key == "cuts" else ""})
        assert program.accepts is not None
        columns = len(program.objective)
        generous = [int(high or 0) for high in program.upper[: columns // 2]] + [0] * (columns - columns // 2)
        with pytest.raises(Rejected, match=message):
            program.accepts(generous, 1)


BAD = {
    "a kind that is not known": ({"program": {"kind": "dice"}}, "is not a program that the checker knows"),
    "a status that is not known": ({"states": {"status": "believed"}}, "states.status must be one of"),
    "a number that is no string": ({"dual": {"denominator": 1, "numerators": ""}}, "must be a string"),
    "a fraction over zero": ({"states": {"status": "proved", "value": "1/0"}}, "positive denominator"),
    "an exponent": ({"states": {"status": "proved", "value": "1e3"}}, "must be an integer in a string"),
    "other digits": ({"states": {"status": "proved", "value": "²"}}, "must be an integer in a string"),
    "an index too large": ({"dual": {"denominator": "1", "numerators": "999:1"}}, "increasing indices below"),
    "an index twice": ({"primal": {"denominator": "1", "numerators": "0:1 0:1"}}, "increasing indices below"),
    "a denominator of zero": ({"primal": {"denominator": "0", "numerators": ""}}, "denominator must be positive"),
    "a ray that is not needed": ({"ray": {"denominator": "1", "numerators": ""}}, "has no place"),
    "a key that is not read": ({"note": "trust me"}, "is not known to the checker"),
}


@pytest.mark.parametrize("case", BAD)
def test_files_that_are_malformed_are_rejected_with_the_reason(case: str) -> None:
    change, message = BAD[case]
    checked = check(sealed({**tree_of("dominant_auction"), **change}))
    assert not checked.valid and message in checked.message


def test_probabilities_are_held_to_sum_to_one() -> None:
    tree = tree_of("dominant_auction")
    tree["program"]["agents"][0]["probabilities"][0] = "1/3"
    assert "sum to 1" in check(sealed(tree)).message
