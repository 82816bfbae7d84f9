r"""Certify first price in a package sale: a bound on every gain, the revenue, and the value of the winners.

Two buyers of single items ($i=1,2$) bid $y_i$, the one who wants both bids $w$; the two win if $y_1+y_2\ge w$, and winners pay
their bids. The file states the *law of every bid*, not the bids: on a grid of step $\delta$ a cdf $H_i$ that is linear between
stated points (`grid_sums`). A value $v$ bids $\beta_i(v)=H_i^{-1}(F_i(v))$, so $\varphi_i=F_i^{-1}\circ H_i$ is the value that
bids $b$; where $H_i$ is flat no bids are made, and the value at that level bids at an end. The chance that a
bid wins, $X_i(b)=P(w-y_j\le b)$ or $P(y_1+y_2<b)$, depends on the laws of bids alone: it is a
convolution of step functions, exact for every law of values, with a density $X_i'$ that is linear on every step. No law has
an atom, so ties do not matter.

**Bound** (single crossing). Let $r=(\varphi-b)X'-X$ and $R(b)=\int_0^b r$, where $\varphi$ is the lowest value below the
lowest bid of buyer $i$ and the highest value above its highest bid. Utility is $u(b,v)=(v-b)X(b)$, and
$u_b(b,v)=r(b)+(v-\varphi(b))X'(b)$, so a value $v$ that bids $b$ gains by $b'$

$$ R(b')-R(b)-\int_b^{b'}(\varphi(t)-v)\,dX(t), $$

where the integral is at least 0, up or down, because $\varphi$ and $X$ do not fall. The most of this over bids $b$ that are
made and all $b'$ is bounded cell by cell (`crossings`). Bids at which $X=1$ already only cost more; losing for certain is no
better than a bid of 0.

**Cells.** $R$ needs no derivative at the ends $l<r$ of a cell: $R(r)-R(l)=[(\varphi-b)X]_l^r-\int_l^r X\,d\varphi$. With
$m\le\varphi'\le M$ the last integral is $\frac{\Delta\varphi}{r-l}\int X$ up to $\frac14(M-m)(r-l)\Delta X$ (Grüss), and
$\int X$ is exact; it also lies between $X(l)\Delta\varphi$ and $X(r)\Delta\varphi$. Inside a cell, bounds $-c\le r\le a$
limit what $R$ rises on a part of length $y$: to $ay$, and to what it rises over the whole cell plus $c(r-l-y)$.

Revenue is $\sum_i\int bX_i\,dH_i$ and the value of the winners $\sum_i\int\varphi_iX_i\,dH_i$, cell by cell in the same way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.crossings import BITS, Crossed, farthest, units
from equilibria.checking.document import Rejected, field, integer, mapping, number, numbers, only
from equilibria.checking.grid_sums import GridLaw, SumLaw
from equilibria.checking.priors import Prior, hull
from equilibria.checking.reading import read_prior

MOST_STEPS = 1 << 19
"""Steps of the grid up to the highest bid, at most: four times what the solver writes unasked; a convolution takes a gigabyte."""

MOST_ENDS = 2000
"""Points at which one law of bids may bend, at most: each costs a quantile, and the solver writes some hundreds."""

MOST_WEIGHT = 1 << 62
"""The weight of a step, at most: a limit on the work, and far beyond what a double resolves."""

CELLS = 8_000
"""Cells of one buyer after which they are no longer halved."""

FINE = 4e-7
"""What R may rise or fall inside a cell, as a share of the highest bid, before the cell is halved."""

COARSE = 0.05
"""The same as a share of what R rose or fell over cells so far."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A grid point, the value that bids it, and the chance that it wins."""

    step: int
    value: arb
    wins: arb


