"""Optimal mechanisms by linear programs: that the program in the file is the one of its market, objective and constraints.

The program, its point and its prices are judged by the checker of programs. Here its parameters are derived again from the
market, and what is stated of the optimum is compared with what the program proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.finite_agents import Agent, Terms, rational, read_law, read_side, read_terms
from equilibria.checking.linear_programs import below, decide
from equilibria.checking.program_files import read_program

NAMED = {"dsic", "bic", "ex_post_ir", "interim_ir", "no_deficit", "budget_balance", "efficient"}
PROFILED = {"dsic", "ex_post_ir"}


def program_optimum(tree: Mapping[str, object], route: str) -> tuple[Fraction, Fraction, str] | str:
    """Bounds of the optimum and the sentence about it, or only the sentence if no mechanism meets the constraints.

    Raises:
        Rejected: the program is not that of the market, or does not prove what is stated.
    """
    proof = mapping(field(tree, "proof", "certificate"), "proof")
    only(proof, ("program", "primal", "dual", "ray", "states"), "proof")
    program = mapping(field(proof, "program", "proof"), "proof.program")
    expected, sign, what = _expected(tree, route)
    stated = {key: entry for key, entry in program.items() if key != "cuts" or route != "border_cuts"}
    if _plain(stated) != expected:
        wrong = [key for key in {*stated, *expected} if _plain(stated.get(key)) != expected.get(key)]
        raise Rejected(f"proof.program.{min(wrong)} is not what the market, the objective and the constraints make it")
    decide(read_program(program), proof)
    states = mapping(field(proof, "states", "proof"), "proof.states")
    status = string(field(states, "status", "proof.states"), "proof.states.status")
    if status == "infeasible":
        return "no mechanism meets the constraints"
    if status not in ("proved", "certified"):
        raise Rejected(f"a program that is {status} proves no optimum")
    keys = ("value",) if status == "proved" else ("lower", "upper")
    ends = [rational(field(states, key, "proof.states"), f"proof.states.{key}") for key in keys]
    lower, upper = sorted((sign * ends[0], sign * ends[-1]))
    shown = f"is exactly {lower}" if lower == upper else f"is between {below(lower)!r} and {0.0 - below(-upper)!r}"
    return lower, upper, f"the {what} that any mechanism under the constraints can reach {shown}"


def _plain(node: object) -> object:
    """Parsed JSON as plain values to compare."""
    if isinstance(node, Mapping):
        return {key: _plain(entry) for key, entry in node.items()}
    return [_plain(entry) for entry in node] if isinstance(node, list) else node


def _expected(tree: Mapping[str, object], route: str) -> tuple[dict[str, object], int, str]:
    """The parameters of the program, the sign of its value, and what it measures."""
    asked = mapping(field(tree, "subject_to", "certificate"), "subject_to")
    only(asked, ("named", "share", "epsilon", "priors"), "subject_to")
    named = field(asked, "named", "subject_to")
    if not isinstance(named, list) or not {string(name, "subject_to.named") for name in named} <= NAMED:
        raise Rejected("subject_to.named must be a list of constraints that the checker knows")
    market = mapping(field(tree, "market", "certificate"), "market")
    if market.get("kind") == "exchange":
        return _exchange(tree, market, asked, set(named), route)
    if set(named) & {"budget_balance", "efficient"}:
        raise Rejected("subject_to.named holds what only an exchange can be subject to")
    sign, tasks, value, agents = read_side(tree)
    terms = read_terms(field(tree, "objective", "certificate"), sign, value)
    capacities = [agent.capacity for agent in agents.values()]
    if max(capacities) > 1 and route not in ("border_cuts", "dsic_program"):
        raise Rejected(f"route {route!r} is for agents that can take one task each")
    if "priors" in asked:
        return _regret(tree, asked, set(named), list(agents), tasks, terms, route, sign)
    people = [_types(agent) for agent in agents.values()]
    goal = {"money": str(terms.rents), "types": str(terms.types - terms.rents), "award": str(-(terms.outside or Fraction(0)))}
    limits = {}
    if terms.outside is None:
        limits["award_at_least"] = str(tasks)
    if "no_deficit" in named:
        limits["money_at_least"] = "0"
    if "share" in asked:
        limits["share_at_most"] = str(rational(asked["share"], "subject_to.share") * tasks)
    if ("epsilon" in asked and route != "bic_program") or (set(named) & PROFILED and route != "dsic_program"):
        raise Rejected(f"route {route!r} does not hold the constraints")
    common: dict[str, object] = {"goal": goal, "limits": limits}
    objective = tree["objective"]
    what = f"best {objective if isinstance(objective, str) else 'weighted objective'}"
    if route == "symmetric_border":
        if any(person != people[0] for person in people):
            raise Rejected("route 'symmetric_border' needs agents that are alike")
        return {"kind": route, "agents": str(len(people)), "units": str(tasks), **people[0], **common}, terms.sign, what
    if route == "border_cuts":
        supply = {"units": str(tasks), "capacities": " ".join(str(min(tasks, most)) for most in capacities)} if tasks > 1 else {}
        return {"kind": "asymmetric_border", "agents": people, **supply, **common}, terms.sign, what
    made = {"agents": people, "units": str(tasks), **common}
    if route == "bic_program":
        epsilon = str(rational(asked["epsilon"], "subject_to.epsilon")) if "epsilon" in asked else "0"
        return {"kind": "bayesian_auction", **made, "epsilon": epsilon}, terms.sign, what
    if route == "dsic_program":
        taken = {"capacities": " ".join(map(str, capacities))} if max(capacities) > 1 else {}
        return {"kind": "dominant_auction", **made, **taken, "deficit_free": "no"}, terms.sign, what
    raise Rejected(f"route {route!r} has no program for a procurement or a sale")


def _types(agent: Agent) -> dict[str, object]:
    return {"values": [str(t) for t in agent.types], "probabilities": [str(f) for f in agent.chances]}


def _law(node: object, where: str) -> dict[str, object]:
    values, chances = read_law(node, where)
    return {"values": [str(v) for v in values], "probabilities": [str(f) for f in chances]}


def _exchange(
    tree: Mapping[str, object], market: Mapping[str, object], asked: Mapping[str, object], named: set[object], route: str
) -> tuple[dict[str, object], int, str]:
    only(market, ("kind", "users", "provers"), "market")
    sides = [mapping(field(market, side, "market"), f"market.{side}") for side in ("users", "provers")]
    if len(sides[0]) != 1 or len(sides[1]) != 1 or tree.get("objective") != "welfare" or route != "general_program":
        raise Rejected("an exchange is one user and one prover, with the objective 'welfare' and the route 'general_program'")
    if set(asked) != {"named"} or named & PROFILED or not named & {"no_deficit", "budget_balance"}:
        raise Rejected("an exchange is subject to 'no_deficit' or 'budget_balance', and perhaps 'efficient'")
    user, prover = (_law(next(iter(side.values())), "market") for side in sides)
    efficient = "yes" if "efficient" in named else "no"
    return {"kind": "two_sided_trade", "user": user, "prover": prover, "efficient": efficient}, 1, "largest gain from trade"


def _regret(
    tree: Mapping[str, object], asked: Mapping[str, object], named: set[object], labels: list[str], tasks: int, terms: Terms,
    route: str, sign: int,
) -> tuple[dict[str, object], int, str]:  # fmt: skip
    priors = asked["priors"]
    if sign > 0 or tasks != 1 or tree["objective"] != "revenue" or route != "general_program":
        raise Rejected("least regret is that of the revenue of one item")
    if not isinstance(priors, list) or named & {"no_deficit"} or set(asked) != {"named", "priors"}:
        raise Rejected("subject_to.priors must be a list, without other constraints than truth and participation")
    market = mapping(tree["market"], "market")
    laws: list[dict[str, object]] = []
    for row in [mapping(market["values"], "market.values"), *(mapping(row, "subject_to.priors") for row in priors)]:
        made = [_law(row[label], "prior") for label in row]
        same = sorted(row) == sorted(labels) and all(law == made[0] for law in made)
        if not same or (laws and made[0]["values"] != laws[0]["values"]):
            raise Rejected("every prior must be one law for all buyers, over the same values")
        laws.append(made[0])
    chances = [" ".join(law["probabilities"]) for law in laws]  # type: ignore[arg-type]  # lists, by `_law`
    program = {"kind": "least_regret", "agents": str(len(labels)), "values": laws[0]["values"], "priors": chances}
    return program, -1, "least regret"
