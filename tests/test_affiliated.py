"""Affiliated signals: closed forms, regret by direct quadrature, planted wrong strategies, refusals, mirror images."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from equilibria import Equilibrium, check, solve
from equilibria.affiliated_envelope import AffiliatedEnvelope
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    AffiliatedValues,
    Beta,
    CommonCost,
    CommonDifficulty,
    Empirical,
    FirstPrice,
    InvalidInput,
    LogNormal,
    MineralRights,
    Optimal,
    PiecewiseLinear,
    Refused,
    Uniform,
    Vickrey,
    market_from_spec,
)
from mechanisms.one_factor import OneFactor

ABC = ("a", "b", "c")
STRATEGY_TOLERANCE = 1e-9
"""What a bid may miss the closed form by."""

Bid = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Known:
    """A market whose equilibrium is known in closed form."""

    name: str
    rule: FirstPrice | Vickrey
    market: OneFactor
    bid: Bid
    payment: float | None


CLASSICAL = MineralRights(ABC, common=Uniform(0, 1), own=Uniform(0, 2))
SUM = AffiliatedValues(("a", "b"), common=Uniform(0, 1), own=Uniform(0, 1), form="additive")


def mineral_first(x: np.ndarray) -> np.ndarray:
    """b = (2/x^2) int_0^x 2 s^2/(2 + s) ds, because the hazard is 2/x and v(s, s) = 2 s/(2 + s)."""
    return 4 / x**2 * (x**2 / 2 - 2 * x + 4 * np.log1p(x / 2))


KNOWN = [
    Known("mineral rights, second price", Vickrey(), CLASSICAL, lambda x: 2 * x / (2 + x), 17 - 24 * math.log(2)),
    Known("mineral rights, first price", FirstPrice(), CLASSICAL, mineral_first, 17 - 24 * math.log(2)),
    Known("sum of uniforms, first price", FirstPrice(), SUM, lambda x: 2 * x / 3, 7 / 9),
    Known("sum of uniforms, second price", Vickrey(), SUM, lambda x: x, 5 / 6),
    Known(
        "no common part, first price", FirstPrice(),
        CommonDifficulty(ABC, Uniform(1, 1 + 1e-10), Uniform(1, 2)), lambda c: c + (2 - c) / 3, None,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case.name)
def test_closed_forms(case: Known) -> None:
    equilibrium = solve(case.rule, case.market)
    low, high = case.market.support
    x = np.linspace(low, high, 203)[1:-1]
    np.testing.assert_allclose(equilibrium.strategy("a")(x), case.bid(x), atol=STRATEGY_TOLERANCE)
    assert equilibrium.relative_epsilon < 1e-8
    if case.payment is not None:
        assert equilibrium.expected_payment.midpoint == pytest.approx(case.payment, abs=1e-12)
        assert equilibrium.expected_payment.width < 1e-10
    else:  # independent uniform costs on [1, 2]: twice the mean of the lowest of three, less its lower end
        assert equilibrium.expected_payment.midpoint == pytest.approx(1.5, abs=1e-8)
    assert check(equilibrium.certificate).valid


def regret(market: OneFactor, bid: Bid, first_price: bool) -> float:
    """The best gain over grids of types and deviations, from the posterior of the factor, by plain sums."""
    n, sign = len(market.labels), market.sign
    proportional = market.form == "proportional"
    low, high = market.support
    cells = np.linspace(*market.common.support, 4001)
    theta = 0.5 * (cells[1:] + cells[:-1])
    weight = market.common.pdf(theta)
    z = np.linspace(low, high, 161)
    z = 0.5 * (z[1:] + z[:-1])

    def part(x: np.ndarray) -> np.ndarray:
        return x[:, None] / theta if proportional else x[:, None] - theta

    tail = market.own.survival(part(z)) if sign > 0 else market.own.cdf(part(z))
    wins, bids, best = tail ** (n - 1), bid(z), 0.0
    fine = np.linspace(low, high, 641)
    fine = 0.5 * (fine[1:] + fine[:-1])
    tails = market.own.survival(part(fine)) if sign > 0 else market.own.cdf(part(fine))
    for k in range(4, len(z), 12):
        posterior = weight * market.own.pdf(part(z[k : k + 1])[0]) / (theta if proportional else 1.0)
        posterior /= posterior.sum()
        stake = theta if market.stake == "common" else np.full_like(theta, z[k])
        if first_price:
            utility = sign * (wins * (bids[:, None] - stake)) @ posterior
        else:  # the price is the strongest rival's bid: integrate it over the law of that rival's signal
            mass = np.diff(np.concatenate([tails, np.zeros((1, len(theta)))]) ** (n - 1), axis=0)
            mass = -mass if sign > 0 else np.diff(np.concatenate([np.zeros((1, len(theta))), tails]) ** (n - 1), axis=0)
            gains = sign * (mass * (bid(fine)[:, None] - stake)) @ posterior
            total = np.cumsum(gains[::-1])[::-1] if sign > 0 else np.cumsum(gains)
            utility = np.interp(z, fine, total)
        best = max(best, float(np.max(utility) - utility[k]))
    return best


MARKETS = {
    "difficulty": CommonDifficulty(ABC, Uniform(1, 3), Uniform(1, 2)),
    "rounded ends": CommonDifficulty(("a", "b"), Uniform(1.1, 3.3), Uniform(0.7, 1.3)),
    "difficulty with kinks": CommonDifficulty(("a", "b"), PiecewiseLinear([1, 2, 4], [0, 0.7, 1]), Uniform(0, 1)),
    "values, beta": AffiliatedValues(("a", "b"), Uniform(0.5, 1), Beta(1, 2, 0, 1), "additive"),
    "common cost": CommonCost(ABC, Uniform(1, 3), Uniform(-0.5, 0.5), "additive"),
    "mineral rights": MineralRights(("a", "b"), Uniform(0, 1), Uniform(0, 2)),
}


@cache
def solved(name: str, first_price: bool) -> Equilibrium:
    return solve(FirstPrice() if first_price else Vickrey(), MARKETS[name])


GRID_ERROR = 2e-5
"""What the sums of `regret` are off by, found by halving their cells."""


@pytest.mark.parametrize("name", MARKETS)
def test_no_deviation_gains_more_than_epsilon(name: str) -> None:
    equilibrium = solved(name, True)
    assert equilibrium.relative_epsilon < 1e-8
    assert regret(MARKETS[name], equilibrium.strategy("a"), True) <= equilibrium.epsilon + GRID_ERROR


@pytest.mark.parametrize("name", ["common cost", "mineral rights"])
def test_second_price_with_common_stakes(name: str) -> None:
    equilibrium = solved(name, False)
    assert equilibrium.relative_epsilon < 1e-8
    assert not equilibrium.complete
    assert regret(MARKETS[name], equilibrium.strategy("a"), False) <= equilibrium.epsilon + 2e-3  # the coarser sum


@pytest.mark.parametrize("rule", [FirstPrice(), Vickrey()], ids=["first", "second"])
def test_wrong_strategies_are_priced_or_rejected(rule: FirstPrice | Vickrey) -> None:
    """A strategy that is off by a tenth has a regret that can be seen; the bound is above it and the old claim is rejected."""
    market = MARKETS["common cost"]
    solver = AffiliatedEnvelope(degree=10)
    equilibrium = solve(rule, market, solver)
    document = json.loads(equilibrium.certificate.to_json())
    bids = np.array(document["equilibrium"]["bids"])
    wrong = bids[0] + 1.1 * (bids - bids[0])
    document["equilibrium"]["bids"] = wrong.tolist()
    document["equilibrium"]["bubbles"] = [[1.1 * c for c in row] for row in document["equilibrium"]["bubbles"]]
    verdict = check(sealed(document))
    assert not verdict.valid
    assert "epsilon" in verdict.message or "payment" in verdict.message
    bound = state(document)["epsilon"]
    original = equilibrium.strategy("a")
    true = regret(market, lambda x: bids[0] + 1.1 * (original(x) - bids[0]), isinstance(rule, FirstPrice))
    assert isinstance(bound, float)
    assert 1e-3 < true <= bound


def test_altered_certificates_are_rejected() -> None:
    text = solve(FirstPrice(), SUM).certificate.to_json()
    assert not check(text.replace("0.77777", "0.77776", 1)).valid
    document = json.loads(text)

    def rejected(change: Callable[[dict], None], reason: str) -> None:
        other = json.loads(text)
        change(other)
        with pytest.raises(Rejected, match=reason):
            state(other)

    rejected(lambda d: d["market"].update(value=1.0), "not known")
    rejected(lambda d: d["mechanism"].update(reserve=0.5), "not known")
    rejected(lambda d: d["market"].update(labels=["a", "a"]), "different names")
    rejected(lambda d: d["market"].update(form="other"), "form")
    rejected(lambda d: d["equilibrium"]["bids"].reverse(), "increase strictly")
    rejected(lambda d: d["equilibrium"]["knots"].pop(), "entries")
    rejected(lambda d: d["equilibrium"].update(extra=1), "not known")
    rejected(lambda d: d["market"]["own"].update(high=3.0), "reach from")
    rejected(lambda d: d["market"].update(own=LogNormal(0, 1, 0.1, 2).spec()), "affiliated")
    rejected(lambda d: d["market"].update(common=Beta(1.5, 2).spec()), "integer")
    document["mechanism"]["kind"] = "vickrey"
    with pytest.raises(Rejected, match="truth is dominant"):
        state(document)
    document["mechanism"]["kind"] = "posted_price"
    with pytest.raises(Rejected, match="first_price and vickrey only"):
        state(document)


@pytest.mark.parametrize("stake", ["private", "common"])
def test_a_sale_mirrors_a_procurement(stake: str) -> None:
    kinds = (CommonDifficulty, AffiliatedValues) if stake == "private" else (CommonCost, MineralRights)
    bought = kinds[0](ABC, Uniform(1, 3), Uniform(-0.5, 0.5), "additive")
    sold = kinds[1](ABC, Uniform(-3, -1), Uniform(-0.5, 0.5), "additive")
    procurement, sale = solve(FirstPrice(), bought), solve(FirstPrice(), sold)
    x = np.linspace(*bought.support, 99)[1:-1]
    np.testing.assert_allclose(sale.strategy("a")(-x), -procurement.strategy("a")(x), atol=1e-12)
    assert sale.expected_payment.midpoint == pytest.approx(-procurement.expected_payment.midpoint, abs=1e-11)
    assert sale.prover_surplus.midpoint == pytest.approx(procurement.prover_surplus.midpoint, abs=1e-11)


@pytest.mark.parametrize("name", MARKETS)
def test_the_linkage_principle(name: str) -> None:
    """Milgrom and Weber (1982), Theorem 15: with affiliation the second-price rule is no worse for whoever runs it."""
    market = MARKETS[name]
    first, second = solved(name, True).expected_payment, solved(name, False).expected_payment
    assert market.sign * second.lower <= market.sign * first.upper + 1e-10
    if name == "difficulty":
        assert second.upper < first.lower


def test_the_winners_curse() -> None:
    """Winning is bad news: the equilibrium bids less than the signal alone leaves to be expected, and less with more rivals."""
    x = np.linspace(0.1, 1.9, 19)
    alone = (1 - x / 2) / np.log(2 / x)  # E[value | x]: the posterior density of the value is proportional to 1/value
    bids = [
        solve(Vickrey(), MineralRights([str(k) for k in range(n)], Uniform(0, 1), Uniform(0, 2))).strategy("0")(x) for n in (2, 4)
    ]
    assert np.all(bids[0] < alone)
    assert np.all(bids[1] < bids[0])


def test_empirical_difficulty() -> None:
    market = CommonDifficulty(ABC, Empirical((1.0, 1.5, 2.0), (0.0, 0.4, 1.0), (0.6, 1.0, 1.2)), Uniform(1, 2))
    equilibrium = solve(Vickrey(), market)
    assert equilibrium.epsilon == 0.0
    assert equilibrium.status == "proved"
    assert equilibrium.resource_cost.midpoint == pytest.approx(market.common.mean() * 1.25, abs=1e-9)


REFUSALS = [
    (FirstPrice(0.5), CLASSICAL, "reserve"),
    (Optimal(), CLASSICAL, "correlated"),
    (FirstPrice(), CommonDifficulty(ABC, Uniform(1, 2), LogNormal(0, 1, 0.5, 2)), "own must be"),
    (FirstPrice(), CommonDifficulty(ABC, Uniform(1, 2), Beta(1.5, 2)), "own must be"),
    (FirstPrice(), CommonDifficulty(ABC, LogNormal(0, 1, 0.5, 2), Uniform(1, 2)), "polynomial"),
    (FirstPrice(), CommonDifficulty(ABC, PiecewiseLinear([1, 2, 3, 4], [0, 0.5, 0.5, 1]), Uniform(1, 2)), "gap"),
    (FirstPrice(), CommonDifficulty(ABC, Uniform(0, 2), Uniform(1, 2)), "bounded away from zero"),
    (Vickrey(), MineralRights(ABC, Uniform(1, 2), Uniform(0, 2)), "bids tie"),
]


@pytest.mark.parametrize(("rule", "market", "reason"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "")
def test_refusals(rule: FirstPrice, market: OneFactor, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        solve(rule, market)


def test_bad_input() -> None:
    with pytest.raises(InvalidInput, match="labels"):
        CommonDifficulty("ab", Uniform(1, 2), Uniform(1, 2))
    with pytest.raises(InvalidInput, match="own must be a distribution"):
        CommonDifficulty(ABC, Uniform(1, 2), 1.0)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="must not be negative"):
        CommonDifficulty(ABC, Uniform(-1, 2), Uniform(1, 2))
    with pytest.raises(InvalidInput, match="form"):
        CommonDifficulty(ABC, Uniform(1, 2), Uniform(1, 2), "product")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="degree"):
        AffiliatedEnvelope(degree=2)
    with pytest.raises(InvalidInput, match="solver"):
        solve(FirstPrice(), SUM, solver=3)
    with pytest.raises(Refused, match="correlated"):
        FirstPrice().outcome(SUM, {"a": 1.0, "b": 2.0})
    with pytest.raises(Refused, match="common factor"):
        SUM.prior("a")
    for market in (*MARKETS.values(), CLASSICAL):
        assert market_from_spec(market.spec()) == market
    with pytest.raises(InvalidInput, match=r"market\.tasks"):
        market_from_spec({**SUM.spec(), "tasks": 1})
    with pytest.raises(InvalidInput, match=r"market\.common"):
        market_from_spec({**SUM.spec(), "common": 1})
