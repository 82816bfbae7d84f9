r"""Curved shares (Garimidi, Neuder and Roughgarden, as reconstructed): cheap provers do more, nobody does all.

$$ \min_x \sum_i c_i\,x_i^{1+1/\alpha} \;\text{ s.t. } \sum_i x_i = 1 \quad\Longrightarrow\quad
   x_i = \frac{c_i^{-\alpha}}{\sum_j c_j^{-\alpha}} . $$

*Derivation.* The objective is strictly convex, and with the multiplier $\lambda$ of the constraint
$(1+1/\alpha)\,c_i\,x_i^{1/\alpha}=\lambda$, so $x_i\propto c_i^{-\alpha}$. Three payments go with it:

- *myerson*: $t_i=c_ix_i+\int_{c_i}^\infty x_i(z)\,dz$, under which the truth is dominant. With $A=\sum_{j\ne i}c_j^{-\alpha}$ the
  integrand is $1/(1+Az^\alpha)$, integrable if and only if $\alpha>1$, and the integral is
  $\frac{c\,u}{\alpha-1}\,{}_2F_1(1,1-\tfrac1\alpha;2-\tfrac1\alpha;-u)$ with $u=1/(Ac^\alpha)$.
- *proportional*: $t_i=b_ix_i(b)$, each is paid its bid for its share.
- *tullock*: no costs are reported; reports are work, $x_i=w_i^\alpha/\sum_jw_j^\alpha$, and the prize is shared in that ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from mechanisms.contest_market import Contest
from mechanisms.contest_rule import ContestRule, Division
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.statement import Number

__all__ = ["CurvedShare"]


@final
@dataclass(frozen=True, slots=True)
class CurvedShare(ContestRule):
    """The work of a `Contest` is divided by the costs that are reported, to the power `-alpha`; each bears the cost of its part.

    Reports are costs of the whole work (under `"tullock"`, work).

    Arguments:
        alpha: how much cheapness decides: near 0 even shares, large for winner-take-all; positive.
        payment: `"myerson"` (the truth is dominant; alpha above 1), `"proportional"` (each is paid its bid for its share) or
            `"tullock"` (the prize is shared by work). The prize of the contest enters under `"tullock"` only.

    Raises:
        InvalidInput: alpha is not positive, the payment is none of the three, or a reported cost is 0.
        Refused: Myerson's payment with alpha up to 1, which is infinite.

    Notes:
        Myerson's payments are computed to about 1e-14 in doubles; `solve` encloses them. The published formulas could not be
        read in full: what is here follows from the abstract's objective, and is called "-style" for that.

    Example:
        >>> from mechanisms import Contest, CurvedShare
        >>> market = Contest(prize=1, costs={"a": 1, "b": 1})
        >>> round(CurvedShare(alpha=2).outcome(market, {"a": 1.0, "b": 1.0}).payments["a"], 4)
        1.2854

    References:
        Garimidi, Neuder and Roughgarden (2026), arXiv 2603.27779 (abstract).
    """

    kind = "curved_share"

    alpha: float | Fraction
    payment: Literal["myerson", "proportional", "tullock"] = "myerson"

    def __post_init__(self) -> None:
        self._check_amount("alpha", optional=False)
        if not self.alpha > 0:
            raise InvalidInput(f"alpha must be positive; got {self.alpha!r}. With 2 the total paid is at most twice the cost.")
        if self.payment not in ("myerson", "proportional", "tullock"):
            raise InvalidInput(f"payment must be 'myerson', 'proportional' or 'tullock'; got {shown(self.payment)}.")
        if self.payment == "myerson" and self.alpha <= 1:
            raise Refused(
                f"Myerson's payment is finite for alpha > 1 only; got {self.alpha!r}. Against rivals of cost 1 a cost of z "
                "keeps about z**-alpha of the work, whose integral is infinite. Use alpha > 1 or payment='proportional'."
            )

    def divide(self, market: Contest, reports: Sequence[Any], number: Number) -> Division:
        sign = 1 if self.payment == "tullock" else -1
        for label, report in zip(market.labels, reports, strict=True):
            if sign < 0 and not report > 0:
                raise InvalidInput(f"bids.{label} must be positive; got {shown(report)}. A cost of 0 would take all the work.")
        power: Any = sign * self.alpha
        if number is Fraction and Fraction(power).denominator == 1 and self.payment != "myerson":
            power = int(power)
        else:
            number, reports, power = float, [float(report) for report in reports], float(power)
        scores = [report**power for report in reports]
        total = sum(scores)
        shares = [score / total if total else number(0) for score in scores]
        if self.payment == "tullock":
            return shares, [number(market.prize) * x for x in shares], [number(1 if work > 0 else 0) for work in reports]
        paid = [cost * x for cost, x in zip(reports, shares, strict=True)]
        if self.payment == "myerson":
            paid = [t + _rent(c, total - s, power) for t, c, s in zip(paid, reports, scores, strict=True)]
        return shares, paid, shares


def _rent(cost: float, rivals: float, power: float) -> float:
    r"""$\int_c^\infty dz/(1+Az^\alpha)$, the expected work that higher reports would still get."""
    from scipy.special import hyp2f1

    alpha = -power
    if rivals == 0.0:
        raise Refused("Myerson's payment needs a rival: alone, a prover does all the work at any cost. Add one.")
    u = 1.0 / (rivals * cost**alpha)
    return float(cost * u / (alpha - 1.0) * hyp2f1(1.0, 1.0 - 1.0 / alpha, 2.0 - 1.0 / alpha, -u))
