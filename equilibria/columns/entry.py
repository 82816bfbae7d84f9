r"""Who stays in the long run: what provers earn against what being there costs.

Entrants are equal: each is a copy of the prover of lowest mean cost, with its fixed cost $K$ for each request (won or not). With
$n$ of them each earns $u_n$, the certified surplus of all divided by $n$, for equal provers have equal chances. A number $n$ is
*stable* if $u_n\ge K$. From $n=1$ on all numbers are tried until one is not, after one that is; what stays is the last stable
one. In an auction with one winner $u_n$ falls in $n$, so that no larger number is stable. With all costs known it is
`long_run_entry`.

In the market as it is, a prover's fees *repay* its hardware if its surplus is at least its own fixed cost: exact where costs are
known, otherwise by the surplus of a simulation; who lies within two standard errors is named as undecided.
"""

from __future__ import annotations

from fractions import Fraction

from equilibria.columns.cell import PROFILES, Cell, Place, nothing
from equilibria.solving import solve
from equilibria.staying_provers import long_run_entry
from mechanisms import CentralProver, Contest, DesignatedProver, Enclosure, Market, Procurement, Refused, SolverFailure

__all__ = ["repaying", "staying", "with_fixed_costs"]

MOST = 12
"""Equal entrants that are tried."""

ERRORS = 2.0
"""Standard errors within which it is undecided whether a prover is repaid."""

NO_COSTS = "the market says nothing of fixed_costs"


def with_fixed_costs(market: Market) -> dict[str, Fraction] | None:
    """Fixed costs by label; None if the market has none."""
    if not isinstance(market, Procurement) or market.fixed_costs is None:
        return None
    return dict(zip(market.labels, map(Fraction, market.fixed_costs), strict=True))


def staying(place: Place) -> Cell:
    """How many equal entrants stay."""
    market = place.compared
    fixed = with_fixed_costs(market)
    if fixed is None:
        return nothing(NO_COSTS)
    label = min(market.labels, key=lambda name: market.prior(name).mean())
    capital = fixed[label]
    if capital == 0:
        return nothing("fixed costs are 0: as many stay as like to")
    if isinstance(place.market, Contest) and place.market.known is not None:
        if isinstance(place.mechanism, DesignatedProver) and place.mechanism.committee:
            return nothing("one prover alone has no committee: entry is counted from one on")
        cost = place.market.known[place.market.labels.index(label)]
        kept = long_run_entry(place.mechanism, place.market.prize, cost, capital)
        return _stays(kept.provers, f"equal entrants of cost {float(cost):.4g}, each with {float(capital):.4g} a request")
    stable: list[int] = []
    last = ""
    for count in range(1, MOST + 1):
        try:
            earned = _earned(place, market, label, count)
        except (Refused, SolverFailure) as error:
            last = f"; with {count}: {error}"
            if stable or count > 1:
                break
            continue
        if Fraction(earned.lower) >= capital * count:
            stable.append(count)
        elif Fraction(earned.upper) >= capital * count:
            note = f"whether {count} stay is undecided: they earn {earned} together, and must earn {float(capital * count)!r}"
            return Cell(value=f"{count - 1} or {count}", regime="certified", note=note)
        elif stable or count > 1:
            break
    if stable and stable[-1] == MOST:
        return Cell(value=f"at least {MOST}", regime="certified", note="more were not tried")
    note = f"copies of {label!r}, each with {float(capital):.4g} a request; stable: {', '.join(map(str, stable)) or 'none'}"
    return _stays(stable[-1] if stable else 0, note + last)


def _stays(count: int, note: str) -> Cell:
    if count:
        note += f"; HHI 1/{count}, Nakamoto number {count // 2 + 1}"
    return Cell(value=count, regime="certified", note=note)


def _earned(place: Place, market: Market, label: str, count: int) -> Enclosure:
    """The surplus of all entrants together."""
    if isinstance(place.mechanism, CentralProver) and count > 1:
        return Enclosure(0.0, 0.0)  # all but one of them never prove: they earn nothing
    copies = {f"entrant {i + 1}": market.prior(label) for i in range(count)}
    rule = CentralProver() if isinstance(place.mechanism, CentralProver) else place.mechanism
    return solve(rule, Procurement(copies, place.market.value, place.market.tasks)).prover_surplus


def repaying(place: Place) -> Cell:
    """How many provers of the market as it is earn their fixed costs back."""
    fixed = with_fixed_costs(place.compared)
    if fixed is None:
        return nothing(NO_COSTS)
    found = place.equilibrium
    assert found is not None
    whole = sum(fixed.values(), Fraction(0))
    kept = found.prover_surplus
    word = "enough" if Fraction(kept.lower) >= whole else "not enough" if Fraction(kept.upper) < whole else "perhaps enough"
    note = f"all together earn {Cell(value=kept)} where hardware costs {float(whole):.4g} a request: {word} (certified)"
    lower, upper, exact = _by_label(place)
    for label in fixed.keys() - lower.keys():  # who is left out earns nothing
        lower[label] = upper[label] = Fraction(0)
    paid = [label for label in fixed if lower[label] >= fixed[label]]
    undecided = [label for label in fixed if label not in paid and upper[label] >= fixed[label]]
    if undecided:
        note += f"; undecided: {', '.join(undecided)}"
    note += "" if exact else f"; by label in {PROFILES} simulated requests"
    if paid:
        note += f"; repaid: {', '.join(paid)}"
    return Cell(value=f"{len(paid)} of {len(fixed)}", regime="proved" if exact else "estimated", note=note)


def _by_label(place: Place) -> tuple[dict[str, Fraction], dict[str, Fraction], bool]:
    """Bounds of each prover's surplus, and whether they are certain."""
    found, labels = place.equilibrium, place.market.labels
    assert found is not None
    if found.surplus:
        ends = {label: _ends(found.surplus[label]) for label in labels}
        return {k: low for k, (low, _) in ends.items()}, {k: high for k, (_, high) in ends.items()}, True
    if isinstance(place.mechanism, CentralProver):
        label = place.mechanism.label or min(labels, key=lambda name: place.market.prior(name).mean())
        low, high = (dict.fromkeys(labels, Fraction(0)) | {label: Fraction(end)} for end in found.prover_surplus)
        return low, high, True
    estimates = place.simulation.surplus
    spread = {label: Fraction(ERRORS * estimates[label].standard_error) for label in labels}
    means = {label: Fraction(estimates[label].mean) for label in labels}
    return {k: means[k] - spread[k] for k in labels}, {k: means[k] + spread[k] for k in labels}, False


def _ends(value: Fraction | Enclosure) -> tuple[Fraction, Fraction]:
    return (value, value) if isinstance(value, Fraction) else (Fraction(value.lower), Fraction(value.upper))
