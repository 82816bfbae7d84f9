r"""The stages of a fee rule as runs: what becomes of a list of bids with an honest miner, and what the chain makes of a block.

A run of `copies=(stage, m)` takes $m$ bids of at least 0, and then a 0 for the miner, who stands last:

- stage $\ge 0$: an honest miner includes, the chain confirms; the bits of the stage are the places at which a *value* is given,
  for which the rule's suggested bid $\sigma(v)$ is bidden;
- `BLOCK`: the $m$ bids are a block, and the chain confirms;
- `INCLUDED`: the shares are 1 for a bid that an honest miner includes and 0 for others, and nobody pays.

The outcome has the probability of being confirmed and the expected payment for each bid; what the miner gets stands last among
the payments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from equilibria.proofs.rules import Rule, catalogue_rule
from equilibria.proofs.settings import Setting, setting_of
from mechanisms.errors import Refused

if TYPE_CHECKING:
    from mechanisms.block_space import BlockSpace
    from mechanisms.fee_rules import FeeMechanism

__all__ = ["BLOCK", "INCLUDED", "MINER", "fee_subject", "stage_setting"]

BLOCK, INCLUDED = -1, -2
MINER = "miner"


def stage_setting(setting: Setting, stage: int, bids: int) -> Setting:
    """The bids of a run, and the miner."""
    users = () if stage == BLOCK else setting.labels
    further = "bid" if stage == BLOCK else "fake"
    labels = (*users, *(f"{further} {number}" for number in range(1, bids - len(users) + 1)))
    return Setting(
        labels=(*labels, MINER),
        signs=(1,) * (bids + 1),
        bounds=((0, None),) * bids + ((0, 0),),
        kind=setting.kind,
        units=setting.units,
        stage=(stage, bids),
    )


def fee_subject(mechanism: FeeMechanism, market: BlockSpace) -> tuple[Rule, Setting]:
    """A fee rule by stages, and its users.

    Raises:
        Refused: a user is called like the miner or a fake bid.
    """
    for label in market.labels:
        if label == MINER or label.startswith("fake "):
            raise Refused(f"verify calls the miner {MINER!r} and added bids 'fake 1', ...; rename the user {label!r}.")
    whole = catalogue_rule(mechanism, market)

    def call(reports: list[Any], setting: Setting) -> object:
        stage, count = setting.stage
        if setting.labels[-1] != MINER:
            return whole.call(reports, setting)
        bids = [mechanism.bid(bid) if stage > 0 and stage >> place & 1 else bid for place, bid in enumerate(reports[:count])]
        block = tuple(range(count)) if stage == BLOCK else mechanism.include(bids, market.size)
        shares: list[Any] = [0] * (count + 1)
        payments: list[Any] = [0] * (count + 1)
        if stage == INCLUDED:
            for place in block:
                shares[place] = 1
            return shares, payments
        made = mechanism.confirm([bids[place] for place in block])
        for place, share, amount in zip(block, made.confirmed, made.payments, strict=True):
            shares[place], payments[place] = share, amount
        payments[-1] = made.revenue
        return shares, payments

    return replace(whole, call=call), setting_of(market)
