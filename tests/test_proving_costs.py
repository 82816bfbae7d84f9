"""The paper on what a proof costs: results, figures, page and expected numbers agree, and bad logs are refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equilibria import tune
from mechanisms import Empirical, FirstPrice, InvalidInput, Procurement, Vickrey
from papers.numbers import middle, rounded, text_of
from papers.proving_costs import __main__ as paper
from papers.proving_costs import compute as computing
from papers.proving_costs.figure import NAMES, RESULTS, draw
from papers.proving_costs.market import reserve_prices
from papers.proving_costs.page import PAGE, PICTURES, page_of
from papers.proving_costs.scenario import SCENARIO, Scenario
from proving_cost.cost_model import CostModel, population_costs, price
from proving_cost.recipes import cost_per_proof, recipe_named
from tests.figure_files import pictures_only, with_pdf

ROOT = Path(__file__).resolve().parent.parent
EXPECTED = RESULTS.with_name("EXPECTED.md")
ROW = re.compile(r"^\| (?P<path>[a-z][^|]*?) \| (?P<expected>[\d.]+) \| (?P<tolerance>[\d.]+) \|", re.MULTILINE)
REGIMES = {"certified", "measured", "published", "assumed", "estimated"}
# another machine's rounding moves a first-price strategy, and so its expected payment, by less than this
OTHER_MACHINES = 1e-7


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def drawn(results: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    with pictures_only():
        draw(results, folder, NAMES[:3])
    draw(results, folder, NAMES[3:])
    return folder


def silent(what: str) -> None:
    pass


def at(results: Mapping[str, Any], path: str) -> Any:
    """The entry at a dotted path; keys may hold dots themselves."""
    found: Any = results
    while path:
        key = max((k for k in found if path == k or path.startswith(k + ".")), key=len)
        found, path = found[key], path[len(key) + 1 :]
    return found


def same(found: Any, kept: Any, where: str = "results") -> None:
    """Two documents agree: texts and shapes exactly, numbers within what other machines may change."""
    if isinstance(kept, dict):
        assert isinstance(found, dict) and list(found) == list(kept), where
        for key in kept:
            if key != "epsilon":  # bounds a rounding-sized quantity whose last digits are the solver's own
                same(found[key], kept[key], f"{where}.{key}")
    elif isinstance(kept, list):
        assert len(found) == len(kept), where
        for k, (x, y) in enumerate(zip(found, kept, strict=True)):
            same(x, y, f"{where}[{k}]")
    elif isinstance(kept, float):
        assert found == pytest.approx(kept, rel=OTHER_MACHINES, abs=1e-300), where
    else:
        assert found == kept, where


def entries(value: Any, where: str = "results") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every table that holds numbers of its own."""
    if isinstance(value, dict):
        if "regime" in value:
            yield where, value
        for key, entry in value.items():
            yield from entries(entry, f"{where}.{key}")
    elif isinstance(value, list):
        for k, entry in enumerate(value):
            yield from entries(entry, f"{where}[{k}]")


def test_results_are_rounded_and_say_their_regimes(results: dict[str, Any]) -> None:
    assert RESULTS.read_text("utf-8") == text_of(results)
    assert results == rounded(results)
    found = list(entries(results))
    assert len(found) > 100
    assert {entry["regime"] for _, entry in found} <= REGIMES


def test_results_without_the_market_are_what_compute_makes(results: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "reserve_prices", lambda *given: results["market"])
    found = rounded(computing.compute(paper.read_blocks(), Scenario.from_toml(), silent))
    same(found, results)


def test_the_tuned_reserve_is_what_the_population_gives(results: dict[str, Any]) -> None:
    scenario, kept = Scenario.from_toml(), results["market"]
    costs = population_costs(recipe_named("gnark-groth16").ledger(2**22), scenario.market.population).likely
    tuned = kept["tuned"]["likely"]
    reserve = tuned["reserve"]["value"]
    # the reserve that leaves a hundredth of the requests unserved, without a search
    assert float(costs.survival(np.float64(reserve))) ** 3 == pytest.approx(0.01, rel=1e-6)
    assert list(costs.quantile(np.linspace(0, 1, 5))) == pytest.approx(kept["population"]["likely"]["quantiles"][::10])
    samples = np.sort(costs.sample(np.random.default_rng(5), (400_000, 3)), axis=1)
    paid = np.where(samples[:, 0] <= reserve, np.minimum(samples[:, 1], reserve), 0.0)
    assert abs(paid.mean() - middle(tuned["expected_payment"])) < 5 * paid.std() / 400_000**0.5
    first = kept["first_price"]
    assert abs(middle(first["expected_payment"]) - middle(tuned["expected_payment"])) < first["epsilon"]


