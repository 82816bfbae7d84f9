r"""Two items and three buyers: two want one item each, the third wants both or nothing.

Buyers of single items have independent private values $v_1 \sim F_1$, $v_2 \sim F_2$; the buyer of the package has
$w \sim G$. This is the local-local-global model of package auctions: together the two can outbid the third, and each would
rather have the other pay for it. Buyers of single items come first in the order of the market.
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

__all__ = ["PackageSale"]


@final
@dataclass(frozen=True, slots=True, init=False)
class PackageSale(Market):
    """One seller of two items, two buyers of one item each, and one buyer of the package.

    Arguments:
        singles: law of the value of each of the two buyers who want one item, by label, in money.
        package: law of the value of the one who wants both, by label, in the same money.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import PackageSale, Uniform
        >>> PackageSale(singles={"a": Uniform(0, 1), "b": Uniform(0, 1)}, package={"both": Uniform(0, 2)}).labels
        ('a', 'b', 'both')
    """

    kind = "package_sale"
    priors_key = "values"
    sign = -1

    def __init__(self, singles: Mapping[str, Distribution], package: Mapping[str, Distribution]) -> None:
        laws = merged_sides(singles=singles, package=package)
        for name, side, size in (("singles", singles, 2), ("package", package, 1)):
            if len(side) != size:
                raise InvalidInput(f"{name} must have {size} entr{'y' if size == 1 else 'ies'}; got {shown(list(side))}.")
        self._set(laws, None, 1)

    @property
    def singles(self) -> tuple[str, ...]:
        """Labels of the two who want one item each."""
        return self.labels[:2]

    @property
    def package(self) -> str:
        """Label of the one who wants both."""
        return self.labels[2]

    def as_procurement(self) -> Procurement:
        raise Refused("a PackageSale sells two items that one buyer wants together: it mirrors no procurement of one proof.")

    def spec(self) -> dict[str, object]:
        """The market as plain JSON values; `market_specs.market_from_spec` returns an equal market."""
        laws = {label: prior.spec() for label, prior in zip(self.labels, self.priors, strict=True)}
        return {
            "kind": self.kind,
            "singles": {label: laws[label] for label in self.singles},
            "package": {self.package: laws[self.package]},
        }


def _read(spec: Spec, where: str) -> Market:
    for extra in spec.keys() - {"kind", "singles", "package"}:
        raise InvalidInput(f"{where}.{extra} must be one of kind, singles, package. Drop it.")
    return PackageSale(read_laws(spec, "singles", where), read_laws(spec, "package", where))


MARKETS["package_sale"] = _read
