r"""When aggregation pays: a Groth16 proof settled alone, or joined with others by a tree of Groth16 proofs.

Alone a proof costs its proving and its own verification on chain, $c_\text{in} + g$.  In a batch of $B$ it costs
`AggregationLaw.per_proof(B)` and, for those that wait for the batch to fill, $\delta(B-1)$.  A node of arity $a$ is a
Groth16 proof of $a$ verifier circuits, padded to a power of two; the wrap is a proof of one more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from papers.numbers import Regime
from papers.proving_costs.scenario import Scenario
from proving_cost.cost_model import AggregationLaw, CostBreakdown, CostModel, Settlement, price
from proving_cost.ledger import Ledger
from workbench.cost_inputs import Sized

__all__ = ["aggregation"]

ENDS = ("low", "likely", "high")
BATCHES = 61  # points of a curve
REGIME: Regime = "assumed"


def aggregation(leaf: Sized, scenario: Scenario) -> dict[str, Any]:
    """Cost of a proof against the batch, and where aggregation starts and stops paying; USD."""
    tree, waiting = scenario.tree, scenario.waiting
    model = CostModel(tree.hardware)
    parts = {"leaf": leaf.ledger, "wrap": _verifiers(leaf, tree.verifier_constraints, 1)}
    parts |= {f"node of {a}": _verifiers(leaf, tree.verifier_constraints, a) for a in tree.arities}
    priced = {name: price(ledger, model) for name, ledger in parts.items()}
    gas = _end_by_end(CostBreakdown(label="gas", unit="USD", lines=Settlement().lines()))
    delta = waiting.usd_per_proof_and_second / (2 * waiting.proofs_per_second)
    batches = np.geomspace(1.0, tree.largest_batch, BATCHES)
    out: dict[str, Any] = {
        "hardware": model.device.name, "arity": str(tree.arity), "regime": REGIME, "batches": batches.tolist(), "usd_of_gas": gas,
        "waiting_per_batched_proof": delta, "tenures": {},
    }  # fmt: skip
    for tenure in ("owning", "renting"):
        usd = {name: _end_by_end(getattr(cost, tenure)) for name, cost in priced.items()}
        alone = {end: usd["leaf"][end] + gas[end] for end in ENDS}
        arities = {}
        for arity in tree.arities:
            laws, proving = ({end: _law(usd, arity, g, end) for end in ENDS} for g in (gas, dict.fromkeys(ENDS, 0.0)))
            arities[str(arity)] = _curves(laws, gas["likely"], batches, delta, scenario) | {
                "proving": {end: [float(proving[end].per_proof(b)) for b in batches] for end in ENDS}
            }
        out["tenures"][tenure] = {"parts": usd, "alone": alone, "arities": arities}
    out["against_gas"] = _against_gas(out, scenario)
    return out


def _verifiers(leaf: Sized, constraints: int, count: int) -> Ledger:
    """The ledger of a proof of so many verifier circuits."""
    wires = count * constraints
    return leaf.recipe.ledger(1 << (wires - 1).bit_length(), wires=wires)


def _end_by_end(part: CostBreakdown | None) -> dict[str, float]:
    assert part is not None  # the machine of the scenario is priced both ways, or `aggregation` is refused before
    return {"low": part.total.lower, "likely": part.likely, "high": part.total.upper}


def _law(usd: dict[str, dict[str, float]], arity: int, gas: dict[str, float], end: str) -> AggregationLaw:
    return AggregationLaw(
        leaf=usd["leaf"][end], node=usd[f"node of {arity}"][end], arity=arity, settle=usd["wrap"][end] + gas[end]
    )


def _curves(
    laws: dict[str, AggregationLaw], gas: float, batches: NDArray[np.float64], delta: float, scenario: Scenario
) -> dict[str, Any]:
    law = laws["likely"]
    waiting = scenario.waiting
    start, stop = _paying(law, gas, scenario)
    best = law.best_batch(waiting.usd_per_proof_and_second, waiting.proofs_per_second)
    whole = max(1, round(best))
    return {
        "node_share": law.node_share, "limit": law.limit, "start": start, "stop": stop, "best": best,
        "at_best": {end: laws[end].per_proof(whole) + delta * (whole - 1) for end in ENDS},
        **{end: [float(laws[end].per_proof(b) + delta * (b - 1)) for b in batches] for end in ENDS},
    }  # fmt: skip


def _paying(law: AggregationLaw, alone: float, scenario: Scenario) -> tuple[float | None, float | None]:
    found = law.paying_batches(alone, scenario.waiting.usd_per_proof_and_second, scenario.waiting.proofs_per_second)
    return (None, None) if found is None else found


def _against_gas(found: dict[str, Any], scenario: Scenario) -> dict[str, Any]:
    """Start, stop and best batch at each price of gas, for one arity, owning; None where aggregation never pays."""
    ether = math.sqrt(math.prod(Settlement().eth_usd))
    usd = found["tenures"]["owning"]["parts"]
    gas = scenario.gas
    out: dict[str, Any] = {"eth_usd": ether, "regime": REGIME, "gwei": [], "start": [], "stop": [], "best": []}
    for gwei in np.geomspace(gas.lowest_gwei, gas.highest_gwei, gas.points):
        alone = float(Settlement().gas * gwei * 1e-9 * ether)
        law = _law(usd, scenario.tree.arity, {"likely": alone}, "likely")
        start, stop = _paying(law, alone, scenario)
        best = law.best_batch(scenario.waiting.usd_per_proof_and_second, scenario.waiting.proofs_per_second)
        for key, value in (("gwei", float(gwei)), ("start", start), ("stop", stop), ("best", best)):
            out[key].append(value)
    pays = [g for g, start in zip(out["gwei"], out["start"], strict=True) if start is not None]
    out["lowest_gwei_that_pays"] = pays[0] if pays else None
    per_gwei = Settlement().gas * 1e-9 * ether
    out["gwei_of_a_node"] = found["tenures"]["owning"]["arities"][str(scenario.tree.arity)]["node_share"] / per_gwei
    return out
