"""A contest: a prize, and contestants who make efforts at costs that are private or that everybody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms.amounts import exact_amount, exact_or_double
from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.market_specs import MARKETS, Spec, read_laws
from mechanisms.markets import Market, Procurement

__all__ = ["Contest"]


@final
@dataclass(frozen=True, slots=True, init=False)
class Contest(Market):
    r"""A prize $V$ for which contestants make efforts; contestant $i$ bears $c_i$ for each unit, with private independent $c_i$.

    With numbers in place of laws everybody knows all costs (complete information); what a cost is then borne for, the rule says.

    Arguments:
        prize: what is won, in money; positive. A `Fraction` or text such as "1/3" is kept exactly where costs are known.
        costs: law of each contestant's cost by label, in money per unit of effort (of work, of speed); the lower end of every
            support must be positive, for who has no cost makes no end of effort. Or a number for each: an int, a double (the
            double that it is), a `Fraction` or text such as "11/10"; positive, and known to all.
        speeds: proofs per unit of time of each contestant, positive, where machines are given and not bought; None otherwise.
            Only with known costs.
        stakes: what each contestant has staked, positive, for rules that cap rewards by it; None otherwise. Only with known
            costs.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import Contest, Uniform
        >>> Contest(prize=1, costs={"alice": Uniform(1, 2), "bob": Uniform(1, 3)}).labels
        ('alice', 'bob')
        >>> Contest(prize=1, costs={"alice": 1, "bob": "5/4"}).known
        (Fraction(1, 1), Fraction(5, 4))
    """

    kind = "contest"
    priors_key = "costs"
    sign = 1

    prize: float | Fraction
    known: tuple[Fraction, ...] | None
    speeds: tuple[Fraction, ...] | None
    stakes: tuple[Fraction, ...] | None

    def __init__(
        self,
        prize: float | Fraction | str,
        costs: Mapping[str, Distribution] | Mapping[str, float | Fraction | str],
        speeds: Mapping[str, float | Fraction | str] | None = None,
        stakes: Mapping[str, float | Fraction | str] | None = None,
    ) -> None:
        if isinstance(costs, Mapping) and costs and not any(isinstance(cost, Distribution) for cost in costs.values()):
            self._set_known(prize, costs, speeds, stakes)  # type: ignore[arg-type]  # it is checked entry by entry
            return
        for name, given in (("speeds", speeds), ("stakes", stakes)):
            if given is not None:
                raise InvalidInput(f"{name} must be left out where costs are private; got {shown(given)}. Give costs as numbers.")
            object.__setattr__(self, name, None)
        object.__setattr__(self, "known", None)
        self._set(costs, None, 1)  # type: ignore[arg-type]  # it refuses a number among laws by its label
        object.__setattr__(self, "prize", finite(prize, "prize"))
        if not self.prize > 0.0:
            raise InvalidInput(f"prize must be positive; got {prize!r}. Without it nobody makes an effort.")
        for label, law in zip(self.labels, self.priors, strict=True):
            if not law.support[0] > 0.0:
                raise InvalidInput(
                    f"costs.{label} must be bounded away from 0; got the support [{law.support[0]!r}, {law.support[1]!r}]. "
                    "Efforts that cost nothing have no limit: use a law such as Uniform(0.5, 1)."
                )

    def _set_known(
        self,
        prize: float | Fraction | str,
        costs: Mapping[str, float | Fraction | str],
        speeds: Mapping[str, float | Fraction | str] | None,
        stakes: Mapping[str, float | Fraction | str] | None,
    ) -> None:
        """Checks and stores a contest in which everybody knows everything."""
        for label in costs:
            if not isinstance(label, str) or not label.strip():
                raise InvalidInput(f"costs must have non-empty strings as labels; got {shown(label)}. Name the agent.")
        object.__setattr__(self, "labels", tuple(costs))
        object.__setattr__(self, "priors", ())
        object.__setattr__(self, "value", None)
        object.__setattr__(self, "tasks", 1)
        object.__setattr__(self, "capacities", None)
        object.__setattr__(self, "prize", exact_amount(prize, "prize", positive=True))
        object.__setattr__(self, "known", self._amounts("costs", costs))
        for name, given in (("speeds", speeds), ("stakes", stakes)):
            if given is not None and (not isinstance(given, Mapping) or set(given) != set(costs)):
                raise InvalidInput(f"{name} must be a mapping with a number for each label of costs; got {shown(given)}.")
            object.__setattr__(self, name, None if given is None else self._amounts(name, given))

    def _amounts(self, name: str, given: Mapping[str, float | Fraction | str]) -> tuple[Fraction, ...]:
        return tuple(exact_amount(given[label], f"{name}.{label}", positive=True) for label in self.labels)

    @property
    def costs(self) -> tuple[Distribution, ...]:
        """Laws of the costs per unit of effort in label order; none where costs are known."""
        return self.priors

    def as_procurement(self) -> Procurement:
        """Refused: costs are per unit of effort, not per proof."""
        raise Refused(
            "a contest is not a procurement: its costs are per unit of effort, and every contestant bears its own. "
            "Use a rule such as Tullock(), or a Procurement."
        )

    def spec(self) -> dict[str, object]:
        """The contest as plain JSON values; `market_from_spec` returns an equal one."""
        if self.known is None:
            laws = {label: law.spec() for label, law in zip(self.labels, self.priors, strict=True)}
            return {"kind": self.kind, "prize": self.prize, "costs": laws}
        spec: dict[str, object] = {"kind": self.kind, "prize": exact_or_double(Fraction(self.prize))}
        for name, amounts in (("costs", self.known), ("speeds", self.speeds), ("stakes", self.stakes)):
            if amounts is not None:
                spec[name] = dict(zip(self.labels, map(exact_or_double, amounts), strict=True))
        return spec


def _read(spec: Spec, where: str) -> Market:
    keys = ("kind", "prize", "costs", "speeds", "stakes")
    for extra in spec.keys() - set(keys):
        raise InvalidInput(f"{where}.{extra} must be one of {', '.join(keys)}. Drop it.")
    if "prize" not in spec:
        raise InvalidInput(f"{where}.prize must be a positive number; got nothing. Add it.")
    costs = spec.get("costs")
    if not isinstance(costs, Mapping) or not costs or any(isinstance(cost, Mapping) for cost in costs.values()):
        costs = read_laws(spec, "costs", where)
    more = {key: spec[key] for key in ("speeds", "stakes") if key in spec}
    return Contest(spec["prize"], costs, **more)  # type: ignore[arg-type]  # the constructor checks it


MARKETS[Contest.kind] = _read
