"""Read the strategies of a certificate: conditional bid cdfs on a shared grid of bids."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from flint import arb, arb_poly, arb_series, fmpq

from equilibria.checking.document import Rejected, field, integer, mapping, numbers, only
from equilibria.checking.priors import Prior


class Strategy:
    """One active prover: its prior and its conditional bid cdf."""

    def __init__(
        self, label: str, prior: Prior, bids: list[float], entry: int, levels: list[float], density: list[float]
    ) -> None:
        self.label, self.prior, self.entry, self._bids = label, prior, entry, bids
        self.reach = min(bids[-1], prior.high)
        self.mass = prior.cdf(self.reach)
        exact = [_exact(level) if level >= 0 else 1 + _exact(level) for level in levels]
        self._cells = [self._cubic(k, exact, density) for k in range(len(exact) - 1)]

    def _cubic(self, k: int, cdf: list[fmpq], density: list[float]) -> tuple[arb_poly, arb, float]:
        left, right = self._bids[self.entry + k], self._bids[self.entry + k + 1]
        width, rise = _exact(right) - _exact(left), cdf[k + 1] - cdf[k]
        d0, d1 = _exact(density[k]) * width, _exact(density[k + 1]) * width
        if not (0 <= d0 <= 3 * rise and 0 <= d1 <= 3 * rise):
            raise Rejected(f"the bid cdf of {self.label!r} may decrease between bids {left!r} and {right!r}")
        return arb_poly([arb(c) for c in (cdf[k], d0, 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise)]), arb(1 / width), left

    def conditional(self, cell: int, x: arb) -> arb_series:
        """The series of the conditional bid cdf around `x` in cell number `cell`."""
        if cell < self.entry:
            return arb_series([arb(0)])
        cubic, inverse, left = self._cells[cell - self.entry]
        return arb_series(cubic(arb_poly([(x - left) * inverse, inverse])))

    def idle(self, cell: int) -> bool:
        """Whether no type bids in this cell: before the entry, or where the bid cdf is flat."""
        if cell < self.entry:
            return True
        cubic = self._cells[cell - self.entry][0]
        return bool(cubic[1] == 0 and cubic[2] == 0 and cubic[3] == 0)

    def level(self, cell: int, b: float) -> arb:
        """The cost quantile level that bids `b`."""
        if cell < self.entry:
            return arb(0)
        cubic, inverse, left = self._cells[cell - self.entry]
        value = cubic((arb(b) - left) * inverse) * self.mass
        return value.max(arb(0)).min(self.mass)


def _exact(x: float) -> fmpq:
    return fmpq(*x.as_integer_ratio())


def read_strategies(priors: Mapping[str, Prior], node: object) -> tuple[list[float], dict[str, Strategy]]:
    """Read `equilibrium.bids` and `equilibrium.strategies`."""
    where = "equilibrium"
    only(mapping(node, where), ("bids", "strategies"), where)
    bids = numbers(field(node, "bids", where), f"{where}.bids")
    if len(bids) < 2 or any(not x < y for x, y in pairwise(bids)):
        raise Rejected("equilibrium.bids must be two or more strictly increasing bids")
    strategies: dict[str, Strategy] = {}
    for label, entry_node in mapping(field(node, "strategies", where), f"{where}.strategies").items():
        place = f"{where}.strategies.{label}"
        if label not in priors:
            raise Rejected(f"{place}: no prover of that name is in the market")
        only(mapping(entry_node, place), ("entry", "levels", "density"), place)
        entry = integer(field(entry_node, "entry", place), f"{place}.entry")
        if not 0 <= entry < len(bids) - 1:
            raise Rejected(f"{place}.entry must be the index of a bid below the last; got {entry}")
        length = len(bids) - entry
        levels = numbers(field(entry_node, "levels", place), f"{place}.levels", length)
        density = numbers(field(entry_node, "density", place), f"{place}.density", length)
        if levels[0] != 0.0 or levels[-1] != 1.0 or not all(-1.0 < level <= 1.0 for level in levels):
            raise Rejected(f"{place}.levels must run from 0 to 1 (a negative entry is minus a survival)")
        strategies[label] = Strategy(label, priors[label], bids, entry, levels, density)
    return bids, strategies


def no_gaps(priors: Mapping[str, Prior]) -> None:
    """Refuse supports with gaps."""
    for label, prior in priors.items():
        for left, right in prior.gaps():
            raise Rejected(f"{label!r} may have no mass between {left!r} and {right!r}; the bound needs a density there")


def read_game(
    priors: Mapping[str, Prior], reserve: float | None, node: object
) -> tuple[list[float], dict[str, Strategy], list[str]]:
    """Bids, strategies, and who always bids up to the highest bid; every type that could win has a strategy.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    bids, strategies = read_strategies(priors, node)
    top = bids[-1]
    if reserve is not None and top > reserve:
        raise Rejected(f"the highest bid {top!r} is above the reserve {reserve!r}")
    for label, prior in priors.items():
        if label not in strategies and prior.low < top:
            raise Rejected(f"prover {label!r} could win with costs below {top!r} but has no strategy")
        if label in strategies and not prior.low < top:
            raise Rejected(f"prover {label!r} has no cost below the highest bid {top!r}")
    strong = [label for label, s in strategies.items() if s.prior.high <= top]
    if not strong and top != reserve:
        raise Rejected("a type above the highest bid would still win: the highest bid must be the reserve or end a support")
    if not any(s.entry == 0 for s in strategies.values()):
        raise Rejected("nobody bids in the first cell")
    return bids, strategies, strong
