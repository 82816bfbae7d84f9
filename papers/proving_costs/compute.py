"""From the cost model to `results.json`: every number of the figures and of the page, with its regime.

`published`: from published timings, prices or announcements; `measured`: from a log of blocks; `assumed`: rests on an
assumption of the scenario or of the cost model, as every predicted cost does; `estimated`: a reserve found by search;
`certified`: an enclosure that holds in the market as modelled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mechanisms import Enclosure
from papers.numbers import measure
from papers.proving_costs.market import reserve_prices
from papers.proving_costs.scaling import aggregation
from papers.proving_costs.scenario import Fleet, Scenario
from proving_cost.cost_model import (
    CostBreakdown,
    CostModel,
    Settlement,
    Validation,
    price,
    published_timings,
    ratio,
    shipped_measurements,
    validate,
)
from proving_cost.cost_model.subjects import event_of, is_sized
from proving_cost.hardware import Machine
from workbench.cost_inputs import sized_recipe

LARGE = 1 << 20
"""Sizes of a measured card from which work, not launches, is what was timed."""

__all__ = ["compute"]


def compute(blocks: Mapping[str, Any], scenario: Scenario, say: Callable[[str], None]) -> dict[str, Any]:
    """All numbers.

    Arguments:
        blocks: What `blocks.json` holds.
        scenario: What is assumed.
        say: Told what is being done.

    Raises:
        InvalidInput: The scenario asks for something that is not there.
        Refused: A machine cannot be timed or priced.
        SolverFailure: An equilibrium was not found.
    """
    statement = scenario.statement
    sized = sized_recipe(statement.recipe, "statement.recipe", statement.constraints, "statement.constraints")
    inputs = [
        {"input": x.what, "regime": x.regime, "ground": f"{x.value}; {x.source}"} for x in sized.recipe.assumptions
    ]
    say("predicting published timings that were left out")
    results: dict[str, Any] = {"inputs": scenario.inputs + inputs, "validation": _validation(validate()), "card": _card()}
    say(f"pricing {sized.words}")
    settlement = Settlement(batch=statement.batch)
    found = price(sized.ledger, CostModel(statement.hardware), settlement=settlement)
    parts = {"seconds": found.seconds, "owning": found.owning, "renting": found.renting}
    results["terms"] = {
        "title": f"{sized.words}, on {found.hardware}",
        "hardware": found.hardware,
        "batch": statement.batch,
        **{name: None if part is None else _breakdown(part) for name, part in parts.items()},
    }
    say("aggregating proofs")
    results["scaling"] = aggregation(sized, scenario)
    results["market"] = reserve_prices(sized.ledger, scenario, say)
    results["ratios"] = _ratios(results, scenario)
    results["blocks"] = dict(blocks)
    return results


def _validation(table: Validation) -> dict[str, Any]:
    """Errors by split and kernel, and each prediction beside its timing."""
    out: dict[str, Any] = {}
    for row in table.rows:
        split = out.setdefault(row.split, {"errors": {}, "points": {}})
        split["errors"][row.kernel] = {
            "timings": len(row.misses), "median": row.median, "p90": row.ninetieth, "held": row.held, "regime": "published",
        }  # fmt: skip
        if row.kernel == "all":
            kernels = [_kernel(miss.subject) for miss in row.misses]
            split["points"] = {"kernel": kernels, "subject": [miss.subject for miss in row.misses]} | {
                name: [getattr(miss, name) for miss in row.misses]
                for name in ("hardware", "n", "how", "timed", "predicted", "held")
            }
    return out


def _card() -> dict[str, Any]:
    """Kernels of this project on the card that was measured, beside what the model makes of them from published ones."""
    (file,) = (f for f in shipped_measurements() if f.card is not None)
    model = CostModel(file.hardware, timings=published_timings())
    points = [p for p in file.points if p.n >= LARGE]
    events = [event_of(p.subject, p.n) for p in points]
    found = [model.predict(e, 1 if is_sized(e) else p.n) for e, p in zip(events, points, strict=True)]
    return {
        "hardware": file.hardware, "subject": [p.subject for p in points], "n": [p.n for p in points],
        "timed": [p.seconds for p in points], "predicted": [f.seconds for f in found],
        "held": [f.range.lower <= p.seconds <= f.range.upper for f, p in zip(found, points, strict=True)], "regime": "measured",
    }  # fmt: skip


def _kernel(subject: str) -> str:
    kind, *rest = subject.split("/")
    return f"MSM {rest[1].upper()}" if kind == "msm" else kind.upper()


def _breakdown(part: CostBreakdown) -> dict[str, Any]:
    return {"label": part.label, **part.to_json()}


def _ratios(results: Mapping[str, Any], scenario: Scenario) -> dict[str, Any]:
    """Dearer over cheaper, each with its interval and whether it is ten times."""
    then, now = scenario.blocks_then, scenario.blocks_now
    before, after = _gpu_seconds(then), _gpu_seconds(now)
    found = {
        "block_gpu_seconds": (f"GPU-seconds of a block, {_words(then)} over {_words(now)}", _exactly(before), _exactly(after)),
        "block_usd": ("USD of that block, owned or rented, whichever", _usd(then), _usd(now)),
        "block_usd_owning": ("USD of that block, both owned", _usd(then, "owning"), _usd(now, "owning")),
        "block_usd_renting": ("USD of that block, both rented", _usd(then, "renting"), _usd(now, "renting")),
    }
    out = {}
    for name, (statement, dear, cheap) in found.items():
        times = ratio(dear, cheap)
        out[name] = {
            "statement": statement, "value": times.likely, "low": times.range.lower, "high": times.range.upper,
            "tenfold": times.verdict(), "before": list(dear), "after": list(cheap), "regime": "published",
        }  # fmt: skip
    for tenure, found_tree in results["scaling"]["tenures"].items():
        best = found_tree["arities"][str(scenario.tree.arity)]
        alone, together = ({end: x[end] for end in ("likely", "low", "high")} for x in (found_tree["alone"], best["at_best"]))
        times = ratio(
            Enclosure(alone["low"], alone["high"]), Enclosure(together["low"], together["high"]),
            likely=(alone["likely"], together["likely"]),
        )  # fmt: skip
        out[f"aggregation_{tenure}"] = {
            "statement": f"a proof settled alone over one in the best batch, waiting included, {tenure}",
            "value": times.likely, "low": times.range.lower, "high": times.range.upper, "tenfold": times.verdict(),
            "before": [alone["low"], alone["high"]], "after": [together["low"], together["high"]], "regime": "assumed",
        }  # fmt: skip
    out["gpu_seconds_then"], out["gpu_seconds_now"] = (measure(x, "published") for x in (before, after))
    return out


def _words(fleet: Fleet) -> str:
    return f"{fleet.gpus} x {fleet.gpu} of {fleet.date}"


def _gpu_seconds(fleet: Fleet) -> float:
    return fleet.gpus * fleet.seconds


def _usd(fleet: Fleet, tenure: str | None = None) -> Enclosure:
    """Of a block: owning, renting, or from owning the machines cheaply to renting them dearly."""
    machine = Machine(f"{fleet.gpus}x {fleet.gpu}", gpus=fleet.gpus, gpu=fleet.gpu)
    ways = {"owning": machine.owning_usd_per_hour, "renting": machine.renting_usd_per_hour, None: machine.usd_per_hour}
    return Enclosure(*(hour * fleet.seconds / 3600 for hour in ways[tenure]))


def _exactly(value: float) -> Enclosure:
    return Enclosure(value, value)
