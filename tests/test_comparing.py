"""`compare`: one row a rule, in order, with what is certified or the reason why there is nothing."""

from __future__ import annotations

import json

import pytest

from equilibria import compare, solve
from equilibria.requester_surplus import requester_surplus
from mechanisms import (
    CentralProver,
    FirstPrice,
    InvalidInput,
    Mechanism,
    Optimal,
    PostedPrice,
    Procurement,
    Race,
    Sale,
    Uniform,
    Vickrey,
)

AMOUNT = 1e-7  # what first-price payments are exact to


def three(value: float | None = 1.0) -> Procurement:
    return Procurement(costs={name: Uniform(0, 1) for name in "abc"}, value=value)


def test_rows_come_in_the_order_given_duplicates_included() -> None:
    rules: list[Mechanism] = [Vickrey(), FirstPrice(), Vickrey(), PostedPrice(0.5)]
    comparison = compare(three(), rules)
    assert [row.mechanism for row in comparison.rows] == rules
    assert comparison.message == "every rule has an equilibrium here"
    assert all(row.reason is None for row in comparison.rows)


def test_revenue_equivalence_and_the_optimal_rule() -> None:
    first, second, best, posted = compare(three(), [FirstPrice(), Vickrey(), Optimal(), PostedPrice(0.5)]).rows
    answers = ((first, 1 / 2, 1 / 2), (second, 1 / 2, 1 / 2), (best, 11 / 32, 17 / 32), (posted, 7 / 16, 7 / 16))
    for row, payment, surplus in answers:
        assert row.equilibrium is not None and row.requester_surplus is not None
        assert row.equilibrium.expected_payment.midpoint == pytest.approx(payment, abs=AMOUNT)
        assert row.requester_surplus.midpoint == pytest.approx(surplus, abs=AMOUNT)


def test_a_rule_that_is_refused_says_why_in_its_row() -> None:
    market = Procurement(costs={"a": Uniform(0, 1)})
    comparison = compare(market, [FirstPrice(), FirstPrice(0.5), CentralProver()])
    refused, fine, central = comparison.rows
    assert comparison.message == "1 of 3 rules has an equilibrium here"
    assert refused.equilibrium is None and refused.requester_surplus is None
    assert refused.reason is not None and "reserve" in refused.reason
    assert fine.equilibrium is not None and fine.reason is None
    assert central.equilibrium is None and central.reason is not None and "value" in central.reason


def test_the_table_is_in_the_words_of_the_field() -> None:
    text = str(compare(three(), [FirstPrice(), Race(0.5), CentralProver("nobody")]))
    head, first, race, central, reason = text.splitlines()
    for column in ("rule", "expected payment", "resource cost", "of it redundant", "no award", "requester surplus", "epsilon"):
        assert column in head
    assert first.startswith("FirstPrice(reserve=None)") and "0.5" in first and "certified" in first
    assert race.startswith("Race(prize=0.5)")
    assert central.split()[-1] == "-" and "nobody" in reason


def test_without_a_value_there_is_no_requester_surplus() -> None:
    comparison = compare(three(None), [Vickrey()])
    assert comparison.rows[0].requester_surplus is None
    assert "requester surplus" not in str(comparison)


def test_in_a_sale_the_payment_is_revenue_and_the_seller_keeps_its_own_value() -> None:
    market = Sale(values={"a": Uniform(0, 1), "b": Uniform(0, 1)}, value=0.2)
    comparison = compare(market, [Vickrey(0.6)])
    [row] = comparison.rows
    assert "revenue" in str(comparison)
    assert row.equilibrium is not None and row.requester_surplus is not None
    sold = 1 - 0.6**2
    assert row.requester_surplus.midpoint == pytest.approx(
        row.equilibrium.expected_payment.midpoint - 0.2 * sold, abs=AMOUNT
    )


def test_the_requester_surplus_is_enclosed_outward() -> None:
    found = solve(Vickrey(0.5), three())
    surplus = requester_surplus(found)
    assert surplus is not None
    assert 17 / 32 in surplus
    assert surplus.width >= found.expected_payment.width


def test_the_record_is_plain_json() -> None:
    comparison = compare(three(), [Vickrey(), CentralProver("nobody")])
    told = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    good, bad = told["rows"]
    assert good["mechanism"] == {"kind": "vickrey"} and good["reason"] is None
    assert good["requester_surplus"]["lower"] <= 0.5 <= good["requester_surplus"]["upper"]
    assert bad["mechanism"]["kind"] == "central_prover" and "nobody" in bad["reason"]
    assert "\n" not in repr(comparison)


def test_progress_rises_to_one() -> None:
    told: list[tuple[str, float]] = []
    compare(three(), [FirstPrice(), Vickrey()], progress=lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    assert any("Vickrey" in what for what, _ in told)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        compare(three(), [])
    with pytest.raises(InvalidInput, match=r"mechanisms\[1\]"):
        compare(three(), [Vickrey(), "vickrey"])  # type: ignore[list-item]
    with pytest.raises(InvalidInput, match="list"):
        compare(three(), Vickrey())  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="market"):
        compare({}, [Vickrey()])  # type: ignore[arg-type]
