"""Rules with dominant strategies, certified: closed forms, an independent simulation, refusals, planted wrong answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected
from equilibria.checking.order_statistics import certify_rule
from equilibria.checking.reading import read_prior
from mechanisms import (
    Beta,
    CentralProver,
    Distribution,
    Empirical,
    LogNormal,
    Mechanism,
    Optimal,
    PiecewiseLinear,
    PostedPrice,
    Procurement,
    Race,
    Sale,
    Uniform,
    Vickrey,
)

# Enclosures of Uniform and Beta priors are narrower than this, relative to the costs, which are about 1.
NARROW = 2e-8


def certified(market: Procurement | Sale, mechanism: Mechanism) -> Bounds:
    """Bounds from specs alone."""
    spec = market.as_procurement().spec()["costs"]
    assert isinstance(spec, Mapping)
    priors = {label: read_prior(node, label) for label, node in spec.items()}
    return certify_rule(priors, mechanism.spec(), market.spec().get("value"), market.sign)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedForm:
    name: str
    market: Procurement
    mechanism: Mechanism
    payment: Fraction | float
    cost: Fraction | float
    no_award: Fraction | float = 0
    redundant: Fraction | float = 0


def symmetric(provers: int, value: float | Distribution | None = None) -> Procurement:
    return Procurement({f"p{k}": Uniform(0, 1) for k in range(provers)}, value)


F = Fraction
PAIR = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 2)})
CASES = [
    *(
        ClosedForm(name=f"vickrey {n}", market=symmetric(n), mechanism=Vickrey(), payment=F(2, n + 1), cost=F(1, n + 1))
        for n in (2, 3, 6)
    ),
    ClosedForm(
        name="vickrey lone", market=symmetric(1), mechanism=Vickrey(0.75), payment=F(9, 16), cost=F(9, 32), no_award=F(1, 4)
    ),
    ClosedForm(name="vickrey idle reserve", market=symmetric(2), mechanism=Vickrey(7.0), payment=F(2, 3), cost=F(1, 3)),
    ClosedForm(name="vickrey never", market=symmetric(2), mechanism=Vickrey(-1.0), payment=0, cost=0, no_award=1),
    ClosedForm(name="vickrey half", market=symmetric(2), mechanism=Vickrey(0.5), payment=F(1, 3), cost=F(1, 6), no_award=F(1, 4)),
    # E max = integral of 1 - t * t/2 to 1 and of 1 - t/2 from 1 to 2.
    ClosedForm(name="vickrey pair", market=PAIR, mechanism=Vickrey(), payment=F(13, 12), cost=F(5, 12)),
    # Surplus 17/32 = 7/8 - 11/32.
    ClosedForm(
        name="optimal 3", market=symmetric(3, 1.0), mechanism=Optimal(), payment=F(11, 32), cost=F(11, 64), no_award=F(1, 8)
    ),
    ClosedForm(name="optimal always", market=symmetric(3), mechanism=Optimal(), payment=F(1, 2), cost=F(1, 4)),
    ClosedForm(name="optimal lone", market=symmetric(1), mechanism=Optimal(), payment=1, cost=F(1, 2)),
    # Virtual costs are twice the costs: the payment is E min(U[0,2], U[0,4]), or as much of it as is below 1.
    ClosedForm(name="optimal pair always", market=PAIR, mechanism=Optimal(), payment=F(5, 6), cost=F(5, 12)),
    ClosedForm(
        name="optimal pair", market=Procurement({"a": Uniform(0, 1), "b": Uniform(0, 2)}, 1.0),
        mechanism=Optimal(), payment=F(7, 24), cost=F(7, 48), no_award=F(3, 8),
    ),
    ClosedForm(name="posted", market=symmetric(3), mechanism=PostedPrice(0.5), payment=F(7, 16), cost=F(7, 32), no_award=F(1, 8)),
    ClosedForm(name="posted above", market=symmetric(2), mechanism=PostedPrice(3.0), payment=3, cost=F(1, 2)),
    ClosedForm(name="race 3", market=symmetric(3), mechanism=Race(), payment=F(3, 2), cost=F(3, 2), redundant=F(5, 4)),
    # P(b lowest) = 1/4, so b needs 1 / (1/4); both mean costs are borne.
    ClosedForm(name="race pair", market=PAIR, mechanism=Race(), payment=4, cost=F(3, 2), redundant=F(13, 12)),
    ClosedForm(name="race prize", market=PAIR, mechanism=Race(0.5), payment=F(1, 2), cost=F(3, 2), redundant=F(13, 12)),
    ClosedForm(
        name="central number", market=Procurement({"b": Uniform(0, 2), "a": Uniform(0, 1)}, 0.5),
        mechanism=CentralProver(), payment=F(1, 4), cost=F(1, 8), no_award=F(1, 2),
    ),
    # Asks (1 + c)/2, sells with probability (1 - c)/2.
    ClosedForm(
        name="central law", market=symmetric(2, Uniform(0, 1)), mechanism=CentralProver(),
        payment=F(1, 6), cost=F(1, 12), no_award=F(3, 4),
    ),
    # The same, of the costs below 1.
    ClosedForm(
        name="central label", market=Procurement({"a": Uniform(0, 1), "b": Uniform(0, 2)}, Uniform(0, 1)),
        mechanism=CentralProver("b"), payment=F(1, 12), cost=F(1, 24), no_award=F(7, 8),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_closed_forms_lie_in_narrow_enclosures(case: ClosedForm) -> None:
    bounds = certified(case.market, case.mechanism)
    expected = (case.payment, case.cost, case.no_award, case.redundant)
    found = (bounds.payment, bounds.resource_cost, bounds.no_award, bounds.redundant)
    for ball, exact in zip(found, expected, strict=True):
        exact = Fraction(exact)
        assert (ball * exact.denominator).overlaps(ball * 0 + exact.numerator)
        assert float(ball.rad()) <= NARROW
        for wrong in (exact + Fraction(1, 10**6), exact - Fraction(1, 10**6)):
            assert not (ball * wrong.denominator).overlaps(ball * 0 + wrong.numerator)
    assert bounds.gain == 0


KINKED = Empirical.from_samples(np.random.default_rng(7).gamma(3.0, 0.1, 400) + 0.1)
SMOOTH: dict[str, Distribution] = {
    "beta": Beta(1.5, 2.5, 0.1, 1.2),
    "sharp": Beta(0.7, 1.6, 0.2, 0.9),
    "log": LogNormal(-0.8, 0.5, 0.1, 2.0),
    "kinked": KINKED,
    "steps": PiecewiseLinear((0.0, 0.4, 0.8, 1.5), (0.0, 0.2, 0.9, 1.0)),
}
SIMULATED: list[Any] = [  # a rule, and what a proof is worth
    (Vickrey(), None),
    (Vickrey(0.35), None),
    (PostedPrice(0.4), None),
    (Race(), None),
    (CentralProver("log"), 0.5),
    (CentralProver("log"), Beta(2.0, 3.0, 0.0, 1.5)),
    (CentralProver("kinked"), PiecewiseLinear((0.0, 0.4, 0.8, 1.5), (0.0, 0.5, 0.6, 1.0))),
    (Optimal(), 0.6),
    pytest.param(Optimal(), None, marks=pytest.mark.slow),  # as with a value, but the proof is always bought
]


@pytest.mark.parametrize(("mechanism", "value"), SIMULATED, ids=lambda part: repr(part)[:24])
def test_simulation_agrees(mechanism: Mechanism, value: float | Distribution | None) -> None:
    market = Procurement(SMOOTH, value)
    bounds = certified(market, mechanism)
    rng = np.random.default_rng(11)
    profiles = np.stack([law.sample(rng, 40_000) for law in SMOOTH.values()], axis=-1)
    outcome = mechanism.batch(market, profiles)
    allocation = outcome.allocation()
    spent = outcome.proofs() * profiles
    samples = {
        "payment": outcome.payments().sum(-1),
        "resource_cost": spent.sum(-1),
        "no_award": 1.0 - allocation.sum(-1),
        "redundant": (spent - allocation * profiles).sum(-1),
    }
    for name, sample in samples.items():
        ball = getattr(bounds, name)
        error = 5 * sample.std() / math.sqrt(len(sample)) + 1e-12
        assert float(ball.lower()) - error <= sample.mean() <= float(ball.upper()) + error, name
        assert float(ball.rad()) <= 1e-5, name


def test_a_sale_is_the_mirror_image() -> None:
    sale = Sale({"a": Uniform(0, 1), "b": Uniform(0, 1)}, 0.0)
    for mechanism in (Vickrey(0.5), Optimal()):
        bounds = certified(sale, mechanism)
        assert abs(float(bounds.payment.mid()) + 5 / 12) <= NARROW
        assert abs(float(bounds.no_award.mid()) - 1 / 4) <= NARROW
    posted = certified(sale, PostedPrice(0.5))
    assert abs(float(posted.payment.mid()) + 3 / 8) <= NARROW
    with pytest.raises(Rejected, match="mirror image"):
        certified(sale, Race(1.0))


def test_refusals_say_what_is_wrong() -> None:
    lone = {"a": read_prior(Uniform(0, 1).spec(), "a")}
    apart = {**lone, "far": read_prior(Uniform(2, 3).spec(), "far")}
    cases: list[tuple[dict[str, object], object, str]] = [
        ({"kind": "vickrey"}, None, "no price"),
        ({"kind": "race"}, None, "'far'"),
        ({"kind": "central_prover"}, None, "unbounded"),
        ({"kind": "central_prover", "label": "nobody"}, 1.0, "'nobody'"),
        ({"kind": "optimal"}, Uniform(0, 1).spec(), "as a number"),
        ({"kind": "optimal", "reserve": 1.0}, 1.0, "mechanism.reserve"),
        ({"kind": "vickrey", "reserve": "x"}, None, "mechanism.reserve"),
        ({"kind": "posted_price"}, None, "mechanism.price"),
        ({"kind": "first_price"}, None, "first_price"),
    ]
    for mechanism, value, message in cases:
        priors = lone if mechanism["kind"] == "vickrey" else apart
        with pytest.raises(Rejected, match=message):
            certify_rule(priors, mechanism, value)


def test_ten_provers_and_zero_probability_of_winning() -> None:
    laws = {f"p{k}": Beta(1.5 + 0.3 * k, 2 + 0.17 * k, 0.05 * k, 1 + 0.1 * k) for k in range(10)}
    bounds = certified(Procurement(laws), Vickrey(0.5))
    assert float(bounds.payment.rad()) <= 1e-10
    far = certified(Procurement({**laws, "far": Uniform(5, 6)}), Vickrey(0.5))
    assert far.payment.overlaps(bounds.payment)
    assert float(far.payment.rad()) <= 1e-10


LAWS_OF_CUBICS = (Uniform(0.5, 2), PiecewiseLinear((0, 1, 3), (0, 0.25, 1)), Empirical.from_samples([1, 2, 2.5, 4, 7]))


@pytest.mark.parametrize("law", LAWS_OF_CUBICS)
def test_the_area_under_a_cdf_is_the_integral_of_it(law: Distribution) -> None:
    prior = read_prior(law.spec(), "prior")
    low, high = law.support
    for end in (low, low + 0.3 * (high - low), high):
        cells = np.linspace(low, end, 20001)
        levels = law.cdf(cells)
        least, most = (float(np.sum(side * np.diff(cells))) for side in (levels[:-1], levels[1:]))
        area = prior.area(end)
        assert area is not None and least - 1e-12 <= area <= most + 1e-12
