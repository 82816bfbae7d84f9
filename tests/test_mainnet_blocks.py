"""The paper on 500 blocks: results, figures, page and expected numbers agree."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equilibria import solve
from mechanisms import Enclosure, FirstPrice, Optimal, Vickrey
from papers.mainnet_blocks import compute as computing
from papers.mainnet_blocks import sealed_replay
from papers.mainnet_blocks.compute import compute, compute_rules
from papers.mainnet_blocks.derive import SUMMARY, read_derived
from papers.mainnet_blocks.figure import NAMES, RESULTS, draw
from papers.mainnet_blocks.markets import Markets, build_markets
from papers.mainnet_blocks.page import PAGE, PICTURES, page_of
from papers.mainnet_blocks.scenario import Scenario
from papers.numbers import bounds, middle, quotient, rounded, text_of
from papers.progress import say
from proving_cost import Summary
from tests.figure_files import pictures_only, with_pdf

ROOT = Path(__file__).resolve().parent.parent
EXPECTED = SUMMARY.with_name("EXPECTED.md")
ROW = re.compile(r"^\| (?P<path>[a-z]\S*) \| (?P<expected>[\d.]+) \| (?P<tolerance>[\d.]+) \|", re.MULTILINE)
REGIMES = {"certified", "measured", "published", "assumed", "estimated"}
# another machine's rounding moves a first-price strategy, and so its expected payment, by less than this
OTHER_MACHINES = 1e-7

solved = cache(solve)


@pytest.fixture(scope="module", autouse=True)
def solved_once() -> Iterator[None]:
    """The paper solves some markets twice, and tests them again: here each is solved once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(computing, "solve", solved)
        patch.setattr(sealed_replay, "solve", solved)
        yield


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def markets() -> Markets:
    return build_markets(Summary.from_file(SUMMARY), Scenario.from_toml())


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
            # epsilon bounds a rounding-sized quantity whose last digits are the solver's own
            if key != "epsilon":
                same(found[key], kept[key], f"{where}.{key}")
    elif isinstance(kept, list):
        assert len(found) == len(kept), where
        for k, (x, y) in enumerate(zip(found, kept, strict=True)):
            same(x, y, f"{where}[{k}]")
    elif isinstance(kept, float):
        assert found == pytest.approx(kept, rel=OTHER_MACHINES, abs=OTHER_MACHINES), where
    else:
        assert found == kept, where


