"""The auction of least regret over priors: dominant strategies, and a row for each prior."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction

from equilibria.checking.auction_programs import positive, profiles_of, read_types
from equilibria.checking.document import Rejected, field, only, string
from equilibria.checking.linear_programs import Bound, Program, Row
from equilibria.checking.profile_programs import neighbour_rows


def least_regret(tree: Mapping[str, object]) -> Program:
    """Columns: the allocation and the utility times `unit`, by agent and profile; then the regret times `unit`."""
    only(tree, ("kind", "agents", "values", "priors"), "program")
    n, lines, values = positive(tree, "agents"), field(tree, "priors", "program"), field(tree, "values", "program")
    if not isinstance(lines, list) or not lines:
        raise Rejected("program.priors must be a list")
    laws = [read_types([{"values": values, "probabilities": string(line, "priors").split()}])[0] for line in lines]
    value, unit = laws[0].values, laws[0].unit
    profiles = profiles_of([max(laws, key=lambda law: law.total)] * n, len(laws))
    size = len(profiles)
    rows: list[Row] = neighbour_rows([laws[0]] * n, profiles)
    rows += [([(i * size + j, 1) for i in range(n)], None, 1) for j in range(size)]
    for law in laws:
        weight, total = [math.prod(law.weights[k] for k in profile) for profile in profiles], law.total**n
        earned = [(i * size + j, w * value[profiles[j][i]]) for i in range(n) for j, w in enumerate(weight)]
        earned += [((n + i) * size + j, -w) for i in range(n) for j, w in enumerate(weight)]
        best = _revenue(value, [Fraction(w, law.total) for w in law.weights], n)
        rows.append(([*earned, (2 * n * size, total)], best * total, None))
    upper: list[Bound] = [1] * (n * size) + [value[-1] - value[0]] * (n * size) + [None]
    return Program(unit, [0] * (2 * n * size) + [-1], [0] * (2 * n * size + 1), upper, rows)


def _revenue(values: list[int], chances: list[Fraction], agents: int) -> Fraction:
    """Myerson's: the revenue curve over the chance of selling, its concave hull, and the slopes of the hull."""
    hull = [(Fraction(0), Fraction(0))]
    sold = Fraction(0)
    for value, chance in zip(reversed(values), reversed(chances), strict=True):
        sold += chance
        q, r = sold, sold * value
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (q - hull[-1][0]) <= (r - hull[-1][1]) * (
            hull[-1][0] - hull[-2][0]
        ):
            hull.pop()
        hull.append((q, r))
    pieces = itertools.pairwise(hull)
    return sum(
        (max((s - r) / (p - q), Fraction(0)) * ((1 - q) ** agents - (1 - p) ** agents) for (q, r), (p, s) in pieces), Fraction(0)
    )
