"""The command line: what it prints, writes and returns; every command in-process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import equilibria
from equilibria import Equilibrium, check, solve
from mechanisms import CentralProver, FirstPrice, Optimal, Procurement, Race, Sale, SolverFailure, Uniform, Vickrey
from workbench import program
from workbench.compare_command import usual_rules
from workbench.json_text import json_text

MARKET = """\
[market]
kind = "procurement"
value = 1.0

[market.costs.a]
kind = "uniform"
low = 0.0
high = 1.0

[market.costs."_b $x$"]
kind = "uniform"
low = 0.0
high = 1.0
"""
FIRST_PRICE = '[mechanism]\nkind = "first_price"\nreserve = 0.5\n'
RULES = '[[mechanism]]\nkind = "first_price"\nreserve = 0.5\n[[mechanism]]\nkind = "first_price"\n'
TUNE = '[tune]\nobjective = "surplus"\n'
ENCLOSURES = ("expected_payment", "resource_cost", "redundant_cost", "prover_surplus", "no_award")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs beside a market of its own."""
    monkeypatch.chdir(tmp_path)
    Path("market.toml").write_text(MARKET + FIRST_PRICE, "utf-8")
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program, arguments)


def done(*arguments: str) -> str:
    """Standard output of a command that ends well."""
    run = invoke(*arguments)
    assert run.exit_code == 0, f"{run.output}{run.exception!r}"
    assert run.stderr == ""
    return run.stdout


def strict(text: str) -> dict[str, object]:
    """The text as JSON without NaN or infinities."""

    def refuse(name: str) -> object:
        raise AssertionError(f"{name} is no JSON")

    record = json.loads(text, parse_constant=refuse)
    assert isinstance(record, dict)
    return record


def refused(*arguments: str, status: int = 2) -> str:
    """The one line of a command that fails."""
    run = invoke(*arguments)
    assert isinstance(run.exception, SystemExit), repr(run.exception)
    assert run.exit_code == status, run.output
    assert run.stdout == ""
    [line] = run.stderr.splitlines()
    assert line.startswith("prover-markets: ") and line.isprintable()
    return line.removeprefix("prover-markets: ")


def solved() -> Equilibrium:
    uniform = Uniform(0, 1)
    return solve(FirstPrice(0.5), Procurement({"a": uniform, "_b $x$": uniform}, value=1.0))


def test_solve_prints_the_record_as_json() -> None:
    record = strict(done("solve", "market.toml", "--json"))
    expected = solved()
    assert record == json.loads(json_text(expected.to_dict()))
    for name in ENCLOSURES:
        entry, enclosure = record[name], getattr(expected, name)
        assert entry == {"lower": enclosure.lower, "upper": enclosure.upper, "midpoint": enclosure.midpoint}
    assert record["epsilon"] == expected.epsilon and record["relative_epsilon"] == expected.relative_epsilon


def test_solve_prints_a_table() -> None:
    text = done("solve", "market.toml")
    row = next(line.split() for line in text.splitlines() if line.split()[:2] == ["expected", "payment"])
    payment = solved().expected_payment
    assert row[2] == f"{payment.midpoint:.6g}"
    assert float(row[3]) <= payment.lower <= payment.upper <= float(row[4])
    assert "_b $x$" in text and "\x1b" not in text


def test_solve_writes_a_certificate_that_check_accepts_and_an_altered_digit_spoils() -> None:
    done("solve", "market.toml", "--certificate", "c.json")
    text = Path("c.json").read_text("utf-8")
    assert check(text).valid
    assert "valid" in done("check", "c.json")
    record = strict(done("check", "c.json", "--json"))
    expected = solved()
    assert record["valid"] is True
    statements = record["stated"]
    assert isinstance(statements, dict) and set(ENCLOSURES) | {"epsilon", "relative_epsilon"} == set(statements)
    assert statements["epsilon"] == expected.epsilon
    assert statements["no_award"]["upper"] == expected.no_award.upper
    place = max(k for k, sign in enumerate(text) if sign.isdigit())
    Path("c.json").write_text(text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :], "utf-8")
    run = invoke("check", "c.json")
    assert run.exit_code == 1 and run.stdout.startswith("rejected") and run.stderr == ""
    run = invoke("check", "c.json", "--json")
    assert run.exit_code == 1 and strict(run.stdout)["valid"] is False


@pytest.mark.parametrize("text", ["{", "{}", "[]", "3", "market", "[" * 100_000, '{"a": NaN}', '{"a": 1, "a": 2}'])
def test_what_is_no_certificate_is_invalid(text: str) -> None:
    Path("c.json").write_text(text, "utf-8")
    run = invoke("check", "c.json")
    assert run.exit_code == 1 and run.stdout.startswith("rejected") and len(run.stdout.splitlines()) == 1


