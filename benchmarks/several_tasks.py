"""Several winners, provers that differ: the certified epsilon, and the seconds to solve with a certificate and to check it.

Run it with `python -m benchmarks.several_tasks`.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from equilibria import check, solve
from mechanisms import (
    Beta,
    Discriminatory,
    FirstPrice,
    LogNormal,
    Market,
    Mechanism,
    Procurement,
    SecretReserve,
    SplitAward,
    UncertainPresence,
    Uniform,
    UniformPrice,
)

REPEATS = 3


@dataclass(frozen=True)
class Row:
    """A rule and a market."""

    name: str
    rule: Mechanism
    market: Market


def rows() -> list[Row]:
    """The games of the table."""
    u, pay_as_bid = Uniform(0, 1), Discriminatory()
    three = {"a": u, "b": Beta(1, 2), "c": Beta(1, 3)}
    bells = {"a": Beta(2, 2), "b": Beta(2, 3), "c": Beta(3, 2)}
    mixed = {"a": u, "b": Beta(2, 1), "c": Beta(1, 2), "d": Beta(2, 2), "e": Beta(1, 3)}
    logs = {"a": LogNormal(-1, 0.5, 0.05, 2), "b": LogNormal(-0.7, 0.5, 0.05, 1.5), "c": Uniform(0.05, 1)}
    logs["d"] = Uniform(0.05, 1.2)
    apart = {"a": u, "b": Uniform(0.1, 1.3), "c": Uniform(0.4, 1.2), "d": u}
    pairs = dict.fromkeys(three, 2)
    four, sizes, few = {**three, "d": u}, {"a": 3, "b": 3, "c": 2}, {"a": 3, "b": 3}
    ten = {f"p{i}": Beta(1, 1 + i / 5) for i in range(10)}
    return [
        Row("discriminatory, 2 tasks", pay_as_bid, Procurement(three, tasks=2)),
        Row("discriminatory, 2 tasks, bell-shaped", pay_as_bid, Procurement(bells, tasks=2)),
        Row("discriminatory, 2 tasks", pay_as_bid, Procurement(mixed, tasks=2)),
        Row("discriminatory, 3 tasks, reserve", Discriminatory(0.8), Procurement(mixed, tasks=3)),
        Row("discriminatory, 2 tasks, reserve, log-normal", Discriminatory(0.9), Procurement(logs, tasks=2)),
        Row("discriminatory, 4 tasks, reserve", Discriminatory(0.9), Procurement(ten, tasks=4)),
        Row("discriminatory, 2 tasks, reserve, late entry", Discriminatory(0.8), Procurement(apart, tasks=2)),
        Row("capacities 2 of 3 tasks, reserve", Discriminatory(0.8), Procurement(three, tasks=3, capacities=pairs)),
        Row("capacities 2, 1, 1 of 2 tasks", pay_as_bid, Procurement(three, tasks=2, capacities={"a": 2})),
        Row("uniform price, capacities 2, 2, 2 of 3 tasks", UniformPrice(), Procurement(three, tasks=3, capacities=pairs)),
        Row("the same, reserve", UniformPrice(0.8), Procurement(three, tasks=3, capacities=pairs)),
        Row("uniform price, capacities 2, 2, 2, bell-shaped", UniformPrice(), Procurement(bells, tasks=3, capacities=pairs)),
        Row("uniform price, capacities 2, 1, 1 of 2 tasks", UniformPrice(0.8), Procurement(three, tasks=2, capacities={"a": 2})),
        Row("uniform price, 3, 3, 2, 1 of 4 tasks", UniformPrice(0.8), Procurement(four, tasks=4, capacities=sizes)),
        Row("uniform price, 3, 3, 1, 1, 1 of 4 tasks", UniformPrice(0.85), Procurement(mixed, tasks=4, capacities=few)),
        Row("uniform price, all 3 of 5 tasks", UniformPrice(), Procurement(mixed, tasks=5, capacities=dict.fromkeys(mixed, 3))),
        Row("shares 60/40", SplitAward(), Procurement(mixed)),
        Row("shares 50/30/20, reserve", SplitAward(0.6, shares=(0.5, 0.3, 0.2)), Procurement(mixed)),
        Row("first price, presence 70 %, reserve", FirstPrice(0.8), UncertainPresence(Procurement(three), 0.7)),
        Row("secret reserve", SecretReserve(), Procurement(three, value=Uniform(0.3, 1.2))),
        Row("secret reserve, 2 tasks", SecretReserve(), Procurement(mixed, value=Beta(2, 2), tasks=2)),
    ]


def main() -> None:
    """Print the table: medians of warm runs."""
    print("several winners, provers that differ: medians of warm runs, solving and certifying, and checking alone")
    print(f"{'game':<46}{'n':>3}{'epsilon':>10}{'seconds':>9}{'cpu s':>8}{'check s':>9}")
    for row in rows():
        equilibrium = solve(row.rule, row.market)
        seconds, busy, checking = [], [], []
        for _ in range(REPEATS):
            start, cpu = time.perf_counter(), time.process_time()
            equilibrium = solve(row.rule, row.market)
            seconds.append(time.perf_counter() - start)
            busy.append(time.process_time() - cpu)
            start = time.perf_counter()
            assert check(equilibrium.certificate).valid
            checking.append(time.perf_counter() - start)
        print(
            f"{row.name:<46}{len(row.market.labels):>3}{equilibrium.relative_epsilon:>10.1e}{statistics.median(seconds):>9.2f}"
            f"{statistics.median(busy):>8.2f}{statistics.median(checking):>9.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
