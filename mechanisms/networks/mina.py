"""Mina's snark market: block producers must buy as many proofs as they add work, and the lowest fee of each job is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from mechanisms.amounts import exact_amount
from mechanisms.distributions import Uniform
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused
from mechanisms.markets import Procurement
from mechanisms.networks.records import Attack, Case, Design, Network, Parameter, published
from mechanisms.rules.first_price import FirstPrice

__all__ = ["MINA", "fees_of_block", "kept_work"]

Money = Fraction | int | float | str


def kept_work(fees: Mapping[str, Money], hashes: Mapping[str, bytes]) -> str:
    """Whose proof of a job a node keeps: the lowest fee, and of equal fees the lowest hash.

    Arguments:
        fees: what each worker asks for.
        hashes: the hash of each worker's proof that breaks ties; any deterministic one.

    Raises:
        InvalidInput: there is no proof, or a worker has no hash.

    Example:
        >>> kept_work({"a": "1/1000", "b": "1/1000", "c": "1/500"}, {"a": b"b", "b": b"a", "c": b"0"})
        'b'
    """
    if not fees:
        raise InvalidInput("fees must name at least one worker; got none.")
    for label in fees:
        if not isinstance(hashes.get(label), bytes):
            raise InvalidInput(f"hashes.{label} must be bytes; got {shown(hashes.get(label))}. It breaks ties.")
    return min(fees, key=lambda label: (exact_amount(fees[label], f"fees.{label}"), hashes[label]))


def fees_of_block(queue: Sequence[Money], slots: int) -> Fraction:
    """What a block producer pays for work slots: the kept fees of as many of the oldest jobs.

    Arguments:
        queue: the kept fee of each job that is waiting, in the order in which they have to be bought.
        slots: how many slots of work the block adds.

    Raises:
        InvalidInput: slots is no whole number of at least 0.
        Refused: fewer jobs have a proof.

    Notes:
        That jobs are bought in their order is our reading; the documentation says how many.

    Example:
        >>> fees_of_block(["1/1000", "1/500", 5], 2)
        Fraction(3, 1000)
    """
    if isinstance(slots, bool) or not isinstance(slots, int) or slots < 0:
        raise InvalidInput(f"slots must be a whole number of at least 0; got {shown(slots)}.")
    if slots > len(queue):
        raise Refused(f"a block that adds {slots} slots of work must buy as many proofs; there are {len(queue)}. Add less.")
    return sum((exact_amount(fee, f"queue[{k}]") for k, fee in enumerate(queue[:slots])), Fraction(0))


_docs = published("Mina documentation, SNARK workers (first lines)")
_COSTS = Uniform(0.5, 1.5)
_NOTE = (
    "One job, in thousandths of a MINA. That a producer pays at most 2 for it, rather than leave out transactions, is assumed, "
    "and so are costs uniform on [0.5, 1.5]."
)

MINA = Network(
    name="mina",
    title="Mina",
    summary="Workers post fees for proofs of queued jobs; nodes keep the cheapest, block producers buy.",
    designs=(
        Design(
            name="snark_market",
            title="Mina-style snark market",
            reconstructed=True,
            rule=(
                "A block producer must buy as many proofs as it adds slots of work. Of the proofs of a job nodes keep the one "
                "with the lowest fee, and of equal fees one by a deterministic hash. The worker is paid the fee that it "
                "posted."
            ),
            mechanism=FirstPrice(2),
            parameters=(
                _docs("example of a fee (--snark-worker-fee)", Fraction(1, 1000), "MINA"),
                Parameter(name="highest fee a producer pays", value=Fraction(1, 500), unit="MINA", source="none: an example",
                          evidence="assumed"),
            ),
            attacks=(
                Attack(
                    "Everybody that posts has proved already: all but one prove in vain, so fees rise above cost or workers "
                    "leave."
                ),
                Attack("A producer that is a worker too buys from itself, and others only where they are cheaper."),
                Attack("Where one worker alone has the next job's proof, it can ask for all that the block's transactions pay."),
            ),
            levers=(
                "Reserving jobs before work is done removes the redundancy.",
                "A second price for each job would make posted fees costs.",
            ),
            equilibrium=Case(
                mechanism=FirstPrice(2),
                market=Procurement({"alice": _COSTS, "bob": _COSTS, "carol": _COSTS}),
                note=_NOTE + " Work is done after the award here, where in the market it is done before.",
            ),
            deviations=Case(
                mechanism=FirstPrice(2),
                market=Procurement({"alice": _COSTS, "bob": _COSTS}),
                note=_NOTE,
            ),
        ),
    ),
    open_points=("Only the first lines of the documentation were read; no claim about incentives was found.",),
)
