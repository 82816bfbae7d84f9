r"""Certify core-selecting payments in a package sale: a bound on every gain, the revenue, and the value of the winners.

Two buyers of single items ($i=1,2$, values $v_i\sim F_i$) bid against one who wants both, whose value is uniform on $[0,h]$
with $h\ge\bar v_1+\bar v_2$ and who bids it: that is dominant, as it pays the others' bids. The file states, on bids
$0=b_0<\dots<b_K$, the value $\varphi_i(b)$ that bids $b$ (`inverse_bids`), up to $\varphi_i=\bar v_i$, at a bid of at most
$\bar v_i$; values below $\varphi_i(0)$ bid 0. Below the support $\varphi_i$ is a convention, and $H_j=F_j\circ\varphi_j$ is the
law of the rival's bid $y$.

A bid $b$ wins with probability $X=(b+E\,y)/h$, and a rival's atom does not disturb this. Where it wins by nothing it pays
itself, so a value $v$ has the marginal utility $u_b(b,v)=(v-b)X'-D(b)$ with $D=E[\partial t_1/\partial b;\text{ it wins}]$, and

- nearest to Vickrey payments: $hD=\tfrac12E\,y$ (the payment rises by half where $w>b$);
- nearest to zero: $hD=E(y-b)^+$ (it rises by one where $b<w/2$);
- nearest to the bids: $hD=E\min(b,y)$ (it rises by half where $w>|b-y|$).

**Bound** (single crossing). With the residual $r_i(b)=(\varphi_i(b)-b)/h-D(b)$, $u_b(b,v)=r_i(b)+(v-\varphi_i(b))/h$, where the
second term has the sign of $v-\varphi_i(b)$: no value gains more than $\int r^+$ by a higher bid or $\int r^-$ by a lower one
inside the range. Above it $u_b(b,v)\le(\bar v_i-b)/h-D(b)$, which falls to at most 0 at $\bar v_i$ because $D\ge0$. Utility is
absolutely continuous in the bid because $w$ has a density.

The winners pay $\min(w,y_1+y_2)$ in all, whichever the reference, so revenue is $E\,Y-E\,Y^2/2h$ with $Y=y_1+y_2$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.inverse_bids import LENGTH, long_series, read_inverse_bids
from equilibria.checking.prior_laws import UniformPrior
from equilibria.checking.priors import hull
from equilibria.checking.reading import read_prior
from equilibria.checking.single_buyers import WIDTH, SingleBuyer, mean_value
from equilibria.checking.taylor import cell_ball, exact_middle, middle, model

REFERENCES = ("nearest_vcg", "nearest_bid", "nearest_zero")

SUBDIVISIONS = 60
"""Subdivisions per cell, on average, after which no bound is derived."""


class _Sale:
    """Both buyers on parts of cells that suit both."""

    def __init__(self, bids: list[float], singles: list[SingleBuyer], height: arb, reference: str) -> None:
        self.bids, self.singles, self.height, self.reference = bids, singles, height, reference
        self.parts: list[tuple[int, float, float, bool]] = []
        self.rising, self.falling = [arb(0), arb(0)], [arb(0), arb(0)]
        self._left = SUBDIVISIONS * max(len(bids), 64)

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Rejected(f"no bound within {SUBDIVISIONS} subdivisions a cell")

    def integrate(self, cell: int) -> None:
        """Integrals of both laws over one cell, and the parts on which they were found."""
        stack = [(self.bids[cell], self.bids[cell + 1])]
        while stack:
            self._spend()
            left, right = stack.pop()
            centre, _ = middle(left, right)
            narrow = right - left <= WIDTH * self.bids[-1] or not left < centre < right
            found: list[tuple[arb, arb, arb] | None] = []
            for single in self.singles:
                if cell >= single.strategy.cells:
                    found.append((arb(0), arb(0), arb(0)))
                else:
                    found.append(single.rough(cell, left, right) if narrow else single.smooth(cell, left, right))
            amounts = [f for f in found if f is not None]
            if len(amounts) < 2:
                stack += [(centre, right), (left, centre)]
                continue
            for single, amount in zip(self.singles, amounts, strict=True):
                single.add(right, left, amount)
            self.parts.append((cell, left, right, not narrow))

    def residuals(self) -> None:
        """Both one-sided integrals of both residuals."""
        for cell, left, right, smooth in self.parts:
            for i in (0, 1):
                stack = [(left, right)]
                while stack:
                    self._spend()
                    u, v = stack.pop()
                    bound = self._residual(i, cell, (left, right), u, v, smooth)
                    if bound is None:
                        centre, _ = middle(u, v)
                        stack += [(centre, v), (u, centre)]
                        continue
                    gain = bound * (arb(v) - u) / self.height
                    self.rising[i] += arb(gain.upper()).max(arb(0))
                    if cell < self.singles[i].strategy.cells:
                        self.falling[i] += arb((-gain).upper()).max(arb(0))

    def _residual(self, i: int, cell: int, part: tuple[float, float], left: float, right: float, smooth: bool) -> arb | None:
        """An enclosure of h times the residual on a part of a cell, or None where a smaller one does better.

        Above its own highest bid, where only deviations up pass, the residual of the highest value falls: its slope is
        minus 1, minus P(y <= b), or minus 1 - P(y > b). Its value at the left end is a bound.
        """
        own, rival = self.singles[i], self.singles[1 - i]
        if cell >= own.strategy.cells:
            shading = self._shading(rival, cell, part, left, right, arb(left), False, rough=not smooth)
            return arb(own.prior.high) - left - shading[0]
        exact, radius = exact_middle(left, right)
        smooth = smooth and left < middle(left, right)[0] < right
        narrow = not smooth or right - left <= WIDTH * self.bids[-1]
        models = []
        main = remainder = arb("nan")
        try:
            for x, whole in ((exact, False), (cell_ball(left, right), True)) if smooth else ():
                value = own.types(cell, left, right, x, whole)
                models.append(value - arb_series([x, 1]) - self._shading(rival, cell, part, left, right, x, whole))
            if smooth:
                main, remainder = model(models[0], models[1], radius, LENGTH - 2)
        except (ValueError, ZeroDivisionError):  # a density that has no series on the cell
            pass
        fine = main.is_finite() and remainder.is_finite()
        if fine and (remainder.upper() <= 1e-13 * self.bids[-1] or remainder.upper() <= 0.25 * main.abs_upper()):
            return main + remainder
        if not narrow:
            return None
        ball = cell_ball(left, right)
        shading = self._shading(rival, cell, part, left, right, ball, True, rough=True)
        return hull(own.strategy.at(cell, left), own.strategy.at(cell, right)) - ball - shading[0]

    def _shading(
        self, rival: SingleBuyer, cell: int, part: tuple[float, float], left: float, right: float, x: arb, whole: bool, *,
        rough: bool = False,
    ) -> arb_series:
        """h times D around `x`."""
        if self.reference == "nearest_vcg":
            return arb_series([rival.mean / 2])
        if cell >= rival.strategy.cells:
            below = arb_series([rival.mean])
        elif rough:
            below = arb_series([hull(rival.below[part[0]], rival.below[part[1]])])
        else:
            more, _ = rival.survival(cell, left, right, x, whole)
            below = more.integral() + self._below(rival, cell, part, x, whole)
        return below if self.reference == "nearest_bid" else arb_series([rival.mean]) - below

    def _below(self, rival: SingleBuyer, cell: int, part: tuple[float, float], x: arb, whole: bool) -> arb:
        """The running integral of the survival at `x`, from the nearer end of the part."""
        if whole:
            ends = [self._below(rival, cell, part, arb(e), False) for e in (x.lower(), x.upper())]
            return hull(ends[0], ends[1])
        start = part[0] if x - part[0] <= part[1] - x else part[1]
        if x == start:
            return rival.below[start]
        rest = [rival.survival(cell, *part, ball, flag)[0] for ball, flag in ((x, False), (cell_ball(*part), True))]
        step = arb(start) - x
        moved = sum((rest[0][k] * step ** (k + 1) / (k + 1) for k in range(LENGTH - 2)), arb(0))
        last = abs(rest[1][LENGTH - 2]) * abs(step) ** (LENGTH - 1) / (LENGTH - 1)
        return rival.below[start] - moved + hull(-last, last)

    def above(self, i: int) -> arb:
        """What the highest value gains at most by bids above every stated one."""
        rival, end = self.singles[1 - i], arb(self.bids[-1])
        shading = {"nearest_vcg": rival.mean / 2, "nearest_bid": rival.mean, "nearest_zero": arb(0)}[self.reference]
        rest = (arb(self.singles[i].prior.high) - end - shading).max(arb(0))
        return rest * rest / (2 * self.height)


def certify_core_selecting(
    tree: Mapping[str, object], progress: Callable[[float], None] | None
) -> tuple[Bounds, int]:
    """Read a package sale with core-selecting payments, and bound what its strategies leave to gain."""
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "singles", "package"), "market")
    if field(market, "kind", "market") != "package_sale":
        raise Rejected("market.kind must be 'package_sale' for core-selecting payments")
    laws = {name: mapping(field(market, name, "market"), f"market.{name}") for name in ("singles", "package")}
    if len(laws["singles"]) != 2 or len(laws["package"]) != 1 or set(laws["singles"]) & set(laws["package"]):
        raise Rejected("market must have two singles and one package, each with a label of its own")
    priors = {label: read_prior(law, f"market.singles.{label}") for label, law in laws["singles"].items()}
    [(label, law)] = laws["package"].items()
    package = read_prior(law, f"market.package.{label}")
    if not isinstance(package, UniformPrior) or package.low != 0.0:
        raise Rejected("the bound needs a package value that is uniform from 0")
    if any(prior.low < 0 for prior in priors.values()) or not sum(arb(p.high) for p in priors.values()) <= package.high:
        raise Rejected("the bound needs values of single items from 0 on whose highest sum the package may exceed")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "payment"), "mechanism")
    reference = string(field(mechanism, "payment", "mechanism"), "mechanism.payment")
    if reference not in REFERENCES:
        raise Rejected(f"mechanism.payment must be one of {', '.join(REFERENCES)}; got {reference!r}")
    bids, strategies = read_inverse_bids(priors, field(tree, "equilibrium", "certificate"), ghosts=True)
    if bids[0] != 0.0 or max(s.cells for s in strategies) != len(bids) - 1:
        raise Rejected("equilibrium.bids must begin at 0 and end at the highest bid")
    for strategy in strategies:
        if strategy.types[-1] != strategy.prior.high:
            raise Rejected(f"the strategy of {strategy.label!r} must end at its highest value {strategy.prior.high!r}")
        if bids[strategy.cells] > strategy.prior.high:
            raise Rejected(f"{strategy.label!r} bids more than its highest value {strategy.prior.high!r}")
    with long_series():
        return _bounds(_Sale(bids, [SingleBuyer(s) for s in strategies], arb(package.high), reference), progress), -1


def _bounds(sale: _Sale, progress: Callable[[float], None] | None) -> Bounds:
    for cell, _ in enumerate(pairwise(sale.bids)):
        sale.integrate(cell)
        if progress is not None and cell % 16 == 0:
            progress(cell / len(sale.bids) / 2)
    sale.residuals()
    gain = arb(0)
    for i in (0, 1):
        gain = gain.max(sale.rising[i] + sale.above(i)).max(sale.falling[i])
    first, second = sale.singles
    h = sale.height
    total, square = first.mean + second.mean, first.square + second.square + 2 * first.mean * second.mean
    means = [mean_value(single.prior) for single in sale.singles]
    together = first.product + second.product + means[0] * second.mean + means[1] * first.mean
    value = together / h + (h * h - square) / (2 * h)
    revenue = total - square / (2 * h)
    return Bounds(gain=gain, payment=-revenue, resource_cost=-value, redundant=arb(0), no_award=arb(0))
