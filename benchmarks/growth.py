"""How time, certified error and memory grow with the number of provers and with the grid; each row in a process of its own.

Run it with `python -m benchmarks.growth`.
"""

from __future__ import annotations

import math
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from equilibria import DualAveraging, HazardShooting, IndifferenceNewton, SpectralCollocation, solve
from mechanisms import Beta, Contest, Discriminatory, Distribution, FirstPrice, Market, Mechanism, Procurement, Tullock, Uniform

REPEATS = 3
Game = tuple[Mechanism, Market, object]


def _laws(n: int, law: Callable[[float], Distribution]) -> Mapping[str, Distribution]:
    return {f"p{i}": law(i / max(n - 1, 1)) for i in range(n)}


def _alike(n: int) -> Game:
    return FirstPrice(), Procurement(_laws(n, lambda x: Uniform(0, 1))), None


def _different(n: int) -> Game:
    return FirstPrice(0.9), Procurement(_laws(n, lambda x: Uniform(0, 1 + x / 2))), None


def _tasks(n: int) -> Game:
    return Discriminatory(0.9), Procurement(_laws(n, lambda x: Beta(1, 1 + x)), tasks=2), None


def _contest(n: int) -> Game:
    return Tullock(1), Contest(1, _laws(n, lambda x: Uniform(1, 2 + x / 2))), None


PAIR = Procurement({"a": Beta(2, 3, 0.1, 1.0), "b": Uniform(0, 1)})


def _shooting(cells: int) -> Game:
    return FirstPrice(), PAIR, HazardShooting(cells=cells)


def _collocation(cells: int) -> Game:
    return FirstPrice(), PAIR, SpectralCollocation(cells=cells)


def _averaging(points: int) -> Game:
    return FirstPrice(), PAIR, DualAveraging(points=points)


def _newton(points: int) -> Game:
    return FirstPrice(), PAIR, IndifferenceNewton(points=points)


@dataclass(frozen=True)
class Series:
    """One size that grows."""

    name: str
    size: str
    game: Callable[[int], Game]
    sizes: tuple[int, ...]


SERIES = (
    Series("first price, alike, uniform", "provers", _alike, (2, 5, 10, 20, 50)),
    Series("first price, different uniform, reserve", "provers", _different, (2, 3, 5, 7, 10)),
    Series("2 tasks, different beta, reserve", "provers", _tasks, (3, 4, 6, 8, 10)),
    Series("Tullock, different uniform costs", "provers", _contest, (2, 3, 5, 7, 10)),
    Series("beta and uniform: HazardShooting", "cells", _shooting, (50, 100, 200, 400, 800)),
    Series("beta and uniform: SpectralCollocation", "cells", _collocation, (12, 24, 48, 96)),
    Series("beta and uniform: DualAveraging", "bids", _averaging, (32, 64, 128, 256)),
    Series("beta and uniform: IndifferenceNewton", "bids", _newton, (250, 500, 1000, 2000)),
)


def measure(series: int, size: int) -> tuple[float, float, float]:
    """Relative epsilon, the median of warm seconds, and the most MiB that the process held."""
    mechanism, market, solver = SERIES[series].game(size)
    seconds = []
    for warm in (False, *[True] * REPEATS):
        start = time.perf_counter()
        equilibrium = solve(mechanism, market, solver, throw=False)
        if warm:
            seconds.append(time.perf_counter() - start)
    return (
        equilibrium.relative_epsilon,
        statistics.median(seconds),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def main() -> None:
    """Print the tables; the exponent is the slope of log seconds by log size between the two largest sizes."""
    print("growth: seconds to solve and certify (median, warm), certified relative epsilon, most memory of the process")
    fresh = multiprocessing.get_context("spawn")
    for place, series in enumerate(SERIES):
        print(f"{series.name}\n{series.size:>10} {'epsilon':>9} {'seconds':>9} {'MiB':>6}")
        points = []
        for size in series.sizes:
            with fresh.Pool(1) as pool:
                epsilon, seconds, memory = pool.apply(measure, (place, size))
            points.append((size, seconds))
            print(f"{size:>10} {epsilon:>9.1e} {seconds:>9.3f} {memory:>6.0f}", flush=True)
        (n, s), (m, t) = points[-2:]
        print(f"{'seconds grow like':>20} {series.size}^{math.log(t / s) / math.log(m / n):.1f}")


if __name__ == "__main__":
    main()