@pytest.mark.parametrize("data", [b"", b"\xff\xfe{}", b"{\x00}"])
def test_a_certificate_that_cannot_be_read_is_bad_input(data: bytes) -> None:
    Path("c.json").write_bytes(data)
    assert refused("check", "c.json").startswith("c.json:")
    assert "must be a readable file" in refused("check", "none.json")


def test_cells_make_the_bound_finer() -> None:
    coarse, fine = (strict(done("solve", "market.toml", "--json", "--cells", cells)) for cells in ("40", "400"))
    assert coarse["epsilon"] > fine["epsilon"] > 0  # type: ignore[operator]
    Path("market.toml").write_text(MARKET + '[mechanism]\nkind = "vickrey"\n', "utf-8")
    assert refused("solve", "market.toml", "--cells", "40").startswith("--cells must be left out for Vickrey")
    assert "--cells" in refused("solve", "market.toml", "--cells", "3")


def test_tune_finds_half_the_value_and_its_options_override_the_file() -> None:
    Path("market.toml").write_text(MARKET + '[mechanism]\nkind = "vickrey"\n' + TUNE, "utf-8")
    record = strict(done("tune", "market.toml", "--json"))
    assert record["objective"] == "surplus"
    assert record["reserve"] == pytest.approx(0.5, abs=1e-3)  # Myerson: value/2 for U[0,1], any number of provers
    limited = strict(done("tune", "market.toml", "--json", "--objective", "payment", "--max-no-award", "0.04"))
    assert (limited["objective"], limited["max_no_award"]) == ("payment", 0.04)
    assert limited["reserve"] == pytest.approx(0.8, abs=1e-6)  # (1 - r)^2 = 0.04, and paying less means awarding less


def test_tune_prints_the_curve_and_draws_it() -> None:
    Path("market.toml").write_text(MARKET + '[mechanism]\nkind = "vickrey"\n' + TUNE, "utf-8")
    text = done("tune", "market.toml", "--plot", "t.svg")
    assert sum("(tuned)" in line for line in text.splitlines()) == 1
    assert Path("t.svg").read_bytes().startswith(b"<?xml")


def test_tune_needs_an_objective() -> None:
    assert refused("tune", "market.toml").startswith("market.toml: tune.objective must be given")
    assert "max_no_award" in refused("tune", "market.toml", "--objective", "payment")
    assert "'profit'" in refused("tune", "market.toml", "--objective", "profit")
    for limit in ("nan", "1", "-0.5", "x"):
        assert "--max-no-award" in refused("tune", "market.toml", "--objective", "surplus", "--max-no-award", limit)
    Path("market.toml").write_text(MARKET + '[mechanism]\nkind = "optimal"\n' + TUNE, "utf-8")
    assert "Optimal cannot be tuned" in refused("tune", "market.toml")


def test_compare_puts_the_rules_of_the_file_side_by_side() -> None:
    Path("market.toml").write_text(MARKET + RULES, "utf-8")
    record = strict(done("compare", "market.toml", "--json"))
    rows = record["rows"]
    assert isinstance(rows, list) and [row["mechanism"].get("reserve") for row in rows] == [0.5, None]
    assert rows[0]["no_award"]["midpoint"] == pytest.approx(0.25)
    assert rows[1]["expected_payment"]["midpoint"] == pytest.approx(2 / 3, abs=1e-7)
    assert "FirstPrice(reserve=0.5)" in done("compare", "market.toml")


def test_compare_without_rules_takes_those_that_have_a_meaning() -> None:
    Path("market.toml").write_text(MARKET, "utf-8")
    record = strict(done("compare", "market.toml", "--json"))
    rows = record["rows"]
    assert isinstance(rows, list)
    kinds = [row["mechanism"]["kind"] for row in rows]
    assert kinds == ["first_price", "vickrey", "optimal", "race", "central_prover"]
    assert all(row["reason"] is None for row in rows)


def test_the_usual_rules_depend_on_the_market() -> None:
    one, two = {"a": Uniform(0, 1)}, {"a": Uniform(0, 1), "b": Uniform(0, 1)}
    assert usual_rules(Procurement(two)) == (FirstPrice(), Vickrey(), Optimal(), Race())
    assert usual_rules(Procurement(one, value=1.0)) == (Optimal(), Race(), CentralProver())
    assert usual_rules(Sale(two)) == (FirstPrice(), Vickrey(), Optimal())
    assert usual_rules(Procurement(two, value=Uniform(1, 2))) == (FirstPrice(), Vickrey(), Race(), CentralProver())


