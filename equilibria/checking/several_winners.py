r"""Certify pay-as-bid strategies where several bids win: inverse bids, and chances of how many places are taken.

The file states for each active prover the *inverse bid* $\varphi_i$, the cost that bids $b$, on pieces $b_0<\dots<b_K=\bar b$
(see `curves`). A cost above $a_i=\min(\bar b,h_i)$ bids itself. Hence $p_i(b)=F_i(\varphi_i(b))$ is exactly the probability
that $i$ bids below $b$. A rival below takes $m_j$ places; with $M$ places taken a bid is awarded $w_i(M)$, where $w_i\ge0$ does
not increase and $w_i(M)=0$ for large $M$. So a bid is awarded $X_i(b)=E\,w_i(M_{-i}(b))$ in expectation and earns
$(b-c)X_i(b)$.

**Bound** (single crossing). The $p_j$ rise, so $M_{-i}$ rises stochastically and $X_i$ falls. With
$r_i=X_i+(b-\varphi_i)X_i'$, the slope of utility is $u_b(b,c)=r_i(b)+(\varphi_i(b)-c)X_i'(b)$, of which the second term is at
most zero above the bid of $c$ and at least zero below it. Hence no type gains more by any bid in $[b_0,\bar b]$ than the
largest $\int_x^yr_idb$ or $-\int_y^xr_idb$ over bids $x$ that are made (`deviation_sums`) and all $y$. None is before the
entry of $i$, nor where $\varphi_i$ is flat. Below $b_0$ a bid is awarded no more than at $b_0$ and paid less. Above $\bar b$
a bid is not accepted, where $\bar b$ is the reserve; otherwise the checker asks that those rivals whose supports end at or
below $\bar b$ take so many places that $w_i=0$. Abstaining is worth $0\le u(\bar b,c)$.

A reserve that nobody knows is one more that bids; see `hidden_reserve`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import arb

from equilibria.checking.award_integrals import Game, check_work, product
from equilibria.checking.bounds import Bounds, Progress
from equilibria.checking.curves import read_curves
from equilibria.checking.document import Rejected
from equilibria.checking.hidden_reserve import nothing_below
from equilibria.checking.places_taken import Awards
from equilibria.checking.priors import Prior


def certify_awards(
    priors: Mapping[str, Prior],
    sizes: Mapping[str, int],
    awards: Mapping[str, Sequence[arb]],
    reserve: float | None,
    node: object,
    progress: Progress | None = None,
    secret: Prior | None = None,
) -> Bounds:
    """Bounds for pay-as-bid strategies that are stated as inverse bids, where several bids win.

    Args:
        priors: cost distributions by label.
        sizes: how many places each prover takes.
        awards: by label what is awarded behind 0, 1, ... places; nothing beyond, and the same number of entries for all.
        reserve: the highest bid that is accepted, or None.
        node: the `equilibrium.inverse_bids` object of a certificate.
        progress: called with the share of the pieces done.
        secret: the law of a reserve that nobody knows, or None.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    for left, right in [] if secret is None else secret.gaps():
        raise Rejected(f"the secret reserve may have no mass between {left!r} and {right!r}; the bound needs a density there")
    for label, prior in priors.items():
        for left, right in prior.gaps():
            raise Rejected(f"{label!r} may have no mass between {left!r} and {right!r}; the bound needs a density there")
    ends, maps, costs = read_curves(priors, node)
    top = ends[-1]
    if reserve is not None and top > reserve:
        raise Rejected(f"the highest bid {top!r} is above the reserve {reserve!r}")
    active = [c.label for c in costs]
    for label, prior in priors.items():
        if label not in active and prior.low < top:
            raise Rejected(f"prover {label!r} could win with costs below {top!r} but has no strategy")
    if secret is not None:
        for label in active:
            nothing_below(secret, priors[label].low, ends[0])
    if top != reserve and not (secret is not None and secret.high <= top):
        sure = [label for label, prior in priors.items() if prior.high <= top and prior.survival(top) == 0]
        everyone = Awards([sizes[label] for label in priors], [awards[label] for label in priors])
        for i, label in enumerate(priors):
            places = sum(sizes[other] for other in sure if other != label)
            if not everyone.nothing_behind(i, places):
                raise Rejected(
                    f"prover {label!r} could be awarded something above the highest bid {top!r}: that must be the reserve, or so "
                    "many supports must end there that nothing is left"
                )
    rows, taking = [list(awards[label]) for label in active], [sizes[label] for label in active]
    check_work(len(rows), len(rows[0]))
    if secret is not None:
        taking.append(len(rows[0]))
        rows.append([arb(0)] * len(rows[0]))
    game = Game(ends, maps, costs, Awards(taking, rows), secret)
    game.add_up(progress)
    nobody = 1 - game.awarded if secret is not None else product([c.prior.survival(c.reach) for c in costs])
    return Bounds(gain=game.gain, payment=game.paid, resource_cost=game.spent, redundant=arb(0), no_award=nobody)
