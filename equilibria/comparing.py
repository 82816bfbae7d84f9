"""`compare`: several rules on one market, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from equilibria.columns.cell import Cell, Column, Place
from equilibria.equilibrium import Equilibrium
from equilibria.requester_surplus import requester_surplus
from equilibria.solving import Progress, solve
from equilibria.text_table import ends, named, shown, table
from equilibria.whole_catalogue import Candidate, rules_left_out
from mechanisms import Enclosure, InvalidInput, Market, MarketError, Mechanism


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonRow:
    """One rule of a comparison.

    Attributes:
        mechanism: the rule.
        equilibrium: its equilibrium, or None if there is none to show.
        requester_surplus: what the requester keeps in expectation (`value` times the probability of an award, minus the
            payment; in a sale, what selling brings over keeping the item); None without a number as `value`.
        reason: why there is no equilibrium; None if there is one.
        ground: where the parameters of the rule are from, if it is one of `every_rule`.
        cells: what the columns that were asked for say, by name.
    """

    mechanism: Mechanism
    equilibrium: Equilibrium | None
    requester_surplus: Enclosure | None
    reason: str | None
    ground: str = ""
    cells: Mapping[str, Cell] = field(default_factory=_nothing)

    def to_dict(self) -> dict[str, object]:
        """The row as plain JSON values."""
        found: dict[str, object] = {"mechanism": self.mechanism.spec()}
        if self.equilibrium is not None:
            found = self.equilibrium.to_dict()
        surplus = self.requester_surplus
        row: dict[str, object] = found | {"requester_surplus": None if surplus is None else ends(surplus), "reason": self.reason}
        if self.cells:
            row |= {"ground": self.ground, "columns": {name: cell.to_dict() for name, cell in self.cells.items()}}
        return row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Rules side by side on one market.

    Attributes:
        market: the market.
        rows: one row a rule, in the order given.
        message: how many rules have an equilibrium here.
        columns: the columns that were asked for, by name.
        left_out: rules of the catalogue that this market has no room for, and why, where all were asked for.
    """

    market: Market
    rows: tuple[ComparisonRow, ...]
    message: str
    columns: Mapping[str, Column] = field(default_factory=_nothing)
    left_out: Mapping[str, str] = field(default_factory=_nothing)

    def to_dict(self) -> dict[str, object]:
        """The table as plain JSON values."""
        told: dict[str, object] = {"message": self.message, "rows": [row.to_dict() for row in self.rows]}
        if self.columns:
            told["columns"] = {name: {"title": column.title, "about": column.about} for name, column in self.columns.items()}
            told["left_out"] = dict(self.left_out)
        return told

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why cells are empty, and rules left out: each reason once, with the rules that it holds for."""
        told: dict[str, list[str]] = {}
        for row in self.rows:
            if row.reason is not None:
                told.setdefault(row.reason, []).append(named(row.mechanism))
            for name, cell in row.cells.items():
                silent = row.equilibrium is None and (self.columns[name].solved or cell.note == row.reason)
                if cell.value is None and not silent:
                    told.setdefault(f"{self.columns[name].title}: {cell.note}", []).append(named(row.mechanism))
        for rule, why in self.left_out.items():
            told.setdefault(f"left out: {why}", []).append(rule)
        return tuple(f"{', '.join(rules)}: {reason}" for reason, rules in told.items())

    def __repr__(self) -> str:
        return f"Comparison({len(self.rows)} rules, {len(self.market.labels)} provers: {self.message})"

    def __str__(self) -> str:
        if self.columns:
            rows = [["rule", *(column.title for column in self.columns.values())]]
            rows += [[named(row.mechanism), *map(str, row.cells.values())] for row in self.rows]
            return "\n".join([table(rows), *self.reasons])
        valued = any(row.requester_surplus is not None for row in self.rows)
        paid = "revenue" if self.market.sign < 0 else "expected payment"
        head = ["rule", paid, "resource cost", "of it redundant", "prover surplus", "no award"]
        head += ["requester surplus"] * valued + ["epsilon"]
        lines, reasons = [head], []
        for row in self.rows:
            name, found = repr(row.mechanism), row.equilibrium
            if found is None:
                lines.append([name] + ["-"] * (len(head) - 1))
                reasons.append(f"{name}: {row.reason}")
                continue
            numbers: list[Enclosure | None] = [
                found.expected_payment, found.resource_cost, found.redundant_cost, found.prover_surplus, found.no_award,
            ]  # fmt: skip
            numbers += [row.requester_surplus] * valued
            lines.append([name, *map(shown, numbers), f"{found.epsilon:.1e} ({found.status})"])
        return "\n".join([table(lines), *reasons])


def compare(
    market: Market,
    mechanisms: Iterable[Mechanism | Candidate],
    *,
    columns: Iterable[str] | str = (),
    seconds: float = 1.0,
    processes: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    r"""Solve several rules on one market.

    Each rule is solved on its own, as by `solve`; the numbers of its row are certified, and every one of them, so that a
    difference between two rows is real where their enclosures do not overlap.

    Args:
        market: the market, `tasks=1`.
        mechanisms: the rules, at least one; the same rule may come twice. `every_rule(market)` is the whole catalogue.
        columns: names of `equilibria.columns.registry.COLUMNS`, or `"all"`: what else is said of each rule, each number with
            how it is known. None by default.
        seconds: how long the audit of one rule may search.
        processes: with 2, another process audits the rules while this one solves them; a script that asks for it has its calls
            under `if __name__ == "__main__":`.
        progress: called as `progress(what, share)` now and then.

    Returns:
        A `Comparison`, one row a rule in the order given. A rule that has no equilibrium here does not end the comparison:
        its row says why.

    Raises:
        InvalidInput: no rule is given, or something that is no rule; a column of another name; seconds that are not positive;
            other than 1 or 2 processes.

    Notes:
        It takes as long as solving the rules one by one. With all columns, long-run entry solves each rule a few times more, and
        the audit takes up to its seconds a rule.

    Example:
        >>> from mechanisms import FirstPrice, Optimal, Procurement, Uniform, Vickrey
        >>> market = Procurement(costs={name: Uniform(0, 1) for name in "abc"}, value=1.0)
        >>> comparison = compare(market, [FirstPrice(), Vickrey(), Optimal()])
        >>> [round(row.requester_surplus.midpoint, 5) for row in comparison.rows]  # Myerson: 17/32
        [0.5, 0.5, 0.53125]

    References:
        Myerson (1981), Mathematics of Operations Research 6: revenue equivalence, and the optimal rule.
    """
    if not isinstance(market, Market):
        raise InvalidInput(f"market must be a Procurement or a Sale; got {type(market).__name__}.")
    if isinstance(mechanisms, Mechanism) or not isinstance(mechanisms, Iterable):
        raise InvalidInput(f"mechanisms must be a list of rules; got {type(mechanisms).__name__}. Put it in a list.")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise InvalidInput(f"seconds must be a positive number; got {seconds!r}. 1 is enough for two provers.")
    if isinstance(processes, bool) or processes not in (1, 2):
        raise InvalidInput(f"processes must be 1 or 2; got {processes!r}. 2 audits while it solves.")
    rules = tuple(mechanisms)
    if not rules:
        raise InvalidInput("mechanisms must hold at least one rule; got none. Pass for example [FirstPrice(), Vickrey()].")
    for place, rule in enumerate(rules):
        if not isinstance(rule, Mechanism | Candidate):
            raise InvalidInput(f"mechanisms[{place}] must be a rule such as FirstPrice(); got {type(rule).__name__}.")
    candidates = tuple(rule if isinstance(rule, Candidate) else Candidate(rule) for rule in rules)
    wanted = _columns(columns)
    rows = []
    with _unsolved(candidates, market, wanted, float(seconds), processes) as unsolved:
        for place, (one, known) in enumerate(zip(candidates, unsolved, strict=True)):
            part = _part(progress, one.mechanism, place, len(rules))
            rows.append(_row(one, market, wanted, float(seconds), known, part))
    if progress is not None:
        progress("comparing", 1.0)
    solved = sum(row.equilibrium is not None for row in rows)
    count = "every rule" if solved == len(rows) else f"{solved} of {len(rows)} rules"
    has = "has" if solved == len(rows) or solved == 1 else "have"
    return Comparison(
        market=market,
        rows=tuple(rows),
        message=f"{count} {has} an equilibrium here",
        columns=wanted,
        left_out=rules_left_out(market, candidates) if wanted and any(one.ground for one in candidates) else {},
    )


def _columns(names: Iterable[str] | str) -> dict[str, Column]:
    if not names:
        return {}
    from equilibria.columns.registry import columns_of

    return columns_of(names)


Later = Mapping[str, Callable[[], Cell]]
"""Cells of a row that another process finds, by column."""


@contextmanager
def _unsolved(
    candidates: tuple[Candidate, ...], market: Market, columns: Mapping[str, Column], seconds: float, processes: int
) -> Iterator[list[Later]]:
    """For each rule the columns that no equilibrium enters, begun in another process; none with one process."""
    names = [name for name, column in columns.items() if column.apart]
    if processes == 1 or not names:
        yield [{} for _ in candidates]
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(processes - 1, get_context("spawn"))  # a fork would copy the locks of compiled libraries
    try:
        started: list[Later] = []
        for one in candidates:
            place = Place(
                mechanism=one.mechanism,
                market=one.market or market,
                compared=market,
                equilibrium=None,
                reason=None,
                seconds=seconds,
            )
            started.append({name: pool.submit(_cell, name, place).result for name in names})
        yield started
    finally:
        pool.shutdown(cancel_futures=True)


def _cell(name: str, place: Place) -> Cell:
    return _columns(name)[name].at(place)


def _row(
    one: Candidate, market: Market, columns: Mapping[str, Column], seconds: float, known: Later, progress: Progress | None
) -> ComparisonRow:
    rule, played = one.mechanism, one.market or market
    found, reason = None, None
    try:
        found = solve(rule, played, progress=progress)
    except MarketError as error:
        reason = str(error)
    place = Place(mechanism=rule, market=played, compared=market, equilibrium=found, reason=reason, seconds=seconds)
    cells = {}
    for name, column in columns.items():
        if progress is not None:
            progress(column.title, 1.0)
        cells[name] = known[name]() if name in known else column.at(place)
    return ComparisonRow(
        mechanism=rule,
        equilibrium=found,
        requester_surplus=None if found is None else requester_surplus(found),
        reason=reason,
        ground=one.ground,
        cells=cells,
    )


def _part(progress: Progress | None, rule: Mechanism, place: int, count: int) -> Progress | None:
    """Progress of one rule as a part of the whole."""
    if progress is None:
        return None
    progress(repr(rule), place / count)
    return lambda what, share: progress(f"{rule!r}: {what}", (place + share) / count)
