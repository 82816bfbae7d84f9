"""What contestants gain under two names, and in pairs: the claims of the literature on false names in contests."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from equilibria import audit, check, solve
from equilibria.checking import sealed
from mechanisms import (
    Contest,
    CurvedShare,
    DesignatedProver,
    EqualShare,
    Lottery,
    Mechanism,
    PrizeContest,
    ProportionalMining,
    Refused,
    Tullock,
    TwoStepSubmission,
    Uniform,
    WeibullRace,
)

THREE = Contest(10, {"a": 1, "b": 2, "c": 3})
ALIKE = Contest(10, dict.fromkeys("abc", 1))
STAKED = Contest(10, dict.fromkeys("abc", 1), stakes={"a": 60, "b": 600, "c": 600})
TWO_STEPS = TwoStepSubmission(capital_rate=Fraction(1, 10), no_proof=1)


@pytest.mark.parametrize(
    ("rule", "market", "word"),
    [
        (Tullock(1), THREE, "neutral"),
        (Tullock(1.2), Contest(10, dict.fromkeys("ab", 1)), "never pays"),
        (ProportionalMining(), THREE, "neutral"),
        (ProportionalMining(15), STAKED, "never pays"),
        (WeibullRace(1), THREE, "neutral"),
        (PrizeContest(), THREE, "never pays"),
        (CurvedShare(1.2, "tullock"), Contest(10, dict.fromkeys("ab", 1)), "never pays"),
        (CurvedShare(1, "tullock"), THREE, "neutral"),
        (TWO_STEPS, ALIKE, "never pays"),
    ],
    ids=repr,
)
def test_names_that_never_pay_are_certified(rule: Mechanism, market: Contest, word: str) -> None:
    found = audit(rule, market, kinds="identities").finding("identities")
    assert (found.status, found.how) == ("absent", "proof")
    assert word in found.message
    assert found.certificate is not None
    text = found.certificate.to_json()
    assert check(text).valid
    document = json.loads(text)
    document["states"]["splitting"] = "never pays" if word == "neutral" else "neutral"
    assert not check(sealed(document)).valid
    document["mechanism"] = {"kind": "tullock", "alpha": "1/2", "rebate": "0"}
    assert not check(sealed(document)).valid


@pytest.mark.parametrize(
    ("rule", "market"),
    [
        (Tullock(0.5), THREE),
        (EqualShare(), ALIKE),
        (Lottery(), ALIKE),
        (CurvedShare(2), THREE),
        (CurvedShare(3, "proportional"), ALIKE),
        (DesignatedProver(1), ALIKE),
    ],
    ids=repr,
)
def test_where_names_are_counted_a_second_one_pays(rule: Mechanism, market: Contest) -> None:
    found = audit(rule, market, kinds="identities").finding("identities")
    assert found.status == "found" and found.gain is not None and found.gain > 0
    assert found.instance is not None and "2 names" in found.instance.story


def test_further_names_do_not_collide_with_those_of_the_market() -> None:
    """A contestant that is called what a further name of another would be."""
    market = Contest(10, {"a": 1, "a+1": 1, "c": 1})
    reports = audit(Lottery(), market, kinds="identities").finding("identities").instance.reports
    assert set(reports) == {"a", "a+1", "c", "a+1+1"}


def test_a_lottery_ticket_more_pays_what_it_says() -> None:
    """Two of four tickets instead of one of three, and one proof: 10/2 - 10/3."""
    assert audit(Lottery(), ALIKE, kinds="identities").finding("identities").gain == Fraction(5, 3)


def test_efforts_of_the_equilibrium_are_best_and_two_together_make_less() -> None:
    found = audit(ProportionalMining(), THREE)
    assert found.finding("cost").status == "absent"
    pair = found.finding("coalition")
    assert pair.gain == Fraction(35, 9)
    assert "contestants a and b" in pair.instance.story
    assert not found.left_out.keys() & {"cost", "identities", "coalition"}


def test_a_split_pays_what_the_rule_itself_says() -> None:
    """The instance played on the rule's own outcome, in doubles: two halves of the exponent 1/2."""
    found = audit(Tullock(0.5), THREE, kinds="identities").finding("identities")
    wide = Contest(10, {"a": 1, "b": 2, "c": 3, "a+1": 1})
    alone = {label: float(effort) for label, effort in found.instance.reports.items()}
    split = Tullock(0.5).outcome(wide, alone)
    kept = sum(split.payments[name] - split.proofs[name] for name in ("a", "a+1"))
    assert kept - solve(Tullock(0.5), THREE).surplus["a"].midpoint == pytest.approx(float(found.gain), rel=1e-9)


