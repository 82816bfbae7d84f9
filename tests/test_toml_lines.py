"""Lines of keys in TOML: found among strings and comments, and after any edit that is still TOML."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from mechanisms import InvalidInput
from tests.market_texts import GOOD, paths, refusal
from workbench import MarketFile
from workbench.toml_lines import key_lines, shown_path

TRICKY = '''\
# [not.a.table] a = 1
a = "# [x] = \\" ]" # b = 2
'quoted "key"' = 'it"s \\'
"dotted.key" . inner . "deep\\u00e9" = 1979-05-27 07:32:00
multi = """
[fake]
b = \\"""
c = 3"""""
other = \'\'\'
[fake]
d = "\'\'\'
list = [ # comment ]
  1, [2,
  "]"], {x = 1, y.z = [3]},
]
[ table . "sub" ]
empty = {}
none = []
[[rows]]
k = 1
[[rows]]
[rows.inner]
k = 2
[[rows.more]]
k = 3
[[rows]]
k = 4
[table]
last = true'''

EXPECTED = {
    ("a",): 2,
    ('quoted "key"',): 3,
    ("dotted.key", "inner", "deepé"): 4,
    ("multi",): 5,
    ("other",): 9,
    ("list",): 12,
    ("list", 0): 13,
    ("list", 1, 1): 14,
    ("list", 2): 14,
    ("list", 2, "y", "z", 0): 14,
    ("table",): 28,
    ("table", "sub"): 16,
    ("table", "sub", "none"): 18,
    ("rows",): 19,
    ("rows", 0): 19,
    ("rows", 1): 21,
    ("rows", 1, "inner"): 22,
    ("rows", 1, "more", 0, "k"): 25,
    ("rows", 2, "k"): 27,
    ("table", "last"): 29,
}


def test_keys_are_found_among_strings_and_comments() -> None:
    lines = key_lines(TRICKY)
    assert {path: lines.get(path) for path in EXPECTED} == EXPECTED
    assert set(lines) == set(paths(tomllib.loads(TRICKY)))


def test_paths_are_shown_as_messages_write_them() -> None:
    assert shown_path(("market", "costs", "a b", "parts", 0, "weight")) == "market.costs.a b.parts[0].weight"


PIECES = st.sampled_from(
    ["[", "]", "{", "}", "=", ".", ",", '"', "'", '"""', "#", "\n", "\\", "low", "market", "nan", "1e999", "-", " ", "\x00", "é"]
)


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 6), PIECES), min_size=1, max_size=4))
def test_an_edited_file_is_read_or_refused_in_one_line(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, dropped, piece in edits:
        text = text[:at] + piece + text[at + dropped :]
    try:
        tree = tomllib.loads(text)
        assert set(key_lines(text)) == set(paths(tree))
        MarketFile.from_toml(text)
    except tomllib.TOMLDecodeError:
        assert refusal(text).startswith("market.toml:")
    except InvalidInput as error:
        assert str(error).startswith("market.toml") and "\n" not in str(error)
