"""Writes the page of the documentation and its pictures from `results.json` and `build/`.

`python -m papers.proving_costs.page`, from the root of the repository, after `python -m papers.proving_costs`.  No
number of the page is typed: `page.template.md` has a name in braces for each, and `facts` is what they stand for.
"""

from __future__ import annotations

import json
import math
import shutil
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from papers.markdown import table, word
from papers.numbers import middle
from papers.proving_costs.figure import BUILD, RESULTS

__all__ = ["PAGE", "PICTURES", "page_of"]

TEMPLATE = Path(__file__).with_name("page.template.md")
DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "proving_costs.md"
PICTURES = {
    "terms.png": "cost_terms.png",  # the page on costs shows it too
    "validation.png": "proving_costs_validation.png",
    "scaling.png": "proving_costs_scaling.png",
    "reserve.png": "proving_costs_reserve.png",
}
MODELS = ("cycles", "gas", "constant")
MILLION = 1e6
WORST = 4  # misses that are named


def page_of(results: Mapping[str, Any]) -> str:
    """The page as Markdown."""
    return TEMPLATE.read_text("utf-8").format_map(facts(results))


def facts(results: Mapping[str, Any]) -> dict[str, Any]:
    """Every number of the page by its name in the template."""
    parts = (_validation, _blocks, _terms, _scaling, _ratios, _market)
    inputs = table(("input", "regime", "ground"), [(x["input"], x["regime"], x["ground"]) for x in results["inputs"]])
    return {key: value for part in parts for key, value in part(results).items()} | {"inputs_table": inputs}


def _validation(results: Mapping[str, Any]) -> dict[str, Any]:
    splits = results["validation"]
    rows = [
        (split, kernel, str(e["timings"]), f"{e['median']:.3f}", f"{e['p90']:.3f}", f"{e['held']:.0%}")
        for split, found in splits.items()
        for kernel, e in found["errors"].items()
    ]
    errors = {split: found["errors"] for split, found in splits.items()}
    points = splits["one GPU"]["points"]
    columns = (points[key] for key in ("hardware", "subject", "n", "predicted", "timed"))
    worst = sorted(zip(*columns, strict=True), key=lambda x: -abs(math.log(x[3] / x[4])))[:WORST]
    fast = sum(predicted < timed for *_, predicted, timed in worst)
    gone, curve = errors["one GPU"]["MSM G1"], errors["one curve"]["MSM G1"]
    return {
        "validation_table": table(("left out", "kernel", "timings", "median", "90 %", "held"), rows),
        "factor_new": f"{math.exp(errors['one GPU']['all']['p90']):.1f}",
        "between": errors["every other size"]["all"]["p90"],
        "gpu_g1_median": gone["median"], "gpu_g1_p90": gone["p90"], "gpu_g1_held": gone["held"],
        "curve_g1_median": curve["median"], "curve_g1_held": curve["held"],
        "worst": ", ".join(f"{s} 2^{math.log2(n):.0f} on {gpu} ({p / x:.2f} of its time)" for gpu, s, n, p, x in worst),
        **_card(results["card"]),
        "worst_direction": f"{word(fast)} of {word(len(worst))} predicted too fast",
        "cpu_median": errors["one processor"]["all"]["median"], "cpu_p90": errors["one processor"]["all"]["p90"],
        "processors_word": word(len(set(splits["one processor"]["points"]["hardware"]))),
    }  # fmt: skip


def _card(card: Mapping[str, Any]) -> dict[str, Any]:
    ratios = sorted(p / t for p, t in zip(card["predicted"], card["timed"], strict=True))
    return {
        "card": card["hardware"], "card_kernels": word(len(ratios)), "card_least": ratios[0], "card_most": ratios[-1],
        "card_median": statistics.median(ratios), "card_held": word(sum(card["held"])),
    }  # fmt: skip


def _blocks(results: Mapping[str, Any]) -> dict[str, Any]:
    blocks = results["blocks"]
    head = ("prover", "cycles of", "blocks fitted + tested", "a, s", "b, s/Gcycle")
    rows = []
    for prover, p in blocks["provers"].items():
        cells = [f"{p[side][m]['median']:.3f} ({p[side][m]['p90']:.3f})" for side in ("train", "test") for m in MODELS]
        fit = (f"{p['a_seconds']:.2f}", f"{p['b_seconds_per_gcycle']:.1f}")
        rows.append((prover, p["cycles_of"], f"{p['train_blocks']} + {p['test_blocks']}", *fit, *cells))
    errors = {m: [p["test"][m]["median"] for p in blocks["provers"].values()] for m in MODELS}
    ends = {f"{m}_{name}": of(errors[m]) for m in MODELS for name, of in (("best", min), ("worst", max))}
    gains = {name: p["test"]["gas"]["median"] / p["test"]["cycles"]["median"] for name, p in blocks["provers"].items()}
    least = min(gains, key=lambda name: gains[name])
    return ends | {
        "blocks_table": table((*head, *(f"{side}: {m}" for side in ("train", "test") for m in MODELS)), rows),
        "first_test": str(blocks["first_test_block"]),
        "smallest_gain": f"`{least}`",
        "smallest_cycles": blocks["provers"][least]["test"]["cycles"]["median"],
        "smallest_gas": blocks["provers"][least]["test"]["gas"]["median"],
        "left_out": "; ".join(f"`{name}` ({why})" for name, why in blocks["left_out"].items()) or "none",
    }


