"""Laws with finitely many values: exact parameters, cdfs with atoms, ironing, and what refuses them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import solve
from mechanisms import (
    Discrete,
    Distribution,
    InvalidInput,
    Mixture,
    Optimal,
    Procurement,
    Reflected,
    Refused,
    Sale,
    Uniform,
    Vickrey,
)
from mechanisms.ironing import ironed_virtual_cost


@st.composite
def laws(draw: st.DrawFn) -> Discrete:
    values = draw(st.lists(st.integers(-20, 20), min_size=1, max_size=6, unique=True))
    weights = draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))
    return Discrete({Fraction(v, 3): Fraction(w, sum(weights)) for v, w in zip(values, weights, strict=True)})


def test_parameters_are_exact_and_survive_a_file() -> None:
    law = Discrete({"1/3": "1/4", Decimal("0.1"): Fraction(1, 4), 2: 0.5})
    assert law.values == (Fraction(1, 10), Fraction(1, 3), Fraction(2))
    assert law.probabilities == (Fraction(1, 4), Fraction(1, 4), Fraction(1, 2))
    assert Distribution.from_spec(law.spec()) == law
    assert Discrete.of(["1/3", 2], [0.5, "1/2"]) == Discrete({"1/3": 0.5, 2: 0.5})
    assert law.scaled(2.0).values[-1] == 4


@settings(max_examples=25, deadline=None)
@given(laws())
def test_cdfs_and_quantiles_agree_with_sums(law: Discrete) -> None:
    points = [float(v) for v in law.values]
    for x in [*points, *(0.5 * (a + b) for a, b in pairwise(points)), points[0] - 1, points[-1] + 1]:
        below = sum(f for v, f in zip(law.values, law.probabilities, strict=True) if float(v) <= x)
        assert law.cdf(x) == float(below)
        assert law.survival(x) == float(1 - below)
    assert law.cdf_bounds(points[0] - 1, points[-1]).upper == 1.0
    for p in np.linspace(0.01, 1.0, 14):
        at = float(law.quantile(p))
        assert law.cdf(at) >= p - 1e-15
        assert at == points[0] or law.cdf(np.nextafter(at, -np.inf)) < p
    assert law.reflected().reflected() == law
    draws = law.sample(np.random.default_rng(1), 50)
    assert set(draws.tolist()) <= set(points)


@settings(max_examples=25, deadline=None)
@given(laws())
def test_ironed_levels_are_the_steepest_hull_and_both_evaluations_agree(law: Discrete) -> None:
    exact, numeric = ironed_virtual_cost(law, Fraction), ironed_virtual_cost(law)
    levels = [exact(v) for v in law.values]
    assert all(a <= b for a, b in pairwise(levels))
    total = sum(f * w for f, w in zip(law.probabilities, levels, strict=True))
    assert total == law.values[-1]  # the hull ends where the curve ends: a buyer of every type pays the highest cost
    if law.is_regular():
        assert levels == law._virtual_costs()
    for level in {*levels, levels[0] - 1, levels[-1] + 1}:
        for at in (True, False):
            assert float(exact.threshold(level, at)) == pytest.approx(float(numeric.threshold(float(level), at)))
    for v, w in zip(law.values, levels, strict=True):
        assert float(numeric(float(v))) == float(w)
        assert exact.threshold(w, True) >= v


def test_the_optimal_rule_runs_on_finite_types() -> None:
    law = Discrete.grid("1/10", 1, 10)
    market = Sale({"a": law, "b": law}, value=0)
    outcome = Optimal().outcome(market, {"a": Fraction(7, 10), "b": Fraction(6, 10)})
    assert outcome.payments["a"] == Fraction(6, 10)  # first in the order, it would win a tie at 6/10
    assert Optimal().batch(market, np.array([[0.7, 0.6], [0.4, 0.3], [0.5, 0.4]])).price.tolist() == [0.6, 0.0, 0.5]


CASES: list[tuple[Any, str]] = [
    ({}, "at least one entry"),
    ([1, 2], "at least one entry"),
    ({1: 0.1, 2: 0.2, 3: 0.7}, "sum to exactly 1"),
    ({1: "1/2", "2/2": "1/2"}, "values must differ"),
    ({1: 0}, r"probabilities\[0\] must lie in"),
    ({1: "x"}, r"probabilities\[0\] must be a finite number"),
    ({float("nan"): 1}, r"values\[0\] must be a finite number"),
    ({1e200: 1}, "within 1e150"),
    ({True: 1}, r"values\[0\] must be a finite number"),
]


@pytest.mark.parametrize(("chances", "message"), CASES)
def test_wrong_parameters_are_refused(chances: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Discrete(chances)


def test_files_name_the_key() -> None:
    with pytest.raises(InvalidInput, match=r"market.costs.a.probabilities\[0\]"):
        Distribution.from_spec({"kind": "discrete", "values": [1], "probabilities": ["1/0"]}, "market.costs.a")
    with pytest.raises(InvalidInput, match="one entry for each"):
        Distribution.from_spec({"kind": "discrete", "values": [1], "probabilities": []})


def test_what_needs_a_density_refuses() -> None:
    law = Discrete({1: 1})
    with pytest.raises(Refused, match="no density"):
        law.pdf(1.0)
    with pytest.raises(Refused, match="Discrete"):
        solve(Vickrey(), Procurement({"a": Discrete({1: "1/2", 2: "1/2"}), "b": Uniform(0, 1)}))
    with pytest.raises(InvalidInput, match="density"):
        Mixture([(1, law)])
    with pytest.raises(InvalidInput, match="density"):
        Reflected(law)
