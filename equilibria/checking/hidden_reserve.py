r"""A reserve that nobody knows, among bids: chances to be below and above it, and what bids below all others earn.

With the law $G$ of the reserve it is like one more that bids, behind whom nothing is left: $1-G(b)$ multiplies every expected
award $X_i(b)$, which still falls in the bid, so that the single-crossing bound of `several_winners` holds unchanged on the range
of bids. Bids above the support of $G$ win nothing. Below the lowest bid $b_0$ a bid is awarded more often. From $b_0$ down to
such a $b$ a cost $c$ of a support that begins at $l$ gains

$$ w_i(0)\,\bigl[(b-c)(1-G(b))-(b_0-c)(1-G(b_0))\bigr]\le w_i(0)\,\bigl[(b-l)(1-G(b))-(b_0-l)(1-G(b_0))\bigr], $$

as $c\ge l$ and $G(b)\le G(b_0)$; that the right side is at most zero is proved on parts of $[l,b_0]$, by the slope
$1-G(b)-(b-l)G'(b)\ge0$ or by $(b^+-l)(1-G(b^-))$ alone. Below $l$ every bid earns less than nothing.
"""

from __future__ import annotations

from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior, hull

BELOW = 4000
"""Parts of the bids below the lowest one after which nothing is proved of them."""

End = tuple[arb, arb, arb]
"""A bid, and the chances that the reserve is below and above it."""


def nothing_below(secret: Prior, low: float, first: float) -> None:
    """Prove that no bid below `first` earns a cost of `low` more against a secret reserve.

    Raises:
        Rejected: not proved.
    """
    start = max(low, secret.low)
    knots = [start, *(knot for knot in secret.knots if start < knot < first), first] if start < first else []
    stack = list(pairwise(knots))
    whole = (arb(first) - low) * secret.survival(first)
    for _ in range(BELOW):
        if not stack:
            return
        left, right = stack.pop()
        centre, ball = left + 0.5 * (right - left), hull(arb(left), arb(right))
        if (arb(right) - low) * secret.survival(left) <= whole:
            continue
        try:
            density = secret.density(arb_series([ball], 1), centre)[0]
            rises = bool(secret.survival(ball) - (ball - low) * density >= 0)
        except (ValueError, ZeroDivisionError):
            rises = False
        if rises:  # so nothing in it earns more than its upper end, which is `first` or in the next part
            continue
        if not left < centre < right:
            break
        stack += [(left, centre), (centre, right)]
    raise Rejected(f"a bid below the lowest one, {first!r}, may earn more against the secret reserve")
