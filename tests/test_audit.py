"""The audit in detail: instances replayed, gains compared, refusals, the command. `test_audit_attacks.py` lists the attacks."""

from __future__ import annotations

import json
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner

from equilibria import Audit, audit, check
from equilibria.auditing.findings import Finding
from equilibria.auditing.registry import KINDS
from equilibria.auditing.survival import Survival
from mechanisms import (
    BlockSpace,
    CommitReveal,
    Contest,
    Discrete,
    DutchClock,
    Exchange,
    FirstPrice,
    InvalidInput,
    Procurement,
    ProoflikeA,
    Refused,
    Sale,
    SecondLowestPair,
    SecondPriceFee,
    Tullock,
    UncertainPresence,
    UndercutAuction,
    Uniform,
    Vickrey,
    mechanism_from_spec,
)
from workbench.commands import program

PAIR = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)}, value=1)
KNOWN = Procurement({"a": Discrete({1: 1}), "b": Discrete({2: 1}), "c": Discrete({4: 1})}, value=5)
LAW = Uniform(0, 16)
SIZES = Exchange(dict.fromkeys("uv", LAW), dict.fromkeys("abc", LAW), capacities={"a": 2})


def statuses(found: Audit) -> dict[str, str]:
    return {finding.kind: finding.status for finding in found.findings}


@pytest.mark.parametrize("rule", [CommitReveal(1, "reserve"), Vickrey(1)], ids=repr)
def test_second_price_with_the_reserve_for_a_lone_bidder_is_clean(rule: Vickrey) -> None:
    kinds = ["cost", "identities", "non_reveal"] if isinstance(rule, CommitReveal) else ["cost", "identities"]
    found = audit(rule, PAIR, kinds=kinds)
    assert statuses(found) == dict.fromkeys(kinds, "absent") and not found.found
    for finding in found.findings:
        assert finding.how == "proof" and finding.gain is None and finding.certificate is not None
        assert check(finding.certificate.to_json()).valid


def test_deployed_commit_reveal_has_every_deviation_of_a_lone_revealer() -> None:
    found = audit(CommitReveal(1, "own_bid"), PAIR, kinds=["cost", "identities", "non_reveal", "phantom_bid"])
    assert set(statuses(found).values()) == {"found"}
    for finding in found.findings:
        instance = finding.instance
        assert instance is not None and finding.gain == 1  # alone, a prover of cost 0 gets the reserve instead of its bid
    names = found.finding("identities").instance
    assert names is not None and names.reports["alice+1"] == 1 and names.types["bob"] > 1  # who does not reveal


def test_shade_against_two_rivals_is_no_worse_than_any_bid_of_a_grid() -> None:
    trio = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1), "c": Uniform(0, 2)})
    found = audit(CommitReveal(1), UncertainPresence(trio, 0.5), kinds="non_reveal").finding("non_reveal")
    assert found.instance is not None
    ((label, cost),) = found.instance.types.items()
    laws = tuple(trio.prior(other) for other in trio.labels if other != label)
    survival = Survival(laws, (F(1, 2), F(1, 2)))
    gains = []
    for k in range(41):
        bid = cost + (1 - cost) * k / 40
        steps = [cost + (bid - cost) * (2 * j + 1) / 80 for j in range(40)]
        integral = sum((survival(x) for x in steps), F(0)) * (bid - cost) / 40
        gains.append((bid - cost) * (survival(F(1)) + survival(bid)) - integral)
    assert found.gain is not None and abs(found.gain - max(gains)) < F(1, 1000)


def test_paid_the_reserve_absence_changes_nothing() -> None:
    found = audit(CommitReveal(1, "reserve"), UncertainPresence(PAIR, 0.5), kinds=["cost", "non_reveal"])
    assert set(statuses(found).values()) == {"absent"}


def test_reports_that_doubles_cannot_hold_are_within_what_is_proved() -> None:
    market = Procurement({"a": Discrete({F(1, 3): 1}), "b": Discrete({F(2, 3): 1})})
    found = audit(Vickrey(F(7, 9)), market, kinds="cost").finding("cost")
    low, high = (F(end) for end in found.message.partition("[")[2].rstrip("]").split(", "))
    assert found.status == "absent" and low <= F(1, 3) and F(7, 9) <= high


