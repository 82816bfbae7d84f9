r"""Dollars of a proof: capital, energy, hosting and settlement if one owns the machine; rent and settlement if not.

$$ \text{own} = \frac{t}{3600}\Big(\text{capital} + \frac{W w}{1000}\,\frac{h}{730\,u}\Big)
   + \frac{J}{3.6 \cdot 10^6}\,e + \frac{\text{gas}}{B}, \qquad
   \text{rent} = \frac{t}{3600}\,\text{rent} + \frac{\text{gas}}{B} , $$

with capital and rent an hour of `hardware.Machine` (price, residual, life, capital recovery factor, utilisation), $t$
the seconds, $J$ the joules, host and hall included (`joules`), $e$ the price of a kilowatt-hour, and $h$ the hosting of
a kilowatt for a month beyond electricity (space, network, hands), over 730 hours.  Idle time is in the utilisation $u$
when owning; hosting is divided by it too, and the power of an idle machine is left out.  Each end of a term takes the
same end of the seconds and of the price.  Owning or renting is one of the uncertainties; `ProofCost` shows both.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused
from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.settlement import Settlement
from proving_cost.hardware import Machine, Term
from proving_cost.price_table import REGIMES, PriceTable

__all__ = ["HOSTING_USD_PER_KW_MONTH", "Tenure", "dollars_of"]

Tenure: TypeAlias = Literal["own", "rent"]
HOSTING_USD_PER_KW_MONTH = Enclosure(0.0, 80.0)
"""From a prover at home to colocation without its electricity; assumed."""
HOURS_A_MONTH = 730.0
SECONDS_AN_HOUR = 3600.0
JOULES_A_KWH = 3.6e6


def dollars_of(
    seconds: CostBreakdown,
    joules: CostBreakdown | None,
    hardware: str,
    table: PriceTable,
    *,
    tenure: Tenure,
    gpus: int = 1,
    settlement: Settlement | None = None,
    hosting: Enclosure = HOSTING_USD_PER_KW_MONTH,
) -> CostBreakdown:
    """US dollars of a proof.

    Arguments:
        seconds: Of the whole machine.
        joules: Of the whole machine; who rents may pass None, since the rent includes them.
        hardware: Name in the price table.
        table: Prices and assumptions.
        tenure: Whether the machine is owned or rented.
        gpus: Accelerators of the machine.
        settlement: On-chain verification; None leaves it out.
        hosting: USD for a kilowatt and month, electricity apart.

    Raises:
        Refused: The table has no price of this machine for this tenure, or there are no joules for an owner to pay.
        InvalidInput: Hosting below 0, or another tenure.
    """
    if tenure not in ("own", "rent"):
        raise InvalidInput(f"tenure: must be 'own' or 'rent'; got {tenure!r}.")
    if not isinstance(hosting, Enclosure) or hosting.lower < 0:
        raise InvalidInput(f"hosting: must be an Enclosure, 0 or more USD for a kilowatt and month; got {hosting!r}.")
    label = hardware if gpus == 1 else f"{gpus}x {hardware}"
    machine = Machine(label, gpus=gpus, gpu=hardware, table=table)
    if tenure == "own":
        capital = next(term for term in machine.owning_terms if term.label == "capital")
        if joules is None:
            raise Refused(f"hardware {hardware!r}: the cost of owning needs its joules; there are none.")
        lines = [_during(capital, seconds), _energy(joules, table), _during(_hosting(hardware, table, gpus, hosting), seconds)]
    else:
        lines = [_during(term, seconds) for term in machine.renting_terms]
    if settlement is not None:
        lines += settlement.lines()
    return CostBreakdown(label=f"USD, {tenure}ing {label}", unit="USD", lines=tuple(lines))


def _during(term: Term, seconds: CostBreakdown) -> Line:
    """An hourly price for the seconds of a proof."""
    low, high = (rate * t / SECONDS_AN_HOUR for rate, t in zip(term.value, seconds.total, strict=True))
    priced = Term(
        label=term.label, formula=f"seconds/3600*{term.formula}", unit="USD", value=Enclosure(low, high), source=term.source,
        regime=max([term.regime, *(t.regime for t in seconds.terms)], key=REGIMES.index),
    )  # fmt: skip
    return Line(term=priced, likely=term.value.midpoint * seconds.likely / SECONDS_AN_HOUR)


def _energy(joules: CostBreakdown, table: PriceTable) -> Line:
    price = table.assumptions["electricity_usd_per_kwh"]
    low, high = (j * e / JOULES_A_KWH for j, e in zip(joules.total, price.range, strict=True))
    term = Term(
        label="energy", formula="joules/3.6e6*e", unit="USD", value=Enclosure(low, high),
        source=f"e: {price.source} ({price.date})",
        regime=max([price.regime, *(t.regime for t in joules.terms)], key=REGIMES.index),
    )  # fmt: skip
    return Line(term=term, likely=joules.likely * price.range.midpoint / JOULES_A_KWH)


def _hosting(hardware: str, table: PriceTable, gpus: int, hosting: Enclosure) -> Term:
    watts = table.gpu(hardware).watts
    if watts is None:
        raise Refused(f"hardware {hardware!r}: hosting needs its watts; the price table has none. Add them to your own table.")
    a = table.assumptions
    w, u = a["power_factor"], a["utilisation"]
    low = gpus * watts.low * w.low / 1000 * hosting.lower / HOURS_A_MONTH / u.high
    high = gpus * watts.high * w.high / 1000 * hosting.upper / HOURS_A_MONTH / u.low
    return Term(
        label="hosting", formula="gpus*W*w/1000*h/(730*u)", unit="USD/h", value=Enclosure(low, high),
        source="space, network and hands for a kilowatt and month, electricity apart: assumed range", regime="assumed",
    )  # fmt: skip
