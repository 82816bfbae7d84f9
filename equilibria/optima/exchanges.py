"""Optimal exchanges: closed forms first, a program for what they do not hold."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

from equilibria.checking import FORMAT, VERSION, sealed
from equilibria.equilibrium import Certificate
from equilibria.optima.finite_exchange import Sides, TradeRule, second_best
from equilibria.optima.linear_trade import LinearTrade
from equilibria.optima.optimal_mechanism import OptimalMechanism, Table
from equilibria.optima.question import Question, exact_text
from equilibria.optima.special_programs import trade_program
from mechanisms import Enclosure, Exchange, Market, Refused

BUDGET = {"no_deficit", "budget_balance"}


def optimal_exchange(market: Exchange, question: Question) -> OptimalMechanism:
    """The best exchange.

    Raises:
        Refused: several agents on a side, laws without an exact form, or a combination that is not solved.
    """
    constraints, objective = question.constraints, question.objective
    if not market.unit:
        raise Refused("an exchange is solved for provers of capacity 1 and users who want one proof. Drop the sizes.")
    if constraints.cap or constraints.epsilon or constraints.regret:
        raise Refused("an exchange is subject to names only, as 'no_deficit'; got a record.")
    if objective not in ("welfare", "revenue"):
        raise Refused("an exchange is solved for 'welfare' or 'revenue' (what its operator keeps).")
    budget = bool(constraints.named & BUDGET)
    if "budget_balance" in constraints.named and constraints.named & {"dsic", "ex_post_ir"}:
        raise Refused(
            "a budget that balances in every profile is truthful in expectation at best. Ask for 'no_deficit', which holds in "
            "expectation, or drop 'dsic' and 'ex_post_ir'."
        )
    if "efficient" in constraints.named and objective != "welfare":
        raise Refused("'efficient' leaves no choice of trades: it goes with the objective 'welfare'.")
    single = market.buyers == 1 and len(market.labels) == 2
    sides = Sides.of(market)
    if sides is not None:
        if "efficient" in constraints.named and budget:
            if not single:
                raise Refused("'efficient' with a budget is decided for one user and one prover. Compare 'no_deficit' alone.")
            return trade_program(question)
        return _finite(question, sides, budget)
    if not single:
        raise Refused("several users or provers are solved for with Discrete laws only. Use Discrete.grid(low, high, count).")
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
        profit -= trade.kept_at_gaps(wedges[0])
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
    if wedges[1] > 0 and trade.kept_at_gaps(wedges[1]) > 0:
        raise Refused("a law has a gap at which there is trade, so the trades would need ironing. Use Discrete laws, or no gaps.")
    value = None if infeasible else Enclosure.around(lower, upper)
    exact = lower if lower == upper and not infeasible else None
    bought = budget and not infeasible and objective == "welfare"
    prices = {"budget": wedges[1] / (1 - 2 * wedges[1])} if bought and wedges[1] < Fraction(1, 2) else {}
    states: dict[str, object] = {"infeasible": "yes"}
    if value is not None:
        states = {"value": list(value)} | ({} if exact is None else {"exact_value": str(exact)})
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
        certificate=_sealed(question, {"wedges": [str(wedge) for wedge in wedges]}, states),
    )


def _finite(question: Question, sides: Sides, budget: bool) -> OptimalMechanism:
    price = Fraction(0)
    if question.objective == "revenue":
        rules = [(Fraction(1), TradeRule.weighing(sides, Fraction(1), Fraction(1)))]
        levels, value = rules[0][1].levels, rules[0][1].profit
        message = "most profit: trade while the ironed virtual value exceeds the ironed virtual cost"
    elif not budget:
        rules = [(Fraction(1), TradeRule.weighing(sides, Fraction(1), Fraction(0)))]
        levels, value = rules[0][1].levels, rules[0][1].gains
        message = f"the first best, trade while the value exceeds the cost; its operator keeps {float(rules[0][1].profit):.6g}"
    else:
        price, rules = second_best(sides)
        levels = TradeRule.weighing(sides, 1 + price, price).levels
        value = sum((chance * rule.gains for chance, rule in rules), Fraction(0))
        between = "one rule" if len(rules) == 1 else "a lottery between two rules"
        message = f"the second best, {between} of virtual types in which a deficit costs {float(price):.6g} per unit of money"
    mechanism = {
        "price": str(price),
        "levels": _stated(question.market, levels),
        "rules": [{"chance": str(chance), "levels": _stated(question.market, rule.levels)} for chance, rule in rules],
    }
    allocation, payments = _tables(sides, rules)
    return OptimalMechanism(
        market=question.market,
        objective=question.objective,
        constraints=question.given,
        route="myerson_satterthwaite",
        status="optimal",
        message=f"{message}; each who trades pays or is paid the type at which it begins to, so truth is dominant"
        + (", until payments are rearranged to balance." if "budget_balance" in question.constraints.named else "."),
        value=Enclosure.around(value, value),
        exact_value=value,
        allocation=allocation,
        payments=payments,
        virtual=_by_type(sides, levels, 1),
        shadow_prices={"budget": price} if budget and question.objective == "welfare" else {},
        certificate=_sealed(
            question, mechanism, {"value": list(Enclosure.around(value, value)), "exact_value": exact_text(value)}
        ),
    )


def _by_type(sides: Sides, rows: Sequence[Sequence[Fraction]], turn: int) -> Table:
    """Rows by label and type in the market's own orientation; entries of provers change sign if `turn` is 1."""
    table: dict[str, dict[Fraction, Fraction]] = {}
    for k, (agent, row) in enumerate(zip(sides.agents, rows, strict=True)):
        sells = k >= sides.users
        pairs = [(-t if sells else t, -entry if sells and turn else entry) for t, entry in zip(agent.types, row, strict=True)]
        table[agent.label] = dict(reversed(pairs) if sells else pairs)
    return table


def _stated(market: Market, levels: Sequence[Sequence[Fraction]]) -> dict[str, list[str]]:
    assert isinstance(market, Exchange)
    stated = {}
    for k, (label, row) in enumerate(zip(market.labels, levels, strict=True)):
        stated[label] = [str(w) for w in row] if k < market.buyers else [str(-w) for w in reversed(row)]
    return stated


def _tables(sides: Sides, rules: Sequence[tuple[Fraction, TradeRule]]) -> tuple[Table, Table]:
    """Expected trades and payments (of users to the exchange, of it to provers)."""
    trades: list[list[Fraction]] = []
    payments: list[list[Fraction]] = []
    for i, agent in enumerate(sides.agents):
        rows = [(chance, rule.trades[i]) for chance, rule in rules]
        trades.append([sum((c * row[k] for c, row in rows), Fraction(0)) for k in range(len(agent.types))])
        steps = [after - before for before, after in pairwise([Fraction(0), *trades[-1]])]
        payments.append(list(accumulate(step * t for step, t in zip(steps, agent.types, strict=True))))
    return _by_type(sides, trades, 0), _by_type(sides, payments, 1)


def _sealed(question: Question, mechanism: object, states: object) -> Certificate:
    document = {
        "format": FORMAT,
        "version": VERSION,
        "subject": "optimal_mechanism",
        "route": "myerson_satterthwaite",
        "market": question.market.played(),
        "objective": question.objective,
        "subject_to": question.stated_constraints,
        "mechanism": mechanism,
        "states": states,
    }
    return Certificate(sealed(document))
