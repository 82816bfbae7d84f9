"""Provers averse to risk: closed forms, regret by plain formulas, planted wrong strategies, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from equilibria import Equilibrium, HazardShooting, check, solve
from equilibria.checking import sealed, state
from equilibria.strategies import AtLeastCost, BidCdf
from mechanisms import (
    CARA,
    CRRA,
    Beta,
    Distribution,
    FirstPrice,
    LogNormal,
    Procurement,
    RiskAverse,
    Sale,
    Uniform,
    Vickrey,
)
from mechanisms.attitudes import Attitude

Bids = Callable[[np.ndarray], np.ndarray]


def relative(law: Distribution, n: int, r: float) -> Bids:
    """beta(c) = c + int_c^h (S(t)/S(c))^((n-1)/(1-r)) dt for n provers with power utility."""

    def bid(costs: np.ndarray) -> np.ndarray:
        power, high = (n - 1) / (1 - r), law.support[1]
        rest = [quad(lambda t: law.survival(np.float64(t)) ** power, c, high, epsabs=1e-13, epsrel=1e-12)[0] for c in costs]
        return np.asarray(costs + np.array(rest) / law.survival(costs) ** power)

    return bid


def absolute(law: Distribution, n: int, a: float) -> Bids:
    """exp(-a beta(c)) = E[exp(-a T) | T > c] with T the lowest cost of n - 1 rivals."""

    def bid(costs: np.ndarray) -> np.ndarray:
        def density(t: float) -> float:
            x = np.float64(t)
            return float(np.exp(-a * x) * (n - 1) * law.survival(x) ** (n - 2) * law.pdf(x))

        mean = [quad(density, c, law.support[1], epsabs=1e-13, epsrel=1e-12)[0] for c in costs]
        return np.asarray(-np.log(np.array(mean) / law.survival(costs) ** (n - 1)) / a)

    return bid


@dataclass(frozen=True)
class Known:
    """n provers alike, whose equilibrium is known."""

    name: str
    law: Distribution
    n: int
    attitude: Attitude
    bid: Bids
    tolerance: float = 1e-9


UNIT, HUMP = Uniform(0, 1), Beta(2, 2)
KNOWN = [
    Known("crra 0.9", UNIT, 2, CRRA(0.9), lambda c: c + (1 - c) * 0.1 / 1.1),
    Known("crra 0.5, beta", HUMP, 2, CRRA(0.5), relative(HUMP, 2, 0.5), 1e-7),
    Known("cara 2", UNIT, 2, CARA(2), absolute(UNIT, 2, 2.0), 1e-7),
]


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case.name)
def test_closed_forms(case: Known) -> None:
    labels = [f"p{k}" for k in range(case.n)]
    market = RiskAverse(Procurement(dict.fromkeys(labels, case.law)), dict.fromkeys(labels, case.attitude))
    equilibrium = solve(FirstPrice(), market)
    costs = case.law.quantile(np.linspace(0.0, 0.97, 15))
    np.testing.assert_allclose(equilibrium.strategy("p0")(costs), case.bid(costs), atol=case.tolerance)
    assert equilibrium.relative_epsilon < 1e-6

    def lowest(t: float) -> float:
        x = np.float64(t)
        return float(case.bid(np.array([t]))[0] * case.n * case.law.survival(x) ** (case.n - 1) * case.law.pdf(x))

    paid = quad(lowest, 0, 1, epsabs=1e-8, limit=10)[0]
    assert equilibrium.expected_payment.midpoint == pytest.approx(paid, abs=1e-7)
    assert check(equilibrium.certificate).valid


def test_a_sale_is_the_mirror_image() -> None:
    """Values U[0,1]: b = (n-1) v / (n-r), revenue n (n-1) / ((n+1) (n-r)); and the procurement of mirrored costs pays as much."""
    attitudes = dict.fromkeys("ab", CRRA(0.5))
    sale = solve(FirstPrice(), RiskAverse(Sale(dict.fromkeys("ab", UNIT)), attitudes))
    assert sale.expected_payment.midpoint == pytest.approx(2 / 4.5, abs=1e-10)
    values = np.linspace(0.05, 1, 11)
    np.testing.assert_allclose(sale.strategy("a")(values), values / 1.5, atol=1e-9)
    bought = solve(FirstPrice(), RiskAverse(Procurement(dict.fromkeys("ab", UNIT)), attitudes))
    assert bought.expected_payment.midpoint == pytest.approx(1 - 2 / 4.5, abs=1e-10)


def test_the_risk_neutral_are_a_special_case() -> None:
    inner = Procurement({"a": UNIT, "b": Uniform(0.2, 1.5)})
    plain, wrapped = solve(FirstPrice(), inner, HazardShooting()), solve(FirstPrice(), RiskAverse(inner, {}))
    assert wrapped.expected_payment.midpoint == pytest.approx(plain.expected_payment.midpoint, abs=1e-12)
    assert wrapped.epsilon == pytest.approx(plain.epsilon, rel=0.05)


ASYMMETRIC: dict[str, tuple[dict[str, Distribution], dict[str, Attitude], float | None]] = {
    "laws and attitudes": ({"a": UNIT, "b": LogNormal(-1, 0.5, 0.1, 1)}, {"a": CRRA(0.5), "b": CARA(2)}, None),
    "a strong prover": ({"a": UNIT, "b": Uniform(0, 2)}, {"a": CRRA(0.5), "b": CRRA(0.2)}, None),
    "a reserve": ({"a": UNIT, "b": Uniform(0, 2)}, {"a": CARA(3), "b": CRRA(0.4)}, 0.8),
    "a late entry": ({"a": UNIT, "b": Uniform(0.6, 1)}, {"a": CRRA(0.5), "b": CRRA(0.2)}, None),
    "a prover without rivals": ({"a": UNIT, "b": Uniform(1.2, 2)}, {"a": CRRA(0.7)}, None),
}


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_no_sampled_deviation_beats_epsilon(name: str) -> None:
    laws, attitudes, reserve = ASYMMETRIC[name]
    equilibrium = solve(FirstPrice(reserve), RiskAverse(Procurement(laws), attitudes))
    assert equilibrium.relative_epsilon < 1e-6
    assert regret(equilibrium.strategies, laws, attitudes, reserve) <= equilibrium.epsilon + 1e-7  # float bid laws


def regret(
    strategies: Mapping[str, Bids], laws: Mapping[str, Distribution], attitudes: Mapping[str, Attitude], reserve: float | None
) -> float:
    """The largest gain of a sample of types by a sample of bids, over the marginal utility of their profits."""
    cap = max(law.support[1] for law in laws.values()) if reserve is None else reserve
    grid = np.linspace(min(law.support[0] for law in laws.values()), cap, 401)
    worst = 0.0
    for label, law in laws.items():
        attitude = attitudes.get(label, CRRA(0))
        types = law.quantile(np.linspace(0.001, 0.999, 31))
        own = np.asarray(strategies[label](types))
        types, own = types[own > types], own[own > types]
        bids = np.concatenate([grid, own])
        wins = np.prod([_bids_above(strategies[k], rival, bids) for k, rival in laws.items() if k != label], axis=0)
        utility = attitude.utility(np.maximum(bids - types[:, None], 0.0)) * wins
        gain = utility.max(axis=1) - attitude.utility(own - types) * wins[len(grid) :]
        worst = max(worst, float((gain / attitude.marginal(own - types)).max(initial=0.0)))
    return worst


def _bids_above(strategy: Bids, law: Distribution, bids: np.ndarray) -> np.ndarray:
    """P(a rival's bid > b), by bisection on its strategy."""
    low, high = (np.full(len(bids), end) for end in law.support)
    for _ in range(46):
        middle = 0.5 * (low + high)
        below = strategy(middle) <= bids
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(law.survival(0.5 * (low + high)))


PAIR = RiskAverse(Procurement({"a": UNIT, "b": HUMP}), {"a": CRRA(0.5), "b": CARA(2)})


@pytest.fixture(scope="module")
def pair() -> Equilibrium:
    return solve(FirstPrice(), PAIR)


def test_strategies_of_another_game_are_bounded_by_more_than_their_regret() -> None:
    """What risk-neutral provers bid, stated for averse ones."""
    laws = {"a": UNIT, "b": HUMP}
    neutral = solve(FirstPrice(), Procurement(laws), HazardShooting())
    document = json.loads(neutral.certificate.to_json()) | {"market": PAIR.spec()}
    attitudes = dict(zip(PAIR.labels, PAIR.attitudes, strict=True))
    true = regret(neutral.strategies, laws, attitudes, None)
    states = state(document)
    assert true > 1e-3
    assert true <= states["epsilon"] < 10 * true
    document["states"] = states | {"epsilon": true * 0.99}
    assert "states.epsilon" in check(sealed(document)).message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["states"].update(epsilon=d["states"]["epsilon"] * 0.5), "states.epsilon"),
        (lambda d: d["states"].update(expected_payment=[0.1, 0.2]), "states.expected_payment"),
        (lambda d: d["market"]["attitudes"]["a"].update(aversion=0.4), "states.epsilon"),
        (lambda d: d["market"]["attitudes"]["b"].update(kind="crra"), "attitudes.b must be crra"),
        (lambda d: d["market"]["attitudes"]["a"].update(aversion=1.0), "attitudes.a must be crra"),
        (lambda d: d["market"]["attitudes"]["a"].update(wealth=1.0), "wealth is not known"),
        (lambda d: d["market"]["attitudes"].update(z={"kind": "crra", "aversion": 0.1}), "no agent of that name"),
        (lambda d: d["market"].update(mood="bad"), "mood is not known"),
        (lambda d: d["mechanism"].update(kind="posted_price", price=0.5), "vickrey only"),
    ],
)
def test_altered_certificates_are_rejected(pair: Equilibrium, change: Callable[[Any], None], reason: str) -> None:
    document = json.loads(pair.certificate.to_json())
    change(document)
    checked = check(sealed(document))
    assert not checked.valid
    assert reason in checked.message


