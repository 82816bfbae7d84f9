"""Joules, dollars and settlement against numbers worked out by hand, and proofs priced whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from cost_cases import CPU, GPU, model, quote, table, timing

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, MarketError, Refused
from proving_cost.cost_model.breakdown import CostBreakdown, Line
from proving_cost.cost_model.dollars import dollars_of
from proving_cost.cost_model.joules import joules_of
from proving_cost.cost_model.proof_cost import price
from proving_cost.cost_model.seconds import CostModel, seconds_of
from proving_cost.cost_model.settlement import Settlement, groth16_verification_gas
from proving_cost.hardware import Term
from proving_cost.ledger import Ledger
from proving_cost.price_table import PriceTable
from proving_cost.recipes import GNARK_GROTH16

EXACT = 1e-12
NO_HOSTING = Enclosure(0, 0)


def lasting(low: float, likely: float | None = None, high: float | None = None) -> CostBreakdown:
    """Seconds as one term."""
    ends = Enclosure(low, low if high is None else high)
    term = Term(label="all", formula="given", unit="s", value=ends, source="a page", regime="published")
    return CostBreakdown(label="given", unit="s", lines=(Line(term=term, likely=low if likely is None else likely),))


HOUR = lasting(1800, 3600, 7200)


def owned(
    prices: PriceTable, seconds: CostBreakdown, hardware: str = "G", *, gpus: int = 1, hosting: Enclosure = NO_HOSTING
) -> CostBreakdown:
    joules = joules_of(seconds, (), hardware, prices, gpus)
    return dollars_of(seconds, joules, hardware, prices, tenure="own", gpus=gpus, hosting=hosting)


def values(breakdown: CostBreakdown) -> dict[str, tuple[float, float, float]]:
    return {line.term.label: (line.term.value.lower, line.likely, line.term.value.upper) for line in breakdown.lines}


def test_joules_are_watts_times_seconds_with_host_and_hall() -> None:
    found = values(joules_of(HOUR, (), "G", table()))
    assert found["accelerator"] == pytest.approx((0.6 * 500 * 1800, 0.8 * 500 * 3600, 500 * 7200), rel=EXACT)
    assert found["host"] == pytest.approx((0.25 * 540e3, 0.25 * 1440e3, 0.25 * 3600e3), rel=EXACT)
    assert found["hall"] == pytest.approx((0.25 * 540e3, 0.25 * 1440e3, 0.25 * 3600e3), rel=EXACT)  # 0.2 of 1.25
    assert joules_of(HOUR, (), "G", table()).likely == pytest.approx(1.44e6 * 1.25 * 1.2, rel=EXACT)
    assert joules_of(HOUR, (), "G", table(), 8).likely == pytest.approx(8 * 1.44e6 * 1.25 * 1.2, rel=EXACT)
    ranged = values(joules_of(HOUR, (), "G", table(power_factor=(1.2, 1.4), pue=(1.1, 1.3))))
    assert ranged["host"] == pytest.approx((0.2 * 540e3, 0.3 * 1440e3, 0.4 * 3600e3), rel=EXACT)
    assert ranged["hall"] == pytest.approx((0.12 * 540e3, 0.26 * 1440e3, 0.42 * 3600e3), rel=EXACT)


def two_kernels() -> Ledger:
    ledger = Ledger()
    ledger.ntt("goldilocks", 1 << 10)
    ledger.ntt("babybear", 1 << 10)
    return ledger


def test_measured_energy_counts_where_there_is_some_and_watts_for_the_rest() -> None:
    metered = timing("ntt/goldilocks", 1 << 10, 1.0, on="C", joules=30.0)
    half = model(metered, timing("ntt/babybear", 1 << 10, 3.0, on="C"), on="C")
    priced = half.priced(two_kernels())
    found = values(joules_of(seconds_of(priced, "C"), priced, "C", table()))
    assert found["accelerator, metered"] == pytest.approx((27, 30, 33), rel=EXACT)
    assert found["accelerator"] == pytest.approx((0.75 * 60 * 3.6, 0.75 * 80 * 4, 0.75 * 100 * 4.4), rel=EXACT)
    assert found["host"] == pytest.approx((0.25 * 189, 0.25 * 270, 0.25 * 363), rel=EXACT)

    full = model(metered, timing("ntt/babybear", 1 << 10, 3.0, on="C", joules=50.0), on="C")
    priced = full.priced(two_kernels())
    no_watts = table(replace(CPU, watts=None))
    every = joules_of(seconds_of(priced, "C"), priced, "C", no_watts)
    assert [line.term.label for line in every.lines] == ["accelerator, metered", "host", "hall"]
    assert every.likely == pytest.approx(80 * 1.25 * 1.2, rel=EXACT)
    with pytest.raises(Refused, match=r"hardware 'C': joules need its watts; the price table has none"):
        joules_of(HOUR, (), "C", no_watts)


def test_owning_is_capital_energy_and_hosting() -> None:
    found = values(owned(table(), HOUR, hosting=Enclosure(0, 80)))
    capital = 10_000 * 1.25 * 0.8 / 4 / (8760 * 0.7)  # straight line over four years, 70 % busy
    assert found["capital"] == pytest.approx((capital / 2, capital, capital * 2), rel=EXACT)
    assert found["energy"] == pytest.approx((0.1 * 0.15 * 1.5, 0.1 * 0.4 * 1.5, 0.1 * 1.0 * 1.5), rel=EXACT)  # kilowatt-hours
    assert found["hosting"] == pytest.approx((0, 0.625 * 40 / 511, 2 * 0.625 * 80 / 511), rel=EXACT)  # 730 hours, 70 % busy
    with_interest = values(owned(table(capital_rate=0.08), HOUR))
    assert with_interest["capital"][1] == pytest.approx(capital * 4 * 0.301921, rel=1e-6)  # capital recovery factor
    idle = values(owned(table(utilisation=0.35), HOUR, hosting=Enclosure(0, 80)))
    assert idle["capital"][1] == pytest.approx(2 * capital, rel=EXACT)
    assert idle["hosting"][1] == pytest.approx(2 * found["hosting"][1], rel=EXACT)
    assert idle["energy"] == found["energy"]
    ranged = values(owned(table(utilisation=(0.5, 0.8)), HOUR, hosting=Enclosure(40, 80)))
    low, high = 0.625 * 40 / 730 / 0.8, 0.625 * 80 / 730 / 0.5  # the cheapest month when busiest, the dearest when idlest
    assert ranged["hosting"] == pytest.approx((low / 2, (low + high) / 2, high * 2), rel=EXACT)
    eight = owned(table(), HOUR, gpus=8, hosting=Enclosure(0, 80))
    assert eight.likely == pytest.approx(8 * owned(table(), HOUR, hosting=Enclosure(0, 80)).likely, rel=EXACT)


@dataclass(frozen=True)
class Published:
    """USD for an hour of a machine one owns, as others worked it out; `dollars` at full load."""

    name: str
    purchase: float
    watts: float
    seconds: float
    assumptions: dict[str, float]
    dollars: float
    tolerance: float


NOTE = {"power_factor": 1.3, "electricity_usd_per_kwh": 0.0853}  # the rest as in the toy table
HOME = {
    "system_factor": 1.0, "residual_fraction": 0.0, "life_years": 3.0, "utilisation": 1.0, "power_factor": 1.0, "pue": 1.0,
    "electricity_usd_per_kwh": 0.13,
}  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [
        Published("H200, 1.43 + .10", 35_000, 700, 3600, NOTE, 1.52, 0.005),
        Published("H100", 30_000, 700, 3600, NOTE, 1.32, 0.005),
        Published("a box of 100k and 10 kW, an hour: 3.81 + 1.30", 100_000, 10_000, 3600, HOME, 5.11, 0.005),
        Published("the same, a slot of 12 seconds", 100_000, 10_000, 12, HOME, 0.017, 0.0005),
    ],
    ids=lambda case: case.name,
)
def test_an_hour_of_owning_is_what_others_worked_out(case: Published) -> None:
    machine = replace(GPU, purchase_usd=quote(case.purchase), watts=quote(case.watts))
    found = owned(table(machine, **case.assumptions), lasting(case.seconds))
    assert found.total.upper == pytest.approx(case.dollars, abs=case.tolerance)


@pytest.mark.parametrize(
    ("hardware", "gpus", "seconds", "low", "high"),
    [("RTX 4090", 160, 10.3, 0.16, 0.27), ("RTX 5090", 64, 6.9, 0.085, 0.15), ("RTX 5090", 12, 7.0, 0.016, 0.029)],
)
def test_blocks_on_rented_machines_cost_what_was_worked_out_apart(
    hardware: str, gpus: int, seconds: float, low: float, high: float
) -> None:
    found = dollars_of(lasting(seconds), None, hardware, PriceTable.from_toml(), tenure="rent", gpus=gpus)
    assert tuple(found.total) == pytest.approx((low, high), rel=0.03)
    assert [t.label for t in found.terms] == ["rent"]


@pytest.mark.parametrize(("inputs", "gas"), [(0, 181_000), (1, 187_150), (10, 242_500)])
def test_verification_gas(inputs: int, gas: int) -> None:
    assert groth16_verification_gas(inputs) == gas
    assert Settlement(public_inputs=inputs).gas == gas + 21_000 + 16 * (256 + 32 * inputs)
    assert Settlement(public_inputs=inputs, calldata_bytes=0).gas == gas + 21_000


def test_gas_is_paid_by_the_batch() -> None:
    fixed = {"gas_price_gwei": Enclosure(1, 1), "eth_usd": Enclosure(3000, 3000)}
    verification, transaction = Settlement(**fixed).lines()  # type: ignore[arg-type]
    assert verification.term.value == Enclosure(verification.likely, verification.likely)
    assert (verification.likely, transaction.likely) == pytest.approx((0.56145, 0.076824), rel=EXACT)
    shared = Settlement(batch=100, **fixed).lines()  # type: ignore[arg-type]
    assert [line.likely for line in shared] == pytest.approx([0.0056145, 0.00076824], rel=EXACT)
    ranged = Settlement(gas_price_gwei=Enclosure(1, 4), eth_usd=Enclosure(1000, 4000)).lines()[0]
    assert tuple(ranged.term.value) == pytest.approx((0.18715, 0.18715 * 16), rel=EXACT)
    assert ranged.likely == pytest.approx(0.18715 * 4, rel=EXACT)  # the middle of the logarithms
    free = Settlement(gas_price_gwei=Enclosure(0, 4)).lines()[0]
    assert free.term.value.lower == free.likely == 0


def test_a_proof_is_priced_whole() -> None:
    cost = price(GNARK_GROTH16.ledger(1 << 22), "h200", settlement=Settlement(batch=1000))
    assert cost.joules is not None and cost.owning is not None and cost.renting is not None
    assert [t.label for t in cost.owning.terms] == ["capital", "energy", "hosting", "verification gas", "transaction gas"]
    assert [t.label for t in cost.renting.terms] == ["rent", "verification gas", "transaction gas"]
    assert cost.usd == Enclosure(
        min(cost.owning.total.lower, cost.renting.total.lower), max(cost.owning.total.upper, cost.renting.total.upper)
    )
    for part in (cost.seconds, cost.joules, cost.owning, cost.renting):
        assert part.total == Enclosure(sum(t.value.lower for t in part.terms), sum(t.value.upper for t in part.terms))
        assert all(0 <= x.term.value.lower <= x.likely <= x.term.value.upper for x in part.lines)
        assert all(t.source and t.formula and t.regime in ("measured", "assumed") for t in part.terms)
    energy = {line.term.label: line.likely for line in cost.owning.lines}["energy"]
    assert energy == pytest.approx(cost.joules.likely / 3.6e6 * (0.0853 + 0.13) / 2, rel=EXACT)
    data = cost.to_json()
    assert data["usd"] == {"low": cost.usd.lower, "high": cost.usd.upper} and data["missing"] == []
    for words in ("seconds on H200", "joules on H200", "USD, owning H200", "USD, renting H200"):
        assert words in str(cost)


def test_two_accelerators_cost_more_than_one_and_less_than_twice_as_much() -> None:
    one, two = (price(GNARK_GROTH16.ledger(1 << 22), "h200", gpus=k) for k in (1, 2))
    assert one.renting is not None and two.renting is not None
    assert one.seconds.likely / 2 < two.seconds.likely < one.seconds.likely
    assert one.renting.likely < two.renting.likely < 2 * one.renting.likely
    assert two.seconds.label == "seconds on 2x H200"


def test_what_the_table_cannot_price_is_none_with_the_reason() -> None:
    cost = price(GNARK_GROTH16.ledger(1 << 20), "RTX 3090")
    assert cost.owning is None and cost.renting is None and cost.joules is not None
    assert len(cost.missing) == 2 and all("RTX 3090" in why for why in cost.missing)
    with pytest.raises(Refused, match=r"purchase_usd.*rental_usd_per_hour"):
        _ = cost.usd
    assert cost.to_json()["usd"] is None and cost.missing[0] in str(cost)
    bare = table(replace(GPU, watts=None, purchase_usd=None))
    without = price(two_kernels(), "G", table=bare)
    assert without.joules is None and without.owning is None and without.renting is not None
    assert without.usd == without.renting.total


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: price(Ledger(), "h200", gpus=0), "gpus: must be a whole number, 1 or more; got 0"),
        (lambda: price(Ledger(), "tpu"), "hardware: must be one of"),
        (lambda: price(Ledger(), CostModel("h200"), table=table()), "table: must be None with a cost model"),
        (lambda: price(Ledger(), "h200", hosting=Enclosure(-1, 2)), "hosting: must be an Enclosure, 0 or more"),
        (lambda: price(Ledger(), "h200", hosting=80.0), "hosting: must be an Enclosure"),  # type: ignore[arg-type]
        (lambda: dollars_of(HOUR, None, "G", table(), tenure="lease"), "tenure: must be 'own' or 'rent'"),  # type: ignore[arg-type]
        (lambda: dollars_of(HOUR, None, "G", table(), tenure="own"), "the cost of owning needs its joules"),
        (lambda: groth16_verification_gas(-1), "public_inputs: must be a whole number, 0 or more; got -1"),
        (lambda: groth16_verification_gas(1, True), "pairs: must be a whole number"),
        (lambda: Settlement(batch=0), "batch: must be a whole number, 1 or more; got 0"),
        (lambda: Settlement(batch=2.0), "batch: must be a whole number"),  # type: ignore[arg-type]
        (lambda: Settlement(public_inputs=-1), "public_inputs: must be"),
        (lambda: Settlement(calldata_bytes=-1), "calldata_bytes: must be"),
        (lambda: Settlement(gas_price_gwei=Enclosure(-1, 2)), "gas_price_gwei: must be an Enclosure of prices"),
        (lambda: Settlement(eth_usd=3000), "eth_usd: must be an Enclosure of prices"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_refused_in_one_line(wrong: object, said: str) -> None:
    with pytest.raises(MarketError) as caught:
        wrong()  # type: ignore[operator]
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert isinstance(caught.value, InvalidInput | Refused)


def test_small_terms_are_added_up_in_text_and_nothing_is_lost() -> None:
    ledger = GNARK_GROTH16.ledger(1 << 20)
    seconds = price(ledger, "h200").seconds
    text = seconds.text(0.01)
    [row] = [line for line in text.splitlines() if "terms below 1.00%" in line]
    small = [line for line in seconds.lines if line.term.value.upper < 0.01 * seconds.likely]
    assert row.startswith(f"{len(small)} terms") and 0 < len(small) < len(seconds.lines)
    assert float(row.split()[4]) == pytest.approx(sum(line.likely for line in small), rel=1e-3)
    assert len(str(seconds).splitlines()) == len(seconds.lines) + 4
