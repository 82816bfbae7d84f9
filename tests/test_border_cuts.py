"""Rows of Border's condition: the worst one is found, for one unit or several, and so are the programs made of them."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria.programs import border_cuts
from equilibria.programs.asymmetric_border import asymmetric_border
from equilibria.programs.border_cuts import Supply, served, violated_cuts, worst_cut
from equilibria.programs.dominant_auction import dominant_auction
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.finite_types import GAINS, REVENUE, FiniteTypes, Goal, Limits, Scaled
from equilibria.programs.weak_duality import RationalVector
from tests.program_cases import priors

F = Fraction


@settings(max_examples=15, deadline=None)
@given(st.lists(priors(), min_size=1, max_size=3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_worst_row_of_border_is_found(agents: list[FiniteTypes], units: int, rng: random.Random) -> None:
    """By hulls for one unit, by all but the last agent's choices for several: against all choices, with chances of units."""
    scaled, supply = Scaled.of(agents), Supply(units, tuple(rng.randint(1, units) for _ in agents))
    point, shares = [], []
    for weights, total in zip(scaled.weights, scaled.totals, strict=True):
        won = sorted(rng.random() for _ in weights)
        mass = [round(2**20 * sum(w * x for w, x in list(zip(weights, won, strict=True))[k:])) for k in range(len(weights))]
        point += mass
        shares.append([*(F(part, 2**20 * total) for part in mass), F(0)])
    vector = RationalVector(np.array([*point, *point], dtype=object), 2**20)

    def excess(cut: tuple[int, ...]) -> Fraction:
        taken = F(0)
        for inside in itertools.product((True, False), repeat=len(agents)):
            odds = F(1)
            for agent, t, within in zip(agents, cut, inside, strict=True):
                above = sum(agent.probabilities[t:], F(0))
                odds *= above if within else 1 - above
            taken += odds * min(units, sum(q for q, within in zip(supply.capacities, inside, strict=True) if within))
        assert served(scaled, cut, supply) == taken * math.prod(scaled.totals)
        return sum((share[t] for share, t in zip(shares, cut, strict=True)), F(0)) - taken

    worst = max(excess(cut) for cut in itertools.product(*(range(len(agent.values) + 1) for agent in agents)))
    found = worst_cut(scaled, vector, supply)
    assert (found is None) == (worst <= 0)
    if found is not None:
        assert excess(found) == worst
        if worst > 1e-6:
            assert violated_cuts(scaled, vector.floats(), set(), supply)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(priors(), st.integers(1, 3)), min_size=1, max_size=3),
    st.integers(2, 4),
    st.sampled_from([REVENUE, GAINS, Goal(1, 0, 2)]),
    st.sampled_from([Limits(), Limits(money_at_least=0), Limits(share_at_most=F(1, 2))]),
)
def test_several_units_and_capacities(pairs: list[tuple[FiniteTypes, int]], units: int, goal: Goal, limits: Limits) -> None:
    agents, capacities = [agent for agent, _ in pairs], [most for _, most in pairs]
    small = asymmetric_border(agents, units=units, capacities=capacities, goal=goal, limits=limits)
    large = solve_exactly(dominant_auction(agents, units=units, capacities=capacities, goal=goal, limits=limits))
    assert (small.status, small.exact_value) == (large.status, large.exact_value)


def test_climbing_stands_in_where_there_are_too_many_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    agents = [FiniteTypes.uniform(6)] * 3
    expected = asymmetric_border(agents, limits=Limits(award_at_least=F(9, 10))).exact_value
    many = asymmetric_border(agents, units=3, capacities=[1, 2, 3]).exact_value
    monkeypatch.setattr(border_cuts, "_ALL", 0)
    assert asymmetric_border(agents, limits=Limits(award_at_least=F(9, 10))).exact_value == expected
    assert asymmetric_border(agents, units=3, capacities=[1, 2, 3]).exact_value == many
