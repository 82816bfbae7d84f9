"""Certificates of contests with known costs: planted wrong equilibria, altered statements, and malformed files."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import solve
from equilibria.checking import Rejected, check, sealed
from equilibria.checking.known_contests import state_known
from mechanisms import (
    Contest,
    CurvedShare,
    DesignatedProver,
    EqualShare,
    Lottery,
    Mechanism,
    PrizeContest,
    ProportionalMining,
    Tullock,
    TwoStepSubmission,
    WeibullRace,
)

F = Fraction
Tree = dict[str, Any]
PAIR = Contest(2, {"a": 1, "b": "6/5"})
TRIO = Contest(1, {"a": 1, "b": "5/4", "c": 4})
EQUALS = Contest(2, dict.fromkeys("abc", 1))
GAMES: dict[str, tuple[Mechanism, Contest]] = {
    "raffle": (Tullock(), Contest(2, {"a": 1, "b": "6/5", "c": "9/5"})),
    "concave": (Tullock(F(1, 2)), PAIR),
    "convex": (WeibullRace(F(6, 5)), TRIO),
    "capped": (ProportionalMining(15), Contest(100, {"a": 1, "b": 1, "c": 2}, stakes={"a": 600, "b": 9000, "c": 9000})),
    "all_pay": (PrizeContest(), TRIO),
    "race": (WeibullRace(F(11, 2)), Contest(10, {"a": 1, "b": 1, "c": 2}, speeds={"a": 1, "b": "11/10", "c": "1/2"})),
    "equal": (EqualShare(), EQUALS),
    "deposits": (TwoStepSubmission(capital_rate=F(1, 10)), Contest("7/2", dict.fromkeys("abcd", "1/3"))),
    "lottery": (Lottery(), EQUALS),
    "myerson": (CurvedShare(F(5, 2)), PAIR),
    "bids": (CurvedShare(3, "proportional"), TRIO),
    "designated": (DesignatedProver(1), Contest(1, {"a": "1/2", "b": 1, "c": 2})),
}
NAMES = sorted(GAMES)


@pytest.fixture(scope="module")
def trees() -> dict[str, Tree]:
    return {name: json.loads(solve(*game).certificate.to_json()) for name, game in GAMES.items()}


def judged(tree: Tree) -> str:
    return check(sealed({key: value for key, value in tree.items() if key != "sha256"})).message


def altered(tree: Tree, change: Callable[[Tree], None]) -> Tree:
    copied = copy.deepcopy(tree)
    change(copied)
    return copied


@pytest.mark.parametrize("name", NAMES)
def test_what_was_solved_is_valid_and_its_digest_guards_it(trees: dict[str, Tree], name: str) -> None:
    assert judged(trees[name]).startswith("valid: ")
    text = json.dumps(trees[name])
    assert check(text).valid
    assert "digest" in check(text.replace('"contest"', '"Contest"')).message


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_is_confirmed(trees: dict[str, Tree], name: str) -> None:
    def moved(entry: Any) -> Any:
        return str(F(entry) + F(1, 10**30)) if isinstance(entry, str) else [entry[1] + 1e-12, entry[1] + 1e-9]

    tree = trees[name]
    for key, value in tree["states"].items():
        labels = list(value) if isinstance(value, dict) else [None]
        for label in labels:
            wrong = copy.deepcopy(tree)
            place, at = (wrong["states"], key) if label is None else (wrong["states"][key], label)
            place[at] = moved(place[at])
            assert "only" in judged(wrong), (key, label)
            place[at] = 0.5
            assert judged(wrong).startswith("rejected"), (key, label)
            del place[at]
            assert judged(wrong).startswith("rejected"), (key, label)
    assert "not known" in judged(altered(tree, lambda t: t["states"].update(other="0")))
    wide = altered(tree, lambda t: t["states"].update(expected_payment=[-1e9, 1e9]))
    assert judged(wide).startswith("valid: ")


@pytest.mark.parametrize("name", NAMES)
def test_keys_that_nobody_reads_are_refused(trees: dict[str, Tree], name: str) -> None:
    for key in ("market", "mechanism", "profile"):
        assert "not known to the checker" in judged(altered(trees[name], lambda t, key=key: t[key].update(other="1")))
        assert judged(altered(trees[name], lambda t, key=key: t.pop(key))).startswith("rejected")
    assert judged(altered(trees[name], lambda t: t.update(other="1"))).startswith("rejected")
    assert judged(altered(trees[name], lambda t: t.update(subject="known_contests"))).startswith("rejected")
    assert judged(altered(trees[name], lambda t: t["mechanism"].update(kind="vickrey"))).startswith("rejected")
    assert judged(altered(trees[name], lambda t: t["market"]["costs"].update(a="0"))).startswith("rejected")
    for wrong in (1, 1.5, "1.5", "1/0", "x", None, [], "-1", "1" * 5000):
        assert judged(altered(trees[name], lambda t, wrong=wrong: t["market"].update(prize=wrong))).startswith("rejected")


def test_planted_profiles(trees: dict[str, Tree]) -> None:
    """Profiles that are no equilibrium, or about another game; states are re-derived where they can be."""

    def planted(name: str, profile: object, **mechanism: object) -> str:
        tree = copy.deepcopy(trees[name])
        tree["profile"] = profile
        tree["mechanism"].update(mechanism)
        try:
            tree["states"] = state_known({key: value for key, value in tree.items() if key not in ("states", "sha256")})
        except Rejected as reason:
            return str(reason)
        return judged(tree)

    raffle = trees["raffle"]["profile"]["efforts"]
    nudged = {label: str(F(effort) + (F(1, 10**40) if label == "a" else 0)) for label, effort in raffle.items()}
    assert "effort is better" in planted("raffle", {"efforts": nudged})
    assert "effort is better" in planted("raffle", {"efforts": {"a": "1/4", "b": "1/4", "c": "0"}})
    assert "a smaller one wins" in planted("raffle", {"efforts": {"a": "1/4", "b": "0", "c": "0"}})
    assert "at least 0" in planted("raffle", {"efforts": {"a": "1/4", "b": "1/4", "c": "-1/4"}})
    assert "one for each" in planted("raffle", {"efforts": {"a": "1/4", "b": "1/4"}})
    assert "last of the work" in planted("capped", {"efforts": {"a": "20", "b": "20", "c": "1"}})
    even = {"shares": {"a": "1/2", "b": "1/2"}, "radius": "1/1000"}
    assert "not surely as near" in planted("concave", even)
    assert "add up to 1" in planted("concave", {"shares": {"a": "1/2", "b": "1/3"}, "radius": "0"})
    assert "two contestants" in planted("concave", {"shares": {"a": "1"}, "radius": "0"})
    assert "between" in planted("convex", trees["convex"]["profile"], shape="5")
    pair = json.loads(solve(WeibullRace(F(1, 2)), Contest(1, {"a": 1, "b": "5/4"})).certificate.to_json())["profile"]
    assert "would rather take part" in planted("convex", pair, shape="1/2")
    pair = json.loads(solve(WeibullRace(F(11, 10)), Contest(1, {"a": 1, "c": 4})).certificate.to_json())["profile"]
    assert "would rather take part" in planted("convex", pair, shape="11/10")
    assert "to whom effort costs least" in planted("all_pay", {"active": ["a", "c"]})
    assert "each once" in planted("all_pay", {"active": ["a", "a"]})
    assert "rather take part" in planted("race", {"entrants": ["a"]})
    assert "rather stay out" in planted("race", {"entrants": ["a", "b", "c"]})
    assert "rather take part" in planted("equal", {"entrants": []})
    assert "rather stay out" in planted("equal", {"entrants": ["a", "b", "c"]})
    assert "rather stay out" in planted("deposits", {"entrants": ["a", "b", "c", "d"]})
    assert "lone prover" in planted("deposits", {"entrants": ["a"]})
    assert "no limit" in planted("deposits", {"entrants": ["a", "b"]}, capital_rate="0")
    for chance in (["0", "0"], ["1", "1"], ["1/2", "1/2"], ["3/4", "1/2"], ["0", "1"], ["2", "3"], ["1/2"]):
        assert "chance" in planted("lottery", {"chance": chance})
    assert "below 1 - 1/alpha" in planted("bids", {"shares": {"a": "4/5", "b": "1/10", "c": "1/10"}, "radius": "0"})
    assert "all provers" in planted("bids", {"shares": {"a": "1/2", "b": "1/2"}, "radius": "0"})
    assert "rather fail" in planted("designated", {"entrants": ["a", "b", "c"]})
    assert "rather deliver" in planted("designated", {"entrants": ["a"]})
    assert "rebate must be 0" in planted("raffle", trees["raffle"]["profile"], rebate="1/10")
    assert "finite for alpha above 1" in planted("myerson", {}, alpha="1")


def test_too_many_take_part_for_their_exponent() -> None:
    """First-order conditions hold for three equals at any exponent; above 3/2 they lose, and the checker sees it."""
    tree = json.loads(solve(Tullock(F(3, 2)), EQUALS).certificate.to_json())
    assert judged(tree).startswith("valid")
    tree["mechanism"]["alpha"] = "151/100"
    assert "not surely between" in judged(tree)


@settings(max_examples=75, deadline=None)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_random_damage_never_escapes_as_an_error(trees: dict[str, Tree], name: str, data: st.DataObject) -> None:
    tree = copy.deepcopy(trees[name])
    node: Any = tree
    while isinstance(node, dict) and node:
        key = data.draw(st.sampled_from(sorted(node)))
        if not isinstance(node[key], dict) or not node[key] or data.draw(st.booleans()):
            node[key] = data.draw(st.sampled_from(["0", "1", "-1", "1/3", 2, 1e308, None, True, [], {}, ["1"], "a", "9" * 300]))
            break
        node = node[key]
    assert judged(tree).startswith(("valid", "rejected"))


def test_the_checker_needs_no_solver(trees: dict[str, Tree], tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(trees["bids"]), "utf-8")
    program = (
        "import sys; from equilibria.checking import check; "
        f"print(check(open({str(path)!r}).read()).valid, 'numpy' in sys.modules, 'mechanisms' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["True", "False", "False"], run.stderr
