r"""Contests with known costs: share functions, each monotone in the aggregate, and one root.

With the scores $x_i=e_i^\alpha$, $\alpha\le1$, and the aggregate $Z=\sum_ix_i$, the best reply of a contestant with cost $c$
to the rest of $Z$ is a share $\sigma=x/Z$ that solves

$$ V\alpha\,(1-\sigma)=c\,Z^{1/\alpha}\,\sigma^{1/\alpha-1}, $$

($\sigma=\max(0,1-cZ/V)$ for $\alpha=1$). The left side falls in $\sigma$, the right side rises, so the share is unique, and
it falls in $Z$. The equilibrium is the one $Z$ at which the shares add up to 1.

References:
    Cornes and Hartley (2005), Economic Theory 26, 923-946.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms import InvalidInput, Refused

__all__ = ["ShareFunctions"]

HALVINGS = 200
"""Bisections after which a bracket has shrunk to rounding, from any start."""


@dataclass(frozen=True, slots=True)
class ShareFunctions:
    """Efforts of a contest with known costs.

    Arguments:
        exponent: $\\alpha$, in (0, 1]; above 1 a best reply is not a function of the aggregate.

    Raises:
        Refused: the exponent is above 1.
    """

    exponent: float = 1.0

    def __post_init__(self) -> None:
        if not self.exponent > 0.0:
            raise InvalidInput(f"exponent must be positive; got {self.exponent!r}. With 1 chances are shares of efforts.")
        if self.exponent > 1.0:
            raise Refused(f"with an exponent of {self.exponent} > 1 shares are not functions of the aggregate. Use one up to 1.")

    def efforts(self, costs: ArrayLike, prize: float) -> NDArray[np.float64]:
        """The efforts of the unique equilibrium.

        Arguments:
            costs: two or more positive costs per unit of effort.
            prize: what is won, positive.

        Example:
            >>> ShareFunctions().efforts([1.0, 1.0], prize=1.0).round(12).tolist()
            [0.25, 0.25]
        """
        c = np.asarray(costs, dtype=np.float64)
        if c.ndim != 1 or len(c) < 2 or not np.all(np.isfinite(c) & (c > 0.0)) or not prize > 0.0:
            raise InvalidInput(f"costs must be two or more positive numbers, and the prize positive; got {costs!r}, {prize!r}.")
        most = len(c) * (prize / c.min()) ** self.exponent
        low, high = 0.0, most
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if self._shares(c / prize, middle).sum() > 1.0:
                low = middle
            else:
                high = middle
            if not low < 0.5 * (low + high) < high:
                break
        shares = self._shares(c / prize, high)
        return np.asarray((shares / shares.sum() * high) ** (1.0 / self.exponent))

    def _shares(self, costs: NDArray[np.float64], aggregate: float) -> NDArray[np.float64]:
        if self.exponent == 1.0:
            return np.maximum(1.0 - costs * aggregate, 0.0)
        power = 1.0 / self.exponent
        weight = costs * aggregate**power / self.exponent
        low, high = np.zeros_like(costs), np.ones_like(costs)
        for _ in range(60):
            middle = 0.5 * (low + high)
            eager = 1.0 - middle > weight * middle ** (power - 1.0)
            low, high = np.where(eager, middle, low), np.where(eager, high, middle)
        return 0.5 * (low + high)