def entries(value: Any, where: str = "results") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every table that holds numbers of its own."""
    if isinstance(value, dict):
        if {"value", "lower", "expected_payment", "mean"} & set(value) and "regime" in value:
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
    for where, entry in found:
        assert entry["regime"] in REGIMES, where
        if "lower" in entry and not isinstance(entry["lower"], list):
            assert entry["lower"] <= entry["upper"], where


def test_results_are_of_the_shipped_summary(results: dict[str, Any], markets: Markets) -> None:
    summary, replay = read_derived(SUMMARY.parent)
    assert results["log"]["sha256"] == summary.log.sha256
    assert results["unit"]["prover"] == markets.cheapest
    for name, group in results["replay"].items():
        for rule, row in replay[name]["rules"].items():
            if rule != "one_unit":
                assert group["rules"][rule]["ex_post"]["mean"] == row["mean"]


def test_the_five_rules_are_what_compute_makes(results: dict[str, Any], markets: Markets) -> None:
    found = rounded(compute_rules(markets.rivals, Scenario.from_toml(), silent))
    same(found, results["sets"]["competitive"]["rules"])


@pytest.mark.slow
def test_all_results_are_what_compute_makes(results: dict[str, Any]) -> None:
    summary, replay = read_derived(SUMMARY.parent)
    same(rounded(compute(summary, replay, Scenario.from_toml(), say, processes=2)), results)


def test_certified_payments_against_simulation(results: dict[str, Any], markets: Markets) -> None:
    """On a lattice of 32 768 points, which comes nearer than the errors of 400 000 random draws that are allowed."""
    market, n = markets.rivals, 1 << 15
    steps = 1.324717957244746 ** -np.arange(1.0, 3.0)  # of the real root of x^3 = x + 1: evenly spread for two provers
    levels = np.arange(1, n + 1)[:, None] * steps % 1
    costs = np.stack([law.quantile(level) for law, level in zip(market.costs, levels.T, strict=True)], axis=1)
    rules = results["sets"]["competitive"]["rules"]
    strategies = solved(FirstPrice(), market)
    bids = np.stack([strategies.strategy(x)(costs[:, i]) for i, x in enumerate(market.labels)], axis=1)
    for name, rule, reports in (
        ("first_price", FirstPrice(), bids), ("vickrey", Vickrey(), costs), ("optimal", Optimal(), costs),
    ):  # fmt: skip
        paid = rule.batch(market, reports).price
        error = float(np.std(paid)) / 400_000**0.5
        assert abs(float(paid.mean()) - middle(rules[name]["expected_payment"])) < 5 * error, name
    assert abs(costs.min(axis=1).mean() - middle(rules["vickrey"]["resource_cost"])) < 1e-3
    # the race: winning chances by counting
    wins = np.bincount(np.argmin(costs, axis=1), minlength=len(market.labels)) / n
    prize = max(law.mean() / share for law, share in zip(market.costs, wins, strict=True))
    assert prize == pytest.approx(middle(rules["race"]["expected_payment"]), rel=0.02)


def test_the_measured_ratios_are_those_of_the_summary(results: dict[str, Any]) -> None:
    replay = Summary.from_file(SUMMARY).replay
    every = replay.get(tuple(results["sets"]["all"]["provers"]), "available").statistics
    few = replay.get(replay.competitive, "complete").statistics
    found = results["replay"]
    assert found["all"]["rules"]["everybody_proves"]["ex_post"]["mean"] == every["sum_over_lowest"].mean
    assert found["all"]["rules"]["vickrey"]["ex_post"]["mean"] == every["second_over_lowest"].mean
    assert found["competitive"]["rules"]["vickrey"]["ex_post"]["mean"] == few["second_over_lowest"].mean
    assert found["competitive"]["rules"]["central_at_cost"]["ex_post"]["mean"] == few["central_over_lowest"].mean


def test_the_model_keeps_the_order_of_the_rules(results: dict[str, Any]) -> None:
    for group in results["sets"].values():
        rules = group["rules"]
        optimal, first, second = (rules[name]["expected_payment"] for name in ("optimal", "first_price", "vickrey"))
        assert optimal["upper"] < first["lower"] and optimal["upper"] < second["lower"]
        assert rules["vickrey"]["resource_cost"]["upper"] <= rules["first_price"]["resource_cost"]["upper"]
        limit = middle(results["scenario"]["max_no_award"])
        for name in ("first_price", "vickrey"):
            tuned = group["tuned"][name]["payment"]
            assert tuned["no_award"]["upper"] <= limit * (1 + 1e-9)
            assert tuned["expected_payment"]["upper"] < rules[name]["expected_payment"]["lower"]
            assert group["reserve_curves"][name]["unsolved"] == 0
    assert "refused" in results["sets"]["all"]["rules"]["race"]


def test_the_page_and_the_expected_numbers(results: dict[str, Any]) -> None:
    assert PAGE.read_text("utf-8") == page_of(results), "run python -m papers.mainnet_blocks.page"
    rows = list(ROW.finditer(EXPECTED.read_text("utf-8")))
    assert len(rows) >= 20
    for row in rows:
        entry = at(results, row["path"])
        value = middle(entry) if isinstance(entry, dict) else entry
        assert abs(value - float(row["expected"])) <= float(row["tolerance"]) + 1e-12, row["path"]


@pytest.fixture(scope="module")
def drawn(results: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of the four figures of the kept results, and the last as PDF too."""
    folder = tmp_path_factory.mktemp("figures")
    with pictures_only():
        assert len(draw(results, folder, only=NAMES[:3])) == 6
    assert len(draw(results, folder, only=NAMES[3:])) == 2
    return folder


