"""Numbers, JSON and progress as the command line shows them."""

from __future__ import annotations

import io
import json
import time

from rich.console import Console

from mechanisms import Enclosure
from workbench.json_text import json_text
from workbench.numerals import about, at_least, at_most
from workbench.progress import DelayedProgress
from workbench.verdicts import stated


def test_json_has_no_infinities() -> None:
    assert json.loads(json_text({"a": [float("inf"), {"b": float("nan")}], "c": 1.0})) == {"a": [None, {"b": None}], "c": 1.0}


def test_bounds_are_printed_outward() -> None:
    assert at_least(0.1, 3) == "0.1" and at_most(0.1, 3) == "0.101"  # the double next to 0.1 lies above it
    assert at_most(8.2998e-8, 3) == "8.30e-8" and at_least(-2 / 3, 2) == "-0.67" and at_most(0.0) == "0"
    assert at_most(float("inf")) == "inf" and about(Enclosure(0.25, 0.75)) == "0.5"
    assert float(at_least(1e23)) <= 1e23 <= float(at_most(1e23))


def test_malformed_statements_are_left_out() -> None:
    entries = {"epsilon": "x", "no_award": ["1", "inf"], "a": ["1"], "b": {}, "c": "1e999", "relative_epsilon": None}
    assert stated(entries) == {"relative_epsilon": None}


def shown_progress(console: Console, patience: float) -> None:
    with DelayedProgress(console, patience) as report:
        report("solving", 0.25)
        deadline = time.monotonic() + 20.0
        while "solving" not in console.file.getvalue() and time.monotonic() < deadline:  # type: ignore[attr-defined]
            time.sleep(0.01)
            if patience > 1.0 or not console.is_terminal:
                return
        report("certifying [b]", 0.5)


def test_progress_is_shown_after_a_while_and_on_a_terminal_only() -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)
    shown_progress(terminal, 0.0)
    assert "25%" in terminal.file.getvalue()  # type: ignore[attr-defined]
    assert "certifying [b]" in terminal.file.getvalue()  # type: ignore[attr-defined]
    for console, patience in ((Console(file=io.StringIO(), force_terminal=True), 60.0), (Console(file=io.StringIO()), 0.0)):
        shown_progress(console, patience)
        assert console.file.getvalue() == ""  # type: ignore[attr-defined]
