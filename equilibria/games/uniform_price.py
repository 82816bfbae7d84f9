"""A uniform price for several tasks: with one task to offer each, truth is dominant; with more, whoever is awarded a part of
what it can make sets the price, and marks its cost up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from equilibria._award_odds import AwardOdds
from equilibria.games import Progress, Proposal
from equilibria.games.dominant import Dominance
from equilibria.games.pay_as_bid import mirrored
from equilibria.games.symmetric import proposed
from equilibria.inverse_curves import InverseCurve, stated_curves
from equilibria.strategies import Strategy, Truthful
from mechanisms import Distribution, InvalidInput, Market, Mechanism, Refused, UniformPrice

if TYPE_CHECKING:
    from equilibria.price_collocation import PriceCollocation

__all__ = ["propose"]

CONTENT = 1e-6
"""The largest certified epsilon, as a share of the surplus, that counts as converged."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Truth for everybody, the symmetric strategy of provers alike, or inverse bids of those who may set the price.

    Raises:
        Refused: a solver was given where truth is dominant, or there is no price in this market, or nothing says how bids end.
        InvalidInput: the solver is not one for this game.
        SolverFailure: strategies were not found.
    """
    from equilibria.envelope_integral import EnvelopeIntegral
    from equilibria.price_collocation import PriceCollocation

    assert isinstance(mechanism, UniformPrice)
    mechanism.check_market(market)
    if market.capacities is None or max(market.capacities) == 1:
        if solver is not None:
            raise Refused("UniformPrice needs no solver where all have one task to offer; pass solver=None.")
        return Proposal(strategies={label: Truthful() for label in market.labels}, stated=None, solver=repr(Dominance()))
    if solver is not None and not isinstance(solver, EnvelopeIntegral | PriceCollocation):
        raise InvalidInput(
            "solver must be an EnvelopeIntegral or a PriceCollocation for UniformPrice; "
            f"got {type(solver).__name__}. Pass solver=None."
        )
    if len(market.labels) < 2:
        raise Refused("a uniform price needs a rival: alone, a prover bids the reserve. Add one.")
    priors = market.as_procurement().priors
    limit = None if mechanism.reserve is None else market.sign * float(mechanism.reserve)
    if limit is not None and all(limit <= prior.support[0] for prior in priors):
        raise Refused("the reserve excludes every type: nobody bids. Move it into the support.")
    if progress is not None:
        progress("solving", 0.0)
    alike = len(set(market.capacities)) == 1 and all(prior == priors[0] for prior in priors)
    sizes = dict(zip(market.labels, market.capacities, strict=True))
    parts = any(_may_set(label, list(sizes), sizes, market.tasks) for label in sizes)
    if isinstance(solver, EnvelopeIntegral) and not alike:
        raise InvalidInput(
            "solver must be a PriceCollocation where capacities or laws differ; got EnvelopeIntegral. Pass solver=None."
        )
    if isinstance(solver, EnvelopeIntegral) or (alike and parts and solver is None):
        chosen = solver or EnvelopeIntegral()
        reach = priors[0].support[1] if limit is None else min(priors[0].support[1], limit)
        strategy = chosen.part(priors[0], len(priors), market.capacities[0], market.tasks, reach, limit)
        return proposed(strategy, market, chosen, complete=False)
    return _different(market, PriceCollocation() if solver is None else solver, limit)


def _different(market: Market, solver: PriceCollocation, limit: float | None) -> Proposal:
    """Inverse bids of those who may set the price; truth for all others."""
    procurement = market.as_procurement()
    assert market.capacities is not None
    sizes = dict(zip(market.labels, market.capacities, strict=True))
    priors = {
        label: prior
        for label, prior in zip(procurement.labels, procurement.priors, strict=True)
        if limit is None or prior.support[0] < limit
    }
    for label, law in priors.items():
        for left, right in law.gaps:
            raise Refused(
                f"the costs of {label!r} have no mass between {left:.6g} and {right:.6g}: bids jump there, which this solver "
                "does not search. Fill the gap."
            )
    setting = {label: law for label, law in priors.items() if _may_set(label, list(priors), sizes, market.tasks)}
    truthful = {label: law for label, law in priors.items() if label not in setting}
    top = _highest_bid(priors, setting, sizes, market.tasks, limit)
    order = [*setting, *truthful]
    odds = AwardOdds.at_one_price(market.tasks, tuple(sizes[label] for label in order))
    curves: dict[str, InverseCurve] = {}
    if setting:
        last = _last_part(setting, truthful, sizes, market.tasks, top)
        curves = solver.strategies(setting, list(truthful.values()), odds, last)
        if last < top:
            curves = {label: _with_truth(curve, top) for label, curve in curves.items()}
    strategies: dict[str, Strategy] = {label: Truthful() for label in market.labels}
    return Proposal(
        strategies=mirrored(strategies | dict(curves), market),
        stated={"inverse_bids": _stated(curves, truthful, top)},
        solver=repr(solver if setting else Dominance()),
        complete=not setting,
        content=CONTENT,
        notes=("Other equilibria were not searched for.",) if setting else (),
    )


def _may_set(label: str, labels: list[str], sizes: Mapping[str, int], tasks: int) -> bool:
    """Whether some rivals leave a prover a part of what it can make, and its own bid is then the price."""
    sums = {0}
    for other in labels:
        if other != label:
            sums |= {found + sizes[other] for found in sums if found + sizes[other] < tasks}
    return max(sums) > tasks - sizes[label]


def _highest_bid(
    priors: Mapping[str, Distribution], setting: Mapping[str, Distribution], sizes: Mapping[str, int], tasks: int,
    limit: float | None,
) -> float:
    """The highest bid that may win, where the theory that is used here says it.

    Raises:
        Refused: it does not say, or there is no equilibrium.
    """
    if len(priors) == 1 and setting:
        raise Refused(f"{next(iter(setting))!r} alone bids below the reserve: nobody competes with it.")
    ends = [law.support[1] for law in (setting or priors).values()]
    if limit is not None and limit < min(ends):
        return limit
    top = min(ends) if len(setting) > 1 else max(law.support[1] for law in priors.values())
    sure = [label for label, law in priors.items() if law.support[1] <= top]
    places = sum(sizes[label] for label in sure)
    wins = [label for label in setting if places - (sizes[label] if label in sure else 0) < tasks]
    if limit is not None and len(setting) < 2 and (wins or places <= tasks or limit < top):
        return limit
    if wins:
        raise Refused(
            f"{wins[0]!r} is awarded a part even behind all whose costs surely end at {top:.6g}, and sets the price: how bids "
            "end is not searched here. Let more supports end there, or set a lower reserve."
        )
    if places <= tasks:
        raise Refused(
            f"the price may be above {top:.6g}, where the first support ends: how bids end is not searched here. Let more "
            "supports end there, or set a lower reserve."
        )
    return top


def _last_part(
    setting: Mapping[str, Distribution], truthful: Mapping[str, Distribution], sizes: Mapping[str, int], tasks: int, top: float
) -> float:
    """The bid above which so many costs of the truthful surely are below that nobody is left a part: all then bid their costs."""
    if len(setting) < 2:
        return top
    for end in sorted({law.support[1] for law in truthful.values() if law.support[1] < top}):
        below = [label for label, law in truthful.items() if law.support[1] <= end]
        left = tasks - sum(sizes[label] for label in below)
        others = [label for label in (*setting, *truthful) if label not in below]
        if left <= 0 or not any(_may_set(label, others, sizes, left) for label in setting):
            return end
    return top


def _with_truth(curve: InverseCurve, top: float) -> InverseCurve:
    """A strategy that ends in the truth, up to the highest bid."""
    return replace(
        curve, reach=top, bids=np.append(curve.bids, top), anchors=np.append(curve.anchors, curve.bids[-1]),
        powers=np.append(curve.powers, 1), costs=np.append(curve.costs, top),
        bends=np.vstack([curve.bends, np.zeros_like(curve.bends[:1])]),
    )  # fmt: skip


def _stated(curves: Mapping[str, InverseCurve], truthful: Mapping[str, Distribution], top: float) -> dict[str, object]:
    """What the certificate holds: pieces from the lowest bid of all, and costs of those who set the price."""
    knots = {top, *(knot for law in truthful.values() for knot in law.knots if knot < top)}
    if not curves:
        points = sorted(knots)
        return {"ends": points, "maps": [[point, 1] for point in points[:-1]], "costs": {}}
    stated = stated_curves(curves)
    ends, maps, costs = stated["ends"], stated["maps"], stated["costs"]
    assert isinstance(ends, list) and isinstance(maps, list) and isinstance(costs, dict)
    before = sorted(knot for knot in knots if knot < ends[0])
    for row in costs.values():
        row["entry"] += len(before)
    return {"ends": before + ends, "maps": [[end, 1] for end in before] + maps, "costs": costs}
