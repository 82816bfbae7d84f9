"""What an optimal mechanism may be subject to: names for incentives and budgets, records for what has numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from mechanisms import InvalidInput
from mechanisms.distributions import Distribution
from mechanisms.distributions.discrete import Exact, exact
from mechanisms.distributions.parameters import shown

Named = Literal["dsic", "bic", "ex_post_ir", "interim_ir", "no_deficit", "budget_balance", "efficient"]
"""`no_deficit`: what agents pay the mechanism covers what it pays them, in expectation; `budget_balance`: the two are equal in
every profile of types; `efficient`: an exchange trades whenever that is worth it."""


@dataclass(frozen=True, slots=True)
class ConcentrationCap:
    """No agent is expected to be awarded more than this share of the tasks: a bound on concentration.

    Example:
        >>> ConcentrationCap("1/2").share
        Fraction(1, 2)
    """

    share: Exact

    def __post_init__(self) -> None:
        share = exact(self.share, "share")
        if not 0 < share <= 1:
            raise InvalidInput(f"share must lie in (0, 1]; got {share}. It is a share of the tasks.")
        object.__setattr__(self, "share", share)


@dataclass(frozen=True, slots=True)
class EpsilonIC:
    """No type gains more than this by reporting another one."""

    epsilon: Exact

    def __post_init__(self) -> None:
        epsilon = exact(self.epsilon, "epsilon")
        if epsilon < 0:
            raise InvalidInput(f"epsilon must be at least 0; got {epsilon}. It is an amount of money.")
        object.__setattr__(self, "epsilon", epsilon)

    @property
    def amount(self) -> Fraction:
        """Epsilon as a rational."""
        return exact(self.epsilon, "epsilon")


@dataclass(frozen=True, slots=True)
class MinMaxRegret:
    """Do as well as possible under the worst of several laws: the greatest loss against the optimum of each law is least.

    Arguments:
        priors: laws by label, one mapping for each; the market's own laws are added to them.
    """

    priors: tuple[Mapping[str, Distribution], ...]

    def __post_init__(self) -> None:
        if not self.priors or not all(isinstance(laws, Mapping) for laws in self.priors):
            raise InvalidInput(f"priors must be a tuple of mappings from labels to distributions; got {shown(self.priors)}.")
        object.__setattr__(self, "priors", tuple(MappingProxyType(dict(laws)) for laws in self.priors))


Record: TypeAlias = ConcentrationCap | EpsilonIC | MinMaxRegret
Constraint: TypeAlias = Named | Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """The constraints of one call, each at most once."""

    named: frozenset[str] = frozenset()
    cap: ConcentrationCap | None = None
    epsilon: EpsilonIC | None = None
    regret: MinMaxRegret | None = None

    @property
    def plain(self) -> bool:
        """Whether nothing but incentives and participation is asked for."""
        return not (self.named & {"no_deficit", "budget_balance", "efficient"} or self.cap or self.epsilon or self.regret)

    @property
    def share(self) -> Fraction | None:
        """The cap on concentration."""
        return None if self.cap is None else exact(self.cap.share, "share")


def read_constraints(subject_to: object) -> Constraints:
    """The constraints by kind.

    Raises:
        InvalidInput: an entry that is none or twice the same kind.
    """
    given = (subject_to,) if isinstance(subject_to, str | Record) else subject_to
    if not isinstance(given, tuple | list | set | frozenset):
        raise InvalidInput(f"subject_to must be a tuple of constraints; got {shown(subject_to)}.")
    named: set[str] = set()
    records: dict[str, object] = {}
    keys = {ConcentrationCap: "cap", EpsilonIC: "epsilon", MinMaxRegret: "regret"}
    for entry in given:
        if isinstance(entry, str) and entry in get_args(Named):
            named.add(entry)
        elif type(entry) in keys:
            key = keys[type(entry)]
            if key in records:
                raise InvalidInput(f"subject_to must have {type(entry).__name__} at most once; got two. Merge them.")
            records[key] = entry
        else:
            allowed = ", ".join([*get_args(Named), *(kind.__name__ for kind in keys)])
            raise InvalidInput(f"subject_to must hold some of {allowed}; got {shown(entry)}.")
    return Constraints(named=frozenset(named), **records)  # type: ignore[arg-type]
