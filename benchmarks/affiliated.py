"""How exact first and second price are with affiliated signals, and how long it takes.

A row is one market and rule: the certified epsilon as a share of the expected surplus, the width of the payment's enclosure, and
the seconds of solving and of certifying, each the least of three. Run it with `python -m benchmarks.affiliated`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from equilibria import solve
from equilibria.affiliated_envelope import AffiliatedEnvelope
from mechanisms import (
    AffiliatedValues,
    Beta,
    CommonCost,
    CommonDifficulty,
    FirstPrice,
    MineralRights,
    PiecewiseLinear,
    Uniform,
    Vickrey,
)
from mechanisms.one_factor import OneFactor

REPEATS = 3


@dataclass(frozen=True)
class Row:
    """A market and a rule."""

    name: str
    rule: FirstPrice | Vickrey
    market: OneFactor


def labels(n: int) -> tuple[str, ...]:
    """Names of agents."""
    return tuple(f"p{k}" for k in range(n))


def rows() -> list[Row]:
    """The markets of the table."""
    unit = Uniform(0, 1)
    kinked = PiecewiseLinear([1, 2, 4], [0, 0.7, 1])
    return [
        Row("mineral rights, 3, second price", Vickrey(), MineralRights(labels(3), unit, Uniform(0, 2))),
        Row("mineral rights, 3, first price", FirstPrice(), MineralRights(labels(3), unit, Uniform(0, 2))),
        Row("mineral rights, 5, first price", FirstPrice(), MineralRights(labels(5), unit, Uniform(0, 2))),
        Row("sum of uniforms, 2, first price", FirstPrice(), AffiliatedValues(labels(2), unit, unit, "additive")),
        Row("common cost + noise, 3, first", FirstPrice(), CommonCost(labels(3), Uniform(1, 3), Uniform(-0.5, 0.5), "additive")),
        Row("difficulty, 2, first price", FirstPrice(), CommonDifficulty(labels(2), Uniform(1, 3), Uniform(1, 2))),
        Row("difficulty, 3, first price", FirstPrice(), CommonDifficulty(labels(3), Uniform(1, 3), Uniform(1, 2))),
        Row("difficulty, 5, first price", FirstPrice(), CommonDifficulty(labels(5), Uniform(1, 3), Uniform(1, 2))),
        Row("difficulty, 3, second price", Vickrey(), CommonDifficulty(labels(3), Uniform(1, 3), Uniform(1, 2))),
        Row("difficulty with a kink, 3, first", FirstPrice(), CommonDifficulty(labels(3), kinked, Uniform(1, 2))),
        Row("difficulty, beta, 3, first price", FirstPrice(), CommonDifficulty(labels(3), Beta(2, 3, 1, 3), Beta(2, 2, 1, 2))),
    ]


def main() -> None:
    """Print the table."""
    print(f"{'game':36s} {'epsilon':>9s} {'relative':>9s} {'payment':>12s} {'width':>8s} {'solve s':>8s} {'all s':>7s}")
    for row in rows():
        finding, whole = [], []
        for _ in range(REPEATS):
            start = time.perf_counter()
            solver = AffiliatedEnvelope()
            (solver.first_price if isinstance(row.rule, FirstPrice) else solver.second_price)(row.market)
            finding.append(time.perf_counter() - start)
            start = time.perf_counter()
            equilibrium = solve(row.rule, row.market)
            whole.append(time.perf_counter() - start)
        paid = equilibrium.expected_payment
        print(
            f"{row.name:36s} {equilibrium.epsilon:9.1e} {equilibrium.relative_epsilon:9.1e} {paid.midpoint:12.8f} "
            f"{paid.width:8.1e} {min(finding):8.3f} {min(whole):7.2f}"
        )


if __name__ == "__main__":
    main()
