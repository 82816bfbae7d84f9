r"""Masses of the standard normal on intervals, by their logarithm, and steps that hold a given mass."""

from __future__ import annotations

import math

import numpy as np

from mechanisms._types import FloatArray

# Below this reach h (1 + |m|) the mass is a quadrature: there the density varies by less than a factor e,
# and eight Gauss-Legendre nodes leave an error below 1e-17.
NEAR = 0.5
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
NEWTON_STEPS = 3


def log_density(z: FloatArray) -> FloatArray:
    r"""$\log \varphi(z)$."""
    return -0.5 * z * z - 0.5 * math.log(2.0 * math.pi)


def log_mass(low: FloatArray, high: FloatArray, width: FloatArray) -> FloatArray:
    r"""$\log(\Phi(z + h) - \Phi(z))$ with relative accuracy of the mass, in either tail.

    Arguments:
        low: $z$, shape (n,), may be minus infinity.
        high: $z + h$, shape (n,).
        width: $h \ge 0$, shape (n,), given apart because the difference of the ends would lose its digits.
    """
    from scipy.special import log_ndtr

    mirrored = low + high > 0.0
    first, last = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = 0.5 * (first + last)
        near = width * (1.0 + np.abs(middle)) < NEAR
    result = np.empty(first.shape)
    far = ~near
    with np.errstate(invalid="ignore", divide="ignore"):
        above = log_ndtr(last[far])
        result[far] = above + np.log(-np.expm1(log_ndtr(first[far]) - above))
        h, m = width[near], middle[near]
        offset = 0.5 * h[:, None] * NODES
        mean = np.exp(-offset * (m[:, None] + 0.5 * offset)) @ (0.5 * WEIGHTS)
        result[near] = np.log(h) + log_density(m) + np.log(mean)
    return result


def step_of_mass(start: float, width: float, log_target: FloatArray) -> FloatArray:
    r"""The step $h$ with $\log(\Phi(z + h) - \Phi(z)) = t$, between 0 and the width of the support.

    The logarithm of the mass is concave in the step, so Newton's method cannot overshoot twice; it starts
    from the inverse of the nearer normal tail, or from the density where that start has lost its digits.

    Arguments:
        start: $z$, finite.
        width: greatest step.
        log_target: $t$, shape (n,), at most the logarithm of the mass of the whole width.
    """
    from scipy.special import log_ndtr, ndtri_exp

    below, above = float(log_ndtr(start)), float(log_ndtr(-start))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        z = ndtri_exp(np.minimum(np.logaddexp(below, log_target), 0.0))
        share = np.minimum(np.exp(log_target - above), 1.0)
        z = np.where(z < 0.0, z, -ndtri_exp(above + np.log1p(-share)))
        flat = np.exp(log_target - float(log_density(np.array([start]))[0]))
        step = np.where(flat * (1.0 + abs(start)) < 0.01, flat, z - start)
        step = np.clip(np.where(np.isnan(step), width, step), 0.0, width)
        for _ in range(NEWTON_STEPS):
            end = start + step
            mass = log_mass(np.full(step.shape, start), end, step)
            change = (mass - log_target) * np.exp(mass - log_density(end))
            step = np.where(np.isfinite(change), np.clip(step - change, 0.0, width), step)
    return step