def test_compare_refuses_one_table_and_rules_that_all_fail() -> None:
    assert refused("compare", "market.toml").startswith("market.toml:14: mechanism must be an array")
    alone = MARKET[: MARKET.index('[market.costs."')]
    Path("market.toml").write_text(alone + '[[mechanism]]\nkind = "first_price"\n', "utf-8")
    assert "no rule has an equilibrium" in refused("compare", "market.toml")


STARTS = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


@pytest.mark.parametrize("ending", STARTS)
@pytest.mark.parametrize("command", ["solve", "compare"])
def test_pictures_are_the_same_bytes_every_time(command: str, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if command == "compare":
        Path("market.toml").write_text(MARKET + RULES, "utf-8")
    pictures = []
    for moment in ("0", "1000000000"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)
        done(command, "market.toml", "--plot", f"p.{ending.upper()}")
        pictures.append(Path(f"p.{ending.upper()}").read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(STARTS[ending])


@dataclass(frozen=True, slots=True)
class Misuse:
    arguments: tuple[str, ...]
    says: str


MISUSES = {
    "no command": Misuse((), "Missing command"),
    "unknown command": Misuse(("solv",), "solv"),
    "no file": Misuse(("solve",), "Missing argument"),
    "unknown option": Misuse(("solve", "market.toml", "--jsno"), "--jsno"),
    "two files": Misuse(("solve", "market.toml", "market.toml"), "unexpected extra argument"),
    "absent": Misuse(("solve", "absent.toml"), "absent.toml: a market file must be a readable file"),
    "a line break in the name": Misuse(("solve", "a\nb.toml"), "a market file must be a readable file"),
    "a folder": Misuse(("solve", "."), "got a directory"),
    "too large": Misuse(("solve", "large.toml"), "at most 4 MB"),
    "unknown ending": Misuse(("solve", "market.toml", "--plot", "p.gif"), "--plot must name a file that ends in one of .png"),
    "no ending": Misuse(("solve", "market.toml", "--plot", "png"), "--plot must name a file that ends"),
    "no such folder": Misuse(("solve", "market.toml", "--plot", "none/p.png"), "--plot must name a file in a folder"),
    "plot to a folder": Misuse(("solve", "market.toml", "--plot", "folder.png"), "--plot must name a file; got the directory"),
    "over the market": Misuse(("solve", "market.toml", "--certificate", "./market.toml"), "--certificate must not name another"),
    "one file twice": Misuse(("solve", "market.toml", "--plot", "p.png", "--certificate", "p.png"), "--certificate must not"),
    "check draws nothing": Misuse(("check", "market.toml", "--plot", "p.png"), "--plot"),
}


@pytest.mark.parametrize("case", MISUSES.values(), ids=MISUSES)
def test_misuse_is_one_line_and_status_2(case: Misuse) -> None:
    Path("large.toml").write_bytes(b"#" * 4_000_001)
    Path("folder.png").mkdir()
    assert case.says in refused(*case.arguments)
    assert not Path("p.png").exists()


def test_an_output_that_cannot_be_written_is_status_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(self: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", deny)
    assert "Permission denied" in refused("solve", "market.toml", "--certificate", "c.json")


def raising(error: BaseException) -> Callable[..., object]:
    def verb(*arguments: object, **options: object) -> object:
        raise error

    return verb


def test_what_the_verbs_raise_becomes_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equilibria, "solve", raising(SolverFailure("no bracket\nwas found.")), raising=False)
    assert refused("solve", "market.toml", status=3) == "market.toml: no bracket was found."
    monkeypatch.setattr(equilibria, "solve", raising(ZeroDivisionError("division by zero")))
    assert "broke down" in refused("solve", "market.toml", status=3)
    monkeypatch.setattr(equilibria, "solve", raising(KeyboardInterrupt()))
    assert refused("solve", "market.toml", status=130) == "interrupted"
    monkeypatch.setattr(equilibria, "solve", raising(BrokenPipeError()))
    run = invoke("solve", "market.toml")
    assert (run.exit_code, run.stdout, run.stderr) == (141, "", "")


def test_no_equilibrium_is_a_refusal() -> None:
    Path("market.toml").write_text(MARKET[: MARKET.index('[market.costs."')] + '[mechanism]\nkind = "first_price"\n', "utf-8")
    assert "one prover without a reserve" in refused("solve", "market.toml")


def test_help_names_the_commands_and_statuses() -> None:
    text = done("--help")
    assert all(name in text for name in ("solve", "tune", "compare", "check", "3 no answer"))
    for name in ("solve", "tune", "compare", "check"):
        assert "--json" in done(name, "--help")
    assert done("--version").startswith("prover-markets ")
