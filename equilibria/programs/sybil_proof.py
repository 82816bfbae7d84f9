r"""How far a Sybil-proof auction can be from the second price.

One unit, bids $0, 1, \dots, K$ in steps of the grid. A rule is *symmetric* (a report's chance $x(a; R)$ and its bidder's
utility $u(a; R) = a\,x - p$ depend on the report $a$ and on the multiset $R$ of all others), *non-wasteful* (the unit is always
awarded), *individually rational* ($u \ge 0$), and proof against up to $k$ identities: for every value $v$, others' reports $R$
and own reports $d_1, \dots, d_j$, $j \le k$,

$$
u(v; R) \ge \sum_{i=1}^{j} \bigl[ (v - d_i)\, x(d_i; R \cup d_{-i}) + u(d_i; R \cup d_{-i}) \bigr].
$$

The program maximises what the higher of two bidders pays over the lower bid, $(a - b)\,x(a; \{b\}) - u(a; \{b\})$. Only rules
for up to $k + 1$ reports in all are written down, and what they must satisfy any rule must, so the optimum bounds all rules.

*Why it is at most $1/(k+1)$ of a step* where $a = b + 1$: reporting $b$ with each of $k$ identities ties with the rival; by
symmetry and without waste each of the $k + 1$ reports wins with chance $1/(k+1)$, and pays at most $b$ times that. So $u(a;
\{b\}) \ge k/(k+1)$, and what is left of $(a - b)\,x \le 1$ is $1/(k+1)$. With any number of identities there is no
surcharge: nobody pays more than the second price. On a grid one may pay less: see the page on impossibilities.

Reference: "On sybil-proof mechanisms", arXiv:2407.14485.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np

from equilibria.programs.linear_program import Columns, LinearProgram, Rows, integers
from mechanisms import InvalidInput

Reports = tuple[int, ...]


def sybil_proof(steps: int, *, identities: int, high: int, low: int) -> LinearProgram:
    """The program of the largest surcharge over the second price, in steps.

    Args:
        steps: bids are 0, 1, ..., steps.
        identities: up to how many a bidder may have.
        high: the higher of the two bids.
        low: the lower of them.

    Raises:
        InvalidInput: bids that are not on the grid in that order, or no identity.

    Example:
        >>> from equilibria.programs.exact_simplex import solve_exactly
        >>> print(*(solve_exactly(sybil_proof(2, identities=k, high=2, low=1)).exact_value for k in (1, 2, 3)))
        1/2 1/3 1/4
    """
    if identities < 1 or not 0 <= low < high <= steps:
        given = f"{low}, {high}, {steps} and {identities}"
        raise InvalidInput(f"bids must satisfy 0 <= low < high <= steps, and identities be positive; got {given}.")
    place = {cell: j for j, cell in enumerate(_cells(steps, identities))}
    count = len(place)
    pair = place[high, (low,)]
    gain = [0] * (2 * count)
    gain[pair], gain[count + pair] = high - low, -1
    awards = [{place[a, _without(held, a)]: held.count(a) for a in held} for held in _multisets(steps, 1, identities + 1)]
    proof = []
    for others in _multisets(steps, 0, identities):
        for value in range(steps + 1):
            for own in _multisets(steps, 1, min(identities, identities + 1 - len(others))):
                row = {count + place[value, others]: 1}
                for report in own:
                    cell = place[report, tuple(sorted((*others, *_without(own, report))))]
                    row[cell] = row.get(cell, 0) - (value - report)
                    row[count + cell] = row.get(count + cell, 0) - 1
                proof.append(row)
    columns = [Columns("allocation", integers(gain[:count]), 0, 1), Columns("utility", integers(gain[count:]), 0, None)]
    rows = [*_rows("awarded", awards, 1, 1), *_rows("sybil_proof", proof, 0, None)]
    source = {"kind": "sybil_proof", "steps": str(steps), "identities": str(identities), "high": str(high), "low": str(low)}
    return LinearProgram.assemble(columns, rows, source=source)


def _multisets(steps: int, least: int, most: int) -> Iterator[Reports]:
    for length in range(least, most + 1):
        yield from combinations_with_replacement(range(steps + 1), length)


def _cells(steps: int, identities: int) -> Iterator[tuple[int, Reports]]:
    for others in _multisets(steps, 0, identities):
        for report in range(steps + 1):
            yield report, others


def _without(reports: Reports, report: int) -> Reports:
    at = reports.index(report)
    return reports[:at] + reports[at + 1 :]


def _rows(name: str, rows: list[dict[int, int]], low: int, high: int | None) -> list[Rows]:
    width = max(map(len, rows))
    padded = [[*sorted(row.items()), *[(0, 0)] * (width - len(row))] for row in rows]
    places = np.array([[j for j, _ in row] for row in padded], dtype=np.int64)
    return [Rows(name, places, integers([a for row in padded for _, a in row]).reshape(places.shape), low, high)]
