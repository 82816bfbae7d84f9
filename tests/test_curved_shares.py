"""Curved shares: closed forms with Myerson's payment and with bids paid, quadrature, and best responses by brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest

from equilibria import solve
from mechanisms import CurvedShare, Refused
from tests.known_contests import ROUNDING, F, confirmed, contest, equals, middle, middles, values


def test_curved_shares_with_myersons_payment() -> None:
    for n, each in ((2, 1.2854), (3, 0.76854)):
        found = confirmed(CurvedShare(2), equals(n))
        paid = middle(found.surplus["a"]) + 1 / n
        assert paid == pytest.approx(each, abs=5e-5)
        assert paid == pytest.approx(1 / n + math.atan(1 / math.sqrt(n - 1)) / math.sqrt(n - 1), rel=1e-14)
    assert solve(CurvedShare(2), equals(2)).expected_payment.midpoint == pytest.approx(1 + math.pi / 2, rel=1e-15)
    many = solve(CurvedShare(2), contest(1, *[1] * 16)).expected_payment.midpoint
    assert 2 < many < 2.05  # falls to alpha / (alpha - 1)
    mixed = confirmed(CurvedShare(2), contest(1, 1, 2))
    assert values(mixed.shares) == [F(4, 5), F(1, 5)] and mixed.complete
    floats = CurvedShare(2.5).outcome(contest(1, 1, 2), {"a": 1.0, "b": 2.0}).payments
    exact = confirmed(CurvedShare(2.5), contest(1, 1, 2))
    for label, cost in (("a", 1), ("b", 2)):
        assert middle(exact.surplus[label]) + cost * middle(exact.shares[label]) == pytest.approx(floats[label], rel=1e-12)
    from scipy.integrate import quad

    integral = quad(lambda z: 1 / (1 + z**2.5 * 2**-2.5), 1, np.inf)[0]
    assert middle(exact.surplus["a"]) == pytest.approx(integral, rel=1e-8)
    with pytest.raises(Refused, match="finite for alpha > 1"):
        CurvedShare(1)


def test_curved_shares_paid_their_bids() -> None:
    assert values(confirmed(CurvedShare(3, "proportional"), equals(3)).efforts) == [2] * 3
    five = values(confirmed(CurvedShare(F(7, 2), "proportional"), equals(5)).efforts)
    assert five == [F(7, 2) * 4 / (F(7, 2) * 4 - 5)] * 5
    found = confirmed(CurvedShare(3, "proportional"), contest(1, 1, 2, "3/2"))
    bids, costs = middles(found.efforts), [1.0, 2.0, 1.5]
    for i, cost in enumerate(costs):
        tried = np.linspace(cost, 20 * cost, 20001)
        rivals = sum(bid**-3 for j, bid in enumerate(bids) if j != i)
        best = ((tried - cost) / (1 + rivals * tried**3)).max()
        assert best - (bids[i] - cost) / (1 + rivals * bids[i] ** 3) < ROUNDING
    with pytest.raises(Refused, match=r"above n/\(n-1\) = 3/2"):
        solve(CurvedShare(F(3, 2), "proportional"), equals(3))
    work = confirmed(CurvedShare(1, "tullock"), contest(1, 1, "5/4"))
    assert values(work.shares) == [F(5, 9), F(4, 9)]  # Arnosti and Weinberg again
