r"""Read inverse bids from a certificate: bids and costs as curves over one parameter, piece by piece.

On a piece with parameter $x\in[-1,1]$ a cost runs along $\varphi(x)=\tfrac{1-x}2v_0+\tfrac{1+x}2v_1+(1-x^2)\sum_k m_kx^k$: the
values at the two ends are stated exactly, so that neighbouring pieces join and supports end where they should, and the
*bend* $m$ is free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from flint import arb, arb_poly

from equilibria.checking.document import Rejected, field, integer, mapping, numbers, only
from equilibria.checking.priors import Prior

POWERS = 12
"""The highest power of a map."""

DEGREE = 64
"""The most coefficients of one bend."""

BISECTIONS = 400
"""Parts of a piece after which a curve is not known to increase."""


class Costs:
    """The inverse bids of one active prover."""

    def __init__(
        self, label: str, prior: Prior, reach: float, entry: int, values: list[float], curves: list[arb_poly], *,
        truthful: bool = False,
    ) -> None:
        self.label, self.prior, self.reach, self.entry = label, prior, reach, entry
        self.last, self.truthful = values[-1], truthful
        self._values, self._curves = values, curves

    def curve(self, piece: int) -> arb_poly:
        """The cost as a polynomial in the parameter of a piece."""
        return self._curves[piece - self.entry]

    def flat(self, piece: int) -> bool:
        """Whether no type bids on a piece."""
        return self._values[piece - self.entry] == self._values[piece - self.entry + 1]

    def at(self, piece: int, x: float) -> arb:
        """The cost at a parameter; at an end of the piece the stated one, exactly."""
        if abs(x) == 1.0:
            return arb(self._values[piece - self.entry + (x > 0)])
        return self.curve(piece)(arb(x))


def read_curves(
    priors: Mapping[str, Prior], node: object, *, others: bool = False
) -> tuple[list[float], list[arb_poly], list[Costs]]:
    """Read `equilibrium.inverse_bids`: ends of the pieces, bids along each piece, and the costs of every active prover.

    Args:
        priors: of those who state bids.
        node: of the certificate.
        others: whether others bid besides, so that these may begin later, and their costs end early: those above bid the highest
            bid.

    Raises:
        Rejected: malformed, or a curve may fall.
    """
    where = "equilibrium.inverse_bids"
    table = mapping(node, where)
    only(table, ("ends", "maps", "costs"), where)
    ends = numbers(field(table, "ends", where), f"{where}.ends")
    if len(ends) < 2 or any(not x < y for x, y in pairwise(ends)):
        raise Rejected(f"{where}.ends must be two or more strictly increasing bids")
    stated = _list(field(table, "maps", where), f"{where}.maps", len(ends) - 1)
    maps = [_map(item, f"{where}.maps[{k}]", u, v) for k, (item, (u, v)) in enumerate(zip(stated, pairwise(ends), strict=True))]
    costs = []
    for label, item in mapping(field(table, "costs", where), f"{where}.costs").items():
        place = f"{where}.costs.{label}"
        if label not in priors:
            raise Rejected(f"{place}: no prover of that name is in the market")
        costs.append(_costs(label, priors[label], item, place, ends, early=others))
    if not others and not any(c.entry == 0 for c in costs):
        raise Rejected(f"{where}: nobody bids in the first piece")
    return ends, maps, costs


def _list(node: object, where: str, length: int) -> Sequence[object]:
    if not isinstance(node, list) or len(node) != length:
        raise Rejected(f"{where} must be a list of {length} entries")
    return node


def _map(node: object, where: str, left: float, right: float) -> arb_poly:
    """The bids of a piece as a polynomial in its parameter."""
    anchor, power = numbers(node, where, 2)
    m = integer(power, where)
    if not 1 <= m <= POWERS:
        raise Rejected(f"{where}: the power must be from 1 to {POWERS}; got {m}")
    if m == 1:
        u, v = arb(left), arb(right)
        return arb_poly([(u + v) / 2, (v - u) / 2])
    if not (anchor <= left or anchor >= right):
        raise Rejected(f"{where}: the anchor {anchor!r} must not lie inside the piece")
    sign = 1 if anchor <= left else -1
    u, v = (_root(sign * (arb(end) - anchor), m) for end in (left, right))
    return arb_poly([anchor]) + sign * arb_poly([(u + v) / 2, (v - u) / 2]) ** m


def _root(x: arb, m: int) -> arb:
    return arb(0) if x.is_zero() else x.root(m)


def _costs(label: str, prior: Prior, node: object, place: str, ends: list[float], *, early: bool) -> Costs:
    table, top = mapping(node, place), ends[-1]
    only(table, ("entry", "ends", "bends"), place)
    entry = integer(field(table, "entry", place), f"{place}.entry")
    if not 0 <= entry < len(ends) - 1:
        raise Rejected(f"{place}.entry must be the number of a piece; got {entry}")
    pieces = len(ends) - 1 - entry
    values = numbers(field(table, "ends", place), f"{place}.ends", pieces + 1)
    bends = [
        numbers(bend, f"{place}.bends[{k}]")
        for k, bend in enumerate(_list(field(table, "bends", place), f"{place}.bends", pieces))
    ]
    reach = min(top, prior.high)
    if not prior.low < top:
        raise Rejected(f"prover {label!r} has no cost below the highest bid {top!r}")
    if values[0] != prior.low or not (values[-1] == reach or (early and values[-1] < reach)):
        raise Rejected(f"{place}.ends must run from {prior.low!r} to {reach!r}: every cost that may win has one bid")
    curves = []
    for k, ((u, v), bend) in enumerate(zip(pairwise(values), bends, strict=True)):
        if len(bend) > DEGREE:
            raise Rejected(f"{place}.bends[{k}] may have at most {DEGREE} coefficients")
        low, high = arb(u), arb(v)
        curve = arb_poly([(low + high) / 2, (high - low) / 2]) + arb_poly([1, 0, -1]) * arb_poly([arb(m) for m in bend] or [0])
        if not _increases(curve):
            raise Rejected(f"{place}: the costs of piece {k} may decrease")
        curves.append(curve)
    return Costs(label, prior, reach, entry, values, curves)


def _increases(curve: arb_poly) -> bool:
    """Whether the derivative is proved to be at least zero on [-1, 1]."""
    slope = curve.derivative()
    stack = [(-1.0, 1.0)]
    for _ in range(BISECTIONS):
        if not stack:
            return True
        left, right = stack.pop()
        width = arb(right) - left
        if _positive(slope(arb_poly([left, width]))) or _positive(slope(arb_poly([right, -width]))):
            continue
        centre = 0.5 * (left + right)
        stack += [(left, centre), (centre, right)]
    return False


def _positive(poly: arb_poly) -> bool:
    """Whether a polynomial is at least zero on [0, 1], by its first two coefficients against the others."""
    first, *rest = poly.coeffs() or [arb(0)]
    if not first >= 0:
        return False
    if first >= sum((abs(c) for c in rest), arb(0)):
        return True
    return bool(rest[0] >= sum((abs(c) for c in rest[1:]), arb(0)))
