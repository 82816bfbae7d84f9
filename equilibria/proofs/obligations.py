r"""What a property asks of a decision tree, in the one form that the engine decides.

An obligation quantifies over real variables that satisfy some conditions. The rule is run on one or several vectors of reports
that are affine in the variables; whatever it decides there, some claims must hold:

$$ \forall z:\; g(z) \ge 0 \implies t\big(z, f(r_1(z)), \dots, f(r_m(z))\big) \le 0 . $$

To add a property, write a frozen dataclass with `name`, `obligations(setting)`, `parameters()` and `story(...)` in a file of
`equilibria/proofs/properties/`, register it in `properties/registry.py`, and give the checker its own definition in
`equilibria/checking/incentive_properties.py`, where it must list the same obligations in the same order: variables, conditions,
runs, claims. A claim is affine as long as what multiplies a type is a constant of the cell, as the allocation of a
deterministic rule, or of a lottery over such rules, is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from equilibria.proofs.affine import ONE, Form, Rat, combined, multiplied, scaled, variable
from equilibria.proofs.settings import Setting, types
from equilibria.proofs.trees import Condition, Leaf

__all__ = ["Claim", "Claims", "Found", "Obligation", "Property", "Run", "deviating", "product", "truthful", "utility"]


@dataclass(frozen=True, slots=True)
class Claim:
    """`target <= 0` wherever every form of `given` is positive."""

    target: Form
    given: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One application of the rule.

    Arguments:
        reports: one form of the obligation's variables for each agent.
        copies: `(agent, how many)` if the rule is run with more agents, who stand at the end and are like that agent.
    """

    reports: tuple[Form, ...]
    copies: tuple[int, int] = (0, 0)


Claims: TypeAlias = Callable[[Sequence[Leaf]], Sequence[Claim]]
"""From what the rule decides in each run (forms of the variables) to what must hold then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """A universally quantified statement about the rule.

    Arguments:
        subject: which agent or group it is about, for messages.
        variables: how many there are.
        conditions: what they satisfy.
        runs: the applications of the rule.
        claims: what must hold.
        members: the agents it is about, for the property's story.
        own: the agent, if the claims are about its share and payment alone and the runs differ in its report alone.
    """

    subject: str
    variables: int
    conditions: tuple[Condition, ...]
    runs: tuple[Run, ...]
    claims: Claims
    members: tuple[int, ...] = ()
    own: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A violated claim at a point, with the outcomes of the original rule: numbers, in the order of the agents of each run."""

    obligation: Obligation
    claim: int
    point: tuple[Rat, ...]
    reports: tuple[tuple[Rat, ...], ...]
    outcomes: tuple[tuple[tuple[Rat, ...], tuple[Rat, ...]], ...]
    excess: Rat


class Property(ABC):
    """Something that a rule may have; its subclasses are frozen dataclasses with parameters."""

    name: ClassVar[str]
    subject: ClassVar[str] = "incentives"

    @abstractmethod
    def obligations(self, setting: Setting) -> Iterator[Obligation]:
        """What must be shown.

        Raises:
            Refused: the property has no meaning for these agents, and why.
        """

    def setting_of_run(self, setting: Setting, copies: tuple[int, int]) -> Setting:
        """The agents of a run, from what its `copies` say."""
        return setting.with_more(*copies) if copies[1] else setting

    def parameters(self) -> Mapping[str, object]:
        """The parameters as JSON values, which the certificate repeats; rationals as strings."""
        return {}

    @abstractmethod
    def story(self, setting: Setting, found: Found) -> str:
        """A sentence that tells a counterexample."""

    def sentence(self) -> str:
        """What it says, in half a sentence after "proved:"."""
        first = (self.__doc__ or self.name).splitlines()[0].rstrip(".")
        return first[0].lower() + first[1:]


def truthful(setting: Setting, claims: Claims) -> Obligation:
    """Claims about what the rule decides when everybody tells the truth."""
    reports = types(setting.agents)
    return Obligation(
        subject="everybody",
        variables=setting.agents,
        conditions=tuple(condition for place, form in enumerate(reports) for condition in setting.within(place, form)),
        runs=(Run(tuple(reports)),),
        claims=claims,
        members=tuple(range(setting.agents)),
    )


def deviating(
    setting: Setting, members: tuple[int, ...], claims: Claims, further: tuple[Condition, ...] = (), own: int | None = None
) -> Obligation:
    """Claims that compare the truth with whatever some members report instead: variables after the types, in their order."""
    n = setting.agents
    truth = types(n)
    lies = list(truth)
    conditions = [condition for place, form in enumerate(truth) for condition in setting.within(place, form)]
    for number, member in enumerate(members):
        lies[member] = variable(n + number)
        conditions += setting.within(member, lies[member])
    return Obligation(
        subject=" and ".join(setting.labels[member] for member in members),
        variables=n + len(members),
        conditions=(*conditions, *further),
        runs=(Run(tuple(truth)), Run(tuple(lies))),
        claims=claims,
        members=members,
        own=own,
    )


def product(first: Form, second: Form) -> dict[int, Rat]:
    """The product of two forms; a certificate needs one of them to be constant."""
    for one, two in ((first, second), (second, first)):
        if not two.keys() - {ONE}:
            return scaled(one, two.get(ONE, 0))
    return multiplied(first, second)


def utility(sign: int, type_: Form, amount: Form, payment: Form) -> dict[int, Rat]:
    """`sign * (type * amount - payment)`."""
    return scaled(combined(product(type_, amount), -1, payment), sign)
