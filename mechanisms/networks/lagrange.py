"""Lagrange: the knapsack double auction DARA, of which the rule could not be read, in the style of its abstract."""

from __future__ import annotations

from mechanisms.distributions import Uniform
from mechanisms.exchange import Exchange
from mechanisms.networks.records import Attack, Case, Design, Network, published
from mechanisms.rules.dara_style import DaraStyle

__all__ = ["LAGRANGE"]

_paper = published("ePrint 2024/1750 (abstract)")
_docs = published("docs.lagrange.dev/prover-network/dara and operators/stake-and-proofs")
_LAW = Uniform(0, 16)

LAGRANGE = Network(
    name="lagrange",
    title="Lagrange",
    summary="A double auction in which requesters want all of a job or nothing and provers sell compute.",
    designs=(
        Design(
            name="dara",
            title="Lagrange: DARA-style double auction",
            reconstructed=True,
            rule=(
                "Requesters bid for demands of known sizes, all or nothing, and provers for units of compute. Ours takes the "
                "densest demands and the cheapest provers, and prices each side by the first that is left out. Each task "
                "binds stake of its prover; the sum bound is at most what is delegated. Late or failed tasks are slashed, by "
                "an amount that is not published."
            ),
            mechanism=DaraStyle(),
            parameters=(
                _docs("active stake of all tasks", "at most the delegated stake"),
                _docs("operators", "more than 85"),
                _docs("slashed share", "not published"),
            ),
            claims=(
                "truthful",
                "weakly group-strategy-proof",
                "weakly budget balanced",
                "computationally efficient",
                "good approximate welfare",
            ),
            attacks=(
                Attack("Of ours: a prover that reports less capacity than it has, or splits, raises the price that it is paid."),
                Attack(
                    "Of ours: pairs with transfers gain. The weak group-strategy-proofness that the paper claims, of its own "
                    "rule, is about coalitions without transfers in which everybody gains."
                ),
            ),
            levers=(
                "Fixing capacities for many rounds makes withholding cost the margin of every round.",
                "Serving a smaller demand that fits behind one that does not serves more, and needs other payments to stay "
                "truthful.",
            ),
            deviations=Case(
                mechanism=DaraStyle(),
                market=Exchange({"ann": _LAW, "ben": _LAW}, {"alice": _LAW, "bob": _LAW}, capacities={"alice": 2}),
                note="Values and costs uniform on [0, 16], demands of one proof and a capacity of two are assumed.",
            ),
        ),
    ),
    open_points=(
        "Only the abstract of the paper was read: fidelity of the allocation rule is not claimed.",
        "No slash fraction was found.",
    ),
)
