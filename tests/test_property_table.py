"""The page of published properties: its verdicts are computed, and every claim marked D is reproduced by a test that exists."""

from __future__ import annotations

import math
import re
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from equilibria import best_lottery, solve
from equilibria.curved_share_cost import overspend, worst_overspend
from mechanisms import Contest, Exchange, ProoflikeA, Tullock, Uniform
from papers.property_table.cell import Cell
from papers.property_table.claims import CELLS
from papers.property_table.page import PAGE, row_of
from papers.property_table.verdicts import curved_gain, mean_share

TESTS = Path(__file__).parent
INSTANCES = ("refuted", "found")  # which instance is found may differ; that one is found may not


def shown() -> list[list[str]]:
    """The rows of the page, in order."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[part.strip() for part in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    return [row for row in cells if row[0] not in ("property", "---")]


def agree(on_page: str, computed: str) -> bool:
    """Whether two verdicts are the same, whatever the instance."""
    kinds = tuple(text.partition(":")[0] for text in (on_page, computed))
    return kinds[0] == kinds[1] and (kinds[0] in INSTANCES or on_page == computed)


def test_the_page_has_the_claims_of_the_module() -> None:
    expected = [[c.aspect, c.published, c.mark, f"`{c.test}`" if c.test else ""] for c in CELLS]
    assert [row[:3] + row[4:] for row in shown()] == expected


def test_the_verdicts_that_are_cheap_are_those_of_the_page() -> None:
    for row, cell in zip(shown(), CELLS, strict=True):
        if not cell.slow:
            assert agree(row[3], row_of(cell)[3]), (cell.rule, cell.aspect)


@pytest.mark.slow  # the other verdicts: twenty seconds
def test_the_other_verdicts_are_those_of_the_page() -> None:
    for row, cell in zip(shown(), CELLS, strict=True):
        if cell.slow:
            assert agree(row[3], row_of(cell)[3]), (cell.rule, cell.aspect)


def test_a_wrong_verdict_is_noticed() -> None:
    assert not agree("proved", "refuted") and not agree("certified: 2.5", "certified: 2.6")
    assert agree("found: gains 1", "found: gains 1/2") and not agree("found: gains 1", "certified absent")


@pytest.mark.parametrize("cell", [c for c in CELLS if c.derived], ids=lambda c: f"{c.rule}-{c.aspect}")
def test_what_is_marked_d_is_reproduced_by_a_test_that_exists(cell: Cell) -> None:
    file, _, name = cell.test.partition("::")
    assert f"\ndef {name}(" in (TESTS / file).read_text("utf-8")
    assert callable(cell.ours)


def test_every_test_that_is_named_exists() -> None:
    for file, _, name in (cell.test.partition("::") for cell in CELLS if cell.test):
        assert f"\ndef {name}(" in (TESTS / file).read_text("utf-8"), name


def test_the_bare_exchange_loses_at_most_one_trade() -> None:
    r"""Of $k$ efficient trades the last one at most: $f_{k-1}\ge f_k\ge p_k$ makes $k-1$ trades feasible; so $1-1/k$ is kept."""
    rng, law, size = np.random.default_rng(7), Uniform(0, 1), 6
    market = Exchange({f"u{k}": law for k in range(size)}, {f"p{k}": law for k in range(size)})
    for _ in range(30):
        reports = [F(int(number), 16) for number in rng.integers(0, 17, 2 * size)]
        shares = ProoflikeA().outcome(market, dict(zip(market.labels, reports, strict=True))).allocation.values()
        signs = [1] * size + [-1] * size
        welfare = sum(sign * share * report for sign, share, report in zip(signs, shares, reports, strict=True))
        margins = [f - p for f, p in zip(sorted(reports[:size], reverse=True), sorted(reports[size:]), strict=True)]
        trades = sum(margin > 0 for margin in margins)
        best = sum(margin for margin in margins if margin > 0)
        assert welfare <= best
        assert trades == 0 or welfare >= best * (1 - F(1, trades))
    means = [mean_share(size, 100) for size in (4, 16, 64)]
    assert means == sorted(means) and means[-1] > 0.99


def test_the_best_lottery() -> None:
    design = best_lottery(10)
    assert design.utility.lower <= 9 - math.log(10) <= design.utility.upper
    assert design.fault.lower <= 0.1 <= design.fault.upper


def test_curved_shares_are_truthful() -> None:
    assert curved_gain(2.0) < 1e-9  # quadrature and doubles
    assert curved_gain(3.0) < 1e-9


@pytest.mark.parametrize("provers", [2, 4, 9])
def test_the_worst_costs_of_curved_shares(provers: int) -> None:
    bound, others = worst_overspend(provers)
    assert bound == pytest.approx((1 + math.sqrt(provers)) / 2, rel=1e-15)
    reached = float(overspend([1, *[F(others)] * (provers - 1)]))
    assert reached == pytest.approx(bound, rel=1e-12)
    for factor in (F(9, 10), F(11, 10)):
        assert float(overspend([1, *[F(others) * factor] * (provers - 1)])) < reached


def test_a_contest_is_won_by_the_dearer_prover_at_times() -> None:
    """At the prize R and costs 1 and 2 a win is worth R - 1 and R - 2: shares are as those, for efforts of one price."""
    shares = solve(Tullock(), Contest(prize=4, costs={"a": 1, "b": 2})).shares
    assert shares is not None and shares["a"] == F(3, 5)
