"""`tune`: closed forms, limits, the mirror image, refusals, and the search on functions with known maxima."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import pytest

from equilibria import check, solve, tune
from equilibria.reserve_search import Search, award_density, grid, least_reserve, nobody
from equilibria.tuning import Tuning
from mechanisms import (
    Beta,
    CentralProver,
    FirstPrice,
    InvalidInput,
    Market,
    Mechanism,
    Optimal,
    PiecewiseLinear,
    PostedPrice,
    Procurement,
    Race,
    Refused,
    Sale,
    Uniform,
    Vickrey,
)

RESERVE = 1e-5
"""The objective is flat at its top: 1e-5 of reserve is 1e-10 of objective."""
AMOUNT = 1e-7  # what first-price payments are exact to


def uniform(provers: int, value: float | None) -> Procurement:
    return Procurement(costs={f"p{i}": Uniform(0, 1) for i in range(provers)}, value=value)


def auction(buyers: int, value: float | None = None) -> Sale:
    return Sale(values={f"b{i}": Uniform(0, 1) for i in range(buyers)}, value=value)


def uniform_surplus(provers: int, value: float, reserve: float) -> float:
    """Of a first- or second-price rule: the integral of (v - 2c) over the lowest cost c up to the reserve."""
    n, rest = provers, 1.0 - reserve
    above = (1.0 - rest**n) * (value - 2.0)
    return above + 2.0 * n * (1.0 - rest ** (n + 1)) / (n + 1)


@dataclass(frozen=True)
class Case:
    name: str
    mechanism: Mechanism
    market: Market
    objective: str
    reserve: float
    best: float


# PostedPrice among two: the root of 3p^2 - (4 + 2v)p + 2v, here at v = 1; in a sale, of 1 - 3p^2.
CASES = (
    Case("first-price-1", FirstPrice(), uniform(1, 1.0), "surplus", 0.5, 0.25),
    Case("first-price-2", FirstPrice(0.1), uniform(2, 0.9), "surplus", 0.45, uniform_surplus(2, 0.9, 0.45)),
    Case("vickrey-1", Vickrey(), uniform(1, 0.7), "surplus", 0.35, 0.35**2),
    Case("vickrey-3", Vickrey(), uniform(3, 1.0), "surplus", 0.5, 17 / 32),
    Case("vickrey-5", Vickrey(0.3), uniform(5, 1.3), "surplus", 0.65, uniform_surplus(5, 1.3, 0.65)),
    Case("valuable", Vickrey(), uniform(3, 2.5), "surplus", 1.0, 2.0),
    Case("posted", PostedPrice(0.9), uniform(2, 1.0), "surplus", 1 - 1 / math.sqrt(3), 2 / (3 * math.sqrt(3))),
    Case("sale-first-price", FirstPrice(), auction(2), "payment", 0.5, 5 / 12),
    Case("sale-vickrey", Vickrey(), auction(2), "payment", 0.5, 5 / 12),
    Case("sale-own-value", Vickrey(), auction(3, 0.2), "surplus", 0.6, 0.3648),
    Case("sale-posted", PostedPrice(0.0), auction(2), "payment", 1 / math.sqrt(3), 2 / (3 * math.sqrt(3))),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_known_answers(case: Case) -> None:
    tuning = tune(case.mechanism, case.market, case.objective)
    assert tuning.reserve == pytest.approx(case.reserve, abs=RESERVE)
    assert tuning.value_of_objective.midpoint == pytest.approx(case.best, abs=AMOUNT)
    assert type(tuning.mechanism) is type(case.mechanism)
    assert tuning.mechanism.spec() == tuning.equilibrium.mechanism.spec()
    assert tuning.reserve in (tuning.mechanism.spec().get("reserve"), tuning.mechanism.spec().get("price"))
    assert tuning.status == "estimated"
    sign = -1 if case.objective == "payment" and case.market.sign > 0 else 1
    assert all(
        sign * point.objective.midpoint <= sign * tuning.value_of_objective.midpoint + AMOUNT for point in tuning.curve
    )
    json.dumps(tuning.to_dict(), allow_nan=False)
    assert "\n" not in repr(tuning)


@pytest.fixture(scope="module")
def three() -> Tuning:
    return tune(FirstPrice(), uniform(3, 0.9), "surplus")


def test_points_of_the_curve_are_true(three: Tuning) -> None:
    assert three.reserve == pytest.approx(0.45, abs=RESERVE)
    assert three.value_of_objective.midpoint == pytest.approx(uniform_surplus(3, 0.9, 0.45), abs=AMOUNT)
    *reserved, unlimited = three.curve
    assert unlimited.reserve is None and unlimited.no_award.upper == 0.0
    reserves = [point.reserve for point in reserved]
    assert reserves == sorted(reserves) and len(reserves) >= 25 and reserves[0] == 0.0 and reserves[-1] == 1.0
    assert three.reserve in reserves
    for point in reserved:
        assert point.reserve is not None
        assert (1 - point.reserve) ** 3 == pytest.approx(point.no_award.midpoint, abs=1e-14)
        assert uniform_surplus(3, 0.9, point.reserve) == pytest.approx(point.objective.midpoint, abs=AMOUNT)
        assert point.epsilon < 1e-4


def test_sensitivity_of_a_smooth_maximum(three: Tuning) -> None:
    found = three.sensitivity
    assert found.reserve_per_value == pytest.approx(0.5, abs=1e-4)  # the best reserve is v/2
    assert found.slope_below == pytest.approx(0.0, abs=1e-4)
    assert found.slope_above == pytest.approx(0.0, abs=1e-4)
    for end in found.flat:
        assert uniform_surplus(3, 0.9, end) == pytest.approx(0.99 * three.value_of_objective.midpoint, rel=1e-4)
    assert found.flat[0] < three.reserve < found.flat[1]


def test_a_tuned_equilibrium_has_a_valid_certificate_and_solves_again(three: Tuning) -> None:
    assert check(three.equilibrium.certificate).valid
    again = solve(three.mechanism, three.market)
    assert again.expected_payment == three.equilibrium.expected_payment


def test_the_table_marks_the_tuned_reserve(three: Tuning) -> None:
    assert "* 0.45" in str(three)
    assert "estimated" in three.message
    assert "none" in str(three)


@pytest.mark.parametrize("rule", [FirstPrice(), Vickrey()], ids=repr)
def test_the_least_payment_meets_the_limit_on_no_award_on_the_safe_side(rule: Mechanism) -> None:
    tuning = tune(rule, uniform(3, None), "payment", max_no_award=0.01)
    reserve = 1 - 0.01 ** (1 / 3)
    assert tuning.reserve == pytest.approx(reserve, abs=1e-12)
    assert tuning.equilibrium.no_award.upper <= 0.01
    assert tuning.value_of_objective.midpoint == pytest.approx(-uniform_surplus(3, 0.0, reserve), abs=AMOUNT)
    slope = 6 * reserve * (1 - reserve) ** 2
    assert tuning.sensitivity.slope_below == pytest.approx(slope, rel=1e-3)
    assert tuning.sensitivity.slope_above == pytest.approx(slope, rel=1e-3)
    assert tuning.sensitivity.reserve_per_value is None
    assert tuning.sensitivity.flat[0] == tuning.reserve
    assert "limit" in tuning.message


def test_a_limit_of_zero_never_leaves_a_request_unserved() -> None:
    tuning = tune(Vickrey(), uniform(2, 1.0), "surplus", max_no_award=0.0)
    assert tuning.reserve == 1.0
    assert tuning.equilibrium.no_award.upper == 0.0


def test_a_limit_that_does_not_bind_changes_nothing() -> None:
    free = tune(PostedPrice(0.5), uniform(2, 1.0), "surplus")
    limited = tune(PostedPrice(0.5), uniform(2, 1.0), "surplus", max_no_award=0.9)
    assert limited.reserve == pytest.approx(free.reserve, abs=RESERVE)


def test_a_binding_limit_holds_in_a_sale_too() -> None:
    tuning = tune(Vickrey(), auction(2), "payment", max_no_award=0.04)
    assert tuning.reserve == pytest.approx(0.2, abs=1e-12)
    assert tuning.equilibrium.no_award.upper <= 0.04
    assert tuning.sensitivity.slope_below > 0.0  # a higher reserve would bring more, were it allowed


def test_a_sale_is_the_mirror_image() -> None:
    values = {"a": Uniform(0, 1), "b": Beta(2, 3, 0, 1.5)}
    sale = tune(Vickrey(), Sale(values=values, value=0.3), "surplus")
    costs = {label: value.reflected() for label, value in values.items()}
    mirror = tune(Vickrey(), Procurement(costs=costs, value=-0.3), "surplus")
    assert sale.reserve == -mirror.reserve
    assert sale.value_of_objective == mirror.value_of_objective
    assert sale.sensitivity.flat == tuple(-end for end in reversed(mirror.sensitivity.flat))
    assert sale.sensitivity.slope_below == -mirror.sensitivity.slope_above
    assert sale.sensitivity.reserve_per_value == mirror.sensitivity.reserve_per_value


def test_a_value_above_every_virtual_cost_makes_the_reserve_idle() -> None:
    tuning = tune(Vickrey(), uniform(2, 3.0), "surplus")
    assert "does not bind" in tuning.message
    assert tuning.sensitivity.reserve_per_value == 0.0


def test_a_value_below_every_cost_awards_nobody() -> None:
    market = Procurement(costs={"a": Uniform(0.5, 1), "b": Uniform(0.6, 1)}, value=0.3)
    tuning = tune(Vickrey(), market, "surplus")
    assert tuning.equilibrium.no_award.lower == 1.0
    assert tuning.value_of_objective.upper == 0.0
    assert "nobody" in tuning.message


@pytest.mark.parametrize(("value", "price"), [(1.7, 0.2), (2.0, 1.0)])
def test_the_better_of_two_local_maxima_is_found(value: float, price: float) -> None:
    """One prover, cheap or dear: (v - p)F(p) has a maximum at the end of either part."""
    cheap_or_dear = PiecewiseLinear((0.0, 0.2, 0.8, 1.0), (0.0, 0.49, 0.51, 1.0))
    tuning = tune(PostedPrice(0.5), Procurement(costs={"a": cheap_or_dear}, value=value), "surplus")
    assert tuning.reserve == pytest.approx(price, abs=RESERVE)
    assert tuning.sensitivity.reserve_per_value == 0.0  # a kink holds the price


def test_progress_rises_to_one() -> None:
    shares: list[float] = []
    tune(Vickrey(), uniform(2, 1.0), "surplus", progress=lambda what, share: shares.append(share))
    assert shares == sorted(shares) and shares[-1] == 1.0 and shares[0] > 0.0


@pytest.mark.parametrize(
    ("mechanism", "why"),
    [(Optimal(), "own reserves"), (Race(), "no reserve"), (CentralProver(), "no reserve")],
    ids=repr,
)
def test_rules_without_a_reserve_are_refused(mechanism: Mechanism, why: str) -> None:
    with pytest.raises(Refused, match=why):
        tune(mechanism, uniform(2, 1.0), "surplus")


def test_the_least_payment_without_a_limit_is_refused() -> None:
    with pytest.raises(Refused, match="nobody awarded costs nothing"):
        tune(FirstPrice(), uniform(2, 1.0), "payment")


def test_surplus_without_a_number_as_value_is_refused() -> None:
    with pytest.raises(Refused, match="needs the market's value"):
        tune(FirstPrice(), uniform(2, None), "surplus")
    with pytest.raises(Refused, match="mean"):
        tune(FirstPrice(), Procurement(costs={"a": Uniform(0, 1)}, value=Uniform(1, 2)), "surplus")


@pytest.mark.parametrize("limit", [-0.1, 1.0, math.nan, "1", True])
def test_limits_that_are_no_probability_are_named(limit: object) -> None:
    with pytest.raises(InvalidInput, match="max_no_award"):
        tune(FirstPrice(), uniform(2, 1.0), "payment", max_no_award=limit)  # type: ignore[arg-type]


def test_other_wrong_arguments_are_named() -> None:
    with pytest.raises(InvalidInput, match="objective"):
        tune(FirstPrice(), uniform(2, 1.0), "revenue")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="mechanism"):
        tune("first_price", uniform(2, 1.0), "surplus")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="market"):
        tune(FirstPrice(), {"a": Uniform(0, 1)}, "surplus")  # type: ignore[arg-type]


def test_the_search_finds_a_peak_between_grid_points_and_one_on_a_kink() -> None:
    points = [k / 20 for k in range(21)]

    def two_peaks(x: float) -> float:
        return max(1.0 - 40.0 * (x - 0.222) ** 2, 1.01 - 60.0 * abs(x - 0.777))

    assert Search(score=two_peaks, low=0.0, high=1.0, floor=0.0).best(points) == pytest.approx(0.777, abs=1e-5)
    left = [x for x in points if x < 0.7]
    assert Search(score=two_peaks, low=0.0, high=1.0, floor=0.0).best(left) == pytest.approx(0.222, abs=1e-5)


def test_the_search_stays_within_the_limit() -> None:
    search = Search(score=lambda x: -((x - 0.3) ** 2), low=0.0, high=1.0, floor=0.45)
    points = sorted([*(k / 20 for k in range(21)), 0.45])
    assert search.best(points) == 0.45
    assert search.flat(0.45, 0.01, points)[0] == 0.45


def test_each_reserve_is_solved_once() -> None:
    asked: list[float] = []

    def score(x: float) -> float:
        asked.append(x)
        return -((x - 0.4) ** 2)

    search = Search(score=score, low=0.0, high=1.0, floor=0.0)
    x = search.best([k / 20 for k in range(21)])
    search.flat(x, 0.01, [k / 20 for k in range(21)])
    search.shape(x)
    assert len(asked) == len(set(asked))


def test_the_least_reserve_is_the_first_double_within_the_limit() -> None:
    priors = (Uniform(0, 1), Beta(2, 3, 0.2, 1.2))
    x = least_reserve(priors, 0.05, 0.0, 1.0)
    assert float(nobody(priors, x)) <= 0.05 < float(nobody(priors, math.nextafter(x, 0.0)))


def test_the_grid_holds_the_ends_the_landmarks_and_the_supports() -> None:
    priors = (Uniform(0, 1), Uniform(0.3, 0.9))
    points = grid(priors, 0.0, 1.0, [0.123])
    assert {0.0, 1.0, 0.123, 0.3, 0.9} <= set(points)
    assert points == sorted(set(points)) and 25 <= len(points) <= 45


def test_the_density_of_an_award_is_the_slope_of_its_probability() -> None:
    priors = (Uniform(0, 1), Beta(2, 3, 0.2, 1.2))
    slope = (float(nobody(priors, 0.5 - 1e-6)) - float(nobody(priors, 0.5 + 1e-6))) / 2e-6
    assert award_density(priors, 0.5) == pytest.approx(slope, rel=1e-6)
