"""What a certificate states, and whether it holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flint import arb

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import (
    FORMAT,
    VERSION,
    Rejected,
    digest,
    field,
    integer,
    mapping,
    number,
    numbers,
    only,
    parse,
    string,
)
from equilibria.checking.games import GAMES, MARKETS
from equilibria.checking.subjects import SUBJECTS, Subject
from equilibria.checking.taylor import ball_arithmetic

INTERVALS = ("expected_payment", "resource_cost", "redundant_cost", "prover_surplus", "no_award")


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: `valid`, the sentence to show, and what the file states."""

    valid: bool
    message: str
    stated: Mapping[str, object]

    def __str__(self) -> str:
        return self.message


def derive(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> dict[str, object]:
    """Derive, from the market, the mechanism and the strategies in `tree`, everything that a certificate may state.

    Args:
        tree: a parsed certificate or a document of plain values; `states` and `sha256` are not read.
        progress: called with the share of the work done.

    Returns:
        `epsilon` and `relative_epsilon` as upper bounds, and each of the intervals as `[lower, upper]`, rounded outward.

    Raises:
        Rejected: malformed, or a hypothesis of a bound fails.
    """
    with ball_arithmetic():
        only(tree, ("format", "version", "market", "mechanism", "equilibrium", "states", "sha256"), "certificate")
        mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
        kind = string(field(mechanism, "kind", "mechanism"), "mechanism.kind")
        if kind not in GAMES:
            raise Rejected(f"mechanism.kind {kind!r} is not a rule that the checker knows")
        market = mapping(field(tree, "market", "certificate"), "market")
        game = MARKETS.get(string(field(market, "kind", "market"), "market.kind"), GAMES[kind])
        bounds, sign = game(tree, progress)
        return _statements(bounds, sign)


def _statements(bounds: Bounds, sign: int) -> dict[str, object]:
    surplus = bounds.payment - bounds.resource_cost
    if not all(ball.is_finite() for ball in (bounds.gain, surplus, bounds.redundant, bounds.no_award)):
        raise Rejected("a bound is not finite")
    gain = 0.0 if bounds.gain.is_zero() else _up(bounds.gain)
    least = math.nextafter(float(surplus.lower()), -math.inf)
    relative = 0.0 if gain == 0.0 else math.nextafter(gain / least, math.inf) if least > 0.0 else None
    values = (sign * bounds.payment, bounds.resource_cost, bounds.redundant, surplus, bounds.no_award)
    return {"epsilon": gain, "relative_epsilon": relative} | {
        name: _outward(value) for name, value in zip(INTERVALS, values, strict=True)
    }


def _up(value: arb) -> float:
    return math.nextafter(float(value.upper()), math.inf)


def _outward(value: arb) -> list[float]:
    """Doubles around a ball; an exact double stays itself."""
    if value.is_exact() and arb(float(value.mid())) == value:
        return [float(value.mid())] * 2
    return [-_up(-value), _up(value)]


def state(document: Mapping[str, object], progress: Callable[[float], None] | None = None) -> dict[str, object]:
    """The statements to write into a certificate: what `derive` gives, widened by a few parts in 10^15.

    The widening lets a checker on another machine, whose balls may differ in their last bits, still confirm them.
    """
    statements = derive(document, progress)
    for name in ("epsilon", "relative_epsilon"):
        value = statements[name]
        statements[name] = value * (1.0 + 1e-9) if isinstance(value, float) else None
    for name in INTERVALS:
        lower, upper = numbers(statements[name], name, 2)
        slack = 0.0 if lower == upper else 1e-6 * (upper - lower) + 4e-16 * max(abs(lower), abs(upper))
        statements[name] = [lower - slack, upper + slack]
    return statements


def check(text: str, progress: Callable[[float], None] | None = None) -> Checked:
    """Check a certificate from its text alone.

    Args:
        text: the certificate, JSON.
        progress: called with the share of the work done.
    """
    stated: Mapping[str, object] = {}
    try:
        tree = parse(text)
        if string(field(tree, "format", "certificate"), "format") != FORMAT:
            raise Rejected(f"format must be {FORMAT!r}")
        if integer(field(tree, "version", "certificate"), "version") != VERSION:
            raise Rejected(f"version must be {VERSION}")
        if string(field(tree, "sha256", "certificate"), "sha256") != digest(tree):
            raise Rejected("the digest does not fit: the file was altered after it was written")
        stated = mapping(field(tree, "states", "certificate"), "states")
        if "subject" in tree:
            return Checked(True, f"valid: {_subject(tree)(tree, progress)}", stated)
        for name in stated:
            if name not in ("epsilon", "relative_epsilon", *INTERVALS):
                raise Rejected(f"states.{name} is nothing that a certificate states")
        _compare(stated, derive(tree, progress))
    except Rejected as reason:
        return Checked(False, f"rejected: {reason}", stated)
    except (ValueError, ZeroDivisionError, OverflowError, RecursionError, MemoryError) as reason:
        return Checked(False, f"rejected: the bounds cannot be derived ({reason})", stated)
    gain = number(stated["epsilon"], "epsilon")
    claim = f"no prover gains more than {gain:.3e} by another bid" if gain else "no prover that takes part has a better bid"
    return Checked(True, f"valid: {claim}; every interval holds", stated)


def _subject(tree: Mapping[str, object]) -> Subject:
    subject = string(tree["subject"], "subject")
    if subject not in SUBJECTS:
        raise Rejected(f"subject {subject!r} is nothing that the checker knows")
    return SUBJECTS[subject]


def _compare(stated: Mapping[str, object], derived: Mapping[str, object]) -> None:
    for name in ("epsilon", "relative_epsilon"):
        claim, bound = field(stated, name, "states"), derived[name]
        if claim is None:
            if name == "epsilon" or bound is not None:
                raise Rejected(f"states.{name} must be a number")
            continue
        if bound is None or number(claim, f"states.{name}") < number(bound, name):
            raise Rejected(f"states.{name} is {claim}, but only {bound!r} can be confirmed")
    for name in INTERVALS:
        lower, upper = numbers(field(stated, name, "states"), f"states.{name}", 2)
        least, most = numbers(derived[name], name, 2)
        if not (lower <= least and most <= upper):
            raise Rejected(f"states.{name} is [{lower!r}, {upper!r}], but only [{least!r}, {most!r}] can be confirmed")
