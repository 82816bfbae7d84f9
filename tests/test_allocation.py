"""Workloads: optima against enumeration, payments against definitions, every misreport on small batches, naive losses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from mechanisms import Allocation, InvalidInput, ProverOffer, Refused, Request, Workload, side_by_side, winner_program
from mechanisms.workloads.branching import Limits, dual_bound, enumerate_best, price_bound, propose
from mechanisms.workloads.transport import Transport

F = Fraction
MONEY = 1e-6  # HiGHS on batches whose amounts are of order 10


def batches(seed: int, count: int, *, sized: bool, requests: int = 4, provers: int = 3) -> Iterator[Workload]:
    """Small batches in small whole numbers, full of ties."""
    rng = np.random.default_rng(seed)

    def draw(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    for _ in range(count):
        wanted = {
            f"r{i}": Request(
                work=draw(1, 5), value=draw(0, 12), deadline=draw(2, 6) if draw(0, 2) else None, delay_cost=F(draw(0, 3), 2)
            )
            for i in range(draw(1, requests + 1))
        }
        offers = {
            f"p{j}": ProverOffer(
                speed=draw(1, 4),
                unit_cost=F(draw(0, 4), 2),
                slots=draw(1, 3) if draw(0, 3) else None,
                work=draw(3, 8) if sized and (j == 0 or draw(0, 2)) else None,
                startup=F(draw(0, 2), 2),
                stake=1 + j,
            )
            for j in range(draw(1, provers + 1))
        }
        yield Workload(wanted, offers, wait=draw(0, 2))


def best(batch: Workload) -> Fraction:
    """The greatest welfare, by trying everything."""
    greatest = F(0)
    for chosen in product((None, *batch.provers), repeat=len(batch.requests)):
        given = dict(zip(batch.requests, chosen, strict=True))
        for label, offer in batch.provers.items():
            mine = [r for r, p in given.items() if p == label]
            if (offer.slots is not None and len(mine) > offer.slots) or (
                offer.work is not None and sum(F(batch.requests[r].work) for r in mine) > F(offer.work)
            ):
                break
        else:
            total = sum((batch.worth(r, p) - batch.cost(r, p) for r, p in given.items() if p is not None), F(0))
            greatest = max(greatest, total)
    return greatest


def but(batch: Workload, label: str, **changes: object) -> Workload:
    """The batch with another report of one participant."""
    if label in batch.requests:
        request = dataclasses.replace(batch.requests[label], **changes)  # type: ignore[arg-type]
        return Workload({**batch.requests, label: request}, batch.provers, wait=batch.wait)
    offer = dataclasses.replace(batch.provers[label], **changes)  # type: ignore[arg-type]
    return Workload(batch.requests, {**batch.provers, label: offer}, wait=batch.wait)


def alone(batch: Workload, label: str) -> Fraction:
    """The greatest welfare without a participant."""
    requests = {r: request for r, request in batch.requests.items() if r != label}
    provers = {p: offer for p, offer in batch.provers.items() if p != label}
    return best(Workload(requests, provers, wait=batch.wait)) if requests and provers else F(0)


def utility(rule: str, truth: Workload, reported: Workload, label: str) -> Fraction:
    """What a participant of the true batch has in the end, if it reports the other."""
    outcome = Allocation(rule).outcome(reported)  # type: ignore[arg-type]  # one of the rules
    if label in truth.provers:
        return outcome.paid[label] - sum((truth.cost(r, p) for r, p in outcome.assigned.items() if p == label), F(0))
    prover = outcome.assigned[label]
    return (F(0) if prover is None else truth.worth(label, prover)) - outcome.pays[label]


@pytest.mark.parametrize("sized", [False, True])
def test_vcg_is_an_optimum_with_clarke_payments(sized: bool) -> None:
    for batch in batches(1, 20, sized=sized):
        outcome, optimum = Allocation("vcg").outcome(batch), best(batch)
        assert outcome.welfare == outcome.bound == optimum and outcome.gap == 0
        for request, prover in outcome.assigned.items():
            worth = F(0) if prover is None else batch.worth(request, prover)
            assert outcome.pays[request] == alone(batch, request) - (optimum - worth)
        for label in batch.provers:
            costs = sum((batch.cost(r, p) for r, p in outcome.assigned.items() if p == label), F(0))
            assert outcome.paid[label] == optimum + costs - alone(batch, label)


@pytest.mark.parametrize("sized", [False, True])
def test_no_value_and_no_unit_cost_is_better_than_the_true_one_under_vcg(sized: bool) -> None:
    for batch in batches(2, 5, sized=sized, requests=3, provers=2):
        for label in (*batch.requests, *batch.provers):
            honest = utility("vcg", batch, batch, label)
            assert honest >= 0
            name = "value" if label in batch.requests else "unit_cost"
            for lie in (F(x, 2) for x in range(0, 26 if name == "value" else 8, 2 if sized else 1)):
                assert utility("vcg", batch, but(batch, label, **{name: lie}), label) <= honest, (batch.requests, label, lie)


@pytest.mark.parametrize("sized", [False, True])
def test_greedy_is_monotone_and_pays_the_threshold(sized: bool) -> None:
    winners = 0
    for batch in batches(3, 10, sized=sized, requests=4):
        outcome = Allocation("greedy").outcome(batch)
        assert outcome.surplus >= 0 and outcome.bound == best(batch) >= outcome.welfare
        for label, prover in outcome.assigned.items():
            if prover is None:
                assert outcome.pays[label] == 0
                continue
            winners += 1
            critical = outcome.pays[label] + F(batch.requests[label].delay_cost) * batch.latency(label, prover)
            assert batch.cost(label, prover) <= outcome.pays[label] <= batch.worth(label, prover)

            def wins(value: Fraction, batch: Workload = batch, label: str = label) -> bool:
                return Allocation("greedy").outcome(but(batch, label, value=value)).assigned[label] is not None

            low, high = F(-1, 2**20), F(batch.requests[label].value)
            for _ in range(8):
                middle = (low + high) / 2
                low, high = (low, middle) if middle >= 0 and wins(middle) else (middle, high)
            assert low <= critical <= high
            assert wins(critical + F(1, 10**9)) and (critical < F(1, 10**9) or not wins(critical - F(1, 10**9)))
    assert winners > 5


def test_no_value_is_better_than_the_true_one_under_greedy_but_unit_costs_are_taken_as_known() -> None:
    for batch in batches(4, 6, sized=True, requests=4, provers=2):
        for label in batch.requests:
            honest = utility("greedy", batch, batch, label)
            assert honest >= 0
            for lie in (F(x, 2) for x in range(0, 26, 2)):
                assert utility("greedy", batch, but(batch, label, value=lie), label) <= honest
    one = Workload({"r": Request(work=1, value=9)}, {"p": ProverOffer(speed=1, unit_cost=2)})
    assert utility("greedy", one, one, "p") == 0 < utility("greedy", one, but(one, "p", unit_cost=8), "p")


def test_the_stated_program_has_the_same_optimum_and_prices() -> None:
    for sized in (False, True):
        for batch in batches(5, 1, sized=sized):
            problem = winner_program(batch)
            problem.solve(solver="HIGHS")
            assert abs(problem.value - float(best(batch))) < MONEY
    for batch in batches(6, 2, sized=False):
        relaxed = winner_program(batch, relaxed=True)
        relaxed.solve(solver="HIGHS")
        assert abs(relaxed.value - float(best(batch))) < MONEY  # a transportation problem is integral
        slots = [len(batch.requests) if offer.slots is None else offer.slots for offer in batch.provers.values()]
        users, prices, _ = (constraint.dual_value for constraint in relaxed.constraints)
        assert abs(users.sum() + (prices * slots).sum() - relaxed.value) < MONEY


def test_with_work_limits_the_relaxation_is_not_integral_and_its_bound_is_proved() -> None:
    batch = Workload(
        {"a": Request(work=2, value=2), "b": Request(work=2, value=2)}, {"p": ProverOffer(speed=1, unit_cost=0, work=3)}
    )
    relaxed = winner_program(batch, relaxed=True)
    relaxed.solve(solver="HIGHS")
    assert abs(relaxed.value - 3) < MONEY and Allocation("vcg").outcome(batch).welfare == 2
    limits = Limits([None], [F(3)], [F(2), F(2)])
    assert price_bound(batch.gains(), limits, [F(0)], [F(1)]) == 3
    assert price_bound(batch.gains(), limits, [F(0)], [F(1, 2)]) == F(7, 2)
    for batch in batches(7, 6, sized=True):
        offers = batch.provers.values()
        limits = Limits(
            [o.slots for o in offers],
            [None if o.work is None else F(o.work) for o in offers],
            [F(r.work) for r in batch.requests.values()],
        )
        gains = [[g if g is not None and g >= 0 else None for g in row] for row in batch.gains()]
        optimum = best(batch)
        assert enumerate_best(gains, limits)[0] == optimum <= dual_bound(gains, limits)
        found = propose(gains, limits, 5)
        assert sum((gains[i][j] or F(0) for i, j in enumerate(found) if j is not None), F(0)) == optimum


def test_a_batch_too_large_to_enumerate_has_a_bound_and_no_vcg() -> None:
    rng = np.random.default_rng(8)
    requests = {f"r{i}": Request(work=int(rng.integers(10, 99)), value=int(rng.integers(100, 999))) for i in range(40)}
    offers = {f"p{j}": ProverOffer(speed=10, unit_cost=int(rng.integers(1, 5)), work=200) for j in range(4)}
    batch = Workload(requests, offers)
    with pytest.raises(Refused, match="exact payments need it"):
        Allocation("vcg").outcome(batch)
    greedy, optimum = (Allocation(rule, seconds=0.5).outcome(batch) for rule in ("greedy", "optimum"))
    assert greedy.bound == optimum.bound >= optimum.welfare >= greedy.welfare > F(8, 10) * greedy.bound


def test_one_batch_of_slots_is_proved_optimal_in_rationals_at_size() -> None:
    rng = np.random.default_rng(9)
    gains = [[F(int(x), 7) for x in row] for row in rng.integers(0, 10**6, (80, 12))]
    found = Transport.solve(gains, [5] * 12)
    assert found.value() == found.bound()
    rest = found.without(3)
    assert rest.value() == rest.bound() < found.value() and 3 not in rest.assigned
    worse = dataclasses.replace(found, assigned=found.assigned[::-1].copy())
    assert worse.value() < worse.bound()


def test_rules_that_ignore_reports_lose_what_they_ignore() -> None:
    urgent, patient, poor = Request(work=10, value=9, deadline=2), Request(work=10, value=6), Request(work=10, value=1)
    slow, fast = ProverOffer(speed=2, unit_cost="0.2"), ProverOffer(speed=10, unit_cost="0.4", slots=1, stake=0)
    batch = Workload({"urgent": urgent, "patient": patient, "poor": poor}, {"slow": slow, "fast": fast})
    outcomes = {o.rule: o for o in side_by_side(batch, rng=np.random.default_rng(0)).outcomes}
    assert dict(outcomes["vcg"].assigned) == {"urgent": "fast", "patient": "slow", "poor": None}
    assert outcomes["vcg"].welfare == outcomes["greedy"].welfare == outcomes["optimum"].welfare == 9
    turn, lottery, race = (outcomes[name] for name in ("round_robin", "stake_lottery", "race"))
    assert turn.late == lottery.late == ("urgent",) and race.late == ()
    assert turn.welfare == 6 + 1 - 2 - 4 - 2 and lottery.welfare == 7 - 6
    assert race.welfare == 16 - 10 and race.proofs == 4 and race.redundancy == F(4, 3)
    assert all(o.surplus == 0 and o.gap == 9 - o.welfare for o in (turn, lottery, race))
    assert turn.pays["urgent"] == 2 > turn.worth["urgent"]  # who comes too late pays all the same
    assert [race.latency_quantile(share) for share in (0.01, 0.5, 1)] == [1, 5, 5]
    table = str(side_by_side(batch, ("race",), rng=np.random.default_rng(0)))
    assert table.splitlines()[1].split()[:5] == ["race", "3", "0", "6", "0.6667"]


def test_a_race_that_nobody_can_enter_and_a_batch_that_nobody_should_prove() -> None:
    batch = Workload({"r": Request(work=5, value=1)}, {"p": ProverOffer(speed=1, unit_cost=3, work=4)})
    for rule in ("vcg", "greedy", "optimum", "round_robin", "race"):
        outcome = Allocation(rule).outcome(batch)
        assert outcome.served == outcome.welfare == outcome.redundancy == outcome.bound == 0 and " - " in str(outcome)
    with pytest.raises(InvalidInput, match="got none"):
        outcome.latency_quantile(0.5)
    with pytest.raises(InvalidInput, match=r"share must lie in \(0, 1\]"):
        outcome.latency_quantile(0)


GOOD: dict[str, dict[str, object]] = {"request": {"work": 1, "value": 1}, "prover": {"speed": 1, "unit_cost": 1}}


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("request", {"work": 0}, "work must be positive"),
        ("request", {"work": -1}, "work must be positive"),
        ("request", {"work": float("nan")}, "work must be a finite number"),
        ("request", {"value": -1}, "value must be at least 0"),
        ("request", {"value": "1e400"}, "value must be a finite number"),
        ("request", {"value": True}, "value must be a finite number"),
        ("request", {"deadline": 0}, "deadline must be positive"),
        ("request", {"delay_cost": -1}, "delay_cost must be at least 0"),
        ("prover", {"speed": 0}, "speed must be positive"),
        ("prover", {"unit_cost": None}, "unit_cost must be a finite number"),
        ("prover", {"slots": 0}, "slots must be a whole number from 1"),
        ("prover", {"slots": 1.5}, "slots must be a whole number from 1"),
        ("prover", {"work": 0}, "work must be positive"),
        ("prover", {"stake": -1}, "stake must be at least 0"),
        ("prover", {"startup": float("inf")}, "startup must be a finite number"),
    ],
)
def test_bad_entries_are_refused(kind: str, changes: dict[str, object], message: str) -> None:
    make: Callable[..., object] = Request if kind == "request" else ProverOffer
    with pytest.raises(InvalidInput, match=message):
        make(**(GOOD[kind] | changes))


def test_bad_batches_and_rules_are_refused() -> None:
    request, offer = Request(work=1, value=1, deadline=3), ProverOffer(speed=1, unit_cost=1)
    for requests, provers, wait, message in (
        ({}, {"p": offer}, 0, "requests must be a mapping"),
        ({"r": request}, {}, 0, "provers must be a mapping"),
        ({"r": request}, {"p": request}, 0, "provers.p must be a ProverOffer"),
        ({" ": request}, {"p": offer}, 0, "non-empty strings"),
        ({"x": request}, {"x": offer}, 0, "must not be the label of a request too"),
        ({"r": request}, {"p": offer}, 3, "which is past"),
        ({"r": request}, {"p": offer}, -1, "wait must be at least 0"),
        ({f"r{i}": request for i in range(1001)}, {f"p{i}": offer for i in range(1000)}, 0, "at most 1000000"),
    ):
        with pytest.raises(InvalidInput, match=message):
            Workload(requests, provers, wait=wait)  # type: ignore[arg-type]  # some are wrong on purpose
    for arguments, message in (({"rule": "auction"}, "rule must be 'vcg'"), ({"seconds": 0}, "seconds must lie")):
        with pytest.raises(InvalidInput, match=message):
            Allocation(**arguments)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="workload must be a Workload"):
        Allocation().outcome("batch")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="workload must be a Workload"):
        winner_program(None)
    with pytest.raises(InvalidInput, match="rng must be a numpy Generator"):
        Allocation("stake_lottery").outcome(Workload({"r": request}, {"p": offer}))
