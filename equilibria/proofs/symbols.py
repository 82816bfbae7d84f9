"""The scalar that a rule is run on to be traced: it computes affine forms, and forks where the rule compares.

It behaves as an exact real number in everything that keeps a rule piecewise affine. What it cannot do it refuses by raising
`Untraceable`, which is no `Exception`, so that no rule can swallow it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Protocol

from equilibria.proofs.affine import ONE, Form, combined, constant, exact, multiplied, scaled

__all__ = ["Decider", "Symbol", "Untraceable", "form_of", "not_swallowed"]


_latest = threading.local()


class Untraceable(BaseException):
    """The rule does something that no finite tree of affine comparisons describes; the message says what."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        _latest.raised = self


@contextmanager
def not_swallowed() -> Iterator[None]:
    """Raises a refusal of the block again, though the rule may have caught it with a bare `except` and gone on."""
    _latest.raised = None
    try:
        yield
    finally:
        raised, _latest.raised = _latest.raised, None
        if raised is not None:
            raise raised


class Decider(Protocol):
    """Who answers comparisons: a tracer, which forks, or a replay, which looks the answer up."""

    def at_least(self, left: Form, right: Form) -> bool:
        """Whether `left >= right`."""

    def sign(self, left: Form, right: Form) -> int:
        """1, 0 or -1 for the order of two forms."""

    def first_max(self, forms: list[Form]) -> int:
        """The first place at which the greatest stands."""

    def spelled(self) -> None:
        """A report was written as a text; that is no matter unless the rule then decides."""


def form_of(decider: Decider, value: object) -> Form | None:
    """What a value is as an affine form, or None if it is no finite number."""
    if isinstance(value, Symbol):
        return value.form
    number = exact(value)
    return None if number is None else constant(number)


SPELLED = frozenset((
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_float", "hex", "imag", "is_integer",
    "limit_denominator", "numerator", "real", "to_bytes",
))  # fmt: skip


class Symbol:
    """An affine form of the reports that acts as a number."""

    __slots__ = ("decider", "form")

    def __init__(self, decider: Decider, form: Form) -> None:
        self.decider = decider
        self.form = form

    def _with(self, other: object, own: int, factor: int) -> Symbol | Any:
        """`own * self + factor * other`."""
        second = form_of(self.decider, other)
        if second is None:
            return _infinite(other, factor)
        return Symbol(self.decider, combined(self.form if own == 1 else scaled(self.form, own), factor, second))

    def __add__(self, other: object) -> Any:
        return self._with(other, 1, 1)

    __radd__ = __add__

    def __sub__(self, other: object) -> Any:
        return self._with(other, 1, -1)

    def __rsub__(self, other: object) -> Any:
        return self._with(other, -1, 1)

    def __neg__(self) -> Symbol:
        return Symbol(self.decider, scaled(self.form, -1))

    def __pos__(self) -> Symbol:
        return self

    def __abs__(self) -> Symbol:
        return self if self >= 0 else -self

    def __mul__(self, other: object) -> Any:
        second = form_of(self.decider, other)
        if second is None:
            return NotImplemented
        for one, two in ((self.form, second), (second, self.form)):
            if not two.keys() - {ONE}:
                return Symbol(self.decider, scaled(one, two.get(ONE, 0)))
        return Symbol(self.decider, multiplied(self.form, second))

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Any:
        second = form_of(self.decider, other)
        if second is None:
            return NotImplemented
        if second.keys() - {ONE}:
            raise Untraceable("divides by a report: its regions or payments are no polynomials")
        if not second:
            raise ZeroDivisionError("division by zero")
        return Symbol(self.decider, scaled(self.form, Fraction(1) / second[ONE]))

    def __rtruediv__(self, other: object) -> Any:
        if form_of(self.decider, other) is None:
            return NotImplemented
        return Symbol(self.decider, constant(exact(other) or 0)) / self

    def __pow__(self, power: object) -> Any:
        if not isinstance(power, int) or not 0 <= power <= 8:
            raise Untraceable(f"raises a report to the power {power!r}: its regions or payments are no polynomials")
        result: Any = 1
        for _ in range(power):
            result = result * self
        return result

    def _refuse(self, *_: object) -> Any:
        raise Untraceable(
            "turns a report into a float or an integer (as math functions, round, int, // and arrays of floats do), which keeps "
            "no exact value. Compute with the report itself; use lists, or arrays with dtype=object"
        )

    __float__ = __int__ = __index__ = __complex__ = __round__ = __floor__ = __ceil__ = __trunc__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __rpow__ = _refuse

    def __hash__(self) -> int:
        raise Untraceable("puts a report into a set or uses it as a key, which has no order of real numbers behind it")

    def __bool__(self) -> bool:
        return self.decider.sign(self.form, {}) != 0

    def __ge__(self, other: object) -> Any:
        second = form_of(self.decider, other)
        return _against(other, 0, 1) if second is None else self.decider.at_least(self.form, second)

    def __le__(self, other: object) -> Any:
        second = form_of(self.decider, other)
        return _against(other, 1, 0) if second is None else self.decider.at_least(second, self.form)

    def __gt__(self, other: object) -> Any:
        second = form_of(self.decider, other)
        return _against(other, 0, 1) if second is None else not self.decider.at_least(second, self.form)

    def __lt__(self, other: object) -> Any:
        second = form_of(self.decider, other)
        return _against(other, 1, 0) if second is None else not self.decider.at_least(self.form, second)

    def __eq__(self, other: object) -> Any:
        second = form_of(self.decider, other)
        return _against(other, 0, 0) if second is None else self.decider.sign(self.form, second) == 0

    def __ne__(self, other: object) -> Any:
        equal = self == other
        return equal if equal is NotImplemented else not equal

    def __copy__(self) -> Symbol:
        return self

    def __deepcopy__(self, memo: object) -> Symbol:
        return self

    def __getattr__(self, name: str) -> Any:
        if name in SPELLED:
            raise Untraceable(f"looks at the {name} of a report: that is no matter of its size")
        raise AttributeError(f"a report has no {name}")

    def __repr__(self) -> str:
        self.decider.spelled()
        return " + ".join(f"{c}" if i == ONE else f"{c}*r{i}" for i, c in self.form.items()) or "0"


def _against(other: object, above: int, below: int) -> Any:
    """A comparison with what is no finite number: infinities stand above or below every report."""
    if isinstance(other, float):
        return bool(above if other > 0 else below) if math.isinf(other) else False
    return NotImplemented


def _infinite(other: object, factor: int) -> Any:
    """What a sum with an infinity is."""
    return factor * other if isinstance(other, float) and not math.isfinite(other) else NotImplemented
