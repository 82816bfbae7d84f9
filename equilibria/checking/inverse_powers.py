r"""Means of inverse powers of a sum of independent scores, $g_p(x)=E[(x+S)^{-p}]$, with a proof.

For $u>0$ and a step $h$ the trapezoidal rule applied to $\Gamma(p)\,u^{-p}=\int e^{p\tau-u e^\tau}\,d\tau$ has, by Poisson's
summation formula, the *relative* error

$$ \Bigl|\,h\sum_{k} t_k^p e^{-u t_k}-\Gamma(p)u^{-p}\Bigr|\le 2u^{-p}\sum_{m\ge1}\bigl|\Gamma(p+iym)\bigr|,
   \qquad t_k=e^{kh},\quad y=2\pi/h, $$

whatever $u$ is. The mean over $S=\sum_j X_j$ replaces $e^{-ut}$ by $e^{-xt}\prod_j E[e^{-tX_j}]$: one one-dimensional
integral for each rival and node. With $h=\log(2)/3$ the sum over $m$ is below $10^{-16}\,\Gamma(p)$ for small $p$. It is
bounded by its first term: $|\Gamma(p+iy)|^2=\prod_{s<p}(s^2+y^2)\cdot\pi/(y\sinh\pi y)$, the product grows at most like
$m^{2p}\le4^{p(m-1)}$, and $\sinh(\pi ym)\ge\sinh(\pi y)\,e^{\pi y(m-1)}$, so the terms fall at least as fast as $(2^pe^{-\pi
y/2})^{m-1}$.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, arb_mat

from equilibria.checking.document import Rejected

CHAINS = 3
"""Nodes to a factor of two."""

DEEP = 80
"""$t\\,u$ at the last node: what is left out above is of the order of exp(-80)."""

SHALLOW = 46
"""Factors of two between the first node and the inverse of the largest sum: what is left out below is some 2^-46 of it."""


def nodes_for(least: arb, most: arb) -> list[arb]:
    """The nodes for sums in `[least, most]`: powers of the cube root of two; every `CHAINS`-th is twice one before it."""
    first = -SHALLOW - _octave(most)
    last = _octave(DEEP / least) + 1
    if not 0 < last - first < 2000:
        raise Rejected("scores are too far apart to be added up")
    roots = [arb(2) ** (arb(k) / CHAINS) for k in range(CHAINS)]
    return [root * arb(2) ** octave for octave in range(first, last) for root in roots]


def _octave(x: arb) -> int:
    """A whole number near log2 of a positive ball, not below it."""
    if not x > 0:
        raise Rejected("a sum of scores must be positive")
    return int(float((x.upper().log() / arb(2).log()).upper()) // 1) + 1


def decays(nodes: Sequence[arb], x: arb) -> list[arb]:
    """`exp(-t x)` at the nodes: each chain is squared onwards."""
    values: list[arb] = [(-t * x).exp() for t in nodes[:CHAINS]]
    for k in range(CHAINS, len(nodes)):
        before = values[k - CHAINS]
        values.append(before * before)
    return values


class InversePowers:
    """$g_p(x)$ for `p = 1, 2, ...` and `x >= 0` with `x + least > 0`."""

    def __init__(self, nodes: list[arb], products: Sequence[arb], least: arb, powers: int) -> None:
        """Args:
            nodes: from `nodes_for`.
            products: the product of the transforms of all rivals at each node.
            least: a lower bound of the sum of the rivals' scores.
            powers: the largest `p`.
        """
        self._nodes, self._least = nodes, least
        self._step = arb(2).log() / CHAINS
        rows, row = [], [self._step * product for product in products]
        gamma = arb(1)
        for p in range(1, powers + 1):
            row = [value * t for value, t in zip(row, nodes, strict=True)]
            gamma = gamma * max(p - 1, 1)
            rows.append([value / gamma for value in row])
        self._weights = {count: arb_mat(rows[:count]) for count in {1, min(3, powers), powers}}
        self.powers = powers
        self._relative = [self._aliasing(p) for p in range(1, powers + 1)]

    def _aliasing(self, p: int) -> arb:
        """A ball around 1 that holds the whole sum over `Gamma(p) u^-p`."""
        y = 2 * arb.pi() / self._step
        first = arb.pi() / (y * (arb.pi() * y).sinh())
        for s in range(p):
            first = first * (s * s + y * y) / (s * s if s else 1)
        ratio = arb(2) ** p * (-arb.pi() * y / 2).exp()
        error = (2 * first.sqrt() / (1 - ratio)).upper()
        return 1 + (-error).union(error)

    def at(self, x: arb, count: int | None = None) -> list[arb]:
        """All powers at a tight ball, or the first `count`, which is 1 or 3."""
        weights = self._weights[self.powers if count is None else count]
        column = weights * arb_mat([[value] for value in decays(self._nodes, x)])
        results = []
        low, high = self._nodes[0], self._nodes[-1] * arb(2) ** (arb(1) / CHAINS)
        least = x.lower() + self._least
        falling = (-high * least).exp()
        grown, risen, gamma = arb(1), arb(1), arb(1)
        for k, relative in enumerate(self._relative[: weights.nrows()]):
            p = k + 1
            grown, risen, gamma = grown * low, risen * high, gamma * max(k, 1)
            growth = arb(2) ** (arb(p) / CHAINS)
            below = self._step * grown / (growth - 1)
            ratio = growth * (-high * least * (growth ** (arb(1) / p) - 1)).exp()
            if not ratio < 0.5:
                raise Rejected("the nodes do not reach far enough for the scores")
            above = 2 * self._step * risen * falling
            rest = arb(0).union((below + above).upper()) / gamma
            results.append((column[k, 0] + rest) / relative)
        return results

    def over(self, x: arb) -> list[arb]:
        """The first three powers over a ball of any width: they fall in `x`."""
        pairs = zip(self.at(x.lower(), 3), self.at(x.upper(), 3), strict=True)
        return [first.union(last) for first, last in pairs]
