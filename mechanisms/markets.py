r"""Who knows what: provers and the laws of their private costs.

A `Procurement` has one requester, who buys one proof, and provers $i$ with independent private costs
$c_i \sim F_i$. A `Sale` is its mirror image: one seller, and buyers with independent private values
$v_i \sim F_i$. Reflection, $c = -v$, turns a sale into a procurement, so every rule is stated and solved for
procurements only; `sign` ($+1$ in a procurement, $-1$ in a sale) turns amounts back.

Labels name provers (buyers in a sale) everywhere; their order in the market is the tie order of ranked rules
and the order of the last axis of arrays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, final

from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput

__all__ = ["Market", "Procurement", "Sale"]


@dataclass(frozen=True, slots=True, init=False)
class Market(ABC):
    """Labelled agents with independent private information; abstract, its subclasses are final."""

    kind: ClassVar[str]
    priors_key: ClassVar[str]
    sign: ClassVar[Literal[1, -1]]
    lots: ClassVar[bool] = False
    """Whether lots decide among equal bids, where a rule takes the first in market order otherwise."""

    labels: tuple[str, ...]
    priors: tuple[Distribution, ...]
    value: float | Distribution | None
    tasks: int
    capacities: tuple[int, ...] | None

    def _set(
        self, priors: Mapping[str, Distribution], value: float | Distribution | None, tasks: int,
        capacities: Mapping[str, int] | None = None,
    ) -> None:
        """Checks and stores what both constructors take."""
        name = self.priors_key
        if not isinstance(priors, Mapping) or not priors:
            raise InvalidInput(
                f"{name} must be a mapping from labels to distributions with at least one entry; "
                f"got {shown(priors)}. Give for example {name}={{'alice': Uniform(0, 1)}}."
            )
        for label, prior in priors.items():
            if not isinstance(label, str) or not label.strip():
                raise InvalidInput(
                    f"{name} must have non-empty strings as labels; got {shown(label)}. Name the agent."
                )
            if not isinstance(prior, Distribution):
                raise InvalidInput(
                    f"{name}.{label} must be a distribution; got {shown(prior)}. For example Uniform(0, 1)."
                )
        if value is not None and not isinstance(value, Distribution):
            value = finite(value, "value")
        if isinstance(tasks, bool) or not isinstance(tasks, int) or tasks < 1:
            raise InvalidInput(f"tasks must be a positive whole number; got {shown(tasks)}. Pass tasks=1.")
        object.__setattr__(self, "labels", tuple(priors))
        object.__setattr__(self, "priors", tuple(priors.values()))
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "tasks", tasks)
        object.__setattr__(self, "capacities", None if capacities is None else _capacities(capacities, tuple(priors)))

    @abstractmethod
    def as_procurement(self) -> Procurement:
        """The same market with costs as private information: itself, or the mirror image of a sale."""

    def prior(self, label: str) -> Distribution:
        """The law of one agent's private information.

        Raises:
            InvalidInput: no agent has this label.
        """
        return self.priors[self.index(label)]

    def index(self, label: str) -> int:
        """The place of a label in the market's order.

        Raises:
            InvalidInput: no agent has this label.
        """
        if label not in self.labels:
            raise InvalidInput(f"label must be one of {shown_labels(self)}; got {shown(label)}.")
        return self.labels.index(label)

    def spec(self) -> dict[str, object]:
        """The market as plain JSON values; `market_specs.market_from_spec` returns an equal market."""
        value = self.value.spec() if isinstance(self.value, Distribution) else self.value
        priors = {label: prior.spec() for label, prior in zip(self.labels, self.priors, strict=True)}
        able = None if self.capacities is None else dict(zip(self.labels, self.capacities, strict=True))
        spec = {"kind": self.kind, "value": value, "tasks": self.tasks, "capacities": able, self.priors_key: priors}
        return {key: entry for key, entry in spec.items() if entry is not None}

    def played(self) -> dict[str, object]:
        """The `spec` without what is sunk when bids are made, which no equilibrium or optimum depends on: fixed costs."""
        return _without_fixed_costs(self.spec())


@final
@dataclass(frozen=True, slots=True, init=False)
class Procurement(Market):
    """One requester buys proofs from provers whose costs are private and independent.

    Arguments:
        costs: law of each prover's cost by label, in money per proof; at least one prover.
        value: what a proof is worth to the requester, in the same money: a number, the law of a number that
            only the requester knows, or None where it is not needed.
        tasks: number of proofs bought.
        capacities: how many of them each prover can make, by label, all at the same cost; 1 for who is left out. None for
            one each. Only rules that say so take capacities.
        fixed_costs: what being there costs each prover for each request, won or not (hardware over its life, in the same
            money): one amount for all, or one by label. Sunk when bids are made, so that nothing but long-run entry
            depends on them. None where they are not known.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 2)}, value=1)
        >>> market.labels, market.cost("bob")
        (('alice', 'bob'), Uniform(low=0.0, high=2.0))
    """

    kind = "procurement"
    priors_key = "costs"
    sign = 1

    fixed_costs: tuple[float, ...] | None = field(repr=False)

    def __init__(
        self, costs: Mapping[str, Distribution], value: float | Distribution | None = None, tasks: int = 1,
        capacities: Mapping[str, int] | None = None, fixed_costs: float | Mapping[str, float] | None = None,
    ) -> None:
        self._set(costs, value, tasks, capacities)
        object.__setattr__(self, "fixed_costs", None if fixed_costs is None else _fixed_costs(fixed_costs, self.labels))

    @property
    def costs(self) -> tuple[Distribution, ...]:
        """Laws of the costs in label order."""
        return self.priors

    def cost(self, label: str) -> Distribution:
        """The law of one prover's cost."""
        return self.prior(label)

    def spec(self) -> dict[str, object]:
        spec = super(Procurement, self).spec()
        if self.fixed_costs is not None:
            spec["fixed_costs"] = dict(zip(self.labels, self.fixed_costs, strict=True))
        return spec

    def as_procurement(self) -> Procurement:
        return self


