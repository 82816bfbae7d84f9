"""False or endless files about linear programs that a reviewer once got accepted, and programs held against their definitions."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from equilibria.checking import FORMAT, VERSION, Rejected, check, sealed
from equilibria.checking.auction_programs import served
from equilibria.checking.linear_programs import Program, rational
from equilibria.checking.program_files import read_program
from equilibria.programs.asymmetric_border import asymmetric_border
from equilibria.programs.bayesian_auction import bayesian_auction
from equilibria.programs.dominant_auction import dominant_auction
from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.finite_types import FiniteTypes, Goal, Limits
from equilibria.programs.linear_program import Columns, LinearProgram
from equilibria.programs.weak_duality import RationalVector

REVENUE = {"money": "1", "types": "0", "award": "0"}


def shown(message: str) -> tuple[Fraction, Fraction]:
    low, _, high = message.partition("between ")[2].partition(" and ")
    return Fraction(float(low)), Fraction(float(high))


@pytest.mark.parametrize("sign", [1, -1])
def test_an_interval_is_not_shown_narrower_than_it_is_stated(sign: int) -> None:
    # the doubles nearest to both ends are 0.333...3, below the optimum 1/3, or above -1/3
    ends = [Fraction(sign, 3), Fraction(sign, 3) + Fraction(1, 10**30)]
    program = {"kind": "rows", "denominator": "1", "objective": "0:1", "rows": []}
    program |= {"lower": str(ends[0]), "upper": str(ends[0])}
    primal = {"denominator": "3", "numerators": f"0:{sign}"}
    states = {"status": "certified", "lower": str(ends[0]), "upper": str(ends[1])}
    file = {"format": FORMAT, "version": VERSION, "subject": "linear_program", "program": program, "primal": primal}
    checked = check(sealed({**file, "dual": {"denominator": "1", "numerators": ""}, "states": states}))
    assert checked.valid
    low, high = shown(checked.message)
    assert low <= ends[0] and ends[1] <= high
    point = RationalVector(np.array([sign], dtype=object), 3)
    empty = LinearProgram.assemble([Columns("x", np.array([1]), 0, 1)], [])
    ours = ExactOptimum.of(empty, point, RationalVector(np.array([], dtype=object), 1), lower=ends[0], upper=ends[1])
    low, high = shown(ours.message)
    assert low <= ends[0] and ends[1] <= high


@pytest.mark.parametrize("text", ["1/", "/2", "1/0", "1/-2", "1e3", "0.5", "+1", "--1", "-", "1_0", "\u0661", " 1", "1/2/3"])
def test_spellings_that_are_no_fraction(text: str) -> None:
    with pytest.raises(Rejected):
        rational(text, "value")


def even(count: int) -> dict[str, list[str]]:
    return {"values": list(map(str, range(count))), "probabilities": [f"1/{count}"] * count}


TINY = f"1/{10**4000}"
LONG = {"values": ["0", "1"], "probabilities": [TINY, str(1 - Fraction(TINY))]}
ENDLESS: dict[str, dict[str, Any]] = {
    "nineteen agents of two types": {
        "kind": "dominant_auction", "agents": [even(2)] * 19, "units": "1", "deficit_free": "yes", "goal": REVENUE, "limits": {}
    },
    "two thousand types and all their lies": {
        "kind": "bayesian_auction", "agents": [even(2000)], "units": "1", "epsilon": "1", "goal": REVENUE, "limits": {}
    },
    "a thousand priors": {"kind": "least_regret", "agents": "12", "values": ["1", "2"], "priors": ["1/2 1/2"] * 1000},
    "trade of thousands": {"kind": "two_sided_trade", "user": even(2000), "prover": even(2000), "efficient": "no"},
    "nineteen users": {"kind": "fee_market", "users": "19", "block": "1", **even(2)},
    "chances of thousands of digits": {"kind": "fee_market", "users": "15", "block": "1", **LONG},
    "and those of a thousand agents": {
        "kind": "symmetric_border", "agents": "1000", "units": "2", "goal": REVENUE, "limits": {}, **LONG
    },
    "a thousand units": {
        "kind": "asymmetric_border", "agents": [even(2)] * 20, "units": "1000", "cuts": [], "goal": REVENUE, "limits": {}
    },
    "a crowd": {"kind": "asymmetric_border", "agents": [even(1)] * 1001, "cuts": [], "goal": REVENUE, "limits": {}},
    "a menu of thousands": {
        "kind": "graded_menu", "types": list(map(str, range(8000))), "probabilities": ["1/8000"] * 8000, "awards": ["0"],
        "one_grade": "no", "pairs": "",
    },
    "a hundred thousand pairs of a hundred grades": {
        "kind": "graded_menu", "types": ["0 " * 100, "1 " * 100], "probabilities": ["1/2"] * 2, "awards": ["0"] * 100,
        "one_grade": "no", "pairs": "0>1 " * 100_000,
    },
}  # fmt: skip


@pytest.mark.parametrize("case", ENDLESS)
def test_small_files_that_would_take_for_ever_are_refused(case: str) -> None:
    with pytest.raises(Rejected, match="the checker takes on"):
        read_program(ENDLESS[case])


def test_two_agents_of_thousands_of_types_are_refused_at_the_point() -> None:
    program = read_program({"kind": "asymmetric_border", "agents": [even(2500)] * 2, "cuts": [], "goal": REVENUE, "limits": {}})
    assert program.accepts is not None
    falling = [2500**2 - k**2 for k in range(2500)] * 2 + [0] * 5000  # every threshold of the first agent stays in the hull
    with pytest.raises(Rejected, match="the checker takes on"):
        program.accepts(falling, 10**9)


def test_a_thousand_equals_and_many_units_are_quick() -> None:
    limits = {"share_at_most": "1/3"}
    program = {"kind": "symmetric_border", "agents": "1000", "units": "300", "goal": REVENUE, "limits": limits}
    assert len(read_program({**program, **even(20)}).rows) == 39


def test_how_many_are_served() -> None:
    for agents, units, above in itertools.product(range(1, 5), range(1, 6), range(8)):
        each = (Fraction(7 - above, 7), Fraction(above, 7))
        brute = sum(min(units, sum(who)) * math.prod(each[i] for i in who) for who in itertools.product((0, 1), repeat=agents))
        assert served(agents, units, above, 7) == brute


class Definition:
    """A mechanism by its allocation and payments at every profile; no reduced forms, no neighbours, no normalised utilities."""

    def __init__(self, agents: list[FiniteTypes], capacities: list[int]) -> None:
        self.agents, self.n = agents, len(agents)
        self.profiles = list(itertools.product(*[range(len(agent.values)) for agent in agents]))
        cells = [(i, t) for i in range(self.n) for t in self.profiles]
        self.x = {cell: j for j, cell in enumerate(cells)}
        self.p = {cell: j + len(cells) for j, cell in enumerate(cells)}
        self.bounds = [(0, capacities[i]) for i, _ in cells] + [(None, None)] * len(cells)
        self.least: list[tuple[dict[int, Any], Any]] = []

    def chance(self, profile: tuple[int, ...], without: int | None = None) -> Fraction:
        return math.prod((a.probabilities[k] for j, (a, k) in enumerate(zip(self.agents, profile, strict=True)) if j != without),
                         start=Fraction(1))  # fmt: skip

    def truthful(self, epsilon: Fraction, *, dominant: bool) -> None:
        for i, agent in enumerate(self.agents):
            others = [t for t in self.profiles if t[i] == 0]
            for group in [[t] for t in others] if dominant else [others]:
                for k, value in enumerate(agent.values):
                    for lie in range(len(agent.values)):
                        row: dict[int, Any] = {}
                        for t in group:
                            for report, sign in ((k, 1), (lie, -1)) if lie != k else ((k, 1),):
                                at, odds = (i, (*t[:i], report, *t[i + 1 :])), sign * self.chance(t, i)
                                row[self.x[at]] = row.get(self.x[at], 0) + odds * value
                                row[self.p[at]] = row.get(self.p[at], 0) - odds
                        self.least.append((row, -epsilon if lie != k else 0))

    def optimum(self, units: int, goal: Goal, limits: Limits, *, deficit_free: bool) -> str | float:
        gain = np.zeros(len(self.bounds))
        for (i, t), j in self.x.items():
            gain[j] = self.chance(t) * (goal.types * self.agents[i].values[t[i]] + goal.award)
            gain[self.p[i, t]] = self.chance(t) * goal.money
        for t in self.profiles:
            self.least.append(({self.x[i, t]: -1 for i in range(self.n)}, -units))
            if deficit_free:
                self.least.append(({self.p[i, t]: 1 for i in range(self.n)}, 0))
        for cells, limit in ((self.x, limits.award_at_least), (self.p, limits.money_at_least)):
            if limit is not None:
                self.least.append(({j: self.chance(t) for (_, t), j in cells.items()}, limit))
        if limits.share_at_most is not None:
            for i in range(self.n):
                self.least.append(({self.x[i, t]: -self.chance(t) for t in self.profiles}, -limits.share_at_most))
        matrix = np.zeros((len(self.least), len(self.bounds)))
        for at, (row, _) in enumerate(self.least):
            for j, entry in row.items():
                matrix[at, j] = -entry
        ends = [-float(bound) for _, bound in self.least]
        found = linprog(-gain, A_ub=matrix, b_ub=ends, bounds=self.bounds)
        if found.status == 0:
            return float(-found.fun)
        none = linprog(0 * gain, A_ub=matrix, b_ub=ends, bounds=self.bounds).status == 2
        return "infeasible" if none else "unbounded"


def drawn(rng: random.Random) -> FiniteTypes:
    count = rng.randint(1, 3)
    values = sorted(rng.sample(range(-6, 10), count))
    weights = [rng.randint(1, 5) for _ in values]
    return FiniteTypes(tuple(Fraction(value, 3) for value in values), tuple(Fraction(weight, sum(weights)) for weight in weights))


GOALS = [Goal(), Goal(0, 1), Goal(1, 0, 3), Goal(-1, 1), Goal(2, -1, Fraction(1, 3)), Goal(0, -1, 1), Goal(1, -2, 1)]


@pytest.mark.parametrize("seed", range(12))
def test_auctions_are_those_of_the_definition(seed: int) -> None:
    rng = random.Random(seed)
    agents = [drawn(rng) for _ in range(rng.randint(1, 2))]
    goal, units = rng.choice(GOALS), rng.randint(1, 3)
    limits = Limits(*(Fraction(rng.randint(*ends), 4) if rng.random() < 0.3 else None for ends in ((0, 3), (-3, 3), (0, 3))))
    ones, capacities, slack = [1] * len(agents), [rng.randint(1, 3) for _ in agents], Fraction(rng.randint(0, 4), 7)
    for optimum, most, epsilon, dominant in (
        (asymmetric_border(agents, units=units, capacities=capacities, goal=goal, limits=limits), capacities, Fraction(0), False),
        (solve_exactly(bayesian_auction(agents, units=units, goal=goal, limits=limits, epsilon=slack)), ones, slack, False),
        (
            solve_exactly(
                dominant_auction(agents, units=units, capacities=capacities, goal=goal, limits=limits, deficit_free=True)
            ),
            capacities,
            Fraction(0),
            True,
        ),
    ):
        definition = Definition(agents, most)
        definition.truthful(epsilon, dominant=dominant)
        expected = definition.optimum(units, goal, limits, deficit_free=dominant)
        assert check(optimum.certificate.text).valid
        if isinstance(expected, str):
            assert optimum.status == expected
        else:
            assert optimum.exact_value is not None and abs(float(optimum.exact_value) - expected) < 1e-7


def border(chances: list[list[Fraction]], won: list[list[Fraction]], units: int, capacities: list[int]) -> Fraction:
    """By what the interim allocation may be multiplied, over all sets of types and not only those above thresholds."""
    cells = [(i, k) for i, law in enumerate(chances) for k in range(len(law))]
    factors = []
    for kept in itertools.product((False, True), repeat=len(cells)):
        held = set(itertools.compress(cells, kept))
        left = sum(chances[i][k] * won[i][k] for i, k in held)
        right = Fraction(0)
        for profile in itertools.product(*(range(len(law)) for law in chances)):
            taken = sum(capacities[i] for i, k in enumerate(profile) if (i, k) in held)
            right += min(units, taken) * math.prod(chances[i][k] for i, k in enumerate(profile))
        factors += [right / left] if left else []
    return min(factors)


def implementable(program: Program, point: list[Fraction]) -> bool:
    if any(high is not None and at > high for at, high in zip(point, program.upper, strict=False)):
        return False
    one = math.lcm(*(at.denominator for at in point))
    assert program.accepts is not None
    try:
        program.accepts([int(at * one) for at in point] + [0] * len(point), one)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("seed", range(30))
def test_borders_condition_is_checked_for_all_sets_of_types(seed: int) -> None:
    rng = random.Random(seed)
    n, units = rng.randint(1, 3), rng.choice([1, 1, 2, 3])
    weights = [[rng.randint(1, 4) for _ in range(rng.randint(1, 3))] for _ in range(n)]
    chances = [[Fraction(w, sum(held)) for w in held] for held in weights]
    capacities = [1 if units == 1 else rng.randint(1, 3) for _ in range(n)]
    won = [sorted(Fraction(rng.randint(1, 12), 12) for _ in held) for held in weights]
    agents = [{"values": list(map(str, range(len(law)))), "probabilities": list(map(str, law))} for law in chances]
    supply = {"units": str(units), "capacities": " ".join(map(str, capacities))}
    program = read_program({"kind": "asymmetric_border", "agents": agents, **supply, "cuts": [], "goal": REVENUE, "limits": {}})
    most = border(chances, won, units, capacities)
    for factor, valid in ((most, True), (most * (1 + Fraction(1, 10**15)), False)):
        point = [
            math.lcm(*(chance.denominator for chance in law)) * factor * sum(f * x for f, x in zip(law[k:], xs[k:], strict=True))
            for law, xs in zip(chances, won, strict=True)
            for k in range(len(law))
        ]
        assert implementable(program, point) == valid
