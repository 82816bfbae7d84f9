r"""What it costs to keep a request unproved until its deadline, when costs are known.

The attacker knows every cost $c_i$, may bid as a prover if entry is open, and may promise prover $i$ an amount $b_i$ that is
paid if the request is unproved at the deadline. Promises work if no prover gains by proving while the others do not:

* the awarded prover gains $t_w-c_w$ and is spared the bond, so $b_w=t_w-c_w+S$, where $t_w$ is what it is paid;
* where everybody may prove for a price $P$ (a race, a lottery, a fallback), $b_i=(P-c_i)^+$; `work_first.py` has the others;
* where the work is shared, the cheapest of those who share it: $b_i=t_i-c_ix_i+S$, of which a rescuer is promised a part anyway.

Under a clock the runner-up locks at its cost, so the first does just before, at the second-lowest cost; after the lock deadline
whoever rescues gets the part of the slash that is not burned, which is a fallback at that price. The incumbent of an undercut
auction can hold any fee below $c_2/(1-s)$. Behind a designated prover its committee is paid the prize too; the price is that of
the dearest draw, and who is drawn is slashed, so it delivers at a loss of less than the slash.

An attacker that wins the request itself and does not deliver loses the slash. Where whoever asks for a slash names its
recipient, the attacker asks first and gets the part that is not burned, whoever lost it. Under a rule that leaves its winner an
unknown surplus, this costs no more than any bribe, for that is at least the slash; with a rescue to promise it might.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from equilibria.resilience.attacks import Amount, Censorship, bribed, cheapest, everybody, with_committee, withheld
from equilibria.resilience.work_first import GRAIN, WORK_FIRST, promises
from mechanisms import (
    Bond,
    CentralProver,
    CommitReveal,
    Contest,
    CurvedShare,
    DesignatedProver,
    Discriminatory,
    DutchClock,
    Enclosure,
    FirstPrice,
    GeneralizedSecondPrice,
    InvalidInput,
    KthPrice,
    Market,
    Mechanism,
    PostedPrice,
    PrizeContest,
    Race,
    Refused,
    SecondLowestPair,
    SecretReserve,
    SplitAward,
    Tullock,
    UndercutAuction,
    UniformPrice,
    Vickrey,
    WeibullRace,
)
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["Censorship", "censorship"]

AUCTIONS = (FirstPrice, Vickrey, UniformPrice, Discriminatory, GeneralizedSecondPrice, CommitReveal, DutchClock, UndercutAuction)
"""Rules whose lowest bid wins, and is left the second-lowest cost, or the step of an undercut above it."""

DRAWN = (PostedPrice, Tullock, DesignatedProver)
"""Rules under which one of several, drawn by lot, is paid a given price."""

POSED = (SplitAward, KthPrice, SecretReserve)
"""Rules whose lowest bid wins, what it is left not being known here."""

EFFORTS = (Tullock, PrizeContest, WeibullRace)
"""Rules under which an effort that is too small to cost anything wins, where nobody else makes one."""

PRICED = (PostedPrice, Race)
"""Rules that state what they pay."""


def censorship(
    mechanism: Mechanism, costs: Mapping[str, Amount] | Contest, *, bond: Bond | None = None,
    fallback_price: Amount | None = None, prize: Amount | None = None, open_entry: bool = True, target: str | None = None,
    deadline: Amount | None = None, market: Market | None = None, rounds: int = 1,
) -> Censorship:
    """The cheapest of the attacks described above on one request.

    Arguments:
        mechanism: a rule for provers, but `Optimal` (whose reserves are made of laws: see `expected_censorship`); or, with
            `market`, one for users too.
        costs: each prover's cost, known to everybody; or a `Contest`, with its prize, stakes and speeds. With `market`, every
            agent's bid.
        bond: what the awarded prover has at stake; None for nothing. Where the work comes first there is none.
        fallback_price: what whoever proves after a default is paid; None for no fallback, or, if the bond goes to the rescuer,
            for the part of it that is not burned. A race has none.
        prize: what the winner of a contest is paid, or a central prover asks; None under a rule that has its own price.
        open_entry: whether the attacker may bid as a prover.
        target: a prover that is to be kept out, proofs by others being welcome; None to keep the request unproved. With
            `market`, the user whose request it is, or a prover.
        deadline: when the prize of a `WeibullRace` lapses, in its unit of time; None for never.
        market: an `Exchange`, a `BlockSpace` or a `Sale`, where requests compete: see `equilibria.resilience.buying_up`.
        rounds: how many blocks or auctions there are until the deadline, each attacked like the first; only with `market`.

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: another rule; a race without a prize; a lone prover without a reserve; or a fee paid on assignment.

    Notes:
        Under `FirstPrice` the winner is paid what it is with known costs at the equilibrium that leaves the second-lowest
        cost to it, as under `Vickrey`. The slash is that of a default that everybody sees, of one request. Bribes that are
        paid only if all accept could cost less. Equal lowest costs: the first in order wins. Posing wins an auction by a bid
        below everybody's; at a posted price takers are drawn by lot, and the attacker poses as so many that it is drawn. A
        contest is won by lot, which no effort makes certain, so there it can only bribe. Under `SecondLowestPair` bids are
        costs.

    Example:
        >>> from mechanisms import Bond, Vickrey
        >>> print(censorship(Vickrey(), {"a": 1, "b": 3}, bond=Bond(slash=5), open_entry=False))
        bribe: 7 = forfeited 0 + bribes (a 7)
    """
    if bond is not None and not isinstance(bond, Bond):
        raise InvalidInput(f"bond must be a Bond or None; got {shown(bond)}. For example Bond(slash=5).")
    if market is not None:
        from equilibria.resilience.buying_up import crowded_out

        _left_out("with a market", fallback_price=fallback_price, prize=prize, deadline=deadline)
        return crowded_out(mechanism, market, costs, target=target, bond=bond, open_entry=open_entry, rounds=rounds)
    if rounds != 1:
        raise InvalidInput(f"rounds must be 1 without a market; got {shown(rounds)}. A request is given out once.")
    contest = costs if isinstance(costs, Contest) else None
    known, own = _terms(mechanism, costs, prize, deadline)
    if target is not None and target not in tuple(known):
        raise InvalidInput(f"target must be one of {', '.join(map(repr, known))}; got {shown(target)}. Name a prover.")
    if deadline is not None and not isinstance(mechanism, WeibullRace):
        _left_out(f"for {type(mechanism).__name__}", deadline=deadline)
    limit = None if deadline is None else exact_amount(deadline, "deadline", positive=True)
    by_work = isinstance(mechanism, CurvedShare) and mechanism.payment == "tullock"
    if isinstance(mechanism, WORK_FIRST) or by_work:
        assert own is not None
        if bond is not None or fallback_price is not None:
            raise InvalidInput("bond and fallback_price must be None in a race. Nobody is awarded before it proves.")
        gains = promises(mechanism, known, own, contest, limit)
        return bribed(gains if target is None else {label: gain for label, gain in gains.items() if label == target})
    _seen_by_all(bond)
    slash = Fraction(0) if bond is None else bond.deterring
    if fallback_price is None and bond is not None and bond.recipient == "rescuer":
        fallback_price = bond.kept
    rescue = {} if fallback_price is None else everybody(known, exact_amount(fallback_price, "fallback_price"))
    if isinstance(mechanism, DesignatedProver):
        slash += Fraction(mechanism.slash)
        rescue = with_committee(mechanism, known, own or Fraction(0), rescue)

    called = bond.kept if bond is not None and bond.recipient == "caller" else Fraction(0)
    kept = _kept(mechanism, known, own, slash)
    poses = open_entry and not isinstance(mechanism, Tullock | DesignatedProver | CentralProver)
    posed = (slash - called) * (2 if isinstance(mechanism, SecondLowestPair) else 1)
    if kept is None:
        if not poses or target is not None or rescue:  # to a winner that may rescue, the promise of that counts too
            raise Refused(
                f"what a winner of {type(mechanism).__name__} keeps at known costs is not known. Let the attacker bid "
                "(open_entry=True, no target, no fallback), or use expected_censorship."
            )
        return withheld(posed, rescue)
    if target is not None:
        owed = kept.get(target, Fraction(0)) + (slash if isinstance(mechanism, DesignatedProver) and target in kept else 0)
        again = {label: amount for label, amount in rescue.items() if label == target}
        return _kept_out(mechanism, owed, target, withheld(_displacing(mechanism, kept, target, posed), again) if poses else None)
    attacks = [withheld(posed, rescue)] if poses else []
    if isinstance(mechanism, CurvedShare):  # one of all is enough
        kept = dict([min(kept.items(), key=lambda entry: max(entry[1] + slash - rescue.get(entry[0], 0), 0))])
    if isinstance(mechanism, DRAWN) and kept:  # the one that is dearest to bribe
        kept = dict([max(kept.items(), key=lambda entry: entry[1])])
    promised = {label: max(rescue.get(label, Fraction(0)), amount + slash) for label, amount in kept.items()}
    attacks.append(bribed(rescue | promised, called * len(kept)))
    return cheapest(attacks)


def _displacing(mechanism: Mechanism, kept: Mapping[str, Fraction], target: str, posed: Fraction) -> Fraction:
    """What bids that keep a prover from being awarded lose.

    Of two winners from the second-lowest, one bid below all pushes out the higher, and never wins; two push out the lower.
    """
    if not isinstance(mechanism, SecondLowestPair) or target not in kept:
        return posed
    return Fraction(0) if list(kept).index(target) else posed / 2


def _kept_out(mechanism: Mechanism, owed: Fraction, target: str, underbid: Censorship | None) -> Censorship:
    """The least cost of keeping one prover from being awarded.

    It is promised what it would keep, or, in an auction, underbid by an attacker that does not deliver. To underbid it and buy
    the proof from the runner-up costs the same as the promise: what the two costs differ by.
    """
    if owed <= 0:
        return bribed({})
    auction = isinstance(mechanism, (*AUCTIONS, SecondLowestPair))
    if underbid is not None and underbid.cost < owed and auction:
        return underbid
    return bribed({target: owed})


def _kept(
    mechanism: Mechanism, costs: Mapping[str, Fraction], own: Fraction | None, slash: Fraction
) -> dict[str, Fraction] | None:
    """What those who may be awarded, and would deliver, would keep of the price; None where that is not known."""
    if isinstance(mechanism, POSED):
        return None
    if isinstance(mechanism, CurvedShare):
        from equilibria.solving import solve

        found = solve(mechanism, Contest(own or 1, costs))
        return {label: _rounded_up(kept) for label, kept in found.surplus.items()}
    order = sorted(costs, key=lambda label: costs[label])
    if isinstance(mechanism, CentralProver):
        label = mechanism.label or order[0]
        if label not in costs:
            raise InvalidInput(f"costs must name the central prover {label!r}; got {', '.join(map(repr, costs))}.")
        return everybody({label: costs[label]}, own or Fraction(0))
    if isinstance(mechanism, DesignatedProver):  # nobody asks whether it wants to: it delivers at a loss below the slash
        return {label: (own or Fraction(0)) - cost for label, cost in costs.items() if (own or 0) + slash > cost}
    if isinstance(mechanism, DRAWN):
        return {label: max((own or Fraction(0)) - cost, Fraction(0)) for label, cost in costs.items() if cost <= (own or 0)}
    most = mechanism.high if isinstance(mechanism, DutchClock) else getattr(mechanism, "reserve", None)
    first, winners, paid = 1, order[:1], order[1:2]
    if isinstance(mechanism, SecondLowestPair):
        first, winners, paid = 3, order[1:3], order[3:4]
    bounds = [costs[label] for label in paid]
    if isinstance(mechanism, UndercutAuction):
        most, bounds = mechanism.first_fee, [cost / (1 - Fraction(mechanism.step)) for cost in bounds]
    if most is not None:
        bounds.append(Fraction(most))
    if not bounds:
        raise Refused(f"costs must name {first + 1} provers, or the rule must have a reserve; got {len(costs)}. Set a reserve.")
    price = min(bounds)
    if isinstance(mechanism, DutchClock):
        price = max(price, Fraction(mechanism.low))
    return {label: price - costs[label] for label in winners if costs[label] <= price}


def _terms(
    mechanism: Mechanism, costs: Mapping[str, Amount] | Contest, prize: Amount | None, deadline: Amount | None
) -> tuple[dict[str, Fraction], Fraction | None]:
    """Costs by label, and the price or the prize.

    Raises:
        InvalidInput, Refused: what is given does not go together.
    """
    paid = (*WORK_FIRST, *DRAWN, CentralProver, CurvedShare)
    known = (*AUCTIONS, SecondLowestPair, *POSED, *paid)
    name = type(mechanism).__name__
    if not isinstance(mechanism, known):
        raise Refused(f"{name} has no attack here. Use one of {', '.join(rule.__name__ for rule in known)}, or pass market=.")
    if isinstance(costs, Contest):
        if prize is not None:
            raise InvalidInput(f"prize must be None with a Contest; got {shown(prize)}. The contest has its own.")
        if not isinstance(mechanism, paid) or isinstance(mechanism, (*PRICED, CentralProver)):
            raise InvalidInput(f"costs must map labels to amounts for {name}; got a Contest. It is played in a Procurement.")
        if costs.known is None and (not isinstance(mechanism, EFFORTS) or deadline is not None):
            raise Refused(f"the costs of a Contest must be known for {name}, and for any deadline; got laws. Pass numbers.")
        return dict(zip(costs.labels, costs.known or [Fraction(0)] * len(costs.labels), strict=True)), Fraction(costs.prize)
    own = _own_price(mechanism)
    by_costs = isinstance(mechanism, CurvedShare) and mechanism.payment != "tullock"
    needed = isinstance(mechanism, paid) and own is None and not by_costs
    if needed and prize is None:
        raise InvalidInput(f"prize must be given for {name}; got None. Say what the winner is paid.")
    if not needed and prize is not None:
        raise InvalidInput(f"prize must be None for {name}; got {shown(prize)}. It has a price of its own.")
    if not isinstance(costs, Mapping) or not costs:
        raise InvalidInput(f"costs must map labels to amounts; got {shown(costs)}. For example {{'a': 1, 'b': 2}}.")
    amounts = {label: exact_amount(cost, f"costs.{label}") for label, cost in costs.items()}
    return amounts, own if prize is None else exact_amount(prize, "prize")


def _own_price(mechanism: Mechanism) -> Fraction | None:
    """What a rule states that it pays."""
    if isinstance(mechanism, PostedPrice):
        return Fraction(mechanism.price)
    if not isinstance(mechanism, Race):
        return None
    if mechanism.prize is None:
        raise Refused("Race must have a prize; got None. Pass Race(prize=...).")
    return Fraction(mechanism.prize)


def _seen_by_all(bond: Bond | None) -> None:
    if bond is not None and bond.payment == "on_assignment":
        raise Refused("bond.payment must be 'on_delivery'; got 'on_assignment'. A winner that is paid first is another game.")
    if bond is not None and bond.detection != 1:
        raise Refused(f"bond.detection must be 1; got {bond.detection}. That there is no proof by the deadline is seen by all.")


def _left_out(where: str, **given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise InvalidInput(f"{name} must be None {where}; got {shown(value)}. Leave it out.")


def _rounded_up(amount: Fraction | Enclosure) -> Fraction:
    return amount if isinstance(amount, Fraction) else Fraction(math.ceil(Fraction(amount.upper) * GRAIN), GRAIN)
