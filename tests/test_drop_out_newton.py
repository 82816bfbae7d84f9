"""All pay between three or more buyers that differ: closed forms, brute force, draws, planted errors."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.special import comb

from equilibria import AllPayPair, DropOutNewton, EnvelopeIntegral, Equilibrium, check, simulate, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    AllPay,
    Beta,
    Distribution,
    PiecewiseLinear,
    Procurement,
    Sale,
    Uniform,
)

UNIT, WIDE, HIGH = Uniform(0, 1), Uniform(0, 2), Uniform(1, 2)
MIDDLE = Uniform(0, 1.5)
STEEP, FLAT = PiecewiseLinear((0, 1, 1.1, 2), (0, 0.1, 0.9, 1)), PiecewiseLinear((0, 0.2, 1.8, 2), (0, 0.45, 0.55, 1))


@cache
def solved(*laws: Distribution, reserve: float | None = None) -> Equilibrium:
    return solve(AllPay(reserve), Sale(dict(zip("abcdef", laws, strict=False))))


def document(*laws: Distribution, reserve: float | None = None) -> Any:
    return json.loads(solved(*laws, reserve=reserve).certificate.to_json())


def stated(tree: Any) -> Any:
    return state({key: value for key, value in tree.items() if key not in ("states", "sha256")})


@pytest.mark.parametrize("tops", [(1.0, 1.5, 2.0), (1.0, 1.0, 1.5), (1.0, 1.1, 1.2, 1.3)])
def test_uniform_values_from_zero(tops: tuple[float, ...]) -> None:
    """With f = 1/h, rho is f everywhere: all levels fall at constant rates, and G_i is a power of the bid.

    d(log G_i)/d(log b) = 1 - (m-1) f_i / sum f, and the highest bid is (m-1) / sum f.
    """
    equilibrium = solved(*(Uniform(0, h) for h in tops))
    assert equilibrium.status == "certified" and equilibrium.relative_epsilon < 1e-11
    densities = 1.0 / np.array(tops)
    top = (len(tops) - 1) / densities.sum()
    revenue = 0.0
    for label, h, f in zip("abcd", tops, densities, strict=False):
        power = 1.0 - (len(tops) - 1) * f / densities.sum()
        bids = top * np.linspace(0.01, 1, 12)
        np.testing.assert_allclose(equilibrium.strategy(label).inverse(bids), h * (bids / top) ** power, rtol=1e-11)
        np.testing.assert_allclose(equilibrium.strategy(label)(h * (bids / top) ** power), bids, atol=1e-12)
        revenue += top * power / (1.0 + power)
    assert equilibrium.expected_payment.lower <= revenue <= equilibrium.expected_payment.upper
    assert equilibrium.expected_payment.width < 1e-11 and equilibrium.no_award.upper < 1e-12
    assert check(equilibrium.certificate).valid


def test_a_buyer_too_weak_never_bids() -> None:
    """Two from 0 to 2 bid v²/4: a bid of b wins with the chance b, which is worth less than b to a value of at most 1."""
    equilibrium = solved(Uniform(0, 0.7), WIDE, WIDE)
    values = np.linspace(0, 2, 9)
    np.testing.assert_allclose(equilibrium.strategy("b")(values)[1:], values[1:] ** 2 / 4, atol=1e-13)
    assert (equilibrium.strategy("a")(np.array([0.1, 0.7])) < 0.0).all()
    assert "'a' stays out below 0.7, with probability 1." in equilibrium.notes
    assert equilibrium.expected_payment.midpoint == pytest.approx(2 / 3, abs=1e-12)


def test_it_agrees_with_the_solvers_of_two_and_of_buyers_alike() -> None:
    values = np.linspace(0.7, 1.0, 7)
    for laws, other in (((UNIT, UNIT, UNIT), EnvelopeIntegral()), ((UNIT, HIGH), AllPayPair())):
        market = Sale(dict(zip("abc", laws, strict=False)))
        for reserve in (None, 0.2):
            found, known = (solve(AllPay(reserve), market, solver) for solver in (DropOutNewton(), other))
            assert found.solver.startswith("DropOutNewton") and found.relative_epsilon < 1e-11
            np.testing.assert_allclose(found.strategy("a")(values), known.strategy("a")(values), atol=1e-10)
            assert found.expected_payment.midpoint == pytest.approx(known.expected_payment.midpoint, abs=1e-10)
            assert found.resource_cost.midpoint == pytest.approx(known.resource_cost.midpoint, abs=1e-10)


CASES: dict[str, tuple[tuple[Distribution, ...], float | None]] = {
    "one drops out": ((HIGH, WIDE, Uniform(0, 1.7)), None),
    "a gap, reserve": ((STEEP, FLAT, Uniform(0, 2.2)), 0.2),
    "two alike, reserve": ((UNIT, UNIT, MIDDLE), 0.2),
    "densities that vanish": ((UNIT, Beta(2, 2), Beta(3, 1)), 0.2),
    "above 0": ((HIGH, Uniform(1.5, 2.5), Uniform(2, 3)), None),
}


def law_of_bids(equilibrium: Equilibrium, own: int, offers: np.ndarray[Any, Any]) -> Any:
    """The chance to bid at most each offer, from many types."""
    size = 10_000
    law = equilibrium.market.priors[own]
    made = equilibrium.strategies[equilibrium.market.labels[own]](law.quantile((np.arange(size) + 0.5) / size))
    return np.searchsorted(np.sort(made), offers, side="right") / size


@pytest.mark.parametrize("case", CASES)
def test_no_bid_is_better_by_brute_force(case: str) -> None:
    laws, reserve = CASES[case]
    equilibrium = solved(*laws, reserve=reserve)
    assert equilibrium.relative_epsilon < 1e-9 and check(equilibrium.certificate).valid
    top = max(float(equilibrium.strategy(label)(law.support[1])) for label, law in zip("abc", laws, strict=True))
    offers = np.linspace(reserve or 0.0, top, 3001) + 1e-9
    below = [law_of_bids(equilibrium, k, offers) for k in range(3)]
    for own, (label, law) in enumerate(zip("abc", laws, strict=True)):
        wins = np.prod([below[k] for k in range(3) if k != own], axis=0)
        types = law.quantile(np.linspace(0.002, 1.0, 60))
        best = np.maximum((types[:, None] * wins - offers).max(axis=1), 0.0)
        made = equilibrium.strategy(label)(types)
        out = made < (reserve or 0.0)
        kept = types * np.interp(made, offers, wins) - made
        assert (best - np.where(out, 0.0, kept)).max() < 2e-3
    drawn = simulate(equilibrium, np.random.default_rng(5), 20_000)
    for name in ("expected_payment", "resource_cost", "no_award"):
        estimate, bound = getattr(drawn, name), getattr(equilibrium, name)
        assert bound.midpoint == pytest.approx(estimate.mean, abs=5 * estimate.standard_error + 1e-10)


def test_gaps_and_entries_are_told() -> None:
    laws, reserve = CASES["a gap, reserve"]
    equilibrium = solved(*laws, reserve=reserve)
    told = " ".join(equilibrium.notes)
    assert "'a' makes no bids from 0.33585 to 0.600921." in told and "'c' bids the reserve from" in told
    around = equilibrium.strategy("a").inverse([0.34, 0.59])
    assert around[0] == around[1]
    jump = equilibrium.strategy("a")(around[0] + np.array([-1e-6, 1e-6]))
    assert jump[0] == pytest.approx(0.33585, abs=1e-3) and jump[1] == pytest.approx(0.600921, abs=1e-3)


def nudged(label: str, cell: int, share: float) -> Any:
    """A file in which one buyer's values move up within a cell."""
    tree = document(UNIT, MIDDLE, WIDE)
    rows = tree["equilibrium"]["values"][label]
    row = rows[cell]
    row[len(row) // 2] += share * (row[-1] - row[len(row) // 2])
    rows[cell] = np.maximum.accumulate(row).tolist()
    return tree


def regret(tree: Any, own: int) -> float:
    """The most that a type gains by any of many bids, from the rows of a file alone, by plain sums along the curve."""
    t = np.linspace(0.0, 1.0, 300)[:, None]

    def points(rows: Any) -> Any:
        found = []
        for row in rows:
            k, n = np.arange(len(row)), len(row) - 1
            found.append((comb(n, k) * t**k * (1.0 - t) ** (n - k)) @ np.array(row))
        return np.concatenate(found)

    bids = points(tree["equilibrium"]["bids"])
    laws = (UNIT, MIDDLE, WIDE)
    values = [points(tree["equilibrium"]["values"][label]) for label in "abc"]
    chances = [law.cdf(v) for law, v in zip(laws, values, strict=True)]
    wins = np.prod([chances[k] for k in range(3) if k != own], axis=0)
    picked = np.arange(0, len(bids), 11)
    payoffs = values[own][picked, None] * wins - bids
    return float((payoffs.max(axis=1) - payoffs[np.arange(len(picked)), picked]).max())


@pytest.mark.parametrize(("label", "cell", "share"), [("a", 19, 0.02), ("c", 18, 0.02), ("c", 20, 0.3)])
def test_a_nudge_is_charged_and_not_beyond_measure(label: str, cell: int, share: float) -> None:
    """The true gain, found along the curve, is below the bound, and in its order."""
    tree = nudged(label, cell, share)
    found = stated(tree)["epsilon"]
    true = max(regret(tree, own) for own in range(3))
    assert 1e-6 < true <= found < 100 * true
    tree["states"]["epsilon"] = 0.9 * true
    assert not check(sealed({key: value for key, value in tree.items() if key != "sha256"})).valid


def test_a_late_entry_is_charged() -> None:
    """An entry that is off by d costs d times the chance to win; none at all leaves all out that would recover the reserve."""
    tree = document(UNIT, UNIT, MIDDLE, reserve=0.2)
    (label, entry), *_ = tree["equilibrium"]["entries"].items()
    exact = stated(tree)["epsilon"]
    tree["equilibrium"]["entries"][label] = entry + 0.01
    late = stated(tree)["epsilon"]
    wins = 0.2 / entry
    assert exact < 1e-12 and late == pytest.approx(0.01 * wins, rel=1e-6)
    del tree["equilibrium"]["entries"]
    assert stated(tree)["epsilon"] > late


def test_low_values_that_stay_out_though_a_bid_is_worth_it_are_charged() -> None:
    """Where nobody bids less than some b, a bid of nothing wins with a positive chance: a value that bids b gains b by it."""
    tree = document(UNIT, MIDDLE, WIDE)
    node = tree["equilibrium"]
    begin = node["bids"][15][0]
    node["bids"] = [[0.0, *node["bids"][15][1:]], *node["bids"][16:]]
    for label in "abc":
        node["values"][label] = node["values"][label][15:]
    assert stated(tree)["epsilon"] >= begin > 1e-4


Change = Callable[[Any], None]


def rows(label: str, change: Callable[[Any], Any]) -> Change:
    def apply(tree: Any) -> None:
        tree["equilibrium"]["values"][label] = change(tree["equilibrium"]["values"][label])

    return apply


def bids(change: Callable[[Any], Any]) -> Change:
    def apply(tree: Any) -> None:
        tree["equilibrium"]["bids"] = change(tree["equilibrium"]["bids"])

    return apply


WRONG: dict[str, tuple[Change, str]] = {
    "values fall": (rows("a", lambda r: [[*r[0][:2], -1.0, *r[0][3:]], *r[1:]]), "must not fall"),
    "values jump": (rows("a", lambda r: [r[0], [*r[1][:-1], r[1][-1] + 1e-9], *r[2:]]), "begin where the cell before it ends"),
    "values end early": (rows("a", lambda r: [*r[:-1], [*r[-1][:-1], r[-1][-2]]]), "end at"),
    "a cell too few": (rows("a", lambda r: r[1:]), "a list of"),
    "no coefficients": (rows("a", lambda r: [[], *r[1:]]), "must hold 1 to"),
    "text": (rows("a", lambda r: "x"), "a list of"),
    "bids are level": (bids(lambda r: [r[0], [r[0][-1]], *r[2:]]), "must rise|must begin"),
    "bids above the reserve": (bids(lambda r: [[1e-12, *r[0][1:]], *r[1:]]), "begin at the reserve|must not fall"),
    "an entry without a reserve": (lambda t: t["equilibrium"].__setitem__("entries", {"a": 0.0}), "with a reserve"),
    "a stranger": (lambda t: t["equilibrium"]["values"].__setitem__("z", [[0.0]]), "not known"),
    "somebody is missing": (lambda t: t["equilibrium"]["values"].pop("c"), "is missing"),
    "an unknown key": (lambda t: t["equilibrium"].__setitem__("atoms", {}), "not known"),
    "negative values": (lambda t: t["market"]["values"].__setitem__("a", Uniform(-1, 1).spec()), "at least 0"),
    "a procurement": (lambda t: t.__setitem__("market", Procurement({"a": UNIT, "b": WIDE}).spec()), "no meaning"),
    "another reserve": (lambda t: t["mechanism"].__setitem__("reserve", 0.1), "begin at the reserve"),
    "a parameter": (lambda t: t["mechanism"].__setitem__("k", 3), "not known"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_malformed_certificates_are_rejected(fault: str) -> None:
    change, message = WRONG[fault]
    tree = copy.deepcopy(document(UNIT, MIDDLE, WIDE))
    change(tree)
    with pytest.raises(Rejected, match=message):
        stated(tree)


def test_an_altered_file_is_invalid_with_its_digest_or_a_new_one() -> None:
    text = solved(UNIT, MIDDLE, WIDE).certificate.to_json()
    tree = json.loads(text)
    tree["states"]["expected_payment"] = [0.645, 0.6453]
    assert "digest" in check(json.dumps(tree)).message
    assert not check(sealed({key: value for key, value in tree.items() if key != "sha256"})).valid


@pytest.mark.parametrize("reserve", [5e-324, 1e-17])
def test_a_reserve_of_next_to_nothing_is_as_none(reserve: float) -> None:
    found, none = solved(UNIT, MIDDLE, WIDE, reserve=reserve), solved(UNIT, MIDDLE, WIDE)
    assert found.relative_epsilon < 1e-11
    assert found.expected_payment.midpoint == pytest.approx(none.expected_payment.midpoint, abs=1e-12)


def test_arrays_of_any_shape_and_values_outside() -> None:
    strategy = solved(UNIT, UNIT, MIDDLE, reserve=0.2).strategy("c")
    assert strategy(np.zeros((0, 3))).shape == (0, 3) and strategy.inverse(np.zeros(0)).shape == (0,)
    assert np.isnan(strategy(np.array([[-0.1, 1.6, np.nan]]))).all()
    bids = strategy(np.array([0.1, 0.5, 0.6, 1.5]))
    assert bids[0] == 0.0 and bids[1] == bids[2] == 0.2 and bids[3] > 0.5
    assert np.isnan(strategy.inverse(np.array([1.0, np.nan]))).all() and strategy.inverse(0.0) == 0.0
