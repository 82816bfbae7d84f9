"""A market file as text, and how it is refused, shared by the tests of what reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mechanisms import InvalidInput
from workbench import MarketFile
from workbench.toml_lines import KeyPath

GOOD = """\
[market]
kind = "procurement"
value = 1.0

[market.costs.alice]
kind = "uniform"
low = 0.0
high = 1.0

[market.costs.bob]
kind = "mixture"
[[market.costs.bob.parts]]
weight = 1
distribution = {kind = "uniform", low = 0, high = 1}
[[market.costs.bob.parts]]
weight = 2.0
[market.costs.bob.parts.distribution]
kind = "beta"
a = 2
b = 3

[mechanism]
kind = "first_price"
reserve = 0.8

[tune]
objective = "payment"
max_no_award = 0.01
"""


def refusal(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        MarketFile.from_toml(text)
    message = str(caught.value)
    assert "\n" not in message
    return message


def paths(node: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, entry in inner:
        yield (*path, key)
        yield from paths(entry, (*path, key))
