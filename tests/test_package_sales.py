"""Package sales: the rules, closed forms, certified bounds against true regret, and what is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest

from equilibria import Equilibrium, check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    Beta,
    CoreSelecting,
    Distribution,
    InvalidInput,
    LogNormal,
    Mixture,
    PackageFirstPrice,
    PackageSale,
    PiecewiseLinear,
    Procurement,
    Refused,
    Uniform,
    Vickrey,
    market_from_spec,
    mechanism_from_spec,
)
from mechanisms.packages import PackageMechanism
from mechanisms.rules.core_selecting import Reference

UNIT = Uniform(0, 1)
LLG = PackageSale(singles={"a": UNIT, "b": UNIT}, package={"both": Uniform(0, 2)})
REFERENCES: tuple[Reference, ...] = ("nearest_vcg", "nearest_bid", "nearest_zero")
RULES: tuple[PackageMechanism, ...] = (*(CoreSelecting(payment) for payment in REFERENCES), PackageFirstPrice())


def solved(first: Distribution, second: Distribution, height: float, payment: Reference) -> Equilibrium:
    market = PackageSale(singles={"a": first, "b": second}, package={"both": Uniform(0, height)})
    return solve(CoreSelecting(payment), market)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_exact_and_batch_evaluation_agree(rule: PackageMechanism) -> None:
    bids = np.random.default_rng(1).integers(0, 9, (400, 3)) / 4.0
    many = rule.batch(LLG, bids)
    for row, shares, amounts in zip(bids, many.allocation(), many.payments(), strict=True):
        one = rule.outcome(LLG, {label: Fraction(float(x)) for label, x in zip(LLG.labels, row, strict=True)})
        assert [float(x) for x in one.allocation.values()] == shares.tolist()
        assert [float(x) for x in one.payments.values()] == amounts.tolist()
    assert (many.payments() <= bids).all() and (many.payments() >= 0).all() and many.award.all()


@pytest.mark.parametrize("payment", REFERENCES)
def test_payments_are_the_nearest_point_of_the_core(payment: Reference) -> None:
    bids = np.random.default_rng(2).random((200, 3)) * (1, 1, 2)
    bids = bids[bids[:, 0] + bids[:, 1] > bids[:, 2]]
    first, _, package = bids.T
    paid = CoreSelecting(payment).batch(LLG, bids).payments()
    vickrey = np.maximum(0, package[:, None] - bids[:, [1, 0]])
    assert np.allclose(paid[:, :2].sum(axis=1), package) and (paid[:, :2] >= vickrey - 1e-15).all()
    reference = {"nearest_vcg": vickrey, "nearest_bid": bids[:, :2], "nearest_zero": np.zeros_like(vickrey)}[payment]
    share = np.linspace(0, 1, 4001)[:, None]
    candidates = vickrey[:, 0] + share * (np.minimum(first, package) - vickrey[:, 0])
    distance = (candidates - reference[:, 0]) ** 2 + (package - candidates - reference[:, 1]) ** 2
    best = np.take_along_axis(candidates, distance.argmin(axis=0)[None], axis=0)[0]
    assert np.abs(best - paid[:, 0]).max() < 3e-4


def test_specs_return() -> None:
    assert market_from_spec(LLG.spec()) == LLG
    assert all(mechanism_from_spec(rule.spec()) == rule for rule in RULES)
    with pytest.raises(InvalidInput, match=r"market\.tasks must be one of kind, singles, package"):
        market_from_spec({**LLG.spec(), "tasks": 1})


SHIFT = 3 - 2 * sqrt(2)
CLOSED = {
    "nearest_vcg": lambda v: np.maximum(0, v - SHIFT),
    "nearest_zero": lambda v: np.maximum(0, 1 + np.log(v)),
    "nearest_bid": lambda v: np.log(2) - np.log(2 - v),
}
MEAN, SQUARE = (1 - SHIFT) ** 2 / 2, (1 - SHIFT) ** 3 / 3
REVENUE = {  # E Y - E Y^2 / 4 with Y the sum of two independent bids
    "nearest_vcg": 2 * MEAN - (2 * SQUARE + 2 * MEAN**2) / 4,
    "nearest_zero": 2 / np.e - (2 * (1 - 2 / np.e) + 2 / np.e**2) / 4,
    "nearest_bid": 0.5,
}


@pytest.mark.parametrize("payment", REFERENCES)
def test_closed_forms(payment: Reference) -> None:
    equilibrium = solve(CoreSelecting(payment), LLG)
    v = np.linspace(1e-3, 1, 1001)
    for label in "ab":
        assert np.abs(equilibrium.strategy(label)(v) - CLOSED[payment](v)).max() < 1e-11
    assert (equilibrium.strategy("both")(v) == v).all()
    assert equilibrium.relative_epsilon < 1e-11 and check(equilibrium.certificate).valid
    revenue = equilibrium.expected_payment
    assert revenue.width < 1e-10 and abs(revenue.midpoint - REVENUE[payment]) < 1e-11


CASES: dict[str, tuple[Distribution, Distribution, float]] = {
    "different tops": (UNIT, Uniform(0, 1.5), 2.5),
    "beta": (Beta(2, 2), Beta(1.5, 2.5), 2),
    "knots": (PiecewiseLinear((0, 0.3, 1), (0, 0.5, 1)), LogNormal(-1, 0.5, 0, 2), 3),
    "values from a half": (Uniform(0.5, 1), Uniform(0.6, 0.9), 2),
}


@pytest.mark.parametrize(
    ("case", "payment"),
    [("different tops", p) for p in REFERENCES] + [("values from a half", p) for p in REFERENCES]
    + [("beta", "nearest_zero"), ("knots", "nearest_vcg")],
)  # fmt: skip
def test_other_values_are_certified(case: str, payment: Reference) -> None:
    first, second, height = CASES[case]
    equilibrium = solved(first, second, height, payment)
    assert equilibrium.relative_epsilon < 1e-8
    assert true_regret(equilibrium, CoreSelecting(payment)) <= equilibrium.epsilon + 3e-5
    rng = np.random.default_rng(3)
    values = np.stack([law.sample(rng, 50_000) for law in equilibrium.market.priors], axis=-1)
    bids = np.stack([equilibrium.strategy(label)(values[:, i]) for i, label in enumerate(("a", "b", "both"))], axis=-1)
    outcome = CoreSelecting(payment).batch(equilibrium.market, bids)
    assert abs(outcome.payments().sum(axis=-1).mean() - equilibrium.expected_payment.midpoint) < 1e-2
    assert abs((outcome.allocation() * values).sum(axis=-1).mean() + equilibrium.resource_cost.midpoint) < 1e-2


def true_regret(equilibrium: Equilibrium, rule: CoreSelecting, points: int = 300) -> float:
    """The most that some values gain, by the rule itself: exact over the package (payments are linear in it between the points
    below), midpoints over the rival's values, which leave about 3e-5."""
    market = equilibrium.market
    height = market.priors[2].support[1]
    worst = 0.0
    for own, label, rival in ((0, "a", "b"), (1, "b", "a")):
        values = market.priors[own].quantile(np.linspace(0.05, 1, 8))
        mine = equilibrium.strategy(label)(values)
        bids = np.unique(np.concatenate([mine, np.linspace(0, market.priors[own].support[1], 24)]))
        y = equilibrium.strategy(rival)(market.priors[1 - own].quantile((np.arange(points) + 0.5) / points))
        b, y = np.broadcast_arrays(bids[:, None], y)
        ends = np.sort(np.stack([0 * b, abs(b - y), b, y, 2 * b, 2 * y, b + y, height + 0 * b], axis=-1).clip(0, height))
        package, chance = 0.5 * (ends[..., 1:] + ends[..., :-1]), np.diff(ends) / height
        both = np.broadcast_arrays(b[..., None], y[..., None], package)
        outcome = rule.batch(market, np.stack(both if own == 0 else (both[1], both[0], both[2]), axis=-1))
        wins = (outcome.allocation()[..., own] * chance).sum(axis=-1).mean(axis=1)
        paid = (outcome.payments()[..., own] * chance).sum(axis=-1).mean(axis=1)
        gains = values[:, None] * wins - paid
        worst = max(worst, float((gains.max(axis=1) - gains[np.arange(len(values)), np.searchsorted(bids, mine)]).max()))
    return worst


