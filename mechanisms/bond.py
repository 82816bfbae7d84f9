r"""What a prover puts at stake when it takes a request: how much, for what, who may take it, and who gets it.

A bond has a slash $S$. Of what is slashed the share $\beta$ is burned, and the rest goes to one recipient. Two designs that
look alike differ in what a default costs: whether the fee is paid on assignment or on delivery, and whether one slash is taken
for every request that was not proved or for the whole event.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final, get_args

from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["Bond", "Recipient"]

Recipient = Literal["requester", "caller", "rescuer", "treasury"]
"""Who gets what is slashed and not burned; `caller` names whomever it likes, `rescuer` is who delivers late."""

Payment = Literal["on_delivery", "on_assignment"]
Unit = Literal["assignment", "event"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    r"""The terms of a bond.

    Arguments:
        slash: what a default costs, in money, $S$; at least 0. An int, a double, a `Fraction`, or text such as "1/3".
        payment: when the fee is paid: `"on_delivery"` (kept in escrow until then) or `"on_assignment"`.
        unit: whether the slash is taken for every `"assignment"` that was not proved, or once for an `"event"`, however many
            assignments it covers.
        burned: the share $\beta$ of the slash that nobody gets, in [0, 1].
        recipient: who gets the rest: the `"requester"`; the `"caller"`, that is anybody who is the first to ask for the slash
            and names the recipient; the `"rescuer"` who delivers after the deadline, or the treasury if nobody does; or the
            `"treasury"`.
        detection: the probability $d$ with which a default that its prover hides is slashed, in [0, 1].
        window: seconds after the deadline in which a slash may be asked for; None for no end, 0 for never.

    Raises:
        InvalidInput: naming the field that is wrong.

    Notes:
        A slash that can never be asked for is no slash: `.deterring` is 0 for `window=0`.

    Example:
        >>> bond = Bond(slash=50, burned="1/2", recipient="rescuer")
        >>> bond.kept, bond.total(3)
        (Fraction(25, 1), Fraction(150, 1))
    """

    slash: Fraction
    payment: Payment = "on_delivery"
    unit: Unit = "assignment"
    burned: Fraction = Fraction(0)
    recipient: Recipient = "requester"
    detection: Fraction = Fraction(1)
    window: Fraction | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "slash", exact_amount(self.slash, "slash"))
        for name, choices in (("payment", Payment), ("unit", Unit), ("recipient", Recipient)):
            if getattr(self, name) not in get_args(choices):
                known = ", ".join(map(repr, get_args(choices)))
                raise InvalidInput(f"{name} must be one of {known}; got {shown(getattr(self, name))}.")
        for name in ("burned", "detection"):
            share = exact_amount(getattr(self, name), name)
            if share > 1:
                raise InvalidInput(f"{name} must lie in [0, 1]; got {shown(getattr(self, name))}. It is a share.")
            object.__setattr__(self, name, share)
        if self.window is not None:
            object.__setattr__(self, "window", exact_amount(self.window, "window"))

    @property
    def deterring(self) -> Fraction:
        """The slash if it can be asked for at all, otherwise 0."""
        return Fraction(0) if self.window == 0 else self.slash

    @property
    def kept(self) -> Fraction:
        """The part of one slash that somebody gets."""
        return self.deterring * (1 - self.burned)

    def total(self, assignments: int) -> Fraction:
        """What is slashed if none of so many assignments is proved."""
        if isinstance(assignments, bool) or not isinstance(assignments, int) or assignments < 0:
            raise InvalidInput(f"assignments must be a whole number of at least 0; got {shown(assignments)}.")
        return self.deterring * (assignments if self.unit == "assignment" else min(assignments, 1))

    def of_size(self, slash: Fraction | int | float | str) -> Bond:
        """The same terms with another slash."""
        from dataclasses import replace

        return replace(self, slash=exact_amount(slash, "slash"))
