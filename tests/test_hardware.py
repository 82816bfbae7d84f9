"""The price table, the hour of a machine, and seconds times price."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from test_difficulty import planted

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, Refused
from proving_cost import (
    Machine,
    PriceTable,
    capital_recovery_factor,
    cost_distributions,
    seconds_distributions,
    summarise,
)

SHIPPED = files("proving_cost").joinpath("hardware.toml").read_text("utf-8")


def test_every_shipped_figure_has_a_source_a_date_and_a_regime() -> None:
    table = PriceTable.from_toml()
    assert {"RTX 5090", "RTX 4090", "H100", "H200", "L4", "A100 80GB"} <= set(table.gpus)
    quotes = [
        q
        for g in table.gpus.values()
        for q in (g.rental_usd_per_hour, g.purchase_usd, g.watts)
        if q is not None
    ]
    for quote in [*quotes, *table.assumptions.values()]:
        assert 0 <= quote.low <= quote.high
        assert (
            quote.source and quote.date[:2] == "20" and quote.regime in ("measured", "published", "assumed")
        )
    assert "RTX 5090" in str(table)


def test_capital_recovery_factor() -> None:
    assert capital_recovery_factor(0.0, 4.0) == 0.25
    payments = [capital_recovery_factor(0.07, 5.0) / 1.07**year for year in range(1, 6)]
    assert sum(payments) == pytest.approx(1.0, abs=1e-14)
    assert capital_recovery_factor(1e-11, 4.0) == pytest.approx(0.25, abs=1e-10)


def own_table(folder: Path, **assumptions: float) -> PriceTable:
    """One accelerator and assumptions without ranges, so that the formula can be done by hand."""
    values = {
        "system_factor": 1.25, "residual_fraction": 0.2, "life_years": 4.0, "capital_rate": 0.0,
        "utilisation": 0.7,
        "power_factor": 1.0, "pue": 1.2, "electricity_usd_per_kwh": 0.0853, **assumptions,
    }  # fmt: skip
    rest = 'source = "s"\ndate = "2026"\nregime = "published"\n'
    text = "".join(f"[assumption.{key}]\nlow = {x}\nhigh = {x}\n{rest}" for key, x in values.items())
    for key, x in (("rental_usd_per_hour", 3.5), ("purchase_usd", 35000.0), ("watts", 700.0)):
        text += f"[gpu.X.{key}]\nlow = {x}\nhigh = {x}\n{rest}"
    path = folder / "table.toml"
    path.write_text(text)
    return PriceTable.from_toml(path)


def test_owning_is_the_formula_and_the_sum_of_its_terms(tmp_path: Path) -> None:
    machine = Machine("2x X", gpus=2, table=own_table(tmp_path))
    capital, energy = machine.owning_terms
    # 35000 USD, host 25 %, 20 % left after 4 years, 70 % busy: 1.43 USD/h for each
    assert capital.value.midpoint == pytest.approx(2 * 35000 * 1.25 * 0.8 / 4 / (8760 * 0.7), rel=1e-15)
    assert capital.value.midpoint / 2 == pytest.approx(1.43, abs=0.005)
    assert energy.value.midpoint == pytest.approx(2 * 1.2 * 0.7 * 0.0853, rel=1e-14)
    total = machine.owning_usd_per_hour
    assert total.lower == capital.value.lower + energy.value.lower
    assert total.upper == capital.value.upper + energy.value.upper
    assert machine.renting_usd_per_hour == Enclosure(7.0, 7.0)
    assert machine.usd_per_hour == Enclosure(total.lower, 7.0)
    with_interest = Machine("X", gpus=2, table=own_table(tmp_path, capital_rate=0.08)).owning_terms[0]
    assert with_interest.value.lower == pytest.approx(
        capital.value.lower * 4 * 0.30192080445403906, rel=1e-12
    )


@pytest.mark.parametrize("gpu", ["RTX 5090", "RTX 4090", "H100", "H200"])
def test_a_wider_assumption_widens_the_interval(gpu: str) -> None:
    machine = Machine(f"8x {gpu}", gpus=8)
    assert (
        machine.owning_usd_per_hour.lower
        < machine.owning_usd_per_hour.upper
        < machine.renting_usd_per_hour.upper
    )
    assert machine.usd_per_hour.lower == machine.owning_usd_per_hour.lower
    assert machine.usd_per_hour.upper == machine.renting_usd_per_hour.upper
    single = Machine(gpu, gpus=1).usd_per_hour
    assert machine.usd_per_hour.lower == pytest.approx(8 * single.lower, rel=1e-14)


def test_terms_are_printed_with_their_regime() -> None:
    text = str(Machine("8x RTX 5090", gpus=8))
    for word in ("capital", "energy", "rent", "total", "assumed", "published", "CRF(r,L)"):
        assert word in text


def test_the_weakest_input_decides_the_regime_of_a_term() -> None:
    machine = Machine("8x RTX 5090", gpus=8)
    assert [term.regime for term in machine.owning_terms] == ["assumed", "assumed"]
    assert machine.renting_terms[0].regime == "published"


@pytest.mark.parametrize(
    ("gpu", "figure"), [("L4", "purchase_usd"), ("A100 80GB", "purchase_usd"), ("B200", "rental")]
)
def test_what_no_source_gives_is_refused(gpu: str, figure: str) -> None:
    with pytest.raises(Refused, match=f"{figure}.*{gpu}"):
        _ = Machine(gpu, gpus=1).usd_per_hour


def test_bad_machines() -> None:
    with pytest.raises(InvalidInput, match=r"must be one of RTX 5090.*got 'TPU'"):
        Machine("8x TPU", gpus=8)
    for count in (0, -1, True, 1.5, "8"):
        with pytest.raises(InvalidInput, match="gpus must be a whole number"):
            Machine("box", gpus=count, gpu="H200")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="label must be"):
        Machine("", gpus=1, gpu="H200")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low = 0.69", "low = 1.69", 'gpu."RTX 5090".rental_usd_per_hour: low must be at most high'),
        ("low = 0.69", "low = -1", 'gpu."RTX 5090".rental_usd_per_hour.low: must lie in'),
        ("low = 0.69", "low = nan", "rental_usd_per_hour.low: must be a finite number"),
        ("low = 0.69", 'low = "cheap"', "rental_usd_per_hour.low: must be a finite number"),
        ("low = 0.69", "low = true", "rental_usd_per_hour.low: must be a finite number"),
        ("low = 0.69\n", "", "rental_usd_per_hour: must have the key 'low'"),
        ("low = 0.69", "low = 0.69\nmedian = 1", "rental_usd_per_hour: must have no other keys"),
        ('regime = "published"', 'regime = "guessed"', "regime: must be one of measured, published, assumed"),
        ('date = "2026-03"', 'date = ""', "date: must be a non-empty text"),
        ('date = "2026-03"', "date = 2026-03-01", "date: must be a non-empty text"),
        ("[assumption.pue]", "[assumption.puff]", "assumption: must have the key 'pue'"),
        ('unit = "USD/kWh"', 'unit = "EUR/kWh"', "electricity_usd_per_kwh.unit: must be 'USD/kWh'"),
        ("low = 0.70\nhigh = 0.70", "low = 0.0\nhigh = 0.70", "utilisation.low: must lie in [0.001, 1]"),
        ("low = 0.69", "low = ", "must be TOML"),
        ("low = 0.69\nhigh = 1.22", "low = 0.69\nlow = 0.70\nhigh = 1.22", "must be TOML"),
        ("[gpu.", "[cpu.", "the file: must have the key 'gpu'"),
    ],
)
def test_a_bad_table_names_the_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SHIPPED
    path = tmp_path / "prices.toml"
    count = -1 if old == "[gpu." else 1
    path.write_text(SHIPPED.replace(old, new, count))
    with pytest.raises(InvalidInput) as caught:
        PriceTable.from_toml(path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_tables_that_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path, tmp_path / "absent.toml", tmp_path / "bytes.toml", Path("a\0b")):
        with pytest.raises(InvalidInput):
            PriceTable.from_toml(path)


def test_seconds_times_price_is_a_distribution_at_each_end() -> None:
    summary = summarise(planted().log)
    machine = Machine("8x RTX 5090", gpus=8)
    costs = cost_distributions(summary, machine)
    assert list(costs.owning) == list(costs.renting) == list(summary.provers)
    for label, prover in summary.provers.items():
        for law, usd in (
            (costs.owning[label], machine.usd_per_hour.lower),
            (costs.renting[label], machine.usd_per_hour.upper),
        ):
            np.testing.assert_allclose(
                law.support, np.array(prover.seconds)[[0, -1]] * usd / 3600, rtol=1e-14
            )
            # the middle one of 41 quantiles is the median; a quantile of the trimmed law is one of the log's
            assert float(law.quantile(0.5)) == pytest.approx(prover.seconds[20] * usd / 3600, rel=1e-9)
            assert float(law.cdf(prover.seconds[8] * usd / 3600)) == pytest.approx(0.2, abs=1e-9)
    assert "owning at" in str(costs) and "usd_per_hour" in repr(costs)


def test_seconds_distributions_and_choice_of_provers() -> None:
    summary = summarise(planted().log)
    chosen = tuple(summary.provers)[:2][::-1]
    laws = seconds_distributions(summary, chosen)
    assert tuple(laws) == chosen
    assert laws[chosen[0]].support == pytest.approx(
        (summary.provers[chosen[0]].seconds[0], summary.provers[chosen[0]].seconds[-1])
    )
    assert abs(laws[chosen[0]].mean() / summary.provers[chosen[0]].mean_seconds - 1) < 0.01
    for wrong in (("nobody",), (), (chosen[0], chosen[0])):
        with pytest.raises(InvalidInput, match="provers"):
            seconds_distributions(summary, wrong)
