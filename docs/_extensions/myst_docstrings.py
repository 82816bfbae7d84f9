r"""Docstrings are Markdown with MyST maths, autodoc reads reStructuredText: this turns one into the other.

Handled, because the docstrings use them: `code`, `$x$`, `$$...$$`, `[text](address)`, fenced blocks, lists
that follow a paragraph without a blank line, and the signs that reStructuredText alone would take for markup
(`*`, `|`, a trailing `_`). It runs before napoleon, which then reads the Google sections.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx

INLINE = re.compile(
    r"(?P<literal>``.+?``)"
    r"|(?P<code>`[^`]+`)"
    r"|(?P<maths>(?<![\\$])\$(?!\$)[^$]+?(?<!\\)\$)"
    r"|(?P<link>\[[^\]]+\]\((?:https?://[^)\s]+)\))"
    r"|(?P<strong>\*\*[^*\s](?:[^*]*[^*\s])?\*\*)"
    r"|(?P<emphasis>(?<![\w*])\*[^*\s](?:[^*]*[^*\s])?\*(?![\w*]))"
    r"|(?P<role>:[a-z:]+:`[^`]+`)"
    r"|(?P<sign>[*|\\]|(?<=\w)_(?!\w))",
    re.DOTALL,
)
FENCE = re.compile(r"^(?P<indent>\s*)```(?P<language>\{?[\w-]*\}?)\s*$")
ITEM = re.compile(r"^(?P<indent>\s*)(?:[-*+]|\d+[.)])\s+\S")


def translate_inline(text: str) -> str:
    """Markdown marks within running text, which may span lines, as roles."""

    def translate(match: re.Match[str]) -> str:
        kind, found = match.lastgroup, match.group()
        flat = re.sub(r"\s*\n\s*", " ", found)
        if kind in ("literal", "role", "strong", "emphasis"):
            return found
        if kind == "sign":
            return "\\" + found
        if kind == "code":
            made = f"``{flat[1:-1].strip()}``"
        elif kind == "maths":
            made = f":math:`{flat[1:-1].strip()}`"
        else:
            label, address = flat[1:-1].split("](")
            made = f"`{label} <{address}>`__"
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        left = "\\ " if before and not before.isspace() and before not in "([{<'\"-/:" else ""
        right = "\\ " if after and not after.isspace() and after not in ".,:;!?)]}>'\"-/\\" else ""
        return left + made + right

    return INLINE.sub(translate, text)


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())


def translate_lines(lines: list[str]) -> list[str]:
    """A docstring, Markdown in and reStructuredText out, the Google sections left as they are."""
    made: list[str] = []
    prose: list[str] = []

    def close() -> None:
        if prose:
            made.extend(separate_lists(translate_paragraphs(prose)))
            prose.clear()

    position = 0
    while position < len(lines):
        line = lines[position]
        fence, display = FENCE.match(line), line.strip().startswith("$$")
        if line.strip().startswith(">>>"):
            close()
            if made and made[-1].strip() and indent_of(made[-1]) >= indent_of(line):
                made.append("")
            while position < len(lines) and lines[position].strip():
                made.append(lines[position])
                position += 1
            continue
        if fence:
            close()
            end = next((k for k in range(position + 1, len(lines)) if lines[k].strip() == "```"), len(lines))
            language = fence["language"].strip("{}") or "text"
            directive = "math" if language == "math" else f"code-block:: {language}"
            made.extend(block(directive, line, lines[position + 1 : end]))
            position = end + 1
            continue
        if display:
            close()
            body, end = display_maths(lines, position)
            made.extend(block("math", line, body))
            position = end + 1
            continue
        prose.append(line)
        position += 1
    close()
    return made


def display_maths(lines: list[str], start: int) -> tuple[list[str], int]:
    """The lines between `$$` and `$$`, and the number of the last of them."""
    rest = lines[start].strip()[2:]
    body: list[str] = []
    position = start
    while "$$" not in rest and position + 1 < len(lines):
        body.append(rest)
        position += 1
        rest = lines[position].strip()
    last, _, after = rest.partition("$$")
    body.append(last)
    if after.strip(" .,"):
        raise ValueError(f"nothing may follow the closing $$ of displayed maths; got {after.strip()!r}")
    return [line for line in body if line.strip()], position


def block(directive: str, where: str, body: list[str]) -> list[str]:
    """A directive at the indentation of the line that opened it."""
    pad = " " * indent_of(where)
    name = directive if "::" in directive else f"{directive}::"
    shift = min((indent_of(line) for line in body if line.strip()), default=0)
    return [
        "",
        f"{pad}.. {name}",
        "",
        *(f"{pad}   {line[shift:]}" if line.strip() else "" for line in body),
        "",
    ]


def translate_paragraphs(lines: list[str]) -> list[str]:
    """Translate marks, which may span lines, paragraph by paragraph."""
    made: list[str] = []
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            bullet = re.match(r"^(\s*[*]\s+)(\S.*)$", line)
            paragraph.append(f"{bullet[1].replace('*', '-')}{bullet[2]}" if bullet else line)
            continue
        if paragraph:
            made.extend(translate_inline("\n".join(paragraph)).split("\n"))
            paragraph = []
        made.append(line)
    return made[:-1]


def separate_lists(lines: list[str]) -> list[str]:
    """Blank lines before and after a list, where Markdown does not ask for them."""
    made: list[str] = []
    item: int | None = None
    for line in lines:
        found = ITEM.match(line)
        previous = made[-1] if made else ""
        if found and item is None and previous.strip() and indent_of(previous) == indent_of(line):
            made.append("")
        if line.strip():
            if found:
                item = indent_of(line)
            elif item is not None and indent_of(line) <= item:
                if previous.strip():
                    made.append("")
                item = None
        made.append(line)
    return made


def process(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    try:
        lines[:] = translate_lines(lines)
    except ValueError as error:
        raise ValueError(f"docstring of {name}: {error}") from None


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", process, priority=400)  # napoleon has 500, and comes later
    return {"parallel_read_safe": True}
