"""TODA-style: every misreport of values and windows on small instances, proofs, and what goes wrong without the worst price."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from mechanisms import Exchange, InvalidInput, McAfee, Refused, TodaStyle, Uniform, mechanism_from_spec
from tests.exchange_checks import exact_batch_and_strict_agree, exchange, feasible, no_deficit, nobody_loses, traded

F = Fraction
Windows = dict[str, tuple[int, int]]


def instances(seed: int, count: int) -> Iterator[tuple[TodaStyle, Exchange, Windows, list[int]]]:
    """Small online markets with whole values, full of ties."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        market = exchange(int(rng.integers(1, 5)), (1,) * int(rng.integers(1, 5)))
        patience = int(rng.integers(0, 4))
        starts = rng.integers(0, 4, len(market.labels))
        windows = {
            label: (int(start), int(start + rng.integers(0, patience + 1)))
            for label, start in zip(market.labels, starts, strict=True)
        }
        rule = TodaStyle(int(rng.integers(2, 8)), windows, patience, int(rng.integers(1, 4)))
        yield rule, market, windows, [int(x) for x in rng.integers(0, 10, len(market.labels))]


def as_numbers(rule: TodaStyle, market: Exchange, reports: tuple[int, ...]) -> tuple[list[float], list[float]]:
    """Trades and amounts, all of them doubles exactly."""
    shares, amounts = traded(rule, market, reports)
    return [float(x) for x in shares], [float(x) for x in amounts]


def best_gain(rule: TodaStyle, market: Exchange, windows: Windows, types: list[int], agent: int) -> float:
    """The most that an agent gains by another report and window within its own; doubles are exact on these."""
    grid = np.arange(-0.5, 10.5, 0.5)
    reports = np.tile(np.array(types, dtype=float), (len(grid), 1))
    sign = 1.0 if agent < market.buyers else -1.0
    label, (first, last) = market.labels[agent], windows[market.labels[agent]]

    def utilities(rule: TodaStyle, reports: np.ndarray) -> np.ndarray:
        many = rule.batch(market, reports)
        return sign * (many.trades[:, agent] * types[agent] - many.paid[:, agent])

    honest = utilities(rule, reports[:1])[0]
    reports[:, agent] = grid
    return max(
        float(utilities(dataclasses.replace(rule, windows={**windows, label: (a, d)}), reports).max() - honest)
        for a, d in product(range(first, last + 1), repeat=2)
        if a <= d
    )


def test_no_report_and_no_window_within_ones_own_gains() -> None:
    trades = 0
    for rule, market, windows, types in instances(1, 60):
        gains = [best_gain(rule, market, windows, types, agent) for agent in range(len(types))]
        assert max(gains) <= 0, (rule, types, gains)
        trades += sum(traded(rule, market, types)[0]) > 0
    assert trades > 20


def test_evaluations_agree_and_nobody_loses_nor_runs_a_deficit() -> None:
    for rule, market, _, types in instances(2, 60):
        exact_batch_and_strict_agree(rule, market, np.array([types, types[::-1]]))
        reports = [F(x) for x in types]
        feasible(rule, market, reports)
        nobody_loses(rule, market, reports)
        no_deficit(rule, market, reports)


def test_prices_follow_those_who_left_and_the_worst_price_is_paid() -> None:
    # u0 and p0 trade at 5 and leave; in period 1 the price is the middle of [max(4), min(8)] = 6; in period 2 nothing moves it.
    market = exchange(3, (1, 1, 1))
    windows = {"u0": (0, 0), "p0": (0, 0), "u1": (1, 2), "p1": (1, 1), "u2": (1, 2), "p2": (2, 2)}
    rule = TodaStyle(5, windows, patience=2)
    assert as_numbers(rule, market, (8, 9, 7, 4, 3, 2)) == ([1, 1, 1, 1, 1, 1], [5, 6, 6, 5, 5, 5])
    # p1 is paid 5: it is gone at 1, and with a patience of 2 it might have come in period 0.
    short = dataclasses.replace(rule, patience=1)
    assert traded(short, market, (8, 9, 7, 4, 3, 2))[1] == [5, 6, 6, 5, 5, 6]


def test_who_does_not_accept_leaves_at_once() -> None:
    market = exchange(1, (1,))
    rule = TodaStyle(5, {"u0": (0, 1), "p0": (1, 1)}, patience=1)
    assert traded(rule, market, (4, 1))[0] == [0, 0]
    assert as_numbers(rule, market, (5, 5)) == ([1, 1], [5, 5])


