r"""Certify a uniform price for several tasks among provers that can make several and differ.

Of $k$ tasks the lowest bids win all that their provers can make, the last winner what is left, and the price $P$ of every
task is the first bid that loses a task, or the reserve. With $M$ the places of the rivals below a bid $b$, prover $i$ of
capacity $m_i$ is

- awarded $m_i$ if $M\le k-m_i$, at the lowest bid $Y_i\ge b$ up to which rivals have more than $k-m_i$ places (or the
  reserve);
- awarded $k-M$ if $k-m_i<M<k$, and since it has lost the rest, at its own bid: $P=b$;
- awarded nothing if $M\ge k$.

With $S_i$ and $R_i$ the expected awards of the first and the second kind and $X_i=S_i+R_i$, utility at the cost $c$ is
$m_iE[(Y_i-c)1_{Y_i>b}]+(b-c)R_i(b)$. As $S_i(b)=m_iP(Y_i>b)$, its slope is

$$ u_b(b,c)=R_i(b)+(b-c)X_i'(b), $$

that of pay as bid but for $R_i$ in place of $X_i$; and $u_{bc}=-X_i'\ge0$.

**Who tells the truth.** If no set of rivals has more than $k-m_i$ and less than $k$ places, then $R_i=0$ and $u_b=(b-c)X_i'$:
a bid of $c$ is best whatever the others do. These provers state nothing; all others state inverse bids $\varphi_i$ (see
`curves`).

**Bound** (single crossing). With $r_i=R_i+(b-\varphi_i)X_i'$ the slope is $r_i+(\varphi_i-c)X_i'$, of which the second term
is at most zero above the bid of $c$ and at least zero below it. So no bid on the pieces gains more than the largest
$\int_x^yr_idb$ or $-\int_y^xr_idb$ over bids $x$ that are made and all $y$ (`deviation_sums`). Pieces begin where the first
bid is: below, nobody is in front, and a bid is awarded as much for no higher price. Above the last one, $\bar b$, bids are
not accepted if it is the reserve; otherwise the checker asks that rivals whose costs end at or below $\bar b$ have $k$ places
and, with one's own, more than $k$, so that nothing is awarded and no price is above $\bar b$. Abstaining is worth $0\le
u(\bar b,c)$.

At the reserve, one prover (not two) may bid $\bar b$ for an interval of costs, $\varphi_i(\bar b)<\min(\bar b,h_i)$. To it
$r_i$ and the bound are the same. A rival's bid of $\bar b$ is worth no more than its limit from below, at costs up to $\bar
b$.

**Paid.** $\sum_iE[m_iY_i1_{Y_i>b}+bR_i]$ at $i$'s own bid $b$, and $m_iE[Y_i1_{Y_i>b}]=bS_i(b)+\int_b^{\bar b}S_idy$.
Integrated over the bids of $i$, $\int bX_idp_i+\int S_ip_idb$, and $\bar bX_i(\bar b)$ times the chance of a bid of $\bar b$.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import arb, arb_poly, arb_series

from equilibria.checking.award_integrals import Game, check_work, product
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.curves import Costs, read_curves
from equilibria.checking.document import Rejected
from equilibria.checking.places_taken import Awards
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import integral

WIDTH = 1e-13
"""Of a mean cost, as a share of the costs it is of."""


def certify_set_prices(
    priors: Mapping[str, Prior], sizes: Mapping[str, int], tasks: int, reserve: float | None, node: object,
    progress: Progress | None,
) -> Bounds:
    """Bounds for inverse bids of those whose own bid may be the price, while all others bid their costs.

    Args:
        priors: cost distributions by label.
        sizes: how many tasks each prover can make.
        tasks: how many are awarded.
        reserve: the highest bid that is accepted, or None.
        node: the `equilibrium.inverse_bids` object of a certificate.
        progress: called with the share of the pieces done.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    for label, prior in priors.items():
        for left, right in prior.gaps():
            raise Rejected(f"{label!r} may have no mass between {left!r} and {right!r}; the bound needs a density there")
    ends, maps, stated = read_curves(priors, node, others=True)
    top = ends[-1]
    if reserve is not None and top > reserve:
        raise Rejected(f"the highest bid {top!r} is above the reserve {reserve!r}")
    active = [label for label, prior in priors.items() if prior.low < top]
    if not active:
        raise Rejected(f"nobody has a cost below the highest bid {top!r}")
    setting = {label for label in active if may_set(label, active, sizes, tasks)}
    for label in setting.symmetric_difference(costs.label for costs in stated):
        raise Rejected(
            f"prover {label!r} may set the price but has no strategy"
            if label in setting
            else f"prover {label!r} never sets the price: it bids its costs, and no strategy may be stated for it"
        )
    if top != reserve:
        _nothing_above(priors, setting, sizes, tasks, top)
    costs = {found.label: found for found in stated}
    costs |= {label: _truth(label, priors[label], ends, maps) for label in active if label not in setting}
    check_work(len(active), tasks)
    awards = [[arb(min(sizes[label], tasks - taken)) for taken in range(tasks)] for label in active]
    ordered = [costs[label] for label in active]
    game = Game(ends, maps, ordered, Awards([sizes[label] for label in active], awards, priced=True), None)
    game.add_up(progress)
    _at_the_top(game, top, reserve)
    nobody = product([found.prior.survival(found.reach) for found in ordered])
    return Bounds(gain=game.gain, payment=game.paid, resource_cost=game.spent, redundant=arb(0), no_award=nobody)


