"""Sums along the bids against all pairs of bids, on parts where a residual has one sign."""

from __future__ import annotations

from itertools import accumulate

from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from equilibria.checking.deviation_sums import DeviationSums

PARTS = st.lists(st.tuples(st.integers(-9, 9), st.booleans()), min_size=1, max_size=12)


@given(parts=PARTS, at_the_top=st.booleans())
def test_the_largest_sum_over_all_pairs_of_bids(parts: list[tuple[int, bool]], at_the_top: bool) -> None:
    """The utility of a deviation is the sum up to its bid; types bid at the ends of parts that are made, and at the top."""
    sums = DeviationSums()
    for value, made in parts:
        sums.add(arb(max(value, 0)), arb(max(-value, 0)), arb(value), made=made)
    if at_the_top:
        sums.made()
    heights = [0, *accumulate(value for value, _ in parts)]
    bids = {k + end for k, (_, made) in enumerate(parts) if made for end in (0, 1)} | ({len(parts)} if at_the_top else set())
    up = max((heights[y] - heights[x] for x in bids for y in range(x, len(heights))), default=0)
    down = max((heights[y] - heights[x] for x in bids for y in range(x + 1)), default=0)
    assert (sums.up, sums.down) == (up, down)


def test_a_gap_that_leaves_its_type_indifferent_adds_nothing() -> None:
    sums = DeviationSums()
    for value, made in ((0, True), (-3, False), (3, False), (0, True)):
        sums.add(arb(max(value, 0)), arb(max(-value, 0)), arb(value), made=made)
    assert (sums.up, sums.down) == (0, 0)
