r"""How far one loss of stake spreads: attacks that pay only because others have lost their stake.

After a shock destroys operators $D$ with $\sigma_D\le\psi\sigma$, operators $B_1$ attack services $A_1$ in what is left, then
$B_2$ attack $A_2$ in what is left then, and so on, each attack paying. $R_\psi$ is the greatest share of stake that is lost in
all, $D$ included. *Theorem* (Durvasula and Roughgarden). With the buffer $\gamma>0$, $R_\psi<(1+1/\gamma)\psi$. *Proof*. Let
$A=\bigcup A_i$, $B=\bigcup B_i$. Whoever held the share $\alpha_s$ of what was left holds it of all together with what was
gone before, so $D\cup B$ can attack $A$ in the whole network and $(1+\gamma)\pi_A\le\sigma_D+\sigma_B$. Attacks paid:
$\sigma_B<\pi_A$. Together $\gamma\sigma_B<\sigma_D$, so $\sigma_D+\sigma_B<(1+1/\gamma)\sigma_D$. Without attacks the loss is
$\sigma_D\le\psi\sigma$. $\square$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms import InvalidInput, Refused, Restaking
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["Cascade", "cascade_bound", "worst_cascade"]

MOST_OPERATORS = 9
MOST_SERVICES = 6

Money = Fraction | int | float | str
Attack = tuple[tuple[str, ...], tuple[str, ...]]


@final
@dataclass(frozen=True, slots=True)
class Cascade:
    """The worst that follows from a shock.

    Arguments:
        lost: the share of all stake, $R_\\psi$.
        shock: the operators that the shock destroys.
        attacks: the operators and the services of each attack, in order.
    """

    lost: Fraction
    shock: tuple[str, ...]
    attacks: tuple[Attack, ...]


def cascade_bound(gamma: Money, shock: Money) -> Fraction:
    r"""$(1+1/\gamma)\psi$: what the loss stays below, whatever the network, if it has the buffer.

    Example:
        >>> cascade_bound("1/10", "1/1000")
        Fraction(11, 1000)
    """
    return (1 + 1 / exact_amount(gamma, "gamma", positive=True)) * exact_amount(shock, "shock")


def worst_cascade(network: Restaking, shock: Money) -> Cascade:
    r"""The worst shock of a size and the worst attacks after it, by search of all of them.

    Arguments:
        network: at most 9 operators and 6 services.
        shock: the share $\psi$ of all stake that may be destroyed, in [0, 1].

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: the network is too large to search.

    Notes:
        A service all of whose operators are gone counts as attacked by anybody, at no loss, which is the worst case. Usually
        well under a second; attacks that nearly pay make it longer.

    Example:
        >>> from mechanisms import Service
        >>> services = {"x": Service("21/4", "1/2", ["a", "b"])}
        >>> found = worst_cascade(Restaking(operators={"a": 6, "b": 5, "idle": 89}, services=services), "6/100")
        >>> found.lost, found.shock, found.attacks
        (Fraction(11, 100), ('a',), ((('b',), ('x',)),))
    """
    if not isinstance(network, Restaking):
        raise InvalidInput(f"network must be a Restaking; got {shown(network)}.")
    share = exact_amount(shock, "shock")
    if share > 1:
        raise InvalidInput(f"shock must lie in [0, 1]; got {shown(shock)}. It is a share of all stake.")
    if len(network.operators) > MOST_OPERATORS or len(network.services) > MOST_SERVICES:
        raise Refused(
            f"all cascades are searched for at most {MOST_OPERATORS} operators and {MOST_SERVICES} services; got "
            f"{len(network.operators)} and {len(network.services)}. Use cascade_bound with largest_buffer."
        )
    search = _Search(network)
    total = search.stakes[-1]
    best = Cascade(Fraction(0), (), ())
    for gone in range(len(search.stakes)):
        if search.stakes[gone] <= share * total:
            more, attacks = search.after((len(search.stakes) - 1) & ~gone, (1 << len(search.services)) - 1)
            lost = (search.stakes[gone] + more) / total
            if lost > best.lost:
                best = Cascade(lost, search.names(gone), attacks)
    return best


class _Search:
    """All attacks in what is left, by bit masks of operators and services."""

    def __init__(self, network: Restaking) -> None:
        self.operators = list(network.operators)
        self.services = list(network.services)
        self.stakes = [network.stake(self.names(mask)) for mask in range(1 << len(self.operators))]
        self.profits = [
            sum((network.services[s].profit for i, s in enumerate(self.services) if mask >> i & 1), Fraction(0))
            for mask in range(1 << len(self.services))
        ]
        self.runs = [
            sum(1 << i for i, name in enumerate(self.operators) if name in network.services[s].operators) for s in self.services
        ]
        self.thresholds = [network.services[s].threshold for s in self.services]
        self.known: dict[tuple[int, int], tuple[Fraction, tuple[Attack, ...]]] = {}

    def names(self, mask: int) -> tuple[str, ...]:
        return tuple(name for i, name in enumerate(self.operators) if mask >> i & 1)

    def after(self, left: int, services: int) -> tuple[Fraction, tuple[Attack, ...]]:
        """The most stake that attacks lose from here on, and the attacks."""
        if (left, services) not in self.known:
            best: tuple[Fraction, tuple[Attack, ...]] = (Fraction(0), ())
            group = left
            while group:
                can = self._corruptible(group, left, services)
                targets = can if self.profits[can] > self.stakes[group] else 0
                while targets:
                    if self.profits[targets] > self.stakes[group]:
                        more, attacks = self.after(left & ~group, services & ~targets)
                        if self.stakes[group] + more > best[0]:
                            named = tuple(s for i, s in enumerate(self.services) if targets >> i & 1)
                            best = (self.stakes[group] + more, ((self.names(group), named), *attacks))
                    targets = (targets - 1) & can
                group = (group - 1) & left
            self.known[left, services] = best
        return self.known[left, services]

    def _corruptible(self, group: int, left: int, services: int) -> int:
        can = 0
        for i, run in enumerate(self.runs):
            if services >> i & 1 and self.stakes[group & run] >= self.thresholds[i] * self.stakes[left & run]:
                can |= 1 << i
        return can
