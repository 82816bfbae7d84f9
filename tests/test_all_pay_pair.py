"""All pay between two buyers that differ: closed forms, plain sums over types, draws, planted errors, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from equilibria import AllPayPair, EnvelopeIntegral, Equilibrium, check, simulate, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    AllPay,
    Beta,
    Distribution,
    InvalidInput,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    SolverFailure,
    Uniform,
)

UNIT, WIDE, HIGH = Uniform(0, 1), Uniform(0, 2), Uniform(1, 2)
KNOTTED = PiecewiseLinear((0.5, 1, 3), (0, 0.3, 1))


@cache
def solved(first: Distribution, second: Distribution, reserve: float | None = None) -> Equilibrium:
    return solve(AllPay(reserve), Sale({"a": first, "b": second}))


def document(reserve: float | None = None) -> Any:
    return json.loads(solved(UNIT, WIDE, reserve).certificate.to_json())


def stated(tree: Any) -> Any:
    return state({key: value for key, value in tree.items() if key not in ("states", "sha256")})


def test_uniform_values_from_zero() -> None:
    """-log y = log(2/z)/2: values y and z = 2y² meet, and bid the integral of z dF1, 2y³/3."""
    equilibrium = solved(UNIT, WIDE)
    assert (equilibrium.status, equilibrium.solver, equilibrium.epsilon) == ("proved", "AllPayPair()", 0.0)
    y = np.linspace(0, 1, 21)
    np.testing.assert_allclose(equilibrium.strategy("a")(y), 2 * y**3 / 3, atol=1e-14)
    np.testing.assert_allclose(equilibrium.strategy("b")(2 * y**2), 2 * y**3 / 3, atol=1e-14)
    np.testing.assert_allclose(equilibrium.strategy("a").inverse(2 * y**3 / 3), y, atol=1e-5)
    payment, worth = equilibrium.expected_payment, equilibrium.resource_cost
    # E b = int 2y³/3 dy = 1/6; of the other, int (2/3)(z/2)^{3/2} dz/2 = 4/15. Winner: y wins with chance y², z with (z/2)^{1/2}
    assert payment.lower <= 13 / 30 <= payment.upper and payment.width < 1e-12
    assert worth.lower <= -(1 / 4 + 4 / 5) <= worth.upper and worth.width < 1e-13
    assert equilibrium.no_award.upper == 0.0 and check(equilibrium.certificate).valid


def test_low_values_of_one_stay_out_where_the_other_has_none() -> None:
    """log(2/y) = log(2/z)/2 down to y = 1 and z = 1/2: z = y²/2, and the bid is the integral of z dy."""
    equilibrium = solved(HIGH, WIDE)
    assert equilibrium.epsilon == 0.0 and "'b' stays out below 0.5, with probability 0.25." in equilibrium.notes
    y = np.linspace(1, 2, 11)
    np.testing.assert_allclose(equilibrium.strategy("a")(y), (y**3 - 1) / 6, atol=1e-14)
    np.testing.assert_allclose(equilibrium.strategy("b")(y[1:] ** 2 / 2), (y[1:] ** 3 - 1) / 6, atol=1e-14)
    assert (equilibrium.strategy("b")(np.array([0.0, 0.49])) < 0).all()


def test_equal_laws_give_the_symmetric_equilibrium() -> None:
    for law, reserve in ((UNIT, None), (Beta(2, 3), None), (UNIT, 0.2)):
        market = Sale({"a": law, "b": law})
        pair, alike = solve(AllPay(reserve), market, AllPayPair()), solve(AllPay(reserve), market)
        assert alike.solver.startswith("EnvelopeIntegral")
        values = np.linspace(0.5, 1, 9)
        np.testing.assert_allclose(pair.strategy("b")(values), alike.strategy("b")(values), atol=1e-11)
        assert pair.expected_payment.midpoint == pytest.approx(alike.expected_payment.midpoint, abs=1e-11)


CASES = {
    "reserve": (UNIT, WIDE, 0.2),
    "all of one take part, reserve": (Uniform(3, 4), UNIT, 0.5),
    "knots, reserve": (Beta(2, 2), KNOTTED, 0.2),
    "densities that vanish": (Beta(2, 2), Beta(2, 3), None),
    "infinite densities": (Beta(0.7, 0.8), Beta(2, 0.5), None),
}


def gains(equilibrium: Equilibrium, own: int, size: int = 4000) -> float:
    """The most that types gain by the best of many bids, or by staying out, over middles of equally likely cells of the rival."""
    market, rule = equilibrium.market, equilibrium.mechanism
    assert isinstance(rule, AllPay)
    reserve = float(rule.reserve or 0)
    bids = equilibrium.strategy("ab"[1 - own])(market.priors[1 - own].quantile((np.arange(size) + 0.5) / size))
    offers = np.unique(np.concatenate([bids[bids >= reserve] + 1e-9, [reserve + 1e-9]]))
    types = market.priors[own].quantile(np.linspace(0.003, 0.997, 40))
    worth = (offers[:, None] > bids).mean(axis=1)
    best = np.maximum((types[:, None] * worth - offers).max(axis=1), 0.0)
    made = equilibrium.strategy("ab"[own])(types)
    kept = types * (made[:, None] > bids).mean(axis=1) - made
    return float((best - np.where(made < reserve, 0.0, kept)).max())


@pytest.mark.parametrize("case", CASES)
def test_no_bid_is_better_by_plain_sums(case: str) -> None:
    first, second, reserve = CASES[case]
    equilibrium = solved(first, second, reserve)
    assert equilibrium.epsilon < 1e-15 and check(equilibrium.certificate).valid
    assert max(gains(equilibrium, own) for own in (0, 1)) < 2e-3
    drawn = simulate(equilibrium, np.random.default_rng(5), 40_000)
    for name in ("expected_payment", "resource_cost", "no_award"):
        estimate, bound = getattr(drawn, name), getattr(equilibrium, name)
        assert bound.midpoint == pytest.approx(estimate.mean, abs=5 * estimate.standard_error + 1e-12)
        assert bound.width < 1e-8


def test_an_entry_that_is_off_costs_what_the_checker_says() -> None:
    """`b` bids the reserve from a = 0.342 on: at an entry d higher values in between lose up to d F1(s)."""
    tree = document(0.2)
    (label, entry), start = next(iter(tree["equilibrium"]["entries"].items())), tree["equilibrium"]["meetings"]["a"][0]
    assert label == "b" and entry == pytest.approx(0.2 / start)
    tree["equilibrium"]["entries"]["b"] = entry + 0.01
    found = stated(tree)
    assert found["epsilon"] == pytest.approx(0.01 * start, rel=1e-2)
    tree["states"]["epsilon"] = 0.5 * found["epsilon"]
    assert not check(sealed({key: value for key, value in tree.items() if key != "sha256"})).valid


def test_a_start_that_is_off_is_charged() -> None:
    """Bids that end at a higher pair leave values out that would recover the reserve."""
    tree = document(0.2)
    for label in "ab":
        tree["equilibrium"]["meetings"][label] = tree["equilibrium"]["meetings"][label][4:]
    first, second = (tree["equilibrium"]["meetings"][label][0] for label in "ab")
    assert stated(tree)["epsilon"] >= first * second / 2 - 0.2 > 1e-3


@pytest.mark.parametrize("label", ["a", "b"])
def test_pairs_that_do_not_meet_are_mended_or_rejected(label: str) -> None:
    """The curve follows from the laws alone; a stated pair only says where to expand it."""
    for share in (1e-9, 1e-4, 0.3):
        tree = document()
        values = tree["equilibrium"]["meetings"][label]
        values[40] += share * (values[41] - values[40])
        try:
            low, high = stated(tree)["expected_payment"]
        except Rejected:
            assert share > 1e-9  # what is nearly right is mended
            continue
        assert low <= 13 / 30 <= high


def test_below_the_lowest_pair_amounts_are_bounded() -> None:
    tree = document()
    for label in "ab":
        tree["equilibrium"]["meetings"][label] = tree["equilibrium"]["meetings"][label][-41:]
    found = stated(tree)
    assert found["epsilon"] == 0.0
    assert found["expected_payment"][0] <= 13 / 30 <= found["expected_payment"][1]
    assert found["resource_cost"][0] <= -1.05 <= found["resource_cost"][1]
    assert found["expected_payment"][1] - found["expected_payment"][0] > 0.01


def meetings(change: Callable[[list[float]], list[float]], label: str = "b") -> Callable[[Any], None]:
    def apply(tree: Any) -> None:
        tree["equilibrium"]["meetings"][label] = change(tree["equilibrium"]["meetings"][label])

    return apply


WRONG: dict[str, tuple[float | None, Callable[[Any], None], str]] = {
    "not up to the highest": (None, meetings(lambda v: [*v[:-1], 1.999]), "up to the highest"),
    "an even number": (None, meetings(lambda v: v[1:]), "an odd number"),
    "fewer of one": (None, meetings(lambda v: v[2:]), "as many values of one"),
    "they fall": (None, meetings(lambda v: [v[1], v[0], *v[2:]]), "increasing"),
    "below 0": (None, meetings(lambda v: [-1.0, *v[1:]]), "must be positive"),
    "entries without a reserve": (None, lambda t: t["equilibrium"].__setitem__("entries", {"a": 0.1}), "with a reserve"),
    "two entries": (0.2, lambda t: t["equilibrium"].__setitem__("entries", {"a": 0.1, "b": 0.1}), "one buyer may bid it"),
    "an entry above the start": (0.2, lambda t: t["equilibrium"]["entries"].__setitem__("b", 1.9), "at most the lowest value"),
    "an entry outside": (0.2, lambda t: t["equilibrium"]["entries"].__setitem__("b", -1.0), "at least the lowest value"),
    "a stranger": (None, lambda t: t["equilibrium"]["meetings"].__setitem__("c", [1, 2, 3]), "not known"),
    "an unknown key": (None, lambda t: t["equilibrium"].__setitem__("atoms", {}), "not known"),
    "negative values": (None, lambda t: t["market"]["values"].__setitem__("a", Uniform(-1, 1).spec()), "at least 0"),
    "a procurement": (None, lambda t: t.__setitem__("market", Procurement({"a": UNIT, "b": WIDE}).spec()), "no meaning"),
    "a parameter": (None, lambda t: t["mechanism"].__setitem__("k", 3), "not known"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_malformed_certificates_are_rejected(fault: str) -> None:
    reserve, change, message = WRONG[fault]
    tree = document(reserve)
    change(tree)
    with pytest.raises(Rejected, match=message):
        stated(tree)


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="for two buyers"):
        solve(AllPay(), Sale({"a": UNIT, "b": UNIT, "c": UNIT}), AllPayPair())
    with pytest.raises(Refused, match=r"at least the highest value 1\.0 of 'a'"):
        solve(AllPay(1.0), Sale({"a": UNIT, "b": WIDE}))
    with pytest.raises(Refused, match="at least 0, as bids are"):
        solve(AllPay(), Sale({"a": Uniform(-1, 1), "b": WIDE}))
    with pytest.raises(Refused, match="Fill the gap"):
        solve(AllPay(), Sale({"a": Mixture([(0.5, UNIT), (0.5, Uniform(2, 3))]), "b": WIDE}))
    with pytest.raises(Refused, match="no mirror image"):
        solve(AllPay(), Procurement({"a": UNIT, "b": WIDE}))
    with pytest.raises(Refused, match="all priors are equal"):
        solve(AllPay(), Sale({"a": UNIT, "b": WIDE}), EnvelopeIntegral())


def test_laws_whose_mass_ends_at_once_or_next_to_nobody_takes_part() -> None:
    """Two ends of the curve that rounding cannot order; a start whose partner is among the last doubles below the highest."""
    alike = solve(AllPay(), Sale({"a": Uniform(1, 2), "b": Uniform(1, 2)}), AllPayPair())
    known = solve(AllPay(), Sale({"a": Uniform(1, 2), "b": Uniform(1, 2)}))
    assert alike.status == "proved" and check(alike.certificate).valid
    assert alike.expected_payment.midpoint == pytest.approx(known.expected_payment.midpoint, abs=1e-10)
    rare = solve(AllPay(0.3), Sale({"a": Beta(1, 50), "b": Uniform(0, 2)}))
    assert rare.epsilon < 1e-12
    assert rare.expected_payment.lower <= 0.3 * (1.0 - 0.15) + 0.3 * 0.7**50 + 1e-9


@pytest.mark.parametrize("low", [0.0, 1.0])
def test_a_reserve_of_next_to_nothing_is_as_none(low: float) -> None:
    market = Sale({"a": Uniform(0, 1), "b": Uniform(low, 2)})
    for reserve in (5e-324, 1e-300, 1e-17):
        found = solve(AllPay(reserve), market)
        assert found.epsilon < 1e-13
        assert found.expected_payment.midpoint == pytest.approx(solve(AllPay(), market).expected_payment.midpoint, abs=1e-11)


def test_a_single_buyer_and_laws_beyond_doubles_are_refused_in_words() -> None:
    with pytest.raises(Refused, match="needs a rival"):
        solve(AllPay(), Sale({"a": Uniform(0, 1)}))
    with pytest.raises(SolverFailure, match="too close together"):
        solve(AllPay(), Sale({"a": Beta(0.05, 0.05), "b": Uniform(0, 2)}))
