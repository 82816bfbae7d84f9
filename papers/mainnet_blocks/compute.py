"""From the summary of a log to `results.json`: every number of the four figures, with its regime.

`certified`: an enclosure derived by `equilibria.checking` for the market as stated; `measured`: from the log;
`published`: from the price table; `assumed`: from the scenario; `estimated`: a reserve or a value found by a search
that proves nothing (what is paid there is certified). Certified numbers are true of the *market*; that the
market is like the world rests on the inputs listed under `inputs`, several of which are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from equilibria import Equilibrium, solve, tune
from mechanisms import CentralProver, FirstPrice, MarketError, Optimal, Procurement, Race, Vickrey
from papers.mainnet_blocks.claims import list_comparisons
from papers.mainnet_blocks.curves import (
    Say,
    along_optimal,
    along_reserves,
    along_values,
    optimal_reserve,
    optimal_values,
    solve_at,
)
from papers.mainnet_blocks.markets import Markets, build_markets
from papers.mainnet_blocks.scenario import Scenario
from papers.numbers import at_most, bounds, enclosure, measure, quotient
from proving_cost import Summary

__all__ = ["compute", "compute_rules", "compute_set"]

BINS = 160
NUMBERS = ("expected_payment", "resource_cost", "redundant_cost", "prover_surplus", "no_award")


def compute(summary: Summary, replay: Mapping[str, Any], scenario: Scenario, say: Say, *, processes: int = 1) -> dict[str, Any]:
    """All numbers of the figures.

    Arguments:
        summary: The log in a page.
        replay: Aggregates of its replay under the rules (`sealed_replay.py`), made with the same summary.
        scenario: What else is assumed.
        say: Told what is being done; a function of a module if there are several processes.
        processes: The sets of provers are independent of each other; with 2 processes both are computed at once.

    Raises:
        MarketError: The summary makes no market, or an equilibrium was not found.
    """
    markets = build_markets(summary, scenario)
    names = list(markets.sets)
    if processes > 1 and len(names) > 1:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            waiting = [pool.submit(compute_set, summary, name, scenario, say) for name in names]
            sets = {name: future.result() for name, future in zip(names, waiting, strict=True)}
    else:
        sets = {name: compute_set(summary, name, scenario, say) for name in names}
    results: dict[str, Any] = {
        "log": {
            "source": summary.log.source,
            "sha256": summary.log.sha256,
            "blocks": summary.log.blocks,
            "first_block": summary.log.first_block,
            "last_block": summary.log.last_block,
        },
        "inputs": _inputs(summary, scenario),
        "unit": {
            "prover": markets.cheapest,
            "seconds": measure(markets.unit_seconds, "measured"),
            "usd": bounds(markets.unit_usd, "published"),
            "usd_per_hour": bounds(markets.usd_per_hour, "published"),
        },
        "scenario": {
            "machine": scenario.machine,
            "reference_value": measure(scenario.reference_value, "assumed"),
            "max_no_award": measure(scenario.max_no_award, "assumed"),
        },
        "costs": _costs(summary, markets),
        "sets": sets,
        "replay": _replay(replay, sets, markets, scenario, say),
    }
    results["comparisons"] = list_comparisons(results)
    return results


def _inputs(summary: Summary, scenario: Scenario) -> list[dict[str, str]]:
    """What the numbers rest on: the scenario's inputs, then the claims of the log's model."""
    inputs = [{"input": name, "regime": given.regime, "ground": given.ground} for name, given in scenario.inputs.items()]
    return inputs + [{"input": claim.claim, "regime": claim.regime, "ground": claim.evidence} for claim in summary.claims]


def _costs(summary: Summary, markets: Markets) -> dict[str, Any]:
    """Figure (a): for each prover its costs in dollars at both ends, and a histogram of its seconds."""
    low = min(law.support[0] for law in markets.main.costs)
    high = max(law.support[1] for law in markets.main.costs)
    edges = np.geomspace(low, high, BINS + 1)
    wins = summary.replay.wins
    provers = {}
    for label, law in zip(markets.main.labels, markets.main.costs, strict=True):
        quantiles = {name: float(law.quantile(np.float64(p))) for name, p in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95))}
        mass = np.diff(law.cdf(edges))
        failures = summary.provers[label].failures
        provers[label] = {
            "regime": "measured",
            "support": list(law.support),
            "mean": law.mean(),
            **quantiles,
            "median_seconds": quantiles["q50"] * markets.unit_seconds,
            "share_of_blocks_won": wins[label] / summary.replay.blocks,
            "failure_rate": failures.failed / failures.attempts,
            "competitive": label in markets.rivals.labels,
            "mass": [float(m) for m in mass],
        }
    return {"edges": [float(x) for x in edges], "provers": provers}


def compute_set(summary: Summary, name: str, scenario: Scenario, say: Say) -> dict[str, Any]:
    """Everything about one set of provers."""
    markets = build_markets(summary, scenario)
    market = markets.sets[name]
    rules = compute_rules(market, scenario, say)
    reserves = markets.reserves(scenario.reserve_points)
    curves = along_reserves(market, reserves, say)
    if market is markets.rivals:  # the set that figure (b) shows
        curves["optimal"] = along_optimal(market, optimal_values(market, reserves), say)
    values = [float(v) for v in np.geomspace(scenario.lowest_value, scenario.highest_value, scenario.value_points)]
    return {
        "provers": list(market.labels),
        "rules": rules,
        "reserve_curves": curves,
        "tuned": _tuned(market, scenario, say),
        "value_curves": along_values(market, values, curves, say),
    }


def compute_rules(market: Procurement, scenario: Scenario, say: Say) -> dict[str, Any]:
    """The five rules side by side, without a reserve; the central prover at the reference value.

    A race that no prize brings about is recorded as refused, with what everybody's proving costs: a lower bound on
    what any rule must pay that keeps all of them proving.
    """
    say(f"five rules, {len(market.labels)} provers")
    value = scenario.reference_value
    result: dict[str, Any] = {
        "first_price": _numbers(solve(FirstPrice(), market)),
        "vickrey": _numbers(solve(Vickrey(), market)),
        "optimal": _numbers(solve(Optimal(), market)),
        "central_prover": _numbers(solve_at(CentralProver(), market, value))
        | {"value": measure(value, "assumed"), "label": CentralProver().chosen(market)},
        # with a value above every cost the central prover always proves: its resource cost is its mean cost
        "central_at_cost": _numbers(solve_at(CentralProver(), market, 2.0 * max(law.support[1] for law in market.costs))),
    }
    try:
        result["race"] = _numbers(solve(Race(), market))
    except MarketError as error:
        everybody = solve(Race(value), market)
        kept = {key: bounds(getattr(everybody, key)) for key in ("resource_cost", "redundant_cost")}
        result["race"] = {"refused": str(error), **kept}
    return result


def _numbers(equilibrium: Equilibrium) -> dict[str, Any]:
    found = {key: bounds(getattr(equilibrium, key)) for key in NUMBERS}
    return {**found, "epsilon": at_most(equilibrium.epsilon)}


def _tuned(market: Procurement, scenario: Scenario, say: Say) -> dict[str, Any]:
    """The reserve that pays least with a bound on no award, and the one that leaves the requester most."""
    say(f"tuning reserves, {len(market.labels)} provers")
    value = scenario.reference_value
    valued = Procurement(dict(zip(market.labels, market.costs, strict=True)), value)
    result: dict[str, Any] = {}
    for name, rule in (("first_price", FirstPrice()), ("vickrey", Vickrey())):
        least = tune(rule, market, "payment", max_no_award=scenario.max_no_award)
        surplus = tune(rule, valued, "surplus")
        result[name] = {
            key: {
                "reserve": measure(tuning.reserve, "estimated"),
                "flat": list(tuning.sensitivity.flat),
                "status": tuning.status,
                **_numbers(tuning.equilibrium),
            }
            for key, tuning in (("payment", least), ("surplus", surplus))
        }
    at_least = _optimal_value(market, scenario.max_no_award)
    result["optimal"] = {
        key: {
            "reserve": measure(optimal_reserve(market, v), "estimated"),
            "value": measure(v, "assumed" if key == "surplus" else "estimated"),
            **_numbers(solve_at(Optimal(), market, v)),
        }
        for key, v in (("payment", at_least), ("surplus", value))
    }
    return result


def _optimal_value(market: Procurement, max_no_award: float) -> float:
    """The least value at which the optimal rule fails to award no more often than this (bisection in doubles)."""
    from mechanisms.ironing import ironed_virtual_cost

    virtual = [ironed_virtual_cost(law) for law in market.costs]
    low, high = min(law.support[0] for law in market.costs), 1e6
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        lost = np.prod([1.0 - float(psi.cdf(psi.threshold(middle, True))) for psi in virtual])
        low, high = (middle, high) if lost > max_no_award else (low, middle)
    return high


def _replay(replay: Mapping[str, Any], sets: Mapping[str, Any], markets: Markets, scenario: Scenario, say: Say) -> dict[str, Any]:
    """Figure (d): by set and rule, payment over the lowest cost, ex post (log) and ex ante (model)."""
    say("replay beside the model")
    result = {}
    for name, market in markets.sets.items():
        rules, past = sets[name]["rules"], replay[name]["rules"]
        lowest = solve(Vickrey(), market).resource_cost
        reserve = markets.reserve_for(scenario.max_no_award, name)
        kept = {"first_price_reserve": solve(FirstPrice(reserve), market), "vickrey_reserve": solve(Vickrey(reserve), market)}
        rows = {}
        for rule in ("first_price", "vickrey", "optimal"):
            rows[rule] = {"ex_ante": bounds(quotient(enclosure(rules[rule]["expected_payment"]), lowest))}
        for rule, equilibrium in kept.items():
            awarded = kept["vickrey_reserve"].resource_cost  # truthful: the lowest cost, where there is an award
            rows[rule] = {
                "ex_ante": bounds(quotient(equilibrium.expected_payment, awarded)),
                "no_award": bounds(equilibrium.no_award),
                "reserve": measure(reserve, "estimated"),
            }
        rows["central_at_cost"] = {"ex_ante": bounds(quotient(enclosure(rules["central_at_cost"]["resource_cost"]), lowest))}
        rows["everybody_proves"] = {"ex_ante": bounds(quotient(enclosure(rules["race"]["resource_cost"]), lowest))}
        for rule, row in rows.items():
            row["ex_post"] = {**past[rule], "regime": "measured"}
        posted = {"central_prover": scenario.reference_value}
        if "expected_payment" in rules["race"]:
            posted["race"] = enclosure(rules["race"]["expected_payment"]).midpoint
        for rule, amount in posted.items():
            one = past["one_unit"]
            rows[rule] = {
                "ex_ante": bounds(quotient(enclosure(rules[rule]["expected_payment"]), lowest)),
                "ex_post": {key: one[key] * amount for key in ("mean", "q05", "q50", "q95")}
                | {"no_award": 0.0, "regime": "measured"},
            }
        result[name] = {key: replay[name][key] for key in ("blocks", "replayed", "lowest_outside_support")} | {"rules": rows}
    return result
