"""Fee markets and what they are judged by: every cell of the published table, proved or refuted exactly."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from equilibria import MIC, SCP, UIC, OffChainAgreements, Property, Verdict, check, verify
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
