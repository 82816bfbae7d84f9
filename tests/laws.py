"""Laws that every mechanism obeys. A mechanism is registered once in `CASES` and inherits all of them.

A law takes a case and one profile of exact bids, and asserts. Bids are multiples of 1/16, as are reserves and
prices, so ties between provers and bids equal to a reserve come up all the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest

from mechanisms import (
    Beta,
    CentralProver,
    Discrete,
    DutchClock,
    FirstPrice,
    LogNormal,
    Mechanism,
    Mixture,
    Optimal,
    Outcome,
    PiecewiseLinear,
    PostedPrice,
    Procurement,
    Race,
    Refused,
    Sale,
    Uniform,
    Vickrey,
)
from mechanisms.program import Program

Profile = Mapping[str, Fraction]

# cvxpy hands the even lottery to an interior-point solver; HiGHS is exact to rounding.
PROGRAM_TOLERANCE = 1e-7
# Two evaluations in doubles of the same virtual costs.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mechanism in a market, and what it claims.

    Arguments:
        name: id of the test.
        most: most that is paid in all (least that is received in a sale, per award); None for no claim.
        truthful: reporting one's cost is claimed to be dominant.
        rational: at its own report a prover is claimed never to lose.
        exact: there is an outcome in rationals.
    """

    name: str
    mechanism: Mechanism
    market: Procurement | Sale
    most: Fraction | None = None
    truthful: bool = False
    rational: bool = True
    exact: bool = True


def _costs(*laws: object) -> dict[str, object]:
    return dict(zip(("ann", "bob", "cyd"), laws, strict=False))


UNIFORM = Procurement(_costs(Uniform(0, 1), Uniform(0, 2), Uniform(0.5, 1.5)), value=1)
ONE = Procurement({"ann": Uniform(0, 1)}, value=0.75)
# Densities 1/5 and 4/5: ironed on (3/4, 9/8] at 3/2. Densities 1/2, 0, 1/2: ironed on (1, 3] at 5.
STEEP = PiecewiseLinear((0, 1, 2), (0, 0.2, 1))
RATIONAL_STEEP = Mixture([(2, Uniform(0, 2)), (3, Uniform(1, 2))])
GAP = PiecewiseLinear((0, 1, 2, 3), (0, 0.5, 0.5, 1))
IRREGULAR = Procurement(_costs(RATIONAL_STEEP, RATIONAL_STEEP, GAP), value=2)
DISCRETE = Procurement(_costs(Discrete({0: "1/2", 1: "1/8", 2: "3/8"}), Discrete.grid(0, 3, 7)), value=2)
SMOOTH = Procurement(_costs(Beta(0.5, 0.5, 0, 2), LogNormal(0, 0.5, 0.25, 4), Beta(2, 3)), value=1.5)
AUCTION = Sale(_costs(Uniform(0, 1), Uniform(0, 2), RATIONAL_STEEP.reflected().reflected()), value=0.25)
KEPT = Sale(_costs(Uniform(0, 1), Uniform(0, 2)), value=Uniform(0, 1))
F = Fraction

