"""Optimal menus of graded goods: by some rows and by all, against Manelli and Vincent, and awards that count."""

from __future__ import annotations

from fractions import Fraction

import pytest

from equilibria.programs.exact_simplex import solve_exactly
from equilibria.programs.graded_menu import graded_menu, graded_menu_program

F = Fraction


def grid(count: int) -> list[tuple[Fraction, Fraction]]:
    return [(F(2 * a + 1, 2 * count), F(2 * b + 1, 2 * count)) for a in range(count) for b in range(count)]


@pytest.mark.parametrize("one_grade", [False, True])
def test_menus_by_some_rows_and_by_all(one_grade: bool) -> None:
    for count in (2, 3, 4):
        types, chances = grid(count), [F(1, count**2)] * count**2
        pairs = [(t, r) for t in range(count**2) for r in range(count**2) if t != r]
        whole = solve_exactly(graded_menu_program(types, chances, pairs, one_grade=one_grade))
        assert graded_menu(types, chances, one_grade=one_grade).exact_value == whole.exact_value


def test_menus_tend_to_manelli_and_vincent() -> None:
    """Two goods, values uniform on the square: singles at 2/3, both at (4 - sqrt 2)/3, revenue 4/9 + 2 sqrt(2)/27."""
    limit, gaps = 4 / 9 + 2 * 2**0.5 / 27, []
    for count in (3, 6, 12):
        revenue = graded_menu(grid(count), [F(1, count**2)] * count**2).exact_value
        assert revenue is not None
        single, both = F(2, 3), F(8619, 10000)
        offers = [[(x + y - both, both), (x - single, single), (y - single, single), (F(0), F(0))] for x, y in grid(count)]
        assert revenue >= sum((max(offer)[1] for offer in offers), F(0)) / count**2
        gaps.append(float(revenue) - limit)
    assert gaps[0] > gaps[1] > gaps[2] > 0 and gaps[2] < 0.04  # the error falls as 1/count


def test_awards_of_a_grade_count() -> None:
    """A prover with costs (1, 2) or (2, 3) for a slow and a fast proof, which are worth 3 and 5."""
    optimum = graded_menu([(-1, -2), (-2, -3)], [F(1, 2)] * 2, one_grade=True, awards=[3, 5])
    assert optimum.exact_value == 2  # pay 3 for the fast one, whatever the cost
