"""Fee markets and what they are judged by: every cell of the published table, proved or refuted exactly."""

from __future__ import annotations

import copy
import functools
import json
import random
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from equilibria import MIC, SCP, UIC, OffChainAgreements, Property, Verdict, check, verify
from equilibria.checking import sealed
from equilibria.checking.document import Rejected, parse
from equilibria.checking.fee_markets import DEFINITIONS, fee_reports
from equilibria.checking.incentive_trees import ONE
from equilibria.checking.incentive_variants import read_variants
from equilibria.checking.incentives import read_agents
from equilibria.proofs.tree_comparison import compare_with_rule
from mechanisms import (
    EIP1559,
    BlockSpace,
    BurningSecondPrice,
    FeeMechanism,
    FirstPriceFee,
    InvalidInput,
    PostedFee,
    Refused,
    SecondPriceFee,
    Uniform,
    Vickrey,
)
from tests.test_incentive_certificates import decided, form_at


def market(users: int, size: int = 2) -> BlockSpace:
    return BlockSpace({name: Uniform(0, 10) for name in "abcd"[:users]}, size=size)


@functools.cache
def found(rule: FeeMechanism, users: int, size: int, property_: Property) -> Verdict:
    return verify(rule, market(users, size), property_, timeout=300.0)


@dataclass(frozen=True)
class Row:
    """A fee market and its verdicts: True where it is proved; columns as in COLUMNS."""

    name: str
    rule: FeeMechanism
    verdicts: dict[int, str]
    gamma: int = 0
    size: int = 2
    fakes: int = 1


BURNING = BurningSecondPrice(gamma=1, k=1, c=1)
ROWS = (
    Row("first price", FirstPriceFee(), {2: "nnPPP", 3: "nnPPP"}),
    Row("second price", SecondPriceFee(), {2: "PPnnP", 3: "PPnnn"}),
    Row("eip1559", EIP1559(base_fee=2), {2: "nnPPP", 3: "nnPPP"}),
    Row("posted price", PostedFee(3), {2: "PPPPP", 3: "nnPnn"}),
    Row("second price, burned", SecondPriceFee(burned=True), {2: "PPPnn", 3: "PPPnn"}),
    Row("burning second price", BURNING, {2: "PPnnP", 3: "PPnnn"}),
    Row("burning second price, 1-strict", BURNING, {2: "PPPPP", 3: "PPPPP"}, gamma=1),
    Row("k = 2, all confirmed, 1-strict", BurningSecondPrice(gamma=1, k=2, c=1), {3: "PPPPn"}, gamma=1, size=3, fakes=3),
    Row("k = 2, one drawn, 1-strict", BurningSecondPrice(gamma=1, k=2, c=2), {3: "PPPPP"}, gamma=1, size=3),
)
LARGE = (
    Row("k = 2, all confirmed, 1-strict", BurningSecondPrice(gamma=1, k=2, c=1), {4: "PPPPn"}, gamma=1, size=3, fakes=3),
    Row("k = 2, one drawn, 1-strict", BurningSecondPrice(gamma=1, k=2, c=2), {4: "PPPPP"}, gamma=1, size=3, fakes=3),
)


def columns(row: Row) -> tuple[Property, ...]:
    """Users; users with a fake; miner; miner and a user; miner and exactly two users; all of them with bids that are values."""
    gamma, fakes = row.gamma, row.fakes
    return (
        UIC(gamma=gamma, bidding="truthful"),
        UIC(fakes=1, gamma=gamma, bidding="truthful"),
        MIC(fakes=fakes, gamma=gamma),
        SCP(users=1, fakes=fakes, gamma=gamma, bidding="truthful"),
        SCP(users=2, exactly=True, fakes=fakes, gamma=gamma, bidding="truthful"),
    )


CELLS = [(row, users, place) for row in ROWS for users in row.verdicts for place in range(5)]
SLOW = [(row, users, place) for row in LARGE for users in row.verdicts for place in range(5)]


def is_as_published(row: Row, users: int, place: int) -> None:
    verdict = found(row.rule, users, row.size, columns(row)[place])
    assert verdict.status == ("proved" if row.verdicts[users][place] == "P" else "refuted"), verdict.message
    if verdict.status == "proved":
        assert verdict.certificate is not None
        checked = check(verdict.certificate.to_json())
        assert checked.valid, checked.message
    else:
        is_replayed(row.rule, row.size, verdict)


