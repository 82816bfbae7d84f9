r"""A market with two sides: users who value a proof, and provers who can make one.

Users $i$ have independent private values $v_i \sim F_i$, provers $j$ independent private costs $c_j \sim G_j$ per proof. Unless
sizes are given each user wants one proof and each prover makes at most one. A prover of capacity $s_j$ makes up to $s_j$; a user
of demand $d_i$ wants all of $d_i$ proofs or none, and $v_i$ is what all of them together are worth. Sizes are public. Users come
first in the order of the market. The mirror image, $v' = -c$ and $c' = -v$, swaps the sides of a market without sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.market_specs import MARKETS, Spec, read_laws
from mechanisms.markets import Market, Procurement
from mechanisms.sides import merged_sides

__all__ = ["Exchange"]

# Sizes are spread out into single proofs by some rules, which then take memory in proportion.
MOST = 1_000_000


@final
@dataclass(frozen=True, slots=True, init=False)
class Exchange(Market):
    """Users buy proofs from provers; what a proof is worth and what it costs are private and independent.

    Arguments:
        users: law of each user's value by label, in money, of all the proofs that it demands; at least one user.
        provers: law of each prover's cost of a proof by label, in the same money; at least one prover.
        capacities: by label, how many proofs a prover can make, a positive whole number; 1 for those left out.
        demands: by label, how many proofs a user needs, all or none of them; 1 for those left out.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import Exchange, Uniform
        >>> market = Exchange(users={"rollup": Uniform(0, 1)}, provers={"alice": Uniform(0, 1)})
        >>> market.users, market.provers
        (('rollup',), ('alice',))
    """

    kind = "exchange"
    priors_key = "users"
    sign = 1

    buyers: int
    capacities: tuple[int, ...]
    demands: tuple[int, ...]

    def __init__(
        self,
        users: Mapping[str, Distribution],
        provers: Mapping[str, Distribution],
        *,
        capacities: Mapping[str, int] | None = None,
        demands: Mapping[str, int] | None = None,
    ) -> None:
        self._set(merged_sides(users=users, provers=provers), None, 1)
        object.__setattr__(self, "buyers", len(users))
        object.__setattr__(self, "capacities", _sizes("capacities", capacities, self.provers, "prover"))
        object.__setattr__(self, "demands", _sizes("demands", demands, self.users, "user"))

    @property
    def users(self) -> tuple[str, ...]:
        """Labels of those who buy."""
        return self.labels[: self.buyers]

    @property
    def provers(self) -> tuple[str, ...]:
        """Labels of those who sell."""
        return self.labels[self.buyers :]

    @property
    def unit(self) -> bool:
        """Whether every user wants one proof and every prover makes at most one."""
        return all(size == 1 for size in (*self.capacities, *self.demands))

    def as_procurement(self) -> Procurement:
        raise Refused("an Exchange has private values and private costs: it is no procurement. Use a rule of exchanges.")

    def mirrored(self) -> Exchange:
        """The mirror image: a user of value v becomes a prover of cost -v, and the other way round.

        Raises:
            Refused: there are sizes: a demand is all or nothing, a capacity can be used in part.
        """
        if not self.unit:
            raise Refused("an Exchange with capacities or demands has no mirror image: a demand is all or nothing. Drop them.")
        laws = {label: prior.reflected() for label, prior in zip(self.labels, self.priors, strict=True)}
        return Exchange({label: laws[label] for label in self.provers}, {label: laws[label] for label in self.users})

    def spec(self) -> dict[str, object]:
        """The market as plain JSON values; `market_specs.market_from_spec` returns an equal market."""
        laws = {label: prior.spec() for label, prior in zip(self.labels, self.priors, strict=True)}
        spec: dict[str, object] = {
            "kind": self.kind,
            "users": {label: laws[label] for label in self.users},
            "provers": {label: laws[label] for label in self.provers},
        }
        for name, labels, sizes in (("capacities", self.provers, self.capacities), ("demands", self.users, self.demands)):
            if any(size != 1 for size in sizes):
                spec[name] = dict(zip(labels, sizes, strict=True))
        return spec


def _sizes(name: str, given: Mapping[str, int] | None, labels: tuple[str, ...], what: str) -> tuple[int, ...]:
    if given is None:
        return (1,) * len(labels)
    if not isinstance(given, Mapping):
        raise InvalidInput(f"{name} must be a mapping from labels to whole numbers; got {shown(given)}. Leave it out for 1 each.")
    for label, size in given.items():
        if label not in labels:
            raise InvalidInput(f"{name}.{label} must be the label of a {what}; got {shown(label)}. Drop it.")
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST:
            raise InvalidInput(f"{name}.{label} must be a whole number from 1 to {MOST}; got {shown(size)}.")
    return tuple(given.get(label, 1) for label in labels)


def _read(spec: Spec, where: str) -> Market:
    keys = ("kind", "users", "provers", "capacities", "demands")
    for extra in spec.keys() - set(keys):
        raise InvalidInput(f"{where}.{extra} must be one of {', '.join(keys)}. Drop it.")
    return Exchange(
        read_laws(spec, "users", where),
        read_laws(spec, "provers", where),
        capacities=spec.get("capacities"),  # type: ignore[arg-type]  # the constructor checks both
        demands=spec.get("demands"),  # type: ignore[arg-type]
    )


MARKETS["exchange"] = _read
