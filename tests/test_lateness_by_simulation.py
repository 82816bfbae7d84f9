"""Proofs in time against requests drawn at random, prover by prover, with none of the formulas of `liveness`."""

from __future__ import annotations

import numpy as np
import pytest

from equilibria import liveness, solve
from equilibria.redundancy import LogNormalTimes
from equilibria.resilience.proofs_in_time import Liveness
from mechanisms import (
    Contest,
    CurvedShare,
    DaraStyle,
    DesignatedProver,
    Exchange,
    Procurement,
    Race,
    SplitAward,
    Uniform,
    Vickrey,
)

MU, SIGMA, SHOCK, DRAWS = 1.9001, 0.3026, 0.1, 200_000
TIMES = LogNormalTimes(MU, SIGMA)
RATES = {"p0": 0.5, "p1": 0.25, "p2": 0.125, "p3": 0.0625}
LAW = Uniform(0, 1)


def _arrivals(rng: np.random.Generator) -> np.ndarray:
    """Seconds that each of four provers takes for all of the work, infinite where it fails or a shock stops everybody."""
    seconds = np.exp(rng.normal(MU, SIGMA, (DRAWS, 4)))
    seconds[rng.random((DRAWS, 4)) < np.array(list(RATES.values()))] = np.inf
    seconds[rng.random(DRAWS) < SHOCK] = np.inf
    return seconds


def _agrees(found: Liveness, ends: list[np.ndarray], deadline: float) -> None:
    """Chance of no proof and mean wait, at the best and the worst of some ways in which a request may go."""
    late, wait = [(end > deadline).mean() for end in ends], [np.minimum(end, deadline).mean() for end in ends]
    assert found.late.lower == pytest.approx(min(late), abs=6e-3) and found.late.upper == pytest.approx(max(late), abs=6e-3)
    assert found.wait.lower == pytest.approx(min(wait), abs=3e-2) and found.wait.upper == pytest.approx(max(wait), abs=3e-2)


def test_an_award_with_a_fallback_and_a_race() -> None:
    seconds, market = _arrivals(np.random.default_rng(1)), Procurement(dict.fromkeys(RATES, LAW))
    found = liveness(Vickrey(), market, deadline=12, proving_time=TIMES, failures=RATES, shock="1/10", fallback=3, award_at=1)
    ends = []
    for winner in range(4):
        starts = np.full(4, 3.0)
        starts[winner] = 1.0
        ends.append((seconds + starts).min(axis=1))
    _agrees(found, ends, 12)
    race = liveness(Race(), market, deadline=6, proving_time=TIMES, failures=RATES, shock="1/10")
    _agrees(race, [seconds.min(axis=1)], 6)


def test_shared_work_with_a_fallback() -> None:
    seconds, market = _arrivals(np.random.default_rng(2)), Procurement(dict.fromkeys(RATES, LAW))
    rule = SplitAward(shares=(0.7, 0.3))
    found = liveness(rule, market, deadline=11, proving_time=TIMES, failures=RATES, shock="1/10", fallback=4)
    ends = []
    for first in range(4):
        for second in set(range(4)) - {first}:
            shared = np.maximum(0.7 * seconds[:, first], 0.3 * seconds[:, second])
            others = [i for i in range(4) if i not in (first, second)]
            ends.append(np.minimum(shared, 4 + seconds[:, others].min(axis=1)))
    _agrees(found, ends, 11)
    contest = Contest(10, dict(zip(RATES, (1, 2, 3, 4), strict=True)))
    parts = solve(CurvedShare(2), contest)
    curved = liveness(CurvedShare(2), contest, deadline=7, proving_time=TIMES, failures=RATES, shock="1/10", equilibrium=parts)
    shares = [float(parts.shares[label]) for label in RATES]  # rationals here
    _agrees(curved, [(seconds * shares).max(axis=1)], 7)


def test_a_drawn_committee() -> None:
    rng = np.random.default_rng(3)
    seconds = _arrivals(rng)
    order = rng.permuted(np.tile(np.arange(4), (DRAWS, 1)), axis=1)  # designated, two members, one who is not drawn
    drawn = np.take_along_axis(seconds, order, axis=1)
    ends = np.minimum(drawn[:, 0], 5 + drawn[:, 1:3].min(axis=1))
    found = liveness(
        DesignatedProver(2), Contest(10, dict.fromkeys(RATES, 1)), deadline=13, proving_time=TIMES, failures=RATES, shock="1/10",
        fallback=5,
    )  # fmt: skip
    _agrees(found, [ends], 13)


def test_a_demand_that_several_meet() -> None:
    """Three proofs by capacities 2, 1, 1, 1: two provers with the first, or any three."""
    seconds = _arrivals(np.random.default_rng(4))
    market = Exchange({"u": LAW}, dict.fromkeys(RATES, LAW), capacities={"p0": 2}, demands={"u": 3})
    found = liveness(DaraStyle(), market, deadline=9, proving_time=TIMES, failures=RATES, shock="1/10")
    sets = [(0, 1), (0, 2), (0, 3), (0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    _agrees(found, [seconds[:, list(makers)].max(axis=1) for makers in sets], 9)
