"""`compare` with all columns: every cell is a number with its regime, or says why there is none."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from equilibria import Comparison, compare, every_rule
from equilibria.columns.registry import COLUMNS
from equilibria.whole_catalogue import Candidate, competitive, rules_left_out
from mechanisms import (
    AllPay,
    BlockSpace,
    CentralProver,
    Contest,
    DesignatedProver,
    Enclosure,
    Exchange,
    InvalidInput,
    Market,
    PostedPrice,
    Procurement,
    ProportionalMining,
    Race,
    Sale,
    Uniform,
    Vickrey,
    market_from_spec,
)
from mechanisms.rules import RULES
from workbench import program

LAW = Uniform(1, 2)
COLUMN_NAMES = [name for name in COLUMNS if name != "audit"]


def market(fixed: float = 0.06) -> Procurement:
    return Procurement(dict.fromkeys("abc", LAW), value=3.0, fixed_costs=fixed)


@pytest.fixture(scope="module")
def told() -> Comparison:
    known = Contest(3, {"a": 1, "b": "3/2"})
    rules = [CentralProver(), Race(), Vickrey(2.0), PostedPrice(1.0), Candidate(ProportionalMining(), "known costs", known)]
    return compare(market(), rules, columns=COLUMN_NAMES)


def value(told: Comparison, row: int, name: str) -> Enclosure | Fraction | int | str | None:
    return told.rows[row].cells[name].value


def test_no_cell_is_silently_missing(told: Comparison) -> None:
    for row in told.rows:
        assert list(row.cells) == COLUMN_NAMES
        for name, cell in row.cells.items():
            assert cell.note if cell.value is None else cell.regime is not None, name
    assert "safe bond: proofs are made before the award" in "\n".join(told.reasons)
    assert json.loads(json.dumps(told.to_dict(), allow_nan=False))["rows"][2]["columns"]["bond"]["regime"] == "proved"


def test_money_adds_up(told: Comparison) -> None:
    for row in range(5):
        budget = value(told, row, "budget")
        assert isinstance(budget, Enclosure) and 0 in budget and budget.width < 1e-12
    kept = value(told, 2, "requester_surplus")
    assert isinstance(kept, Enclosure) and 1.5 in Enclosure(kept.lower - 1e-12, kept.upper + 1e-12)  # 3 less the middle of three
    central = value(told, 0, "requester_surplus")
    assert isinstance(central, Enclosure) and 0 in central


def test_long_run_entry(told: Comparison) -> None:
    # of n equal provers each earns 1/(n(n+1)): 1/12 with three, 1/20 with four; a race for the least prize leaves nothing
    assert [value(told, row, "staying") for row in range(3)] == [1, 0, 3]
    assert value(told, 4, "staying") == 7  # the prize 3 is shared evenly: 3/n^2 >= 6/100 for n <= 7
    assert [value(told, row, "repays") for row in (0, 1, 2)] == ["1 of 3", "0 of 3", "3 of 3"]
    assert told.rows[2].cells["staying"].regime == "certified" and told.rows[2].cells["repays"].regime == "estimated"
    nothing = compare(Procurement(dict.fromkeys("ab", LAW)), [Vickrey()], columns=["staying", "repays"])
    assert {cell.note for cell in nothing.rows[0].cells.values()} == {"the market says nothing of fixed_costs"}


def test_concentration_bonds_and_failures(told: Comparison) -> None:
    assert value(told, 0, "hhi") == 1 and value(told, 4, "hhi") == Fraction(13, 25)  # shares 3/5 and 2/5
    estimated = value(told, 2, "hhi")
    assert isinstance(estimated, Fraction) and abs(estimated - Fraction(1, 3)) < Fraction(1, 500)
    bond = value(told, 2, "bond")
    assert isinstance(bond, Fraction) and abs(bond - Fraction(1, 2)) < Fraction(1, 10**9)  # cost 2 against a fee of 3/2
    late = [value(told, row, "no_proof") for row in range(3)]
    for found, expected in zip(late, (Fraction(1, 20), Fraction(1, 8000), Fraction(1, 20)), strict=True):
        assert isinstance(found, Enclosure) and expected in found
    assert value(told, 0, "censorship") == Fraction(3, 2)
    assert value(told, 3, "hhi") is None  # nobody takes a price of 1 but with probability 0


def test_the_audit_is_a_column() -> None:
    [row] = compare(market(), [Vickrey(2.0)], columns="audit", seconds=20).rows
    cell = row.cells["audit"]
    assert isinstance(cell.value, str) and cell.value.count("/") == 2 and "among 2 of 3 agents" in cell.note
    assert any(line.startswith("coalition pays, gains") for line in cell.lines)


@pytest.mark.slow  # the command does so too
def test_another_process_audits_alike() -> None:
    rules = [AllPay(2.0), Vickrey(2.0)]
    alone, two = (compare(market(), rules, columns=["hhi", "audit"], seconds=20, processes=k) for k in (1, 2))
    assert [row.to_dict() for row in alone.rows] == [row.to_dict() for row in two.rows]


@pytest.mark.parametrize(
    "given",
    [
        market(),
        Sale(dict.fromkeys("ab", LAW), value=1.0),
        Contest(2, {"a": 1, "b": 1}),
        Exchange(dict.fromkeys("uv", LAW), dict.fromkeys("pq", LAW)),
        BlockSpace(dict.fromkeys("uv", LAW), 2),
    ],
    ids=lambda given: given.kind,
)
def test_every_rule_is_taken_or_left_out_with_a_reason(given: Market) -> None:
    candidates = every_rule(given)
    left = rules_left_out(given, candidates)
    assert {type(one.mechanism) for one in candidates} | {rule for rule in RULES if rule.__name__ in left} == set(RULES)
    assert all(left.values())
    if isinstance(given, Procurement):
        assert [type(one.mechanism) for one in candidates[:2]] == [CentralProver, Race]


def test_the_open_race_is_of_those_who_can_win() -> None:
    given = Procurement({"a": LAW, "b": Uniform(1, 3), "slow": Uniform(5, 6)}, value=4.0)
    assert competitive(given) == ("a", "b")
    race = every_rule(given)[1]
    assert isinstance(race.market, Procurement) and race.market.labels == ("a", "b")


def test_fixed_costs_are_kept_in_files_and_play_no_part() -> None:
    given = Procurement({"a": LAW, "b": LAW}, 3.0, fixed_costs={"a": 0.5, "b": 0.25})
    assert given.fixed_costs == (0.5, 0.25) and market_from_spec(given.spec()) == given
    assert given.played() == Procurement({"a": LAW, "b": LAW}, 3.0).spec()
    refused = (({"a": 1}, "fixed_costs.b must be given"), (-1, "at least 0"), ({"x": 1}, "fixed_costs.x"))
    for wrong, message in (*refused, (float("nan"), "fixed_costs must be"), ("a", "fixed_costs must be")):
        with pytest.raises(InvalidInput, match=message):
            Procurement({"a": LAW, "b": LAW}, fixed_costs=wrong)  # type: ignore[arg-type]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"columns must be 'all' or some of price_paid"):
        compare(market(), [Vickrey()], columns=["price"])
    with pytest.raises(InvalidInput, match="seconds must be a positive number"):
        compare(market(), [Vickrey()], columns="all", seconds=0)
    with pytest.raises(InvalidInput, match="processes must be 1 or 2; got 3"):
        compare(market(), [Vickrey()], columns="all", processes=3)
    with pytest.raises(InvalidInput, match="market must be one of Procurement"):
        every_rule("market")  # type: ignore[arg-type]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program, arguments)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[market]\nkind = "procurement"\nvalue = 3.0\nfixed_costs = 0.06\n'
    text += "".join(f'costs.{label} = {{kind = "uniform", low = 1, high = 2}}\n' for label in "ab")
    Path("market.toml").write_text(text + '[[mechanism]]\nkind = "vickrey"\n', "utf-8")
    run = invoke("compare", "--all", "--market", "market.toml", "--seconds", "0.2", "--plot", "all.png")
    assert run.exit_code == 0, run.output
    assert "CentralProver()" in run.stdout and "Race(prize=3)" in run.stdout and "safe bond" in run.stdout
    assert Path("all.png").read_bytes().startswith(b"\x89PNG")
    assert invoke("compare", "market.toml", "--market", "market.toml").exit_code == 2
    assert invoke("compare").exit_code == 2
    assert "--seconds must be left out without --all" in invoke("compare", "market.toml", "--seconds", "1").output


def test_a_designated_prover_that_would_lose_is_counted_once() -> None:
    """Two of seven would deliver: no proof with 1 - 2/7 · 19/20; that the others decline is no further lack of an award."""
    contest = Contest(2, {"a": 1, "b": 1} | dict.fromkeys("cdefg", 5))
    [row] = compare(contest, [DesignatedProver()], columns="no_proof").rows
    assert 1 - Fraction(2, 7) * Fraction(19, 20) in row.cells["no_proof"].value
