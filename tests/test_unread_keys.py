"""A key that the checker does not read might mean something that it does not confirm: every object of every file refuses one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from equilibria import (
    AttritionPair,
    CapacityReports,
    CoreShading,
    DualAveraging,
    audit,
    check,
    implementable,
    network_security,
    optimal,
    smallest_bond,
    solve,
    verify,
)
from equilibria.checking import sealed, state
from equilibria.checking.games import GAMES, MARKETS
from equilibria.checking.subjects import SUBJECTS
from mechanisms import (
    CRRA,
    AffiliatedValues,
    AllPay,
    BlockSpace,
    Bond,
    BondAtStake,
    Budgeted,
    CentralProver,
    CommitReveal,
    CommonDifficulty,
    Contest,
    CoreSelecting,
    CostlyEntry,
    Discriminatory,
    Exchange,
    FirstPrice,
    FirstPriceFee,
    KDoubleAuction,
    KthPrice,
    Market,
    Mechanism,
    Optimal,
    PackageFirstPrice,
    PackageSale,
    PostedPrice,
    PrizeContest,
    Procurement,
    ProoflikeA,
    Race,
    Restaking,
    RiskAverse,
    Sale,
    SecretReserve,
    SequentialEntry,
    Service,
    SplitAward,
    Tullock,
    UncertainPresence,
    Uniform,
    UniformPrice,
    Vickrey,
    WarOfAttrition,
    WeibullRace,
)
from tests.program_cases import CASES, solved

UNIT, WIDE, FAR = Uniform(0, 1), Uniform(0.1, 1.3), Uniform(2, 3)
PAIR = {"a": UNIT, "b": UNIT}
DIFFERENT = {"a": UNIT, "b": WIDE}
EFFORTS = Contest(1, {"a": Uniform(1, 2), "b": Uniform(1, 2)})

GAMES_SOLVED: dict[str, tuple[Mechanism, Market]] = {
    "one law": (FirstPrice(), Procurement(PAIR, value=Uniform(1, 2))),
    "nobody else": (FirstPrice(), Procurement({"a": UNIT, "b": FAR})),
    "truth": (Vickrey(0.5), Procurement(PAIR, value=Uniform(1, 2))),
    "posted price": (PostedPrice(0.5), Procurement(PAIR, value=2)),
    "race": (Race(2), Procurement(PAIR)),
    "optimal": (Optimal(), Procurement(PAIR, value=2)),
    "central prover": (CentralProver("a"), Procurement(PAIR, value=Uniform(1, 2))),
    "several tasks": (Discriminatory(), Procurement({**PAIR, "c": UNIT}, tasks=2, value=Uniform(1, 2))),
    "shares": (SplitAward(1.5, shares=(0.7, 0.3)), Procurement({**PAIR, "c": UNIT})),
    "secret reserve": (SecretReserve(), Procurement(PAIR, value=UNIT)),
    "all pay": (AllPay(), Sale(PAIR, value=Uniform(1, 2))),
    "all pay, two laws": (AllPay(), Sale(DIFFERENT)),
    "all pay, a reserve": (AllPay(0.2), Sale(DIFFERENT)),
    "all pay, three laws": (AllPay(0.2), Sale({**DIFFERENT, "c": Uniform(0, 1.5)})),
    "own bid if alone": (CommitReveal(0.8), UncertainPresence(Procurement(PAIR, value=2), 0.7)),
    "reserve if alone": (CommitReveal(0.8, "reserve"), Procurement(DIFFERENT, value=2)),
    "second price, who is there": (Vickrey(0.8), UncertainPresence(Procurement(DIFFERENT), 0.5)),
    "third price": (KthPrice(3), Procurement({**PAIR, "c": UNIT}, value=Uniform(1, 2))),
    "attrition": (WarOfAttrition(), Sale(PAIR)),
    "uniform price": (UniformPrice(0.8), Procurement({**PAIR, "c": UNIT}, tasks=2, value=Uniform(1, 2))),
    "uniform price, one large": (UniformPrice(0.8), Procurement({**PAIR, "c": UNIT}, tasks=2, capacities={"a": 2}, value=2)),
    "uniform price, parts": (UniformPrice(0.8), Procurement(PAIR, tasks=3, capacities=dict.fromkeys(PAIR, 2), value=2)),
    "trade": (KDoubleAuction(0.5), Exchange({"u": UNIT}, {"p": UNIT})),
    "raffle": (Tullock(), EFFORTS),
    "race of efforts": (WeibullRace(0.8), EFFORTS),
    "prizes": (PrizeContest((0.7, 0.3)), EFFORTS),
    "averse, truth": (Vickrey(), RiskAverse(Procurement(PAIR), {"a": CRRA(0.5)})),
    "bond": (FirstPrice(0.8), BondAtStake(Procurement(PAIR), 0.1, 0.5)),
    "budgets": (AllPay(), Budgeted(Sale(PAIR), 0.2)),
    "budgets of provers": (FirstPrice(0.9), Budgeted(Procurement(PAIR), 0.7)),
    "entry": (Vickrey(0.8), CostlyEntry(Procurement(PAIR), 0.1, informed=True)),
    "blind entry": (FirstPrice(0.8), CostlyEntry(Procurement(PAIR), 0.1, informed=False)),
    "entry in turn": (FirstPrice(1.2), SequentialEntry(Procurement(DIFFERENT), 0.02)),
    "who is there": (FirstPrice(0.8), UncertainPresence(Procurement(PAIR), 0.5)),
    "affiliated": (Vickrey(), AffiliatedValues(("a", "b"), common=UNIT, own=UNIT, form="additive")),
}


def _audited(rule: Mechanism, market: Market, kind: str) -> str:
    certificate = audit(rule, market, kinds=kind).finding(kind).certificate
    assert certificate is not None
    return certificate.to_json()


def _verified(*question: Any) -> str:
    certificate = verify(*question).certificate
    assert certificate is not None
    return certificate.to_json()


def _stated(mechanism: Mechanism, market: Market, equilibrium: dict[str, object]) -> str:
    """A file with strategies of few numbers and the bounds that the checker derives for them."""
    document: dict[str, object] = {
        "format": "prover-markets/certificate", "version": 1, "market": market.spec(), "mechanism": mechanism.spec(),
        "equilibrium": equilibrium,
    }  # fmt: skip
    return sealed(document | {"states": state(document)})


def _line() -> dict[str, object]:
    return {"entry": 0, "levels": [0.0, 1.0], "density": [2.0, 2.0]}


def _halfway() -> dict[str, object]:
    """Costs of the unit interval bid halfway to 1."""
    return {"bids": [0.5, 1.0], "strategies": {"a": _line(), "b": _line()}}


def _straight() -> dict[str, object]:
    return {"entry": 0, "ends": [0.0, 1.0], "bends": [[]]}


def _half(steps: int) -> dict[str, object]:
    return {"ends": [0, steps], "weights": [1]}


LLG = PackageSale(singles=PAIR, package={"both": Uniform(0, 2)})


MADE: dict[str, Callable[[], str]] = {
    **{name: lambda game=game: solve(*game).certificate.to_json() for name, game in GAMES_SOLVED.items()},
    "steps": lambda: solve(
        FirstPrice(), Procurement(PAIR), DualAveraging(points=8, iterations=50), throw=False
    ).certificate.to_json(),
    "two buyers": lambda: solve(WarOfAttrition(), Sale(DIFFERENT), AttritionPair()).certificate.to_json(),
    "core": lambda: solve(CoreSelecting(), LLG, CoreShading()).certificate.to_json(),
    "package": lambda: _stated(
        PackageFirstPrice(), LLG, {"step": 2.0**-5, "bids": {"a": _half(16), "b": _half(16), "both": _half(32)}}
    ),
    "inverse bids": lambda: _stated(
        FirstPrice(), Procurement(PAIR),
        {"inverse_bids": {"ends": [0.5, 1.0], "maps": [[0.0, 1]], "costs": {"a": _straight(), "b": _straight()}}},
    ),
    "bid cdfs": lambda: _stated(FirstPrice(), Procurement(PAIR), _halfway()),
    "averse": lambda: _stated(FirstPrice(), RiskAverse(Procurement(PAIR), {"a": CRRA(0.5)}), _halfway()),
    "averse, alone": lambda: _stated(
        FirstPrice(), RiskAverse(Procurement({"a": UNIT, "b": FAR}), {"a": CRRA(0.5)}), {"constant": {"label": "a", "bid": 2.0}}
    ),
    "difficulty": lambda: _stated(
        FirstPrice(), CommonDifficulty(("a", "b"), common=Uniform(1, 2), own=Uniform(1, 2)),
        {"knots": [1.0, 2.0, 4.0], "bids": [2.0, 3.0, 4.0], "bubbles": [[], []]},
    ),
    "known efforts": lambda: solve(Tullock(), Contest(10, {"a": 1, "b": 2})).certificate.to_json(),
    "names": lambda: _audited(Tullock(1), Contest(10, {"a": 1, "b": 2}), "identities"),
    "least bond": lambda: smallest_bond(Bond(slash=0), cost=10, price=12).certificate or "",
    "network": lambda: network_security(Restaking({"a": 9, "b": 9}, {"s": Service(1, 1, ["a", "b"])})).certificate or "",
    "payments": lambda: implementable([[0, 1], [1, 0]], [1, 0]).certificate.to_json(),
    "programs": lambda: solved(next(iter(CASES))).certificate.text,
    "optimum": lambda: optimal(Procurement(DIFFERENT), "payment").certificate.to_json(),
    "truthful": lambda: _verified(Vickrey(0.5), Procurement(PAIR)),
    "truthful in expectation": lambda: _verified(Vickrey(0.5), Procurement(PAIR), "bic"),
    "fees": lambda: _verified(FirstPriceFee(), BlockSpace(PAIR, size=2), "mic"),
    "capacities": lambda: _verified(
        ProoflikeA(), Exchange({"u": Uniform(0, 16), "w": Uniform(0, 16)}, {"p": Uniform(0, 16)}, capacities={"p": 1}),
        CapacityReports("over"),
    ),
}


@cache
def made(name: str) -> str:
    return MADE[name]()


def objects(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all objects; of a list those in its first and last entry."""
    if isinstance(node, dict):
        yield path
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    last = len(node) - 1 if isinstance(node, list) else 0
    for key, entry in inside:
        if not isinstance(node, list) or key in (0, last):
            yield from objects(entry, (*path, key))


NAMED_ONLY = ("rule",)
"""What the sentence of the check says was not compared: `check` with the rule reads it."""


@pytest.mark.parametrize("name", MADE)
def test_an_unknown_key_is_refused_in_every_object(name: str) -> None:
    text = made(name)
    assert check(text).valid, check(text).message
    tree = json.loads(text)
    for path in objects(tree):
        if path[:1] == NAMED_ONLY and len(path) > 1:
            continue
        altered = copy.deepcopy(tree)
        node = altered
        for key in path:
            node = node[key]
        node["nobody reads this"] = {}
        assert not check(sealed(altered)).valid, path


def test_there_is_a_file_of_every_kind() -> None:
    trees = [json.loads(made(name)) for name in MADE]
    assert {tree["subject"] for tree in trees if "subject" in tree} == set(SUBJECTS)
    games = [tree for tree in trees if "subject" not in tree]
    assert {MARKETS.get(tree["market"]["kind"]) for tree in games} >= set(MARKETS.values())
    assert {tree["mechanism"]["kind"] for tree in games} == set(GAMES)
