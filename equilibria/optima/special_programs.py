"""Programs of their own: trade between two sides, and least regret over several laws."""

from __future__ import annotations

from fractions import Fraction

from equilibria.optima.finite_myerson import finite_agents
from equilibria.optima.optimal_mechanism import OptimalMechanism
from equilibria.optima.program_record import Solved, program_mechanism
from equilibria.optima.question import Question
from mechanisms import Discrete, Refused

TRUTH = {"dsic", "ex_post_ir", "bic", "interim_ir"}


def trade_program(question: Question) -> OptimalMechanism:
    """The second best of one user and one prover with finitely many types."""
    from equilibria.programs.exact_simplex import solve_exactly
    from equilibria.programs.finite_types import FiniteTypes
    from equilibria.programs.two_sided_trade import two_sided_trade

    market = question.market
    laws = [law for law in market.priors if isinstance(law, Discrete)]
    user, prover = (FiniteTypes(law.values, law.probabilities) for law in laws)
    program = two_sided_trade(user, prover, efficient="efficient" in question.constraints.named)
    found = solve_exactly(program, timeout=question.timeout)
    solved = Solved(route="general_program", why="two sides with private types", optimum=found)
    allocation: dict[str, dict[Fraction, Fraction]] = {}
    payments: dict[str, dict[Fraction, Fraction]] = {}
    if found.primal is not None and found.status != "infeasible":
        few = len(prover.values)
        trade = found.primal_block("trade")
        table = [trade[k * few : (k + 1) * few] for k in range(len(user.values))]
        bought = [_mean(row, prover.probabilities) for row in table]
        sold = [_mean(column, user.probabilities) for column in zip(*table, strict=True)]
        rows = (
            (user.values, bought, found.primal_block("user_utility"), 1),
            (prover.values, sold, found.primal_block("prover_utility"), -1),
        )
        for label, (types, chances, utilities, side) in zip(market.labels, rows, strict=True):
            allocation[label] = dict(zip(types, chances, strict=True))
            payments[label] = {t: t * x - side * u for t, x, u in zip(types, chances, utilities, strict=True)}
    return program_mechanism(question, solved, allocation=allocation, payments=payments)


def _mean(row: tuple[Fraction, ...], chances: tuple[Fraction, ...]) -> Fraction:
    return sum((f * x for f, x in zip(chances, row, strict=True)), Fraction(0))


def regret_program(question: Question) -> OptimalMechanism:
    """The mechanism of least regret over several laws.

    Raises:
        Refused: another market or objective, or laws that differ between agents or in their types.
    """
    from equilibria.programs.exact_simplex import solve_exactly
    from equilibria.programs.least_regret import least_regret, mixture

    market, constraints = question.market, question.constraints
    assert constraints.regret is not None
    plain = market.sign < 0 and market.tasks == 1 and question.objective == "revenue" and not constraints.named - TRUTH
    if not plain or finite_agents(market) is None or constraints.cap or constraints.epsilon or question.capacities:
        raise Refused(
            "MinMaxRegret is solved for the revenue of a sale of one item with Discrete laws, without other constraints than "
            "truth and participation."
        )
    priors: list[Discrete] = []
    for k, row in enumerate([dict(zip(market.labels, market.priors, strict=True)), *constraints.regret.priors]):
        laws = [law for law in row.values() if isinstance(law, Discrete)]
        if set(row) != set(market.labels) or len(laws) != len(row) or len(set(laws)) != 1:
            where = "the market" if k == 0 else f"priors[{k - 1}]"
            raise Refused(f"MinMaxRegret needs one Discrete law for all buyers in every prior; {where} has another.")
        priors.append(laws[0])
    if len({law.values for law in priors}) != 1:
        raise Refused("MinMaxRegret needs the same values in every prior, with other chances. Give rare values a small one.")
    program = least_regret(priors[0].values, [law.probabilities for law in priors], agents=len(market.labels))
    found = solve_exactly(program, timeout=question.timeout)
    prices = {} if found.dual is None else {f"prior {k}": share for k, share in enumerate(mixture(found))}
    solved = Solved(route="general_program", why="the worst of several laws counts", optimum=found, prices=prices)
    return program_mechanism(question, solved, sign=-1)
