"""Contests with private costs, solved once, and the regret of efforts by quadrature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_letters

import numpy as np

from equilibria import Equilibrium, solve
from mechanisms import (
    Beta,
    Contest,
    Distribution,
    LogNormal,
    Mechanism,
    Mixture,
    PiecewiseLinear,
    Tullock,
    Uniform,
    WeibullRace,
)

NAMES = ascii_letters


def contest(*laws: Distribution, prize: float = 1.0) -> Contest:
    return Contest(prize=prize, costs=dict(zip(NAMES, laws, strict=False)))


PAIR = contest(Uniform(1, 2), Uniform(1, 2))


def exponent_of(rule: Mechanism) -> float:
    return float(rule.shape if isinstance(rule, WeibullRace) else rule.alpha)


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
