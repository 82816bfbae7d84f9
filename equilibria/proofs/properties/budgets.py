r"""Who is left with a bill: the money that the rule takes in, less what it pays out.

An exchange, or a sale, has no deficit if $\sum_i s_i p_i \ge 0$ ($s_i = 1$ for a buyer, $-1$ for a prover), and is balanced if
that is zero. In a procurement the requester pays, and has no deficit if the proofs are worth it: $\sum_i p_i \le v \sum_i x_i$.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, final

from equilibria.proofs.affine import Form, Rat, combined, scaled, summed
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, truthful
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import others
from equilibria.proofs.trees import Leaf
from mechanisms.errors import Refused

__all__ = ["BudgetBalance", "NoDeficit"]


def deficit(setting: Setting, leaf: Leaf) -> Form:
    """What the rule pays out, less what it takes in."""
    total = summed(scaled(payment, -sign) for sign, payment in zip(setting.signs, leaf.payments, strict=True))
    if setting.kind == "procurement":
        assert setting.value is not None  # `obligations` has seen to it
        total = combined(total, -setting.value, summed(leaf.allocation))
    return total


@final
@dataclass(frozen=True, slots=True)
class NoDeficit(Property):
    """The rule never pays out more than it takes in (in a procurement: than the proofs are worth)."""

    name: ClassVar[str] = "no_deficit"

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        if setting.kind == "procurement" and setting.value is None:
            raise Refused(
                "no_deficit in a procurement needs the requester's value as a number, and a rule under which every proof is used "
                "(a race makes many for one award): pass a Procurement with value=number."
            )

        def claims(leaves: Sequence[Leaf]) -> list[Claim]:
            return [Claim(deficit(setting, leaves[0]))]

        yield truthful(setting, claims)

    def story(self, setting: Setting, found: Found) -> str:
        return f"at {others(found.reports[0])} the rule pays out {Fraction(found.excess)} more than it takes in"


@final
@dataclass(frozen=True, slots=True)
class BudgetBalance(Property):
    """What users pay is what provers are paid."""

    name: ClassVar[str] = "budget_balance"

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        if setting.kind != "exchange":
            raise Refused(f"budget_balance is about two sides; this is a {setting.kind}. Ask for no_deficit.")

        def claims(leaves: Sequence[Leaf]) -> list[Claim]:
            missing = deficit(setting, leaves[0])
            return [Claim(missing), Claim(scaled(missing, -1))]

        yield truthful(setting, claims)

    def story(self, setting: Setting, found: Found) -> str:
        excess: Rat = found.excess
        what = "pays out {} more than it takes in" if found.claim == 0 else "keeps {}"
        return f"at {others(found.reports[0])} the rule {what.format(Fraction(excess))}"
