"""What is known of a deployed network: its designs, each with its rule, its parameters and where they were read.

A `Network` is a record to be read: `.designs` in the order of time, each a configuration of the rules, bonds and fee
controllers of this package. Nothing in it is computed, and every number says whether it is `published` by the network,
`derived` from what is published, or `assumed` for an example.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

from mechanisms.bond import Bond
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput
from mechanisms.fee_controllers.controller import FeeController
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism

__all__ = ["Attack", "Case", "Design", "Evidence", "Network", "Parameter", "published"]

Evidence = Literal["published", "derived", "assumed"]
Value = Fraction | int | str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number (or word) of a design.

    Attributes:
        name: what it is.
        value: exact, or text where it is no number.
        unit: of the value.
        source: repository and path, document, or site.
        pin: commit or page within the source; empty where none was recorded, and the value may have changed since.
        date: as the source gives it; empty where it gives none.
        evidence: who says so.
    """

    name: str
    value: Value
    unit: str = ""
    source: str
    pin: str = ""
    date: str = ""
    evidence: Evidence = "published"

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; exact numbers as text."""
        return {name: str(getattr(self, name)) for name in self.__slots__}


@final
@dataclass(frozen=True, slots=True)
class Attack:
    """A way to gain that is known.

    Attributes:
        text: who does what.
        evidence: `"published"` by the network itself or somebody else, or `"derived"` from its rule.
    """

    text: str
    evidence: Evidence = "derived"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A market to run a design in.

    Attributes:
        mechanism: the rule, as `solve` or `audit` takes it.
        market: an example; costs in it are assumed.
        note: what the numbers stand for, and what the rule leaves out of the design.
    """

    mechanism: Mechanism
    market: Market
    note: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """One design of a network.

    Attributes:
        name: short, with underscores.
        title: as a heading.
        rule: what happens, exactly.
        reconstructed: whether the published text could not be read in full, so that the rule is ours; the title then says
            "-style".
        mechanism: the rule of the catalogue; None where it is none.
        bond: what is at stake; None where nothing is, or nothing is known.
        controller: how the fee moves; None where it does not.
        parameters: the numbers, each with its source.
        claims: what the source claims of incentives; empty where it claims nothing.
        attacks: what is known to pay.
        levers: what a designer could change, and what it would do.
        equilibrium: a case for `solve`; None where no solver knows the rule.
        deviations: a case for `audit`; None where it knows no deviation from the rule.
    """

    name: str
    title: str
    rule: str
    parameters: tuple[Parameter, ...]
    levers: tuple[str, ...]
    reconstructed: bool = False
    mechanism: Mechanism | None = None
    bond: Bond | None = None
    controller: FeeController | None = None
    claims: tuple[str, ...] = ()
    attacks: tuple[Attack, ...] = ()
    equilibrium: Case | None = None
    deviations: Case | None = None

    @property
    def heading(self) -> str:
        """The title, and that the rule is a reconstruction where it is one."""
        return f"{self.title} (reconstructed)" if self.reconstructed else self.title

    def case(self, verb: str) -> Case | None:
        """The case for `"solve"` or `"audit"`.

        Raises:
            InvalidInput: another verb.
        """
        if verb not in ("solve", "audit"):
            raise InvalidInput(f"verb must be 'solve' or 'audit'; got {shown(verb)}.")
        return self.equilibrium if verb == "solve" else self.deviations

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "title": self.heading,
            "rule": self.rule,
            "reconstructed": self.reconstructed,
            "mechanism": None if self.mechanism is None else self.mechanism.spec(),
            "bond": None if self.bond is None else {name: _plain(getattr(self.bond, name)) for name in self.bond.__slots__},
            "controller": None if self.controller is None else repr(self.controller),
            "parameters": [parameter.to_dict() for parameter in self.parameters],
            "claims": list(self.claims),
            "attacks": [{"text": attack.text, "evidence": attack.evidence} for attack in self.attacks],
            "levers": list(self.levers),
            "market_files": [verb for verb in ("solve", "audit") if self.case(verb) is not None],
        }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network and its designs.

    Attributes:
        name: how it is looked up.
        title: its name.
        summary: one sentence.
        designs: in the order of time, at least one.
        open_points: what could not be read or reproduced.
    """

    name: str
    title: str
    summary: str
    designs: tuple[Design, ...]
    open_points: tuple[str, ...] = ()

    def design(self, name: str) -> Design:
        """The design of a name.

        Raises:
            InvalidInput: there is none.
        """
        for design in self.designs:
            if design.name == name:
                return design
        known = ", ".join(design.name for design in self.designs)
        raise InvalidInput(f"design must be one of {known} for {self.name}; got {shown(name)}.")

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "designs": [design.to_dict() for design in self.designs],
            "open_points": list(self.open_points),
        }


def published(
    source: str, pin: str = "", date: str = "", evidence: Evidence = "published"
) -> Callable[..., Parameter]:
    """A maker of parameters that come from one place: call it with name, value and unit.

    Example:
        >>> offer = published("boundless-xyz/boundless contracts/src/BoundlessMarket.sol")
        >>> offer("burned share", Fraction(1, 2)).value
        Fraction(1, 2)
    """

    def parameter(name: str, value: Value, unit: str = "") -> Parameter:
        return Parameter(name=name, value=value, unit=unit, source=source, pin=pin, date=date, evidence=evidence)

    return parameter


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Fraction) else value
