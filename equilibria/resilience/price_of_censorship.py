r"""What it costs to keep a request unproved until its deadline, when costs are known.

The attacker knows every cost $c_i$, may bid as a prover if entry is open, and may promise prover $i$ an amount $b_i$ that is
paid if the request is unproved at the deadline. Promises work if no prover gains by proving while the others do not:

* the awarded prover gains $t_w-c_w$ and is spared the bond, so $b_w=t_w-c_w+S$, where $t_w$ is what it is paid;
* where everybody may prove for a price $P$ (a race, a fallback), $b_i=(P-c_i)^+$.

An attacker that wins the request itself and does not deliver loses the slash. Where whoever asks for a slash names its
recipient, the attacker asks first and gets the part that is not burned, whoever lost it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mechanisms import Bond, FirstPrice, InvalidInput, Mechanism, PostedPrice, Race, Refused, Vickrey
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["Censorship", "censorship"]

Amount = Fraction | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Censorship:
    """The least cost of an attack, and the attack.

    Arguments:
        cost: what the attacker pays in all, exactly; proved for the attacks of this module.
        attack: whether it wins and does not deliver, or bribes; `"none_needed"` if nobody would prove anyway.
        bribes: what each prover is promised, by label.
        forfeited: what the attacker loses of its own bond; negative where it is paid the slash of the prover that it bribed.
    """

    cost: Fraction
    attack: Literal["win_and_withhold", "bribe", "none_needed"]
    bribes: Mapping[str, Fraction]
    forfeited: Fraction

    def __str__(self) -> str:
        parts = [f"{label} {amount}" for label, amount in self.bribes.items()]
        return f"{self.attack}: {self.cost} = forfeited {self.forfeited} + bribes ({', '.join(parts) or 'none'})"


def censorship(
    mechanism: Mechanism, costs: Mapping[str, Amount], *, bond: Bond | None = None, fallback_price: Amount | None = None,
    open_entry: bool = True,
) -> Censorship:
    """The cheapest of the attacks described above on one request.

    Arguments:
        mechanism: `FirstPrice`, `Vickrey`, `PostedPrice` or a `Race` with a prize.
        costs: each prover's cost, known to everybody.
        bond: what the awarded prover has at stake; None for nothing. A race has none.
        fallback_price: what whoever proves after a default is paid; None for no fallback. A race has none.
        open_entry: whether the attacker may bid as a prover.

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: another rule; a race without a prize; a lone prover without a reserve; or a fee paid on assignment.

    Notes:
        Under `FirstPrice` the winner is paid what it is with known costs at the equilibrium that leaves the second-lowest
        cost to it, as under `Vickrey`. Bribes that are paid only if all accept could cost less. Equal lowest costs: the first
        in order wins. Posing wins an auction by a bid below everybody's; at a posted price takers are drawn by lot, so
        there the cost of posing holds where the attacker is the one drawn.

    Example:
        >>> from mechanisms import Bond, Vickrey
        >>> print(censorship(Vickrey(), {"a": 1, "b": 3}, bond=Bond(slash=5), open_entry=False))
        bribe: 7 = forfeited 0 + bribes (a 7)
    """
    if not isinstance(mechanism, FirstPrice | Vickrey | PostedPrice | Race):
        raise Refused(f"{type(mechanism).__name__} has no attack here. Use FirstPrice, Vickrey, PostedPrice or Race(prize=...).")
    if bond is not None and not isinstance(bond, Bond):
        raise InvalidInput(f"bond must be a Bond or None; got {shown(bond)}. For example Bond(slash=5).")
    if not isinstance(costs, Mapping) or not costs:
        raise InvalidInput(f"costs must map labels to amounts; got {shown(costs)}. For example {{'a': 1, 'b': 2}}.")
    known = {label: exact_amount(cost, f"costs.{label}") for label, cost in costs.items()}
    if isinstance(mechanism, Race):
        if mechanism.prize is None:
            raise Refused("Race must have a prize; got None. Pass Race(prize=...).")
        if bond is not None or fallback_price is not None:
            raise InvalidInput("bond and fallback_price must be None in a race. Nobody is awarded before it proves.")
        return _bribed(_everybody(known, Fraction(mechanism.prize)))
    if bond is not None and bond.payment == "on_assignment":
        raise Refused("bond.payment must be 'on_delivery'; got 'on_assignment'. A winner that is paid first is another game.")
    slash = Fraction(0) if bond is None else bond.deterring
    rescue = {} if fallback_price is None else _everybody(known, exact_amount(fallback_price, "fallback_price"))

    called = bond.kept if bond is not None and bond.recipient == "caller" else Fraction(0)
    attacks = []
    if open_entry:
        lost = slash - called
        attacks.append(
            Censorship(cost=lost + sum(rescue.values()), attack="win_and_withhold", bribes=rescue, forfeited=lost)
        )
    winner, paid = _award(mechanism, known)
    if winner is None:
        attacks.append(_bribed(rescue))
    else:
        owed = max(rescue.get(winner, Fraction(0)), paid - known[winner] + slash)
        attacks.append(_bribed(rescue | {winner: owed}, called))
    # Equal costs: nothing to do, or a bribe, before taking part.
    return min(reversed(attacks), key=lambda attack: attack.cost)


def _everybody(costs: Mapping[str, Fraction], price: Fraction) -> dict[str, Fraction]:
    return {label: price - cost for label, cost in costs.items() if price > cost}


def _award(mechanism: FirstPrice | Vickrey | PostedPrice, costs: Mapping[str, Fraction]) -> tuple[str | None, Fraction]:
    """Who is awarded, and what it is paid; at a posted price the one that is dearest to bribe."""
    winner = min(costs, key=lambda label: costs[label])
    if isinstance(mechanism, PostedPrice):
        price = Fraction(mechanism.price)
    else:
        bounds = [cost for label, cost in costs.items() if label != winner]
        if mechanism.reserve is not None:
            bounds.append(Fraction(mechanism.reserve))
        if not bounds:
            raise Refused("costs must name two provers, or the rule must have a reserve; got one prover. Set a reserve.")
        price = min(bounds)
    return (winner, price) if costs[winner] <= price else (None, Fraction(0))


def _bribed(bribes: Mapping[str, Fraction], called: Fraction = Fraction(0)) -> Censorship:
    total = sum(bribes.values(), Fraction(0)) - called
    return Censorship(cost=total, attack="bribe" if bribes else "none_needed", bribes=bribes, forfeited=-called)