@cache
def vickrey_like() -> Equilibrium:
    return solve(CoreSelecting("nearest_vcg"), LLG)


def unsealed(equilibrium: Equilibrium) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(equilibrium.certificate.to_json())
    del tree["sha256"], tree["states"]
    return tree


@pytest.mark.parametrize(("payment", "instead"), [("nearest_vcg", "nearest_bid"), ("nearest_bid", "nearest_zero")])
def test_wrong_strategies_are_certified_at_no_less_than_their_true_regret(payment: Reference, instead: Reference) -> None:
    right = solve(CoreSelecting(payment), LLG)
    tree = unsealed(right)
    tree["mechanism"]["payment"] = instead
    states = state(tree)
    regret = true_regret(right, CoreSelecting(instead))
    epsilon = states["epsilon"]
    assert isinstance(epsilon, float)
    assert 5e-4 < regret <= epsilon and epsilon < 20 * regret
    assert check(sealed({**tree, "states": states})).valid
    assert "only" in check(sealed({**tree, "states": {**states, "epsilon": 0.5 * regret}})).message


def test_altered_files_are_rejected() -> None:
    text = vickrey_like().certificate.to_json()
    tree = json.loads(text)
    tree["equilibrium"]["strategies"]["a"]["types"][0] += 1e-15
    assert "digest" in check(json.dumps(tree)).message
    assert not check(text.replace('"nearest_vcg"', '"nearest_bid"')).valid


