"""Workloads: welfare as a share of a proved bound, late proofs and cpu seconds, by rule.

Run it with `python -m benchmarks.allocation`.
"""

from __future__ import annotations

import time

import numpy as np

from mechanisms import Allocation, ProverOffer, Request, Workload
from mechanisms.workloads.allocation_outcome import HEAD


def workload(requests: int, provers: int, *, sized: bool) -> Workload:
    """A batch with prices, speeds and deadlines that differ by an order of magnitude."""
    rng = np.random.default_rng(1)

    def draw(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    wanted = {
        f"r{i}": Request(work=draw(50, 500), value=draw(1, 200), deadline=draw(5, 60), delay_cost=f"{draw(0, 20)}/10")
        for i in range(requests)
    }
    offers = {
        f"p{j}": ProverOffer(
            speed=draw(5, 60),
            unit_cost=f"{draw(5, 40)}/100",
            slots=None if sized else draw(1, 13),
            work=1500 if sized else None,
            stake=draw(1, 100),
        )
        for j in range(provers)
    }
    return Workload(wanted, offers)


def main() -> None:
    """Print the table."""
    print("workloads: exact payments; the bound is proved in rationals")
    print(f"{'batch':<28}{HEAD}{'cpu s':>8}")
    rng = np.random.default_rng(2)
    for requests, provers, sized in ((100, 10, False), (1000, 100, False), (1000, 100, True)):
        batch = workload(requests, provers, sized=sized)
        name = f"{requests} x {provers}, {'work' if sized else 'slots'}"
        for rule in ("vcg", "greedy", "optimum", "round_robin", "stake_lottery", "race"):
            if sized and rule == "vcg":
                continue
            start = time.process_time()
            outcome = Allocation(rule).outcome(batch, rng=rng)
            print(f"{name:<28}{outcome.row()}{time.process_time() - start:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
