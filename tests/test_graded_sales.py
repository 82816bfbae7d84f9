"""Menus of grades: the two-good monopoly, a lottery that screens, refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from equilibria import check, optimal
from mechanisms import GradedSale, InvalidInput, Refused, market_from_spec
from workbench.commands import program

SCREENED = GradedSale(("fast", "slow"), [(4, 1), (2, "3/2"), (6, 5)], ["1/2", "1/4", "1/4"], costs={"fast": 1})


def test_a_lottery_screens_types_and_the_menu_is_truthful() -> None:
    menu = optimal(SCREENED, "surplus")
    assert (menu.route, menu.status, menu.exact_value) == ("graded_menu", "optimal", Fraction(69, 28))
    assert check(menu.certificate).valid
    kinds = SCREENED.types
    for truth, report in product(kinds, kinds):
        gains = [
            sum(v * menu.allocation[g][kind] for g, v in zip(SCREENED.grades, truth, strict=True)) - menu.payments["buyer"][kind]
            for kind in (truth, report)
        ]
        assert gains[0] >= max(gains[1], 0)
    costs = dict(zip(SCREENED.grades, SCREENED.costs, strict=True))
    kept = [menu.payments["buyer"][kind] - sum(c * menu.allocation[g][kind] for g, c in costs.items()) for kind in kinds]
    assert sum(f * k for f, k in zip(SCREENED.probabilities, kept, strict=True)) == menu.exact_value


def test_two_goods_approach_the_value_of_manelli_and_vincent() -> None:
    """On grids of cell middles the optimum stays within a cell of 4/9 + 2 sqrt(2)/27."""
    for count in (4, 8):
        cells = [Fraction(2 * k + 1, 2 * count) for k in range(count)]
        menu = optimal(GradedSale(("a", "b"), list(product(cells, cells)), one_grade=False), "revenue")
        assert menu.exact_value is not None
        assert abs(float(menu.exact_value) - 0.549201) < 1 / count
        assert check(menu.certificate).valid


def test_one_grade_is_a_price() -> None:
    market = GradedSale(("proof",), [(Fraction(k, 10),) for k in range(1, 11)])
    assert optimal(market, "revenue").exact_value == Fraction(3, 10)  # 1/2 from six of ten


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), [(1,)]), "grades must be a list"),
        ((("a", "a"), [(1, 2)]), "different non-empty names"),
        ((("a",), []), "types must be a list"),
        ((("a",), [(1, 2)]), r"types\[0\] must have a value"),
        ((("a",), [(1,), (1,)]), "must all be different"),
        ((("a",), [(1,), (2,)], ["1/2", "1/3"]), "sum to 1"),
        ((("a",), [(1,)], "1"), "probabilities must be a list"),
    ],
)
def test_wrong_input_is_named(arguments: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        GradedSale(*arguments)
    with pytest.raises(InvalidInput, match="one of the grades"):
        GradedSale(("a",), [(1,)], costs={"b": 1})


def test_what_a_menu_is_not_asked() -> None:
    with pytest.raises(Refused, match="revenue"):
        optimal(SCREENED, "welfare")
    with pytest.raises(Refused, match="no constraints"):
        optimal(SCREENED, "revenue", "no_deficit")


def test_files_and_the_command(tmp_path: Path) -> None:
    assert market_from_spec(SCREENED.spec()) == SCREENED
    path = tmp_path / "grades.toml"
    path.write_text('[market]\nkind = "graded_sale"\ngrades = ["fast", "slow"]\ntypes = [[4, 1], [2, 1.5]]\n', "utf-8")
    run = CliRunner().invoke(program, ("optimal", str(path)))
    assert run.exit_code == 0, run.output
    assert "types that choose" in run.output
    refused = CliRunner().invoke(program, ("optimal", str(path), "--plot", str(tmp_path / "x.svg")))
    assert refused.exit_code == 2