def overbid(stated: dict[str, Any]) -> None:
    line = {"types": [0.4, 1.0], "slopes": [0.5, 0.5], "curvatures": [0, 0]}
    stated.update(bids=[0.0, 1.2], strategies={"a": line, "b": line})


WRONG: dict[str, tuple[Any, str]] = {
    "a rule unknown": (lambda t: t["mechanism"].__setitem__("payment", "nearest"), "must be one of"),
    "a package that may be too small": (lambda t: t["market"]["package"]["both"].__setitem__("high", 1.5), "highest sum"),
    "a package not uniform": (lambda t: t["market"]["package"]["both"].update(kind="beta", a=1.0, b=2.0), "uniform from 0"),
    "bids from above 0": (lambda t: t["equilibrium"]["bids"].__setitem__(0, 0.01), "begin at 0"),
    "not the highest value": (lambda t: t["equilibrium"]["strategies"]["a"]["types"].__setitem__(-1, 0.99), "highest value"),
    "a bid too high": (lambda t: overbid(t["equilibrium"]), "more than"),
    "one too many": (lambda t: t["market"]["singles"].__setitem__("c", UNIT.spec()), "two singles"),
    "falling": (lambda t: t["equilibrium"]["strategies"]["a"]["slopes"].__setitem__(0, -1.0), "may not increase"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_malformed_certificates_are_rejected(fault: str) -> None:
    tree = unsealed(vickrey_like())
    change, message = WRONG[fault]
    change(tree)
    with pytest.raises(Rejected, match=message):
        state(tree)


def test_refusals() -> None:
    with pytest.raises(Refused, match="must be uniform from 0 to at least 2"):
        solved(UNIT, UNIT, 1.9, "nearest_vcg")
    with pytest.raises(Refused, match="no value between"):
        solved(Mixture([(0.5, Uniform(0, 0.4)), (0.5, Uniform(0.6, 1))]), UNIT, 2, "nearest_vcg")
    with pytest.raises(Refused, match="the other's bids jump"):
        solved(UNIT, Uniform(0.5, 1), 2, "nearest_zero")
    with pytest.raises(Refused, match="never bids above 0"):
        solved(Uniform(0, 0.1), Uniform(0, 4), 5, "nearest_zero")
    with pytest.raises(Refused, match="needs a PackageSale"):
        solve(CoreSelecting(), Procurement(costs={"a": UNIT}))
    with pytest.raises(Refused, match="mirrors no procurement"):
        Vickrey().outcome(LLG, {"a": 1, "b": 1, "both": 1})
    with pytest.raises(InvalidInput, match="solver must be a CoreShading"):
        solve(CoreSelecting(), LLG, object())
    with pytest.raises(InvalidInput, match="payment must be 'nearest_vcg' or"):
        CoreSelecting("nearest")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"bids\.a must be at least 0"):
        CoreSelecting().outcome(LLG, {"a": -1, "b": 1, "both": 1})
    with pytest.raises(InvalidInput, match=r"bids\[1, 2\] must be at least 0"):
        CoreSelecting().batch(LLG, np.array([[0.0, 1.0, 1.0], [1.0, 1.0, -1.0]]))
    with pytest.raises(InvalidInput, match="singles must have 2 entries"):
        PackageSale(singles={"a": UNIT}, package={"both": UNIT})


@pytest.mark.parametrize("payment", ["nearest_vcg", "nearest_bid"])
def test_laws_that_vanish_at_their_ends_are_certified(payment: str) -> None:
    market = PackageSale(singles={"a": Beta(2, 2), "b": Beta(1.5, 2.5)}, package={"both": Uniform(0, 2)})
    assert solve(CoreSelecting(payment), market).relative_epsilon < 1e-8  # type: ignore[arg-type]
