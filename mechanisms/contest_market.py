"""A contest: a prize, and contestants who make efforts at private costs per unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from mechanisms.distributions import Distribution
from mechanisms.distributions.parameters import finite
from mechanisms.errors import InvalidInput, Refused
from mechanisms.market_specs import MARKETS, Spec, read_laws
from mechanisms.markets import Market, Procurement

__all__ = ["Contest"]


@final
@dataclass(frozen=True, slots=True, init=False)
class Contest(Market):
    r"""A prize $V$ for which contestants make efforts; contestant $i$ bears $c_i$ for each unit, with private independent $c_i$.

    Arguments:
        prize: what is won, in money; positive.
        costs: law of each contestant's cost by label, in money per unit of effort (of work, of speed); the lower end of every
            support must be positive, for who has no cost makes no end of effort.

    Raises:
        InvalidInput: naming the entry that is wrong.

    Example:
        >>> from mechanisms import Contest, Uniform
        >>> Contest(prize=1, costs={"alice": Uniform(1, 2), "bob": Uniform(1, 3)}).labels
        ('alice', 'bob')
    """

    kind = "contest"
    priors_key = "costs"
    sign = 1

    prize: float

    def __init__(self, prize: float, costs: Mapping[str, Distribution]) -> None:
        self._set(costs, None, 1)
        object.__setattr__(self, "prize", finite(prize, "prize"))
        if not self.prize > 0.0:
            raise InvalidInput(f"prize must be positive; got {prize!r}. Without it nobody makes an effort.")
        for label, law in zip(self.labels, self.priors, strict=True):
            if not law.support[0] > 0.0:
                raise InvalidInput(
                    f"costs.{label} must be bounded away from 0; got the support [{law.support[0]!r}, {law.support[1]!r}]. "
                    "Efforts that cost nothing have no limit: use a law such as Uniform(0.5, 1)."
                )

    @property
    def costs(self) -> tuple[Distribution, ...]:
        """Laws of the costs per unit of effort in label order."""
        return self.priors

    def as_procurement(self) -> Procurement:
        """Refused: costs are per unit of effort, not per proof."""
        raise Refused(
            "a contest is not a procurement: its costs are per unit of effort, and every contestant bears its own. "
            "Use a rule such as Tullock(), or a Procurement."
        )

    def spec(self) -> dict[str, object]:
        """The contest as plain JSON values; `market_from_spec` returns an equal one."""
        laws = {label: law.spec() for label, law in zip(self.labels, self.priors, strict=True)}
        return {"kind": self.kind, "prize": self.prize, "costs": laws}


def _read(spec: Spec, where: str) -> Market:
    for extra in spec.keys() - {"kind", "prize", "costs"}:
        raise InvalidInput(f"{where}.{extra} must be one of kind, prize, costs. Drop it.")
    if "prize" not in spec:
        raise InvalidInput(f"{where}.prize must be a positive number; got nothing. Add it.")
    laws = read_laws(spec, "costs", where)
    return Contest(spec["prize"], laws)  # type: ignore[arg-type]  # the constructor checks it


MARKETS[Contest.kind] = _read
