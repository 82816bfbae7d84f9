r"""Gevulot: k provers are drawn from those that staked and did not prove in the last round; the fastest is paid."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from types import MappingProxyType

from mechanisms.amounts import exact_amount
from mechanisms.contest_market import Contest
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter, published
from mechanisms.rules.weibull_race import WeibullRace

__all__ = ["GEVULOT", "highest_fee", "selection_chances"]

Money = Fraction | int | float | str


def highest_fee(provers: int, cycles: Money, fee_per_cycle: Money, transaction_fee: Money = 0) -> Fraction:
    """What a request can cost: provers x cycles x fee of a cycle + fee of the transaction.

    Example:
        >>> highest_fee(3, 1000, "1/100", 2)
        Fraction(32, 1)
    """
    drawn = _count(provers)
    work = exact_amount(cycles, "cycles") * exact_amount(fee_per_cycle, "fee_per_cycle")
    return drawn * work + exact_amount(transaction_fee, "transaction_fee")


def selection_chances(active: Collection[str], last_round: Collection[str], provers: int) -> Mapping[str, Fraction]:
    """The chance of each active prover to be drawn: even among those that did not prove in the last round.

    Arguments:
        active: who has staked.
        last_round: who proved in the last round.
        provers: how many are drawn.

    Raises:
        InvalidInput: nobody is drawn.
        Refused: fewer may be drawn than are.

    Example:
        >>> dict(selection_chances(["a", "b", "c", "d"], ["a"], 2))
        {'a': Fraction(0, 1), 'b': Fraction(2, 3), 'c': Fraction(2, 3), 'd': Fraction(2, 3)}
    """
    drawn, rested = _count(provers), [label for label in active if label not in last_round]
    if len(rested) < drawn:
        raise Refused(f"{drawn} provers cannot be drawn of {len(rested)} that did not prove in the last round. Draw fewer.")
    chance = Fraction(drawn, len(rested))
    return MappingProxyType({label: chance if label in rested else Fraction(0) for label in active})


def _count(provers: object) -> int:
    if isinstance(provers, bool) or not isinstance(provers, int) or provers < 1:
        raise InvalidInput(f"provers must be a whole number of at least 1; got {shown(provers)}.")
    return provers


_docs = published("Gevulot documentation (first lines)")

GEVULOT = Network(
    name="gevulot",
    title="Gevulot",
    summary="A verifiable random function draws k provers for each request; the fastest of them is paid.",
    designs=(
        Design(
            name="drawn_race",
            title="Gevulot-style drawn race",
            reconstructed=True,
            rule=(
                "k provers are drawn from the active staked set, without those of the last round. The request pays for the "
                "fastest's cycles, at most k x cycles x fee of a cycle + fee of the transaction. If those drawn decline, "
                "anybody may race. Provers idle for more than three hours get test workloads."
            ),
            mechanism=WeibullRace(shape=4),
            parameters=(
                _docs("idle time until a test", 3, "hours"),
                _docs("first network (Firestarter)", "permissioned"),
                Parameter(name="provers drawn", value=3, source="none: an example", evidence="assumed"),
                Parameter(name="shape of proving times", value=4, source="none: an example", evidence="assumed"),
            ),
            attacks=(
                Attack("k proofs are made and one is needed."),
                Attack("Several staked identities are drawn more often, and are rarely all from the last round."),
                Attack("Declining a draw has no stated price, and opens the request to a race that one may win."),
            ),
            levers=(
                "k trades redundancy for the chance that a proof is there in time.",
                "One designated prover and a fallback needs one proof where all goes well.",
            ),
            equilibrium=Case(
                mechanism=WeibullRace(shape=4),
                market=Contest(
                    prize=10,
                    costs={"alice": 1, "bob": 1, "carol": 1},
                    speeds={"alice": "6/5", "bob": 1, "carol": "9/10"},
                ),
                note="The race of those that were drawn: a fee of 10, costs of 1, speeds and the shape are assumed.",
            ),
        ),
    ),
    open_points=("How equal or missing proofs are settled could not be read.",),
)
