"""The best menu of grades for one buyer: lotteries over latency classes, and their prices."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from equilibria.optima.constraints import Constraints
from equilibria.optima.optimal_mechanism import OptimalMechanism
from equilibria.optima.question import Question
from mechanisms import GradedSale, Refused, SolverFailure

NAMES = {"dsic", "bic", "ex_post_ir", "interim_ir"}
"""What a menu meets by being one: with one buyer, truth in expectation is dominant."""


def optimal_menu(market: GradedSale, question: Question) -> OptimalMechanism:
    """The menu that brings most, by a linear program over awards and utilities of all types.

    Raises:
        Refused: another objective than the revenue or the surplus, or a constraint that a menu does not meet by being one.
        SolverFailure: nothing was proved within the time.
    """
    from equilibria.programs.graded_menu import graded_menu

    asked: Constraints = question.constraints
    if question.objective not in ("revenue", "surplus"):
        raise Refused("a menu of grades is solved for 'revenue' (what the buyer pays) or 'surplus' (that less the costs).")
    if asked.named - NAMES or asked.cap or asked.epsilon or asked.regret:
        raise Refused("a menu of grades takes no constraints beside truth and participation, which it meets. Drop them.")
    costs = [-cost for cost in market.costs] if question.objective == "surplus" else None
    found = graded_menu(
        market.types, market.probabilities, one_grade=market.one_grade, awards=costs, timeout=question.timeout
    )
    if found.value is None:
        raise SolverFailure(f"graded_menu: {found.message}. Allow more time, or use fewer types.")
    awards: dict[str, Mapping[object, Fraction]] = {}
    paid: dict[str, Mapping[object, Fraction]] = {}
    if found.primal is not None:
        shares, utilities = found.primal_block("allocation"), found.primal_block("utility")
        count = len(market.grades)
        for g, grade in enumerate(market.grades):
            awards[grade] = {kind: shares[t * count + g] for t, kind in enumerate(market.types)}
        paid["buyer"] = {
            kind: sum((value * shares[t * count + g] for g, value in enumerate(kind)), Fraction(0)) - utilities[t]
            for t, kind in enumerate(market.types)
        }
    return OptimalMechanism(
        market=market,
        objective=question.objective,
        constraints=question.given,
        route="graded_menu",
        status="optimal" if found.exact_value is not None else "bounded",
        message="the buyer chooses from a menu of lotteries over grades: a linear program with the rows of truth that matter, "
        "solved and proved in rational numbers.",
        value=found.value,
        exact_value=found.exact_value,
        allocation=awards,
        payments=paid,
        certificate=found.certificate,
    )
