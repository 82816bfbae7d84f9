"""Equal provers: one prior, one strategy, found by `EnvelopeIntegral` and held as polynomials on cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equilibria.cell_polynomials import CellPolynomials
from equilibria.games import Progress, Proposal
from equilibria.games.pay_as_bid import mirrored
from mechanisms import AllPay, Discriminatory, FirstPrice, InvalidInput, KthPrice, Market, Mechanism, Refused, SortedMechanism
from mechanisms.distributions import Distribution

if TYPE_CHECKING:
    from equilibria.envelope_integral import EnvelopeIntegral

__all__ = ["check_priors", "common_prior", "propose", "proposed", "suits"]

ONLY_SYMMETRIC = "No other equilibrium is symmetric and increasing; asymmetric ones were not searched for."


def common_prior(market: Market) -> Distribution | None:
    """The prior that all agents share, or None."""
    return market.priors[0] if all(prior == market.priors[0] for prior in market.priors) else None


def suits(market: Market, reserve: float | None) -> bool:
    """Whether a pay-as-bid market of one task is symmetric and smooth enough for `EnvelopeIntegral`."""
    prior = common_prior(market)
    if prior is None or len(market.labels) < 2 or prior.gaps:
        return False
    low, high = market.as_procurement().priors[0].support
    if reserve is not None and market.sign * reserve <= low + 1e-9 * (high - low):
        return False
    inner = np.array(prior.knots[1:-1])
    density = np.concatenate([prior.pdf(inner), prior.pdf(np.nextafter(inner, -np.inf))]) if len(inner) else np.ones(1)
    return bool(np.isfinite(prior.pdf(np.array(prior.support))).all() and np.isfinite(density).all() and density.min() > 0.0)


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The symmetric strategies of a `FirstPrice`, `Discriminatory`, `AllPay` or `KthPrice`.

    Raises:
        Refused: priors differ, or the rule has no equilibrium or no meaning in this market.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.envelope_integral import EnvelopeIntegral

    chosen = EnvelopeIntegral() if solver is None else solver
    name = type(mechanism).__name__
    if not isinstance(chosen, EnvelopeIntegral):
        raise InvalidInput(f"solver must be an EnvelopeIntegral for {name}; got {type(solver).__name__}. Pass solver=None.")
    if isinstance(mechanism, SortedMechanism):
        mechanism.check_market(market)
    check_priors(name, market)
    if progress is not None:
        progress("solving", 0.0)
    prior, n = market.as_procurement().priors[0], len(market.labels)
    reserve = getattr(mechanism, "reserve", None)
    limit = None if reserve is None else market.sign * float(reserve)
    complete = True
    if isinstance(mechanism, AllPay):
        strategy = _all_pay(chosen, prior, n, 0.0 if limit is None else limit)
        complete = n == 2
    elif isinstance(mechanism, KthPrice):
        strategy, complete = _kth_price(chosen, prior, n, mechanism.k, limit), False
    else:
        assert isinstance(mechanism, FirstPrice | Discriminatory)
        strategy = _pay_as_bid(chosen, prior, n, market.tasks, limit)
        complete = market.tasks == 1
    return proposed(strategy, market, chosen, complete=complete)


def proposed(strategy: CellPolynomials, market: Market, solver: object, *, complete: bool) -> Proposal:
    """One strategy for all, as it is certified."""
    return Proposal(
        strategies=mirrored(dict.fromkeys(market.labels, strategy), market),
        stated={
            "ends": strategy.ends.tolist(),
            "values": strategy.values.tolist(),
            "bubbles": [_without_zeros(row) for row in strategy.bubbles.tolist()],
        },
        solver=repr(solver),
        complete=complete,
        notes=() if complete else (ONLY_SYMMETRIC,),
    )


def _without_zeros(row: list[float]) -> list[float]:
    """Coefficients up to the last that is not zero."""
    while row and row[-1] == 0.0:
        row.pop()
    return row


def check_priors(name: str, market: Market) -> None:
    """Refuses priors that differ, gaps and infinite densities."""
    prior = common_prior(market)
    if prior is None:
        other = next(label for label, law in zip(market.labels, market.priors, strict=True) if law != market.priors[0])
        raise Refused(
            f"{name} is solved where all priors are equal; {market.labels[0]!r} and {other!r} differ. Give them one prior."
        )
    for left, right in prior.gaps:
        raise Refused(
            f"the prior has no mass between {left!r} and {right!r}: bids jump there, which this solver does not search. "
            "Fill the gap."
        )
    if not np.isfinite(prior.pdf(np.array(prior.knots))).all():
        raise Refused("the density of the prior is infinite at an end or a knot. Use a prior with a bounded density.")


def _pay_as_bid(solver: EnvelopeIntegral, prior: Distribution, n: int, tasks: int, limit: float | None) -> CellPolynomials:
    low, high = prior.support
    if tasks >= n:
        raise Refused(
            f"with {n} provers and {tasks} tasks nobody competes: every bid up to the reserve wins. Use fewer tasks than provers."
        )
    if limit is not None and limit <= low:
        raise Refused("the reserve excludes every type: nobody bids. Move it into the support.")
    return solver.pay_as_bid(prior, n, tasks, high if limit is None else min(high, limit))


def _all_pay(solver: EnvelopeIntegral, prior: Distribution, n: int, limit: float) -> CellPolynomials:
    """The highest type (lowest value) that takes part has $aX(a)=\\bar b$: it is left with nothing."""
    from scipy.optimize import brentq

    low, high = prior.support
    if low >= limit:
        raise Refused("no value is above the reserve, or above 0: nobody bids. Lower the reserve.")
    reach = high
    if high * float(prior.survival(high)) ** (n - 1) > limit or limit < 0.0:
        reach = float(brentq(lambda c: c * float(prior.survival(c)) ** (n - 1) - limit, low, min(high, 0.0), xtol=1e-15))
    elif high > 0.0:
        reach = 0.0
    return solver.all_pay(prior, n, reach, limit)


def _kth_price(solver: EnvelopeIntegral, prior: Distribution, n: int, k: int, limit: float | None) -> CellPolynomials:
    low, high = prior.support
    if n < k:
        raise Refused(
            f"with {n} provers there is never a bid of rank {k}: the winner is paid the reserve whatever it bids. Use k <= {n}."
        )
    if limit is not None and limit <= low:
        raise Refused("the reserve excludes every type: nobody bids. Move it into the support.")
    if limit is not None and limit < high and k > 3:
        raise Refused(
            f"a price of rank {k} and a binding reserve have no equilibrium in increasing strategies: there the "
            "conditions on bids contradict one another. Use k=3, or a reserve that excludes nobody."
        )
    knots = np.array(prior.knots)
    density, other = prior.pdf(knots), np.append(prior.pdf(knots[0]), prior.pdf(np.nextafter(knots[1:], -np.inf)))
    if not (density > 0.0).all():
        raise Refused("the density of the prior vanishes at an end or a knot: bids of a k-th price divide by it.")
    if len(knots) > 2 and (k > 3 or not np.allclose(density, other, rtol=1e-12, atol=0.0)):
        raise Refused("the density of the prior is not smooth enough at its knots: bids of a k-th price would jump there.")
    return solver.kth_price(prior, n, k, high if limit is None else min(high, limit))
