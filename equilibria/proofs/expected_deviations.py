"""Searches for a type that gains by a lie in expectation, and evaluates the best one found exactly or in balls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from equilibria.proofs.settings import Setting
from equilibria.proofs.verdict import Counterexample

if TYPE_CHECKING:
    from equilibria.checking.interim_bounds import Interim
    from equilibria.checking.rival_laws import Number

__all__ = ["expected_deviation"]

GRID = 24
"""Cells of the first grid of types and reports."""


def _gain(problem: Interim, kind: Fraction, report: Fraction, property: str) -> Number:
    """What a type gains by a report; about participation, what it loses by the truth."""
    if property == "interim_ir":
        return -problem.utility(kind, kind)
    return problem.utility(report, kind) - problem.utility(kind, kind)


def _down(number: Number) -> Fraction:
    """A rational of at most that number, itself if it is one."""
    from flint import fmpq

    if isinstance(number, fmpq):
        return Fraction(int(number.p), int(number.q))
    return Fraction(math.nextafter(float(number.lower()), -math.inf))


def _worst(problem: Interim, property: str) -> tuple[Fraction, Fraction]:
    """A type and a report at which the property fails most, on grids that narrow."""
    kinds = _grid(problem.low, problem.high) + problem.critical
    width = (problem.high - problem.low) / GRID
    best = _best(problem, property, [(kind, kinds) for kind in kinds])
    if best[0] <= 0 and property == "bic":  # a small error of payments pays for small lies only
        near = [width / 6**k for k in range(1, 6)]
        around = [(kind, [kind + sign * step for step in near for sign in (1, -1)]) for kind in kinds[::4]]
        best = max(best, _best(problem, property, around))
    for _ in range(3):
        finer = [_grid(max(problem.low, x - width), min(problem.high, x + width), 8) for x in best[1:]]
        best = max(best, _best(problem, property, [(kind, finer[1]) for kind in finer[0]]))
        width /= 6
    return best[1], best[2]


def _best(
    problem: Interim, property: str, deviations: Sequence[tuple[Fraction, Sequence[Fraction]]]
) -> tuple[float, Fraction, Fraction]:
    """The largest gain, in doubles, with its type and report."""
    known: dict[Fraction, tuple[float, float]] = {}

    def interim(b: Fraction) -> tuple[float, float]:
        if b not in known:
            share, payment = problem.share_and_payment(b)
            known[b] = _float(share), _float(payment)
        return known[b]

    best = (-math.inf, problem.low, problem.low)
    for kind, reports in deviations:
        share, payment = interim(kind)
        honest = float(kind) * share - payment
        if property == "interim_ir":
            best = max(best, (-honest, kind, kind))
            continue
        for report in reports:
            if problem.low <= report <= problem.high:
                share, payment = interim(report)
                best = max(best, (float(kind) * share - payment - honest, kind, report))
    return best


def _float(number: Number) -> float:
    from flint import arb

    return float(arb(number).mid())


def _grid(low: Fraction, high: Fraction, cells: int = GRID) -> list[Fraction]:
    return [low + (high - low) * Fraction(k, cells) for k in range(cells + 1)]


def expected_deviation(problem: Interim, setting: Setting, place: int, property: str) -> Counterexample:
    """The worst type and report that were found, in simple numbers where these lose little."""
    kind, report = _worst(problem, property)
    gain = _gain(problem, kind, report, property)
    for denominator in (1, 2, 4, 10, 100, 1000):
        simple = [min(max(x.limit_denominator(denominator), problem.low), problem.high) for x in (kind, report)]
        shorter = _gain(problem, simple[0], simple[1], property)
        if _float(shorter) >= 0.9 * _float(gain) > 0:
            (kind, report), gain = simple, shorter
            break
    least = _down(gain)
    label, sign = setting.labels[place], setting.signs[place]
    what = f"{label}, {'value' if sign > 0 else 'cost'} {kind}"
    about = f"{least}" if least.denominator < 10**9 else f"{float(least):.6g} at least"
    if property == "interim_ir":
        story = f"{what}, expects to lose {about} by telling the truth"
    else:
        story = f"{what}, gains {about} in expectation by reporting {report}"
    parts = [[_down(part) * sign for part in problem.share_and_payment(b)] for b in (kind, report)]
    runs = parts[:1] if property == "interim_ir" else parts
    return Counterexample(
        types={label: kind},
        reports=tuple({label: b} for b in (kind, report))[: len(runs)],
        allocations=tuple({label: part[0]} for part in runs),
        payments=tuple({label: part[1]} for part in runs),
        gain=least,
        story=story,
    )