CASES = (
    Case(name="first_price", mechanism=FirstPrice(), market=UNIFORM),
    Case(name="first_price-reserve", mechanism=FirstPrice(0.75), market=UNIFORM, most=F(3, 4)),
    Case(name="first_price-one", mechanism=FirstPrice(0.75), market=ONE, most=F(3, 4)),
    Case(name="first_price-sale", mechanism=FirstPrice(F(3, 4)), market=AUCTION, most=F(3, 4)),
    Case(name="dutch_clock", mechanism=DutchClock(0.25, 0.75, 1, 1), market=UNIFORM, most=F(3, 4)),
    Case(name="dutch_clock-one", mechanism=DutchClock(0, F(3, 4), 1, 2), market=ONE, most=F(3, 4)),
    Case(name="vickrey", mechanism=Vickrey(), market=UNIFORM, truthful=True),
    Case(name="vickrey-reserve", mechanism=Vickrey(0.75), market=UNIFORM, most=F(3, 4), truthful=True),
    Case(name="vickrey-one", mechanism=Vickrey(0.75), market=ONE, most=F(3, 4), truthful=True),
    Case(name="vickrey-sale", mechanism=Vickrey(0.75), market=AUCTION, most=F(3, 4), truthful=True),
    Case(name="vickrey-outside", mechanism=Vickrey(-4), market=UNIFORM, most=F(0), truthful=True),
    Case(name="optimal", mechanism=Optimal(), market=UNIFORM, most=F(1), truthful=True),
    Case(name="optimal-one", mechanism=Optimal(), market=ONE, most=F(3, 4), truthful=True),
    Case(
        name="optimal-always",
        mechanism=Optimal(),
        market=Procurement(_costs(Uniform(0, 1), Uniform(0, 2))),
        truthful=True,
    ),
    Case(name="optimal-irregular", mechanism=Optimal(), market=IRREGULAR, most=F(2), truthful=True),
    Case(
        name="optimal-irregular-always",
        mechanism=Optimal(),
        market=Procurement(_costs(GAP, RATIONAL_STEEP, RATIONAL_STEEP)),
        truthful=True,
    ),
    Case(name="optimal-discrete", mechanism=Optimal(), market=DISCRETE, most=F(2), truthful=True),
    Case(name="optimal-smooth", mechanism=Optimal(), market=SMOOTH, most=F(3, 2), truthful=True, exact=False),
    Case(name="optimal-sale", mechanism=Optimal(), market=AUCTION, most=F(1, 4), truthful=True),
    Case(name="posted_price", mechanism=PostedPrice(0.75), market=UNIFORM, most=F(3, 4), truthful=True),
    Case(name="posted_price-sale", mechanism=PostedPrice(0.75), market=AUCTION, most=F(3, 4), truthful=True),
    Case(name="race", mechanism=Race(), market=UNIFORM, rational=False),
    Case(name="race-prize", mechanism=Race(2), market=UNIFORM, most=F(2), rational=False),
    Case(name="central_prover", mechanism=CentralProver(), market=UNIFORM, most=F(1)),
    Case(name="central_prover-named", mechanism=CentralProver("cyd"), market=UNIFORM, most=F(1)),
    Case(
        name="central_prover-monopoly",
        mechanism=CentralProver(),
        market=Procurement(_costs(Uniform(0, 1), Uniform(0, 2)), value=Uniform(0, 2)),
        most=F(2),
    ),
    Case(
        name="central_prover-smooth",
        mechanism=CentralProver(),
        market=Procurement(_costs(Uniform(0, 1), Uniform(0, 2)), value=Beta(2, 3, 0, 2)),
        most=F(2),
        exact=False,
    ),
    Case(name="central_prover-sale", mechanism=CentralProver(), market=KEPT, most=F(0)),
)


def evaluated(case: Case, bids: Profile) -> Outcome:
    """The reference outcome: exact, or in doubles where there is none."""
    return _evaluated(case.mechanism, case.market, tuple(bids.items()), case.exact)


@lru_cache(maxsize=1 << 14)  # most laws look at the same profiles
def _evaluated(mechanism: Mechanism, market: Procurement | Sale, bids: tuple[tuple[str, Fraction], ...], exact: bool) -> Outcome:
    return mechanism.outcome(market, dict(bids) if exact else floats(dict(bids)))


@lru_cache(maxsize=1 << 10)  # two laws look at the first stage, which a program solves once
def _program(mechanism: Mechanism, market: Procurement | Sale, bids: tuple[tuple[str, Fraction], ...]) -> Program:
    return mechanism.program(market, dict(bids))


def floats(bids: Profile) -> dict[str, float]:
    return {label: float(bid) for label, bid in bids.items()}


def array(case: Case, values: Mapping[str, object]) -> np.ndarray:
    return np.array([float(values[label]) for label in case.market.labels])  # type: ignore[arg-type]


def three_evaluations_agree(case: Case, bids: Profile) -> None:
    expected = evaluated(case, bids)
    others = [
        _program(case.mechanism, case.market, tuple(bids.items())).solve(),
        case.mechanism.outcome(case.market, floats(bids)),
    ]
    for outcome, tolerance in zip(others, (PROGRAM_TOLERANCE, ROUNDING), strict=True):
        for found, wanted in (
            (outcome.allocation, expected.allocation),
            (outcome.payments, expected.payments),
            (outcome.proofs, expected.proofs),
        ):
            assert array(case, found) == pytest.approx(array(case, wanted), abs=tolerance)
        assert outcome.award == expected.award
    batch = case.mechanism.batch(case.market, np.tile(array(case, bids), (2, 3, 1)))
    assert batch.winner.shape == batch.price.shape == batch.award.shape == (2, 3)
    assert np.all(batch.award == expected.award)
    for found, wanted in (
        (batch.allocation(), expected.allocation),
        (batch.payments(), expected.payments),
        (batch.proofs(), expected.proofs),
    ):
        assert found == pytest.approx(np.broadcast_to(array(case, wanted), found.shape), abs=ROUNDING)
    takers = [i for i, share in enumerate(expected.allocation.values()) if share > 0]
    assert np.all(batch.winner == (takers[0] if takers else -1))
    for i in takers[:1]:
        label = case.market.labels[i]
        unit = float(expected.payments[label]) / float(expected.allocation[label])
        assert batch.price == pytest.approx(unit, abs=ROUNDING)


