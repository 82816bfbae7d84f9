"""Averse provers in first-price auctions: certified relative epsilon and seconds. Run `python -m benchmarks.risk_averse`."""

from __future__ import annotations

import time
from collections.abc import Mapping

from equilibria import solve
from mechanisms import CARA, CRRA, Beta, Distribution, FirstPrice, LogNormal, Procurement, RiskAverse, Sale, Uniform
from mechanisms.attitudes import Attitude

UNIT = Uniform(0, 1)
THREE = {"a": UNIT, "b": Beta(2, 2), "c": LogNormal(-1, 0.5, 0.1, 1)}
ROWS: list[tuple[str, Mapping[str, Distribution], Mapping[str, Attitude], float | None]] = [
    ("2 uniform, CRRA 0.5", dict.fromkeys("ab", UNIT), dict.fromkeys("ab", CRRA(0.5)), None),
    ("2 uniform, CRRA 0.9", dict.fromkeys("ab", UNIT), dict.fromkeys("ab", CRRA(0.9)), None),
    ("5 uniform, CRRA 0.5", dict.fromkeys("abcde", UNIT), dict.fromkeys("abcde", CRRA(0.5)), None),
    ("2 uniform, CARA 2", dict.fromkeys("ab", UNIT), dict.fromkeys("ab", CARA(2)), None),
    ("2 uniform, CRRA 0.5, 0.2", dict.fromkeys("ab", UNIT), {"a": CRRA(0.5), "b": CRRA(0.2)}, None),
    ("uniform, beta, CRRA 0.5, 0.2", {"a": UNIT, "b": Beta(2, 2)}, {"a": CRRA(0.5), "b": CRRA(0.2)}, None),
    ("[0,1], [0,2], CRRA 0.5, 0.2", {"a": UNIT, "b": Uniform(0, 2)}, {"a": CRRA(0.5), "b": CRRA(0.2)}, None),
    ("the same, reserve 0.8", {"a": UNIT, "b": Uniform(0, 2)}, {"a": CRRA(0.5), "b": CRRA(0.2)}, 0.8),
    ("3 laws, CRRA 0.5, CARA 2, neutral", THREE, {"a": CRRA(0.5), "b": CARA(2)}, None),
]


def main() -> None:
    """Print the table."""
    solve(FirstPrice(), RiskAverse(Sale({"a": UNIT, "b": UNIT}), {}))
    print(f"{'provers':36} {'n':>2} {'relative epsilon':>17} {'seconds':>8} {'of processor':>13}")
    for name, laws, attitudes, reserve in ROWS:
        start, used = time.perf_counter(), time.process_time()
        equilibrium = solve(FirstPrice(reserve), RiskAverse(Procurement(laws), attitudes))
        seconds, processor = time.perf_counter() - start, time.process_time() - used
        print(f"{name:36} {len(laws):>2} {equilibrium.relative_epsilon:>17.1e} {seconds:>8.2f} {processor:>13.2f}")


if __name__ == "__main__":
    main()
