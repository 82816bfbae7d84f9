r"""Restaking: operators whose one stake secures several services.

Services $s$ are worth $\pi_s$ to whoever corrupts them, which takes the share $\alpha_s$ of the stake $\sigma_{N(s)}$ of the
operators $N(s)$ that run them. A coalition of operators $B$ *can* attack services $A$ if
$\sigma_{B\cap N(s)}\ge\alpha_s\sigma_{N(s)}$ for all $s\in A$, and loses all its stake; it *pays* if $\pi_A>\sigma_B$.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["Restaking", "Service"]

Money = Fraction | int | float | str


@final
@dataclass(frozen=True, slots=True, init=False)
class Service:
    r"""A service that is secured by stake.

    Arguments:
        profit: what corrupting it is worth, $\pi_s$, in the unit of the stakes; at least 0.
        threshold: the share of its operators' stake that corrupts it, $\alpha_s$, in (0, 1].
        operators: labels of the operators that run it; at least one.

    Raises:
        InvalidInput: naming the argument that is wrong.
    """

    profit: Fraction
    threshold: Fraction
    operators: tuple[str, ...]

    def __init__(self, profit: Money, threshold: Money, operators: Iterable[str]) -> None:
        share = exact_amount(threshold, "threshold", positive=True)
        if share > 1:
            raise InvalidInput(f"threshold must lie in (0, 1]; got {shown(threshold)}. It is a share of stake.")
        if isinstance(operators, str) or not isinstance(operators, Iterable):
            raise InvalidInput(f"operators must be labels of operators; got {shown(operators)}. Try ['alice'].")
        names = tuple(operators)
        if not names or len(set(names)) < len(names):
            raise InvalidInput(f"operators must be different labels, at least one; got {shown(names)}.")
        object.__setattr__(self, "profit", exact_amount(profit, "profit"))
        object.__setattr__(self, "threshold", share)
        object.__setattr__(self, "operators", names)


@final
@dataclass(frozen=True, slots=True, init=False)
class Restaking:
    r"""Operators with stakes, and the services that they secure.

    Arguments:
        operators: the stake $\sigma_v$ of each operator by label, positive.
        services: a `Service` by label.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> network = Restaking(operators={"a": 10, "b": 10}, services={"bridge": Service(6, "1/2", ["a", "b"])})
        >>> network.attack_profit(["a"], ["bridge"]), network.stake(["a", "b"])
        (Fraction(-4, 1), Fraction(20, 1))

    References:
        Durvasula and Roughgarden (2025), Robust restaking networks, ITCS; arXiv 2407.21785.
    """

    operators: Mapping[str, Fraction]
    services: Mapping[str, Service]

    def __init__(self, operators: Mapping[str, Money], services: Mapping[str, Service]) -> None:
        for name, given in (("operators", operators), ("services", services)):
            if not isinstance(given, Mapping) or not given:
                raise InvalidInput(f"{name} must be a mapping by label with at least one entry; got {shown(given)}.")
            for label in given:
                if not isinstance(label, str) or not label.strip():
                    raise InvalidInput(f"{name} must have non-empty strings as labels; got {shown(label)}.")
        stakes = {label: exact_amount(stake, f"operators.{label}", positive=True) for label, stake in operators.items()}
        for label, service in services.items():
            if not isinstance(service, Service):
                raise InvalidInput(f"services.{label} must be a Service; got {shown(service)}. Try Service(6, '1/2', ['a']).")
            for operator in service.operators:
                if operator not in stakes:
                    raise InvalidInput(f"services.{label}.operators must be among operators; got {shown(operator)}.")
        object.__setattr__(self, "operators", stakes)
        object.__setattr__(self, "services", dict(services))

    def stake(self, coalition: Iterable[str]) -> Fraction:
        """The stake of some operators together."""
        return sum((self.operators[label] for label in coalition), Fraction(0))

    def corruptible(self, coalition: Iterable[str]) -> tuple[str, ...]:
        """The services that a coalition can attack."""
        group = set(coalition)
        return tuple(
            label
            for label, service in self.services.items()
            if self.stake(group.intersection(service.operators)) >= service.threshold * self.stake(service.operators)
        )

    def attack_profit(self, coalition: Iterable[str], services: Iterable[str]) -> Fraction:
        r"""$\pi_A-\sigma_B$ of an attack.

        Raises:
            InvalidInput: the coalition cannot attack one of the services.
        """
        group, targets = set(coalition), set(services)
        for label in sorted(targets.difference(self.corruptible(group))):
            raise InvalidInput(f"services must be ones that the coalition can attack; got {shown(label)}.")
        return sum((self.services[label].profit for label in targets), Fraction(0)) - self.stake(group)

    def graph(self) -> Any:
        """The bipartite `networkx` graph, with nodes `("operator", label)` and `("service", label)`."""
        import networkx

        graph = networkx.Graph()
        for label, stake in self.operators.items():
            graph.add_node(("operator", label), bipartite=0, stake=stake)
        for label, service in self.services.items():
            graph.add_node(("service", label), bipartite=1, profit=service.profit, threshold=service.threshold)
            graph.add_edges_from((("service", label), ("operator", operator)) for operator in service.operators)
        return graph
