"""Cyclic monotonicity: seconds to decide whether payments exist, exactly, and times faster than networkx on the same types.

A row is one allocation. Types are vectors of values for goods. `menu`: each type gets its best item of a random menu
(payments exist); `swapped`: the same after two types swapped (they do not); `random`: random quantities (they do not);
`table`: the menu as a table of types x items. Run it with `python -m benchmarks.finite_types`.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from equilibria import implementable, weakly_monotone
from equilibria.finite.type_graph import type_graph

REPEATS = 5
TARGET, TYPES, GOODS = 0.3, 5000, 10


def cases(kinds: int, goods: int) -> dict[str, tuple[Any, Any]]:
    """Allocations by name."""
    rng = np.random.default_rng(kinds)
    values, menu = rng.integers(0, 1000, (2, kinds, goods))
    table = values @ menu.T
    chosen = (table - (menu**2).sum(axis=1) // 2).argmax(axis=1)
    bought = menu[chosen]
    swapped = bought.copy()
    swapped[[0, -1]] = swapped[[-1, 0]]
    return {
        "menu": (values, bought),
        "swapped": (values, swapped),
        "random": (values, rng.integers(0, 1000, (kinds, goods))),
        "table": (table, chosen),
        "one parameter": (np.arange(kinds), np.arange(kinds) // 2),
    }


def median_seconds(job: Callable[[], object]) -> float:
    """Of repeated calls, after one that compiles."""
    job()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def networkx_seconds(values: Any, allocation: Any) -> tuple[float, float, str]:
    """Seconds to build the type graph and to search it for a negative cycle, and what was found."""
    import networkx

    start = time.perf_counter()
    graph = type_graph(values, allocation)
    built = time.perf_counter()
    negative = networkx.negative_edge_cycle(graph, weight="length")
    return built - start, time.perf_counter() - built, "refuted" if negative else "proved"


def main() -> None:
    """Print the tables, and a line of JSON for scripts."""
    records = []
    print(f"cyclic monotonicity of {TYPES} types, {GOODS} goods (target {TARGET:g} s), median of {REPEATS}")
    print(f"{'allocation':<16}{'status':>9}{'seconds':>9}{'sweeps':>8}{'cycle':>7}{'weight':>12}")
    for name, (values, allocation) in cases(TYPES, GOODS).items():
        seconds = median_seconds(lambda v=values, a=allocation: implementable(v, a))
        found = implementable(values, allocation)
        cycle = "-" if found.cycle is None else str(len(found.cycle))
        weight = "-" if found.weight is None else str(found.weight)
        met = "" if seconds <= TARGET else "  missed"
        print(f"{name:<16}{found.status:>9}{seconds:>9.3f}{found.sweeps:>8}{cycle:>7}{weight:>12}{met}", flush=True)
        records.append({"allocation": name, "types": TYPES, "seconds": seconds, "status": found.status})
    values, allocation = cases(TYPES, GOODS)["menu"]
    print(f"all cycles of two types of `menu`: {median_seconds(lambda: weakly_monotone(values, allocation)):.3f} s")
    print()
    print("the same by networkx: graph + search")
    print(f"{'types':<8}{'allocation':<12}{'networkx s':>16}{'engine s':>10}{'ratio':>8}")
    for kinds in (100, 1000):
        problems = cases(kinds, GOODS)
        for name in ("menu", "random"):
            values, allocation = problems[name]
            build, search, status = networkx_seconds(values, allocation)
            seconds = median_seconds(lambda v=values, a=allocation: implementable(v, a))
            if implementable(values, allocation).status != status:
                raise SystemExit(f"networkx and the engine disagree about {name!r} with {kinds} types")
            shown = f"{build:.2f} + {search:.3f}"
            print(f"{kinds:<8}{name:<12}{shown:>16}{seconds:>10.4f}{search / seconds:>8.0f}", flush=True)
            records.append({"allocation": name, "types": kinds, "networkx_search_s": search, "seconds": seconds})
    print(json.dumps(records))


if __name__ == "__main__":
    main()
