r"""Who reports what: the sides of the agents, and the types that they may have.

Agent $i$ has a type $\theta_i$ between its bounds and the utility $s_i(\theta_i x_i - p_i)$: a buyer ($s_i = 1$) values what it
gets and pays, a prover ($s_i = -1$) bears a cost and is paid. Reports are types: every report within the bounds may be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from equilibria.proofs.affine import Form, Rat, combined, constant, exact, scaled, variable
from equilibria.proofs.trees import Condition
from mechanisms.errors import Refused

if TYPE_CHECKING:
    from mechanisms import Market

__all__ = ["Setting", "setting_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The agents of a rule.

    Arguments:
        labels: by agent, in the order of the reports.
        signs: 1 for a buyer (its type is a value), -1 for a prover (its type is a cost).
        bounds: lowest and highest type of each; None where there is none.
        units: number of proofs that a one-sided market sells or buys.
        value: what a proof is worth to the requester of a procurement, or to the seller of a sale; None if nobody said.
        kind: `"sale"`, `"procurement"`, `"exchange"` or `"block_space"`.
        laws: the priors, where a market has them.
        sizes: by agent, the demand of a user or the capacity of a prover; empty where all are 1.
        stage: of a fee rule, what is run (`fee_stages`); `(0, 0)` for a whole rule.
    """

    labels: tuple[str, ...]
    signs: tuple[int, ...]
    bounds: tuple[tuple[Rat | None, Rat | None], ...]
    kind: str
    units: int = 1
    value: Rat | None = None
    laws: tuple[object, ...] = ()
    sizes: tuple[int, ...] = ()
    stage: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if not self.laws:
            object.__setattr__(self, "laws", (None,) * len(self.labels))

    @property
    def agents(self) -> int:
        """How many there are."""
        return len(self.labels)

    def places(self, sign: int) -> tuple[int, ...]:
        """The agents of one side."""
        return tuple(place for place, other in enumerate(self.signs) if other == sign)

    def within(self, place: int, form: Form) -> list[Condition]:
        """The conditions that a form is a type of an agent."""
        low, high = self.bounds[place]
        conditions: list[Condition] = []
        for bound, sense in ((low, 1), (high, -1)):
            if bound is not None:
                conditions.append((combined(scaled(form, sense), -sense, constant(bound)), False))
        return conditions

    def like(self, place: int) -> int:
        """The first agent of the same side and bounds."""
        return next(
            other
            for other in range(self.agents)
            if all(column[other] == column[place] for column in (self.signs, self.bounds, self.laws, self.sizes) if column)
        )

    def with_more(self, place: int, copies: int) -> Setting:
        """The setting with `copies` more agents like one, at the end."""
        return Setting(
            labels=self.labels + tuple(f"{self.labels[place]}+{copy}" for copy in range(1, copies + 1)),
            signs=self.signs + (self.signs[place],) * copies,
            bounds=self.bounds + (self.bounds[place],) * copies,
            kind=self.kind,
            units=self.units,
            value=self.value,
            laws=self.laws + (self.laws[place],) * copies,
            sizes=self.sizes + (self.sizes[place],) * copies if self.sizes else (),
        )


def setting_of(market: Market) -> Setting:
    """The agents of a market; types lie in the supports of its priors.

    Raises:
        Refused: types are not independent private values or costs, or a number of the market is not finite.
    """
    from mechanisms.block_space import BlockSpace
    from mechanisms.exchange import Exchange
    from mechanisms.markets import Procurement, Sale

    sizes: tuple[int, ...] = ()
    if isinstance(market, Exchange):
        signs = (1,) * market.buyers + (-1,) * (len(market.labels) - market.buyers)
        sizes = () if market.unit else (*market.demands, *market.capacities)
    elif isinstance(market, Procurement | Sale | BlockSpace):
        signs = (-market.sign,) * len(market.labels)
    else:
        raise Refused(
            "verify needs independent private types: a Procurement, a Sale, an Exchange or a BlockSpace; "
            f"got a {type(market).__name__}."
        )
    bounds = tuple((exact(prior.support[0]), exact(prior.support[1])) for prior in market.priors)
    value: Any = None if market.value is None or not isinstance(market.value, int | float | Fraction) else exact(market.value)
    return Setting(
        labels=market.labels,
        signs=signs,
        bounds=bounds,
        kind=market.kind,
        units=market.size if isinstance(market, BlockSpace) else market.tasks,
        value=value,
        laws=market.priors,
        sizes=sizes,
    )


def types(count: int) -> list[dict[int, Rat]]:
    """The first variables, one a report."""
    return [variable(place) for place in range(count)]
