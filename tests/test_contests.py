"""Contests with private costs: closed forms, regret by quadrature, planted wrong efforts, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_letters

import numpy as np
import pytest

from equilibria import Equilibrium, ShareFunctions, check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    Beta,
    Contest,
    Distribution,
    InvalidInput,
    LogNormal,
    Mechanism,
    Mixture,
    PiecewiseLinear,
    Refused,
    SolverFailure,
    Tullock,
    Uniform,
    WeibullRace,
)

NAMES = ascii_letters


def contest(*laws: Distribution, prize: float = 1.0) -> Contest:
    return Contest(prize=prize, costs=dict(zip(NAMES, laws, strict=False)))


PAIR = contest(Uniform(1, 2), Uniform(1, 2))


def exponent_of(rule: Mechanism) -> float:
    return float(rule.shape if isinstance(rule, WeibullRace) else rule.alpha)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Solved:
    """A contest and what its certificate must reach."""

    name: str
    rule: Mechanism
    market: Contest
    relative: float = 1e-10


CASES = [
    Solved("pair", Tullock(), PAIR),
    Solved("flat", Tullock(0.5), PAIR),
    Solved("race", WeibullRace(1.4), PAIR),
    Solved("five", Tullock(), contest(*[Uniform(0.5, 1)] * 5)),
    Solved("different", Tullock(), contest(Uniform(1, 2), Beta(2, 3.5, 1, 2), LogNormal(0, 0.5, 0.5, 3))),
    Solved("weak stay out", Tullock(), contest(Uniform(0.5, 1), Uniform(0.5, 1), Uniform(1, 4))),
    Solved("rebate", Tullock(1, 0.3), contest(Uniform(0.5, 1), Uniform(0.6, 1.1))),
    Solved("some are idle", Tullock(), contest(Uniform(1, 1.2), Uniform(1, 1.2), Uniform(3, 4))),
    Solved("race with idle", WeibullRace(1.2), contest(Uniform(1, 1.2), Uniform(1, 1.2), Uniform(3, 4))),
    Solved("race that weak leave", WeibullRace(1.2), contest(Uniform(1, 1.2), Uniform(1, 1.2), Uniform(1, 3))),
    Solved("gap and kink", Tullock(0.8), contest(
        Mixture([(0.5, Uniform(1, 1.2)), (0.5, Uniform(1.5, 2))]), PiecewiseLinear([0.7, 1, 2], [0, 0.6, 1]), prize=3.0,
    )),
]  # fmt: skip
SOLVED: dict[str, Equilibrium] = {}


def solved(case: Solved) -> Equilibrium:
    if case.name not in SOLVED:
        SOLVED[case.name] = solve(case.rule, case.market)
    return SOLVED[case.name]


def nodes(law: Distribution, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Costs and probabilities: the midpoints of equally likely cells."""
    return law.quantile((np.arange(count) + 0.5) / count), np.full(count, 1.0 / count)


def chances(case: Solved, efforts: dict[str, Callable[[np.ndarray], np.ndarray]], own: str, tried: np.ndarray) -> np.ndarray:
    """P(own wins) at each effort tried, by quadrature over the rivals' types; no code in common with solver or checker."""
    power = exponent_of(case.rule)
    rivals = [label for label in case.market.labels if label != own]
    scores, weights = np.zeros(1), np.ones(1)
    for label in rivals:
        costs, mass = nodes(case.market.prior(label), 2000 if len(rivals) == 1 else 200 if len(rivals) == 2 else 12)
        score = efforts[label](costs) ** power
        scores, weights = np.add.outer(scores, score).ravel(), np.outer(weights, mass).ravel()
    mine = tried**power
    with np.errstate(invalid="ignore"):
        return np.array([weights @ np.where(x > 0.0, x / (x + scores), 0.0) for x in mine])


def regret(case: Solved, efforts: dict[str, Callable[[np.ndarray], np.ndarray]], own: str) -> float:
    """The largest gain on a grid of types and efforts."""
    low, high = case.market.prior(own).support
    types = np.linspace(low, high, 11)
    stated = efforts[own](types)
    rebate = float(getattr(case.rule, "rebate", 0.0))
    tried = np.concatenate([np.linspace(0.0, 1.5 * max(stated.max(), 0.1 * case.market.prize / low), 40), stated])
    chance = chances(case, efforts, own, tried)
    reward = case.market.prize * chance + rebate * tried * (1.0 - chance)
    utility = reward - types[:, None] * tried
    return float((utility.max(axis=1) - np.diagonal(utility[:, len(tried) - len(types) :])).max())


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


def test_everybody_may_stay_out_of_a_certified_approximation() -> None:
    """The prize is then not always awarded, and the bound counts what the least effort would win."""
    tree = json.loads(solved(CASES[0]).certificate.to_json())
    _first(tree).update(reach=1.75, coefficients=[0.12, -0.1199])
    del tree["states"], tree["sha256"]
    derived = state(tree)
    low, high = derived["no_award"]  # type: ignore[misc]
    assert low <= 1 / 16 <= high
    assert derived["epsilon"] > 1 / 4  # the rival stays out with probability 1/4


