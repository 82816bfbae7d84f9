"""Whether payments can make truth optimal: the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from equilibria.equilibrium import Certificate
from equilibria.finite.option_values import LinearOptions, TabulatedOptions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Implementability:
    r"""An answer with its proof: payments, or a cycle of types that no payments can satisfy.

    Attributes:
        status: `"proved"` (payments exist) or `"refuted"`.
        message: one sentence.
        method: `"one_parameter"` (types on a line, neighbours compared) or `"type_graph"`.
        payments: what each type pays, the largest payments at which truth is optimal and every type has at least nothing; None
            where there are none.
        cycle: types in order, None if implementable. If each took the outcome of the type before it (the first, that of the
            last), their values would rise in total; payments cancel, so under any of them one of these types prefers to lie.
        weight: of the cycle, the sum of $v_t(a_t)-v_t(a_s)$ over its steps from s to t: below zero, and exact.
        sweeps: how often all types were compared with all options.
    """

    status: Literal["proved", "refuted"]
    message: str
    method: Literal["one_parameter", "type_graph"]
    payments: tuple[Fraction, ...] | None = None
    cycle: tuple[int, ...] | None = None
    weight: Fraction | None = None
    sweeps: int = 1
    problem: LinearOptions | TabulatedOptions = field(repr=False)

    @property
    def certificate(self) -> Certificate:
        """A file for `check`: the table and the payments, or the rows of the cycle. It is made when it is asked for.

        Raises:
            Refused: the table has more than four million entries.
        """
        from equilibria.finite.implementability_file import implementability_file

        return Certificate(implementability_file(self))

    def __str__(self) -> str:
        return self.message


Method = Literal["one_parameter", "type_graph"]
Problem = LinearOptions | TabulatedOptions


def proved(problem: Problem, payments: tuple[Fraction, ...], method: Method, sweeps: int) -> Implementability:
    """Payments exist: these."""
    why = "neighbours on the line of types suffice" if method == "one_parameter" else "no cycle of types is negative"
    message = f"implementable: payments make truth optimal for all {len(payments)} types ({why})"
    return Implementability(
        status="proved", message=message, method=method, payments=payments, sweeps=sweeps, problem=problem
    )


def refuted(problem: Problem, cycle: tuple[int, ...], method: Method, sweeps: int) -> Implementability:
    """No payments exist, because of this cycle, whose weight is computed anew from the table as it was given."""
    weight = Fraction(0)
    for before, kind in zip((cycle[-1], *cycle), cycle, strict=False):
        own, other = (int(problem.assigned[t]) for t in (kind, before))
        weight += problem.value(kind, own) - problem.value(kind, other)
    if weight >= 0:
        raise AssertionError(f"the cycle {cycle} weighs {weight}, which is not below zero")
    shown = ", ".join(map(str, cycle[:8])) + (f", ... ({len(cycle)} types)" if len(cycle) > 8 else "")
    message = (
        f"not implementable: types {shown} gain {-weight} in total if each takes the outcome of the one before it; "
        "payments cancel"
    )
    return Implementability(
        status="refuted", message=message, method=method, cycle=cycle, weight=weight, sweeps=sweeps, problem=problem
    )
