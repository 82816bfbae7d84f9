r"""Capacities as reports: what a prover of capacity $s$ gains by reporting another, or by splitting it between two names.

With the report $s'$ a prover is told to make $x'$ proofs for $t'$ and delivers $\min(x', s)$ of them. Paid on delivery, it gets
its share $t'\min(x', s)/x'$; paid on assignment, it gets $t'$ whatever it delivers. A split prover reports $s_1 + s_2 = s$ under
two names, the second of which stands last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar, Literal, final

from equilibria.proofs.affine import ONE, Form, Rat, combined, scaled, variable
from equilibria.proofs.obligations import Claim, Found, Obligation, Property, Run, utility
from equilibria.proofs.settings import Setting, types
from equilibria.proofs.stories import agent, others
from equilibria.proofs.symbols import Untraceable
from equilibria.proofs.trees import Leaf
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused

__all__ = ["CapacityReports", "CapacitySplits"]

MOST = 50


def sizes_of(setting: Setting) -> tuple[int, ...]:
    """Demands of users and capacities of provers.

    Raises:
        Refused: it is no exchange.
    """
    if setting.kind != "exchange":
        raise Refused(f"capacities are those of an Exchange; this is a {setting.kind}.")
    return setting.sizes or (1,) * setting.agents


@final
@dataclass(frozen=True, slots=True)
class CapacityReports(Property):
    """No prover gains by reporting another capacity.

    Arguments:
        direction: whether less than the capacity is reported (`"under"`), more (`"over"`), or either (`"both"`).
        paid: for proofs that are delivered (`"delivery"`), or for those that were assigned (`"assignment"`).
        costs: whether the cost that is reported with it may be false as well (`"any"`), or is the true one (`"true"`).
        most: the highest capacity that is reported; None for one more than all users demand, beyond which `ProoflikeA` and
            `ProoflikeC` hear no difference.

    Raises:
        InvalidInput: a parameter is out of range.
    """

    name: ClassVar[str] = "capacity_reports"
    subject: ClassVar[str] = "capacities"

    direction: Literal["under", "over", "both"] = "both"
    paid: Literal["delivery", "assignment"] = "delivery"
    costs: Literal["any", "true"] = "any"
    most: int | None = None

    def __post_init__(self) -> None:
        for field, choices in (
            ("direction", ("under", "over", "both")),
            ("paid", ("delivery", "assignment")),
            ("costs", ("any", "true")),
        ):
            if getattr(self, field) not in choices:
                raise InvalidInput(f"{field} must be one of {', '.join(choices)}; got {shown(getattr(self, field))}.")
        most = self.most
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST):
            raise InvalidInput(f"most must be a whole number from 1 to {MOST}, or None; got {shown(most)}.")

    def parameters(self) -> Mapping[str, object]:
        most = {} if self.most is None else {"most": self.most}
        return {"direction": self.direction, "paid": self.paid, "costs": self.costs, **most}

    def setting_of_run(self, setting: Setting, copies: tuple[int, int]) -> Setting:
        prover, capacity = copies
        sizes = sizes_of(setting)
        return setting if not capacity else replace(setting, sizes=(*sizes[:prover], capacity, *sizes[prover + 1 :]))

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        sizes, n = sizes_of(setting), setting.agents
        most = sum(sizes[user] for user in setting.places(1)) + 1 if self.most is None else self.most
        if most > MOST:
            raise Refused(f"capacity_reports tries every capacity up to {most}, for all users' demand; pass most= for fewer.")
        reports = [
            (prover, told)
            for prover in setting.places(-1)
            for told in range(1, most + 1)
            if (told < sizes[prover] and self.direction != "over") or (told > sizes[prover] and self.direction != "under")
        ]
        if not reports:
            raise Refused(f"no capacity can be reported {self.direction} in this market: there is nothing to prove.")
        for prover, told in reports:
            truth = types(n)
            ask = variable(n if self.costs == "any" else prover)
            conditions = [condition for place, form in enumerate(truth) for condition in setting.within(place, form)]
            if self.costs == "any":
                conditions += setting.within(prover, ask)

            def claims(leaves: Sequence[Leaf], prover: int = prover) -> list[Claim]:
                honest, other = leaves
                gain = combined(
                    self._delivered(sizes[prover], prover, other),
                    -1,
                    utility(-1, variable(prover), honest.allocation[prover], honest.payments[prover]),
                )
                return [Claim(gain)]

            yield Obligation(
                subject=f"{setting.labels[prover]} with {told}",
                variables=n + (self.costs == "any"),
                conditions=tuple(conditions),
                runs=(Run(tuple(truth)), Run((*truth[:prover], ask, *truth[prover + 1 :]), (prover, told))),
                claims=claims,
                members=(prover, told),
            )

    def sentence(self) -> str:
        what = {"under": "less than its capacity", "over": "more than its capacity", "both": "another capacity"}[self.direction]
        most = "one more than all users demand" if self.most is None else self.most
        return f"no prover gains by reporting {what}, up to {most}, paid on {self.paid}"

    def _delivered(self, capacity: int, prover: int, leaf: Leaf) -> dict[int, Rat]:
        """What a prover makes of an assignment that it may be unable to deliver."""
        assigned = _constant(leaf.allocation[prover])
        if assigned % 1 and self.direction != "under":
            raise Refused("a lottery may assign more than a prover can make, and its expectation does not say how often.")
        made = min(assigned, capacity)
        paid = leaf.payments[prover]
        if self.paid == "delivery" and assigned > made:
            paid = scaled(paid, Fraction(made) / assigned)
        return utility(-1, variable(prover), {ONE: made} if made else {}, paid)

    def story(self, setting: Setting, found: Found) -> str:
        prover, told = found.obligation.members
        truth, lie = found.reports
        capacity = sizes_of(setting)[prover]
        asks = "" if lie[prover] == truth[prover] else f" and asks {Fraction(lie[prover])}"
        return (
            f"{agent(setting, prover)}, cost {Fraction(truth[prover])} and capacity {capacity}, reports capacity {told}{asks} "
            f"against {others(truth, (prover,))}: gains {Fraction(found.excess)}"
        )


@final
@dataclass(frozen=True, slots=True)
class CapacitySplits(Property):
    """No prover gains by splitting its capacity between two names."""

    name: ClassVar[str] = "capacity_splits"
    subject: ClassVar[str] = "capacities"

    def setting_of_run(self, setting: Setting, copies: tuple[int, int]) -> Setting:
        prover, second = copies
        if not second:
            return setting
        more = replace(setting, sizes=sizes_of(setting)).with_more(prover, 1)
        sizes = list(more.sizes)
        sizes[prover], sizes[-1] = sizes[prover] - second, second
        return replace(more, sizes=tuple(sizes))

    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        sizes, n = sizes_of(setting), setting.agents
        splits = [(prover, second) for prover in setting.places(-1) for second in range(1, sizes[prover])]
        if not splits:
            raise Refused("capacity_splits needs a prover with a capacity of at least 2. Pass capacities= to the Exchange.")
        for prover, second in splits:
            truth = types(n)
            asks = variable(n), variable(n + 1)
            conditions = [condition for place, form in enumerate(truth) for condition in setting.within(place, form)]
            conditions += [condition for ask in asks for condition in setting.within(prover, ask)]

            def claims(leaves: Sequence[Leaf], prover: int = prover) -> list[Claim]:
                honest, other = leaves
                gain: Form = scaled(utility(-1, variable(prover), honest.allocation[prover], honest.payments[prover]), -1)
                for place in (prover, n):
                    gain = combined(gain, 1, utility(-1, variable(prover), other.allocation[place], other.payments[place]))
                return [Claim(gain)]

            yield Obligation(
                subject=f"{setting.labels[prover]} with {second} under another name",
                variables=n + 2,
                conditions=tuple(conditions),
                runs=(
                    Run(tuple(truth)),
                    Run((*truth[:prover], asks[0], *truth[prover + 1 :], asks[1]), (prover, second)),
                ),
                claims=claims,
                members=(prover, second),
            )

    def story(self, setting: Setting, found: Found) -> str:
        prover, second = found.obligation.members
        truth, lies = found.reports
        capacity = sizes_of(setting)[prover]
        return (
            f"{agent(setting, prover)}, cost {Fraction(truth[prover])} and capacity {capacity}, reports {capacity - second} at "
            f"{Fraction(lies[prover])} and {second} at {Fraction(lies[-1])} under two names against {others(truth, (prover,))}: "
            f"gains {Fraction(found.excess)}"
        )


def _constant(share: Form) -> Rat:
    if share.keys() - {ONE}:
        raise Untraceable("lets the number of a prover's proofs depend on reports continuously")
    return share.get(ONE, 0)
