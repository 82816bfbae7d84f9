"""From ball arithmetic (Arb, through python-flint) to doubles that enclose, rounded outward."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from mechanisms.enclosure import Enclosure, round_down, round_up
from mechanisms.errors import SolverFailure

if TYPE_CHECKING:
    from flint import arb

# Bits of the ball computation, doubled until the ball is tight; 60 good bits make the doubles neighbours.
PRECISIONS = (128, 256, 512, 1024, 4096, 16384)
GOOD_BITS = 60
# Values below 2^-1074 are below every positive double, so that an absolute error suffices there.
LEAST = Fraction(1, 2**1080)


def enclose(function: Callable[[], arb]) -> Enclosure:
    """Evaluates `function` in balls at rising precision until its value is known to the last bit of a double.

    Raises:
        SolverFailure: the ball stays wide at the greatest precision.
    """
    from flint import ctx

    for precision in PRECISIONS:
        with ctx.workprec(precision):
            ball = function()
            if not ball.is_finite():
                continue
            lower, upper = exact(ball.lower()), exact(ball.upper())
            if ball.rel_accuracy_bits() >= GOOD_BITS or upper - lower <= LEAST:
                return Enclosure(round_down(lower), round_up(upper))
    raise SolverFailure(
        f"a cdf value was not enclosed with {PRECISIONS[-1]} bits; the parameters are too extreme."
    )


def exact(number: arb) -> Fraction:
    """The rational value of a ball of radius zero."""
    mantissa, exponent = (int(part) for part in number.man_exp())
    # An exponent beyond the doubles is cut to the least positive double's neighbourhood by the rounding.
    if exponent < -20000 and mantissa.bit_length() + exponent < -2000:
        return Fraction(0) if mantissa == 0 else Fraction(1 if mantissa > 0 else -1, 2**1090)
    return Fraction(mantissa) * Fraction(2) ** exponent
