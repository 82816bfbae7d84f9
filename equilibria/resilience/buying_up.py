r"""What it costs to keep a user's request out where requests compete: by outbidding it, by posing as provers, or by a bribe.

All bids are known. The attacker adds $k$ bids of one amount $\beta$, which stand before equal ones, for all $k$ up to 1000 and
all $\beta$ among the users' bids for a proof from the target's up, and pays what the rule makes them pay, $\sum t$; what it buys
is worth nothing to it. In a block this keeps a transaction out, in an exchange it buys up the proofs, in a sale the tasks.

* *Exchange.* It may also pose as provers with asks at the lowest, until the target is not served or it makes every proof itself,
  and deliver none: it loses the slash $S$ for each, or what is burned of it where the caller of a slash gets the rest. Or it
  promises a prover $t_j/x_j-p_j+S$ for a proof, with asks $p_j$ as costs; nobody says whose proof the target's is, so it is the
  dearest. A prover that is kept out is outbid, or promised its surplus $t_j-p_jx_j$.
* *Block.* The miner (the prover who decides what it proves) is promised what it earns less by the best honest block without the
  target, $\mu(I(b))-\mu(I(b_{-u}))$. What a rule burns need not be made up for: under a base fee only the tip is.

Every round until the deadline costs the same. The cost is exact for these attacks; bids of different amounts may cost less.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from fractions import Fraction

from equilibria.resilience.attacks import Amount, Censorship, bribed, cheapest
from mechanisms import (
    BlockSpace,
    Bond,
    Exchange,
    FeeMechanism,
    InvalidInput,
    Market,
    Mechanism,
    OrderBook,
    Outcome,
    Refused,
    Sale,
    TodaStyle,
)
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["crowded_out"]

MINER = "miner"
"""Whom a bribe to leave a bid out of a block goes to."""

MOST_BIDS = 1000
"""Most bids that an attacker adds."""


def crowded_out(
    mechanism: Mechanism, market: Market, bids: object, *, target: str | None, bond: Bond | None, open_entry: bool, rounds: int
) -> Censorship:
    """The cheapest of these attacks.

    Arguments:
        mechanism: a rule of this market.
        market: who takes part; laws are not used.
        bids: every agent's bid.
        target: the user whose request is to be kept out, or a prover of an exchange.
        bond: what a prover has at stake for each proof; None for nothing.
        open_entry: whether the attacker may bid, as a user and as a prover.
        rounds: how many blocks or auctions there are until the deadline.

    Raises:
        InvalidInput: naming what is wrong.
        Refused: a market of another kind, or one whose bidders are fixed.
    """
    if not isinstance(market, Exchange | BlockSpace | Sale):
        got = type(market).__name__
        raise Refused(f"market must be an Exchange, a BlockSpace or a Sale; got {got}, to which no bid can be added.")
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1:
        raise InvalidInput(f"rounds must be a positive whole number; got {shown(rounds)}.")
    if not isinstance(bids, Mapping) or set(bids) != set(market.labels):
        raise InvalidInput(f"costs must be a bid for each of {', '.join(map(repr, market.labels))}; got {shown(bids)}.")
    if target not in market.labels:
        raise InvalidInput(f"target must be one of {', '.join(map(repr, market.labels))}; got {shown(target)}. Name an agent.")
    if bond is not None and (not isinstance(market, Exchange) or bond.payment == "on_assignment" or bond.detection != 1):
        raise Refused("bond must be one of provers of an Exchange, paid on delivery and seen by all.")
    if bond is not None and bond.recipient == "rescuer":
        raise Refused("bond.recipient must not be 'rescuer' in an Exchange; got one who proves after all. Nobody there is one.")
    known = {label: _amount(bids[label], label) for label in market.labels}
    honest = _outcome(mechanism, market, known)
    if honest.allocation[target] == 0:
        return bribed({})
    slash = Fraction(0) if bond is None else bond.deterring
    called = bond.kept if bond is not None and bond.recipient == "caller" else Fraction(0)  # the attacker asks first
    attacks = []
    if open_entry:
        attacks += list(_outbidding(mechanism, market, known, target, slash - called))
    if isinstance(market, Exchange):
        if open_entry and target in market.users:
            attacks += list(_posing(mechanism, market, known, target, slash - called))
        attacks.append(_bribe(market, known, honest, target, slash, called))
    elif isinstance(market, BlockSpace):
        assert isinstance(mechanism, FeeMechanism)
        attacks.append(_to_the_miner(mechanism, market, known, target))
    if not attacks and open_entry:
        raise Refused(f"no {MOST_BIDS} bids of one amount keep {target!r} out, and a buyer of a Sale cannot be bribed.")
    if not attacks:
        raise Refused("a buyer of a Sale can only be outbid: let the attacker bid, open_entry=True.")
    found = cheapest(attacks)
    many = {label: rounds * amount for label, amount in found.bribes.items()}
    return dataclasses.replace(
        found, cost=rounds * found.cost, bribes=many, forfeited=rounds * found.forfeited, paid=rounds * found.paid,
        bids=rounds * found.bids,
    )  # fmt: skip


def _amount(bid: Amount, label: str) -> Fraction:
    return exact_amount(bid, f"costs.{label}")


def _outbidding(
    mechanism: Mechanism, market: Exchange | BlockSpace | Sale, bids: Mapping[str, Fraction], target: str, slash: Fraction
) -> Iterator[Censorship]:
    """For each amount, the fewest bids that keep the target out."""
    sells = isinstance(market, Exchange) and target in market.provers
    worth = _for_one(market, bids)
    rivals = [worth[label] for label in (market.provers if isinstance(market, Exchange) and sells else _buyers(market))]
    levels = {bid for bid in rivals if (bid <= worth[target] if sells else bid >= worth[target])}
    proofs = sum(market.capacities) if isinstance(market, Exchange) else market.tasks
    most = len(market.labels) + (market.size if isinstance(market, BlockSpace) else proofs)
    for level in levels:
        for count in range(1, min(most, MOST_BIDS) + 1):
            made, names = _with(mechanism, market, bids, count, level, target, sells=sells)
            if made.allocation[target] != 0:
                continue
            if sells:  # it delivers nothing, and is paid nothing
                lost = slash * sum((made.allocation[name] for name in names), Fraction(0))
                yield Censorship(cost=lost, attack="win_and_withhold", bribes={}, forfeited=lost, bids=count)
            else:
                paid = sum((made.payments[name] for name in names), Fraction(0))
                yield Censorship(cost=paid, attack="outbid", bribes={}, forfeited=Fraction(0), paid=paid, bids=count)
            break


def _for_one(market: Exchange | BlockSpace | Sale, bids: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What each bids for one proof: an added bid is for one."""
    demands = dict(zip(market.users, market.demands, strict=True)) if isinstance(market, Exchange) else {}
    return {label: bid / demands.get(label, 1) for label, bid in bids.items()}


