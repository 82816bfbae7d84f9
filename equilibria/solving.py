"""`solve`: from a mechanism and a market to an equilibrium with a certificate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from equilibria.equilibrium import Certificate, Equilibrium
from equilibria.strategies import BidCdf, ConstantBid, Mirrored, Strategy, Truthful
from mechanisms import Enclosure, FirstPrice, InvalidInput, Market, Mechanism, Refused, SolverFailure

if TYPE_CHECKING:
    from equilibria.hazard_shooting import HazardShooting

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done."""


@dataclass(frozen=True, slots=True)
class Dominance:
    """No search: reporting one's cost is a dominant strategy, or there is nothing to choose."""


def solve(
    mechanism: Mechanism,
    market: Market,
    solver: HazardShooting | None = None,
    *,
    progress: Progress | None = None,
) -> Equilibrium:
    r"""Find a Bayes-Nash equilibrium and certify it.

    With independent private costs $c_i\sim F_i$ and bids $\beta_i$, the certified number is
    $\varepsilon\ge\sup_{i,c,b}\;u_i(b,c)-u_i(\beta_i(c),c)$, where $u_i$ is the interim utility against the other strategies.

    Args:
        mechanism: the rule. For `FirstPrice` strategies are computed; for the others truth is dominant or nothing is chosen.
        market: the market, `tasks=1`.
        solver: how a `FirstPrice` is solved; None is `HazardShooting()`.
        progress: called as `progress(what, share)` now and then.

    Returns:
        An `Equilibrium`; its bounds were derived by `equilibria.checking` from the strategies alone.

    Raises:
        Refused: the rule has no equilibrium or no meaning in this market.
        SolverFailure: strategies were not found, or no bound could be derived for them.

    Notes:
        Two or three provers take a tenth of a second to a second, ten different ones a few seconds. It fails where a cost
        distribution has a gap in its support.

    Example:
        >>> from mechanisms import FirstPrice, Procurement, Uniform
        >>> market = Procurement(costs={name: Uniform(0, 1) for name in "abc"})
        >>> equilibrium = solve(FirstPrice(), market)
        >>> round(equilibrium.expected_payment.midpoint, 9), equilibrium.relative_epsilon < 1e-6
        (0.5, True)

    References:
        Lebrun (1999), International Economic Review 40; Maskin and Riley (2000), Review of Economic Studies 67.
    """
    if not isinstance(mechanism, Mechanism):
        raise InvalidInput(f"mechanism must be a rule such as FirstPrice(); got {type(mechanism).__name__}.")
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement or a Sale; got {type(market).__name__}.")
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    document: dict[str, object] = {
        "format": "prover-markets/certificate",
        "version": 1,
        "market": market.spec(),
        "mechanism": mechanism.spec(),
    }
    strategies: Mapping[str, Strategy]
    if isinstance(mechanism, FirstPrice):
        from equilibria.hazard_shooting import HazardShooting

        chosen = HazardShooting() if solver is None else solver
        procurement = market.as_procurement()
        reserve = None if mechanism.reserve is None else market.sign * float(mechanism.reserve)
        if progress is not None:
            progress("solving", 0.0)
        strategies = chosen.strategies(dict(zip(procurement.labels, procurement.priors, strict=True)), reserve)
        document["equilibrium"] = _stated(strategies)
        used = repr(chosen)
    else:
        if solver is not None:
            raise Refused(f"{type(mechanism).__name__} needs no solver; pass solver=None.")
        mechanism.statement(market.as_procurement())  # refuses what has no meaning in this market
        strategies = {label: Truthful() for label in market.labels}
        used = repr(Dominance())
    if market.sign < 0:
        strategies = {label: Mirrored(strategy) for label, strategy in strategies.items()}
    return _certified(mechanism, market, document, strategies, used, progress)


def _stated(strategies: Mapping[str, Strategy]) -> dict[str, object]:
    """Strategies as the certificate holds them."""
    for label, strategy in strategies.items():
        if isinstance(strategy, ConstantBid):
            return {"constant": {"label": label, "bid": strategy.bid}}
    active = {label: strategy for label, strategy in strategies.items() if isinstance(strategy, BidCdf)}
    bids = max((strategy.bids for strategy in active.values()), key=len)
    return {
        "bids": bids.tolist(),
        "strategies": {
            label: {
                "entry": len(bids) - len(strategy.bids),
                "levels": strategy.levels.tolist(),
                "density": strategy.density.tolist(),
            }
            for label, strategy in active.items()
        },
    }


def _certified(
    mechanism: Mechanism,
    market: Market,
    document: dict[str, object],
    strategies: Mapping[str, Strategy],
    solver: str,
    progress: Progress | None,
) -> Equilibrium:
    from equilibria.checking import Rejected, sealed, state

    try:
        states = state(document, None if progress is None else lambda share: progress("certifying", share))
    except Rejected as reason:
        raise SolverFailure(f"no bound could be derived for {mechanism!r}: {reason}") from None
    document["states"] = states

    def enclosure(name: str) -> Enclosure:
        interval = states[name]
        assert isinstance(interval, list)
        return Enclosure(float(interval[0]), float(interval[1]))

    epsilon, relative = states["epsilon"], states["relative_epsilon"]
    assert isinstance(epsilon, float)
    exact = epsilon == 0.0
    return Equilibrium(
        mechanism=mechanism,
        market=market,
        solver=solver,
        status="proved" if exact else "certified",
        message="no bid is better for any cost" if exact else f"no prover gains more than {epsilon:.3g} by any bid at any cost",
        epsilon=epsilon,
        relative_epsilon=relative if isinstance(relative, float) else math.inf,
        expected_payment=enclosure("expected_payment"),
        resource_cost=enclosure("resource_cost"),
        redundant_cost=enclosure("redundant_cost"),
        prover_surplus=enclosure("prover_surplus"),
        no_award=enclosure("no_award"),
        strategies=strategies,
        certificate=Certificate(sealed(document)),
    )

