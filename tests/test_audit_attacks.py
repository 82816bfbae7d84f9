"""One test for each attack that the audit must find by itself, from the rules alone, and for each that it must certify absent."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from equilibria import DeliveryGame, audit, check, verify
from equilibria.auditing.findings import Finding
from mechanisms import (
    Beta,
    Bond,
    CommitReveal,
    Exchange,
    PiecewiseLinear,
    Procurement,
    ProoflikeA,
    SecondLowestPair,
    UncertainPresence,
    UndercutAuction,
    Uniform,
    Vickrey,
)

PAIR = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)}, value=1)
LAW = Uniform(0, 16)
SIZES = Exchange(dict.fromkeys("uv", LAW), dict.fromkeys("abc", LAW), capacities={"a": 2})


def of_exchange(kind: str) -> Finding:
    return audit(ProoflikeA(), SIZES, kinds=kind, timeout=20).finding(kind)


def after_the_award(kind: str, bond: Bond, **more: object) -> Finding:
    """The finding of a kind; of the others that the winner's moves may be, none is found."""
    delivery = DeliveryGame(bond=bond, price=F(8), **({"others_first": F(1, 2)} | more))  # type: ignore[arg-type]  # as the tests give them
    others = {"abandonment", "self_slash", "late_rescue"} - {kind} if kind != "entry_to_abandon" else set()
    found = audit(Vickrey(1), PAIR, kinds={kind} | others, delivery=delivery)
    assert all(found.finding(other).status == "not_found" for other in others)
    return found.finding(kind)


def is_certified(finding: Finding) -> bool:
    """Whether a stranger confirms the absence."""
    return finding.status == "absent" and finding.certificate is not None and check(finding.certificate.to_json()).valid


def test_capacity_under_report_on_the_bare_exchange() -> None:
    found = of_exchange("capacity_under")
    assert found.status == "found" and found.instance is not None and "capacity 2, reports capacity 1" in found.instance.story


def test_sybil_split_on_the_bare_exchange() -> None:
    found = of_exchange("capacity_split")
    assert found.status == "found" and found.instance is not None and "splits into 1 at" in found.instance.story


@pytest.mark.parametrize("q", [F(1, 16), F(1, 4), F(3, 8)])
def test_the_shade_of_a_lone_revealer(q: F) -> None:
    found = audit(CommitReveal(1), UncertainPresence(PAIR, float(1 - q)), kinds="non_reveal").finding("non_reveal")
    assert found.instance is not None
    (cost,), (bid,) = found.instance.types.values(), found.instance.reports.values()
    assert bid == cost + q / (1 - q) and found.gain == q**2 / (2 * (1 - q))


def test_the_shade_where_cdfs_are_linear_in_pieces() -> None:
    """Two pieces of one slope are the uniform law, and two of different slopes are no different in kind."""
    same = PiecewiseLinear((0, 0.5, 1), (0, 0.5, 1))
    market = Procurement({"alice": same, "bob": same})
    found = audit(CommitReveal(1), UncertainPresence(market, 0.75), kinds="non_reveal").finding("non_reveal")
    assert (found.gain, found.how) == (F(1, 24), "exact optimisation")
    steep = PiecewiseLinear((0, 0.5, 1), (0, 0.875, 1))
    market = Procurement({"alice": steep, "bob": steep})
    found = audit(CommitReveal(1), UncertainPresence(market, 0.75), kinds="non_reveal").finding("non_reveal")
    assert found.instance is not None and found.gain is not None
    (cost,), (bid,) = found.instance.types.values(), found.instance.reports.values()

    def survival(x: F) -> F:
        return 1 - F(3, 4) * (F(7, 4) * x if x <= F(1, 2) else F(7, 8) + (x - F(1, 2)) / 4)

    steps = [cost + (bid - cost) * F(2 * k + 1, 800) for k in range(400)]
    integral = sum(map(survival, steps)) * (bid - cost) / 400
    assert abs(found.gain - ((bid - cost) * (survival(F(1)) + survival(bid)) - integral)) < F(1, 10**4)


def test_the_shade_under_any_law_with_a_density_is_enclosed() -> None:
    """Beta(1, 1) is the uniform law under another name: the gain is 1/24, at a shade of 1/3."""
    law = Beta(1, 1)
    market = UncertainPresence(Procurement({"alice": law, "bob": law}), 0.75)
    found = audit(CommitReveal(1), market, kinds="non_reveal").finding("non_reveal")
    assert found.instance is not None and found.gain is not None and found.how == "search"
    low, high = (float(part) for part in found.message.partition("between ")[2].split(" and "))
    assert low <= 1 / 24 <= high < low + 1e-3 and found.gain < F(1, 24)
    (cost,), (bid,) = found.instance.types.values(), found.instance.reports.values()
    assert abs(bid - cost - F(1, 3)) < F(1, 128)