def _posing(
    mechanism: Mechanism, market: Exchange, bids: Mapping[str, Fraction], target: str, slash: Fraction
) -> Iterator[Censorship]:
    """The fewest asks at the lowest with which the target is not served, or nobody else makes a proof."""
    level = min(bids[label] for label in market.provers)
    for count in range(1, min(sum(market.capacities) + len(market.labels), MOST_BIDS) + 1):
        made, names = _with(mechanism, market, bids, count, level, market.provers[0], sells=True)
        if made.allocation[target] == 0 or all(made.allocation[label] == 0 for label in market.provers):
            lost = slash * sum((made.allocation[name] for name in names), Fraction(0))
            yield Censorship(cost=lost, attack="win_and_withhold", bribes={}, forfeited=lost, bids=count)
            return


def _bribe(
    market: Exchange, bids: Mapping[str, Fraction], honest: Outcome, target: str, slash: Fraction, called: Fraction
) -> Censorship:
    if target in market.provers:
        return bribed({target: honest.payments[target] - bids[target] * honest.allocation[target]})
    owed = {
        label: honest.payments[label] / honest.allocation[label] - bids[label] + slash
        for label in market.provers
        if honest.allocation[label] != 0
    }
    return bribed(dict([max(owed.items(), key=lambda entry: entry[1])]), called)


def _to_the_miner(mechanism: FeeMechanism, market: BlockSpace, bids: Mapping[str, Fraction], target: str) -> Censorship:
    def revenue(reports: list[Fraction]) -> Fraction:
        return Fraction(mechanism.confirm([reports[i] for i in mechanism.include(reports, market.size)]).revenue)

    less = revenue(list(bids.values())) - revenue([bid for label, bid in bids.items() if label != target])
    return bribed({MINER: max(less, Fraction(0))})


def _buyers(market: Exchange | BlockSpace | Sale) -> tuple[str, ...]:
    return market.users if isinstance(market, Exchange) else market.labels


def _with(
    mechanism: Mechanism, market: Exchange | BlockSpace | Sale, bids: Mapping[str, Fraction], count: int, level: Fraction,
    like: str, *, sells: bool,
) -> tuple[Outcome, tuple[str, ...]]:
    """What happens with so many more bids of one amount, before all others; and their names."""
    names = tuple(f"{'a' * (1 + max(map(len, market.labels)))}{i}" for i in range(count))  # longer than any name, so none of them
    laws = dict(zip(market.labels, market.priors, strict=True))
    added = dict.fromkeys(names, laws[like])
    wider: Market
    if isinstance(market, Exchange):
        users, provers = ({label: laws[label] for label in side} for side in (market.users, market.provers))
        users, provers = (users, added | provers) if sells else (added | users, provers)
        both = {
            "capacities": dict(zip(market.provers, market.capacities, strict=True)),
            "demands": dict(zip(market.users, market.demands, strict=True)),
        }
        wider = Exchange(users, provers, **both)
    elif isinstance(market, BlockSpace):
        wider = BlockSpace(added | laws, market.size)
    else:
        given = getattr(market, "capacities", None)
        sizes = None if given is None else dict.fromkeys(names, 1) | dict(zip(market.labels, given, strict=True))
        wider = Sale(added | laws, market.value, market.tasks, sizes)
    if isinstance(mechanism, OrderBook) and mechanism.arrivals is not None:
        mechanism = dataclasses.replace(mechanism, arrivals=(*names, *mechanism.arrivals))
    if isinstance(mechanism, TodaStyle) and mechanism.windows is not None:
        rows = [row for row in mechanism.windows if isinstance(row, tuple)]  # a mapping is kept as rows
        arrival, departure = next((row[1:] for row in rows if row[0] == like), (0, 0))
        mechanism = dataclasses.replace(mechanism, windows=(*rows, *((name, arrival, departure) for name in names)))
    reports = dict.fromkeys(names, level) | dict(bids)
    return _outcome(mechanism, wider, {label: reports[label] for label in wider.labels}), names


def _outcome(mechanism: Mechanism, market: Market, bids: Mapping[str, Fraction]) -> Outcome:
    evaluate = getattr(mechanism, "outcome", None)
    if evaluate is None:
        raise Refused(f"{type(mechanism).__name__} has no outcome of sealed bids. Use a rule that has.")
    outcome: Outcome = evaluate(market, bids)
    return outcome
