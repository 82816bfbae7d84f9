"""Cysic: bids in ascending order, two winners from the second-lowest on."""

from __future__ import annotations

from mechanisms.distributions import Uniform
from mechanisms.markets import Procurement
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter, published
from mechanisms.rules.second_lowest_pair import SecondLowestPair

__all__ = ["CYSIC"]

_docs = published("docs.cysic.xyz (first lines)")
_LAW = Uniform(1, 4)

CYSIC = Network(
    name="cysic",
    title="Cysic",
    summary="The lowest bid never wins: two provers from the second-lowest on do, and the faster one gets more.",
    designs=(
        Design(
            name="second_lowest",
            title="Cysic-style auction",
            reconstructed=True,
            rule=(
                "Bids of at most bid_max are put in ascending order, and two provers win, starting from the second-lowest. A "
                "reserve in the network's token is held; the faster winner gets more; who fails is slashed. What winners are "
                "paid could not be read: ours pays both the fourth-lowest bid, or the reserve."
            ),
            mechanism=SecondLowestPair(4),
            parameters=(
                _docs("winners", "two, starting from the second-lowest"),
                _docs("highest bid", "bid_max", "CYS / Mcycle"),
                Parameter(name="payment of both", value="the fourth-lowest bid, or the reserve", source="none: ours",
                          evidence="assumed"),
                Parameter(name="reserve", value=4, source="none: an example", evidence="assumed"),
            ),
            attacks=(
                Attack(
                    "A phantom: with a second identity that bids below its own bid, the cheapest prover stands second and "
                    "wins."
                ),
                Attack("The cheapest prover raises its bid above the second: truth is not even a best reply."),
            ),
            levers=(
                "Letting the lowest two win, at the third-lowest bid, makes the truth dominant.",
                "Abnormally low bids are better met by a bond than by passing over the lowest.",
            ),
            deviations=Case(
                mechanism=SecondLowestPair(4),
                market=Procurement({"alice": _LAW, "bob": _LAW, "carol": _LAW}, tasks=2),
                note="Two tasks for the two winners; costs uniform on [1, 4] and the reserve 4 are assumed.",
            ),
        ),
    ),
    open_points=("Payments and the bonus of the faster winner could not be read.",),
)
