"""Every registered mechanism obeys every law, on profiles full of ties."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms import RankedMechanism
from mechanisms.rules import RULES
from tests.laws import CASES, LAWS, SLOW_LAWS, Case, Law
from tests.planted import PLANTED

# A few lattice points in and around the supports, so that ties are common, and arbitrary ones between.
BIDS = st.one_of(
    st.sampled_from([Fraction(n, 16) for n in (-2, 0, 4, 8, 12, 16, 18, 20, 24, 32, 40, 48)]),
    st.integers(-8, 56).map(lambda n: Fraction(n, 16)),
)
# cvxpy takes some 50 ms a profile, the other laws about one.
EXAMPLES, EXAMPLES_OF_PROGRAMS = 24, 5
MORE = pytest.param(7, marks=pytest.mark.slow, id="more")  # the same laws on seven times as many profiles


@lru_cache
def profiles(provers: int, examples: int) -> tuple[tuple[Fraction, ...], ...]:
    """Three profiles of equal bids and so many that are drawn, once for all laws: drawing costs more than most laws."""
    found = [(bid,) * provers for bid in (Fraction(1, 2), Fraction(3, 4), Fraction(3, 2))]

    @settings(max_examples=examples)
    @given(bids=st.tuples(*[BIDS] * provers))
    def draw(bids: tuple[Fraction, ...]) -> None:
        found.append(bids)

    draw()
    return tuple(dict.fromkeys(found))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("times", [pytest.param(1, id="few"), MORE])
def test_law(case: Case, law: Law, times: int) -> None:
    labels = case.market.labels
    for bids in profiles(len(labels), times * (EXAMPLES_OF_PROGRAMS if law in SLOW_LAWS else EXAMPLES)):
        law(case, dict(zip(labels, bids, strict=True)))


def test_every_rule_is_registered() -> None:
    assert {type(case.mechanism) for case in CASES} == {rule for rule in RULES if issubclass(rule, RankedMechanism)}
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("law", PLANTED, ids=lambda law: law.__name__)
def test_laws_catch_planted_faults(law: Law) -> None:
    case, bids = PLANTED[law]
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        law(case, bids)
