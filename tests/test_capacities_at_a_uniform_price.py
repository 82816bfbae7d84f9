"""Uniform price among provers who can make several tasks: closed forms, equal payments, plain sums, planted errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from math import comb
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from equilibria import AwardCollocation, Equilibrium, check, optimality_gap, simulate, solve
from equilibria.checking import Rejected, sealed, state
from mechanisms import (
    Beta,
    Discrete,
    Discriminatory,
    Distribution,
    InvalidInput,
    LogNormal,
    Market,
    PiecewiseLinear,
    Procurement,
    Refused,
    Sale,
    Uniform,
    UniformPrice,
)

UNIT = Uniform(0, 1)


def market(law: Distribution, n: int, size: int, tasks: int, kind: type[Procurement] | type[Sale] = Procurement) -> Market:
    labels = [f"p{i}" for i in range(n)]
    return kind(dict.fromkeys(labels, law), tasks=tasks, capacities=dict.fromkeys(labels, size))


@cache
def solved(law: Distribution, n: int, size: int, tasks: int, reserve: float | None = None) -> Equilibrium:
    return solve(UniformPrice(reserve), market(law, n, size, tasks))


def test_the_rule_pays_the_first_task_that_loses() -> None:
    """Of the tasks in the order of their bids the first k win, at the bid of the next one."""
    rng = np.random.default_rng(1)
    for sizes, tasks in (((2, 2, 1), 3), ((1, 3, 2), 2), ((2, 2, 2), 7)):
        agents = Procurement(dict.fromkeys("abc", UNIT), tasks=tasks, capacities=dict(zip("abc", sizes, strict=True)))
        bids = 1.3 * rng.random((60, 3))
        played = UniformPrice(1).batch(agents, bids)
        for row, shares, paid in zip(bids, played.shares, played.paid, strict=True):
            units = [(row[i], i) for i in np.argsort(row) for _ in range(sizes[i]) if row[i] <= 1]
            price = units[tasks][0] if len(units) > tasks else 1.0
            won = [sum(owner == i for _, owner in units[:tasks]) for i in range(3)]
            assert shares.tolist() == won and paid == pytest.approx([price * count for count in won])
            exact = UniformPrice(1).outcome(agents, dict(zip("abc", row.tolist(), strict=True)))
            assert [float(exact.payments[label]) for label in "abc"] == pytest.approx(paid)


def test_three_uniform_costs_for_three_tasks_by_twos() -> None:
    """m' = (1/c + 1/(1 - c)) m - 1, so that the bid is -c log(c)/(1 - c)."""
    equilibrium = solved(UNIT, 3, 2, 3)
    c = np.linspace(0.001, 0.999, 41)
    np.testing.assert_allclose(equilibrium.strategy("p1")(c), -c * np.log(c) / (1 - c), atol=1e-12)
    assert equilibrium.relative_epsilon < 1e-12 and check(equilibrium.certificate).valid
    assert equilibrium.expected_payment.midpoint == pytest.approx(2.0, abs=1e-12)


def test_where_rivals_cannot_make_all_the_last_part_is_for_sale() -> None:
    """Two by twos for three tasks: the higher gets one. With j = n - 1, m' = m/c - 1: the bid is c - c log c + (r - 1) c."""
    equilibrium = solved(UNIT, 2, 2, 3, 1.5)
    c = np.linspace(0.001, 1, 41)
    np.testing.assert_allclose(equilibrium.strategy("p0")(c), c - c * np.log(c) + 0.5 * c, atol=1e-12)
    with pytest.raises(Refused, match="needs a bid of rank 5 or a reserve"):
        solve(UniformPrice(), market(UNIT, 2, 2, 4))


def test_whoever_can_make_all_sets_the_price_like_a_first_price() -> None:
    equilibrium = solved(UNIT, 3, 2, 1)
    np.testing.assert_allclose(equilibrium.strategy("p0")([0.1, 0.7]), [0.4, 0.8], atol=1e-13)


