"""Market files: a market, the rules to run on it and what to tune, as TOML.

The tables are those of `Market.spec()` and `Mechanism.spec()`; a distribution of kind `"empirical"` may give
`samples` in place of `points`, `cdf` and `density`. Every error begins with the file, the line and the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from equilibria.tuning_record import Objective
from mechanisms.distributions import Distribution, Empirical
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput
from mechanisms.market_specs import market_from_spec
from mechanisms.markets import Market
from mechanisms.mechanism import Mechanism, mechanism_from_spec
from mechanisms.rules import CentralProver
from workbench.reading import MARKET_BYTES, printable, read_text, shown_name
from workbench.toml_lines import key_lines, shown_path

TABLES = ("market", "mechanism", "tune")
LONGEST_LABEL = 200
DEEPEST = 120  # tables in tables; a distribution may be nested fifty deep, two levels at a time


@dataclass(frozen=True, slots=True)
class TuneTable:
    """The table `[tune]`.

    Arguments:
        objective: what the reserve is chosen for; None where the file does not say.
        max_no_award: greatest probability allowed that nobody is awarded; None for no limit.
    """

    objective: Objective | None = None
    max_no_award: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFile:
    """A market file that was read and checked.

    Arguments:
        name: the file, as errors name it.
        text: what it holds.
        market: the table `[market]`.
        mechanism: the table `[mechanism]`, if there is one.
        mechanisms: the tables `[[mechanism]]`, if there are any.
        tune: the table `[tune]`; empty if there is none.

    Example:
        >>> file = MarketFile.from_toml('''
        ... [market]
        ... kind = "procurement"
        ... costs.alice = {kind = "uniform", low = 0, high = 1}
        ... [mechanism]
        ... kind = "first_price"
        ... reserve = 0.5
        ... ''')
        >>> file.mechanism
        FirstPrice(reserve=0.5)
    """

    name: str
    text: str = field(repr=False)
    market: Market
    mechanism: Mechanism | None
    mechanisms: tuple[Mechanism, ...]
    tune: TuneTable

    @classmethod
    def read(cls, path: Path) -> MarketFile:
        """Reads a file.

        Raises:
            InvalidInput: one line with the file, the line, the key, what it must be and what it was.
        """
        return cls.from_toml(read_text(path, "a market file", MARKET_BYTES), shown_name(path))

    @classmethod
    def from_toml(cls, text: str, name: str = "market.toml") -> MarketFile:
        """Reads a text.

        Arguments:
            text: TOML.
            name: what errors call it.

        Raises:
            InvalidInput: as `read`.
        """
        tree = _parsed(text, name)
        try:
            for key in tree:
                if key not in TABLES:
                    raise InvalidInput(f"{key} must be one of the tables {', '.join(TABLES)}. Drop it or rename it.")
            if "market" not in tree:
                raise InvalidInput("market must be given; got no table [market]. Add it, with kind and costs.")
            _check_labels(tree["market"])
            market = market_from_spec(_with_samples(tree["market"]))  # type: ignore[arg-type]  # checks that it is a table
            stated = tree.get("mechanism")
            single: Mechanism | None = None
            several: tuple[Mechanism, ...] = ()
            if isinstance(stated, list):
                several = tuple(mechanism_from_spec(spec, f"mechanism[{i}]") for i, spec in enumerate(stated))
            elif stated is not None:
                single = mechanism_from_spec(stated)  # type: ignore[arg-type]  # likewise
            for place, rule in enumerate([single] if single else several):
                if isinstance(rule, CentralProver) and rule.label is not None and rule.label not in market.labels:
                    where = "mechanism" if single else f"mechanism[{place}]"
                    raise InvalidInput(
                        f"{where}.label must be one of {', '.join(map(repr, market.labels))}; got {rule.label!r}."
                    )
            tune = _tune_table(tree.get("tune", {}))
        except InvalidInput as error:
            raise InvalidInput(_placed(str(error), text, name)) from None
        return cls(name=name, text=text, market=market, mechanism=single, mechanisms=several, tune=tune)

    def one_rule(self) -> Mechanism:
        """The rule of a file that must have exactly one.

        Raises:
            InvalidInput: there is none, or an array of them.
        """
        if self.mechanism is not None:
            return self.mechanism
        got = f"{len(self.mechanisms)} tables [[mechanism]]" if self.mechanisms else "none"
        raise self.wrong(f"mechanism must be one table [mechanism]; got {got}. Name the rule, as kind = \"first_price\".")

    def wrong(self, message: str) -> InvalidInput:
        """An error about this file: its name, the line of the key that `message` begins with, and `message`."""
        return InvalidInput(_placed(message, self.text, self.name))

    def located(self, message: str) -> str:
        """A verb's error about this file: a parameter that it begins with is looked up in the file's tables."""
        word = re.match(r"[a-z_]+", message)
        if word and self.mechanism is not None:
            lines = key_lines(self.text)
            for table in TABLES:
                if (table, word.group()) in lines:
                    return _placed(f"{table}.{message}", self.text, self.name)
        return f"{self.name}: {message}"


def _parsed(text: str, name: str) -> dict[str, object]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        numbers = re.findall(r"\d+", place)
        if not numbers:  # "at end of document"
            lines = text.splitlines()
            numbers = [str(len(lines)), str(len(lines[-1]) + 1)]
        raise InvalidInput(f"{name}:{':'.join(numbers)}: the file must be TOML; got an error: {reason}.") from None
    except RecursionError:
        raise InvalidInput(f"{name}: arrays and tables must be nested at most {DEEPEST} deep; got more.") from None
    except ValueError as error:
        raise InvalidInput(f"{name}: numbers must be of ordinary length; got one that is not read: {error}.") from None
    level: list[object] = [tree]
    for _ in range(DEEPEST):
        level = [inner for node in level for inner in _children(node)]
    if level:
        raise InvalidInput(f"{name}: arrays and tables must be nested at most {DEEPEST} deep; got more.")
    return tree


def _children(node: object) -> Iterator[object]:
    """What of a table or array may hold more."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return (entry for entry in inner if isinstance(entry, dict | list))


