r"""From the ledger to the reserve price: a population of provers, its costs, and the reserve tuned in its market.

The provers are alike before they know their costs, so with the same reserve a first-price and a second-price auction
award the same prover and pay the same on average (Myerson; Riley and Samuelson, 1981): the tuned reserve is both
rules'.  `tune` finds it under second price, where it takes a second; under first price its certified equilibrium at
that reserve is solved besides, and must pay the same.

The law of costs is known up to what all provers share (seconds, prices of machines).  If all costs are $f$ times the
likely ones, the reserve $r$ leaves the request unserved with probability $S(r/f)^n$, $S$ the survival of the likely law.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from equilibria import solve, tune
from mechanisms import Empirical, FirstPrice, Procurement, Vickrey
from papers.numbers import at_most, bounds, measure
from papers.proving_costs.scenario import Scenario
from proving_cost.cost_model import CostDistribution, population_costs
from proving_cost.ledger import Ledger

__all__ = ["reserve_prices"]

ENDS = ("low", "likely", "high")
LEVELS = 41  # of a law's quantiles, as drawn
FACTORS = 61


def reserve_prices(ledger: Ledger, scenario: Scenario, say: Callable[[str], None]) -> dict[str, Any]:
    """Costs over the population, tuned reserves, and how far they hold; USD a proof."""
    market = scenario.market
    say("costs over the population")
    costs = population_costs(ledger, market.population)
    laws: dict[str, Empirical] = {end: getattr(costs, end) for end in ENDS}
    levels = np.linspace(0.0, 1.0, LEVELS)
    out: dict[str, Any] = {
        "provers": market.provers,
        "max_no_award": measure(market.max_no_award, "assumed"),
        "population": {
            end: {"levels": levels.tolist(), "quantiles": law.quantile(levels).tolist(), "mean": law.mean(), "regime": "assumed"}
            for end, law in laws.items()
        },
        "groups": _groups(ledger, costs),
    }
    say(f"tuning the reserve for {market.provers} provers")
    out["tuned"] = {end: _tuned(law, market.provers, market.max_no_award) for end, law in laws.items()}
    likely = laws["likely"]
    reserve = out["tuned"]["likely"]["reserve"]["value"]
    out["without_reserve"] = bounds(solve(Vickrey(), _alike(likely, market.provers)).expected_payment)
    say("first price at the same reserve")
    first = solve(FirstPrice(reserve), _alike(likely, market.provers))
    out["first_price"] = {
        "expected_payment": bounds(first.expected_payment), "no_award": bounds(first.no_award),
        "epsilon": at_most(first.epsilon), "regime": "certified",
    }  # fmt: skip
    say(f"tuning the reserve for {', '.join(map(str, market.counts))} provers")
    out["by_provers"] = {str(n): _tuned(likely, n, market.max_no_award, curve=False) for n in market.counts}
    out["if_off"] = _if_off(laws, reserve, market.counts)
    return out


def _alike(law: Empirical, provers: int) -> Procurement:
    return Procurement(costs={f"prover {k + 1}": law for k in range(provers)})


def _groups(ledger: Ledger, costs: CostDistribution) -> list[dict[str, Any]]:
    """Each group's costs at likely values, from its cheapest to its dearest prover."""
    total = sum(group.weight for group in costs.groups)
    out = []
    for group in costs.groups:
        alone = population_costs(ledger, [group])
        low, high = alone.likely.support
        out.append(
            {"hardware": group.hardware, "tenure": group.tenure, "share": group.weight / total, "low": low,
             "median": float(alone.likely.quantile(0.5)), "high": high, "least": alone.low.support[0],
             "most": alone.high.support[1], "regime": "assumed"}
        )  # fmt: skip
    return out


def _tuned(law: Empirical, provers: int, limit: float, *, curve: bool = True) -> dict[str, Any]:
    found = tune(Vickrey(), _alike(law, provers), "payment", max_no_award=limit)
    points = [point for point in found.curve if point.reserve is not None]
    entry: dict[str, Any] = {
        "reserve": measure(found.reserve, "estimated"),
        "expected_payment": bounds(found.equilibrium.expected_payment),
        "no_award": bounds(found.equilibrium.no_award),
    }
    if curve:
        entry["curve"] = {
            "regime": "certified", "reserve": [point.reserve for point in points],
            "expected_payment": [point.expected_payment.midpoint for point in points],
            "no_award": [point.no_award.midpoint for point in points],
        }  # fmt: skip
    return entry


def _if_off(laws: dict[str, Empirical], reserve: float, counts: list[int]) -> dict[str, Any]:
    """Requests without a proof if the reserve was tuned at likely costs and the costs are others."""
    factors = np.geomspace(0.25, 4.0, FACTORS)
    ends = {}
    for end, law in laws.items():
        alone = float(law.survival(np.float64(reserve)))
        ends[end] = {"factor": law.mean() / laws["likely"].mean(), "no_award": {str(n): alone**n for n in counts}}
    survival = laws["likely"].survival(reserve / factors)
    curves = {str(n): (survival**n).tolist() for n in counts}
    return {"regime": "assumed", "factors": factors.tolist(), "no_award": curves, "ends": ends}
