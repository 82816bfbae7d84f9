"""A mechanism of the catalogue or a plain function, as a function of the list of reports."""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from equilibria.proofs.guards import forbidding_chance
from equilibria.proofs.outcomes import read_outcome
from equilibria.proofs.settings import Setting, setting_of
from equilibria.proofs.symbolic_order import use_in
from equilibria.proofs.symbols import Untraceable
from mechanisms.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from mechanisms import Market, Mechanism

__all__ = ["Rule", "catalogue_rule", "function_rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule to be analysed.

    Arguments:
        name: what to call it.
        call: takes one report for each agent of the setting and the setting, and returns what the rule returns.
        namespaces: globals of the functions that it consists of.
        origin: what a certificate says of it: plain JSON values.
    """

    name: str
    call: Callable[[list[Any], Setting], object]
    namespaces: tuple[dict[str, Any], ...]
    origin: Mapping[str, object]

    def outcome(self, reports: Sequence[Any], setting: Setting) -> tuple[list[Any], list[Any]]:
        """Shares and payments at some reports.

        Raises:
            Untraceable: it changed the list of reports.
            InvalidInput: it returned something else.
        """
        given = list(reports)
        result = self.call(given, setting)
        if len(given) != len(reports) or any(now is not before for now, before in zip(given, reports, strict=True)):
            raise Untraceable("changes the list of reports that it is given; let it sort or change a copy")
        return read_outcome(result, len(reports), self.name)

    @contextmanager
    def watched(self, *, symbolic: bool) -> Iterator[None]:
        """While it runs: no chance and no clock, and with symbols its `max`, `min` and `sorted` are single decisions."""
        with ExitStack() as stack:
            stack.enter_context(forbidding_chance(self.namespaces))
            if symbolic:
                stack.enter_context(use_in(self.namespaces))
            yield


def function_rule(rule: Callable[..., object]) -> Rule:
    """A user's function of the list of reports.

    Raises:
        InvalidInput: it is no function.
    """
    if not callable(rule):
        raise InvalidInput(f"mechanism must be a rule of the catalogue or a function of the list of reports; got {rule!r:.60}.")
    name = getattr(rule, "__name__", type(rule).__name__)
    origin: dict[str, object] = {"function": name}
    try:
        source = inspect.getsource(inspect.unwrap(rule) if not isinstance(rule, functools.partial) else rule.func)
        origin["source_sha256"] = hashlib.sha256(source.encode("utf-8")).hexdigest()
    except (OSError, TypeError):
        pass

    def call(reports: list[Any], setting: Setting) -> object:
        return rule(reports)

    return Rule(name=name, call=call, namespaces=tuple(_namespaces(rule)), origin=origin)


def _namespaces(rule: object) -> list[dict[str, Any]]:
    """Globals of a function and of those that it may call, as far as they are no library's."""
    found: list[dict[str, Any]] = []
    queue: list[object] = [rule]
    while queue:
        value = queue.pop()
        if isinstance(value, functools.partial):
            queue.append(value.func)
            continue
        function: object = inspect.unwrap(value) if callable(value) else value
        if isinstance(function, MethodType):
            function = function.__func__
        elif not isinstance(function, FunctionType | type):
            function = vars(type(function)).get("__call__")
        if not isinstance(function, FunctionType) or _is_library(function):
            continue
        for cell in function.__closure__ or ():
            try:
                queue.append(cell.cell_contents)
            except ValueError:
                continue
        if not any(function.__globals__ is namespace for namespace in found):
            found.append(function.__globals__)
            queue += [value for value in function.__globals__.values() if isinstance(value, FunctionType)]
    return found


def _is_library(function: FunctionType) -> bool:
    module = sys.modules.get(function.__module__ or "")
    top = (function.__module__ or "").partition(".")[0]
    path = getattr(module, "__file__", None) or ""
    ours = top in ("equilibria", "workbench")
    return ours or (top in sys.stdlib_module_names and top != "__main__") or "site-packages" in path


def catalogue_rule(mechanism: Mechanism, market: Market) -> Rule:
    """A rule of the catalogue in a market.

    Raises:
        Refused: it has no exact outcome by label.
    """
    if not hasattr(mechanism, "outcome"):
        raise Refused(
            f"{type(mechanism).__name__} has no exact outcome, so nothing can be proved about it. Pass a function of the list of "
            "reports instead."
        )
    namespaces = tuple(
        vars(sys.modules[name]) for name in sorted(sys.modules) if name.partition(".")[0] == "mechanisms"
    )

    known = market.labels, setting_of(market).sizes

    def call(reports: list[Any], setting: Setting) -> object:
        there = market if (setting.labels, setting.sizes) == known else _enlarged(market, setting)
        outcome = mechanism.outcome(there, dict(zip(setting.labels, reports, strict=True)))
        # A buyer enjoys what it is awarded; a prover bears the cost of what it proves.
        amounts = [
            (outcome.allocation if sign > 0 else outcome.proofs)[label]
            for label, sign in zip(setting.labels, setting.signs, strict=True)
        ]
        return amounts, [outcome.payments[label] for label in setting.labels]

    origin = {"mechanism": mechanism.spec(), "market": market.spec()}
    return Rule(name=repr(mechanism), call=call, namespaces=namespaces, origin=origin)


def _enlarged(market: Market, setting: Setting) -> Market:
    """The market with the further agents and the sizes of a setting."""
    from mechanisms.block_space import BlockSpace
    from mechanisms.exchange import Exchange
    from mechanisms.markets import Procurement, Sale

    base = len(market.labels)
    priors = dict(zip(market.labels, market.priors, strict=True))
    for label in setting.labels[base:]:
        priors[label] = priors[label.rpartition("+")[0]]
    if isinstance(market, Exchange):
        sides = dict(zip(setting.labels, setting.signs, strict=True))
        users, provers = ({label: law for label, law in priors.items() if sides[label] == sign} for sign in (1, -1))
        sizes = dict(zip(setting.labels, setting.sizes or (1,) * setting.agents, strict=True))
        return Exchange(
            users,
            provers,
            capacities={label: sizes[label] for label in provers},
            demands={label: sizes[label] for label in users},
        )
    if isinstance(market, BlockSpace):
        return BlockSpace(priors, market.size)
    assert isinstance(market, Procurement | Sale)
    return type(market)(priors, market.value, market.tasks)
