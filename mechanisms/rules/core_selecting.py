r"""Core-selecting payments of a package sale: no coalition of losers and seller can do better.

If the two of single items win, with bids $b_1+b_2\ge w$, the core of least revenue is the segment of payments
$t_1+t_2=w$, $\max(0, w-b_2)\le t_1\le\min(b_1, w)$; of it the point nearest to a reference $(\rho_1,\rho_2)$ is paid,

$$ t_1=\operatorname{median}\bigl(\max(0,w-b_2),\; \tfrac12(w+\rho_1-\rho_2),\; \min(b_1,w)\bigr). $$

The references are the Vickrey payments $\rho_i=\max(0,w-b_{3-i})$, the bids, or zero (the proxy auction). If the third wins it
pays $b_1+b_2$, so its own value is a dominant bid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self, final, get_args

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.packages import PackageMechanism

__all__ = ["CoreSelecting", "Reference"]

Reference = Literal["nearest_vcg", "nearest_bid", "nearest_zero"]


@final
@dataclass(frozen=True, slots=True)
class CoreSelecting(PackageMechanism):
    """The highest total bid wins; the winners pay the point of the least-revenue core nearest to a reference.

    Arguments:
        payment: the reference: `"nearest_vcg"` (Vickrey payments), `"nearest_bid"` (the bids) or `"nearest_zero"` (the
            proxy auction).

    Raises:
        InvalidInput: the reference is none of these.

    Notes:
        A tie goes to the two of single items.

    Example:
        >>> from mechanisms import CoreSelecting, PackageSale, Uniform
        >>> market = PackageSale(singles={"a": Uniform(0, 1), "b": Uniform(0, 1)}, package={"both": Uniform(0, 2)})
        >>> dict(CoreSelecting("nearest_vcg").outcome(market, {"a": 0.75, "b": 0.5, "both": 1.0}).payments)
        {'a': 0.625, 'b': 0.375, 'both': 0.0}

    References:
        Ausubel and Baranov (2020), Journal of Economic Theory 185; Day and Raghavan (2007), Management Science 53.
    """

    kind = "core_selecting"

    payment: Reference = "nearest_vcg"

    def __post_init__(self) -> None:
        if self.payment not in get_args(Reference):
            names = " or ".join(map(repr, get_args(Reference)))
            raise InvalidInput(f"payment must be {names}; got {shown(self.payment)}. Name a reference.")

    def mirrored(self) -> Self:
        raise Refused("a package sale has no mirror image among procurements of one proof.")

    def _exact(self, first: Any, second: Any, package: Any, half: Any) -> tuple[Any, Any, Any]:
        zero = package - package
        least, most = max(zero, package - second), min(first, package)
        if self.payment == "nearest_vcg":
            skew = least - max(zero, package - first)
        else:
            skew = first - second if self.payment == "nearest_bid" else zero
        paid = max(least, min(half * (package + skew), most))
        return paid, package - paid, first + second

    def _batch(self, first: FloatArray, second: FloatArray, package: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        least, most = np.maximum(0.0, package - second), np.minimum(first, package)
        if self.payment == "nearest_vcg":
            skew = least - np.maximum(0.0, package - first)
        else:
            skew = first - second if self.payment == "nearest_bid" else np.zeros_like(first)
        paid = np.maximum(least, np.minimum(0.5 * (package + skew), most))
        return paid, package - paid, first + second
