"""Scaling laws against brute force: every batch size, every arity, every share of the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, MarketError, Refused
from proving_cost.cost_model.scaling_laws import (
    AggregationLaw,
    Ratio,
    break_even_utilisation,
    owning_usd_per_hour,
    parallel_cost,
    parallel_seconds,
    ratio,
)
from proving_cost.recipes import aggregation_nodes, cost_per_proof

LARGEST = 60
BATCHES = range(1, LARGEST + 1)
COSTS = st.integers(0, 40).map(lambda k: Fraction(k, 8))  # exact as doubles
ARITIES = st.integers(2, 9)


@dataclass(frozen=True)
class Market:
    """Costs as fractions: of a leaf, a node, settling together and alone, and waiting (d and proofs a second)."""

    leaf: Fraction
    node: Fraction
    arity: int
    settle: Fraction
    alone: Fraction = Fraction(0)
    delay: Fraction = Fraction(0)
    rate: Fraction = Fraction(1)

    @property
    def law(self) -> AggregationLaw:
        return AggregationLaw(leaf=float(self.leaf), node=float(self.node), arity=self.arity, settle=float(self.settle))

    def cost(self, batch: int) -> Fraction:
        """Of a proof in a batch, by the definition: B leaves, (B - 1)/(a - 1) nodes, settled once."""
        nodes = Fraction(batch - 1, self.arity - 1)
        return (batch * self.leaf + nodes * self.node + self.settle) / batch

    def waiting(self, batch: int) -> Fraction:
        """The cost of waiting, on average over the proofs of a batch: the i-th waits for those that come after it."""
        return self.delay * Fraction(sum(batch - i for i in range(1, batch + 1)), batch) / self.rate

    def saving(self, batch: int) -> Fraction:
        return self.leaf + self.alone - self.cost(batch) - self.waiting(batch)


MARKETS = st.builds(
    Market, leaf=COSTS, node=COSTS, arity=ARITIES, settle=COSTS, alone=COSTS,
    delay=st.sampled_from([Fraction(0), Fraction(1, 64), Fraction(1, 4), Fraction(2)]),
    rate=st.sampled_from([Fraction(1, 2), Fraction(4), Fraction(32)]),
)  # fmt: skip


@given(MARKETS)
def test_cost_of_a_proof_in_a_batch(market: Market) -> None:
    for batch in BATCHES:
        assert math.isclose(market.law.per_proof(batch), market.cost(batch), rel_tol=1e-12, abs_tol=1e-12)
    assert market.law.limit == pytest.approx(float(market.leaf + market.node / (market.arity - 1)))


@given(MARKETS)
def test_a_tree_of_whole_nodes_costs_at_most_a_node_more(market: Market) -> None:
    for batch in BATCHES:
        whole = cost_per_proof(
            leaf=float(market.leaf), aggregation=float(market.node), wrap=float(market.settle), gas=0.0, proofs=batch,
            arity=market.arity,
        )  # fmt: skip
        law = market.law.per_proof(batch)
        assert law - 1e-12 <= whole <= law + float(market.node) / batch + 1e-12
        if (batch - 1) % (market.arity - 1) == 0:
            assert math.isclose(whole, law, rel_tol=1e-12, abs_tol=1e-12)
            assert aggregation_nodes(batch, market.arity) * (market.arity - 1) == batch - 1


@given(MARKETS)
def test_the_batches_that_pay_are_those_that_save(market: Market) -> None:
    found = market.law.paying_batches(float(market.alone), float(market.delay), float(market.rate))
    start, stop = (math.inf, -math.inf) if found is None else found
    assert found is None or 1 <= start < stop
    for batch in BATCHES:
        saving = market.saving(batch)
        if any(abs(batch - edge) < 1e-9 * batch for edge in (start, stop)) and batch > 1:
            assert abs(saving) < 1e-6  # at an edge rounding decides
            continue
        inside = start < batch < stop or (batch == 1 == start and market.settle < market.alone)
        assert inside == (saving > 0), batch


@given(MARKETS.filter(lambda m: m.delay > 0))
def test_no_whole_batch_is_better_than_those_beside_the_best(market: Market) -> None:
    best = market.law.best_batch(float(market.delay), float(market.rate))
    costs = {batch: market.cost(batch) + market.waiting(batch) for batch in BATCHES}
    if best <= LARGEST - 1:
        beside = [costs[k] for k in (max(1, math.floor(best)), math.ceil(best)) if k in costs]
        assert min(beside) == min(costs.values())
    else:
        assert min(costs, key=lambda k: costs[k]) == LARGEST  # still falling


@given(MARKETS.filter(lambda m: m.leaf + m.node > 0), st.sampled_from([0.01, 0.1, 0.5]))
def test_the_batch_from_which_larger_ones_hardly_pay(market: Market, tolerance: float) -> None:
    law = market.law
    enough = law.batch_within(tolerance)
    for batch in (b for b in BATCHES if abs(b - enough) > 1e-9):
        assert (law.per_proof(batch) <= (1 + tolerance) * law.limit * (1 + 1e-12)) == (batch >= enough), batch


@dataclass(frozen=True)
class Case:
    """Where aggregation pays, worked out by hand."""

    name: str
    law: AggregationLaw
    alone: float
    delay: float
    expected: tuple[float, float] | None
    best: float


def law(node: float, settle: float, arity: int = 2) -> AggregationLaw:
    return AggregationLaw(leaf=1.0, node=node, arity=arity, settle=settle)


CASES = [
    Case("no delay: from (5-1)/(3-1)", law(1, 5), 3.0, 0.0, (2.0, math.inf), math.inf),
    Case("arity 5 shares a node among four", law(4, 5, 5), 3.0, 0.0, (2.0, math.inf), math.inf),
    Case("a node is as dear as settling alone", law(3, 5), 3.0, 0.0, None, math.inf),
    Case("nodes are dear, but the wrap makes settling cheap: small batches only", law(4, 1), 2.0, 0.0, (1.0, 1.5), 1.0),
    Case("the same at equal costs: always", law(2, 1), 2.0, 0.0, (1.0, math.inf), 1.0),
    # delay 2 at a rate of 1: one for each further proof of a batch; B^2 - (6 - 0 + 1)B + 10 = 0 has roots 2 and 5
    Case("starts and stops", law(0, 10), 6.0, 2.0, (2.0, 5.0), math.sqrt(10)),
    Case("never, for the wait", law(0, 10), 4.0, 2.0, None, math.sqrt(10)),
    # B^2 - (1 - 3 + 1)B + (0 - 3) = 0 has roots (-1 +- sqrt 13)/2
    Case("small batches only, with a wait", law(3, 0), 1.0, 2.0, (1.0, (math.sqrt(13) - 1) / 2), 1.0),
    Case("touching: one batch breaks even and none saves", law(0, 4), 3.0, 2.0, None, 2.0),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_where_aggregation_pays(case: Case) -> None:
    found = case.law.paying_batches(case.alone, case.delay, 1.0)
    assert found == (None if case.expected is None else pytest.approx(case.expected))
    assert case.law.best_batch(case.delay, 1.0) == pytest.approx(case.best)


@given(st.floats(0, 1e3), st.floats(0, 1e3), st.floats(0, 1e3))
def test_a_larger_arity_is_cheaper_and_tends_to_the_cost_of_a_child(node: float, child: float, settle: float) -> None:
    limits = [
        AggregationLaw.of_arity(a, leaf=1.0, node=node, child=child, settle=settle).limit for a in (2, 3, 4, 8, 64, 10**6)
    ]
    assert limits == sorted(limits, reverse=True) or limits[0] == pytest.approx(limits[-1])
    assert limits[0] == pytest.approx(1 + node + 2 * child)
    assert limits[-1] == pytest.approx(1 + child, rel=1e-5, abs=1e-2)


@given(st.integers(1, 300), st.floats(0, 1), st.floats(0, 1e6))
def test_accelerators(count: int, serial: float, seconds: float) -> None:
    one = seconds * serial
    assert parallel_seconds(seconds, count, serial) == pytest.approx(one + (seconds - one) / count, rel=1e-9, abs=1e-9)
    busy = count * parallel_seconds(1.0, count, serial)  # all are paid for until the last one ends
    assert parallel_cost(count, serial) == pytest.approx(busy, rel=1e-9)
    assert parallel_seconds(100.0, 10**9, 1 / 30) == pytest.approx(100 / 30)  # 30 times as fast at most


@given(st.floats(0.01, 10), st.floats(0, 1), st.floats(0.01, 10))
def test_owning_breaks_even_with_renting(capital: float, energy: float, rent: float) -> None:
    even = break_even_utilisation(capital, energy, rent)
    shares = [k / 200 for k in range(1, 201)]
    cheaper = [u for u in shares if owning_usd_per_hour(capital, energy, u) < rent]
    if even is None:
        assert not cheaper
    else:
        assert owning_usd_per_hour(capital, energy, even) == pytest.approx(rent)
        assert all((u in cheaper) == (u > even) for u in shares if abs(u - even) > 1e-9)


@given(st.lists(st.floats(0.01, 100), min_size=4, max_size=4), st.floats(0, 1), st.floats(0, 1))
def test_a_ratio_holds_every_pair_of_costs(ends: list[float], s: float, t: float) -> None:
    before, after = Enclosure(*sorted(ends[:2])), Enclosure(*sorted(ends[2:]))
    found = ratio(before, after)
    top, bottom = (min(max(c.lower + u * (c.upper - c.lower), c.lower), c.upper) for c, u in ((before, s), (after, t)))
    assert found.range.lower <= top / bottom <= found.range.upper
    assert found.range.lower <= found.likely <= found.range.upper


@pytest.mark.parametrize(
    ("before", "after", "likely", "verdict"),
    [
        ((1648, 1648), (24, 24), 68.67, "yes"),  # GPU-seconds of a block in 2025: 160 of one kind, two of the next
        ((45, 45), (1, 1), 45, "yes"),
        ((9, 9.9), (1, 1), 9.45, "no"),
        ((5, 15), (1, 1), 10, "within the uncertainty"),
        ((10, 10), (1, 1), 10, "yes"),
    ],
)
def test_ten_times_cheaper(before: tuple[float, float], after: tuple[float, float], likely: float, verdict: str) -> None:
    found = ratio(Enclosure(*before), Enclosure(*after))
    assert found.likely == pytest.approx(likely, rel=1e-3)
    assert found.verdict() == verdict and str(found).endswith(f"ten times: {verdict}")
    assert ratio(Enclosure(*before), Enclosure(*after), likely=(before[0], after[0])).likely == before[0] / after[0]
    assert Ratio(likely=3, range=Enclosure(2, 4)).verdict(2) == "yes"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: AggregationLaw(leaf=-1, node=1, arity=2, settle=1), "leaf: must be a finite number, 0 or more; got -1"),
        (lambda: AggregationLaw(leaf=1, node=math.nan, arity=2, settle=1), "node: must be a finite number"),
        (lambda: AggregationLaw(leaf=1, node=1, arity=2, settle=math.inf), "settle: must be a finite number"),
        (lambda: AggregationLaw(leaf=1, node=1, arity=1, settle=1), "arity: must be a whole number, 2 or more; got 1"),
        (lambda: AggregationLaw.of_arity(1, leaf=1, node=1, child=1, settle=1), "arity: must be"),
        (lambda: AggregationLaw.of_arity(2, leaf=1, node=1, child=-1, settle=1), "child: must be"),
        (lambda: law(1, 5).per_proof(0.5), "batch: must be a number, 1 or more; got 0.5"),
        (lambda: law(1, 5).batch_within(0), "tolerance: must be above 0; got 0"),
        (lambda: AggregationLaw(leaf=0, node=0, arity=2, settle=1).batch_within(0.1), "relative to a limit of 0"),
        (lambda: law(1, 5).paying_batches(-1), "alone: must be"),
        (lambda: law(1, 5).paying_batches(1, 1, 0), "rate: must be above 0 proofs a second; got 0"),
        (lambda: law(1, 5).best_batch(-1, 1), "delay_cost: must be"),
        (lambda: parallel_seconds(1, 0, 0.5), "accelerators: must be a whole number, 1 or more; got 0"),
        (lambda: parallel_cost(2, 1.5), "serial: must be a share in [0, 1]; got 1.5"),
        (lambda: owning_usd_per_hour(1, 1, 0), "utilisation: must lie in (0, 1]; got 0"),
        (lambda: break_even_utilisation(1, 1, -1), "rent: must be"),
        (lambda: ratio(Enclosure(1, 2), Enclosure(0, 1)), "after: must be above 0 at both ends"),
        (lambda: ratio(Enclosure(1, 2), Enclosure(1, 1), likely=(3, 1)), "likely value of before: must be in"),
    ],
)
def test_bad_input_is_refused_in_one_line(wrong: object, said: str) -> None:
    with pytest.raises(MarketError) as caught:
        wrong()  # type: ignore[operator]
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert isinstance(caught.value, InvalidInput | Refused)
