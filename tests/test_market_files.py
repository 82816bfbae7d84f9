"""Market files: what is read, and that every error names the file, the line and the key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from mechanisms import (
    Beta,
    CentralProver,
    Empirical,
    FirstPrice,
    InvalidInput,
    Mixture,
    PostedPrice,
    Procurement,
    Reflected,
    Sale,
    Uniform,
    Vickrey,
)
from tests.market_texts import GOOD, refusal
from workbench import MarketFile, TuneTable


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_market_file_is_read() -> None:
    file = MarketFile.from_toml(GOOD)
    mixture = Mixture([(1.0, Uniform(0, 1)), (2.0, Beta(2, 3))])
    assert file.market == Procurement({"alice": Uniform(0, 1), "bob": mixture}, value=1.0)
    assert file.mechanism == file.one_rule() == FirstPrice(0.8)
    assert file.mechanisms == ()
    assert file.tune == TuneTable("payment", 0.01)


def test_a_sale_with_a_distribution_as_value_and_several_rules() -> None:
    file = MarketFile.from_toml(
        """
        market.kind = "sale"
        market.value = {kind = "reflected", of = {kind = "uniform", low = 1, high = 2}}
        market.values."x y" = {kind = "uniform", low = 0, high = 1}
        [[mechanism]]
        kind = "vickrey"
        [[mechanism]]
        kind = "posted_price"
        price = 0.5
        [[mechanism]]
        kind = "central_prover"
        label = "x y"
        """
    )
    assert file.market == Sale({"x y": Uniform(0, 1)}, value=Reflected(Uniform(1, 2)))
    assert file.mechanisms == (Vickrey(), PostedPrice(0.5), CentralProver("x y"))
    assert file.mechanism is None and file.tune == TuneTable()


def test_samples_stand_for_an_empirical_distribution() -> None:
    text = '[market]\nkind = "procurement"\n[market.costs.a]\nkind = "empirical"\nsamples = [1, 2.5, 3, 4, 5, 7]\n'
    samples = [1, 2.5, 3, 4, 5, 7]
    assert MarketFile.from_toml(text).market.prior("a") == Empirical.from_samples(samples)
    inside = text.replace("costs.a", "value.of").replace(
        'kind = "procurement"', 'kind = "procurement"\nvalue.kind = "reflected"\ncosts.b = {kind="uniform",low=0,high=1}'
    )
    value = MarketFile.from_toml(inside + "quantiles = 5\n").market.value
    assert value == Reflected(Empirical.from_samples(samples, 5))


def test_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "market.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert MarketFile.read(path).market == MarketFile.from_toml(GOOD).market
    path.write_bytes(replaced("low = 0.0", "low = 3.0").replace("\n", "\r\n").encode())
    with pytest.raises(InvalidInput, match=r"market\.toml:7: market\.costs\.alice\.low must"):
        MarketFile.read(path)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong file, and how its error begins after the file's name."""

    text: str
    begins: str
    says: str = ""


