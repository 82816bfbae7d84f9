r"""When another prover makes good a default: it works for the part of the slash that is not burned.

After the deadline the price is 0, so with probability $p$ of being the first a rescuer gets $p(1-\beta)K-C$ and rescues if and
only if $p(1-\beta)K\ge C$. With half burned and $p=1/2$ that is $K\ge4C$.
"""

from __future__ import annotations

from fractions import Fraction

from equilibria.collateral.cost_tree import Decision, Leaf, backward_induction
from equilibria.collateral.survival_integral import probability_above
from mechanisms import Bond, Distribution, Enclosure, InvalidInput, Refused, settle
from mechanisms.amounts import exact_amount
from mechanisms.distributions.parameters import shown

__all__ = ["collateral_for_rescue", "rescue_chance", "rescue_threshold"]

Money = Fraction | int | float | str


def rescue_threshold(bond: Bond, win: Money = 1) -> Fraction:
    """The cost up to which a rescuer enters.

    Arguments:
        bond: the terms.
        win: the probability that its proof is the first, in [0, 1].

    Example:
        >>> rescue_threshold(Bond(slash=50, burned="1/2", recipient="rescuer"), win="1/2")
        Fraction(25, 2)
    """
    reward = _chance(win) * settle(bond, "rescued", 0).rescuer
    value = backward_induction(Decision({"rescue": Leaf(reward, Fraction(1)), "stay": Leaf(Fraction(0))}))
    return value.breaks[0]


def rescue_chance(bond: Bond, law: Distribution, win: Money = 1) -> Fraction | Enclosure:
    """The probability that a prover with a cost of this law rescues."""
    above = probability_above(law, rescue_threshold(bond, win))
    low, high = 1 - above.upper, 1 - above.lower
    return low if low == high else Enclosure.around(low, high)


def collateral_for_rescue(bond: Bond, cost: Money, win: Money = 1) -> Fraction:
    """The least slash on these terms for which a prover of this cost rescues.

    Raises:
        Refused: none does.

    Example:
        >>> terms = Bond(slash=0, burned="1/2", recipient="rescuer")
        >>> collateral_for_rescue(terms, 5, win="1/2"), collateral_for_rescue(terms, 5)
        (Fraction(20, 1), Fraction(10, 1))
    """
    share = _chance(win) * settle(bond.of_size(1), "rescued", 0).rescuer
    amount = exact_amount(cost, "cost")
    if share == 0 and amount:
        raise Refused(
            f"no slash pays for a rescue: the rescuer gets nothing of it (burned {bond.burned}, recipient {bond.recipient}). "
            "Use recipient='rescuer' and burned below 1."
        )
    return amount / share if amount else Fraction(0)


def _chance(win: Money) -> Fraction:
    chance = exact_amount(win, "win")
    if chance > 1:
        raise InvalidInput(f"win must lie in [0, 1]; got {shown(win)}. It is a probability.")
    return chance
