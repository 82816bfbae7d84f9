r"""Chances in the ratio of scores, $p_i=e_i^\alpha/\sum_je_j^\alpha$, for $v_ip_i-k_ie_i$.

**$\alpha=1$.** Utility is concave in one's own effort, also where the reward is capped at the share $\kappa_i$, so with
$E=\sum_je_j$ efforts are an equilibrium if and only if $v_i(E-e_i)/E^2-k_i$ is 0 for who makes an effort (at least 0 at a
share $\kappa_i$) and at most 0 for who makes none. All of it is decided in rationals.

**$\alpha\ne1$.** The first-order condition is $e_i=\frac{v_i}{k_i}\alpha p_i(1-p_i)$. With $Z=\sum_je_j^\alpha$,
$t=Z^{1/\alpha}$ and $\gamma_i=k_i/v_i$ it reads $t=G_i(p_i)=\alpha(1-p)p^{1-1/\alpha}/\gamma_i$.

For $\alpha<1$ utility is concave and its slope is infinite at no effort: everybody with $v_i>0$ takes part, and $G_i$ falls on
$(0,1)$. For $\alpha>1$ utility falls, rises and falls again in one's effort (its slope $\alpha v
x^{1-1/\alpha}S/(x+S)^2-k$ in the score $x$ has a single-peaked first term), so a local maximum that is at least 0 is a
best reply. There utility is $v_i\,p\,(1-\alpha(1-p))$, at least 0 if and only if $p\ge1-1/\alpha$; on $[1-1/\alpha,1)$ the
factor $(1-p)p^{1-1/\alpha}$ has passed its maximum at $p=\frac{\alpha-1}{2\alpha-1}$ and falls. Against rivals' scores $Z$
the best that an outsider can do is at least 0 if and only if
$\gamma_jt\le\frac{\alpha-1}\alpha(\alpha-1)^{-1/\alpha}$ (take $p=1-1/\alpha$ and solve); so it stays out where it is not less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from flint import arb

from equilibria.checking.document import Rejected, field, only
from equilibria.checking.known_values import Solution, Value, Values, ball, difference, plus, product, rationals, total
from equilibria.checking.share_brackets import bracket, read_shares

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLottery:
    """What a win is worth to each, what a unit of effort costs it, the exponent, and the most shares that are paid."""

    values: dict[str, Fraction]
    unit_costs: dict[str, Fraction]
    alpha: Fraction
    caps: dict[str, Fraction] | None = None


Gain = Value | Callable[[Values], Value]


def certify_shares(game: ScoreLottery, profile: Mapping[str, object]) -> tuple[Values, Values, Values, Gain]:
    """Shares, efforts, surplus and the most that anybody gains."""
    return _raffle(game, profile) if game.alpha == 1 else _curved(game, profile)


def _raffle(game: ScoreLottery, profile: Mapping[str, object]) -> tuple[Values, Values, Values, Gain]:
    only(profile, ("efforts",), "profile")
    efforts = rationals(field(profile, "efforts", "profile"), "profile.efforts")
    if set(efforts) != set(game.values) or any(effort < 0 for effort in efforts.values()):
        raise Rejected("profile.efforts must be at least 0, one for each contestant")
    everything = sum(efforts.values())
    if sum(effort > 0 for effort in efforts.values()) < 2:
        raise Rejected("profile.efforts: without two contestants that make an effort a smaller one wins as well")
    shares = {label: effort / everything for label, effort in efforts.items()}
    for label, share in shares.items():
        slope = game.values[label] * (1 - share) / everything - game.unit_costs[label]
        cap = None if game.caps is None else game.caps[label]
        if cap is not None and share > cap:
            raise Rejected(f"profile.efforts.{label}: the last of the work is not paid")
        at_cap = cap is not None and share == cap
        if (slope < 0 and share > 0) or (slope > 0 and not at_cap):
            raise Rejected(f"profile.efforts.{label}: {'more' if slope > 0 else 'less'} effort is better")
    surplus = {label: game.values[label] * share - game.unit_costs[label] * efforts[label] for label, share in shares.items()}
    return dict(shares), dict(efforts), dict(surplus), ZERO


def _curved(game: ScoreLottery, profile: Mapping[str, object]) -> tuple[Values, Values, Values, Gain]:
    alpha, (stated, radius) = game.alpha, read_shares(profile)
    if len(stated) < 2 or set(stated) - set(game.values):
        raise Rejected("profile.shares must be those of two contestants or more")
    power = 1 - 1 / ball(alpha)
    gammas: dict[str, Fraction] = {}
    for label, value in game.values.items():
        if value > 0:
            gammas[label] = game.unit_costs[label] / value
        elif label in stated:
            raise Rejected(f"profile.shares.{label}: a win is worth nothing to it")

    def level(label: str, share: Value) -> arb:
        p = ball(share)
        return ball(alpha) * (1 - p) * p**power / ball(gammas[label])

    least = max(ZERO, 1 - 1 / alpha)
    alike = len({gammas[label] for label in stated}) == 1
    shares, aggregate = bracket(level, alike, stated, radius, (least, Fraction(1)))
    limit = None if alpha < 1 else (ball(alpha) - 1) ** power / ball(alpha)
    for label, gamma in gammas.items():
        if label not in stated and (limit is None or not ball(gamma) * aggregate >= limit):
            raise Rejected(f"profile.shares: {label!r} would rather take part")
    efforts: Values = dict.fromkeys(game.values, ZERO)
    surplus: Values = dict(efforts)
    for label, share in shares.items():
        spread = product(share, difference(Fraction(1), share))
        efforts[label] = product(alpha / gammas[label], spread)
        surplus[label] = product(game.values[label], difference(share, product(alpha, spread)))
    exact = all(isinstance(share, Fraction) for share in shares.values())
    gain: Gain = ZERO if exact else partial(_gain, game, gammas, shares)
    return {label: shares.get(label, ZERO) for label in game.values}, efforts, surplus, gain


def _gain(game: ScoreLottery, gammas: Mapping[str, Fraction], shares: Values, efforts: Values) -> arb:
    r"""The most that anybody gains where everybody plays *some* effort within enclosures that hold an equilibrium.

    In the equilibrium nobody gains. Over the enclosures the best reply's value moves by at most $v\,\Delta S/(4S)$, as
    $|\partial_Sx/(x+S)|\le1/(4S)$, and one's own utility by at most $v(\Delta x+\Delta S)/Z+k\,\Delta e$.
    """
    scores = {label: ball(efforts[label]) ** ball(game.alpha) for label in shares}
    widths = {label: _width(score) for label, score in scores.items()}
    everything, spread = sum(scores.values(), arb(0)).lower(), sum(widths.values(), arb(0))
    worst = arb(0)
    for label in gammas:
        value = ball(game.values[label])
        others = sum((score for other, score in scores.items() if other != label), arb(0)).lower()
        loss = value * spread / (4 * others)
        if label in shares:
            loss += value * spread / everything + ball(game.unit_costs[label]) * _width(ball(efforts[label]))
        worst = worst.max(loss)
    return worst


def _width(value: arb) -> arb:
    return value.upper() - value.lower()


def solution(game: ScoreLottery, profile: Mapping[str, object], costs: Mapping[str, Fraction], how: str) -> Solution:
    """Everything about a lottery of scores.

    Args:
        game: the lottery.
        profile: what the certificate states.
        costs: the costs of the market.
        how: `"delivers"`: efforts are money, and the winner bears its cost; `"races"`: efforts cost, those of losers are wasted;
            `"shares"`: efforts cost, and all of them are work that counts.
    """
    shares, efforts, surplus, gain = certify_shares(game, profile)
    if how == "delivers":
        cost = total({label: product(costs[label], share) for label, share in shares.items()})
        redundant: Value = ZERO
    else:
        spent = {label: product(costs[label], effort) for label, effort in efforts.items()}
        cost = total(spent)
        lost = {label: product(amount, difference(Fraction(1), shares[label])) for label, amount in spent.items()}
        redundant = total(lost) if how == "races" else ZERO
    return Solution(
        shares=shares,
        efforts=efforts,
        surplus=surplus,
        gain=gain,
        payment=plus(total(surplus), cost),
        cost=cost,
        redundant=redundant,
        no_award=ZERO,
    )
