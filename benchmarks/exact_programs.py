"""Optimal mechanisms with exact certificates: seconds to solve in floating point, to prove, to write and to check.

A row is one program. Run it with `python -m benchmarks.exact_programs`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from equilibria import check
from equilibria.programs.asymmetric_border import asymmetric_border
from equilibria.programs.bayesian_auction import bayesian_auction
from equilibria.programs.dominant_auction import dominant_auction
from equilibria.programs.exact_optimum import ExactOptimum
from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.finite_types import FiniteTypes
from equilibria.programs.graded_menu import graded_menu
from equilibria.programs.symmetric_border import symmetric_border
from equilibria.programs.two_sided_trade import two_sided_trade


@dataclass(frozen=True)
class Row:
    """A program and the seconds that it may take in all, if there is a figure."""

    name: str
    solve: Callable[[], ExactOptimum]
    within: float | None = None


def unlike(agent: int, count: int) -> FiniteTypes:
    """Values up to 1 + agent/7, the higher ones likelier."""
    weights = [2 * (k + agent) + 1 for k in range(count)]
    values = tuple(Fraction(k, count) * (1 + Fraction(agent, 7)) for k in range(1, count + 1))
    return FiniteTypes(values, tuple(Fraction(weight, sum(weights)) for weight in weights))


def rows() -> list[Row]:
    """The programs of the table."""
    prior, trade = FiniteTypes.uniform, [Fraction(2 * k + 1, 80) for k in range(40)]
    middles = FiniteTypes(tuple(trade), (Fraction(1, 40),) * 40)
    squares = [(x, y) for x in trade[1::4] for y in trade[1::4]]

    def equals(agents: int, count: int) -> ExactOptimum:
        types = prior(count)
        return solve_exactly(symmetric_border(types.values, types.probabilities, agents=agents))

    return [
        Row("symmetric Border, n=3, K=100", lambda: equals(3, 100)),
        Row("symmetric Border, n=3, K=1000", lambda: equals(3, 1000), 1.0),
        Row("Border by cuts, n=3, K=100, equals", lambda: asymmetric_border([prior(100)] * 3), 2.0),
        Row("Border by cuts, n=3, K=100, different", lambda: asymmetric_border([unlike(i, 100) for i in range(3)]), 2.0),
        Row("Border by cuts, n=5, K=50, different", lambda: asymmetric_border([unlike(i, 50) for i in range(5)])),
        Row("Bayesian, n=3, K=20", lambda: solve_exactly(bayesian_auction([prior(20)] * 3))),
        Row("dominant, n=2, K=50", lambda: solve_exactly(dominant_auction([prior(50)] * 2))),
        Row("dominant, n=2, K=100", lambda: solve_exactly(dominant_auction([prior(100)] * 2))),
        Row("dominant, n=3, K=20", lambda: solve_exactly(dominant_auction([prior(20)] * 3))),
        Row("trade of two, K=40", lambda: solve_exactly(two_sided_trade(middles, middles))),
        Row("trade of two, K=40, efficient", lambda: solve_exactly(two_sided_trade(middles, middles, efficient=True))),
        Row("menu of two grades, 10 x 10", lambda: graded_menu(squares, [Fraction(1, 100)] * 100)),
    ]


def main() -> None:
    """Print the table, and a line of JSON for scripts."""
    print("exact programs: seconds in all (building included), in the last simplex, to prove, and to write and check the file")
    print(f"{'program':<40}{'rows':>8}{'basis':>8}{'all s':>8}{'float s':>9}{'exact s':>9}{'check s':>9}{'kB':>7}  value")
    records = []
    equals = FiniteTypes.uniform(4)
    solve_exactly(symmetric_border(equals.values, equals.probabilities, agents=2))  # loads the solvers
    for row in rows():
        start = time.perf_counter()
        optimum = row.solve()
        whole = time.perf_counter() - start
        start = time.perf_counter()
        text = optimum.certificate.to_json()
        if not check(text).valid:
            raise SystemExit(f"the certificate of {row.name!r} is not valid")
        checking = time.perf_counter() - start
        basis = 0 if optimum.basis is None else int((optimum.basis.columns == 1).sum())
        exact = optimum.seconds - optimum.float_seconds
        met = "" if row.within is None or whole <= row.within else "  missed"
        value = optimum.exact_value if optimum.status == "proved" else None
        shown = optimum.status if value is None else f"{float(value):.6f}"
        print(
            f"{row.name:<40}{optimum.program.rows:>8}{basis:>8}{whole:>8.2f}{optimum.float_seconds:>9.2f}{exact:>9.2f}"
            f"{checking:>9.2f}{len(text) / 1000:>7.0f}  {shown}{met}",
            flush=True,
        )
        seconds = {"all_s": whole, "float_s": optimum.float_seconds, "exact_s": exact, "check_s": checking}
        records.append({"program": row.name, **seconds})
    print(json.dumps(records))


if __name__ == "__main__":
    main()
