"""How verdicts are computed: each function returns one that takes no arguments, so that a table of them costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import inf, log
from typing import TYPE_CHECKING, Any

from mechanisms import Refused

if TYPE_CHECKING:
    from mechanisms import Market, Mechanism

__all__ = [
    "audited",
    "contested",
    "curved_gain",
    "curved_payment",
    "curved_truth",
    "dissipated",
    "lottery",
    "lottery_liveness",
    "mean_share",
    "noted",
    "overspending",
    "proof",
    "racing",
    "runner_up",
    "smallest_share",
    "splitting",
]

Verdict = Callable[[], str]


def proof(mechanism: Mechanism, market: Market, property: Any) -> Verdict:  # as verify calls it
    """What `verify` says: proved for all reports of the market, refuted by an instance, or undecided."""

    def ask() -> str:
        from equilibria import verify

        try:
            found = verify(mechanism, market, property)
        except Refused as reason:
            return f"refused: {str(reason).partition('.')[0]}"
        if found.counterexample is not None:
            return "refuted"  # which instance is found may differ from run to run
        return "proved" if found.status == "proved" else f"undecided: {found.reason}"

    return ask


def audited(mechanism: Mechanism, market: Market, kind: str, **terms: Any) -> Verdict:
    """What `audit` says of one kind of deviation."""

    def ask() -> str:
        from equilibria import audit

        finding = audit(mechanism, market, kinds=kind, **terms).finding(kind)
        if finding.instance is not None:
            return f"found: {finding.instance.story}"
        return "certified absent" if finding.status == "absent" else f"not found: {finding.message}"

    return ask


def noted(verdict: Verdict, words: str) -> Verdict:
    """A verdict, and in brackets what it is about."""

    def ask() -> str:
        return f"{verdict()} ({words})"

    return ask


def splitting(exponents: tuple[Fraction, ...]) -> Verdict:
    """What a contestant of effort 1 against 1 has after it splits in two, for exponents of a contest."""

    def ask() -> str:
        from mechanisms import Contest, Tullock

        parts = []
        for alpha in exponents:
            market = Contest(prize=3, costs=dict.fromkeys("abc", 1))
            whole = Tullock(float(alpha)).outcome(market, {"a": 1.0, "b": 0.0, "c": 1.0}).allocation["a"]
            split = Tullock(float(alpha)).outcome(market, {"a": 0.5, "b": 0.5, "c": 1.0}).allocation
            parts.append(f"{whole:.4g} becomes {split['a'] + split['b']:.4g} at α = {alpha}")
        return "computed: splitting an effort of 1 against 1 in two, a share of " + ", ".join(parts)

    return ask


def racing(provers: int) -> Verdict:
    """What a race of uniform costs burns beside an auction, certified."""

    def ask() -> str:
        from equilibria import solve
        from mechanisms import Procurement, Race, Uniform, Vickrey

        market = Procurement({f"p{k}": Uniform(0, 1) for k in range(provers)})
        race, auction = (solve(rule, market).resource_cost.midpoint for rule in (Race(), Vickrey()))
        return f"certified: with {provers} provers of uniform costs it burns {race:.4g}, an auction {auction:.4g}"

    return ask


def overspending(provers: int) -> Verdict:
    """What curved shares cost at α = 2, at the costs that are worst for them."""

    def ask() -> str:
        from equilibria.curved_share_cost import overspend, worst_overspend

        bound, others = worst_overspend(provers)
        exact = overspend([1, *[Fraction(others)] * (provers - 1)])
        return f"computed: {float(exact):.6g} at its worst costs for {provers} provers; the formula gives {bound:.6g}"

    return ask


def smallest_share(sizes: tuple[int, ...], draws: int = 200) -> Verdict:
    """The mean share of the first best of the bare exchange, for so many users and provers, of seeded uniform draws."""

    def ask() -> str:
        means = ", ".join(f"{mean_share(size, draws):.4f}" for size in sizes)
        return (
            "proved by hand: at least 1 - 1/k of the first best if k trades are efficient (one proof each); measured: "
            f"on average {means} with {', '.join(map(str, sizes))} on each side"
        )

    return ask


def mean_share(size: int, draws: int, seed: int = 1) -> float:
    """The mean, over seeded uniform draws, of the welfare of variant A over that of the first best."""
    import numpy as np

    from mechanisms import Exchange, ProoflikeA, Uniform

    law = Uniform(0, 1)
    market = Exchange({f"u{k}": law for k in range(size)}, {f"p{k}": law for k in range(size)})
    reports = np.random.default_rng(seed).uniform(size=(draws, 2 * size))
    shares = ProoflikeA().batch(market, reports).allocation()
    welfare = (shares * reports * np.repeat([1.0, -1.0], size)).sum(axis=1)
    margins = np.sort(reports[:, :size], axis=1)[:, ::-1] - np.sort(reports[:, size:], axis=1)
    best = np.maximum(margins, 0.0).sum(axis=1)
    return float(np.mean(np.where(best > 0.0, welfare / np.where(best > 0.0, best, 1.0), 1.0)))


def lottery(value: int) -> Verdict:
    """What the requester keeps under the best lottery with many provers of cost 1, certified."""

    def ask() -> str:
        from equilibria import best_lottery

        design = best_lottery(value)
        low, high = design.utility.lower, design.utility.upper
        formula = value - 1 - log(value)
        return f"certified: at V = {value} the best lottery leaves {low:.6f} to {high:.6f}; the formula gives {formula:.6f}"

    return ask


def lottery_liveness(value: int) -> Verdict:
    """How probably somebody submits under the best lottery, certified."""

    def ask() -> str:
        from equilibria import best_lottery

        fault = best_lottery(value).fault
        return f"certified: at V = {value} nobody submits with probability {fault.lower:.6f} to {fault.upper:.6f}"

    return ask


def curved_truth(alpha: Fraction) -> Verdict:
    """The best gain of a false report under curved shares with Myerson's payment, over a grid of costs and reports."""

    def ask() -> str:
        worst = curved_gain(float(alpha))
        if worst > 1e-9:
            return f"found: a false report gains {worst:.6g}"
        return "not found: none of 900 false reports gains, in doubles"

    return ask