def test_winner_and_runner_up_in_a_second_price() -> None:
    found = audit(Vickrey(), KNOWN, kinds="coalition").finding("coalition")
    assert found.instance is not None and found.gain == 2
    assert found.instance.types == {"a": 1, "b": 2, "c": 4} and found.instance.reports == {"a": 1, "b": 4, "c": 4}
    assert found.instance.story.endswith("together 1 before, 3 after")


def test_capacities_under_the_bare_exchange() -> None:
    kinds = ["capacity_under", "capacity_over", "capacity_over_paid_on_assignment", "capacity_split"]
    found = audit(ProoflikeA(), SIZES, kinds=kinds, timeout=40)
    assert statuses(found) == dict(zip(kinds, ["found", "absent", "found", "found"], strict=True))
    certificate = found.finding("capacity_over").certificate
    assert certificate is not None and check(certificate.to_json()).valid
    under = found.finding("capacity_under").instance
    assert under is not None
    bids = dict(under.types)
    honest = ProoflikeA().outcome(SIZES, bids)
    less = ProoflikeA().outcome(Exchange(dict.fromkeys("uv", LAW), dict.fromkeys("abc", LAW)), bids)
    gain = (less.payments["a"] - bids["a"] * less.allocation["a"]) - (honest.payments["a"] - bids["a"] * honest.allocation["a"])
    assert gain == found.finding("capacity_under").gain > 0
    with pytest.raises(InvalidInput, match="must be one of"):
        found.finding("identities")


def test_phantom_bid_under_the_pair_from_the_second_lowest() -> None:
    market = Procurement(dict.fromkeys("abc", Uniform(0, 4)), tasks=2)
    found = audit(SecondLowestPair(4), market, kinds=["phantom_bid"], timeout=10).finding("phantom_bid")
    assert found.status == "found" and found.instance is not None and found.gain is not None
    types, reports = found.instance.types, found.instance.reports
    assert all(reports[label] == types[label] for label in types)
    (name,) = reports.keys() - types.keys()
    owner = name.partition("+")[0]
    before = SecondLowestPair(4).outcome(market, dict(types))
    larger = Procurement(dict.fromkeys(reports, Uniform(0, 4)), tasks=2)
    after = SecondLowestPair(4).outcome(larger, dict(reports))
    gain = sum(after.payments[one] - types[owner] * after.proofs[one] for one in (owner, name))
    assert gain - (before.payments[owner] - types[owner] * before.proofs[owner]) == found.gain
    assert audit(Vickrey(4), Procurement(dict.fromkeys("abc", Uniform(0, 4))), kinds="phantom_bid").findings[0].status == "absent"


def test_the_pair_awards_the_second_and_third() -> None:
    market = Procurement(dict.fromkeys("abcde", Uniform(0, 4)), tasks=2)
    outcome = SecondLowestPair().outcome(market, {"a": 1, "b": F(1, 2), "c": 3, "d": 2, "e": 4})
    assert dict(outcome.payments) == {"a": 3, "b": 0, "c": 0, "d": 3, "e": 0}
    batch = SecondLowestPair().batch(market, [[1, 0.5, 3, 2, 4]])
    assert batch.payments().tolist() == [[3, 0, 0, 3, 0]]
    with pytest.raises(Refused, match="tasks=2"):
        SecondLowestPair(4).outcome(PAIR, {"alice": 0, "bob": 1})


@pytest.mark.parametrize(
    ("auction", "expected"),
    [
        (UndercutAuction(100), ("found", "found")),
        (UndercutAuction(100, self_outbids=False), ("not_found", "found")),
        (UndercutAuction(100, cooldown=3600), ("not_found", "not_found")),
        (UndercutAuction(100, slots=1, self_outbids=False, cooldown=3600), ("not_found", "found")),
        (UndercutAuction(1), ("not_found", "not_found")),  # within the band nothing has to be kept out
    ],
    ids=repr,
)
def test_undercutting_oneself(auction: UndercutAuction, expected: tuple[str, str]) -> None:
    market = Procurement(dict.fromkeys("ab", Uniform(1, 10)))
    found = audit(auction, market)
    assert (found.finding("self_outbid").status, found.finding("ping_pong").status) == expected
    if auction == UndercutAuction(100):
        assert found.finding("self_outbid").gain == 100 * F(19, 20) ** 8 - F(20, 19)  # what it keeps, less the band c2/0.95