def is_replayed(rule: FeeMechanism, size: int, verdict: Verdict) -> None:
    """What the counterexample says of the rule is what the rule does, exactly and in floats."""
    told = verdict.counterexample
    assert told is not None and told.gain > 0
    assert told.float_gain == pytest.approx(float(told.gain))
    for reports, shares, payments in zip(told.reports, told.allocations, told.payments, strict=True):
        bids = [bid for label, bid in reports.items() if label != "miner"]
        block = tuple(range(len(bids))) if any(label.startswith("bid") for label in reports) else rule.include(bids, size)
        made = rule.confirm([bids[place] for place in block])
        labels = list(reports)
        expected = {
            labels[place]: (share, paid) for place, share, paid in zip(block, made.confirmed, made.payments, strict=True)
        }
        for label in labels[:-1]:
            assert (shares[label], payments[label]) == expected.get(label, (0, 0))
        assert payments["miner"] == made.revenue


@pytest.mark.parametrize(("row", "users", "place"), CELLS, ids=[f"{row.name}-{n}-{place}" for row, n, place in CELLS])
def test_the_table_of_fee_markets(row: Row, users: int, place: int) -> None:
    is_as_published(row, users, place)


@pytest.mark.slow  # four users in a block of three, and up to three fakes: twenty seconds for the longest cell
@pytest.mark.parametrize(("row", "users", "place"), SLOW, ids=[f"{row.name}-{n}-{place}" for row, n, place in SLOW])
def test_the_table_of_fee_markets_for_four_users(row: Row, users: int, place: int) -> None:
    is_as_published(row, users, place)


def story(rule: FeeMechanism, users: int, property_: Property) -> str:
    told = found(rule, users, 2, property_).counterexample
    assert told is not None
    return told.story


def test_stories() -> None:
    number = r"[0-9/]+"
    for told, expected in (
        (story(SecondPriceFee(), 2, MIC()), "a bids N, b bids N: the miner confirms .*a fake N and gains N"),
        (story(SecondPriceFee(burned=True), 2, SCP()), "a has value N, b bids N: the miner and a confirm .* and gain N together"),
        (story(FirstPriceFee(), 2, UIC()), r"user a, value N, bids N against \(N\): gains N"),
        (
            story(SecondPriceFee(burned=True), 2, OffChainAgreements()),
            "a has value N, b has value N: the miner, a and b confirm .* and gain N together",
        ),
    ):
        assert re.fullmatch(expected.replace("N", number), told), told


# --- bids that the rule suggests ---------------------------------------------------------------------------------------------


def test_eip1559_is_truthful_with_the_bid_that_it_suggests_while_all_fit() -> None:
    for property_ in (UIC(fakes=1), MIC(), SCP(users=2), OffChainAgreements()):
        assert found(EIP1559(base_fee=2), 2, 2, property_).status == "proved"
    assert found(EIP1559(base_fee=2), 3, 2, UIC()).status == "refuted"


def test_a_tip_is_what_a_user_gains_by_leaving_it_out() -> None:
    rule = EIP1559(base_fee=2, tip=Fraction(1, 4))
    told = found(rule, 2, 2, UIC()).counterexample
    assert told is not None and told.gain <= Fraction(1, 4)
    assert verify(rule, market(2), UIC(), epsilon=Fraction(1, 4)).status == "within"


def test_agreements_off_chain() -> None:
    """The first price and EIP-1559 leave nothing to agree upon, where bids are values; burned second prices do."""
    for rule in (FirstPriceFee(), EIP1559(base_fee=2), PostedFee(3)):
        for users in (2, 3):
            assert found(rule, users, 2, OffChainAgreements(bidding="truthful")).status == "proved"
    assert found(SecondPriceFee(burned=True), 2, 2, OffChainAgreements()).status == "refuted"
    # with more users than fit, equal bids of the base fee do not tell who values it most
    assert found(EIP1559(base_fee=2), 3, 2, OffChainAgreements()).status == "refuted"


def test_a_bid_that_loses_its_user_money() -> None:
    """Planted: a rule that suggests to bid a little more than the value."""

    verdict = verify(_Overbidding(), market(2), OffChainAgreements())
    assert verdict.status == "refuted" and "loses" in verdict.message


@dataclass(frozen=True, slots=True)
class _Overbidding(FeeMechanism):
    kind = "overbidding"

    def bid(self, value: Any) -> Any:
        return value + Fraction(1, 8)

    def _confirmed(self, ranked: list[Any], number: Any) -> tuple[list[Any], list[Any], Any]:
        return [number(1)] * len(ranked), list(ranked), sum(ranked, number(0))

    def _batch(self, ranked: Any, count: Any) -> Any:
        raise NotImplementedError

    def spec(self) -> dict[str, object]:
        return {"kind": self.kind}


def test_a_full_block_takes_less_from_users() -> None:
    """With burned second prices the miner helps a user by leaving the next bid out; a block that must be full has it."""
    rule, most = SecondPriceFee(burned=True), SCP(users=1, fakes=0, short=False)
    assert found(rule, 2, 2, most).status == "proved"
    assert found(rule, 2, 2, SCP(users=1, fakes=0)).status == "refuted"


