"""Hypothesis builders: one for each kind of distribution, and one for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from mechanisms.distributions import (
    Beta,
    Distribution,
    Empirical,
    LogNormal,
    Mixture,
    PiecewiseLinear,
    Uniform,
    Weibull,
)


def eighths(low: int, high: int) -> st.SearchStrategy[float]:
    """Multiples of 1/8: exact doubles that keep examples readable."""
    return st.integers(8 * low, 8 * high).map(lambda n: n / 8)


@st.composite
def supports(draw: st.DrawFn) -> tuple[float, float]:
    low = draw(eighths(0, 4))
    return low, low + draw(eighths(1, 4))


@st.composite
def uniforms(draw: st.DrawFn) -> Uniform:
    return Uniform(*draw(supports()))


@st.composite
def betas(draw: st.DrawFn) -> Beta:
    shapes = st.sampled_from([0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 7.5])
    return Beta(draw(shapes), draw(shapes), *draw(supports()))


@st.composite
def log_normals(draw: st.DrawFn) -> LogNormal:
    low, high = draw(supports())
    return LogNormal(draw(eighths(-1, 2)), draw(st.sampled_from([0.25, 0.5, 1.0, 2.0])), low, high)


@st.composite
def weibulls(draw: st.DrawFn) -> Weibull:
    low, high = draw(supports())
    return Weibull(draw(st.sampled_from([0.5, 0.75, 1.0, 2.0, 3.5])), draw(eighths(1, 4)), low, high)


@st.composite
def increasing(draw: st.DrawFn, parts: int) -> tuple[float, ...]:
    steps = draw(st.lists(st.integers(1, 8), min_size=parts, max_size=parts))
    start, total = draw(eighths(0, 2)), [0]
    for step in steps:
        total.append(total[-1] + step)
    return tuple(start + t / 8 for t in total)


@st.composite
def piecewise_linears(draw: st.DrawFn, gaps: bool = True) -> PiecewiseLinear:
    parts = draw(st.integers(1, 5))
    masses = draw(st.lists(st.integers(0 if gaps else 1, 8), min_size=parts, max_size=parts))
    masses[0], masses[-1] = max(masses[0], 1), max(masses[-1], 1)
    levels = [sum(masses[:k]) / sum(masses) for k in range(parts + 1)]
    return PiecewiseLinear(draw(increasing(parts)), levels)


@st.composite
def empiricals(draw: st.DrawFn) -> Empirical:
    parts = draw(st.integers(1, 6))
    masses = draw(st.lists(st.integers(1, 8), min_size=parts, max_size=parts))
    levels = [sum(masses[:k]) / sum(masses) for k in range(parts + 1)]
    return Empirical.from_quantiles(draw(increasing(parts)), levels)


def simple_distributions() -> st.SearchStrategy[Distribution]:
    return st.one_of(uniforms(), betas(), log_normals(), weibulls(), piecewise_linears(), empiricals())


@st.composite
def mixtures(draw: st.DrawFn) -> Mixture:
    parts = draw(st.lists(st.tuples(st.integers(1, 4), simple_distributions()), min_size=1, max_size=3))
    return Mixture([(float(weight), part) for weight, part in parts])


def distributions() -> st.SearchStrategy[Distribution]:
    """Any distribution, reflected ones included."""
    plain = st.one_of(simple_distributions(), mixtures())
    return st.one_of(plain, plain.map(lambda d: d.reflected()))