def test_no_part_no_markup() -> None:
    equilibrium = solved(UNIT, 5, 2, 4)
    assert (equilibrium.status, equilibrium.epsilon) == ("proved", 0.0)
    assert equilibrium.expected_payment.midpoint == pytest.approx(4 * 0.5)  # four times the third lowest of five


CASES: list[tuple[Distribution, int, int, int, float | None]] = [
    (UNIT, 3, 2, 3, 0.8), (UNIT, 4, 2, 3, 0.9), (Beta(2, 3), 4, 3, 7, 0.7), (LogNormal(0, 0.5, 0.3, 3), 5, 3, 7, None),
    (PiecewiseLinear([0, 0.5, 1], [0, 0.8, 1]), 4, 3, 5, None), (UNIT, 10, 4, 21, 0.9),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(CASES)))
def test_what_is_paid_follows_from_who_is_awarded(case: int) -> None:
    """Myerson (1981): a cost is paid c X(c) plus the integral of X above it; and as many draws say the same."""
    law, n, size, tasks, reserve = CASES[case]
    equilibrium = solved(*CASES[case])
    top = law.support[1] if reserve is None else reserve

    def awarded(c: float) -> float:
        below = float(law.cdf(c))
        return sum(
            min(size, max(tasks - size * j, 0)) * comb(n - 1, j) * below**j * (1 - below) ** (n - 1 - j) for j in range(n)
        )

    inner = [k for k in law.knots if law.support[0] < k < top]
    mean = quad(lambda c: (c * float(law.pdf(c)) + float(law.cdf(c))) * awarded(c), law.support[0], top, points=inner or None)[0]
    assert equilibrium.expected_payment.midpoint == pytest.approx(n * mean, abs=1e-7)
    assert equilibrium.relative_epsilon < 1e-11
    drawn = simulate(equilibrium, np.random.default_rng(2), 60_000)
    for name in ("expected_payment", "resource_cost", "no_award"):
        estimate, bound = getattr(drawn, name), getattr(equilibrium, name)
        assert bound.midpoint == pytest.approx(estimate.mean, abs=5 * estimate.standard_error + 1e-3) and bound.width < 1e-9


@pytest.mark.parametrize("case", [0, 1, 4])
def test_no_bid_is_better_by_plain_sums(case: int) -> None:
    law, n, _, _, reserve = CASES[case]
    equilibrium = solved(*CASES[case])
    top = law.support[1] if reserve is None else reserve
    levels, rng = (np.arange(24_000) + 0.5) / 24_000, np.random.default_rng(3)
    costs = np.stack([rng.permutation(law.quantile(levels)) for _ in range(n - 1)], axis=1)
    rivals = np.where(costs <= top, equilibrium.strategy("p1")(costs), top + 9)
    types = law.quantile(np.linspace(0.05, 0.95, 7))
    types = types[types < top]
    offers = np.concatenate([np.linspace(types[0] * 0.5, top, 60), equilibrium.strategy("p0")(types)])
    kept = []
    for offer in offers:
        played = UniformPrice(top + 8 if reserve is None else reserve).batch(
            equilibrium.market, np.column_stack([np.full(len(rivals), offer), rivals])
        )
        kept.append(played.paid[:, 0].mean() - types * played.shares[:, 0].mean())
    table = np.array(kept)
    made = table[-len(types) :].diagonal()
    assert (table.max(axis=0) - made).max() < 4e-3


def test_a_sale_is_the_mirror() -> None:
    sold = solve(UniformPrice(0.2), market(UNIT, 3, 2, 5, Sale))
    bought = solve(UniformPrice(-0.2), market(Uniform(-1, 0), 3, 2, 5))
    assert sold.expected_payment.midpoint == pytest.approx(-bought.expected_payment.midpoint, abs=1e-13)
    np.testing.assert_allclose(sold.strategy("p0")([0.5]), -bought.strategy("p0")([-0.5]), atol=1e-14)


def document() -> Any:
    return json.loads(solved(*CASES[0]).certificate.to_json())


