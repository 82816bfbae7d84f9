"""`compare`: several rules on one market, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from equilibria.equilibrium import Equilibrium
from equilibria.requester_surplus import requester_surplus
from equilibria.solving import Progress, solve
from equilibria.text_table import ends, shown, table
from mechanisms import Enclosure, InvalidInput, Market, MarketError, Mechanism


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonRow:
    """One rule of a comparison.

    Attributes:
        mechanism: the rule.
        equilibrium: its equilibrium, or None if there is none to show.
        requester_surplus: what the requester keeps in expectation (`value` times the probability of an award, minus the
            payment; in a sale, what selling brings over keeping the item); None without a number as `value`.
        reason: why there is no equilibrium; None if there is one.
    """

    mechanism: Mechanism
    equilibrium: Equilibrium | None
    requester_surplus: Enclosure | None
    reason: str | None

    def to_dict(self) -> dict[str, object]:
        """The row as plain JSON values."""
        found = {"mechanism": self.mechanism.spec()} if self.equilibrium is None else self.equilibrium.to_dict()
        surplus = self.requester_surplus
        return found | {"requester_surplus": None if surplus is None else ends(surplus), "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Rules side by side on one market.

    Attributes:
        market: the market.
        rows: one row a rule, in the order given.
        message: how many rules have an equilibrium here.
    """

    market: Market
    rows: tuple[ComparisonRow, ...]
    message: str

    def to_dict(self) -> dict[str, object]:
        """The table as plain JSON values."""
        return {"message": self.message, "rows": [row.to_dict() for row in self.rows]}

    def __repr__(self) -> str:
        return f"Comparison({len(self.rows)} rules, {len(self.market.labels)} provers: {self.message})"

    def __str__(self) -> str:
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


def compare(market: Market, mechanisms: Iterable[Mechanism], *, progress: Progress | None = None) -> Comparison:
    r"""Solve several rules on one market.

    Each rule is solved on its own, as by `solve`; the numbers of its row are certified, and every one of them, so that a
    difference between two rows is real where their enclosures do not overlap.

    Args:
        market: the market, `tasks=1`.
        mechanisms: the rules, at least one; the same rule may come twice.
        progress: called as `progress(what, share)` now and then.

    Returns:
        A `Comparison`, one row a rule in the order given. A rule that has no equilibrium here does not end the comparison:
        its row says why.

    Raises:
        InvalidInput: no rule is given, or something that is no rule.

    Notes:
        It takes as long as solving the rules one by one.

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
    rules = tuple(mechanisms)
    if not rules:
        raise InvalidInput("mechanisms must hold at least one rule; got none. Pass for example [FirstPrice(), Vickrey()].")
    for place, rule in enumerate(rules):
        if not isinstance(rule, Mechanism):
            raise InvalidInput(f"mechanisms[{place}] must be a rule such as FirstPrice(); got {type(rule).__name__}.")
    rows = []
    for place, rule in enumerate(rules):
        rows.append(_row(rule, market, _part(progress, rule, place, len(rules))))
    if progress is not None:
        progress("comparing", 1.0)
    solved = sum(row.equilibrium is not None for row in rows)
    count = "every rule" if solved == len(rows) else f"{solved} of {len(rows)} rules"
    has = "has" if solved == len(rows) or solved == 1 else "have"
    return Comparison(market=market, rows=tuple(rows), message=f"{count} {has} an equilibrium here")


def _row(rule: Mechanism, market: Market, progress: Progress | None) -> ComparisonRow:
    try:
        found = solve(rule, market, progress=progress)
    except MarketError as error:
        return ComparisonRow(mechanism=rule, equilibrium=None, requester_surplus=None, reason=str(error))
    return ComparisonRow(mechanism=rule, equilibrium=found, requester_surplus=requester_surplus(found), reason=None)


def _part(progress: Progress | None, rule: Mechanism, place: int, count: int) -> Progress | None:
    """Progress of one rule as a part of the whole."""
    if progress is None:
        return None
    progress(repr(rule), place / count)
    return lambda what, share: progress(f"{rule!r}: {what}", (place + share) / count)
