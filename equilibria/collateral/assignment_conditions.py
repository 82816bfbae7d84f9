r"""When not proving pays, if the fee is paid on assignment: the exact conditions, and one that a review of such a market used.

With $N$ assignments at the fee $P$ and the cost $C$, an expected slash $S$ for all of them and future business worth $F$:

| what | if and only if |
|---|---|
| not proving beats proving | $NC>S+F$ |
| entering in order to abandon beats staying out | $NP>S$ |
| the review's inequality | $NP>S+NC$ |

The review's inequality implies the second, and neither implies nor follows from the first: with $N=1$, $P=100$, $C=1$, $S=10$
it holds and proving is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms import Bond, InvalidInput
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["AssignmentConditions", "assignment_conditions"]

Money = Fraction | int | float | str


@final
@dataclass(frozen=True, slots=True)
class AssignmentConditions:
    """By how much each condition holds, in money; it holds if that is positive.

    Arguments:
        not_proving: saved cost less expected slash, fees that are lost, and future value: over proving.
        entering_to_abandon: fees kept less expected slash: over staying out.
        review: assigned fees less expected slash and proving cost.
    """

    not_proving: Fraction
    entering_to_abandon: Fraction
    review: Fraction


def assignment_conditions(
    bond: Bond, price: Money, cost: Money, assignments: int, *, future_value: Money = 0
) -> AssignmentConditions:
    """The three conditions for a prover that proves all of its assignments or none.

    Arguments:
        bond: the terms; of fees paid on delivery a defaulter keeps none.
        price: the fee of an assignment.
        cost: of a proof.
        assignments: how many, at least 1.
        future_value: what a default costs in later business.

    Raises:
        InvalidInput: naming the argument that is wrong.

    Example:
        >>> upfront = Bond(slash=10, payment="on_assignment", unit="event")
        >>> found = assignment_conditions(upfront, price=100, cost=1, assignments=1)
        >>> found.not_proving, found.entering_to_abandon, found.review
        (Fraction(-9, 1), Fraction(90, 1), Fraction(89, 1))

    References:
        taikoxyz/taiko-mono c82ab36cf4, prover_market_review2.md.
    """
    if not isinstance(bond, Bond):
        raise InvalidInput(f"bond must be a Bond; got {shown(bond)}. Try Bond(slash=50).")
    if isinstance(assignments, bool) or not isinstance(assignments, int) or assignments < 1:
        raise InvalidInput(f"assignments must be a positive whole number; got {shown(assignments)}.")
    fees, saved = assignments * exact_amount(price, "price"), assignments * exact_amount(cost, "cost")
    slash = bond.detection * bond.total(assignments)
    kept = fees if bond.payment == "on_assignment" else Fraction(0)
    lost = fees - kept + exact_amount(future_value, "future_value")
    return AssignmentConditions(saved - slash - lost, kept - slash, fees - slash - saved)
