r"""A knapsack double auction in the style of DARA (reconstructed): all-or-nothing demands, first excluded densities as prices.

Users $i$ bid $f_i$ for $d_i$ proofs together. Sort them by density $f_i/d_i$ downwards, with $D_k=\sum_{i\le k}d_i$, and provers
by asks $p_1\le p_2\le\dots$, with $S_\ell=\sum_{j\le\ell}s_j$. For the first $\ell$ provers let $k(\ell)$ be the largest $k$ with
$D_k\le S_\ell$ (users are taken in order, without skipping one that does not fit), and $\delta_\ell$ the density of user
$k(\ell)+1$, 0 if there is none. With

$$ \ell^*=\max\{\ell<n : \delta_\ell\ge p_{\ell+1}\}, \qquad k=k(\ell^*), $$

users $1,\dots,k$ are served and pay $\delta_{\ell^*}$ for each of their proofs; provers $1,\dots,\ell^*$ make the same share
$D_k/S_{\ell^*}$ of their capacity each (in expectation), at $p_{\ell^*+1}$ a proof. With demands of 1 it is `ProoflikeC`, for
positive costs.

**Theorem.** For reports of at least 0 and sizes that are public: truth is dominant on both sides, nobody loses by it, and there
is no deficit.

*Proof.* Served users pay at most their density, provers get at least their ask, and $\delta_{\ell^*}\ge p_{\ell^*+1}$ for the
same number of proofs. *Served user*: above $\delta_{\ell^*}$ its bid moves, for $\ell\ge\ell^*$, neither the first $k(\ell)$ nor
the one behind. Below, it stands behind user $k+1$, who with it and those before is too much for $S_{\ell^*}$; and an
$\ell>\ell^*$ that served it would serve the same users as in truth, with the same one behind, and was not feasible. *User that is
not served*: at a price below its density those served are the same as in truth, where $\ell$ was feasible as well and so served
it. *Chosen prover*: below $p_{\ell^*+1}$ its ask moves nothing for $\ell\ge\ell^*$; above, it is among the first $\ell$ only for
$\ell>\ell^*$, where nothing has changed and nothing is feasible. *Prover that is not chosen*: at a price above its cost the first
$\ell$ are the same as in truth, where they were not feasible. $\square$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.errors import Refused
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import BatchSides, ExchangeMechanism, Sides, ascending, descending, ranks
from mechanisms.statement import Number

__all__ = ["DaraStyle"]


@final
@dataclass(frozen=True, slots=True)
class DaraStyle(ExchangeMechanism):
    """DARA-style (reconstructed): greedy by density on both sides, priced by the first who are left out.

    Raises:
        Refused: when mirrored.

    Notes:
        Demands and capacities are taken as given. A user whose demand does not fit keeps out all of lower density. Group
        strategy-proofness is claimed of DARA and not shown here; the published allocation rule was not available, and fidelity
        to it is not claimed. Equal densities and asks: the first in market order ranks first.

    Example:
        >>> from mechanisms import DaraStyle, Exchange, Uniform
        >>> law = Uniform(0, 40)
        >>> users, provers = {"u": law, "v": law, "w": law}, {"a": law, "b": law, "c": law}
        >>> market = Exchange(users, provers, capacities={"a": 2, "b": 2, "c": 1}, demands={"u": 3, "w": 2})
        >>> bids = {"u": 30.0, "v": 5.0, "w": 14.0, "a": 1.0, "b": 2.0, "c": 4.0}
        >>> dict(DaraStyle().outcome(market, bids).payments)
        {'u': 21.0, 'v': 0.0, 'w': 0.0, 'a': 6.0, 'b': 6.0, 'c': 0.0}

    References:
        Lagrange (2024), DARA: robust double auctions for resource allocation, ePrint 2024/1750, of which only the abstract was
        read; the rule and the theorem are this project's.
    """

    kind = "dara_style"
    truthful: ClassVar[bool] = True
    takes_demands: ClassVar[bool] = True

    def mirrored(self) -> Self:
        raise Refused("DaraStyle serves demands whole and uses provers in part: it has no mirror image.")

    def _exact(self, exchange: Exchange, fees: list[Any], asks: list[Any], number: Number) -> Sides:
        densities = [fee * number(Fraction(1, size)) for fee, size in zip(fees, exchange.demands, strict=True)]
        users, provers, zero = descending(densities), ascending(asks), number(0)
        taken = sold = supply = 0
        best = (0, 0, 0, 0)
        for place, prover in enumerate(provers[:-1]):
            supply += exchange.capacities[prover]
            while taken < len(users) and sold + exchange.demands[users[taken]] <= supply:
                sold += exchange.demands[users[taken]]
                taken += 1
            excluded = densities[users[taken]] if taken < len(users) else zero
            if not excluded >= asks[provers[place + 1]]:
                break
            best = (place + 1, taken, sold, supply)
        chosen, k, sold, supply = best
        buys, sells = set(users[:k]), set(provers[:chosen])
        pay = densities[users[k]] if 0 < k < len(users) else zero
        paid = asks[provers[chosen]] if chosen else zero
        share = number(Fraction(sold, max(supply, 1)))
        made = [share * exchange.capacities[j] if j in sells else zero for j in range(len(asks))]
        served = [number(int(i in buys)) for i in range(len(fees))]
        pays = [pay * exchange.demands[i] if i in buys else zero for i in range(len(fees))]
        return served, made, pays, [paid * count for count in made]

    def _batch(self, exchange: Exchange, fees: FloatArray, asks: FloatArray) -> BatchSides:
        demands, capacities = np.array(exchange.demands), np.array(exchange.capacities)
        m, n = fees.shape[-1], asks.shape[-1]
        densities = fees / demands
        users, provers = np.argsort(-densities, axis=-1, kind="stable"), np.argsort(asks, axis=-1, kind="stable")
        d = np.concatenate([np.take_along_axis(densities, users, axis=-1), np.zeros((len(fees), 1))], axis=-1)
        p, sold = np.take_along_axis(asks, provers, axis=-1), demands[users].cumsum(axis=-1)
        supply = capacities[provers].cumsum(axis=-1)
        taken = (sold[:, None, :] <= supply[:, :, None]).sum(axis=-1)
        fits = np.take_along_axis(d, taken[:, :-1], axis=-1) >= p[:, 1:]
        chosen = np.logical_and.accumulate(fits, axis=-1).sum(axis=-1)[:, None]
        first = [np.zeros((len(fees), 1), dtype=taken.dtype)]
        k = np.take_along_axis(np.concatenate([*first, taken], axis=-1), chosen, axis=-1)
        sold, supply = (
            np.take_along_axis(np.concatenate([*first, sums], axis=-1), place, axis=-1)
            for sums, place in ((sold, k), (supply, chosen))
        )
        buys, sells = ranks(users) < k, ranks(provers) < chosen
        pay, paid = np.take_along_axis(d, np.minimum(k, m), axis=-1), np.take_along_axis(p, np.minimum(chosen, n - 1), axis=-1)
        made = np.where(sells, capacities * (sold / np.maximum(supply, 1)), 0.0)
        return buys.astype(np.float64), made, np.where(buys, pay * demands, 0.0), paid * made
