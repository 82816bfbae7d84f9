"""Distributions of costs and values: one file each, one interface.

Every law but `Discrete` is absolutely continuous; supports are compact. `Distribution` states what all of them offer
(cdf, survival, density, quantiles from either end, virtual cost and value, regularity, certain bounds of the
cdf, and a spec that survives JSON); `Distribution.from_spec` reads one back.
"""

from __future__ import annotations

from mechanisms.distributions.base import Distribution, Side
from mechanisms.distributions.beta import Beta
from mechanisms.distributions.discrete import Discrete
from mechanisms.distributions.empirical import Empirical
from mechanisms.distributions.log_normal import LogNormal
from mechanisms.distributions.mixture import Mixture
from mechanisms.distributions.piecewise_linear import PiecewiseLinear
from mechanisms.distributions.reflected import Reflected
from mechanisms.distributions.uniform import Uniform
from mechanisms.distributions.weibull import Weibull

__all__ = [
    "Beta",
    "Discrete",
    "Distribution",
    "Empirical",
    "LogNormal",
    "Mixture",
    "PiecewiseLinear",
    "Reflected",
    "Side",
    "Uniform",
    "Weibull",
]
