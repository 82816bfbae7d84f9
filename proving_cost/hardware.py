r"""What an hour of a proving machine costs, between owning it and renting it.

Owning. With $P$ the purchase price of one accelerator, $s$ the factor that adds the host, $\rho$ the residual
fraction, $r$ the cost of capital, $L$ the life in years, $u$ the utilisation, $W$ the watts, $w$ the factor
that adds the host's watts, PUE the overhead of the hall and $e$ the price of electricity,

$$ \text{USD/h} = \underbrace{\frac{P\,s\,(1-\rho)\,\mathrm{CRF}(r, L)}{8760\,u}}_{\text{capital}}
   + \underbrace{\mathrm{PUE}\,\frac{W\,w}{1000}\,e}_{\text{energy}},
   \qquad \mathrm{CRF}(r, L) = \frac{r}{1-(1+r)^{-L}},\quad \mathrm{CRF}(0, L) = 1/L . $$

Renting is the range of hourly prices asked.  Each input is a range with a source, a date and a regime
(`measured`, `published` or `assumed`); a total is the sum of terms that can be printed.  The hour is an hour
of *proving*: idle time is in $u$ when owning and is nobody's when renting by the hour.

How to read the numbers: the gap between the two ends is severalfold, but it is common to all provers on equal
hardware. It moves the level of every price, and not the ratio between two mechanisms.

Left out, and therefore a lower bound: staff, bandwidth, tax, spare machines, failed proofs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused
from proving_cost.price_table import REGIMES, PriceTable, Quote, Regime

__all__ = ["Machine", "Term", "capital_recovery_factor"]

HOURS_A_YEAR = 8760.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One visible term of a cost: label, formula, unit, value, source and regime."""

    label: str
    formula: str
    unit: str
    value: Enclosure
    source: str
    regime: Regime

    def __str__(self) -> str:
        return (
            f"{self.label:<10} {self.value.lower:9.4f} .. {self.value.upper:9.4f} {self.unit:<6} "
            f"{self.regime:<9} {self.formula}"
        )


def capital_recovery_factor(rate: float, years: float) -> float:
    r"""Share of a loan to pay each year, $r/(1-(1+r)^{-L})$, and $1/L$ at $r = 0$ (straight line).

    Example:
        >>> round(capital_recovery_factor(0.08, 4.0), 6)
        0.301921
    """
    if rate < 1e-12:
        return 1.0 / years
    return rate / -math.expm1(-years * math.log1p(rate))