def test_an_altered_digit_is_rejected(pair: Equilibrium) -> None:
    text = pair.certificate.to_json()
    assert not check(text.replace('"aversion": 0.5', '"aversion": 0.6')).valid


def test_stated_bids_below_cost_are_replaced_by_the_cost() -> None:
    """Planted: 'a' states bids below its costs in the middle. The bound is of the strategies with the costs in their place."""
    laws = {"a": UNIT, "b": UNIT}
    attitudes: dict[str, Attitude] = {"a": CRRA(0.5), "b": CRRA(0.5)}
    bids, cdf = np.array([0.5, 0.7, 1.0]), np.array([0.0, 0.8, 1.0])
    density = np.array([4.0, 1.5, 0.3])
    straight = {"levels": [0.0, 0.4, 1.0], "density": [2.0, 2.0, 2.0]}
    document = {
        "market": RiskAverse(Procurement(laws), attitudes).spec(),
        "mechanism": FirstPrice().spec(),
        "equilibrium": {
            "bids": bids.tolist(),
            "strategies": {
                "a": {"entry": 0, "levels": [0.0, -0.19999999999999996, 1.0], "density": density.tolist()},
                "b": {"entry": 0, **straight},
            },
        },
    }
    curve = BidCdf(prior=UNIT, reach=1.0, bids=bids, cdf=cdf, survival=1 - cdf, density=density)
    rival = BidCdf(
        prior=UNIT, reach=1.0, bids=bids, cdf=np.array([0, 0.4, 1]), survival=np.array([1, 0.6, 0]), density=np.full(3, 2.0)
    )
    strategies = {"a": AtLeastCost(curve), "b": AtLeastCost(rival)}
    assert curve(np.array([0.8]))[0] == pytest.approx(0.7)
    states = state(document)
    assert states["epsilon"] >= regret(strategies, laws, attitudes, None) > 0.05
    costs = np.random.default_rng(1).random((2, 200_000))
    offers = np.array([strategies["a"](costs[0]), strategies["b"](costs[1])])
    low, high = states["expected_payment"]
    assert low - 0.003 < offers.min(axis=0).mean() < high + 0.003
    low, high = states["resource_cost"]
    assert low - 0.003 < np.where(offers[0] < offers[1], costs[0], costs[1]).mean() < high + 0.003


def test_second_prices_do_not_depend_on_attitudes() -> None:
    inner = Procurement({"a": UNIT, "b": HUMP})
    averse, neutral = solve(Vickrey(), RiskAverse(inner, {"a": CARA(4)})), solve(Vickrey(), inner)
    assert averse.epsilon == 0.0
    assert averse.expected_payment == neutral.expected_payment
    assert check(averse.certificate).valid


def test_rules_are_evaluated_on_the_market_within() -> None:
    market = RiskAverse(Sale({"a": UNIT, "b": UNIT}), {"a": CRRA(0.5)})
    assert dict(FirstPrice().outcome(market, {"a": 0.75, "b": 0.5}).payments) == {"a": 0.75, "b": 0.0}
