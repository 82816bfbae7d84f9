"""Package sales: under core-selecting payments the buyer of the package is truthful and the other two shade; under first price
all three do."""

from __future__ import annotations

from functools import partial

from equilibria.games import Progress, Proposal
from equilibria.strategies import Strategy, Truthful
from mechanisms import CoreSelecting, InvalidInput, Market, Mechanism, PackageFirstPrice, PackageSale, Refused, Uniform

__all__ = ["propose"]

CONTENT = 1e-3
"""The largest certified loss, as a share of the surplus, of first-price strategies that count as converged."""

AIM = 1e-4
"""The loss above which another grid is tried."""

GRIDS = ((120, 17), (300, 18), (90, 17), (400, 19))
"""Cells and bits of the grids that are tried one after the other: where a gap opens between bids, no grid is the best for all."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Strategies of `CoreSelecting` or `PackageFirstPrice`.

    Raises:
        Refused: no package sale, a package value that is not uniform from 0 to at least the sum of the others' highest values,
            values below 0, or strategies that jump.
        InvalidInput: the solver is not one for this game.
    """
    from equilibria.core_shading import CoreShading

    if not isinstance(market, PackageSale):
        raise Refused(f"{type(mechanism).__name__} needs a PackageSale, with singles and a package; got {type(market).__name__}.")
    if isinstance(mechanism, PackageFirstPrice):
        return _first_price(market, solver, progress)
    assert isinstance(mechanism, CoreSelecting)
    chosen = CoreShading() if solver is None else solver
    if not isinstance(chosen, CoreShading):
        raise InvalidInput(f"solver must be a CoreShading for CoreSelecting; got {type(solver).__name__}. Pass solver=None.")
    first, second, package = market.priors
    highest = first.support[1] + second.support[1]
    if not isinstance(package, Uniform) or package.support[0] != 0.0 or package.support[1] < highest:
        raise Refused(
            f"the value of {market.package!r} must be uniform from 0 to at least {highest!r}, the highest sum of the others' "
            f"values; got {package!r}. Then the chance to win is linear in a bid, which the bound uses. Widen the law."
        )
    for label, prior in zip(market.singles, (first, second), strict=True):
        if prior.support[0] < 0.0:
            raise Refused(f"the values of {label!r} must be at least 0, as bids are; got {prior!r}. Shift the law.")
        for left, right in prior.gaps:
            raise Refused(f"{label!r} has no value between {left!r} and {right!r}; strategies jump there. Fill the gap.")
    if progress is not None:
        progress("solving", 0.0)
    found = chosen.strategies((first, second), mechanism.payment)
    for strategy in found:
        for array in (strategy.bids, strategy.types, strategy.slopes, strategy.curvatures):
            array.setflags(write=False)
    singles = dict(zip(market.singles, found, strict=True))
    bids = max((strategy.bids for strategy in found), key=len)
    stated = {"bids": bids.tolist(), "strategies": {label: strategy.stated() for label, strategy in singles.items()}}
    strategies: dict[str, Strategy] = {**singles, market.package: Truthful()}
    return Proposal(
        strategies=strategies, stated=stated, solver=repr(chosen), complete=False,
        notes=(
            f"{market.package!r} bids its value, which is dominant; other equilibria, in which it does not, are not looked for",
        ),
    )  # fmt: skip


def _first_price(market: PackageSale, solver: object, progress: Progress | None) -> Proposal:
    """All three shade."""
    from equilibria.bid_law_newton import BidLawNewton
    from equilibria.bid_laws import BidLaw

    chosen, *others = [BidLawNewton(cells=cells, bits=bits) for cells, bits in GRIDS] if solver is None else [solver]
    if not isinstance(chosen, BidLawNewton):
        raise InvalidInput(f"solver must be a BidLawNewton for PackageFirstPrice; got {type(solver).__name__}. Pass solver=None.")
    for label, prior in zip(market.labels, market.priors, strict=True):
        if prior.support[0] < 0.0:
            raise Refused(f"the values of {label!r} must be at least 0, as bids are; got {prior!r}. Shift the law.")
        for left, right in prior.gaps:
            raise Refused(f"{label!r} has no value between {left!r} and {right!r}; the bound needs a density. Fill the gap.")
    found = chosen.laws(market.priors, None if progress is None else lambda share: progress("solving", share))
    strategies: dict[str, Strategy] = {}
    stated: dict[str, object] = {}
    for label, prior, law in zip(market.labels, market.priors, found.laws, strict=True):
        strategies[label] = BidLaw(prior=prior, bids=law.bids, levels=law.levels)
        stated[label] = law.stated()
    return Proposal(
        strategies=strategies, stated={"step": found.step, "bids": stated}, solver=repr(chosen), complete=False,
        failure=found.failure, content=CONTENT, aim=AIM, notes=("other equilibria are not looked for",),
        others=[partial(_first_price, market, other, progress) for other in others],
    )  # fmt: skip