def _placed(message: str, text: str, name: str) -> str:
    """The message with file and line in front: the line of the longest path that the message begins with."""
    best, line = "", None
    for path, at in key_lines(text).items():
        shown = shown_path(path)
        if len(shown) > len(best) and message.startswith(shown) and message[len(shown) :][:1] in " .[:":
            best, line = shown, at
    place = name if line is None else f"{name}:{line}"
    return f"{place}: {printable(message, 600)}"


def _with_samples(node: object, where: str = "market") -> object:
    """The tree with every empirical distribution that gives samples in its full form."""
    if isinstance(node, list):
        return [_with_samples(entry, f"{where}[{i}]") for i, entry in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    if node.get("kind") != "empirical" or "samples" not in node:
        return {key: _with_samples(entry, f"{where}.{key}") for key, entry in node.items()}
    for key, entry in node.items():
        if key not in ("kind", "samples", "quantiles"):
            raise InvalidInput(
                f"{where}.{key} must not be given beside samples; got {shown(entry)}. "
                "An empirical distribution takes samples and quantiles, or points, cdf and density."
            )
    samples, quantiles = node["samples"], node.get("quantiles", 41)
    if not isinstance(samples, list):
        raise InvalidInput(f"{where}.samples must be a list of numbers; got {shown(samples)}. Give [x0, x1, ...].")
    if isinstance(quantiles, bool) or not isinstance(quantiles, int) or not 3 <= quantiles <= 1001:
        raise InvalidInput(f"{where}.quantiles must be a whole number from 3 to 1001; got {shown(quantiles)}.")
    costs = [finite(sample, f"{where}.samples[{i}]") for i, sample in enumerate(samples)]
    try:
        law: Distribution = Empirical.from_samples(costs, quantiles)
    except InvalidInput as error:
        raise InvalidInput(f"{where}.{error}") from None
    return law.spec()


def _check_labels(market: object, where: str = "market") -> None:
    """Refuses labels that tables and messages cannot show."""
    if isinstance(market, Mapping) and "market" in market:
        _check_labels(market["market"], f"{where}.market")
    for key in ("costs", "values"):
        priors = market.get(key) if isinstance(market, Mapping) else None
        for label in priors if isinstance(priors, Mapping) else ():
            if not label.strip() or len(label) > LONGEST_LABEL or not label.isprintable():
                raise InvalidInput(
                    f"{where}.{key}.{label}: a label must be printable text of 1 to {LONGEST_LABEL} signs; "
                    f"got {shown(label)}. Name the {'buyer' if key == 'values' else 'prover'}."
                )


def _tune_table(table: object) -> TuneTable:
    keys = ("objective", "max_no_award")
    if not isinstance(table, Mapping):
        raise InvalidInput(f"tune must be a table; got {shown(table)}. Give {' and '.join(keys)}.")
    for key in table:
        if key not in keys:
            raise InvalidInput(f"tune.{key} must be one of {', '.join(keys)}. Drop it or rename it.")
    objective, limit = table.get("objective"), table.get("max_no_award")
    if "objective" in table and objective not in get_args(Objective):
        allowed = " or ".join(map(repr, get_args(Objective)))
        raise InvalidInput(f"tune.objective must be {allowed}; got {shown(objective)}.")
    return TuneTable(objective, None if limit is None else probability(limit, "tune.max_no_award"))


def probability(value: object, name: str) -> float:
    """`value` as a number from 0 to 1, 1 excluded."""
    number = finite(value, name)
    if not 0.0 <= number < 1.0:
        raise InvalidInput(f"{name} must be a probability, at least 0 and below 1; got {number!r}.")
    return number
