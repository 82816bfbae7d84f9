r"""Attitudes to risk in ball arithmetic: utility $U$, marginal utility, and $m=U/U'$ of a profit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flint import arb, arb_series

from equilibria.checking.document import Rejected, field, mapping, number, only, string


@dataclass(frozen=True, slots=True)
class Attitude:
    """Power utility $x^{1-r}/(1-r)$ where `absolute` is 0, else $(1-e^{-ax})/a$; the default is risk neutral.

    Attributes:
        relative: $r$, in [0, 1).
        absolute: $a$, at least 0; one of the two is 0.
    """

    relative: float = 0.0
    absolute: float = 0.0

    def utility(self, profit: arb) -> arb:
        """$U$ of a profit, zero or more."""
        if self.absolute:
            return -(-self.absolute * profit).expm1() / self.absolute
        share = 1 - arb(self.relative)
        return profit if not self.relative else profit**share / share

    def marginal(self, profit: arb) -> arb:
        """$U'$ of a positive profit."""
        if self.absolute:
            return (-self.absolute * profit).exp()
        return arb(1) if not self.relative else profit ** (-arb(self.relative))

    def worth(self, profit: arb) -> arb:
        """$m=U/U'$."""
        if self.absolute:
            return (self.absolute * profit).expm1() / self.absolute
        return profit / (1 - arb(self.relative))

    def worth_series(self, profit: arb_series) -> arb_series:
        """$m$ of a series."""
        if self.absolute:
            return ((profit * self.absolute).exp() - 1) / arb(self.absolute)
        return profit / (1 - arb(self.relative))

    def ratio(self, less: arb, more: arb) -> arb:
        """An upper bound of $U'(x)/U'(y)$ for all $x$ at least `less` and $y$ at most `more`, and of 1; it may be infinite."""
        if self.absolute:
            return (self.absolute * (more - less)).exp().max(arb(1))
        if not self.relative:
            return arb(1)
        if not less > 0:
            return arb.pos_inf()
        return ((more / less).max(arb(1))) ** arb(self.relative)


NEUTRAL = Attitude()


def read_attitudes(node: object, labels: Mapping[str, object]) -> dict[str, Attitude]:
    """Attitudes by label, risk neutral where none is stated."""
    attitudes = dict.fromkeys(labels, NEUTRAL)
    for label, entry in mapping(node, "market.attitudes").items():
        where = f"market.attitudes.{label}"
        if label not in attitudes:
            raise Rejected(f"{where}: no agent of that name is in the market")
        only(mapping(entry, where), ("kind", "aversion"), where)
        kind = string(field(entry, "kind", where), f"{where}.kind")
        aversion = number(field(entry, "aversion", where), f"{where}.aversion")
        if kind == "crra" and 0.0 <= aversion < 1.0:
            attitudes[label] = Attitude(relative=aversion)
        elif kind == "cara" and aversion > 0.0:
            attitudes[label] = Attitude(absolute=aversion)
        else:
            raise Rejected(f"{where} must be crra with aversion in [0, 1) or cara above 0; got {kind!r}, {aversion!r}")
    return attitudes