def stated(tree: Any) -> Any:
    return state({key: value for key, value in tree.items() if key not in ("states", "sha256")})


def test_truth_is_no_equilibrium_and_nudges_are_seen() -> None:
    tree = document()
    tree["equilibrium"] = {"ends": [0.0, 0.8], "values": [0.0, 0.8], "bubbles": [[0.0]]}
    assert stated(tree)["epsilon"] > 0.05
    tree = document()
    claimed, values = tree["states"]["epsilon"], tree["equilibrium"]["values"]
    place = len(values) // 2
    values[place] += 0.3 * (values[place + 1] - values[place])
    assert stated(tree)["epsilon"] > 100 * claimed
    assert not check(sealed({key: value for key, value in tree.items() if key != "sha256"})).valid


WRONG: dict[str, tuple[Callable[[Any], None], str]] = {
    "unequal capacities": (lambda t: t["market"]["capacities"].__setitem__("p0", 3), "one number for all"),
    "no capacity": (lambda t: t["market"]["capacities"].update(p0=0, p1=0, p2=0), "one number for all"),
    "a stranger": (lambda t: t["market"]["capacities"].__setitem__("p9", 2), "exactly the agents"),
    "another law": (lambda t: t["market"]["costs"].__setitem__("p0", Uniform(0, 2).spec()), "one prior for all"),
    "no price": (lambda t: (t["mechanism"].pop("reserve"), t["market"].__setitem__("tasks", 6)), "there is no price"),
    "a parameter": (lambda t: t["mechanism"].__setitem__("k", 3), "not known"),
    "no strategy": (lambda t: t.pop("equilibrium"), "equilibrium is missing"),
    "above the reserve": (lambda t: t["mechanism"].__setitem__("reserve", 0.7), "not accepted"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_malformed_certificates_are_rejected(fault: str) -> None:
    change, message = WRONG[fault]
    tree = document()
    change(tree)
    with pytest.raises(Rejected, match=message):
        stated(tree)


def test_refusals() -> None:
    with pytest.raises(Refused, match="excludes every type"):
        solve(UniformPrice(0.0), market(UNIT, 2, 2, 3))
    with pytest.raises(InvalidInput, match="an EnvelopeIntegral or a PriceCollocation"):
        solve(UniformPrice(0.9), market(UNIT, 3, 2, 3), AwardCollocation())


def test_nobody_is_awarded_with_a_chance_where_one_may_make_several() -> None:
    """It was counted as one minus what the likeliest was awarded, which is 2 here."""
    labels = dict.fromkeys("abc", 2)
    agents = Procurement(dict.fromkeys("abc", UNIT), tasks=3, capacities=labels)
    drawn = simulate(solve(Discriminatory(0.5), agents), np.random.default_rng(1), 20_000)
    assert drawn.no_award.within(5, 0.125, 0.125)


def test_it_is_optimal_where_all_is_always_bought() -> None:
    """The requester's worth counts every task; the optimum is found by other code."""
    agents = Procurement(dict.fromkeys("abc", UNIT), tasks=3, capacities=dict.fromkeys("abc", 2), value=2)
    gap = optimality_gap(UniformPrice(), agents)
    assert gap.attained.midpoint == pytest.approx(4.0, abs=1e-12) and abs(gap.absolute.midpoint) < 1e-12
    with pytest.raises(Refused, match="how many is not enclosed"):
        optimality_gap(UniformPrice(0.9), agents)
    finite = Discrete({0: 0.5, 1: 0.5})
    with pytest.raises(Refused, match="no equilibrium that is computed on finitely many types"):
        optimality_gap(UniformPrice(2), Procurement(dict.fromkeys("abc", finite), tasks=3, capacities=dict.fromkeys("abc", 2)))


@pytest.mark.parametrize(
    ("law", "n", "size", "tasks", "reserve"),
    [
        (Uniform(0.563, 2.299), 4, 5, 9, 2.552456),  # near the lowest cost the markup rises like its fourth root
        (Beta(2, 3), 5, 5, 3, 0.7),  # one can make all
        (Beta(1, 2, 1.835, 3.277), 2, 4, 7, None),
        (Beta(1.5, 1.2), 6, 5, 2, None),
    ],
)
def test_parts_of_any_size_are_resolved(law: Distribution, n: int, size: int, tasks: int, reserve: float | None) -> None:
    assert solved(law, n, size, tasks, reserve).relative_epsilon < 1e-9


def interval(stated: dict[str, object], name: str) -> tuple[float, float]:
    ends = stated[name]
    assert isinstance(ends, list)
    return ends[0], ends[1]


@pytest.mark.parametrize(("n", "size", "tasks", "reach"), [(2, 1, 2, 1.0), (3, 2, 5, 0.75), (4, 2, 4, 0.5)])
def test_whoever_bids_the_most_and_wins_all_is_paid_the_reserve(n: int, size: int, tasks: int, reach: float) -> None:
    """Highest bids below the reserve: nobody loses, and the price is not the highest bid."""
    played = market(UNIT, n, size, tasks)
    labels, width = list(played.labels), 1.0 if reach == 1.0 else 2.0
    tree = {
        "format": "prover-markets/certificate", "version": 1, "mechanism": {"kind": "uniform_price", "reserve": 1.5},
        "market": {
            "kind": "procurement", "tasks": tasks, "capacities": dict.fromkeys(labels, size),
            "costs": {label: Uniform(0.0, width).spec() for label in labels},
        },
        "equilibrium": {"ends": [0.0, reach], "values": [0.5, 1.0], "bubbles": [[]]},
    }  # fmt: skip
    low, high = interval(state(tree), "expected_payment")
    costs = width * np.random.default_rng(4).random((40_000, n))
    bids = np.where(costs <= reach, 0.5 + 0.5 * costs / reach, 9.0)
    paid = UniformPrice(1.5).batch(played, bids).paid.sum(axis=1)
    error = 5 * paid.std() / len(paid) ** 0.5 + 1e-9
    assert low - error <= paid.mean() <= high + error
    assert high - low < 1e-9
    if (n, size) == (2, 1):
        assert low <= 3.0 <= high


def test_a_file_in_which_nobody_can_bid_is_rejected() -> None:
    """No list of provers is empty where sums over them begin."""
    dear = {"kind": "uniform", "low": 1.0, "high": 2.0}
    tree = {
        "format": "prover-markets/certificate", "version": 1, "mechanism": {"kind": "uniform_price", "reserve": 0.75},
        "market": {"kind": "procurement", "tasks": 3, "capacities": {"a": 2, "b": 2}, "costs": {"a": dear, "b": dear}},
        "equilibrium": {"inverse_bids": {"ends": [0.5, 0.75], "maps": [[0, 1]], "costs": {}}},
    }  # fmt: skip
    with pytest.raises(Rejected, match="nobody has a cost below"):
        state(tree)


def test_what_is_paid_is_known_even_where_nobody_can_gain() -> None:
    """Below 0.25 only one prover bids, its costs, and its density jumps at 0.1."""
    bent, late = {"kind": "piecewise_linear", "points": [0.0, 0.1, 1.0], "cdf": [0.0, 0.5, 1.0]}, Uniform(0.25, 1.0).spec()
    line = {"entry": 1, "ends": [0.25, 1.0], "bends": [[]]}
    tree = {
        "format": "prover-markets/certificate", "version": 1, "mechanism": {"kind": "uniform_price", "reserve": 1.0},
        "market": {
            "kind": "procurement", "tasks": 3, "capacities": {"a": 2, "b": 2, "c": 1}, "costs": {"a": late, "b": late, "c": bent},
        },
        "equilibrium": {"inverse_bids": {"ends": [0.0, 0.25, 1.0], "maps": [[0, 1], [0, 1]], "costs": {"a": line, "b": line}}},
    }  # fmt: skip
    stated = state(tree)
    for name in ("expected_payment", "resource_cost"):
        low, high = interval(stated, name)
        assert 0.0 < high - low < 1e-6