def _terms(results: Mapping[str, Any]) -> dict[str, Any]:
    terms = results["terms"]
    seconds, owning = terms["seconds"], terms["owning"]
    largest = sorted(seconds["terms"], key=lambda x: -x["likely"])[:3]
    gas = sum(x["likely"] for x in owning["terms"] if x["label"].endswith("gas"))
    return {
        "statement": terms["title"].rpartition(", on ")[0], "hardware": terms["hardware"], "batch": str(terms["batch"]),
        "seconds": seconds["likely"], "seconds_low": seconds["low"], "seconds_high": seconds["high"],
        "largest": "; ".join(f"{_short(x['label'])} ({x['likely'] / seconds['likely']:.0%})" for x in largest),
        "gas_share": gas / owning["likely"],
    }  # fmt: skip


def _short(label: str) -> str:
    return label.removeprefix("commitments/").removesuffix(" on average")


def _scaling(results: Mapping[str, Any]) -> dict[str, Any]:
    scaling = results["scaling"]
    owning, renting = (scaling["tenures"][x] for x in ("owning", "renting"))
    rows = [(name, *(_million(tenure["parts"][name]) for tenure in (owning, renting))) for name in owning["parts"]]
    curve, arities = owning["arities"][scaling["arity"]], list(owning["arities"])
    few, many = owning["arities"][arities[0]], owning["arities"][arities[-1]]
    against = scaling["against_gas"]
    return {
        "parts_table": table(("part", "owning", "renting"), rows),
        "rent_over_own": renting["parts"]["leaf"]["likely"] / owning["parts"]["leaf"]["likely"],
        "gas_over_proving": scaling["usd_of_gas"]["likely"] / renting["parts"]["leaf"]["likely"],
        **{key.replace("_likely", ""): value for name, found in (("alone", owning["alone"]), ("at_best", curve["at_best"]))
           for key, value in ((f"{name}_{end}", found[end]) for end in ("likely", "low", "high"))},
        "scaling_card": scaling["hardware"], "arity": scaling["arity"],
        "start": str(math.floor(curve["start"]) + 1), "best": curve["best"], "stop": curve["stop"],
        "few": arities[0], "many": arities[-1],
        "share_few": MILLION * few["node_share"], "share_many": MILLION * many["node_share"],
        "off_proof": 1 - many["at_best"]["likely"] / few["at_best"]["likely"],
        "gwei_node": against["gwei_of_a_node"], "gwei_pays": against["lowest_gwei_that_pays"],
    }  # fmt: skip


def _million(usd: Mapping[str, float]) -> str:
    likely, low, high = (f"{MILLION * usd[end]:.1f}" for end in ("likely", "low", "high"))
    return f"{likely} ({low}, {high})"


def _ratios(results: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: entry for name, entry in results["ratios"].items() if "statement" in entry}
    rows = [
        (x["statement"], _three(x["value"]), f"{_three(x['low'])} to {_three(x['high'])}", x["tenfold"], x["regime"])
        for x in found.values()
    ]
    spans = (found["block_usd"][side] for side in ("before", "after"))
    says = {"yes": "holds", "no": "fails", "within the uncertainty": "is within the uncertainty"}
    return {
        "ratio_table": table(("dearer over cheaper", "ratio", "interval", "ten times?", "regime"), rows),
        "usd_verdict": says[found["block_usd"]["tenfold"]],
        **{f"span_{when}": x[1] / x[0] for when, x in zip(("then", "now"), spans, strict=True)},
        "usd_own_verdict": found["block_usd_owning"]["tenfold"], "usd_rent_verdict": found["block_usd_renting"]["tenfold"],
    }  # fmt: skip


def _three(value: float) -> str:
    """Three digits, written out."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _market(results: Mapping[str, Any]) -> dict[str, Any]:
    market = results["market"]
    tuned, counts = (
        {name: {key: MILLION * middle(x[key]) for key in ("reserve", "expected_payment")} for name, x in group.items()}
        for group in (market["tuned"], market["by_provers"])
    )
    named = {f"{market['provers']}, {end} costs": x for end, x in tuned.items()}
    named |= {f"{n}, likely costs": x for n, x in counts.items()}
    rows = [(name, f"{x['reserve']:.2f}", f"{x['expected_payment']:.2f}") for name, x in named.items()]
    ends, names = market["if_off"]["ends"], list(counts)
    return {
        "reserve_table": table(("provers", "reserve, USD per million", "expected payment"), rows),
        "provers_word": word(market["provers"]).capitalize(), "limit": middle(market["max_no_award"]),
        "reserve": tuned["likely"]["reserve"], "paid": tuned["likely"]["expected_payment"],
        "unreserved": MILLION * middle(market["without_reserve"]),
        "first": MILLION * middle(market["first_price"]["expected_payment"]),
        "epsilon": MILLION * market["first_price"]["epsilon"],
        "least": names[0], "most": names[-1],
        "paid_least": counts[names[0]]["expected_payment"], "paid_most": counts[names[-1]]["expected_payment"],
        "lost_high": ends["high"]["no_award"][str(market["provers"])],
        "overpaid": tuned["likely"]["reserve"] / tuned["low"]["reserve"],
        "level": max(ends["high"]["factor"], 1 / ends["low"]["factor"]),
    }  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(page_of(json.loads(RESULTS.read_text("utf-8"))), encoding="utf-8", newline="\n")
    for made, kept in PICTURES.items():
        shutil.copyfile(BUILD / made, DOCS / "images" / kept)
