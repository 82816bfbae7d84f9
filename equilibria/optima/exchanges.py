"""Optimal exchanges of one user and one prover: closed forms first, a program for what they do not hold."""

from __future__ import annotations

from fractions import Fraction

from equilibria.checking import FORMAT, VERSION, sealed
from equilibria.equilibrium import Certificate
from equilibria.optima.linear_trade import LinearTrade
from equilibria.optima.optimal_mechanism import OptimalMechanism
from equilibria.optima.question import Question
from equilibria.optima.special_programs import trade_program
from mechanisms import Discrete, Enclosure, Exchange, Refused

BUDGET = {"no_deficit", "budget_balance"}


def optimal_exchange(market: Exchange, question: Question) -> OptimalMechanism:
    """The best exchange.

    Raises:
        Refused: several agents on a side, laws without an exact form, or a combination that is not solved.
    """
    constraints, objective = question.constraints, question.objective
    if market.buyers != 1 or len(market.labels) != 2:
        raise Refused("an exchange is solved for one user and one prover. Use Exchange({'u': law}, {'p': law}).")
    if constraints.capacity or constraints.cap or constraints.epsilon or constraints.regret:
        raise Refused("an exchange of one user and one prover is subject to names only, as 'no_deficit'; got a record.")
    if objective not in ("welfare", "revenue"):
        raise Refused("an exchange of one user and one prover is solved for 'welfare' or 'revenue' (what its operator keeps).")
    budget = bool(constraints.named & BUDGET)
    if budget and constraints.named & {"dsic", "ex_post_ir"} and objective == "welfare":
        raise Refused("the second best is truthful in expectation: in dominant strategies only posted prices balance. Drop it.")
    if "efficient" in constraints.named and objective != "welfare":
        raise Refused("'efficient' leaves no choice of trades: it goes with the objective 'welfare'.")
    if all(isinstance(law, Discrete) for law in market.priors):
        if objective != "welfare" or not budget:
            raise Refused("an exchange with finitely many types is solved for 'welfare' with 'no_deficit' or 'budget_balance'.")
        return trade_program(question)
    trade = LinearTrade.of(market)
    if trade is None:
        raise Refused(
            "the second best is computed for Discrete and for piecewise-linear laws (Uniform, PiecewiseLinear, Mixture of them). "
            "Give both agents one or the other."
        )
    return _closed_form(question, trade, str(objective), budget)


def _closed_form(question: Question, trade: LinearTrade, objective: str, budget: bool) -> OptimalMechanism:
    efficient, infeasible = "efficient" in question.constraints.named, False
    if objective == "revenue":
        wedges = Fraction(1, 2), Fraction(1, 2)
        _, profit = trade.gains_and_profit(wedges[1])
        lower = upper = profit
        message = "Myerson and Satterthwaite's broker: trade where the virtual value exceeds the virtual cost"
    elif not budget or efficient:
        wedges = Fraction(0), Fraction(0)
        lower, profit = trade.gains_and_profit(wedges[0])
        upper, infeasible = lower, budget and profit < 0
        message = f"the first best, trade wherever the value exceeds the cost; its operator keeps at most {float(profit):.6g}"
        if infeasible:
            message += ": Myerson and Satterthwaite's theorem, no truthful mechanism that trades efficiently pays for itself"
    else:
        wedges = trade.best_wedge()
        lower, upper = trade.gains_and_profit(wedges[1])[0], trade.bound(wedges[0])
        message = (
            "Myerson and Satterthwaite's second best: virtual types weighted so that the budget balances, wedge "
            f"{float(wedges[1]):.6g}"
        )
    side = trade.truthful(wedges[1])
    if side is not None and not infeasible:
        raise Refused(
            f"the virtual type of the {side} is not monotone, so the trades would need ironing. Use a law of a monotone hazard "
            "rate, or Discrete laws."
        )
    value = None if infeasible else Enclosure.around(lower, upper)
    exact = lower if lower == upper and not infeasible else None
    bought = budget and not infeasible and objective == "welfare"
    prices = {"budget": wedges[1] / (1 - 2 * wedges[1])} if bought and wedges[1] < Fraction(1, 2) else {}
    states: dict[str, object] = {"infeasible": "yes"}
    if value is not None:
        states = {"value": list(value)} | ({} if exact is None else {"exact_value": str(exact)})
    document = {
        "format": FORMAT, "version": VERSION, "subject": "optimal_mechanism", "route": "myerson_satterthwaite",
        "market": question.market.spec(), "objective": objective, "subject_to": question.stated_constraints,
        "mechanism": {"wedges": [str(wedge) for wedge in wedges]}, "states": states,
    }  # fmt: skip
    return OptimalMechanism(
        market=question.market,
        objective=objective,
        constraints=question.given,
        route="myerson_satterthwaite",
        status="infeasible" if infeasible else "optimal",
        message=message + ".",
        value=value,
        exact_value=exact,
        shadow_prices=prices,
        certificate=Certificate(sealed(document)),
    )
