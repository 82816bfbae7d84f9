"""Contests in which some stay out or hardly take part, and those without an equilibrium that is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from equilibria import Equilibrium, check, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    Contest,
    LogNormal,
    SolverFailure,
    Tullock,
    Uniform,
)
from tests.private_contests import CASES, NAMES, PAIR, Solved, contest, regret, solved


def test_everybody_may_stay_out_of_a_certified_approximation() -> None:
    """The prize is then not always awarded, and the bound counts what the least effort would win."""
    tree = json.loads(solved(CASES[0]).certificate.to_json())
    tree["equilibrium"]["curves"][0].update(reach=1.75, coefficients=[0.12, -0.1199])
    del tree["states"], tree["sha256"]
    derived = state(tree)
    low, high = derived["no_award"]
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
    assert 1e-2 < most <= state(tree)["epsilon"]


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
    turned["equilibrium"]["curves"][0]["knots"].reverse()
    with pytest.raises(Rejected, match="knots must rise"):
        state(turned)
    assert state(lifted(0, 1e-3))["epsilon"] > 10.0 * faded.epsilon


def test_logarithms_without_end_are_refused(faded: Equilibrium) -> None:
    document = json.loads(faded.certificate.to_json())
    document["equilibrium"]["curves"][0]["logarithms"][0][0] = -1e9
    assert "logarithms of efforts must stay within 600" in check(sealed(document)).message
