r"""The least bond with which nobody gains by not proving.

Let $C$ be the cost of a proof, $P$ its fee, $N$ the assignments taken at once, $m$ of which are not proved, $G$ what a rival
gains by a missing proof, $F$ the future business that a default costs, and $\delta$ what one unit of slash takes from a
defaulter on average. With $E=P$ if the fee is paid on delivery and $E=0$ if it is paid on assignment, and $t(m)=m$ for a slash
of each assignment, 1 for one of the event, the constraints on the slash $S$ are

| reason | must hold for all $1\le m\le N$ |
|---|---|
| abandonment | $\delta\,t(m)\,S\ge m(C-E)-F$ |
| sabotage | $\delta\,t(m)\,S\ge m(C-E)+G-F$ |
| entry to abandon | $\delta\,t(m)\,S\ge m(P-E)+G$: a newcomer takes $m$, and has no future business to lose |
| lateness | $\beta\,t(m)\,S\ge m(C-\lambda C-E)+G-F$ and $\ge m(P-E-\lambda C)+G$ |
| restitution | $S\ge$ what has to be made good |

Lateness counts for terms in which a defaulter who proves late, at $\lambda C$, gets all but the burned share back. For $N=1$
these are $S\ge(C+G-P-F)/d$ with payment on proof and $S\ge(C+G-F)/d$ with payment on assignment. Each is a maximum of
functions that are monotone in $m$, so only $m=1$ and $m=N$ matter, and the least slash is a maximum of rationals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal, final

from equilibria.checking import FORMAT, VERSION, sealed
from mechanisms import Bond, InvalidInput, Refused
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["BondSize", "smallest_bond"]

Reason = Literal["nothing", "abandonment", "sabotage", "entry_to_abandon", "lateness", "restitution"]
Money = Fraction | int | float | str

MOST_ASSIGNMENTS = 10_000
"""Assignments up to which a certificate is written: the checker tries every number of missed proofs."""


@final
@dataclass(frozen=True, slots=True)
class BondSize:
    """The answer of `smallest_bond`.

    Arguments:
        bond: the terms with the least slash.
        reason: which requirement is the greatest; `"nothing"` if no slash is needed.
        needed: what each requirement asks for, at least 0.
        assignments_missed: the number of proofs that are left out in the most tempting way, for that reason.
        per_unit: what one unit of slash takes from a defaulter on average, $\\delta$.
        certificate: the text to `check`: every default is tried again there. None for more than 10000 assignments.
    """

    bond: Bond
    reason: Reason
    needed: Mapping[Reason, Fraction]
    assignments_missed: int
    per_unit: Fraction
    certificate: str | None

    def __str__(self) -> str:
        lines = [f"least slash {self.bond.slash}, because of {self.reason.replace('_', ' ')}"]
        return "\n".join([*lines, *(f"  {name.replace('_', ' ')}: {amount}" for name, amount in self.needed.items())])


def smallest_bond(
    terms: Bond,
    *,
    cost: Money,
    price: Money,
    assignments: int = 1,
    sabotage_gain: Money = 0,
    future_value: Money = 0,
    restitution: Money = 0,
    others_first: Money = 1,
    late_work: Money | None = 1,
    denomination: Money | None = None,
) -> BondSize:
    r"""The least slash on given terms with which abandoning, sabotage and entering to abandon do not pay.

    Arguments:
        terms: when the fee is paid, what a slash is taken for, who gets it, and how surely; its `slash` is not read.
        cost: of a proof, that abandoning saves, in money, $C$.
        price: the fee of an assignment, $P$.
        assignments: taken at once, $N$.
        sabotage_gain: of a rival without whose proof the requester fails, once, $G$.
        future_value: what a default costs a prover that is known, $F$.
        restitution: what a slash must make good, for each unit that is slashed.
        others_first: for terms with a free recipient, the probability that another one asks for the slash first.
        late_work: what a late proof costs, as a share of the cost, $\lambda$; None where nobody may deliver late.
        denomination: the unit to which the slash is rounded up; None for the exact least slash.

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: no slash on these terms deters, because a defaulter never loses any of it.

    Notes:
        Restitution is of the whole slash: a share that is burned makes nothing good, and is to be added to it by the caller.
        At the least slash the prover is indifferent. The cost is the one to be deterred: a prover with a random cost abandons
        above its threshold whatever the slash, see `play`.

    Example:
        >>> size = smallest_bond(Bond(slash=0, payment="on_assignment", unit="event"), cost=2, price=3, assignments=10)
        >>> size.bond.slash, size.reason
        (Fraction(30, 1), 'entry_to_abandon')

    References:
        ZenoProof V2: required bond = max(restitution, ceil(max(0, cost + sabotage - future) / detection)).
    """
    if not isinstance(terms, Bond):
        raise InvalidInput(f"terms must be a Bond; got {shown(terms)}. Try Bond(slash=0).")
    if isinstance(assignments, bool) or not isinstance(assignments, int) or assignments < 1:
        raise InvalidInput(f"assignments must be a positive whole number; got {shown(assignments)}.")
    c, p = exact_amount(cost, "cost"), exact_amount(price, "price")
    g, f = exact_amount(sabotage_gain, "sabotage_gain"), exact_amount(future_value, "future_value")
    whole = exact_amount(restitution, "restitution")
    unit = None if denomination is None else exact_amount(denomination, "denomination", positive=True)
    late = None if late_work is None or terms.recipient != "rescuer" else exact_amount(late_work, "late_work")
    rate = _per_unit(terms, exact_amount(others_first, "others_first"))
    escrow = p if terms.payment == "on_delivery" else Fraction(0)
    counts = (assignments, 1)
    slashes = {m: m if terms.unit == "assignment" else 1 for m in counts}
    tempting: dict[Reason, dict[int, Fraction]] = {
        "abandonment": {m: (m * (c - escrow) - f) / slashes[m] for m in counts},
        "sabotage": {m: (m * (c - escrow) + g - f) / slashes[m] for m in counts},
        "entry_to_abandon": {m: (m * (p - escrow) + g) / slashes[m] for m in counts},
    }
    rates: dict[Reason, Fraction] = dict.fromkeys(tempting, rate)
    if late is not None:
        known = {m: m * (c - late * c - escrow) + g - f for m in counts}
        tempting["lateness"] = {m: max(known[m], m * (p - escrow - late * c) + g) / slashes[m] for m in counts}
        rates["lateness"] = Fraction(0) if terms.window == 0 else terms.burned
    needed: dict[Reason, Fraction] = {}
    worst: dict[Reason, int] = {}
    for name, temptations in tempting.items():
        most = max(temptations, key=lambda m: temptations[m])
        if temptations[most] > 0 and rates[name] == 0:
            raise Refused(
                f"no slash deters {name.replace('_', ' ')}: a defaulter loses nothing of it (detection {terms.detection}, window "
                f"{terms.window}, recipient {terms.recipient}). Change the terms."
            )
        worst[name] = most
        needed[name] = temptations[most] / rates[name] if temptations[most] > 0 else Fraction(0)
    needed["restitution"], worst["restitution"] = whole, assignments
    least = max(needed.values())
    reason: Reason = next(name for name, amount in needed.items() if amount == least) if least else "nothing"
    slash = least if unit is None else ceil(least / unit) * unit
    question: dict[str, Fraction | None] = {
        **{"cost": c, "price": p, "sabotage_gain": g, "future_value": f, "restitution": whole},
        **{"assignments": Fraction(assignments), "others_first": exact_amount(others_first, "others_first")},
        **{"late_work": None if late_work is None else exact_amount(late_work, "late_work"), "denomination": unit},
    }
    proof = _certificate(terms, question, slash) if assignments <= MOST_ASSIGNMENTS else None
    return BondSize(terms.of_size(slash), reason, needed, worst.get(reason, 0), rate, proof)


def _certificate(terms: Bond, question: Mapping[str, Fraction | None], slash: Fraction) -> str:
    shares = {name: str(getattr(terms, name)) for name in ("payment", "unit", "burned", "recipient", "detection")}
    window = None if terms.window is None else str(terms.window)
    asked = {name: None if amount is None else str(amount) for name, amount in question.items()}
    document = {"format": FORMAT, "version": VERSION, "subject": "bond", "terms": {**shares, "window": window}}
    return sealed({**document, "question": asked, "states": {"slash": str(slash)}})


def _per_unit(terms: Bond, others_first: Fraction) -> Fraction:
    """What a defaulter loses of one unit of slash, by its best move after the deadline."""
    if others_first > 1:
        raise InvalidInput(f"others_first must lie in [0, 1]; got {shown(others_first)}. It is a probability.")
    if terms.window == 0:
        return Fraction(0)
    if terms.recipient == "caller":
        return min(terms.detection, others_first + (1 - others_first) * terms.burned)
    return terms.detection
