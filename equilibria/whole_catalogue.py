r"""Every rule of the catalogue that a market has room for, each with parameters made of the market.

What the market does not say is chosen in one way for all rules, and stated with each: reserves, highest prices and prizes are
the value of a proof; a tuned reserve is that of the second-price auction; a contest is held at mean costs that everybody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from mechanisms import (
    BlockSpace,
    Contest,
    Distribution,
    Exchange,
    InvalidInput,
    Market,
    MarketError,
    Mechanism,
    PackageSale,
    Procurement,
    Refused,
    Sale,
    SecretReserve,
    Uniform,
    rules,
)
from mechanisms.distributions.parameters import shown
from mechanisms.one_factor import OneFactor

__all__ = ["Candidate", "baselines", "competitive", "every_rule", "rules_left_out"]


@final
@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule of a comparison.

    Arguments:
        mechanism: the rule.
        ground: where its parameters are from, in half a sentence.
        market: the market that it is played in, if that is not the one compared.
    """

    mechanism: Mechanism
    ground: str = ""
    market: Market | None = None


def every_rule(market: Market) -> tuple[Candidate, ...]:
    """The rules of the catalogue that a market has room for, the baselines (a central prover, an open race) first.

    Arguments:
        market: a `Procurement` (contests are played at its mean costs), a `Sale`, a `Contest`, an `Exchange`, a `BlockSpace`, a
            `PackageSale`, or one with a common factor.

    Raises:
        InvalidInput: no market, or one of another kind.

    Example:
        >>> from mechanisms import Procurement, Uniform
        >>> market = Procurement({"alice": Uniform(1, 2), "bob": Uniform(1, 2)}, value=3)
        >>> [type(one.mechanism).__name__ for one in every_rule(market)][:4]
        ['CentralProver', 'Race', 'Race', 'FirstPrice']
    """
    makers = {
        Procurement: _procurement, Sale: _sale, Contest: _contest, Exchange: _exchange, BlockSpace: _block_space,
        PackageSale: lambda _: iter((Candidate(rules.CoreSelecting()), Candidate(rules.PackageFirstPrice()))),
    }  # fmt: skip
    if isinstance(market, OneFactor):
        return (Candidate(rules.FirstPrice()), Candidate(rules.Vickrey()))
    if type(market) not in makers:
        known = ", ".join(kind.__name__ for kind in makers)
        raise InvalidInput(f"market must be one of {known}; got {shown(market)}. Name the rules yourself.")
    return tuple(makers[type(market)](market))  # type: ignore[operator]  # each takes its own kind


def baselines(market: Market) -> tuple[Candidate, ...]:
    """The central prover and the open race, which all rules are compared with; none in a market that is no procurement."""
    if not isinstance(market, Procurement):
        return ()
    racing = competitive(market)
    laws = {label: market.prior(label) for label in racing}
    few = None if len(racing) == len(market.labels) else Procurement(laws, market.value, market.tasks)
    who = "all" if few is None else f"the {len(racing)} provers that can be fastest"
    race = rules.Race()
    with suppress(Refused):  # without such a prize the row says why
        race = rules.Race(race.prize_for(few or market))
    return (
        Candidate(rules.CentralProver(), "baseline: the cheapest prover asks the value of a proof"),
        Candidate(race, f"baseline: an open race of {who}, for the least prize with which they break even", few),
    )


def competitive(market: Market) -> tuple[str, ...]:
    """The provers that can have the lowest cost: whose lowest is at most everybody's highest."""
    least = min(prior.support[1] for prior in market.priors)
    return tuple(label for label in market.labels if market.prior(label).support[0] <= least)


def rules_left_out(market: Market, candidates: tuple[Candidate, ...]) -> dict[str, str]:
    """Why rules of the catalogue are not among some candidates, by name."""
    taken = {type(one.mechanism) for one in candidates}
    return {rule.__name__: _needs(rule, market) for rule in rules.RULES if rule not in taken}


def _needs(rule: type[Mechanism], market: Market) -> str:
    from mechanisms import ExchangeMechanism, FeeMechanism
    from mechanisms.packages import PackageMechanism

    if issubclass(rule, FeeMechanism):
        return "a fee rule: it needs a BlockSpace"
    if issubclass(rule, ExchangeMechanism) or rule is rules.KDoubleAuction:
        return "a rule for many users and provers: it needs an Exchange"
    if issubclass(rule, PackageMechanism):
        return "a rule for packages: it needs a PackageSale"
    if isinstance(market, Procurement) and not isinstance(market.value, float):
        return "its reserve, price or prize is made of the value of a proof: the market has no number as value"
    return f"it has no meaning in a {type(market).__name__}"