def test_an_idle_contestant_that_would_gain_is_counted() -> None:
    """Two of three equals play as if they were alone; the third would enter."""
    equilibrium = solved(CASES[0])
    tree = json.loads(equilibrium.certificate.to_json())
    tree["market"]["costs"]["c"] = {"kind": "uniform", "low": 1.0, "high": 2.0}
    tree["equilibrium"]["idle"] = ["c"]
    del tree["states"], tree["sha256"]
    efforts = {label: equilibrium.strategy(label) for label in "ab"} | {"c": lambda costs: np.zeros_like(costs)}
    case = Solved("", Tullock(), contest(*[Uniform(1, 2)] * 3))
    most = regret(case, efforts, "c")
    assert 1e-2 < most <= state(tree)["epsilon"]  # type: ignore[operator]


def test_uniqueness_is_claimed_where_it_is_proved() -> None:
    assert solved(CASES[0]).complete
    assert not solved(CASES[2]).complete
    assert "No theorem" in solved(CASES[2]).notes[0]


def test_a_decisive_contest_has_no_equilibrium_with_everybody() -> None:
    with pytest.raises(SolverFailure, match="in which some contestant always takes part"):
        solve(Tullock(2.5), PAIR)
    found = solve(Tullock(2.5), PAIR, throw=False)
    assert found.status == "not_converged"
    assert found.epsilon > 1e-3


@pytest.fixture(scope="module")
def faded() -> Equilibrium:
    return solve(Tullock(), contest(*[LogNormal(0, 1.5, 0.01, 10)] * 10))


def test_efforts_that_fade_are_followed_by_their_logarithm(faded: Equilibrium) -> None:
    """Ten contestants whose costs span three orders of magnitude; the mean reward of efforts by sampled sums of rivals."""
    assert (faded.status, faded.complete) == ("certified", True)
    assert faded.relative_epsilon < 1e-6
    assert "next to nothing" in faded.notes[0]
    law, effort = LogNormal(0, 1.5, 0.01, 10), faded.strategy(NAMES[0])
    rivals = effort(law.sample(np.random.default_rng(1), (20_000, 9))).sum(axis=1)
    types = np.geomspace(0.011, 1.0, 12)
    stated = effort(types)
    assert (np.diff(stated) < 0).all()
    tried = np.concatenate([stated, np.geomspace(1e-7, 60.0, 40)])
    utility = np.array([(e / (e + rivals)).mean() for e in tried]) - types[:, None] * tried
    assert (utility.max(axis=1) - np.diagonal(utility)).max() < 1e-3


def test_efforts_fade_with_an_exponent_next_to_one() -> None:
    """The marginal chance of winning, by Laplace transforms and plain quadrature, is the cost over the prize at each effort."""
    market, alpha = Contest(prize=1, costs={f"q{k}": Uniform(1, 2) for k in range(20)}), 0.99
    equilibrium = solve(Tullock(alpha=alpha), market)
    assert (equilibrium.status, equilibrium.complete, equilibrium.notes) == ("certified", True, ())
    assert equilibrium.relative_epsilon < 1e-9
    assert check(equilibrium.certificate).valid
    effort = equilibrium.strategy("q0")
    x, w = np.polynomial.legendre.leggauss(200)
    scores = effort(1.5 + 0.5 * x) ** alpha
    times, step = np.exp(np.linspace(-14, 70, 4_001)), 84 / 4_000
    rivals = (np.exp(-np.outer(times, scores)) @ (0.5 * w)) ** 19
    for cost in (1.1, 1.4, 1.9):
        made = float(effort([cost])[0])
        score = made**alpha
        marginal = float((np.exp(-score * times) * (1 - score * times) * rivals * times).sum() * step)
        assert alpha * made ** (alpha - 1) * marginal == pytest.approx(cost, rel=1e-5)
    assert float(effort([2.0])[0]) < 1e-9 * float(effort([1.0])[0])


def test_a_bent_logarithm_costs_what_it_does(faded: Equilibrium) -> None:
    tree = json.loads(faded.certificate.to_json())
    tree["equilibrium"]["curves"][0]["logarithms"][0][0] += 0.02
    tree["states"]["epsilon"] *= 1e3
    assert "states." in check(sealed(tree)).message


def test_a_cliff_of_efforts_is_followed_piece_by_piece() -> None:
    """Fifty alike of a narrow law: the weakest two thirds win only where all rivals are as weak."""
    found = solve(Tullock(), contest(*[Uniform(1, 2)] * 50))
    assert (found.status, found.complete) == ("certified", True)
    assert found.relative_epsilon < 1e-6
    effort = found.strategy(NAMES[0])
    low, fallen, none = effort([1.0, 1.3445, 1.5])
    assert low > 1e-2 and 0.0 < fallen < 1e-5 and none == 0.0


def test_pieces_may_not_rise_nor_overlap_and_a_jump_between_them_is_counted(faded: Equilibrium) -> None:
    def lifted(piece: int, by: float) -> dict[str, object]:
        tree = json.loads(faded.certificate.to_json())
        tree["equilibrium"]["curves"][0]["logarithms"][piece][0] += by
        del tree["states"], tree["sha256"]
        return tree

    with pytest.raises(Rejected, match="may rise at"):
        state(lifted(1, 1e-6))
    turned = lifted(0, 0.0)
    turned["equilibrium"]["curves"][0]["knots"].reverse()  # type: ignore[index]
    with pytest.raises(Rejected, match="knots must rise"):
        state(turned)
    assert state(lifted(0, 1e-3))["epsilon"] > 10.0 * faded.epsilon  # type: ignore[operator]


def test_logarithms_without_end_are_refused(faded: Equilibrium) -> None:
    document = json.loads(faded.certificate.to_json())
    document["equilibrium"]["curves"][0]["logarithms"][0][0] = -1e9
    assert "logarithms of efforts must stay within 600" in check(sealed(document)).message
