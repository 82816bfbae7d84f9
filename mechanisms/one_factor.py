r"""Correlated types: every agent's signal is a common factor times, or plus, a part of its own.

$$ x_i = \theta\, e_i \quad\text{or}\quad x_i = \theta + e_i, \qquad \theta\sim G,\quad e_i\sim F \text{ independent.} $$

An agent sees $x_i$ alone. With *private* stakes $x_i$ is what proving costs agent $i$ (what the item is worth to it); with a
*common* stake that is $\theta$, the same for all, and $x_i$ is an estimate of it. Signals are affiliated (Milgrom and Weber):
a high one makes high ones of the others more likely. Agents are alike but for their labels.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import inf, nextafter
from typing import ClassVar, Literal, final

from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Market, Procurement

__all__ = ["AffiliatedValues", "CommonCost", "CommonDifficulty", "Form", "MineralRights", "OneFactor"]

Form = Literal["proportional", "additive"]


@dataclass(frozen=True, slots=True, init=False)
class OneFactor(Market):
    """Signals with one common factor; abstract, its subclasses are final. `priors` is empty: no law of one agent alone says
    what it expects of the others."""

    priors_key: ClassVar[str] = "own"
    stake: ClassVar[Literal["private", "common"]]

    common: Distribution
    own: Distribution
    form: Form

    def __init__(self, labels: Iterable[str], common: Distribution, own: Distribution, form: Form = "proportional") -> None:
        names = tuple(labels) if isinstance(labels, Iterable) and not isinstance(labels, str) else ()
        if len(names) < 2 or len(set(names)) < len(names) or not all(isinstance(x, str) and x.strip() for x in names):
            raise InvalidInput(f"labels must be two or more different names; got {shown(labels)}. For example ('a', 'b').")
        for key, law in (("common", common), ("own", own)):
            if not isinstance(law, Distribution):
                raise InvalidInput(f"{key} must be a distribution; got {shown(law)}. For example Uniform(1, 2).")
            if form == "proportional" and law.support[0] < 0:
                raise InvalidInput(
                    f"{key} must not be negative in a proportional model; got the support {law.support}. Pass form='additive'."
                )
        if form not in ("proportional", "additive"):
            raise InvalidInput(f"form must be 'proportional' or 'additive'; got {shown(form)}.")
        for name, value in (("labels", names), ("priors", ()), ("value", None), ("tasks", 1), ("capacities", None)):
            object.__setattr__(self, name, value)
        for name, entry in (("common", common), ("own", own), ("form", form)):
            object.__setattr__(self, name, entry)

    @property
    def support(self) -> tuple[float, float]:
        """The lowest and the highest signal, rounded outward."""
        (a, b), (c, d) = ([Fraction(x) for x in law.support] for law in (self.common, self.own))
        low, high = (a * c, b * d) if self.form == "proportional" else (a + c, b + d)
        down, up = float(low), float(high)
        return nextafter(down, -inf) if down > low else down, nextafter(up, inf) if up < high else up

    def prior(self, label: str) -> Distribution:
        raise Refused(f"the signal of {label!r} depends on a common factor; use common, own and support instead of prior.")

    def as_procurement(self) -> Procurement:
        raise Refused(
            f"the signals of a {type(self).__name__} are correlated, and this rule is evaluated for independent types. "
            "Use solve with FirstPrice() or Vickrey()."
        )

    @final
    def spec(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "common": self.common.spec(),
            "own": self.own.spec(),
            "form": self.form,
        }

    @property
    @abstractmethod
    def stakes(self) -> str:
        """What an agent learns of its stake from its signal, in words."""


@final
@dataclass(frozen=True, slots=True, init=False)
class CommonDifficulty(OneFactor):
    """Provers of one block: the cost of each is the block's difficulty times (or plus) its own inefficiency, and it knows its
    cost only.

    Arguments:
        labels: names of the provers, two or more.
        common: law of the difficulty, the same for all.
        own: law of each prover's own part.
        form: `"proportional"`, cost = common · own, or `"additive"`, cost = common + own.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import CommonDifficulty, Uniform
        >>> CommonDifficulty(("a", "b"), common=Uniform(1, 3), own=Uniform(1, 2)).support
        (1.0, 6.0)
    """

    kind = "common_difficulty"
    sign = 1
    stake = "private"

    @property
    def stakes(self) -> str:
        return "each prover knows its cost"


@final
@dataclass(frozen=True, slots=True, init=False)
class AffiliatedValues(OneFactor):
    """The mirror image: buyers know their own value, a common factor times (or plus) their own part. Arguments as in
    `CommonDifficulty`."""

    kind = "affiliated_values"
    sign = -1
    stake = "private"

    @property
    def stakes(self) -> str:
        return "each buyer knows its value"


@final
@dataclass(frozen=True, slots=True, init=False)
class CommonCost(OneFactor):
    """Provers whose cost is the common factor itself; each sees an estimate of it. Arguments as in `CommonDifficulty`."""

    kind = "common_cost"
    sign = 1
    stake = "common"

    @property
    def stakes(self) -> str:
        return "each prover estimates the common cost"


@final
@dataclass(frozen=True, slots=True, init=False)
class MineralRights(OneFactor):
    """A sale of something that is worth the same, the common factor, to every buyer; each sees an estimate of it. Arguments
    as in `CommonDifficulty`.

    Example:
        The classical one: a value from U[0, 1], signals from U[0, 2·value].

        >>> from mechanisms import MineralRights, Uniform
        >>> MineralRights("abc", common=Uniform(0, 1), own=Uniform(0, 2)).support
        Traceback (most recent call last):
        mechanisms.errors.InvalidInput: labels must be two or more different names; got 'abc'. For example ('a', 'b').
        >>> MineralRights(tuple("abc"), common=Uniform(0, 1), own=Uniform(0, 2)).support
        (0.0, 2.0)
    """

    kind = "mineral_rights"
    sign = -1
    stake = "common"

    @property
    def stakes(self) -> str:
        return "each buyer estimates the common value"