def test_which_overbids_cost_gamma() -> None:
    """A posted price with too many users: an overbid that is confirmed costs nothing, so gamma does not deter it."""
    for charged in ("submitted", "included"):
        assert found(PostedFee(3), 3, 2, UIC(gamma=1, charged=charged)).status == "refuted"  # type: ignore[arg-type]
    for charged in ("submitted", "included"):
        verdict = found(BURNING, 2, 2, UIC(fakes=1, gamma=1, charged=charged))  # type: ignore[arg-type]
        assert verdict.certificate is not None and check(verdict.certificate.to_json()).valid


def test_gamma_decides() -> None:
    """The burning second price for gamma = 1/2 pays the miner half of the next bid: safe for that gamma, and for none below."""
    rule = BurningSecondPrice(gamma=Fraction(1, 2), k=2, c=1)
    assert (rule.drawn, rule.behind) == (1, 2)
    assert verify(rule, market(3, 3), MIC(gamma=Fraction(1, 2))).status == "proved"
    assert verify(rule, market(3, 3), MIC(gamma=Fraction(1, 4))).status == "refuted"


def test_planted_bugs_are_refuted() -> None:
    """A fake that does not pay, and a price that counts the first bid behind a full block."""

    @dataclass(frozen=True, slots=True)
    class Generous(FeeMechanism):
        kind = "generous"

        def _confirmed(self, ranked: list[Any], number: Any) -> tuple[list[Any], list[Any], Any]:
            paid = [number(0)] * len(ranked)
            return [number(1)] * len(ranked), paid, sum(ranked, number(0))  # more than is paid

        def _batch(self, ranked: Any, count: Any) -> Any:
            raise NotImplementedError

        def spec(self) -> dict[str, object]:
            return {"kind": self.kind}

    verdict = verify(Generous(), market(2), MIC())
    assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.gain > 0


# --- certificates ------------------------------------------------------------------------------------------------------------

CERTIFIED = (
    (FirstPriceFee(), 2, SCP(users=2)),
    (BURNING, 2, SCP(users=1, gamma=1)),
    (SecondPriceFee(), 2, UIC(fakes=1)),
    (EIP1559(base_fee=2), 2, OffChainAgreements()),
    (BURNING, 2, UIC(fakes=1, gamma=1, charged="included")),
)


def text(number: int) -> str:
    rule, users, property_ = CERTIFIED[number]
    certificate = found(rule, users, 2, property_).certificate
    assert certificate is not None
    return certificate.to_json()


def is_true(tree: dict[str, Any], rng: random.Random) -> bool:
    """Whether what a file states holds at many points, by evaluation of its trees."""
    parsed = parse(json.dumps(tree))
    agents = read_agents(parsed["agents"])  # type: ignore[arg-type]
    trees = read_variants(parsed, agents, fee_reports)
    epsilon = Fraction(str(parsed["states"]["epsilon"]))  # type: ignore[index, call-overload]
    grid = [Fraction(k, 2) for k in (0, 2, 4, 5, 6, 9)]
    for obligation in DEFINITIONS[tree["property"]["name"]][0](agents, parsed["property"]):  # type: ignore[arg-type]
        variables = 1 + max(place for _, reports in obligation.runs for form in reports for place in form)
        for _ in range(25):
            point = [rng.choice(grid) for _ in range(variables)]
            if not all(form_at(dict(form), point) >= 0 for form, _ in obligation.conditions):
                continue
            outcomes = []
            for variant, reports in obligation.runs:
                outcome = decided(trees[variant], [form_at(dict(form), point) for form in reports])
                if outcome is None:
                    return False
                outcomes.append(tuple(tuple({ONE: value} if value else {} for value in column) for column in outcome))
            if any(form_at(dict(claim.target), point) > epsilon for claim in obligation.claims(outcomes)):  # type: ignore[arg-type]
                return False
    return True


