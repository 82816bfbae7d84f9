"""Files about expectations over priors: their bounds against quadrature for random rules, moments of laws, and files that lie."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
from mechanisms import Beta, Distribution, LogNormal, Market, Mixture, PiecewiseLinear, Uniform, Vickrey
from tests.bayesian_rules import TRADE, UNIT, Rule, expected_externality, halved, sale

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
    document: Any = _document(made, traced(made, setting, monotonic() + 60), market, "bic")
    levels = (np.arange(250) + 0.5) / 250
    with long_balls():
        agents = read_agents(document["agents"])
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
