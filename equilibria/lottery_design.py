r"""The best prize of a lottery among provers of one cost (Bahrani and Neuder).

With $n$ provers of cost $c$, each submitting with the probability $p$ at which submitting earns nothing, the requester pays what
proofs cost, $ncp$, and keeps

$$ V\,(1-(1-p)^n) - ncp . $$

*Derivation.* It is concave in $p$, and its slope is zero where $V(1-p)^{n-1}=c$. So $q=1-p=(c/V)^{1/(n-1)}$, the prize is
$R=ncp/(1-q^n)$, and nobody submits with probability $q^n$. For $n\to\infty$ with $\lambda=np$ it becomes
$V(1-e^{-\lambda})-c\lambda$:

$$ \lambda^*=\ln\frac Vc,\qquad R^*=\frac{c\,V\ln(V/c)}{V-c},\qquad P(\text{none})=\frac cV,\qquad
   \text{utility}=V-c-c\ln\frac Vc . $$
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechanisms import Enclosure, InvalidInput
from mechanisms.amounts import exact_amount

__all__ = ["LotteryDesign", "best_lottery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotteryDesign:
    """The best lottery for a requester.

    Attributes:
        proofs: expected number of proofs, which is how far proving is over-provisioned.
        prize: what to offer.
        fault: probability that nobody submits.
        utility: what the requester keeps.
        bond: value over `proofs` at cost 1, below which a bonded assignment is said to be worse than this (a claim of the
        source).
    """

    proofs: Enclosure
    prize: Enclosure
    fault: Enclosure
    utility: Enclosure
    bond: Enclosure


def best_lottery(
    value: Fraction | float | str, cost: Fraction | float | str = 1, provers: int | None = None
) -> LotteryDesign:
    """The prize that leaves the requester most.

    Arguments:
        value: of a proof to the requester, above the cost.
        cost: of a proof to each prover, positive.
        provers: how many there are, at least 2; None for the limit of many.

    Raises:
        InvalidInput: an argument out of its range.

    Example:
        >>> design = best_lottery(10)
        >>> [round(x.midpoint, 3) for x in (design.proofs, design.prize, design.utility, design.bond)]
        [2.303, 2.558, 6.697, 4.343]

    References:
        Bahrani and Neuder (2025), ethresear.ch 22916.
    """
    from flint import arb, ctx, fmpq

    v, c = exact_amount(value, "value", positive=True), exact_amount(cost, "cost", positive=True)
    if not v > c:
        raise InvalidInput(f"value must be above cost; got {value!r} and {cost!r}. A proof that is worth less is not bought.")
    if provers is not None and (isinstance(provers, bool) or not isinstance(provers, int) or provers < 2):
        raise InvalidInput(f"provers must be a whole number of at least 2, or None; got {provers!r}.")
    precision = ctx.prec
    ctx.prec = 128
    try:
        worth, price = arb(fmpq(v.numerator, v.denominator)), arb(fmpq(c.numerator, c.denominator))
        if provers is None:
            proofs, fault = (worth / price).log(), price / worth
        else:
            silent = ((price / worth).log() / (provers - 1)).exp()
            proofs, fault = provers * (1 - silent), silent**provers
        prize = price * proofs / (1 - fault)
        utility = worth * (1 - fault) - price * proofs
        ends = [_enclosed(x) for x in (proofs, prize, fault, utility, worth / proofs)]
    finally:
        ctx.prec = precision
    return LotteryDesign(proofs=ends[0], prize=ends[1], fault=ends[2], utility=ends[3], bond=ends[4])


def _enclosed(ball: object) -> Enclosure:
    import math

    lower, upper = float(ball.lower()), float(ball.upper())  # type: ignore[attr-defined]  # a ball, which is imported late
    return Enclosure(math.nextafter(lower, -math.inf), math.nextafter(upper, math.inf))
