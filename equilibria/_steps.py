r"""One step of the first-order conditions: explicit (Dormand and Prince, order 5) or linearly implicit (order 4).

Near the top the gaps between bids and the costs of provers whose costs reach beyond it relax on a scale that vanishes faster
than the distance to the top; the explicit step is then limited by stability and the implicit one is not. The latter is the
Rosenbrock method of Kaps and Rentrop (1979) with the parameters of Shampine (1982): four stages, three evaluations.

Both take `state = (y, rate at y)` at `xi`, write the new state to `trial` and the estimated error to `error`, and return the
least gap at the new state, or -1 where a cost exceeds its bid on the way.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from equilibria._hazards import hazards, linearise, place

_A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0],
        [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
_C = np.array([0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0])
_E = np.array([71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])

_RA = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [48 / 25, 6 / 25, 0.0], [48 / 25, 6 / 25, 0.0]])
_RC = np.array([[0.0, 0.0, 0.0], [-8.0, 0.0, 0.0], [372 / 25, 12 / 5, 0.0], [-112 / 125, -54 / 125, -2 / 5]])
_RX = np.array([0.0, 1.0, 3 / 5, 3 / 5])
_RD = np.array([1 / 2, -3 / 2, 121 / 50, 29 / 250])
_RB = np.array([19 / 9, 1 / 2, 25 / 108, 125 / 108])
_RE = np.array([17 / 54, 7 / 36, 0.0, 125 / 108])


@nb.njit(cache=True)
def explicit_step(xi, h, y, k, bottom, top, strong, trial, error, order, tables):
    """A Dormand-Prince step; `k` is scratch of seven rows, its last row ends as the rates at the new state."""
    n, gap = y.size, 0.0
    for stage in range(7):
        for j in range(n):
            value = 0.0
            for m in range(stage):
                value += _A[stage, m] * k[m, j]
            trial[j] = y[j] + h * value
        b, rate, _ = place(xi + _C[stage] * h, bottom, top)
        gap = hazards(b, trial, strong, k[stage], order, tables)
        if gap < 0.0:
            return -1.0
        for j in range(n):
            k[stage, j] *= rate
    for j in range(n):
        error[j] = 0.0
        for m in range(7):
            error[j] += h * _E[m] * k[m, j]
    return gap


@nb.njit(cache=True)
def implicit_step(xi, h, y, k, bottom, top, strong, trial, error, order, matrix, pivot, tables):
    """A Rosenbrock step; rows 0 to 3 of `k` hold the stages, row 6 ends as the rates at the new state."""
    n = y.size
    b, rate, near = place(xi, bottom, top)
    if hazards(b, y, strong, k[5], order, tables) < 0.0:
        return -1.0
    linearise(b, y, k[5], matrix, k[4], tables)
    bend = rate * (2.0 * near / (top - bottom) - 1.0)
    for j in range(n):
        k[4, j] = k[4, j] * rate * rate + k[5, j] * bend
        for m in range(n):
            matrix[j, m] *= -rate
        matrix[j, j] += 2.0 / h
        k[5, j] *= rate
    _factor(matrix, pivot)
    for stage in range(4):
        if stage == 1 or stage == 2:
            for j in range(n):
                trial[j] = y[j]
                for m in range(stage):
                    trial[j] += _RA[stage, m] * k[m, j]
                trial[j] = max(trial[j], 0.0)
            b, rate, _ = place(xi + _RX[stage] * h, bottom, top)
            if hazards(b, trial, strong, k[5], order, tables) < 0.0:
                return -1.0
            for j in range(n):
                k[5, j] *= rate
        for j in range(n):
            k[stage, j] = k[5, j] + h * _RD[stage] * k[4, j]
            for m in range(stage):
                k[stage, j] += _RC[stage, m] * k[m, j] / h
        _backsolve(matrix, pivot, k[stage])
    for j in range(n):
        trial[j], error[j] = y[j], 0.0
        for m in range(4):
            trial[j] += _RB[m] * k[m, j]
            error[j] += _RE[m] * k[m, j]
        trial[j] = max(trial[j], y[j])
    b, rate, _ = place(xi + h, bottom, top)
    gap = hazards(b, trial, strong, k[6], order, tables)
    for j in range(n):
        k[6, j] *= rate
    return gap


@nb.njit(cache=True)
def _factor(a, pivot):
    """LU factors of a small matrix in place, rows exchanged as `pivot` says."""
    n = a.shape[0]
    for c in range(n):
        best = c
        for r in range(c + 1, n):
            if abs(a[r, c]) > abs(a[best, c]):
                best = r
        pivot[c] = best
        for m in range(n):
            a[c, m], a[best, m] = a[best, m], a[c, m]
        for r in range(c + 1, n):
            a[r, c] /= a[c, c]
            for m in range(c + 1, n):
                a[r, m] -= a[r, c] * a[c, m]


@nb.njit(cache=True)
def _backsolve(a, pivot, x):
    n = a.shape[0]
    for c in range(n):
        x[c], x[pivot[c]] = x[pivot[c]], x[c]
    for c in range(n):
        for r in range(c + 1, n):
            x[r] -= a[r, c] * x[c]
    for c in range(n - 1, -1, -1):
        for m in range(c + 1, n):
            x[c] -= a[c, m] * x[m]
        x[c] /= a[c, c]
