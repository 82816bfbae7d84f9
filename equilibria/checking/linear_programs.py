"""Optima of linear programs, checked in integers.

The file names a kind of program and its parameters; the rows are derived here, again, from those. A point within all bounds
proves a lower bound of the optimum, any prices prove an upper bound, and the file may state no more than that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from equilibria.checking.document import Rejected, field, mapping, only, string

Number = int | Fraction
Bound = Number | None
Row = tuple[Sequence[tuple[int, int]], Bound, Bound]


@dataclass(frozen=True, slots=True)
class Program:
    """Maximise `objective . x / denominator`; a row is its terms `(column, coefficient)`, lower and upper bound.

    `accepts`, if any, is asked about a point, its numerators and their denominator: it raises `Rejected` unless the point
    satisfies the constraints that are too many to be rows. It may only look at columns that have two bounds, which no ray moves.
    """

    denominator: int
    objective: Sequence[int]
    lower: Sequence[Bound]
    upper: Sequence[Bound]
    rows: Sequence[Row]
    accepts: Callable[[list[int], int], None] | None = None


@dataclass(frozen=True, slots=True)
class Vector:
    """Numerators over a denominator."""

    numerators: list[int]
    denominator: int


def whole(text: object, where: str) -> int:
    """An integer, written as a string so that it may have any length."""
    digits = string(text, where)
    if not digits.removeprefix("-").isdecimal() or not digits.isascii():
        raise Rejected(f"{where} must be an integer in a string; got {digits!r:.40}")
    return int(digits)


def rational(text: object, where: str) -> Fraction:
    """A fraction `"p/q"` or `"p"`."""
    top, slash, bottom = string(text, where).partition("/")
    under = whole(bottom, where) if slash else 1
    if under <= 0:
        raise Rejected(f"{where} must have a positive denominator; got {under}")
    return Fraction(whole(top, where), under)


def terms(text: str, count: int, where: str) -> list[tuple[int, int]]:
    """`index:integer` pairs, indices increasing and below `count`."""
    found = []
    last = -1
    for pair in text.split():
        index, colon, entry = pair.partition(":")
        at = whole(index, where)
        if not colon or not last < at < count:
            raise Rejected(f"{where} must hold index:integer pairs with increasing indices below {count}; got {pair!r:.40}")
        found.append((at, whole(entry, where)))
        last = at
    return found


def vector(node: object, count: int, where: str) -> Vector:
    """A sparse rational vector."""
    tree = mapping(node, where)
    only(tree, ("denominator", "numerators"), where)
    denominator = whole(field(tree, "denominator", where), f"{where}.denominator")
    if denominator <= 0:
        raise Rejected(f"{where}.denominator must be positive")
    numerators = [0] * count
    for index, entry in terms(string(field(tree, "numerators", where), where), count, where):
        numerators[index] = entry
    return Vector(numerators, denominator)


def feasible(program: Program, x: Vector) -> None:
    """Refuse a point that is not within all bounds."""
    point, one = x.numerators, x.denominator
    for what, values, low, high in (
        ("column", point, program.lower, program.upper),
        (
            "row",
            [sum([a * point[j] for j, a in row]) for row, _, _ in program.rows],
            [row[1] for row in program.rows],
            [row[2] for row in program.rows],
        ),
    ):
        for at, value in enumerate(values):
            least, most = low[at], high[at]
            if (least is not None and value < least * one) or (most is not None and value > most * one):
                raise Rejected(f"the point is outside of the bounds of {what} {at}")
    if program.accepts is not None:
        program.accepts(point, one)


def value(program: Program, x: Vector) -> Fraction:
    """The objective at a point."""
    total = sum(c * a for c, a in zip(program.objective, x.numerators, strict=True))
    return Fraction(total, x.denominator * program.denominator)


def bound(program: Program, y: Vector, *, farkas: bool = False) -> Fraction:
    """What prices prove that the objective (zero for `farkas`) cannot exceed."""
    one = y.denominator
    slopes = [0 if farkas else c * one for c in program.objective]
    total: Number = 0
    for at, ((row, low, high), price) in enumerate(zip(program.rows, y.numerators, strict=True)):
        if price:
            for j, a in row:
                slopes[j] -= a * price
            total += price * _end(low, high, price, f"row {at}")
    for at, slope in enumerate(slopes):
        if slope:
            total += slope * _end(program.lower[at], program.upper[at], slope, f"column {at}")
    return Fraction(total) / (one * program.denominator)


def _end(low: Bound, high: Bound, sign: int, what: str) -> Number:
    end = high if sign > 0 else low
    if end is None:
        raise Rejected(f"the prices need a bound of {what} that is not there")
    return end


def recedes(program: Program, ray: Vector) -> None:
    """Refuse a ray that leaves some bound, or does not improve."""
    for at, (direction, low, high) in enumerate(zip(ray.numerators, program.lower, program.upper, strict=True)):
        if (low is not None and direction < 0) or (high is not None and direction > 0):
            raise Rejected(f"the ray leaves the bounds of column {at}")
    for at, (row, low, high) in enumerate(program.rows):
        direction = sum(a * ray.numerators[j] for j, a in row)
        if (low is not None and direction < 0) or (high is not None and direction > 0):
            raise Rejected(f"the ray leaves the bounds of row {at}")
    if value(program, ray) <= 0:
        raise Rejected("the objective does not grow along the ray")


def decide(program: Program, tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """Check what `tree` states of a program by its `primal`, `dual` and `ray`; return it as a sentence."""
    states = mapping(field(tree, "states", "certificate"), "states")
    status = string(field(states, "status", "states"), "states.status")
    needs = {
        "proved": (("value",), ("primal", "dual")),
        "certified": (("lower", "upper"), ("primal", "dual")),
        "infeasible": ((), ("dual",)),
        "unbounded": ((), ("primal", "ray")),
    }
    if status not in needs:
        raise Rejected(f"states.status must be one of {', '.join(needs)}; got {status!r:.40}")
    numbers, vectors = needs[status]
    only(states, ("status", *numbers), "states")
    for name in ("primal", "dual", "ray"):
        if name in tree and name not in vectors:
            raise Rejected(f"certificate.{name} has no place where the status is {status!r}")
    sizes = {"primal": len(program.objective), "dual": len(program.rows), "ray": len(program.objective)}
    held = {name: vector(field(tree, name, "certificate"), sizes[name], name) for name in vectors}
    if status == "infeasible":
        if bound(program, held["dual"], farkas=True) >= 0:
            raise Rejected("the prices do not contradict the constraints")
        return "no point satisfies all constraints"
    feasible(program, held["primal"])
    if progress is not None:
        progress(0.6)
    if status == "unbounded":
        recedes(program, held["ray"])
        return "the objective has no upper bound"
    lower, upper = value(program, held["primal"]), bound(program, held["dual"])
    stated = [rational(field(states, name, "states"), f"states.{name}") for name in numbers]
    if stated[0] > lower or stated[-1] < upper:
        raise Rejected(f"the optimum is stated as {' to '.join(map(str, stated))}, but only {lower} to {upper} is proved")
    return (
        f"the optimum is {lower}"
        if status == "proved"
        else f"the optimum is between {below(stated[0])!r} and {0.0 - below(-stated[1])!r}"
    )


def below(exact: Fraction) -> float:
    """A double that is not above: what is nearest could be, and an interval must not be shown narrower than it is."""
    near = float(exact)
    return near if Fraction(near) <= exact else math.nextafter(near, -math.inf)


def given_rows(tree: Mapping[str, object]) -> Program:
    """A program whose rows stand in the file."""
    where = "program"
    only(tree, ("kind", "denominator", "objective", "lower", "upper", "rows"), where)
    lower, upper = ([_bound(word, where) for word in string(field(tree, key, where), key).split()] for key in ("lower", "upper"))
    denominator, count = whole(field(tree, "denominator", where), "denominator"), len(lower)
    if denominator <= 0 or len(upper) != count:
        raise Rejected("program.denominator must be positive, and lower and upper must have one bound a column")
    objective = [0] * count
    for at, entry in terms(string(field(tree, "objective", where), "objective"), count, "objective"):
        objective[at] = entry
    lines = field(tree, "rows", where)
    if not isinstance(lines, list):
        raise Rejected("program.rows must be a list")
    rows: list[Row] = []
    for line in lines:
        words = string(line, "program.rows").split(maxsplit=2)
        if len(words) < 2:
            raise Rejected("a row must be a lower bound, an upper bound, and terms")
        rows.append((terms("".join(words[2:]), count, "program.rows"), _bound(words[0], where), _bound(words[1], where)))
    return Program(denominator, objective, lower, upper, rows)


def _bound(word: str, where: str) -> Bound:
    return None if word == "-" else rational(word, where)
