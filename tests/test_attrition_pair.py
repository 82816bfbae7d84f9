"""War of attrition between two buyers that differ: closed forms, plain sums over types, members of the family, planted errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from flint import arb
from numpy.typing import NDArray
from scipy.integrate import quad

from equilibria import AttritionPair, Equilibrium, check, simulate, solve
from equilibria.checking import sealed, state
from equilibria.checking.meeting_types import _slope
from equilibria.checking.reading import read_prior
from equilibria.checking.taylor import ball_arithmetic
from mechanisms import Beta, Distribution, InvalidInput, PiecewiseLinear, Refused, Sale, Uniform, WarOfAttrition

UNIT, LOW, WIDE = Uniform(0, 1), Uniform(1, 2), Uniform(1, 3)


@cache
def solved(
    first: Distribution, second: Distribution, alike: tuple[float, float] | None = None, reserve: float | None = None
) -> Equilibrium:
    return solve(WarOfAttrition(reserve), Sale({"a": first, "b": second}), AttritionPair(alike))


def document() -> Any:
    return json.loads(solved(LOW, WIDE, None, 0.3).certificate.to_json())


def test_uniform_values_from_zero() -> None:
    """int dx/(x(1 - x)) = log(x/(1 - x)), so that odds of values that meet have one ratio."""
    equilibrium = solved(UNIT, UNIT, (0.5, 0.3))
    ratio = 1.0 / (3 / 7)

    def met(z: float) -> float:
        return ratio * z / (1 - z + ratio * z)

    for z in (0.1, 0.5, 0.99):
        bid = quad(lambda y: met(y) / (1 - y), 0, z, epsabs=1e-14)[0]
        assert float(equilibrium.strategy("b")([z])[0]) == pytest.approx(bid, abs=1e-11)
        assert float(equilibrium.strategy("a")([met(z)])[0]) == pytest.approx(bid, abs=1e-11)
    paid = 2 * quad(lambda z: met(z) * (1 - met(z)), 0, 1)[0]  # (1 - F1)(1 - F2) db
    assert equilibrium.expected_payment.midpoint == pytest.approx(paid, abs=1e-10)
    assert (equilibrium.epsilon < 1e-20, equilibrium.complete) == (True, False)
    assert "continuum" in equilibrium.notes[0]


def test_positive_values_from_the_lowest_on() -> None:
    """log(x/(h - x))/h from the lowest values on; nobody gives up at once, and nobody gains anything."""
    equilibrium = solve(WarOfAttrition(), Sale({"a": LOW, "b": WIDE}))
    assert (equilibrium.status, equilibrium.complete, equilibrium.epsilon) == ("proved", False, 0.0)
    y = np.array([1.0, 1.2, 1.7, 2 - 1e-9])
    clock = np.log(y / (2 - y)) / 2
    odds = np.exp(3 * clock) / 2  # z/(3 - z), 1/2 at the lowest value
    z = 3 * odds / (1 + odds)
    np.testing.assert_allclose(equilibrium.strategy("a")(y[:-1]), equilibrium.strategy("b")(z[:-1]), rtol=1e-12)
    bid = quad(lambda x: _met(x) / (3 - x), 1, z[2])[0]
    assert float(equilibrium.strategy("b")(z[2:3])[0]) == pytest.approx(bid, rel=1e-10)
    assert equilibrium.expected_payment.width < 1e-10
    assert check(equilibrium.certificate).valid


def _met(z: float) -> float:
    """The value of `LOW` that meets one of `WIDE`."""
    odds = (2 * z / (3 - z)) ** (2 / 3)
    return 2 * odds / (1 + odds)


def test_medians_of_equal_laws_make_the_symmetric_equilibrium() -> None:
    law = Uniform(0.5, 2)
    pair, alike = solved(law, law, (0.5, 0.5)), solve(WarOfAttrition(), Sale({"a": law, "b": law}))
    values = law.quantile(np.linspace(0.01, 0.999, 9))
    np.testing.assert_allclose(pair.strategy("b")(values), alike.strategy("b")(values), rtol=1e-9)
    assert pair.expected_payment.midpoint == pytest.approx(alike.expected_payment.midpoint, rel=1e-9)


def gains(equilibrium: Equilibrium, own: int, size: int = 4000) -> NDArray[np.float64]:
    """What types gain by the best of many bids, or by staying out, over middles of equally likely cells of the rival."""
    market, rule = equilibrium.market, equilibrium.mechanism
    assert isinstance(rule, WarOfAttrition)
    reserve = float(rule.reserve or 0)
    rival = market.priors[1 - own].quantile((np.arange(size) + 0.5) / size)
    bids = equilibrium.strategy("ab"[1 - own])(rival)
    offers = np.unique(np.concatenate([bids[bids >= reserve] + 1e-9, [reserve + 1e-9]]))
    chance, price = offers[:, None] > bids, np.maximum(bids, reserve)
    worth, paid = chance.mean(axis=1), (np.where(chance, price, offers[:, None])).mean(axis=1)
    types = market.priors[own].quantile(np.linspace(0.003, 0.99, 40))
    best = np.maximum((types[:, None] * worth - paid).max(axis=1), 0.0)
    made = equilibrium.strategy("ab"[own])(types)
    own_chance = made[:, None] > bids
    payoff = types * own_chance.mean(axis=1) - np.where(own_chance, price, made[:, None]).mean(axis=1)
    return np.asarray(best - np.where(made < reserve, 0.0, payoff))


@pytest.mark.parametrize(
    ("first", "second", "alike", "reserve"),
    [
        (LOW, WIDE, (0.3, 0.0), None),
        (LOW, WIDE, None, 0.3),
        (Beta(2, 3, 1, 2), PiecewiseLinear((0.5, 1, 3), (0, 0.3, 1)), (0.2, 0.6), 0.1),
    ],
    ids=["one concedes", "reserve", "knots, reserve"],
)
def test_no_bid_is_better_by_plain_sums(
    first: Distribution, second: Distribution, alike: tuple[float, float] | None, reserve: float | None
) -> None:
    equilibrium = solved(first, second, alike, reserve)
    assert equilibrium.epsilon < 1e-14
    assert max(gains(equilibrium, own).max() for own in (0, 1)) < 2e-3
    drawn = simulate(equilibrium, np.random.default_rng(5), 40_000)
    for name in ("expected_payment", "resource_cost", "no_award"):
        estimate = getattr(drawn, name)
        assert getattr(equilibrium, name).midpoint == pytest.approx(estimate.mean, abs=5 * estimate.standard_error + 1e-12)


def test_levels_say_who_gives_up_at_once() -> None:
    equilibrium = solved(LOW, WIDE, (0.3, 0.0))
    assert "'a' stays out below 1.3, with probability 0.3." in equilibrium.notes
    np.testing.assert_allclose(equilibrium.strategy("a")([1.0, 1.29, 1.31])[:2], -1.0)
    assert float(equilibrium.strategy("b")([1.0])[0]) == 0.0
    assert solved(LOW, WIDE).expected_payment.lower > equilibrium.expected_payment.upper


def test_a_reserve_that_one_bids_exactly() -> None:
    equilibrium = solved(LOW, WIDE, None, 0.3)
    a, b = document()["equilibrium"]["entries"].values()
    start = [meets[0] for meets in document()["equilibrium"]["meetings"].values()]
    chance = [float(law.cdf(s)) for law, s in zip((LOW, WIDE), start, strict=True)]
    waits = int(b < start[1])
    assert (a < start[0]) != (b < start[1])
    assert start[1 - waits] * chance[waits] == pytest.approx(0.3)
    inside = 0.5 * ((a, b)[waits] + start[waits])
    assert float(equilibrium.strategy("ab"[waits])([inside])[0]) == 0.3
    assert equilibrium.strategy("ab"[waits]).inverse([0.3])[0] == (a, b)[waits]


def test_strategies_and_inverses() -> None:
    equilibrium = solved(Beta(2, 3, 1, 2), PiecewiseLinear((0.5, 1, 3), (0, 0.3, 1)), (0.2, 0.6), 0.1)
    for label, law in zip("ab", equilibrium.market.priors, strict=True):
        strategy: Any = equilibrium.strategy(label)
        values = law.quantile(np.linspace(0.65, 0.999, 7))
        np.testing.assert_allclose(strategy.inverse(strategy(values)), values, rtol=1e-11)
        low, high = law.support
        assert np.isposinf(strategy([high]))
        assert np.isnan(strategy([high + 0.1, low - 0.1, np.nan])).all()
        assert strategy.knots[-1] == high


@pytest.mark.parametrize("nudge", [-0.02, 0.02])
def test_planted_entries_cost_what_they_cost_and_smaller_claims_are_rejected(nudge: float) -> None:
    """A type beside the entry gains the change of the entry times the chance that the rival is out."""
    planted = document()
    meets, entries = planted["equilibrium"]["meetings"], planted["equilibrium"]["entries"]
    waits = next(label for label in "ab" if entries[label] < meets[label][0])
    rival = "ba"["ab".index(waits)]
    entries[waits] += nudge
    planted["states"] = state(planted)
    law = (LOW, WIDE)["ab".index(rival)]
    true = 0.02 * float(law.cdf(meets[rival][0]))
    assert planted["states"]["epsilon"] == pytest.approx(true, rel=1e-8)
    assert check(sealed(planted)).valid
    planted["states"]["epsilon"] = true * 0.999
    assert "states.epsilon" in check(sealed(planted)).message


def _both_wait(d: Any) -> None:
    d["equilibrium"]["entries"] = dict.fromkeys("ab", 1.0)


def _coarse(d: Any) -> None:
    d["equilibrium"]["meetings"] = {label: meets[::6] for label, meets in d["equilibrium"]["meetings"].items()}


def _missing(d: Any) -> None:
    del d["equilibrium"]["meetings"]["a"][-2:]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_both_wait, "one buyer at most"),
        (_coarse, "states.|meetings|odd"),
        (_missing, "as many values"),
        (lambda d: d["equilibrium"]["meetings"]["a"].pop(), "odd number"),
        (lambda d: d["equilibrium"]["meetings"]["a"].__setitem__(-1, 2.0), "within"),
        (lambda d: d["equilibrium"]["entries"].update(a=0.9), "within"),
        (lambda d: d["equilibrium"]["entries"].update(c=1), "entries.c is not known"),
        (lambda d: d["equilibrium"].update(ends=[1, 2]), "equilibrium.ends is not known"),
        (lambda d: d["market"]["values"].update(c=d["market"]["values"]["a"]), "two buyers"),
        (lambda d: d["market"]["values"]["b"].update(high=3.5), "states.|meetings"),
        (lambda d: d["mechanism"].update(reserve=0.31), "states.epsilon"),
        (lambda d: d["states"].update(resource_cost=[-1.91, -1.91]), "states.resource_cost"),
        (lambda d: d["states"].update(expected_payment=[1.4, 1.4]), "states.expected_payment"),
    ],
)
def test_altered_certificates_are_rejected(change: Callable[[Any], None], reason: str) -> None:
    changed = document()
    change(changed)
    checked = check(sealed(changed))
    assert not checked.valid
    assert any(each in checked.message for each in reason.split("|")), checked.message
    assert not check(json.dumps(changed)).valid  # with the digest of before


def test_pairs_that_are_roughly_right_are_mended() -> None:
    changed = document()
    changed["equilibrium"]["meetings"]["b"][40] *= 1 + 1e-3
    assert check(sealed(changed)).valid


def test_refusals_and_bad_input() -> None:
    for alike in ((0.5,), (0.5, 1.0), (-0.1, 0), (float("nan"), 0), 0.5, (True, 0), ("a", "b")):
        with pytest.raises(InvalidInput, match="two levels of at least 0 and below 1"):
            AttritionPair(alike)
    with pytest.raises(InvalidInput, match="is for two buyers; the market has 3"):
        solve(WarOfAttrition(), Sale(dict.fromkeys("abc", UNIT)), AttritionPair())
    with pytest.raises(Refused, match="doubles between them are too few"):
        solve(WarOfAttrition(), Sale({"a": LOW, "b": WIDE}), AttritionPair((1 - 1e-12, 0)))
    gap = PiecewiseLinear((0, 1, 2, 3), (0, 0.5, 0.5, 1))
    with pytest.raises(Refused, match="Close the gap"):
        solve(WarOfAttrition(), Sale({"a": gap, "b": UNIT}))


def test_the_slope_over_a_ball_counts_every_piece_that_it_holds() -> None:
    """Neither the ends nor the middle of the ball lie in the piece with twenty times the density of the others."""
    points, levels = [1.0, 2.09, 2.095, 2.105, 3.0], [0.0, 0.4, 0.5, 0.51, 1.0]
    law = read_prior({"kind": "piecewise_linear", "points": points, "cdf": levels}, "law")
    with ball_arithmetic():
        slope = _slope(law, arb(2.1, 0.02))
        for value, density in ((2.085, 0.4 / 1.09), (2.0925, 20.0), (2.1, 1.0), (2.115, 0.49 / 0.895)):
            assert slope.contains(arb(density) / (arb(value) * law.survival(arb(value))).mid())
