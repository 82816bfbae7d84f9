"""Records of deployed networks: whole, in agreement with what they configure, market files that run, the command, and pages."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import audit, solve
from mechanisms import EqualShare, InvalidInput, MarketError, UndercutFee
from mechanisms.networks import AZTEC, CYSIC, NETWORKS, TAIKO, Design, Network, network
from mechanisms.networks.records import Evidence
from workbench import program
from workbench.market_files import MarketFile
from workbench.network_pages import computed, index_page, page, without_results
from workbench.networks_command import market_file
from workbench.toml_text import market_text, toml_value

F = Fraction
PAGES = Path(__file__).resolve().parent.parent / "docs" / "networks"
CASES = [
    pytest.param(record, design, verb, id=f"{record.name}-{design.name}-{verb}")
    for record in NETWORKS.values()
    for design in record.designs
    for verb in ("solve", "audit")
    if design.case(verb) is not None
]
DESIGNS = [(record, design) for record in NETWORKS.values() for design in record.designs]


@pytest.mark.parametrize(("record", "design"), DESIGNS, ids=lambda one: one.name)
def test_records_are_whole(record: Network, design: Design) -> None:
    assert design.parameters and design.levers and design.rule.endswith(".")
    assert not design.reconstructed or ("-style" in design.title and design.heading.endswith("(reconstructed)"))
    assert record.name in NETWORKS and NETWORKS[record.name] is record and record.design(design.name) is design
    for parameter in design.parameters:
        assert parameter.name and parameter.source and parameter.evidence in get_args(Evidence)
        assert (parameter.evidence == "assumed") == parameter.source.startswith("none")
    assert all(attack.evidence in get_args(Evidence) and attack.text.endswith(".") for attack in design.attacks)
    json.dumps(record.to_dict(), allow_nan=False)


def test_numbers_of_records_are_those_of_the_rules() -> None:
    for name in ("score", "azip5"):
        design = AZTEC.design(name)
        stated = {parameter.name: parameter.value for parameter in design.parameters}
        assert isinstance(design.mechanism, EqualShare) and stated["increment of a full epoch"] == design.mechanism.increment
    hardened = TAIKO.design("prover_market_hardened")
    stated = {parameter.name: parameter.value for parameter in hardened.parameters}
    assert isinstance(hardened.controller, UndercutFee)
    assert hardened.controller.cut == F(int(stated["least reduction"]), 10_000)
    assert getattr(hardened.mechanism, "cooldown", None) == stated["cooldown of a bidder"]


@pytest.mark.parametrize(("record", "design", "verb"), CASES)
def test_market_files_are_read_back_and_run(record: Network, design: Design, verb: str) -> None:
    case = design.case(verb)
    assert case is not None
    file = MarketFile.from_toml(market_file(record, verb, design.name))
    assert file.one_rule() == case.mechanism and file.market == case.market
    if verb == "solve":
        assert solve(file.one_rule(), file.market).status in ("proved", "certified")
    else:
        kinds = "self_outbid" if record is TAIKO else "phantom_bid" if record is CYSIC else "coalition"
        assert audit(file.one_rule(), file.market, kinds=kinds, timeout=1.0).findings


def run(*words: str) -> Result:
    return CliRunner().invoke(program, ["networks", *words])


def test_the_command_lists_shows_and_writes() -> None:
    listing = run()
    assert listing.exit_code == 0 and all(name in listing.stdout for name in NETWORKS)
    shown = run("taiko", "--design", "prover-pool")
    assert shown.exit_code == 0 and "1eeba9d97e" in shown.stdout and "none claimed" in shown.stdout
    assert "alpha_race" not in shown.stdout
    record = json.loads(run("Polygon-zkEVM", "--json").stdout)
    assert record["designs"][0]["controller"].startswith("BatchFee") and record["designs"][0]["market_files"] == ["solve"]
    assert len(json.loads(run("--json").stdout)["networks"]) == len(NETWORKS)
    file = run("aztec", "--market-file", "solve")
    assert file.exit_code == 0 and tomllib.loads(file.stdout)["mechanism"]["kind"] == "equal_share"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "network must be one of boundless, succinct, brevis"),
        (("taiko", "--design", "x"), "design must be one of alpha_race"),
        (("taiko", "--design", "shasta", "--market-file", "audit"), "got 'shasta'"),
        (("zkpool", "--market-file", "solve"), "no design has one"),
        (("--market-file", "solve"), "--market-file needs a network"),
        (("--design", "x"), "--design needs a network"),
        (("taiko", "--market-file", "audit", "--json"), "--json must be left out"),
        (("taiko", "--market-file", "tune"), "is not one of"),
    ],
)
def test_wrong_words_are_refused_in_one_line(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2 and said in result.stderr and result.stderr.count("\n") == 1 and not result.stdout


def test_records_refuse_what_they_do_not_have() -> None:
    nothing: Any = None
    with pytest.raises(InvalidInput, match="network must be one of"):
        network(nothing)
    with pytest.raises(InvalidInput, match="verb must be"):
        TAIKO.designs[0].case("tune")
    with pytest.raises(MarketError, match="TOML has no other"):
        toml_value(F(1, 2))


@settings(max_examples=15)
@given(st.text(), st.text(min_size=1), st.floats(allow_nan=False))
def test_toml_is_read_back(text: str, key: str, number: float) -> None:
    text, key = (one.encode("utf-8", "replace").decode("utf-8") for one in (text, key))
    table = {"kind": text, "of": {key: {"kind": [text, number, True, 3]}}}
    assert tomllib.loads(market_text({"market": {**table, "none": None}})) == {"market": table}


@pytest.mark.parametrize("name", NETWORKS)
def test_pages_are_written_from_the_records(name: str) -> None:
    written = (PAGES / f"{name}.md").read_text("utf-8")
    assert without_results(page(NETWORKS[name], lambda verb, case: "")) == without_results(written)


def test_the_index_of_pages_is_written_from_the_records() -> None:
    assert (PAGES / "index.md").read_text("utf-8") == index_page(tuple(NETWORKS.values()))
    assert {path.stem for path in PAGES.glob("*.md")} == {*NETWORKS, "index"}


@pytest.mark.parametrize(
    "name", [name if name in ("opside", "taiko") else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS]
)
def test_pages_say_what_is_computed(name: str) -> None:
    assert (PAGES / f"{name}.md").read_text("utf-8") == page(NETWORKS[name], computed)
