"""Chances that decide whether a report trades and whether it moves the price, for several users and provers."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def exactly(j: int, a: int, bids: Array, b: int, asks: Array) -> Array:
    """The probability that j of a bids and b asks lie below, each bid with chance `bids`, each ask with chance `asks`."""
    total = np.zeros_like(bids * asks)
    if min(a, b) < 0:
        return total
    for i in range(max(0, j - b), min(a, j) + 1):
        among_bids = comb(a, i) * bids**i * (1.0 - bids) ** (a - i)
        total = total + among_bids * comb(b, j - i) * asks ** (j - i) * (1.0 - asks) ** (b - j + i)
    return total


def rivalry(bids: Array, asks: Array, m: int, n: int) -> tuple[Array, Array, Array, Array]:
    r"""Of $S'+\rho_1B'=k\mu_1/(\varphi-p)$ and $B'+\rho_2S'=(1-k)\mu_2/(p-\gamma)$: the numbers mu_1, rho_1, mu_2, rho_2.

    They are $P_m(m-1,n)$, $(m-1)P_{m-1}(m-2,n)$ over $nP_{m-1}(m-1,n-1)$ and $P_{m-1}(m,n-1)$, $(n-1)P_{m-1}(m,n-2)$ over
    $mP_{m-1}(m-1,n-1)$; for one user and one prover S, 0, 1 - B, 0.
    """
    both = exactly(m - 1, m - 1, bids, n - 1, asks)
    return (
        exactly(m, m - 1, bids, n, asks) / (n * both), (m - 1) * exactly(m - 1, m - 2, bids, n, asks) / (n * both),
        exactly(m - 1, m, bids, n - 1, asks) / (m * both), (n - 1) * exactly(m - 1, m, bids, n - 2, asks) / (m * both),
    )  # fmt: skip
