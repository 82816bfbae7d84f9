"""The solution record of `tune`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from equilibria.equilibrium import Equilibrium
from equilibria.text_table import ends, shown, table
from mechanisms import Enclosure, Market, Mechanism, PostedPrice

Objective = Literal["surplus", "payment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One reserve of the curve; the enclosures are certified.

    Attributes:
        reserve: the reserve or posted price; None for no reserve.
        expected_payment: what the requester pays; in a sale, the revenue.
        no_award: probability that nobody is awarded.
        objective: what is tuned for.
        epsilon: upper bound on what any prover gains by any other bid.
    """

    reserve: float | None
    expected_payment: Enclosure
    no_award: Enclosure
    objective: Enclosure
    epsilon: float

    def to_dict(self) -> dict[str, object]:
        """The point as plain JSON values."""
        numbers = {name: ends(getattr(self, name)) for name in ("expected_payment", "no_award", "objective")}
        return {"reserve": self.reserve, "epsilon": self.epsilon, **numbers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How much hangs on the reserve; estimated from solved reserves near the tuned one.

    Attributes:
        flat: the interval of reserves around the tuned one, within the limit on no award, that lose at most 1 % of the
            optimum; an end of the curve where even that loses less.
        slope_below: derivative of the objective by the reserve, just below the tuned reserve.
        slope_above: the same, just above.
        reserve_per_value: derivative of the best reserve by the requester's value; 0 where a limit or a kink holds it, None
            where the objective does not depend on the value.
    """

    flat: tuple[float, float]
    slope_below: float
    slope_above: float
    reserve_per_value: float | None

    def to_dict(self) -> dict[str, object]:
        """The record as plain JSON values."""
        return {
            "flat": list(self.flat),
            "slope_below": self.slope_below,
            "slope_above": self.slope_above,
            "reserve_per_value": self.reserve_per_value,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tuning:
    """A tuned reserve, the curve it was found on, and how much hangs on it.

    Attributes:
        mechanism: the rule with the tuned reserve (or posted price).
        market: the market.
        objective: `"surplus"` or `"payment"`.
        max_no_award: the limit on the probability that nobody is awarded, or None.
        reserve: the tuned reserve (or posted price), in money.
        value_of_objective: the objective at it: the requester's surplus, or the expected payment (in a sale, revenue).
        equilibrium: the equilibrium at it.
        curve: solved reserves in increasing order, then the rule without a reserve where it has a meaning.
        sensitivity: how much hangs on the reserve.
        status: `"estimated"`: no proof that no other reserve is better.
        message: one or two sentences on what was found and what is certified.
    """

    mechanism: Mechanism
    market: Market
    objective: Objective
    max_no_award: float | None
    reserve: float
    value_of_objective: Enclosure
    equilibrium: Equilibrium
    curve: tuple[CurvePoint, ...]
    sensitivity: Sensitivity
    status: Literal["estimated"]
    message: str

    def to_dict(self) -> dict[str, object]:
        """The record as plain JSON values."""
        return {
            "mechanism": self.mechanism.spec(),
            "objective": self.objective,
            "max_no_award": self.max_no_award,
            "reserve": self.reserve,
            "value_of_objective": ends(self.value_of_objective),
            "status": self.status,
            "message": self.message,
            "sensitivity": self.sensitivity.to_dict(),
            "equilibrium": self.equilibrium.to_dict(),
            "curve": [point.to_dict() for point in self.curve],
        }

    def __repr__(self) -> str:
        return f"Tuning({self.mechanism!r}, {self.objective}={self.value_of_objective.midpoint:.6g})"

    def __str__(self) -> str:
        name = "price" if isinstance(self.mechanism, PostedPrice) else "reserve"
        paid = "revenue" if self.market.sign < 0 else "expected payment"
        surplus = self.objective == "surplus"
        rows = [[name, paid, "no award"] + ["surplus"] * surplus]
        step = max(1, len(self.curve) // 10)
        chosen = sorted({*range(0, len(self.curve), step), len(self.curve) - 1, self._place()})
        for k in chosen:
            point = self.curve[k]
            at = "none" if point.reserve is None else f"{point.reserve:.6g}"
            tuned = "* " if k == self._place() else ""
            numbers = [point.expected_payment, point.no_award] + [point.objective] * surplus
            rows.append([tuned + at, *map(shown, numbers)])
        low, high = self.sensitivity.flat
        lines = [f"{self.mechanism!r}: {self.message}", table([["  " + row[0], *row[1:]] for row in rows])]
        return "\n".join([*lines, f"  within 1 % of the best from {low:.6g} to {high:.6g}"])

    def _place(self) -> int:
        return [point.reserve for point in self.curve].index(self.reserve)
