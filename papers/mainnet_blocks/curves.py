"""Payment and probability of no award along reserves and values: the arrays behind figures (b) and (c)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import numpy as np

from equilibria import Equilibrium, solve
from mechanisms import (
    CentralProver,
    Enclosure,
    FirstPrice,
    Mechanism,
    Optimal,
    Procurement,
    SolverFailure,
    Uniform,
    Vickrey,
)
from mechanisms.ironing import ironed_virtual_cost
from papers.numbers import at_most, curve, quotient

__all__ = [
    "Say",
    "along_optimal",
    "along_reserves",
    "along_values",
    "optimal_reserve",
    "optimal_values",
    "solve_at",
]

Say = Callable[[str], None]
"""Told what is being done."""


def along_reserves(market: Procurement, reserves: list[float], say: Say) -> dict[str, Any]:
    """First-price and second-price auctions at each reserve; the last point is the rule without a reserve."""
    result: dict[str, Any] = {}
    auctions: tuple[tuple[str, type[FirstPrice] | type[Vickrey]], ...] = (
        ("first_price", FirstPrice),
        ("vickrey", Vickrey),
    )
    for name, rule in auctions:
        say(f"{name.replace('_', ' ')} at {len(reserves)} reserves, {len(market.labels)} provers")
        solved: dict[float | None, Equilibrium] = {}
        for reserve in [*reserves, None]:
            with suppress(SolverFailure):  # a reserve without a certified equilibrium is left out, and counted
                solved[reserve] = solve(rule(reserve), market)
        unsolved = len(reserves) + 1 - len(solved)
        result[name] = {"reserve": list(solved), "unsolved": unsolved, **_along(list(solved.values()))}
    return result


def optimal_values(market: Procurement, reserves: Iterable[float]) -> list[float]:
    """Values at which the optimal rule's reserve for the cheapest prover is each of these, without repeats.

    Ironing holds the reserve still while the value rises, so several reserves may give one value.
    """
    cheapest = min(market.costs, key=lambda law: law.mean())
    low, high = cheapest.support
    virtual = ironed_virtual_cost(cheapest)
    inside = np.array([reserve for reserve in reserves if low < reserve <= high])
    return [float(v) for v in np.unique(virtual(inside)) if np.isfinite(v)]


def optimal_reserve(market: Procurement, value: float) -> float:
    """The highest cost of any prover that the optimal rule still awards at this value."""
    return max(float(ironed_virtual_cost(law).threshold(value, True)) for law in market.costs)


def along_optimal(market: Procurement, values: list[float], say: Say) -> dict[str, Any]:
    """The optimal rule as the requester's value rises; the last point is the rule that always awards."""
    say(f"optimal rule at {len(values)} values, {len(market.labels)} provers")
    solved = [solve(Optimal(), Procurement(_costs(market), value)) for value in [*values, None]]
    reserves = [optimal_reserve(market, value) for value in values]
    return {"value": [*values, None], "reserve": [*reserves, None], **_along(solved)}


def along_values(market: Procurement, values: list[float], reserve_curves: dict[str, Any], say: Say) -> dict[str, Any]:
    """What each rule pays as the (assumed) value of a proof rises.

    The auctions take the reserve of the grid that leaves the requester most at this value; the optimal rule is solved at
    it. The central prover asks the value if it knows it, and if it only knows that the value is uniform between zero and
    twice as much, a monopolist's price (then the payment is for each proof delivered).
    """
    say(f"rules at {len(values)} values of a proof, {len(market.labels)} provers")
    result: dict[str, Any] = {"value": values}
    for name, points in reserve_curves.items():
        if name == "optimal":
            continue
        pay, lost = (np.mean([points[key]["lower"], points[key]["upper"]], axis=0) for key in ("expected_payment", "no_award"))
        best = [int(np.argmax(value * (1.0 - lost) - pay)) for value in values]
        result[name] = {"regime": "certified", "reserve": [points["reserve"][k] for k in best]} | {
            key: {end: [points[key][end][k] for k in best] for end in ("lower", "upper")}
            for key in ("expected_payment", "no_award")
        }
    costs = _costs(market)
    result["optimal"] = _along([solve(Optimal(), Procurement(costs, value)) for value in values])
    known = [solve(CentralProver(), Procurement(costs, value)) for value in values]
    result["central_prover"] = _along(known)
    unsure = [solve(CentralProver(), Procurement(costs, Uniform(0.0, 2.0 * value))) for value in values]
    result["central_prover_unsure"] = _along(unsure) | {
        "payment_per_proof": curve(quotient(e.expected_payment, _award(e)) for e in unsure)
    }
    return result


def _award(equilibrium: Equilibrium) -> Enclosure:
    lost = equilibrium.no_award
    return Enclosure(float(np.nextafter(1.0 - lost.upper, 0.0)), min(1.0, float(np.nextafter(1.0 - lost.lower, 2.0))))


def _along(solved: list[Equilibrium]) -> dict[str, Any]:
    return {
        "regime": "certified",
        "expected_payment": curve(e.expected_payment for e in solved),
        "no_award": curve(e.no_award for e in solved),
        "epsilon": [at_most(e.epsilon) for e in solved],
    }


def _costs(market: Procurement) -> dict[str, Any]:
    return dict(zip(market.labels, market.costs, strict=True))


def solve_at(mechanism: Mechanism, market: Procurement, value: float | None) -> Equilibrium:
    """A rule in this market with the requester's value set."""
    return solve(mechanism, Procurement(_costs(market), value))
