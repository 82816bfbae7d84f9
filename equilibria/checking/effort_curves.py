r"""Efforts as functions of a cost, expanded on patches, and the laws of the scores that they make.

$e(c)=\sum_k a_kT_k(s)$ with $s=2\log(c/\ell)/\log(d/\ell)-1$ for $\ell\le c\le d$, the Chebyshev polynomials $T_k$ and the lowest
cost $\ell$; or $\log e$ is this sum, or there are several such pieces one after the other; $e(c)=0$ for $c>d$. The score is
$X=e^\alpha$.

The support is covered by patches $c=m+\rho y$, $|y|\le1$. On the complex disc $|y|\le R$ every function here is analytic, because
$|\log(1+\rho y/m)|\le-\log(1-\rho R/m)$ keeps $s$, hence $e$, in a small disc; where
$|\log e-\log e(m)|\le\sigma$, $|e-e(m)|\le e(m)(e^\sigma-1)$. So by Cauchy's estimate a function that is at
most $M$ on the disc differs from its first $K$ Taylor terms by at most $M R^{-K}/(1-1/R)$ for $|y|\le1$. No derivative is ever
bounded on an interval, and the density of the cost enters only through its moments on each patch, so it need not be smooth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from flint import arb, arb_mat, arb_series

from equilibria.checking.document import Rejected, field, number, numbers, only
from equilibria.checking.effort_pieces import Piece
from equilibria.checking.inverse_powers import decays
from equilibria.checking.joint_integrals import cell_integrals, exceeding, joint_integrals, long_series
from equilibria.checking.priors import Prior
from equilibria.checking.taylor import cell_ball, middle

TERMS = 20
"""Taylor terms of every expansion."""

DISC = 5
"""Radius of the disc on which functions are bounded, in radii of the patch."""

CLOSE = 1e-15
"""Radius of the probability of a patch to aim at; higher moments matter less."""

POWERS = 40
"""Terms of an exponential of the score on a patch."""

LARGEST_DEGREE = 128

MOST_PIECES = 100
"""Pieces of a curve."""

PATCHES = 2000
"""Patches after which a curve is given up."""

SLACK = 3
"""The largest logarithm of `exp(-t X)` on the disc of a patch."""

Number = TypeVar("Number", arb, arb_series)


class Patch:
    """A part of the support, and what is known of the curve on it."""

    def __init__(self, curve: Piece, left: float, right: float) -> None:
        self.left, self.right = left, right
        self.centre, self.radius = _middle(left, right)
        ratio = self.radius / self.centre
        reached = -(1 - DISC * ratio).log() if DISC * ratio < 1 else arb("inf")
        local = curve.local(self.centre)
        turn = curve.scale * reached
        self.spread = _absolute(local, turn)
        if curve.logarithmic:
            local = [local[0].exp(), *local[1:]]
            self.spread = local[0] * self.spread.expm1()
        self.widest = local[0] + self.spread
        exponent = curve.exponent
        self.floor = local[0] - self.spread
        self.top_score, self.score_spread = self.widest, self.spread
        if exponent != 1:
            share = self.spread / local[0]
            if share.is_finite() and share < 1 and local[0] > 0:
                score = (local[0].log() * exponent).exp()
                moved = 1 - (1 - share) ** exponent if exponent < 1 else (1 - share) ** -exponent - 1
                self.floor, self.top_score, self.score_spread = score * (1 - moved), score * (1 + moved), score * moved
            else:
                self.floor = -arb("inf")
        self._local, self._ratio = local, ratio
        self.fall = arb(0)

    def expand(self, curve: Piece) -> None:
        """Taylor coefficients of the effort and the score in `y`, and the moments of the density."""
        steps, power = [arb(0)], arb(1)
        for k in range(1, TERMS):
            power = power * self._ratio
            steps.append(curve.scale * (power / k if k % 2 else -power / k))
        self.effort = _evaluate(self._local, arb_series(steps))
        if curve.logarithmic:
            self.effort = (self.effort - self._local[0]).exp() * self._local[0]
        self.score = raised(self.effort, curve.exponent)
        self.cost = arb_series([self.centre, self.radius])
        self.reversed = arb_series(_moments(curve.prior, self.left, self.right)[::-1])
        self.mass = exceeding(curve.prior, self.left) - exceeding(curve.prior, self.right)

    def remainder(self, bound: arb) -> arb:
        """What is left out of the first `TERMS` terms of a function that is at most `bound` on the disc."""
        return _around(bound * arb(DISC) ** (1 - TERMS) / (DISC - 1))

    def mean(self, series: arb_series, bound: arb) -> arb:
        """The integral of a function times the density over the patch."""
        return (series * self.reversed)[TERMS - 1] + self.remainder(bound) * self.mass

    def falls(self) -> bool:
        """Whether the effort is proved not to rise on the patch."""
        slope = self.effort.derivative()
        pieces = 8
        rest = (self.spread * TERMS * arb(DISC) ** -TERMS * 4).upper()
        for k in range(pieces):
            y = arb(2 * k - pieces).union(arb(2 * k + 2 - pieces)) / pieces
            total = arb(0)
            for j in range(TERMS - 2, -1, -1):
                total = total * y + slope[j]
            if not total + rest <= 0:
                return False
        return True


class EffortCurve:
    """One stated curve on the support of a prior, and its patches.

    It is one polynomial, or with `knots` a polynomial between each two of them; at a knot the effort may fall by any amount.
    """

    def __init__(self, prior: Prior, exponent: arb, node: Mapping[str, object], where: str) -> None:
        key = "logarithms" if "logarithms" in node else "coefficients"
        only(node, ("labels", "reach", key, "knots"), where)
        self.prior, self.exponent = prior, exponent
        self.low, self.reach = prior.low, number(field(node, "reach", where), f"{where}.reach")
        if not 0.0 < self.low < self.reach <= prior.high:
            raise Rejected(f"{where}.reach must lie in the support, whose lower end must be positive; got {self.reach!r}")
        stated = field(node, key, where)
        ends = [self.low, *(numbers(node["knots"], f"{where}.knots") if "knots" in node else []), self.reach]
        if len(ends) > MOST_PIECES + 1 or not all(left < right for left, right in pairwise(ends)):
            raise Rejected(f"{where}.knots must rise between the lowest cost and reach, at most {MOST_PIECES - 1} of them")
        if "knots" in node and (not isinstance(stated, list) or len(stated) != len(ends) - 1):
            raise Rejected(f"{where}.{key} must have a list for each piece")
        lists = stated if "knots" in node and isinstance(stated, list) else [stated]
        self.pieces = []
        for pair, entry in zip(pairwise(ends), lists, strict=True):
            coefficients = numbers(entry, f"{where}.{key}")
            if not 2 <= len(coefficients) <= LARGEST_DEGREE + 1:
                raise Rejected(f"{where}.{key} must have between 2 and {LARGEST_DEGREE + 1} entries")
            self.pieces.append(Piece(prior, exponent, pair, coefficients, key))
        self.degree = max(piece.degree for piece in self.pieces)
        self.all_take_part = self.reach == prior.high
        self.most, self.least = self.pieces[0].most, self.pieces[-1].least
        if not self.least > 0:
            raise Rejected(f"{where}: the effort must be positive up to reach")
        self.jumps = [(left.reach, left.least, right.most) for left, right in pairwise(self.pieces)]
        for cost, before, after in self.jumps:
            if not before >= after:
                raise Rejected(f"{where}: the effort must fall in the cost; it may rise at {cost!r}")
        self.most_score, self.least_score = raised(self.most, exponent), raised(self.least, exponent)
        self.patches: list[Patch] = []

    @property
    def lowest_score(self) -> arb:
        """A lower bound of the scores of all types."""
        return self.least_score if self.all_take_part else arb(0)

    def cover(self, last_node: arb, floor: arb, where: str) -> None:
        """Cut the support into patches on which the effort falls and all transforms up to a node are analytic and bounded.

        Args:
            last_node: the largest variable of a transform.
            floor: what the real part of a score must exceed on the disc of a patch.
            where: the place in the file, for messages.

        Raises:
            Rejected: the effort may rise, or it changes too fast.
        """
        stack = [(piece, piece.low, piece.reach) for piece in reversed(self.pieces)]
        while stack:
            piece, left, right = stack.pop()
            patch = Patch(piece, left, right)
            bounded = patch.spread.is_finite() and -patch.floor * last_node <= SLACK and patch.floor > floor
            if not (bounded and (patch.floor > 0 or self.exponent == 1)):
                centre, _ = middle(left, right)
                if not left < centre < right or len(self.patches) + len(stack) > PATCHES:
                    raise Rejected(f"{where}: the effort may not be positive, or changes too fast near {left!r}")
                stack += [(piece, centre, right), (piece, left, centre)]
                continue
            patch.expand(piece)
            patch.fall = piece.at(left) - piece.at(right)
            if not patch.falls():
                raise Rejected(f"{where}: the effort must fall in the cost; it may rise between {left!r} and {right!r}")
            self.patches.append(patch)

    def transforms(self, nodes: list[arb]) -> list[arb]:
        r"""$E[e^{-tX}]$ at the nodes.

        On a patch $e^{-tX}=e^{-tx}\sum_k(-t)^k(X-x)^k/k!$ with the score $x$ at the centre; the moments of $X-x$ serve all nodes.
        """
        terms: list[arb] = []
        for t in nodes:
            term = arb(1)
            for k in range(POWERS):
                terms.append(term)
                term = term * -t / (k + 1)
        table = arb_mat(len(nodes), POWERS, terms)
        absent = arb(0) if self.all_take_part else exceeding(self.prior, self.reach)
        totals, factorial = [absent] * len(nodes), arb(POWERS).fac()
        for patch in self.patches:
            at, wide = patch.score[0], patch.score_spread
            step = patch.score - at
            within = sum((abs(step[k]) for k in range(1, TERMS)), abs(patch.remainder(wide)))
            power, moments = arb_series([arb(1)]), []
            for k in range(POWERS):
                moments.append([patch.mean(power, wide**k)])
                power = power * step
            column = table * arb_mat(moments)
            if at > 2 * within:  # t^K exp(-t (x - w)) / K! is at most (x - w)^-K, whatever t is
                most = ((within / (at - within)) ** POWERS * patch.mass).upper()
                rests = [(-most).union(most)] * len(nodes)
            else:
                rests = [_around((t * within) ** POWERS * (t * within - t * at).exp() / factorial * patch.mass) for t in nodes]
            for k, (decay, rest) in enumerate(zip(decays(nodes, at), rests, strict=True)):
                totals[k] += decay * column[k, 0] + rest
        return [total.max(arb(0)).min(arb(1)) for total in totals]


def raised(base: Number, exponent: arb) -> Number:
    """A positive ball or series to the exponent; itself for 1."""
    return base if exponent == 1 else (base.log() * exponent).exp()


def _around(magnitude: arb) -> arb:
    top = magnitude.upper()
    return (-top).union(top)


def _absolute(coefficients: Sequence[arb], radius: arb) -> arb:
    total = arb(0)
    for coefficient in reversed(coefficients[1:]):
        total = (total + abs(coefficient)) * radius
    return total


def _evaluate(coefficients: Sequence[arb], x: arb_series) -> arb_series:
    total = arb_series([coefficients[-1]])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def _smooth_moments(prior: Prior, left: float, right: float) -> list[arb] | None:
    """The moments from one Taylor model of the density, if that is close enough."""
    centre, radius = _middle(left, right)
    inside, _ = middle(left, right)
    try:
        point = prior.density(arb_series([centre, radius]), inside)
        rest = prior.density(arb_series([cell_ball(left, right), radius]), inside)[TERMS - 1]
    except (ValueError, ZeroDivisionError):  # a density that may vanish or be infinite on the patch
        return None
    moments = []
    for k in range(TERMS):
        total = sum((2 * point[j] / (j + k + 1) for j in range(k % 2, TERMS - 1, 2)), arb(0))
        moments.append(radius * (total + _around(2 * abs(rest) / (TERMS + k))))
    return moments if all(m.is_finite() and m.rad() <= CLOSE * float(DISC) ** k for k, m in enumerate(moments)) else None


def _middle(left: float, right: float) -> tuple[arb, arb]:
    """Middle and half the width of a patch, exactly."""
    return (arb(left) + right) / 2, (arb(right) - left) / 2


def _moments(prior: Prior, left: float, right: float) -> list[arb]:
    """The integrals of `y^k` times the density over a patch, each as close as its use needs."""
    centre, radius = _middle(left, right)

    def expansions(place: arb, inside: float) -> list[arb_series]:
        y = arb_series([(place - centre) / radius, 1 / radius])
        series = [prior.density(arb_series([place, 1]), inside)]
        for _ in range(1, TERMS):
            series.append(series[-1] * y)
        return series

    def cells(low: float, high: float) -> list[arb]:
        inside, _ = middle(low, high)
        return cell_integrals(expansions(arb(inside), inside), expansions(cell_ball(low, high), inside), low, high)

    def plain(low: float, high: float) -> list[arb]:
        y = (cell_ball(low, high) - centre) / radius
        mass = exceeding(prior, low) - exceeding(prior, high)
        return [mass * y**k for k in range(TERMS)]

    if not any(left < knot < right for knot in prior.knots):
        smooth = _smooth_moments(prior, left, right)
        if smooth is not None:
            return smooth
    with long_series():
        aims = [min(CLOSE * float(DISC) ** k, 1e-3) for k in range(TERMS)]
        knots = [left, middle(left, right)[0], right, *(k for k in prior.knots if left < k < right)]
        return joint_integrals(cells, plain, knots, aims)


