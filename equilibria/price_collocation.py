r"""A uniform price for several tasks among provers that can make several and differ: collocation of inverse bids.

With $X_i(b)$ the expected award of a bid and $R_i(b)$ the part of it that is awarded to a prover that has lost the rest,
whose own bid is then the price, an equilibrium satisfies $R_i+(b-\varphi_i)X_i'=0$ for every prover $i$ that may set the
price; all others bid their costs. One alone that may set it faces known bids, and its inverse bid is in closed form. Several
are followed from a first price among them (`_price_paths`), and then solved on cells that shrink towards the lowest bid,
where markups vanish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from equilibria._award_cells import refined, stated_as
from equilibria._award_odds import AwardOdds
from equilibria._lone_setter import lone_curve
from equilibria._price_paths import PricePath
from equilibria.blas_threads import with_one_blas_thread
from equilibria.inverse_curves import InverseCurve
from mechanisms.distributions import Distribution
from mechanisms.errors import InvalidInput

__all__ = ["PriceCollocation"]

@dataclass(frozen=True, slots=True)
class PriceCollocation:
    """Collocation with piecewise Chebyshev polynomials, continued from a first price.

    Arguments:
        degree: of the polynomials.
        cells: the most cells.
        tolerance: the gain from residuals, as a share of the bid range, at which no cell is cut further.

    Raises:
        InvalidInput: a number is out of its range.

    Notes:
        Three provers take about a second, five two to five. It fails where several that set the price bid over a gap. The
        strategies are those that the path leads to: where there are more, others are not searched for.

    Example:
        >>> from equilibria import PriceCollocation, solve
        >>> from mechanisms import Procurement, Uniform, UniformPrice
        >>> market = Procurement({name: Uniform(0, 1) for name in "abc"}, tasks=2, capacities={"a": 2})
        >>> equilibrium = solve(UniformPrice(), market, PriceCollocation())
        >>> print(equilibrium.strategy("a")([0.25, 0.64]).round(9), round(equilibrium.expected_payment.midpoint, 9))
        [0.5 0.8] 1.4
    """

    degree: int = 12
    cells: int = 60
    tolerance: float = 1e-11

    def __post_init__(self) -> None:
        if not (4 <= self.degree <= 40 and self.cells >= 4 and self.tolerance > 0.0):
            raise InvalidInput(f"degree must lie in [4, 40], cells be at least 4, tolerance be positive; got {self!r}.")

    @with_one_blas_thread
    def strategies(
        self, setting: Mapping[str, Distribution], truthful: Sequence[Distribution], odds: AwardOdds, top: float
    ) -> dict[str, InverseCurve]:
        """Equilibrium strategies of those who may set the price, in the orientation of a procurement.

        Args:
            setting: their cost distributions by label.
            truthful: those of all others who bid.
            odds: of the first and then of the others.
            top: the highest bid that may win.

        Raises:
            SolverFailure: nothing was found, and where the search stopped.
        """
        laws = list(setting.values())
        if len(laws) == 1:
            return {label: lone_curve(law, truthful, odds, top, self) for label, law in setting.items()}
        path = PricePath(self.degree, laws, truthful, odds, top)
        problem, x = refined(*path.whole(), self.cells, self.tolerance)
        return dict(zip(setting, stated_as(problem, x), strict=True))
