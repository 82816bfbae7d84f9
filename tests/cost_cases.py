"""Machines and timings with round numbers, so that what the cost model must say can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

from mechanisms.enclosure import Enclosure
from proving_cost.cost_model.measurements import FORMAT
from proving_cost.cost_model.seconds import CostModel
from proving_cost.cost_model.timings import Timing
from proving_cost.price_table import Gpu, PriceTable, Quote, Regime


def quote(low: float, high: float | None = None, *, unit: str = "1", regime: Regime = "published") -> Quote:
    return Quote(low=low, high=low if high is None else high, unit=unit, source="a page", date="2026", regime=regime)


# A GPU that does 3.2e12 wide multiply-adds, 6.4e12 instructions and 1e12 bytes a second, another twice as fast, and
# two processors of 4 and 8 cores at 2e9 a second each.
GPU = Gpu(
    name="G", rental_usd_per_hour=quote(2.0), purchase_usd=quote(10_000.0), watts=quote(500.0),
    multiprocessors=quote(100.0), clock_ghz=quote(1.0), memory_gb_per_s=quote(1000.0),
)  # fmt: skip
FASTER = replace(GPU, name="G2", clock_ghz=quote(2.0), memory_gb_per_s=quote(2000.0))
CPU = Gpu(
    name="C", rental_usd_per_hour=quote(0.5), purchase_usd=quote(2000.0), watts=quote(100.0), cores=quote(4.0),
    clock_ghz=quote(2.0),
)  # fmt: skip
LARGER = replace(CPU, name="C8", cores=quote(8.0))
ASSUMED = {
    "system_factor": 1.25, "residual_fraction": 0.2, "life_years": 4.0, "capital_rate": 0.0, "utilisation": 0.7,
    "power_factor": 1.25, "pue": 1.2, "electricity_usd_per_kwh": 0.1,
}  # fmt: skip


def table(*gpus: Gpu, **assumptions: float | tuple[float, float]) -> PriceTable:
    """A price table of these machines (the four above if none is given), with assumptions replaced."""
    shown = gpus or (GPU, FASTER, CPU, LARGER)
    values = {**ASSUMED, **assumptions}
    quotes = {key: quote(*(x if isinstance(x, tuple) else (x,))) for key, x in values.items()}
    return PriceTable(gpus={g.name: g for g in shown}, assumptions=quotes)


def timing(
    subject: str, n: int, seconds: float, *, on: str = "G", spread: float = 0.1, joules: float | None = None,
    date: str = "2026-01-01", regime: Regime = "published", source: str = "a page",
) -> Timing:  # fmt: skip
    return Timing(
        hardware=on, subject=subject, n=n, seconds=seconds, range=Enclosure(seconds * (1 - spread), seconds * (1 + spread)),
        joules=joules, library="a library", source=source, date=date, regime=regime,
    )  # fmt: skip


def model(*timings: Timing, on: str = "G", prices: PriceTable | None = None) -> CostModel:
    return CostModel(on, timings=timings, table=table() if prices is None else prices)


def measurement(**changed: object) -> dict[str, object]:
    """A measurement file as data."""
    point = {"subject": "ntt/goldilocks", "n": 1024, "seconds": 0.5, "spread": 0.1, "repetitions": 5}
    return {
        "format": FORMAT, "hardware": "CPU", "machine": "a processor", "date": "2026-11-24", "commit": "21c7f29",
        "command": "prover-markets cost --calibrate", "versions": {"python": "3.11.9"}, "points": [point], **changed,
    }  # fmt: skip
