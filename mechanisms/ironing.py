r"""Ironed virtual costs: what a prover's cost weighs in the optimal procurement.

A buyer with value $s$ who offers one prover a price $x$, take it or leave it, gains $(s - x) F(x)$. Call
$\rho(s)$ its largest best offer. $\rho$ is non-decreasing, and the **ironed virtual cost** is its inverse,

$$ \bar\psi(c) = \inf\{s : \rho(s) \ge c\}, \qquad \rho(s) = \max \arg\max_x \,(s - x) F(x). $$

In quantiles $q = F(x)$ the offer minimises $q\,Q(q) - s q$, so $\bar\psi$ is the slope of the convex hull of
$q\,Q(q)$: Myerson's ironing. Where $\psi(c) = c + F(c)/f(c)$ increases, $\bar\psi = \psi$; across an interval
that no best offer lies in, it is constant. $\bar\psi(c) = c$ below the support and $+\infty$ above it; where
the density jumps, it is the limit from the left.

Two consequences are used elsewhere. A prover that has to beat the virtual cost $s$ wins up to the report
$\rho(s)$, its critical cost (`threshold`). A monopolist of cost $c$ facing a buyer whose value $V$ has the
law $G$ asks $-\rho(-c)$, with $\rho$ that of the law of $-V$.

Three implementations with one signature: `ExactIroning` (`Fraction`; piecewise-linear cdfs), `NumericIroning`
(arrays), and `DiscreteIroning` (both, finitely many types).

References: Myerson, *Optimal auction design*, Math. Oper. Res. 6 (1981), section 6; Bulow and Roberts, J.
Polit. Econ. 97 (1989).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from mechanisms.discrete_ironing import DiscreteIroning
from mechanisms.distributions import Discrete, Distribution
from mechanisms.errors import Refused
from mechanisms.exact_ironing import ExactIroning
from mechanisms.linear_cdf import linear_cdf
from mechanisms.numeric_ironing import NumericIroning
from mechanisms.statement import Number

__all__ = ["IronedVirtualCost", "ironed_virtual_cost"]

IronedVirtualCost: TypeAlias = DiscreteIroning | ExactIroning | NumericIroning


def ironed_virtual_cost(distribution: Distribution, number: Number = float, label: str = "") -> Any:
    """The ironed virtual cost of one law, over a number type.

    Arguments:
        distribution: law of the cost.
        number: `float` for arrays of doubles, `Fraction` for exact rationals.
        label: whose law it is, for the refusal.

    Returns:
        An `IronedVirtualCost`: callable on a cost, with `threshold(level, at)`, `cdf(cost)` and `high`.

    Raises:
        Refused: exact evaluation of a law whose cdf is not piecewise linear.

    Example:
        >>> from mechanisms import Uniform
        >>> virtual = ironed_virtual_cost(Uniform(0, 1), Fraction)
        >>> virtual(Fraction(1, 4)), virtual.threshold(Fraction(1), True)
        (Fraction(1, 2), Fraction(1, 2))
    """
    return _cached(distribution, number is Fraction, label)


@lru_cache(maxsize=512)
def _cached(distribution: Distribution, exact: bool, label: str) -> IronedVirtualCost:
    if isinstance(distribution, Discrete):
        return DiscreteIroning(distribution, Fraction if exact else float)
    if not exact:
        return NumericIroning(distribution)
    corners = linear_cdf(distribution)
    if corners is None:
        raise Refused(
            f"the virtual cost of {label or 'the prover'!r} under {type(distribution).__name__} is not "
            "piecewise linear, so there is no exact outcome. Use float bids, batch() or program(), "
            "or a Uniform, PiecewiseLinear or Mixture of them."
        )
    return ExactIroning(corners, label)
