"""Equal provers, and buyers that differ where all pay: certified error and time of `solve`, warm."""

from __future__ import annotations

from time import process_time

from equilibria import solve
from mechanisms import (
    AllPay,
    Beta,
    Budgeted,
    CommitReveal,
    Discriminatory,
    Distribution,
    FirstPrice,
    KthPrice,
    LogNormal,
    Market,
    Mechanism,
    Procurement,
    Sale,
    UncertainPresence,
    Uniform,
    WarOfAttrition,
)

PRIORS = {"uniform": Uniform(0, 1), "beta(2,3)": Beta(2, 3, 1, 2), "log-normal": LogNormal(0, 0.5, 0.3, 3)}
REPEATS = 7


def market(kind: type[Procurement] | type[Sale], n: int, prior: Distribution, tasks: int = 1) -> Procurement | Sale:
    """Equal agents."""
    return kind({f"p{i}": prior for i in range(n)}, tasks=tasks)


def main() -> None:
    """Print game, prior, n, relative epsilon, and the least seconds of processor time of several runs, solving and certifying."""
    print("equal provers: strategies and certificate, warm, least processor time of several runs")
    print(f"{'game':<26} {'prior':<11} {'n':>3} {'relative epsilon':>17} {'seconds':>9}")
    for name, prior in PRIORS.items():
        for n in (2, 10, 50):
            cases: list[tuple[str, Mechanism, Market]] = [
                ("first price", FirstPrice(), market(Procurement, n, prior)),
                ("all pay, sale", AllPay(), market(Sale, n, prior)),
                ("war of attrition, sale", WarOfAttrition(), market(Sale, n, prior)),
                ("first price, budget, sale", FirstPrice(), Budgeted(market(Sale, n, prior), 0.6 * prior.mean())),
                ("own bid if alone", CommitReveal(prior.support[1]), UncertainPresence(market(Procurement, n, prior), 0.7)),
            ]
            if n > 2:
                tasks = n // 5
                cases.append((f"discriminatory, k={tasks}", Discriminatory(), market(Procurement, n, prior, tasks)))
                if name != "beta(2,3)":
                    cases.append(("third price", KthPrice(), market(Procurement, n, prior)))
            for game, mechanism, agents in cases:
                row(game, name, mechanism, agents)


    third = {"uniform": Uniform(0, 2), "beta(2,3)": Uniform(1, 2.5), "log-normal": Uniform(0, 3)}
    fives = {
        "uniform": [Uniform(0.1 * i, 1 + 0.1 * i) for i in range(5)],
        "beta(2,3)": [Beta(1 + 0.5 * i, 3 - 0.5 * i, 0, 1) for i in range(5)],
        "log-normal": [LogNormal(0.1 * i, 0.5, 0.3, 3) for i in range(5)],
    }
    others = {"uniform": Uniform(0, 1.5), "beta(2,3)": Beta(3, 2, 1, 3), "log-normal": LogNormal(0, 0.3, 0.3, 2)}
    for name, prior in PRIORS.items():
        row("all pay, 2 laws", name, AllPay(), Sale({"a": prior, "b": others[name]}))
        row("all pay, 3 laws", name, AllPay(), Sale({"a": prior, "b": others[name], "c": third[name]}))
        row("all pay, 5 laws", name, AllPay(), Sale({f"p{i}": law for i, law in enumerate(fives[name])}))
        row("war of attrition, 2 laws", name, WarOfAttrition(), Sale({"a": prior, "b": others[name]}))


def row(game: str, prior: str, mechanism: Mechanism, agents: Market) -> None:
    """One line of the table."""
    least = float("inf")
    for _ in range(REPEATS):
        start = process_time()
        equilibrium = solve(mechanism, agents)
        least = min(least, process_time() - start)
    print(f"{game:<26} {prior:<11} {len(agents.labels):>3} {equilibrium.relative_epsilon:>17.1e} {least:>9.4f}")


if __name__ == "__main__":
    main()
