"""Enclosed ironed virtual costs: hand-derived ironing, ties, and truth whatever the plain numbers suggest."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from flint import arb

from equilibria.checking import virtual_costs
from equilibria.checking.joint_integrals import joint_integrals, long_series
from equilibria.checking.optimal_rule import optimal
from equilibria.checking.priors import Prior
from equilibria.checking.reading import read_prior
from equilibria.checking.virtual_costs import VirtualCosts
from mechanisms import Beta, Distribution, Empirical, LogNormal, Mixture, PiecewiseLinear, Uniform

# Density 0.6 below 1/2 and 1.4 above. Offers are w/2 in the first part and (w + 2/7)/2 in the second; they are
# equally good at LEVEL, where 0.15 w^2 = 0.35 (w - 2/7)^2.
KINK = Mixture([(0.3, Uniform(0, 0.5)), (0.7, Uniform(0.5, 1))])
LEVEL = 2 / 7 * math.sqrt(0.35) / (math.sqrt(0.35) - math.sqrt(0.15))


@pytest.fixture(autouse=True)
def balls() -> Iterator[None]:
    with long_series():
        yield


def prior(law: Distribution) -> Prior:
    return read_prior(law.spec(), "prior")


def close(ball: arb, value: float, tolerance: float = 1e-10) -> bool:
    """Whether a narrow ball is at a double (known to about its last digits)."""
    return float(ball.rad()) <= tolerance and abs(float(ball.mid()) - value) <= tolerance


def test_the_level_and_ends_of_a_hand_ironed_interval() -> None:
    (zone,) = VirtualCosts(prior(KINK)).zones
    assert zone.low < LEVEL < zone.high < zone.low + 1e-11
    assert zone.gap is not None
    assert zone.gap == pytest.approx((LEVEL / 2, (LEVEL + 2 / 7) / 2), abs=1e-10)


def test_one_irregular_prover_faces_the_best_posted_price() -> None:
    price = (0.9 + 2 / 7) / 2
    accepted = 0.3 + 1.4 * (price - 0.5)
    payment, cost, lost = optimal({"a": prior(KINK)}, 0.9)
    assert close(payment, price * accepted)
    assert close(cost, 0.6 * 0.125 + 0.7 * (price**2 - 0.25))
    assert close(lost, 1 - accepted)


@pytest.mark.parametrize("value", [0.7, 1.1, None])
def test_ties_of_identical_irregular_provers(value: float | None) -> None:
    """With $1-K = 1-0.3w$ below the level and $1.2-0.7w$ above it, up to 12/7."""
    payment, cost, lost = optimal({"a": prior(KINK), "b": prior(KINK)}, value)
    top = 12 / 7 if value is None else value
    w = [np.linspace(*ends, 200_001) for ends in ((0, min(LEVEL, top)), (min(LEVEL, top), top))]
    left = [1 - 0.3 * w[0], 1.2 - 0.7 * w[1]]
    rest = left[1][-1] if top > LEVEL else left[0][-1]
    expected = sum(np.trapezoid(s**2, x) for s, x in zip(left, w, strict=True)) - (0 if value is None else value * rest**2)
    spent = np.trapezoid(w[0] / 2 * 2 * left[0] * 0.3, w[0]) + np.trapezoid((w[1] + 2 / 7) / 2 * 2 * left[1] * 0.7, w[1])
    if top > LEVEL:
        a, b = LEVEL / 2, (LEVEL + 2 / 7) / 2
        mean = (0.3 * (0.25 - a**2) + 0.7 * (b**2 - 0.25)) / (0.6 * (0.5 - a) + 1.4 * (b - 0.5))
        spent += mean * ((1 - 0.3 * LEVEL) ** 2 - (1.2 - 0.7 * LEVEL) ** 2)
    assert close(payment, float(expected), 1e-9)
    assert close(cost, float(spent), 1e-9)
    assert close(lost, 0.0 if value is None else float(rest**2))


LAWS: dict[str, Distribution] = {
    "uniform": Uniform(1, 3),
    "beta": Beta(2.5, 3.5, 0.1, 1.1),
    "rough beta": Beta(0.6, 0.8),
    "log normal": LogNormal(0.0, 1.2, 0.0, 9.0),
    "steps": PiecewiseLinear((0.0, 0.2, 0.5, 0.6, 1.0), (0.0, 0.1, 0.2, 0.8, 1.0)),
    "empirical": Empirical.from_samples(np.random.default_rng(3).lognormal(0.0, 0.3, 300)),
    "two peaks": Mixture([(0.5, Beta(4, 9)), (0.5, Beta(9, 3))]),
    "mirror": Beta(2.5, 3.5, 0.1, 1.1).reflected(),
}


@pytest.mark.parametrize("name", LAWS)
def test_offers_agree_with_a_search_of_the_support(name: str) -> None:
    law = LAWS[name]
    virtual = VirtualCosts(prior(law))
    low, high = law.support
    x = low + (high - low) * np.linspace(0, 1, 50_001)
    mass = law.cdf(x)
    for level in low + (high - low) * np.array([-0.1, 0.01, 0.2, 0.5, 0.8, 1.0, 1.3, 1.9, 3.7]):
        first, last, chance = virtual.at(float(level))
        gain = (level - x) * mass
        inside = (x >= first) & (x <= last)
        best = (level - np.array([first, last])) * law.cdf(np.array([first, last]))
        assert max(gain[inside].max(initial=-np.inf), best.max()) >= gain.max() - 1e-12 * (high - low)
        assert float(chance.lower()) - 1e-12 <= law.cdf(last)
        assert float(chance.upper()) + 1e-12 >= law.cdf(first)


@pytest.mark.parametrize("suggested", ["none", "shifted", "random"])
def test_wrong_suggestions_loosen_bounds_but_never_falsify_them(suggested: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain-number search for ironed intervals is not trusted."""
    laws = {"kink": prior(KINK), "steps": prior(LAWS["steps"])}
    exact = optimal(laws, 0.9)
    wrong = {
        "none": [],
        "shifted": [(0.4, 0.6, LEVEL + 1e-3)],
        "random": [(0.0, 1.0, s) for s in np.random.default_rng(5).uniform(0, 2, 20).tolist()],
    }[suggested]
    monkeypatch.setattr(virtual_costs, "bridges", lambda *_: wrong)
    for good, poor in zip(exact, optimal(laws, 0.9), strict=True):
        assert float(good.rad()) <= 1e-8
        assert poor.contains(good.mid())