@pytest.mark.slow
def test_the_market_is_what_compute_makes(results: dict[str, Any]) -> None:
    ledger = recipe_named("gnark-groth16").ledger(2**22)
    same(rounded(reserve_prices(ledger, Scenario.from_toml(), silent)), results["market"])


@pytest.mark.slow
def test_one_reserve_serves_first_and_second_price() -> None:
    """With provers alike, `tune` finds the same reserve under both rules; on a law of seven points, to be quick."""
    scenario = Scenario.from_toml()
    law = population_costs(recipe_named("gnark-groth16").ledger(2**22), scenario.market.population).likely
    levels = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]
    short = Empirical.from_quantiles([float(law.quantile(p)) for p in levels], levels)
    market = Procurement(costs=dict.fromkeys("abc", short))
    found = [tune(rule, market, "payment", max_no_award=0.01) for rule in (Vickrey(), FirstPrice())]
    assert found[0].reserve == pytest.approx(found[1].reserve, rel=1e-9)
    paid = [one.equilibrium.expected_payment.midpoint for one in found]
    assert paid[0] == pytest.approx(paid[1], abs=found[1].equilibrium.epsilon)


def test_the_curve_of_batches_against_whole_trees(results: dict[str, Any]) -> None:
    scaling = results["scaling"]
    for tenure, found in scaling["tenures"].items():
        parts, gas = found["parts"], scaling["usd_of_gas"]["likely"]
        for arity, curve in found["arities"].items():
            for k, batch in enumerate(scaling["batches"][:31]):
                if batch % 1 == 0 and (batch - 1) % (int(arity) - 1) == 0:  # a whole number of nodes
                    exact = cost_per_proof(
                        leaf=parts["leaf"]["likely"], aggregation=parts[f"node of {arity}"]["likely"],
                        wrap=parts["wrap"]["likely"], gas=gas, proofs=int(batch), arity=int(arity),
                    )  # fmt: skip
                    waiting = scaling["waiting_per_batched_proof"] * (batch - 1)
                    assert curve["likely"][k] == pytest.approx(exact + waiting, rel=1e-9), (tenure, arity, batch)
            # just inside the batches that pay a proof is cheaper than alone, just outside dearer
            law = np.interp([0.99 * curve["stop"], 1.01 * curve["stop"]], scaling["batches"], curve["likely"])
            assert law[0] < found["alone"]["likely"] * 1.02 and law[1] > found["alone"]["likely"] * 0.98
            assert all(low <= x <= high for low, x, high in zip(curve["low"], curve["likely"], curve["high"], strict=True))
    again = price(recipe_named("gnark-groth16").ledger(2**22), CostModel("rtx5090"))
    assert again.owning is not None
    assert scaling["tenures"]["owning"]["parts"]["leaf"]["likely"] == pytest.approx(again.owning.likely, rel=1e-9)


def test_what_the_page_claims_of_the_blocks(results: dict[str, Any]) -> None:
    for prover, p in results["blocks"]["provers"].items():
        for side in ("train", "test"):
            medians = [p[side][model]["median"] for model in ("cycles", "gas", "constant")]
            assert medians == sorted(medians), prover
        assert p["test"]["cycles"]["p90"] < 1.2 * p["train"]["cycles"]["p90"], prover


def test_the_page_and_the_expected_numbers(results: dict[str, Any]) -> None:
    assert PAGE.read_text("utf-8") == page_of(results), "run python -m papers.proving_costs.page"
    rows = list(ROW.finditer(EXPECTED.read_text("utf-8")))
    assert len(rows) >= 20
    for row in rows:
        entry = at(results, row["path"])
        value = middle(entry) if isinstance(entry, dict) else entry
        assert abs(value - float(row["expected"])) <= float(row["tolerance"]) + 1e-15, row["path"]


