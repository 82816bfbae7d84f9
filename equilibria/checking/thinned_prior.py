"""The prior of a prover that may not be there: its law, times the probability that it is."""

from __future__ import annotations

from flint import arb, arb_series

from equilibria.checking.priors import Prior


class ThinnedPrior(Prior):
    """`cdf` is the chance to be there with no higher cost, `survival` the chance to be away or to have a higher cost."""

    def __init__(self, of: Prior, presence: float) -> None:
        self.of, self.presence, self.knots = of, arb(presence), of.knots

    def below(self, x: arb) -> arb:
        return self.presence * self.of.below(x)

    def above(self, x: arb) -> arb:
        return 1 - self.presence + self.presence * self.of.above(x)

    def cdf(self, x: arb | float) -> arb:
        return self.presence * self.of.cdf(x)

    def survival(self, x: arb | float) -> arb:
        return 1 - self.presence + self.presence * self.of.survival(x)

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        return self.of.density_on_piece(x, inside) * self.presence

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        return self.of.bound_on_piece(centre, distance, inside) * self.presence

    def gaps(self) -> list[tuple[float, float]]:
        return self.of.gaps()
