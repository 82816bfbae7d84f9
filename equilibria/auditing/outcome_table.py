"""Small rational grids: every profile of types and every deviation on them, on the rule itself, in exact numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from equilibria.auditing.wording import short
from equilibria.proofs.affine import exact
from equilibria.proofs.settings import Setting
from equilibria.proofs.stories import agent, others, worth
from mechanisms import Discrete
from mechanisms.errors import MarketError

if TYPE_CHECKING:
    from equilibria.auditing.subject import Subject

__all__ = ["Deviation", "OutcomeTable", "best_of", "false_names", "grid_of_types", "misreports", "pairs", "phantoms"]

MOST_PROFILES = 700
MOST_POINTS = 7
LEAST_POINTS = 3


@dataclass(frozen=True, slots=True)
class Deviation:
    """A way to deviate at one profile: what it gains, and who reports what."""

    gain: Fraction
    types: tuple[Fraction, ...]
    reports: tuple[Fraction, ...]
    members: tuple[int, ...]
    story: str


class OutcomeTable:
    """The rule at every profile of the grid.

    Types of an agent are up to `points` equally spaced ones of its support (all of them, if they are few); reports in a
    deviation are those and as many of all reports that the rule tells apart.
    """

    def __init__(self, subject: Subject, further: int = 0) -> None:
        self.subject, self.setting = subject, subject.setting
        n = self.setting.agents
        points = MOST_POINTS
        while points > LEAST_POINTS and points ** (n + further) > MOST_PROFILES:
            points -= 1
        self.points = points
        self.complete = points ** (n + further) <= 4 * MOST_PROFILES
        wide = _grid(*_hull(subject), points)
        self.types = [grid_of_types(prior, points) for prior in subject.certain.priors]
        self.reports = [sorted({*own, *wide}) for own in self.types]
        if subject.absences_are_reports:
            unseen = [report for report in wide if not subject.reveals(report)][-1:]
            self.rivals = [[*own, *unseen] for own in self.types]
        else:
            self.rivals = self.types
        self._known: dict[tuple[Fraction, ...], tuple[tuple[Fraction, ...], tuple[Fraction, ...]]] = {}
        self._more: dict[tuple[int, int], Setting] = {}

    @property
    def description(self) -> str:
        """The grid, in words."""
        if self.complete:
            return f"a grid of up to {self.points} types of each and {max(map(len, self.reports))} reports"
        return f"{MOST_PROFILES} profiles drawn from grids of {self.points * 4} types"

    def profiles(self, members: tuple[int, ...]) -> Iterator[tuple[Fraction, ...]]:
        """Types of the members, and reports of the others; all of them if there are few, otherwise drawn with a fixed seed."""
        if self.complete:
            columns = [self.types[i] if i in members else self.rivals[i] for i in range(self.setting.agents)]
            yield from product(*columns)
            return
        rng = np.random.default_rng(1)
        finer = [grid_of_types(prior, 4 * self.points) for prior in self.subject.certain.priors]
        for _ in range(MOST_PROFILES):
            yield tuple(column[int(rng.integers(len(column)))] for column in finer)

    def outcome(self, reports: tuple[Fraction, ...], like: int = 0) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Amounts and payments; reports beyond the agents are those of further names of the agent `like`."""
        if (known := self._known.get((*reports, Fraction(like)))) is not None:
            return known
        extra = len(reports) - self.setting.agents
        setting = self.setting
        if extra:
            setting = self._more.setdefault((like, extra), self.setting.with_more(like, extra))
        amounts, paid = self.subject.rule.outcome(list(reports), setting)
        found = tuple(map(_exact, amounts)), tuple(map(_exact, paid))
        self._known[(*reports, Fraction(like))] = found
        return found

    def utility(self, place: int, type_: Fraction, reports: tuple[Fraction, ...]) -> Fraction:
        """Of one agent, at reports of all."""
        amounts, paid = self.outcome(reports)
        return self.setting.signs[place] * (type_ * amounts[place] - paid[place])


def best_of(deviations: Iterator[Deviation], deadline: float) -> tuple[Deviation | None, int, bool]:
    """The greatest gain (of equal ones the first), how many deviations there were, and whether all were looked at."""
    best, count = None, 0
    try:
        for one in deviations:
            count += 1
            if one.gain > (0 if best is None else best.gain):
                best = one
            if count % 64 == 0 and monotonic() > deadline:
                return best, count, False
    except MarketError:
        return best, count, False
    return best, count, True


