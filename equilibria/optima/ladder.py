r"""`optimal`: the best mechanism for a market, by the cheapest exact route."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from equilibria.optima.closed_form import closed_form
from equilibria.optima.constraints import Constraint, Constraints, Record, read_constraints
from equilibria.optima.exchanges import optimal_exchange
from equilibria.optima.graded_sales import optimal_menu
from equilibria.optima.objectives import Objective, read_objective
from equilibria.optima.optimal_mechanism import OptimalMechanism
from equilibria.optima.program_routes import one_sided_program
from equilibria.optima.question import Question
from equilibria.optima.special_programs import regret_program
from mechanisms import Exchange, GradedSale, InvalidInput, Market, Refused
from mechanisms.distributions.discrete import Exact


def optimal(
    market: Market,
    objective: Objective | Mapping[str, Exact],
    subject_to: Constraint | Iterable[Constraint] = (),
    *,
    timeout: float = 600.0,
) -> OptimalMechanism:
    r"""Find the best mechanism for an objective, and certify that there is no better one.

    $$ \max_{x,\,t}\; E\Big[\sum_i \big(W\,v_i - R\,h_i(v_i) - O\big)\,x_i(v)\Big] $$

    over all mechanisms in which truth is a Bayesian equilibrium, nobody loses by taking part, and no more tasks are awarded than
    there are. The weights follow from the objective (`objectives.py`); the optimum found is truthful in dominant strategies
    wherever constraints do not prevent it.

    Args:
        market: a `Procurement`, a `Sale` or an `Exchange`. Laws that are all `Discrete` give exact rationals, and so do
            piecewise-linear ones (`Uniform`, `PiecewiseLinear`, `Mixture` of them); others an enclosure. A requester's `value` is
            the double that it is.
        objective: `"payment"` (least payment of a requester that always buys; the revenue, in a sale), `"revenue"`, `"surplus"`
            (of the requester or the seller, against doing without), `"welfare"`; or positive weights of them, as
            `{"surplus": 1, "welfare": "1/2"}`.
        subject_to: what else must hold: names (`"dsic"`, `"bic"`, `"ex_post_ir"`, `"interim_ir"`, `"no_deficit"`,
            `"budget_balance"`, `"efficient"`) and records (`ConcentrationCap`, `EpsilonIC`, `MinMaxRegret`).
        timeout: seconds after which a linear program is given up.

    Returns:
        An `OptimalMechanism`: `value`, `exact_value`, the rule or its tables, and a certificate. `route` names the rung of the
        ladder that was taken: the cheapest that is exact. Constraints that contradict each other are a result, with the status
        `"infeasible"` and a certificate. With `MinMaxRegret` the value is the regret.

    Raises:
        InvalidInput: naming what is wrong.
        Refused: a combination without meaning, or outside what is solved, and why.
        SolverFailure: nothing was proved within the time.

    Notes:
        A thousand types of three agents take a second; programs over profiles take seconds up to about 5,000 profiles.

    Example:
        >>> from mechanisms import Discrete, Sale
        >>> law = Discrete.grid("1/10", 1, 10)
        >>> found = optimal(Sale({"a": law, "b": law}), "revenue")
        >>> found.route, found.exact_value, found.reserves["a"]
        ('myerson', Fraction(49, 100), Fraction(1, 2))

    References:
        Myerson, Optimal auction design, Math. Oper. Res. 6 (1981); Border, Econometrica 59 (1991); Myerson and Satterthwaite, J.
        Econ. Theory 29 (1983).
    """
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement, a Sale or an Exchange; got {type(market).__name__}.")
    chosen = read_objective(objective, market)
    constraints = read_constraints(subject_to)
    if not timeout > 0.0:
        raise InvalidInput(f"timeout must be a positive number of seconds; got {timeout!r}.")
    given = (subject_to,) if isinstance(subject_to, str | Record) else tuple(subject_to)
    question = Question(market=market, objective=chosen, given=given, constraints=constraints, timeout=timeout)
    if isinstance(market, Exchange):
        return optimal_exchange(market, question)
    if isinstance(market, GradedSale):
        return optimal_menu(market, question)
    _check_one_sided(market, constraints)
    if constraints.regret is not None:
        return regret_program(question)
    if constraints.plain or _holds_anyway(market, constraints):
        return closed_form(question)
    return one_sided_program(question)


def _check_one_sided(market: Market, constraints: Constraints) -> None:
    if constraints.named & {"budget_balance", "efficient"}:
        name = min(constraints.named & {"budget_balance", "efficient"})
        raise Refused(f"{name!r} is about an Exchange, where one side pays the other; a {type(market).__name__} has one side.")
    if "no_deficit" in constraints.named and market.sign > 0:
        raise Refused("'no_deficit' is about money taken from agents, and a procurement pays them. Use 'surplus' with a value.")


def _holds_anyway(market: Market, constraints: Constraints) -> bool:
    """Whether `no_deficit` is all that is asked for, and critical values, which are types, are never negative."""
    asked = Constraints(named=constraints.named - {"no_deficit"}, cap=constraints.cap, epsilon=constraints.epsilon)
    return asked.plain and all(prior.support[0] >= 0.0 for prior in market.priors)
