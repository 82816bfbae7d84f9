"""The general case: strategies found on a grid, as monotone step functions.

Pay as bid is certified (`equilibria.checking.step_strategies`). For any other rule, which may be a user's own function, what is
said of the strategies is an estimate, and is called one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from equilibria.bid_game import BidGame, PayAsBid, Rule, Side, Tabulated, Vector
from equilibria.deviations import estimates
from equilibria.games import Progress, Proposal
from equilibria.grid_solver import GridSolver
from equilibria.indifference_newton import IndifferenceNewton, interpolated
from equilibria.step_bids import StepBids
from equilibria.strategies import Mirrored, Strategy
from mechanisms import CustomRule, FirstPrice, InvalidInput, Market, Mechanism, RankedMechanism, Refused

__all__ = ["propose"]

COARSE = 32
"""Bids of the first pass, which finds the range of bids that are made."""

PROFILES = 1 << 22
"""Profiles of a grid at most, for rules that are tabulated."""

ACCEPTED = 0.02
"""Relative loss in the discretised game up to which strategies are proposed without reservation."""

CONVERGED = 1e-3
"""Error of the indifferences, as a share of a step of the grid, with which no other start is tried."""

SHIFTS = (2.0, 2.37, 1.61)
"""Steps of the coarser grid by which a finer one begins below the lowest bid; where one is unlucky, another may not be."""

GRID_SOLVERS = "DualAveraging(), SmoothedBestResponse() or FictitiousPlay()"


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Step strategies of any rule with a vectorised outcome.

    Raises:
        Refused: several tasks, or more agents than a table of the rule allows.
        InvalidInput: the solver is not one of a grid.
    """
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    if solver is None:
        from equilibria.dual_averaging import DualAveraging

        solver = DualAveraging()
    if not isinstance(solver, GridSolver | IndifferenceNewton):
        raise InvalidInput(f"solver must be {GRID_SOLVERS} for {type(mechanism).__name__}; got {type(solver).__name__}.")
    if not isinstance(mechanism, RankedMechanism | CustomRule):
        raise Refused(f"{type(mechanism).__name__} has no vectorised outcome, which solvers on a grid need.")
    frame = _Frame(mechanism, market)
    share: Callable[[float], None] | None = None if progress is None else lambda part: progress("solving", part)
    if isinstance(solver, GridSolver):
        game, laws, steps, found, loss = _searched(frame, solver, share)
    elif frame.pays_bid:
        game, laws, steps, found, loss = _refined(frame, solver, share)
    else:
        raise InvalidInput(f"IndifferenceNewton is for FirstPrice; for {type(mechanism).__name__} pass {GRID_SOLVERS}.")
    failure = None
    if loss > ACCEPTED:
        failure = (
            f"the search stopped with a loss of {loss:.2g} of the surplus on its grid ({found}): bids may cycle, or there may be "
            "no equilibrium in monotone pure strategies. Try another solver, or more iterations."
        )
    labels = [label for label, prior in zip(market.labels, frame.priors, strict=True) if frame.plays(prior.support[0])]
    active: dict[str, Strategy] = dict(zip(labels, steps, strict=True))
    strategies = {label: active.get(label, _silent(frame, label)) for label in market.labels}
    if market.sign < 0:
        strategies = {label: Mirrored(strategy) for label, strategy in strategies.items()}
    named = zip(labels, steps, strict=True)
    stated = {"steps": {label: {"costs": step.costs.tolist(), "bids": step.bids.tolist()} for label, step in named}}
    return Proposal(
        strategies=strategies,
        stated=stated,
        solver=f"{solver!r}, {found}",
        complete=False,
        failure=failure,
        notes=("one equilibrium was searched for; the rule may have others",),
        estimates=None if frame.pays_bid else estimates(game, laws, steps, frame.rule, frame.low, frame.high, market.sign),
    )


Found = tuple[BidGame, Sequence[Vector], list[StepBids], str, float]
"""The game, bid laws, strategies, how far the search came, and the relative loss on the grid."""


def _searched(frame: _Frame, solver: GridSolver, progress: Callable[[float], None] | None) -> Found:
    """Two passes of a solver: a coarse one finds the range of bids."""
    coarse = min(COARSE, solver.points)
    game = frame.game(frame.low, frame.high, coarse)
    played = solver.play(game, game.uniform())
    low, high = _used([Side.of(game, i) for i in range(len(game.bids))], played.laws)
    step = (frame.high - frame.low) / coarse
    top = frame.high if frame.pays_bid else min(high + 1.5 * step, frame.high)
    game = frame.game(max(low - 1.5 * step, frame.low), top, solver.points)
    played = solver.play(game, game.uniform(), progress)
    sides = [Side.of(game, i) for i in range(len(game.bids))]
    steps = [side.steps(law, *side.interim(played.laws)) for side, law in zip(sides, played.laws, strict=True)]
    return game, played.laws, steps, f"{played.iterations} steps to a loss of {played.loss:.2g} on the grid", played.loss