def test_a_tail_that_is_infinitely_long() -> None:
    """The virtual cost of Beta(2, 2) is unbounded; the payment of one such prover would be its highest cost."""
    payment, _, lost = optimal({"a": prior(Beta(2, 2)), "b": prior(Beta(2, 2))}, None)
    rng = np.random.default_rng(1)
    costs = rng.beta(2, 2, (400_000, 2))
    virtual = costs + (3 * costs - 2 * costs**2) / (6 * (1 - costs))
    sample = virtual.min(axis=1)
    assert abs(sample.mean() - float(payment.mid())) <= 5 * sample.std() / math.sqrt(len(sample))
    assert float(payment.rad()) <= 1e-8
    assert lost == 0


def test_joint_integrals_enclose_a_jump_where_nothing_is_smooth() -> None:
    def plain(left: float, right: float) -> list[arb]:
        step = arb(0) if right < 0.3 else arb(1) if left > 0.3 else arb(0).union(arb(1))
        return [step * (arb(right) - left)]

    (area,) = joint_integrals(lambda left, right: None, plain, [0.0, 1.0], [1e-9])
    assert area.overlaps(arb(1) - arb(0.3))
    assert float(area.rad()) <= 1e-8


@pytest.mark.parametrize(("left", "right"), [(0.9, 1.1), (0.99, 1.3), (1.9, 2.1), (1.2, 1.4)])
def test_no_series_where_the_offer_stands_still_for_a_part_of_the_cell(left: float, right: float) -> None:
    """Densities 1.5 and 0.5: the virtual cost jumps from 1 up to 2 at the knot, where the offer waits."""
    virtual = VirtualCosts(prior(PiecewiseLinear((0.0, 0.5, 1.0), (0.0, 0.75, 1.0))))
    pair = virtual.expand(left, right)
    waits = left >= 1.0 and right <= 2.0
    assert (pair is not None) == waits
    if pair is not None:
        assert close(pair[1][0][0], 0.75)
        assert len(pair[1][0].coeffs()) == 1
