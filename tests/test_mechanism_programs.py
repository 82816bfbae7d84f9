"""The programs of mechanism design: numbers of papers, agreement with each other, and what each refuses."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria.programs.asymmetric_border import asymmetric_border, asymmetric_border_program
from equilibria.programs.bayesian_auction import bayesian_auction
from equilibria.programs.dominant_auction import dominant_auction
from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.fee_market import fee_grid, fee_market
from equilibria.programs.finite_types import GAINS, REVENUE, FiniteTypes, Goal, Limits
from equilibria.programs.graded_menu import graded_menu, graded_menu_program
from equilibria.programs.least_regret import least_regret, mixture, optimal_revenue
from equilibria.programs.sybil_proof import sybil_proof
from equilibria.programs.symmetric_border import symmetric_border
from equilibria.programs.two_sided_trade import first_best, two_sided_trade
from mechanisms import InvalidInput
from tests.program_cases import priors

F = Fraction

# Revenue from n buyers with values uniform on 1/K, ..., 1: closed form of Myerson on the grid.
MYERSON = {
    (2, 10): F(49, 100), (2, 20): F(363, 800), (2, 50): F(1079, 2500), (2, 100): F(8483, 20000),
    (3, 10): F(123, 200), (3, 20): F(1837, 3200), (3, 50): F(2743, 5000), (3, 100): F(43197, 80000),
}  # fmt: skip


def by_symmetric_border(n: int, prior: FiniteTypes) -> Fraction | None:
    return solve_exactly(symmetric_border(prior.values, prior.probabilities, agents=n)).exact_value


def by_asymmetric_border(n: int, prior: FiniteTypes) -> Fraction | None:
    return asymmetric_border([prior] * n).exact_value


def by_bayesian_auction(n: int, prior: FiniteTypes) -> Fraction | None:
    return solve_exactly(bayesian_auction([prior] * n)).exact_value


def by_dominant_auction(n: int, prior: FiniteTypes) -> Fraction | None:
    return solve_exactly(dominant_auction([prior] * n)).exact_value


@pytest.mark.parametrize(("n", "count"), MYERSON)
def test_revenue_on_uniform_grids(n: int, count: int) -> None:
    prior = FiniteTypes.uniform(count)
    programs: list[Callable[[int, FiniteTypes], Fraction | None]] = [by_symmetric_border, by_asymmetric_border]
    if count**n <= 1000:
        programs += [by_bayesian_auction, by_dominant_auction]
    for program in programs:
        assert program(n, prior) == MYERSON[n, count], program.__name__
    assert optimal_revenue(prior, n) == MYERSON[n, count]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(priors(), min_size=1, max_size=3),
    st.sampled_from([REVENUE, GAINS, Goal(1, 0, 2), Goal(F(1, 2), 1, F(-1, 3))]),
    st.sampled_from([Limits(), Limits(award_at_least=F(1, 2)), Limits(money_at_least=0), Limits(share_at_most=F(1, 3))]),
)
def test_truthful_in_dominant_strategies_costs_nothing(agents: list[FiniteTypes], goal: Goal, limits: Limits) -> None:
    """Interim programs have the same value as those profile by profile: for different agents, goals and limits."""
    interim = asymmetric_border(agents, goal=goal, limits=limits)
    for program in (dominant_auction, bayesian_auction):
        other = solve_exactly(program(agents, goal=goal, limits=limits))
        assert (other.status, other.exact_value) == (interim.status, interim.exact_value)
    alike = [agents[0]] * len(agents)
    prior = agents[0]
    symmetric = solve_exactly(symmetric_border(prior.values, prior.probabilities, agents=len(alike), goal=goal, limits=limits))
    other = asymmetric_border(alike, goal=goal, limits=limits)
    assert (other.status, other.exact_value) == (symmetric.status, symmetric.exact_value)


@pytest.mark.parametrize("units", [1, 2, 3, 4])
def test_several_units(units: int) -> None:
    prior = FiniteTypes((F(1, 3), 1, 2), (F(1, 2), F(1, 4), F(1, 4)))  # type: ignore[arg-type]
    small = solve_exactly(symmetric_border(prior.values, prior.probabilities, agents=3, units=units))
    large = solve_exactly(dominant_auction([prior] * 3, units=units))
    assert small.exact_value == large.exact_value


def test_the_interim_allocation_is_read_in_chances() -> None:
    prior = FiniteTypes.uniform(4)
    won = solve_exactly(symmetric_border(prior.values, prior.probabilities, agents=2)).primal_block("won_from")
    chances = [(here - after) / F(1, 4) for here, after in itertools.pairwise([*won, F(0)])]
    assert chances == [0, 0, F(5, 8), F(7, 8)] or chances == [0, F(3, 8), F(5, 8), F(7, 8)]


def test_virtual_values_are_the_prices_of_a_procurement() -> None:
    """A requester who values a proof at 2 buys from the prover of least virtual cost below that."""
    costs = FiniteTypes((F(-2), F(-1)), (F(1, 2), F(1, 2)))
    optimum = solve_exactly(symmetric_border(costs.values, costs.probabilities, agents=2, goal=Goal(1, 0, 2)))
    assert optimum.exact_value == F(3, 4)  # virtual costs are 1 and 2 + 1: buy only from a prover with cost 1


@pytest.mark.parametrize("name", ["award_at_least", "money_at_least", "share_at_most"])
def test_prices_of_limits_are_slopes_of_the_value(name: str) -> None:
    """The price of a limit is what moving it a little is worth, whichever program it is read from."""
    agents, step = [FiniteTypes.uniform(3), FiniteTypes((F(1, 5), F(4, 5)), (F(1, 3), F(2, 3)))], F(1, 10**6)
    most = asymmetric_border(agents).exact_value or F(0)
    at = {"award_at_least": F(49, 50), "money_at_least": most - F(1, 100), "share_at_most": F(1, 7)}[name]
    goal = GAINS if name == "money_at_least" else REVENUE

    def solved(limit: Fraction) -> list[ExactOptimum]:
        limits = Limits(**{name: limit})
        found = [solve_exactly(make(agents, goal=goal, limits=limits)) for make in (dominant_auction, bayesian_auction)]
        return [asymmetric_border(agents, goal=goal, limits=limits), *found]

    for here, there in zip(solved(at), solved(at + step), strict=True):
        assert here.exact_value is not None and there.exact_value is not None
        block = name.partition("_")[0]
        slope = (there.exact_value - here.exact_value) / step
        assert slope != 0
        if block in [part.name for part in here.program.row_blocks]:  # of interim allocations a share is a bound
            assert sum(here.dual_block(block)) == slope


def test_epsilon_buys_revenue_and_is_bounded_by_it() -> None:
    pair = [FiniteTypes.uniform(4)] * 2
    values = [solve_exactly(bayesian_auction(pair, epsilon=e)).exact_value for e in (0, F(1, 50), F(1, 10))]
    assert all(a is not None and b is not None and a < b for a, b in itertools.pairwise(values))


def test_no_deficit_at_any_profile_is_no_loss_for_revenue() -> None:
    pair = [FiniteTypes.uniform(5)] * 2
    assert (
        solve_exactly(dominant_auction(pair, deficit_free=True)).exact_value == solve_exactly(dominant_auction(pair)).exact_value
    )


# Share of the first best that is left without a subsidy, values and costs on the middles of K cells: 27/32 in the limit.
SECOND_BEST = {10: 0.91636, 20: 0.88312, 40: 0.86411}


@pytest.mark.parametrize("count", SECOND_BEST)
def test_myerson_and_satterthwaite(count: int) -> None:
    middles = FiniteTypes(tuple(F(2 * k + 1, 2 * count) for k in range(count)), (F(1, count),) * count)
    best = solve_exactly(two_sided_trade(middles, middles)).exact_value
    assert best is not None and round(float(best / first_best(middles, middles)), 5) == SECOND_BEST[count]
    assert solve_exactly(two_sided_trade(middles, middles, efficient=True)).status == "infeasible"


def test_trade_without_overlap_is_efficient() -> None:
    user, prover = FiniteTypes((2, 3), (F(1, 2),) * 2), FiniteTypes((0, 1), (F(1, 2),) * 2)  # type: ignore[arg-type]
    optimum = solve_exactly(two_sided_trade(user, prover, efficient=True))
    assert optimum.exact_value == first_best(user, prover) == 2


def test_least_regret_by_hand() -> None:
    laws = [(F(3, 4), F(1, 4)), (F(1, 4), F(3, 4))]
    optimum = solve_exactly(least_regret((1, 2), laws))
    assert optimum.exact_value == F(-1, 4) and mixture(optimum) == (F(1, 2), F(1, 2))
    # price 2 with chance q: regret 1 - 1/2 q - (1 - q) under the first law, 3/2 (1 - q) - (1 - q) under the second
    assert solve_exactly(least_regret((1, 2), laws[:1])).exact_value == 0


@settings(max_examples=15, deadline=None)
@given(priors(), st.integers(1, 3))
def test_the_revenue_in_the_regret_is_the_optimum(prior: FiniteTypes, agents: int) -> None:
    assert optimal_revenue(prior, agents) == by_symmetric_border(agents, prior)
    found = solve_exactly(least_regret(prior.values, [prior.probabilities], agents=agents))
    assert found.exact_value == 0


# Largest revenue of a miner by users and places: UIC and 1-SCP on the grid 0, 1/K, ..., 1.
FEES = {
    (1, 1): lambda k: F(1, k + 1),
    (2, 1): lambda k: F(3, 2 * (k + 1)),
    (2, 2): lambda k: F(2, k + 1),
    (3, 1): {1: F(7, 8), 2: F(49, 81), 3: F(469, 1024), 4: F(12569, 34200)}.__getitem__,
}


@pytest.mark.parametrize(("users", "block"), FEES)
def test_discrete_fees_pay_a_miner_and_less_the_finer_they_are(users: int, block: int) -> None:
    for steps in (1, 2, 3, 4):
        found = solve_exactly(fee_market(fee_grid(steps), users=users, block=block))
        assert found.exact_value == FEES[users, block](steps)


def test_the_second_price_is_the_limit_of_sybil_proof_rules() -> None:
    for identities, steps in ((1, 3), (2, 2), (3, 2)):
        for low in range(steps):
            found = solve_exactly(sybil_proof(steps, identities=identities, high=low + 1, low=low))
            assert found.exact_value == F(1, identities + 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FiniteTypes((1, 1), (F(1, 2),) * 2), "values must increase; got 1 before 1"),  # type: ignore[arg-type]
        (lambda: FiniteTypes((0.5,), (1,)), r"values must be integers or fractions; got 0\.5"),  # type: ignore[arg-type]
        (lambda: FiniteTypes((1, 2), (F(1, 2),)), "one a value"),  # type: ignore[arg-type]
        (lambda: FiniteTypes((1, 2), (F(1, 2), F(1, 3))), "sum to 1; got 5/6 in all"),  # type: ignore[arg-type]
        (lambda: Limits(award_at_least=0.5), "award_at_least must be an integer, a fraction or None"),  # type: ignore[arg-type]
        (lambda: Limits(share_at_most=-1), "share_at_most must not be negative"),
        (lambda: Goal(0.5), "money must be an integer or a fraction"),  # type: ignore[arg-type]
        (lambda: symmetric_border([1], [1], agents=0), "agents and units"),
        (lambda: asymmetric_border_program([], []), "agents must be a non-empty list"),
        (lambda: asymmetric_border([FiniteTypes.uniform(2)], timeout=0), "timeout must be a positive"),
        (lambda: asymmetric_border([FiniteTypes.uniform(2)], units=2, capacities=[1, 1]), "one capacity an agent"),
        (lambda: dominant_auction([FiniteTypes.uniform(2)], capacities=[0]), "one positive integer an agent"),
        (lambda: dominant_auction([], units=1), "agents must be a non-empty list"),
        (lambda: bayesian_auction([FiniteTypes.uniform(2)], epsilon=-1), "epsilon not negative"),
        (lambda: graded_menu_program([(1, 2), (1, 2)], [F(1, 2)] * 2, []), "different vectors"),
        (lambda: graded_menu_program([(1, 2), (2, 2)], [F(1, 2)], []), "one a type"),
        (lambda: graded_menu([(1, 2)], [F(1)], timeout=-1), "timeout must be a positive"),
        (lambda: least_regret((1, 2), []), "priors must be a non-empty list"),
        (lambda: fee_market(FiniteTypes((-1, 1), (F(1, 2),) * 2), users=1, block=1), "must not be negative"),  # type: ignore[arg-type]
        (lambda: fee_market(fee_grid(2), users=0, block=1), "users and block"),
        (lambda: sybil_proof(2, identities=1, high=1, low=1), "bids must satisfy"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
