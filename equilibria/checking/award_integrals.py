r"""Integrals over the bids where several win: of the first-order residuals, of what is paid and what is spent.

Of every prover the file states the inverse bid $\varphi_i$, so that $p_i=F_i(\varphi_i)$ is the chance that it bids below.
With $X_i$ its expected award, of which $R_i$ is the part that is paid its own bid and $S_i$ the award where it is paid the
bid of a rival, the residual is $R_i+(b-\varphi_i)X_i'$. What is paid is $\sum_i\int bX_idp_i+\int S_ip_idb$ (see
`set_prices`; under pay as bid $R_i=X_i$ and $S_i=0$), what is spent $\sum_i\int\varphi_iX_idp_i$. Every integral is bounded
by Taylor models, where these fail by monotonicity alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Progress
from equilibria.checking.curves import Costs
from equilibria.checking.deviation_sums import DeviationSums
from equilibria.checking.document import Rejected
from equilibria.checking.hidden_reserve import hidden_chances
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


class Game:
    """Adds up, piece by piece, the one-sided integrals of the residuals, what is paid and what is spent."""

    def __init__(
        self, ends: list[float], maps: list[arb_poly], costs: list[Costs], awards: Awards, secret: Prior | None
    ) -> None:
        self.ends, self.maps, self.costs, self.awards, self.secret = ends, maps, costs, awards, secret
        most = max((row[0] for row in awards.awards), key=float)
        self.extent = (arb(ends[-1]) - ends[0]) * arb(most).max(arb(1))
        self.sums = [DeviationSums() for _ in costs]
        self.spent, self.paid, self.awarded = arb(0), arb(0), arb(0)
        self._left = SPLITS * len(maps)

    def add_up(self, progress: Progress | None) -> None:
        """Add all pieces, in series as long as is needed.

        Raises:
            Rejected: no bound within the parts that are allowed.
        """
        cap = ctx.cap
        ctx.cap = TERMS
        try:
            for k in range(len(self.maps)):
                self.piece(k)
                if progress is not None:
                    progress((k + 1) / len(self.maps))
        finally:
            ctx.cap = cap
        for costs, sums in zip(self.costs, self.sums, strict=True):
            if costs.last < costs.reach:  # and higher costs bid the highest bid
                sums.made()

    @property
    def gain(self) -> arb:
        """The most that anybody gains."""
        gain = arb(0)
        for sums in self.sums:
            gain = gain.max(sums.up).max(sums.down)
        return gain

    def piece(self, k: int) -> None:
        """Add piece number `k`."""
        for costs, sums in zip(self.costs, self.sums, strict=True):
            if costs.entry == k:
                sums.made()
        stack = [(0.0, 1.0), (-1.0, 0.0)]
        ends = {x: self.at(k, x) for x in (-1.0, 0.0, 1.0)}
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
            ends[centre] = self.at(k, centre)
            stack += [(centre, right), (left, centre)]

    def at(self, k: int, x: float) -> list[tuple[arb, arb, arb]]:
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
        self, game: Game, k: int, left: float, right: float, first: list[tuple[arb, arb, arb]], last: list[tuple[arb, arb, arb]]
    ) -> None:
        self.game, self.k, self.first, self.last = game, k, first, last
        self.left, self.right = arb(left), arb(right)
        self.centre, self.radius = (self.left + self.right) / 2, (self.right - self.left) / 2
        self.added: list[tuple[arb, arb, arb]] = []
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
        for costs, main, rest in zip(game.costs, point[0], whole[0], strict=True):
            centre, remainder = model(main, rest, self.radius, order)
            if not (centre.is_finite() and remainder.is_finite()):
                return False
            up, down = one_sided(arb_poly([main[m] for m in range(order)]), self.radius, slack)
            error = remainder.upper() * width
            if not (error <= slack or error <= 0.25 * up.max(down)):
                return False
            total = integrate_model(main, rest, self.radius, order)
            up, down = up + error, down + error
            signed = total.rad() <= slack and up.min(down) <= 10 * slack
            if not (self._made(costs) or signed or (self.k < costs.entry and down <= slack)):
                return False  # where no type bids a rise may be behind a fall, which the two bounds do not tell
            self.added.append((up, down, total))
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
        residuals = [
            arb_series([arb(0)]) if costs.truthful else w.own * step + (bid - phi) * w.all.derivative()
            for costs, w, phi in zip(game.costs, wins, phis, strict=True)
        ]
        spent = paid = arb_series([arb(0)])
        for i, (phi, mass, w) in enumerate(zip(phis, masses, wins, strict=True)):
            spent, paid = spent + phi * mass * w.all, paid + bid * mass * w.all
            if w.sure is not None:
                paid = paid + w.sure * below[i] * step
        return residuals, spent, paid, least

    def _over(self, costs: Costs) -> bool:
        """Whether every type of a prover bids below this piece."""
        return bool(costs.at(self.k, -1.0) >= costs.reach)

    def _made(self, costs: Costs) -> bool:
        """Whether types of a prover bid here."""
        return self.k >= costs.entry and not self._over(costs) and not costs.flat(self.k)

    def plain(self) -> bool:
        """Bound every integral by monotonicity alone; whether that is small enough to keep."""
        game, n = self.game, len(self.game.costs)
        bids = game.maps[self.k](self.left), game.maps[self.k](self.right)
        rise, bid = bids[1] - bids[0], hull(*bids)
        before, after = (game.awards.expected([e[1] for e in end], [e[2] for e in end]) for end in (self.first, self.last))
        ends = [[hull(u[m], v[m]) for u, v in zip(self.first, self.last, strict=True)] for m in (1, 2)]
        between = game.awards.expected(ends[0], ends[1]) if game.awards.priced else before
        self.added, self.spent, self.paid, worst = [], arb(0), arb(0), arb(0)
        self.awarded = product([e[2] for e in self.first[:n]]) - product([e[2] for e in self.last[:n]])
        if game.secret is not None:
            self.awarded *= hull(self.first[n][2], self.last[n][2])
        for i in range(n):
            cost, fall = hull(self.first[i][0], self.last[i][0]), before[i].all - after[i].all
            gap, wins, own, sure = bid - cost, hull(before[i].all, after[i].all), between[i].own, between[i].sure
            if game.costs[i].truthful:
                gap, own = arb(0), arb(0)
            up, down = positive(own * rise + positive(-gap) * fall), positive(positive(gap) * fall)
            self.added.append((up, down, hull(-down, up)))
            worst = worst.max(up).max(down)
            mass = self.last[i][1] - self.first[i][1]
            self.spent += cost * wins * mass
            self.paid += bid * wins * mass
            if sure is not None:
                self.paid += sure * ends[0][i] * rise
        return bool(worst.upper() <= 10 * NEGLIGIBLE * game.extent)

    def record(self) -> None:
        """Add to the sums of the game."""
        game = self.game
        for costs, sums, (up, down, whole) in zip(game.costs, game.sums, self.added, strict=True):
            sums.add(up, down, whole, made=self._made(costs))
        game.spent += self.spent
        game.paid += self.paid
        game.awarded += self.awarded


def product(factors: Sequence[arb]) -> arb:
    product = arb(1)
    for factor in factors:
        product = product * factor
    return product


def check_work(provers: int, places: int) -> None:
    """Refuses what would take too long.

    Raises:
        Rejected: too many provers or places.
    """
    if provers**2 * places > MOST_WORK:
        raise Rejected(
            f"{provers} provers and {places} places are too many to check: the square of the one times the other must be at most "
            f"{MOST_WORK}"
        )
