"""Entry in turn: who enters, by a plain induction over all sets; altered files."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from equilibria import Equilibrium, check, solve
from equilibria.checking import sealed
from mechanisms import (
    AllPay,
    Beta,
    Distribution,
    FirstPrice,
    InvalidInput,
    LogNormal,
    Market,
    Mechanism,
    Procurement,
    Refused,
    Sale,
    SequentialEntry,
    Uniform,
    Vickrey,
    market_from_spec,
)

UNIT = Uniform(0, 1)
PAIR = {"a": Uniform(0, 1), "b": Uniform(0.1, 1.3)}
PAIR_KEEPS = 0.13972360121665
"""What `b` expects at first prices with a reserve of 1.5, by quadrature of the certified bids (see `first_prices`)."""

LADDER = {f"q{k}": Uniform(0.1 * k, 1 + 0.1 * k) for k in range(5)}


def profit(laws: list[Distribution], own: int, rivals: tuple[int, ...], reserve: float) -> float:
    def rent(c: float) -> float:
        return float(laws[own].cdf(np.float64(c)) * np.prod([laws[j].survival(np.float64(c)) for j in rivals]))

    points = sorted({k for law in laws for k in law.knots if k < reserve})
    return float(quad(rent, 0, reserve, points=points, limit=200)[0])


def induced(
    laws: list[Distribution], reserve: float, cost: float, inside: tuple[int, ...] = (), turn: int = 0
) -> tuple[int, ...]:
    """Backward induction without short cuts."""
    if turn == len(laws):
        return inside
    then = induced(laws, reserve, cost, (*inside, turn), turn + 1)
    if profit(laws, turn, tuple(j for j in then if j != turn), reserve) > cost:
        return then
    return induced(laws, reserve, cost, inside, turn + 1)


@pytest.mark.parametrize("cost", [0.02, 0.05, 0.11, 0.3])
def test_entrants_are_those_of_a_plain_induction(cost: float) -> None:
    market = SequentialEntry(Procurement(LADDER), cost)
    equilibrium = solve(Vickrey(1.2), market)
    stated = json.loads(equilibrium.certificate.to_json())["equilibrium"]["entrants"]
    assert stated == [f"q{i}" for i in induced(list(LADDER.values()), 1.2, cost)]
    assert equilibrium.status == "proved"
    assert check(equilibrium.certificate).valid
    assert np.isnan(equilibrium.strategy("q4")([0.5])) == ("q4" not in stated)


def test_the_order_decides() -> None:
    """Whoever decides first keeps the other out: with both in, each of two uniform costs expects 1/6."""
    for names in (("a", "b"), ("b", "a")):
        equilibrium = solve(Vickrey(1), SequentialEntry(Procurement(dict.fromkeys(names, UNIT)), 0.2))
        assert json.loads(equilibrium.certificate.to_json())["equilibrium"]["entrants"] == [names[0]]
        assert equilibrium.expected_payment.midpoint == pytest.approx(1)
        assert equilibrium.prover_surplus.midpoint == pytest.approx(1 - 0.5 - 0.2)


@pytest.mark.parametrize("sale", [False, True])
def test_first_prices_among_equals_pay_as_second_prices(sale: bool) -> None:
    """n uniform costs expect 1/(n(n+1)) each: three enter at a cost of 0.06, where 1/12 > 0.06 > 1/20."""
    within = Sale(dict.fromkeys("abcde", UNIT)) if sale else Procurement(dict.fromkeys("abcde", UNIT))
    reserve = 0.0 if sale else 1.0
    first, second = (solve(rule(reserve), SequentialEntry(within, 0.06)) for rule in (FirstPrice, Vickrey))
    for equilibrium in (first, second):
        assert json.loads(equilibrium.certificate.to_json())["equilibrium"]["entrants"] == ["a", "b", "c"]
        assert equilibrium.expected_payment.midpoint == pytest.approx(0.5)
        assert equilibrium.redundant_cost.midpoint == pytest.approx(2 * 0.06)
        assert check(equilibrium.certificate).valid
    bids = first.strategy("a")([0.0, 0.5])
    np.testing.assert_allclose(bids, [0, 1 / 3] if sale else [1 / 3, 2 / 3], atol=1e-12)


@cache
def asymmetric(cost: float, sale: bool = False) -> Equilibrium:
    laws: dict[str, Distribution] = {"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.2, 1.5)}
    if sale:
        values = {"a": Uniform(0.5, 1.5), "b": Uniform(0.2, 1.4), "c": Uniform(0, 1.3)}  # 1.5 less the costs
        return solve(FirstPrice(0.3), SequentialEntry(Sale(values), cost))
    return solve(FirstPrice(1.2), SequentialEntry(Procurement(laws), cost))


def first_prices(laws: dict[str, Distribution], reserve: float) -> dict[str, float]:
    """What each expects in the auction alone, by quadrature over its own costs of what its bid earns."""
    market = Procurement(laws)
    equilibrium = solve(FirstPrice(reserve), market)
    kept = {}
    for own, law in laws.items():
        levels = (np.arange(20_000) + 0.5) / 20_000
        costs = law.quantile(levels)
        bids = equilibrium.strategy(own)(costs)
        wins = np.ones_like(bids)
        for other, rival in laws.items():
            if other != own:
                wins = wins * rival.survival(equilibrium.strategy(other).inverse(bids))
        kept[own] = float(np.where(costs < reserve, (bids - costs) * wins, 0.0).mean())
    assert sum(kept.values()) == pytest.approx(equilibrium.prover_surplus.midpoint, abs=1e-7)
    return kept


@pytest.mark.parametrize(("cost", "sale"), [(0.07, False), (0.03, True)], ids=["two enter", "three enter a sale"])
def test_first_prices_among_agents_that_differ(cost: float, sale: bool) -> None:
    """The decisions follow from what each earns in each auction; those that enter bid as in the auction without a cost."""
    equilibrium = asymmetric(cost, sale)
    laws: dict[str, Distribution] = {"a": Uniform(0, 1), "b": Uniform(0.1, 1.3), "c": Uniform(0.2, 1.5)}
    document = json.loads(equilibrium.certificate.to_json())
    entrants = document["equilibrium"]["entrants"]
    kept = first_prices({label: laws[label] for label in entrants}, 1.2)
    assert all(value > cost for value in kept.values())
    everybody = first_prices(laws, 1.2)
    assert (len(entrants) == 3) == (everybody["c"] > cost)
    total = sum(kept.values()) - len(entrants) * cost
    assert equilibrium.prover_surplus.midpoint == pytest.approx(total, abs=1e-7)
    assert (equilibrium.status, equilibrium.complete) == ("certified", False)
    assert 0 < equilibrium.epsilon < 1e-9
    assert check(equilibrium.certificate).valid
    alone = solve(FirstPrice(1.2), Procurement({label: laws[label] for label in entrants}))
    costs = np.linspace(0.2, 0.9, 5)
    bids = 1.5 - equilibrium.strategy("a")(1.5 - costs) if sale else equilibrium.strategy("a")(costs)
    np.testing.assert_allclose(bids, alone.strategy("a")(costs), atol=1e-9)


@pytest.mark.parametrize("slow", [Uniform(0.1, 1.3), Uniform(0.2, 1.5)], ids=["collocation", "shooting"])
def test_what_the_second_keeps_decides(slow: Distribution) -> None:
    laws: dict[str, Distribution] = {"fast": UNIT, "slow": slow}
    keeps = first_prices(laws, 1.2)["slow"]
    for share, inside in ((0.9999, True), (1.0001, False)):
        equilibrium = solve(FirstPrice(1.2), SequentialEntry(Procurement(laws), share * keeps))
        assert np.isnan(equilibrium.strategy("slow")([0.5])[0]) != inside


def _swapped(d: Any) -> None:
    first, second = d["equilibrium"]["auctions"][:2]
    first["inverse_bids"], second["inverse_bids"] = second["inverse_bids"], first["inverse_bids"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["equilibrium"].update(entrants=["a"]), "backward induction gives"),
        (lambda d: d["equilibrium"]["auctions"].pop(), "holds no bids of"),
        (lambda d: d["equilibrium"]["auctions"].append(d["equilibrium"]["auctions"][0]), "each set stated once"),
        (lambda d: d["equilibrium"]["auctions"][0].update(entrants=["a", "z"]), "agents that can win"),
        (lambda d: d["equilibrium"]["auctions"][0].update(more=1), "more is not known"),
        (lambda d: d["equilibrium"].update(auctions={}), "must be a list"),
        (_swapped, ""),
        (lambda d: d["market"].update(cost=0.01), "backward induction gives"),
        (lambda d: d["states"].update(epsilon=d["states"]["epsilon"] / 2), "states.epsilon"),
        (lambda d: d["states"].update(prover_surplus=[0.3, 0.3]), "states.prover_surplus"),
        (lambda d: d["mechanism"].update(kind="vickrey"), "auctions is not known"),
    ],
)
def test_altered_auctions_are_rejected(change: Callable[[Any], None], reason: str) -> None:
    document = json.loads(asymmetric(0.07).certificate.to_json())
    change(document)
    checked = check(sealed(document))
    assert not checked.valid
    assert reason in checked.message


def test_a_lone_entrant_asks_for_the_reserve() -> None:
    equilibrium = solve(FirstPrice(0.9), SequentialEntry(Procurement(dict.fromkeys("ab", UNIT)), 0.3))
    np.testing.assert_allclose(equilibrium.strategy("a")([0.1, 0.8]), 0.9)
    assert equilibrium.no_award.midpoint == pytest.approx(0.1)


def test_laws_of_other_kinds() -> None:
    market = SequentialEntry(Procurement({"a": UNIT, "b": Beta(2, 3), "c": LogNormal(0, 0.5, 0.3, 3)}), 0.05)
    equilibrium = solve(Vickrey(1.5), market)
    expected = ["abc"[i] for i in induced(list(market.priors), 1.5, 0.05)]
    assert json.loads(equilibrium.certificate.to_json())["equilibrium"]["entrants"] == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["equilibrium"].update(entrants=["q0"]), "backward induction gives"),
        (lambda d: d["equilibrium"].update(entrants=["q1", "q0"]), "backward induction gives"),
        (lambda d: d["equilibrium"].update(entrants="q0"), "list of labels"),
        (lambda d: d["market"].update(cost=0.3), "backward induction gives"),
        (lambda d: d["market"].update(cost=0.0), "positive cost"),
        (lambda d: d["mechanism"].update(kind="first_price"), "auctions is missing"),
        (lambda d: d["mechanism"].pop("reserve"), "mechanism.reserve is missing"),
        (lambda d: d["states"].update(resource_cost=[0.1, 0.1]), "states.resource_cost"),
    ],
)
def test_altered_certificates_are_rejected(change: Callable[[Any], None], reason: str) -> None:
    document = json.loads(solve(Vickrey(1.2), SequentialEntry(Procurement(LADDER), 0.11)).certificate.to_json())
    change(document)
    checked = check(sealed(document))
    assert not checked.valid
    assert reason in checked.message


def test_a_tie_is_refused_by_the_solver_and_by_the_checker() -> None:
    market = SequentialEntry(Procurement(dict.fromkeys("ab", Uniform(0, 1))), 1 / 6)
    with pytest.raises(Refused, match="too close to the cost of entry"):
        solve(Vickrey(1), market)
    document = json.loads(solve(Vickrey(1), SequentialEntry(market.market, 0.125)).certificate.to_json())
    document["market"]["cost"] = 0.5  # alone, each expects 1/2 exactly
    assert "it is not decided whether 'a' enters" in check(sealed(document)).message


@pytest.mark.parametrize(
    ("rule", "market", "message"),
    [
        (AllPay(), SequentialEntry(Sale({"a": UNIT}), 0.1), "handles Vickrey and FirstPrice"),
        (Vickrey(), SequentialEntry(Procurement({"a": UNIT}), 0.1), "needs a reserve"),
        (FirstPrice(2), SequentialEntry(Procurement({f"q{k}": Uniform(0, 1 + k) for k in range(6)}), 0.1), "at most 5 agents"),
        (FirstPrice(1.5), SequentialEntry(Procurement(PAIR), PAIR_KEEPS), "too close to the cost of entry"),
        (Vickrey(1), SequentialEntry(Procurement({str(k): UNIT for k in range(13)}), 0.1), "at most 12 agents"),
        (Vickrey(1), SequentialEntry(Procurement({"a": UNIT}, tasks=2), 0.1), "one task"),
    ],
)
def test_refusals(rule: Mechanism, market: Market, message: str) -> None:
    with pytest.raises(Refused, match=message):
        solve(rule, market)


def test_nobody_enters() -> None:
    equilibrium = solve(Vickrey(1), SequentialEntry(Procurement({"a": UNIT}), 2))
    assert (equilibrium.no_award.lower, equilibrium.expected_payment.upper) == (1.0, 0.0)


def test_bad_input_and_specs() -> None:
    market = SequentialEntry(Procurement(LADDER), 0.1)
    assert market_from_spec(json.loads(json.dumps(market.spec()))) == market
    with pytest.raises(InvalidInput, match="cost must be positive"):
        SequentialEntry(Procurement(LADDER), 0)
    with pytest.raises(InvalidInput, match="solver must be a BackwardEntry"):
        solve(Vickrey(1), market, 3)
