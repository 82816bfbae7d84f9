"""Evaluates a statement on scalars of any ordered field: `Fraction` in, `Fraction` out.

Winner determination over one unit is solved by inspection: the optimal face is spanned by the provers with
capacity whose score is greatest. This evaluator is the reference for the other two; it takes time linear in
the provers (quadratic with pivots or thresholds of many winners, which only a lottery has).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mechanisms.errors import Refused
from mechanisms.statement import AskingPrice, ClarkePivot, Number, Statement

__all__ = ["evaluate", "no_price"]


def evaluate(statement: Statement, reports: Sequence[Any], number: Number) -> tuple[list[Any], list[Any]]:
    """Shares and expected payments by prover.

    Arguments:
        statement: over the same number type.
        reports: one cost per prover, in market order.
        number: what makes a zero and a one of the field.

    Raises:
        Refused: a pivot payment is unbounded.
    """
    provers = range(len(reports))
    limit = statement.capacity
    capacity = [number(1) if limit is None else limit[i](reports[i]) for i in provers]
    able = [i for i in provers if capacity[i] > 0]
    scores = {i: statement.score[i](reports[i]) for i in able}
    first = _first_best(statement, scores)
    shares, payments = [number(0)] * len(reports), [number(0)] * len(reports)
    if first is None:
        return shares, payments
    if statement.ties == "even_lottery":
        face = [i for i, score in scores.items() if score == scores[first]]
        for i in face:
            shares[i] = number(1) / len(face)
    else:
        face = [first]
        shares[first] = number(1) * capacity[first]
    for i in face:
        if shares[i] > 0:
            payments[i] = _price(statement, i, reports[i], scores) * shares[i]
    return shares, payments


def _first_best(statement: Statement, scores: dict[int, Any]) -> int | None:
    """The first prover in market order with the greatest score; None if the outside option beats it.

    It is found by one `max`, so that a scalar that stands for many numbers need not be told which scores are equal.
    """
    lost = float("-inf")
    alive = [i for i, score in scores.items() if score != lost]
    if not alive:
        return None
    best = max(alive, key=lambda i: scores[i])
    return None if statement.outside is not None and scores[best] < statement.outside else best


def _price(statement: Statement, winner: int, report: Any, scores: dict[int, Any]) -> Any:
    payment = statement.payment
    if isinstance(payment, AskingPrice):
        return payment.ask[winner](report)
    rivals = {i: score for i, score in scores.items() if i != winner}
    first = _first_best(statement, rivals)
    to_beat = statement.outside if first is None else rivals[first]
    if isinstance(payment, ClarkePivot):
        if to_beat is None:
            raise no_price()
        return -to_beat
    return payment.threshold[winner](to_beat, first is None or winner < first)


def no_price() -> Refused:
    """The refusal of a second price without a second bid."""
    return Refused(
        "the second price needs a second bid or a reserve: with one prover and reserve=None the price is "
        "unbounded. Pass reserve=."
    )