def may_set(label: str, labels: Sequence[str], sizes: Mapping[str, int], tasks: int) -> bool:
    """Whether some rivals leave a prover a part of what it can make."""
    sums = {0}
    for other in labels:
        if other != label:
            sums |= {found + sizes[other] for found in sums if found + sizes[other] < tasks}
    return any(tasks - sizes[label] < found < tasks for found in sums)


def _nothing_above(priors: Mapping[str, Prior], setting: set[str], sizes: Mapping[str, int], tasks: int, top: float) -> None:
    """Check that above a highest bid that is not the reserve nobody who may set the price wins, and that no price is above."""
    sure = [label for label, prior in priors.items() if prior.high <= top and prior.survival(top) == 0]
    places = sum(sizes[label] for label in sure)
    if places <= tasks:
        raise Rejected(
            f"the price may be above the highest bid {top!r}: that must be the reserve, or provers whose costs surely end there "
            f"must offer more than {tasks} tasks"
        )
    for label in setting:
        if places - (sizes[label] if label in sure else 0) < tasks:
            raise Rejected(
                f"prover {label!r} could be awarded something above the highest bid {top!r}: that must be the reserve, or so "
                "many supports must end there that nothing is left"
            )


def _truth(label: str, prior: Prior, ends: list[float], maps: list[arb_poly]) -> Costs:
    """Bids that are costs, as inverse bids."""
    reach = min(prior.high, ends[-1])
    for place in (prior.low, reach):
        if place not in ends:
            raise Rejected(f"prover {label!r} bids its costs, which begin or end at {place!r}: a piece must begin or end there")
    entry = ends.index(prior.low)
    curves = [poly if ends[k] < reach else arb_poly([reach]) for k, poly in enumerate(maps)]
    return Costs(label, prior, reach, entry, [min(end, reach) for end in ends[entry:]], curves[entry:], truthful=True)


def _at_the_top(game: Game, top: float, reserve: float | None) -> None:
    """Add what is paid and spent where one prover bids the reserve for an interval of costs."""
    late = [i for i, costs in enumerate(game.costs) if costs.last < costs.reach]
    if not late:
        return
    if len(late) > 1 or top != reserve:
        names = ", ".join(repr(game.costs[i].label) for i in late)
        raise Rejected(f"the costs of {names} end below those that may win: of one prover alone may they, at the reserve")
    i, costs = late[0], game.costs[late[0]]
    prior, first, last = costs.prior, costs.last, costs.reach
    at = game.at(len(game.maps) - 1, 1.0)
    wins = game.awards.expected([end[1] for end in at], [end[2] for end in at])[i].all
    knots = [first, *(knot for knot in prior.knots if first < knot < last), last]

    def series(x: arb, inside: float) -> arb_series:
        cost = arb_series([x, 1])
        return prior.density(cost, inside) * cost

    def plain(left: float, right: float) -> arb:
        return hull(arb(left), arb(right)) * (prior.cdf(right) - prior.cdf(left)) / (arb(right) - left)

    game.spent += wins * integral(series, plain, knots, WIDTH)
    game.paid += top * wins * (prior.cdf(last) - prior.cdf(first))
