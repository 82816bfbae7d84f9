"""Menus for one agent with several grades: the incentive rows that the file names, and all of them for the point."""

from __future__ import annotations

import math
from collections.abc import Mapping

from equilibria.checking.auction_programs import affordable, fractions
from equilibria.checking.document import Rejected, field, only, string
from equilibria.checking.linear_programs import Bound, Program, Row, rational, whole
from equilibria.checking.profile_programs import yes

MOST_REPORTS = 50_000_000
"""Every report of every type is tried at the point: so many products take a minute at most."""


def graded_menu(tree: Mapping[str, object]) -> Program:
    """Columns: the allocation by type and grade, then the utility of each type times `unit`."""
    only(tree, ("kind", "types", "probabilities", "awards", "one_grade", "pairs"), "program")
    lines = field(tree, "types", "program")
    if not isinstance(lines, list):
        raise Rejected("program.types must be a list")
    kinds = [[rational(word, "types") for word in string(line, "types").split()] for line in lines]
    awards, odds = (fractions(field(tree, name, "program"), name) for name in ("awards", "probabilities"))
    if len(odds) != len(kinds) or min(odds) <= 0 or sum(odds) != 1:
        raise Rejected("probabilities must be positive, one a type, and sum to 1")
    if any(len(kind) != len(awards) for kind in kinds) or len({tuple(kind) for kind in kinds}) < len(kinds):
        raise Rejected("types must be different, with a value for each grade")
    unit = math.lcm(*(value.denominator for kind in [*kinds, awards] for value in kind))
    total, count, grades = math.lcm(*(chance.denominator for chance in odds)), len(kinds), len(awards)
    theta, gain = [[int(value * unit) for value in kind] for kind in kinds], [int(value * unit) for value in awards]
    weights, start = [int(chance * total) for chance in odds], len(kinds) * len(awards)
    objective = [
        w * (value + more) for w, kind in zip(weights, theta, strict=True) for value, more in zip(kind, gain, strict=True)
    ]
    top = sum(max(column) - min(column) for column in zip(*theta, strict=True))
    pairs = string(field(tree, "pairs", "program"), "pairs").split()
    affordable(len(pairs) * grades)
    if count * count * grades > MOST_REPORTS:
        raise Rejected(f"program has more than the {MOST_REPORTS} grades of reports by types that the checker takes on")
    rows = list[Row]()
    if yes(tree, "one_grade"):
        rows += [([(t * grades + g, 1) for g in range(grades)], None, 1) for t in range(count)]
    for pair in pairs:
        truth, _, report = pair.partition(">")
        t, r = whole(truth, "pairs"), whole(report, "pairs")
        if not (0 <= t < count and 0 <= r < count and t != r):
            raise Rejected("a pair must be two different types")
        steps = [(r * grades + g, theta[r][g] - theta[t][g]) for g in range(grades)]
        rows.append(([(start + t, 1), (start + r, -1), *steps], 0, None))

    def accepts(point: list[int], one: int) -> None:
        won = [point[r * grades : (r + 1) * grades] for r in range(count)]
        kept = [point[start + r] - sum(v * x for v, x in zip(theta[r], won[r], strict=True)) for r in range(count)]
        for t, kind in enumerate(theta):
            if point[start + t] < max(
                [sum([v * x for v, x in zip(kind, w, strict=True)]) + k for w, k in zip(won, kept, strict=True)]
            ):
                raise Rejected(f"type {t} gains by another report")

    upper: list[Bound] = [1] * start + [top] * count
    return Program(unit * total, objective + [-w for w in weights], [0] * (start + count), upper, rows, accepts)
