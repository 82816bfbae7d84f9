"""The k-double auction: the rule, closed forms, certified bounds against true regret, and what is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria import Equilibrium, PhasePath, RegularCollocation, check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    Beta,
    Distribution,
    Exchange,
    FirstPrice,
    InvalidInput,
    KDoubleAuction,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Refused,
    Uniform,
    market_from_spec,
    mechanism_from_spec,
)

UNIT = Uniform(0, 1)
BILATERAL = Exchange(users={"u": UNIT}, provers={"p": UNIT})
SIDED = Exchange(users={"a": UNIT, "b": UNIT, "c": UNIT}, provers={"x": UNIT, "y": UNIT})


def solved(value: Distribution, cost: Distribution, k: float, solver: object | None = None) -> Equilibrium:
    return solve(KDoubleAuction(k), Exchange(users={"u": value}, provers={"p": cost}), solver)


@pytest.mark.parametrize("k", [0, 0.25, 0.5, 1])
def test_exact_and_batch_evaluation_agree(k: float) -> None:
    rule, rng = KDoubleAuction(k), np.random.default_rng(1)
    reports = rng.integers(0, 6, (400, 5)) / 4.0
    many = rule.batch(SIDED, reports)
    for row, shares, amounts, proofs in zip(reports, many.allocation(), many.payments(), many.proofs(), strict=True):
        one = rule.outcome(SIDED, {label: Fraction(float(x)) for label, x in zip(SIDED.labels, row, strict=True)})
        assert [float(x) for x in one.allocation.values()] == shares.tolist()
        assert [float(x) for x in one.payments.values()] == amounts.tolist()
        assert [float(x) for x in one.proofs.values()] == proofs.tolist()
        assert amounts[:3].sum() == amounts[3:].sum()  # what users pay is what provers are paid
        assert ((row[:3] >= amounts[:3]) | (shares[:3] == 0)).all() and (amounts[3:] >= row[3:] * shares[3:]).all()


def test_the_price_is_a_share_of_the_interval_of_clearing_prices() -> None:
    bids = {"a": Fraction(9), "b": Fraction(6), "c": Fraction(2), "x": Fraction(1), "y": Fraction(4)}
    outcome = KDoubleAuction(Fraction(1, 4)).outcome(SIDED, bids)
    assert dict(outcome.allocation) == {"a": 1, "b": 1, "c": 0, "x": 1, "y": 1}
    assert outcome.payments["a"] == Fraction(1, 4) * 6 + Fraction(3, 4) * 4
    assert not KDoubleAuction().outcome(BILATERAL, {"u": 1, "p": 2}).award
    assert dict(KDoubleAuction(1).outcome(BILATERAL, {"u": 2, "p": 2}).payments) == {"u": 2, "p": 2}


def test_the_mirror_image_trades_the_same_at_minus_the_price() -> None:
    reports = np.random.default_rng(2).random((200, 5))
    plain = KDoubleAuction(0.25).batch(SIDED, reports)
    swapped = KDoubleAuction(0.25).mirrored().batch(SIDED.mirrored(), -np.roll(reports, 2, axis=-1))
    assert (plain.trades == np.roll(swapped.trades, -2, axis=-1)).all()
    assert np.allclose(plain.price, -swapped.price, rtol=0, atol=1e-15)


def test_specs_return() -> None:
    assert market_from_spec(SIDED.spec()) == SIDED
    assert mechanism_from_spec(KDoubleAuction(0.25).spec()) == KDoubleAuction(0.25)
    with pytest.raises(InvalidInput, match=r"market\.value must be one of kind, users, provers"):
        market_from_spec({**SIDED.spec(), "value": 1})


@pytest.mark.parametrize("k", [0.0, 0.3, 0.5, 1.0])
def test_uniform_priors_give_the_linear_equilibrium(k: float) -> None:
    equilibrium = solved(UNIT, UNIT, k)
    assert equilibrium.relative_epsilon < 1e-11
    v, c = np.linspace((1 - k) / 2, 1, 101), np.linspace(0, 1 - k / 2, 101)
    assert np.abs(equilibrium.strategy("u")(v) - (v / (1 + k) + k * (1 - k) / (2 * (1 + k)))).max() < 1e-12
    assert np.abs(equilibrium.strategy("p")(c) - (c / (2 - k) + (1 - k) / 2)).max() < 1e-12
    assert float(equilibrium.strategy("u")(0.0)) == 0.0 and float(equilibrium.strategy("p")(1.0)) == 1.0
    if k == 0.5:  # trade where v - c >= 1/4
        for interval, exact in ((equilibrium.no_award, 23 / 32), (equilibrium.expected_payment, 9 / 64)):
            assert interval.lower - 1e-13 <= exact <= interval.upper + 1e-13
    assert check(equilibrium.certificate).valid and not equilibrium.complete


def test_the_exact_equilibrium_is_proved() -> None:
    line = {"slopes": [1.5, 1.5], "curvatures": [0, 0]}
    strategies = {"u": {"types": [0.25, 1.0], **line}, "p": {"types": [0.0, 0.75], **line}}
    states = state(document(BILATERAL, 0.5, {"bids": [0.25, 0.75], "strategies": strategies}))
    assert states["epsilon"] == 0.0
    assert states["expected_payment"] == [9 / 64, 9 / 64] and states["no_award"] == [23 / 32, 23 / 32]


CASES = {
    "beta": (Beta(2, 2), Beta(2, 2), 0.5, 1e-8),
    "different beta": (Beta(2, 1), UNIT, 0.5, 1e-9),
    "an offer": (Beta(2, 2), Beta(2, 2), 1.0, 1e-10),
    "wider values": (Uniform(0.2, 1.3), UNIT, 0.5, 1e-11),
    "knots": (PiecewiseLinear((0, 0.3, 1), (0, 0.5, 1)), UNIT, 0.5, 1e-6),
}


@pytest.mark.parametrize("case", CASES)
def test_other_priors_are_certified(case: str) -> None:
    value, cost, k, relative = CASES[case]
    equilibrium = solved(value, cost, k)
    assert equilibrium.relative_epsilon < relative
    assert true_regret(equilibrium) <= equilibrium.epsilon + 1e-9
    rng = np.random.default_rng(3)
    types = np.stack([value.sample(rng, 50_000), cost.sample(rng, 50_000)], axis=-1)
    trades = KDoubleAuction(k).batch(
        equilibrium.market,
        np.stack([equilibrium.strategy("u")(types[:, 0]), equilibrium.strategy("p")(types[:, 1])], axis=-1),
    )
    assert abs(trades.price.mean() - equilibrium.expected_payment.midpoint) < 5e-3
    assert abs((trades.proofs() * types).sum(axis=-1).mean() - equilibrium.resource_cost.midpoint) < 5e-3
    assert abs(1 - trades.award.mean() - equilibrium.no_award.midpoint) < 5e-3


def test_a_member_of_the_family_passes_through_a_point() -> None:
    equilibrium = solved(UNIT, UNIT, 0.5, PhasePath(through=(0.7, 0.5, 0.35)))
    assert abs(float(equilibrium.strategy("u")(0.7)) - 0.5) < 1e-9
    assert abs(float(equilibrium.strategy("p")(0.35)) - 0.5) < 1e-9
    assert equilibrium.relative_epsilon < 1e-5 and "two-parameter family" in equilibrium.notes[0]
    assert abs(equilibrium.no_award.midpoint - 23 / 32) > 1e-3  # it is another equilibrium


def test_two_users_and_two_provers() -> None:
    market = Exchange(users={"a": UNIT, "b": UNIT}, provers={"x": UNIT, "y": UNIT})
    equilibrium = solve(KDoubleAuction(0.5), market, PhasePath(tolerance=1e-10))
    assert equilibrium.relative_epsilon < 1e-7 and check(equilibrium.certificate).valid
    assert equilibrium.strategy("a") is equilibrium.strategy("b")
    values = np.linspace(0.5, 0.9, 5)
    assert (equilibrium.strategy("a")(values) > solved(UNIT, UNIT, 0.5).strategy("u")(values)).all()  # rivals: less shading
    rng = np.random.default_rng(5)
    types = rng.random((40_000, 4))
    reports = np.concatenate([equilibrium.strategy("a")(types[:, :2]), equilibrium.strategy("x")(types[:, 2:])], axis=-1)
    rule, labels = KDoubleAuction(0.5), market.labels
    outcome = rule.batch(market, reports)
    assert abs(outcome.payments()[:, :2].sum(axis=-1).mean() - equilibrium.expected_payment.midpoint) < 6e-3
    assert abs((outcome.proofs() * types).sum(axis=-1).mean() - equilibrium.resource_cost.midpoint) < 6e-3
    assert abs(1 - outcome.award.mean() - equilibrium.no_award.midpoint) < 6e-3
    for own, sign in ((0, 1.0), (2, -1.0)):  # the rule itself, with common draws of the rivals
        for level in (0.3, 0.5, 0.7):
            mine = float(equilibrium.strategy(labels[own])(level))
            gains = []
            for report in (mine, mine - 0.06, mine + 0.06):
                deviating = reports.copy()
                deviating[:, own] = report
                against = rule.batch(market, deviating)
                gains.append(float((sign * (level * against.allocation() - against.payments()))[:, own].mean()))
            assert max(gains[1:]) < gains[0] + 1e-3


def test_the_mirror_image_has_the_mirrored_strategies() -> None:
    market = Exchange(users={"u": UNIT}, provers={"p": Uniform(0.1, 1)})
    plain, mirror = solve(KDoubleAuction(0.75), market), solve(KDoubleAuction(0.75).mirrored(), market.mirrored())
    v = np.linspace(0.3, 1, 21)
    assert np.abs(plain.strategy("u")(v) + mirror.strategy("u")(-v)).max() < 1e-8
    assert abs(plain.no_award.midpoint - mirror.no_award.midpoint) < 1e-8
    assert abs(plain.expected_payment.midpoint + mirror.expected_payment.midpoint) < 1e-8


def document(market: Exchange, k: float, stated: dict[str, Any]) -> dict[str, Any]:
    head: dict[str, Any] = {"format": "prover-markets/certificate", "version": 1}
    return {**head, "market": market.spec(), "mechanism": KDoubleAuction(k).spec(), "equilibrium": stated}


def true_regret(equilibrium: Equilibrium, k: float | None = None, points: int = 1001) -> float:
    """The most that any of some types gains, by the rule itself against many rival types."""
    market = equilibrium.market
    share = (k if k is not None else float(equilibrium.mechanism.k)) if isinstance(equilibrium.mechanism, KDoubleAuction) else 0.0
    levels = (np.arange(points) + 0.5) / points
    worst = 0.0
    for own, rival, sign in ((0, 1, 1.0), (1, 0, -1.0)):
        against = equilibrium.strategy(market.labels[rival])(market.priors[rival].quantile(levels))
        types = market.priors[own].quantile(np.linspace(0.02, 0.98, 9))
        mine = equilibrium.strategy(market.labels[own])(types)
        bids = np.unique(np.concatenate([mine, np.linspace(*np.quantile(against, [0, 1]), 40)]))
        trade = sign * (bids[:, None] - against[None, :]) >= 0
        paid = (share * bids[:, None] + (1 - share) * against) if own == 0 else (share * against + (1 - share) * bids[:, None])
        gains = np.array([np.where(trade, sign * (t - paid), 0.0).mean(axis=1) for t in types])
        at = np.searchsorted(bids, mine)
        # midpoints leave an error of one atom of the rival's law times the margin there
        worst = max(worst, float((gains.max(axis=1) - gains[np.arange(len(types)), at]).max()) - 2.0 / points)
    return worst


def test_wrong_strategies_are_certified_at_no_less_than_their_true_regret() -> None:
    right = solved(UNIT, UNIT, 0.5)
    tree = json.loads(right.certificate.to_json())
    tree["mechanism"]["k"] = 0.9
    del tree["sha256"], tree["states"]
    states = state(tree)
    regret = true_regret(right, 0.9, 10_001)
    assert 1e-2 < regret <= states["epsilon"] < 10 * regret
    false = {**states, "epsilon": 0.9 * regret}
    assert check(sealed({**tree, "states": states})).valid
    assert "only" in check(sealed({**tree, "states": false})).message


def test_altered_files_are_rejected() -> None:
    text = solved(Beta(2, 2), UNIT, 0.0).certificate.to_json()
    assert check(text).valid
    tree = json.loads(text)
    tree["equilibrium"]["strategies"]["u"]["types"][5] *= 1.0 + 1e-15
    assert "digest" in check(json.dumps(tree)).message
    place = text.index('"slopes"')
    digit = next(i for i in range(place, len(text)) if text[i] in "123456789")
    assert not check(text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :]).valid


WRONG: dict[str, tuple[Any, str]] = {
    "a type more": (lambda e: e["strategies"]["u"]["types"].append(1.1), "entries"),
    "not the highest value": (lambda e: e["strategies"]["u"]["types"].__setitem__(-1, 0.9), "highest value"),
    "not the lowest cost": (lambda e: e["strategies"]["p"]["types"].__setitem__(0, 0.1), "lowest cost"),
    "falling": (lambda e: e["strategies"]["u"]["slopes"].__setitem__(0, -1.0), "may not increase"),
    "bids fall": (lambda e: e["bids"].reverse(), "increase"),
    "unknown key": (lambda e: e.__setitem__("note", 1), "not known"),
    "nobody": (lambda e: e["strategies"].pop("p"), "missing"),
    "outside": (lambda e: e["strategies"]["u"]["types"].__setitem__(-1, 1.5), "support"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_malformed_strategies_are_rejected(fault: str) -> None:
    line = {"slopes": [1.5, 1.5], "curvatures": [0, 0]}
    stated: dict[str, Any] = {"bids": [0.25, 0.75], "strategies": {"u": {"types": [0.25, 1.0], **line}}}
    stated["strategies"]["p"] = {"types": [0.0, 0.75], "slopes": [1.5, 1.5], "curvatures": [0, 0]}
    change, message = WRONG[fault]
    change(stated)
    with pytest.raises(Rejected, match=message):
        state(document(BILATERAL, 0.5, stated))


def test_asks_below_the_range_are_bounded_where_they_tempt() -> None:
    crowd = Mixture([(0.9, Uniform(0.1, 0.2)), (0.1, UNIT)])
    line = {"slopes": [1.5, 1.5], "curvatures": [0, 0]}
    strategies = {"u": {"types": [0.25, 1.0], **line}, "p": {"types": [0.0, 0.75], **line}}
    stated = {"bids": [0.25, 0.75], "strategies": strategies}
    states = state(document(Exchange(users={"u": crowd}, provers={"p": UNIT}), 0.5, stated))
    assert states["epsilon"] > 0.08  # an ask of 0.1 sells to nearly everybody


def test_refusals() -> None:
    with pytest.raises(Refused, match="all users must have the same law"):
        solve(KDoubleAuction(), Exchange(users={"a": UNIT, "b": Beta(2, 1)}, provers={"x": UNIT}))
    with pytest.raises(Refused, match="at most 12 provers"):
        solve(KDoubleAuction(), Exchange(users={"a": UNIT}, provers={f"p{i}": UNIT for i in range(13)}))
    with pytest.raises(InvalidInput, match="is for one user and one prover; got 3 and 2"):
        solve(KDoubleAuction(), SIDED, RegularCollocation())
    with pytest.raises(Refused, match="needs 0 < k < 1"):
        solve(KDoubleAuction(1), SIDED)
    with pytest.raises(Refused, match="needs an Exchange"):
        solve(KDoubleAuction(), Procurement(costs={"a": UNIT}))
    with pytest.raises(Refused, match="no trade is ever worth while"):
        solved(UNIT, Uniform(2, 3), 0.5)
    with pytest.raises(Refused, match="same bid"):
        solved(Uniform(1, 2), UNIT, 0.5)
    with pytest.raises(Refused, match="no type between"):
        solved(Mixture([(0.5, Uniform(0, 0.4)), (0.5, Uniform(0.6, 1))]), UNIT, 0.5)
    with pytest.raises(Refused, match="is no procurement"):
        FirstPrice().outcome(BILATERAL, {"u": 1, "p": 0})
    with pytest.raises(InvalidInput, match="solver must be a RegularCollocation or a PhasePath"):
        solved(UNIT, UNIT, 0.5, object())
    with pytest.raises(InvalidInput, match="through must be"):
        solved(UNIT, UNIT, 0.5, PhasePath(through=(0.5, 0.6, 0.1)))
    with pytest.raises(Refused, match="no regular equilibrium"):
        solved(PiecewiseLinear((0, 0.3, 1), (0, 0.5, 1)), UNIT, 0.5, RegularCollocation(degree=12, most=12))
    with pytest.raises(InvalidInput, match="k must lie between 0 and 1"):
        KDoubleAuction(1.5)
    with pytest.raises(InvalidInput, match="another side"):
        Exchange(users={"a": UNIT}, provers={"a": UNIT})
    with pytest.raises(InvalidInput, match="users must be a dict"):
        Exchange(users={}, provers={"a": UNIT})
