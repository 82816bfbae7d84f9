"""What is said of a property that was confirmed: no more than its parameters and its agents allow."""

from __future__ import annotations

from collections.abc import Mapping

from equilibria.checking.incentive_agents import Agents
from equilibria.checking.incentive_trees import Rat

MEANINGS: dict[str, str] = {
    "dsic": "truth is dominant",
    "individual_rationality": "nobody loses by taking part",
    "no_deficit": "there is no deficit",
    "budget_balance": "the budget is balanced",
    "efficiency": "reported welfare is greatest",
    "monotonicity": "a better report never gets less",
    "envy_freeness": "nobody envies another of its side",
}


def meaning(agents: Agents, parameters: Mapping[str, object]) -> str:
    """What a property with its parameters, which its definition has read, says of some agents."""
    name = str(parameters["name"])
    if name == "false_names":
        costly = "" if parameters["cost"] == "0" else f" at a cost of {parameters['cost']} each"
        return f"up to {parameters['identities']} identities gain nothing{costly}"
    if name == "coalitions":
        size, paying = parameters["size"], "" if parameters["transfers"] else " without transfers"
        return f"coalitions of up to {size} gain nothing{paying}" if str(size) != "1" else "no single agent gains by a lie"
    text = MEANINGS[name] + (f" for the {parameters['side']}" if parameters.get("side") else "")
    if name in ("no_deficit", "efficiency") and agents.kind != "exchange":
        text += "" if agents.value is None else f" at a value of {agents.value} a proof"
        text += "" if name == "no_deficit" else f" with {agents.units} to be had"
    return text


def who(agents: Agents) -> str:
    """Whom the sentence is about, and within which types."""
    kinds: dict[tuple[int, tuple[Rat | None, Rat | None]], int] = {}
    for sign, bounds in zip(agents.signs, agents.bounds, strict=True):
        kinds[sign, bounds] = kinds.get((sign, bounds), 0) + 1
    parts = []
    for (sign, (low, high)), count in kinds.items():
        name = ("value" if sign > 0 else "cost") + ("s" if count > 1 else "")
        ends = f"in [{low}, {high}]" if low is not None and high is not None else f"of at least {low}" if high is None else ""
        ends = "of any size" if low is None and high is None else ends or f"of at most {high}"
        parts.append(f"{count} {'buyer' if sign > 0 else 'prover'}{'s' if count > 1 else ''} with {name} {ends}")
    return f"for {' and '.join(parts)}"
