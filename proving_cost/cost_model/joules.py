r"""Joules of a proof: measured energy where timings have it, watts times seconds for the rest.

$$ \text{accelerator} = \sum_{\text{measured}} P_e t_e \;+\; f N W \ell\, t, \qquad
   \text{host} = (w - 1)\,\text{accelerator}, \qquad \text{hall} = (\mathrm{PUE} - 1)\,w\,\text{accelerator}, $$

with $P_e$ the mean power of an event's timing, $f$ the share of the seconds whose events have none, $N$ accelerators of
thermal design power $W$, $w$ the machine's watts over its accelerators' and PUE of the price table.  Design power is an
upper bound of what a kernel draws, so the load $\ell$ is from 0.6 to 1 and likely 0.8 (assumed).  Both parts are terms of
their own.  Measured joules are of accelerators that work: idling while others finish is in the second part only.
"""

from __future__ import annotations

from mechanisms.enclosure import Enclosure
from mechanisms.errors import Refused
from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.seconds import PricedEvent
from proving_cost.hardware import Term
from proving_cost.price_table import REGIMES, PriceTable, Quote, Regime

__all__ = ["LOAD", "joules_of"]

LOAD = (0.6, 0.8, 1.0)
"""Watts drawn over design power: low, likely, high."""


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
        Refused: Not all of the energy was measured, and the table has no watts for this machine.
    """
    metered = tuple(p for p in priced if p.prediction.joules)
    whole = sum(p.prediction.seconds for p in priced)
    share = 1.0 if whole <= 0 else 1 - sum(p.prediction.seconds for p in metered) / whole
    lines = [_measured(metered)] if metered else []
    if len(metered) < len(priced) or not priced:
        lines.append(_by_watts(seconds, share, hardware, table, gpus))
    w, pue = table.assumptions["power_factor"], table.assumptions["pue"]
    regime = max((line.term.regime for line in lines), key=REGIMES.index)
    low, high = (sum(ends) for ends in zip(*(line.term.value for line in lines), strict=True))
    likely = sum(line.likely for line in lines)
    host = Enclosure((w.low - 1) * low, (w.high - 1) * high)
    hall = Enclosure((pue.low - 1) * w.low * low, (pue.high - 1) * w.high * high)
    wm, pm = w.range.midpoint, pue.range.midpoint
    lines += [
        _line("host", "(w-1)*accelerator", host, (wm - 1) * likely, f"w: {w.source}", _weaker(regime, w)),
        _line("hall", "(PUE-1)*w*accelerator", hall, (pm - 1) * wm * likely, f"PUE: {pue.source}", _weaker(regime, pue)),
    ]
    return CostBreakdown(label=f"joules on {hardware}", unit="J", lines=tuple(lines))


def _measured(metered: tuple[PricedEvent, ...]) -> Line:
    low = likely = high = 0.0
    for p in (one.prediction for one in metered):
        watts = (p.joules or 0.0) / p.seconds
        low, likely, high = low + watts * p.range.lower, likely + watts * p.seconds, high + watts * p.range.upper
    regime = max((one.prediction.regime for one in metered), key=REGIMES.index)
    source = "mean power of the timings, times seconds"
    return _line("accelerator, metered", "sum of P*t", Enclosure(low, high), likely, source, regime)


def _by_watts(seconds: CostBreakdown, share: float, hardware: str, table: PriceTable, gpus: int) -> Line:
    watts = table.gpu(hardware).watts
    if watts is None:
        raise Refused(
            f"hardware {hardware!r}: joules need its watts; the price table has none. Add them, with a source and a date, "
            "to a table of your own (PriceTable.from_toml)."
        )
    power = (watts.low, watts.range.midpoint, watts.high)
    time = (seconds.total.lower, seconds.likely, seconds.total.upper)
    low, likely, high = (share * gpus * w * load * t for w, load, t in zip(power, LOAD, time, strict=True))
    formula = "gpus*W*load*seconds, load .6 to 1" if share == 1 else f"{share:.3g}*gpus*W*load*seconds, load .6 to 1"
    source = f"W: {watts.source} ({watts.date})"
    return _line("accelerator", formula, Enclosure(low, high), likely, source, "assumed")


def _line(label: str, formula: str, value: Enclosure, likely: float, source: str, regime: Regime) -> Line:
    return Line(term=Term(label=label, formula=formula, unit="J", value=value, source=source, regime=regime), likely=likely)


def _weaker(regime: Regime, quote: Quote) -> Regime:
    return max(regime, quote.regime, key=REGIMES.index)
