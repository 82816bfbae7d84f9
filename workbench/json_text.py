"""Results as strict JSON: what is not a finite number becomes null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping


def json_text(record: Mapping[str, object]) -> str:
    """The record as indented JSON.

    Example:
        >>> print(json_text({"epsilon": 0.5, "relative_epsilon": float("inf")}))
        {
          "epsilon": 0.5,
          "relative_epsilon": null
        }
    """
    return json.dumps(_finite(record), indent=2, allow_nan=False)


def _finite(node: object) -> object:
    if isinstance(node, Mapping):
        return {str(key): _finite(entry) for key, entry in node.items()}
    if isinstance(node, list | tuple):
        return [_finite(entry) for entry in node]
    if isinstance(node, float):
        return node if math.isfinite(node) else None
    return node
