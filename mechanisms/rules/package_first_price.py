r"""First price in a package sale: the highest total bid wins, and every winner pays its bid.

$$ \max_x\; (b_1+b_2)\,x + w\,(1-x), \qquad t_1=b_1x,\quad t_2=b_2x,\quad t_3=w\,(1-x). $$
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, final

from mechanisms._types import FloatArray
from mechanisms.errors import Refused
from mechanisms.packages import PackageMechanism

__all__ = ["PackageFirstPrice"]


@final
@dataclass(frozen=True, slots=True)
class PackageFirstPrice(PackageMechanism):
    """The highest total bid wins, and every winner pays its bid.

    Notes:
        A tie goes to the two of single items.

    Example:
        >>> from mechanisms import PackageFirstPrice, PackageSale, Uniform
        >>> market = PackageSale(singles={"a": Uniform(0, 1), "b": Uniform(0, 1)}, package={"both": Uniform(0, 2)})
        >>> dict(PackageFirstPrice().outcome(market, {"a": 0.75, "b": 0.5, "both": 1.0}).payments)
        {'a': 0.75, 'b': 0.5, 'both': 0.0}
    """

    kind = "package_first_price"

    def mirrored(self) -> Self:
        raise Refused("a package sale has no mirror image among procurements of one proof.")

    def _exact(self, first: Any, second: Any, package: Any, half: Any) -> tuple[Any, Any, Any]:
        return first, second, package

    def _batch(self, first: FloatArray, second: FloatArray, package: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        return first, second, package