def rerun(market: Exchange, windows: Mapping[str, tuple[int, int]], reports: Mapping[str, int]) -> dict[str, Fraction]:
    """McAfee in every period among those who are there: what each pays or is paid."""
    paid: dict[str, Fraction] = {}
    for t in range(1 + max(last for _, last in windows.values())):
        there = [label for label in market.labels if windows[label][0] <= t <= windows[label][1] and label not in paid]
        users, provers = ([label for label in there if label in side] for side in (market.users, market.provers))
        if users and provers:
            now = Exchange(dict.fromkeys(users, Uniform(0, 1)), dict.fromkeys(provers, Uniform(0, 1)))
            outcome = McAfee().outcome(now, {label: F(reports[label]) for label in now.labels})
            paid |= {label: outcome.payments[label] for label in now.labels if outcome.allocation[label]}
    return paid


def test_mcafee_rerun_in_every_period_is_gamed_in_time() -> None:
    market = exchange(3, (1, 1, 1, 1))
    windows = {"u0": (0, 1), "u1": (0, 0), "u2": (1, 1), "p0": (0, 0), "p1": (0, 0), "p2": (1, 1), "p3": (1, 1)}
    reports = {"u0": 10, "u1": 8, "u2": 2, "p0": 1, "p1": 9, "p2": 0, "p3": 3}
    assert rerun(market, windows, reports)["u0"] == F(17, 2)
    later = rerun(market, {**windows, "u0": (1, 1)}, reports)
    assert later["u0"] == F(5, 2)  # the same proof for less than a third, by coming one period late
    lower = rerun(market, windows, {**reports, "u0": 7})
    assert lower["u0"] == F(5, 2)  # or by a low first bid
    rule = TodaStyle(5, windows, patience=1)
    honest, late = (rule if w is windows else dataclasses.replace(rule, windows=w) for w in (windows, {**windows, "u0": (1, 1)}))
    assert late.outcome(market, reports).payments["u0"] >= honest.outcome(market, reports).payments["u0"] > 0


def test_staying_late_is_not_covered() -> None:
    # A longer window forgets the price of 9: the proof must be handed over at the reported departure.
    market = exchange(2, (1, 1))
    windows = {"u0": (0, 0), "p0": (0, 0), "u1": (1, 1), "p1": (1, 1)}
    rule = TodaStyle(9, windows, patience=1)
    assert traded(rule, market, (4, 8, 2, 1))[0][1] == 0
    late = dataclasses.replace(rule, windows={**windows, "u1": (1, 2)})
    assert as_numbers(late, market, (4, 8, 2, 1)) == ([0, 1, 0, 1], [0, 3, 0, 3])


def test_specs_and_mirror_images() -> None:
    rule = TodaStyle(0.5, {"u0": (0, 1)}, patience=1, memory=2)
    assert mechanism_from_spec(json.loads(json.dumps(rule.spec()))) == rule and hash(rule)
    assert rule.mirrored() == TodaStyle(-0.5, {"u0": (0, 1)}, patience=1, memory=2)
    market, reports = exchange(1, (1,)), (F(3), F(1))
    assert traded(TodaStyle(2), market, reports)[1] == [2, 2]
    mirrored = as_numbers(TodaStyle(2).mirrored(), Exchange({"p0": Uniform(-2, -1)}, {"u0": Uniform(-4, 0)}), (-1, -3))
    assert mirrored == ([1, 1], [-2, -2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"price": "cheap"}, "price must be a finite number"),
        ({"price": float("nan")}, "price must be a finite number"),
        ({"price": None}, "price must be a finite number; got None"),
        ({"patience": -1}, "patience must be a whole number from 0"),
        ({"patience": True}, "patience must be a whole number from 0"),
        ({"memory": 0}, "memory must be a whole number from 1"),
        ({"windows": 3}, "windows must be a mapping"),
        ({"windows": {"u0": 3}}, "windows must have an arrival and a departure"),
        ({"windows": {"u0": (0.5, 1)}}, "windows.u0 must be whole numbers from 0"),
        ({"windows": {"u0": (0, 10**9)}}, "windows.u0 must be whole numbers from 0"),
        ({"windows": {"u0": (2, 1)}}, "windows.u0 must end 0 to 1 periods"),
        ({"windows": {"u0": (0, 2)}}, "the patience, after it begins"),
        ({"windows": (("u0", 0, 1), ("u0", 0, 1))}, "windows must name each agent once"),
        ({"windows": ((0, 0, 1),)}, "windows must name each agent once"),
    ],
)
def test_bad_rules_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        TodaStyle(**({"price": 1, "patience": 1} | arguments))  # type: ignore[arg-type]


def test_markets_without_meaning_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"windows\.nobody must be the label of an agent"):
        TodaStyle(1, {"nobody": (0, 0)}).outcome(exchange(1, (1,)), {"u0": 1, "p0": 1})
    with pytest.raises(Refused, match="capacity 1"):
        TodaStyle(1).outcome(exchange(1, (2,)), {"u0": 1, "p0": 1})
    with pytest.raises(Refused, match="demand 1"):
        TodaStyle(1).outcome(exchange(1, (1,), (2,)), {"u0": 1, "p0": 1})
