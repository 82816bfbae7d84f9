r"""Bytes of a FRI proof.

The proof holds a root and $q$ opened leaves of the trace tree and of each folded layer, and the last polynomial.
The authentication paths of $q$ random leaves overlap near the root.  With paths *pruned*, a node at depth $d$ (of
$2^d$) is sent iff no path goes through it and one goes through its sibling,

$$ \mathbb E[\text{nodes at depth } d] = 2^d \left[ (1 - 2^{-d})^q - (1 - 2^{1-d})^q \right], $$

and with *separate* paths, $q$ nodes at every depth.

How to read the numbers: ethereum/soundcalc, whose sizes the tests compare with, charges every opened symbol of the
trace as an *extension* element (`symbols="extension"`) in one tree, and its sum over depths follows the same
reasoning, so agreement with it says that both apply one formula, not that real proofs have that size.  A prover
sends trace columns as *base* elements, and opens one path in each of several `trees`.  Values at the out-of-domain
point and the transcript's nonces are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

__all__ = ["Paths", "Symbols", "fri_proof_bytes", "path_nodes"]

Symbols = Literal["extension", "base"]
Paths = Literal["pruned", "separate"]


def path_nodes(leaves: int, queries: int, paths: Paths = "pruned") -> float:
    """Expected number of nodes in the authentication paths of random leaves.

    Example:
        >>> path_nodes(8, 1), path_nodes(8, 2, "separate")
        (3.0, 6.0)
    """
    depth = leaves.bit_length() - 1
    if paths == "separate":
        return float(depth * queries)
    return math.fsum(2.0**d * ((1.0 - 2.0**-d) ** queries - (1.0 - 2.0 ** (1 - d)) ** queries) for d in range(1, depth + 1))


def fri_proof_bytes(
    *,
    rows: int,
    blowup: int,
    batch: int,
    queries: int,
    folds: Sequence[int],
    base_bits: int,
    degree: int,
    digest_bits: int,
    symbols: Symbols = "extension",
    paths: Paths = "pruned",
    trees: int = 1,
) -> int:
    """Expected bytes of a proof.

    Arguments:
        rows: Rows of the trace.
        blowup: 1/rate.
        batch: Polynomials that are combined into the first codeword.
        queries: Leaves opened in each tree.
        folds: Arity of each fold; a leaf of a layer holds the values that fold together.
        base_bits: Bits of the base field.
        degree: Degree of the extension.
        digest_bits: Bits of a root or node.
        symbols: Field of the opened trace values.
        paths: Whether paths share nodes.
        trees: Trees that the opened columns are in (set-up, trace, auxiliary and quotient make 4).
    """
    domain = rows * blowup
    element = base_bits * degree
    bits = trees * digest_bits * (1.0 + path_nodes(domain, queries, paths))
    bits += queries * batch * (element if symbols == "extension" else base_bits)
    for arity in folds:
        domain //= arity
        bits += digest_bits * (1.0 + path_nodes(domain, queries, paths)) + queries * arity * element
    bits += domain // blowup * element if domain >= blowup else element
    return round(bits / 8)
