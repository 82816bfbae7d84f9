"""What is checked of every rule of an exchange: exact against batch, strict scalars, rationality, budget, dominance."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from mechanisms import Exchange, ExchangeMechanism, Uniform
from tests.strict_scalars import columns

F = Fraction
LAW = Uniform(0, 20)
Reports = list[Fraction]


def exchange(users: int, capacities: Iterable[int], demands: Iterable[int] | None = None) -> Exchange:
    """Users u0, u1, ... and provers p0, p1, ... of these capacities."""
    sizes = {f"p{j}": size for j, size in enumerate(capacities)}
    wanted = None if demands is None else {f"u{i}": size for i, size in enumerate(demands)}
    return Exchange({f"u{i}": LAW for i in range(users)}, dict.fromkeys(sizes, LAW), capacities=sizes, demands=wanted)


def traded(rule: ExchangeMechanism, market: Exchange, reports: Iterable[object]) -> tuple[Reports, Reports]:
    """What each agent trades, and what it pays or is paid."""
    outcome = rule.outcome(market, dict(zip(market.labels, reports, strict=True)))
    return list(outcome.allocation.values()), list(outcome.payments.values())


def utilities(rule: ExchangeMechanism, market: Exchange, reports: Reports, types: Reports) -> Reports:
    """What each agent of these types gains at these reports."""
    n = market.buyers
    shares, amounts = traded(rule, market, reports)
    gains = [x * v - t for x, v, t in zip(shares[:n], types[:n], amounts[:n], strict=True)]
    return gains + [t - c * x for x, c, t in zip(shares[n:], types[n:], amounts[n:], strict=True)]


def exact_batch_and_strict_agree(rule: ExchangeMechanism, market: Exchange, profiles: np.ndarray, step: int = 1) -> None:
    """All three evaluations on every profile of integers, those divided by `step`."""
    many = rule.batch(market, profiles / step)
    assert many.trades.shape == many.paid.shape == profiles.shape
    for k, row in enumerate(profiles):
        reports = [F(int(x), step) for x in row]
        shares, amounts = traded(rule, market, reports)
        assert all(type(x) is Fraction for x in (*shares, *amounts))
        assert np.allclose(many.allocation()[k], [float(x) for x in shares], rtol=0, atol=1e-12), reports
        assert np.allclose(many.payments()[k], [float(x) for x in amounts], rtol=0, atol=1e-12), reports
        proofs = [F(0)] * market.buyers + shares[market.buyers :]
        assert np.allclose(many.proofs()[k], [float(x) for x in proofs], rtol=0, atol=1e-12)
        assert many.award[k] == any(x > 0 for x in shares)
        assert abs(many.surplus()[k] - float(surplus(market, amounts))) < 1e-9
        assert columns(rule, market, reports) == [shares, amounts, proofs]


def surplus(market: Exchange, amounts: Reports) -> Fraction:
    return sum(amounts[: market.buyers], F(0)) - sum(amounts[market.buyers :], F(0))


def feasible(rule: ExchangeMechanism, market: Exchange, reports: Reports) -> None:
    """Shares within sizes, as many proofs made as served, nobody who trades nothing pays."""
    n = market.buyers
    shares, amounts = traded(rule, market, reports)
    assert all(0 <= x <= 1 for x in shares[:n])
    assert all(0 <= x <= size for x, size in zip(shares[n:], market.capacities, strict=True))
    assert sum(x * size for x, size in zip(shares[:n], market.demands, strict=True)) == sum(shares[n:])
    assert all(t == 0 for x, t in zip(shares, amounts, strict=True) if x == 0)


def nobody_loses(rule: ExchangeMechanism, market: Exchange, reports: Reports) -> None:
    assert min(utilities(rule, market, reports, reports)) >= 0, reports


def no_deficit(rule: ExchangeMechanism, market: Exchange, reports: Reports) -> None:
    assert surplus(market, traded(rule, market, reports)[1]) >= 0, reports


def best_gains(rule: ExchangeMechanism, market: Exchange, types: Reports) -> list[float]:
    """The most that each agent gains by another report on the grid of halves, on which doubles are exact."""
    truth = np.array([float(x) for x in types])
    grid = np.arange(0.0, 2 * truth.max() + 1.5, 0.5)
    lies = np.tile(truth, (len(types), len(grid), 1))
    for agent in range(len(types)):
        lies[agent, :, agent] = grid
    many = rule.batch(market, lies)
    sign = np.where(np.arange(len(types)) < market.buyers, 1.0, -1.0)
    gains = sign * (many.allocation() * truth - many.payments())
    honest = [float(x) for x in utilities(rule, market, types, types)]
    return [float(gains[agent, :, agent].max()) - honest[agent] for agent in range(len(types))]


def random_markets(seed: int, count: int, users: int = 6, capacity: int = 3) -> Iterable[tuple[Exchange, Reports]]:
    """Small markets with integer types, full of ties."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        m, n = int(rng.integers(1, users + 1)), int(rng.integers(1, 5))
        market = exchange(m, (int(x) for x in rng.integers(1, capacity + 1, n)))
        yield market, [F(int(x)) for x in rng.integers(0, 13, m + n)]
