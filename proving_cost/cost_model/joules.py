r"""Joules of a proof: watts times seconds, or measured energy where timings have it.

$$ \text{accelerator} = W t \;\text{ or }\; \textstyle\sum \text{measured}, \qquad
   \text{host} = (w - 1)\,\text{accelerator}, \qquad \text{hall} = (\mathrm{PUE} - 1)\,w\,\text{accelerator}, $$

with $W$ the thermal design power, $w$ the machine's watts over its accelerators' and PUE of the price table.  Design
power is an upper bound of what a kernel draws, so its lower end is taken at 60 % of it (assumed).  Measured joules are
used only if every event has them; a mixture would hide what is missing.
"""

from __future__ import annotations

from mechanisms.enclosure import Enclosure
from mechanisms.errors import Refused
from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.seconds import PricedEvent
from proving_cost.hardware import Term
from proving_cost.price_table import REGIMES, PriceTable, Quote, Regime

__all__ = ["LEAST_LOAD", "joules_of"]

LEAST_LOAD = 0.6
"""Watts drawn over design power, lower end."""


def joules_of(
    seconds: CostBreakdown, priced: tuple[PricedEvent, ...], hardware: str, table: PriceTable, gpus: int = 1
) -> CostBreakdown:
    """Energy of a proof on a machine one runs oneself.

    Arguments:
        seconds: Of the whole machine.
        priced: The events, whose predictions may carry joules.
        hardware: Name in the price table.
        table: Prices, watts and assumptions.
        gpus: Accelerators that draw the watts all the time.

    Raises:
        Refused: The table has no watts for this machine.
    """
    watts = table.gpu(hardware).watts
    if watts is None:
        raise Refused(
            f"hardware {hardware!r}: joules need its watts; the price table has none. Add them, with a source and a date, "
            "to a table of your own (PriceTable.from_toml)."
        )
    measured = [p.prediction.joules for p in priced]
    w, pue = table.assumptions["power_factor"], table.assumptions["pue"]
    if priced and all(j is not None for j in measured):
        energy = float(sum(j for j in measured if j is not None))
        low, likely, high = (energy * end / seconds.likely for end in (seconds.total.lower, seconds.likely, seconds.total.upper))
        formula, source, regime = "sum of measured joules", "measured with the timings", _weakest_of(priced)
    else:
        low = gpus * watts.low * LEAST_LOAD * seconds.total.lower
        likely = gpus * watts.range.midpoint * (1 + LEAST_LOAD) / 2 * seconds.likely
        high = gpus * watts.high * seconds.total.upper
        formula, source, regime = "gpus*W*load*seconds, load .6 to 1", f"W: {watts.source} ({watts.date})", "assumed"
    own = Enclosure(low, high)
    host = Enclosure((w.low - 1) * low, (w.high - 1) * high)
    hall = Enclosure((pue.low - 1) * w.low * low, (pue.high - 1) * w.high * high)
    wm, pm = w.range.midpoint, pue.range.midpoint
    return CostBreakdown(
        label=f"joules on {hardware}", unit="J",
        lines=(
            _line("accelerator", formula, own, likely, source, regime),
            _line("host", "(w-1)*accelerator", host, (wm - 1) * likely, f"w: {w.source}", _weaker(regime, w)),
            _line("hall", "(PUE-1)*w*accelerator", hall, (pm - 1) * wm * likely, f"PUE: {pue.source}", _weaker(regime, pue)),
        ),
    )  # fmt: skip


def _line(label: str, formula: str, value: Enclosure, likely: float, source: str, regime: Regime) -> Line:
    return Line(term=Term(label=label, formula=formula, unit="J", value=value, source=source, regime=regime), likely=likely)


def _weaker(regime: Regime, quote: Quote) -> Regime:
    return max(regime, quote.regime, key=REGIMES.index)


def _weakest_of(priced: tuple[PricedEvent, ...]) -> Regime:
    return max((p.prediction.regime for p in priced), key=REGIMES.index)
