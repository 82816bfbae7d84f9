"""Contests with known costs: how long solving and checking take, and how wide the enclosures are.

A row is one contest. Run it with `python -m benchmarks.complete_information_contests`.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from fractions import Fraction

from equilibria import check, solve
from mechanisms import (
    Contest,
    CurvedShare,
    Enclosure,
    EqualShare,
    Lottery,
    Mechanism,
    PrizeContest,
    ProportionalMining,
    Tullock,
    TwoStepSubmission,
    WeibullRace,
)

REPEATS = 3


@dataclass(frozen=True)
class Row:
    """A rule, how many contestants there are, and whether their costs differ."""

    name: str
    rule: Mechanism
    contestants: int
    different: bool = True
    speeds: bool = False
    stakes: bool = False

    def market(self) -> Contest:
        """Costs from 1 upwards in steps of a hundredth."""
        labels = [f"p{k}" for k in range(self.contestants)]
        costs = {label: Fraction(100 + k * self.different, 100) for k, label in enumerate(labels)}
        speeds = {label: Fraction(100 + k % 7, 100) for k, label in enumerate(labels)} if self.speeds else None
        stakes = {label: Fraction(1 + k % 3) for k, label in enumerate(labels)} if self.stakes else None
        return Contest(10, costs, speeds, stakes)


def rows() -> list[Row]:
    """The contests of the table."""
    return [
        Row("raffle of efforts", ProportionalMining(), 10),
        Row("raffle of efforts", ProportionalMining(), 1000),
        Row("raffle with caps by stake", ProportionalMining(15.0), 1000, stakes=True),
        Row("bids, alpha 1/2", Tullock(Fraction(1, 2)), 3),
        Row("bids, alpha 1/2", Tullock(Fraction(1, 2)), 100),
        Row("bids, alpha 6/5", Tullock(Fraction(6, 5)), 5),
        Row("speed bought, shape 3/2", WeibullRace(Fraction(3, 2)), 3),
        Row("speed given, shape 5.88", WeibullRace(Fraction(147, 25)), 100, speeds=True),
        Row("all-pay", PrizeContest(), 1000),
        Row("curved shares, Myerson", CurvedShare(Fraction(5, 2)), 100),
        Row("curved shares, paid bids", CurvedShare(3, "proportional"), 100),
        Row("lottery", Lottery(), 1000, different=False),
        Row("equal shares", EqualShare(), 1000),
        Row("deposits", TwoStepSubmission(capital_rate=Fraction(1, 10)), 1000),
    ]


def measure(row: Row) -> tuple[float, float, float, float]:
    """Medians of the seconds to solve and to check, the widest share, and epsilon."""
    market, totals, checks = row.market(), [], []
    found = solve(row.rule, market)
    for _ in range(REPEATS):
        start = time.perf_counter()
        found = solve(row.rule, market)
        totals.append(time.perf_counter() - start)
        start = time.perf_counter()
        if not check(found.certificate).valid:
            raise SystemExit(f"the certificate of {row.name!r} is not valid")
        checks.append(time.perf_counter() - start)
    width = max(share.width if isinstance(share, Enclosure) else 0.0 for share in found.shares.values())
    return statistics.median(totals), statistics.median(checks), width, found.epsilon


def main() -> None:
    """Print the table, and a line of JSON for scripts."""
    print(f"contests with known costs, median of {REPEATS}; a width of 0 is a rational equilibrium")
    print(f"{'contest':<28}{'contestants':>12}{'solve s':>9}{'check s':>9}{'width':>9}{'epsilon':>9}")
    records = []
    for row in rows():
        seconds, checking, width, epsilon = measure(row)
        print(f"{row.name:<28}{row.contestants:>12}{seconds:>9.3f}{checking:>9.3f}{width:>9.0e}{epsilon:>9.0e}", flush=True)
        records.append({"contest": row.name, "contestants": row.contestants, "solve_s": seconds, "check_s": checking})
    print(json.dumps(records))


if __name__ == "__main__":
    main()