WRONG = {
    "bounds": Wrong(replaced("low = 0.0", "low = 2.0"), "7: market.costs.alice.low must be less", "got low=2.0, high=1.0"),
    "missing key": Wrong(replaced("high = 1.0\n", ""), "5: market.costs.alice.high must be given"),
    "unknown key": Wrong(replaced("high = 1.0", "hi = 1.0"), "8: market.costs.alice.hi must not", "takes low, high"),
    "unknown key of the market": Wrong(replaced("value", "valeu"), "3: market.valeu must be one of", "value, tasks"),
    "unknown table": Wrong(replaced("[tune]", "[tuning]"), "26: tuning must be one of", "market, mechanism, tune"),
    "unknown kind": Wrong(replaced('"uniform"', '"unifrom"'), "6: market.costs.alice.kind must be one of", "'unifrom'"),
    "text for a number": Wrong(replaced("high = 1.0", 'high = "1.0"'), "8: market.costs.alice.high must be a finite"),
    "not a number": Wrong(replaced("low = 0.0", "low = nan"), "7: market.costs.alice.low must be a finite", "nan"),
    "infinity": Wrong(replaced("high = 1.0", "high = 1e999"), "8: market.costs.alice.high must be a finite", "inf"),
    "true": Wrong(replaced("value = 1.0", "value = true"), "3: market.value must be a finite", "True"),
    "a date": Wrong(replaced("value = 1.0", "value = 2020-01-01"), "3: market.value must be a finite"),
    "no kind of market": Wrong(replaced('kind = "procurement"\n', ""), "1: market.kind must be"),
    "costs of a sale": Wrong(replaced('"procurement"', '"sale"'), "5: market.costs must be one of"),
    "weight": Wrong(replaced("weight = 2.0", "weight = -2"), "16: market.costs.bob.parts[1].weight must be positive"),
    "inner": Wrong(replaced("b = 3", "b = 0"), "20: market.costs.bob.parts[1].distribution.b must"),
    "inline": Wrong(replaced("low = 0,", "low = 5,"), "14: market.costs.bob.parts[0].distribution.low must"),
    "tasks": Wrong(replaced("value = 1.0", "tasks = 0"), "3: market.tasks must be a positive"),
    "rule": Wrong(replaced('"first_price"', '"second"'), "23: mechanism.kind must be one of", "first_price"),
    "key of a rule": Wrong(replaced("reserve =", "price ="), "24: mechanism.price is not a key"),
    "reserve": Wrong(replaced("reserve = 0.8", "reserve = [0.8]"), "24: mechanism.reserve must be a finite"),
    "price": Wrong(replaced('first_price"\nreserve = 0.8', 'posted_price"'), "22: mechanism.price must be given"),
    "label": Wrong(
        replaced('first_price"\nreserve = 0.8', 'central_prover"\nlabel = "zoe"'), "24: mechanism.label must", "'alice'"
    ),
    "objective": Wrong(replaced('"payment"', '"profit"'), "27: tune.objective must be 'surplus' or 'payment'"),
    "limit": Wrong(replaced("0.01", "1.5"), "28: tune.max_no_award must be a probability"),
    "key of tune": Wrong(replaced("max_no_award", "max"), "28: tune.max must be one of", "max_no_award"),
    "tune": Wrong(GOOD[: GOOD.index("[tune]")].replace("[market]", "tune = 3\n[market]"), "1: tune must be a table"),
    "mechanism": Wrong('mechanism = "x"\n' + GOOD[: GOOD.index("[mech")], "1: mechanism must be a table"),
    "market": Wrong("market = 3", "1: market must be a table"),
    "no market": Wrong("[mechanism]\nkind = 'optimal'", " market must be given"),
    "empty label": Wrong(replaced("costs.bob]", 'costs."" ]'), "10: market.costs.: a label must be"),
    "label with a line break": Wrong(
        replaced("costs.bob]", r'costs."b\nob" ]').replace(".bob.", r'."b\nob".'), r"10: market.costs.b\nob: a label must be"
    ),
    "syntax": Wrong(replaced("low = 0.0", "low = = 0.0"), "7:7: the file must be TOML", "Invalid value"),
    "end": Wrong(GOOD + 'x = "', "29:6: the file must be TOML"),
    "key twice": Wrong(replaced("low = 0.0", "low = 0.0\nlow = 0.5"), "8:", "must be TOML"),
    "table twice": Wrong(replaced(".bob]", ".alice]"), "10:", "must be TOML"),
    "digits": Wrong(replaced("1.0", "1" * 5000), " numbers must be of ordinary length"),
    "nested arrays": Wrong("x = " + "[" * 5000 + "]" * 5000, " arrays and tables must be nested at most"),
    "nested tables": Wrong("[" + ".".join("a" * 2000) + "]", " arrays and tables must be nested at most"),
    "nested inline": Wrong("x = " + "[" * 150 + "]" * 150, " arrays and tables must be nested at most"),
    "one sample": Wrong(
        replaced('kind = "uniform"\nlow = 0.0\nhigh = 1.0', 'kind = "empirical"\nsamples = [1, nan]'),
        "7: market.costs.alice.samples[1] must be a finite",
    ),
    "few samples": Wrong(
        replaced('kind = "uniform"\nlow = 0.0\nhigh = 1.0', 'kind = "empirical"\nsamples = [1, 2]'),
        "7: market.costs.alice.samples must have at least",
    ),
    "samples and points": Wrong(
        replaced('kind = "uniform"\nlow = 0.0\nhigh = 1.0', 'kind = "empirical"\nsamples = [1, 2]\npoints = [1]'),
        "8: market.costs.alice.points must not be given beside samples",
    ),
    "quantiles": Wrong(
        replaced('kind = "uniform"\nlow = 0.0\nhigh = 1.0', 'kind = "empirical"\nsamples = [1, 2]\nquantiles = 2'),
        "8: market.costs.alice.quantiles must be a whole number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_an_error_names_the_line_and_the_key(case: Wrong) -> None:
    message = refusal(case.text)
    assert message.startswith(f"market.toml:{case.begins}")
    assert case.says in message


def test_a_verb_error_is_placed_by_the_parameter_that_it_begins_with() -> None:
    file = MarketFile.from_toml(GOOD)
    assert file.located("reserve must be lower.") == "market.toml:24: mechanism.reserve must be lower."
    assert file.located("value must be higher.") == "market.toml:3: market.value must be higher."
    assert file.located("no equilibrium.") == "market.toml: no equilibrium."


def test_a_file_with_several_rules_has_no_single_one() -> None:
    file = MarketFile.from_toml(GOOD.replace("[mechanism]", "[[mechanism]]"))
    with pytest.raises(InvalidInput, match=r"market\.toml:22: mechanism must be one table .* got 1 tables"):
        file.one_rule()
    with pytest.raises(InvalidInput, match=r"market\.toml: mechanism must be one table .* got none"):
        MarketFile.from_toml(GOOD[: GOOD.index("[mech")]).one_rule()
