"""Rules that share a prize: outcomes, published numbers, specs, and what is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equilibria.activity_scores import long_run_share
from mechanisms import (
    Contest,
    CurvedShare,
    DesignatedProver,
    EqualShare,
    InvalidInput,
    Lottery,
    Mechanism,
    ProportionalMining,
    Refused,
    Tullock,
    TwoStepSubmission,
    Uniform,
    Vickrey,
    WeibullRace,
    market_from_spec,
    mechanism_from_spec,
)
from mechanisms.amounts import exact_amount
from mechanisms.rules.designated_prover import best_committee, worst_case_cost
from workbench import MarketFile

F = Fraction
TRIO = Contest(6, {"a": 1, "b": 2, "c": 3}, stakes={"a": 15, "b": 90, "c": 900})
RULES: tuple[Mechanism, ...] = (
    ProportionalMining(),
    ProportionalMining(15.0),
    Lottery(),
    EqualShare.aztec_azip5(),
    TwoStepSubmission(capital_rate=0.5, least_deposit=1.0),
    CurvedShare(2.5, "proportional"),
    DesignatedProver(2, 0.5),
)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_specs_and_refusals_that_all_share(rule: Mechanism) -> None:
    assert mechanism_from_spec(json.loads(json.dumps(rule.spec()))) == rule
    with pytest.raises(Refused, match="no mirror image"):
        rule.mirrored()
    ones = dict.fromkeys("abc", 1)
    assert sum(rule.outcome(TRIO, ones).allocation.values()) == 1  # type: ignore[attr-defined]
    profiles = np.array([[[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]], [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]])
    if isinstance(rule, CurvedShare):
        profiles += 1.0
    many = rule.batch(TRIO, profiles)  # type: ignore[attr-defined]
    one = rule.outcome(TRIO, dict(zip("abc", profiles[0, 1].tolist(), strict=True)))  # type: ignore[attr-defined]
    for array, column in ((many.allocation(), one.allocation), (many.payments(), one.payments), (many.proofs(), one.proofs)):
        assert array.shape == profiles.shape and array[0, 1].tolist() == [float(x) for x in column.values()]
    assert many.award.all()
    with pytest.raises(InvalidInput, match="at least 0"):
        rule.outcome(TRIO, ones | {"a": -1})  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="needs a Contest"):
        rule.outcome(market_from_spec({"kind": "procurement", "costs": {"a": Uniform(0, 1).spec()}}), {"a": 1})  # type: ignore[attr-defined]


def test_outcomes_at_one_profile() -> None:
    capped = ProportionalMining(15).outcome(TRIO, {"a": 1, "b": 1, "c": 2})
    assert dict(capped.payments) == {"a": 1, "b": F(3, 2), "c": 3}
    assert not ProportionalMining().outcome(TRIO, dict.fromkeys("abc", 0)).award
    assert dict(Lottery().outcome(TRIO, {"a": 1, "b": 1, "c": 0}).payments) == {"a": 3, "b": 3, "c": 0}
    with pytest.raises(InvalidInput, match="must be 0 or 1"):
        Lottery().outcome(TRIO, {"a": 1, "b": 2, "c": 0})
    deposits = TwoStepSubmission(least_deposit=2).outcome(TRIO, {"a": 2, "b": 4, "c": 0})
    assert dict(deposits.payments) == {"a": 2, "b": 4, "c": 0} and dict(deposits.proofs) == {"a": 1, "b": 1, "c": 0}
    with pytest.raises(InvalidInput, match="0 or at least"):
        TwoStepSubmission(least_deposit=2).outcome(TRIO, {"a": 1, "b": 4, "c": 0})
    curved = CurvedShare(2, "proportional").outcome(TRIO, {"a": 1, "b": 2, "c": 2})
    assert dict(curved.allocation) == {"a": F(2, 3), "b": F(1, 6), "c": F(1, 6)}
    assert curved.payments["b"] == F(1, 3)
    delivered = Tullock().outcome(TRIO, {"a": 1, "b": 3, "c": 0})
    assert dict(delivered.payments) == {"a": F(1, 2), "b": F(3, 2), "c": 0}  # 6 p - bid
    assert delivered.proofs == delivered.allocation
    raced = WeibullRace(1).outcome(TRIO, {"a": 1, "b": 3, "c": 0})
    assert dict(raced.payments) == {"a": F(3, 2), "b": F(9, 2), "c": 0} and dict(raced.proofs) == {"a": 1, "b": 1, "c": 0}


def test_settling_two_steps() -> None:
    rule = TwoStepSubmission(wrong_proof=5, no_proof=2)
    found = rule.settle(12, {"a": (1, "revealed"), "b": (2, "missing"), "c": (3, "wrong")})
    assert dict(found) == {"a": 2, "b": -2, "c": -5}
    again = rule.settle(12, {"a": (2, "revealed"), "b": (2, "missing"), "c": (3, "wrong")})
    assert again["a"] == F(24, 7)  # a deposit that was added again dilutes the others
    with pytest.raises(InvalidInput, match="revealed, wrong or missing"):
        rule.settle(1, {"a": (1, "late")})  # type: ignore[dict-item]


def test_activity_scores_of_aztec() -> None:
    old, new = EqualShare.aztec(), EqualShare.aztec_azip5()
    assert old.break_even_coverage == F(4, 5) and round(float(new.break_even_coverage) * 100, 2) == 98.62
    assert round(float(new.epochs_to_recover()), 1) == 71.4 and new.epochs_to_recover(new.largest) == F(525, 2)
    assert old.shares(15_000_000) == new.shares(367_500) == 1_000_000
    assert old.shares(0) == 100_000 and new.shares(0) == 10_000
    assert old.shares(14_000_000) == 900_000 and new.shares(267_500) == 750_000
    long_run = {q: (long_run_share(old, q), long_run_share(new, q)) for q in (0.99, 0.95, 0.90, 0.80)}
    # the exact stationary law; a simulation of finite length gave .990/.751, .950/.027, .899/.010, .148/.008
    expected = {0.99: (0.990, 0.739), 0.95: (0.950, 0.030), 0.90: (0.899, 0.010), 0.80: (0.179, 0.008)}
    for q, pair in expected.items():
        assert long_run[q] == pytest.approx(pair, abs=6e-4)
    split, whole = new.divided(100, {"a": 367_500, "b": 367_500, "c": 367_500}), new.divided(100, {"a": 367_500, "b": 367_500})
    assert split["b"] + split["c"] > whole["b"], "splitting in two pays: the rule is not Sybil-proof"
    with pytest.raises(InvalidInput, match="at most 367500"):
        new.shares(367_501)
    with pytest.raises(InvalidInput, match="positive whole number"):
        EqualShare(increment=0)
    with pytest.raises(InvalidInput, match="above penalty"):
        EqualShare(increment=100_000).epochs_to_recover()
    with pytest.raises(InvalidInput, match=r"lie in \(0, 1\)"):
        long_run_share(new, 1.0)


def test_a_long_run_share_is_what_a_simulation_approaches() -> None:
    rule, q, rng = EqualShare(increment=130_000, largest=600_000, slope=20_000), 0.85, np.random.default_rng(3)
    score, earned, epochs = 0, 0.0, 100_000
    pay = {s: float(rule.shares(s)) / rule.full for s in range(0, rule.largest + 1, 10_000)}
    for proved in rng.uniform(size=epochs) < q:
        score = max(score - rule.penalty, 0)
        if proved:
            score = min(score + rule.increment, rule.largest)
            earned += pay[score]
    assert earned / epochs == pytest.approx(long_run_share(rule, q), abs=1e-2)


def test_committees_behind_a_designated_prover() -> None:
    assert worst_case_cost(10, 10, 1000, 0) == 1
    assert worst_case_cost(2, 1, 100, 1) == F(1, 2) + F(1, 2)  # the other is honest
    assert [best_committee(100, 50, 10**k) for k in (1, 2, 3, 4)] == [3, 6, 9, 12]
    costs = [worst_case_cost(100, 50, 10**k, best_committee(100, 50, 10**k)) for k in (1, 2, 3, 4, 5)]
    steps = [float(b - a) for a, b in pairwise(costs)]
    assert max(steps) < 1.8 and min(steps) > 1.2, "each factor of 10 of the penalty adds about the same: log C"
    for wrong in ((10, 0, 100, 1), (10, 5, 100, 10), (10, 5, 2, 4)):
        with pytest.raises(InvalidInput):
            worst_case_cost(*wrong)
    with pytest.raises(Refused, match="as many provers"):
        DesignatedProver(3).outcome(TRIO, dict.fromkeys("abc", 1))


def test_parameters_out_of_their_range() -> None:
    for make in (
        lambda: ProportionalMining(0),
        lambda: TwoStepSubmission(no_proof=-1),
        lambda: CurvedShare(0),
        lambda: CurvedShare(2, "first"),  # type: ignore[arg-type]
        lambda: DesignatedProver(-1),
        lambda: DesignatedProver(1, -1),
        lambda: EqualShare(minimum=2_000_000),
        lambda: WeibullRace.from_spread(0),
    ):
        with pytest.raises(InvalidInput):
            make()
    with pytest.raises(InvalidInput, match="must be positive"):
        CurvedShare(2).outcome(TRIO, {"a": 0, "b": 1, "c": 1})


def test_contests_with_known_costs_as_specs() -> None:
    market = Contest("10/3", {"a": 1.25, "b": "11/10", "c": F(1, 3)}, speeds={"c": 1, "a": 2, "b": "1/7"})
    assert market.known == (F(5, 4), F(11, 10), F(1, 3)) and market.speeds == (2, F(1, 7), 1) and not market.priors
    assert market_from_spec(json.loads(json.dumps(market.spec()))) == market
    text = '[market]\nkind = "contest"\nprize = 2\ncosts = {a = 1, b = "6/5"}\n[mechanism]\nkind = "lottery"\n'
    file = MarketFile.from_toml(text)
    assert file.market == Contest(2, {"a": 1, "b": "6/5"}) and file.mechanism == Lottery()
    with pytest.raises(InvalidInput, match=r"market\.costs\.b must be"):
        market_from_spec({"kind": "contest", "prize": 1, "costs": {"a": 1, "b": -1}})
    mixed = {"a": Uniform(1, 2), "b": 1}
    for wrong in (mixed, {"a": 0}, {"a": "x"}, {"a": float("nan")}, {"": 1}, {"a": True}, {"a": "1e9"}, {}):
        with pytest.raises(InvalidInput):
            Contest(1, wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="must be left out where costs are private"):
        Contest(1, {"a": Uniform(1, 2)}, speeds={"a": 1})
    with pytest.raises(InvalidInput, match="for each label"):
        Contest(1, {"a": 1, "b": 1}, stakes={"a": 1})
    with pytest.raises(InvalidInput, match="prize must be positive"):
        Contest(0, {"a": 1})
    with pytest.raises(Refused):
        Vickrey().outcome(market, dict.fromkeys("abc", 1))


@given(st.fractions(min_value=F(1, 10**6), max_value=10**6), st.floats(1e-9, 1e9))
def test_amounts_are_kept_exactly(fraction: Fraction, double: float) -> None:
    assert exact_amount(str(fraction), "x") == fraction == exact_amount(fraction, "x")
    assert exact_amount(double, "x") == F(double)
    for wrong in (-fraction, 10**200, F(1, 10**200), None, "1/0", "nan", float("inf"), "9" * 500):
        with pytest.raises(InvalidInput, match=r"^x must"):
            exact_amount(wrong, "x")
