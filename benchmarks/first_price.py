"""How exact a first-price equilibrium is, and how long it takes: the certified epsilon, payment errors and seconds.

A row is one market. `solve` finds strategies, `certify` derives every bound from them. The last column compares the whole
with a plain baseline on the same machine in the same run: backward shooting with `scipy.integrate.solve_ivp` on the
Griesmer-Levitan-Shubik pair, uncertified. Run it with `python -m benchmarks.first_price`.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from math import atan, atanh, sqrt
from pathlib import Path

import numpy as np

from equilibria import HazardShooting, check, solve
from mechanisms import Beta, Empirical, FirstPrice, Market, Procurement, Sale, Uniform

REPEATS = 3
SUMMARY = Path(__file__).parent.parent / "papers" / "mainnet_blocks" / "summary.json"
ROOT = sqrt(3) / 2
PAIR_REVENUE = 2 / 3 - (atanh(ROOT * 2 / 3) - atan(ROOT * 2 / 3)) / ROOT**3


@dataclass(frozen=True)
class Row:
    """A market, its reserve, the relative epsilon and the seconds it must reach, and its payment where that is known."""

    name: str
    market: Market
    reserve: float | None
    epsilon: float
    seconds: float
    payment: float | None = None


def mainnet() -> dict[str, Empirical]:
    """The shipped priors: seconds of seven provers at the reference block."""
    from proving_cost import Summary, seconds_distributions

    return dict(seconds_distributions(Summary.from_file(SUMMARY)))


def rows() -> list[Row]:
    """The markets of the table."""
    unit = Uniform(0, 1)
    blocks = mainnet()
    fastest = dict(sorted(blocks.items(), key=lambda item: item[1].mean())[:2])
    return [
        Row("2 uniform, symmetric", Procurement(dict.fromkeys("ab", unit)), None, 1e-6, 1, 2 / 3),
        Row("2 uniform, reserve 0.7", Procurement(dict.fromkeys("ab", unit)), 0.7, 1e-6, 1, 2 * ((1 - 0.3**3) / 3 - 0.7 * 0.09)),
        Row("uniform pair (GLS), sale", Sale({"a": unit, "b": Uniform(0, 2)}), None, 1e-6, 1, PAIR_REVENUE),
        Row("power law 2:1, sale", Sale({"a": Beta(2, 1), "b": unit}), None, 1e-6, 1, 0.426290695),
        Row("3 uniform, 3 supports", Procurement({"a": unit, "b": Uniform(0.1, 1.3), "c": Uniform(0.3, 1.2)}), None, 1e-6, 1),
        Row("3 beta", Procurement({"a": Beta(2, 5), "b": Beta(3, 1.5), "c": Beta(1.5, 2.5)}), None, 1e-6, 1),
        Row(
            "3 beta, 3 supports",
            Procurement({"a": Beta(2, 5), "b": Beta(3, 1.5, 0.1, 1.2), "c": Beta(1.5, 2.5, 0.2, 1.1)}),
            None, 1e-6, 1,
        ),
        Row("10 uniform, symmetric", Procurement({f"p{i}": unit for i in range(10)}), None, 1e-5, 10, 2 / 11),
        Row("10 uniform, 10 supports", Procurement({f"p{i}": Uniform(i / 20, 1 + i / 10) for i in range(10)}), None, 1e-5, 10),
        Row("10 beta", Procurement({f"p{i}": Beta(1 + i / 5, 3 - i / 5) for i in range(10)}), None, 1e-5, 10),
        Row(
            "10 beta, 10 supports",
            Procurement({f"p{i}": Beta(1 + i / 5, 3 - i / 5, i / 40, 1 + i / 30) for i in range(10)}),
            None, 1e-5, 10,
        ),
        Row("2 mainnet provers", Procurement(fastest), None, 1e-4, 5),
        Row("7 mainnet provers", Procurement(blocks), None, 1e-4, 5),
        Row("7 mainnet provers, reserve", Procurement(blocks), 17.0, 1e-4, 5),
    ]


def baseline() -> tuple[float, float]:
    """Seconds and revenue error of textbook backward shooting on the Griesmer-Levitan-Shubik pair."""
    from scipy.integrate import quad, solve_ivp

    def inverse_bids(top: float) -> tuple[object, float]:
        def slope(b: float, v: np.ndarray) -> list[float]:
            return [v[0] / max(v[1] - b, 1e-12), v[1] / max(v[0] - b, 1e-12)]

        def crossed(b: float, v: np.ndarray) -> float:
            return float(min(v[0], v[1]) - b - 1e-9)

        crossed.terminal = True  # type: ignore[attr-defined]
        path = solve_ivp(slope, (top, 1e-3), [1.0, 2.0], rtol=1e-9, atol=1e-11, events=crossed, dense_output=True)
        return path.sol, float(path.t[-1])

    start = time.perf_counter()
    low, high = 0.5, 0.9
    for _ in range(36):
        top = 0.5 * (low + high)
        _, end = inverse_bids(top)
        low, high = (top, high) if end <= 1.001e-3 else (low, top)
    solution, end = inverse_bids(low)
    lost, _ = quad(lambda b: solution(b)[0] * solution(b)[1] / 2, max(end, 1e-3), low, limit=200)  # type: ignore[operator]
    return time.perf_counter() - start, abs(low - lost - PAIR_REVENUE)


def measure(row: Row) -> tuple[float, float, float, float | None]:
    """Medians of the seconds to solve and to check, the relative epsilon, and the error of the payment."""
    totals, checks = [], []
    equilibrium = solve(FirstPrice(row.reserve), row.market, HazardShooting())
    for _ in range(REPEATS):
        start = time.perf_counter()
        equilibrium = solve(FirstPrice(row.reserve), row.market, HazardShooting())
        totals.append(time.perf_counter() - start)
        start = time.perf_counter()
        if not check(equilibrium.certificate).valid:
            raise SystemExit(f"the certificate of {row.name!r} is not valid")
        checks.append(time.perf_counter() - start)
    error = None if row.payment is None else abs(equilibrium.expected_payment.midpoint - row.payment)
    return statistics.median(totals), statistics.median(checks), equilibrium.relative_epsilon, error


def main() -> None:
    """Print the table, and a line of JSON for scripts."""
    plain, plain_error = baseline()
    print("first-price equilibria: seconds to solve and certify, seconds to check the file, certified relative epsilon")
    print(f"(median of {REPEATS}; epsilon as a share of the expected prover surplus; error of the payment against closed forms)")
    columns = ("solve s", "check s", "epsilon", "target", "within s", "payment", "/ baseline")
    widths = (9, 9, 10, 9, 9, 10, 11)
    print(f"{'market':<28}" + "".join(f"{name:>{width}}" for name, width in zip(columns, widths, strict=True)))
    records = []
    for row in rows():
        seconds, checking, epsilon, error = measure(row)
        shown = "" if error is None else f"{error:.1e}"
        met = "" if epsilon <= row.epsilon and seconds <= row.seconds else "  missed"
        print(
            f"{row.name:<28}{seconds:>9.2f}{checking:>9.2f}{epsilon:>10.1e}{row.epsilon:>9.0e}{row.seconds:>9.0f}"
            f"{shown:>10}{seconds / plain:>11.2f}{met}",
            flush=True,
        )
        records.append({"market": row.name, "solve_s": seconds, "check_s": checking, "relative_epsilon": epsilon})
    print(f"{'baseline: plain shooting':<28}{plain:>9.2f}{'':>9}{'none':>10}{'':>18}{plain_error:>10.1e}{1:>11.2f}")
    print(json.dumps(records))


if __name__ == "__main__":
    main()