@dataclass(frozen=True)
class Machine:
    """A box of equal accelerators, with what an hour of it costs.

    Arguments:
        label: Name to print, e.g. `"8x RTX 5090"`.
        gpus: Number of accelerators, 1 or more.
        gpu: Name of the accelerator in the table; None takes the label without its leading count (`"8x "`).
        table: Price table; None reads the shipped one.

    Raises:
        InvalidInput: The count is not a positive whole number, or the table lacks the accelerator.

    Example:
        >>> Machine("8x RTX 5090", gpus=8).renting_usd_per_hour
        Enclosure(lower=5.52, upper=9.76)
    """

    label: str
    gpus: int
    gpu: str | None = None
    table: PriceTable | None = None

    def __post_init__(self) -> None:
        count: object = self.gpus
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise InvalidInput(
                f"Machine {self.label!r}: gpus must be a whole number, 1 or more; got {count!r}. "
                "Give the number of accelerators in the box."
            )
        if not self.label:
            raise InvalidInput(
                f"Machine: label must be a non-empty string; got {self.label!r}. Try '8x RTX 5090'."
            )
        self._prices.gpu(self._gpu_name)

    @cached_property
    def _prices(self) -> PriceTable:
        return self.table if self.table is not None else PriceTable.from_toml()

    @property
    def _gpu_name(self) -> str:
        return self.gpu if self.gpu is not None else self.label.removeprefix(f"{self.gpus}x ")

    @cached_property
    def owning_terms(self) -> tuple[Term, ...]:
        """Capital and energy of an hour of proving on a machine one owns.

        Raises:
            Refused: The table has no purchase price or no watts for this accelerator.
        """
        price = self._need("purchase_usd", "owning")
        watts = self._need("watts", "owning")
        a = self._prices.assumptions
        s, rho, life, rate = a["system_factor"], a["residual_fraction"], a["life_years"], a["capital_rate"]
        u, w, pue, e = a["utilisation"], a["power_factor"], a["pue"], a["electricity_usd_per_kwh"]
        capital = Enclosure(
            self.gpus * price.low * s.low * (1 - rho.high) * capital_recovery_factor(rate.low, life.high)
            / (HOURS_A_YEAR * u.high),
            self.gpus * price.high * s.high * (1 - rho.low) * capital_recovery_factor(rate.high, life.low)
            / (HOURS_A_YEAR * u.low),
        )  # fmt: skip
        energy = Enclosure(
            self.gpus * pue.low * watts.low * w.low / 1000 * e.low,
            self.gpus * pue.high * watts.high * w.high / 1000 * e.high,
        )
        return (
            Term(
                label="capital", formula="gpus*P*s*(1-rho)*CRF(r,L)/(8760*u)", unit="USD/h", value=capital,
                source=f"P: {price.source} ({price.date}); u: {u.source}",
                regime=_weakest(price, s, rho, life, rate, u),
            ),
            Term(
                label="energy", formula="gpus*PUE*W*w/1000*e", unit="USD/h", value=energy,
                source=f"W: {watts.source} ({watts.date}); e: {e.source} ({e.date})",
                regime=_weakest(watts, w, pue, e),
            ),
        )  # fmt: skip

    @cached_property
    def renting_terms(self) -> tuple[Term, ...]:
        """The rent of an hour, as one term.

        Raises:
            Refused: The table has no rental price for this accelerator.
        """
        rent = self._need("rental_usd_per_hour", "renting")
        value = Enclosure(self.gpus * rent.low, self.gpus * rent.high)
        source = f"{rent.source} ({rent.date})"
        return (
            Term(
                label="rent",
                formula="gpus*rental",
                unit="USD/h",
                value=value,
                source=source,
                regime=rent.regime,
            ),
        )

    @property
    def owning_usd_per_hour(self) -> Enclosure:
        """USD for an hour of proving on a machine one owns: the sum of `owning_terms`."""
        return _total(self.owning_terms)

    @property
    def renting_usd_per_hour(self) -> Enclosure:
        """USD for an hour of proving on a rented machine: the sum of `renting_terms`."""
        return _total(self.renting_terms)

    @property
    def usd_per_hour(self) -> Enclosure:
        """From the cheapest way to own the machine to the dearest way to rent it (or the other way round)."""
        own, rent = self.owning_usd_per_hour, self.renting_usd_per_hour
        return Enclosure(min(own.lower, rent.lower), max(own.upper, rent.upper))

    def _need(self, figure: Literal["rental_usd_per_hour", "purchase_usd", "watts"], way: str) -> Quote:
        gpu = self._prices.gpu(self._gpu_name)
        quotes = {
            "rental_usd_per_hour": gpu.rental_usd_per_hour, "purchase_usd": gpu.purchase_usd,
            "watts": gpu.watts,
        }  # fmt: skip
        quote = quotes[figure]
        if quote is None:
            raise Refused(
                f"Machine {self.label!r}: the cost of {way} needs {figure} of {gpu.name!r}; the price table "
                "has none. "
                "Add it, with a source and a date, to a table of your own (PriceTable.from_toml)."
            )
        return quote

    def __repr__(self) -> str:
        return f"Machine({self.label!r}, gpus={self.gpus}, gpu={self._gpu_name!r})"

    def __str__(self) -> str:
        lines = [f"{self.label}: USD for an hour of proving"]
        for way, terms in (("owning", self.owning_terms), ("renting", self.renting_terms)):
            lines += [f"  {way:<8} {term}" for term in terms]
            total = _total(terms)
            lines.append(f"  {way:<8} {'total':<10} {total.lower:9.4f} .. {total.upper:9.4f} USD/h")
        return "\n".join(lines)


def _total(terms: tuple[Term, ...]) -> Enclosure:
    return Enclosure(sum(t.value.lower for t in terms), sum(t.value.upper for t in terms))


def _weakest(*quotes: Quote) -> Regime:
    return max((q.regime for q in quotes), key=REGIMES.index)
