r"""Integrals of analytic functions over an interval: Taylor terms at its middle, and Cauchy's estimate of what they leave.

A function with $|f|\le M$ on the disc of radius $R\rho$ around the middle of an interval of radius $\rho$ has coefficients
$|f_m|\rho^m\le MR^{-m}$. The integral of what its first $K$ terms leave is at most $\frac{2\rho}{K+1}MR^{-K}\frac{R}{R-1}$.
Bounds $M$ of sums and products follow from those of their parts, of a polynomial from the moduli of its coefficients, of a
density from its law. No derivative of high order is evaluated on a wide ball, which would overestimate it without
measure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flint import arb, arb_poly, arb_series

from equilibria.checking.disc_tails import around_zero, moduli
from equilibria.checking.priors import Prior

RATIOS = (8.0, 5.0, 3.0, 2.0)
"""Radii of discs, as multiples of that of the interval, that are tried in turn."""


def left_over(
    bounds: Callable[[arb], tuple[list[arb], list[arb]]], radius: arb, order: int, enough: arb
) -> tuple[list[arb], list[arb], arb]:
    """What the integrals of the absolute values of all terms from `order` on are at most.

    Args:
        bounds: of the functions that matter and of others, for complex parameters up to a radius.
        radius: of the interval.
        order: of the first term that is left.
        enough: for the functions that matter: as soon as they leave no more, no other disc is tried.

    Returns:
        one entry a function, and the largest one that matters, from the disc that makes that smallest; infinite if none does.
    """
    best: tuple[list[arb], list[arb], arb] = [], [], arb("inf")
    for ratio in RATIOS:
        try:
            found = bounds(ratio * radius)
        except (ValueError, ZeroDivisionError):  # a density may be singular on the disc
            continue
        share = 2 * radius / ((order + 1) * arb(ratio) ** (order - 1) * (ratio - 1.0))
        main, others = ([arb((share * bound).upper()) for bound in part] for part in found)
        worst = largest(main)
        if worst < best[2]:
            best = main, others, worst
            if worst <= enough:
                break
    return best


def largest(values: Sequence[arb]) -> arb:
    """The largest of several exact numbers, which are at least zero."""
    most = arb(0)
    for value in values:
        most = most.max(value)
    return most


def integral(series: arb_series, radius: arb, order: int, rest: arb) -> arb:
    """The integral over the interval, of which the terms from `order` on add at most `rest`."""
    total, power, square = arb(0), 2 * radius, radius * radius
    for k in range(0, order, 2):
        total += series[k] * power / (k + 1)
        power = power * square
    return total + around_zero(rest)


class Middle:
    """Bids and costs around the middle of a part of a piece, as polynomials and by their moduli.

    Arguments:
        bid: the bid as a polynomial in the parameter, counted from the middle.
        costs: the cost of every prover that may move on the part; a constant of one that does not.
        laws: its prior, and a cost inside the piece of it that the part runs through; None for one that does not move.
    """

    def __init__(self, bid: arb_poly, costs: Sequence[arb_poly], laws: Sequence[tuple[Prior, float] | None]) -> None:
        self.bid, self.costs, self.laws = bid, costs, laws
        self._bid, self._sizes = moduli(bid), [moduli(cost) for cost in costs]
        self._gaps = [moduli(bid - cost) for cost in costs]

    def moving(self, radius: arb) -> tuple[arb, arb, list[arb], list[arb], list[arb]]:
        """Bounds on a disc: of the bid and its slope, of gaps from cost to bid, of costs, and of the density times the slope of
        each cost.

        Raises:
            ValueError: a density may not be analytic there.
        """
        masses = []
        for cost, law, size in zip(self.costs, self.laws, self._sizes, strict=True):
            if law is None:
                masses.append(arb(0))
                continue
            prior, inside = law
            bound = prior.bound_on_piece(cost[0], size(radius) - size[0], inside)
            masses.append(bound * size.derivative()(radius))
        gaps, sizes = [gap(radius) for gap in self._gaps], [size(radius) for size in self._sizes]
        return self._bid(radius), self._bid.derivative()(radius), gaps, sizes, masses

    def series(self) -> tuple[arb_series, list[arb_series], list[arb_series]]:
        """The bid, the costs, and the density times the slope of each cost."""
        costs, masses = [arb_series(cost) for cost in self.costs], []
        for cost, law in zip(costs, self.laws, strict=True):
            masses.append(arb_series([arb(0)]) if law is None else law[0].density_on_piece(cost, law[1]) * cost.derivative())
        return arb_series(self.bid), costs, masses


def piece_between(prior: Prior, low: arb, high: arb) -> float:
    """A cost well inside the piece of a prior that holds all costs from `low` to `high`.

    Raises:
        ValueError: they may pass a knot.
    """
    left, right = prior.piece(float(((low + high) / 2).mid()))
    if not (low >= left and high <= right):  # for certain
        raise ValueError("the costs may pass a knot")
    return left + 0.5 * (right - left)
