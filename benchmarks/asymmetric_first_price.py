"""Asymmetric first-price games: the certified epsilon and the seconds to solve and certify, by the solver that `solve` chooses.

Run it with `python -m benchmarks.asymmetric_first_price`.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from equilibria import solve
from mechanisms import Beta, FirstPrice, Market, Procurement, Sale, SequentialEntry, Uniform

REPEATS = 3


@dataclass(frozen=True)
class Row:
    """A market and its reserve."""

    name: str
    market: Market
    reserve: float | None = None


def coalition(k1: int, k2: int) -> Row:
    """k1 buyers with values U[0,1] who bid as one, against k2 who do."""
    return Row(f"coalition of {k1} against {k2}", Sale({"a": Beta(k1, 1), "b": Beta(k2, 1)}))


def rows() -> list[Row]:
    """The markets of the table."""
    u = Uniform
    return [
        Row("U[0,1] against U[0,2], sale", Sale({"a": u(0, 1), "b": u(0, 2)})),
        Row("U[0,1] against U[0,2]", Procurement({"a": u(0, 1), "b": u(0, 2)})),
        Row("2 uniform, reserve", Procurement({"a": u(0, 1), "b": u(0.2, 1.3)}), 0.8),
        Row("2 beta", Procurement({"a": Beta(2, 5), "b": Beta(3, 1.5)})),
        Row("beta(2,2) against U[0,2]", Procurement({"a": Beta(2, 2), "b": u(0, 2)})),
        Row("3 uniform, 3 supports", Procurement({"a": u(0, 1), "b": u(0.1, 1.3), "c": u(0.3, 1.2)})),
        Row("3 uniform, 3 supports, reserve", Procurement({"a": u(0, 1), "b": u(0.1, 1.3), "c": u(0.4, 1.2)}), 0.8),
        Row("3 beta", Procurement({"a": Beta(2, 5), "b": Beta(3, 1.5), "c": Beta(1.5, 2.5)})),
        Row("4 uniform, one late", Procurement({"a": u(0, 1), "b": u(0.1, 1.3), "c": u(0.3, 1.2), "d": u(0, 1.2)})),
        *(coalition(k1, k2) for k1, k2 in ((2, 1), (5, 2), (10, 1), (10, 7))),
        Row(
            "entry in turn, 4 uniform, reserve",
            SequentialEntry(Procurement({f"p{i}": u(i / 10, 1 + i / 5) for i in range(4)}), 0.03), 1.0,
        ),
        Row("10 uniform, 10 supports, reserve", Procurement({f"p{i}": u(i / 20, 1 + i / 10) for i in range(10)}), 0.9),
        Row(
            "10 power laws, 10 supports, reserve",
            Procurement({f"p{i}": Beta(1, 1 + i / 5, i / 40, 1 + i / 30) for i in range(10)}), 0.9,
        ),
    ]


def main() -> None:
    """Print the table: medians of warm runs."""
    print(f"{'market':<38}{'n':>3}{'epsilon':>10}{'seconds':>9}{'cpu s':>8}  solver")
    for row in rows():
        equilibrium = solve(FirstPrice(row.reserve), row.market)
        seconds, busy = [], []
        for _ in range(REPEATS):
            start, cpu = time.perf_counter(), time.process_time()
            equilibrium = solve(FirstPrice(row.reserve), row.market)
            seconds.append(time.perf_counter() - start)
            busy.append(time.process_time() - cpu)
        print(
            f"{row.name:<38}{len(row.market.labels):>3}{equilibrium.relative_epsilon:>10.1e}{statistics.median(seconds):>9.2f}"
            f"{statistics.median(busy):>8.2f}  {equilibrium.solver.partition('(')[0]}",
            flush=True,
        )


if __name__ == "__main__":
    main()
