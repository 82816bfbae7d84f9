"""How long questions about collateral take, and how wide the enclosures are.

Run it with `python -m benchmarks.collateral`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

from equilibria import DeliveryGame, check, network_security, play, smallest_bond, withhold
from equilibria.collateral.cascades import worst_cascade
from mechanisms import BatchFee, Beta, Bond, Enclosure, LogNormal, Mixture, Restaking, Service, Uniform

TERMS = Bond(slash=Fraction(1, 4), burned=Fraction(1, 2), recipient="rescuer")
GAME = DeliveryGame(bond=TERMS, price=Fraction(1, 4))


def ring(operators: int, profit: str) -> Restaking:
    """Operators in a ring, each pair of neighbours and the next one running a service."""
    names = [f"o{k}" for k in range(operators)]
    services = {f"s{k}": Service(profit, "1/2", [names[(k + i) % operators] for i in range(3)]) for k in range(operators)}
    return Restaking(dict.fromkeys(names, 10), services)


def option(law: object) -> str:
    """The width of the enclosure of what a lock is worth as an option."""
    found = play(GAME).option(law)
    return f"width {found.width:.0e}" if isinstance(found, Enclosure) else str(found)


def answers() -> dict[str, Callable[[], str]]:
    """What is asked, by name."""
    return {
        "play, one assignment": lambda: f"{len(play(GAME).value.pieces)} pieces",
        "option, uniform": lambda: option(Uniform(0, 1)),
        "option, beta": lambda: option(Beta(2, 3)),
        "option, log-normal": lambda: option(LogNormal(0, 0.5, 0.1, 5)),
        "option, mixture": lambda: option(Mixture([(0.5, Uniform(0, 1)), (0.5, Uniform(0, 2))])),
        "smallest bond, 10000 assignments": lambda: smallest_bond(TERMS, cost=2, price=1, assignments=10_000).reason,
        "its check": lambda: str(check(smallest_bond(TERMS, cost=2, price=1, assignments=10_000).certificate or "").valid),
        "network, 1000 operators, local": lambda: network_security(ring(1000, "4")).status,
        "network, 12 operators, search": lambda: network_security(ring(12, "6")).status,
        "network, 16 operators, search": lambda: network_security(ring(16, "6")).status,
        "worst cascade, 6 operators": lambda: str(worst_cascade(ring(6, "6"), "1/6").lost),
        "withholding, 60 rounds": lambda: str(withhold(BatchFee(), "1/10", late=12, honest=0, horizon=60).rounds),
    }


def main() -> None:
    """Print the table."""
    print(f"{'question':34} {'answer':>18} {'seconds':>9}")
    for name, answer in answers().items():
        start = time.perf_counter()
        found = answer()
        print(f"{name:34} {found:>18} {time.perf_counter() - start:9.4f}")


if __name__ == "__main__":
    main()
