"""What an audit finds, among the few provers that matter most.

Proofs and grids grow with the number of agents, so the two of lowest mean cost (in a sale, of highest mean value) are
audited; of a contest all are. A deviation that is found among them is real; one that is certified absent among two may pay
among more.
"""

from __future__ import annotations

from equilibria.auditing.deviation_audit import audit
from equilibria.columns.cell import Cell, Place, nothing
from mechanisms import Contest, Market, Procurement, Sale

__all__ = ["deviations"]

MOST = 2
"""Agents that are audited together."""


def deviations(place: Place) -> Cell:
    """How many kinds of deviation were found, certified absent, and left open."""
    if isinstance(place.market, Contest) and place.market.known is None:
        return nothing("efforts are audited where costs are known")
    market = _few(place.market)
    found = audit(place.mechanism, market, timeout=place.seconds)
    count = {status: sum(one.status == status for one in found.findings) for status in ("found", "absent", "not_found")}
    lines = []
    for one in found.findings:
        gain = "" if one.gain is None else f", gains {float(one.gain):.4g}"
        story = "" if one.instance is None else f": {one.instance.story}"
        words = {"found": "pays", "absent": "certified absent", "not_found": "not found, not excluded"}
        lines.append(f"{one.kind.replace('_', ' ')} {words[one.status]}{gain} ({one.how}){story}")
    lines += [f"{kind.replace('_', ' ')} has no meaning: {why}" for kind, why in found.left_out.items()]
    note = f"found / certified absent / open, among {len(market.labels)} of {len(place.market.labels)} agents"
    return Cell(
        value=f"{count['found']} / {count['absent']} / {count['not_found']}",
        note=f"{note}, {place.seconds:.3g} s",
        lines=tuple(lines),
    )


def _few(market: Market) -> Market:
    if not isinstance(market, Procurement | Sale) or len(market.labels) <= MOST:
        return market
    order = sorted(market.labels, key=lambda label: market.sign * market.prior(label).mean())
    laws = {label: market.prior(label) for label in market.labels if label in order[:MOST]}
    sizes = dict(zip(market.labels, market.capacities, strict=True)) if market.capacities else {}
    capacities = {label: sizes[label] for label in laws if label in sizes} or None
    return type(market)(laws, market.value, market.tasks, capacities)
