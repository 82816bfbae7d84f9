"""How long it takes to prove or refute that truth is dominant, or what fee markets are judged by, and to check the proof.

A row is one rule and property. Run it with `python -m benchmarks.incentives`.
"""

from __future__ import annotations

import functools
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from equilibria import MIC, SCP, UIC, CapacityReports, Property, check, verify
from mechanisms import (
    BlockSpace,
    BurningSecondPrice,
    DaraStyle,
    Exchange,
    Market,
    ProoflikeA,
    ProoflikeC,
    SecondPriceFee,
    Uniform,
)

REPEATS = 3


def empty(n: int) -> tuple[list[Any], list[Any]]:
    return [0] * n, [0] * n


def second_price(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    shares, paid = empty(len(bids))
    winner = max(range(len(bids)), key=lambda i: bids[i])
    if bids[winner] >= 0.25:
        shares[winner] = 1
        paid[winner] = max(0.25, max(bids[i] for i in range(len(bids)) if i != winner))
    return shares, paid


def price_of_rank(bids: Sequence[Any], rank: int) -> tuple[list[Any], list[Any]]:
    shares, paid = empty(len(bids))
    order = sorted(range(len(bids)), key=lambda i: -bids[i])
    shares[order[0]], paid[order[0]] = 1, bids[order[rank - 1]]
    return shares, paid


def positions(bids: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    shares, paid = empty(len(bids))
    order = sorted(range(len(bids)), key=lambda i: -bids[i])
    for place, rate in enumerate((1, 0.5)):
        shares[order[place]], paid[order[place]] = rate, rate * bids[order[place + 1]]
    return shares, paid


def exchange(reports: Sequence[Any], users: int, reduces: bool) -> tuple[list[Any], list[Any]]:
    """McAfee's trade reduction, or the half-double auction."""
    shares, paid = empty(len(reports))
    bids = sorted(range(users), key=lambda i: -reports[i])
    asks = sorted(range(users, len(reports)), key=lambda j: reports[j])
    most, k = min(len(bids), len(asks)), 0
    while k < most and reports[bids[k]] >= reports[asks[k]]:
        k += 1
    if k == 0:
        return shares, paid
    bid, ask, q = reports[bids[k - 1]], reports[asks[k - 1]], k
    if not reduces:
        bid = ask = (bid + ask) / 2
    elif k < most and ask <= (middle := (reports[bids[k]] + reports[asks[k]]) / 2) <= bid:
        bid = ask = middle
    else:
        q = k - 1
    for i in bids[:q]:
        shares[i], paid[i] = 1, bid
    for j in asks[:q]:
        shares[j], paid[j] = 1, ask
    return shares, paid


@dataclass(frozen=True)
class Row:
    """A rule, who reports, and the seconds that it should take at most."""

    name: str
    rule: Any
    market: Market | int
    status: str
    within: float
    repeats: int = REPEATS
    property: str | Property = "dsic"


def both(users: int, provers: int) -> Exchange:
    return Exchange({f"u{i}": Uniform(0, 1) for i in range(users)}, {f"p{i}": Uniform(0, 1) for i in range(provers)})


def block(users: int, size: int) -> BlockSpace:
    return BlockSpace({f"u{i}": Uniform(0, 1) for i in range(users)}, size)


def fee_rows() -> list[Row]:
    """Fee markets: users with a fake, the miner, the miner with one user and with exactly two, for 1-strict utility."""
    found = []
    burning, pair = BurningSecondPrice(), BurningSecondPrice(gamma=1, k=2, c=2)
    for name, rule, market in (("burning, 3 of 2", burning, block(3, 2)), ("burning k=2, 4 of 3", pair, block(4, 3))):
        for what, property_ in (
            ("uic", UIC(fakes=1, gamma=1)),
            ("mic", MIC(gamma=1)),
            ("1-scp", SCP(gamma=1)),
            ("2-scp", SCP(users=2, exactly=True, gamma=1)),
        ):
            found.append(Row(f"{name}, {what}", rule, market, "proved", 2.0 if market.size == 2 else 60.0, 1, property_))
    found.append(Row("second price fee, 3 of 2, mic", SecondPriceFee(), block(3, 2), "refuted", 0.5, property=MIC()))
    over = CapacityReports("over", costs="true")
    for mechanism in (ProoflikeA(), ProoflikeC(), DaraStyle()):
        found.append(Row(f"{mechanism.kind}, 3 x 2, capacity", mechanism, both(3, 2), "proved", 5.0, 1, over))
    return found


def rows() -> list[Row]:
    """The rules of the table."""
    halves = functools.partial(exchange, reduces=False)
    mcafee = functools.partial(exchange, reduces=True)
    return [
        Row("first price, 3", functools.partial(price_of_rank, rank=1), 3, "refuted", 0.05),
        Row("third price, 3", functools.partial(price_of_rank, rank=3), 3, "refuted", 0.05),
        Row("GSP, 3", positions, 3, "refuted", 0.05),
        Row("half-double auction, 2 x 2", functools.partial(halves, users=2), both(2, 2), "refuted", 0.05),
        Row("second price with reserve, 3", second_price, 3, "proved", 0.5),
        Row("second price with reserve, 6", second_price, 6, "proved", 0.5),
        Row("second price with reserve, 10", second_price, 10, "proved", 2.0),
        Row("McAfee, 2 x 2", functools.partial(mcafee, users=2), both(2, 2), "proved", 2.0),
        Row("McAfee, 3 x 3", functools.partial(mcafee, users=3), both(3, 3), "proved", 2.0),
        Row("McAfee, 4 x 4", functools.partial(mcafee, users=4), both(4, 4), "proved", 60.0, 1),
        *fee_rows(),
    ]


def measure(row: Row) -> tuple[float, float, int, int]:
    """Medians of the seconds to decide and to check, outcomes of the tree, and cases of the proof."""
    deciding, checking = [], []
    for _ in range(row.repeats):
        start = time.perf_counter()
        verdict = verify(row.rule, row.market, row.property, timeout=600)
        deciding.append(time.perf_counter() - start)
        if verdict.status != row.status:
            raise SystemExit(f"{row.name!r} is {verdict.status}, and should be {row.status}")
        start = time.perf_counter()
        if verdict.certificate is not None and not check(verdict.certificate.to_json()).valid:
            raise SystemExit(f"the certificate of {row.name!r} is not valid")
        checking.append(time.perf_counter() - start)
    return statistics.median(deciding), statistics.median(checking), verdict.regions, verdict.cases


def main() -> None:
    """Print the table, and a line of JSON for scripts."""
    verify(second_price, 2)  # imports
    print(f"is truth dominant? seconds to decide, and to check the proof, median of {REPEATS} (McAfee 4 x 4 and below once)")
    print(f"{'rule, agents':<32}{'verdict':>9}{'seconds':>9}{'check s':>9}{'regions':>9}{'cases':>9}")
    records = []
    for row in rows():
        seconds, checking, regions, cases = measure(row)
        met = "" if seconds <= row.within else f"  above {row.within:g}"
        print(f"{row.name:<32}{row.status:>9}{seconds:>9.3f}{checking:>9.3f}{regions:>9}{cases:>9}{met}", flush=True)
        records.append({"rule": row.name, "status": row.status, "decide_s": seconds, "check_s": checking, "cases": cases})
    print(json.dumps(records))


if __name__ == "__main__":
    main()
