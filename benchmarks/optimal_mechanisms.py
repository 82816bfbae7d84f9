"""What an optimal mechanism takes: seconds to find it and to check its certificate, rung by rung.

A row is one market. Run it with `python -m benchmarks.optimal_mechanisms`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from equilibria import ConcentrationCap, EpsilonIC, check, optimal
from mechanisms import Beta, Discrete, Exchange, Market, Procurement, Sale, Uniform

REPEATS = 3


@dataclass(frozen=True)
class Row:
    """A market, an objective and constraints; `target` is the most seconds that finding the optimum should take."""

    name: str
    market: Market
    objective: str
    subject_to: Any = ()
    target: float | None = None


def rows() -> Iterable[Row]:
    """The markets of the table."""

    def grid(types: int) -> Discrete:
        return Discrete.grid(Fraction(1, types), 1, types)

    def sale(buyers: int, types: int) -> Sale:
        return Sale({f"b{k}": grid(types) for k in range(buyers)})

    def provers(count: int, types: int) -> Procurement:
        return Procurement({f"p{k}": Discrete.grid(Fraction(1, types), 1 + Fraction(k, 4), types) for k in range(count)}, value=2)

    yield Row("3 buyers, 100 types", sale(3, 100), "revenue")
    yield Row("3 buyers, 1000 types", sale(3, 1000), "revenue", target=1.0)
    yield Row("10 buyers, 1000 types", sale(10, 1000), "revenue")
    yield Row("10 buyers, uniform", Sale({f"b{k}": Uniform(0, 1) for k in range(10)}), "revenue")
    yield Row("3 provers, beta", Procurement({f"p{k}": Beta(2, 2 + k) for k in range(3)}, value=1), "surplus")
    yield Row("trade, uniform", Exchange({"u": Uniform(0, 1)}, {"p": Uniform(0, 1)}), "welfare", "no_deficit")
    yield Row("3 alike, 1000 types, cap", sale(3, 1000), "revenue", ConcentrationCap("1/4"))
    yield Row("3 provers, 100 types, cap", provers(3, 100), "surplus", ConcentrationCap("2/5"), target=2.0)
    yield Row("2 buyers, 10 types, epsilon", sale(2, 10), "revenue", EpsilonIC("1/100"))
    yield Row("2 buyers, 20 types, cap and dsic", sale(2, 20), "revenue", (ConcentrationCap("1/4"), "dsic"))
    yield Row("trade, 40 types", Exchange({"u": grid(40)}, {"p": grid(40)}), "welfare", "no_deficit")


def measure(row: Row) -> tuple[float, float, str, str]:
    """Best seconds to find and to check, the route, and the value."""
    finding, checking = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        found = optimal(row.market, row.objective, row.subject_to)
        finding.append(time.perf_counter() - start)
        start = time.perf_counter()
        if not check(found.certificate).valid:
            raise SystemExit(f"the certificate of {row.name!r} is not valid")
        checking.append(time.perf_counter() - start)
    assert found.value is not None
    exact = f"{found.value.midpoint:.10g}" if found.exact_value is None else str(found.exact_value)
    return min(finding), min(checking), found.route, exact if len(exact) <= 16 else f"{found.value.midpoint:.10g}"


def main() -> None:
    """Print the table, and a line of JSON for scripts."""
    print(f"optimal mechanisms: best of {REPEATS}")
    print(f"{'market':<34}{'route':<24}{'find s':>8}{'check s':>9}  value")
    records = []
    for row in rows():
        finding, checking, route, value = measure(row)
        missed = "" if row.target is None or finding <= row.target else "  missed"
        print(f"{row.name:<34}{route:<24}{finding:>8.3f}{checking:>9.3f}  {value}{missed}", flush=True)
        records.append({"market": row.name, "route": route, "find_s": finding, "check_s": checking, "value": value})
    print(json.dumps(records))


if __name__ == "__main__":
    main()
