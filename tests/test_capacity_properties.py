"""False and split capacities of provers: what is proved absent, and the attacks that the literature lists, found."""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from equilibria import CapacityReports, CapacitySplits, Property, Verdict, check, verify
from equilibria.checking import sealed
from equilibria.proofs.tree_comparison import compare_with_rule
from mechanisms import (
    DaraStyle,
    Exchange,
    InvalidInput,
    Mechanism,
    Procurement,
    ProoflikeA,
    ProoflikeC,
    Refused,
    Uniform,
    Vickrey,
)

LAW = Uniform(0, 16)
RULES = (ProoflikeA(), ProoflikeC(), DaraStyle())
OVER, UNDER = CapacityReports("over"), CapacityReports("under")


def market(users: int, *capacities: int) -> Exchange:
    provers = "pqrs"[: len(capacities)]
    buyers = {f"u{i}": LAW for i in range(users)}
    return Exchange(buyers, dict.fromkeys(provers, LAW), capacities=dict(zip(provers, capacities, strict=True)))


@functools.cache
def found(rule: Mechanism, property_: Property, users: int = 3, capacities: tuple[int, ...] = (2, 1)) -> Verdict:
    return verify(rule, market(users, *capacities), property_)


def near(fees: tuple[int, ...], asks: Mapping[str, tuple[int, int]], wide: Mapping[str, tuple[float, float]]) -> Exchange:
    """An exchange whose types lie near some numbers: `asks` are capacity and cost by prover."""
    quarter = Fraction(1, 4)
    laws = {f"u{i}": Uniform(float(fee + i * quarter / 8), float(fee + (i + 1) * quarter / 8)) for i, fee in enumerate(fees)}
    provers = {
        name: Uniform(*wide.get(name, (cost, cost + float(quarter)))) for name, (_, cost) in asks.items()
    }
    return Exchange(laws, provers, capacities={name: capacity for name, (capacity, _) in asks.items()})


def is_replayed(rule: Any, told: Exchange, verdict: Verdict, where: int) -> None:
    """A run of the counterexample is what the rule decides in the market in which the false capacities are true."""
    example = verdict.counterexample
    assert example is not None and example.gain > 0 and example.float_gain == pytest.approx(float(example.gain))
    labels = list(example.reports[where])
    outcome = rule.outcome(told, dict(zip(told.labels, example.reports[where].values(), strict=True)))
    assert [outcome.payments[label] for label in told.labels] == [example.payments[where][label] for label in labels]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
@pytest.mark.parametrize("capacities", [(1, 1), (2, 1)], ids=str)
def test_too_high_a_capacity_gains_nothing_where_delivery_is_paid(rule: Mechanism, capacities: tuple[int, ...]) -> None:
    verdict = found(rule, OVER, 3, capacities)
    assert verdict.status == "proved" and verdict.certificate is not None
    checked = check(verdict.certificate.to_json())
    assert checked.valid and "(direction over, paid delivery, costs any)" in checked.message


@pytest.mark.slow  # three provers: every capacity that is reported is a market of its own, ten seconds each
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_nor_with_three_provers(rule: Mechanism) -> None:
    if rule.kind == "dara_style":
        with pytest.raises(Refused, match="a lottery may assign more than a prover can make"):
            found(rule, OVER, 3, (1, 1, 1))
        return
    assert found(rule, OVER, 3, (1, 1, 1)).status == "proved"
    assert verify(rule, market(4, 2, 1, 1), CapacityReports("over", costs="true"), timeout=300.0).status == "proved"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_it_does_where_assignments_are_paid(rule: Mechanism) -> None:
    assert found(rule, CapacityReports("over", "assignment")).status == "refuted"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_holding_capacity_back_pays(rule: Mechanism) -> None:
    for costs in ("any", "true"):
        assert found(rule, CapacityReports("under", costs=costs)).status == "refuted"  # type: ignore[arg-type]
    is_replayed(rule, market(3, 1, 1), found(rule, UNDER), 1)
    is_replayed(rule, market(3, 2, 1), found(rule, UNDER), 0)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_splitting_a_prover_pays(rule: Mechanism) -> None:
    verdict = found(rule, CapacitySplits())
    assert verdict.status == "refuted" and "under two names" in verdict.message
    is_replayed(rule, market(3, 1, 1, 1), verdict, 1)


def test_cournot_withholding_is_found_near_its_published_instance() -> None:
    """Fees 15, 14, 13, 12, 9, 4 and four provers of capacity 3: the first gains 3 by reporting 2 (9 in truth, 12 then)."""
    asks = {"p": (3, 1), "q": (3, 4), "r": (3, 7), "s": (3, 8)}
    there = near((15, 14, 13, 12, 9, 4), asks, {})
    example = verify(ProoflikeA(), there, CapacityReports("under", costs="true")).counterexample
    assert example is not None and "prover p" in example.story and "reports capacity 2" in example.story
    # 2 * (c_r - c_p) - 3 * (c_q - c_p) at costs within a quarter of 1, 4, 7
    assert abs(example.gain - 3) < Fraction(5, 4)
    honest, less = (sum(side.values()) for side in (example.allocations[0], example.allocations[1]))
    assert (honest, less) == (6, 10)  # three proofs and then five, counted on both sides


