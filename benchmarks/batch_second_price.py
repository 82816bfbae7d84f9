"""How many second-price outcomes a second the batch evaluator makes, on one core.

Prints a table against two plain numpy baselines: sorting each profile, and partitioning it. Both baselines
give the winner and the price as well. Run it with `python -m benchmarks.batch_second_price`; it limits itself
to one thread.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import time
from collections.abc import Callable

import numpy as np

from mechanisms import Procurement, Uniform, Vickrey

PROVERS, PROFILES, REPEATS, RESERVE = 10, 1_000_000, 7, 0.5


def sort_baseline(bids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Winner and price by sorting whole profiles."""
    order = np.argsort(bids, axis=-1, kind="stable")[:, :2]
    first, second = np.take_along_axis(bids, order, axis=-1).T
    winner = np.where(first <= RESERVE, order[:, 0], -1)
    return winner, np.where(first <= RESERVE, np.minimum(second, RESERVE), 0.0)


def partition_baseline(bids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Winner and price by partitioning profiles at the second-lowest bid."""
    lowest = np.partition(bids, 1, axis=-1)
    first, second = lowest[:, 0], lowest[:, 1]
    winner = np.where(first <= RESERVE, bids.argmin(axis=-1), -1)
    return winner, np.where(first <= RESERVE, np.minimum(second, RESERVE), 0.0)


def best_seconds(evaluate: Callable[[np.ndarray], object], bids: np.ndarray) -> float:
    """The fastest of several evaluations."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        evaluate(bids)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Prints the table."""
    market = Procurement({f"prover {i}": Uniform(0, 1) for i in range(PROVERS)})
    rule = Vickrey(RESERVE)
    bids = np.random.default_rng(1).random((PROFILES, PROVERS))
    outcome = rule.batch(market, bids)
    rows = {
        "Vickrey.batch": lambda b: rule.batch(market, b),
        "numpy sort": sort_baseline,
        "numpy partition": partition_baseline,
    }
    for baseline in (sort_baseline, partition_baseline):
        winner, price = baseline(bids)
        if not (np.array_equal(winner, outcome.winner) and np.array_equal(price, outcome.price)):
            raise SystemExit(f"{baseline.__name__} disagrees with Vickrey.batch")
    rates = {name: PROFILES / best_seconds(evaluate, bids) for name, evaluate in rows.items()}
    print(f"second price with reserve, {PROVERS} provers, {PROFILES:,} profiles, best of {REPEATS}")
    print(f"{'evaluator':<18}{'million profiles/s':>20}{'batch is faster by':>20}")
    for name, rate in rates.items():
        print(f"{name:<18}{rate / 1e6:>20.1f}{rates['Vickrey.batch'] / rate:>19.1f}x")


if __name__ == "__main__":
    main()
