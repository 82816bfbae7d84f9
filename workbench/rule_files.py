"""A rule on the command line: `FILE:FUNCTION`, a function of the list of reports in a Python file."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from mechanisms.errors import InvalidInput
from workbench.reading import printable, read_text, shown_name

RULE_BYTES = 1_000_000


def read_rule(given: str, option: str = "--rule") -> Callable[..., object]:
    """The function that `FILE:FUNCTION` names. The file is executed.

    Raises:
        InvalidInput: there is no such file or function, the file cannot be executed, or the function takes not one argument.
    """
    file, colon, name = given.rpartition(":")
    if not colon or not file or not name.isidentifier():
        raise InvalidInput(f"{option} must be FILE:FUNCTION; got {printable(given)!r}. For example auction.py:second_price.")
    path = Path(file)
    text = read_text(path, "a rule", RULE_BYTES)
    module = _executed(path, text)
    if not hasattr(module, name):
        known = [key for key, value in vars(module).items() if inspect.isfunction(value) and not key.startswith("_")]
        raise InvalidInput(
            f"{option}: {shown_name(path)} has no function {name!r}; it has {', '.join(known) or 'none'}. Check the name."
        )
    rule = getattr(module, name)
    if not callable(rule):
        raise InvalidInput(f"{option}: {name!r} in {shown_name(path)} must be a function; got {type(rule).__name__}.")
    try:
        inspect.signature(rule).bind([])
    except TypeError as error:
        raise InvalidInput(
            f"{option}: {name!r} must take one argument, the list of reports; got an error: {error}. Give the others defaults."
        ) from None
    except ValueError:
        pass  # no signature to look at
    assert callable(rule)
    return rule  # type: ignore[no-any-return]  # a callable of unknown type


def _executed(path: Path, text: str) -> object:
    name = "prover_markets_rule"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"{shown_name(path)}: a rule must stand in a file that ends in .py. Rename it.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # decorators such as dataclass look their module up
    try:
        exec(compile(text, str(path), "exec"), vars(module))
    except SyntaxError as error:
        raise InvalidInput(f"{shown_name(path)}:{error.lineno}: the file must be Python; got {error.msg}.") from None
    except Exception as error:  # noqa: BLE001  # whatever a user's file raises is said in one line
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        place = f"{shown_name(path)}:{lines[-1]}" if lines else shown_name(path)
        raise InvalidInput(f"{place}: the file raised {type(error).__name__}: {printable(str(error), 200)}.") from None
    return module