def test_a_split_is_found_near_its_published_instance() -> None:
    """Fees 15, 15, 15, 11, 10, 6, 4: the prover of cost 5 and capacity 3 gains 1 by reporting 1 at 5 and 2 at 9."""
    asks = {"p": (1, 4), "q": (1, 5), "r": (3, 5), "s": (2, 6)}
    there = near((15, 15, 15, 11, 10, 6, 4), asks, {"q": (5.0, 5.125), "r": (5.25, 9.25)})
    verdict = verify(ProoflikeA(), there, CapacitySplits())
    assert verdict.status == "refuted" and verdict.counterexample is not None and "prover r" in verdict.counterexample.story


def test_what_bounds_the_reports() -> None:
    """A prover of capacity 1 that reports more than two users can want is taken for the same; `most` says how far to look."""
    assert found(ProoflikeA(), CapacityReports("over", most=2), 2, (1, 1)).status == "proved"
    assert verify(ProoflikeA(), market(2, 1, 1), CapacityReports("over", most=6)).status == "proved"


def test_the_trees_are_compared_with_the_rule() -> None:
    certificate = found(ProoflikeC(), OVER).certificate
    assert certificate is not None
    agrees, sentence = compare_with_rule(certificate.to_json(), None)
    assert agrees and "compared exactly" in sentence
    other = json.loads(certificate.to_json())
    other["rule"]["mechanism"] = ProoflikeA().spec()
    assert not compare_with_rule(sealed(other), None)[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"property": {"name": "capacity_reports", "direction": "over", "paid": "assignment", "costs": "any"}}, "multipliers"),
        ({"property": {"name": "capacity_reports", "direction": "both", "paid": "delivery", "costs": "any"}}, "trees must be"),
        ({"property": {"name": "capacity_splits"}}, "no variant|reports|trees must be|must have a share"),
        ({"property": {"name": "dsic"}}, "nothing that this subject knows"),
        ({"sizes": [1, 1, 1, 1, 1]}, "trees must be"),
        ({"sizes": [1, 1, 1, 0, 1]}, "agents.sizes must be positive"),
        ({"kind": "sale"}, "agents"),
    ],
)
def test_altered_certificates_are_rejected(change: dict[str, Any], message: str) -> None:
    certificate = found(ProoflikeA(), OVER).certificate
    assert certificate is not None
    document = json.loads(certificate.to_json())
    for key, value in change.items():
        (document if key in document else document["agents"])[key] = value
    if "property" in change:
        document["states"]["property"] = change["property"]["name"]
    checked = check(sealed(document))
    assert not checked.valid
    assert re.search(message, checked.message), checked.message


@pytest.mark.parametrize("seed", range(3))
def test_altered_entries_are_rejected(seed: int) -> None:
    rng = random.Random(seed)
    certificate = found(ProoflikeC(), OVER).certificate
    assert certificate is not None
    original = json.loads(certificate.to_json())
    rejected = 0
    for _ in range(30):
        document = json.loads(json.dumps(original))
        place = rng.randrange(len(document["proofs"]))
        entries = document["proofs"][place].split(";")
        at = rng.randrange(len(entries))
        before = entries[at]
        entries[at] = rng.choice(("+", "", "0", "1 2", "!0", "3*-1"))
        if entries[at] == before:
            continue
        document["proofs"][place] = ";".join(entries)
        assert not check(json.dumps(document)).valid
        rejected += not check(sealed(document)).valid
    assert rejected > 20


def test_refusals() -> None:
    with pytest.raises(Refused, match="no capacity can be reported under"):
        verify(ProoflikeA(), market(2, 1, 1), UNDER)
    with pytest.raises(Refused, match="a prover with a capacity of at least 2"):
        verify(ProoflikeA(), market(2, 1, 1), CapacitySplits())
    with pytest.raises(Refused, match="needs a rule of the catalogue"):
        verify(lambda reports: (reports, reports), market(2, 2, 1), OVER)
    with pytest.raises(Refused, match="capacities are those of an Exchange"):
        verify(Vickrey(), Procurement({"a": LAW, "b": LAW}), OVER)
    with pytest.raises(Refused, match="efficiency of a market with capacities"):
        verify(ProoflikeA(), market(2, 2, 1), "efficiency")
    for make, message in (
        (lambda: CapacityReports("sideways"), "direction must be one of"),  # type: ignore[arg-type]
        (lambda: CapacityReports(paid="later"), "paid must be one of"),  # type: ignore[arg-type]
        (lambda: CapacityReports(most=0), "most must be a whole number from 1"),
    ):
        with pytest.raises(InvalidInput, match=message):
            make()


def test_dominance_with_capacities_is_about_the_market_with_them() -> None:
    """What further names could make is said by `capacity_splits`: a name of its own has no capacity of its own."""
    assert verify(ProoflikeA(), market(3, 2, 1), "dsic").status == "proved"
    with pytest.raises(Refused, match="capacity_splits"):
        verify(ProoflikeA(), market(2, 2, 1), "false_names")