# all are written by one function: one figure shows it
@pytest.mark.parametrize("names", [NAMES[3:], pytest.param(NAMES[:3], marks=pytest.mark.slow)])
def test_figures_are_the_same_bytes_every_time(
    results: dict[str, Any], drawn: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    first = with_pdf(drawn, names, lambda folder: draw(results, folder, names))
    code = (
        "import json, sys; from pathlib import Path; from papers.proving_costs.figure import RESULTS, draw;"
        "draw(json.loads(RESULTS.read_text('utf-8')), Path(sys.argv[1]), sys.argv[2:])"
    )
    variables = {**os.environ, "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "7"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path), *names], cwd=ROOT, check=True, env=variables)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{n}.{end}" for n in names for end in ("pdf", "png"))
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (first / path.name).read_bytes(), path.name
        assert b"CreationDate" not in path.read_bytes(), path.name


def test_pictures_of_the_documentation_are_what_the_figures_draw(drawn: Path) -> None:
    from matplotlib.image import imread

    for made, kept in PICTURES.items():
        new, old = imread(drawn / made), imread(ROOT / "docs" / "images" / kept)
        assert new.shape == old.shape, kept
        assert float(np.mean(np.abs(new - old))) < 2e-3, kept  # another build of the font renderer moves edges


LOG = "block,gas_used,prover,proving_time_ms\n"
CYCLES = "block,gas_used,prover,total_cycles\n"


def planted(kind: str, blocks: int = 30) -> str:
    """Seconds that are 2 s and 30 s for each 10^9 cycles, and the cycles."""
    cycles = [10**9 + k * 10**7 for k in range(blocks)]
    values = cycles if kind == CYCLES else [2000 + round(3e-5 * c) for c in cycles]
    name = "reth/zisk-v0.12.0" if kind == CYCLES else "reth/zisk-v0.14.0"
    return kind + "".join(f"{k},{10**7 + (k * 7919) % 997},{name},{x}\n" for k, x in enumerate(values))


def test_blocks_are_derived_from_logs(tmp_path: Path) -> None:
    log, cycles = tmp_path / "log.csv", tmp_path / "cycles.csv"
    log.write_text(planted(LOG))
    cycles.write_text(planted(CYCLES))
    derived = paper.derive(log, cycles)
    assert str(tmp_path) not in derived
    (tmp_path / "blocks.json").write_text(derived)
    found = paper.read_blocks(tmp_path / "blocks.json")["provers"]["reth/zisk-v0.14.0"]
    assert found["b_seconds_per_gcycle"] == pytest.approx(30, rel=1e-3) and found["a_seconds"] == pytest.approx(2, rel=0.02)
    assert found["test"]["cycles"]["median"] < 1e-4 < found["test"]["constant"]["median"]


@pytest.mark.parametrize(
    ("log", "cycles", "names"),
    [
        ("", planted(CYCLES), "log.csv"),
        (planted(LOG), "", "cycles.csv"),
        (LOG + "1,2,a,fast\n", planted(CYCLES), "proving_time_ms"),
        (planted(LOG), CYCLES + "1,2,a,-3\n", "total_cycles"),
        (planted(LOG), planted(CYCLES).replace("reth", "geth"), "no prover"),
        (planted(LOG), None, "--cycles"),
        (None, planted(CYCLES), "--log"),
    ],
    ids=["empty log", "empty cycles", "no number", "negative", "no prover in common", "log alone", "cycles alone"],
)
def test_bad_logs_are_one_line_and_status_2(
    log: str | None, cycles: str | None, names: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--build", str(tmp_path / "build")]
    for option, text in (("log", log), ("cycles", cycles)):
        if text is not None:
            (tmp_path / f"{option}.csv").write_text(text)
            arguments += [f"--{option}", str(tmp_path / f"{option}.csv")]
    assert paper.main(arguments) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and names in errors[0]
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("provers = 3", "provers = -3", "market.provers"),
        ('regime = "published"', 'regime = "guessed"', "tree.regime"),
        ("[waiting]", "[hurry]", "waiting"),
        ("batch = 100", 'batch = "100"', "statement.batch"),
        ("seconds = 10.3", "second = 10.3", "blocks_then.seconds"),
    ],
)
def test_a_wrong_scenario_names_its_key(old: str, new: str, names: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO.read_text("utf-8").replace(old, new, 1))
    with pytest.raises(InvalidInput, match=re.escape(names)):
        Scenario.from_toml(path)


@pytest.mark.parametrize("text", ["", "[]", '{"provers": {}}'])
def test_blocks_that_nobody_derived_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "blocks.json").write_text(text)
    with pytest.raises(InvalidInput, match="Derive it again"):
        paper.read_blocks(tmp_path / "blocks.json")
