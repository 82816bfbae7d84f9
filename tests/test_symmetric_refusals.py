"""Equal provers: what has no equilibrium of the kind that is sought, or another solver, and the sentences that say so."""

from __future__ import annotations

import pytest

from equilibria import EnvelopeIntegral, solve
from mechanisms import (
    AllPay,
    Beta,
    Discriminatory,
    Distribution,
    FirstPrice,
    InvalidInput,
    KthPrice,
    LogNormal,
    Market,
    Mechanism,
    Mixture,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    SolverFailure,
    Uniform,
    UniformPrice,
)

UNIT, KINK = Uniform(0, 1), PiecewiseLinear([0, 0.5, 1], [0, 0.8, 1])


def procurement(n: int, prior: Distribution = UNIT, tasks: int = 1) -> Procurement:
    return Procurement({f"p{i}": prior for i in range(n)}, tasks=tasks)


def sale(n: int, prior: Distribution = UNIT, tasks: int = 1) -> Sale:
    return Sale({f"p{i}": prior for i in range(n)}, tasks=tasks)


REFUSED = [
    (Discriminatory(), Procurement({"a": UNIT, "b": Uniform(0, 2), "c": UNIT}, tasks=2), "how bids end is not searched"),
    (Discriminatory(1.0), procurement(2, tasks=2), "nobody competes"),
    (Discriminatory(-1.0), procurement(3, tasks=2), "excludes every type"),
    (Discriminatory(), procurement(3, Mixture([(0.5, Uniform(0, 1)), (0.5, Uniform(2, 3))]), 2), "no mass between 1.0 and 2.0"),
    (Discriminatory(), procurement(3, Beta(0.5, 1), 2), "density of the prior is infinite"),
    (UniformPrice(), procurement(2, tasks=2), "needs a bid of rank 3 or a reserve"),
    (AllPay(), procurement(3), "no mirror image in a procurement"),
    (AllPay(), sale(3, tasks=2), "awards one task"),
    (AllPay(1.5), sale(3), "no value is above the reserve"),
    (KthPrice(k=4), procurement(3), "needs a bid of rank 4 or a reserve"),
    (KthPrice(0.5, k=4), procurement(3), "never a bid of rank 4"),
    (KthPrice(0.5, k=4), procurement(5), "contradict one another"),
    (KthPrice(), procurement(5, Beta(2, 1)), "density of the prior vanishes"),
    (KthPrice(), procurement(5, KINK), "not smooth enough"),
]


@pytest.mark.parametrize(("mechanism", "market", "reason"), REFUSED, ids=[reason for _, _, reason in REFUSED])
def test_refusals(mechanism: Mechanism, market: Market, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        solve(mechanism, market)


def test_solvers_that_do_not_fit() -> None:
    with pytest.raises(InvalidInput, match="must be an EnvelopeIntegral for AllPay; got int"):
        solve(AllPay(), sale(2), 3)
    with pytest.raises(Refused, match="UniformPrice needs no solver"):
        solve(UniformPrice(), procurement(3), EnvelopeIntegral())
    with pytest.raises(InvalidInput, match="degree must lie in"):
        EnvelopeIntegral(degree=3)
    with pytest.raises(Refused, match="'a' and 'b' differ"):
        solve(FirstPrice(), Procurement({"a": UNIT, "b": Uniform(0, 2)}), EnvelopeIntegral())


def test_a_third_price_whose_bids_would_fall_is_no_equilibrium() -> None:
    with pytest.raises(SolverFailure, match="may not increase"):
        solve(KthPrice(), procurement(3, LogNormal(0, 2.5, 0.1, 50)))


def test_unequal_and_rough_first_prices_go_to_the_general_solver() -> None:
    assert solve(FirstPrice(), Procurement({"a": UNIT, "b": Uniform(0, 1.1)})).solver.startswith("SpectralCollocation")
    assert solve(FirstPrice(), procurement(2, Beta(0.7, 0.7))).solver.startswith("HazardShooting")
