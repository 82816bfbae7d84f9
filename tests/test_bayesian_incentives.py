"""Expectations over priors: closed forms, random rules against quadrature, refutations, files that lie."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from equilibria import check, verify
from equilibria.checking import sealed
from equilibria.checking.incentives import read_agents
from equilibria.checking.interim_incentives import interim_problem
from equilibria.checking.rival_laws import RivalLaw, long_balls
from equilibria.proofs.in_expectation import _document
from equilibria.proofs.rules import function_rule
from equilibria.proofs.settings import setting_of
from equilibria.proofs.traced_rule import traced
from mechanisms import (
    Beta,
    Distribution,
    Empirical,
    Exchange,
    FirstPrice,
    KDoubleAuction,
    LogNormal,
    Market,
    Mixture,
    PiecewiseLinear,
    PostedPrice,
    Procurement,
    Refused,
    Sale,
    Uniform,
    Vickrey,
)

Rule = Callable[[Sequence[Any]], tuple[list[Any], list[Any]]]


def winner(reports: Sequence[Any]) -> int:
    return max(range(len(reports)), key=lambda place: reports[place])


def paying(price: Callable[[Sequence[Any], int], Any]) -> Rule:
    """The highest report wins and pays a price."""

    def rule(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        who = winner(reports)
        return [int(k == who) for k in range(len(reports))], [price(reports, who) if k == who else 0 for k in range(len(reports))]

    return rule


first_price = paying(lambda reports, who: reports[who])
halved = paying(lambda reports, who: reports[who] * Fraction(len(reports) - 1, len(reports)))
second_price = paying(lambda reports, who: sorted(reports)[-2])
third_price = paying(lambda reports, who: sorted(reports)[-3])


def expected_externality(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Trade where the value exceeds the cost; balanced, and each side is paid what it does to the other in expectation."""
    value, cost = reports
    trade = int(value >= cost)
    price = cost / 3 + Fraction(5, 12) if trade else Fraction(1, 12) - value / 3
    return [trade, trade], [price, price]