class _Buyer:
    """One buyer: its residual from cell to cell, what it pays, and what its items are worth to it."""

    def __init__(self, prior: Prior, law: GridLaw, chance: SumLaw, delta: arb, scale: arb) -> None:
        self.prior, self.law, self.chance, self.delta = prior, law, chance, delta
        self.limit, self.scale = FINE * scale, scale
        self._climbed = self._sunk = arb(0)
        self.paid = self.worth = arb(0)
        self.up: list[Crossed] = []
        self.down: list[Crossed] = []

    def walk(self) -> arb:
        """What any value gains at most."""
        law = self.law
        marks = sorted({0, *law.ends, max(law.last, self.chance.high)})
        stack = list(pairwise(map(self._place, marks)))[::-1]
        budget = CELLS
        while stack:
            left, right = stack.pop()
            budget -= 1
            if self._cell(left, right, last=right.step - left.step == 1 or budget <= 0):
                continue
            centre = self._place((left.step + right.step) // 2)
            stack += [(centre, right), (left, centre)]
        most = max(farthest(self.up), farthest(self.down[::-1]))
        return self.scale * most / (1 << BITS)

    def _place(self, step: int) -> _Place:
        law = self.law
        if step <= law.first:
            value = arb(self.prior.low)
        elif step >= law.last:
            value = arb(self.prior.high)
        else:
            value = self.prior.quantile(law.level(bisect_right(law.ends, step) - 1, step))
        return _Place(step, value, self.chance.below(step))

    def _cell(self, left: _Place, right: _Place, *, last: bool) -> bool:
        """Add one cell, or return False where it should be halved."""
        law, delta = self.law, self.delta
        width = delta * (right.step - left.step)
        b0, b1 = delta * left.step, delta * right.step
        values = hull(left.value, right.value)
        slope = self.chance.densities(left.step, right.step) / delta
        residual = (values - hull(b0, b1)) * slope - hull(left.wins, right.wins)
        rise, fall = _positive(residual), _positive(-residual)
        moved, area, error = self._moved(left, right, b0, b1, values)
        most, least = arb(moved.upper()), arb((-moved).upper())
        inside_up, inside_down = _peak(rise, fall, most, width), _peak(fall, rise, least, width)
        inner, beyond = law.first < right.step <= law.last, right.step > law.last
        weight = law.weights[bisect_right(law.ends, left.step) - 1] if inner else 0
        own = weight > 0
        if not last and not (inside_up <= self.limit and (inside_down <= self.limit or beyond)):
            return False
        low, high = self._in_units(left.value, False), self._in_units(right.value, True)
        gained = max(units(right.wins - left.wins, False), 0)
        self.up.append(Crossed(self._in_units(most, True), self._in_units(inside_up, True), low, high, gained, own))
        if not beyond:
            self.down.append(Crossed(self._in_units(least, True), self._in_units(inside_down, True), -high, -low, gained, own))
        if own:
            density = arb(weight) / law.total / delta
            spread = (right.wins - left.wins) / 4
            self.paid += density * ((b0 + b1) / 2 * area + _around(width * width * spread))
            mean = (left.value + right.value) / 2 + _around(error * width / 8)
            mean = mean if mean.rad() < values.rad() else values
            self.worth += density * (mean * area + _around((right.value - left.value) * spread * width))
        return True

    def _in_units(self, amount: arb, up: bool) -> int:
        return units(amount / self.scale, up)

    def _moved(self, left: _Place, right: _Place, b0: arb, b1: arb, values: arb) -> tuple[arb, arb, arb]:
        """How far R moves over a cell, the integral of the chance to win, and the spread of the slope of the value."""
        delta = self.delta
        area = delta * self.chance.area(left.step, right.step)
        width, gained = b1 - b0, right.value - left.value
        ends = (right.value - b1) * right.wins - (left.value - b0) * left.wins
        plain = hull(left.wins, right.wins) * gained
        spread = self._spread(left, right, values)
        smooth = gained / width * area + _around(spread * width * (right.wins - left.wins) / 4)
        return ends - (smooth if smooth.is_finite() and smooth.rad() < plain.rad() else plain), area, spread

    def _spread(self, left: _Place, right: _Place, values: arb) -> arb:
        """By how much the slope of the value varies over a cell, or infinity where that is not known."""
        law, prior = self.law, self.prior
        if not (law.first <= left.step and right.step <= law.last):
            return arb(0)
        middle = float(((left.value + right.value) / 2).mid())
        low, high = prior.piece(middle)
        if not (left.value >= low and right.value <= high):
            return arb("inf")
        try:
            density = prior.density_on_piece(arb_series([values], 1), low + 0.5 * (high - low))[0]
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the cell
            return arb("inf")
        if not density > 0:
            return arb("inf")
        slope = law.density(bisect_right(law.ends, left.step) - 1) / self.delta / density
        return arb((slope.upper() - slope.lower()).upper())


def _positive(x: arb) -> arb:
    """An upper bound of the positive part."""
    return arb(x.upper()).max(arb(0))


def _around(magnitude: arb) -> arb:
    """All numbers of at most a magnitude."""
    if not magnitude.is_finite():
        return arb("nan")
    top = arb(magnitude.upper())
    return (-top).union(top)


def _peak(rise: arb, fall: arb, moved: arb, width: arb) -> arb:
    """What R rises at most on a part of a cell, from bounds of its slopes and of its rise over the whole cell."""
    if rise.is_zero():
        return arb(0)
    part = ((moved + width * fall) / (rise + fall)).max(arb(0)).min(width)
    return arb((rise * part).upper())


def _read_law(node: object, where: str) -> GridLaw:
    table = mapping(node, where)
    only(table, ("ends", "weights"), where)
    ends, weights = (
        [integer(x, f"{where}.{name}[{k}]") for k, x in enumerate(numbers(field(table, name, where), f"{where}.{name}"))]
        for name in ("ends", "weights")
    )
    if not 2 <= len(ends) <= MOST_ENDS or len(weights) != len(ends) - 1:
        raise Rejected(f"{where} must have from 2 to {MOST_ENDS} ends, and one weight fewer")
    if ends[0] < 0 or ends[-1] > MOST_STEPS or any(left >= right for left, right in pairwise(ends)):
        raise Rejected(f"{where}.ends must increase, from at least 0 to at most {MOST_STEPS}")
    if not all(0 <= weight <= MOST_WEIGHT for weight in weights) or not any(weights):
        raise Rejected(f"{where}.weights must be from 0 to {MOST_WEIGHT}, and not all 0")
    return GridLaw(ends, weights)


def certify_package_first_price(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Read a package sale with first-price payments, and bound what its strategies leave to gain."""
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "singles", "package"), "market")
    if field(market, "kind", "market") != "package_sale":
        raise Rejected("market.kind must be 'package_sale' for first-price payments of packages")
    laws = {name: mapping(field(market, name, "market"), f"market.{name}") for name in ("singles", "package")}
    if len(laws["singles"]) != 2 or len(laws["package"]) != 1 or set(laws["singles"]) & set(laws["package"]):
        raise Rejected("market must have two singles and one package, each with a label of its own")
    only(mapping(tree["mechanism"], "mechanism"), ("kind",), "mechanism")
    priors = {
        label: read_prior(law, f"market.{name}.{label}") for name in ("singles", "package") for label, law in laws[name].items()
    }
    for label, prior in priors.items():
        if prior.low < 0:
            raise Rejected(f"the bound needs values from 0 on; those of {label!r} begin at {prior.low!r}")
        for left, right in prior.gaps():
            raise Rejected(f"{label!r} may have no value between {left!r} and {right!r}; the bound needs a density there")
    where = "equilibrium"
    table = mapping(field(tree, where, "certificate"), where)
    only(table, ("step", "bids"), where)
    step = number(field(table, "step", where), f"{where}.step")
    if not step > 0.0:
        raise Rejected(f"{where}.step must be positive; got {step!r}")
    stated = mapping(field(table, "bids", where), f"{where}.bids")
    only(stated, priors, f"{where}.bids")
    bids = [_read_law(field(stated, label, f"{where}.bids"), f"{where}.bids.{label}") for label in priors]
    alike = len({repr(law) for law in laws["singles"].values()}) == 1 and bids[0].same(bids[1])
    return _bounds(list(priors.values()), bids, arb(step), alike, progress), -1


def _bounds(
    priors: list[Prior], bids: list[GridLaw], step: arb, alike: bool, progress: Progress | None
) -> Bounds:
    """Every buyer in turn; of two alike only the first is looked at."""
    scale = step * max(law.last for law in bids)
    gain = revenue = value = arb(0)
    for i, (prior, law) in enumerate(zip(priors, bids, strict=True)):
        if i == 1 and alike:
            continue
        chance = SumLaw(bids[0], bids[1]) if i == 2 else SumLaw(bids[2], bids[1 - i], difference=True)
        buyer = _Buyer(prior, law, chance, step, scale)
        gain = gain.max(buyer.walk())
        copies = 2 if i == 0 and alike else 1
        revenue += copies * buyer.paid
        value += copies * buyer.worth
        if progress is not None:
            progress((i + 1) / 3)
    return Bounds(gain=gain, payment=-revenue, resource_cost=-value, redundant=arb(0), no_award=arb(0))
