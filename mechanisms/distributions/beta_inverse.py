r"""The inverse of the regularised incomplete beta function, also where the library's gives up.

`scipy.special.betaincinv` is NaN or wrong in all digits for tiny levels (about 1e-20 and below for some
shapes) and keeps 11 digits for shapes near 100. Here the first two terms of the series at 0,
$I_t(a, b) = \frac{t^a}{a B(a, b)} \left(1 + \frac{a (1 - b)}{a + 1} t + \dots\right)$, are inverted where the
next is below the rounding, and a Newton step follows everywhere else.
"""

from __future__ import annotations

import numpy as np

from mechanisms._types import FloatArray

# The series is used while its root, times 1 + b, is below this; the terms left out are then below 1e-16.
SERIES = 1e-9


def beta_inverse(a: float, b: float, p: FloatArray) -> FloatArray:
    """The point t in [0, 1] with $I_t(a, b) = p$.

    Arguments:
        a: shape at 0, positive.
        b: shape at 1, positive.
        p: levels in [0, 1], shape (n,).
    """
    from scipy.special import betainc, betaincinv, betaln, xlog1py, xlogy

    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        t = betaincinv(a, b, p)
        root = np.exp((np.log(p) + np.log(a) + betaln(a, b)) / a)
        density = np.exp(xlogy(a - 1.0, t) + xlog1py(b - 1.0, -t) - betaln(a, b))
        newton = t - (betainc(a, b, t) - p) / density
        t = np.where((newton > 0.5 * t) & (newton < np.minimum(2.0 * t, 1.0)), newton, t)
        series = root * (1.0 - (1.0 - b) / (a + 1.0) * root)
        t = np.where((root * (1.0 + b) < SERIES) | np.isnan(t), np.minimum(series, 1.0), t)
    return np.asarray(t)
