r"""Certify a symmetric war of attrition: the second-price all-pay auction.

$n\ge2$ buyers have independent values with the law $F$ on $[\ell,h]$, $\ell\ge0$. The highest bid wins and pays the second
highest, or the reserve $r\ge0$ where nobody else takes part; every loser pays its own bid. With $G=F^{n-1}$, the chance to
have the highest value, and $H=-\log(1-G)$, the file states the entry $a\ge\ell$ and a continuous, piecewise linear *worth*
$w>0$ on $(a,h]$, and means the strategy

$$ \beta(v)=r+\int_a^vw\,dH\qquad(v\ge a),\qquad\text{and not to take part below }a. $$

$\beta$ is continuous and does not decrease, and it is unbounded, because $w(h)>0$ and $H(h)=\infty$: **every** bid of at least
$r$ is the bid of some type. Nothing is truncated.

**Bound.** A type $v$ that bids $\beta(z)$ expects $U(z;v)=vG(z)-P(z)$ with
$P(z)=rG(a)+\int_a^z\beta\,dG+\beta(z)(1-G(z))$. Because $dH=dG/(1-G)$, $dP=(1-G)\,d\beta=w\,dG$, so that

$$ U(z;v)-U(v;v)=\int_v^z(v-y)\,dG(y)+\int_v^z(y-w(y))\,dG(y). $$

The first integral is never positive, whichever way it runs. Hence no bid of at least $r$ gains more than
$\max(\int_a^h(y-w)^+dG,\int_a^h(y-w)^-dG)$, in the limit of endless bids too. Not to take part is worth 0; to bid like $a$ is
worth $vG(a)-r$, at least $aG(a)-r$ to $v\ge a$, and at most that to a type below $a$. Together

$$ \varepsilon=\max\Bigl(\int_a^h(y-w)^+dG,\ \int_a^h(y-w)^-dG\Bigr)+|aG(a)-r| . $$

With $w(y)=y$ the integrals vanish: then the strategy is an equilibrium exactly, but for the rounding of $a$. ∎

A cell on which $y-w$ does not change its sign has $\int(y-w)\,dG=[(y-w)G]-(1-w')\int G$; on another both integrals are at most
$\max|y-w|$ at its ends times the mass. The revenue is $n\int_a^hP\,dF=n\,r(1-F(a))+\int_a^hw\,dF_{(2)}$ with the law
$F_{(2)}=nF^{n-1}-(n-1)F^n$ of the second highest value, and the winner's value $\int_a^hv\,dF^n$.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from flint import arb

from equilibria.checking.attrition_pair import certify_pair
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.cdf_powers import integral_of
from equilibria.checking.document import Rejected, field, mapping, number, numbers, only
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior
from equilibria.checking.symmetric_games import read_symmetric
from equilibria.checking.symmetric_odds import power_of

__all__ = ["certify"]

MOST_ENDS = 2000
"""Ends of cells that a file may hold."""


def certify(tree: Mapping[str, object], progress: Progress | None) -> tuple[Bounds, int]:
    """Bounds for the stated strategy of all buyers.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails; the message says which.
    """
    node = tree.get("equilibrium")
    if isinstance(node, Mapping) and "meetings" in node:
        return certify_pair(tree, progress)
    sign, mirrored, n, tasks = read_symmetric(tree)
    if sign > 0:
        raise Rejected("a war of attrition has no meaning in a procurement")
    if tasks != 1:
        raise Rejected("market.tasks must be 1")
    prior = ReflectedPrior(mirrored)
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = number(mechanism.get("reserve", 0.0), "mechanism.reserve")
    if n < 2 or prior.low < 0.0 or reserve < 0.0:
        raise Rejected("the bound needs two buyers or more, values of at least 0 and a reserve of at least 0")
    ends, worth = _read(field(tree, "equilibrium", "certificate"), prior)
    return _bounds(prior, n, reserve, ends, worth), sign


def _read(node: object, prior: Prior) -> tuple[list[float], list[float]]:
    node = mapping(node, "equilibrium")
    only(node, ("ends", "worth"), "equilibrium")
    ends = numbers(field(node, "ends", "equilibrium"), "equilibrium.ends")
    worth = numbers(field(node, "worth", "equilibrium"), "equilibrium.worth", len(ends))
    if not 2 <= len(ends) <= MOST_ENDS or any(not u < v for u, v in pairwise(ends)):
        raise Rejected(f"equilibrium.ends must be 2 to {MOST_ENDS} increasing values")
    if not prior.low <= ends[0] or ends[-1] != prior.high:
        raise Rejected(f"equilibrium.ends must start at {prior.low!r} or above and end at {prior.high!r}")
    if worth[0] < 0.0 or any(not w > 0.0 for w in worth[1:]):
        raise Rejected("equilibrium.worth must be positive, so that bids increase without bound")
    return ends, worth


def _bounds(prior: Prior, n: int, reserve: float, ends: list[float], worth: list[float]) -> Bounds:
    entry, zero = ends[0], arb(0)
    levels = [prior.cdf(x) for x in ends]
    chances = [level ** (n - 1) for level in levels]
    seconds = [n * level ** (n - 1) - (n - 1) * level**n for level in levels]
    eager, idle, revenue = zero, zero, n * arb(reserve) * (1 - levels[0])
    for k, (u, v) in enumerate(pairwise(ends)):
        slope = (arb(worth[k + 1]) - worth[k]) / (arb(v) - u)
        first, last = arb(u) - worth[k], arb(v) - worth[k + 1]
        if not (first.is_zero() and last.is_zero()):
            mass = chances[k + 1] - chances[k]
            if (first >= 0 and last >= 0) or (first <= 0 and last <= 0):
                area = integral_of(prior, u, v, lambda f, s: power_of(f, n - 1))
                gained = last * chances[k + 1] - first * chances[k] - (1 - slope) * area
                eager += arb(gained.upper()).max(zero)
                idle += arb((-gained).upper()).max(zero)
            else:
                most = abs(first).max(abs(last)) * mass
                eager, idle = eager + most, idle + most
        if not slope.is_zero():
            # n F^(n-1) - (n-1) F^n, as a sum of what is positive
            revenue -= slope * integral_of(prior, u, v, lambda f, s: power_of(f, n - 1) * (f + s * n))
        revenue += worth[k + 1] * seconds[k + 1] - worth[k] * seconds[k]
    value = ends[-1] - entry * levels[0] ** n - integral_of(prior, entry, ends[-1], lambda f, s: power_of(f, n))
    return Bounds(
        gain=eager.max(idle) + abs(entry * chances[0] - reserve),
        payment=-revenue,
        resource_cost=-value,
        redundant=zero,
        no_award=levels[0] ** n,
    )