def lowest_wins(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    who = min(range(len(reports)), key=lambda place: reports[place])
    n = len(reports)
    price = (1 + (n - 1) * reports[who]) / n
    return [int(k == who) for k in range(n)], [price if k == who else 0 for k in range(n)]


def sale(*laws: Distribution) -> Sale:
    return Sale({"abcde"[k]: law for k, law in enumerate(laws)})


UNIT = Uniform(0, 1)
TRADE = Exchange({"buyer": UNIT}, {"seller": UNIT})


@pytest.mark.parametrize(
    ("rule", "market"),
    [
        (halved, sale(UNIT, UNIT)),
        (halved, sale(UNIT, UNIT, UNIT)),
        (halved, sale(*[Uniform(0, 3)] * 4)),
        (expected_externality, TRADE),
        (lowest_wins, Procurement({"a": UNIT, "b": UNIT, "c": UNIT})),
        (second_price, sale(Beta(0.5, 3, 0, 1), LogNormal(0, 1, 0.1, 5))),
        (second_price, sale(UNIT, Uniform(0.25, 2), Empirical.from_samples([0.1, 0.3, 0.4, 0.8, 0.9]))),
        (Vickrey(0.5), sale(UNIT, Beta(2, 2, 0, 1))),
        (Vickrey(0.5), Procurement({"a": UNIT, "b": Uniform(0.1, 2)})),
    ],
    ids=["halved", "thirds", "quarters", "trade", "costs", "second", "three", "reserve", "procurement"],
)
def test_proved(rule: Any, market: Market) -> None:
    found = verify(rule, market, "bic")
    assert (found.status, found.epsilon) == ("proved", 0)
    assert found.certificate is not None and check(found.certificate).valid


def two_highest_pay(price: Callable[[Any], Any]) -> Rule:
    """Two units, three buyers."""

    def rule(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        last = min(range(3), key=lambda place: reports[place])
        return [int(k != last) for k in range(3)], [price(reports[k]) if k != last else 0 for k in range(3)]

    return rule


def test_two_units() -> None:
    """A buyer that reports b gets a unit unless both others are above, so with chance 1 - (1 - b)^2."""
    market = sale(UNIT, UNIT, UNIT)
    found = verify(two_highest_pay(lambda v: v / 2), market, "bic")
    assert found.status == "refuted" and found.counterexample is not None
    kind, report = found.counterexample.types["a"], found.counterexample.reports[1]["a"]
    chance = {b: 1 - (1 - b) ** 2 for b in (kind, report)}
    gain = (kind - report / 2) * chance[report] - kind / 2 * chance[kind]
    assert found.counterexample.gain == gain > 0


def test_an_embedded_first_price_is_an_equilibrium_and_not_dominant() -> None:
    market = sale(UNIT, UNIT)
    assert verify(halved, market, "bic").status == "proved"
    assert verify(halved, market, "interim_ir").status == "proved"
    assert verify(halved, market, "dsic").status == "refuted"


def test_balanced_trade_leaves_a_buyer_of_no_value_with_a_loss() -> None:
    found = verify(expected_externality, TRADE, "interim_ir")
    assert found.status == "refuted" and found.counterexample is not None
    assert found.counterexample.gain == Fraction(1, 12)
    assert found.counterexample.types == {"buyer": 0} or found.counterexample.types == {"seller": 1}


@pytest.mark.parametrize(
    ("rule", "market", "gain"),
    [
        (first_price, sale(UNIT, UNIT), Fraction(1, 4)),
        (FirstPrice(), sale(UNIT, UNIT), Fraction(1, 4)),
        (halved, sale(Uniform(1, 3), Uniform(1, 3)), Fraction(1, 16)),
    ],
)
def test_refuted_exactly(rule: Any, market: Market, gain: Fraction) -> None:
    """A type v gains max_b (v - p(b)) F(b) - (v - p(v)) F(v); with first prices and v = 1 that is 1/4, at b = 1/2."""
    found = verify(rule, market, "bic")
    assert found.status == "refuted" and found.counterexample is not None
    assert Fraction(9, 10) * gain <= found.counterexample.gain <= gain
    assert found.certificate is None


def test_refuted_in_balls() -> None:
    market = sale(Beta(2, 3, 0, 1), Beta(2, 3, 0, 1))
    found = verify(first_price, market, "bic")
    assert found.status == "refuted" and found.counterexample is not None
    (kind,), (report,) = (tuple(found.counterexample.types.values()), tuple(found.counterexample.reports[1].values()))
    gain = float(kind - report) * float(Beta(2, 3, 0, 1).cdf(float(report)))
    assert float(found.counterexample.gain) == pytest.approx(gain, rel=1e-12)


def test_a_share_that_falls_is_refuted_though_its_payments_fit() -> None:
    def backwards(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        low = int(reports[0] <= reports[1])
        return [low, 1 - low], [0, 0]

    assert verify(backwards, sale(UNIT, UNIT), "bic").status == "refuted"


def test_within() -> None:
    def nearly(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        who = winner(reports)
        price = sorted(reports)[0] + reports[who] / 1000
        return [int(k == who) for k in range(2)], [price if k == who else 0 for k in range(2)]

    market = sale(Beta(2, 2, 0, 1), Beta(3, 2, 0, 1))
    found = verify(nearly, market, "bic", epsilon=Fraction(1, 500))
    assert found.status == "within" and found.certificate is not None and found.epsilon is not None
    assert 0 < found.epsilon <= Fraction(1, 500) and check(found.certificate).valid
    assert found.counterexample is not None and found.counterexample.gain <= found.epsilon
    assert verify(nearly, market, "bic").status == "refuted"
    tree = json.loads(found.certificate.to_json())
    tree["states"]["epsilon"] = str(found.epsilon / 2)
    assert "can be confirmed" in check(sealed(tree)).message


def test_dominant_where_nothing_is_integrated() -> None:
    def two_units(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        first = max(range(3), key=lambda k: reports[k])
        second = max((k for k in range(3) if k != first), key=lambda k: reports[k])
        price = min(reports)
        won = (first, second)
        return [int(k in won) for k in range(3)], [price if k in won else 0 for k in range(3)]

    found = verify(two_units, sale(UNIT, UNIT, UNIT), "bic")
    assert found.status == "proved" and found.certificate is not None and check(found.certificate).valid
    assert verify(PostedPrice(0.5), sale(UNIT, UNIT, UNIT), "bic").status == "proved"
    assert verify(third_price, sale(UNIT, UNIT, UNIT), "bic").status == "unknown"


def test_participation_for_all_reports_of_the_others() -> None:
    for rule in (first_price, KDoubleAuction(0.5)):
        market = TRADE if isinstance(rule, KDoubleAuction) else sale(UNIT, Beta(2, 2, 0, 1))
        found = verify(rule, market, "interim_ir")
        assert found.status == "proved" and found.certificate is not None and check(found.certificate).valid


def test_refused() -> None:
    with pytest.raises(Refused, match="needs priors"):
        verify(halved, 2, "bic")
    with pytest.raises(Refused, match="two agents or more"):
        verify(halved, sale(UNIT), "bic")


def test_out_of_time() -> None:
    found = verify(second_price, sale(*[UNIT] * 4), "bic", timeout=1e-9)
    assert found.status == "unknown" and found.certificate is None


def test_crashes() -> None:
    def fragile(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        if reports[0] > 2 * reports[1]:
            raise KeyError("no such bid")
        return [0, 0], [0, 0]

    assert verify(fragile, sale(UNIT, UNIT), "bic").status == "crashes"


LAWS: list[Distribution] = [
    UNIT,
    Uniform(0.25, 2),
    PiecewiseLinear([0.0, 0.5, 1.5], [0.0, 0.75, 1.0]),
    Beta(2, 3, 0, 1.5),
    LogNormal(0, 0.7, 0.125, 3),
    Mixture([(0.5, Uniform(0, 1)), (0.5, Uniform(0.5, 2))]),
]


@st.composite
def random_rules(draw: st.DrawFn) -> Rule:
    """Who scores higher wins above a reserve; payments are affine in the reports, another form for each outcome."""
    small = st.integers(-4, 4).map(lambda k: Fraction(k, 4))
    scores = [(draw(st.integers(1, 3)), draw(small)) for _ in range(2)]
    reserve = draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(9, 10)]))
    forms = [[[draw(small) for _ in range(3)] for _ in range(2)] for _ in range(3)]
    split = draw(st.booleans())

    def rule(reports: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        scored = [a * r + b for (a, b), r in zip(scores, reports, strict=True)]
        place = 0 if scored[0] >= scored[1] else 1
        if reports[place] < reserve:
            place = 2
        shares = [int(k == place) for k in range(2)]
        if split and place == 2:
            shares = [Fraction(1, 4), Fraction(1, 2)]
        return shares, [c + d * reports[0] + e * reports[1] for c, d, e in forms[place]]

    return rule


@settings(max_examples=6, deadline=None)
@given(random_rules(), st.sampled_from(LAWS), st.sampled_from(LAWS))
def test_random_rules_against_quadrature(rule: Rule, first: Distribution, second: Distribution) -> None:
    """Interim shares and payments agree with quadrature, and no deviation on a grid beats the bound."""
    market = sale(first, second)
    setting = setting_of(market)
    made = function_rule(rule)
    document = _document(made, traced(made, setting, monotonic() + 60), market, "bic")
    levels = (np.arange(250) + 0.5) / 250
    with long_balls():
        agents = read_agents(document["agents"])  # type: ignore[arg-type]
        for place, (own, rival) in enumerate(((first, second), (second, first))):
            problem = interim_problem(document, agents, place)
            bound = float(problem.gain().upper())
            values = np.asarray(rival.quantile(levels))
            kinds = np.linspace(*own.support, 6)
            means = []
            for b in kinds:
                pairs = [(b, y) if place == 0 else (y, b) for y in values]
                outcomes = [rule(pair) for pair in pairs]
                mean = [float(np.mean([float(part[k][place]) for part in outcomes])) for k in (0, 1)]
                exact = [float(arb(part).mid()) for part in problem.share_and_payment(Fraction(float(b)))]
                assert exact == pytest.approx(mean, abs=0.02)
                means.append(exact)
            share, payment = np.array(means).T
            gains = kinds[:, None] * share - payment
            assert (gains.max(axis=1) - gains.diagonal()).max() <= bound + 1e-12


def test_moments_of_laws() -> None:
    r"""$\int y\,dG$ of the highest and lowest of two, against closed forms and against splitting."""
    spec = Uniform(0, 2).spec()
    with long_balls():
        assert RivalLaw({"a": spec, "b": spec}, 1).moment(Fraction(0), Fraction(2)) == fmpq(4, 3)
        assert RivalLaw({"a": spec, "b": spec}, 2).moment(Fraction(0), Fraction(2)) == fmpq(2, 3)
        beta = RivalLaw({"a": Beta(2, 3, 0, 1).spec()}, 1)
        mean = beta.moment(Fraction(0), Fraction(1))
        assert isinstance(mean, arb) and mean.contains(arb(2) / 5) and mean.rad() < 1e-12


def mutated(node: Any) -> list[Any]:
    """Every tree with one leaf changed."""
    if isinstance(node, list):
        return [[*node[:k], new, *node[k + 1 :]] for k in range(len(node)) for new in mutated(node[k])]
    if isinstance(node, dict):
        return [{**node, key: new} for key in node for new in mutated(node[key])]
    if isinstance(node, str):
        pairs = (("1/2", "1/3"), ("r0", "r1"), ("1", "2"), ("0", "1"))
        changed = [node.replace(old, new, 1) for old, new in pairs]
        return [text for text in changed if text != node]
    if isinstance(node, int | float):
        return [node + 1, -node - 1]
    return []


@pytest.mark.parametrize(
    ("rule", "market"),
    [(halved, sale(UNIT, UNIT)), (Vickrey(0.5), sale(UNIT, Beta(2, 2, 0, 1))), (expected_externality, TRADE)],
    ids=["halved", "reserve", "trade"],
)
def test_altered_files_are_accepted_only_if_true(rule: Any, market: Market) -> None:
    """Of a tree that was altered, the bound is compared with the gains of the altered tree itself."""
    found = verify(rule, market, "bic")
    assert found.certificate is not None
    tree = json.loads(found.certificate.to_json())
    mutants = [{**tree, key: new} for key in ("agents", "priors", "property", "trees", "states") for new in mutated(tree[key])]
    assert len(mutants) > 25
    assert not any(check(json.dumps({**mutant, "sha256": tree["sha256"]})).valid for mutant in mutants)
    accepted = [mutant for mutant in mutants if check(sealed(mutant)).valid]
    for mutant in accepted:
        if mutant["property"]["name"] != "bic":
            continue
        with long_balls():
            agents = read_agents(mutant["agents"])
            for place in range(2):
                problem = interim_problem(mutant, agents, place)
                grid = [problem.low + (problem.high - problem.low) * Fraction(k, 8) for k in range(9)]
                for kind in grid:
                    honest = problem.utility(kind, kind)
                    assert all(not arb(problem.utility(b, kind) - honest) > 0 for b in grid)


def test_a_dead_case_that_reports_reach() -> None:
    found = verify(Vickrey(0.5), sale(UNIT, UNIT), "bic")
    assert found.certificate is not None
    tree = json.loads(found.certificate.to_json())
    nodes = tree["trees"][0]["nodes"]
    rejected = []
    for place in (place for place, text in enumerate(nodes) if text.startswith("=")):
        lying = [{**tree["trees"][0], "nodes": [*nodes[:place], "dead", *nodes[place + 1 :]]}]
        message = check(sealed({**tree, "trees": lying})).message
        rejected.append("dead may be reached" in message)
    assert rejected.count(True) >= len(rejected) - 1  # a tie of both has no probability
