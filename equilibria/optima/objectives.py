r"""Objectives as numbers: what one task awarded to one type is worth.

In the orientation of a sale (a cost $c$ is the value $-c$), every objective here has the form

$$ E\Big[\sum_i \big(W\,v_i - R\,h_i(v_i) - O\big)\,x_i\Big], \qquad h(v_k) = (v_{k+1}-v_k)\,\frac{1-F(v_k)}{f_k}, $$

with $h$ the information rent that one more task awarded to the type leaves to the types above it.

| objective | procurement, value $V$ | sale, own value $V$ |
|---|---|---|
| `payment` | least $E[\text{payment}]$ when all tasks are always bought: $W=R=1$, no option to award less | the revenue |
| `revenue` | refused | $W=R=1$, $O=0$ |
| `surplus` | $W=R=1$, $O=-V$ | $W=R=1$, $O=V$ |
| `welfare` | $W=1$, $R=0$, $O=-V$ | $W=1$, $R=0$, $O=V$ |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from mechanisms import Exchange, GradedSale, InvalidInput, Market, Procurement, Refused, Sale
from mechanisms.distributions.discrete import exact
from mechanisms.distributions.parameters import shown

Objective = Literal["revenue", "payment", "surplus", "welfare"]
Mix: TypeAlias = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """$W$, $R$ and $O$ of this module; `outside` None where every task is always awarded. `sign` turns the value back."""

    types: Fraction
    rents: Fraction
    outside: Fraction | None
    sign: int = 1


def read_objective(objective: object, market: Market) -> str | dict[str, Fraction]:
    """The objective, checked against the market.

    Raises:
        InvalidInput: it is none of the objectives, or a mix without positive weights.
        Refused: it has no meaning in this market, and why.
    """
    if isinstance(objective, Mapping):
        mix = {str(name): exact(weight, f"objective[{name!r}]") for name, weight in objective.items()}
        for name, weight in mix.items():
            if weight <= 0:
                raise InvalidInput(f"objective[{name!r}] must be positive; got {weight}. Leave it out.")
            if name == "payment":
                raise Refused(
                    "a mix cannot hold 'payment', which always buys. Mix 'surplus' (value less payments) with 'welfare' instead."
                )
            read_objective(name, market)
        if not mix:
            raise InvalidInput("objective must hold at least one weight; got none. For example {'revenue': 1, 'welfare': 1}.")
        return mix
    if not isinstance(objective, str) or objective not in get_args(Objective):
        known = ", ".join(get_args(Objective))
        raise InvalidInput(f"objective must be one of {known}, or weights of them; got {shown(objective)}.")
    if isinstance(market, GradedSale):
        return objective
    if not isinstance(market, Procurement | Sale | Exchange):
        raise Refused(f"optimal handles a Procurement, a Sale or an Exchange; got {type(market).__name__}.")
    if isinstance(market, Procurement) and objective == "revenue":
        raise Refused("a procurement has no revenue: its requester pays. Use 'payment', or 'surplus' with a value.")
    if isinstance(market, Exchange) and objective == "payment":
        raise Refused("an exchange pays one side what the other pays: use 'revenue' (what its operator keeps) or 'welfare'.")
    if isinstance(market, Procurement) and objective in ("surplus", "welfare") and not isinstance(market.value, float):
        got = "None" if market.value is None else f"the law {shown(market.value)}"
        raise Refused(
            f"'{objective}' needs the requester's value as a number; got {got}. Pass value=number: a requester that knows its "
            "value runs the optimum at that value."
        )
    if not isinstance(market, Exchange) and market.value is not None and not isinstance(market.value, float):
        raise Refused("optimal needs the requester's value as a number or None: it runs the optimum at that value.")
    return objective


def weights(objective: str | Mapping[str, Fraction], market: Market) -> Weights:
    """What the objective makes of types, rents and tasks awarded."""
    if not isinstance(objective, str):
        parts = [(share, weights(name, market)) for name, share in objective.items()]
        return Weights(
            types=sum((share * part.types for share, part in parts), Fraction(0)),
            rents=sum((share * part.rents for share, part in parts), Fraction(0)),
            outside=sum((share * (part.outside or 0) for share, part in parts), Fraction(0)),
        )
    rents = Fraction(0 if objective == "welfare" else 1)
    if isinstance(market, Procurement) and objective == "payment":
        return Weights(types=Fraction(1), rents=rents, outside=None, sign=-1)
    kept = objective in ("surplus", "welfare")
    value = Fraction(market.value) if kept and isinstance(market.value, float) else Fraction(0)
    return Weights(types=Fraction(1), rents=rents, outside=-market.sign * value if market.sign > 0 else value)
