r"""What properties of fee markets have in common: honest play, and what a coalition with the miner can do instead.

Honest users of value $v$ bid $\sigma(v)$, or $v$; an honest miner includes what the rule says. A coalition of the miner and the
users $C$ (perhaps none) bids anything, fills the block with any of the bids that there are and with up to $F$ of its own, and
counts together

$$ U = \mu + \sum_{i\in C}(v_i x_i - p_i) - \sum_{f}p_f - \gamma\sum_{i\in C}(1-x_i)(b_i-v_i)^+ - \gamma\sum_f(1-x_f)b_f , $$

the last two sums over its bids in the block: what a bid above its value may still cost it when it is confirmed later.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import ClassVar, Literal, TypeAlias

from equilibria.proofs.affine import Form, Rat, combined, constant, exact, scaled, summed, variable
from equilibria.proofs.fee_stages import BLOCK, stage_setting
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, Run
from equilibria.proofs.obligations import product as multiplied
from equilibria.proofs.settings import Setting
from equilibria.proofs.trees import Condition, Leaf
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused

__all__ = ["Bidding", "FeeProperty", "at_risk", "bid_conditions", "joint_play", "joint_story", "overbids", "suggesting"]

Bidding: TypeAlias = Literal["suggested", "truthful"]
MOST_FAKES = 10


@dataclass(frozen=True, slots=True)
class FeeProperty(Property, ABC):
    """A property of a fee rule in a `BlockSpace`; abstract, its subclasses are final."""

    subject: ClassVar[str] = "fee_market"

    def setting_of_run(self, setting: Setting, copies: tuple[int, int]) -> Setting:
        return stage_setting(setting, *copies)

    def _terms(self) -> str:
        """What is said of the parameters after the sentence."""
        fakes, gamma = getattr(self, "fakes", 0), getattr(self, "gamma", 0)
        added = f", adding up to {fakes} {'bid' if fakes == 1 else 'bids'}" if fakes else ""
        return added + (f", with gamma = {gamma}" if gamma else "")

    def _users(self, setting: Setting) -> int:
        """How many users there are.

        Raises:
            Refused: it is no fee market, or a value may be negative.
        """
        if setting.kind != "block_space":
            raise Refused(f"{self.name} is about a fee rule in a BlockSpace; this is a {setting.kind}.")
        for label, (low, _) in zip(setting.labels, setting.bounds, strict=True):
            if low is None or low < 0:
                raise Refused(f"{self.name} needs values of at least 0, as bids are; user {label!r} may have less.")
        return setting.agents

    def _check_count(self, field: str, least: int) -> None:
        value = getattr(self, field)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_FAKES:
            raise InvalidInput(f"{field} must be a whole number from {least} to {MOST_FAKES}; got {shown(value)}.")

    def _check_flag(self, field: str) -> None:
        value = getattr(self, field)
        if not isinstance(value, bool):
            raise InvalidInput(f"{field} must be True or False; got {shown(value)}.")

    def _check_bidding(self) -> None:
        value = getattr(self, "bidding", None)
        if value not in ("suggested", "truthful"):
            raise InvalidInput(f"bidding must be 'suggested' or 'truthful'; got {shown(value)}.")

    def _check_gamma(self) -> None:
        gamma = exact(getattr(self, "gamma", None))
        if gamma is None or not 0 <= gamma <= 1:
            raise InvalidInput(f"gamma must be a number from 0 to 1; got {shown(getattr(self, 'gamma', None))}.")
        object.__setattr__(self, "gamma", Fraction(gamma))


def suggesting(members: Sequence[int], bidding: Bidding) -> int:
    """The stage of honest play in which these users bid what the rule suggests for their values."""
    return sum(1 << member for member in members) if bidding == "suggested" else 0


def bid_conditions(setting: Setting, valued: Sequence[int], variables: int) -> list[Condition]:
    """Values of some users lie in their supports; all other variables are bids of at least 0."""
    found: list[Condition] = []
    for place in range(variables):
        found += setting.within(place, variable(place)) if place in valued else [(variable(place), False)]
    return found


def overbids(pairs: Sequence[tuple[Form, Form]], gamma: Rat) -> Iterator[tuple[list[Condition], tuple[bool, ...]]]:
    """Every way in which bids may lie above their values or below; one case without conditions if nobody minds."""
    if not gamma:
        yield [], (False,) * len(pairs)
        return
    for above in product((True, False), repeat=len(pairs)):
        excess = [combined(bid, -1, value) for bid, value in pairs]
        yield [(scaled(form, 1 if over else -1), False) for form, over in zip(excess, above, strict=True)], above


def at_risk(share: Form, bid: Form, value: Form) -> dict[int, Rat]:
    """The chance of not being confirmed times what a bid exceeds its value by."""
    return multiplied(combined(constant(1), -1, share), combined(bid, -1, value))


def blocks(users: int, size: int, fakes: int, short: bool) -> Iterator[tuple[tuple[int, ...], int]]:
    """The blocks that a miner can make: whose bids, in their order, and how many of its own behind them."""
    for added in range(min(fakes, size) + 1):
        for count in range(min(users, size - added) + 1):
            if short or count + added == size:
                for chosen in combinations(range(users), count):
                    yield chosen, added


def joint_play(
    setting: Setting, coalition: tuple[int, ...], bidding: Bidding, fakes: int, gamma: Rat, short: bool
) -> Iterator[Obligation]:
    """The miner and a coalition of users gain nothing together; all bids of others are arbitrary.

    `members` of an obligation are the coalition and then, n higher, the users whose bids are in the block.

    Raises:
        Refused: only full blocks are asked about, and there is none.
    """
    n = setting.agents
    if not short and n + fakes < setting.units:
        raise Refused(
            f"short=False needs a block without room; {n} users and {fakes} added bids do not fill {setting.units} places. "
            "Pass short=True, or more fakes."
        )
    for chosen, added in blocks(n, setting.units, fakes, short):
        liars = [member for member in chosen if member in coalition]
        lies = {member: variable(n + place) for place, member in enumerate(liars)}
        own = [variable(n + len(liars) + place) for place in range(added)]
        block = [lies.get(user, variable(user)) for user in chosen] + own
        variables = n + len(liars) + added
        for case, above in overbids([(lies[member], variable(member)) for member in liars], gamma):
            risky = {member for member, over in zip(liars, above, strict=True) if over}

            def claims(
                leaves: Sequence[Leaf],
                chosen: tuple[int, ...] = chosen,
                block: list[dict[int, Rat]] = block,
                risky: set[int] = risky,
            ) -> list[Claim]:
                honest, made = leaves
                gains: list[Form] = [made.payments[-1], scaled(honest.payments[-1], -1)]
                for member in coalition:
                    gains.append(scaled(_utility(member, honest, member), -1))
                for place, bid in enumerate(block):
                    user = chosen[place] if place < len(chosen) else None
                    if user in coalition:
                        gains.append(_utility(user, made, place))
                    elif user is None:
                        gains.append(scaled(made.payments[place], -1))
                    if gamma and (user is None or user in risky):
                        worth: Form = {} if user is None else variable(user)
                        gains.append(scaled(at_risk(made.allocation[place], bid, worth), -gamma))
                return [Claim(summed(gains))]

            yield Obligation(
                subject=" and ".join(("the miner", *(setting.labels[member] for member in coalition))),
                variables=variables,
                conditions=(*bid_conditions(setting, coalition, variables), *case),
                runs=(
                    Run((*(variable(user) for user in range(n)), {}), (suggesting(coalition, bidding), n)),
                    Run((*block, {}), (BLOCK, len(block))),
                ),
                claims=claims,
                members=(*coalition, *(n + user for user in chosen)),
            )


def _utility(user: int, leaf: Leaf, place: int) -> dict[int, Rat]:
    """What a user makes of the bid at a place."""
    return combined(multiplied(variable(user), leaf.allocation[place]), -1, leaf.payments[place])


def joint_story(setting: Setting, found: Found) -> str:
    """Who bids what, which block the miner makes instead, and what they gain."""
    n = setting.agents
    members = found.obligation.members
    coalition, chosen = [m for m in members if m < n], [m - n for m in members if m >= n]
    honest, block = found.reports
    told = ", ".join(
        f"{setting.labels[user]} {'has value' if user in coalition else 'bids'} {Fraction(honest[user])}" for user in range(n)
    )
    names = [f"{setting.labels[user]}'s" for user in chosen] + ["a fake"] * (len(block) - 1 - len(chosen))
    bids = ", ".join(f"{name} {Fraction(bid)}" for name, bid in zip(names, block, strict=False)) or "nothing"
    excess = Fraction(found.excess)
    if not coalition:
        return f"{told}: the miner confirms {bids} and gains {excess}"
    *first, last = ("the miner", *(setting.labels[member] for member in coalition))
    return f"{told}: {', '.join(first)} and {last} confirm {bids} and gain {excess} together"
