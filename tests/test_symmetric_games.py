"""Equal provers: strategies and payments in closed form, and bounds that no deviation beats."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
import pytest
from scipy.integrate import quad

from equilibria import check, solve
from equilibria.checking import sealed, state
from mechanisms import (
    AllPay,
    Beta,
    Discriminatory,
    Distribution,
    Empirical,
    FirstPrice,
    KthPrice,
    LogNormal,
    Market,
    Mechanism,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Sale,
    Uniform,
    UniformPrice,
    Vickrey,
)

UNIT = Uniform(0, 1)
Bid = Callable[[np.ndarray], np.ndarray]


def procurement(n: int, prior: Distribution = UNIT, tasks: int = 1) -> Procurement:
    return Procurement({f"p{i}": prior for i in range(n)}, tasks=tasks)


def sale(n: int, prior: Distribution = UNIT, tasks: int = 1) -> Sale:
    return Sale({f"p{i}": prior for i in range(n)}, tasks=tasks)


@dataclass(frozen=True)
class Known:
    """A game whose symmetric equilibrium and expected payment are known."""

    mechanism: Mechanism
    market: Market
    payment: float
    bid: Bid | None = None


def reserved(n: int, r: float) -> Bid:
    return lambda c: c + ((1 - c) ** n - (1 - r) ** n) / n / (1 - c) ** (n - 1)


def two_units(c: np.ndarray) -> np.ndarray:
    """Five provers, two tasks: the expected second lowest of four rivals' costs, given that it is above one's own."""
    density = lambda t: 12 * t * (1 - t) ** 2  # noqa: E731 - the density of that order statistic
    return np.array([quad(lambda t: t * density(t), x, 1)[0] / quad(density, x, 1)[0] for x in c])


def k_lowest(n: int, k: int, r: float) -> float:
    """E[payment] of a uniform price with reserve r and U[0,1] costs, by quadrature of E[min(c_(k+1), r)]."""
    below = lambda t, j: sum(comb(n, i) * t**i * (1 - t) ** (n - i) for i in range(j))  # noqa: E731 - P(c_(j) > t)
    return float(k * quad(lambda t: below(t, k + 1), 0, r)[0] - r * sum(below(r, j) for j in range(1, k + 1)))


KNOWN = [
    *(Known(FirstPrice(), sale(n), (n - 1) / (n + 1), lambda v, n=n: (n - 1) * v / n) for n in (2, 10, 50)),
    *(Known(AllPay(), sale(n), (n - 1) / (n + 1), lambda v, n=n: (n - 1) * v**n / n) for n in (2, 10, 50)),
    Known(FirstPrice(0.7), procurement(3), 2 * ((1 - 0.3**4) / 4 - 0.7 * 0.3**3), reserved(3, 0.7)),
    Known(FirstPrice(7.0), procurement(3), 0.5, reserved(3, 1.0)),
    Known(Discriminatory(), procurement(5, tasks=2), 1.0, two_units),
    Known(Discriminatory(), sale(5, tasks=2), 1.0, lambda v: 1 - two_units(1 - v)),
    Known(Discriminatory(0.6), procurement(5, tasks=2), k_lowest(5, 2, 0.6)),
    Known(Discriminatory(), procurement(50, tasks=10), 10 * 11 / 51),
    Known(AllPay(0.3), sale(2), 2 * quad(lambda v: (2 * v - 1) * v, 0.3**0.5, 1)[0]),
    Known(AllPay(), sale(3, Uniform(-1, 1)), 3 / 16),
    Known(KthPrice(), sale(5), 2 / 3, lambda v: 4 * v / 3),
    Known(KthPrice(), procurement(4), 0.4, lambda c: c - (1 - c) / 2),
    Known(KthPrice(0.7), procurement(4), k_lowest(4, 1, 0.7), lambda c: c - (1 - c) / 2),
    Known(KthPrice(k=4), sale(6), 5 / 7, lambda v: 5 * v / 3),
]


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: f"{case.mechanism!r} {case.market.kind} {len(case.market.labels)}")
def test_closed_forms(case: Known) -> None:
    equilibrium = solve(case.mechanism, case.market)
    assert equilibrium.solver.startswith("EnvelopeIntegral")
    assert equilibrium.relative_epsilon <= 1e-10
    paid = equilibrium.expected_payment
    assert paid.lower - 1e-12 <= case.payment <= paid.upper + 1e-12  # it encloses what the strategies found pay
    assert paid.width < 1e-10
    if case.bid is not None:
        reserve = getattr(case.mechanism, "reserve", None)
        types = np.linspace(*case.market.priors[0].support, 57)[1:-1]
        types = types if reserve is None else types[types < reserve]
        np.testing.assert_allclose(equilibrium.strategy("p0")(types), case.bid(types), rtol=0, atol=1e-12)
    assert check(equilibrium.certificate).valid


PRIORS = {
    "beta": Beta(2, 3, 1, 2),
    "log-normal": LogNormal(0, 0.5, 0.3, 3),
    "kink": PiecewiseLinear([0, 0.5, 1], [0, 0.8, 1]),
    "mixture": Mixture([(0.5, Uniform(0, 1)), (0.5, Beta(2, 2))]),
    "singular ends": Beta(1.5, 2.5),
    "empirical": Empirical.from_samples(np.random.default_rng(1).gamma(4.0, size=60)),
}


@pytest.mark.parametrize("name", PRIORS)
def test_revenue_is_equivalent(name: str) -> None:
    """What is paid under pay as bid is what a uniform price pays: two different integrals of two checkers."""
    prior = PRIORS[name]
    for tasks in (1, 2):
        paid = solve(Discriminatory(), procurement(6, prior, tasks))
        assert paid.relative_epsilon <= 1e-9
        truth = solve(UniformPrice(), procurement(6, prior, tasks))
        assert truth.status == "proved"
        assert paid.expected_payment.midpoint == pytest.approx(truth.expected_payment.midpoint, rel=1e-8)
        assert paid.resource_cost.midpoint == pytest.approx(truth.resource_cost.midpoint, rel=1e-8)


def test_a_uniform_price_of_one_task_is_the_second_price() -> None:
    market = Procurement({"a": UNIT, "b": Beta(2, 3), "c": Uniform(0.2, 1.4)})
    for reserve in (None, 0.6):
        uniform, second = solve(UniformPrice(reserve), market), solve(Vickrey(reserve), market)
        assert uniform.expected_payment.midpoint == pytest.approx(second.expected_payment.midpoint, abs=1e-10)
        assert uniform.no_award.midpoint == pytest.approx(second.no_award.midpoint, abs=1e-12)
    assert check(uniform.certificate).valid


def chance(market: Market, c: np.ndarray) -> np.ndarray:
    n, cdf = len(market.labels), market.as_procurement().priors[0].cdf(c)
    return np.asarray(sum(comb(n - 1, j) * cdf**j * (1 - cdf) ** (n - 1 - j) for j in range(market.tasks)))


def transfer(mechanism: Mechanism, market: Market, bid: Bid, c: np.ndarray) -> np.ndarray:
    """The expected transfer of bidding like the type `c`, in the orientation of a procurement, by plain quadrature."""
    if isinstance(mechanism, AllPay):
        return bid(c)
    if not isinstance(mechanism, KthPrice):
        return bid(c) * chance(market, c)
    n, k, law = len(market.labels), mechanism.k, market.as_procurement().priors[0]
    top, (nodes, weights) = law.support[1], np.polynomial.legendre.leggauss(60)
    t = 0.5 * (c[:, None] + top) + 0.5 * (top - c[:, None]) * nodes
    density = law.pdf(t) * (law.cdf(t) - law.cdf(c)[:, None]) ** (k - 2) * law.survival(t) ** (n - k)
    return (n - 1) * comb(n - 2, k - 2) * 0.5 * (top - c) * ((density * bid(t)) @ weights)


NUDGED = [
    (FirstPrice(), sale(3, LogNormal(0, 0.5, 0.3, 3)), 0.1),
    (FirstPrice(), procurement(10), 0.1),
    (Discriminatory(), procurement(6, Beta(2, 3, 1, 2), 2), 0.05),
    (AllPay(), sale(2, Uniform(1, 2)), 0.05),
    (KthPrice(), procurement(5, LogNormal(0, 0.5, 0.3, 3)), 0.1),
    (KthPrice(k=4), sale(6), 0.1),
]


@pytest.mark.parametrize(("mechanism", "market", "size"), NUDGED, ids=[f"{m!r} {k.kind}" for m, k, _ in NUDGED])
def test_a_nudged_strategy_gets_the_regret_it_has(mechanism: Mechanism, market: Market, size: float) -> None:
    """Bend the likeliest cell: the bound that is derived exceeds every sampled gain, and any smaller claim is rejected."""
    document = json.loads(solve(mechanism, market).certificate.to_json())
    node = document["equilibrium"]
    ends, values = np.array(node["ends"]), np.array(node["values"])
    cell = int(np.argmax(np.diff(market.as_procurement().priors[0].cdf(ends))))
    row = node["bubbles"][cell] or [0.0]
    node["bubbles"][cell] = [row[0] + size * (values[cell + 1] - values[cell]), *row[1:]]
    lied = check(sealed(document))
    assert not lied.valid
    assert "states." in lied.message
    document["states"] = state(document)
    assert check(sealed(document)).valid
    document["states"]["epsilon"] *= 1 - 1e-6
    assert "states.epsilon" in check(sealed(document)).message

    def bid(c: np.ndarray) -> np.ndarray:
        k = np.clip(np.searchsorted(ends, c, side="right") - 1, 0, len(ends) - 2)
        s = (2 * c - ends[k] - ends[k + 1]) / (ends[k + 1] - ends[k])
        rows = np.zeros((len(ends) - 1, max(map(len, node["bubbles"]))))
        for place, row in enumerate(node["bubbles"]):
            rows[place, : len(row)] = row
        bubble = sum(rows[k, j] * s**j for j in range(rows.shape[1]))
        return 0.5 * (1 - s) * values[k] + 0.5 * (1 + s) * values[k + 1] + (1 - s**2) * bubble

    types = np.unique(np.concatenate([np.linspace(ends[0], ends[-1], 301), np.linspace(ends[cell], ends[cell + 1], 301)]))
    wins, paid = chance(market, types), transfer(mechanism, market, bid, types)
    utility = paid - types[:, None] * wins
    regret = float((utility.max(axis=1) - np.diag(utility)).max())
    assert 1e-8 < regret <= document["states"]["epsilon"] * (1 + 1e-6)


LIES: list[tuple[Callable[[dict[str, dict[str, object]]], object], str]] = [
    (lambda d: d["states"].update(epsilon=0.0), "states.epsilon"),
    (lambda d: d["states"].update(expected_payment=[0.1, 0.2]), "states.expected_payment"),
    (lambda d: d["states"].update(no_award=[0.5, 0.6]), "states.no_award"),
    (lambda d: d["mechanism"].update(reserve=0.6), "is not accepted"),
    (lambda d: d["mechanism"].update(reserve=0.8), "states."),
    (lambda d: d["mechanism"].pop("reserve"), "must end at"),
    (lambda d: d["mechanism"].update(units=1), "not known to the checker"),
    (lambda d: d["market"].update(tasks=4), "states."),
    (lambda d: d["market"].update(tasks=9), "more provers than tasks"),
    (lambda d: d["market"].update(tasks=0), "tasks must be at least 1"),
    (lambda d: d["market"].update(risk=1), "not known to the checker"),
    (lambda d: d["market"]["costs"]["p1"].update(high=2.0), "must be stated like"),  # type: ignore[attr-defined]
    (lambda d: d["market"]["costs"].pop("p1"), "states."),  # type: ignore[attr-defined]
    (lambda d: d["equilibrium"]["values"].__setitem__(3, 0.1), "values must increase"),
    (lambda d: d["equilibrium"]["ends"].__setitem__(0, -0.1), "must start at"),
    (lambda d: d["equilibrium"]["ends"].__setitem__(3, 0.0), "ends must increase"),
    (lambda d: d["equilibrium"]["bubbles"].pop(), "bubbles must be a list"),
    (lambda d: d["equilibrium"]["bubbles"][-2].__setitem__(0, 9.0), "not certain to increase"),
    (lambda d: d["equilibrium"]["bubbles"][-2].extend([0.0] * 60), "at most"),
    (lambda d: d["equilibrium"].update(bids=[1.0]), "not known to the checker"),
]


@pytest.fixture(scope="module")
def text() -> str:
    return solve(Discriminatory(0.7), procurement(6, tasks=2)).certificate.to_json()


@pytest.mark.parametrize(("change", "reason"), LIES)
def test_a_rehashed_lie_is_rejected(text: str, change: Callable[[object], object], reason: str) -> None:
    document = json.loads(text)
    change(document)
    verdict = check(sealed(document))
    assert not verdict.valid
    assert reason in verdict.message


def test_an_altered_digit_is_rejected(text: str) -> None:
    place = text.index('"values"') + 40
    digit = next(k for k in range(place, len(text)) if text[k].isdigit())
    altered = text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :]
    assert "digest" in check(altered).message


def test_a_sale_mirrors_a_procurement() -> None:
    for mechanism, mirror in ((FirstPrice(0.3), FirstPrice(-0.3)), (Discriminatory(0.3), Discriminatory(-0.3))):
        sold, bought = solve(mechanism, sale(4, Beta(2, 3))), solve(mirror, procurement(4, Beta(3, 2, -1, 0)))
        assert sold.expected_payment.midpoint == pytest.approx(-bought.expected_payment.midpoint, abs=1e-12)
        values = np.linspace(0.35, 0.99, 9)
        np.testing.assert_allclose(sold.strategy("p1")(values), -bought.strategy("p1")(-values), atol=1e-12)


def test_values_below_an_all_pay_reserve_bid_nothing() -> None:
    equilibrium = solve(AllPay(0.25), sale(2))
    assert equilibrium.strategy("p0")(np.array([0.1, 0.49])).tolist() == [0.0, 0.0]
    assert equilibrium.strategy("p0")(np.array([0.5 + 1e-12]))[0] == pytest.approx(0.25, abs=1e-9)
    assert equilibrium.no_award.midpoint == pytest.approx(0.25, abs=1e-12)


def test_where_asymmetric_equilibria_may_exist_it_says_so() -> None:
    assert solve(FirstPrice(), procurement(3)).complete
    assert solve(AllPay(), sale(2)).complete
    for mechanism, market in ((Discriminatory(), procurement(3, tasks=2)), (AllPay(), sale(3)), (KthPrice(), sale(3))):
        equilibrium = solve(mechanism, market)
        assert not equilibrium.complete
        assert "asymmetric" in equilibrium.notes[0]
