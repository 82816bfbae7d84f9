r"""A population of provers as a distribution of costs, for `Procurement(costs=...)`.

A prover drawn from group $i$ (weight $w_i$) has hardware $h_i$, pays $e$ for a kilowatt-hour and is busy a share $u$ of
the time.  Owning, a proof of $t_i$ seconds costs it

$$ C = \frac{t_i}{3600} \cdot \frac{A_i + H_i}{u} + K_i\,e + G , $$

with $A_i$ the capital and $H_i$ the hosting of an hour at full use, $K_i$ the kilowatt-hours of a proof, host and hall
included, and $G$ the settlement; renting, $C = t_i R/3600 + G$ with $R$ the rent.  $e$, $u$ and $R$ differ *between
provers*: each is a distribution, they are independent, and the law of $C$ is the quadrature over the centres of an even
grid of their quantiles (no random numbers).  Everything else (seconds, life, residual, prices of machines, gas) is the
same question for all: the law is computed at its likely values, and at both ends.

How to read the numbers.  `likely` is a market; `low` and `high` are that market if every common uncertainty is at that
end, not provers.  The quantiles are joined smoothly (`Empirical`), so there is some probability between two groups that
have no cost in common; `mixture` keeps the gap, which a solver that needs a density everywhere refuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.devices import shipped_table
from proving_cost.cost_model.dollars import HOSTING_USD_PER_KW_MONTH, Tenure, dollars_of
from proving_cost.cost_model.joules import joules_of
from proving_cost.cost_model.seconds import CostModel, seconds_of
from proving_cost.cost_model.settlement import Settlement
from proving_cost.ledger import Ledger
from proving_cost.price_table import PriceTable, Quote

if TYPE_CHECKING:
    from mechanisms.distributions import Distribution, Empirical, Mixture

__all__ = ["CostDistribution", "ProverGroup", "population_costs"]

GRID = 128  # points of each quantile grid
LEVELS = 41
End: TypeAlias = Literal["low", "likely", "high"]
ENDS: tuple[End, ...] = ("low", "likely", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProverGroup:
    """Provers with the same machine.

    Arguments:
        hardware: As `find_device` takes it.
        weight: Share of the population, in any unit, above 0.
        tenure: Whether they own their machines or rent them.
        gpus: Accelerators in a machine.
        electricity: USD for a kilowatt-hour; None takes the range of the price table, uniformly; a number is the same
            for all of the group.
        utilisation: Share of the time proving, in (0, 1]; None takes 0.4 to 0.9, uniformly (assumed).
        rent: USD for an hour of a machine; None takes the range of the price table, uniformly.

    Raises:
        InvalidInput: A weight, a count or a range is not what it must be.
    """

    hardware: str
    weight: float = 1.0
    tenure: Tenure = "own"
    gpus: int = 1
    electricity: Distribution | float | None = None
    utilisation: Distribution | float | None = None
    rent: Distribution | float | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.weight) or not 0 < self.weight < math.inf:
            raise InvalidInput(f"weight of {self.hardware!r}: must be a finite number above 0; got {self.weight!r}.")
        if self.tenure not in ("own", "rent"):
            raise InvalidInput(f"tenure of {self.hardware!r}: must be 'own' or 'rent'; got {self.tenure!r}.")
        if type(self.gpus) is not int or self.gpus < 1:
            raise InvalidInput(f"gpus of {self.hardware!r}: must be a whole number, 1 or more; got {self.gpus!r}.")
        for name, least, most in (("electricity", 0.0, math.inf), ("utilisation", 1e-3, 1.0), ("rent", 0.0, math.inf)):
            given = getattr(self, name)
            ends = (least,) if given is None else getattr(given, "support", (given,))
            if not all(_is_number(x) and least <= x <= most and x < math.inf for x in ends):
                raise InvalidInput(
                    f"{name} of {self.hardware!r}: must be a number or a distribution in [{least:g}, {most:g}]; got {given!r}. "
                    "Check the unit."
                )


@dataclass(frozen=True, slots=True, eq=False)
class _Costs:
    """Equally likely costs of a group, the least and the greatest."""

    grid: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CostDistribution:
    """Costs of a proof over a population, in USD.

    Attributes:
        likely: The law at likely values; pass it to `Procurement(costs=...)`.
        low: The law with all that is common to provers at its low end; `high` likewise.
        mixture: The law at likely values, group by group.
        groups: Who.
        terms: Terms of the dollars of each group at the middle of its own prices, by label.
    """

    likely: Empirical
    low: Empirical
    high: Empirical
    mixture: Mixture
    groups: tuple[ProverGroup, ...]
    terms: Mapping[str, CostBreakdown]

    def __repr__(self) -> str:
        low, high = self.likely.support
        return f"CostDistribution({len(self.groups)} groups, {low:.4g} to {high:.4g} USD)"

    def __str__(self) -> str:
        head = f"{'':<8} {'least':>10} {'10 %':>10} {'50 %':>10} {'90 %':>10} {'most':>10}"
        lines = [f"USD a proof over {len(self.groups)} groups of provers", head]
        for name in ENDS:
            law = getattr(self, name)
            cells = [law.support[0], *(float(law.quantile(p)) for p in (0.1, 0.5, 0.9)), law.support[1]]
            lines.append(f"{name:<8} " + " ".join(f"{x:10.4g}" for x in cells))
        total = sum(g.weight for g in self.groups)
        for group, (label, breakdown) in zip(self.groups, self.terms.items(), strict=True):
            parts = ", ".join(f"{line.term.label} {line.likely:.3g}" for line in breakdown.lines)
            lines.append(f"{group.weight / total:6.1%} {label}, {group.tenure}: {parts}")
        return "\n".join(lines)


def population_costs(
    ledger: Ledger,
    groups: Sequence[ProverGroup],
    *,
    settlement: Settlement | None = None,
    hosting: Enclosure = HOSTING_USD_PER_KW_MONTH,
    table: PriceTable | None = None,
    models: Mapping[str, CostModel] | None = None,
) -> CostDistribution:
    """The costs of proving a ledger over a population.

    Arguments:
        ledger: What a proof takes.
        groups: Who proves.
        settlement: On-chain verification; None leaves it out.
        hosting: USD for a kilowatt and month beyond electricity, of those who own.
        table: Prices; None reads the shipped table.
        models: Cost models by hardware name as written in the groups; None makes them.

    Raises:
        InvalidInput: No group, more than a law has parts, an unknown machine, or a group whose costs are all equal.
        Refused: A machine cannot be timed or priced.
    """
    from mechanisms.distributions import Empirical, Mixture
    from mechanisms.distributions.mixture import MOST_PARTS

    if not groups or not all(isinstance(group, ProverGroup) for group in groups):
        raise InvalidInput(f"groups: must be one ProverGroup or more; got {groups!r}.")
    if len(groups) > MOST_PARTS:
        raise InvalidInput(f"groups: must be at most {MOST_PARTS}, the parts of a law; got {len(groups)}. Merge some.")
    prices = shipped_table() if table is None else table
    samples: dict[End, list[_Costs]] = {end: [] for end in ENDS}
    terms: dict[str, CostBreakdown] = {}
    for index, group in enumerate(groups):
        given = (models or {}).get(group.hardware)
        model = given if given is not None else CostModel(group.hardware, table=prices)
        name, priced = model.device.name, model.priced(ledger)
        seconds = seconds_of(priced, name, group.gpus)
        joules = joules_of(seconds, priced, name, prices, group.gpus) if group.tenure == "own" else None

        def dollars(
            at: PriceTable, settled: Settlement | None = None, name: str = name, group: ProverGroup = group,
            parts: tuple[CostBreakdown, CostBreakdown | None] = (seconds, joules),
        ) -> CostBreakdown:  # fmt: skip
            return dollars_of(*parts, name, at, tenure=group.tenure, gpus=group.gpus, settlement=settled, hosting=hosting)

        label = f"{index + 1}: {group.gpus}x {name}"
        for end in ENDS:
            samples[end].append(_costs(dollars, label, name, group, prices, settlement, end))
        terms[label] = dollars(_at_the_middle(prices, name, group), settlement)
    weights = np.array([g.weight for g in groups], dtype=float)
    laws = {end: Empirical.from_quantiles(*_quantiles(samples[end], weights)) for end in ENDS}
    each = [Empirical.from_quantiles(*_quantiles([x], np.ones(1))) for x in samples["likely"]]
    parts = [(g.weight, law) for g, law in zip(groups, each, strict=True)]
    return CostDistribution(
        likely=laws["likely"], low=laws["low"], high=laws["high"], mixture=Mixture(parts), groups=tuple(groups), terms=terms
    )


def _costs(
    dollars: Callable[[PriceTable], CostBreakdown], label: str, name: str, group: ProverGroup, prices: PriceTable,
    settlement: Settlement | None, end: End,
) -> _Costs:  # fmt: skip
    """Costs on the grid of what differs between provers, equally likely, with the least and the greatest there can be."""
    fixed = 0.0 if settlement is None else sum(_end(line, end) for line in settlement.lines())
    lines = {line.term.label: line for line in dollars(_at(prices, name, utilisation=1.0, electricity=1.0, rent=1.0)).lines}
    if group.tenure == "rent":
        quote = prices.gpu(name).rental_usd_per_hour
        if group.rent is None and quote is None:
            raise Refused(f"hardware {name!r}: the price table has no rent. Give the group one: rent=Uniform(low, high).")
        per_unit = _end(lines["rent"], end) / group.gpus
        grids = [per_unit * x + fixed for x in _grid(group.rent, quote, group.gpus)]
    else:
        capital, energy = _end(lines["capital"], end) + _end(lines["hosting"], end), _end(lines["energy"], end)
        use, least_use, most_use = _grid(group.utilisation, replace(prices.assumptions["utilisation"], low=0.4, high=0.9))
        power, least_power, most_power = _grid(group.electricity, prices.assumptions["electricity_usd_per_kwh"])
        pairs = ((use, power), (most_use, least_power), (least_use, most_power))
        grids = [(capital / u[:, None] + energy * e).ravel() + fixed for u, e in pairs]
    if not grids[2][0] - grids[1][0] > 1e-9 * grids[2][0]:
        raise InvalidInput(
            f"group {label}: its costs must differ between provers; they are all equal. Give electricity, utilisation or "
            "rent a range."
        )
    return _Costs(*grids)


def _end(line: Line, end: End) -> float:
    return line.likely if end == "likely" else line.term.value.lower if end == "low" else line.term.value.upper


def _grid(given: Distribution | float | None, quote: Quote | None, times: int = 1) -> tuple[NDArray[np.float64], ...]:
    """Centres of an even grid of quantiles, and the two ends."""
    from mechanisms.distributions import Uniform

    law = given
    if law is None:
        assert quote is not None  # the caller looked
        low, high = times * quote.low, times * quote.high
        law = Uniform(low, high) if low < high else low
    if isinstance(law, int | float):
        return (np.array([law], dtype=float),) * 3
    levels = (np.arange(GRID) + 0.5) / GRID
    low, high = law.support
    return np.asarray(law.quantile(levels), dtype=float), np.array([low]), np.array([high])


def _at_the_middle(prices: PriceTable, name: str, group: ProverGroup) -> PriceTable:
    """The table at the medians of what the group was given."""
    rent = _middle(group.rent)
    use = _middle(group.utilisation)
    return _at(
        prices, name, utilisation=0.65 if use is None else use, electricity=_middle(group.electricity),
        rent=None if rent is None else rent / group.gpus,
    )  # fmt: skip


def _middle(law: Distribution | float | None) -> float | None:
    return law if law is None or isinstance(law, int | float) else float(law.quantile(0.5))


def _at(
    prices: PriceTable, name: str, *, utilisation: float | None, electricity: float | None, rent: float | None
) -> PriceTable:
    """The table with single values in place of ranges; None keeps the range."""
    changed, gpu = dict(prices.assumptions), prices.gpu(name)
    for key, value in (("utilisation", utilisation), ("electricity_usd_per_kwh", electricity)):
        if value is not None:
            changed[key] = replace(changed[key], low=value, high=value)
    if rent is not None:
        own = Quote(low=rent, high=rent, unit="USD/h", source="the rent of the group", date="as given", regime="assumed")
        gpu = replace(gpu, rental_usd_per_hour=own)
    return replace(prices, assumptions=changed, gpus={**prices.gpus, name: gpu})


def _quantiles(samples: list[_Costs], weights: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Points and levels of the pooled costs: each stands in the middle of its mass, and the ends are the true ones."""
    values = np.concatenate([x.grid for x in samples])
    mass = np.concatenate([np.full(x.grid.size, w / x.grid.size) for x, w in zip(samples, weights, strict=True)])
    order = np.argsort(values, kind="stable")
    values, mass = values[order], mass[order] / mass.sum()
    least, most = min(float(x.least[0]) for x in samples), max(float(x.most[0]) for x in samples)
    at = np.concatenate([[0.0], np.cumsum(mass) - 0.5 * mass, [1.0]])
    levels = np.linspace(0.0, 1.0, LEVELS)
    points = np.interp(levels, at, np.concatenate([[least], values, [most]]))
    span = most - least
    keep = [0]
    for k in range(1, LEVELS):
        if points[k] - points[keep[-1]] > 1e-9 * span:
            keep.append(k)
    if keep[-1] != LEVELS - 1:
        keep[-1] = LEVELS - 1
    return [float(points[k]) for k in keep], [float(levels[k]) for k in keep]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