def test_phantom_bid_under_two_winners_from_the_second_lowest() -> None:
    market = Procurement(dict.fromkeys("abc", Uniform(0, 4)), tasks=2)
    found = audit(SecondLowestPair(4), market, kinds="phantom_bid", timeout=10).finding("phantom_bid")
    assert found.status == "found" and found.instance is not None
    assert all(found.instance.reports[label] == number for label, number in found.instance.types.items())


def test_self_slashing_where_anybody_may_slash() -> None:
    found = after_the_award("self_slash", Bond(slash=50, recipient="caller"))
    assert found.gain == 25  # half of the time it is first, and gets its slash back


def test_free_abandonment_where_nothing_is_slashed() -> None:
    found = after_the_award("abandonment", Bond(slash=0))
    assert (found.status, found.gain) == ("found", 0)
    assert after_the_award("abandonment", Bond(slash=50)).status == "not_found"


def test_late_self_rescue_pays_half_the_collateral() -> None:
    found = after_the_award("late_rescue", Bond(slash=50, burned="1/2", recipient="rescuer"))
    assert found.gain == 25


@pytest.mark.parametrize(("assignments", "fewest"), [(1, 7), (6, 7), (7, 7), (9, 9)])  # N·8 > 50
def test_pay_on_assignment_with_a_fixed_slash_per_event(assignments: int, fewest: int) -> None:
    bond = Bond(slash=50, payment="on_assignment", unit="event")
    found = after_the_award("entry_to_abandon", bond, assignments=assignments)
    assert found.gain == 8 * fewest - 50 and found.instance is not None
    assert f"takes {fewest} requests" in found.instance.story


def test_the_exact_condition_and_the_one_of_the_review() -> None:
    """Seven requests at 8, a slash of 50: not proving beats proving above a cost of 50/7; the review's: below 6/7."""
    found = after_the_award("entry_to_abandon", Bond(slash=50, payment="on_assignment", unit="event"))
    assert "up to a cost of 50/7 each" in found.message and "costs below 6/7 each" in found.message


@pytest.mark.parametrize(
    "bond", [Bond(slash=50, unit="event"), Bond(slash=50), Bond(slash=50, payment="on_assignment"), Bond(slash=8)], ids=repr
)
def test_no_entry_to_abandon_if_paid_on_delivery_or_slashed_for_each(bond: Bond) -> None:
    assert after_the_award("entry_to_abandon", bond).status == "not_found"


def test_self_outbid() -> None:
    found = audit(UndercutAuction(100), Procurement(dict.fromkeys("ab", Uniform(1, 10))), kinds="self_outbid")
    assert found.finding("self_outbid").gain == 100 * F(19, 20) ** 8 - F(20, 19)


def test_ping_pong_and_its_cure() -> None:
    market = Procurement(dict.fromkeys("ab", Uniform(1, 10)))
    for cooldown, status in ((0, "found"), (3600, "not_found")):
        auction = UndercutAuction(100, self_outbids=False, cooldown=cooldown)
        assert audit(auction, market, kinds="ping_pong").finding("ping_pong").status == status


def test_winner_and_runner_up_raise_the_price() -> None:
    for rule in (CommitReveal(1, lone="own_bid"), Vickrey(1)):
        found = audit(rule, PAIR, kinds="coalition").finding("coalition")
        assert found.gain == 1 and found.instance is not None


def test_second_price_is_truthful_where_both_reveal() -> None:
    verdict = verify(CommitReveal(1, lone="own_bid"), PAIR, "dsic")
    assert verdict.status == "proved" and verdict.certificate is not None and check(verdict.certificate.to_json()).valid


@pytest.mark.parametrize("kind", ["cost", "identities", "non_reveal"])
def test_no_deviation_where_a_lone_bidder_is_paid_the_reserve(kind: str) -> None:
    assert is_certified(audit(CommitReveal(1, lone="reserve"), PAIR, kinds=kind).finding(kind))


def test_no_gain_from_reporting_too_much_under_pay_on_delivery() -> None:
    assert is_certified(of_exchange("capacity_over"))
