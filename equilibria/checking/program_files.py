"""Certificates whose subject is a linear program: from its kind to the rows, and to the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from equilibria.checking.auction_programs import symmetric_border
from equilibria.checking.border_programs import asymmetric_border
from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.impossibility_programs import fee_market, sybil_proof
from equilibria.checking.interim_programs import bayesian_auction, two_sided_trade
from equilibria.checking.linear_programs import Program, decide, given_rows
from equilibria.checking.menu_programs import graded_menu
from equilibria.checking.profile_programs import dominant_auction
from equilibria.checking.regret_programs import least_regret

KINDS: dict[str, Callable[[Mapping[str, object]], Program]] = {
    "asymmetric_border": asymmetric_border,
    "bayesian_auction": bayesian_auction,
    "dominant_auction": dominant_auction,
    "fee_market": fee_market,
    "graded_menu": graded_menu,
    "least_regret": least_regret,
    "rows": given_rows,
    "sybil_proof": sybil_proof,
    "symmetric_border": symmetric_border,
    "two_sided_trade": two_sided_trade,
}


def read_program(node: object) -> Program:
    """The program that a file names."""
    tree = mapping(node, "program")
    kind = string(field(tree, "kind", "program"), "program.kind")
    if kind not in KINDS:
        raise Rejected(f"program.kind {kind!r:.40} is not a program that the checker knows")
    return KINDS[kind](tree)


def check_program(tree: Mapping[str, object], progress: Callable[[float], None] | None = None) -> str:
    """The checker of `subject: linear_program`."""
    only(tree, ("format", "version", "subject", "program", "primal", "dual", "ray", "states", "sha256"), "certificate")
    return decide(read_program(field(tree, "program", "certificate")), tree, progress)
