"""What every rule of reports must obey, tried on profiles full of ties; `verify` proves the properties that a rule may have."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from mechanisms.catalogue import catalogue
from mechanisms.errors import Refused
from mechanisms.markets import Market, Procurement, Sale
from mechanisms.mechanism import Mechanism, mechanism_from_spec

__all__ = ["broken_laws"]

STEPS = 8
ROUNDING = 1e-9  # two evaluations in doubles of numbers of size 1


def broken_laws(mechanism: Mechanism, market: Market, *, rng: np.random.Generator, profiles: int = 50) -> tuple[str, ...]:
    """The laws that a rule breaks on some profiles of reports, one sentence each; empty if none is seen to be broken.

    The laws: a spec reads back as the rule, if its kind is registered; exact reports have exact outcomes; nobody is awarded less
    than nothing, and in a procurement or a sale no more than there is; the same reports have the same outcome; `batch`, if the
    rule has one, agrees with `outcome`.

    Arguments:
        mechanism: the rule.
        market: where it is evaluated; reports lie on a grid of eighths between 0 and 2, inside or outside of supports.
        rng: draws the profiles.
        profiles: how many.

    Raises:
        Refused: the rule has no outcome in the market.

    Notes:
        A sample: it shows that a law is broken, never that it holds. Milliseconds a profile.

    Example:
        >>> from mechanisms import Procurement, Uniform, Vickrey
        >>> market = Procurement({"a": Uniform(0, 1), "b": Uniform(0, 1)})
        >>> broken_laws(Vickrey(1), market, rng=np.random.default_rng(1))
        ()
    """
    outcome = getattr(mechanism, "outcome", None)
    if outcome is None:
        raise Refused(f"{type(mechanism).__name__} has no outcome at reports, so no law is about it.")
    broken: dict[str, str] = {}  # by what is broken; where it was first
    if type(mechanism) in catalogue() and mechanism_from_spec(mechanism.spec()) != mechanism:
        broken["its spec does not read back as the rule"] = ""
    for _ in range(profiles):
        reports = [Fraction(int(number), STEPS) for number in rng.integers(0, 2 * STEPS + 1, len(market.labels))]
        bids = dict(zip(market.labels, reports, strict=True))
        for what in _broken(mechanism, market, bids):
            broken.setdefault(what, f", first at {', '.join(map(str, reports))}")
    return tuple(f"{what}{where}" for what, where in broken.items())


def _broken(mechanism: Any, market: Market, bids: dict[str, Fraction]) -> list[str]:
    first, again = mechanism.outcome(market, bids), mechanism.outcome(market, bids)
    shares, payments = list(first.allocation.values()), list(first.payments.values())
    found = []
    if first != again:
        found.append("the same reports have two outcomes")
    if not all(type(number) is Fraction for number in (*shares, *payments)):
        found.append("exact reports have an outcome that is not exact")
    if any(share < 0 for share in shares):
        found.append("somebody is awarded less than nothing")
    elif isinstance(market, Procurement | Sale) and sum(shares) > market.tasks:
        found.append("more is awarded than there is")
    if hasattr(mechanism, "batch"):
        batch = mechanism.batch(market, np.array([[float(bid) for bid in bids.values()]]))
        for name, array, numbers in (("shares", batch.allocation(), shares), ("payments", batch.payments(), payments)):
            if not np.allclose(array[0], [float(number) for number in numbers], rtol=ROUNDING, atol=ROUNDING):
                found.append(f"batch and outcome have other {name}")
    return found
