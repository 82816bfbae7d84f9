r"""`max`, `min` and `sorted` on symbols: one decision with a case for each answer, instead of a scan of comparisons.

A scan for the highest of $n$ bids has up to $2^{n-1}$ paths; the question "which is the first that attains the maximum?" has
$n$ answers. The functions here follow Python to the letter: the first of equal elements is the maximum and the minimum, sorting
is stable, and with `reverse` too. What holds no symbol goes to Python's own.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from equilibria.proofs.affine import scaled
from equilibria.proofs.symbols import Symbol, Untraceable, form_of

__all__ = ["ORDERING", "symbolic_max", "symbolic_min", "symbolic_sorted", "use_in"]

_MISSING = object()


def symbolic_max(*arguments: Any, key: Callable[[Any], Any] | None = None, default: Any = _MISSING) -> Any:
    """Python's `max`."""
    return _extreme(builtins.max, 1, arguments, key, default)


def symbolic_min(*arguments: Any, key: Callable[[Any], Any] | None = None, default: Any = _MISSING) -> Any:
    """Python's `min`."""
    return _extreme(builtins.min, -1, arguments, key, default)


def _extreme(builtin: Any, sense: int, arguments: tuple[Any, ...], key: Any, default: Any) -> Any:
    options = {} if default is _MISSING else {"default": default}
    if not arguments or (len(arguments) > 1 and options):
        return builtin(*arguments, key=key, **options)
    elements = list(arguments[0] if len(arguments) == 1 else arguments)
    keys = elements if key is None else [key(element) for element in elements]
    place = _first(keys, sense)
    if place is not None:
        return elements[place]
    if not elements:
        return builtin(elements, key=key, **options)
    return elements[builtin(range(len(elements)), key=lambda i: keys[i])]


def _first(keys: list[Any], sense: int) -> int | None:
    """The first place of the greatest key (the least, where the sense is -1), or None if Python should look."""
    decider = next((symbol.decider for key in keys for symbol in _parts(key) if isinstance(symbol, Symbol)), None)
    if decider is None:
        return None
    found = _one_form_each(keys, sense)
    if found is None:
        return None
    places, values = found
    forms = [form_of(decider, value) for value in values]
    if any(form is None for form in forms):
        return None
    return places[decider.first_max([form if sense > 0 else scaled(form, -1) for form in forms if form is not None])]


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _one_form_each(keys: list[Any], sense: int) -> tuple[list[int], list[Any]] | None:
    """The places among which one component decides, in the order in which ties fall, and that component.

    A tuple may begin and end in plain numbers: those before the symbols decide first, those after break ties.
    """
    places = list(range(len(keys)))
    if not any(isinstance(key, tuple) for key in keys):
        return places, list(keys)
    if not all(isinstance(key, tuple) and len(key) == len(keys[0]) for key in keys):
        return None
    symbolic = [column for column in range(len(keys[0])) if any(isinstance(key[column], Symbol) for key in keys)]
    if len(symbolic) != 1:
        return None
    column = symbolic[0]
    lead = (builtins.max if sense > 0 else builtins.min)(key[:column] for key in keys)
    places = [place for place in places if keys[place][:column] == lead]
    places = builtins.sorted(places, key=lambda place: keys[place][column + 1 :], reverse=sense > 0)  # stable: earlier first
    return places, [keys[place][column] for place in places]


def symbolic_sorted(iterable: Iterable[Any], /, *, key: Callable[[Any], Any] | None = None, reverse: bool = False) -> Any:
    """Python's `sorted`; a list that decides its order element by element, as it is read."""
    elements = list(iterable)
    keys = elements if key is None else [key(element) for element in elements]
    if not any(isinstance(part, Symbol) for key in keys for part in _parts(key)):
        order = builtins.sorted(range(len(elements)), key=lambda i: keys[i], reverse=reverse)
        return [elements[i] for i in order]
    return LazilySorted(elements, keys, -1 if not reverse else 1)


class _Undecided:
    """What stands at a place until it is decided; functions in C that read a list past its methods meet it."""

    __slots__ = ()

    def _refuse(self, *_: object) -> Any:
        raise Untraceable("reads a sorted list past its methods (as heapq does); pass it [*sorted(...)]")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __bool__ = __index__ = __int__ = __float__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = __abs__ = _refuse
    __getitem__ = __iter__ = __len__ = __call__ = __contains__ = __repr__ = __getattr__ = _refuse


