r"""Pay as bid where several bids win, provers that differ: collocation of inverse bids, by continuation from equal provers.

With $X_i(b)$ the expected award of a bid (`_award_odds`) and $\varphi_i(b)$ the cost that makes it, an equilibrium satisfies
$X_i+(b-\varphi_i)X_i'=0$ for every prover $i$, from the unknown lowest bid, where costs are lowest, to the known highest one.
Near the lowest bid at least $q$ rivals must bid below to cost anybody an award, so that $\varphi_i$ is smooth in the $q$-th root
of the distance, along which the first cells run. Newton's method starts at the equilibrium of equal provers with the mean of the
priors, in closed form, and follows the priors to the true ones. Where supports begin apart, priors keep a little mass below them
on the way, which shows at what bids late provers enter; these bids are then unknowns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from equilibria._award_cells import refined, stated_as
from equilibria._award_collocation import AwardEquations
from equilibria._award_laws import Prior, Thinned
from equilibria._award_moves import breaks_of, moved, same_levels
from equilibria._award_odds import AwardOdds
from equilibria._award_paths import LATE, continued, entered, padded, segmented, three_cells
from equilibria._bid_cells import Array
from equilibria.blas_threads import with_one_blas_thread
from equilibria.inverse_curves import InverseCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import SolverFailure

__all__ = ["AwardCollocation"]

WORST = 1e-6
"""The gain from residuals, as a share of the bid range, above which the solution is not used."""

GOOD = 1e-9
"""The gain from residuals at which no other cells are tried."""

MOST_POWER = 12
"""The highest power of a map of bids."""

@dataclass(frozen=True, slots=True)
class AwardCollocation:
    """Collocation with piecewise Chebyshev polynomials, continued from equal provers.

    Arguments:
        degree: of the polynomials.
        cells: the most cells.
        tolerance: the gain from residuals, as a share of the bid range, at which no cell is cut further.
    """

    degree: int = 12
    cells: int = 40
    tolerance: float = 1e-11

    @with_one_blas_thread
    def strategies(
        self, priors: Mapping[str, Distribution], odds: AwardOdds, top: float, presence: Sequence[float] | None = None,
        secret: Distribution | None = None,
    ) -> dict[str, InverseCurve]:
        """Equilibrium strategies in the orientation of a procurement.

        Args:
            priors: cost distributions by label, whose supports end together or above `top`.
            odds: what bids are awarded.
            top: the highest bid.
            presence: the probability that each prover is there; None where all are.
            secret: the law of a reserve that nobody knows, or None.

        Raises:
            SolverFailure: the continuation or Newton's method did not converge.
        """
        laws: list[Prior] = list(priors.values())
        if presence is not None:
            laws = [Thinned(law, chance) for law, chance in zip(priors.values(), presence, strict=True)]
        hidden = () if secret is None else (secret,)
        best, reason = None, None
        for power, degree in ((odds.order(), self.degree), (odds.order(), self.degree + 4), (3 * odds.order(), self.degree)):
            try:
                problem, x = replace(self, degree=degree)._solved(laws, odds, top, min(power, MOST_POWER), hidden)
            except SolverFailure as failure:
                if reason is not None:
                    break
                reason = failure
                continue
            error = float(problem.errors(x).max(axis=1).sum()) / -float(x[problem.starts[0]])
            if best is None or error < best[0]:
                best = error, problem, x
            if error <= GOOD:
                break
        if best is None:
            raise reason or SolverFailure("nothing was found.")
        if not best[0] <= WORST:
            raise SolverFailure(
                f"collocation leaves residuals of {best[0]:.1e} of the bid range. Use more cells, smoother or more alike priors."
            )
        return dict(zip(priors, stated_as(best[1], best[2]), strict=True))

    def _solved(
        self, laws: Sequence[Prior], odds: AwardOdds, top: float, power: int, hidden: Sequence[Prior]
    ) -> tuple[AwardEquations, Array]:
        """Solve on a few cells, then where costs pass knots and late provers enter, then on finer cells."""
        reserved = top < min(law.support[1] for law in laws)
        cells = three_cells(power, reserved)
        if len({law.support[0] for law in laws}) == 1:
            attempts: tuple[float, ...] = (1.0,)
            try:
                problem, x = continued(self.degree, laws, odds, top, cells, hidden)
            except SolverFailure:
                if hidden or len(set(odds.orders())) == 1:
                    raise
                problem, x = entered(self.degree, laws, odds, top, cells)
                finer = AwardEquations(laws, [(1.0, odds)], top, problem.cells, problem.breaks, self.degree)
                found = finer.solve(x, 1e-6)
                if found is not None and not any(law.knots[1:-1] for law in laws):
                    return refined(finer, found, self.cells, self.tolerance)
                attempts = LATE
        else:
            problem, x = padded(self.degree, laws, odds, top, power, hidden)
            attempts = LATE
        final = [(1.0, odds.with_reserve() if hidden else odds)]
        for late in attempts:
            breaks, starts = breaks_of(problem, x, laws, hidden, late)
            if breaks:
                cells = segmented(len(breaks), power, reserved)
            finer = AwardEquations(laws, final, top, cells, breaks, self.degree, hidden)
            rough = moved(problem, x, finer, starts, powers=False)
            if len(attempts) > 1:
                rough = same_levels(problem, x, finer, rough, laws)
            found = finer.solve(rough, 1e-6)
            if found is not None:
                return refined(finer, found, self.cells, self.tolerance)
        raise SolverFailure(
            "the equations were not solved where costs pass knots of their priors or late provers enter. Use smoother priors, or "
            "supports that begin together."
        )