@final
@dataclass(frozen=True, slots=True, init=False)
class Sale(Market):
    """The mirror image: one seller sells to buyers whose values are private and independent.

    Arguments:
        values: law of each buyer's value by label, in money per item; at least one buyer.
        value: the seller's own value of keeping the item: a number, a law, or None where it is not needed.
        tasks: number of items sold.
        capacities: how many of them each buyer wants, by label, all at the same value; 1 for who is left out. None for one
            each.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import Sale, Uniform
        >>> Sale({"a": Uniform(0, 1)}, value=0.25).as_procurement().value
        -0.25
    """

    kind = "sale"
    priors_key = "values"
    sign = -1

    def __init__(
        self, values: Mapping[str, Distribution], value: float | Distribution | None = None, tasks: int = 1,
        capacities: Mapping[str, int] | None = None,
    ) -> None:
        self._set(values, value, tasks, capacities)

    @property
    def values(self) -> tuple[Distribution, ...]:
        """Laws of the values in label order."""
        return self.priors

    def as_procurement(self) -> Procurement:
        costs = {label: prior.reflected() for label, prior in zip(self.labels, self.priors, strict=True)}
        value = self.value
        if value is not None:
            value = value.reflected() if isinstance(value, Distribution) else 0.0 - value
        capacities = None if self.capacities is None else dict(zip(self.labels, self.capacities, strict=True))
        return Procurement(costs, value, self.tasks, capacities)


def _capacities(capacities: Mapping[str, int], labels: tuple[str, ...]) -> tuple[int, ...] | None:
    """Capacities in label order, checked; None if everybody has one."""
    if not isinstance(capacities, Mapping):
        raise InvalidInput(f"capacities must be a mapping from labels to whole numbers; got {shown(capacities)}. Or None.")
    for label, capacity in capacities.items():
        if label not in labels:
            raise InvalidInput(f"capacities.{label} must be one of {', '.join(map(repr, labels))}. Drop it.")
        if isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 1:
            raise InvalidInput(f"capacities.{label} must be a positive whole number; got {shown(capacity)}. One is 1.")
    sizes = tuple(capacities.get(label, 1) for label in labels)
    return sizes if max(sizes) > 1 else None


def _fixed_costs(given: float | Mapping[str, float], labels: tuple[str, ...]) -> tuple[float, ...]:
    """Fixed costs in label order, checked."""
    amounts = given if isinstance(given, Mapping) else dict.fromkeys(labels, given)
    for label in amounts:
        if label not in labels:
            raise InvalidInput(f"fixed_costs.{label} must be one of {', '.join(map(repr, labels))}. Drop it.")
    for label in labels:
        if label not in amounts:
            raise InvalidInput(f"fixed_costs.{label} must be given; got nothing. Give one for every prover, or one for all.")
    checked = tuple(finite(amounts[label], f"fixed_costs.{label}" if given is amounts else "fixed_costs") for label in labels)
    for label, amount in zip(labels, checked, strict=True):
        if amount < 0.0:
            raise InvalidInput(f"fixed_costs.{label} must be at least 0; got {amount!r}. It is a cost.")
    return checked


def _without_fixed_costs(spec: Mapping[str, object]) -> dict[str, object]:
    """A spec without fixed costs, its own and those of a market inside."""
    kept = {key: entry for key, entry in spec.items() if key != "fixed_costs"}
    inner = kept.get("market")
    return kept | {"market": _without_fixed_costs(inner)} if isinstance(inner, Mapping) else kept


def shown_labels(market: Market) -> str:
    """The labels, quoted, for messages."""
    return ", ".join(map(repr, market.labels))