@pytest.mark.parametrize(("alpha", "sign"), [(1, 0), (2, 1)])
def test_merging_two_efforts_pays_above_one_only(alpha: int, sign: int) -> None:
    """The efforts of two under one name: their share is 2/3 for the exponent 1, and 4/5 for 2."""
    efforts = {"a": Fraction(1), "b": Fraction(1), "c": Fraction(1)}
    merged = {"a": Fraction(2), "b": Fraction(0), "c": Fraction(1)}
    before, after = (Tullock(alpha).outcome(ALIKE, e).allocation for e in (efforts, merged))
    gain = after["a"] - before["a"] - before["b"]
    assert (gain > 0) - (gain < 0) == sign


def test_two_with_an_exponent_above_one_gain_by_one_name() -> None:
    found = audit(Tullock(Fraction(6, 5)), ALIKE, kinds="coalition").finding("coalition")
    assert found.status == "found" and [label for label in "ab" if found.instance.reports[label] == 0] == ["b"]


def test_work_for_nobody_pays_what_the_rule_pays() -> None:
    free = audit(ProportionalMining(), THREE, kinds="wash_work").finding("wash_work")
    assert free.gain == solve(ProportionalMining(), THREE).surplus["a"] == Fraction(40, 9)
    paid = ProportionalMining().outcome(THREE, free.instance.reports).payments["a"]
    assert paid - free.instance.reports["a"] == free.gain
    capped = audit(ProportionalMining(15), STAKED, kinds="wash_work").finding("wash_work")
    assert capped.status == "found" and "no requests" in capped.instance.story
    assert "wash_work" in audit(Tullock(1), THREE).left_out


def test_a_committed_proof_is_revealed() -> None:
    """What each would gain by not revealing, from the rule's own settlement."""
    found = audit(TWO_STEPS, ALIKE, kinds="non_reveal").finding("non_reveal")
    assert found.status == "absent" and check(found.certificate.to_json()).valid
    efforts = solve(TWO_STEPS, ALIKE).efforts
    revealed = TWO_STEPS.settle(10, {label: (effort, "revealed") for label, effort in efforts.items()})
    missing = TWO_STEPS.settle(10, {label: (e, "missing" if label == "a" else "revealed") for label, e in efforts.items()})
    assert missing["a"] - (revealed["a"] - 1) == -1 - Fraction(10, 3) + 1


def test_a_designated_prover_withholds_where_prize_and_slash_are_less_than_its_cost() -> None:
    rule = DesignatedProver(committee=1, slash=1)
    assert audit(rule, ALIKE, kinds="non_reveal").finding("non_reveal").status == "absent"
    dear = Contest(10, {"a": 1, "b": 1, "c": 20})
    found = audit(rule, dear, kinds="non_reveal").finding("non_reveal")
    assert found.gain == (20 - 10 - 1) * Fraction(1, 3) and found.instance.reports["c"] == 0
    with pytest.raises(Refused, match="nobody is called"):
        audit(Tullock(1), THREE, kinds="non_reveal")


def test_a_hash_that_is_submitted_again_costs_who_does_it() -> None:
    """Of four deposits three are paid: each part falls from 10/3 to 10/4."""
    found = audit(TWO_STEPS, ALIKE, kinds="resubmission").finding("resubmission")
    assert found.status == "not_found" and "loses 5/6 of its own" in found.message and "the others 5/3" in found.message


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("mechanism", {"kind": "lottery"}, "names are counted"),
        ("mechanism", {"kind": "designated_prover", "committee": "1", "slash": "0"}, "names are counted"),
        ("mechanism", {"kind": "tullock", "alpha": "1", "rebate": "1"}, "rebate must be 0"),
        ("mechanism", {"kind": "proportional_mining", "stake_divisor": "15"}, "stakes is missing"),
        ("mechanism", {"kind": "tullock", "alpha": "1", "rebate": "0", "extra": "1"}, "extra"),
        ("states", {"splitting": "always pays"}, "must be 'neutral'"),
        ("profile", {}, "profile"),
    ],
    ids=str,
)
def test_planted_claims_about_names_are_refused(key: str, value: object, words: str) -> None:
    found = audit(Tullock(1), THREE, kinds="identities").finding("identities")
    document = json.loads(found.certificate.to_json())
    document[key] = value
    assert not check(json.dumps(document)).valid  # the digest left
    verdict = check(sealed(document))
    assert not verdict.valid and words in str(verdict)


def test_private_costs_are_refused_with_the_reason() -> None:
    with pytest.raises(Refused, match="audited where they are known"):
        audit(Tullock(1), Contest(1, dict.fromkeys("ab", Uniform(1, 2))), kinds=["identities", "coalition"])