def same_names(folder: Path, figures: tuple[str, ...]) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{n}.{end}" for n in figures for end in ("pdf", "png"))


# All are written by one function, and labelled by another: the figure that is drawn fastest shows both.
FIGURES = pytest.mark.parametrize("figures", [NAMES[3:], pytest.param(NAMES[:3], marks=pytest.mark.slow)], ids="-".join)


@FIGURES
def test_figures_are_the_same_bytes_every_time(
    results: dict[str, Any], drawn: Path, tmp_path: Path, figures: tuple[str, ...]
) -> None:
    first = with_pdf(drawn, figures, lambda folder: draw(results, folder, only=figures))
    code = (
        "import json, sys; from pathlib import Path; from papers.mainnet_blocks.figure import RESULTS, draw;"
        "draw(json.loads(RESULTS.read_text('utf-8')), Path(sys.argv[1]), only=sys.argv[2:])"
    )
    variables = {**os.environ, "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "7"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path), *figures], cwd=ROOT, check=True, env=variables)
    same_names(tmp_path, figures)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (first / path.name).read_bytes(), path.name
        assert b"CreationDate" not in path.read_bytes(), path.name


def test_pictures_of_the_documentation_are_what_the_figures_draw(drawn: Path) -> None:
    from matplotlib.image import imread

    for made, kept in PICTURES.items():
        new, old = imread(drawn / made), imread(ROOT / "docs" / "images" / kept)
        assert new.shape == old.shape, kept
        assert float(np.mean(np.abs(new - old))) < 2e-3, kept  # another build of the font renderer moves edges


@FIGURES
def test_a_label_names_another_log(results: dict[str, Any], drawn: Path, tmp_path: Path, figures: tuple[str, ...]) -> None:
    first = with_pdf(drawn, figures, lambda folder: draw(results, folder, only=figures))
    labelled = draw(results, tmp_path, "Log: mine.csv", figures)
    same_names(tmp_path, figures)
    for path in labelled:
        assert path.read_bytes() != (first / path.name).read_bytes()


def test_markets_and_reserves(markets: Markets) -> None:
    assert [len(market.labels) for market in markets.sets.values()] == [7, 2]
    cheapest = markets.main.cost(markets.cheapest)
    assert float(cheapest.quantile(np.float64(0.5))) == pytest.approx(1.0, rel=1e-12)
    reserve = markets.reserve_for(0.01)
    assert np.prod([law.survival(np.float64(reserve)) for law in markets.main.costs]) == pytest.approx(0.01, rel=1e-9)
    grid = markets.reserves(61)
    assert len(grid) == 61 and grid == sorted(grid)
    assert min(law.support[0] for law in markets.rivals.costs) < grid[0]
    assert grid[-1] < min(law.support[1] for law in markets.rivals.costs)


def test_rounding_is_outward() -> None:
    third, tiny = bounds(Enclosure(1 / 3, 1 / 3)), bounds(Enclosure(-1e-17, 0.0))
    assert third == {"lower": 0.3333333333, "upper": 0.3333333334, "regime": "certified"}
    assert tiny["lower"] <= -1e-17 and tiny["upper"] == 0.0
    share = quotient(Enclosure(1.0, 2.0), Enclosure(3.0, 4.0))
    assert 0.25 in share and 2 / 3 in share and share.width < 0.4167


def test_the_market_file_is_that_of_the_figures() -> None:
    from papers.mainnet_blocks.market_file import MARKET, market, text
    from workbench.market_files import MarketFile

    assert MARKET.read_text("utf-8") == text()
    assert MarketFile.read(MARKET).market == market()