def curved_gain(alpha: float) -> float:
    """The greatest gain, in doubles, of a cost in (0, 3] that is reported as another, against costs of 1 and 2."""
    from mechanisms import Contest, CurvedShare

    rule, best = CurvedShare(alpha), -inf
    grid = [k / 10 for k in range(1, 31)]
    for cost in grid:
        market = Contest(prize=1, costs={"a": cost, "b": 1, "c": 2})
        utilities = []
        for report in (cost, *grid):
            found = rule.outcome(market, {"a": report, "b": 1.0, "c": 2.0})
            utilities.append(found.payments["a"] - cost * found.proofs["a"])
        best = max(best, *(utility - utilities[0] for utility in utilities[1:]))
    return float(best)


def curved_payment(provers: int) -> Verdict:
    """What equal provers of cost 1 are paid in all at α = 2, certified."""

    def ask() -> str:
        from equilibria import solve
        from mechanisms import Contest, CurvedShare

        markets = (Contest(prize=1, costs={f"p{k}": 1 for k in range(count)}) for count in (2, provers))
        two, many = (solve(CurvedShare(2), market).expected_payment.midpoint for market in markets)
        return f"certified: {two:.4f} for two provers of cost 1 and {many:.4f} for {provers}, so more than 2 for finitely many"

    return ask


def runner_up() -> str:
    """What two provers of the worked example of the exchange gain, if the one that sells nothing asks for more."""
    from mechanisms import Exchange, ProoflikeA, Uniform

    law = Uniform(0, 16)
    market = Exchange(dict.fromkeys("tuvwxyz", law), dict.fromkeys("abcd", law), capacities={"a": 2, "b": 2, "c": 2, "d": 3})
    asks, gains = {"a": 1, "b": 3, "c": 5, "d": 7}, []
    for asked in (5, 7):
        bids = dict(zip("tuvwxyz", (10, 9, 8, 7, 6, 5, 4), strict=True)) | asks | {"c": asked}
        outcome = ProoflikeA().outcome(market, bids)
        gains.append(sum(outcome.payments[label] - cost * outcome.proofs[label] for label, cost in asks.items() if label in "ac"))
    return f"found: c, which sells nothing, asks 7 instead of 5, and a and c together have {gains[1]} instead of {gains[0]}"


def contested(costs: tuple[int, ...]) -> Verdict:
    """How often the cheapest prover wins a Tullock contest of known costs, exactly."""

    def ask() -> str:
        from equilibria import solve
        from mechanisms import Contest, Tullock

        market = Contest(prize=4, costs={f"p{cost}": cost for cost in costs})
        shares = solve(Tullock(), market).shares
        assert shares is not None
        share = shares[f"p{min(costs)}"]
        number = float(share) if isinstance(share, Fraction) else share.midpoint
        listed = " and ".join(map(str, costs))
        return f"certified: at the prize 4 and the costs {listed} the cheapest proves {number:.4g} of the time"

    return ask


def dissipated(prize: int, entrants: int) -> Verdict:
    """What is left of an equal-share pot when provers of cost 1 enter until nobody gains by it."""

    def ask() -> str:
        from equilibria import solve
        from mechanisms import Contest, EqualShare

        market = Contest(prize=prize, costs={f"p{k}": 1 for k in range(entrants)})
        found = solve(EqualShare(), market)
        return f"certified: {entrants} provers of cost 1 spend {found.resource_cost.midpoint:.4g} on a pot of {prize}"

    return ask
