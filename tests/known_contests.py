"""Contests with known costs, and equilibria that the checker confirmed, shared by their tests."""

from __future__ import annotations

from fractions import Fraction

import pytest

from equilibria import Equilibrium, check, solve
from mechanisms import (
    Contest,
    Enclosure,
    Mechanism,
)

F = Fraction
LABELS = (*"abcdefghijklmnop", *(f"p{k}" for k in range(50)))
ROUNDING = 1e-9
"""Of utilities near 1 that are evaluated in doubles."""


def contest(prize: object, *costs: object, **more: object) -> Contest:
    labels = LABELS[: len(costs)]
    extra = {name: dict(zip(labels, values, strict=True)) for name, values in more.items()}  # type: ignore[call-overload]
    return Contest(prize, dict(zip(labels, costs, strict=True)), **extra)  # type: ignore[arg-type]


def equals(n: int, cost: object = 1, prize: object = 1) -> Contest:
    return contest(prize, *[cost] * n)


def middle(x: F | Enclosure) -> float:
    return float(x) if isinstance(x, Fraction) else x.midpoint


def middles(table: object) -> list[float]:
    return [middle(x) for x in table.values()]  # type: ignore[attr-defined]


def values(table: object) -> list[F]:
    return list(table.values())  # type: ignore[attr-defined]


def confirmed(rule: Mechanism, market: Contest) -> Equilibrium:
    found = solve(rule, market)
    checked = check(found.certificate)
    assert checked.valid, checked.message
    assert found.epsilon < 1e-13
    total = sum(middles(found.shares))
    assert total == pytest.approx(1 - found.no_award.midpoint, abs=1e-12)
    kept = found.expected_payment.midpoint - found.resource_cost.midpoint
    assert kept == pytest.approx(sum(middles(found.surplus)), abs=1e-11)
    return found
