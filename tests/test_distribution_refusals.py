"""What distributions and their specs refuse, and in which words."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.distributions import (
    Beta,
    Distribution,
    Empirical,
    LogNormal,
    Mixture,
    PiecewiseLinear,
    Reflected,
    Uniform,
)
from mechanisms.errors import InvalidInput

REFUSED = {
    "low must be less than high; got low=2.0, high=1.0. Swap them.": lambda: Uniform(2, 1),
    "low must be less than high; got low=1.0, high=1.0": lambda: Uniform(1, 1),
    "low must be a finite number; got nan": lambda: Uniform(math.nan, 1),
    "high must be a finite number; got True": lambda: Uniform(0, True),
    "high must be a finite number; got '1'": lambda: Uniform(0, "1"),
    "low must lie within 1e150 of 0": lambda: Uniform(-1e308, 1e308),
    "a must lie in [0.01, 10000]; got 0.0": lambda: Beta(0, 1),
    "low must be at least 0; got -1.0": lambda: LogNormal(0, 1, -1, 1),
    "low and high must hold at least 1e-299": lambda: LogNormal(100, 0.1, 1, 2),
    "points must be strictly increasing; got points[0]=1.0": lambda: PiecewiseLinear((1, 1), (0, 1)),
    "cdf must begin with 0 and end with 1": lambda: PiecewiseLinear((0, 1), (0, 0.9)),
    "cdf must have one entry for each": lambda: PiecewiseLinear((0, 1), (0, 0.5, 1)),
    "cdf must never fall": lambda: PiecewiseLinear((0, 1, 2, 3), (0, 0.6, 0.5, 1)),
    "cdf must rise on its first part": lambda: PiecewiseLinear((0, 1, 2), (0, 0, 1)),
    "density[1] must be below three times": lambda: Empirical((0, 1), (0, 1), (1, 3)),
    "density[0] must be positive": lambda: Empirical((0, 1), (0, 1), (0, 1)),
    "samples must have at least 5 different": lambda: Empirical.from_samples([1.0, 2.0, 3.0, 4.0, 4.0]),
    "samples[2] must be a finite number; got nan": lambda: Empirical.from_samples([1, 2, math.nan, 3, 4, 5]),
    "samples[0] must be a finite number; got inf": lambda: Empirical.from_samples([math.inf, 2, 1, 3, 4, 5]),
    "samples must be numbers on one axis": lambda: Empirical.from_samples(["a", "b"]),
    "quantiles must be an integer": lambda: Empirical.from_samples(np.arange(9.0), quantiles=2),
    "parts must have at least one entry": lambda: Mixture([]),
    "parts must be at most 64 in all, those of mixtures within included; got 65": lambda: Mixture([(1, Uniform(0, 1))] * 65),
    "parts must be at most 64 in all, those of mixtures within included; got 66": lambda: Mixture(
        [(1, Reflected(Mixture([(1, Uniform(0, 1))] * 64))), (1, Uniform(0, 1))]
    ),
    "parts[1].weight must be positive; got 0.0": lambda: Mixture([(1, Uniform(0, 1)), (0, Uniform(0, 1))]),
    "parts[0] must be a pair": lambda: Mixture([Uniform(0, 1)]),
    "of must be a distribution": lambda: Reflected(3),
    "p must lie in [0, 1]; got 1.5": lambda: Uniform(0, 1).quantile([0.5, 1.5]),
    "q must lie in [0, 1]; got nan": lambda: Uniform(0, 1).upper_quantile(math.nan),
    "side must be": lambda: Uniform(0, 1).is_regular("buyer"),
    "factor must be positive": lambda: Uniform(0, 1).scaled(-1),
    "low must be at most high": lambda: Uniform(0, 1).cdf_bounds(1, 0),
}


@pytest.mark.parametrize("message", REFUSED)
def test_refusals(message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        REFUSED[message]()
    assert str(caught.value).startswith(message)


U = {"kind": "uniform", "low": 0, "high": 1}
WRONG_SPECS = {
    "costs.a must be a table": [1, 2],
    "costs.a.kind must be given": {"low": 0, "high": 1},
    "costs.a.kind must be one of uniform, beta": {"kind": "normal"},
    "costs.a.kind must be one of": {"kind": ["uniform"]},
    "costs.a.low must be a finite number; got 'x'": U | {"low": "x"},
    "costs.a.high must be a finite number; got inf": U | {"high": math.inf},
    "costs.a.low must be less than high": U | {"low": 3},
    "costs.a.high must be given": {"kind": "uniform", "low": 0},
    "costs.a.hi must not be given; got 1. A uniform takes low, high": U | {"hi": 1},
    "costs.a.points[1] must be a finite": {"kind": "piecewise_linear", "points": [0, None], "cdf": [0, 1]},
    "costs.a.points must be a list": {"kind": "piecewise_linear", "points": "01", "cdf": [0, 1]},
    "costs.a.parts must be a list": {"kind": "mixture", "parts": 3},
    "costs.a.parts must have at least one": {"kind": "mixture", "parts": []},
    "costs.a.parts[0].weight must be given": {"kind": "mixture", "parts": [{"distribution": U}]},
    "costs.a.parts[0].kind must not be given": {
        "kind": "mixture",
        "parts": [{"weight": 1, "distribution": U, "kind": "x"}],
    },
    "costs.a.parts[0].distribution.low must be a finite number; got True": {
        "kind": "mixture",
        "parts": [{"weight": 1, "distribution": U | {"low": True}}],
    },
    "costs.a.of.high must be": {"kind": "reflected", "of": U | {"high": None}},
}


@pytest.mark.parametrize("message", WRONG_SPECS)
def test_wrong_specs_name_the_key(message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Distribution.from_spec(WRONG_SPECS[message], where="costs.a")  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


ODD = st.sampled_from(
    [
        0,
        1,
        -1,
        0.5,
        2,
        1e308,
        -1e308,
        5e-324,
        1e-300,
        math.nan,
        math.inf,
        True,
        "x",
        None,
        [],
        [0, 1],
        {},
        10**400,
    ]
)


@st.composite
def malformed(draw: st.DrawFn) -> dict[str, object]:
    kind = draw(st.sampled_from(["uniform", "beta", "log_normal", "piecewise_linear", "empirical"]))
    keys = ["low", "high", "a", "b", "mu", "sigma", "points", "cdf", "density"]
    wanted = {"uniform": keys[:2], "beta": keys[:4], "log_normal": [*keys[:2], "mu", "sigma"]}
    return {"kind": kind} | {
        key: draw(st.lists(ODD, max_size=4) if key in ("points", "cdf", "density") else ODD)
        for key in wanted.get(kind, keys[6 : 8 if kind == "piecewise_linear" else 9])
    }


@settings(max_examples=150, deadline=None)
@given(malformed())
def test_malformed_specs_raise_nothing_else(spec: dict[str, object]) -> None:
    try:
        d = Distribution.from_spec(spec, where="costs.a")
    except InvalidInput as error:
        assert str(error).startswith("costs.a.") and "\n" not in str(error)
    else:
        assert Distribution.from_spec(json.loads(json.dumps(d.spec()))) == d
        x = d.quantile([0.25, 0.5])
        assert np.all(np.isfinite(x)) and np.all(np.isfinite(d.cdf(x))) and math.isfinite(d.mean())
        assert d.support[0] <= d.mean() <= d.support[1]


def test_deep_nesting_is_refused() -> None:
    spec: dict[str, object] = dict(U)
    for _ in range(200):
        spec = {"kind": "reflected", "of": spec}
    with pytest.raises(InvalidInput, match="nested at most"):
        Distribution.from_spec(spec)
