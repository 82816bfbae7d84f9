r"""Certificates about bonds: the subject `bond`, the least slash with which no default pays.

Nothing is taken from a formula: every default of a known prover (how many of $N$ proofs it leaves out, and what it does after
the deadline) and of a newcomer (how many it takes, to prove none) is a strategy whose gain is $a-bS$ in the slash $S$. A slash
is enough if no gain is positive, and the least if it is 0, or restitution, or some strategy that a slash deters gains just
nothing at it; with a denomination, if a slash that is one unit less is not enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.linear_programs import rational, whole

MOST_ASSIGNMENTS = 10_000
TERMS = ("payment", "unit", "burned", "recipient", "detection", "window")
MONEY = ("cost", "price", "sabotage_gain", "future_value", "restitution")


@dataclass(frozen=True, slots=True)
class _Question:
    upfront: bool
    per_event: bool
    burned: Fraction
    recipient: str
    detection: Fraction
    effective: bool
    money: Mapping[str, Fraction]
    assignments: int
    others_first: Fraction
    late_work: Fraction | None


def check_bond(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Check what a file states of a bond; return it as a sentence.

    Raises:
        Rejected: malformed, or the slash is not enough, or not the least.
    """
    only(tree, ("format", "version", "subject", "terms", "question", "states", "sha256"), "certificate")
    question, unit = _read(
        mapping(field(tree, "terms", "certificate"), "terms"), mapping(field(tree, "question", "certificate"), "question")
    )
    states = mapping(field(tree, "states", "certificate"), "states")
    only(states, ("slash",), "states")
    slash = rational(field(states, "slash", "states"), "states.slash")
    restitution = question.money["restitution"]
    if slash < max(restitution, Fraction(0)):
        raise Rejected(f"states.slash must be at least the restitution {restitution}; got {slash}")
    tight = slash in (0, restitution)
    below = slash - (unit or 0)
    too_little = below < restitution or below < 0
    for gain, rate, what in _strategies(question):
        if gain - rate * slash > 0:
            raise Rejected(f"at a slash of {slash}, {what} gains {gain - rate * slash}")
        tight = tight or (rate > 0 and gain == rate * slash)
        too_little = too_little or gain > rate * below
    if unit is None and not tight:
        raise Rejected(f"a slash of less than {slash} is enough")
    if unit is not None and (not too_little or slash % unit):
        raise Rejected(f"a slash of {slash} is not the least multiple of {unit} that is enough")
    return f"the least slash with which no default pays is {slash}"


def _strategies(q: _Question) -> Iterator[tuple[Fraction, Fraction, str]]:
    """Gain without a slash, loss by a unit of slash, and description of every default."""
    cost, price = q.money["cost"], q.money["price"]
    for missing in range(1, q.assignments + 1):
        times = 0 if not q.effective else 1 if q.per_event else missing
        kept_fees = missing * price if q.upfront else Fraction(0)
        for rate, effort, what in _afterwards(q):
            late = effort * missing * cost
            gain = kept_fees + q.money["sabotage_gain"] - late
            known = gain - missing * (price - cost) - q.money["future_value"]
            yield known, rate * times, f"leaving out {missing} and then {what}"
            yield gain, rate * times, f"entering for {missing} and then {what}"


def _afterwards(q: _Question) -> Iterator[tuple[Fraction, Fraction, str]]:
    """After the deadline: the share of a slash that is lost, the work as a share of the cost, and the name of the move."""
    yield q.detection, Fraction(0), "walking away"
    if q.late_work is not None:
        yield q.burned if q.recipient == "rescuer" else Fraction(1), q.late_work, "delivering late"
    if q.recipient == "caller":
        yield q.others_first + (1 - q.others_first) * q.burned, Fraction(0), "slashing oneself"


def _read(terms: Mapping[str, object], given: Mapping[str, object]) -> tuple[_Question, Fraction | None]:
    only(terms, TERMS, "terms")
    only(given, (*MONEY, "assignments", "others_first", "late_work", "denomination"), "question")
    payment, unit, recipient = (string(field(terms, key, "terms"), f"terms.{key}") for key in ("payment", "unit", "recipient"))
    if payment not in ("on_delivery", "on_assignment") or unit not in ("assignment", "event"):
        raise Rejected("terms.payment and terms.unit must be ones that the checker knows")
    if recipient not in ("requester", "caller", "rescuer", "treasury"):
        raise Rejected(f"terms.recipient must be one that the checker knows; got {recipient!r:.40}")
    money = {key: rational(field(given, key, "question"), f"question.{key}") for key in MONEY}
    shares = [rational(field(terms, key, "terms"), f"terms.{key}") for key in ("burned", "detection")]
    first = rational(field(given, "others_first", "question"), "question.others_first")
    count = whole(field(given, "assignments", "question"), "question.assignments")
    optional = {
        key: None if field(node, key, where) is None else rational(node[key], f"{where}.{key}")
        for node, key, where in (
            (terms, "window", "terms"),
            (given, "late_work", "question"),
            (given, "denomination", "question"),
        )
    }
    if any(amount < 0 for amount in (*money.values(), *(x for x in optional.values() if x is not None))):
        raise Rejected("amounts must be at least 0")
    if any(not 0 <= share <= 1 for share in (*shares, first)):
        raise Rejected("terms.burned, terms.detection and question.others_first must lie in [0, 1]")
    if not 1 <= count <= MOST_ASSIGNMENTS or optional["denomination"] == 0:
        raise Rejected(f"question.assignments must be from 1 to {MOST_ASSIGNMENTS}, and a denomination positive")
    question = _Question(
        upfront=payment == "on_assignment",
        per_event=unit == "event",
        burned=shares[0],
        recipient=recipient,
        detection=shares[1],
        effective=optional["window"] != 0,
        money=money,
        assignments=count,
        others_first=first,
        late_work=optional["late_work"],
    )
    return question, optional["denomination"]
