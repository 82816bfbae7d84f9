"""Contests with private costs: closed forms, regret by quadrature, planted wrong efforts, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from equilibria import ShareFunctions, check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    InvalidInput,
    Refused,
    Tullock,
    Uniform,
    WeibullRace,
)
from tests.private_contests import CASES, PAIR, Solved, contest, regret, solved


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_sampled_deviation_beats_epsilon(case: Solved) -> None:
    equilibrium = solved(case)
    assert equilibrium.status == "certified"
    assert equilibrium.relative_epsilon <= case.relative
    assert check(equilibrium.certificate).valid
    efforts = {label: equilibrium.strategy(label) for label in case.market.labels}
    error = 3e-3 if len(efforts) > 3 else 5e-5  # of the quadrature here
    for label in case.market.labels:
        assert regret(case, efforts, label) <= equilibrium.epsilon + error * case.market.prize


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_spent_agrees_with_simulation(case: Solved) -> None:
    equilibrium, market = solved(case), case.market
    rng = np.random.default_rng(5)
    costs = np.stack([law.sample(rng, 200_000) for law in market.priors], axis=-1)
    efforts = np.stack([equilibrium.strategy(label)(costs[:, k]) for k, label in enumerate(market.labels)], axis=-1)
    outcome = case.rule.batch(market, efforts)  # type: ignore[attr-defined]
    share, spent = outcome.allocation(), costs * efforts
    refund = float(getattr(case.rule, "rebate", 0.0)) * (efforts * (1 - share)).sum(axis=-1).mean()
    assert equilibrium.resource_cost.midpoint == pytest.approx(spent.sum(axis=-1).mean(), rel=3e-3)
    assert equilibrium.redundant_cost.midpoint == pytest.approx((spent * (1 - share)).sum(axis=-1).mean(), rel=3e-3)
    assert equilibrium.expected_payment.midpoint == pytest.approx(market.prize + refund, rel=3e-3)
    assert equilibrium.no_award.upper == 0.0
    assert equilibrium.resource_cost.width < 1e-10
    assert equilibrium.prover_surplus.midpoint == pytest.approx(
        equilibrium.expected_payment.midpoint - equilibrium.resource_cost.midpoint, abs=1e-12
    )


@pytest.mark.parametrize(("count", "alpha"), [(2, 1.0), (3, 1.0), (4, 0.6), (2, 1.7)])
def test_narrow_laws_approach_the_contest_among_equals(count: int, alpha: float) -> None:
    """With one known cost c everybody makes the effort V a (n-1)/(n^2 c)."""
    width = 1e-4
    equilibrium = solve(Tullock(alpha), contest(*[Uniform(2 - width, 2 + width)] * count, prize=3.0))
    known = 3.0 * alpha * (count - 1) / (count**2 * 2.0)
    assert equilibrium.strategy("a")(2.0) == pytest.approx(known, rel=1e-7)
    assert equilibrium.resource_cost.midpoint == pytest.approx(2.0 * known * count, rel=1e-7)


def test_narrow_laws_approach_the_share_functions() -> None:
    costs, width = [1.0, 1.3, 1.7], 1e-4
    market = contest(*[Uniform(c - width, c + width) for c in costs])
    for alpha in (1.0, 0.7):
        known = ShareFunctions(alpha).efforts(costs, 1.0)
        found = [solve(Tullock(alpha), market).strategy(label)(c) for label, c in zip("abc", costs, strict=True)]
        np.testing.assert_allclose(found, known, rtol=1e-6)


def test_share_functions_have_known_shares() -> None:
    """Two contestants with alpha = 1: e_i = V c_j / (c_1 + c_2)^2; a third of cost 1/c_1 + 1/c_2 or more stays out."""
    c1, c2 = 1.0, 1.5
    known = [c2 / (c1 + c2) ** 2, c1 / (c1 + c2) ** 2]
    np.testing.assert_allclose(ShareFunctions().efforts([c1, c2], 1.0), known, rtol=1e-14)
    np.testing.assert_allclose(ShareFunctions().efforts([c1, c2, 2.6], 1.0), [*known, 0.0], rtol=1e-14)
    np.testing.assert_allclose(ShareFunctions(0.4).efforts([2.0] * 5, 3.0), 3 * 0.4 * 4 / (25 * 2.0), rtol=1e-13)
    for alpha in (0.3, 1.0):
        efforts = ShareFunctions(alpha).efforts([1.0, 2.0, 2.2], 2.0)
        scores = efforts**alpha
        rest = scores.sum() - scores
        slope = 2.0 * alpha * scores / efforts * rest / scores.sum() ** 2
        np.testing.assert_allclose(slope, [1.0, 2.0, 2.2], rtol=1e-9)
    with pytest.raises(Refused, match="not functions of the aggregate"):
        ShareFunctions(1.5)
    with pytest.raises(InvalidInput, match="two or more positive"):
        ShareFunctions().efforts([1.0], 1.0)


def test_a_race_is_the_contest_with_its_shape_as_exponent() -> None:
    race, lottery = solve(WeibullRace(1.2), PAIR), solve(Tullock(1.2), PAIR)
    types = np.linspace(1, 2, 9)
    np.testing.assert_array_equal(race.strategy("a")(types), lottery.strategy("a")(types))
    rng, k = np.random.default_rng(1), 1.2
    speeds = np.array([1.0, 2.5, 0.7])
    times = rng.weibull(k, (400_000, 3)) / speeds
    wins = np.bincount(times.argmin(axis=1), minlength=3) / len(times)
    np.testing.assert_allclose(wins, speeds**k / (speeds**k).sum(), atol=3e-3)


def planted(case: Solved, change: Callable[[list[float]], list[float]]) -> tuple[dict[str, object], dict[str, object]]:
    """The certificate with one curve changed, and the true statements about the original."""
    tree = json.loads(solved(case).certificate.to_json())
    curve = tree["equilibrium"]["curves"][0]
    curve["coefficients"] = change(curve["coefficients"])
    return tree, tree["states"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_planted_effort_with_its_old_epsilon_is_rejected(case: Solved) -> None:
    tree, _ = planted(case, lambda a: [1.01 * a[0], *a[1:]])
    assert not check(sealed(tree)).valid


@pytest.mark.parametrize("case", [CASES[0], CASES[1]], ids=lambda case: case.name)
def test_the_bound_of_a_wrong_curve_is_above_its_regret(case: Solved) -> None:
    for factor in (0.9, 1.1):
        tree, _ = planted(case, lambda a, factor=factor: [factor * x for x in a])  # type: ignore[misc]
        try:
            bound = state(tree)["epsilon"]
        except Rejected:
            continue
        efforts = {}
        for curve in tree["equilibrium"]["curves"]:  # type: ignore[index]
            for label in curve["labels"]:
                law = case.market.prior(label)
                efforts[label] = _curve(law.support[0], curve["reach"], curve["coefficients"])
        most = max(regret(case, efforts, label) for label in case.market.labels)
        assert 1e-4 < most <= bound  # type: ignore[operator]
        for share, valid in ((1.0 + 1e-6, True), (0.5 * most / bound, False)):  # type: ignore[operator]
            tree["states"] = state(tree) | {"epsilon": bound * share}  # type: ignore[operator]
            assert check(sealed(tree)).valid is valid


def _curve(low: float, reach: float, coefficients: list[float]) -> Callable[[np.ndarray], np.ndarray]:
    def effort(costs: np.ndarray) -> np.ndarray:
        place = 2 * np.log(np.minimum(costs, reach) / low) / np.log(reach / low) - 1
        return np.where(costs > reach, 0.0, np.polynomial.chebyshev.chebval(place, coefficients))

    return effort


WRONG: dict[str, tuple[Callable[[dict[str, object]], None], str]] = {}


def wrong(reason: str) -> Callable[[Callable[[dict[str, object]], None]], Callable[[dict[str, object]], None]]:
    def keep(change: Callable[[dict[str, object]], None]) -> Callable[[dict[str, object]], None]:
        WRONG[change.__name__] = (change, reason)
        return change

    return keep


@wrong("may rise")
def rising(tree: dict[str, object]) -> None:
    _first(tree)["coefficients"] = [0.2, 0.05]


@wrong("must be positive")
def negative(tree: dict[str, object]) -> None:
    _first(tree)["coefficients"] = [0.1, -0.2]


@wrong("reach must lie")
def too_far(tree: dict[str, object]) -> None:
    _first(tree)["reach"] = 2.5


@wrong("no contestant, or occurs twice")
def twice(tree: dict[str, object]) -> None:
    _first(tree)["labels"] = ["a", "a"]


@wrong("must hold every contestant")
def missing(tree: dict[str, object]) -> None:
    _first(tree)["labels"] = ["a"]


@wrong("not known to the checker")
def unknown(tree: dict[str, object]) -> None:
    _first(tree)["colour"] = "red"


@wrong("the same law")
def mixed(tree: dict[str, object]) -> None:
    tree["market"]["costs"]["b"]["high"] = 3.0  # type: ignore[index]


@wrong("must be positive, and the rebate")
def repaid(tree: dict[str, object]) -> None:
    tree["mechanism"]["rebate"] = 1.0  # type: ignore[index]


@wrong("contestants, each once")
def stranger(tree: dict[str, object]) -> None:
    tree["equilibrium"]["idle"] = ["c"]  # type: ignore[index]


@wrong("must take part")
def idle(tree: dict[str, object]) -> None:
    tree["mechanism"]["alpha"], _first(tree)["reach"] = 0.5, 1.5  # type: ignore[index]


@wrong("market.kind must be 'contest'")
def elsewhere(tree: dict[str, object]) -> None:
    tree["market"]["kind"] = "procurement"  # type: ignore[index]


def _first(tree: dict[str, object]) -> dict[str, object]:
    return tree["equilibrium"]["curves"][0]  # type: ignore[index,no-any-return]


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_certified_is_rejected_with_the_reason(name: str) -> None:
    change, reason = WRONG[name]
    tree = json.loads(solved(CASES[0]).certificate.to_json())
    change(tree)
    assert reason in check(sealed(tree)).message


def test_an_altered_digit_is_rejected() -> None:
    text = solved(CASES[0]).certificate.to_json()
    place = text.index('"coefficients"') + 30
    digit = next(k for k in range(place, len(text)) if text[k] in "12345678")
    altered = text[:digit] + str(int(text[digit]) + 1) + text[digit + 1 :]
    assert "altered" in check(altered).message
