"""Expectations over priors: closed forms, what is proved, and what is refuted, exactly and in balls."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest

from equilibria import check, verify
from equilibria.checking import sealed
from mechanisms import (
    Beta,
    Empirical,
    FirstPrice,
    KDoubleAuction,
    LogNormal,
    Market,
    PostedPrice,
    Procurement,
    Refused,
    Uniform,
    Vickrey,
)
from tests.bayesian_rules import (
    TRADE,
    UNIT,
    Rule,
    expected_externality,
    first_price,
    halved,
    lowest_wins,
    sale,
    second_price,
    third_price,
    winner,
)


@pytest.mark.parametrize(
    ("rule", "market"),
    [
        (halved, sale(UNIT, UNIT)),
        (halved, sale(UNIT, UNIT, UNIT)),
        (halved, sale(*[Uniform(0, 3)] * 4)),
        (expected_externality, TRADE),
        (lowest_wins, Procurement({"a": UNIT, "b": UNIT, "c": UNIT})),
        (second_price, sale(Beta(0.5, 3, 0, 1), LogNormal(0, 1, 0.1, 5))),
        (second_price, sale(UNIT, Uniform(0.25, 2), Empirical.from_samples([0.1, 0.3, 0.4, 0.8, 0.9]))),
        (Vickrey(0.5), sale(UNIT, Beta(2, 2, 0, 1))),
        (Vickrey(0.5), Procurement({"a": UNIT, "b": Uniform(0.1, 2)})),
    ],
    ids=["halved", "thirds", "quarters", "trade", "costs", "second", "three", "reserve", "procurement"],
)
def test_proved(rule: Any, market: Market) -> None:
    found = verify(rule, market, "bic")
    assert (found.status, found.epsilon) == ("proved", 0)
    assert found.certificate is not None and check(found.certificate).valid


def two_highest_pay(price: Callable[[Any], Any]) -> Rule:
    """Two units, three buyers."""

    def rule(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        last = min(range(3), key=lambda place: reports[place])
        return [int(k != last) for k in range(3)], [price(reports[k]) if k != last else 0 for k in range(3)]

    return rule


def test_two_units() -> None:
    """A buyer that reports b gets a unit unless both others are above, so with chance 1 - (1 - b)^2."""
    market = sale(UNIT, UNIT, UNIT)
    found = verify(two_highest_pay(lambda v: v / 2), market, "bic")
    assert found.status == "refuted" and found.counterexample is not None
    kind, report = found.counterexample.types["a"], found.counterexample.reports[1]["a"]
    chance = {b: 1 - (1 - b) ** 2 for b in (kind, report)}
    gain = (kind - report / 2) * chance[report] - kind / 2 * chance[kind]
    assert found.counterexample.gain == gain > 0


def test_an_embedded_first_price_is_an_equilibrium_and_not_dominant() -> None:
    market = sale(UNIT, UNIT)
    assert verify(halved, market, "bic").status == "proved"
    assert verify(halved, market, "interim_ir").status == "proved"
    assert verify(halved, market, "dsic").status == "refuted"


def test_balanced_trade_leaves_a_buyer_of_no_value_with_a_loss() -> None:
    found = verify(expected_externality, TRADE, "interim_ir")
    assert found.status == "refuted" and found.counterexample is not None
    assert found.counterexample.gain == Fraction(1, 12)
    assert found.counterexample.types == {"buyer": 0} or found.counterexample.types == {"seller": 1}


@pytest.mark.parametrize(
    ("rule", "market", "gain"),
    [
        (first_price, sale(UNIT, UNIT), Fraction(1, 4)),
        (FirstPrice(), sale(UNIT, UNIT), Fraction(1, 4)),
        (halved, sale(Uniform(1, 3), Uniform(1, 3)), Fraction(1, 16)),
    ],
)
def test_refuted_exactly(rule: Any, market: Market, gain: Fraction) -> None:
    """A type v gains max_b (v - p(b)) F(b) - (v - p(v)) F(v); with first prices and v = 1 that is 1/4, at b = 1/2."""
    found = verify(rule, market, "bic")
    assert found.status == "refuted" and found.counterexample is not None
    assert Fraction(9, 10) * gain <= found.counterexample.gain <= gain
    assert found.certificate is None


def test_refuted_in_balls() -> None:
    market = sale(Beta(2, 3, 0, 1), Beta(2, 3, 0, 1))
    found = verify(first_price, market, "bic")
    assert found.status == "refuted" and found.counterexample is not None
    (kind,), (report,) = (tuple(found.counterexample.types.values()), tuple(found.counterexample.reports[1].values()))
    gain = float(kind - report) * float(Beta(2, 3, 0, 1).cdf(float(report)))
    assert float(found.counterexample.gain) == pytest.approx(gain, rel=1e-12)


def test_a_share_that_falls_is_refuted_though_its_payments_fit() -> None:
    def backwards(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        low = int(reports[0] <= reports[1])
        return [low, 1 - low], [0, 0]

    assert verify(backwards, sale(UNIT, UNIT), "bic").status == "refuted"


def test_within() -> None:
    def nearly(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        who = winner(reports)
        price = sorted(reports)[0] + reports[who] / 1000
        return [int(k == who) for k in range(2)], [price if k == who else 0 for k in range(2)]

    market = sale(UNIT, Beta(2, 2, 0, 1))
    found = verify(nearly, market, "bic", epsilon=Fraction(1, 500))
    assert found.status == "within" and found.certificate is not None and found.epsilon is not None
    assert 0 < found.epsilon <= Fraction(1, 500) and check(found.certificate).valid
    assert found.counterexample is not None and found.counterexample.gain <= found.epsilon
    assert verify(nearly, market, "bic").status == "refuted"
    tree = json.loads(found.certificate.to_json())
    tree["states"]["epsilon"] = str(found.epsilon / 2)
    assert "can be confirmed" in check(sealed(tree)).message


def test_dominant_where_nothing_is_integrated() -> None:
    def two_units(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        first = max(range(3), key=lambda k: reports[k])
        second = max((k for k in range(3) if k != first), key=lambda k: reports[k])
        price = min(reports)
        won = (first, second)
        return [int(k in won) for k in range(3)], [price if k in won else 0 for k in range(3)]

    found = verify(two_units, sale(UNIT, UNIT, UNIT), "bic")
    assert found.status == "proved" and found.certificate is not None and check(found.certificate).valid
    assert verify(PostedPrice(0.5), sale(UNIT, UNIT, UNIT), "bic").status == "proved"
    assert verify(third_price, sale(UNIT, UNIT, UNIT), "bic").status == "unknown"


def test_participation_for_all_reports_of_the_others() -> None:
    for rule in (first_price, KDoubleAuction(0.5)):
        market = TRADE if isinstance(rule, KDoubleAuction) else sale(UNIT, Beta(2, 2, 0, 1))
        found = verify(rule, market, "interim_ir")
        assert found.status == "proved" and found.certificate is not None and check(found.certificate).valid


def test_refused() -> None:
    with pytest.raises(Refused, match="needs priors"):
        verify(halved, 2, "bic")
    with pytest.raises(Refused, match="two agents or more"):
        verify(halved, sale(UNIT), "bic")


def test_out_of_time() -> None:
    found = verify(second_price, sale(*[UNIT] * 4), "bic", timeout=1e-9)
    assert found.status == "unknown" and found.certificate is None


def test_crashes() -> None:
    def fragile(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        if reports[0] > 2 * reports[1]:
            raise KeyError("no such bid")
        return [0, 0], [0, 0]

    assert verify(fragile, sale(UNIT, UNIT), "bic").status == "crashes"
