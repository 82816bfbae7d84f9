"""Prooφ-style exchanges and McAfee: worked numbers, dominance, budgets, and the attacks that they do not withstand."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
import pytest

from mechanisms import Exchange, InvalidInput, McAfee, Procurement, ProoflikeA, ProoflikeC, Refused, Uniform, mechanism_from_spec
from mechanisms.prefixes import PrefixMechanism
from tests.exchange_checks import (
    best_gains,
    exact_batch_and_strict_agree,
    exchange,
    feasible,
    no_deficit,
    nobody_loses,
    random_markets,
    traded,
    utilities,
)

F = Fraction
PROOFLIKE = (ProoflikeA(), ProoflikeC())
RULES = (*PROOFLIKE, McAfee())
REPORTS = [F(x) for x in (10, 9, 8, 7, 6, 5, 4, 1, 3, 5, 7)]


@pytest.mark.parametrize("rule", PROOFLIKE, ids=lambda rule: rule.kind)
def test_the_worked_example(rule: ProoflikeA | ProoflikeC) -> None:
    market = exchange(7, (2, 2, 2, 3))
    shares, amounts = traded(rule, market, REPORTS)
    assert shares == [1, 1, 1, 1, 0, 0, 0, 2, 2, 0, 0]
    assert amounts == [6, 6, 6, 6, 0, 0, 0, 10, 10, 0, 0]
    assert utilities(rule, market, REPORTS, REPORTS)[7:] == [8, 4, 0, 0]


def test_variant_a_trades_where_c_does_not() -> None:
    market, reports = exchange(3, (2, 1)), [F(9), F(8), F(2), F(1), F(5)]
    assert traded(ProoflikeA(), market, reports) == ([1, 1, 0, 2, 0], [5, 5, 0, 10, 0])
    assert traded(ProoflikeC(), market, reports) == ([0] * 5, [0] * 5)


@pytest.mark.parametrize(
    ("fees", "asks", "trades", "pay", "paid"),
    [
        ((10, 8, 6), (2, 4, 7), 2, F(13, 2), F(13, 2)),
        ((10, 8, 6, 1), (2, 4, F(59, 10), 9), 2, 6, F(59, 10)),
        ((10,), (2,), 0, 0, 0),
        ((10, 9), (2, 3), 1, 9, 3),  # nobody is left to set the price
        ((5, 5), (5, 5), 1, 5, 5),
        ((1,), (2,), 0, 0, 0),
        ((9, 4), (1, 4, 6), 1, 4, 4),  # the second pair is at a tie, and there is no third fee
        ((9, 4, 3), (1, 4, 6), 1, 4, 4),  # its price 9/2 lies above the fee 4
    ],
)
def test_mcafee(fees: tuple[int, ...], asks: tuple[int, ...], trades: int, pay: Fraction, paid: Fraction) -> None:
    market = exchange(len(fees), [1] * len(asks))
    shares, amounts = traded(McAfee(), market, [*fees, *asks])
    n = len(fees)
    assert shares == [int(i < trades) for i in range(n)] + [int(j < trades) for j in range(len(asks))]
    assert amounts == [pay * share for share in shares[:n]] + [paid * share for share in shares[n:]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_evaluations_agree(rule: ProoflikeA | ProoflikeC | McAfee) -> None:
    rng = np.random.default_rng(3)
    unit = isinstance(rule, McAfee)
    for users, capacities in ((5, (1, 1, 1)), (3, (1, 1, 1, 1)), (1, (1,)), (4, (2, 1, 3)), (2, (3, 1)), (9, (2, 4, 1, 1))):
        market = exchange(users, [1] * len(capacities) if unit else capacities)
        exact_batch_and_strict_agree(rule, market, rng.integers(0, 8, (40, len(market.labels))), 2)
        assert rule.batch(market, np.zeros((2, 3, len(market.labels)))).payments().shape == (2, 3, len(market.labels))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_no_report_beats_the_truth_and_nobody_loses(rule: ProoflikeA | ProoflikeC | McAfee) -> None:
    sold = 0
    for market, types in random_markets(5, 400, capacity=1 if isinstance(rule, McAfee) else 3):
        feasible(rule, market, types)
        nobody_loses(rule, market, types)
        no_deficit(rule, market, types)
        assert max(best_gains(rule, market, types)) == 0, (market.capacities, types)
        sold += any(traded(rule, market, types)[0])
    assert sold > 50  # the check is not empty


def test_c_trades_at_most_as_much_as_a() -> None:
    for market, types in random_markets(6, 200):
        assert sum(traded(ProoflikeC(), market, types)[0]) <= sum(traded(ProoflikeA(), market, types)[0])


def test_a_prover_gains_by_holding_capacity_back() -> None:
    fees, costs = [F(x) for x in (15, 14, 13, 12, 9, 4)], [F(x) for x in (1, 4, 7, 8)]
    honest, lie = exchange(6, (3, 3, 3, 3)), exchange(6, (2, 3, 3, 3))
    assert traded(ProoflikeA(), honest, fees + costs)[0][6:] == [3, 0, 0, 0]
    assert utilities(ProoflikeA(), honest, fees + costs, fees + costs)[6] == 9
    shares, amounts = traded(ProoflikeA(), lie, fees + costs)
    assert shares[6:] == [2, 3, 0, 0] and amounts[6] == 2 * 7
    assert utilities(ProoflikeA(), lie, fees + costs, fees + costs)[6] == 12


def test_a_prover_gains_by_splitting_in_two() -> None:
    fees = [F(x) for x in (15, 15, 15, 11, 10, 6, 4)]
    honest = utilities(ProoflikeA(), exchange(7, (1, 1, 3, 2)), *[[*fees, F(4), F(5), F(5), F(6)]] * 2)
    assert honest[9] == 3
    split = exchange(7, (1, 1, 1, 2, 2))
    reports = [*fees, F(4), F(5), F(5), F(9), F(6)]
    types = [*fees, F(4), F(5), F(5), F(5), F(6)]
    gains = utilities(ProoflikeA(), split, reports, types)
    assert gains[9] + gains[10] == 4


@pytest.mark.parametrize("rule", PROOFLIKE, ids=lambda rule: rule.kind)
def test_stating_too_much_capacity_pays_on_assignment_only(rule: ProoflikeA | ProoflikeC) -> None:
    """Paid for what it delivers, a prover never gains by it; paid for what it was assigned, it may."""
    assigned = 0
    for market, types in random_markets(21, 300):
        n = market.buyers
        honest = utilities(rule, market, types, types)
        for j, true in enumerate(market.capacities):
            stated = exchange(n, [*market.capacities[:j], true + 1, *market.capacities[j + 1 :]])
            shares, amounts = traded(rule, stated, types)
            if shares[n + j]:
                price = amounts[n + j] / shares[n + j]
                assert (price - types[n + j]) * true <= honest[n + j]
                assigned += amounts[n + j] - types[n + j] * true > honest[n + j]
    assert assigned > 10


def test_two_provers_gain_together() -> None:
    market = exchange(7, (2, 2, 2, 3))
    honest = utilities(ProoflikeA(), market, REPORTS, REPORTS)
    lifted = [*REPORTS[:9], F(7), REPORTS[10]]  # the runner-up, which sells nothing, asks 7 instead of 5
    together = utilities(ProoflikeA(), market, lifted, REPORTS)
    assert sum(together[7:]) > sum(honest[7:])


def test_no_trade_as_provers_are_used_whole() -> None:
    market = exchange(2, (3, 3))
    assert not any(traded(ProoflikeA(), market, [F(20), F(20), F(1), F(1)])[0])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_refusals_and_specs(rule: ProoflikeA | ProoflikeC | McAfee) -> None:
    assert mechanism_from_spec(rule.spec()) == rule
    with pytest.raises(Refused, match=rf"{type(rule).__name__} needs an Exchange, .* got Procurement"):
        rule.outcome(Procurement({"a": Uniform(0, 1)}), {"a": 1})
    with pytest.raises(Refused, match="needs users of demand 1"):
        rule.outcome(exchange(1, (1,), (2,)), {"u0": 1, "p0": 1})
    if isinstance(rule, McAfee):
        with pytest.raises(Refused, match="needs provers of capacity 1"):
            rule.batch(exchange(1, (2,)), np.zeros(2))
        assert rule.mirrored() == rule
    else:
        with pytest.raises(Refused, match="no mirror image"):
            rule.mirrored()


def test_sizes_of_an_exchange() -> None:
    law = Uniform(0, 1)
    users, provers = {"u": law, "v": law}, {"p": law, "q": law}
    market = Exchange(users, provers, capacities={"q": 3}, demands={"u": 2})
    assert market.capacities == (1, 3) and market.demands == (2, 1) and not market.unit
    assert market != Exchange(users, provers) and Exchange(users, provers).unit
    assert "capacities" not in Exchange(users, provers, capacities={"p": 1}).spec()
    with pytest.raises(Refused, match="no mirror image"):
        market.mirrored()
    for wrong, message in (
        ({"x": 1}, r"capacities\.x must be the label of a prover"),
        ({"p": 0}, r"capacities\.p must be a whole number from 1"),
        ({"p": 1.5}, r"capacities\.p must be a whole number"),
        ({"p": True}, r"capacities\.p must be a whole number"),
        ([1, 1], "capacities must be a mapping"),
    ):
        with pytest.raises(InvalidInput, match=message):
            Exchange(users, provers, capacities=wrong)  # type: ignore[arg-type]


@final
@dataclass(frozen=True, slots=True)
class Planted(PrefixMechanism):
    """Variant A with one fault."""

    kind = "planted"

    fault: str

    def deciding_rank(self, units: int) -> int:
        return units - 2 if self.fault == "rank" and units > 1 else units - 1

    def _user_price(self, excluded: Any, ask: Any, maximum: Any) -> Any:
        return {"price": excluded, "ask": ask}.get(self.fault, maximum(excluded, ask))


@pytest.mark.parametrize(("fault", "check"), [("price", "budget"), ("ask", "truth"), ("rank", "rationality"), ("none", "")])
def test_the_checks_catch_planted_faults(fault: str, check: str) -> None:
    rule, caught = Planted(fault), set()
    for market, types in random_markets(5, 400):
        for name, law in (("budget", no_deficit), ("rationality", nobody_loses)):
            try:
                law(rule, market, types)
            except AssertionError:
                caught.add(name)
        if max(best_gains(rule, market, types)) > 0:
            caught.add("truth")
    assert check in caught if fault != "none" else not caught