def _procurement(market: Procurement) -> Iterator[Candidate]:
    value = market.value if isinstance(market.value, float) else None
    yield from baselines(market)
    if value is not None and value > 0:
        yield Candidate(rules.Race(value), "an open race for the value of a proof, all of the market racing")
    yield Candidate(rules.FirstPrice(value), _reserve(value))
    yield Candidate(rules.Vickrey(value), _reserve(value))
    tuned = None if value is None else _tuned(market)
    if tuned is not None:
        ground = "the reserve with which a second price leaves the requester most (estimated by search)"
        yield Candidate(rules.FirstPrice(tuned), ground)
        yield Candidate(rules.Vickrey(tuned), ground)
        yield Candidate(rules.PostedPrice(tuned), ground)
    yield Candidate(rules.Optimal(), "Myerson's rule for this value and these laws")
    yield Candidate(rules.KthPrice(value), _reserve(value) + "; the third-lowest bid")
    for rule in (rules.UniformPrice, rules.Discriminatory, rules.SplitAward, rules.GeneralizedSecondPrice, rules.AllPay):
        yield Candidate(rule(value), _reserve(value))
    yield Candidate(rules.SecondLowestPair(value), _reserve(value), _with_tasks(market, 2))
    if value is None or value <= 0:
        return
    asked = Procurement(_laws(market), Uniform(0.0, 2.0 * value), market.tasks)
    yield Candidate(SecretReserve(), "provers hold the value to lie evenly from 0 to twice itself (assumed)", asked)
    yield Candidate(rules.DutchClock(0.0, value, 1.0, 2.0), "a clock from 0 to the value of a proof in one unit of time")
    yield Candidate(rules.CommitReveal(value), _reserve(value) + ", a lone prover paid its own bid")
    yield Candidate(rules.CommitReveal(value, "reserve"), _reserve(value) + ", a lone prover paid the reserve")
    yield Candidate(rules.UndercutAuction(value), "the first fee is the value of a proof, steps of 5 %")
    try:
        means = {label: Fraction(law.mean()) for label, law in _laws(market).items()}
        known = Contest(Fraction(value), means)
    except InvalidInput:  # a mean of 0: efforts would have no limit
        return
    for one in _contest(known):
        ground = f"a contest at mean costs that all know, the prize is the value; {one.ground}"
        yield Candidate(one.mechanism, ground.rstrip("; "), known)


def _sale(market: Sale) -> Iterator[Candidate]:
    value = market.value if isinstance(market.value, float) else None
    yield Candidate(rules.CentralProver(), "baseline: one buyer has all the power")
    for rule in (rules.FirstPrice, rules.Vickrey, rules.UniformPrice, rules.Discriminatory, rules.AllPay):
        yield Candidate(rule(value), _reserve(value))
    yield Candidate(rules.Optimal(), "Myerson's rule for this value and these laws")
    yield Candidate(rules.KthPrice(value), _reserve(value) + "; the third-highest bid")
    yield Candidate(rules.GeneralizedSecondPrice(value), _reserve(value))
    yield Candidate(rules.SplitAward(value), _reserve(value))
    yield Candidate(rules.WarOfAttrition(value if value is not None and value >= 0 else None), _reserve(value))


def _contest(market: Contest) -> Iterator[Candidate]:
    yield Candidate(rules.Tullock(1), "")
    yield Candidate(rules.WeibullRace(1), "speeds are bought, times are exponential")
    yield Candidate(rules.PrizeContest(), "the fastest takes the prize")
    if market.known is None:
        return
    yield Candidate(rules.ProportionalMining(), "")
    yield Candidate(rules.EqualShare(), "")
    yield Candidate(rules.Lottery(), "")
    yield Candidate(rules.CurvedShare(2), "alpha 2, payments by Myerson's formula")
    yield Candidate(rules.CurvedShare(2, "tullock"), "alpha 2, the prize by share")
    committee = min(2, len(market.labels) - 1)
    yield Candidate(rules.DesignatedProver(), "no fallback")
    if committee:
        yield Candidate(rules.DesignatedProver(committee), f"a committee of {committee} as fallback")
    deposit = Fraction(market.prize) / 20
    rule = rules.TwoStepSubmission(capital_rate=Fraction(1, 10), least_deposit=deposit)
    yield Candidate(rule, "capital at 1/10, deposits of at least 1/20 of the prize")


def _exchange(market: Exchange) -> Iterator[Candidate]:
    from mechanisms import ExchangeMechanism

    for rule in rules.RULES:
        if issubclass(rule, ExchangeMechanism) and rule not in (rules.PostedPriceExchange, rules.TodaStyle):
            yield Candidate(rule())
    ends = [end for prior in market.priors for end in prior.support]
    middle = (min(ends) + max(ends)) / 2
    yield Candidate(rules.PostedPriceExchange(middle), "the middle of all values and costs")
    yield Candidate(rules.TodaStyle(middle), "all are there in one period, at the middle of all values and costs")
    if market.unit:
        yield Candidate(rules.KDoubleAuction(), "the middle of bid and ask")


def _block_space(market: BlockSpace) -> Iterator[Candidate]:
    middle = sum(prior.mean() for prior in market.priors) / len(market.priors)
    yield Candidate(rules.FirstPriceFee())
    yield Candidate(rules.SecondPriceFee())
    yield Candidate(rules.BurningSecondPrice())
    yield Candidate(rules.EIP1559(middle), "the base fee is the mean value of a user")
    yield Candidate(rules.PostedFee(middle), "the price is the mean value of a user")


def _tuned(market: Procurement) -> float | None:
    """The reserve with which the second-price auction leaves the requester most; None if there is none."""
    from equilibria.tuning import tune

    try:
        return tune(rules.Vickrey(), market, "surplus").reserve
    except MarketError:
        return None


def _reserve(value: float | None) -> str:
    return "no reserve, for the market has no number as value" if value is None else "the reserve is the value of a proof"


def _laws(market: Procurement) -> dict[str, Distribution]:
    return dict(zip(market.labels, market.priors, strict=True))


def _with_tasks(market: Procurement, tasks: int) -> Procurement:
    return Procurement(_laws(market), market.value, tasks)
