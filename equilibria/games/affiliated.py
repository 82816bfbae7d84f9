"""First and second price on markets with one common factor: strategies by `AffiliatedEnvelope`."""

from __future__ import annotations

from equilibria.games import Progress, Proposal
from equilibria.strategies import Truthful
from mechanisms import (
    Beta,
    Empirical,
    FirstPrice,
    InvalidInput,
    Market,
    Mechanism,
    PiecewiseLinear,
    Refused,
    Uniform,
    Vickrey,
)
from mechanisms.one_factor import OneFactor

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The symmetric increasing equilibrium.

    Raises:
        Refused: the rule is not `FirstPrice` or `Vickrey` without a reserve, or no bound is known for the market's laws.
        InvalidInput: the solver is not one for this game.
    """
    from equilibria.affiliated_envelope import AffiliatedEnvelope

    assert isinstance(market, OneFactor)
    _admit(market)
    if not isinstance(mechanism, FirstPrice | Vickrey):
        raise Refused(
            f"{type(mechanism).__name__} has no bound for correlated types. Use FirstPrice() or Vickrey(), or a market with "
            "independent types."
        )
    if mechanism.reserve is not None:
        raise Refused("a reserve has no bound for correlated types yet. Pass reserve=None.")
    chosen = AffiliatedEnvelope() if solver is None else solver
    if not isinstance(chosen, AffiliatedEnvelope):
        raise InvalidInput(f"solver must be an AffiliatedEnvelope here; got {type(solver).__name__}. Pass solver=None.")
    if progress is not None:
        progress("solving", 0.0)
    if isinstance(mechanism, Vickrey) and market.stake == "private":
        return Proposal(strategies=dict.fromkeys(market.labels, Truthful()), stated=None, solver="Dominance()")
    bid = chosen.first_price(market) if isinstance(mechanism, FirstPrice) else chosen.second_price(market)
    return Proposal(
        strategies=dict.fromkeys(market.labels, bid),
        stated=bid.stated(),
        solver=repr(chosen),
        complete=False,
        notes=(f"{market.stakes}; this is the symmetric increasing equilibrium, asymmetric ones were not searched for",),
    )


def _admit(market: OneFactor) -> None:
    """Refuses laws for which no bound is known.

    Raises:
        Refused: naming the law, and what to use instead.
    """
    if not isinstance(market.own, Uniform) and not (isinstance(market.own, Beta) and _whole(market.own)):
        raise Refused(
            f"own must be Uniform, or Beta with whole a and b: signals are proved affiliated for these; got {market.own!r}."
        )
    factor = market.common
    if not isinstance(factor, Uniform | PiecewiseLinear | Empirical) and not (isinstance(factor, Beta) and _whole(factor)):
        raise Refused(
            "common must have a density that is polynomial between knots (Uniform, PiecewiseLinear, Empirical, or Beta with "
            f"whole a and b); got {factor!r}. Empirical.from_samples makes one of samples."
        )
    if factor.gaps:
        raise Refused(f"common must have no gap in its support, or bids jump; got the gap {factor.gaps[0]}.")
    if market.form == "proportional" and market.sign > 0 and factor.support[0] <= 0:
        raise Refused(
            "common must be bounded away from zero in a proportional procurement: as the factor vanishes, the hazard of a "
            f"rival's bid has an infinite integral; got the support {factor.support}."
        )


def _whole(law: Beta) -> bool:
    return float(law.a).is_integer() and float(law.b).is_integer()