def _refined(frame: _Frame, solver: IndifferenceNewton, progress: Callable[[float], None] | None) -> Found:
    """A search on a coarse grid, and Newton's method on finer and finer ones."""
    from equilibria.dual_averaging import DualAveraging

    game, laws, steps, found, loss = _searched(frame, DualAveraging(iterations=600), progress)
    if len(game.bids) < 2:
        return game, laws, steps, found, loss
    lowest = np.array([prior.support[0] for prior in game.priors])[:, None]
    cuts = np.array([_cuts(step, own) for step, own in zip(steps, game.bids, strict=True)])
    starts, points, error = [cuts, solver.refine(game, cuts)[0]], game.cells, np.inf
    while points < solver.points:
        points = min(4 * points, solver.points)
        error, coarse, best = np.inf, game, cuts
        for start, shift in product(starts, SHIFTS):
            step = coarse.bids[0][1] - coarse.bids[0][0]
            made = min(float(own[int(np.argmax(row))]) for own, row in zip(coarse.bids, start > lowest, strict=True))
            finer = frame.game(max(made - shift * step, frame.low), frame.high, points)
            found_cuts, found_error = solver.refine(finer, interpolated(coarse, start, finer))
            if found_error < error:
                game, best, error = finer, found_cuts, found_error
            if error <= CONVERGED * (frame.high - frame.low) / points:
                break
        cuts, starts = best, [best]
        if progress is not None:
            progress(points / solver.points)
    steps = [
        StepBids.of_cuts(prior.support[0], reach, row, own)
        for prior, reach, row, own in zip(game.priors, game.reach, cuts, game.bids, strict=True)
    ]
    even = error <= (frame.high - frame.low) / points  # what the coarse search lacked no longer matters
    return game, laws, steps, f"indifferent within {error:.2g}", 0.0 if even else loss


def _cuts(step: StepBids, bids: Vector) -> Vector:
    """The cuts of a step strategy on its whole grid."""
    return step.inverse(bids[:-1])


def _silent(frame: _Frame, label: str) -> StepBids:
    """A prover that cannot win under the reserve bids its cost: it has no step."""
    low, high = frame.market.as_procurement().prior(label).support
    return StepBids(np.array([low, low]), np.array([high]))


class _Frame:
    """What stays the same between grids, in the orientation of a procurement."""

    def __init__(self, mechanism: RankedMechanism | CustomRule, market: Market) -> None:
        self.mechanism, self.market = mechanism, market
        self.priors = market.as_procurement().priors
        self.pays_bid = isinstance(mechanism, FirstPrice)
        self.reserve = None
        if isinstance(mechanism, FirstPrice) and mechanism.reserve is not None:
            self.reserve = market.sign * float(mechanism.reserve)
        ends = [prior.support for prior in self.priors]
        self.low, self.high = min(low for low, _ in ends), max(high for _, high in ends)
        if isinstance(mechanism, FirstPrice):
            if self.reserve is not None:
                self.high = self.reserve
            elif len(ends) < 2:
                raise Refused("one prover without a reserve has no equilibrium: it could ask for anything. Set a reserve.")
            if not self.low < self.high:
                raise Refused("no prover has a cost below the reserve, so nobody bids. Raise the reserve.")
        elif isinstance(mechanism, CustomRule) and mechanism.bids is not None:
            self.low, self.high = sorted(market.sign * bid for bid in mechanism.bids)

    def plays(self, lowest: float) -> bool:
        """Whether a prover with this lowest cost can win."""
        return self.reserve is None or lowest < self.reserve

    def rule(self, bids: Sequence[Vector]) -> Rule:
        """The rule on a grid."""
        if self.pays_bid:
            return PayAsBid()
        shape = tuple(len(own) for own in bids)
        if np.prod([float(size) for size in shape]) > PROFILES:
            raise Refused(
                f"{len(bids)} agents with {shape[0]} bids each have more than {PROFILES} profiles, too many to tabulate. "
                "Take fewer points."
            )
        profiles = np.stack(np.meshgrid(*bids, indexing="ij"), axis=-1).reshape(-1, len(bids))
        outcome = self.mechanism.batch(self.market, self.market.sign * profiles)
        shares, payments = outcome.allocation(), self.market.sign * outcome.payments()
        return Tabulated(*(tuple(table[:, i].reshape(shape) for i in range(len(bids))) for table in (shares, payments)))

    def game(self, low: float, high: float, points: int) -> BidGame:
        """The game on staggered grids of this range."""
        players = [prior for prior in self.priors if self.plays(prior.support[0])]
        step = (high - low) / points
        bids: list[Vector] = []
        for i in range(len(players)):
            own = np.asarray(low + step * (np.arange(points) + (i + 1.0) / len(players)), dtype=np.float64)
            own[-1] = high
            bids.append(own)
        if not self.pays_bid:
            for i, own in enumerate(bids):  # no shared bid at all: the rule's ties are not ours to guess
                own[-1] = high - 1e-9 * (i + 1) * step
                own[0] = low + 1e-9 * (i + 1) * step
        reach = [prior.support[1] if self.reserve is None else min(prior.support[1], self.reserve) for prior in players]
        return BidGame(
            priors=tuple(players), reach=tuple(reach), bids=tuple(bids), rule=self.rule(bids), cells=points,
            individually_rational=self.pays_bid,
        )  # fmt: skip


def _used(sides: Sequence[Side], laws: Sequence[Vector]) -> tuple[float, float]:
    """The range of the bids that are best for some type."""
    ends = [(side.game.bids[side.agent], *side.ends(*side.interim(laws))) for side in sides]
    return float(min(bids[first] for bids, first, _ in ends)), float(max(bids[last] for bids, _, last in ends))
