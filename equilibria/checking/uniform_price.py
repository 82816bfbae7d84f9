r"""A uniform price for `k` tasks: truth is dominant, and what is paid and spent are integrals of order statistics.

Each prover has one task to offer. Whether it wins, and what it is then paid, $\min(c_{(k)}^{-i},r)$ with $c_{(k)}^{-i}$ the
$k$-th lowest of the other bids, follows from the others' bids: it wins exactly if its bid is below that price. So no bid is
better than the cost, and `gain` is zero. With $M_j(t)=P(\text{fewer than }j\text{ costs are}\le t)$, $\ell$ the lowest cost
there is and $r$ the reserve,

$$ E[\text{payment}]=k\Bigl(\ell+\int_\ell^rM_{k+1}dt\Bigr)-r\sum_{j\le k}M_j(r),\qquad
   E[\text{cost}]=\sum_{j\le k}\Bigl(\ell+\int_\ell^rM_jdt-rM_j(r)\Bigr): $$

$E\min(c_{(k+1)},r)$ for each task, less $r$ for every task without a winner; and the cost of each of the $k$ lowest, if it
is at most $r$. Without a reserve $r$ is any cost that $k+1$ provers never exceed together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flint import arb, arb_series

from equilibria.checking import several_tasks
from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, integer, mapping, number, only
from equilibria.checking.joint_integrals import cell_integrals, joint_integrals, long_series
from equilibria.checking.priors import Prior, hull
from equilibria.checking.reading import read_market, read_value
from equilibria.checking.survivals import ACCURACY, Survivals, breakpoints
from equilibria.checking.symmetric_bids import certify_symmetric
from equilibria.checking.symmetric_games import read_symmetric
from equilibria.checking.symmetric_odds import PartOdds

MOST_TASKS = 10_000


def certify(tree: Mapping[str, object], progress: Callable[[float], None] | None) -> tuple[Bounds, int]:
    """Bounds of the rule in the market that a certificate states."""
    if "capacities" in mapping(field(tree, "market", "certificate"), "market"):
        return _of_capacities(tree, progress)
    sign, priors = read_market(tree)
    market = mapping(tree["market"], "market")
    only(market, ("kind", "costs", "values", "value", "tasks"), "market")
    tasks = integer(market.get("tasks", 1), "market.tasks")
    if not 1 <= tasks <= MOST_TASKS:
        raise Rejected(f"market.tasks must be from 1 to {MOST_TASKS}; got {tasks}")
    read_value(market)
    if "equilibrium" in tree:
        raise Rejected("a certificate of this rule holds no equilibrium: truth is dominant")
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = mechanism.get("reserve")
    with long_series():
        limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
        return uniform_price(list(priors.values()), tasks, limit), sign


def _of_capacities(tree: Mapping[str, object], progress: Callable[[float], None] | None) -> tuple[Bounds, int]:
    """Inverse bids of provers who differ, or one strategy of equal ones who can each make as many tasks."""
    stated = tree.get("equilibrium")
    if isinstance(stated, Mapping) and "inverse_bids" in stated:
        return several_tasks.set_prices(tree, progress)
    market = dict(mapping(tree["market"], "market"))
    sizes = mapping(market.pop("capacities"), "market.capacities")
    sign, prior, n, tasks = read_symmetric(dict(tree) | {"market": market})
    if set(sizes) != set(mapping(market["costs" if sign > 0 else "values"], "market")):
        raise Rejected("market.capacities must name exactly the agents of the market")
    found = {integer(size, f"market.capacities.{label}") for label, size in sizes.items()}
    size = found.pop()
    if found or not 1 <= size <= MOST_TASKS or not 1 <= tasks <= MOST_TASKS or n < 2:
        raise Rejected(
            f"market.capacities must be one number for all, of two provers or more, from 1 to {MOST_TASKS} as tasks are: the "
            "bound is for provers alike"
        )
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    only(mechanism, ("kind", "reserve"), "mechanism")
    reserve = mechanism.get("reserve")
    if reserve is None and tasks >= size * n:
        raise Rejected("mechanism.reserve is missing: all tasks are awarded to all, and there is no price")
    limit = None if reserve is None else sign * number(reserve, "mechanism.reserve")
    node = field(tree, "equilibrium", "certificate")
    return certify_symmetric(prior, n, 1, "set", limit, node, progress, PartOdds(n, size, tasks)), sign


def at_least(survivals: Sequence[Any], tasks: int, one: Any, zero: Any) -> tuple[Any, Any]:
    r"""$\sum_{j\le k}M_j$ and $M_{k+1}$, in balls or in series."""
    counts = [one] + [zero] * tasks
    for s in survivals:
        lost = one - s
        counts = [counts[0] * s] + [counts[j] * s + counts[j - 1] * lost for j in range(1, tasks + 1)]
    total, running = zero, zero
    for j in range(tasks):
        running = running + counts[j]
        total = total + running
    return total, running + counts[tasks]


def uniform_price(laws: list[Prior], tasks: int, reserve: float | None) -> Bounds:
    """The lowest bids win a task each and are paid the lowest losing bid, or the reserve.

    Raises:
        Rejected: no reserve, and not more provers than tasks.
    """
    highs = sorted(prior.high for prior in laws)
    if reserve is None and len(laws) <= tasks:
        raise Rejected("without a reserve there must be more provers than tasks")
    top = highs[tasks] if reserve is None else reserve
    low = min(prior.low for prior in laws)
    if top <= low:
        return Bounds(gain=arb(0), payment=arb(0), resource_cost=arb(0), redundant=arb(0), no_award=arb(1))
    game = Survivals(laws)
    one, zero = arb_series([arb(1)]), arb_series([arb(0)])

    def model(left: float, right: float) -> list[arb]:
        point, whole = (at_least(series, tasks, one, zero) for series in game.series(left, right))
        return cell_integrals(point, whole, left, right)

    def plain(left: float, right: float) -> list[arb]:
        ends = [at_least(game.at(x), tasks, arb(1), arb(0)) for x in (left, right)]
        return [hull(ends[0][k], ends[1][k]) * (arb(right) - left) for k in (0, 1)]

    end = min(top, highs[tasks]) if len(laws) > tasks else top
    aim = ACCURACY * (end - low)
    each, price = joint_integrals(model, plain, breakpoints(laws, low, end), [tasks * aim, aim])
    none = at_least(game.at(top), 1, arb(1), arb(0))[0]
    lost = at_least(game.at(top), tasks, arb(1), arb(0))[0]
    return Bounds(
        gain=arb(0),
        payment=tasks * (low + price) - top * lost,
        resource_cost=tasks * arb(low) + each - top * lost,
        redundant=arb(0),
        no_award=none,
    )
