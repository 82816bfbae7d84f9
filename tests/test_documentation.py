"""Every example is executed: Python and console blocks of README and docs, and `>>>` in docstrings.

In a page, Python blocks run in order in one namespace; a text block right after one is what it prints. A TOML
block whose first line is `# name.toml` is written under that name; console blocks run `prover-markets` beside
these files, and what follows a command is what it prints. `...` stands for any text; `# status N` after a
command, for its exit status if that is not 0.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench import program

ROOT = Path(__file__).resolve().parent.parent
DOCS = (path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md"))
PAGES = ["README.md", *sorted(str(path) for path in DOCS if "_build" not in path.parts)]
PACKAGES = ("mechanisms", "equilibria", "proving_cost", "workbench", "papers")
MODULES = sorted(str(path.relative_to(ROOT)) for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
EXAMPLES = [path for path in MODULES if ">>>" in (ROOT / path).read_text("utf-8")]

FENCE = re.compile(r"^```(?P<language>[\w-]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^# (?P<name>[\w.-]+\.toml)\n")
STATUS = re.compile(r"\s+# status (?P<status>\d)$")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)#\s]+)(?:#[\w-]+)?\)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page."""

    language: str
    body: str
    line: int
    printed: str | None  # the text block that follows directly, if any


def blocks(text: str) -> Iterator[Block]:
    found = list(FENCE.finditer(text))
    for match, after in zip_longest(found, found[1:]):
        adjacent = after is not None and not text[match.end() : after.start()].strip()
        printed = after["body"] if after is not None and adjacent and after["language"] == "text" else None
        yield Block(match["language"], match["body"], text.count("\n", 0, match.start()) + 1, printed)


def agree(expected: str, got: str) -> bool:
    """Whether two texts are equal, `...` in the expected one standing for anything."""
    return doctest.OutputChecker().check_output(expected.strip() + "\n", got.strip() + "\n", doctest.ELLIPSIS)


def execute(block: Block, page: str, names: dict[str, object]) -> None:
    printed = io.StringIO()
    source = "\n" * block.line + block.body  # so that a traceback names the line of the page
    with contextlib.redirect_stdout(printed):
        exec(compile(source, page, "exec", dont_inherit=True), names)  # as a user runs it, without our imports from the future
    expected = block.printed or ""
    assert agree(expected, printed.getvalue()), f"{page}:{block.line} printed\n{printed.getvalue()}"


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what the page says it prints."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block begins with a command"
    for part in parts[1:]:
        command, _, output = part.partition("\n")
        yield command.strip(), output


def perform(command: str, output: str, where: str) -> None:
    """Run a command in this process and in the present folder; compare its status and what it prints."""
    status = STATUS.search(command)
    words = shlex.split(STATUS.sub("", command))
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert words[1] in targets, f"{where}: the Makefile has no target {words[1]!r}"
        return
    assert words[0] == "prover-markets", f"{where}: {command!r} is not a command that can be executed here"
    run = CliRunner().invoke(program, words[1:])  # what a process of its own adds, tests/test_command_process.py shows
    assert run.exception is None or isinstance(run.exception, SystemExit), f"{where}: {run.output}{run.exception!r}"
    assert run.exit_code == (int(status["status"]) if status else 0), f"{where}: {run.output}"
    if output.strip():
        assert agree(output, run.stdout), f"{where} printed\n{run.stdout}{run.stderr}"


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__example__"}
    for block in blocks((ROOT / page).read_text("utf-8")):
        file = FILE.match(block.body)
        if block.language == "python":
            execute(block, page, names)
        elif block.language == "toml" and file:
            (tmp_path / file["name"]).write_text(block.body, "utf-8")
        elif block.language == "console":
            for command, output in commands(block.body):
                perform(command, output, f"{page}:{block.line}")


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    text = FENCE.sub("", (ROOT / page).read_text("utf-8"))
    targets = [match["target"] for match in LINK.finditer(text) if "://" not in match["target"]]
    assert not [target for target in targets if not ((ROOT / page).parent / target).exists()]


def test_examples_in_docstrings_are_written_so_that_they_run() -> None:
    assert EXAMPLES, "no docstring holds an example"
    assert not [path for path in MODULES if "```python" in (ROOT / path).read_text("utf-8")]


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_examples_of_docstrings_run(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(".".join(Path(path).with_suffix("").parts).removesuffix(".__init__"))
    failed, attempted = doctest.testmod(
        module, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    )
    assert attempted, "examples are written, and none was found"
    assert not failed


def test_the_example_of_the_readme_is_short() -> None:
    [example] = [b for b in blocks((ROOT / "README.md").read_text("utf-8")) if b.language == "python"]
    assert len([line for line in example.body.splitlines() if line.strip()]) <= 10


def test_a_wrong_example_is_noticed() -> None:
    [wrong] = [b for b in blocks("```python\nprint(1)\n```\n\n```text\n2\n```\n") if b.language == "python"]
    with pytest.raises(AssertionError, match="printed"):
        execute(wrong, "page", {})
    with pytest.raises(AssertionError, match="no target"):
        perform("make coffee", "", "page:1")
    with pytest.raises(AssertionError, match="can be executed"):
        perform("rm -rf x", "", "page:1")