def test_undercut_auction_is_a_state_machine() -> None:
    auction = UndercutAuction(10, cooldown=60)
    state = auction.bid(auction.start(), "a", F(10))
    assert not auction.accepts(state, "b", F(96, 10)) and not auction.accepts(state, "a", F(9), F(59))
    assert auction.accepts(state, "a", F(9), F(60))
    with pytest.raises(InvalidInput, match="accepts"):
        auction.bid(state, "b", F(10))
    rival, bids = "b", 1
    while auction.highest_bid(state) >= 1:
        state, rival, bids = auction.bid(state, rival, auction.highest_bid(state), F(60 * bids)), "ab"[rival == "a"], bids + 1
        if len(state.displaced) == auction.slots:
            break
    assert bids == 9  # the first and eight more, then the list is full
    assert mechanism_from_spec(json.loads(json.dumps(auction.spec()))) == auction
    with pytest.raises(InvalidInput, match="below 1"):
        UndercutAuction(1, step=1)


def test_waiting_for_the_clock() -> None:
    clock = DutchClock(0, 1, ramp=10, lock=20)
    alone = audit(clock, Procurement({"a": Uniform(0, 1)}), kinds="timing").finding("timing")
    assert alone.gain == 1 and alone.instance is not None and alone.instance.reports == {"a": 1}
    rivals = audit(clock, PAIR, kinds="timing").finding("timing")
    assert rivals.gain == F(1, 4) and rivals.instance is not None and rivals.instance.reports == {"alice": F(1, 2)}


def test_agreements_outside() -> None:
    assert audit(Vickrey(1), PAIR, kinds="off_chain").findings[0].status == "not_found"
    kept_out = audit(Vickrey(F(1, 2)), PAIR, kinds="off_chain").finding("off_chain")
    assert kept_out.gain == F(1, 3)  # cost 2/3 on a grid of sixths, above the reserve, below the value


def test_fee_markets_are_asked_for_their_own_properties() -> None:
    found = audit(SecondPriceFee(), BlockSpace({"a": Uniform(0, 1), "b": Uniform(0, 1)}, size=2), kinds=["mic"], timeout=10)
    assert statuses(found) == {"mic": "found"}


def test_a_lone_buyer_shades() -> None:
    found = audit(FirstPrice(), Sale({"a": Uniform(0, 1)}), kinds="cost").finding("cost")
    assert found.status == "found" and found.instance is not None and 0 <= found.instance.types["a"] <= 1


def test_an_absence_needs_a_certificate() -> None:
    with pytest.raises(InvalidInput, match="only with a certificate"):
        Finding(kind="cost", status="absent", how="proof", message="it is so")


def test_what_is_no_proof_says_so() -> None:
    unknown = audit(Vickrey(1), Procurement(dict.fromkeys("abcdefgh", Uniform(0, 1))), kinds="cost", timeout=0.01).finding("cost")
    assert unknown.status == "not_found" and "no proof" in unknown.message and unknown.how == "search"


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="kinds must be among"):
        audit(Vickrey(), PAIR, kinds="theft")
    with pytest.raises(InvalidInput, match="timeout"):
        audit(Vickrey(), PAIR, timeout=0)
    with pytest.raises(InvalidInput, match="mechanism must be"):
        audit(len, PAIR)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="no kind of deviation"):
        audit(Tullock(), Contest(prize=1, costs={"a": 1, "b": 2}))
    with pytest.raises(Refused, match=r"no second price|needs"):
        audit(Vickrey(), Procurement({"a": Uniform(0, 1)}), kinds="cost")
    left_out = audit(Vickrey(1), PAIR, kinds=["cost", "timing"]).left_out
    assert dict(left_out) == {"timing": "the rule has no clock"} and len(KINDS) > 15


def test_command(tmp_path: Path) -> None:
    file = tmp_path / "market.toml"
    text = '[market]\nkind = "procurement"\ncosts.a = {kind = "uniform", low = 0, high = 1}\n'
    text += 'costs.b = {kind = "uniform", low = 0, high = 1}\n'
    text += '[mechanism]\nkind = "commit_reveal"\nreserve = 1\nlone = "own_bid"\n'
    file.write_text(text, "utf-8")
    run = CliRunner().invoke(program, ["audit", str(file), "--kind", "non-reveal"])
    assert run.exit_code == 1 and "non reveal" in run.output and "bids 1 against (2): gains 1" in run.output
    file.write_text(text.replace("own_bid", "reserve"), "utf-8")
    run = CliRunner().invoke(program, ["audit", str(file), "--kind", "cost", "--kind", "non_reveal", "--json"])
    assert run.exit_code == 0
    assert [one["status"] for one in json.loads(run.output)["findings"]] == ["absent", "absent"]
