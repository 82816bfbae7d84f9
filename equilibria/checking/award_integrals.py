r"""Integrals over the bids where several win: of the first-order residuals, of what is paid and what is spent.

Of every prover the file states the inverse bid $\varphi_i$, so that $p_i=F_i(\varphi_i)$ is the chance that it bids below.
With $X_i$ its expected award, of which $R_i$ is the part that is paid its own bid and $S_i$ the award where it is paid the
bid of a rival, the residual is $R_i+(b-\varphi_i)X_i'$. What is paid is $\sum_i\int bX_idp_i+\int S_ip_idb$ (see
`set_prices`; under pay as bid $R_i=X_i$ and $S_i=0$), what is spent $\sum_i\int\varphi_iX_idp_i$. Every integral is bounded
by Taylor terms, where these fail by monotonicity alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Progress
from equilibria.checking.curves import Costs
from equilibria.checking.deviation_sums import DeviationSums
from equilibria.checking.discs import Middle, integral, left_over, piece_between
from equilibria.checking.document import Rejected
from equilibria.checking.halving import Halving
from equilibria.checking.one_sided import one_sided, positive
from equilibria.checking.places_taken import Awards
from equilibria.checking.priors import Prior, hull

_Number = TypeVar("_Number", arb, arb_series)

TERMS = 24
"""Coefficients kept in every power series."""

MOST_WORK = 40_000
"""The most provers, squared, times places: the work on a part of a piece. At the limit a part takes about a second."""

SPLITS = 80
"""Parts of a piece, on average, after which no bound is derived."""

NEGLIGIBLE = 1e-13
"""A share of the bid range (times the most that is awarded) this small, on one part of a piece, is not worth refining."""

HARDLY = 1e6
"""How many times more than that Taylor terms may leave, for the strategies to be so rough that it does not matter."""

PAID = 1e-4
"""What an error of what is paid or spent, on one part of a piece, counts beside as large a gain, where some tell the truth."""


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
        self._halving = Halving(SPLITS, len(maps))

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
        self._halving.piece(partial(self.at, k), partial(_Part, self, k), (self.ends[k], self.ends[k + 1]))

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
    """One part of a piece: what it adds, first by Taylor terms, where these fail by monotonicity alone."""

    def __init__(
        self, game: Game, k: int, left: float, right: float, first: list[tuple[arb, arb, arb]], last: list[tuple[arb, arb, arb]]
    ) -> None:
        self.game, self.k, self.first, self.last = game, k, first, last
        self.left, self.right = arb(left), arb(right)
        self.centre, self.radius = (self.left + self.right) / 2, (self.right - self.left) / 2
        self.added: list[tuple[arb, arb, arb]] = []
        self.spent, self.paid, self.awarded = arb(0), arb(0), arb(0)

    def smooth(self) -> bool:
        """Bound every integral by Taylor terms and Cauchy's estimate; whether that is tight."""
        order, slack = TERMS - 1, NEGLIGIBLE * self.game.extent
        try:
            middle = self._middle()
        except ValueError:  # the costs may pass a knot
            return False
        starts = self._starts(middle)
        residuals, others, worst = left_over(lambda radius: self._on_disc(middle, starts, radius), self.radius, order, slack)
        if not worst <= HARDLY * slack:
            return False
        main, rest = self._series(middle, starts)
        if any(series.prec < order for series in (*main, *rest)):
            return False
        self.added = []
        for costs, residual, error in zip(self.game.costs, main, residuals, strict=True):
            up, down = one_sided(arb_poly([residual[m] for m in range(order)]), self.radius, slack)
            if not (error <= slack or error <= 0.25 * up.max(down)):
                return False
            total = integral(residual, self.radius, order, error)
            up, down = up + error, down + error
            signed = total.rad() <= slack and up.min(down) <= 10 * slack
            if not (self._made(costs) or signed or (self.k < costs.entry and down <= slack)):
                return False  # where no type bids a rise may be behind a fall, which the two bounds do not tell
            self.added.append((up, down, total))
        sums = [integral(series, self.radius, order, error) for series, error in zip(rest, others, strict=True)]
        self.spent, self.paid, self.awarded = sums
        return all(value.is_finite() for value in sums) and bool(max(value.rad() for value in sums) <= 10 * slack)

    def _middle(self) -> Middle:
        """Bids and costs around the middle; a secret reserve is one more, whose cost is the bid."""
        game, k, at = self.game, self.k, arb_poly([self.centre, 1])
        bid, curves = game.maps[k](at), list[arb_poly]()
        laws: list[tuple[Prior, float] | None] = []
        for costs, (low, _, _), (high, _, _) in zip(game.costs, self.first, self.last, strict=False):
            on = k >= costs.entry and not self._over(costs)
            laws.append((costs.prior, piece_between(costs.prior, low, high)) if on else None)
            curves.append(costs.curve(k)(at) if on else arb_poly([low]))
        if game.secret is not None:
            low, high = self.first[-1][0], self.last[-1][0]
            on = not (high <= game.secret.low or low >= game.secret.high)
            laws.append((game.secret, piece_between(game.secret, low, high)) if on else None)
            curves.append(bid)
        return Middle(bid, curves, laws)

    def _starts(self, middle: Middle) -> list[tuple[arb, arb]]:
        """The chances to bid below and above in the middle."""
        found = []
        for law, curve, (_, below, above) in zip(middle.laws, middle.costs, self.first, strict=True):
            found.append((below, above) if law is None else (law[0].cdf(curve[0]), law[0].survival(curve[0])))
        return found

    def _on_disc(self, middle: Middle, starts: list[tuple[arb, arb]], radius: arb) -> tuple[list[arb], list[arb]]:
        """Bounds of the residuals, and of the others, for complex parameters around the middle."""
        game, n = self.game, len(self.game.costs)
        size, step, gaps, costs, masses = middle.moving(radius)
        pairs = list(zip(starts, masses, strict=True))
        below, above = ([arb_series([start[m] + radius * mass, mass], 2) for start, mass in pairs] for m in (0, 1))
        wins, least = game.awards.expected(below, above, n), product(above[:n])[1]
        if game.secret is not None:
            least = least * above[n][0]
        residuals, spent, paid = [], arb(0), arb(0)
        for i, w in enumerate(wins):
            residuals.append(arb(0) if game.costs[i].truthful else w.own[0] * step + gaps[i] * w.all[1])
            spent += costs[i] * masses[i] * w.all[0]
            paid += size * masses[i] * w.all[0] + (w.sure[0] * below[i][0] * step if w.sure is not None else 0)
        return residuals, [spent, paid, least]

    def _series(self, middle: Middle, starts: list[tuple[arb, arb]]) -> tuple[list[arb_series], list[arb_series]]:
        """Series of the residuals; of what is spent and paid, and of the chance that somebody wins, per unit of the parameter."""
        game, n = self.game, len(self.game.costs)
        bid, phis, masses = middle.series()
        step, risen = bid.derivative(), [mass.integral() for mass in masses]
        below = [start + more for (start, _), more in zip(starts, risen, strict=True)]
        above = [start - more for (_, start), more in zip(starts, risen, strict=True)]
        wins, least = game.awards.expected(below, above, n), -product(above[:n]).derivative()
        if game.secret is not None:
            least = least * above[n]
        residuals, spent, paid = [], arb_series([arb(0)]), arb_series([arb(0)])
        for i, w in enumerate(wins):
            still = game.costs[i].truthful
            residuals.append(arb_series([arb(0)]) if still else w.own * step + (bid - phis[i]) * w.all.derivative())
            spent, paid = spent + phis[i] * masses[i] * w.all, paid + bid * masses[i] * w.all
            if w.sure is not None:
                paid = paid + w.sure * below[i] * step
        return residuals, [spent, paid, least]

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
        if any(costs.truthful for costs in game.costs):  # who gains nothing for certain may be paid anything
            worst = worst.max(PAID * arb((self.paid.rad() + self.spent.rad()).upper()))
        return bool(worst.upper() <= 10 * NEGLIGIBLE * game.extent)

    def record(self) -> None:
        """Add to the sums of the game."""
        game = self.game
        for costs, sums, (up, down, whole) in zip(game.costs, game.sums, self.added, strict=True):
            sums.add(up, down, whole, made=self._made(costs))
        game.spent += self.spent
        game.paid += self.paid
        game.awarded += self.awarded


def product(factors: Sequence[_Number]) -> _Number:
    """Of one or more numbers or series."""
    found = factors[0]
    for factor in factors[1:]:
        found = found * factor
    return found


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
