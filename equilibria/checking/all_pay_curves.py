r"""Certify an all-pay auction between buyers of any laws from the bids and values along one curve.

Buyer $i$ has a value with the law $F_i$ on $[\ell_i,h_i]$, $\ell_i\ge0$, that has a density. The file states, cell by cell, a
bid $b(\tau)$ and for each buyer a value $v_i(\tau)$: polynomials in $\tau\in[0,1]$ by their Bernstein coefficients. These do
not fall, so the polynomials do not either, and each cell begins where the one before it ends. Bids rise on every cell, from the
reserve $r$ on (0 without one); values end at $h_i$. The value $v_i(\tau)$ bids $b(\tau)$, so buyer $i$ bids less with the
chance $G_i=F_i(v_i(\tau))$, no bid above $r$ has a chance of its own, and a bid of $b(\tau)$ wins with the chance
$H_i=\prod_{j\ne i}G_j$. Where $v_i$ is constant buyer $i$ makes no bids. Values below $a_i$ do not take part; $a_i=v_i(0)$,
but with a reserve the file may state a lower *entry* $a_i$ for one buyer, whose values of $[a_i,v_i(0)]$ bid $r$.

**Theorem.** Let $R_i=a_iH_i(0)-r+\int_0^\tau(v_i\,dH_i-db)$ along the curve, and $R_i=0$ for staying away. No value of buyer
$i$ gains more than $\max R_i-\min R_i$ by any bid or by staying away. The maximum is over everything, the minimum over what the
buyer does: $\tau$ at which $v_i$ rises, $\tau=0$ if $a_i<v_i(0)$, and staying away if $F_i(a_i)>0$.

*Proof.* Let $v$ bid $b(\tau)$. By $b(\tau')$ with $\tau'>\tau$ it gains
$\int_\tau^{\tau'}(v\,dH_i-db)\le R_i(\tau')-R_i(\tau)$, as $v\le v_i$ there and $H_i$ does not fall; with $\tau'<\tau$ it
gains $-\int_{\tau'}^\tau(v\,dH_i-db)\le R_i(\tau')-R_i(\tau)$, as $v\ge v_i$ there. A bid of $r$, or of a little more, is
worth at most $vH_i(0)-r$, and just that to the one that bids $r$ with a positive chance; staying away is worth 0. Who takes part
has $v\ge a_i$ and who does not $v\le a_i$, so a move from the one to the other gains at most the difference of $R_i$ as well.
A bid above the highest costs more and wins no more, and one below $r$ is not accepted. ∎

The revenue is $\sum_i\int b\,dG_i$, the value of the winner $\sum_i\int v_iH_i\,dG_i$, and an entry adds
$r(F_i(v_i(0))-F_i(a_i))$ and $H_i(0)\int_{a_i}^{v_i(0)}x\,dF_i$.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from flint import arb, ctx

from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.cdf_powers import integral_of
from equilibria.checking.curve_cells import TERMS, Curve, CurveCell, End, Kind, Part
from equilibria.checking.document import Rejected, field, mapping, number, numbers, only
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior
from equilibria.checking.single_task import single_task

__all__ = ["certify"]

MOST_CELLS = 4000
"""Cells that a file may hold."""

MOST_COEFFICIENTS = 40
"""Of one polynomial."""

MOST_BUYERS = 64
"""Buyers that differ, in law or in bids; the work grows with the square of their number."""

NEGLIGIBLE = 1e-14
"""A share of the highest bid that is not worth refining, on one part of a cell."""

EASE = 16
"""Parts of a cell, on average, after which ten times as much is not worth refining, and again after as many more."""

SPLITS = 8
"""How often, before no bound is derived."""


class Range:
    """R of one kind so far: its total, the most it was anywhere, and the least where the kind bids."""

    def __init__(self, start: arb, away: bool, here: bool) -> None:
        self.total, self.most = start, start.max(arb(0))
        self.least: arb | None = arb(0) if away else None
        if here:
            self.made(start)

    def made(self, value: arb) -> None:
        """Note a value of R at which the kind bids."""
        self.least = value if self.least is None else self.least.min(value)

    def gain(self) -> arb:
        """What nobody of the kind can gain more than."""
        return arb(0) if self.least is None else (self.most - self.least).max(arb(0))


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for the stated strategies of several buyers.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    bids, kinds, reserve = _read(tree)
    cap = ctx.cap
    ctx.cap = TERMS
    try:
        return _Game(bids, kinds, reserve).bounds(progress), -1
    finally:
        ctx.cap = cap


def _read(tree: Mapping[str, object]) -> tuple[Curve, list[Kind], float]:
    sign, priors, market = single_task(tree)
    if sign > 0:
        raise Rejected("all pay has no meaning in a procurement")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = number(mechanism.get("reserve", 0.0), "mechanism.reserve")
    laws = {label: ReflectedPrior(prior) for label, prior in priors.items()}
    if len(laws) < 2 or reserve < 0.0 or any(law.low < 0.0 or law.gaps() for law in laws.values()):
        raise Rejected("the bound needs two buyers or more, values of at least 0 without gaps, and a reserve of at least 0")
    node = mapping(field(tree, "equilibrium", "certificate"), "equilibrium")
    only(node, ("bids", "values", "entries"), "equilibrium")
    bids = _curve(field(node, "bids", "equilibrium"), "equilibrium.bids", None)
    if any(bids.still(k) for k in range(len(bids.rows))):
        raise Rejected("equilibrium.bids must rise on every cell")
    if bids.first != reserve:
        raise Rejected(f"equilibrium.bids must begin at the reserve, {reserve!r}; got {bids.first!r}")
    values = mapping(field(node, "values", "equilibrium"), "equilibrium.values")
    entries = mapping(node.get("entries", {}), "equilibrium.entries")
    only(values, tuple(laws), "equilibrium.values")
    only(entries, tuple(laws), "equilibrium.entries")
    if len(entries) > (reserve > 0.0):
        raise Rejected("equilibrium.entries: with a reserve, one buyer may bid it with a positive chance, else none")
    stated = mapping(market["values"], "market.values")
    kinds: dict[str, Kind] = {}
    for label, law in laws.items():
        where = f"equilibrium.values.{label}"
        curve = _curve(field(values, label, "equilibrium.values"), where, len(bids.rows))
        entry = curve.first if label not in entries else number(entries[label], f"equilibrium.entries.{label}")
        if not (law.low <= entry <= curve.first and curve.rows[-1][-1] == law.high):
            raise Rejected(f"{where} must begin at {law.low!r} or higher, and at the entry or higher, and end at {law.high!r}")
        key = json.dumps([stated[label], curve.rows, entry], sort_keys=True)
        known = kinds.get(key)
        kinds[key] = Kind(law, 1, curve, entry) if known is None else replace(known, copies=known.copies + 1)
    if len(kinds) > MOST_BUYERS:
        raise Rejected(f"equilibrium.values: at most {MOST_BUYERS} buyers may differ; got {len(kinds)}")
    return bids, list(kinds.values()), reserve


def _curve(node: object, where: str, cells: int | None) -> Curve:
    if not isinstance(node, list) or not 1 <= len(node) <= MOST_CELLS or (cells is not None and len(node) != cells):
        raise Rejected(f"{where} must be a list of {cells or f'1 to {MOST_CELLS}'} lists of numbers, one a cell")
    rows = [numbers(row, f"{where}[{k}]") for k, row in enumerate(node)]
    for k, row in enumerate(rows):
        if not 1 <= len(row) <= MOST_COEFFICIENTS:
            raise Rejected(f"{where}[{k}] must hold 1 to {MOST_COEFFICIENTS} numbers; got {len(row)}")
        if any(left > right for left, right in pairwise(row)):
            raise Rejected(f"{where}[{k}] must not fall")
        if k > 0 and row[0] != rows[k - 1][-1]:
            raise Rejected(f"{where}[{k}] must begin where the cell before it ends, at {rows[k - 1][-1]!r}; got {row[0]!r}")
    return Curve(rows)


class _Game:
    """Adds up residuals and amounts from part to part."""

    def __init__(self, bids: Curve, kinds: list[Kind], reserve: float) -> None:
        self.bids, self.kinds, self.reserve = bids, kinds, reserve
        self.slack = NEGLIGIBLE * arb(bids.rows[-1][-1])
        self.ranges: list[Range] = []
        self.paid = self.worth = arb(0)

    def bounds(self, progress: Progress | None) -> Bounds:
        """Of the whole curve."""
        cells = len(self.bids.rows)
        ease, parts = EASE * max(cells, 16), 0
        out = arb(1)
        for k in range(cells):
            cell = CurveCell(self.bids, self.kinds, k)
            ends = {0.0: cell.at(0.0), 1.0: cell.at(1.0)}
            if k == 0:
                out = self._begin(ends[0.0])
            stack = [(0.0, 1.0)]
            while stack:
                parts += 1
                if parts % ease == 0:
                    self.slack = 10 * self.slack
                if parts > SPLITS * ease:
                    row = self.bids.rows[k]
                    raise Rejected(f"no bound within {parts} parts; stopped between bids {row[0]!r} and {row[-1]!r}")
                left, right = stack.pop()
                part = cell.part(left, right, ends[left], ends[right], self.slack)
                if part is not None:
                    self._add(part, cell.still)
                    continue
                centre = 0.5 * (left + right)
                ends[centre] = cell.at(centre)
                stack += [(centre, right), (left, centre)]
            if progress is not None and k % 8 == 0:
                progress((k + 1) / cells)
        gain = arb(0)
        for found in self.ranges:
            gain = gain.max(found.gain())
        return Bounds(gain=gain, payment=-self.paid, resource_cost=-self.worth, redundant=arb(0), no_award=out)

    def _add(self, part: Part, still: list[bool]) -> None:
        for found, (total, up, down), waits in zip(self.ranges, part.moved, still, strict=True):
            before, after = found.total, found.total + total
            found.most = found.most.max((before + up).min(after + down)).max(after)
            if not waits:
                found.made((before - down).max(after - up))
                found.made(after)
            found.total = after
        self.paid += part.paid
        self.worth += part.worth

    def _begin(self, start: End) -> arb:
        """Set out at the reserve; the chance that nobody takes part."""
        out = arb(1)
        for kind, wins in zip(self.kinds, start.wins, strict=True):
            away, lowest = kind.law.cdf(kind.entry), kind.values.first
            waits = kind.entry < lowest
            self.ranges.append(Range(kind.entry * wins - self.reserve, kind.entry > kind.law.low, waits))
            out = out * away**kind.copies
            if waits:
                self.paid += self.reserve * (kind.law.cdf(lowest) - away)
                self.worth += _mean_between(kind.law, kind.entry, lowest) * wins
        return out


def _mean_between(law: Prior, left: float, right: float) -> arb:
    """The integral of the value over its law."""
    return right * law.cdf(right) - left * law.cdf(left) - integral_of(law, left, right, lambda f, s: f)