def exact_in_exact_out(case: Case, bids: Profile) -> None:
    if case.exact:
        outcome = evaluated(case, bids)
        assert all(type(x) is Fraction for x in (*outcome.allocation.values(), *outcome.payments.values()))
    elif evaluated(case, bids).award:
        with pytest.raises(Refused, match=r"no exact outcome"):
            case.mechanism.outcome(case.market, bids)


def duals_support_the_optimum(case: Case, bids: Profile) -> None:
    program = _program(case.mechanism, case.market, tuple(bids.items()))
    prices, value = program.prices(), program.value
    scale = program._unit * PROGRAM_TOLERANCE
    capacity = np.array([*prices.capacity.values(), prices.nobody])
    assert capacity.min() >= -scale
    assert (prices.proof + capacity - program._scores).min() >= -scale
    assert prices.proof + capacity @ program._limits == pytest.approx(value, abs=scale)
    assert program._scores @ program.shares.value == pytest.approx(value, abs=scale)


def feasible(case: Case, bids: Profile) -> None:
    shares = evaluated(case, bids).allocation
    assert set(shares) == set(case.market.labels)
    assert all(0 <= share <= 1 for share in shares.values())
    assert sum(shares.values()) <= 1


def individually_rational(case: Case, bids: Profile) -> None:
    outcome = evaluated(case, bids)
    for label, bid in bids.items():
        gain = case.market.sign * (outcome.payments[label] - bid * outcome.allocation[label])
        if case.rational:
            assert gain >= (0 if case.exact else -ROUNDING)
    if not case.rational:
        assert all(share == 1 for share in outcome.proofs.values())


def losers_are_paid_nothing(case: Case, bids: Profile) -> None:
    outcome = evaluated(case, bids)
    assert all(outcome.payments[label] == 0 for label, share in outcome.allocation.items() if share == 0)


def within_budget(case: Case, bids: Profile) -> None:
    outcome, sign = evaluated(case, bids), case.market.sign
    if case.most is not None:
        paid, awarded = sum(outcome.payments.values()), sum(outcome.allocation.values())
        assert sign * paid <= sign * case.most * awarded + (0 if case.exact else ROUNDING)


def payment_identity(case: Case, bids: Profile) -> None:
    """Payments are what the rule says: the bid, the posted amount, or the critical report of a truthful
    rule."""
    outcome, rule = evaluated(case, bids), case.mechanism
    for label, share in outcome.allocation.items():
        if share == 0:
            continue
        unit = outcome.payments[label] / share
        if isinstance(rule, FirstPrice):
            assert unit == bids[label]
        elif isinstance(rule, PostedPrice):
            assert unit == rule.price
        elif isinstance(rule, Race):
            assert unit == rule.prize_for(case.market)
        elif case.truthful:
            step = case.market.sign * F(1, 1000)
            inside, outside = (F(unit) - step, F(unit) + step)
            if case.market.sign * (inside - bids[label]) > 0:
                assert evaluated(case, {**bids, label: inside}).allocation[label] == share
            assert evaluated(case, {**bids, label: outside}).allocation[label] == 0


def allocation_is_monotone(case: Case, bids: Profile) -> None:
    outcome = evaluated(case, bids)
    for label in bids:
        for step in (F(1, 32), F(1, 16), F(1)):
            better = {**bids, label: bids[label] - case.market.sign * step}
            assert evaluated(case, better).allocation[label] >= outcome.allocation[label]


def truth_is_dominant(case: Case, bids: Profile) -> None:
    """The bids are the truth; no other report of one prover does better, whatever the rivals' reports
    mean."""
    if not case.truthful:
        return
    outcome, sign = evaluated(case, bids), case.market.sign
    for label, cost in bids.items():
        honest = sign * (outcome.payments[label] - cost * outcome.allocation[label])
        reports = {bid + step for bid in bids.values() for step in (F(-1, 32), F(0), F(1, 32))}
        for report in reports | {cost - 1, cost + 1}:
            lie = evaluated(case, {**bids, label: report})
            gain = sign * (lie.payments[label] - cost * lie.allocation[label])
            assert gain <= honest + (0 if case.exact else ROUNDING)


Law = Callable[[Case, Profile], None]

LAWS: tuple[Law, ...] = (
    three_evaluations_agree,
    exact_in_exact_out,
    duals_support_the_optimum,
    feasible,
    individually_rational,
    losers_are_paid_nothing,
    within_budget,
    payment_identity,
    allocation_is_monotone,
    truth_is_dominant,
)
SLOW_LAWS: frozenset[Law] = frozenset({three_evaluations_agree, duals_support_the_optimum})
