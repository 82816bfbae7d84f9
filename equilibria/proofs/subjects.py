"""Reads what `verify` is given: a rule and who reports to it."""

from __future__ import annotations

from dataclasses import replace

from equilibria.proofs.fee_stages import fee_subject
from equilibria.proofs.rules import Rule, catalogue_rule, function_rule
from equilibria.proofs.settings import Setting, setting_of
from mechanisms.distributions.parameters import shown
from mechanisms.errors import InvalidInput, Refused

__all__ = ["read_subject"]


def read_subject(mechanism: object, market: object, side: object) -> tuple[Rule, Setting]:
    """The rule and the agents.

    Raises:
        InvalidInput: one of them is something else, or they do not fit.
        Refused: nothing can be proved about such a rule or market.
    """
    from mechanisms import BlockSpace, FeeMechanism, Market, Mechanism, Race

    if isinstance(mechanism, Mechanism):
        if not isinstance(market, Market):
            raise InvalidInput(f"market must be a Market for a rule of the catalogue; got {shown(market)}.")
        if side is not None:
            raise InvalidInput("side must be left out where a market is given, which says who is who.")
        if isinstance(market, BlockSpace):
            if not isinstance(mechanism, FeeMechanism):
                raise Refused(f"a BlockSpace needs a fee rule; got {type(mechanism).__name__}. Try FirstPriceFee().")
            return fee_subject(mechanism, market)
        setting = setting_of(market)
        if isinstance(mechanism, Race):  # its amounts are proofs made, and all but one are worth nothing to the requester
            setting = replace(setting, value=None)
        return catalogue_rule(mechanism, market), setting
    rule = function_rule(mechanism)  # type: ignore[arg-type]  # checks what it gets
    if isinstance(market, Market):
        if side is not None:
            raise InvalidInput("side must be left out where a market is given, which says who is who.")
        return rule, setting_of(market)
    if isinstance(market, bool) or not isinstance(market, int) or market < 1:
        raise InvalidInput(f"market must be a Market, or the number of agents of a function; got {shown(market)}. Pass 3.")
    if side not in (None, "sale", "procurement"):
        raise InvalidInput(f"side must be 'sale' or 'procurement'; got {shown(side)}.")
    kind = str(side or "sale")
    labels = tuple(_label(place) for place in range(market))
    sign = -1 if kind == "procurement" else 1
    return rule, Setting(labels=labels, signs=(sign,) * market, bounds=((0, None),) * market, kind=kind)


def _label(place: int) -> str:
    return chr(ord("a") + place) if place < 26 else f"a{place}"
