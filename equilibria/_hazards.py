r"""The first-order conditions of a pay-as-bid auction, solved for the bid hazards.

State: $y_i=-\log H_i$, the cumulative hazard of prover $i$'s bid. With $\delta_i=b-\varphi_i(y_i)$ and $x_i=1/m_i(\delta_i)$,
where $m_i$ is utility over marginal utility ($m_i(\delta)=\delta$ for the risk neutral), the conditions are
$y_i'=\sigma_i=(S-x_i)^+$ where $S$ solves $\sum_i(S-x_i)^+=S$: a prover enters where $S$ reaches $x_i$. The independent
variable is $\xi=\log\frac{b-b_0}{\bar b-b}$, which spreads both ends of the bid range out.

`tables` is `QuantileTables.arguments` everywhere (low, step, nodes, table, first, offset), then scale and rate of each $m_i$.
"""

from __future__ import annotations

import math

import numba as nb


@nb.njit(cache=True)
def place(xi, bottom, top):
    """The bid at `xi`, its derivative by `xi`, and its distance from the top."""
    e = math.exp(-abs(xi))
    extent = top - bottom
    near = extent * e / (1.0 + e)
    rate = near / (1.0 + e)
    return (top - near, rate, near) if xi > 0.0 else (bottom + near, rate, extent - near)


@nb.njit(cache=True)
def cost_and_slope(y, j, tables):
    """The cost of prover `j` at cumulative hazard `y`, and its derivative by `y`, from a table in the logit of its level."""
    low, step, nodes, table, first, offset, _, _ = tables
    begin, end = offset[j], offset[j + 1] - 1
    if y < 1e-18:
        return table[begin, 0], 0.0
    rise = -math.expm1(-y)
    z = y + math.log(rise)
    position = int((z - low) / step)
    if position < 0:
        return table[begin, 0], 0.0
    if position >= first.shape[1]:
        return table[end, 2], 0.0
    k = first[j, position]
    while k < end and z >= nodes[k + 1]:
        k += 1
    width = nodes[k + 1] - nodes[k] if k < end else step
    t = (z - nodes[k]) / width
    s = 1.0 - t
    c0, m0, c1, m1 = table[k, 0], table[k, 1], table[k, 2], table[k, 3]
    value = s * s * ((1.0 + 2.0 * t) * c0 + t * m0) + t * t * ((1.0 + 2.0 * s) * c1 - s * m1)
    slope = 6.0 * s * t * (c1 - c0) + s * (1.0 - 3.0 * t) * m0 + t * (3.0 * t - 2.0) * m1
    return value, slope / (width * rise)


@nb.njit(cache=True)
def fear(gap, j, tables):
    """The fear of ruin of prover `j` at a profit."""
    scale, rate = tables[6][j], tables[7][j]
    return scale * gap if rate == 0.0 else scale * math.expm1(rate * gap) / rate


@nb.njit(cache=True)
def hazards(b, y, strong, out, order, tables):
    """Write the bid hazards at bid `b` to `out`.

    Returns the least gap between the bid and a cost that bids it, prover `strong` apart; -1 where a cost exceeds its bid.
    """
    n, least = y.size, math.inf
    for j in range(n):
        gap = b - cost_and_slope(y[j], j, tables)[0]
        if gap <= 0.0:
            if y[j] > 0.0:
                return -1.0
            out[j] = math.inf
        else:
            out[j] = 1.0 / fear(gap, j, tables)
            if j != strong and y[j] > 0.0:
                least = min(least, gap)
        k = j
        while k > 0 and out[order[k - 1]] > out[j]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = j
    total, level = out[order[0]], math.inf
    for m in range(1, n):
        x = out[order[m]]
        if x >= level or x == math.inf:
            break
        total += x
        level = total / m
    if level == math.inf:
        return -1.0
    for j in range(n):
        out[j] = max(level - out[j], 0.0)
    return least


@nb.njit(cache=True)
def linearise(b, y, sigma, matrix, drift, tables):
    """Derivatives of the hazards `sigma` at `b` and `y`: by the state to `matrix`, by the bid to `drift`."""
    n, active, total = y.size, 0, 0.0
    for j in range(n):
        matrix[j, j], drift[j] = 0.0, 0.0
        if sigma[j] > 0.0:
            cost, slope = cost_and_slope(y[j], j, tables)
            m = fear(b - cost, j, tables)
            square = (tables[6][j] + tables[7][j] * m) / (m * m)
            active += 1
            total += square
            drift[j] = square
            matrix[j, j] = square * slope
    for j in range(n):
        for m in range(n):
            if m != j:
                matrix[j, m] = matrix[m, m] / (active - 1) if sigma[j] > 0.0 else 0.0
    for j in range(n):
        if sigma[j] > 0.0:
            drift[j] -= total / (active - 1)
    for j in range(n):
        if sigma[j] > 0.0:
            matrix[j, j] = matrix[j, j] / (active - 1) - matrix[j, j]
