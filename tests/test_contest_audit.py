"""What contestants gain under two names, and in pairs: the claims of the literature on false names in contests."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from equilibria import audit, check
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
    Uniform,
    WeibullRace,
)

THREE = Contest(10, {"a": 1, "b": 2, "c": 3})
ALIKE = Contest(10, dict.fromkeys("abc", 1))


@pytest.mark.parametrize(
    ("rule", "market", "word"),
    [
        (Tullock(1), THREE, "neutral"),
        (Tullock(1.2), Contest(10, dict.fromkeys("ab", 1)), "never pays"),
        (ProportionalMining(), THREE, "neutral"),
        (WeibullRace(1), THREE, "neutral"),
        (PrizeContest(), THREE, "never pays"),
        (CurvedShare(1.2, "tullock"), Contest(10, dict.fromkeys("ab", 1)), "never pays"),
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
        (DesignatedProver(1), ALIKE),
    ],
    ids=repr,
)
def test_where_names_are_counted_a_second_one_pays(rule: Mechanism, market: Contest) -> None:
    found = audit(rule, market, kinds="identities").finding("identities")
    assert found.status == "found" and found.gain is not None and found.gain > 0
    assert found.instance is not None and "2 names" in found.instance.story


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


def test_private_costs_are_refused_with_the_reason() -> None:
    with pytest.raises(Refused, match="audited where they are known"):
        audit(Tullock(1), Contest(1, dict.fromkeys("ab", Uniform(1, 2))), kinds=["identities", "coalition"])
