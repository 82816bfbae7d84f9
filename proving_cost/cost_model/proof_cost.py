r"""What a proof costs on a machine: seconds, joules and US dollars, term by term.

How to read the numbers.  `likely` is the best single guess; `low` and `high` hold whatever is said below them, all
uncertainties at the same end at once; `typical` assumes that kernels timed apart err apart.  Between owning and renting
lies a factor of two to three, which is in neither: it is a choice (`usd` is the hull of both).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.breakdown import CostBreakdown
from proving_cost.cost_model.dollars import HOSTING_USD_PER_KW_MONTH, Tenure, dollars_of
from proving_cost.cost_model.joules import joules_of
from proving_cost.cost_model.seconds import CostModel, seconds_of
from proving_cost.cost_model.settlement import Settlement
from proving_cost.ledger import Ledger
from proving_cost.price_table import PriceTable

__all__ = ["ProofCost", "price"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProofCost:
    """Cost of one proof on one machine.

    Attributes:
        hardware: The machine.
        gpus: Accelerators that share the work.
        seconds: Terms of the time.
        joules: Terms of the energy; None where the price table has no watts.
        owning: Terms in USD on a machine one owns; None where the table lacks a price.
        renting: Terms in USD on a rented machine; None likewise.
        missing: Why something is None, one sentence each.
    """

    hardware: str
    gpus: int
    seconds: CostBreakdown
    joules: CostBreakdown | None
    owning: CostBreakdown | None
    renting: CostBreakdown | None
    missing: tuple[str, ...]

    @property
    def usd(self) -> Enclosure:
        """From the cheapest way of owning to the dearest of renting, or the other way round.

        Raises:
            Refused: The price table prices neither.
        """
        totals = [b.total for b in (self.owning, self.renting) if b is not None]
        if not totals:
            raise Refused(" ".join(self.missing))
        return Enclosure(min(t.lower for t in totals), max(t.upper for t in totals))

    def to_json(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        parts = {name: getattr(self, name) for name in ("seconds", "joules", "owning", "renting")}
        usd = None if self.owning is None and self.renting is None else {"low": self.usd.lower, "high": self.usd.upper}
        return {
            "hardware": self.hardware, "gpus": self.gpus, "usd": usd,
            **{name: None if part is None else part.to_json() for name, part in parts.items()}, "missing": list(self.missing),
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"ProofCost({self.hardware!r}, {self.seconds.likely:.4g} s)"

    def text(self, smallest: float = 0.0) -> str:
        """All terms as tables; those below a share of their total are added up, see `CostBreakdown.text`."""
        parts = [p for p in (self.seconds, self.joules, self.owning, self.renting) if p is not None]
        return "\n\n".join([*(p.text(smallest) for p in parts), *self.missing])

    def __str__(self) -> str:
        return self.text()


def price(
    ledger: Ledger,
    hardware: str | CostModel,
    *,
    gpus: int = 1,
    settlement: Settlement | None = None,
    hosting: Enclosure = HOSTING_USD_PER_KW_MONTH,
    table: PriceTable | None = None,
) -> ProofCost:
    """Price a ledger on a machine.

    Arguments:
        ledger: What the prover does.
        hardware: Name of a machine (`h200`, `rtx4090`, `cpu`...), or a cost model of one.
        gpus: Accelerators in the machine.  The work is divided evenly but for a share, a term of its own, that a single
            proof cannot divide.
        settlement: On-chain verification; None leaves it out.
        hosting: USD for a kilowatt and month beyond electricity, when owning.
        table: Prices and facts; None reads the shipped table.  Not together with a cost model, which has its own.

    Returns:
        The cost; what the table cannot price is None, with the reason in `missing`.

    Raises:
        InvalidInput: No such machine, a count of accelerators below 1, or an event that is not modelled.
        Refused: An event has no unit cost on this machine.
    """
    if type(gpus) is not int or gpus < 1:
        raise InvalidInput(f"gpus: must be a whole number, 1 or more; got {gpus!r}.")
    if isinstance(hardware, CostModel) and table is not None:
        raise InvalidInput("table: must be None with a cost model, which has its own; got a table. Give it to the model.")
    model = hardware if isinstance(hardware, CostModel) else CostModel(hardware, table=table)
    priced = model.priced(ledger)
    seconds = seconds_of(priced, model.device.name, gpus)
    name, prices = model.device.name, model.prices
    missing: list[str] = []
    joules = None
    try:
        joules = joules_of(seconds, priced, name, prices, gpus)
    except Refused as why:
        missing.append(str(why))

    def usd(tenure: Tenure) -> CostBreakdown | None:
        try:
            return dollars_of(
                seconds, joules, name, prices, tenure=tenure, gpus=gpus, settlement=settlement, hosting=hosting
            )
        except Refused as why:
            if str(why) not in missing:
                missing.append(str(why))
            return None

    owning, renting = usd("own"), usd("rent")
    return ProofCost(
        hardware=name, gpus=gpus, seconds=seconds, joules=joules, owning=owning, renting=renting, missing=tuple(missing)
    )