def misreports(table: OutcomeTable) -> Iterator[Deviation]:
    """One agent reports something else."""
    for i in range(table.setting.agents):
        for truth in table.profiles((i,)):
            before = table.utility(i, truth[i], truth)
            for bid in table.reports[i]:
                lie = (*truth[:i], bid, *truth[i + 1 :])
                gain = table.utility(i, truth[i], lie) - before
                against = f" against {others(truth, (i,))}" if len(truth) > 1 else ""
                who = f"{agent(table.setting, i)}, {worth(table.setting, i, truth[i])}"
                story = f"{who}, bids {short(bid)}{against}: gains {short(gain)}"
                yield Deviation(gain, truth, lie, (i,), story)


def pairs(table: OutcomeTable) -> Iterator[Deviation]:
    """Two agents report together and share what they gain."""
    for members in combinations(range(table.setting.agents), 2):
        i, j = members
        for truth in table.profiles(members):
            before = sum((table.utility(k, truth[k], truth) for k in members), Fraction(0))
            for one, other in product(table.reports[i], table.reports[j]):
                lie = tuple(one if k == i else other if k == j else report for k, report in enumerate(truth))
                after = sum((table.utility(k, truth[k], lie) for k in members), Fraction(0))
                if after <= before:
                    yield Deviation(after - before, truth, lie, members, "")
                    continue
                who = " and ".join(f"{agent(table.setting, k)} ({short(truth[k])}, bids {short(lie[k])})" for k in members)
                against = f" against {others(truth, members)}" if len(truth) > 2 else ""
                yield Deviation(
                    after - before, truth, lie, members, f"{who}{against}: together {short(before)} before, {short(after)} after"
                )


def phantoms(table: OutcomeTable) -> Iterator[Deviation]:
    """One agent tells the truth and adds a bid."""
    return false_names(table, honest=True)


def false_names(table: OutcomeTable, *, honest: bool = False) -> Iterator[Deviation]:
    """One agent reports under two names; if honest, its type under its own."""
    setting = table.setting
    for i in range(setting.agents):
        like = setting.like(i)
        for truth in table.profiles((i,)):
            before = table.utility(i, truth[i], truth)
            for first, second in product([truth[i]] if honest else table.reports[i], table.reports[i]):
                lie = (*truth[:i], first, *truth[i + 1 :], second)
                amounts, paid = table.outcome(lie, like)
                amount = amounts[i] + amounts[-1]
                if setting.signs[i] > 0:
                    amount = min(amount, Fraction(1))
                gain = setting.signs[i] * (truth[i] * amount - paid[i] - paid[-1]) - before
                if gain <= 0:
                    yield Deviation(gain, truth, lie, (i,), "")
                    continue
                who = f"{agent(setting, i)}, {worth(setting, i, truth[i])}"
                bids = f"bids {short(first)} and {short(second)} under 2 names against {others(truth, (i,))}"
                yield Deviation(gain, truth, lie, (i,), f"{who}, {bids}: gains {short(gain)}")


def _hull(subject: Subject) -> tuple[Fraction, Fraction]:
    ends = [end for prior in subject.wide.priors for end in _ends(prior)]
    return min(ends), max(ends)


def _ends(prior: Any) -> tuple[Fraction, Fraction]:
    low, high = map(float, prior.support)
    low = low if np.isfinite(low) else float(prior.quantile(0.001))
    high = high if np.isfinite(high) else float(prior.quantile(0.999))
    return Fraction(low), Fraction(high)


def grid_of_types(prior: Any, points: int) -> list[Fraction]:
    """Equally spaced costs or values of a law; all that there are, if they are few."""
    if isinstance(prior, Discrete) and len(prior.values) <= points:
        return [Fraction(value) for value in prior.values]
    return _grid(*_ends(prior), points)


def _grid(low: Fraction, high: Fraction, points: int) -> list[Fraction]:
    if low == high:
        return [low]
    return [low + (high - low) * k / (points - 1) for k in range(points)]


def _exact(value: Any) -> Fraction:
    number = exact(value)
    assert number is not None  # read_outcome has seen it
    return Fraction(number)
