r"""A market with two sides: users who value a proof, and provers who can make one.

Users $i$ have independent private values $v_i \sim F_i$, provers $j$ independent private costs $c_j \sim G_j$; each user
wants one proof, each prover makes at most one. Users come first in the order of the market. The mirror image, $v' = -c$ and
$c' = -v$, swaps the sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput, Refused
from mechanisms.market_specs import MARKETS, Spec, read_laws
from mechanisms.markets import Market, Procurement
from mechanisms.sides import merged_sides

__all__ = ["Exchange"]


@final
@dataclass(frozen=True, slots=True, init=False)
class Exchange(Market):
    """Users buy proofs from provers; what a proof is worth and what it costs are private and independent.

    Arguments:
        users: law of each user's value of a proof by label, in money; at least one user.
        provers: law of each prover's cost of a proof by label, in the same money; at least one prover.

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

    def __init__(self, users: Mapping[str, Distribution], provers: Mapping[str, Distribution]) -> None:
        self._set(merged_sides(users=users, provers=provers), None, 1)
        object.__setattr__(self, "buyers", len(users))

    @property
    def users(self) -> tuple[str, ...]:
        """Labels of those who buy."""
        return self.labels[: self.buyers]

    @property
    def provers(self) -> tuple[str, ...]:
        """Labels of those who sell."""
        return self.labels[self.buyers :]

    def as_procurement(self) -> Procurement:
        raise Refused("an Exchange has private values and private costs: it is no procurement. Use a rule of exchanges.")

    def mirrored(self) -> Exchange:
        """The mirror image: a user of value v becomes a prover of cost -v, and the other way round."""
        laws = {label: prior.reflected() for label, prior in zip(self.labels, self.priors, strict=True)}
        return Exchange({label: laws[label] for label in self.provers}, {label: laws[label] for label in self.users})

    def spec(self) -> dict[str, object]:
        """The market as plain JSON values; `market_specs.market_from_spec` returns an equal market."""
        laws = {label: prior.spec() for label, prior in zip(self.labels, self.priors, strict=True)}
        return {
            "kind": self.kind,
            "users": {label: laws[label] for label in self.users},
            "provers": {label: laws[label] for label in self.provers},
        }


def _read(spec: Spec, where: str) -> Market:
    for extra in spec.keys() - {"kind", "users", "provers"}:
        raise InvalidInput(f"{where}.{extra} must be one of kind, users, provers. Drop it.")
    return Exchange(read_laws(spec, "users", where), read_laws(spec, "provers", where))


MARKETS["exchange"] = _read
