r"""How many strangers rescue, if each knows only its own cost and one of those who try, drawn at random, is the first.

With $n$ possible rescuers whose costs are independent with cdf $\Phi$, a rescuer who enters up to the cost $c$ faces a
binomial number of others. It is the first with probability $h(\Phi(c))$,
$h(q)=E\frac1{1+\mathrm{Bin}(n-1,q)}=\frac{1-(1-q)^n}{nq}$, and at the threshold $c^*$ of the symmetric equilibrium

$$ (1-\beta)K\,h(\Phi(c^*))=c^* . $$

The left side falls in $c^*$ and the right side rises, so there is one root. Nobody rescues with probability $(1-\Phi(c^*))^n$.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from equilibria.collateral.survival_integral import Bounds, probability_above
from mechanisms import Bond, Distribution, Enclosure, InvalidInput, Refused, settle
from mechanisms.distributions.parameters import shown

__all__ = ["RescueEntry", "rescue_entry"]

HALVINGS = 60
CUTS = (Fraction(1, 2), Fraction(1, 3), Fraction(2, 3))
"""Where a bracket is cut: elsewhere if the root is too close to the middle to say on which side it lies."""

MOST_RESCUERS = 1000


@final
@dataclass(frozen=True, slots=True)
class RescueEntry:
    """The symmetric equilibrium among possible rescuers.

    Arguments:
        threshold: the cost up to which each enters, $c^*$.
        win: the probability that one at the threshold is the first.
        nobody: the probability that nobody rescues.
    """

    threshold: Enclosure
    win: Enclosure
    nobody: Enclosure


def rescue_entry(bond: Bond, law: Distribution, rescuers: int) -> RescueEntry:
    r"""Who rescues after a default.

    Arguments:
        bond: the terms.
        law: of each rescuer's cost, from 0 upwards.
        rescuers: how many could, $n$; from 1 to 1000.

    Raises:
        InvalidInput: naming the argument that is wrong.
        Refused: the law has atoms.

    Notes:
        All who enter bear their cost, as they prove at the same time. Milliseconds to a tenth of a second.

    Example:
        >>> from mechanisms import Uniform
        >>> found = rescue_entry(Bond(slash=1, burned="1/2", recipient="rescuer"), Uniform(0, 1), rescuers=2)
        >>> [round(x.midpoint, 9) for x in (found.threshold, found.win, found.nobody)]
        [0.4, 0.8, 0.36]
    """
    if isinstance(rescuers, bool) or not isinstance(rescuers, int) or not 1 <= rescuers <= MOST_RESCUERS:
        raise InvalidInput(f"rescuers must be a whole number from 1 to {MOST_RESCUERS}; got {shown(rescuers)}.")
    if not isinstance(law, Distribution):
        raise InvalidInput(f"law must be a distribution; got {shown(law)}. For example Uniform(0, 1).")
    if law.support[0] < 0.0:
        raise InvalidInput(f"law must have its support from 0 upwards; got {law.support!r}. Costs are not negative.")
    if law.atoms:
        raise Refused("with atoms in the law of costs there may be no threshold at which a rescuer is indifferent.")
    reward = settle(bond, "rescued", 0).rescuer
    low, high = Fraction(0), reward
    for _ in range(HALVINGS):
        for cut in CUTS:
            middle = Fraction(float(low + cut * (high - low)))
            above = probability_above(law, middle)
            if reward * _first(1 - above.lower, rescuers) >= middle:
                low = middle
                break
            if reward * _first(1 - above.upper, rescuers) <= middle:
                high = middle
                break
        else:  # the bounds of the cdf decide no more
            break
    above = Bounds(probability_above(law, high).lower, probability_above(law, low).upper)
    win = Enclosure.around(_first(1 - above.lower, rescuers), _first(1 - above.upper, rescuers))
    nobody = Enclosure.around(above.lower**rescuers, above.upper**rescuers)
    return RescueEntry(Enclosure.around(low, high), win, nobody)


def _first(share: Fraction, rescuers: int) -> Fraction:
    """The probability of being the first if every other one enters with this probability; it falls in it."""
    return (1 - (1 - share) ** rescuers) / (rescuers * share) if share else Fraction(1)