class LazilySorted(list[Any]):
    """A sorted list; places at either end are decided when they are read, all others at once when they are needed."""

    def __init__(self, elements: list[Any], keys: list[Any], sense: int) -> None:
        super().__init__([_Undecided()] * len(elements))
        self._elements, self._keys, self._sense = elements, keys, sense
        self._head: list[int] = []
        self._tail: list[int] = []
        self._rest = list(range(len(elements)))
        self._known = False

    def _extract(self, places: list[int], sense: int) -> int:
        """The place of the first extreme element among the places."""
        keys = [self._keys[place] for place in places]
        found = _first(keys, sense)
        if found is None:
            builtin = builtins.max if sense > 0 else builtins.min
            found = builtin(range(len(keys)), key=lambda i: keys[i])
        place = places[found]
        self._rest.remove(place)
        return place

    def _decide(self, position: int) -> None:
        """Decides the order up to a position from the nearer end."""
        n = len(self._elements)
        if position < n - 1 - position:
            while len(self._head) <= position and self._rest:
                self._place_next()
        else:
            while len(self._tail) < n - position and self._rest:
                # Of equal elements the last in the input comes last.
                self._tail.append(self._extract(self._rest[::-1], -self._sense))
                list.__setitem__(self, n - len(self._tail), self._elements[self._tail[-1]])

    def _place_next(self) -> None:
        self._head.append(self._extract(self._rest, self._sense))
        list.__setitem__(self, len(self._head) - 1, self._elements[self._head[-1]])

    def _decide_all(self) -> None:
        if not self._known:
            while self._rest:
                self._place_next()
            self._known = True

    def __getitem__(self, index: Any) -> Any:
        if not self._known:
            if isinstance(index, slice):
                for position in range(*index.indices(len(self))):
                    self._decide_at(position)
            elif isinstance(index, int) and -len(self) <= index < len(self):
                self._decide_at(index % len(self))
        return list.__getitem__(self, index)

    def _decide_at(self, position: int) -> None:
        if not (position < len(self._head) or position >= len(self._elements) - len(self._tail)):
            self._decide(position)

    def __iter__(self) -> Iterator[Any]:
        for position in range(len(self)):
            yield self[position]


def _after_deciding(name: str) -> Any:
    method = getattr(list, name)

    def act(self: LazilySorted, *arguments: Any, **options: Any) -> Any:
        self._decide_all()
        return method(self, *arguments, **options)

    return act


def _after(self: LazilySorted, other: Any) -> Any:
    """`other + self`, which a list would read past the methods."""
    self._decide_all()
    return other + list(self) if isinstance(other, list) else NotImplemented


LazilySorted.__radd__ = _after  # type: ignore[attr-defined]  # a list has none

for _name in (
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort", "__add__",
    "__iadd__", "__contains__", "__delitem__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__imul__",
    "__mul__", "__rmul__", "__reversed__", "__setitem__", "__repr__", "__reduce_ex__",
):  # fmt: skip
    if hasattr(list, _name):
        setattr(LazilySorted, _name, _after_deciding(_name))


def symbolic_isinstance(value: Any, kinds: Any) -> bool:
    """Python's `isinstance`; a report is whatever every kind of number is."""
    if not isinstance(value, Symbol):
        return isinstance(value, kinds)
    answers = {isinstance(number, kinds) for number in (1, 0.5, Fraction(1, 2))}
    if len(answers) > 1:
        raise Untraceable("asks which kind of number a report is; numbers.Real is what all of them are")
    return answers.pop()


ORDERING = {"max": symbolic_max, "min": symbolic_min, "sorted": symbolic_sorted}


@contextmanager
def use_in(namespaces: Iterable[dict[str, Any]], *, ordering: bool) -> Iterator[None]:
    """Lets functions of these modules see `isinstance`, and `max`, `min` and `sorted`, of this one for a while.

    A global name goes before a built-in one, so nothing of the modules is changed; their own functions of these names stay.
    """
    put: list[tuple[dict[str, Any], str]] = []
    try:
        for namespace in namespaces:
            own = str(namespace.get("__name__")).partition(".")[0] == "mechanisms"  # its rules read every kind of number
            functions = (ORDERING if ordering else {}) | ({} if own else {"isinstance": symbolic_isinstance})
            for name, function in functions.items():
                if name not in namespace:
                    namespace[name] = function
                    put.append((namespace, name))
        yield
    finally:
        for namespace, name in put:
            namespace.pop(name, None)
