"""Turns a violated claim into a counterexample: simple numbers, replayed on the original rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from time import monotonic

from equilibria.proofs.affine import Rat, constant, value_at
from equilibria.proofs.linear_solver import LinearSolver
from equilibria.proofs.obligations import Found, Obligation, Property
from equilibria.proofs.points import simplest
from equilibria.proofs.product_walk import Violation
from equilibria.proofs.replaying import Outcome, Raised, exactly, replayed
from equilibria.proofs.rules import Rule
from equilibria.proofs.settings import Setting
from equilibria.proofs.symbols import Untraceable
from equilibria.proofs.trees import Leaf
from equilibria.proofs.verdict import Counterexample

__all__ = ["Refuted", "counterexample_of"]

SIMPLIFYING_SECONDS = 0.03


class Refuted(Exception):
    """An obligation fails."""

    def __init__(self, obligation: Obligation, violation: Violation, solver: LinearSolver) -> None:
        super().__init__()
        self.obligation, self.violation, self.solver = obligation, violation, solver


def counterexample_of(
    found: Refuted, rule: Rule, asked: Property, setting: Setting, settings: Mapping[tuple[int, int], Setting], deadline: float
) -> Counterexample:
    """The counterexample, with numbers as simple as were found.

    Arguments:
        found: what fails, and where.
        rule: the original.
        asked: the property, which tells the story.
        setting: the agents.
        settings: those of each run, by the copies that it adds.
        deadline: moment of `time.monotonic` after which numbers stay as they are.

    Raises:
        Untraceable: the original rule does not confirm it.
    """
    obligation, violation = found.obligation, found.violation
    conditions = [*violation.conditions, (violation.target, True)]
    until = min(deadline, monotonic() + SIMPLIFYING_SECONDS)
    there = [settings[run.copies] for run in obligation.runs]
    with rule.watched(symbolic=False):
        for point in (simplest(found.solver, conditions, violation.point, until), violation.point):
            told = _told(rule, obligation, violation.claim, there, point)
            if told is not None:
                break
        else:
            raise Untraceable("decides otherwise on numbers than on symbols at a counterexample")
        floats = _in_floats(rule, obligation, there, told)

    def labelled(numbers: Sequence[Rat], run: int) -> dict[str, Fraction]:
        return {label: Fraction(number) for label, number in zip(there[run].labels, numbers, strict=True)}

    return Counterexample(
        types={label: Fraction(value) for label, value in zip(setting.labels, told.point, strict=False)},
        reports=tuple(labelled(reports, run) for run, reports in enumerate(told.reports)),
        allocations=tuple(labelled(outcome[0], run) for run, outcome in enumerate(told.outcomes)),
        payments=tuple(labelled(outcome[1], run) for run, outcome in enumerate(told.outcomes)),
        gain=Fraction(told.excess),
        story=asked.story(setting, told),
        float_gain=floats,
    )


def _told(
    rule: Rule, obligation: Obligation, number: int, settings: Sequence[Setting], point: tuple[Rat, ...]
) -> Found | None:
    """The counterexample at a point, if the original rule confirms it."""
    reports = [tuple(value_at(form, point) for form in run.reports) for run in obligation.runs]
    outcomes = []
    for setting, values in zip(settings, reports, strict=True):
        outcome = exactly(rule, setting, values)
        if isinstance(outcome, Raised):
            return None
        outcomes.append(outcome)
    claim = obligation.claims([_leaf(outcome) for outcome in outcomes])[number]
    excess = value_at(claim.target, point)
    if excess <= 0 or any(value_at(form, point) <= 0 for form in claim.given):
        return None
    return Found(
        obligation=obligation, claim=number, point=point, reports=tuple(reports), outcomes=tuple(outcomes), excess=excess
    )


def _in_floats(rule: Rule, obligation: Obligation, settings: Sequence[Setting], told: Found) -> float | None:
    """What the rule in floats makes of the counterexample."""
    outcomes = []
    for setting, values in zip(settings, told.reports, strict=True):
        outcome = replayed(rule, setting, values, "float")
        if isinstance(outcome, Raised):
            return None
        outcomes.append(outcome[0])
    claim = obligation.claims([_leaf(outcome) for outcome in outcomes])[told.claim]
    return float(value_at(claim.target, told.point))


def _leaf(outcome: Outcome) -> Leaf:
    return Leaf(tuple(map(constant, outcome[0])), tuple(map(constant, outcome[1])))
