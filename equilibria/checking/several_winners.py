r"""Certify pay-as-bid strategies where several bids win: inverse bids, and chances of how many places are taken.

The file states for each active prover the *inverse bid* $\varphi_i$, the cost that bids $b$, on pieces $b_0<\dots<b_K=\bar b$
(see `curves`). A cost above $a_i=\min(\bar b,h_i)$ bids itself. Hence $p_i(b)=F_i(\varphi_i(b))$ is exactly the probability
that $i$ bids below $b$. A rival below takes $m_j$ places; with $M$ places taken a bid is awarded $w_i(M)$, where $w_i\ge0$ does
not increase and $w_i(M)=0$ for large $M$. So a bid is awarded $X_i(b)=E\,w_i(M_{-i}(b))$ in expectation and earns
$(b-c)X_i(b)$.

**Bound** (single crossing). The $p_j$ rise, so $M_{-i}$ rises stochastically and $X_i$ falls. With
$r_i=X_i+(b-\varphi_i)X_i'$, the slope of utility is $u_b(b,c)=r_i(b)+(\varphi_i(b)-c)X_i'(b)$, of which the second term is at
most zero above the bid of $c$ and at least zero below it. Hence no type gains more than $\max(\int r_i^+db,\int r_i^-db)$ by any
bid in $[b_0,\bar b]$. Before the entry of $i$ only deviations down pass; where $\varphi_i=a_i$ already, only deviations up. Below
$b_0$ a bid is awarded no more than at $b_0$ and paid less. Above $\bar b$ a bid is not accepted, where $\bar b$ is the reserve;
otherwise the checker asks that those rivals whose supports end at or below $\bar b$ take so many places that $w_i=0$. Abstaining
is worth $0\le u(\bar b,c)$.

A reserve that nobody knows is one more that bids; see `hidden_reserve`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.curves import Costs, read_curves
from equilibria.checking.document import Rejected
from equilibria.checking.hidden_reserve import hidden_chances, nothing_below
from equilibria.checking.one_sided import one_sided, positive
from equilibria.checking.places_taken import Awards
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import integrate_model, model

TERMS = 16
"""Coefficients kept in every power series."""

MOST_WORK = 40_000
"""The most provers, squared, times places: the work on a part of a piece. At the limit a part takes about a second."""

SPLITS = 80
"""Parts of a piece, on average, after which no bound is derived."""

NEGLIGIBLE = 1e-13
"""A share of the bid range (times the most that is awarded) this small, on one part of a piece, is not worth refining."""

SMALLEST = 1e-9
"""Parts of a piece, as a share of it, that are not halved."""


class _Game:
    """Adds up, piece by piece, the one-sided integrals of the residuals, what is paid and what is spent."""

    def __init__(
        self, ends: list[float], maps: list[arb_poly], costs: list[Costs], awards: Awards, secret: Prior | None
    ) -> None:
        self.ends, self.maps, self.costs, self.awards, self.secret = ends, maps, costs, awards, secret
        most = max((row[0] for row in awards.awards), key=float)
        self.extent = (arb(ends[-1]) - ends[0]) * arb(most).max(arb(1))
        self.rising, self.falling = [arb(0) for _ in costs], [arb(0) for _ in costs]
        self.spent, self.paid, self.awarded = arb(0), arb(0), arb(0)
        self._left = SPLITS * len(maps)

    def piece(self, k: int) -> None:
        """Add piece number `k`."""
        stack = [(-1.0, 0.0), (0.0, 1.0)]
        ends = {x: self._at(k, x) for x in (-1.0, 0.0, 1.0)}
        while stack:
            self._left -= 1
            if self._left < 0:
                between = f"bids {self.ends[k]!r} and {self.ends[k + 1]!r}"
                raise Rejected(f"no bound within {SPLITS} parts a piece; stopped between {between}")
            left, right = stack.pop()
            part = _Part(self, k, left, right, ends[left], ends[right])
            if part.smooth() or part.plain() or right - left <= SMALLEST:
                part.record()
                continue
            centre = 0.5 * (left + right)
            ends[centre] = self._at(k, centre)
            stack += [(centre, right), (left, centre)]

    def _at(self, k: int, x: float) -> list[tuple[arb, arb, arb]]:
        """Cost, and the chances to bid below and above, of every prover at the parameter `x`."""
        found = []
        for costs in self.costs:
            cost = costs.at(k, x) if k >= costs.entry else arb(costs.prior.low)
            found.append((cost, costs.prior.cdf(cost), costs.prior.survival(cost)))
        if self.secret is not None:
            bid = arb(self.ends[k + (x > 0)]) if abs(x) == 1.0 else self.maps[k](arb(x))
            found.append((bid, self.secret.cdf(bid), self.secret.survival(bid)))
        return found


class _Part:
    """One part of a piece: what it adds, first by Taylor models, where these fail by monotonicity alone."""

    def __init__(
        self, game: _Game, k: int, left: float, right: float, first: list[tuple[arb, arb, arb]], last: list[tuple[arb, arb, arb]]
    ) -> None:
        self.game, self.k, self.first, self.last = game, k, first, last
        self.left, self.right = arb(left), arb(right)
        self.centre, self.radius = (self.left + self.right) / 2, (self.right - self.left) / 2
        self.added: list[tuple[arb, arb]] = []
        self.spent, self.paid, self.awarded = arb(0), arb(0), arb(0)

    def smooth(self) -> bool:
        """Bound every integral by Taylor models; whether that is tight."""
        game, width, order = self.game, 2 * self.radius, TERMS - 2
        try:
            point, whole = self._expand(self.centre, None), self._expand(hull(self.left, self.right), self)
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return False
        if any(series.prec <= order for m in (point, whole) for series in (*m[0], *m[1:])):
            return False
        self.added, slack = [], NEGLIGIBLE * game.extent
        for main, rest in zip(point[0], whole[0], strict=True):
            centre, remainder = model(main, rest, self.radius, order)
            if not (centre.is_finite() and remainder.is_finite()):
                return False
            up, down = one_sided(arb_poly([main[m] for m in range(order)]), self.radius, slack)
            error = remainder.upper() * width
            if not (error <= slack or error <= 0.25 * up.max(down)):
                return False
            self.added.append((up + error, down + error))
        self.spent = integrate_model(point[1], whole[1], self.radius, order)
        self.paid = integrate_model(point[2], whole[2], self.radius, order)
        self.awarded = integrate_model(point[3], whole[3], self.radius, order)
        sums = self.spent, self.paid, self.awarded
        return all(value.is_finite() for value in sums) and bool(max(value.rad() for value in sums) <= 10 * slack)

    def _expand(self, x: arb, part: _Part | None) -> tuple[list[arb_series], arb_series, arb_series, arb_series]:
        """Series around `x` of the residuals, of what is spent and paid, and of the chance that somebody wins."""
        game, k = self.game, self.k
        at = arb_poly([x, 1])
        bid = arb_series(game.maps[k](at))
        step, phis, below, above, masses = bid.derivative(), [], [], [], []
        for i, costs in enumerate(game.costs):
            low, high = self.first[i][0], self.last[i][0]
            if k < costs.entry or self._over(costs):
                phis.append(arb_series([low]))
                masses.append(arb_series([arb(0)]))
                below.append(arb_series([self.first[i][1]]))
                above.append(arb_series([self.first[i][2]]))
                continue
            poly = costs.curve(k)(at)
            if part is not None:
                poly[0] = hull(low, high)
            left, right = costs.prior.piece(float(((low + high) / 2).mid()))
            if not (low >= left and high <= right):  # for certain
                raise ValueError("the costs may pass a knot")
            phi = arb_series(poly)
            mass = costs.prior.density_on_piece(phi, left + 0.5 * (right - left)) * phi.derivative()
            phis.append(phi)
            masses.append(mass)
            risen = mass.integral()
            for chances, m, sign, value in ((below, 1, 1, costs.prior.cdf), (above, 2, -1, costs.prior.survival)):
                start = value(poly[0]) if part is None else hull(self.first[i][m], self.last[i][m])
                chances.append(risen * sign + start)
        lowest = arb_series([arb(1)])
        for chance in above:
            lowest = lowest * chance
        least = lowest.derivative() * arb(-1)
        if game.secret is not None:
            hidden = hidden_chances(game.secret, bid, self.first[-1], self.last[-1], whole=part is not None)
            below.append(hidden[0])
            above.append(hidden[1])
            least = least * hidden[1]
        wins = game.awards.expected(below, above, len(phis))
        residuals = [w * step + (bid - phi) * w.derivative() for w, phi in zip(wins, phis, strict=True)]
        spent = paid = arb_series([arb(0)])
        for phi, mass, w in zip(phis, masses, wins, strict=True):
            spent, paid = spent + phi * mass * w, paid + bid * mass * w
        return residuals, spent, paid, least

    def _over(self, costs: Costs) -> bool:
        """Whether every type of a prover bids below this piece."""
        return bool(costs.at(self.k, -1.0) >= costs.reach)

    def plain(self) -> bool:
        """Bound every integral by monotonicity alone; whether that is small enough to keep."""
        game, n = self.game, len(self.game.costs)
        bids = game.maps[self.k](self.left), game.maps[self.k](self.right)
        rise, bid = bids[1] - bids[0], hull(*bids)
        before, after = (game.awards.expected([e[1] for e in end], [e[2] for e in end]) for end in (self.first, self.last))
        self.added, self.spent, self.paid, worst = [], arb(0), arb(0), arb(0)
        self.awarded = _product([e[2] for e in self.first[:n]]) - _product([e[2] for e in self.last[:n]])
        if game.secret is not None:
            self.awarded *= hull(self.first[n][2], self.last[n][2])
        for i in range(n):
            cost, fall = hull(self.first[i][0], self.last[i][0]), before[i] - after[i]
            gap, wins = bid - cost, hull(before[i], after[i])
            self.added.append((positive(before[i] * rise + positive(-gap) * fall), positive(positive(gap) * fall)))
            worst = worst.max(self.added[-1][0]).max(self.added[-1][1])
            mass = self.last[i][1] - self.first[i][1]
            self.spent += cost * wins * mass
            self.paid += bid * wins * mass
        return bool(worst.upper() <= 10 * NEGLIGIBLE * game.extent)

    def record(self) -> None:
        """Add to the sums of the game: before its entry a prover is passed only downwards, after its last bid only upwards."""
        game = self.game
        for i, (up, down) in enumerate(self.added):
            if self.k >= game.costs[i].entry:
                game.rising[i] += up
            if self.k < game.costs[i].entry or not self._over(game.costs[i]):
                game.falling[i] += down
        game.spent += self.spent
        game.paid += self.paid
        game.awarded += self.awarded


def _product(factors: Sequence[arb]) -> arb:
    product = arb(1)
    for factor in factors:
        product = product * factor
    return product


def certify_awards(
    priors: Mapping[str, Prior],
    sizes: Mapping[str, int],
    awards: Mapping[str, Sequence[arb]],
    reserve: float | None,
    node: object,
    progress: Callable[[float], None] | None = None,
    secret: Prior | None = None,
) -> Bounds:
    """Bounds for pay-as-bid strategies that are stated as inverse bids, where several bids win.

    Args:
        priors: cost distributions by label.
        sizes: how many places each prover takes.
        awards: by label what is awarded behind 0, 1, ... places; nothing beyond, and the same number of entries for all.
        reserve: the highest bid that is accepted, or None.
        node: the `equilibrium.inverse_bids` object of a certificate.
        progress: called with the share of the pieces done.
        secret: the law of a reserve that nobody knows, or None.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    for left, right in [] if secret is None else secret.gaps():
        raise Rejected(f"the secret reserve may have no mass between {left!r} and {right!r}; the bound needs a density there")
    for label, prior in priors.items():
        for left, right in prior.gaps():
            raise Rejected(f"{label!r} may have no mass between {left!r} and {right!r}; the bound needs a density there")
    ends, maps, costs = read_curves(priors, node)
    top = ends[-1]
    if reserve is not None and top > reserve:
        raise Rejected(f"the highest bid {top!r} is above the reserve {reserve!r}")
    active = [c.label for c in costs]
    for label, prior in priors.items():
        if label not in active and prior.low < top:
            raise Rejected(f"prover {label!r} could win with costs below {top!r} but has no strategy")
    if secret is not None:
        for label in active:
            nothing_below(secret, priors[label].low, ends[0])
    if top != reserve and not (secret is not None and secret.high <= top):
        sure = [label for label, prior in priors.items() if prior.high <= top and prior.survival(top) == 0]
        everyone = Awards([sizes[label] for label in priors], [awards[label] for label in priors])
        for i, label in enumerate(priors):
            places = sum(sizes[other] for other in sure if other != label)
            if not everyone.nothing_behind(i, places):
                raise Rejected(
                    f"prover {label!r} could be awarded something above the highest bid {top!r}: that must be the reserve, or so "
                    "many supports must end there that nothing is left"
                )
    cap = ctx.cap
    ctx.cap = TERMS
    try:
        rows, taking = [list(awards[label]) for label in active], [sizes[label] for label in active]
        work = len(rows) ** 2 * len(rows[0])
        if work > MOST_WORK:
            raise Rejected(
                f"{len(rows)} provers and {len(rows[0])} places are too many to check: the square of the one times the other "
                f"must be at most {MOST_WORK}"
            )
        if secret is not None:
            taking.append(len(rows[0]))
            rows.append([arb(0)] * len(rows[0]))
        game = _Game(ends, maps, costs, Awards(taking, rows), secret)
        for k in range(len(maps)):
            game.piece(k)
            if progress is not None:
                progress((k + 1) / len(maps))
    finally:
        ctx.cap = cap
    gain = arb(0)
    for up, down in zip(game.rising, game.falling, strict=True):
        gain = gain.max(up).max(down)
    nobody = 1 - game.awarded if secret is not None else _product([c.prior.survival(c.reach) for c in costs])
    return Bounds(gain=gain, payment=game.paid, resource_cost=game.spent, redundant=arb(0), no_award=nobody)
