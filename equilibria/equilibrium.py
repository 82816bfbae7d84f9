"""The solution record of `solve`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from equilibria.strategies import Strategy
from mechanisms import Enclosure, InvalidInput, Market, Mechanism, Refused

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from equilibria.best_response import BestResponse


Status = Literal["proved", "certified", "not_converged", "estimated"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A text that lets a stranger check an equilibrium without the solver (`prover-markets check FILE`)."""

    text: str

    def to_json(self) -> str:
        """The certificate as JSON, its digest included."""
        return self.text


def _nothing() -> Mapping[str, Fraction | Enclosure]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equilibrium:
    r"""Strategies, and what is certified about them.

    Amounts are expectations per request, in the market's money; they are zero when nobody is awarded.

    Attributes:
        mechanism: the rule.
        market: the market.
        solver: how the strategies were found.
        status: `"proved"` where the strategies are dominant or exact, `"certified"` where `epsilon` is a computed bound,
            `"not_converged"` where it is one of strategies that their solver gave up on (`solve(..., throw=False)`),
            `"estimated"` for strategies on a grid under another rule than pay as bid, such as a user's function: nothing is
            certified then, `epsilon` is the most that was found, and `check` refuses the file.
        message: one sentence.
        complete: whether these are all equilibria of the game, as far as its theory says.
        notes: what else there is to say, such as how many equilibria are known.
        epsilon: an upper bound on what any prover of any cost gains by any bid, in money.
        relative_epsilon: `epsilon` as a share of the expected prover surplus (of all provers together), an upper bound.
        expected_payment: what the requester pays; in a sale, the revenue.
        resource_cost: what all provers spend; in a sale, minus the value of the winner.
        redundant_cost: the part of it that is spent on proofs that are thrown away.
        prover_surplus: payment minus cost of all provers together (in a sale, of all buyers).
        no_award: probability that nobody is awarded.
        strategies: by label, where types are private.
        shares: where all costs are known, by label, the share of the award (a chance to win); a rational if it is exact. Empty
            otherwise, as are the next two.
        efforts: where all costs are known, what each reports or spends; a mean where strategies are mixed.
        surplus: where all costs are known, what each keeps in expectation.
        certificate: the file behind all of this.
    """

    mechanism: Mechanism
    market: Market
    solver: str
    status: Status
    message: str
    complete: bool = True
    notes: tuple[str, ...] = ()
    epsilon: float
    relative_epsilon: float
    expected_payment: Enclosure
    resource_cost: Enclosure
    redundant_cost: Enclosure
    prover_surplus: Enclosure
    no_award: Enclosure
    strategies: Mapping[str, Strategy]
    shares: Mapping[str, Fraction | Enclosure] = field(default_factory=_nothing)
    efforts: Mapping[str, Fraction | Enclosure] = field(default_factory=_nothing)
    surplus: Mapping[str, Fraction | Enclosure] = field(default_factory=_nothing)
    certificate: Certificate

    def strategy(self, label: str) -> Strategy:
        """The bid of prover `label` as a function of its cost (in a sale, of its value), on arrays.

        A type that cannot win bids its cost.

        Raises:
            InvalidInput: no prover has that label.
            Refused: all costs are known, so that there are efforts and no strategies.
        """
        self._only_private("strategies", "efforts")
        if label not in self.strategies:
            raise InvalidInput(f"no prover is called {label!r}; the market has {', '.join(self.strategies)}.")
        return self.strategies[label]

    def best_response(self, label: str) -> BestResponse:
        """The best bids of `label` against the strategies of the others, estimated numerically: `.bid(types)`, `.gain(types)`.

        Raises:
            InvalidInput: no prover has that label.
            Refused: the rule has no vectorised outcome, or all costs are known.
        """
        self._only_private("best responses by type", "certificate, which proves them")
        from equilibria.best_response import best_response

        return best_response(self, label)

    def plot(self) -> Figure:
        """A matplotlib figure of the strategies; save it with `.savefig(path)`.

        Raises:
            Refused: all costs are known, so that there are none.
        """
        self._only_private("a figure of strategies", "shares")
        from equilibria.strategy_figure import strategy_figure

        return strategy_figure(self)

    def _only_private(self, what: str, instead: str) -> None:
        if not self.strategies:
            raise Refused(f"an equilibrium of known costs has no {what}: nobody has a type. Read .{instead}.")

    def to_dict(self) -> dict[str, object]:
        """The numbers under their attribute names, as plain JSON values."""
        table: dict[str, object] = {
            "mechanism": self.mechanism.spec(),
            "status": self.status,
            "message": self.message,
            "solver": self.solver,
            "epsilon": self.epsilon,
            "relative_epsilon": self.relative_epsilon,
        }
        for name, value in self._enclosures().items():
            table[name] = _plain(value)
        for name, by_label in self._by_label().items():
            table[name] = {label: _plain(value) for label, value in by_label.items()}
        return table

    def _by_label(self) -> dict[str, Mapping[str, Fraction | Enclosure]]:
        tables = {"shares": self.shares, "efforts": self.efforts, "surplus": self.surplus}
        return {name: by_label for name, by_label in tables.items() if by_label}

    def _enclosures(self) -> dict[str, Enclosure]:
        names = ("expected_payment", "resource_cost", "redundant_cost", "prover_surplus", "no_award")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        return (
            f"Equilibrium({self.mechanism!r}, {len(self.market.labels)} provers, {self.status}, epsilon={self.epsilon:.2g}, "
            f"expected_payment={self.expected_payment.midpoint:.6g})"
        )

    def __str__(self) -> str:
        paid = "revenue" if self.market.sign < 0 else "expected payment"
        rows = {name.replace("_", " "): value for name, value in self._enclosures().items()}
        lines = [f"{self.mechanism!r}: {self.message}"]
        lines += [f"  {paid if name == 'expected payment' else name:<17} {value}" for name, value in rows.items()]
        for name, by_label in self._by_label().items():
            lines += [f"  {f'{name} of {label}':<17} {value}" for label, value in by_label.items()]
        lines += [f"  {'epsilon':<17} {self.epsilon:.3e} ({self.status}; {self.relative_epsilon:.3e} of the prover surplus)"]
        return "\n".join(lines)


def _plain(value: Fraction | Enclosure) -> object:
    """A number as JSON: a rational as text, an enclosure as its ends and middle."""
    if isinstance(value, Fraction):
        return str(value)
    return {"lower": value.lower, "upper": value.upper, "midpoint": value.midpoint}
