"""Exchanges and package sales: certified epsilon as a share of the surplus, and seconds to solve and certify.

Run it with `python -m benchmarks.exchanges`.
"""

from __future__ import annotations

import statistics
import time

from equilibria import PhasePath, solve
from mechanisms import (
    Beta,
    CoreSelecting,
    Exchange,
    KDoubleAuction,
    Market,
    Mechanism,
    PackageFirstPrice,
    PackageSale,
    PiecewiseLinear,
    Uniform,
)
from mechanisms.distributions import Distribution

REPEATS = 3


def bilateral(value: Distribution, cost: Distribution) -> Exchange:
    """One user and one prover."""
    return Exchange(users={"user": value}, provers={"prover": cost})


def sided(value: Distribution, cost: Distribution, users: int, provers: int) -> Exchange:
    """Several like users and like provers."""
    return Exchange(users={f"u{i}": value for i in range(users)}, provers={f"p{i}": cost for i in range(provers)})


def rows() -> list[tuple[str, Mechanism, Market, object]]:
    """Name, rule, market and solver of every row."""
    unit, kinked = Uniform(0, 1), PiecewiseLinear((0, 0.3, 1), (0, 0.5, 1))
    local = PackageSale(singles={"a": unit, "b": unit}, package={"both": Uniform(0, 2)})
    different = PackageSale(singles={"a": Beta(2, 2), "b": Beta(1.5, 2.5)}, package={"both": Uniform(0, 2)})
    table: list[tuple[str, Mechanism, Market, object]] = [
        ("k=1/2, uniform", KDoubleAuction(0.5), bilateral(unit, unit), None),
        ("k=0.3, uniform", KDoubleAuction(0.3), bilateral(unit, unit), None),
        ("k=1, beta (an offer)", KDoubleAuction(1.0), bilateral(Beta(2, 2), Beta(2, 2)), None),
        ("k=1/2, beta(2,2)", KDoubleAuction(0.5), bilateral(Beta(2, 2), Beta(2, 2)), None),
        ("k=1/2, beta(2,1) and uniform", KDoubleAuction(0.5), bilateral(Beta(2, 1), unit), None),
        ("k=1/2, beta(1.5,2.5), (2,3)", KDoubleAuction(0.5), bilateral(Beta(1.5, 2.5), Beta(2, 3)), None),
        ("k=1/2, uniform, by a path", KDoubleAuction(0.5), bilateral(unit, unit), PhasePath(through=(0.7, 0.5, 0.35))),
        ("k=1/2, kinked and uniform", KDoubleAuction(0.5), bilateral(kinked, unit), PhasePath()),
        ("k=1/2, uniform, 2 and 2", KDoubleAuction(0.5), sided(unit, unit, 2, 2), None),
        ("k=1/2, beta(2,2), (2,3), 3 and 2", KDoubleAuction(0.5), sided(Beta(2, 2), Beta(2, 3), 3, 2), None),
        ("k=1/2, uniform, 5 and 5", KDoubleAuction(0.5), sided(unit, unit, 5, 5), None),
    ]
    for payment in ("nearest_vcg", "nearest_bid", "nearest_zero"):
        table.append((f"LLG {payment}, uniform", CoreSelecting(payment), local, None))
        table.append((f"LLG {payment}, beta", CoreSelecting(payment), different, None))
    for name, first, second in (
        ("uniform", unit, unit), ("uniform to 1 and 1.3", unit, Uniform(0, 1.3)), ("uniform to 1 and 1.5", unit, Uniform(0, 1.5)),
        ("beta(2,2) and uniform", Beta(2, 2), unit), ("beta(1,2)", Beta(1, 2), Beta(1, 2)),
        ("power 2 and uniform", Beta(2, 1), unit), ("beta(1,2) and uniform", Beta(1, 2), unit),
        ("power 2", Beta(2, 1), Beta(2, 1)), ("uniform to 1 and 0.5", unit, Uniform(0, 0.5)),
    ):  # fmt: skip
        sale = PackageSale(singles={"a": first, "b": second}, package={"both": Uniform(0, 2)})
        table.append((f"LLG first price, {name}", PackageFirstPrice(), sale, None))
    return table


def main() -> None:
    """Print the table."""
    print(f"{'game':<40}{'solve s':>9}{'epsilon':>10}{'relative':>10}  (median of {REPEATS}, warm)")
    for name, mechanism, market, solver in rows():
        equilibrium, seconds = solve(mechanism, market, solver), []
        for _ in range(REPEATS):
            start = time.perf_counter()
            equilibrium = solve(mechanism, market, solver)
            seconds.append(time.perf_counter() - start)
        print(
            f"{name:<40}{statistics.median(seconds):>9.2f}{equilibrium.epsilon:>10.1e}{equilibrium.relative_epsilon:>10.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
