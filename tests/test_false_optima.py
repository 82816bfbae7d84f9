"""Files about optima and expectations that were accepted once and are false: each is refused, and what is made is true."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import check, optimal
from equilibria.checking import FORMAT, VERSION, sealed
from equilibria.optima.linear_myerson import linear_agents, linear_value
from equilibria.optima.objectives import weights
from mechanisms import Exchange, Mixture, PiecewiseLinear, Procurement, Refused, Sale, Uniform

GAP = {"kind": "piecewise_linear", "points": [1, 2, 3, 4], "cdf": [0, 0.5, 0.5, 1]}
"""Half of the values in [1, 2] and half in [3, 4]: those above the gap keep its length where those below it are awarded."""


def best(route: str, market: object, objective: str, mechanism: object, value: str, **rest: object) -> Any:
    """What `check` says of a file that states this optimum."""
    end = float(Fraction(value))
    states = {"value": [end - 1e-9, end + 1e-9], "exact_value": value}
    tree = {"format": FORMAT, "version": VERSION, "subject": "optimal_mechanism", "route": route, "market": market}
    return check(sealed({**tree, "objective": objective, "mechanism": mechanism, "states": states, **rest}))


def test_a_gap_that_is_not_ironed() -> None:
    """No price earns more than 3/2 from one buyer; the levels on both sides of the gap rise, and come to 13/8."""
    market = {"kind": "sale", "tasks": 1, "values": {"a": GAP}}
    assert "a gap of the law" in best("myerson", market, "revenue", {"ironed": {"a": []}}, "13/8").message
    found = optimal(Sale({"a": PiecewiseLinear([1.0, 2.0, 3.0, 4.0], [0.0, 0.5, 0.5, 1.0])}), "revenue")
    assert found.exact_value == Fraction(3, 2) and found.reserves["a"] == 3
    assert check(found.certificate).valid
    turned = {"kind": "procurement", "tasks": 1, "value": 0, "costs": {"a": {"kind": "reflected", "of": GAP}}}
    assert not best("myerson", turned, "surplus", {"ironed": {"a": []}}, "13/8").valid
    mirrored = Procurement({"a": PiecewiseLinear([-4.0, -3.0, -2.0, -1.0], [0.0, 0.5, 0.5, 1.0])}, 0.0)
    assert optimal(mirrored, "surplus").exact_value == Fraction(3, 2)
    assert optimal(mirrored, "welfare").exact_value == Fraction(5, 2)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 6), st.integers(1, 6), st.integers(1, 8), st.integers(1, 6), st.integers(1, 7))
def test_no_posted_price_is_worse_than_stated(low: int, first: int, gap: int, second: int, eighths: int) -> None:
    """Of one buyer the optimum is the best posted price, whatever the gap; an ironed level may be irrational."""
    points = [low / 4, (low + first) / 4, (low + first + gap) / 4, (low + first + gap + second) / 4]
    law = PiecewiseLinear(points, [0.0, eighths / 8, eighths / 8, 1.0])
    market = Sale({"a": law})
    terms = weights("revenue", market)
    agents = linear_agents(market, terms, {})
    if agents is None:
        return
    prices = [points[0] + (points[3] - points[0]) * k / 2000 for k in range(2001)] + points
    grid = max(price * (1 - float(law.cdf(price))) for price in prices)
    assert grid - 1e-12 <= float(linear_value(agents, 1, terms)) <= grid + 2e-3


def test_a_gap_that_is_ironed_to_an_irrational_level_is_refused() -> None:
    with pytest.raises(Refused, match="has a gap"):
        optimal(Sale({"a": PiecewiseLinear([1.0, 2.0, 2.1, 3.1], [0.0, 0.5, 0.5, 1.0])}), "revenue")


def test_profit_across_a_gap() -> None:
    """A broker who trades with values below the gap leaves its length to those above, and does not keep 49/48."""
    market = {"kind": "exchange", "users": {"u": GAP}, "provers": {"p": {"kind": "uniform", "low": 0, "high": 1}}}
    asked: dict[str, object] = {"subject_to": {"named": []}}
    broker = best("myerson_satterthwaite", market, "revenue", {"wedges": ["1/2", "1/2"]}, "49/48", **asked)
    assert "a gap" in broker.message
    law = Mixture([(0.5, Uniform(1, 2)), (0.5, Uniform(3, 4))])
    with pytest.raises(Refused, match="a gap"):
        optimal(Exchange({"u": law}, {"p": Uniform(0, 1)}), "revenue")


@pytest.mark.parametrize("turned", [False, True], ids=["user", "prover"])
def test_efficient_trade_across_a_gap_lacks_more(turned: bool) -> None:
    """Values 0 to 1 or 9 to 10, costs 0 to 1: the user pays 1/3 in expectation and the prover is paid 2/3."""
    far, near = PiecewiseLinear([0.0, 1.0, 9.0, 10.0], [0.0, 0.5, 0.5, 1.0]), Uniform(0, 1)
    market = Exchange({"u": far}, {"p": near})
    if turned:
        market = Exchange({"u": Uniform(9, 10)}, {"p": far})
    found = optimal(market, "welfare", ("efficient", "no_deficit"))
    assert (found.status, found.value) == ("infeasible", None)
    assert check(found.certificate).message.endswith("it lacks 1/3")


def test_a_place_whose_double_lies_beyond_a_knot() -> None:
    """A line crosses a quarter of a piece two ulps wide that holds half of the mass of a law: higher reports win more."""
    edge = 1 + 2.0**-51
    steep = {"kind": "piecewise_linear", "points": [0, 1, edge, 2], "cdf": [0, 0.25, 0.75, 1]}
    smooth = {"kind": "beta", "a": 2, "b": 2, "low": 0, "high": 2}
    law = {"kind": "mixture", "parts": [{"weight": 1, "distribution": part} for part in (steep, smooth)]}
    end, width = Fraction(edge), Fraction(1, 2**53)
    line = f"{end - width} {width}*r0"
    tree = {
        "format": FORMAT, "version": VERSION, "subject": "interim_incentives", "rule": {"function": "f"},
        "agents": {
            "kind": "sale", "labels": ["a", "b"], "signs": [1, 1], "bounds": [["0", "1"], ["0", "2"]], "units": 1, "value": None,
        },
        "priors": {"a": {"kind": "uniform", "low": 0, "high": 1}, "b": law},
        "property": {"name": "bic"},
        "trees": [{"agent": 0, "copies": 0, "nodes": [f"split {line}; r1", "= 1; 0 / 0; 0", "= 0; 0 / 0; 0"]}],
    }  # fmt: skip
    small, large = (check(sealed({**tree, "states": {"property": "bic", "epsilon": e}})) for e in ("1/1000", "1/15"))
    assert not small.valid  # the type 1/2 gains 1/32 by reporting 1
    assert large.valid


def test_gaps_of_finitely_many_types_are_not_affected() -> None:
    law = {"kind": "discrete", "values": ["1", "4"], "probabilities": ["1/2", "1/2"]}
    market = {"kind": "sale", "tasks": 1, "values": {"a": law}}
    assert best("myerson", market, "revenue", {"levels": {"a": ["-2", "4"]}}, "2").valid
