r"""The allocation maximises reported welfare.

In a sale of $k$ proofs that are worth $w$ to the seller (0 if nobody said), $\sum_i (v_i - w)x_i$ is at least what any set of at
most $k$ buyers gives; in a procurement $\sum_i (v - c_i)x_i$ that of any set of at most $k$ provers, and without a value $v$ all
$k$ proofs are bought at least cost; in an exchange $\sum_i s_i\theta_i x_i$ that of any set of users and one as large of provers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import ClassVar, final

from equilibria.proofs.affine import ONE, Form, combined, constant, scaled, summed, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, product, truthful
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import others
from equilibria.proofs.trees import Leaf
from mechanisms.errors import Refused

__all__ = ["Efficiency"]


@final
@dataclass(frozen=True, slots=True)
class Efficiency(Property):
    """The allocation maximises reported welfare."""

    name: ClassVar[str] = "efficiency"

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        if setting.sizes:
            raise Refused("efficiency is defined here for single proofs; this exchange has capacities or demands. Drop them.")
        worths = [_worth(setting, place) for place in range(setting.agents)]
        sets = list(feasible(setting))

        def claims(leaves: Sequence[Leaf]) -> list[Claim]:
            allocation = leaves[0].allocation
            welfare = summed(product(worth, share) for worth, share in zip(worths, allocation, strict=True))
            found = [Claim(combined(summed(worths[place] for place in chosen), -1, welfare)) for chosen in sets]
            if setting.kind == "procurement" and setting.value is None:
                bought = combined(constant(len(sets[0])), -1, summed(allocation))
                found.append(Claim(bought))
            return found

        yield truthful(setting, claims)

    def story(self, setting: Setting, found: Found) -> str:
        sets = list(feasible(setting))
        at = f"at {others(found.reports[0])}"
        if found.claim == len(sets):
            return f"{at} {Fraction(found.excess)} of the proofs are not bought"
        names = ", ".join(setting.labels[place] for place in sets[found.claim]) or "nobody"
        return f"{at} choosing {names} would raise welfare by {Fraction(found.excess)}"


def _worth(setting: Setting, place: int) -> Form:
    """What a proof for (or by) an agent adds to welfare."""
    form = scaled(variable(place), setting.signs[place])
    value = setting.value or 0
    if setting.kind == "exchange" or not value:
        return form
    return combined(form, 1, {ONE: -setting.signs[place] * value})


def feasible(setting: Setting) -> Iterator[tuple[int, ...]]:
    """The sets of agents among which an efficient rule chooses."""
    buyers, provers = setting.places(1), setting.places(-1)
    if setting.kind == "exchange":
        for size in range(min(len(buyers), len(provers)) + 1):
            for some in combinations(buyers, size):
                for other in combinations(provers, size):
                    yield some + other
        return
    most = min(setting.units, setting.agents)
    for size in range(most if setting.kind == "procurement" and setting.value is None else 0, most + 1):
        yield from combinations(buyers or provers, size)
