r"""A designated prover with a fallback committee: one is drawn to prove; if it does not, a committee does.

With $f$ of $n$ provers adversarial, a committee of $m$ drawn from the others, cost 1 a proof and penalty $C$ for none, the worst
case costs

$$ 1 - \frac fn + \frac fn\bigl[m\,(1-q) + C\,q\bigr], \qquad q = \binom{f-1}{m}\Big/\binom{n-1}{m} , $$

where $q$ is the chance that the whole committee is adversarial. *Derivation.* An adversary that is designated stays away,
which costs at least the one proof that it would have cost; of a committee with somebody honest in it adversaries do most
harm by proving too, and are paid for it; one without makes no proof ($C\ge m$). $q$ falls geometrically in $m$, so the
best $m$ is about $\log C/\log(n/f)$ and the fallback costs about $\frac fn\log C$.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any, final

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.contest_rule import ContestRule, Division, taking_part
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.statement import Number

__all__ = ["DesignatedProver", "best_committee", "worst_case_cost"]


@final
@dataclass(frozen=True, slots=True)
class DesignatedProver(ContestRule):
    """One prover, drawn evenly, is designated and paid the prize of a `Contest` for its proof; a committee stands behind it.

    If the designated prover does not deliver, a committee drawn evenly from the others proves, and each of it that delivers is
    paid the prize. Reports are 1 for who would deliver and 0 for who would not.

    Arguments:
        committee: how many stand behind, at least 0.
        slash: taken from a designated or committee member that does not deliver, at least 0.

    Raises:
        InvalidInput: the committee is no whole number of at least 0, or the slash is negative.
        Refused: a committee larger than all others.

    Example:
        >>> from mechanisms import Contest, DesignatedProver
        >>> market = Contest(prize=2, costs={"a": 1, "b": 1, "c": 1})
        >>> dict(DesignatedProver(committee=1).outcome(market, {"a": 1, "b": 1, "c": 0}).payments)
        {'a': Fraction(1, 1), 'b': Fraction(1, 1), 'c': Fraction(0, 1)}

    References:
        Bahrani, Neuder and Weinberg (2026), arXiv 2605.05559 (abstract).
    """

    kind = "designated_prover"

    committee: int = 0
    slash: float | Fraction = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.committee, bool) or not isinstance(self.committee, int) or self.committee < 0:
            raise InvalidInput(f"committee must be a whole number of at least 0; got {shown(self.committee)}. 0 is none.")
        self._check_amount("slash", optional=False)
        if self.slash < 0:
            raise InvalidInput(f"slash must be at least 0; got {self.slash!r}. Leave it out for none.")

    def divide(self, market: Contest, reports: Sequence[Any], number: Number) -> Division:
        """`proofs` are chances to be called and prove; shares those of being the designated prover, or of an equal part of the
        committee's deliveries."""
        willing = taking_part(market, reports)
        n, m, delivering = len(willing), self.committee, sum(willing)
        if m > n - 1:
            raise Refused(f"a committee of {m} needs as many provers besides the designated one; got {n - 1}. Make it smaller.")
        called = Fraction(m, n - 1) if m else Fraction(0)
        shares, paid, proofs = [], [], []
        for one in willing:
            others_failing = n - delivering - (0 if one else 1)
            on_call = Fraction(1, n) + Fraction(others_failing, n) * called
            share = Fraction(1, n)
            if m and one and others_failing:
                share += Fraction(others_failing, n) * called * _equal_part(m - 1, delivering - 1, n - 2)
            shares.append(number(share if one else 0))
            paid.append(number(market.prize) * number(on_call) if one else -number(self.slash) * number(on_call))
            proofs.append(number(on_call if one else 0))
        return shares, paid, proofs


def _equal_part(drawn: int, delivering: int, others: int) -> Fraction:
    """Expected $1/(1+K)$, $K$ the number that deliver of `drawn` out of `others`."""
    if not drawn:
        return Fraction(1)
    ways = ((k, comb(delivering, k) * comb(others - delivering, drawn - k)) for k in range(drawn + 1))
    return sum((Fraction(count, comb(others, drawn) * (1 + k)) for k, count in ways), Fraction(0))


def worst_case_cost(provers: int, honest: int, penalty: float | Fraction, committee: int) -> Fraction:
    """What the worst case costs, in costs of a proof; the formula is at the top of this module.

    Arguments:
        provers: how many there are.
        honest: how many of them always prove when called, at least 1.
        penalty: what having no proof costs, at least the size of the committee and at least 1.
        committee: its size.

    Raises:
        InvalidInput: honest out of 1 to provers, a committee out of 0 to provers - 1, or a penalty that is too small.

    Example:
        >>> worst_case_cost(10, 5, 1000, 4)
        Fraction(271, 42)
    """
    if not 1 <= honest <= provers:
        raise InvalidInput(f"honest must lie in 1 to {provers}, the provers; got {honest}. Somebody has to prove.")
    if not 0 <= committee <= provers - 1:
        raise InvalidInput(f"committee must lie in 0 to {provers - 1}; got {committee}. It is drawn from the others.")
    loss = exact_amount(penalty, "penalty")
    if loss < max(committee, 1):
        raise InvalidInput(f"penalty must be at least {max(committee, 1)}, what proofs cost; got {penalty!r}. Else do not prove.")
    faulty = provers - honest
    if not faulty:
        return Fraction(1)
    chance, nobody = Fraction(faulty, provers), Fraction(comb(faulty - 1, committee), comb(provers - 1, committee))
    return 1 - chance + chance * (committee * (1 - nobody) + loss * nobody)


def best_committee(provers: int, honest: int, penalty: float | Fraction) -> int:
    """The committee of the least worst-case cost, the smallest of equals.

    Example:
        >>> [best_committee(100, 50, 10**k) for k in (1, 2, 3, 4)]
        [3, 6, 9, 12]
    """
    sizes = range(min(provers, int(exact_amount(penalty, "penalty")) + 1))
    return min(sizes, key=lambda size: worst_case_cost(provers, honest, penalty, size))
