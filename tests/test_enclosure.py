"""Enclosures: order, membership, outward rounding, refusals."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms.enclosure import Enclosure, round_down, round_up
from mechanisms.errors import InvalidInput, MarketError

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, FINITE)
def test_midpoint_lies_inside_and_width_covers(x: float, y: float) -> None:
    enclosure = Enclosure(min(x, y), max(x, y))
    assert enclosure.midpoint in enclosure
    assert x in enclosure and y in enclosure
    if math.isfinite(enclosure.width):
        assert Fraction(enclosure.width) >= abs(Fraction(x) - Fraction(y))
    mirrored = -enclosure
    assert -mirrored == enclosure and -x in mirrored


@given(st.fractions(min_value=-100, max_value=100))
def test_rounding_is_outward_and_tight(x: Fraction) -> None:
    down, up = round_down(x), round_up(x)
    assert Fraction(down) <= x <= Fraction(up)
    assert up == down or up == math.nextafter(down, math.inf)
    assert x in Enclosure.around(x, x)


def test_membership_is_exact() -> None:
    third = 1 / 3
    assert Fraction(1, 3) not in Enclosure(third, third)
    assert Fraction(1, 3) in Enclosure(third, math.nextafter(third, 1))
    assert 0.5 not in Enclosure(0.0, 0.25)


def test_ends_unpack_and_print() -> None:
    lower, upper = Enclosure(0, 1)
    assert (lower, upper) == (0.0, 1.0)
    assert str(Enclosure(0.1, 0.25)) == "[0.1, 0.25]"


@pytest.mark.parametrize(
    ("lower", "upper", "message"),
    [
        (1.0, 0.0, "lower must be at most upper"),
        (math.nan, 0.0, "lower must be a finite number"),
        (0.0, math.inf, "upper must be a finite number"),
        (True, 2.0, "lower must be a finite number"),
        ("0", 1.0, "lower must be a finite number"),
    ],
)
def test_refusals(lower: float, upper: float, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        Enclosure(lower, upper)
    assert isinstance(caught.value, MarketError) and isinstance(caught.value, ValueError)
