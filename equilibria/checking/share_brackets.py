r"""Enclose shares that add up to 1 and that one aggregate decides.

Let contestant $i$'s best reply to an aggregate $t$ be the share $p_i(t)$, the solution of $G_i(p)=t$ with $G_i$ continuous and
strictly falling on an interval. Given numbers $\hat p_i$ in it that add up to 1, let $t_-$ and $t_+$ be the least and the largest
of $G_i(\hat p_i)$. Since every $p_i$ falls, $\sum_ip_i(t_-)\ge1\ge\sum_ip_i(t_+)$: the shares add up to 1 at some $t$ in
$[t_-,t_+]$, and at one only. If $G_i(\hat p_i+r_i)<t_-$ and $G_i(\hat p_i-r_i)>t_+$ for every $i$, then *every* share of that
equilibrium is within $r_i=r\,\hat p_i(1-\hat p_i)$ of $\hat p_i$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from flint import arb

from equilibria.checking.document import Rejected, field, only
from equilibria.checking.known_values import Value, ball, rational, rationals

Level = Callable[[str, Value], arb]


def read_shares(profile: Mapping[str, object]) -> tuple[dict[str, Fraction], Fraction]:
    """The stated shares, which must be positive and add up to 1, and the radius around them."""
    only(profile, ("shares", "radius"), "profile")
    shares = rationals(field(profile, "shares", "profile"), "profile.shares")
    radius = rational(field(profile, "radius", "profile"), "profile.radius")
    if sum(shares.values()) != 1 or any(share <= 0 for share in shares.values()) or radius < 0:
        raise Rejected("profile.shares must be positive and add up to 1, with a radius of at least 0")
    return shares, radius


def bracket(
    level: Level, alike: bool, shares: Mapping[str, Fraction], radius: Fraction, inside: tuple[Fraction, Fraction]
) -> tuple[dict[str, Value], arb]:
    """The shares of the equilibrium, and the aggregate at it.

    Args:
        level: $G_i(p)$ by label and share, falling in the share.
        alike: whether all $G_i$ are one function, so that equal shares are the equilibrium itself.
        shares: positive, adding up to 1.
        radius: $r$, 0 where the shares are exact.
        inside: the interval on which $G_i$ falls, its ends included where `level` has a value there.

    Raises:
        Rejected: a share leaves the interval, or a bracket does not hold.
    """
    radii = {label: radius * share * (1 - share) for label, share in shares.items()}
    for label, share in shares.items():
        if share - radii[label] < inside[0] or share + radii[label] > inside[1]:
            raise Rejected(f"the share of {label!r} is not surely between {inside[0]} and {inside[1]}")
    levels = {label: level(label, share) for label, share in shares.items()}
    if alike and len(set(shares.values())) == 1:
        return dict(shares), next(iter(levels.values()))
    least = min((value.lower() for value in levels.values()), key=float)
    most = max((value.upper() for value in levels.values()), key=float)
    for value in levels.values():  # `key=float` orders by doubles only
        least, most = (value.lower() if value.lower() < least else least), (value.upper() if value.upper() > most else most)
    for label, share in shares.items():
        if not (level(label, share + radii[label]) < least and level(label, share - radii[label]) > most):
            raise Rejected(f"the share of {label!r} is not surely as near to what is stated as the radius says")
    return {label: around(share, radii[label]) for label, share in shares.items()}, least.union(most)


def around(middle: Fraction, radius: Fraction) -> arb:
    """The ball of the middle and the radius."""
    return ball(middle - radius).union(ball(middle + radius))
