r"""A prover that took requests learns its cost and delivers, delivers late, abandons, or slashes itself.

With $N$ assignments at fee $P$, a slash $S$, a cost $C$ for each proof, future business worth $F$ and a gain $G$ from having no
proof in time, the moves are

    lock ── outage? ── deliver all            N P - N C
                    ├─ deliver all but one ─┐
                    └─ deliver none ────────┤
                                            └─ after the deadline: walk away | deliver late | ask for one's own slash

and what each end pays is what `settle` says. Nothing about a good or a bad rule is known here: backward induction over all
costs finds what the prover does, and `findings` are the moves that it makes and the rule's author may not have meant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, final

from equilibria.collateral.cost_lines import CostLines, Piece
from equilibria.collateral.cost_tree import Chance, Decision, Leaf, Tree, backward_induction
from equilibria.collateral.survival_integral import Bounds, expectation, probability_above
from mechanisms import Bond, Distribution, Enclosure, InvalidInput, settle
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["DeliveryGame", "Finding", "Play", "play"]

Kind = Literal["free_abandonment", "entry_to_abandon", "late_self_rescue", "self_slash"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryGame:
    r"""What a prover faces once it has taken requests.

    Arguments:
        bond: the terms.
        price: the fee $P$ of each assignment, in money.
        assignments: how many were taken at once, at least 1; all cost the same.
        late_work: what a late proof costs, as a share of $C$; None where nobody may deliver late.
        outage: the probability that no proof can be made in time.
        rescued_first: the probability that another one delivers late first.
        others_first: the probability that another one asks for the slash before the defaulter does.
        future_value: what a default costs in later business, $F$.
        sabotage_gain: what it is worth to the prover, as a rival, that a proof is missing at the deadline, $G$.

    Raises:
        InvalidInput: naming the field that is wrong.
    """

    bond: Bond
    price: Fraction
    assignments: int = 1
    late_work: Fraction | None = Fraction(1)
    outage: Fraction = Fraction(0)
    rescued_first: Fraction = Fraction(0)
    others_first: Fraction = Fraction(1)
    future_value: Fraction = Fraction(0)
    sabotage_gain: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if not isinstance(self.bond, Bond):
            raise InvalidInput(f"bond must be a Bond; got {shown(self.bond)}. Try Bond(slash=50).")
        if isinstance(self.assignments, bool) or not isinstance(self.assignments, int) or self.assignments < 1:
            raise InvalidInput(f"assignments must be a positive whole number; got {shown(self.assignments)}.")
        for name in ("price", "late_work", "outage", "rescued_first", "others_first", "future_value", "sabotage_gain"):
            given = getattr(self, name)
            if given is None and name == "late_work":
                continue
            amount = exact_amount(given, name)
            if name in ("outage", "rescued_first", "others_first") and amount > 1:
                raise InvalidInput(f"{name} must lie in [0, 1]; got {shown(given)}. It is a probability.")
            object.__setattr__(self, name, amount)

    def tree(self, without: frozenset[str] = frozenset()) -> Tree:
        """The moves, less those whose names are in `without`."""
        n = self.assignments
        choices: dict[str, Tree] = {"deliver": Leaf(self.price * n, Fraction(n))}
        if n > 1:
            choices["deliver all but one"] = self.after_deadline(n - 1, without)
        choices["deliver none"] = self.after_deadline(0, without)
        if self.outage == 0:
            return Decision(choices)
        down = Decision({"in an outage": self.after_deadline(0, without)})
        return Chance(((1 - self.outage, Decision(choices)), (self.outage, down)))

    def after_deadline(self, delivered: int, without: frozenset[str] = frozenset()) -> Tree:
        """The moves after the deadline, if so many were delivered in time."""
        missing = self.assignments - delivered
        fee, work = self.price * missing, Fraction(delivered)
        bond = replace(self.bond, slash=self.bond.total(missing))
        start = self.price * delivered + self.sabotage_gain - self.future_value
        lost = start + settle(bond, "abandoned", fee).locker
        unseen = start + settle(bond, "abandoned", fee, slashed=False).locker
        d = bond.detection
        choices: dict[str, Tree] = {"walk away": Chance(((d, Leaf(lost, work)), (1 - d, Leaf(unseen, work))))}
        if self.late_work is not None:
            late, r = start + settle(bond, "late", fee).locker, self.rescued_first
            beaten = start + settle(bond, "rescued", fee).locker
            effort = work + self.late_work * missing
            choices["deliver late"] = Chance(((1 - r, Leaf(late, effort)), (r, Leaf(beaten, effort))))
        if bond.recipient == "caller" and bond.deterring:
            own, o = start + settle(bond, "self_slashed", fee).locker, self.others_first
            choices["slash oneself"] = Chance(((o, Leaf(lost, work)), (1 - o, Leaf(own, work))))
        return Decision({name: branch for name, branch in choices.items() if name not in without})


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """A move that pays: its kind, what it gains over the best play without it, and the cost at which it gains most."""

    kind: Kind
    gain: Fraction
    cost: Fraction | None


@final
@dataclass(frozen=True, slots=True)
class Play:
    """The prover's best play.

    Arguments:
        game: what it faces.
        value: $V(C)$ after the lock, with the plan on each piece.
        late: the same after the deadline, if nothing was delivered.
        findings: moves that pay and may not be meant.
    """

    game: DeliveryGame
    value: CostLines
    late: CostLines
    findings: tuple[Finding, ...]

    @property
    def threshold(self) -> Fraction:
        """The cost up to which everything is delivered in time, if there is no outage."""
        return next(piece.start for piece in self.value.pieces if piece.plan[0] != "deliver")

    @property
    def abandonment_penalty(self) -> Fraction:
        """What delivering at no cost pays more than walking away, for one assignment of all."""
        return self._penalty("walk away")

    @property
    def lateness_penalty(self) -> Fraction | None:
        """What delivering in time at no cost pays more than delivering late at no cost; None where nobody may."""
        return None if self.game.late_work is None else self._penalty("deliver late")

    def worth(self, law: Distribution) -> Fraction | Enclosure:
        """The expected value of having locked, before the cost is known."""
        return expectation(self.value, law).result

    def option(self, law: Distribution) -> Fraction | Enclosure:
        r"""What it is worth that the prover need not deliver: $E[V(C)]-N(P-E[C])$; $E[(C-P-K)^+]$ in the plain case."""
        n, fee = self.game.assignments, self.game.price
        pieces = tuple(Piece(p.start, p.constant - n * fee, p.slope + n, p.plan) for p in self.value.pieces)
        return expectation(CostLines(pieces), law).result

    def undelivered(self, law: Distribution) -> Fraction | Enclosure:
        """The probability that not everything is delivered in time."""
        q, least, most = self.game.outage, Fraction(0), Fraction(0)
        ends = [piece.start for piece in self.value.pieces[1:]]
        for piece, end in zip(self.value.pieces, [*ends, None], strict=True):
            if piece.plan[0] != "deliver":
                first = Bounds(Fraction(1), Fraction(1)) if piece.start == 0 else probability_above(law, piece.start)
                last = Bounds(Fraction(0), Fraction(0)) if end is None else probability_above(law, end)
                least, most = least + max(first.lower - last.upper, Fraction(0)), most + first.upper - last.lower
        return Bounds(q + (1 - q) * least, q + (1 - q) * min(most, Fraction(1))).result

    def _penalty(self, move: str) -> Fraction:
        others = frozenset({"walk away", "deliver late", "slash oneself"} - {move})
        then = backward_induction(self.game.after_deadline(0, others)).at(Fraction(0))
        return self.game.price * self.game.assignments - then


def play(game: DeliveryGame) -> Play:
    r"""Solve the game by backward induction, at all costs at once.

    Arguments:
        game: what the prover faces.

    Returns:
        Its value and plan on each interval of costs, exactly, and what it gains by moves that may not be meant:
        `free_abandonment` (at high costs walking away costs nothing), `entry_to_abandon` (it even pays), `late_self_rescue`
        (the defaulter collects by its own late proof), `self_slash` (it asks for its own slash).

    Notes:
        About a millisecond. Deliveries of other numbers of assignments than none, all but one and all are never better: for
        each later move, what $k<N$ of them pay is linear in $k$.

    Example:
        >>> from mechanisms import Bond
        >>> found = play(DeliveryGame(bond=Bond(slash=50, burned="1/2", recipient="rescuer"), price=Fraction(8)))
        >>> found.threshold, found.lateness_penalty, found.abandonment_penalty
        (Fraction(58, 1), Fraction(33, 1), Fraction(58, 1))
        >>> [(finding.kind, str(finding.gain)) for finding in found.findings]
        [('late_self_rescue', '25')]
    """
    value = backward_induction(game.tree())
    after = game.after_deadline(0)
    late = backward_induction(after)
    findings: list[Finding] = []
    end = value.pieces[-1]
    if game.outage == 0 and end.constant >= 0:
        findings.append(Finding("entry_to_abandon" if end.constant else "free_abandonment", end.constant, None))
    moves: tuple[tuple[Kind, str], ...] = (("late_self_rescue", "deliver late"), ("self_slash", "slash oneself"))
    for kind, move in moves:
        rest = backward_induction(game.after_deadline(0, frozenset({move})))
        costs = sorted({Fraction(0), *late.breaks, *rest.breaks})
        gain, cost = max(((late.at(c) - rest.at(c), -c) for c in costs), default=(Fraction(0), Fraction(0)))
        if gain > 0:
            findings.append(Finding(kind, gain, -cost))
    return Play(game, value, late, tuple(findings))
