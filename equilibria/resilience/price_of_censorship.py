r"""What it costs to keep a request unproved until its deadline, when costs are known.

The attacker knows every cost $c_i$, may bid as a prover if entry is open, and may promise prover $i$ an amount $b_i$ that is
paid if the request is unproved at the deadline. Promises work if no prover gains by proving while the others do not:

* the awarded prover gains $t_w-c_w$ and is spared the bond, so $b_w=t_w-c_w+S$, where $t_w$ is what it is paid;
* where everybody may prove for a price $P$ (a race, a lottery, equal shares, a fallback), $b_i=(P-c_i)^+$.

Under a clock the runner-up locks at its cost, so the first does just before, at the second-lowest cost; after the lock deadline
whoever rescues gets the part of the slash that is not burned, which is a fallback at that price. Behind a designated prover its
committee, whoever is drawn, is paid the prize too.

An attacker that wins the request itself and does not deliver loses the slash. Where whoever asks for a slash names its
recipient, the attacker asks first and gets the part that is not burned, whoever lost it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from equilibria.equilibrium import Equilibrium
from mechanisms import (
    Bond,
    CommitReveal,
    DesignatedProver,
    DutchClock,
    Enclosure,
    EqualShare,
    FirstPrice,
    GeneralizedSecondPrice,
    InvalidInput,
    Lottery,
    Mechanism,
    PostedPrice,
    Procurement,
    Race,
    Refused,
    Tullock,
    UniformPrice,
    Vickrey,
)
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["Censorship", "censorship", "expected_censorship"]

Amount = Fraction | int | float | str

AUCTIONS = (FirstPrice, Vickrey, UniformPrice, GeneralizedSecondPrice, CommitReveal, DutchClock)
"""Rules whose lowest bid wins, and is left the second-lowest cost."""

DRAWN = (PostedPrice, Tullock, DesignatedProver)
"""Rules under which one of several, drawn by lot, is paid a given price."""

EVERYBODY = (Race, Lottery, EqualShare)
"""Rules under which whoever proves is paid."""


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
    prize: Amount | None = None, open_entry: bool = True, target: str | None = None,
) -> Censorship:
    """The cheapest of the attacks described above on one request.

    Arguments:
        mechanism: `FirstPrice`, `Vickrey`, `UniformPrice`, `GeneralizedSecondPrice`, `CommitReveal`, `DutchClock`,
            `PostedPrice`, a `Race` with a prize; or `Lottery`, `EqualShare`, `Tullock`, `DesignatedProver` with one.
        costs: each prover's cost, known to everybody.
        bond: what the awarded prover has at stake; None for nothing. A race has none.
        fallback_price: what whoever proves after a default is paid; None for no fallback, or, if the bond goes to the rescuer,
            for the part of it that is not burned. A race has none.
        prize: what the winner of a contest is paid; None under a rule that has its own price.
        open_entry: whether the attacker may bid as a prover.
        target: a prover that is to be kept out, proofs by others being welcome; None to keep the request unproved.

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: another rule; a race without a prize; a lone prover without a reserve; or a fee paid on assignment.

    Notes:
        Under `FirstPrice` the winner is paid what it is with known costs at the equilibrium that leaves the second-lowest
        cost to it, as under `Vickrey`. The slash is that of a default that everybody sees, of one request. Bribes that are
        paid only if all accept could cost less. Equal lowest costs: the first in order wins. Posing wins an auction by a bid
        below everybody's; at a posted price takers are drawn by lot, and the attacker poses as so many that it is drawn. A
        contest is won by lot, which no effort makes certain, so there it can only bribe.

    Example:
        >>> from mechanisms import Bond, Vickrey
        >>> print(censorship(Vickrey(), {"a": 1, "b": 3}, bond=Bond(slash=5), open_entry=False))
        bribe: 7 = forfeited 0 + bribes (a 7)
    """
    if not isinstance(mechanism, AUCTIONS + DRAWN + EVERYBODY):
        names = ", ".join(rule.__name__ for rule in AUCTIONS + DRAWN + EVERYBODY)
        raise Refused(f"{type(mechanism).__name__} has no attack here. Use one of {names}.")
    own = mechanism.price if isinstance(mechanism, PostedPrice) else mechanism.prize if isinstance(mechanism, Race) else None
    if isinstance(mechanism, Lottery | EqualShare | Tullock | DesignatedProver):
        if prize is None:
            raise InvalidInput(f"prize must be given for {type(mechanism).__name__}; got None. Say what the winner is paid.")
        own = exact_amount(prize, "prize")
    elif prize is not None:
        raise InvalidInput(f"prize must be None for {type(mechanism).__name__}; got {shown(prize)}. It has a price of its own.")
    if bond is not None and not isinstance(bond, Bond):
        raise InvalidInput(f"bond must be a Bond or None; got {shown(bond)}. For example Bond(slash=5).")
    if not isinstance(costs, Mapping) or not costs:
        raise InvalidInput(f"costs must map labels to amounts; got {shown(costs)}. For example {{'a': 1, 'b': 2}}.")
    known = {label: exact_amount(cost, f"costs.{label}") for label, cost in costs.items()}
    if target is not None and target not in known:
        raise InvalidInput(f"target must be one of {', '.join(map(repr, known))}; got {shown(target)}. Name a prover.")
    if isinstance(mechanism, EVERYBODY):
        if own is None:
            raise Refused("Race must have a prize; got None. Pass Race(prize=...).")
        if bond is not None or fallback_price is not None:
            raise InvalidInput("bond and fallback_price must be None in a race. Nobody is awarded before it proves.")
        gains = _everybody(known, Fraction(own))
        return _bribed(gains if target is None else {label: gain for label, gain in gains.items() if label == target})
    if bond is not None and bond.payment == "on_assignment":
        raise Refused("bond.payment must be 'on_delivery'; got 'on_assignment'. A winner that is paid first is another game.")
    if bond is not None and bond.detection != 1:
        raise Refused(f"bond.detection must be 1; got {bond.detection}. That there is no proof by the deadline is seen by all.")
    slash = Fraction(0) if bond is None else bond.deterring
    if fallback_price is None and bond is not None and bond.recipient == "rescuer":
        fallback_price = bond.kept
    rescue = {} if fallback_price is None else _everybody(known, exact_amount(fallback_price, "fallback_price"))
    if isinstance(mechanism, DesignatedProver):
        slash += Fraction(mechanism.slash)
        if mechanism.committee:  # whoever is drawn, so all are promised it; its members lose the slash too
            members = _everybody(known, Fraction(own or 0) + Fraction(mechanism.slash))
            none = Fraction(0)
            rescue = {label: max(members.get(label, none), rescue.get(label, none)) for label in members | rescue}

    called = bond.kept if bond is not None and bond.recipient == "caller" else Fraction(0)
    if target is not None:
        return _kept_out(mechanism, known, None if own is None else Fraction(own), target, slash - called if open_entry else None)
    attacks = []
    if open_entry and not isinstance(mechanism, Tullock | DesignatedProver):
        lost = slash - called
        attacks.append(
            Censorship(cost=lost + sum(rescue.values()), attack="win_and_withhold", bribes=rescue, forfeited=lost)
        )
    winner, paid = _award(mechanism, known, None if own is None else Fraction(own))
    if winner is None:
        attacks.append(_bribed(rescue))
    else:
        owed = max(rescue.get(winner, Fraction(0)), paid - known[winner] + slash)
        attacks.append(_bribed(rescue | {winner: owed}, called))
    # Equal costs: nothing to do, or a bribe, before taking part.
    return min(reversed(attacks), key=lambda attack: attack.cost)


def _kept_out(
    mechanism: Mechanism, costs: Mapping[str, Fraction], own: Fraction | None, target: str, slash: Fraction | None
) -> Censorship:
    """The least cost of keeping one prover from being awarded.

    It is promised what it would keep, or, in an auction, underbid by an attacker that does not deliver. To underbid it and buy
    the proof from the runner-up costs the same as the promise: what the two costs differ by.
    """
    if isinstance(mechanism, DRAWN):
        owed = max((own or Fraction(0)) - costs[target], Fraction(0))
    else:
        winner, paid = _award(mechanism, costs, own)
        owed = paid - costs[target] if winner == target else Fraction(0)
    if owed == 0:
        return _bribed({})
    if slash is not None and slash < owed and not isinstance(mechanism, DRAWN):
        return Censorship(cost=slash, attack="win_and_withhold", bribes={}, forfeited=slash)
    return _bribed({target: owed})


def _everybody(costs: Mapping[str, Fraction], price: Fraction) -> dict[str, Fraction]:
    return {label: price - cost for label, cost in costs.items() if price > cost}


def expected_censorship(
    equilibrium: Equilibrium, *, bond: Bond | None = None, open_entry: bool = True
) -> Enclosure:
    """What the attack costs in expectation where costs are private, without a fallback.

    An attacker that may bid poses as a prover, wins, and loses the slash, whatever the costs are. One that may not must leave
    the winner, which alone knows its cost, what it would have kept: knowing costs it promises the surplus and the slash.

    Arguments:
        equilibrium: of `FirstPrice` or `Vickrey` in a `Procurement` of one task.
        bond: what the awarded prover has at stake; None for nothing.
        open_entry: whether the attacker may bid as a prover.

    Raises:
        Refused: another rule or market.

    Example:
        >>> from equilibria import solve
        >>> from mechanisms import Bond, Procurement, Uniform, Vickrey
        >>> found = solve(Vickrey(), Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)}))
        >>> round(expected_censorship(found, bond=Bond(slash=2), open_entry=False).midpoint, 6)  # 1/3 and the slash
        2.333333
    """
    rule, market = equilibrium.mechanism, equilibrium.market
    if not isinstance(rule, FirstPrice | Vickrey) or not isinstance(market, Procurement) or market.tasks != 1:
        raise Refused("the mean price of censorship is known for FirstPrice and Vickrey in a Procurement of one task.")
    if equilibrium.status not in ("proved", "certified"):
        raise Refused(f"equilibrium must be proved or certified; got one that is {equilibrium.status}. Solve it again.")
    if bond is not None and not isinstance(bond, Bond):
        raise InvalidInput(f"bond must be a Bond or None; got {shown(bond)}. For example Bond(slash=5).")
    slash = Fraction(0) if bond is None else bond.deterring
    if bond is not None and (bond.recipient in ("caller", "rescuer") or bond.payment == "on_assignment"):
        raise Refused("bond must be paid on delivery and go to the requester or the treasury; use censorship on known costs.")
    if open_entry:
        return Enclosure.around(slash, slash)
    kept, never = equilibrium.prover_surplus, equilibrium.no_award
    least, most = (Fraction(kept.lower), Fraction(never.upper)), (Fraction(kept.upper), Fraction(never.lower))
    return Enclosure.around(*(surplus + slash * (1 - none) for surplus, none in (least, most)))


def _award(mechanism: Mechanism, costs: Mapping[str, Fraction], own: Fraction | None) -> tuple[str | None, Fraction]:
    """Who is awarded, and what it is paid; where lots decide, the one that is dearest to bribe."""
    winner = min(costs, key=lambda label: costs[label])
    if own is not None:
        price = own
    else:
        bounds = [cost for label, cost in costs.items() if label != winner]
        most = mechanism.high if isinstance(mechanism, DutchClock) else getattr(mechanism, "reserve", None)
        if most is not None:
            bounds.append(Fraction(most))
        if not bounds:
            raise Refused("costs must name two provers, or the rule must have a reserve; got one prover. Set a reserve.")
        price = min(bounds)
    return (winner, price) if costs[winner] <= price else (None, Fraction(0))


def _bribed(bribes: Mapping[str, Fraction], called: Fraction = Fraction(0)) -> Censorship:
    total = sum(bribes.values(), Fraction(0)) - called
    return Censorship(cost=total, attack="bribe" if bribes else "none_needed", bribes=bribes, forfeited=-called)
