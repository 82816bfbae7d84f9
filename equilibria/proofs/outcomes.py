"""Reads what a rule returned: shares and payments, or a lottery over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from equilibria.proofs.affine import ONE, exact
from equilibria.proofs.symbols import Symbol
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput

__all__ = ["read_outcome"]


def read_outcome(result: object, agents: int, rule: str) -> tuple[list[Any], list[Any]]:
    """Shares and payments by agent, expected ones of a lottery.

    Arguments:
        result: `(allocation, payments)`, two sequences of numbers in the order of the reports, or a list of
            `(probability, (allocation, payments))`.
        agents: how many reports there were.
        rule: its name, for errors.

    Raises:
        InvalidInput: it is something else.
    """
    if _is_lottery(result):
        return _expected(result, agents, rule)  # type: ignore[arg-type]
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise InvalidInput(
            f"rule {rule!r} must return (allocation, payments), one number for each report in both; got {shown(result)}."
        )
    return _numbers(result[0], agents, rule, "allocation"), _numbers(result[1], agents, rule, "payments")


def _is_lottery(result: object) -> bool:
    if not isinstance(result, list | tuple) or not result:
        return False
    return all(
        isinstance(entry, tuple | list) and len(entry) == 2 and _is_number(entry[0]) and isinstance(entry[1], tuple | list)
        for entry in result
    )


def _is_number(value: object) -> bool:
    return isinstance(value, Symbol) or exact(value) is not None


def _expected(lottery: Sequence[Any], agents: int, rule: str) -> tuple[list[Any], list[Any]]:
    shares: list[Any] = [0] * agents
    payments: list[Any] = [0] * agents
    total: Any = 0
    for probability, outcome in lottery:
        if isinstance(probability, Symbol):
            if probability < 0:
                raise ValueError("a probability is negative")  # like any other exception of the rule, where that is so
        elif (exact(probability) or 0) < 0:
            raise InvalidInput(f"rule {rule!r} must return probabilities of at least 0; got {probability}.")
        allocation, paid = read_outcome(outcome, agents, rule)
        total = total + probability
        for place in range(agents):
            shares[place] = shares[place] + probability * allocation[place]
            payments[place] = payments[place] + probability * paid[place]
    if isinstance(total, Symbol) and total.form.keys() - {ONE}:
        if total != 1:
            raise ValueError("the probabilities do not sum to 1")
        return shares, payments
    number = total.form.get(ONE, 0) if isinstance(total, Symbol) else exact(total)
    if number is not None and abs(float(number) - 1.0) > 1e-9:
        raise InvalidInput(f"rule {rule!r} must return probabilities that sum to 1; got {number}.")
    return shares, payments


def _numbers(given: object, agents: int, rule: str, what: str) -> list[Any]:
    if isinstance(given, Mapping | Set | str | bytes) or not hasattr(given, "__iter__"):
        raise InvalidInput(f"rule {rule!r} must return its {what} as a list of {agents} numbers; got {shown(given)}.")
    numbers = list(given)
    if len(numbers) != agents:
        raise InvalidInput(
            f"rule {rule!r} must return its {what} as a list of {agents} numbers, one for each report; got {len(numbers)}."
        )
    for place, number in enumerate(numbers):
        if not _is_number(number):
            raise InvalidInput(f"rule {rule!r} must return finite numbers; got {shown(number)} as {what}[{place}].")
    return numbers
