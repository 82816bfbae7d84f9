"""Evaluates a statement over many profiles at once with numpy.

The batch is cut into chunks that stay in the cache. A chunk is transposed once and then swept prover by
prover, keeping the best score, its holder and the second best, so that no row is ever sorted. Comparisons are
strict: an earlier prover in market order wins a tie, and nobody, who comes last, wins none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechanisms._types import FloatArray, Profiles
from mechanisms.exact import no_price
from mechanisms.outcome import BatchOutcome
from mechanisms.statement import AskingPrice, ClarkePivot, CriticalValue, Statement

__all__ = ["evaluate"]

# Profiles in a chunk: ten columns of it and the running arrays fit in 1 MiB of second-level cache, and
# numpy's cost of a call is small beside 8192 entries.
CHUNK = 8192
# Places of provers are kept in bytes while they fit: sixteen or more compare at once.
BYTE_PLACES = 127


def evaluate(statement: Statement, bids: Profiles, sign: int) -> BatchOutcome:
    """Outcomes of all profiles.

    Arguments:
        statement: over `float`.
        bids: finite reports, shape `(*batch, provers)`; values in a sale.
        sign: +1 where reports are costs, -1 where they are values.

    Raises:
        Refused: a pivot payment is unbounded.
    """
    provers = bids.shape[-1]
    rows = bids.reshape(-1, provers)
    winner = np.empty(len(rows), dtype=np.intp)
    price = np.empty(len(rows))
    dense = _is_dense(statement)
    share = np.zeros((len(rows), provers)) if dense else None
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        costs = np.ascontiguousarray(rows[part].T)
        if sign < 0:
            np.negative(costs, out=costs)
        ranking = _rank(statement, costs)
        winner[part] = ranking.winner
        price[part] = _prices(statement, costs, ranking)
        if share is not None:
            share[part] = _shares(statement, ranking)
    if sign < 0:
        np.subtract(0.0, price, out=price)
    shape = bids.shape[:-1]
    return BatchOutcome(
        winner=winner.reshape(shape),
        price=price.reshape(shape),
        provers=provers,
        share=None if share is None else share.reshape(bids.shape),
        everyone_proves=statement.everyone_proves,
    )


def _is_dense(statement: Statement) -> bool:
    """Whether shares are not simply 1 for the winner."""
    return statement.ties == "even_lottery" or statement.capacity is not None


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """The best two of each profile; the runner-up is a rival's score or the outside option's."""

    winner: NDArray[np.intp]
    best: FloatArray
    to_beat: FloatArray | None
    runner_up: NDArray[np.intp] | None
    scores: list[FloatArray]
    capacities: list[Any]


def _columns(statement: Statement, costs: FloatArray) -> Iterator[tuple[FloatArray, Any]]:
    """Score and capacity of each prover over the chunk; the score is -inf where there is no capacity."""
    for i, cost in enumerate(costs):
        score = np.broadcast_to(np.asarray(statement.score[i](cost), dtype=np.float64), cost.shape)
        if statement.capacity is None:
            yield score, None
        else:
            capacity = np.broadcast_to(np.asarray(statement.capacity[i](cost)), cost.shape)
            yield np.where(capacity > 0, score, -np.inf), capacity


def _rank(statement: Statement, costs: FloatArray) -> _Ranking:
    size = costs.shape[1]
    two, order = not isinstance(statement.payment, AskingPrice), isinstance(statement.payment, CriticalValue)
    keep = _is_dense(statement)
    place = np.int8 if len(costs) <= BYTE_PLACES else np.int32
    best = np.full(size, -np.inf)
    second = np.full(size, -np.inf) if two else None
    first = np.zeros(size, dtype=place)  # 1 + place of the best so far, 0 for nobody
    runner_up = np.full(size, len(costs), dtype=np.intp) if order else None
    lower, ahead, step = np.empty(size), np.empty(size, dtype=np.bool_), np.empty(size, dtype=place)
    scores: list[FloatArray] = []
    capacities: list[Any] = []
    for i, (score, capacity) in enumerate(_columns(statement, costs)):
        np.greater(score, best, out=ahead)
        if second is not None:
            if runner_up is not None:
                np.putmask(runner_up, score > second, i)
                runner_up[ahead] = first[ahead] - 1
            np.minimum(best, score, out=lower)
            np.maximum(second, lower, out=second)
        np.maximum(best, score, out=best)
        # Later provers have greater places, so "take place i where ahead" is a maximum.
        np.multiply(ahead.view(np.int8), place(i + 1), out=step)
        np.maximum(first, step, out=first)
        if keep:
            scores.append(score)
            capacities.append(capacity)
    if statement.outside is not None:
        np.putmask(first, best < statement.outside, 0)
        if second is not None:
            if runner_up is not None:
                np.putmask(runner_up, second < statement.outside, len(costs))
            np.maximum(second, statement.outside, out=second)
    if runner_up is not None:
        np.putmask(runner_up, runner_up < 0, len(costs))
    winner = np.subtract(first, 1, dtype=np.intp)
    return _Ranking(winner, best, second, runner_up, scores, capacities)


def _prices(statement: Statement, costs: FloatArray, ranking: _Ranking) -> FloatArray:
    payment, awarded = statement.payment, ranking.winner >= 0
    if isinstance(payment, ClarkePivot):
        assert ranking.to_beat is not None
        if statement.outside is None and np.any(np.isneginf(ranking.to_beat) & awarded):
            raise no_price()
        return np.where(awarded, 0.0 - ranking.to_beat, 0.0)
    prices = np.zeros(costs.shape[1])
    for i, cost in enumerate(costs):
        rows = np.flatnonzero(ranking.winner == i)
        if not len(rows):
            continue
        if isinstance(payment, AskingPrice):
            prices[rows] = payment.ask[i](cost[rows])
        else:
            assert ranking.to_beat is not None and ranking.runner_up is not None
            prices[rows] = payment.threshold[i](ranking.to_beat[rows], i < ranking.runner_up[rows])
    return prices


def _shares(statement: Statement, ranking: _Ranking) -> FloatArray:
    awarded = ranking.winner >= 0
    if statement.ties == "even_lottery":
        tickets = np.stack([(score == ranking.best) & awarded for score in ranking.scores], axis=-1)
        return np.asarray(tickets / np.maximum(tickets.sum(axis=-1, keepdims=True), 1))
    columns = [
        np.where(ranking.winner == i, 1.0 if capacity is None else capacity, 0.0)
        for i, capacity in enumerate(ranking.capacities)
    ]
    return np.stack(columns, axis=-1)
