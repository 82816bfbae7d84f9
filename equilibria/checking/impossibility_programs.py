"""Programs whose small or vanishing optimum is the point: fee markets, and Sybil-proof auctions."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping

from equilibria.checking.auction_programs import MOST_PROFILES, positive, profiles_of, read_types
from equilibria.checking.document import Rejected, field, only
from equilibria.checking.linear_programs import Bound, Program, Row, whole
from equilibria.checking.profile_programs import neighbour_rows


def fee_market(tree: Mapping[str, object]) -> Program:
    """Columns: allocation and utility times `unit` by user and profile; then the miner's revenue times `unit` by profile."""
    only(tree, ("kind", "users", "block", "values", "probabilities"), "program")
    n, block, [kind] = positive(tree, "users"), positive(tree, "block"), read_types([tree])
    if kind.values[0] < 0:
        raise Rejected("program.values must not be negative")
    profiles = profiles_of([kind] * n)
    size, top = len(profiles), kind.values[-1]
    miner = 2 * n * size
    truthful = neighbour_rows([kind] * n, profiles)
    rows = list(truthful)
    for terms, low, high in truthful:
        truth, report = terms[0][0] % size, terms[1][0] % size
        rows.append(([*terms, (miner + truth, 1), (miner + report, -1)], low, high))
    rows += [([(i * size + j, 1) for i in range(n)], None, block) for j in range(size)]
    paid = [[(i * size + j, kind.values[p[i]]), ((n + i) * size + j, -1)] for i in range(n) for j, p in enumerate(profiles)]
    rows += [(own, 0, None) for own in paid]
    rows += [([*itertools.chain(*paid[j::size]), (miner + j, -1)], 0, None) for j in range(size)]
    weight = [math.prod(kind.weights[k] for k in profile) for profile in profiles]
    upper: list[Bound] = [*([1] * (n * size)), *([top] * (n * size)), *([n * top] * size)]
    return Program(kind.unit * kind.total**n, [0] * miner + weight, [0] * (miner + size), upper, rows)


def sybil_proof(tree: Mapping[str, object]) -> Program:
    """Columns: the chance of a report given the multiset of the others, then its bidder's utility."""
    only(tree, ("kind", "steps", "identities", "high", "low"), "program")
    steps, identities = positive(tree, "steps"), positive(tree, "identities")
    high, low = (whole(field(tree, name, "program"), f"program.{name}") for name in ("high", "low"))
    if not 0 <= low < high <= steps:
        raise Rejected("bids must satisfy 0 <= low < high <= steps")
    if math.comb(steps + identities + 2, identities + 1) ** 2 * steps > MOST_PROFILES:
        raise Rejected("program has more rows than the checker takes on")
    held = [m for r in range(identities + 2) for m in itertools.combinations_with_replacement(range(steps + 1), r)]
    cells = [(a, others) for others in held if len(others) <= identities for a in range(steps + 1)]
    place = {cell: j for j, cell in enumerate(cells)}
    count, rows = len(cells), list[Row]()

    def cell(report: int, everyone: tuple[int, ...]) -> int:
        rest = list(everyone)
        rest.remove(report)
        return place[report, tuple(rest)]

    for everyone in held[1:]:
        rows.append(([(cell(a, everyone), times) for a, times in Counter(everyone).items()], 1, 1))
    for others in held:
        for value in range(steps + 1 if len(others) <= identities else 0):
            for own in held[1:]:
                if len(own) <= identities and len(own) + len(others) <= identities + 1:
                    terms = Counter({count + place[value, others]: 1})
                    for report in own:
                        at = cell(report, tuple(sorted(others + own)))
                        terms[at] -= value - report
                        terms[count + at] -= 1
                    rows.append((list(terms.items()), 0, None))
    objective = [0] * (2 * count)
    objective[place[high, (low,)]], objective[count + place[high, (low,)]] = high - low, -1
    upper: list[Bound] = [1] * count + [None] * count
    return Program(1, objective, [0] * (2 * count), upper, rows)