def altered(tree: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One change somewhere that matters."""
    tree = copy.deepcopy(tree)
    kind = rng.choice(("entry", "entry", "node", "node", "swap", "property", "agents", "states", "drop", "variant"))
    if kind == "entry":
        place = rng.randrange(len(tree["proofs"]))
        entries = tree["proofs"][place].split(";")
        at = rng.randrange(len(entries))
        entries[at] = rng.choice(("+", "", "0", "1", "0 1", "3*1/2", "!0", "!", "1*-1", entries[at] + " 0", entries[at - 1]))
        tree["proofs"][place] = ";".join(entries)
    elif kind == "node":
        nodes = rng.choice(tree["trees"])["nodes"]
        at = rng.randrange(len(nodes))
        old, new = rng.choice((("r0", "r1"), ("1", "0"), ("0", "1"), ("split", "sign"), ("r1", "2*r1"), ("; ", " ")))
        nodes[at] = nodes[at].replace(old, new, 1)
    elif kind == "swap":
        nodes = rng.choice(tree["trees"])["nodes"]
        at, other = rng.randrange(len(nodes)), rng.randrange(len(nodes))
        nodes[at], nodes[other] = nodes[other], nodes[at]
    elif kind == "property":
        key = rng.choice(list(tree["property"]))
        values = (0, 1, 2, True, False, "truthful", "suggested", "included", "submitted", "0", "1/2", "mic", "scp")
        tree["property"][key] = rng.choice(values)
    elif kind == "agents":
        key = rng.choice(("units", "kind", "bounds"))
        bounds = [["0", None]] * len(tree["agents"]["labels"])
        tree["agents"][key] = {"units": rng.choice((1, 3)), "kind": "sale", "bounds": bounds}[key]
    elif kind == "states":
        tree["states"]["epsilon"] = rng.choice(("-1", "1/0", "1"))
    elif kind == "drop":
        del rng.choice((tree["trees"], tree["proofs"]))[-1]
    else:
        rng.choice(tree["trees"])["variant"] = rng.choice(([0, 2], [-1, 1], [-2, 2], [1, 2], [7, 2], [0, 1]))
    return tree


@pytest.mark.parametrize("number", range(len(CERTIFIED)))
def test_altered_certificates_are_rejected_or_true(number: int) -> None:
    rng = random.Random(number)
    original = json.loads(text(number))
    assert is_true(original, rng)
    accepted = 0
    for _ in range(80):
        tree = altered(original, rng)
        if json.dumps(tree) == json.dumps(original):
            continue
        assert not check(json.dumps(tree)).valid  # the digest tells
        if check(sealed(tree)).valid:
            accepted += 1
            assert is_true(tree, rng), tree["property"]
    assert accepted < 40


def test_the_trees_are_compared_with_the_rule() -> None:
    for number in (0, 3):
        agrees, sentence = compare_with_rule(text(number), None)
        assert agrees and "compared exactly" in sentence
    other = json.loads(text(0))
    other["rule"]["mechanism"] = SecondPriceFee().spec()
    agrees, sentence = compare_with_rule(sealed(other), None)
    assert not agrees and "decides otherwise" in sentence
    other = json.loads(text(0))
    other["rule"]["market"]["size"] = 1
    assert not compare_with_rule(sealed(other), None)[0]


def test_the_checker_says_what_it_confirmed() -> None:
    message = check(text(0)).message
    assert "the miner and a few users gain nothing together (users 2, exactly false, fakes 1, gamma 0, short true" in message


def test_a_stage_that_is_none() -> None:
    agents = read_agents(parse(text(0))["agents"])  # type: ignore[arg-type]
    assert fee_reports(agents, (3, 2)) == 3
    for variant in ((-3, 2), (4, 2), (0, 1), (-1, -1)):
        with pytest.raises(Rejected, match="no stage"):
            fee_reports(agents, variant)


# --- refusals ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: UIC(fakes=-1), "fakes must be a whole number from 0 to 10"),
        (lambda: UIC(charged="later"), "charged must be 'submitted' or 'included'"),  # type: ignore[arg-type]
        (lambda: MIC(gamma=2), "gamma must be a number from 0 to 1"),
        (lambda: SCP(users=0), "users must be a whole number from 1 to 10"),
        (lambda: SCP(bidding="high"), "bidding must be 'suggested' or 'truthful'"),  # type: ignore[arg-type]
        (lambda: OffChainAgreements(short=1), "short must be True or False"),  # type: ignore[arg-type]
    ],
)
def test_parameters_out_of_range(make: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()


def test_markets_that_are_none_of_these() -> None:
    with pytest.raises(Refused, match="needs a rule of the catalogue"):
        verify(lambda bids: (bids, bids), 2, UIC())
    with pytest.raises(Refused, match="a BlockSpace needs a fee rule"):
        verify(Vickrey(), market(2), UIC())
    with pytest.raises(Refused, match="values of at least 0"):
        verify(FirstPriceFee(), BlockSpace({"a": Uniform(-1, 1)}, size=1), UIC())
    with pytest.raises(Refused, match="exactly 3 users needs as many"):
        verify(FirstPriceFee(), market(2), SCP(users=3, exactly=True))
    with pytest.raises(Refused, match="rename the user 'miner'"):
        verify(FirstPriceFee(), BlockSpace({"miner": Uniform(0, 1)}, size=1), UIC())


def test_general_properties_of_a_fee_rule() -> None:
    """Without the miner, a fee rule is a sale: second prices are truthful, and two users gain by the loser's silence."""
    assert verify(SecondPriceFee(), market(3)).status == "proved"
    assert verify(SecondPriceFee(), market(2), "individual_rationality").status == "proved"
    assert verify(SecondPriceFee(), market(2), "coalitions").status == "refuted"
