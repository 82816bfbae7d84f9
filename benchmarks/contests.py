"""How exact a contest's equilibrium is, and how long it takes: the certified epsilon and seconds to solve and certify.

A row is one contest. Run it with `python -m benchmarks.contests`.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass

from equilibria import check, solve
from mechanisms import Beta, Contest, Distribution, LogNormal, Mechanism, PrizeContest, Tullock, Uniform, WeibullRace

REPEATS = 3
TARGET, WITHIN = 1e-6, 2.0


@dataclass(frozen=True)
class Row:
    """A rule and the laws of the costs."""

    name: str
    rule: Mechanism
    laws: list[Distribution]


def rows() -> list[Row]:
    """The contests of the table."""
    unit, wide = Uniform(1, 2), Uniform(0.1, 1)
    mixed: list[Distribution] = [unit, Beta(2, 3.5, 1, 2), LogNormal(0, 0.5, 0.5, 3), Uniform(1.2, 1.9), Beta(0.7, 2, 1, 2)]
    return [
        Row("2 uniform", Tullock(), [unit] * 2),
        Row("5 uniform", Tullock(), [unit] * 5),
        Row("20 narrow", Tullock(), [Uniform(1, 1.05)] * 20),
        Row("10 uniform, fading", Tullock(), [unit] * 10),
        Row("50 uniform, fading", Tullock(), [unit] * 50),
        Row("10 very wide, fading", Tullock(), [Uniform(0.01, 10)] * 10),
        Row("2 wide", Tullock(), [wide] * 2),
        Row("3 wide", Tullock(), [wide] * 3),
        Row("2 different", Tullock(), mixed[:2]),
        Row("3 different", Tullock(), mixed[:3]),
        Row("5 different", Tullock(), mixed),
        Row("5 staggered, some stay out", Tullock(), [Uniform(1 + 0.1 * k, 2 + 0.1 * k) for k in range(5)]),
        Row("alpha 1/2, 5 wide", Tullock(0.5), [wide] * 5),
        Row("alpha 1/2, 5 different", Tullock(0.5), mixed),
        Row("rebate, 2 different", Tullock(1, 0.3), mixed[:2]),
        Row("race of shape 1.5, 2 uniform", WeibullRace(1.5), [unit] * 2),
        Row("race of shape 1.2, weak stay out", WeibullRace(1.2), [Uniform(1, 1.2), Uniform(1, 1.2), Uniform(1, 3)]),
        Row("race of shape 1.1, 2 different", WeibullRace(1.1), mixed[:2]),
        Row("prizes 1/2, 1/3, 5 uniform", PrizeContest((1 / 2, 1 / 3)), [unit] * 5),
    ]


def measure(row: Row) -> tuple[float, float, float]:
    """Medians of the seconds to solve and to check, and the relative epsilon."""
    market = Contest(prize=1, costs={f"p{k}": law for k, law in enumerate(row.laws)})
    totals, checks = [], []
    equilibrium = solve(row.rule, market)
    for _ in range(REPEATS):
        start = time.perf_counter()
        equilibrium = solve(row.rule, market)
        totals.append(time.perf_counter() - start)
        start = time.perf_counter()
        if not check(equilibrium.certificate).valid:
            raise SystemExit(f"the certificate of {row.name!r} is not valid")
        checks.append(time.perf_counter() - start)
    return statistics.median(totals), statistics.median(checks), equilibrium.relative_epsilon


def main() -> None:
    """Print the table, and a line of JSON for scripts."""
    print(f"contests with private costs: certified relative epsilon (target {TARGET:.0e} in {WITHIN:g} s), median of {REPEATS}")
    print(f"{'contest':<32}{'solve s':>9}{'check s':>9}{'epsilon':>10}")
    records = []
    for row in rows():
        seconds, checking, epsilon = measure(row)
        met = "" if epsilon <= TARGET and seconds <= WITHIN else "  missed"
        print(f"{row.name:<32}{seconds:>9.2f}{checking:>9.2f}{epsilon:>10.1e}{met}", flush=True)
        records.append({"contest": row.name, "solve_s": seconds, "check_s": checking, "relative_epsilon": epsilon})
    print(json.dumps(records))


if __name__ == "__main__":
    main()
