"""Cauchy's estimate of integrals: never off by more than is said, and only where a density is analytic."""

from __future__ import annotations

import pytest
from flint import arb, arb_series, ctx

from equilibria.checking.discs import integral, left_over, piece_between
from equilibria.checking.reading import read_prior
from equilibria.checking.taylor import ball_arithmetic
from mechanisms import PiecewiseLinear


@pytest.mark.parametrize("order", [4, 9, 16])
def test_the_rest_of_an_integral_is_no_larger_than_said(order: int) -> None:
    """1/(2 - x) around 0 is at most 1/(2 - R) on a disc that does not hold its pole."""

    def bounds(radius: arb) -> tuple[list[arb], list[arb]]:
        if not radius < 2:
            raise ValueError("singular")
        return [1 / (2 - radius)], []

    with ball_arithmetic():
        ctx.cap = order
        series = 1 / arb_series([arb(2), -1])
        (rest,), _, worst = left_over(bounds, arb(0.3), order, arb(0))
        found = integral(series, arb(0.3), order, rest)
        truth = (arb(2.3) / arb(1.7)).log()
        missed = float(abs(truth - found.mid()).mid())
        assert found.overlaps(truth)
        assert missed <= float(rest) <= 5.0**-order
        assert rest == worst


def test_where_no_disc_will_do_the_rest_is_infinite() -> None:
    def singular(radius: arb) -> tuple[list[arb], list[arb]]:
        raise ValueError("a density may be singular")

    with ball_arithmetic():
        _, _, worst = left_over(singular, arb(0.5), 10, arb(1e-14))
    assert not worst.is_finite()


def test_costs_that_may_pass_a_knot_are_in_no_piece() -> None:
    with ball_arithmetic():
        prior = read_prior(PiecewiseLinear([0.0, 0.5, 1.0], [0.0, 0.7, 1.0]).spec(), "law")
        assert 0.0 < piece_between(prior, arb(0.1), arb(0.5)) < 0.5
        with pytest.raises(ValueError, match="knot"):
            piece_between(prior, arb(0.4), arb(0.6))
