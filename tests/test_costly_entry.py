"""Entry at a cost: closed forms, simulated payments, deviations by plain formulas, planted thresholds, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from equilibria import Equilibrium, check, solve
from equilibria.checking import sealed, state
from equilibria.entry_bids import EntryBids
from mechanisms import (
    Beta,
    CostlyEntry,
    FirstPrice,
    InvalidInput,
    Mechanism,
    PostedPrice,
    Procurement,
    Refused,
    Sale,
    Uniform,
    Vickrey,
    market_from_spec,
)

UNIT, SKEW = Uniform(0, 1), Beta(2, 3)


def alike(law: Uniform | Beta, n: int, *, sale: bool = False) -> Procurement | Sale:
    laws = {f"p{k}": law for k in range(n)}
    return Sale(laws) if sale else Procurement(laws)


@dataclass(frozen=True)
class Case:
    """n provers alike, a cost of entry and a rule."""

    name: str
    market: CostlyEntry
    mechanism: FirstPrice | Vickrey


CASES = [
    Case("samuelson", CostlyEntry(alike(UNIT, 2), 0.1), FirstPrice(1.0)),
    Case("samuelson, second price", CostlyEntry(alike(SKEW, 4), 0.05), Vickrey(0.8)),
    Case("levin-smith", CostlyEntry(alike(SKEW, 5), 0.05, informed=False), FirstPrice(0.8)),
    Case("samuelson, sale", CostlyEntry(alike(UNIT, 3, sale=True), 0.1), FirstPrice(0.2)),
    Case("levin-smith, sale", CostlyEntry(alike(UNIT, 3, sale=True), 0.1, informed=False), Vickrey(0.2)),
    Case("all enter", CostlyEntry(alike(UNIT, 3), 0.001, informed=False), FirstPrice(2.0)),
    Case("alone", CostlyEntry(alike(UNIT, 1), 0.1), FirstPrice(0.8)),
]


def entrant(equilibrium: Equilibrium) -> EntryBids:
    strategy = equilibrium.strategies["p0"]
    return strategy if isinstance(strategy, EntryBids) else strategy.of  # type: ignore[union-attr,return-value]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_simulated_payments_and_deviations(case: Case) -> None:
    equilibrium = solve(case.mechanism, case.market)
    assert equilibrium.epsilon < 1e-12
    assert check(equilibrium.certificate).valid
    strategy, n = entrant(equilibrium), len(case.market.labels)
    rng, draws = np.random.default_rng(5), 20_000
    costs = case.market.as_procurement().priors[0].quantile(rng.random((draws, n)))
    offers = strategy(costs)
    inside = ~np.isnan(offers) & (case.market.informed | (rng.random((draws, n)) < strategy.probability))
    bids = np.where(inside & (costs <= strategy.last), offers, np.inf)
    lowest, sold = bids.min(axis=1), np.isfinite(bids.min(axis=1))
    others = np.sort(bids, axis=1)[:, 1] if n > 1 else np.full(draws, np.inf)
    paid = lowest if isinstance(case.mechanism, FirstPrice) else np.minimum(others, strategy.reserve)
    revenue = np.where(sold, paid, 0.0)
    noise = 5 * revenue.std() / np.sqrt(draws) + 1e-12
    assert case.market.sign * revenue.mean() == pytest.approx(equilibrium.expected_payment.midpoint, abs=noise)
    assert 1 - sold.mean() == pytest.approx(equilibrium.no_award.midpoint, abs=0.015)
    spent = np.where(sold, costs[np.arange(draws), bids.argmin(axis=1)], 0.0) + case.market.cost * inside.sum(axis=1)
    assert spent.mean() == pytest.approx(equilibrium.resource_cost.midpoint, abs=0.015)
    assert (inside.sum(axis=1) - sold).mean() * case.market.cost == pytest.approx(equilibrium.redundant_cost.midpoint, abs=0.015)
    best = best_profit(strategy)
    types = np.linspace(*strategy.prior.support, 201)
    gross = np.where(types <= strategy.last, strategy.rent(types), 0.0)
    if case.market.informed:
        stated = np.where(types <= strategy.last, gross - case.market.cost, 0.0)
        assert (np.maximum(best(types) - case.market.cost, 0.0) - stated).max() < 1e-6
    else:
        assert (best(types) - gross).max() < 1e-6
        expected = strategy.expected_rent - case.market.cost
        assert abs(expected) < 1e-10 if strategy.probability < 1 else expected >= 0


def best_profit(strategy: EntryBids) -> Callable[[np.ndarray], np.ndarray]:
    """The most that a type can expect from a grid of first-price bids, in place of what any of these rules gives it."""
    first = EntryBids(
        prior=strategy.prior, provers=strategy.provers, reserve=strategy.reserve, last=strategy.last,
        probability=strategy.probability, informed=True, truthful=False,
    )  # fmt: skip
    rivals = np.linspace(strategy.prior.support[0], strategy.last, 2001)
    bids, wins = first(rivals), first.winning(rivals)
    return lambda types: ((bids - types[:, None]) * wins).max(axis=1)


def test_two_uniform_provers_that_know_their_costs() -> None:
    """(1 - t)^2 = K, so t = 1 - sqrt(K)."""
    equilibrium = solve(FirstPrice(1.0), CASES[0].market)
    assert entrant(equilibrium).last == pytest.approx(1 - np.sqrt(0.1), abs=1e-15)
    costs = np.array([0.0, 0.3, 0.6])
    bids = costs + (0.1 + ((1 - costs) ** 2 - 0.1) / 2) / (1 - costs)
    np.testing.assert_allclose(equilibrium.strategy("p0")(costs), bids, atol=1e-14)
    assert np.isnan(equilibrium.strategy("p0")(np.array([0.7]))[0])
    assert not equilibrium.complete


def test_two_uniform_provers_that_do_not_know_their_costs() -> None:
    """The expected profit of an entrant is int (1 - q z) z dz = 1/2 - q/3."""
    equilibrium = solve(Vickrey(1.0), CostlyEntry(alike(UNIT, 2), 0.3, informed=False))
    assert entrant(equilibrium).probability == pytest.approx(0.6, abs=1e-14)
    assert equilibrium.no_award.midpoint == pytest.approx(0.16, abs=1e-12)


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("nudge", [-1e-3, 1e-3])
def test_a_wrong_entry_is_bounded_by_its_gain_and_a_lower_claim_rejected(place: int, nudge: float) -> None:
    case = CASES[place]
    document = json.loads(solve(case.mechanism, case.market).certificate.to_json())
    key = "threshold" if case.market.informed else "probability"
    document["equilibrium"][key] += nudge
    true = wrong_entry_gain(case, document["equilibrium"][key])
    assert true > 1e-5
    states = state(document)
    assert states["epsilon"] == pytest.approx(true, rel=1e-6)
    document["states"] = states | {"epsilon": true * 0.999}
    assert "states.epsilon" in check(sealed(document)).message


def wrong_entry_gain(case: Case, stated: float) -> float:
    """What entering or staying out gains, by a plain formula."""
    law, n, reserve = case.market.priors[0], len(case.market.labels), float(case.mechanism.reserve or 0)
    if case.market.informed:
        return abs((reserve - stated) * float(law.survival(np.float64(stated))) ** (n - 1) - case.market.cost)
    z = np.linspace(0, reserve, 20001)
    cdf = law.cdf(z)
    profit = np.trapezoid((1 - stated * cdf) ** (n - 1) * cdf, z)
    return abs(float(profit) - case.market.cost)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["market"].update(cost=0.11), "states.epsilon"),
        (lambda d: d["market"].update(informed=False), "equilibrium.threshold is not known"),
        (lambda d: d["market"].update(informed=1), "true or false"),
        (lambda d: d["market"].update(cost=-0.1), "must be positive"),
        (lambda d: d["market"]["market"]["costs"]["p1"].update(high=1.1), "same distribution"),
        (lambda d: d["mechanism"].pop("reserve"), "mechanism.reserve is missing"),
        (lambda d: d["mechanism"].update(kind="posted_price", price=0.5), "price is not known"),
        (lambda d: d["equilibrium"].update(threshold=1.2), "above 0.0 and up to 1.0; got 1.2"),
        (lambda d: d["states"].update(redundant_cost=[0.0, 0.0]), "states.redundant_cost"),
    ],
)
def test_altered_certificates_are_rejected(change: Callable[[Any], None], reason: str) -> None:
    document = json.loads(solve(FirstPrice(1.0), CASES[0].market).certificate.to_json())
    change(document)
    checked = check(sealed(document))
    assert not checked.valid
    assert reason in checked.message


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_markets_survive_their_spec(case: Case) -> None:
    assert market_from_spec(json.loads(json.dumps(case.market.spec()))) == case.market


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CostlyEntry(alike(UNIT, 2), 0.0), "cost must be positive; got 0.0"),
        (lambda: CostlyEntry(Procurement({"a": UNIT, "b": SKEW}), 0.1), "'b' has"),
        (lambda: CostlyEntry(CASES[0].market, 0.1), "market must be a Procurement or a Sale"),
        (lambda: CostlyEntry(alike(UNIT, 2), 0.1, informed=1), "informed must be True or False"),
        (lambda: market_from_spec({"kind": "costly_entry", "cost": 1}), "market.market must be a table"),
        (lambda: market_from_spec(CASES[0].market.spec() | {"value": 1}), "market.value must be one of kind, market, cost"),
        (lambda: solve(FirstPrice(1), CASES[0].market, solver=3), "solver must be an EntryThreshold"),
    ],
)
def test_bad_input(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()


@pytest.mark.parametrize(
    ("mechanism", "market", "message"),
    [
        (PostedPrice(0.5), CASES[0].market, "handles FirstPrice and Vickrey"),
        (FirstPrice(), CASES[0].market, "needs a reserve"),
        (FirstPrice(0.09), CASES[0].market, "nobody enters"),
        (Vickrey(0.2), CostlyEntry(alike(UNIT, 2), 0.1, informed=False), "nobody enters"),
        (FirstPrice(1), CostlyEntry(Procurement({"a": UNIT, "b": UNIT}, tasks=2), 0.1), "one task"),
    ],
)
def test_refusals(mechanism: Mechanism, market: CostlyEntry, message: str) -> None:
    with pytest.raises(Refused, match=message):
        solve(mechanism, market)
