"""The market of the 500 blocks as a market file: `python -m papers.mainnet_blocks.market_file` writes `market.toml`.

The laws are those of the figures, in units; the value of a proof and what a machine costs while it waits are assumed.
"""

from __future__ import annotations

from pathlib import Path

from mechanisms import Procurement
from papers.mainnet_blocks.derive import SUMMARY, read_derived
from papers.mainnet_blocks.markets import build_markets
from papers.mainnet_blocks.scenario import Scenario

__all__ = ["MARKET", "market", "text"]

MARKET = Path(__file__).parent / "market.toml"

FIXED_COST = 0.01
"""What being there costs a prover for each block, in units: one hundredth of a proof, assumed."""

HEAD = """\
# 500 Ethereum blocks, seven prover configurations: what a proof costs each, in units (docs/mainnet_blocks.md).
# Written by `python -m papers.mainnet_blocks.market_file`. Laws: measured. One unit is the median cost of the cheapest prover.
# value (what a proof is worth to the rollup) and fixed_costs (of each prover for each block, won or not): assumed.
"""


def market() -> Procurement:
    """The market of all provers, with the reference value and the fixed costs."""
    summary, _ = read_derived(SUMMARY.parent)
    scenario = Scenario.from_toml()
    main = build_markets(summary, scenario).main
    laws = dict(zip(main.labels, main.costs, strict=True))
    return Procurement(laws, scenario.reference_value, fixed_costs=FIXED_COST)


def text() -> str:
    """The market file."""
    spec = market().spec()
    lines = [HEAD, "[market]", f'kind = "{spec["kind"]}"', f"value = {spec['value']!r}"]
    fixed, costs = spec["fixed_costs"], spec["costs"]
    assert isinstance(fixed, dict) and isinstance(costs, dict)
    lines += ["", "[market.fixed_costs]", *(f'"{label}" = {amount!r}' for label, amount in fixed.items())]
    for label, law in costs.items():
        lines += ["", f'[market.costs."{label}"]', *(f"{key} = {_value(entry)}" for key, entry in law.items())]
    return "\n".join(lines) + "\n"


def _value(entry: object) -> str:
    if isinstance(entry, str):
        return f'"{entry}"'
    return "[" + ", ".join(map(repr, entry)) + "]" if isinstance(entry, list | tuple) else repr(entry)


if __name__ == "__main__":
    MARKET.write_text(text(), encoding="utf-8", newline="\n")
