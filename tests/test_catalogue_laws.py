"""Every rule of the catalogue obeys the laws of all rules. A rule that is registered is tested here, without another line."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction as F

import numpy as np
import pytest

from equilibria import audit, compare, verify
from mechanisms import (
    BlockSpace,
    Exchange,
    InvalidInput,
    Market,
    Mechanism,
    Outcome,
    Procurement,
    Refused,
    Sale,
    Uniform,
    Vickrey,
    mechanism_from_spec,
    register,
)
from mechanisms.catalogue import _REGISTERED
from mechanisms.laws import broken_laws
from mechanisms.rules import RULES

LAW = Uniform(0, 1)
MARKETS: tuple[Market, ...] = (
    Procurement(dict.fromkeys("abc", LAW), value=1),
    Procurement(dict.fromkeys("abc", LAW), value=1, tasks=2),
    Sale(dict.fromkeys("abc", LAW)),
    Exchange(dict.fromkeys("uv", LAW), dict.fromkeys("ab", LAW)),
    BlockSpace(dict.fromkeys("abc", LAW), size=2),
)
# Of parameters without a default, by name: amounts inside [0, 1], so that reserves and prices tie with reports.
PARAMETERS = {
    "price": 0.5, "reserve": 0.75, "base_fee": 0.25, "low": 0.125, "high": 0.75, "ramp": 8, "lock": 16, "shape": 2, "alpha": 2,
    "first_fee": 1,
}  # fmt: skip


def example(rule: type[Mechanism]) -> Mechanism:
    fields = [field.name for field in dataclasses.fields(rule) if field.default is dataclasses.MISSING]
    return rule(**{name: PARAMETERS[name] for name in fields})


def market_for(rule: Mechanism) -> Market | None:
    """The first market in which it has an outcome."""
    for market in MARKETS:
        try:
            rule.outcome(market, dict.fromkeys(market.labels, F(1, 2)))  # type: ignore[attr-defined]
        except (AttributeError, Refused):
            continue
        return market
    return None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_a_rule_of_the_catalogue_obeys_the_laws(rule: type[Mechanism]) -> None:
    mechanism = example(rule)
    market = market_for(mechanism)
    if market is None:
        # Contests and package sales take markets of their own, and have tests of their own; specs are a law for all.
        assert mechanism_from_spec(mechanism.spec()) == mechanism
        return
    assert broken_laws(mechanism, market, rng=np.random.default_rng(3), profiles=12) == ()


@dataclass(frozen=True, slots=True)
class Planted(Mechanism):
    """Awards a proof to everybody, and forgets exactness."""

    kind = "planted"

    def outcome(self, market: Market, bids: dict[str, F]) -> Outcome:
        ones = dict.fromkeys(market.labels, 1.0)
        return Outcome(ones, ones, ones)


def test_planted_faults_are_seen() -> None:
    broken = broken_laws(Planted(), MARKETS[0], rng=np.random.default_rng(1), profiles=2)
    assert [sentence.partition(", first")[0] for sentence in broken] == [
        "exact reports have an outcome that is not exact", "more is awarded than there is",
    ]  # fmt: skip


def test_registering() -> None:
    try:
        assert register(Planted) is Planted and register(Planted) is Planted
        assert mechanism_from_spec({"kind": "planted"}) == Planted()
    finally:
        _REGISTERED.pop("planted", None)
    with pytest.raises(InvalidInput, match="must be one of"):
        mechanism_from_spec({"kind": "planted"})
    with pytest.raises(InvalidInput, match="dataclass that extends"):
        register(len)  # type: ignore[type-var]
    other = type("Other", (Vickrey.__mro__[1],), {"kind": "vickrey"})
    with pytest.raises(InvalidInput, match=r"must be new; got 'vickrey'"):
        register(other)
    assert register(Vickrey) is Vickrey


def test_verbs_take_a_rule_that_is_not_registered() -> None:
    assert verify(Planted(), MARKETS[0], "dsic").status in ("proved", "refuted")
    assert audit(Planted(), MARKETS[0], kinds="cost", timeout=5).findings
    assert compare(MARKETS[0], [Planted()]).rows[0].mechanism == Planted()
