"""What the data say about "an order of magnitude cheaper": each status quo over the price of the auction.

The phrase compares an auction among provers with something else, and everything hangs on what. Each comparison is
the cost or price of a status quo over the expected payment of the first-price auction without a reserve: 10 or more
speaks for the phrase, less against it, and below 1 the status quo is the cheaper one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mechanisms import Enclosure
from papers.numbers import bounds, enclosure, middle, quotient

__all__ = ["TENFOLD", "list_comparisons"]

TENFOLD = 10.0


def list_comparisons(results: Mapping[str, Any]) -> dict[str, Any]:
    """The comparisons, by name, made of numbers already in the results."""
    sets = results["sets"]
    few = sets.get("competitive", sets["all"])
    price = enclosure(few["rules"]["first_price"]["expected_payment"])
    found: dict[str, Any] = {}

    def add(name: str, statement: str, entry: Mapping[str, Any], says: str | None = None) -> None:
        ratio = middle(entry)
        found[name] = {
            "statement": statement,
            "ratio": dict(entry),
            "says": says or ("for" if ratio >= TENFOLD else "against"),
        }

    def over_price(amount: Enclosure) -> dict[str, Any]:
        return bounds(quotient(amount, price))

    everybody = enclosure(sets["all"]["rules"]["race"]["resource_cost"])
    add("everybody_proves", "every prover of the log proves every block, and one proof is used", over_price(everybody))
    means = sorted(prover["mean"] for prover in results["costs"]["provers"].values())
    slowest, average = means[-1], sum(means) / len(means)
    add("slowest_incumbent", "the status quo is the slowest configuration, paid its cost", _measured(slowest, price))
    add("average_prover", "the status quo is a configuration drawn at random, paid its cost", _measured(average, price))
    add(
        "median_prover", "the status quo is the configuration of median speed, paid its cost",
        _measured(means[len(means) // 2], price),
    )  # fmt: skip
    race = few["rules"]["race"]
    if "expected_payment" in race:
        add(
            "competitive_race", "the competitive provers race for the least prize that keeps them racing",
            over_price(enclosure(race["expected_payment"])),
        )  # fmt: skip
    add(
        "competitive_everybody", "the competitive provers all prove every block, paid their costs",
        over_price(enclosure(race["resource_cost"])),
    )  # fmt: skip
    central = enclosure(few["rules"]["central_at_cost"]["resource_cost"])
    add("central_at_cost", "one good prover serves every block, paid its cost", over_price(central))
    add(
        "central_monopolist", "one good prover asks what the proof is worth to the rollup, at the reference value",
        over_price(enclosure(few["rules"]["central_prover"]["expected_payment"])), "depends on the assumed value",
    )  # fmt: skip
    auctions = [enclosure(few["rules"][rule]["expected_payment"]) for rule in ("first_price", "vickrey", "optimal")]
    dearest, best = max(auctions, key=lambda x: x.midpoint), min(auctions, key=lambda x: x.midpoint)
    add("rule_choice", "the dearest of the three auctions over the cheapest", bounds(quotient(dearest, best)))
    hour = enclosure(results["unit"]["usd_per_hour"])
    level = bounds(quotient(Enclosure(hour.upper, hour.upper), Enclosure(hour.lower, hour.lower)), "published")
    add("renting_over_owning", "an hour of the machine, rented dear over owned cheap", level, "not a matter of markets")
    tenfold = Enclosure(TENFOLD * price.lower, TENFOLD * price.upper)
    found["tenfold_value"] = {
        "statement": "the value of a proof from which a monopolist that asks it is ten times the auction's price, in units",
        "ratio": bounds(tenfold),
        "says": "depends on the assumed value",
    }
    return found


def _measured(cost: float, price: Enclosure) -> dict[str, Any]:
    return bounds(quotient(Enclosure(cost, cost), price), "measured")
