"""Print every benchmark: `python -m benchmarks`."""

from __future__ import annotations

import os
import platform
import sys

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

from benchmarks import (
    affiliated,
    allocation,
    asymmetric_first_price,
    batch_second_price,
    collateral,
    complete_information_contests,
    contests,
    exact_programs,
    exchanges,
    finite_types,
    first_price,
    growth,
    incentives,
    optimal_mechanisms,
    peers,
    proving,
    risk_averse,
    several_tasks,
    symmetric_games,
)

GAMES = (
    *(symmetric_games, asymmetric_first_price, several_tasks, exchanges),
    *(contests, complete_information_contests, risk_averse, affiliated),
)
MECHANISMS = (incentives, finite_types, exact_programs, optimal_mechanisms, collateral, allocation)


def main() -> None:
    """Name the machine and print the tables."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {sys.version.split()[0]}")
    for benchmark in (batch_second_price, first_price, *GAMES, *MECHANISMS, growth, peers, proving):
        print()
        benchmark.main()


if __name__ == "__main__":
    main()
