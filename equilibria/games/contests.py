"""Contests won by lot: efforts that `ContestCollocation` finds, held as polynomials in the logarithm of the cost."""

from __future__ import annotations

from itertools import pairwise

from equilibria.effort_curve import EffortCurve, EffortPieces, NoEffort
from equilibria.games import Progress, Proposal
from equilibria.strategies import Strategy
from mechanisms import Contest, Distribution, EffortContest, InvalidInput, Market, Mechanism, Refused

__all__ = ["propose"]

UNPROVED = "No theorem says that this equilibrium is the only one; contestants of equal laws play alike in it."
"""Said of exponents above 1 and of rebates."""

FADED = "Costs so high that their efforts would be next to nothing make none here; epsilon counts what that costs them."
"""Said where efforts fall by orders of magnitude."""


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Efforts of a `Tullock` contest or a `WeibullRace`.

    Raises:
        Refused: not a contest, one contestant, or a rebate that repays an effort.
        InvalidInput: the solver is not one for this game.
    """
    from equilibria._contest_grids import coefficients
    from equilibria.contest_collocation import ContestCollocation
    from equilibria.fading_efforts import fading_efforts

    assert isinstance(mechanism, EffortContest)
    name = type(mechanism).__name__
    if not isinstance(market, Contest):
        raise Refused(f"{name} needs a Contest, whose costs are per unit of effort. Use Contest(prize=, costs=).")
    if len(market.labels) < 2:
        raise Refused("a contest with one contestant has no equilibrium: any effort wins, a smaller one as well. Add a rival.")
    exponent, rebate = float(mechanism.exponent), float(mechanism.refund)
    for label, law in zip(market.labels, market.priors, strict=True):
        if rebate >= law.support[0]:
            raise Refused(
                f"rebate must be below every cost; got {rebate!r} and a cost of {law.support[0]!r} for {label!r}. Efforts that "
                "are repaid have no limit: use a smaller rebate."
            )
    chosen = ContestCollocation() if solver is None else solver
    if not isinstance(chosen, ContestCollocation):
        raise InvalidInput(f"solver must be a ContestCollocation for {name}; got {type(solver).__name__}. Pass solver=None.")
    if progress is not None:
        progress("solving", 0.0)
    groups: dict[Distribution, list[str]] = {}
    for label, law in zip(market.labels, market.priors, strict=True):
        groups.setdefault(law, []).append(label)
    found = chosen.efforts([(law, len(labels)) for law, labels in groups.items()], float(market.prize), exponent, rebate)
    curves: list[dict[str, object]] = []
    strategies: dict[str, Strategy] = {}
    names = list(groups.values())
    faded = None
    if exponent <= 1.0 and rebate == 0.0 and (found.failure is not None or found.state.steep):
        faded = fading_efforts([(law, len(labels)) for law, labels in groups.items()], float(market.prize), exponent)
    if faded is not None:
        for group, ends, sums in zip(names, faded.ends, faded.logarithms, strict=True):
            curves.append({"labels": group, "reach": ends[-1], "knots": ends[1:-1], "logarithms": sums})
            parts = [EffortCurve(*pair, tuple(each), True) for pair, each in zip(pairwise(ends), sums, strict=True)]
            strategies |= dict.fromkeys(group, EffortPieces(tuple(parts)))
    else:
        for k, grid, efforts in zip(found.state.which, found.state.grids, found.state.efforts, strict=True):
            numbers = [float(a) for a in coefficients(efforts)]
            curves.append({"labels": names[k], "reach": grid.reach, "coefficients": numbers})
            strategies |= dict.fromkeys(names[k], EffortCurve(grid.prior.support[0], grid.reach, tuple(numbers)))
    idle = [label for label in market.labels if label not in strategies]
    unique = exponent <= 1.0 and rebate == 0.0
    return Proposal(
        strategies={label: strategies.get(label, NoEffort()) for label in market.labels},
        stated={"curves": curves, "idle": idle} if idle else {"curves": curves},
        solver=repr(chosen),
        complete=unique,
        failure=None if faded is not None else found.failure,
        notes=(UNPROVED,) if not unique else (FADED,) if faded is not None and exponent == 1.0 else (),
    )
