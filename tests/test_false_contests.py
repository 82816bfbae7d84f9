"""Attempts to have something false accepted about contests with known costs, and to have something true refused."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria import check, solve
from equilibria.checking import Rejected, sealed
from equilibria.checking.known_contests import state_known
from mechanisms import (
    Contest,
    CurvedShare,
    DesignatedProver,
    EqualShare,
    InvalidInput,
    Lottery,
    Mechanism,
    PrizeContest,
    ProportionalMining,
    Refused,
    SolverFailure,
    Tullock,
    TwoStepSubmission,
    WeibullRace,
)

F = Fraction
Tree = dict[str, Any]
PAIR = Contest(2, {"a": 1, "b": "6/5"})
TRIO = Contest(1, {"a": 1, "b": "5/4", "c": 4})
ENCLOSED: dict[str, tuple[Mechanism, Contest]] = {
    "concave": (Tullock(F(1, 2)), PAIR),
    "convex": (WeibullRace(F(6, 5)), TRIO),
    "bids": (CurvedShare(3, "proportional"), TRIO),
    "chances": (Lottery(), Contest(2, dict.fromkeys("abc", 1))),
}


def tree_of(rule: Mechanism, market: Contest) -> Tree:
    tree: Tree = json.loads(solve(rule, market).certificate.to_json())
    del tree["sha256"]
    return tree


def judged(tree: Tree) -> str:
    return check(sealed(tree)).message


@pytest.mark.parametrize("name", sorted(ENCLOSED))
def test_epsilon_holds_for_all_efforts_that_are_stated(name: str) -> None:
    """An interval of efforts that says less needs an epsilon that says less."""
    tree = tree_of(*ENCLOSED[name])
    assert judged(tree).startswith("valid: ")
    wide = copy.deepcopy(tree)
    low, high = wide["states"]["efforts"]["a"]
    wide["states"]["efforts"]["a"] = [0.9 * low, 1.01 * high]
    assert "states.epsilon" in judged(wide)
    wide["states"]["epsilon"] = [0.0, 1e9]
    assert judged(wide).startswith("valid: ")
    for efforts in ([-1.0, 4.0], [high, low], [5.0, 6.0], [high], "1/2", [1.0, "2"]):
        wide["states"]["efforts"]["a"] = efforts
        assert judged(wide).startswith("rejected")
    wide["states"]["efforts"] = {"a": [0.9 * low, 1.01 * high]}
    assert "labels" in judged(wide)


def test_nobody_gains_at_an_effort_and_not_near_it() -> None:
    tree = tree_of(ProportionalMining(), TRIO)
    assert judged(tree) == "valid: no contestant gains by another effort"
    for label, interval in (("a", [0.0, 1.0]), ("c", [0.0, 0.0])):
        wide = copy.deepcopy(tree)
        wide["states"]["efforts"][label] = interval
        assert f"states.efforts.{label} must be" in judged(wide)
    tree["states"]["shares"]["a"] = [0.0, 1.0]
    assert judged(tree).startswith("valid: ")


@pytest.mark.parametrize("name", ["concave", "convex"])
def test_epsilon_of_wide_enclosures_is_a_bound(name: str) -> None:
    """Brute force at the ends of all intervals of efforts, around shares that are stated to two digits only."""
    rule, market = ENCLOSED[name]
    tree = tree_of(rule, market)
    tree["profile"]["radius"] = "1/100"
    tree["states"] = state_known({key: value for key, value in tree.items() if key != "states"})
    assert judged(tree).startswith("valid: ")
    alpha, money = (0.5, True) if name == "concave" else (1.2, False)
    costs = [float(F(cost)) for cost in tree["market"]["costs"].values()]
    values = [2 - c if money else 1.0 for c in costs]
    units = [1.0 if money else c for c in costs]
    ends = [[float(F(e))] * 2 if isinstance(e, str) else e for e in tree["states"]["efforts"].values()]
    worst = 0.0
    for corner in range(2 ** len(costs)):
        efforts = [pair[corner >> k & 1] for k, pair in enumerate(ends)]
        for i, effort in enumerate(efforts):
            rivals = sum(e**alpha for k, e in enumerate(efforts) if k != i)
            tried = np.append(np.linspace(0, 3, 30_001), effort)
            utility = values[i] * tried**alpha / (tried**alpha + rivals) - units[i] * tried
            worst = max(worst, utility.max() - utility[-1])
    assert 0 < worst <= tree["states"]["epsilon"][1]


def test_equal_shares_need_scores_that_there_can_be() -> None:
    tree = tree_of(EqualShare(), Contest(2, dict.fromkeys("abc", 1)))
    for wrong in (None, [], {}, "", "x", 1, "0", "-1", "1/2", "1/0"):
        for name in ("increment", "penalty", "largest", "slope", "full", "minimum"):
            bad = copy.deepcopy(tree)
            bad["mechanism"][name] = wrong
            assert judged(bad).startswith("rejected"), (name, wrong)
    tree["mechanism"]["minimum"] = "1000001"
    assert "minimum at most full" in judged(tree)
    del tree["mechanism"]["minimum"]
    assert "missing" in judged(tree)


def test_a_batch_agrees_with_single_outcomes_and_with_what_is_solved() -> None:
    market = Contest(5, {"a": 1, "b": 2, "c": 3})
    given = Contest(5, {"a": 1, "b": 2, "c": 3}, speeds={"a": 3, "b": 2, "c": 1})
    rng = np.random.default_rng(6)
    for rule in (Tullock(1.5), Tullock(), WeibullRace(0.7), PrizeContest(), CurvedShare(2.5, "tullock"), ProportionalMining()):
        compared(rule, market, rng.integers(0, 3, (20, 3)) / 2)
    for shape in (2, 2.5):
        compared(WeibullRace(shape), given, rng.integers(0, 2, (20, 3)).astype(float))
    for rule in (WeibullRace(2), WeibullRace(F(5, 2))):
        found = solve(rule, given)
        played = rule.outcome(given, {label: float(effort) for label, effort in found.efforts.items()})
        for label, share in found.shares.items():
            assert played.allocation[label] == pytest.approx(float(share) if isinstance(share, F) else share.midpoint)
    with pytest.raises(InvalidInput, match="0 or 1"):
        WeibullRace(2).outcome(given, dict.fromkeys("abc", 0.5))
    with pytest.raises(InvalidInput, match="0 or 1"):
        WeibullRace(2).batch(given, np.full((1, 3), 0.5))


def compared(rule: Any, market: Contest, profiles: Any) -> None:
    found = rule.batch(market, profiles)
    for k, row in enumerate(profiles.tolist()):
        one = rule.outcome(market, dict(zip(market.labels, row, strict=True)))
        tables, arrays = (one.allocation, one.payments, one.proofs), (found.allocation(), found.payments(), found.proofs())
        for table, array in zip(tables, arrays, strict=True):
            np.testing.assert_allclose(np.array(list(table.values()), dtype=float), array[k], atol=1e-12, err_msg=repr(rule))


def test_other_equilibria_are_not_denied() -> None:
    """Where caps bind all who are active, and where somebody is indifferent."""
    half = dict.fromkeys("abc", "1/2")
    tree = tree_of(ProportionalMining(1), Contest(1, {"a": 1, "b": "2/5", "c": "2/5"}, stakes=half))
    efforts = tree["profile"]["efforts"]
    assert efforts == {"a": "0", "b": "5/8", "c": "5/8"}
    tree["profile"]["efforts"] = {"a": "0", "b": "11/20", "c": "11/20"}
    tree["states"] = state_known({key: value for key, value in tree.items() if key != "states"})
    assert judged(tree).startswith("valid: ")
    capped = solve(ProportionalMining(1), Contest(1, {"a": 1, "b": "2/5", "c": "2/5"}, stakes=half))
    assert not capped.complete and capped.notes
    assert solve(ProportionalMining(1), Contest(1, {"a": 1, "b": "2/5", "c": "1/2"}, stakes=dict.fromkeys("abc", 1))).complete
    tied = solve(DesignatedProver(1), Contest(1, {"a": "1/2", "b": 1, "c": 2}))
    assert not tied.complete and "To b" in tied.notes[0]
    assert solve(DesignatedProver(1), Contest(1, {"a": "1/2", "b": 2})).complete


def test_refusals_say_what_is_so() -> None:
    unable = Contest(1, {"a": 1, "b": 2})
    for rule in (Tullock(), Tullock(2), Tullock(F(1, 2)), TwoStepSubmission(capital_rate=1)):
        with pytest.raises(Refused, match="worth its cost to nobody"):
            solve(rule, unable)
    joined = Contest("11/2", {"a": "66/25", "b": "34/25"})
    rule = TwoStepSubmission(capital_rate=F(3, 5), least_deposit=F(1, 100))
    with pytest.raises(Refused, match="another would join 1 who commit"):
        solve(rule, joined)
    document = tree_of(rule, Contest(9, {"a": 1, "b": 1}))
    document["market"] |= {"prize": "11/2", "costs": {"a": "66/25", "b": "34/25"}}
    for entrants in ([], ["a"], ["b"], ["a", "b"]):
        document["profile"] = {"entrants": entrants}
        with pytest.raises(Rejected, match="would rather"):
            state_known(document)
    far = Contest(1, {"a": 1, "b": 1}, speeds={"a": 1, "b": F(1, 10**150)})
    with pytest.raises(SolverFailure, match="too far apart"):
        solve(WeibullRace(2.5), far)
    assert solve(WeibullRace(2), far).shares["a"] == 1


def test_rationals_of_many_digits_are_no_crash_and_no_false_file() -> None:
    rng = np.random.default_rng(1)
    for count in (60, 90, 130, 200):
        market = Contest(10, {f"p{k}": float(cost) for k, cost in enumerate(rng.uniform(1, 1.001, count))})
        try:
            found = solve(Tullock(), market)
        except SolverFailure as failure:
            assert "digits" in str(failure)
        else:
            assert count < 90 and check(found.certificate).valid


@pytest.mark.parametrize(("alpha", "costs"), [(F(3, 2), [4, 4, 2, 3]), (F(6, 5), [4, 4, 4, 2, 3, 2, 3, 3])])
def test_shares_next_to_their_bound_are_found(alpha: Fraction, costs: list[int]) -> None:
    """Where doubles round the denominator of a bid to 0."""
    found = solve(CurvedShare(alpha, "proportional"), Contest(1, dict(zip("abcdefgh", (F(c, 2) for c in costs), strict=False))))
    assert check(found.certificate).valid


def test_equal_racers_may_break_even() -> None:
    """Ties of equal speeds are decided at any shape."""
    speeds = {"a": 3, "b": 3, "c": "1/2"}
    found = solve(WeibullRace(F(5, 2)), Contest(2, {"a": 1, "b": 1, "c": 2}, speeds=speeds))
    assert dict(found.shares) == {"a": F(1, 2), "b": F(1, 2), "c": 0} and check(found.certificate).valid
    assert solve(WeibullRace(F(5, 2)), Contest(1, {"a": 1, "b": 1, "c": 2}, speeds=speeds)).surplus["a"] == 0
