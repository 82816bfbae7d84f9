r"""Seconds against gas for one prover: a straight line, fitted on the log scale, robustly.

$$ (a, b) = \arg\min_{a > 0,\, b > 0} \sum_j \rho_\delta\bigl(\log t_j - \log(a + b\,g_j)\bigr), $$

with $t_j$ the seconds and $g_j$ the millions of gas of block $j$, and $\rho_\delta$ Huber's loss: squares
near zero, absolute values beyond $\delta = 1.345\,\hat\sigma$ (95 % efficient if the residuals are normal),
$\hat\sigma$ from the median absolute deviation.  The log scale makes a residual a *percentage*, so that heavy
blocks do not dominate.

Why not seconds per gas: proving a block has a fixed part $a$ (setup, recursion, wrapping).  A near-empty
block has almost no gas, so its seconds per gas can be any large number; in $a + b g$ it is an ordinary point
near the intercept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SecondsFit", "fit_seconds"]

HUBER = 1.345
MAD_TO_SD = 1.4826
MGAS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondsFit:
    """Seconds = a + b * gas for one prover.

    Arguments:
        a_seconds: Seconds of a block without gas, positive.
        b_seconds_per_mgas: Seconds for each further million of gas, positive (tiny when gas explains
            nothing).
        n: Number of proofs fitted.
        residual_sd: Standard deviation of log(seconds) - log(fit); 0.1 means about 10 %.
        explained: Share of the variance of log(seconds) that the line explains.
    """

    a_seconds: float
    b_seconds_per_mgas: float
    n: int
    residual_sd: float
    explained: float

    def seconds(self, gas: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fitted seconds at an array of gas (in gas, not millions), same shape."""
        fitted: NDArray[np.float64] = self.a_seconds + self.b_seconds_per_mgas * (np.asarray(gas) / MGAS)
        return fitted


def fit_seconds(gas: NDArray[np.float64], seconds: NDArray[np.float64]) -> SecondsFit:
    """Fit seconds = a + b * gas (Huber's loss on the log scale).

    Arguments:
        gas: Gas of each block, shape `(blocks,)`, 0 or more.
        seconds: Seconds of each proof, shape `(blocks,)`, positive; at least 2.

    Returns:
        The fit. When gas does not vary, a and b cannot be told apart: b is then tiny and a carries all.

    Notes:
        A dozen iterations; half a millisecond for 500 blocks. It fails to mean much when time falls with gas.

    Example:
        >>> fit = fit_seconds(np.array([0.0, 1e7, 2e7, 3e7]), np.array([4.0, 10.0, 16.0, 22.0]))
        >>> round(fit.a_seconds, 6), round(fit.b_seconds_per_mgas, 6)
        (4.0, 0.6)
    """
    from scipy.optimize import least_squares

    x = np.asarray(gas, dtype=np.float64) / MGAS
    logs = np.log(seconds)
    level, typical = math.log(float(np.median(seconds))), max(float(np.median(x)), 1e-6)
    tiny = -30.0
    start = np.array([level - math.log(2), level - math.log(2 * typical)])
    if float(np.ptp(x)) <= 1e-9 * typical:
        start = np.array([float(np.mean(logs)), level - math.log(typical) + tiny])
    bounds = (
        np.array([level + tiny - 1, level - math.log(typical) + tiny - 1]),
        np.array([level + 5, level + 25]),
    )
    delta = math.inf

    def residual(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        value: NDArray[np.float64] = logs - np.log(np.exp(theta[0]) + np.exp(theta[1]) * x)
        return value

    def jacobian(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        a, b = np.exp(theta[0]), np.exp(theta[1])
        slope: NDArray[np.float64] = -np.stack([np.full_like(x, a), b * x], axis=1) / (a + b * x)[:, None]
        return slope

    theta = start
    for _ in range(4):  # least squares first, then Huber with a delta that settles
        loss: Literal["huber", "linear"] = "huber" if math.isfinite(delta) else "linear"
        found = least_squares(
            residual, np.clip(theta, bounds[0], bounds[1]), jac=jacobian, bounds=bounds,
            xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=300, loss=loss,
            f_scale=min(delta, 1.0),
        )  # fmt: skip
        theta = found.x
        r = residual(theta)
        delta = HUBER * MAD_TO_SD * float(np.median(np.abs(r - np.median(r))))
        if delta < 1e-12:
            break
    r = residual(theta)
    spread = float(np.var(logs))
    return SecondsFit(
        a_seconds=math.exp(theta[0]),
        b_seconds_per_mgas=math.exp(theta[1]),
        n=int(x.size),
        residual_sd=float(np.std(r)),
        explained=1.0 - float(np.var(r)) / spread if spread > 0 else 0.0,
    )
