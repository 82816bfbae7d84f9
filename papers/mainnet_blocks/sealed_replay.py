r"""Replaying a log block by block under the rules: what each would have paid, over the lowest cost of the block.

Block $j$ is brought to the reference block by one public factor, that of the cheapest prover's line and of the
block's difficulty, so that $c_{ij} = t_{ij} / (\text{factor}_j \cdot \text{unit})$ are costs of the market that was solved;
ratios within a block do not depend on the factor. A first-price auction takes the *certified strategies* at these
costs, the optimal rule its *virtual costs*; both read the market, so their ratios are measured costs under modelled
behaviour. Second over lowest, and all over lowest, need no model.

A cost outside the support kept in the model (beyond the 0.5 % and 99.5 % quantiles) enters a strategy at the
nearest end, and the ratio as it is. Only aggregates leave this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from equilibria import solve
from mechanisms import FirstPrice, Optimal, Procurement, RankedMechanism, Vickrey
from papers.mainnet_blocks.markets import Markets
from papers.mainnet_blocks.scenario import Scenario
from proving_cost import ProvingLog, Summary, model_blocks

__all__ = ["replay_rules", "replayed_rules"]

ABSENT = 1e9  # the report of a prover without a proof of this block: above every support, so never awarded


def replayed_rules(markets: Markets, scenario: Scenario, name: str) -> dict[str, RankedMechanism]:
    """The rules that are replayed for a set of provers, by name."""
    reserve = markets.reserve_for(scenario.max_no_award, name)
    return {
        "first_price": FirstPrice(),
        "first_price_reserve": FirstPrice(reserve),
        "vickrey": Vickrey(),
        "vickrey_reserve": Vickrey(reserve),
        "optimal": Optimal(),
    }


def replay_rules(log: ProvingLog, summary: Summary, markets: Markets, scenario: Scenario) -> dict[str, Any]:
    """Aggregates of the replay for each set of provers.

    Arguments:
        log: The log.
        summary: Its summary, as it reads back from its text.
        markets: The markets made of the summary.
        scenario: The scenario.

    Returns:
        By set and rule: over the blocks where an award is made, mean and quantiles of payment over lowest cost, and
        the share of blocks without an award. `one_unit` is a posted payment of one unit over the lowest cost (a prize
        of p pays p times that). Only blocks that at least two provers of the set proved are replayed.
    """
    costs = _costs(log, summary, markets)
    result: dict[str, Any] = {}
    for name, market in markets.sets.items():
        columns = [log.provers.index(label) for label in market.labels]
        mine = costs[:, columns]
        mine = mine[(~np.isnan(mine)).sum(axis=1) >= 2]
        lowest = np.nanmin(mine, axis=1)
        reports = _reports(mine, market)
        rules: dict[str, Any] = {}
        for rule, mechanism in replayed_rules(markets, scenario, name).items():
            price = _prices(mechanism, market, mine, reports)
            rules[rule] = _spread(price / lowest)
        rules["one_unit"] = _spread(1.0 / lowest)
        rules["everybody_proves"] = _spread(np.nansum(mine, axis=1) / lowest)
        central = market.labels.index(min(market.labels, key=lambda label: market.cost(label).mean()))
        rules["central_at_cost"] = _spread(mine[:, central] / lowest)
        result[name] = {
            "blocks": int(log.seconds.shape[0]),
            "replayed": int(mine.shape[0]),
            "lowest_outside_support": float(np.mean(lowest != np.nanmin(reports, axis=1))),
            "regime": "measured",
            "rules": rules,
        }
    return result


def _costs(log: ProvingLog, summary: Summary, markets: Markets) -> NDArray[np.float64]:
    """Costs in units at the reference block, shape `(blocks, provers)`; NaN where there is no proof."""
    model = model_blocks(log)
    line = model.fits[log.provers.index(markets.cheapest)]
    reference = float(line.seconds(np.array([summary.log.gas_median]))[0])
    factor = line.seconds(log.gas) / reference * np.exp(np.nan_to_num(model.difficulty))
    costs: NDArray[np.float64] = log.seconds / (factor[:, None] * markets.unit_seconds)
    return costs


def _reports(costs: NDArray[np.float64], market: Procurement) -> NDArray[np.float64]:
    """Costs moved into the supports."""
    low = np.array([law.support[0] for law in market.costs])
    high = np.array([law.support[1] for law in market.costs])
    inside: NDArray[np.float64] = np.clip(costs, low, high)
    return inside


def _prices(
    mechanism: RankedMechanism, market: Procurement, costs: NDArray[np.float64], reports: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The price of each block; NaN where nobody is awarded."""
    if isinstance(mechanism, FirstPrice):
        equilibrium = solve(mechanism, market)
        bids = np.stack([equilibrium.strategy(label)(reports[:, i]) for i, label in enumerate(market.labels)], axis=1)
    elif isinstance(mechanism, Vickrey):
        bids = costs
    else:
        bids = reports
    outcome = mechanism.batch(market, np.where(np.isnan(costs), ABSENT, bids))
    return np.where(outcome.award, outcome.price, np.nan)


def _spread(ratio: NDArray[np.float64]) -> Mapping[str, float]:
    awarded = ratio[np.isfinite(ratio)]
    if not awarded.size:
        return {"no_award": 1.0}
    q05, q50, q95 = (float(q) for q in np.quantile(awarded, (0.05, 0.5, 0.95)))
    lost = 1.0 - awarded.size / ratio.size
    return {"mean": float(np.mean(awarded)), "q05": q05, "q50": q50, "q95": q95, "no_award": lost}
