"""Writes the page of the documentation and its pictures from `results.json` and `build/`.

`python -m papers.mainnet_blocks.page`, from the root of the repository, after `python -m papers.mainnet_blocks`. No
number of the page is typed: `page.template.md` has a name in braces for each, and `facts` is what they stand for.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from papers.mainnet_blocks.figure import BUILD, RESULTS
from papers.markdown import table, word
from papers.numbers import middle

__all__ = ["PICTURES", "page_of"]

TEMPLATE = Path(__file__).with_name("page.template.md")
DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "mainnet_blocks.md"
PICTURES = {
    "a_costs.png": "mainnet_blocks_costs.png",
    "b_reserve.png": "mainnet_blocks_reserve.png",
    "c_rules.png": "mainnet_blocks.png",
    "d_replay.png": "mainnet_blocks_replay.png",
}
RULES = {
    "optimal": "optimal auction",
    "first_price": "first-price auction",
    "vickrey": "second-price auction",
    "race": "race",
    "central_prover": "central prover",
}


def page_of(results: Mapping[str, Any]) -> str:
    """The page as Markdown."""
    return TEMPLATE.read_text("utf-8").format_map(facts(results))


def facts(results: Mapping[str, Any]) -> dict[str, str]:
    """Every number of the page, formatted, by its name in the template."""
    every, few = results["sets"]["all"], results["sets"]["competitive"]
    rules, tuned, replay = few["rules"], few["tuned"], results["replay"]["competitive"]["rules"]
    ratio = {name: middle(entry["ratio"]) for name, entry in results["comparisons"].items()}
    usd, hour = results["unit"]["usd"], results["unit"]["usd_per_hour"]
    price = middle(rules["first_price"]["expected_payment"])
    provers = sorted(results["costs"]["provers"].items(), key=lambda item: item[1]["q50"])
    first, second = provers[0][1], provers[1][1]
    everybody = results["replay"]["all"]["rules"]["everybody_proves"]
    race = every["rules"]["race"]
    least, surplus = tuned["first_price"]["payment"], tuned["first_price"]["surplus"]
    unsure = few["value_curves"]["central_prover_unsure"]
    reference = middle(results["scenario"]["reference_value"])
    at = min(range(len(few["value_curves"]["value"])), key=lambda k: abs(few["value_curves"]["value"][k] - reference))
    names = ("first_price", "vickrey", "optimal")
    change = max(
        abs(middle(every["rules"][name]["expected_payment"]) / middle(rules[name]["expected_payment"]) - 1) for name in names
    )
    failed = [f"{label} {prover['failure_rate']:.1%}" for label, prover in provers if prover["failure_rate"] > 0]
    return {
        "blocks": str(results["log"]["blocks"]),
        "first": str(results["log"]["first_block"]),
        "last": str(results["log"]["last_block"]),
        "machine": results["scenario"]["machine"],
        "unit_prover": results["unit"]["prover"],
        "unit_seconds": f"{middle(results['unit']['seconds']):.1f}",
        "unit_low": f"{100 * usd['lower']:.2f}",
        "unit_high": f"{100 * usd['upper']:.1f}",
        "hour_low": f"{hour['lower']:.2f}",
        "hour_high": f"{hour['upper']:.2f}",
        "all": word(len(every["provers"])),
        "All": word(len(every["provers"])).capitalize(),
        "few": word(len(few["provers"])),
        "slow": word(len(every["provers"]) - len(few["provers"])),
        "price": f"{price:.3f}",
        "price_low": f"{100 * usd['lower'] * price:.2f}",
        "price_high": f"{100 * usd['upper'] * price:.1f}",
        "comparison_table": _comparison_table(results),
        "everybody": f"{ratio['everybody_proves']:.0f}",
        "everybody_past": f"{everybody['ex_post']['mean']:.1f}",
        "everybody_waste": f"{middle(race['redundant_cost']) / middle(race['resource_cost']):.0%}",
        "slowest": f"{ratio['slowest_incumbent']:.0f}",
        "tenfold": f"{ratio['tenfold_value']:.1f}",
        "tenfold_low": f"{100 * usd['lower'] * ratio['tenfold_value']:.1f}",
        "tenfold_high": f"{100 * usd['upper'] * ratio['tenfold_value']:.0f}",
        "central_saving": f"{1 - ratio['central_at_cost']:.1%}",
        "central_past": f"{replay['central_at_cost']['ex_post']['mean'] - 1:.1%}",
        "wins_first": f"{first['share_of_blocks_won']:.0%}",
        "wins_second": f"{second['share_of_blocks_won']:.0%}",
        "slow_change": f"{change:.1%}",
        "pair_spent": f"{middle(replay['everybody_proves']['ex_ante']):.2f}",
        "race_prize": f"{middle(rules['race']['expected_payment']):.1f}",
        "race_ratio": f"{ratio['competitive_race']:.1f}",
        "rule_choice": f"{ratio['rule_choice'] - 1:.1%}",
        "band": f"{ratio['renting_over_owning']:.0f}",
        "spread": f"{provers[-1][1]['q50'] / first['q50']:.0f}",
        "private_spread": f"{first['q05'] / first['q50'] - 1:+.0%} to {first['q95'] / first['q50'] - 1:+.0%}".replace("-", "−"),
        "failures": ", ".join(failed) or "none",
        "limit": f"{middle(results['scenario']['max_no_award']):.0%}",
        "reserve": f"{middle(least['reserve']):.3f}",
        "price_reserve": f"{_delivered(least):.3f}",
        "reference": f"{reference:.3g}",
        "surplus_reserve": f"{middle(surplus['reserve']):.3f}",
        "flat_low": f"{surplus['flat'][0]:.2f}",
        "flat_high": f"{surplus['flat'][1]:.2f}",
        "optimal_reserve_price": f"{_delivered(tuned['optimal']['payment']):.3f}",
        "rules_table": _rules_table(results),
        "refusal": race["refused"],
        "unsure": f"{unsure['payment_per_proof']['lower'][at]:.2f}",
        "unsure_lost": f"{unsure['no_award']['lower'][at]:.0%}",
        "first_past": f"{replay['first_price']['ex_post']['mean']:.3f}",
        "first_model": f"{middle(replay['first_price']['ex_ante']):.3f}",
        "second_past": f"{replay['vickrey']['ex_post']['mean']:.3f}",
        "second_model": f"{middle(replay['vickrey']['ex_ante']):.3f}",
        "lost_past": f"{replay['first_price_reserve']['ex_post']['no_award']:.1%}",
        "inputs_table": table(
            ("input", "regime", "ground"), [(x["input"], x["regime"], x["ground"]) for x in results["inputs"]]
        ),
    }


def _delivered(tuned: Mapping[str, Any]) -> float:
    return middle(tuned["expected_payment"]) / (1 - middle(tuned["no_award"]))


def _comparison_table(results: Mapping[str, Any]) -> str:
    rows = [
        (entry["statement"], f"{middle(entry['ratio']):.3g}", entry["says"], entry["ratio"]["regime"])
        for name, entry in results["comparisons"].items()
        if name not in ("tenfold_value", "renting_over_owning", "rule_choice")
    ]
    return table(("status quo", "over the auction", "says", "regime"), rows)


def _rules_table(results: Mapping[str, Any]) -> str:
    rows = []
    for name, group in results["sets"].items():
        for rule, text in RULES.items():
            found = group["rules"][rule]
            paid = f"{middle(found['expected_payment']):.4g}" if "expected_payment" in found else "none exists"
            if rule == "central_prover":
                paid = f"the value (here {middle(found['value']):.3g})"
            spent, wasted = middle(found["resource_cost"]), middle(found["redundant_cost"])
            rows.append((f"{name}, {len(group['provers'])}", text, paid, f"{spent:.4g}", f"{wasted / spent:.0%}"))
    return table(("provers", "rule", "paid, units", "spent on proving, units", "of it thrown away"), rows)


if __name__ == "__main__":
    PAGE.write_text(page_of(json.loads(RESULTS.read_text("utf-8"))), encoding="utf-8", newline="\n")
    for made, kept in PICTURES.items():
        shutil.copyfile(BUILD / made, DOCS / "images" / kept)
