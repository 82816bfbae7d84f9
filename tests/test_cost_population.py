"""A population of provers: its law of costs worked out by hand, in a market, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cost_cases import CPU, GPU, model, quote, table, timing

from equilibria import solve
from mechanisms import FirstPrice, Procurement, Uniform
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, MarketError, Refused
from proving_cost.cost_model.population import CostDistribution, ProverGroup, population_costs
from proving_cost.cost_model.settlement import Settlement
from proving_cost.ledger import Ledger
from proving_cost.price_table import PriceTable
from proving_cost.recipes import GNARK_GROTH16

LEVELS = np.linspace(0, 1, 41)
COLOCATED = Enclosure(0, 80)
STEP = 1 / 128
"""Half of a step of the grid of quantiles is what pooling two groups may move a quantile by."""


def hour() -> Ledger:
    """A ledger of one event, which takes an hour on G and half of it on C."""
    ledger = Ledger()
    ledger.ntt("goldilocks", 1 << 12)
    return ledger


def costs(
    *groups: ProverGroup, prices: PriceTable | None = None, settlement: Settlement | None = None,
    hosting: Enclosure = COLOCATED,
) -> CostDistribution:  # fmt: skip
    shown = table() if prices is None else prices
    known = (timing("ntt/goldilocks", 1 << 12, 3600.0, on="G"), timing("ntt/goldilocks", 1 << 12, 1800.0, on="C"))
    models = {name: model(*known, on=name, prices=shown) for name in ("G", "C")}
    return population_costs(hour(), groups, settlement=settlement, hosting=hosting, table=shown, models=models)


def renting(low: float, high: float, weight: float = 1.0, *, hardware: str = "G") -> ProverGroup:
    return ProverGroup(hardware=hardware, weight=weight, tenure="rent", rent=Uniform(low, high))


def test_renting_for_an_hour_costs_the_rent() -> None:
    found = costs(renting(2, 4))
    assert found.likely.support == (2.0, 4.0)
    assert found.likely.quantile(LEVELS) == pytest.approx(2 + 2 * LEVELS, abs=1e-9)
    assert found.low.quantile(LEVELS) == pytest.approx(0.9 * (2 + 2 * LEVELS), abs=1e-9)  # an hour may be 54 minutes
    assert found.high.quantile(LEVELS) == pytest.approx(1.1 * (2 + 2 * LEVELS), abs=1e-9)
    half = costs(renting(2, 4, hardware="C"))
    assert half.likely.quantile(LEVELS) == pytest.approx(1 + LEVELS, abs=1e-9)


def test_settlement_is_the_same_for_all() -> None:
    settlement = Settlement(gas_price_gwei=Enclosure(1, 4), eth_usd=Enclosure(1000, 4000))
    low, likely, high = 0.212758, 0.212758 * 4, 0.212758 * 16  # one gwei and 1000 USD; 212758 gas
    found = costs(renting(2, 4), settlement=settlement)
    assert found.likely.support == pytest.approx((2 + likely, 4 + likely))
    assert found.low.support == pytest.approx((1.8 + low, 3.6 + low))
    assert found.high.support == pytest.approx((2.2 + high, 4.4 + high))


def test_owning_varies_with_utilisation_and_electricity() -> None:
    group = ProverGroup(hardware="G", electricity=Uniform(0.05, 0.15), utilisation=Uniform(0.4, 0.8))
    found = costs(group)
    fixed = 10_000 * 1.25 * 0.8 / 4 / 8760 + 0.5 * 1.25 * 40 / 730  # capital and hosting of an hour at full use
    kwh = 0.4 * 1.25 * 1.2  # at eight tenths of 500 W, with host and hall
    assert found.likely.support == pytest.approx((fixed / 0.8 + 0.05 * kwh, fixed / 0.4 + 0.15 * kwh), rel=1e-12)
    rng = np.random.default_rng(5)
    drawn = fixed / rng.uniform(0.4, 0.8, 400_000) + kwh * rng.uniform(0.05, 0.15, 400_000)
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert float(found.likely.quantile(level)) == pytest.approx(float(np.quantile(drawn, level)), rel=3e-3)
    assert found.likely.mean() == pytest.approx(float(drawn.mean()), rel=3e-3)
    low = (10_000 * 1.25 * 0.8 / 4 / 8760) * 0.9 / 0.8 + 0.05 * 0.9 * 0.3 * 1.5  # free hosting, at six tenths of 500 W
    assert found.low.support[0] == pytest.approx(low, rel=1e-12)


def test_what_is_not_given_takes_the_range_of_the_table() -> None:
    prices = table(electricity_usd_per_kwh=(0.05, 0.15))
    given = ProverGroup(hardware="G", electricity=Uniform(0.05, 0.15), utilisation=Uniform(0.4, 0.9))
    by_default, by_hand = costs(ProverGroup(hardware="G"), prices=prices), costs(given, prices=prices)
    assert by_default.likely.quantile(LEVELS) == pytest.approx(by_hand.likely.quantile(LEVELS), rel=1e-12)
    rented = table(replace(GPU, rental_usd_per_hour=quote(1.0, 2.0)), CPU)
    eight = costs(ProverGroup(hardware="G", tenure="rent", gpus=8), prices=rented)
    undivided = 1 + 7 / 60  # an hour of work in eight parts, and half of a thirtieth of it that does not divide
    assert eight.likely.support == pytest.approx((undivided, 2 * undivided))


def test_groups_count_by_weight_and_a_mixture_keeps_the_gap_between_them() -> None:
    found = costs(renting(1, 2, weight=3), renting(3, 4, weight=1))
    for x, p in ((1.0, 0.0), (1.5, 0.375), (2.0, 0.75), (2.5, 0.75), (3.0, 0.75), (3.5, 0.875), (4.0, 1.0)):
        assert float(found.mixture.cdf(x)) == pytest.approx(p, abs=1e-9)
        assert float(found.likely.cdf(x)) == pytest.approx(p, abs=0.03)  # the smooth law bridges it
    assert found.likely.support == (1.0, 4.0)
    overlapping = costs(renting(1, 2), renting(1, 2))
    assert overlapping.likely.quantile(LEVELS) == pytest.approx(1 + LEVELS, abs=STEP / 2)


def test_the_terms_are_those_of_the_group() -> None:
    found = costs(
        renting(2, 4), ProverGroup(hardware="C", electricity=0.5, utilisation=Uniform(0.5, 1.0)), hosting=Enclosure(0, 0)
    )
    assert list(found.terms) == ["1: 1x G", "2: 1x C"]
    rent, owned = ({line.term.label: line.likely for line in part.lines} for part in found.terms.values())
    assert rent == pytest.approx({"rent": 3.0})  # its own, not the 2 of the table
    capital = 2000 * 1.25 * 0.8 / 4 / (8760 * 0.75) / 2
    assert owned == pytest.approx({"capital": capital, "energy": 0.5 * 0.04 * 1.5 * 1.0, "hosting": 0.0}, rel=1e-9)
    text = str(found)
    for words in ("USD a proof over 2 groups", "50.0% 1: 1x G, rent: rent 3", "capital", "10 %", "likely"):
        assert words in text
    assert repr(found).startswith("CostDistribution(2 groups, ")


def test_a_group_may_bring_the_rent_that_the_table_lacks() -> None:
    bare = table(replace(GPU, rental_usd_per_hour=None), CPU)
    found = costs(renting(2, 4), prices=bare)
    assert found.likely.support == (2.0, 4.0)
    with pytest.raises(Refused, match=r"hardware 'G': the price table has no rent. Give the group one"):
        costs(ProverGroup(hardware="G", tenure="rent"), prices=bare)


def test_the_law_is_a_market_whose_equilibrium_is_the_known_one() -> None:
    law = costs(renting(1, 2)).likely
    found = solve(FirstPrice(), Procurement(costs={"a": law, "b": law}))
    # two uniform costs on [1, 2]: the least of two wins and is paid, on average, the greater of the two: 5/3
    assert found.epsilon < 1e-4
    assert found.expected_payment.midpoint == pytest.approx(5 / 3, abs=1e-3)


def test_from_a_circuit_to_a_market() -> None:
    found = population_costs(
        GNARK_GROTH16.ledger(1 << 22),
        [ProverGroup(hardware="rtx4090", weight=3), ProverGroup(hardware="h200", tenure="rent"), ProverGroup(hardware="5090")],
    )
    assert found.low.support[0] < found.likely.support[0] < found.high.support[0]
    assert found.low.support[1] < found.likely.support[1] < found.high.support[1]
    market = Procurement(costs={"a": found.likely, "b": found.likely, "c": found.likely}, value=1.0)
    solved = solve(FirstPrice(), market)
    low, high = found.likely.support
    assert low < solved.resource_cost.lower <= solved.expected_payment.lower < high
    assert solved.epsilon < 1e-3 * solved.expected_payment.lower


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: ProverGroup(hardware="G", weight=0), "weight of 'G': must be a finite number above 0; got 0"),
        (lambda: ProverGroup(hardware="G", weight=True), "weight of 'G'"),
        (lambda: ProverGroup(hardware="G", tenure="lease"), "tenure of 'G': must be 'own' or 'rent'; got 'lease'"),  # type: ignore[arg-type]
        (lambda: ProverGroup(hardware="G", gpus=0), "gpus of 'G': must be a whole number, 1 or more; got 0"),
        (lambda: ProverGroup(hardware="G", electricity=-0.1), "electricity of 'G': must be a number or a distribution"),
        (lambda: ProverGroup(hardware="G", electricity="cheap"), "electricity of 'G': must be a number"),  # type: ignore[arg-type]
        (lambda: ProverGroup(hardware="G", utilisation=70.0), "utilisation of 'G': must be a number or a distribution in"),
        (lambda: ProverGroup(hardware="G", utilisation=Uniform(0.5, 1.5)), "utilisation of 'G'"),
        (lambda: ProverGroup(hardware="G", utilisation=0), "utilisation of 'G'"),
        (lambda: ProverGroup(hardware="G", rent=float("inf")), "rent of 'G'"),
        (lambda: costs(), "groups: must be one ProverGroup or more; got ()"),
        (lambda: population_costs(hour(), [ProverGroup(hardware="h200")] * 65), "groups: must be at most 64, the parts of a law"),
        (lambda: population_costs(hour(), ["h200"]), "groups: must be one ProverGroup or more"),  # type: ignore[list-item]
        (lambda: population_costs(hour(), [ProverGroup(hardware="tpu")]), "hardware: must be one of"),
        (lambda: population_costs(hour(), [ProverGroup(hardware="RTX 3090")]), "the cost of owning needs purchase_usd"),
        (
            lambda: costs(renting(2, 4), ProverGroup(hardware="G", electricity=0.1, utilisation=0.7)),
            "group 2: 1x G: its costs must differ between provers; they are all equal",
        ),
        (lambda: costs(ProverGroup(hardware="G", tenure="rent", rent=3.0)), "group 1: 1x G: its costs must differ"),
    ],
)  # fmt: skip
def test_bad_groups_are_refused_in_one_line(wrong: object, said: str) -> None:
    with pytest.raises(MarketError) as caught:
        wrong()  # type: ignore[operator]
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert isinstance(caught.value, InvalidInput | Refused)
